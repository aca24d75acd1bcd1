package adjacency

import (
	"cmp"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Builder makes a side of edges that come in ascending order of nodes and neighbours. It keeps one node's edges beside what
// it has built.
type Builder[K, N, T any] struct {
	side    *Side[K, N, T]
	order   []ordered.Entry[K, ref]
	slots   []Slot[N, T] // made by the dozen, which is cheaper, and not all at once, so that the memory of some can be freed
	batch   []ordered.Entry[N, T]
	last    K // whose neighbours are in batch
	entries int
}

// Builder begins a side of the kinds of this one, with about so many nodes.
func (s *Side[K, N, T]) Builder(nodes int) *Builder[K, N, T] {
	return &Builder[K, N, T]{side: s.sibling(), order: make([]ordered.Entry[K, ref], 0, nodes)}
}

// Edge is an edge as it is given to a Builder.
type Edge[K, N, T any] struct {
	Left    K
	Right   N
	Through T
}

// AddAll adds edges as long as each stands behind all that came before, and returns how many it has added.
func (b *Builder[K, N, T]) AddAll(edges []Edge[K, N, T]) (n int) {
	for n < len(edges) {
		first := &edges[n]
		if len(b.batch) > 0 {
			switch order := b.side.nodes.Compare(b.last, first.Left); {
			case order > 0 || order == 0 && b.side.neighbours.Compare(b.batch[len(b.batch)-1].Key, first.Right) >= 0:
				return n
			case order < 0:
				b.flush()
			}
		}
		b.last = first.Left
		end := n + b.side.stretch(edges[n:])
		for ; n < end; n++ {
			b.batch = append(b.batch, ordered.Entry[N, T]{Value: edges[n].Through, Key: edges[n].Right})
		}
	}
	return n
}

// stretchOrdered returns how many edges, from the first on, are of one node and in ascending order. There is at least one.
func stretchOrdered[K, N cmp.Ordered, T any](edges []Edge[K, N, T]) int {
	n := 1
	for n < len(edges) && edges[n].Left == edges[0].Left && edges[n-1].Right < edges[n].Right {
		n++
	}
	return n
}

func stretchFunc[K, N, T any](edges []Edge[K, N, T], compareK func(x, y K) int, compareN func(x, y N) int) int {
	n := 1
	for n < len(edges) && compareK(edges[n].Left, edges[0].Left) == 0 && compareN(edges[n-1].Right, edges[n].Right) < 0 {
		n++
	}
	return n
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
	if len(b.order) == cap(b.order) {
		b.order = doubled(b.order)
	}
	b.order = append(b.order, ordered.Entry[K, ref]{Value: refTo(slot), Key: k})
}

// Side returns what was built. The builder is not used again.
func (b *Builder[K, N, T]) Side() *Side[K, N, T] {
	b.flush()
	clear(b.batch[:cap(b.batch)])
	b.side.entries = b.entries
	b.side.index = index[K, ref]{} // made if another side becomes this one, and not if it is merged
	b.side.nodes.Merge(&b.side.order, b.order, nil, nil)
	return b.side
}

// Become makes the content of another side, which is not used again, that of this one, in O(1). The caller keeps readers out.
func (s *Side[K, N, T]) Become(o *Side[K, N, T]) {
	s.become(o, o.entries)
	s.loops = o.loops
}
