package ordered

import "slices"

// Assembly is a map in the making whose length is known and whose entries come in ascending order: each is written once, to
// the place where it stays. It is half a cache line, because a bulk load goes through all of its assemblies at random.
type Assembly[K, V any] struct {
	run  []Entry[K, V] // being filled
	runs *runs[K, V]   // nil where one array is enough
}

// runs are the arrays of a tree in the making.
type runs[K, V any] struct {
	all  [][]Entry[K, V]
	next int // which is to be filled next
}

// Assemble begins a map of n entries, with arrays as Build makes them.
func (kd *Kind[K, V]) Assemble(n int) Assembly[K, V] {
	if n <= kd.maxRun {
		return Assembly[K, V]{run: slices.Grow([]Entry[K, V](nil), n)}
	}
	full := kd.maxRun - kd.maxRun/8 // which leaves room for what comes later
	all := make([][]Entry[K, V], (n+full-1)/full)
	for i := range all {
		rest := len(all) - i
		size := (n + rest - 1) / rest
		all[i] = make([]Entry[K, V], size, max(size, full))
		n -= size
	}
	return Assembly[K, V]{runs: &runs[K, V]{all: all}}
}

// From returns an assembly of the same map that adds entries from the i-th on. Several goroutines may each add some, if none of them does by
// the first assembly.
func (a *Assembly[K, V]) From(i int) Assembly[K, V] {
	if a.runs == nil {
		return Assembly[K, V]{run: a.run[i:i]}
	}
	own := &runs[K, V]{all: a.runs.all}
	for i > len(own.all[own.next]) {
		i -= len(own.all[own.next])
		own.next++
	}
	return Assembly[K, V]{run: own.begin()[:i], runs: own}
}

// begin returns the next array, to be filled.
func (r *runs[K, V]) begin() []Entry[K, V] {
	run := r.all[r.next]
	r.next++
	return run[:0:len(run)]
}

// Append adds the next entry.
func (a *Assembly[K, V]) Append(e Entry[K, V]) {
	n := len(a.run)
	if n == cap(a.run) {
		a.run, n = a.runs.begin(), 0
	}
	a.run = a.run[:n+1]
	a.run[n] = e
}

// Assembled returns the map when all n entries are there.
func (kd *Kind[K, V]) Assembled(a *Assembly[K, V], n int) (m Map[K, V]) {
	if a.runs == nil {
		m.setRun(a.run[:n])
		return m
	}
	t := kd.newTree()
	for _, run := range a.runs.all {
		t.add(run)
	}
	m.setTree(t)
	return m
}
