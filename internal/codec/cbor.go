package codec

import (
	"bytes"
	"math"
	"reflect"

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

func ofCBOR[V any](t reflect.Type) *Codec[V] {
	w, err := cborFormat.walk(t.String(), t)
	if err != nil {
		return &Codec[V]{
			Kind:     persist.CBOR,
			Append:   func(b []byte, _ V) ([]byte, error) { return b, err },
			Decode:   func([]byte) (v V, _ error) { return v, err },
			bytesErr: err,
		}
	}
	return &Codec[V]{
		Kind: persist.CBOR,
		Append: func(b []byte, v V) ([]byte, error) {
			if err := w.checkDepth(reflect.ValueOf(&v).Elem()); err != nil {
				return b, err
			}
			buffer := bytes.NewBuffer(b) // which appends to b in place
			if err := cborOut.MarshalToBuffer(&v, buffer); err != nil {
				return b, err
			}
			return buffer.Bytes(), nil
		},
		Decode: func(b []byte) (V, error) {
			var v, none V
			if err := cborIn.Unmarshal(b, &v); err != nil {
				return none, err
			}
			return v, nil
		},
	}
}
