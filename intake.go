package junction

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
)

// intake takes edges one by one, and sorts them. Those that come in order are built into a left side at once.
type intake[A, B, T any] struct {
	m       *ManyToMany[A, B, T]
	len     int
	err     error                       // about the first edge that can be none
	builder *adjacency.Builder[A, B, T] // of edges in order; nil while there are few, and if these were in no order
	rest    chunks[Edge[A, B, T]]       // what is not in builder
}

func newIntake[A, B, T any](m *ManyToMany[A, B, T]) *intake[A, B, T] {
	return &intake[A, B, T]{m: m}
}

func (in *intake[A, B, T]) add(e Edge[A, B, T]) {
	if in.err == nil {
		in.err = in.m.checkKeys(e.Left, e.Right)
	}
	if in.m.rel.undirected && in.m.below(e.Right, e.Left) {
		e.Left, e.Right = any(e.Right).(A), any(e.Left).(B)
	}
	in.len++
	if in.builder == nil || !in.builder.Add(e.Left, e.Right, e.Through) {
		in.rest.add(e)
		if in.len == inPlace+1 {
			in.begin()
		}
	}
}

// begin begins to build if the edges so far are in order.
func (in *intake[A, B, T]) begin() {
	builder := in.m.left.Live().Builder(0)
	for i := range in.rest.len {
		if e := in.rest.at(i); !builder.Add(e.Left, e.Right, e.Through) {
			return
		}
	}
	in.builder, in.rest = builder, chunks[Edge[A, B, T]]{}
}

// pair returns both sides of the edges, or the left one if the right one can wait. The intake is not used again.
func (in *intake[A, B, T]) pair() *pair[A, B, T] {
	like := in.m.left.Live()
	var left *adjacency.Side[A, B, T]
	switch {
	case in.builder == nil:
		left = newBatch(in.m, in.rest).build(like)
	case in.rest.len == 0:
		left = in.builder.Side()
	default:
		left = newBatch(in.m, in.all()).build(like)
	}
	in.builder, in.rest = nil, chunks[Edge[A, B, T]]{}
	p := &pair[A, B, T]{left: left}
	if !in.m.rightCanWait() {
		p.mirror(in.m)
	}
	return p
}

// all returns what was built before the rest: a pair that is in both came later in the rest.
func (in *intake[A, B, T]) all() (list chunks[Edge[A, B, T]]) {
	for a, slot := range in.builder.Side().All {
		for b, through := range slot.View().All {
			list.add(Edge[A, B, T]{a, b, through})
		}
	}
	for i := range in.rest.len {
		list.add(*in.rest.at(i))
	}
	return list
}

// batch is a list of edges: the records, sorted by left and then right key, point into it.
type batch[A, B, T any] struct {
	edges   chunks[Edge[A, B, T]]
	records []radix.Record
}

// newBatch sorts a list of edges and keeps of each pair the last.
func newBatch[A, B, T any](m *ManyToMany[A, B, T], edges chunks[Edge[A, B, T]]) *batch[A, B, T] {
	b := &batch[A, B, T]{edges: edges, records: make([]radix.Record, edges.len)}
	lefts, rights := make([]A, edges.len), make([]B, edges.len)
	for i := range edges.len {
		e := edges.at(i)
		lefts[i], rights[i] = e.Left, e.Right
	}
	left, right := m.right.Neighbours().Ordinals(lefts), m.left.Neighbours().Ordinals(rights)
	for i := range b.records {
		b.records[i] = radix.Record{Key: right[i], Other: left[i], At: i}
	}
	spare := make([]radix.Record, edges.len)
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
func (b *batch[A, B, T]) all(yield func(*Edge[A, B, T]) bool) {
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

// chunks is a list that grows without being copied: its chunks are of one size, but for the first, which grows to it.
type chunks[E any] struct {
	list [][]E
	len  int
}

const chunkBits = 12

func (c *chunks[E]) add(e E) {
	if c.len>>chunkBits == len(c.list) {
		size := 1 << chunkBits
		if c.len == 0 {
			size = 0
		}
		c.list = append(c.list, make([]E, 0, size))
	}
	last := &c.list[len(c.list)-1]
	*last = append(*last, e)
	c.len++
}

// at returns element i.
func (c *chunks[E]) at(i int) *E { return &c.list[i>>chunkBits][i&(1<<chunkBits-1)] }
