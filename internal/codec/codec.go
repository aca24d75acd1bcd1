// Package codec turns Go values into what a store keeps, and back: bytes for some stores, columns
// for others.
//
// # Bytes
//
// The bytes of a value are canonical: one value, one encoding. Those of the basic kinds are in
// the order of the values by bytes.Compare, and Decode takes no other bytes than Append gives.
//
//	int8 ... int64   -120 to 119 are the byte 0x80+n. Other numbers are a header and then the low
//	                 k bytes of n, as few as it takes, big-endian: the header is 0xf7+k for n > 0
//	                 and 0x08-k for n < 0
//	uint8 ... uint64 the same
//	float32, float64 4 or 8 bytes, big-endian: the IEEE bits, all inverted if the sign is set, else
//	                 only the sign. -0 is 0
//	bool             0 or 1
//	string, bytes    unchanged. A nil slice comes back for an empty one
//	time             8 bytes, the Unix seconds with the sign bit inverted, and 4 of nanoseconds,
//	                 big-endian
//	empty            nothing
//	binary           the result of MarshalBinary
//	cbor             RFC 8949, core deterministic encoding; times are RFC 3339 in UTC. A pointer
//	                 comes back nil if it points to nil or to the zero time
//
// An edge's key is the left key and then the right key. A left key whose kind does not say where
// it ends (string, bytes, binary, cbor, custom) has each 0x00 followed by 0xff, and ends with
// 0x00 0x01.
//
// # Columns
//
// See [Codec.Columns].
package codec

import (
	"bytes"
	"encoding"
	"fmt"
	"reflect"
	"time"
	"unsafe"

	"github.com/seed-250bd433/junction/persist"
)

// Codec is how values of one Go type are stored. It never changes once it is made.
type Codec struct {
	Of   reflect.Type // of the values
	Kind persist.Kind
	// Append appends the bytes of the value at p. If it fails it returns b as it was.
	Append func(b []byte, p unsafe.Pointer) ([]byte, error)
	// Decode is the inverse of Append, and sets the value at p; to zero if it fails. It is given
	// exactly the bytes of a value and keeps none of them.
	Decode func(b []byte, p unsafe.Pointer) error

	delimited bool // the bytes say by themselves where they end
	exact     bool // Decode takes no other bytes than Append gives
	bytesErr  error

	columns    []column
	columnsErr error
}

// Of returns the codec of a type. It fails if the type can be stored neither as bytes nor as
// columns, with an error that names what is in the way. If only one of the two is possible,
// Codec.Err tells.
func Of(t reflect.Type) (*Codec, error) {
	c := basic(t)
	switch {
	case c != nil:
	case binaryPair.of(t):
		c = marshalBinary(t)
	default:
		c = ofCBOR(t)
	}
	c.Of = t
	c.columns, c.columnsErr = columnsOf(t)
	if c.bytesErr != nil && c.columnsErr != nil {
		return nil, fmt.Errorf("values of type %v cannot be stored: not as bytes, since %w; and not as columns, since %w", t, c.bytesErr, c.columnsErr)
	}
	return c, nil
}

// Custom returns the codec that a program brings along. Its column is one of bytes.
func Custom(t reflect.Type, name string, encode func(b []byte, p unsafe.Pointer) ([]byte, error), decode func(b []byte, p unsafe.Pointer) error) *Codec {
	return &Codec{
		Of:   t,
		Kind: persist.Custom(name),
		Append: func(b []byte, p unsafe.Pointer) ([]byte, error) { // whatever slice it returns
			added, err := encode(b[len(b):], p)
			if err != nil {
				return b, err
			}
			return append(b, added...), nil
		},
		Decode: decode,
		columns: []column{bytesColumn(t,
			func(p unsafe.Pointer) ([]byte, error) { return encode(nil, p) },
			func(p unsafe.Pointer, b []byte) error { return decode(b, p) },
		)},
	}
}

// Err returns why values cannot be stored in a form, nil if they can. All operations of the form
// fail with it.
func (c *Codec) Err(form persist.Form) error {
	if form == persist.Columns {
		return c.columnsErr
	}
	return c.bytesErr
}

// DecodeKey decodes bytes that identify a row. Bytes that Append would not give are refused: the
// row could never be found again, neither to change it nor to delete it. Such are keys of a struct
// that has gained a field since.
func (c *Codec) DecodeKey(b []byte, p unsafe.Pointer) error {
	err := c.Decode(b, p)
	if err != nil || c.exact {
		return err
	}
	switch again, err := c.Append(nil, p); {
	case err != nil:
		c.zero(p)
		return err
	case !bytes.Equal(again, b):
		c.zero(p)
		return fmt.Errorf("key %x would be written as %x now: did %v change since?", b, again, c.Of)
	}
	return nil
}

func (c *Codec) zero(p unsafe.Pointer) { zero(c.Of, p) }

func zero(t reflect.Type, p unsafe.Pointer) { reflect.NewAt(t, p).Elem().SetZero() }

// basic returns the codec of a type of a basic kind, nil for others.
func basic(t reflect.Type) *Codec {
	switch kind := basicKind(t); kind {
	case persist.Int8:
		return signed[int8](kind)
	case persist.Int16:
		return signed[int16](kind)
	case persist.Int32:
		return signed[int32](kind)
	case persist.Int64:
		if t.Kind() == reflect.Int {
			return signed[int](kind)
		}
		return signed[int64](kind)
	case persist.Uint8:
		return unsigned[uint8](kind)
	case persist.Uint16:
		return unsigned[uint16](kind)
	case persist.Uint32:
		return unsigned[uint32](kind)
	case persist.Uint64:
		switch t.Kind() {
		case reflect.Uint:
			return unsigned[uint](kind)
		case reflect.Uintptr:
			return unsigned[uintptr](kind)
		}
		return unsigned[uint64](kind)
	case persist.Float32:
		return exact(kind, appendFloat32, decodeFloat32)
	case persist.Float64:
		return exact(kind, appendFloat64, decodeFloat64)
	case persist.Bool:
		return exact(kind, appendBool, decodeBool)
	case persist.String:
		return exact(kind, appendString, decodeString)
	case persist.Bytes:
		return exact(kind, appendBytes, decodeBytes)
	case persist.Time:
		return exact(kind, appendTime, decodeTime)
	case persist.Empty:
		return exact(kind, appendEmpty, decodeEmpty)
	}
	return nil
}

// basicKind returns the kind of a type whose bytes are those of a basic kind, "" for others.
func basicKind(t reflect.Type) persist.Kind {
	switch {
	case t == timeType:
		return persist.Time
	case binaryPair.of(t):
		return ""
	}
	return plainKind(t)
}

var timeType = reflect.TypeFor[time.Time]()

// plainKind returns the kind of a type by what it is made of, whatever methods it has; "" if that
// is not basic.
func plainKind(t reflect.Type) persist.Kind {
	switch t.Kind() {
	case reflect.Int8:
		return persist.Int8
	case reflect.Int16:
		return persist.Int16
	case reflect.Int32:
		return persist.Int32
	case reflect.Int, reflect.Int64:
		return persist.Int64
	case reflect.Uint8:
		return persist.Uint8
	case reflect.Uint16:
		return persist.Uint16
	case reflect.Uint32:
		return persist.Uint32
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return persist.Uint64
	case reflect.Float32:
		return persist.Float32
	case reflect.Float64:
		return persist.Float64
	case reflect.Bool:
		return persist.Bool
	case reflect.String:
		return persist.String
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return persist.Bytes
		}
	case reflect.Struct:
		if t.NumField() == 0 {
			return persist.Empty
		}
	}
	return ""
}

// delimited reports whether bytes of a kind say by themselves where they end.
func delimited(kind persist.Kind) bool {
	switch kind {
	case persist.Int8, persist.Int16, persist.Int32, persist.Int64, persist.Uint8, persist.Uint16, persist.Uint32, persist.Uint64,
		persist.Float32, persist.Float64, persist.Bool, persist.Time, persist.Empty:
		return true
	}
	return false
}

func signed[R int | int8 | int16 | int32 | int64](kind persist.Kind) *Codec {
	return &Codec{
		Kind:      kind,
		Append:    func(b []byte, p unsafe.Pointer) ([]byte, error) { return appendInt(b, int64(*(*R)(p))), nil },
		Decode:    func(b []byte, p unsafe.Pointer) (err error) { *(*R)(p), err = decodeSigned[R](b); return err },
		delimited: true,
		exact:     true,
	}
}

func unsigned[R uint | uint8 | uint16 | uint32 | uint64 | uintptr](kind persist.Kind) *Codec {
	return &Codec{
		Kind:      kind,
		Append:    func(b []byte, p unsafe.Pointer) ([]byte, error) { return appendUint(b, uint64(*(*R)(p))), nil },
		Decode:    func(b []byte, p unsafe.Pointer) (err error) { *(*R)(p), err = decodeUnsigned[R](b); return err },
		delimited: true,
		exact:     true,
	}
}

// exact returns the codec of a type with the memory of R, made from functions that are each other's
// inverse.
func exact[R any](kind persist.Kind, append func([]byte, R) []byte, decode func([]byte) (R, error)) *Codec {
	return &Codec{
		Kind:      kind,
		Append:    func(b []byte, p unsafe.Pointer) ([]byte, error) { return append(b, *(*R)(p)), nil },
		Decode:    func(b []byte, p unsafe.Pointer) (err error) { *(*R)(p), err = decode(b); return err },
		delimited: delimited(kind),
		exact:     true,
	}
}

// marshalBinary returns the codec of a type that implements encoding.BinaryMarshaler and
// BinaryUnmarshaler, itself or by its pointer.
func marshalBinary(t reflect.Type) *Codec {
	c := &Codec{
		Kind: persist.MarshalBinary,
		Append: func(b []byte, p unsafe.Pointer) ([]byte, error) {
			more, err := reflect.NewAt(t, p).Interface().(encoding.BinaryMarshaler).MarshalBinary()
			if err != nil {
				return b, err
			}
			return append(b, more...), nil
		},
		Decode: func(b []byte, p unsafe.Pointer) error {
			zero(t, p)
			if err := reflect.NewAt(t, p).Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(b); err != nil {
				zero(t, p)
				return err
			}
			return nil
		},
	}
	if appendsBinary(t) {
		c.Append = func(b []byte, p unsafe.Pointer) ([]byte, error) {
			longer, err := reflect.NewAt(t, p).Interface().(encoding.BinaryAppender).AppendBinary(b)
			if err != nil {
				return b, err
			}
			return longer, nil
		}
	}
	return c
}

// appendsBinary reports whether a type has AppendBinary besides MarshalBinary, and the two go
// together.
func appendsBinary(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.BinaryAppender]()) &&
		!promoted(t, func(t reflect.Type) (reflect.Method, bool) { return t.MethodByName("AppendBinary") })
}
