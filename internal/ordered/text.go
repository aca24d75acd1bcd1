package ordered

import (
	"cmp"
	"encoding/binary"
	"strings"
	"unsafe"
)

// fewStrings are searched by comparing them whole.
const fewStrings = 4

// searchString returns the position of the first string that is not below k, and whether it is k.
//
// It waits for the characters of strings more than for anything else. So it reads few of them:
// all strings of an ascending array begin with what the first and the last have in common, and
// the 8 bytes after that mostly tell where k stands. Those are compared as numbers, for three
// strings at a time, whose loads do not wait for each other.
func searchString(first Pointer, stride uintptr, n int, p Pointer) (int, bool) {
	k := *(*string)(p)
	if n <= fewStrings {
		return searchWhole(first, stride, 0, n, k)
	}
	lowest := key[string](first, 0)
	depth := commonPrefix(lowest, key[string](first, uintptr(n-1)*stride))
	if depth > 0 {
		switch c := strings.Compare(k[:min(depth, len(k))], lowest[:depth]); {
		case c < 0:
			return 0, false
		case c > 0:
			return n, false
		}
	}
	i := searchChunk(first, stride, n, depth, chunk(k[depth:]))
	if i == n {
		return n, false
	}
	switch c := cmp.Compare(key[string](first, uintptr(i)*stride), k); {
	case c == 0:
		return i, true
	case c > 0:
		return i, false
	}
	return searchWhole(first, stride, i+1, n, k)
}

// searchChunk returns the position of the first string whose chunk at a depth is not below another.
func searchChunk(first Pointer, stride uintptr, n, depth int, c uint64) (i int) {
	at := first
	for n > fewStrings {
		quarter := n >> 2
		step := uintptr(quarter) * stride
		last := step - stride
		x, y, z := chunkAt(at, last, depth), chunkAt(at, last+step, depth), chunkAt(at, last+2*step, depth)
		passed := 0
		if x < c {
			passed++
		}
		if y < c {
			passed++
		}
		if z < c {
			passed++
		}
		i += passed * quarter
		at = unsafe.Add(at, uintptr(passed)*step)
		n -= 3 * quarter
	}
	for offset := uintptr(0); n > 0; n-- {
		if chunkAt(at, offset, depth) < c {
			i++
		}
		offset += stride
	}
	return i
}

// chunkAt returns the chunk at a depth of a string, which has more than depth bytes or just as
// many.
func chunkAt(first Pointer, offset uintptr, depth int) uint64 {
	s := key[string](first, offset)
	if len(s) >= depth+8 {
		return binary.BigEndian.Uint64((*[8]byte)(unsafe.Add(Pointer(unsafe.StringData(s)), depth))[:])
	}
	return shortChunk(s[depth:])
}

// searchWhole searches from lo to hi by comparing whole strings.
func searchWhole(first Pointer, stride uintptr, lo, hi int, k string) (int, bool) {
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := cmp.Compare(key[string](first, uintptr(mid)*stride), k); {
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

// commonPrefix returns how many bytes two strings have in common at their beginning.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if chunk(a[i:]) != chunk(b[i:]) {
			break
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

// chunk returns the first 8 bytes of a text as a number that orders as they do. Those that are
// missing are zeros.
func chunk(s string) uint64 {
	if len(s) >= 8 {
		return binary.BigEndian.Uint64((*[8]byte)(Pointer(unsafe.StringData(s)))[:])
	}
	return shortChunk(s)
}

func shortChunk(s string) (c uint64) {
	for i := range len(s) {
		c |= uint64(s[i]) << (56 - 8*i)
	}
	return c
}
