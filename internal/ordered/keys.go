package ordered

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Pointer points to a key, a value or an entry.
type Pointer = raw.Pointer

// Keys is what all maps with one type and order of keys share. For keys in their natural order it is compiled once for each kind that such
// keys can have, with the library; for others there is a function of the caller's.
type Keys struct {
	Type    *raw.Type
	Integer bool // of at most 64 bits

	compare func(x, y Pointer) int
	valid   func(k Pointer) bool // nil: every value is a key
	natural bool                 // no function of the caller's compares keys

	// Function identifies the function of the caller's that compares keys; nil if none does.
	Function Pointer

	// search and filter are the two inner loops: one indirect call a search instead of one a comparison. They get arrays of keys which stand
	// stride bytes apart.
	search func(first Pointer, stride uintptr, n int, k Pointer) (i int, found bool)
	filter func(keys Pointer, m int, first Pointer, stride uintptr, n int, keep bool) (kept, usedKeys, usedRun int)

	equal     func(first Pointer, stride uintptr, n int) int  // how many keys of an array are the same as the first, which is one
	ascending func(first Pointer, stride uintptr, n int) int  // how many are each above the one before
	gather    func(dst, first Pointer, stride uintptr, n int) // copies keys that stand stride bytes apart to an array
	ordinals  func(keys Pointer, n int) []uint32
	prefix    func(k Pointer) uint64 // orders as keys do, but may be the same for different ones
	exact     bool                   // it is not

	// NewIndex returns an index of keys in a hash; nil if they cannot be hashed.
	NewIndex func(entries int) Index
	// NewNumbers returns an index of numbers; nil if keys cannot be hashed, or are integers.
	NewNumbers func() Numbers

	// ofNodes is how an entry of a key and a pointer is held.
	ofNodes *raw.Type
	nodeKey uintptr
}

// Index finds a number or a pointer by a key. The zero says that there is nothing.
type Index interface {
	Get(k Pointer) Pointer
	Put(k Pointer, slot Pointer)
	Delete(k Pointer)
	Len() int
}

// Numbers is an Index of numbers.
type Numbers interface {
	Get(k Pointer) uint32
	Put(k Pointer, n uint32)
}

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
	case reflect.Int, reflect.Int64:
		return integer[int64](t)
	case reflect.Int8:
		return integer[int8](t)
	case reflect.Int16:
		return integer[int16](t)
	case reflect.Int32:
		return integer[int32](t)
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		if t.Size() == 4 {
			return integer[uint32](t)
		}
		return integer[uint64](t)
	case reflect.Uint8:
		return integer[uint8](t)
	case reflect.Uint16:
		return integer[uint16](t)
	case reflect.Uint32:
		return integer[uint32](t)
	case reflect.Float32:
		k := natural[float32](t)
		k.valid = func(k Pointer) bool { return *(*float32)(k) == *(*float32)(k) }
		k.prefix, k.exact = func(k Pointer) uint64 { return floatBits(float64(*(*float32)(k))) }, true
		return k
	case reflect.Float64:
		k := natural[float64](t)
		k.valid = func(k Pointer) bool { return *(*float64)(k) == *(*float64)(k) }
		k.prefix, k.exact = func(k Pointer) uint64 { return floatBits(*(*float64)(k)) }, true
		return k
	case reflect.String:
		k := natural[string](t)
		k.search, k.filter = searchString, filterFunc(k.compare, k.Type)
		k.prefix = func(k Pointer) uint64 { return stringPrefix(*(*string)(k)) }
		return k
	}
	return nil
}

func floatBits(f float64) uint64 {
	b := math.Float64bits(f + 0) // -0 is 0
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func stringPrefix(s string) (p uint64) {
	for i := range min(len(s), 8) {
		p |= uint64(s[i]) << (56 - 8*i)
	}
	return p
}

func natural[K cmp.Ordered](t reflect.Type) *Keys {
	key := *raw.TypeOf[K]()
	key.Of = t
	k := &Keys{
		Type:       &key,
		natural:    true,
		compare:    func(x, y Pointer) int { return cmp.Compare(*(*K)(x), *(*K)(y)) },
		search:     searchOrdered[K],
		filter:     filterOrdered[K],
		gather:     gather[K],
		equal:      equal[K],
		ascending:  ascending[K],
		ordinals:   ranksByHash[K],
		NewIndex:   func(entries int) Index { return make(hash[K], entries) },
		NewNumbers: func() Numbers { return make(numbers[K]) },
		ofNodes:    raw.TypeOf[Entry[K, Pointer]](),
		nodeKey:    unsafe.Offsetof(Entry[K, Pointer]{}.Key),
	}
	return k
}

type integers interface {
	~int8 | ~int16 | ~int32 | ~int64 | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

func integer[K integers](t reflect.Type) *Keys {
	k := natural[K](t)
	k.Integer = true
	k.exact = true
	bias := uint64(0)
	if K(0)-1 < 0 {
		bias = 1 << 63
	}
	k.prefix = func(k Pointer) uint64 { return uint64(*(*K)(k)) ^ bias } // which extends the sign
	k.ordinals = func(keys Pointer, n int) []uint32 {
		if ordinals, ok := distances(unsafe.Slice((*K)(keys), n)); ok {
			return ordinals
		}
		return ranksByHash[K](keys, n)
	}
	k.NewIndex = nil // a table does it
	return k
}

// Func returns keys that are ordered by a comparison function. Nodes is the layout of entries of such a key and a pointer.
func Func(key *raw.Type, compare func(x, y Pointer) int, nodes Layout) *Keys {
	k := &Keys{
		Type:    key,
		compare: compare,
		valid:   func(k Pointer) bool { return compare(k, k) == 0 },
		search:  searchFunc(compare),
		filter:  filterFunc(compare, key),
		equal: func(first Pointer, stride uintptr, n int) int {
			i := 1
			for i < n && compare(first, raw.At(first, i, stride)) == 0 {
				i++
			}
			return i
		},
		ascending: func(first Pointer, stride uintptr, n int) int {
			i := 1
			for i < n && compare(raw.At(first, i-1, stride), raw.At(first, i, stride)) < 0 {
				i++
			}
			return i
		},
		gather: func(dst, first Pointer, stride uintptr, n int) {
			for i := range n {
				key.Set(raw.At(dst, i, key.Size), raw.At(first, i, stride))
			}
		},
		ordinals: func(keys Pointer, n int) []uint32 { return ranksBySort(keys, key.Size, n, compare) },
		ofNodes:  nodes.Of,
		nodeKey:  nodes.KeyAt,
	}
	isNaN := func(Pointer) bool { return false }
	switch key.Of.Kind() {
	case reflect.Float32:
		isNaN = func(k Pointer) bool { return *(*float32)(k) != *(*float32)(k) }
	case reflect.Float64:
		isNaN = func(k Pointer) bool { return *(*float64)(k) != *(*float64)(k) }
	default:
		return k
	}
	k.valid = func(k Pointer) bool { return !isNaN(k) && compare(k, k) == 0 } // a comparison by < and > calls a NaN equal to everything
	search := k.search
	k.search = func(first Pointer, stride uintptr, n int, key Pointer) (int, bool) {
		i, found := search(first, stride, n, key)
		return i, found && k.valid(key)
	}
	return k
}

// Compare orders two keys.
func (k *Keys) Compare(x, y Pointer) int { return k.compare(x, y) }

// IsNatural reports whether keys are in their natural order, so that no function of the caller's runs.
func (k *Keys) IsNatural() bool { return k.natural }

// IsOrderOf reports whether keys of the same type are known to be in the same order.
func (k *Keys) IsOrderOf(o *Keys) bool {
	return k == o || k.natural && o.natural || k.Function != nil && k.Function == o.Function
}

// Valid reports whether x can be a key: whether it equals itself, as a NaN does not.
func (k *Keys) Valid(x Pointer) bool { return k.valid == nil || k.valid(x) }

// AllValid reports whether every value can be a key.
func (k *Keys) AllValid() bool { return k.valid == nil }

// Ordinals gives every key of an array a number such that the numbers order as the keys do: integers that are not too far apart their
// distance from the lowest, others their rank.
func (k *Keys) Ordinals(keys Pointer, n int) []uint32 { return k.ordinals(keys, n) }

type hash[K comparable] map[K]Pointer

func (h hash[K]) Get(k Pointer) Pointer    { return h[*(*K)(k)] }
func (h hash[K]) Put(k Pointer, s Pointer) { h[*(*K)(k)] = s }
func (h hash[K]) Delete(k Pointer)         { delete(h, *(*K)(k)) }
func (h hash[K]) Len() int                 { return len(h) }

type numbers[K comparable] map[K]uint32

func (h numbers[K]) Get(k Pointer) uint32    { return h[*(*K)(k)] }
func (h numbers[K]) Put(k Pointer, n uint32) { h[*(*K)(k)] = n }

// distances returns how far each key is above the lowest, unless that takes more than 32 bits.
func distances[K integers](keys []K) ([]uint32, bool) {
	if len(keys) == 0 {
		return nil, true
	}
	low, high := slices.Min(keys), slices.Max(keys)
	if uint64(high)-uint64(low) > math.MaxUint32 {
		return nil, false
	}
	ordinals := make([]uint32, len(keys))
	for i, k := range keys {
		ordinals[i] = uint32(uint64(k) - uint64(low))
	}
	return ordinals, true
}

func equal[K cmp.Ordered](first Pointer, stride uintptr, n int) int {
	k, i := *(*K)(first), 1
	for i < n && key[K](first, uintptr(i)*stride) == k {
		i++
	}
	return i
}

func ascending[K cmp.Ordered](first Pointer, stride uintptr, n int) int {
	last, i := *(*K)(first), 1
	for ; i < n; i++ {
		k := key[K](first, uintptr(i)*stride)
		if last >= k {
			break
		}
		last = k
	}
	return i
}

// Equal returns how many keys, which stand stride bytes apart, are the same as the first, which is one of them.
func (k *Keys) Equal(first Pointer, stride uintptr, n int) int { return k.equal(first, stride, n) }

// Ascending returns how many keys are each above the one before; the first is one of them.
func (k *Keys) Ascending(first Pointer, stride uintptr, n int) int {
	return k.ascending(first, stride, n)
}

// Gather copies keys that stand stride bytes apart to an array.
func (k *Keys) Gather(dst, first Pointer, stride uintptr, n int) { k.gather(dst, first, stride, n) }

func gather[K any](dst, first Pointer, stride uintptr, n int) {
	keys := unsafe.Slice((*K)(dst), n)
	for i := range keys {
		keys[i] = key[K](first, uintptr(i)*stride)
	}
}

// ranksByHash sorts the distinct keys only.
func ranksByHash[K cmp.Ordered](array Pointer, n int) []uint32 {
	keys := unsafe.Slice((*K)(array), n)
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
	order := make([]uint32, len(distinct))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return cmp.Compare(distinct[x], distinct[y]) })
	rank := make([]uint32, len(distinct))
	for r, at := range order {
		rank[at] = uint32(r)
	}
	for i, n := range numbers {
		numbers[i] = rank[n]
	}
	return numbers
}

// ranksBySort sorts all keys.
func ranksBySort(keys Pointer, size uintptr, n int, compare func(x, y Pointer) int) []uint32 {
	order := make([]uint32, n)
	for i := range order {
		order[i] = uint32(i)
	}
	at := func(i uint32) Pointer { return raw.At(keys, int(i), size) }
	slices.SortFunc(order, func(x, y uint32) int { return compare(at(x), at(y)) })
	ranks := make([]uint32, n)
	rank := uint32(0)
	for i, o := range order {
		if i > 0 && compare(at(order[i-1]), at(o)) != 0 {
			rank++
		}
		ranks[o] = rank
	}
	return ranks
}
