package ordered

import (
	"cmp"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// The inner loops stand here in two forms: for numbers, and for strings and keys that have a
// comparison function. Those for arrays of bytes are in bytes.go.
//
// The first form takes no branch on the outcome of <, because the processor cannot guess it, and a
// wrong guess costs more than the whole step. The compiler makes no conditional move for an index,
// but turns an if that sets 0 or 1 into SETcc.

func key[K any](first Pointer, offset uintptr) K { return *(*K)(unsafe.Add(first, offset)) }

// searchOrdered returns the position of the first key that is not below k, and whether it is k. It
// compares three keys at a time, because three loads that do not wait for each other cost little
// more than one. At the end it counts how many of the remaining keys are below k.
func searchOrdered[K cmp.Ordered](first Pointer, stride uintptr, total int, p Pointer) (int, bool) {
	k := *(*K)(p)
	at, n, offset := 0, total, uintptr(0)
	for n > 16 {
		quarter := n >> 2
		step := uintptr(quarter) * stride
		last := offset + step - stride
		var a, b, c int
		if key[K](first, last) < k {
			a = 1
		}
		if key[K](first, last+step) < k {
			b = 1
		}
		if key[K](first, last+2*step) < k {
			c = 1
		}
		below := a + b + c
		at += below * quarter
		offset += uintptr(below) * step
		n -= 3 * quarter
	}
	for ; n >= 4; n -= 4 {
		var a, b, c, d int
		if key[K](first, offset) < k {
			a = 1
		}
		if key[K](first, offset+stride) < k {
			b = 1
		}
		if key[K](first, offset+2*stride) < k {
			c = 1
		}
		if key[K](first, offset+3*stride) < k {
			d = 1
		}
		at += a + b + c + d
		offset += 4 * stride
	}
	for ; n > 0; n-- {
		below := 0
		if key[K](first, offset) < k {
			below = 1
		}
		at += below
		offset += stride
	}
	return at, at < total && key[K](first, uintptr(at)*stride) == k
}

// searchFunc returns a search that calls a comparison function.
func searchFunc(compare func(x, y Pointer) int) func(first Pointer, stride uintptr, n int, k Pointer) (int, bool) {
	return func(first Pointer, stride uintptr, n int, k Pointer) (int, bool) {
		lo, hi := 0, n
		for lo < hi {
			mid := int(uint(lo+hi) >> 1)
			switch c := compare(raw.At(first, mid, stride), k); {
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

// filterOrdered walks ascending keys and an ascending run side by side until one of them ends. It
// moves the keys that are in the run (keep), or that are not (!keep), to the front of keys. It does
// branch on equality: sets that are worth combining share long stretches, or hardly anything.
func filterOrdered[K cmp.Ordered](array Pointer, m int, first Pointer, stride uintptr, n int, keep bool) (kept, i, j int) {
	keys := unsafe.Slice((*K)(array), m)
	whenEqual, whenBelow := 0, 1
	if keep {
		whenEqual, whenBelow = 1, 0
		most := min(m, n)
		for i < most && keys[i] == key[K](first, uintptr(i)*stride) {
			i++ // a common beginning stays where it is
		}
		kept, j = i, i
	}
	for i < len(keys) && j < n {
		k, r := keys[i], key[K](first, uintptr(j)*stride)
		keys[kept] = k
		if k == r {
			kept += whenEqual
			i++
			j++
			continue
		}
		below := 0
		if k < r {
			below = 1
		}
		kept += below & whenBelow
		i += below
		j += 1 - below
	}
	return kept, i, j
}

func filterFunc(compare func(x, y Pointer) int, of *raw.Type) func(keys Pointer, m int, first Pointer, stride uintptr, n int, keep bool) (kept, i, j int) {
	return func(keys Pointer, m int, first Pointer, stride uintptr, n int, keep bool) (kept, i, j int) {
		for i < m && j < n {
			k := raw.At(keys, i, of.Size)
			c := compare(k, raw.At(first, j, stride))
			if c <= 0 {
				if (c == 0) == keep {
					of.Set(raw.At(keys, kept, of.Size), k)
					kept++
				}
				i++
			}
			if c >= 0 {
				j++
			}
		}
		return kept, i, j
	}
}

// gather copies n keys that stand stride bytes apart to an array without gaps.
func gather[K any](dst, first Pointer, stride uintptr, n int) {
	keys := unsafe.Slice((*K)(dst), n)
	for i := range keys {
		keys[i] = key[K](first, uintptr(i)*stride)
	}
}

// equal returns how many keys equal the first, itself included, before another one comes.
func equal[K cmp.Ordered](first Pointer, stride uintptr, n int) int {
	k, i := *(*K)(first), 1
	for i < n && key[K](first, uintptr(i)*stride) == k {
		i++
	}
	return i
}

// ascending returns how many keys are each above the one before, the first included.
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
