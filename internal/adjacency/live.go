package adjacency

import (
	"sync/atomic"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Live is the live state of one side of a relation.
//
// What holds at all times:
//   - index, where there is one, and order hold the same nodes with the same slots; no slot is
//     empty
//   - entries is the sum of the degrees
//   - a slot whose owner is not the side's may be shared with a Frozen and never changes again
type Live struct {
	keys       *ordered.Keys // of the nodes
	nodes      *ordered.Order
	neighbours *ordered.Order

	index   index // hash for lookups; none if keys have a comparison function: then order serves
	order   ordered.Map
	entries int
	loops   int

	owner atomic.Uint64 // atomic because readers freeze side by side
	view  frozenPointer // what Freeze returned last, if nothing changed since
}

// New returns an empty side of nodes with such keys, and neighbours of a kind.
func New(keys *ordered.Keys, neighbours *ordered.Order, l ordered.Limits) *Live {
	return newLive(&Live{keys: keys, nodes: ordered.OfNodes(keys, ofNodes(l)), neighbours: neighbours})
}

// ofNodes returns the limits of the order of nodes. Its arrays are short because they hold
// pointers, which are costly to move while the collector marks: nearly half of the time that
// BenchmarkAdd took for new nodes was that.
func ofNodes(l ordered.Limits) ordered.Limits {
	l.MaxRun = max(4, l.MaxRun/4)
	return l
}

// newLive makes a side of its kinds.
func newLive(s *Live) *Live {
	s.owner.Store(ordered.NewOwner())
	s.Clear()
	return s
}

// sibling returns an empty side of the same kinds.
func (s *Live) sibling() *Live {
	return newLive(&Live{keys: s.keys, nodes: s.nodes, neighbours: s.neighbours})
}

// Keys returns the keys of the nodes.
func (s *Live) Keys() *ordered.Keys { return s.keys }

// Find returns the slot of a node, or nil. O(1) with a hash, O(log n) without.
func (s *Live) Find(k Pointer) *Slot {
	if s.index.exists() {
		return s.index.get(k)
	}
	return findIn(s.nodes, &s.order, k)
}

func findIn(nodes *ordered.Order, order *ordered.Map, k Pointer) *Slot {
	if e := nodes.Get(order, k); e != nil {
		return slotAt(e)
	}
	return nil
}

// Get returns the through value of k and n.
func (s *Live) Get(k, n Pointer) Pointer { return get(s.neighbours, s.Find(k), n) }

// Put relates k to n.
func (s *Live) Put(k Pointer, p Place, n, through Pointer, same ordered.Same) ordered.Outcome {
	if p.isSame(s.neighbours, through, same) {
		return ordered.Unchanged
	}
	if !p.Found {
		s.entries++
	}
	return p.write(s.neighbours, s.own(k, p.Slot), n, through)
}

// Merge adds the edges of a standalone side.
func (s *Live) Merge(o *Live, same ordered.Same) (added, updated int) {
	if s.Nodes() == 0 {
		s.become(o, o.entries)
		return o.entries, 0
	}
	m := merger{kind: s.neighbours, same: same}
	for k, batch := range o.All {
		m.apply(&s.own(k, s.Find(k)).Map, batch)
	}
	s.entries += m.added
	return m.added, m.updated
}

// merger merges batches into maps, or subtracts them, and counts.
type merger struct {
	kind     *ordered.Order
	same     ordered.Same
	subtract bool

	added, updated, removed int
	list, scratch           ordered.Run
}

// apply changes a map by a batch, and reports whether that changed it.
func (m *merger) apply(to *ordered.Map, batch *Slot) (changed bool) {
	var a, u, r int
	if m.subtract {
		r, m.scratch = m.kind.Subtract(to, m.entries(batch), m.scratch)
	} else {
		a, u, m.scratch = m.kind.Merge(to, m.entries(batch), m.same, m.scratch)
	}
	m.added, m.updated, m.removed = m.added+a, m.updated+u, m.removed+r
	return a+u+r > 0
}

// entries returns the edges of a batch as one array.
func (m *merger) entries(batch *Slot) ordered.Run {
	if run := batch.View().Run(); run.Len > 0 {
		return run
	}
	m.list.Len = 0
	m.list = m.kind.AppendTo(batch.View(), m.list)
	return m.list
}

// become makes the content of another side, which is not used again, that of this one.
func (s *Live) become(o *Live, entries int) {
	s.changed()
	if s.hashes() && !o.index.exists() {
		o.index = newIndex(s.keys, o.Nodes())
		for k, slot := range o.All {
			o.index.put(k, slot)
		}
	}
	s.index, s.order, s.entries = o.index, o.order, entries
	s.owner.Store(o.owner.Load())
}

// hashes reports whether the keys of nodes can be hashed.
func (s *Live) hashes() bool { return s.keys.Hash != ordered.NoHash }

// CanonicalKey returns the key of a node as the side has it, where a comparison function may call
// several the same; k, if there is no such node.
func (s *Live) CanonicalKey(k Pointer) Pointer {
	if !s.index.exists() {
		if at := s.nodes.Locate(&s.order, k); at.Found {
			return s.nodes.KeyOf(s.nodes.Entry(&s.order, at))
		}
	}
	return k
}

// Delete takes the edge at a place away.
func (s *Live) Delete(k Pointer, p Place) {
	if p.Slot.Len() == 1 {
		s.Drop(k, p.Slot)
		return
	}
	s.neighbours.Remove(&s.own(k, p.Slot).Map, p.Place)
	s.entries--
}

// Drop takes a node with all its edges away.
func (s *Live) Drop(k Pointer, slot *Slot) {
	s.changed()
	s.entries -= slot.Degree()
	s.nodes.Delete(&s.order, k)
	if s.index.exists() {
		s.index.delete(k)
	}
}

// Clear takes everything away.
func (s *Live) Clear() {
	s.changed()
	s.order = ordered.Map{}
	s.entries, s.loops = 0, 0
	s.index = newIndex(s.keys, 0)
}

// Freeze returns the side as it is now.
func (s *Live) Freeze() Nodes {
	return s.Frozen().Freeze()
}

// Frozen returns the side as it is now as a Side, in O(1). Between two changes it is the same one.
// It may run concurrently with readers and with itself, but not with a writer.
func (s *Live) Frozen() *Frozen {
	if f := s.view.Load(); f != nil {
		return f
	}
	f := &Frozen{side: s, order: s.order.Share(), entries: s.entries, loops: s.loops}
	s.owner.Store(ordered.NewOwner())
	s.view.Store(f)
	return f
}

// Nodes returns the number of nodes, in O(1).
func (s *Live) Nodes() int { return s.order.Len() }

// Entries returns the number of edges, in O(1).
func (s *Live) Entries() int { return s.entries }

// Loops returns the number of edges that join a node to itself.
func (s *Live) Loops() int { return s.loops }

// AddLoops changes that number.
func (s *Live) AddLoops(n int) { s.loops += n }

// NeighbourOrder returns the kind of the maps in the slots.
func (s *Live) NeighbourOrder() *ordered.Order { return s.neighbours }

// Base returns the side itself.
func (s *Live) Base() *Live { return s }

// own returns the slot of a node for change: the slot itself, a copy if it may be shared, or a new
// one.
func (s *Live) own(k Pointer, slot *Slot) *Slot {
	s.changed()
	if owner := s.owner.Load(); slot == nil || slot.owner != owner {
		slot = slot.share(owner)
		s.set(k, slot)
	}
	return slot
}

func (s *Live) set(k Pointer, slot *Slot) {
	if s.index.exists() {
		s.index.put(k, slot)
	}
	s.nodes.Put(&s.order, k, raw.Hide(Pointer(&slot)), nil)
}

// changed lets go of the last frozen state, so that it lives no longer than those who asked for it.
func (s *Live) changed() {
	if s.view.Load() != nil {
		s.view.Store(nil)
	}
}
