package junction

import (
	"iter"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// AddAll relates every pair of a sequence, as one commit; the last of a pair wins. It is the bulk loader: it builds both sides
// of the new edges by themselves and merges nodes whole, which is several times faster than one Add for each edge. Edges that come
// sorted by left and then right key are faster still, because no list of them is made.
//
// The sequence is read to its end before anything is locked or changed, so it may read and write the relation. A nil
// sequence is empty. The time is O(n) for integer keys and O(n log n) for others, in the number of edges and the degrees of
// their nodes. Beside the new edges it takes some 10 bytes an edge meanwhile, and 80 if they are not sorted. Of more than 65,536 edges the right
// side is made on several processors, unless keys have a comparison function.
func (m *ManyToMany[A, B, T]) AddAll(edges iter.Seq[Edge[A, B, T]]) (c Counts, err error) {
	in := newIntake(m)
	if edges != nil {
		for e := range edges {
			in.add(e)
		}
	}
	if in.end(); in.err != nil {
		return c, in.err
	}
	if in.len <= inPlace {
		b := newBatch(m, in.edges)
		return m.write(len(b.records), func(m *ManyToMany[A, B, T], c *Counts) {
			for e := range b.all {
				m.put(e.Left, e.Right, e.Through, m.rel.same, c)
			}
		})
	}
	p := in.pair()
	return m.write(in.len, func(m *ManyToMany[A, B, T], c *Counts) { p.mergeInto(m, c) })
}

// RemoveAll takes every pair of a sequence away, as one commit: AddAll backwards. Pairs that are not related are passed over, and a pair that
// comes twice counts once. Nodes are changed whole, which takes less than a Remove for each pair in a transaction.
//
// The sequence is read to its end before anything is locked or changed. A nil sequence is empty. Time and memory are those of AddAll, in
// the number of pairs and the degrees of their nodes.
func (m *ManyToMany[A, B, T]) RemoveAll(pairs iter.Seq2[A, B]) (c Counts, err error) {
	in := newIntake(m)
	if pairs != nil {
		for a, b := range pairs {
			if m.checkKeys(a, b) == nil { // what is no key has no edges
				in.add(Edge[A, B, T]{Left: a, Right: b})
			}
		}
	}
	in.end()
	if in.len <= inPlace {
		b := newBatch(m, in.edges)
		return m.write(len(b.records), func(m *ManyToMany[A, B, T], c *Counts) {
			for e := range b.all {
				m.delete(e.Left, e.Right, c)
			}
		})
	}
	p := in.pair()
	return m.write(in.len, func(m *ManyToMany[A, B, T], c *Counts) { p.subtractFrom(m, c) })
}

// pair is a relation in the making: of an undirected one, each edge once on the left and once on the right.
type pair[A, B, T any] struct {
	left  *adjacency.Side[A, B, T]
	right *adjacency.Side[B, A, T] // nil until mirror is asked for it
}

// mirror returns the right side, in the kinds of a relation's.
func (p *pair[A, B, T]) mirror(m *ManyToMany[A, B, T]) *adjacency.Side[B, A, T] {
	if p.right == nil {
		p.right = adjacency.Mirror(p.left, m.right.Live())
	}
	return p.right
}

// rightCanWait reports whether the right side of a bulk write can be made while the store is at work: if the commit is described by the left one
// alone, and no function of the caller's could run and panic.
func (m *ManyToMany[A, B, T]) rightCanWait() bool {
	b := m.rel
	return b.g.opts.Store != nil && b.pure && !b.undirected && b.journal.left == any(m.left.Live())
}

// isCommit reports whether a bulk write is all of a commit whose right side can wait.
func (m *ManyToMany[A, B, T]) isCommit() bool {
	return m.rel.tx != nil && m.rel.tx.alone && m.rightCanWait()
}

// onTheRight writes the right side: at once, or later if that side can wait and nobody will look at it before.
func (m *ManyToMany[A, B, T]) onTheRight(write func()) {
	if m.isCommit() {
		m.rel.tx.later = append(m.rel.tx.later, write)
		return
	}
	write()
}

// describe has the left side note its changes, of which there will be so many at most, if they are to be a commit.
func (m *ManyToMany[A, B, T]) describe(most int) {
	if !m.isCommit() || m.left.Nodes() == 0 {
		return
	}
	list := make([]Change[A, B, T], 0, most)
	m.left.(*adjacency.Draft[A, B, T]).Note(func(a A, before, after *ordered.Entry[B, T]) {
		list = append(list, change(a, before, after))
	})
	m.rel.tx.noted = func() *changes { return &changes{journal: m.rel.journal, list: &list, len: len(list)} }
}

// mergeInto merges the pair, which is not used again, into a relation that does not record its changes. The caller has the lock.
func (p *pair[A, B, T]) mergeInto(m *ManyToMany[A, B, T], c *Counts) {
	if m.rel.undirected {
		m.left.AddLoops(p.loops(m, false))
	}
	m.describe(p.left.Entries())
	c.Added, c.Updated = m.left.Merge(p.left, m.rel.same)
	if !c.IsZero() {
		m.onTheRight(func() { m.right.Merge(p.mirror(m), m.rel.same) })
	}
}

// subtractFrom takes the pair away from a relation in a transaction that does not record its changes.
func (p *pair[A, B, T]) subtractFrom(m *ManyToMany[A, B, T], c *Counts) {
	if m.rel.undirected {
		m.left.AddLoops(-p.loops(m, true))
	}
	m.describe(p.left.Entries())
	removed := m.left.(*adjacency.Draft[A, B, T]).Subtract(p.left)
	if removed > 0 {
		m.onTheRight(func() { m.right.(*adjacency.Draft[B, A, T]).Subtract(p.mirror(m)) })
	}
	c.Removed += removed
}

// loops counts the edges that join a node to itself, of those that are in a relation or of those that are not.
func (p *pair[A, B, T]) loops(m *ManyToMany[A, B, T], known bool) (n int) {
	for a := range p.left.All {
		if _, loop := p.left.Get(a, any(a).(B)); loop {
			if _, there := m.left.Get(a, any(a).(B)); there == known {
				n++
			}
		}
	}
	return n
}
