package ordered

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Ranks are numbers that order as keys do: the ranks of keys among the distinct ones or, of
// integers that are not too far apart, their distances from the lowest.
type Ranks struct {
	Of       []uint32 // of each key
	Distinct raw.List // the keys in order, so that Of are places in it; empty if Of are distances
}

// rankByHash sorts the distinct keys only.
func (k *Keys) rankByHash(keys Pointer, n int) Ranks {
	x := k.NewNumbering()
	numbers := make([]uint32, n)
	x.NumberAll(numbers, keys, k.Type.Size)
	order := x.sort()
	distinct := raw.List{Of: k.Type}
	distinct.Room(len(order))
	rank := make([]uint32, len(order))
	for r, e := range order {
		rank[e.number] = uint32(r)
		distinct.Append(x.Distinct.At(int(e.number)))
	}
	for i, number := range numbers {
		numbers[i] = rank[number]
	}
	return Ranks{numbers, distinct}
}

// numbered is a key to be sorted: by 8 bytes of it at first.
type numbered struct {
	chunk  uint64
	number uint32
}

// sort returns the numbers in the order of their keys.
func (x *Numbering) sort() []numbered {
	list := make([]numbered, x.Distinct.Len)
	for i := range list {
		list[i] = numbered{x.keys.prefix(x.Distinct.At(i)), uint32(i)}
	}
	x.sortChunks(list, 0)
	return list
}

// sortChunks sorts keys whose chunks begin at a depth, and which are the same before it.
func (x *Numbering) sortChunks(list []numbered, depth int) {
	slices.SortFunc(list, func(a, b numbered) int { return cmp.Compare(a.chunk, b.chunk) })
	if x.keys.exact {
		return
	}
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].chunk == list[i].chunk {
			j++
		}
		if j-i > 1 {
			x.sortTies(list[i:j], depth)
		}
		i = j
	}
}

// fewTies are compared with each other at once.
const fewTies = 12

// sortTies sorts texts whose chunks at a depth are the same. Many are sorted by the next 8 bytes in
// which they differ, so that what they have in common is read once and not with each comparison.
func (x *Numbering) sortTies(list []numbered, depth int) {
	next := depth + 8
	longest := 0
	for _, e := range list {
		longest = max(longest, len(x.text(e)))
	}
	if len(list) <= fewTies || longest <= next {
		slices.SortFunc(list, func(a, b numbered) int { return compareFrom(x.text(a), x.text(b), depth) })
		return
	}
	next += x.common(list, next)
	for i := range list {
		list[i].chunk = chunk(from(x.text(list[i]), next))
	}
	x.sortChunks(list, next)
}

func (x *Numbering) text(e numbered) string { return x.keys.Text(x.Distinct.At(int(e.number))) }

// common returns how many bytes the texts of a list have in common from a depth on.
func (x *Numbering) common(list []numbered, depth int) int {
	first := from(x.text(list[0]), depth)
	n := len(first)
	for _, e := range list[1:] {
		n = commonPrefix(first[:n], from(x.text(e), depth))
	}
	return n
}

// compareFrom compares texts that are the same before a depth, where a chunk that is too short for
// its text is filled up with zeros: the shorter of two that seem to be the same is the lower.
func compareFrom(a, b string, depth int) int {
	return cmp.Or(strings.Compare(from(a, depth), from(b, depth)), cmp.Compare(len(a), len(b)))
}

// from returns a text without its first bytes.
func from(s string, depth int) string { return s[min(depth, len(s)):] }

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

// ranksBySort sorts all keys by a comparison function. Of those that it calls the same, the first
// stands for all.
func ranksBySort(keys Pointer, of *raw.Type, n int, compare func(x, y Pointer) int) Ranks {
	at := func(i int) Pointer { return raw.At(keys, i, of.Size) }
	ranks := make([]uint32, n)
	distinct := raw.List{Of: of}
	for _, i := range stableOrder(n, func(x, y int) int { return compare(at(x), at(y)) }) {
		if distinct.Len == 0 || compare(distinct.At(distinct.Len-1), at(i)) != 0 {
			distinct.Append(at(i))
		}
		ranks[i] = uint32(distinct.Len - 1)
	}
	return Ranks{ranks, distinct}
}
