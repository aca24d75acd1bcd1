package adjacency

import (
	"cmp"
	"sync/atomic"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Side is the live state of one side of a relation.
//
// What holds at all times:
//   - index, where there is one, and order hold the same nodes with the same slots; no slot is empty
//   - entries is the sum of the degrees
//   - a slot whose owner is not the side's may be shared with a Frozen and never changes again
type Side[K, N, T any] struct {
	nodes      *ordered.Kind[K, ref]
	neighbours *ordered.Kind[N, T]
	newIndex   func(nodes int) index[K, ref]
	newRanks   func() index[K, uint32]
	stretch    func(edges []Edge[K, N, T]) int // stretchOrdered, or stretchFunc

	index   index[K, ref] // hash for lookups; there is none if keys have a comparison function, then order serves
	order   ordered.Map[K, ref]
	entries int
	loops   int

	owner atomic.Uint64                   // atomic because readers freeze side by side
	view  atomic.Pointer[Frozen[K, N, T]] // what Freeze returned last, if nothing changed since
}

// NewOrdered returns an empty side whose keys, and their neighbours, are in their natural order.
func NewOrdered[K, N cmp.Ordered, T any](l ordered.Limits) *Side[K, N, T] {
	return newSide(&Side[K, N, T]{
		nodes:      ordered.Natural[K, ref](ofNodes(l)),
		neighbours: ordered.Natural[N, T](l),
		newIndex:   newIndex[K, ref],
		newRanks:   func() index[K, uint32] { return newIndex[K, uint32](0) },
		stretch:    stretchOrdered[K, N, T],
	})
}

// NewFunc returns an empty side whose keys, and their neighbours, are ordered by comparison functions.
func NewFunc[K, N, T any](compareK func(x, y K) int, compareN func(x, y N) int, l ordered.Limits) *Side[K, N, T] {
	return newSide(&Side[K, N, T]{
		nodes:      ordered.Func[K, ref](compareK, ofNodes(l)),
		neighbours: ordered.Func[N, T](compareN, l),
		newRanks:   func() index[K, uint32] { return newSorted[K, uint32](compareK, l) },
		stretch:    func(edges []Edge[K, N, T]) int { return stretchFunc(edges, compareK, compareN) },
	})
}

// ofNodes returns the limits of the order of nodes. Its arrays are short because they hold pointers, which are costly to move while
// the collector marks: nearly half of the time that BenchmarkAdd took for new nodes was that.
func ofNodes(l ordered.Limits) ordered.Limits {
	l.MaxRun = max(4, l.MaxRun/4)
	return l
}

// newSide makes a side of its kinds.
func newSide[K, N, T any](s *Side[K, N, T]) *Side[K, N, T] {
	s.owner.Store(ordered.NewOwner())
	s.Clear()
	return s
}

// sibling returns an empty side of the same kinds.
func (s *Side[K, N, T]) sibling() *Side[K, N, T] {
	return newSide(&Side[K, N, T]{nodes: s.nodes, neighbours: s.neighbours, newIndex: s.newIndex, newRanks: s.newRanks, stretch: s.stretch})
}

// Find returns the slot of a node, or nil. O(1) with a hash, O(log n) without.
func (s *Side[K, N, T]) Find(k K) *Slot[N, T] {
	if t := s.index.integers; t != nil { // as index.get does, which is one call more
		return slotAt[N, T](t.get(bitsOf(k)))
	}
	if s.index.exists() {
		return slotAt[N, T](s.index.get(k))
	}
	r, _ := s.nodes.Get(&s.order, k)
	return slotAt[N, T](r)
}

// Get returns the through value of k and n.
func (s *Side[K, N, T]) Get(k K, n N) (T, bool) { return get(s.neighbours, s.Find(k), n) }

// Put relates k to n.
func (s *Side[K, N, T]) Put(k K, p Place[N, T], n N, through T, same func(x, y T) bool) ordered.Outcome {
	if p.isSame(through, same) {
		return ordered.Same
	}
	if !p.Found {
		s.entries++
	}
	return p.write(s.neighbours, s.own(k, p.Slot), n, through)
}

// Merge adds the edges of a side that was built aside.
func (s *Side[K, N, T]) Merge(o *Side[K, N, T], same func(x, y T) bool) (added, updated int) {
	if s.Nodes() == 0 {
		s.become(o, o.entries)
		return o.entries, 0
	}
	m := merger[N, T]{kind: s.neighbours, same: same}
	for k, batch := range o.All {
		m.apply(&s.own(k, s.Find(k)).Map, batch)
	}
	s.entries += m.added
	return m.added, m.updated
}

// merger merges batches into maps, or subtracts them, and counts.
type merger[N, T any] struct {
	kind     *ordered.Kind[N, T]
	same     func(x, y T) bool
	subtract bool

	added, updated, removed int
	list, scratch           []ordered.Entry[N, T]
}

// apply changes a map by a batch, and reports whether that changed it.
func (m *merger[N, T]) apply(to *ordered.Map[N, T], batch *Slot[N, T]) (changed bool) {
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
func (m *merger[N, T]) entries(batch *Slot[N, T]) []ordered.Entry[N, T] {
	if run := batch.View().Run(); run != nil {
		return run
	}
	m.list = batch.View().AppendTo(m.list[:0])
	return m.list
}

// become makes the content of another side, which is not used again, that of this one.
func (s *Side[K, N, T]) become(o *Side[K, N, T], entries int) {
	s.changed()
	if s.newIndex != nil && !o.index.exists() {
		o.index = s.newIndex(o.Nodes())
		for k, slot := range o.All {
			o.index.put(k, refTo(slot))
		}
	}
	s.index, s.order, s.entries = o.index, o.order, entries
	s.owner.Store(o.owner.Load())
}

// Spelling returns the key of a node as the side has it, where a comparison function may call several the same; k, if there is no
// such node.
func (s *Side[K, N, T]) Spelling(k K) K {
	if !s.index.exists() {
		if at := s.nodes.Locate(&s.order, k); at.Found {
			return at.Key(&s.order)
		}
	}
	return k
}

// Delete takes the edge at a place away.
func (s *Side[K, N, T]) Delete(k K, p Place[N, T]) {
	if p.Slot.Len() == 1 {
		s.Drop(k, p.Slot)
		return
	}
	s.neighbours.Remove(&s.own(k, p.Slot).Map, p.Place)
	s.entries--
}

// Drop takes a node with all its edges away.
func (s *Side[K, N, T]) Drop(k K, slot *Slot[N, T]) {
	s.changed()
	s.entries -= slot.Degree()
	s.nodes.Delete(&s.order, k)
	if s.index.exists() {
		s.index.delete(k)
	}
}

// Clear takes everything away.
func (s *Side[K, N, T]) Clear() {
	s.changed()
	s.order = ordered.Map[K, ref]{}
	s.entries, s.loops = 0, 0
	if s.newIndex != nil {
		s.index = s.newIndex(0)
	}
}

// Freeze returns the side as it is now.
func (s *Side[K, N, T]) Freeze() Nodes[K, N, T] {
	return s.Frozen().Freeze()
}

// Frozen returns the side as it is now as a State, in O(1). Between two changes it is the same one.
// It may run beside readers and beside itself, but not beside a writer.
func (s *Side[K, N, T]) Frozen() *Frozen[K, N, T] {
	if f := s.view.Load(); f != nil {
		return f
	}
	f := &Frozen[K, N, T]{side: s, order: s.order.Share(), entries: s.entries, loops: s.loops}
	s.owner.Store(ordered.NewOwner())
	s.view.Store(f)
	return f
}

// Nodes returns the number of nodes, in O(1).
func (s *Side[K, N, T]) Nodes() int { return s.order.Len() }

// Entries returns the number of edges, in O(1).
func (s *Side[K, N, T]) Entries() int { return s.entries }

// Loops returns the number of edges that join a node to itself.
func (s *Side[K, N, T]) Loops() int { return s.loops }

// AddLoops changes that number.
func (s *Side[K, N, T]) AddLoops(n int) { s.loops += n }

// Neighbours returns the kind of the maps in the slots.
func (s *Side[K, N, T]) Neighbours() *ordered.Kind[N, T] { return s.neighbours }

// Live returns the side itself.
func (s *Side[K, N, T]) Live() *Side[K, N, T] { return s }

// own returns the slot of a node for change: the slot itself, a copy if it may be shared, or a new one.
func (s *Side[K, N, T]) own(k K, slot *Slot[N, T]) *Slot[N, T] {
	s.changed()
	if owner := s.owner.Load(); slot == nil || slot.owner != owner {
		slot = slot.share(owner)
		s.set(k, slot)
	}
	return slot
}

func (s *Side[K, N, T]) set(k K, slot *Slot[N, T]) {
	if s.index.exists() {
		s.index.put(k, refTo(slot))
	}
	s.nodes.Put(&s.order, k, refTo(slot), nil)
}

// changed lets go of the last frozen state, so that it lives no longer than those who asked for it.
func (s *Side[K, N, T]) changed() {
	if s.view.Load() != nil {
		s.view.Store(nil)
	}
}
