package engine

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Intake takes edges one by one, and sorts them. Those that come in order are built into a left
// side, a block at a time.
type Intake struct {
	v       *Relation
	len     int                // of the blocks that were taken
	err     error              // about the first edge in them that can be none
	builder *adjacency.Builder // of edges in order; nil before the first block was taken, and if they come in no order
	Edges   blocks             // that are not in builder
}

// IsSorted reports whether all edges have come in order, so that they are in a left side already.
func (in *Intake) IsSorted() bool { return in.builder != nil }

// Len returns the number of edges that were taken.
func (in *Intake) Len() int { return in.len }

func NewIntake(v *Relation) *Intake {
	v.MustExist()
	return &Intake{v: v, Edges: newBlocks(v)}
}

// Add adds an edge. Of one that is to be removed there is no value.
func (in *Intake) Add(a, b, through pointer) {
	l := &in.Edges.Last
	if l.Len == in.Edges.Room {
		l.Len = in.More(l.Len)
	}
	in.v.setRow(l, l.Len, a, b, through)
	l.Len++
}

// AddPair adds an edge to be removed, unless what would be none.
func (in *Intake) AddPair(a0, b0 pointer) {
	a, b := raw.Hide(a0), raw.Hide(b0)
	if in.v.admit(a, b) == nil { // what is no key has no edges
		in.Add(a, b, nil)
	}
}

// More makes room for more edges in the last block, which has n, and returns how many it has then.
func (in *Intake) More(n int) int {
	in.Edges.Last.Len = n
	if n == blockSize {
		in.take()
		n = in.Edges.Last.Len
	}
	in.Edges.enlarge()
	return n
}

// End takes what is left. It comes after the last edge.
func (in *Intake) End() {
	few := in.len+in.Edges.Last.Len <= few
	if inOrder := in.len == 0 || in.builder != nil; inOrder && !few {
		in.take()
		return
	}
	in.check(&in.Edges.Last)
}

// take takes the last block.
func (in *Intake) take() {
	block := &in.Edges.Last
	if in.len == 0 {
		in.builder = in.v.Left.Base().Builder()
	}
	in.check(block)
	if in.builder == nil {
		in.Edges.roll()
		return
	}
	n := in.builder.AddAll(block)
	if n < block.Len {
		in.unbuild(*block, n)
		return
	}
	block.Len = 0
}

// check counts the edges of a block, and brings each into the form in which it is stored.
func (in *Intake) check(block *adjacency.Edges) {
	in.len += block.Len
	v := in.v
	if v.allValid && !v.Undirected {
		return
	}
	var spare pointer
	for i := range block.Len {
		a, b, _ := block.At(i)
		if in.err == nil {
			in.err = v.admit(a, b)
		}
		if v.Undirected && v.below(b, a) {
			if spare == nil {
				spare = v.lefts().Type.New()
			}
			v.lefts().Type.Set(spare, a)
			v.lefts().Type.Set(a, b)
			v.lefts().Type.Set(b, spare)
		}
	}
}

// unbuild goes on without a builder, because the edges that came last, from i on, are not in order.
func (in *Intake) unbuild(last adjacency.Edges, i int) {
	built := in.builder.Side()
	in.builder, in.Edges = nil, newBlocks(in.v)
	kind := built.NeighbourOrder()
	for a, slot := range built.All {
		for run := range slot.View().Runs {
			for i := range run.Len {
				in.Edges.Add(in.v, a, kind.KeyAt(run, i), kind.At(run, i))
			}
		}
	}
	for ; i < last.Len; i++ {
		a, b, through := last.At(i)
		in.Edges.Add(in.v, a, b, through)
	}
}

// pair returns both sides of the edges when all have come, or the left one if the right one can
// wait. The intake is not used again.
func (in *Intake) pair() *pair {
	p := &pair{}
	if in.builder != nil {
		p.left = in.builder.Side()
	} else {
		b := newBatch(in.v, in.Edges)
		p.left, p.far = b.build(in.v.Left.Base()), b.far()
	}
	in.builder, in.Edges = nil, blocks{}
	if !in.v.canWait() {
		p.mirror(in.v)
	}
	return p
}

// batch is a list of edges: the records, sorted by left and then right key, point into it.
type batch struct {
	edges   blocks
	records []radix.Record
	rights  raw.List // the distinct right keys, ascending, if the records have places in it
}

// newBatch sorts a list of edges and keeps of each pair the last.
func newBatch(v *Relation, edges blocks) *batch {
	n := edges.len()
	b := &batch{edges: edges, records: make([]radix.Record, n)}
	lefts, rights := raw.List{Of: v.lefts().Type}, raw.List{Of: v.rights().Type}
	lefts.Room(n)
	rights.Room(n)
	for i := range len(edges.full) + 1 {
		block := &edges.Last
		if i < len(edges.full) {
			block = &edges.full[i]
		}
		if block.Len == 0 {
			continue
		}
		left, right, _ := block.At(0)
		size := block.Row.Of.Size
		v.lefts().Gather(lefts.At(lefts.Len), left, size, block.Len)
		v.rights().Gather(rights.At(rights.Len), right, size, block.Len)
		lefts.Len += block.Len
		rights.Len += block.Len
	}
	left, right := v.lefts().Ordinals(lefts.P, n), v.rights().Rank(rights.P, n)
	for i := range b.records {
		b.records[i] = radix.Record{Key: right.Of[i], Other: left[i], At: i}
	}
	b.rights = right.Distinct
	spare := make([]radix.Record, len(b.records))
	b.records, spare = radix.Sort(b.records, spare)
	radix.Flip(b.records)
	b.records, _ = radix.Sort(b.records, spare)
	b.compact()
	return b
}

// compact keeps of equal records the last.
func (b *batch) compact() {
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
func (b *batch) all(yield func(a, b, through pointer)) {
	for _, r := range b.records {
		yield(b.edges.At(r.At))
	}
}

// far returns what the batch knows of the right side.
func (b *batch) far() adjacency.Far {
	if b.rights.Len == 0 {
		return adjacency.Far{}
	}
	of := make([]uint32, len(b.records))
	for i, r := range b.records {
		of[i] = r.Other
	}
	return adjacency.Far{Of: of, Keys: b.rights}
}

// build returns the left side of the edges, in the kinds of another.
func (b *batch) build(like *adjacency.Live) *adjacency.Live {
	builder := like.Builder()
	kind := like.NeighbourOrder()
	var entries ordered.Run
	for i := 0; i < len(b.records); {
		node := b.records[i]
		for entries.Len = 0; i < len(b.records) && b.records[i].Key == node.Key; i++ {
			_, right, through := b.edges.At(b.records[i].At)
			entries = kind.Append(entries, right, through)
		}
		left, _, _ := b.edges.At(node.At)
		builder.AddNode(left, entries)
	}
	return builder.Side()
}

// blocks is a list of edges that grows without being copied: its blocks are of one size, but for
// the last.
type blocks struct {
	full []adjacency.Edges
	Last adjacency.Edges
	Room int // of the last
}

const (
	blockBits = 10
	blockSize = 1 << blockBits
)

func newBlocks(v *Relation) blocks { return blocks{Last: adjacency.Edges{Row: v.row()}} }

// row is how edges of the view are held: they may be those of the other direction.
func (v *Relation) row() *adjacency.Row {
	if v.isDeclared() {
		return &v.rows[0]
	}
	return &v.rows[1]
}

// setRow writes an edge; a value that is nil is left as it is.
func (v *Relation) setRow(e *adjacency.Edges, i int, a, b, through pointer) {
	x, y, z := e.At(i)
	v.lefts().Type.Set(x, a)
	v.rights().Type.Set(y, b)
	if through != nil {
		v.Kind().Value().Set(z, through)
	}
}

// enlarge makes room for more in the last block, if it is full.
func (l *blocks) enlarge() {
	e := &l.Last
	if e.Len < l.Room {
		return
	}
	l.Room = min(max(4*l.Room, 16), blockSize)
	larger, _ := e.Row.Of.Grow(l.Room)
	e.Row.Of.Move(larger, e.P, e.Len)
	e.P = larger
}

func (l *blocks) Add(v *Relation, a, b, through pointer) {
	l.enlarge()
	v.setRow(&l.Last, l.Last.Len, a, b, through)
	if l.Last.Len++; l.Last.Len == blockSize {
		l.roll()
	}
}

// roll begins another block behind the last, which is full.
func (l *blocks) roll() {
	l.full = append(l.full, l.Last)
	e := &l.Last
	l.Room, e.Len = blockSize, 0
	e.P, _ = e.Row.Of.Grow(blockSize)
}

func (l *blocks) len() int { return len(l.full)<<blockBits + l.Last.Len }

// At returns edge i.
func (l *blocks) At(i int) (a, b, through pointer) {
	if block := i >> blockBits; block < len(l.full) {
		return l.full[block].At(i & (blockSize - 1))
	}
	return l.Last.At(i & (blockSize - 1))
}
