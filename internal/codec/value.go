package codec

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/seed-250bd433/junction/persist"
)

// Value decodes bytes of a kind without their Go type, for those who look at a store from outside:
// to int64, uint64, float32, float64, bool, string, []byte, time.Time or struct{}. CBOR becomes
// these, nil, []any and map[string]any; if a map has keys of its own, a string in the diagnostic
// notation of RFC 8949. Bytes that only their Go type can read are returned as they are.
func Value(kind persist.Kind, b []byte) (any, error) {
	switch kind {
	case persist.Int8:
		return wide[int64](decodeSigned[int8](b))
	case persist.Int16:
		return wide[int64](decodeSigned[int16](b))
	case persist.Int32:
		return wide[int64](decodeSigned[int32](b))
	case persist.Int64:
		return wide[int64](decodeInt(b))
	case persist.Uint8:
		return wide[uint64](decodeUnsigned[uint8](b))
	case persist.Uint16:
		return wide[uint64](decodeUnsigned[uint16](b))
	case persist.Uint32:
		return wide[uint64](decodeUnsigned[uint32](b))
	case persist.Uint64:
		return wide[uint64](decodeUint(b))
	case persist.Float32:
		return orNil(decodeFloat32(b))
	case persist.Float64:
		return orNil(decodeFloat64(b))
	case persist.Bool:
		return orNil(decodeBool(b))
	case persist.String:
		return string(b), nil
	case persist.Time:
		return orNil(decodeTime(b))
	case persist.Empty:
		return orNil(decodeEmpty(b))
	case persist.CBOR:
		return anyCBOR(b)
	case persist.Bytes, persist.MarshalBinary:
		return bytes.Clone(b), nil
	}
	if strings.HasPrefix(string(kind), string(persist.Custom(""))) {
		return bytes.Clone(b), nil
	}
	return nil, fmt.Errorf("no bytes are of kind %q", kind)
}

func wide[W int64 | uint64, N int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64](n N, err error) (any, error) {
	return orNil(W(n), err)
}

func orNil[T any](v T, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return v, nil
}

func anyCBOR(b []byte) (any, error) {
	if err := cborIn.Wellformed(b); err != nil {
		return nil, err
	}
	var v any
	if cborIn.Unmarshal(b, &v) == nil {
		if v, ok := withStringKeys(v); ok {
			return v, nil
		}
	}
	if notation, err := cbor.Diagnose(b); err == nil {
		return notation, nil
	}
	return bytes.Clone(b), nil
}

// withStringKeys makes the keys of all maps strings. It fails if two keys become the same.
func withStringKeys(v any) (any, bool) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			var ok bool
			if v[i], ok = withStringKeys(v[i]); !ok {
				return nil, false
			}
		}
	case map[any]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			e, ok := withStringKeys(e)
			if !ok {
				return nil, false
			}
			m[keyString(k)] = e
		}
		return m, len(m) == len(v)
	}
	return v, true
}

func keyString(k any) string {
	if b, ok := k.(cbor.ByteString); ok {
		return fmt.Sprintf("%x", string(b))
	}
	return fmt.Sprint(k)
}
