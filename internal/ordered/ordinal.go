package ordered

import (
	"cmp"
	"math"
	"reflect"
	"slices"
	"unsafe"

	"golang.org/x/exp/constraints"
)

// Ordinals gives every key a number such that the numbers order as the keys do: integers that are not too far apart their
// distance from the lowest, others their rank. O(n) for integers, O(n + d log d) for d distinct keys that can be
// hashed, O(n log n) else.
func (kd *Kind[K, V]) Ordinals(keys []K) []uint32 {
	if kd.distances != nil {
		if ordinals, ok := kd.distances(keys); ok {
			return ordinals
		}
	}
	return kd.ranks(keys)
}

// distancesOf returns distances for an integer type, and nil for other types.
func distancesOf[K any]() func(keys []K) ([]uint32, bool) {
	switch reflect.TypeFor[K]().Kind() {
	case reflect.Int:
		return distances[int, K]
	case reflect.Int8:
		return distances[int8, K]
	case reflect.Int16:
		return distances[int16, K]
	case reflect.Int32:
		return distances[int32, K]
	case reflect.Int64:
		return distances[int64, K]
	case reflect.Uint:
		return distances[uint, K]
	case reflect.Uint8:
		return distances[uint8, K]
	case reflect.Uint16:
		return distances[uint16, K]
	case reflect.Uint32:
		return distances[uint32, K]
	case reflect.Uint64:
		return distances[uint64, K]
	case reflect.Uintptr:
		return distances[uintptr, K]
	}
	return nil
}

// distances returns how far each key is above the lowest, unless that takes more than 32 bits. K must be of the kind of I: a type
// parameter that may be a string as well cannot be converted to an integer, but its memory can be read as one.
func distances[I constraints.Integer, K any](keys []K) ([]uint32, bool) {
	if len(keys) == 0 {
		return nil, true
	}
	integers := unsafe.Slice((*I)(unsafe.Pointer(unsafe.SliceData(keys))), len(keys))
	low, high := slices.Min(integers), slices.Max(integers)
	if uint64(high)-uint64(low) > math.MaxUint32 {
		return nil, false
	}
	ordinals := make([]uint32, len(integers))
	for i, k := range integers {
		ordinals[i] = uint32(uint64(k) - uint64(low))
	}
	return ordinals, true
}

// ranksByHash sorts the distinct keys only.
func ranksByHash[K cmp.Ordered](keys []K) []uint32 {
	numbers := make([]uint32, len(keys)) // of the distinct keys, as they come
	number := make(map[K]uint32)
	var distinct []K
	for i, k := range keys {
		n, known := number[k]
		if !known {
			n = uint32(len(distinct))
			number[k] = n
			distinct = append(distinct, k)
		}
		numbers[i] = n
	}
	rank := ranksBySort(distinct, cmp.Compare[K])
	for i, n := range numbers {
		numbers[i] = rank[n]
	}
	return numbers
}

// ranksBySort sorts all keys.
func ranksBySort[K any](keys []K, compare func(x, y K) int) []uint32 {
	order := make([]uint32, len(keys))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return compare(keys[x], keys[y]) })
	ranks := make([]uint32, len(keys))
	rank := uint32(0)
	for i, at := range order {
		if i > 0 && compare(keys[order[i-1]], keys[at]) != 0 {
			rank++
		}
		ranks[at] = rank
	}
	return ranks
}
