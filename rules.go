package junction

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/internal/codec"
)

// Rule refines a relation when it is declared. Equal is one.
type Rule interface {
	apply(relation any) error
}

// Equal is the rule by which two through values count as the same, so that writing one over the other changes nothing.
// Without it they are compared with ==, and values of a type that has no == (slices, maps, structs of them) always count
// as different. The function must be an equivalence. It runs inside the write: it must be pure and quick, and must not
// call the relation.
// If it panics, the call that it interrupts may be left half done; in a graph with a store, it is not done at all.
func Equal[T any](same func(x, y T) bool) Rule { return equal[T](same) }

// Codec is the rule by which a store keeps the keys or the through values of one type: whichever of the relation's types is V. The name is
// recorded with the data, so that it is not read by another codec. Without the rule, values are kept by their type: numbers,
// strings, bools, []byte, time.Time (as an instant, in UTC) and types of these in a compact form, a type with MarshalBinary and UnmarshalBinary
// by these, and every other one as CBOR (RFC 8949), where a struct may gain and lose fields between runs.
//
// Encode appends the bytes of a value; decode gets just these and must not keep them. Keys are the same to a store if their bytes
// are: keys that compare equal must have the same. Both functions run while other writers wait. An error of encode fails the write with
// ErrValue, and one of decode fails Graph.Open with persist.ErrDamaged; a panic of encode comes out of the write, which has
// changed nothing. A relation has one Codec for a type.
func Codec[V any](name string, encode func(b []byte, v V) ([]byte, error), decode func(b []byte) (V, error)) Rule {
	return codecRule[V]{name, encode, decode}
}

type codecRule[V any] struct {
	name   string
	encode func(b []byte, v V) ([]byte, error)
	decode func(b []byte) (V, error)
}

func (r codecRule[V]) apply(relation any) error {
	if r.name == "" || r.encode == nil || r.decode == nil {
		return fmt.Errorf("Codec for %v without a name or a function", reflect.TypeFor[V]())
	}
	return relation.(codecTaker).takeCodec(reflect.TypeFor[V](), codec.Custom(r.name, r.encode, r.decode))
}

// codecTaker is a binding, whatever its type.
type codecTaker interface {
	takeCodec(of reflect.Type, codec any) error
}

func (b *binding[T]) takeCodec(of reflect.Type, codec any) error {
	if !slices.Contains(b.types[:], of) {
		return fmt.Errorf("Codec for %v, which is none of the relation's types %v", of, b.types)
	}
	if slices.ContainsFunc(b.codecs, func(c any) bool { return reflect.TypeOf(c) == reflect.TypeOf(codec) }) {
		return fmt.Errorf("Codec for %v, of which there is one already", of)
	}
	b.codecs = append(b.codecs, codec)
	return nil
}

type equal[T any] func(x, y T) bool

func (same equal[T]) apply(relation any) error {
	b, ok := relation.(*binding[T])
	switch {
	case same == nil:
		return fmt.Errorf("Equal of a nil function")
	case !ok:
		return fmt.Errorf("Equal compares values of type %v, which are not the relation's through values", reflect.TypeFor[T]())
	}
	b.same, b.reflexive, b.pure = same, true, false
	return nil
}

// sameByType returns how values of type T are compared without a rule, and whether every value is then the same as
// itself, as a NaN and a slice are not.
func sameByType[T any]() (same func(x, y T) bool, reflexive bool) {
	t := reflect.TypeFor[T]()
	reflexive = !holds(t, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128, reflect.Interface)
	switch {
	case !t.Comparable():
		return func(x, y T) bool { return false }, false
	case holds(t, reflect.Interface): // whose content may have no ==
		return func(x, y T) bool {
			return reflect.ValueOf(&x).Elem().Comparable() && reflect.ValueOf(&y).Elem().Comparable() && any(x) == any(y)
		}, false
	default:
		return func(x, y T) bool { return any(x) == any(y) }, reflexive
	}
}

// holds reports whether a value of a type has values of one of the kinds in itself, which == would compare.
func holds(t reflect.Type, kinds ...reflect.Kind) bool {
	switch t.Kind() {
	case reflect.Array:
		return holds(t.Elem(), kinds...)
	case reflect.Struct:
		for i := range t.NumField() {
			if holds(t.Field(i).Type, kinds...) {
				return true
			}
		}
	}
	return slices.Contains(kinds, t.Kind())
}
