package junction

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
)

// intake takes edges one by one, and sorts them. Those that come in order are built into a left side, a block at a time.
type intake[A, B, T any] struct {
	m       *ManyToMany[A, B, T]
	len     int                         // of the blocks that were taken
	err     error                       // about the first edge in them that can be none
	builder *adjacency.Builder[A, B, T] // of edges in order; nil before the first block was taken, and if they come in no order
	edges   blocks[A, B, T]             // that are not in builder
}

func newIntake[A, B, T any](m *ManyToMany[A, B, T]) *intake[A, B, T] {
	return &intake[A, B, T]{m: m}
}

// add adds an edge. It is small enough to be inlined.
func (in *intake[A, B, T]) add(e Edge[A, B, T]) {
	in.edges.last = append(in.edges.last, adjacency.Edge[A, B, T](e))
	if len(in.edges.last) == blockSize {
		in.take()
	}
}

// end takes what is left. It comes after the last edge.
func (in *intake[A, B, T]) end() {
	few := in.len+len(in.edges.last) <= inPlace
	if inOrder := in.len == 0 || in.builder != nil; inOrder && !few {
		in.take()
		return
	}
	in.check(in.edges.last)
}

// take takes the last block.
func (in *intake[A, B, T]) take() {
	block := in.edges.last
	if in.len == 0 {
		in.builder = in.m.left.Live().Builder(0)
	}
	in.check(block)
	if in.builder == nil {
		in.edges.roll()
		return
	}
	n := in.builder.AddAll(block)
	in.edges.last = block[:0]
	if n < len(block) {
		in.unbuild(block[n:])
	}
}

// check counts the edges of a block, and brings each into the form in which it is stored.
func (in *intake[A, B, T]) check(block []adjacency.Edge[A, B, T]) {
	in.len += len(block)
	if in.m.rel.allValid && !in.m.rel.undirected {
		return
	}
	for i := range block {
		e := &block[i]
		if in.err == nil {
			in.err = in.m.checkKeys(e.Left, e.Right)
		}
		if in.m.rel.undirected && in.m.below(e.Right, e.Left) {
			e.Left, e.Right = any(e.Right).(A), any(e.Left).(B)
		}
	}
}

// unbuild goes on without a builder, because the edges that came last are not in order.
func (in *intake[A, B, T]) unbuild(last []adjacency.Edge[A, B, T]) {
	built := in.builder.Side()
	in.builder, in.edges = nil, blocks[A, B, T]{}
	for a, slot := range built.All {
		for b, through := range slot.View().All {
			in.edges.add(adjacency.Edge[A, B, T]{Left: a, Right: b, Through: through})
		}
	}
	for _, e := range last {
		in.edges.add(e)
	}
}

// pair returns both sides of the edges when all have come, or the left one if the right one can wait. The intake is not used again.
func (in *intake[A, B, T]) pair() *pair[A, B, T] {
	p := &pair[A, B, T]{}
	if in.builder != nil {
		p.left = in.builder.Side()
	} else {
		p.left = newBatch(in.m, in.edges).build(in.m.left.Live())
	}
	in.builder, in.edges = nil, blocks[A, B, T]{}
	if !in.m.canWait() {
		p.mirror(in.m)
	}
	return p
}

// batch is a list of edges: the records, sorted by left and then right key, point into it.
type batch[A, B, T any] struct {
	edges   blocks[A, B, T]
	records []radix.Record
}

// newBatch sorts a list of edges and keeps of each pair the last.
func newBatch[A, B, T any](m *ManyToMany[A, B, T], edges blocks[A, B, T]) *batch[A, B, T] {
	b := &batch[A, B, T]{edges: edges, records: make([]radix.Record, edges.len())}
	lefts, rights := make([]A, edges.len()), make([]B, edges.len())
	for i := range lefts {
		e := edges.at(i)
		lefts[i], rights[i] = e.Left, e.Right
	}
	left, right := m.right.Neighbours().Ordinals(lefts), m.left.Neighbours().Ordinals(rights)
	for i := range b.records {
		b.records[i] = radix.Record{Key: right[i], Other: left[i], At: i}
	}
	spare := make([]radix.Record, len(b.records))
	b.records, spare = radix.Sort(b.records, spare)
	radix.Flip(b.records)
	b.records, _ = radix.Sort(b.records, spare)
	b.compact()
	return b
}

// compact keeps of equal records the last.
func (b *batch[A, B, T]) compact() {
	n := 0
	for i, r := range b.records {
		if i > 0 && b.records[n-1].Key == r.Key && b.records[n-1].Other == r.Other {
			n--
		}
		b.records[n] = r
		n++
	}
	b.records = b.records[:n]
}

// all yields the edges, sorted.
func (b *batch[A, B, T]) all(yield func(*adjacency.Edge[A, B, T]) bool) {
	for _, r := range b.records {
		if !yield(b.edges.at(r.At)) {
			return
		}
	}
}

// build returns the left side of the edges, in the kinds of another.
func (b *batch[A, B, T]) build(like *adjacency.Side[A, B, T]) *adjacency.Side[A, B, T] {
	builder := like.Builder(0)
	var entries []ordered.Entry[B, T]
	for i := 0; i < len(b.records); {
		node := b.records[i]
		for entries = entries[:0]; i < len(b.records) && b.records[i].Key == node.Key; i++ {
			e := b.edges.at(b.records[i].At)
			entries = append(entries, ordered.Entry[B, T]{Value: e.Through, Key: e.Right})
		}
		builder.AddNode(b.edges.at(node.At).Left, entries)
	}
	return builder.Side()
}

// blocks is a list of edges that grows without being copied: its blocks are of one size, but for the last.
type blocks[A, B, T any] struct {
	full [][]adjacency.Edge[A, B, T]
	last []adjacency.Edge[A, B, T]
}

const (
	blockBits = 10
	blockSize = 1 << blockBits
)

func (l *blocks[A, B, T]) add(e adjacency.Edge[A, B, T]) {
	if l.last = append(l.last, e); len(l.last) == blockSize {
		l.roll()
	}
}

// roll begins another block behind the last, which is full.
func (l *blocks[A, B, T]) roll() {
	l.full, l.last = append(l.full, l.last), make([]adjacency.Edge[A, B, T], 0, blockSize)
}

func (l *blocks[A, B, T]) len() int { return len(l.full)<<blockBits + len(l.last) }

// at returns edge i.
func (l *blocks[A, B, T]) at(i int) *adjacency.Edge[A, B, T] {
	if block := i >> blockBits; block < len(l.full) {
		return &l.full[block][i&(blockSize-1)]
	}
	return &l.last[i&(blockSize-1)]
}
