package junction

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// Rule refines a relation when it is declared: Equal and Codec make rules.
type Rule interface {
	apply(relation *engine.Decl) error
}

// applied returns what the engine does for each rule; nil for a nil Rule.
func applied(rules []Rule) []engine.Rule {
	list := make([]engine.Rule, len(rules))
	for i, r := range rules {
		if r != nil {
			list[i] = r.apply
		}
	}
	return list
}

// Equal is the rule by which two through values count as the same, so that writing one over the
// other changes nothing. Without it, values are compared with ==, except that two time.Time are
// the same if they are the same instant, also in structs, arrays and interfaces, but not behind
// pointers. Values of a type that has no == (slices, maps, structs of them) always count as
// different.
//
// The function must be an equivalence. It runs inside the write: it must be pure and quick, and
// must not call the relation. If it panics, the call that it interrupts may be left half done; in
// a graph with a store, it is not done at all.
func Equal[T any](same func(x, y T) bool) Rule {
	r := equal{of: reflect.TypeFor[T]()}
	if same != nil {
		r.same = func(x, y pointer) bool { return same(*(*T)(x), *(*T)(y)) }
	}
	return r
}

// Codec is the rule by which a store keeps the keys or the through values of one type, whichever
// of the relation's types is V. The name is recorded with the data, so that no other codec reads
// it. Without the rule, a store keeps values by their type: numbers, strings, bools, []byte,
// time.Time (the instant, in UTC) and types of these in a compact form; a type with MarshalBinary
// and UnmarshalBinary by these; and every other one as CBOR (RFC 8949), where a struct may gain
// and lose fields between runs.
//
// Encode appends the bytes of a value. Decode gets just these and must not keep them. To a store,
// two keys are the same if their bytes are: keys that compare equal must have the same bytes.
// Both functions run while other writers wait. An error of encode fails the write with ErrValue,
// and one of decode fails Graph.Open with persist.ErrDamaged or ErrRow. A panic of encode
// propagates to the caller of the write, which has changed nothing. A relation has at most one
// Codec for a type.
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

func (r codecRule) apply(b *engine.Decl) error {
	if r.name == "" || r.encode == nil {
		return fmt.Errorf("Codec for %v without a name or a function", r.of)
	}
	types := b.ReflectTypes()
	if !slices.Contains(types[:], r.of) {
		return fmt.Errorf("Codec for %v, which is none of the relation's types %v", r.of, types)
	}
	if slices.ContainsFunc(b.Codecs, func(c *codec.Codec) bool { return c.Of == r.of }) {
		return fmt.Errorf("Codec for %v, of which there is one already", r.of)
	}
	b.Codecs = append(b.Codecs, codec.Custom(r.of, r.name, r.encode, r.decode))
	return nil
}

type equal struct {
	of   reflect.Type
	same ordered.Same
}

func (r equal) apply(b *engine.Decl) error {
	switch {
	case r.same == nil:
		return fmt.Errorf("Equal of a nil function")
	case b.Types[2].Of != r.of:
		return fmt.Errorf("Equal compares values of type %v, which are not the relation's through values", r.of)
	}
	b.Same, b.Reflexive, b.Pure = r.same, true, false
	return nil
}
