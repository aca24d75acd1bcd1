package codec

import (
	"reflect"
	"unsafe"
)

// typedCodec is a Codec with the type of its values, for tests that are easier to read with it.
type typedCodec[V any] struct{ *Codec }

func ofType[V any]() (*typedCodec[V], error) {
	c, err := Of(reflect.TypeFor[V]())
	return &typedCodec[V]{c}, err
}

func customOf[V any](name string, encode func(b []byte, v V) ([]byte, error), decode func(b []byte) (V, error)) *typedCodec[V] {
	return &typedCodec[V]{Custom(reflect.TypeFor[V](), name,
		func(b []byte, p unsafe.Pointer) ([]byte, error) { return encode(b, *(*V)(p)) },
		func(b []byte, p unsafe.Pointer) (err error) {
			*(*V)(p), err = decode(b)
			return err
		})}
}

func (c *typedCodec[V]) Append(b []byte, v V) ([]byte, error) {
	return c.Codec.Append(b, unsafe.Pointer(&v))
}

func (c *typedCodec[V]) Decode(b []byte) (v V, err error) {
	err = c.Codec.Decode(b, unsafe.Pointer(&v))
	return v, err
}

func (c *typedCodec[V]) DecodeKey(b []byte) (v V, err error) {
	err = c.Codec.DecodeKey(b, unsafe.Pointer(&v))
	return v, err
}

func (c *typedCodec[V]) AppendColumns(columns []any, v *V) ([]any, error) {
	return c.Codec.AppendColumns(columns, unsafe.Pointer(v))
}

func (c *typedCodec[V]) FromColumns(columns []any, v *V) error {
	return c.Codec.FromColumns(columns, unsafe.Pointer(v))
}

func appendEdgeKey[A, B any](b []byte, left *typedCodec[A], l A, right *typedCodec[B], r B) ([]byte, error) {
	return AppendKey(b, left.Codec, unsafe.Pointer(&l), right.Codec, unsafe.Pointer(&r))
}
