package ordered

import "slices"

// Assembly is a map in the making whose length is known and whose entries come in ascending order: each is written once, to
// the place where it stays.
type Assembly[K, V any] struct {
	run  []Entry[K, V] // being filled; its capacity is what belongs into it
	runs *runs[K, V]   // nil where one array is enough
}

// runs are the arrays of a tree in the making.
type runs[K, V any] struct {
	full   [][]Entry[K, V] // as they will be, with their slack
	left   int             // entries that no array has room for yet
	toCome int             // arrays for them
}

// Assemble begins a map of n entries, with arrays as Build makes them.
func (kd *Kind[K, V]) Assemble(n int) Assembly[K, V] {
	if n <= kd.maxRun {
		return Assembly[K, V]{run: slices.Grow([]Entry[K, V](nil), n)}
	}
	return Assembly[K, V]{runs: &runs[K, V]{left: n, toCome: (n + kd.fullPart() - 1) / kd.fullPart()}}
}

// fullPart is how many entries a new part of a tree has at most: seven eighths leave room for what comes later.
func (kd *Kind[K, V]) fullPart() int { return kd.maxRun - kd.maxRun/8 }

// Append adds the next entry.
func (kd *Kind[K, V]) Append(a *Assembly[K, V], e Entry[K, V]) {
	n := len(a.run)
	if n == cap(a.run) {
		a.run, n = a.runs.next(kd.fullPart()), 0
	}
	a.run = a.run[:n+1]
	a.run[n] = e
}

// next begins an array.
func (p *runs[K, V]) next(full int) []Entry[K, V] {
	n := (p.left + p.toCome - 1) / p.toCome
	p.left, p.toCome = p.left-n, p.toCome-1
	run := make([]Entry[K, V], n, max(n, full))
	p.full = append(p.full, run)
	return run[:0:n]
}

// Assembled returns the map when all entries are there.
func (kd *Kind[K, V]) Assembled(a *Assembly[K, V]) (m Map[K, V]) {
	if a.runs == nil {
		m.setRun(a.run)
		return m
	}
	t := kd.newTree()
	for _, run := range a.runs.full {
		t.add(run)
	}
	m.setTree(t)
	return m
}
