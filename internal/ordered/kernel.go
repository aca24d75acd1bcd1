package ordered

import "cmp"

// The inner loops stand here in two forms: for numbers, and for strings and keys that have a comparison function.
// The first form takes no branch on the outcome of <, because the processor cannot guess it, and a wrong guess costs more
// than the whole step. The compiler makes no conditional move for an index, but turns an if that sets 0 or 1 into SETcc.
// See BenchmarkSearch and BenchmarkFilter.

// searchOrdered returns the position of the first entry whose key is not below k, and whether it is k. It compares three
// keys at a time, because three loads that do not wait for each other cost little more than one, and counts
// what is left.
func searchOrdered[K cmp.Ordered, V any](run []Entry[K, V], k K) (int, bool) {
	lo, n := 0, len(run)
	for n > 16 {
		quarter := n >> 2
		var first, second, third int
		if run[lo+quarter-1].Key < k {
			first = 1
		}
		if run[lo+2*quarter-1].Key < k {
			second = 1
		}
		if run[lo+3*quarter-1].Key < k {
			third = 1
		}
		lo += (first + second + third) * quarter
		n -= 3 * quarter
	}
	at := lo
	rest := run[lo : lo+n]
	for len(rest) >= 4 {
		var first, second, third, fourth int
		if rest[0].Key < k {
			first = 1
		}
		if rest[1].Key < k {
			second = 1
		}
		if rest[2].Key < k {
			third = 1
		}
		if rest[3].Key < k {
			fourth = 1
		}
		at += first + second + third + fourth
		rest = rest[4:]
	}
	for i := range rest {
		below := 0
		if rest[i].Key < k {
			below = 1
		}
		at += below
	}
	return at, at < len(run) && run[at].Key == k
}

func searchFunc[K, V any](run []Entry[K, V], k K, compare func(x, y K) int) (int, bool) {
	lo, hi := 0, len(run)
	for lo < hi {
		mid := int(uint(lo+hi) >> 1)
		switch c := compare(run[mid].Key, k); {
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

// filterOrdered walks ascending keys and an ascending run side by side until one of them ends. It moves those keys
// that are in the run (keep), or that are not (!keep), to the front of keys. It does branch on equality: sets that are
// worth combining have long stretches in common, or hardly anything.
func filterOrdered[K cmp.Ordered, V any](keys []K, run []Entry[K, V], keep bool) (kept, i, j int) {
	whenEqual, whenBelow := 0, 1
	if keep {
		whenEqual, whenBelow = 1, 0
		for n := min(len(keys), len(run)); i < n && keys[i] == run[i].Key; i++ { // a beginning in common stays where it is
		}
		kept, j = i, i
	}
	for i < len(keys) && j < len(run) {
		k, r := keys[i], run[j].Key
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

func filterFunc[K, V any](keys []K, run []Entry[K, V], keep bool, compare func(x, y K) int) (kept, i, j int) {
	for i < len(keys) && j < len(run) {
		k := keys[i]
		c := compare(k, run[j].Key)
		if c <= 0 {
			if (c == 0) == keep {
				keys[kept] = k
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
