package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// Builder makes a side of edges that come in ascending order of nodes and neighbours. It keeps one node's edges beside what
// it has built.
type Builder[K, N, T any] struct {
	side    *Side[K, N, T]
	order   []ordered.Entry[K, *Slot[N, T]]
	slots   []Slot[N, T] // made by the dozen, which is cheaper, and not all at once, so that the memory of some can be freed
	batch   []ordered.Entry[N, T]
	last    K // whose neighbours are in batch
	entries int
}

// Builder begins a side of the kinds of this one, with about so many nodes.
func (s *Side[K, N, T]) Builder(nodes int) *Builder[K, N, T] {
	return &Builder[K, N, T]{side: s.sibling(), order: make([]ordered.Entry[K, *Slot[N, T]], 0, nodes)}
}

// Add adds an edge. It reports false, and does nothing, if the edge does not stand behind all that came before.
func (b *Builder[K, N, T]) Add(k K, n N, through T) bool {
	if len(b.batch) > 0 {
		switch order := b.side.nodes.Compare(b.last, k); {
		case order > 0 || order == 0 && b.side.neighbours.Compare(b.batch[len(b.batch)-1].Key, n) >= 0:
			return false
		case order < 0:
			b.flush()
		}
	}
	b.last = k
	b.batch = append(b.batch, ordered.Entry[N, T]{Value: through, Key: n})
	return true
}

// flush builds the node that was read.
func (b *Builder[K, N, T]) flush() {
	if len(b.batch) > 0 {
		b.AddNode(b.last, b.batch)
		b.batch = b.batch[:0]
	}
}

// AddNode adds a node that stands behind all others, with its sorted neighbours, of which there are some. It does not keep the batch.
func (b *Builder[K, N, T]) AddNode(k K, batch []ordered.Entry[N, T]) {
	slot := b.slot()
	b.side.neighbours.Merge(&slot.Map, batch, nil, nil)
	b.add(k, slot)
}

// slot makes an empty slot.
func (b *Builder[K, N, T]) slot() *Slot[N, T] {
	if len(b.slots) == 0 {
		b.slots = make([]Slot[N, T], 32)
	}
	slot := &b.slots[0]
	b.slots = b.slots[1:]
	slot.owner = b.side.owner.Load()
	return slot
}

// add adds a node that stands behind all others.
func (b *Builder[K, N, T]) add(k K, slot *Slot[N, T]) {
	b.entries += slot.Len()
	b.order = append(b.order, ordered.Entry[K, *Slot[N, T]]{Value: slot, Key: k})
}

// Side returns what was built. The builder is not used again.
func (b *Builder[K, N, T]) Side() *Side[K, N, T] {
	b.flush()
	clear(b.batch[:cap(b.batch)])
	b.side.entries = b.entries
	b.side.index = index[K, *Slot[N, T]]{} // made if another side becomes this one, and not if it is merged
	b.side.nodes.Merge(&b.side.order, b.order, nil, nil)
	return b.side
}

// Become makes the content of another side, which is not used again, that of this one, in O(1). The caller keeps readers out.
func (s *Side[K, N, T]) Become(o *Side[K, N, T]) {
	s.become(o, o.entries)
	s.loops = o.loops
}
