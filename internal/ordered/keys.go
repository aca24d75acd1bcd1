package ordered

import (
	"reflect"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Pointer points to a key, a value or an entry.
type Pointer = raw.Pointer

// Keys is what all maps with one type and order of keys share. The code for keys in their natural
// order is compiled once, with the library, for each kind of key; other keys have a comparison
// function of the caller's.
type Keys struct {
	Type    *raw.Type
	Integer bool // of at most 64 bits
	Hash    Hash // how keys are hashed
	Form    Form // how a key becomes a word, if Hash is Words

	compare func(x, y Pointer) int
	valid   func(k Pointer) bool // nil: every value is a key
	natural bool                 // no function of the caller's compares keys

	// Function identifies the function of the caller's that compares keys; nil if none does.
	Function Pointer

	// Each of the following works on an array of keys that stand stride bytes apart. They cost one
	// indirect call for an array instead of one for a comparison.
	search    func(first Pointer, stride uintptr, n int, k Pointer) (i int, found bool)
	filter    func(keys Pointer, m int, first Pointer, stride uintptr, n int, keep bool) (kept, usedKeys, usedRun int)
	equal     func(first Pointer, stride uintptr, n int) int  // how many keys equal the first, itself included
	ascending func(first Pointer, stride uintptr, n int) int  // how many are each above the one before
	gather    func(dst, first Pointer, stride uintptr, n int) // copies the keys to an array without gaps

	rank   func(keys Pointer, n int) Ranks
	prefix func(k Pointer) uint64 // orders as keys do, but different keys may have the same
	exact  bool                   // different keys have different prefixes

	// ofNodes is how an entry of a key and a pointer is held.
	ofNodes *raw.Type
	nodeKey uintptr
}

// Func returns keys that a comparison function orders. Nodes is the layout of an entry of such a
// key and a pointer.
func Func(key *raw.Type, compare func(x, y Pointer) int, nodes Layout) *Keys {
	k := comparing(key, compare)
	k.valid = func(k Pointer) bool { return compare(k, k) == 0 }
	k.ofNodes, k.nodeKey = nodes.Of, nodes.KeyAt
	if isNaN := nanOf(key.Of.Kind()); isNaN != nil {
		k.refuseNaN(isNaN)
	}
	return k
}

// comparing returns keys whose loops do nothing but call a comparison function.
func comparing(key *raw.Type, compare func(x, y Pointer) int) *Keys {
	return &Keys{
		Type:    key,
		compare: compare,
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
		rank: func(keys Pointer, n int) Ranks { return ranksBySort(keys, key, n, compare) },
	}
}

// nanOf returns a function that recognizes the NaNs of a kind, or nil if it has none.
func nanOf(kind reflect.Kind) func(k Pointer) bool {
	switch kind {
	case reflect.Float32:
		return func(k Pointer) bool { return *(*float32)(k) != *(*float32)(k) }
	case reflect.Float64:
		return func(k Pointer) bool { return *(*float64)(k) != *(*float64)(k) }
	}
	return nil
}

// refuseNaN makes NaNs invalid and never found: a comparison by < and > calls a NaN equal to
// everything.
func (k *Keys) refuseNaN(isNaN func(k Pointer) bool) {
	valid, search := k.valid, k.search
	k.valid = func(x Pointer) bool { return !isNaN(x) && valid(x) }
	k.search = func(first Pointer, stride uintptr, n int, x Pointer) (int, bool) {
		i, found := search(first, stride, n, x)
		return i, found && k.valid(x)
	}
}

// Compare orders two keys.
func (k *Keys) Compare(x, y Pointer) int { return k.compare(x, y) }

// IsNatural reports whether keys are in their natural order, so that no function of the caller's
// runs.
func (k *Keys) IsNatural() bool { return k.natural }

// IsOrderOf reports whether keys of the same type are known to be in the same order.
func (k *Keys) IsOrderOf(o *Keys) bool {
	return k == o || k.natural && o.natural || k.Function != nil && k.Function == o.Function
}

// Valid reports whether x can be a key: whether it equals itself, as a NaN does not.
func (k *Keys) Valid(x Pointer) bool { return k.valid == nil || k.valid(x) }

// AllValid reports whether every value can be a key.
func (k *Keys) AllValid() bool { return k.valid == nil }

// Equal returns how many of n keys, stride bytes apart, equal the first before another one comes.
// The first is counted.
func (k *Keys) Equal(first Pointer, stride uintptr, n int) int { return k.equal(first, stride, n) }

// Ascending returns how many of n keys, stride bytes apart, are each above the one before. The
// first is counted.
func (k *Keys) Ascending(first Pointer, stride uintptr, n int) int {
	return k.ascending(first, stride, n)
}

// Gather copies n keys that stand stride bytes apart to an array without gaps.
func (k *Keys) Gather(dst, first Pointer, stride uintptr, n int) { k.gather(dst, first, stride, n) }

// Rank ranks an array of n keys.
func (k *Keys) Rank(keys Pointer, n int) Ranks { return k.rank(keys, n) }

// Ordinals returns Rank's numbers.
func (k *Keys) Ordinals(keys Pointer, n int) []uint32 { return k.rank(keys, n).Of }
