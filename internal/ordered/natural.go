package ordered

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Natural returns the keys of a type in their natural order, which it must have.
func Natural(t reflect.Type) *Keys {
	if k := NaturalOrNil(t); k != nil {
		return k
	}
	panic(fmt.Sprintf("junction: internal error: %v has no natural order", t))
}

// NaturalOrNil is Natural for any type: nil if it has no natural order.
func NaturalOrNil(t reflect.Type) *Keys {
	switch t.Kind() {
	case reflect.Int:
		if t.Size() == 4 {
			return integer[int32](t)
		}
		return integer[int64](t)
	case reflect.Int64:
		return integer[int64](t)
	case reflect.Int8:
		return integer[int8](t)
	case reflect.Int16:
		return integer[int16](t)
	case reflect.Int32:
		return integer[int32](t)
	case reflect.Uint, reflect.Uintptr:
		if t.Size() == 4 {
			return integer[uint32](t)
		}
		return integer[uint64](t)
	case reflect.Uint64:
		return integer[uint64](t)
	case reflect.Uint8:
		return integer[uint8](t)
	case reflect.Uint16:
		return integer[uint16](t)
	case reflect.Uint32:
		return integer[uint32](t)
	case reflect.Float32:
		return float[float32](t, formFloat32)
	case reflect.Float64:
		return float[float64](t, formFloat64)
	case reflect.String:
		k := natural[string](t)
		k.search, k.filter = searchString, filterFunc(k.compare, k.Type)
		k.prefix = func(k Pointer) uint64 { return chunk(*(*string)(k)) }
		k.Hash = Texts
		return k
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesOf(t)
		}
	}
	return nil
}

// natural returns the keys of a type whose memory is that of K, without their hash.
func natural[K cmp.Ordered](t reflect.Type) *Keys {
	key := *raw.TypeOf[K]()
	key.Of = t
	k := &Keys{
		Type:      &key,
		natural:   true,
		compare:   func(x, y Pointer) int { return cmp.Compare(*(*K)(x), *(*K)(y)) },
		search:    searchOrdered[K],
		filter:    filterOrdered[K],
		gather:    gather[K],
		equal:     equal[K],
		ascending: ascending[K],
		ofNodes:   raw.TypeOf[Entry[K, Pointer]](),
		nodeKey:   unsafe.Offsetof(Entry[K, Pointer]{}.Key),
	}
	k.rank = k.rankByHash
	return k
}

type integers interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

func integer[K integers](t reflect.Type) *Keys {
	k := natural[K](t)
	k.Integer = true
	k.Hash, k.Form = Words, Form(k.Type.Size)
	bias := uint64(0)
	if K(0)-1 < 0 {
		bias = 1 << 63
	}
	k.prefix, k.exact = func(k Pointer) uint64 { return uint64(*(*K)(k)) ^ bias }, true // extends the sign
	k.rank = func(keys Pointer, n int) Ranks {
		if distances, ok := distances(unsafe.Slice((*K)(keys), n)); ok {
			return Ranks{Of: distances}
		}
		return k.rankByHash(keys, n)
	}
	return k
}

func float[K float32 | float64](t reflect.Type, form Form) *Keys {
	k := natural[K](t)
	k.valid = func(k Pointer) bool { return *(*K)(k) == *(*K)(k) }
	k.prefix, k.exact = func(k Pointer) uint64 { return floatPrefix(float64(*(*K)(k))) }, true
	k.Hash, k.Form = Words, form
	return k
}

// floatPrefix returns a number that orders as f does.
func floatPrefix(f float64) uint64 {
	b := math.Float64bits(f + 0) // -0 becomes 0
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}
