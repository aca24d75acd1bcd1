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

// canWait reports whether a bulk write can be made while the store is at work: if looking at the left side tells what it will change, and no
// function of the caller's could run and panic.
func (m *ManyToMany[A, B, T]) canWait() bool {
	b := m.rel
	return b.g.opts.Store != nil && b.pure && !b.undirected && b.journal.left == any(m.left.Live())
}

// mergeInto merges the pair, which is not used again, into a relation that does not record its changes. The caller has the lock.
func (p *pair[A, B, T]) mergeInto(m *ManyToMany[A, B, T], c *Counts) {
	same := m.rel.same
	if m.rel.undirected {
		m.left.AddLoops(p.loops(m, false))
	}
	p.write(m, c,
		func(old, e *ordered.Entry[B, T]) *ordered.Entry[B, T] {
			if old != nil && same(old.Value, e.Value) {
				return old
			}
			return e
		},
		func(c *Counts) {
			c.Added, c.Updated = m.left.Merge(p.left, same)
			if c.Added+c.Updated > 0 {
				m.right.Merge(p.mirror(m), same)
			}
		})
}

// subtractFrom takes the pair away from a relation in a transaction that does not record its changes.
func (p *pair[A, B, T]) subtractFrom(m *ManyToMany[A, B, T], c *Counts) {
	left, right := m.left.(*adjacency.Draft[A, B, T]), m.right.(*adjacency.Draft[B, A, T])
	if m.rel.undirected {
		m.left.AddLoops(-p.loops(m, true))
	}
	p.write(m, c,
		func(_, _ *ordered.Entry[B, T]) *ordered.Entry[B, T] { return nil },
		func(c *Counts) {
			if c.Removed = left.Subtract(p.left); c.Removed > 0 {
				right.Subtract(p.mirror(m))
			}
		})
}

// write has do change both sides. Where that is a commit of its own which can wait, it only lists what will change, and leaves do to Tx.Commit. For
// an edge of the pair and the one in its place, nil if there is none, becomes tells what there will be: the latter itself if it stays, nil if it goes.
func (p *pair[A, B, T]) write(m *ManyToMany[A, B, T], c *Counts, becomes func(old, e *ordered.Entry[B, T]) *ordered.Entry[B, T], do func(c *Counts)) {
	tx := m.rel.tx
	if tx == nil || !tx.alone || !m.canWait() {
		do(c)
		return
	}
	set, list := m.listed(p.left.Entries())
	adjacency.Beside(m.left, p.left, func(a A, old, e *ordered.Entry[B, T]) {
		if after := becomes(old, e); after != old {
			list = append(list, change(a, old, after))
			c.count(list[len(list)-1].Kind)
		}
	})
	if fill(set, list).len == 0 {
		set.giveBack()
		return
	}
	tx.foreseen = set
	tx.later = func() { do(new(Counts)) }
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
