package adjacency

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// testBits holds that integers of a type are told apart.
func testBits[K int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | uintptr | int | uint](t *testing.T, keys ...K) {
	t.Run(fmt.Sprintf("%T", keys[0]), func(t *testing.T) {
		natural := ordered.Natural(reflect.TypeFor[K]())
		require.True(t, natural.Integer)
		x := newIndex(natural, 0)
		require.True(t, x.exists())
		slots := make([]Slot, len(keys))
		for i := range keys {
			x.put(Pointer(&keys[i]), &slots[i])
		}
		for i := range keys {
			require.Same(t, &slots[i], x.get(Pointer(&keys[i])))
		}
		require.Equal(t, len(keys), x.len())
		require.GreaterOrEqual(t, x.bytes(), 16*len(keys))
		x.delete(Pointer(&keys[0]))
		require.Nil(t, x.get(Pointer(&keys[0])))
	})
}

// testIndex holds that keys of a type are told apart, and that the index keeps no pointer to them.
func testIndex[K comparable](t *testing.T, keys ...K) {
	t.Run(fmt.Sprintf("%T", keys[0]), func(t *testing.T) {
		x := newIndex(ordered.Natural(reflect.TypeFor[K]()), 0)
		slots := make([]Slot, len(keys))
		for i := range keys {
			k := keys[i]
			x.put(Pointer(&k), new(Slot))
			x.put(Pointer(&k), &slots[i])
			k = keys[0]
		}
		require.NoError(t, x.all().Check())
		require.Equal(t, len(keys), x.len())
		for i := range keys {
			require.Same(t, &slots[i], x.get(Pointer(&keys[i])))
			x.delete(Pointer(&keys[i]))
			require.Nil(t, x.get(Pointer(&keys[i])))
		}
	})
}

func TestIndexOfOtherKeys(t *testing.T) {
	testIndex(t, "", "a", "b", "aa", "a\x00")
	testIndex(t, math.Inf(-1), -1.5, 0, 1, math.Inf(1))
	testIndex[float32](t, -1.5, 0, 1, math.MaxFloat32)
	testIndex(t, [4]byte{}, [4]byte{1}, [4]byte{3: 1})
	testIndex(t, [6]byte{}, [6]byte{1}, [6]byte{5: 1})
	testIndex(t, [8]byte{}, [8]byte{1}, [8]byte{7: 1})
	testIndex(t, [16]byte{}, [16]byte{1}, [16]byte{7: 1}, [16]byte{8: 1}, [16]byte{15: 1})
	testIndex(t, [64]byte{}, [64]byte{1}, [64]byte{63: 1})
}

func TestIndexOfIntegers(t *testing.T) {
	testBits[int8](t, math.MinInt8, -1, 0, 1, math.MaxInt8)
	testBits[int16](t, math.MinInt16, -1, 0, 1, math.MaxInt16)
	testBits[int32](t, math.MinInt32, -1, 0, 1, math.MaxInt32)
	testBits[int64](t, math.MinInt64, -1, 0, 1, math.MaxInt64)
	testBits[int](t, math.MinInt, -1, 0, 1, math.MaxInt)
	testBits[uint8](t, 0, 1, math.MaxUint8)
	testBits[uint16](t, 0, 1, 1<<8, math.MaxUint16)
	testBits[uint32](t, 0, 1, 1<<16, math.MaxUint32)
	testBits[uint64](t, 0, 1, 1<<32, math.MaxUint64)
	testBits[uint](t, 0, 1, math.MaxUint/2, math.MaxUint)
	testBits[uintptr](t, 0, 1, math.MaxUint/2, math.MaxUint)
	require.False(t, ordered.Natural(reflect.TypeFor[string]()).Integer)
	require.False(t, ordered.Natural(reflect.TypeFor[float64]()).Integer)
}
