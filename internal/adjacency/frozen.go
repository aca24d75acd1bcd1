package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// Frozen is a side at one moment. It never changes, and any number of goroutines may read it without a lock.
type Frozen struct {
	side    *Side
	order   ordered.Map // frozen, too
	entries int
	loops   int
}

// Empty returns the state of a side before there was anything in it.
func Empty(s *Side) *Frozen { return &Frozen{side: s} }

// Find returns the slot of a node, or nil, in O(log n).
func (f *Frozen) Find(k Pointer) *Slot { return findIn(f.side.nodes, &f.order, k) }

// Get returns the through value of k and n.
func (f *Frozen) Get(k, n Pointer) Pointer { return get(f.side.neighbours, f.Find(k), n) }

// Spelling returns k: nobody asks a Frozen.
func (f *Frozen) Spelling(k Pointer) Pointer { return k }

// Freeze returns what it has.
func (f *Frozen) Freeze() Nodes { return Nodes{kind: f.side.nodes, base: f.order.View()} }

// Nodes returns the number of nodes, in O(1).
func (f *Frozen) Nodes() int { return f.order.Len() }

// Entries returns the number of edges, in O(1).
func (f *Frozen) Entries() int { return f.entries }

// Loops returns the number of edges that join a node to itself.
func (f *Frozen) Loops() int { return f.loops }

// AddLoops panics.
func (f *Frozen) AddLoops(int) { panic(writeToFrozen) }

// Neighbours returns the kind of the maps in the slots.
func (f *Frozen) Neighbours() *ordered.Kind { return f.side.neighbours }

// Live returns the side that was frozen.
func (f *Frozen) Live() *Side { return f.side }

// Put panics: whoever holds a Frozen refuses writes before they come here.
func (f *Frozen) Put(Pointer, Place, Pointer, Pointer, ordered.Same) ordered.Outcome {
	panic(writeToFrozen)
}

// Merge panics.
func (f *Frozen) Merge(*Side, ordered.Same) (int, int) { panic(writeToFrozen) }

// Delete panics.
func (f *Frozen) Delete(Pointer, Place) { panic(writeToFrozen) }

// Drop panics.
func (f *Frozen) Drop(Pointer, *Slot) { panic(writeToFrozen) }

// Clear panics.
func (f *Frozen) Clear() { panic(writeToFrozen) }

const writeToFrozen = "junction: internal error: write to a frozen side"

// Nodes is the sequence of a state's nodes at one moment: those of a base and those that a draft has changed.
type Nodes struct {
	kind    *ordered.Kind
	base    ordered.View
	touched ordered.View // takes precedence; an empty slot hides the base's
}

// All yields the nodes in key order.
func (n Nodes) All(yield func(Pointer, *Slot) bool) {
	give := func(e Pointer) bool { return yield(n.kind.KeyOf(e), slotAt(e)) }
	if n.touched.Len() == 0 {
		n.kind.All(n.base, give)
		return
	}
	t := n.kind.Cursor(n.touched)
	emit := func() bool {
		e := t.Entry()
		t.Next()
		return slotAt(e).Len() == 0 || give(e)
	}
	for b := n.kind.Cursor(n.base); b.Valid(); b.Next() {
		for t.Valid() && n.kind.Compare(t.Key(), b.Key()) < 0 {
			if !emit() {
				return
			}
		}
		if t.Valid() && n.kind.Compare(t.Key(), b.Key()) == 0 {
			if !emit() {
				return
			}
		} else if !give(b.Entry()) {
			return
		}
	}
	for t.Valid() && emit() {
	}
}
