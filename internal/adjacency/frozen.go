package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// Frozen is a side at one moment. It never changes, and any number of goroutines may read it without a lock.
type Frozen[K, N, T any] struct {
	side    *Side[K, N, T]
	order   ordered.Map[K, ref] // frozen, too
	entries int
	loops   int
}

// Empty returns the state of a side before there was anything in it.
func Empty[K, N, T any](s *Side[K, N, T]) *Frozen[K, N, T] { return &Frozen[K, N, T]{side: s} }

// Find returns the slot of a node, or nil, in O(log n).
func (f *Frozen[K, N, T]) Find(k K) *Slot[N, T] {
	r, _ := f.side.nodes.Get(&f.order, k)
	return slotAt[N, T](r)
}

// Get returns the through value of k and n.
func (f *Frozen[K, N, T]) Get(k K, n N) (T, bool) { return get(f.side.neighbours, f.Find(k), n) }

// Spelling returns k: nobody asks a Frozen.
func (f *Frozen[K, N, T]) Spelling(k K) K { return k }

// Freeze returns what it has.
func (f *Frozen[K, N, T]) Freeze() Nodes[K, N, T] {
	return Nodes[K, N, T]{kind: f.side.nodes, base: f.order.View()}
}

// Nodes returns the number of nodes, in O(1).
func (f *Frozen[K, N, T]) Nodes() int { return f.order.Len() }

// Entries returns the number of edges, in O(1).
func (f *Frozen[K, N, T]) Entries() int { return f.entries }

// Loops returns the number of edges that join a node to itself.
func (f *Frozen[K, N, T]) Loops() int { return f.loops }

// AddLoops panics.
func (f *Frozen[K, N, T]) AddLoops(int) { panic(writeToFrozen) }

// Neighbours returns the kind of the maps in the slots.
func (f *Frozen[K, N, T]) Neighbours() *ordered.Kind[N, T] { return f.side.neighbours }

// Live returns the side that was frozen.
func (f *Frozen[K, N, T]) Live() *Side[K, N, T] { return f.side }

// Put panics: whoever holds a Frozen refuses writes before they come here.
func (f *Frozen[K, N, T]) Put(K, Place[N, T], N, T, func(x, y T) bool) ordered.Outcome {
	panic(writeToFrozen)
}

// Merge panics.
func (f *Frozen[K, N, T]) Merge(*Side[K, N, T], func(x, y T) bool) (int, int) { panic(writeToFrozen) }

// Delete panics.
func (f *Frozen[K, N, T]) Delete(K, Place[N, T]) { panic(writeToFrozen) }

// Drop panics.
func (f *Frozen[K, N, T]) Drop(K, *Slot[N, T]) { panic(writeToFrozen) }

// Clear panics.
func (f *Frozen[K, N, T]) Clear() { panic(writeToFrozen) }

const writeToFrozen = "junction: internal error: write to a frozen side"

// Nodes is the sequence of a state's nodes at one moment: those of a base and those that a draft has changed.
type Nodes[K, N, T any] struct {
	kind    *ordered.Kind[K, ref]
	base    ordered.View[K, ref]
	touched ordered.View[K, ref] // takes precedence; an empty slot hides the base's
}

// All yields the nodes in key order.
func (n Nodes[K, N, T]) All(yield func(K, *Slot[N, T]) bool) {
	give := func(k K, r ref) bool { return yield(k, slotAt[N, T](r)) }
	if n.touched.Len() == 0 {
		n.base.All(give)
		return
	}
	t := n.kind.Cursor(n.touched)
	emit := func() bool {
		e := t.Entry()
		t.Next()
		return slotAt[N, T](e.Value).Len() == 0 || give(e.Key, e.Value)
	}
	for b := n.kind.Cursor(n.base); b.Valid(); b.Next() {
		e := b.Entry()
		for t.Valid() && n.kind.Compare(t.Entry().Key, e.Key) < 0 {
			if !emit() {
				return
			}
		}
		if t.Valid() && n.kind.Compare(t.Entry().Key, e.Key) == 0 {
			if !emit() {
				return
			}
		} else if !give(e.Key, e.Value) {
			return
		}
	}
	for t.Valid() && emit() {
	}
}
