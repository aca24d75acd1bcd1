package engine

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/persist"
)

// recorder records the changes of a relation, one by one as they are made, for a commit that is
// being made. Whoever makes it has the graph to itself.
type recorder struct {
	g       *Graph
	place   int             // in the schema
	left    *adjacency.Live // the left side, as declared
	of      *Decl
	current *changes   // being recorded
	spares  []*changes // of commits that nobody kept
	whole   *changes   // likewise, one that was listed at once
}

// How much a recorder keeps to be used again.
const (
	maxSpares    = 64      // as many as calls often share an Append
	maxKept      = 1 << 14 // so many edges may a list have room for
	maxKeptBytes = 1 << 20 // and their rows for so much
)

// begin returns the changes that are being recorded.
func (j *recorder) begin() *changes {
	if j.current == nil {
		if n := len(j.spares); n > 0 {
			j.current, j.spares = j.spares[n-1], j.spares[:n-1]
		} else {
			j.current = j.newChanges()
		}
		j.g.recorded = append(j.g.recorded, j)
	}
	return j.current
}

func (j *recorder) newChanges() *changes {
	return &changes{recorder: j, list: newChangeList(j.of.live.Types)}
}

// takeWhole returns changes without any, for those that are listed at once.
func (j *recorder) takeWhole() *changes {
	c := j.whole
	j.whole = nil
	if c == nil {
		c = j.newChanges()
		c.whole = true
	}
	return c
}

func (j *recorder) take() *changes {
	c := j.current
	j.current = nil
	return c
}

// giveBack lets the recorder use changes again which nobody has any more.
func (c *changes) giveBack() {
	j := c.recorder
	switch {
	case c.whole:
		j.whole = c
	case len(j.spares) < maxSpares && c.Len() <= few:
		j.spares = append(j.spares, c)
	default:
		return
	}
	c.list.reset()
	c.rows.Clear()
}

// takeRecorded appends to a slice what was recorded since it was called last.
func (g *Graph) takeRecorded(batches []persist.Batch) []persist.Batch {
	for _, j := range g.recorded {
		batches = append(batches, j.take())
	}
	clear(g.recorded)
	g.recorded = g.recorded[:0]
	return batches
}

// reuse takes back batches that nobody has any more, and returns their slice.
func (g *Graph) reuse(batches []persist.Batch) []persist.Batch {
	for _, b := range batches {
		b.(*changes).giveBack()
	}
	clear(batches)
	return batches[:0]
}

// notePut records what put is about to do at a place.
func (v *Relation) notePut(a, b pointer, at adjacency.Place, through pointer, same ordered.Same) {
	if !at.Found {
		v.note(Added, a, b, nil, through)
	} else if old := at.Entry(v.Kind()); same == nil || !same(old, through) {
		v.note(Updated, a, b, old, through)
	}
}

// noteDelete records what delete is about to do at a place.
func (v *Relation) noteDelete(a, b pointer, at adjacency.Place) {
	if at.Found {
		v.note(Removed, a, b, at.Entry(v.Kind()), nil)
	}
}

// spell names the nodes of a change as they were written first: to a store, keys are the same if
// their bytes are.
func (v *Relation) spell(a, b pointer) (pointer, pointer) {
	a, b = v.Left.CanonicalKey(a), v.Right.CanonicalKey(b)
	if v.isLoop(a, b) {
		b = a
	}
	return a, b
}

// note records a change in the direction in which the relation was declared.
func (v *Relation) note(k Kind, a, b, before, after pointer) {
	a, b = v.spell(a, b)
	if v.Undirected && v.below(b, a) || !v.isDeclared() {
		a, b = b, a
	}
	v.recorder.begin().list.append(k, a, b, before, after)
}
