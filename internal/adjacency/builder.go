package adjacency

import (
	"slices"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Builder makes a side of edges that come in ascending order of nodes and neighbours. It keeps
// one node's edges beside what it has built.
type Builder struct {
	side    *Live
	order   ordered.Run
	slots   []Slot // made by the dozen, which is cheaper, and not all at once, so that the memory of some can be freed
	batch   ordered.Run
	last    Pointer // whose neighbours are in batch
	entries int
}

// Builder begins a side of the kinds of this one.
func (s *Live) Builder() *Builder { return &Builder{side: s.sibling(), last: s.keys.Type.New()} }

// Edges is an array of edges as they are given to a Builder.
type Edges struct {
	Row *Row
	P   Pointer
	Len int
}

// Row is how such an edge is held: the left key, the right key and the value.
type Row struct {
	Of             *raw.Type
	Right, Through uintptr // where they stand
}

// At returns edge i.
func (e *Edges) At(i int) (left, right, through Pointer) {
	p := unsafe.Add(e.P, uintptr(i)*e.Row.Of.Size)
	return p, unsafe.Add(p, e.Row.Right), unsafe.Add(p, e.Row.Through)
}

// AddAll adds edges until one is below the one before, and returns how many it has taken. An edge
// that comes again, directly behind itself, takes the later value.
func (b *Builder) AddAll(edges *Edges) (n int) {
	nodes, neighbours := b.side.keys, b.side.neighbours
	rights := neighbours.Keys()
	size := edges.Row.Of.Size
	for n < edges.Len {
		k, right, through := edges.At(n)
		if b.batch.Len > 0 {
			order := nodes.Compare(b.last, k)
			if order < 0 {
				b.flush()
			} else if order == 0 {
				order = rights.Compare(neighbours.KeyAt(b.batch, b.batch.Len-1), right)
			}
			switch {
			case order > 0:
				return n
			case order == 0:
				neighbours.Value().Set(neighbours.At(b.batch, b.batch.Len-1), through)
				n++
				continue
			}
		}
		nodes.Type.Set(b.last, k)
		stretch := rights.Ascending(right, size, nodes.Equal(k, size, edges.Len-n))
		b.batch = neighbours.AppendRows(b.batch, right, through, size, stretch)
		n += stretch
	}
	return n
}

// flush builds the node that was read.
func (b *Builder) flush() {
	if b.batch.Len > 0 {
		b.AddNode(b.last, b.batch)
		b.batch.Len = 0
	}
}

// AddNode adds a node that stands behind all others, with its sorted neighbours, of which there
// are some. It does not keep the batch.
func (b *Builder) AddNode(k Pointer, batch ordered.Run) {
	slot := b.slot()
	b.side.neighbours.Merge(&slot.Map, batch, nil, ordered.Run{})
	b.add(k, slot)
}

// slot makes an empty slot.
func (b *Builder) slot() *Slot {
	if len(b.slots) == 0 {
		b.slots = make([]Slot, 32)
	}
	slot := &b.slots[0]
	b.slots = b.slots[1:]
	slot.owner = b.side.owner.Load()
	return slot
}

// add adds a node that stands behind all others.
func (b *Builder) add(k Pointer, slot *Slot) {
	b.entries += slot.Len()
	b.order = b.side.nodes.Append(b.order, k, raw.Hide(Pointer(&slot)))
}

// Side returns what was built. The builder is not used again.
func (b *Builder) Side() *Live {
	b.flush()
	b.batch = ordered.Run{}
	b.side.entries = b.entries
	b.side.index = index{} // made if another side becomes this one, and not if it is merged
	b.side.nodes.Merge(&b.side.order, b.order, nil, ordered.Run{})
	return b.side
}

// Become makes the content of another side, which is not used again, that of this one, in O(1).
// The caller keeps readers out.
func (s *Live) Become(o *Live) {
	s.become(o, o.entries)
	s.loops = o.loops
}

// doubled gives a list that is full room for as much again. Append gives a long one so little
// that it is copied four times as much.
func doubled[E any](list []E) []E { return slices.Grow(list, max(len(list), 16)) }
