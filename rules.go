package junction

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Rule refines a relation when it is declared. Equal is one.
type Rule interface {
	apply(relation *binding) error
}

// Equal is the rule by which two through values count as the same, so that writing one over the other changes nothing.
// Without it they are compared with ==, and values of a type that has no == (slices, maps, structs of them) always count
// as different. The function must be an equivalence. It runs inside the write: it must be pure and quick, and must not
// call the relation.
// If it panics, the call that it interrupts may be left half done; in a graph with a store, it is not done at all.
func Equal[T any](same func(x, y T) bool) Rule {
	r := equal{of: reflect.TypeFor[T]()}
	if same != nil {
		r.same = func(x, y pointer) bool { return same(*(*T)(x), *(*T)(y)) }
	}
	return r
}

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
	r := codecRule{name: name, of: reflect.TypeFor[V]()}
	if encode != nil && decode != nil {
		r.encode = func(b []byte, p pointer) ([]byte, error) { return encode(b, *(*V)(p)) }
		r.decode = func(b []byte, p pointer) (err error) {
			*(*V)(p), err = decode(b)
			return err
		}
	}
	return r
}

type codecRule struct {
	name   string
	of     reflect.Type
	encode func(b []byte, p pointer) ([]byte, error)
	decode func(b []byte, p pointer) error
}

func (r codecRule) apply(b *binding) error {
	if r.name == "" || r.encode == nil {
		return fmt.Errorf("Codec for %v without a name or a function", r.of)
	}
	types := b.reflectTypes()
	if !slices.Contains(types[:], r.of) {
		return fmt.Errorf("Codec for %v, which is none of the relation's types %v", r.of, types)
	}
	if slices.ContainsFunc(b.codecs, func(c *codec.Codec) bool { return c.Of == r.of }) {
		return fmt.Errorf("Codec for %v, of which there is one already", r.of)
	}
	b.codecs = append(b.codecs, codec.Custom(r.of, r.name, r.encode, r.decode))
	return nil
}

type equal struct {
	of   reflect.Type
	same ordered.Same
}

func (r equal) apply(b *binding) error {
	switch {
	case r.same == nil:
		return fmt.Errorf("Equal of a nil function")
	case b.types[2].Of != r.of:
		return fmt.Errorf("Equal compares values of type %v, which are not the relation's through values", r.of)
	}
	b.same, b.reflexive, b.pure = r.same, true, false
	return nil
}

// sameByType returns how values of a type are compared without a rule, and whether every value is then the same as
// itself, as a NaN and a slice are not. Equal compares two that have ==.
func sameByType(through *raw.Type, equal ordered.Same) (same ordered.Same, reflexive bool) {
	t := through.Of
	reflexive = !holds(t, reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128, reflect.Interface)
	switch {
	case !t.Comparable():
		return func(x, y pointer) bool { return false }, false
	case holds(t, reflect.Interface): // whose content may have no ==
		return func(x, y pointer) bool {
			return reflect.NewAt(t, x).Elem().Comparable() && reflect.NewAt(t, y).Elem().Comparable() && equal(x, y)
		}, false
	default:
		return equal, reflexive
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
