package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// Frozen is a side at one moment. It never changes, and any number of goroutines may read it
// without a lock.
type Frozen struct {
	side    *Live
	order   ordered.Map // frozen, too
	entries int
	loops   int
}

// Empty returns the state of a side before there was anything in it.
func Empty(s *Live) *Frozen { return &Frozen{side: s} }

// Find returns the slot of a node, or nil, in O(log n).
func (f *Frozen) Find(k Pointer) *Slot { return findIn(f.side.nodes, &f.order, k) }

// Get returns the through value of k and n.
func (f *Frozen) Get(k, n Pointer) Pointer { return get(f.side.neighbours, f.Find(k), n) }

// CanonicalKey returns k. It is not called on a Frozen.
func (f *Frozen) CanonicalKey(k Pointer) Pointer { return k }

// Freeze returns its nodes.
func (f *Frozen) Freeze() Nodes { return Nodes{kind: f.side.nodes, base: f.order.View()} }

// Nodes returns the number of nodes, in O(1).
func (f *Frozen) Nodes() int { return f.order.Len() }

// Entries returns the number of edges, in O(1).
func (f *Frozen) Entries() int { return f.entries }

// Loops returns the number of edges that join a node to itself.
func (f *Frozen) Loops() int { return f.loops }

// AddLoops panics.
func (f *Frozen) AddLoops(int) { panic(writeToFrozen) }

// NeighbourOrder returns the kind of the maps in the slots.
func (f *Frozen) NeighbourOrder() *ordered.Order { return f.side.neighbours }

// Base returns the side that was frozen.
func (f *Frozen) Base() *Live { return f.side }

// Put panics: writes to a snapshot are refused before they reach it.
func (f *Frozen) Put(Pointer, Place, Pointer, Pointer, ordered.Same) ordered.Outcome {
	panic(writeToFrozen)
}

// Merge panics.
func (f *Frozen) Merge(*Live, ordered.Same) (int, int) { panic(writeToFrozen) }

// Delete panics.
func (f *Frozen) Delete(Pointer, Place) { panic(writeToFrozen) }

// Drop panics.
func (f *Frozen) Drop(Pointer, *Slot) { panic(writeToFrozen) }

// Clear panics.
func (f *Frozen) Clear() { panic(writeToFrozen) }

const writeToFrozen = "junction: internal error: write to a frozen side"

// Nodes is the sequence of a state's nodes at one moment: those of a base and those that a draft
// has changed.
type Nodes struct {
	kind    *ordered.Order
	base    ordered.View
	touched ordered.View // takes precedence; an empty slot hides the base's
}

// All yields the nodes in key order.
func (n Nodes) All(yield func(Pointer, *Slot) bool) { n.Range(&ordered.Bounds{}, yield) }

// Range yields the nodes within bounds, in key order. Beginning costs O(log n).
func (n Nodes) Range(b *ordered.Bounds, yield func(Pointer, *Slot) bool) {
	if n.touched.Len() == 0 {
		n.kind.Range(n.base, b, func(run ordered.Run) bool {
			for i := range run.Len {
				if !n.give(n.kind.At(run, i), yield) {
					return false
				}
			}
			return true
		})
		return
	}
	base, touched := n.kind.CursorIn(n.base, b), n.kind.CursorIn(n.touched, b)
	for goOn := true; goOn && (base.Valid() || touched.Valid()); {
		c := 1 // where the next touched node stands, seen from the next one of the base
		switch {
		case !touched.Valid():
			c = -1
		case base.Valid():
			c = n.kind.Compare(base.Key(), touched.Key())
		}
		if c < 0 {
			goOn = n.give(base.Entry(), yield)
		} else {
			goOn = n.giveTouched(touched.Entry(), yield)
			touched.Next()
		}
		if c <= 0 {
			base.Next()
		}
	}
}

// Backward is Range in descending order. In a transaction it makes a list of the nodes within
// bounds that the transaction has touched.
func (n Nodes) Backward(b *ordered.Bounds, yield func(Pointer, *Slot) bool) {
	m := backwardMerge{Nodes: n, yield: yield}
	n.kind.Range(n.touched, b, func(run ordered.Run) bool {
		for i := range run.Len {
			m.rest = append(m.rest, n.kind.At(run, i))
		}
		return true
	})
	n.kind.RangeBackward(n.base, b, func(run ordered.Run) bool {
		for i := run.Len - 1; i >= 0; i-- {
			if !m.next(n.kind.At(run, i)) {
				return false
			}
		}
		return true
	})
	for !m.ended && len(m.rest) > 0 {
		m.last()
	}
}

// backwardMerge merges the nodes of a base, which come to it one after the other, with those that
// were touched.
type backwardMerge struct {
	Nodes
	yield func(Pointer, *Slot) bool
	rest  []Pointer // touched entries, in ascending order
	ended bool
}

// next takes an entry of the base, and reports whether to go on.
func (m *backwardMerge) next(e Pointer) bool {
	k := m.kind.KeyOf(e)
	for len(m.rest) > 0 {
		c := m.kind.Compare(m.kind.KeyOf(m.rest[len(m.rest)-1]), k)
		if c < 0 {
			break
		}
		if !m.last() || c == 0 {
			return !m.ended
		}
	}
	m.ended = !m.give(e, m.yield)
	return !m.ended
}

// last yields the last touched entry, and reports whether to go on.
func (m *backwardMerge) last() bool {
	e := m.rest[len(m.rest)-1]
	m.rest = m.rest[:len(m.rest)-1]
	m.ended = !m.giveTouched(e, m.yield)
	return !m.ended
}

func (n Nodes) give(e Pointer, yield func(Pointer, *Slot) bool) bool {
	return yield(n.kind.KeyOf(e), slotAt(e))
}

// giveTouched passes over nodes that have lost their edges.
func (n Nodes) giveTouched(e Pointer, yield func(Pointer, *Slot) bool) bool {
	return slotAt(e).Len() == 0 || n.give(e, yield)
}
