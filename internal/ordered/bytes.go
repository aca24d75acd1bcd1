package ordered

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"reflect"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// bytesOf returns the keys of a type whose memory is an array of bytes, ordered by bytes.Compare;
// nil for lengths that no key has.
func bytesOf(t reflect.Type) *Keys {
	nodes, ok := layoutOfBytes(t.Len())
	if !ok {
		return nil
	}
	n := uintptr(t.Len())
	view := func(k Pointer) []byte { return unsafe.Slice((*byte)(k), n) }
	k := comparing(raw.Plain(t), func(x, y Pointer) int { return bytes.Compare(view(x), view(y)) })
	k.natural = true
	k.prefix, k.exact = func(k Pointer) uint64 { return chunk(unsafe.String((*byte)(k), n)) }, n <= 8
	k.rank = k.rankByHash
	k.search = searchBytes(n)
	k.Hash = Texts
	k.ofNodes, k.nodeKey = nodes.Of, nodes.KeyAt
	switch n {
	case 4, 8:
		k.Hash, k.Form = Words, Form(n)
	case 16:
		k.Hash = Pairs
		k.compare = comparePair
		k.search, k.filter = searchPair, filterFunc(comparePair, k.Type)
	}
	return k
}

// layoutOfBytes returns the layout of entries of an array of n bytes and a pointer, if such arrays
// can be keys. The compiler has to make each, so that the garbage collector sees the pointer.
func layoutOfBytes(n int) (l Layout, ok bool) {
	switch n {
	case 4:
		return LayoutOf[[4]byte, Pointer](), true
	case 6:
		return LayoutOf[[6]byte, Pointer](), true
	case 8:
		return LayoutOf[[8]byte, Pointer](), true
	case 12:
		return LayoutOf[[12]byte, Pointer](), true
	case 16:
		return LayoutOf[[16]byte, Pointer](), true
	case 20:
		return LayoutOf[[20]byte, Pointer](), true
	case 24:
		return LayoutOf[[24]byte, Pointer](), true
	case 28:
		return LayoutOf[[28]byte, Pointer](), true
	case 32:
		return LayoutOf[[32]byte, Pointer](), true
	case 48:
		return LayoutOf[[48]byte, Pointer](), true
	case 64:
		return LayoutOf[[64]byte, Pointer](), true
	}
	return Layout{}, false
}

// searchBytes returns the search among arrays of n bytes.
func searchBytes(n uintptr) func(first Pointer, stride uintptr, total int, k Pointer) (int, bool) {
	return func(first Pointer, stride uintptr, total int, p Pointer) (int, bool) {
		k := unsafe.Slice((*byte)(p), n)
		lo, hi := 0, total
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			switch c := bytes.Compare(unsafe.Slice((*byte)(raw.At(first, mid, stride)), n), k); {
			case c < 0:
				lo = mid + 1
			case c == 0:
				return mid, true
			default:
				hi = mid
			}
		}
		return lo, false
	}
}

// pair returns 16 bytes as two numbers, of which the first counts more.
func pair(p Pointer) (high, low uint64) {
	b := (*[16]byte)(p)
	return binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])
}

func comparePair(x, y Pointer) int {
	a, b := pair(x)
	c, d := pair(y)
	switch {
	case a < c || a == c && b < d:
		return -1
	case a == c && b == d:
		return 0
	}
	return 1
}

// below returns 1 if the pair at p is below another one, and 0 if not: the borrow of a subtraction,
// so that no branch depends on it.
func below(p Pointer, high, low uint64) int {
	h, l := pair(p)
	_, borrow := bits.Sub64(l, low, 0)
	_, borrow = bits.Sub64(h, high, borrow)
	return int(borrow)
}

// searchPair is searchOrdered for arrays of 16 bytes.
func searchPair(first Pointer, stride uintptr, total int, p Pointer) (int, bool) {
	high, low := pair(p)
	i, n, at := 0, total, first
	for n > 16 {
		quarter := n >> 2
		step := uintptr(quarter) * stride
		last := unsafe.Add(at, step-stride)
		passed := below(last, high, low) + below(unsafe.Add(last, step), high, low) +
			below(unsafe.Add(last, 2*step), high, low)
		i += passed * quarter
		at = unsafe.Add(at, uintptr(passed)*step)
		n -= 3 * quarter
	}
	for offset := uintptr(0); n > 0; n-- {
		i += below(unsafe.Add(at, offset), high, low)
		offset += stride
	}
	if i == total {
		return i, false
	}
	h, l := pair(unsafe.Add(first, uintptr(i)*stride))
	return i, h == high && l == low
}
