package codec

import (
	"bytes"
	"math"
	"reflect"
	"unsafe"

	"github.com/fxamacker/cbor/v2"

	"github.com/seed-250bd433/junction/persist"
)

var cborOut, cborIn = cborModes()

// cborModes returns an encoder and a decoder that agree: what one writes the other takes.
func cborModes() (cbor.UserBufferEncMode, cbor.DecMode) {
	encode := cbor.CoreDetEncOptions()
	encode.Time = cbor.TimeRFC3339NanoUTC
	encode.TimeTag = cbor.EncTagRequired
	encode.TextMarshaler = cbor.TextMarshalerTextString
	out, err := encode.UserBufferEncMode()
	if err != nil {
		panic(err)
	}
	in, err := cbor.DecOptions{
		MaxNestedLevels:   math.MaxUint16,
		MaxArrayElements:  math.MaxInt32,
		MaxMapPairs:       math.MaxInt32,
		IndefLength:       cbor.IndefLengthForbidden,
		UTF8:              cbor.UTF8DecodeInvalid, // since any string is encoded
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		TextUnmarshaler:   cbor.TextUnmarshalerTextString,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return out, in
}

func ofCBOR(t reflect.Type) *Codec {
	w, err := cborFormat.walk(t.String(), t)
	if err != nil {
		return &Codec{
			Kind:     persist.CBOR,
			Append:   func(b []byte, _ unsafe.Pointer) ([]byte, error) { return b, err },
			Decode:   func([]byte, unsafe.Pointer) error { return err },
			bytesErr: err,
		}
	}
	return &Codec{
		Kind: persist.CBOR,
		Append: func(b []byte, p unsafe.Pointer) ([]byte, error) {
			if err := w.checkDepth(reflect.NewAt(t, p).Elem()); err != nil {
				return b, err
			}
			buffer := bytes.NewBuffer(b) // which appends to b in place
			if err := cborOut.MarshalToBuffer(reflect.NewAt(t, p).Interface(), buffer); err != nil {
				return b, err
			}
			return buffer.Bytes(), nil
		},
		Decode: func(b []byte, p unsafe.Pointer) error {
			zero(t, p)
			if err := cborIn.Unmarshal(b, reflect.NewAt(t, p).Interface()); err != nil {
				zero(t, p)
				return err
			}
			return nil
		},
	}
}
