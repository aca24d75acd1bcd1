package adjacency

import (
	"slices"

	"github.com/seed-250bd433/junction/internal/ordered"
)

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
	b := &Builder[K, N, T]{side: s.sibling(), order: make([]ordered.Entry[K, *Slot[N, T]], 0, nodes)}
	if s.newIndex != nil {
		b.side.index = s.newIndex(nodes)
	}
	return b
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
		b.node(b.last, b.batch)
		b.batch = b.batch[:0]
	}
}

// node adds a node that stands behind all others, with its sorted neighbours, which it does not keep.
func (b *Builder[K, N, T]) node(k K, batch []ordered.Entry[N, T]) {
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
	if b.side.index.exists() {
		b.side.index.put(k, slot)
	}
	b.order = append(b.order, ordered.Entry[K, *Slot[N, T]]{Value: slot, Key: k})
}

// Side returns what was built. The builder is not used again.
func (b *Builder[K, N, T]) Side() *Side[K, N, T] {
	b.flush()
	clear(b.batch[:cap(b.batch)])
	b.side.entries = b.entries
	b.side.nodes.Merge(&b.side.order, b.order, nil, nil)
	return b.side
}

// Mirror returns the other side of a relation of which near is one, in the kinds of like. It goes through near twice: to
// count the degrees, and to put each edge where it stays. Meanwhile it needs 4 bytes an edge and some 60 a node.
func Mirror[K, N, T any](near *Side[K, N, T], like *Side[N, K, T]) *Side[N, K, T] {
	ranks := like.newRanks()
	var degrees []uint32                     // by rank
	var keys []ordered.Entry[N, uint32]      // with their ranks, which come in the order in which the keys turn up
	farOf := make([]uint32, 0, near.entries) // of each edge the rank of its far key
	for _, slot := range near.All {
		for n := range slot.View().All {
			next := ranks.get(n)
			if next == 0 {
				degrees = append(degrees, 0)
				keys = append(keys, ordered.Entry[N, uint32]{Value: uint32(len(keys)), Key: n})
				next = uint32(len(degrees))
				ranks.put(n, next)
			}
			degrees[next-1]++
			farOf = append(farOf, next-1)
		}
	}
	maps := make([]ordered.Assembly[K, T], len(degrees))
	for rank, n := range degrees {
		maps[rank] = like.neighbours.Assemble(int(n))
	}
	for k, slot := range near.All {
		for _, through := range slot.View().All {
			like.neighbours.Append(&maps[farOf[0]], ordered.Entry[K, T]{Value: through, Key: k})
			farOf = farOf[1:]
		}
	}
	slices.SortFunc(keys, func(x, y ordered.Entry[N, uint32]) int { return like.nodes.Compare(x.Key, y.Key) })
	b := like.Builder(len(keys))
	for _, key := range keys {
		slot := b.slot()
		slot.Map = like.neighbours.Assembled(&maps[key.Value])
		b.add(key.Key, slot)
	}
	return b.Side()
}

// Become makes the content of another side, which is not used again, that of this one, in O(1). The caller keeps readers out.
func (s *Side[K, N, T]) Become(o *Side[K, N, T]) {
	s.become(o, o.entries)
	s.loops = o.loops
}
