package engine

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
)

func (in *Intake) AddAll() (c Counts, err error) {
	if in.End(); in.err != nil {
		return c, in.err
	}
	if in.len <= few {
		b := newBatch(in.v, in.Edges)
		return in.v.write(len(b.records), func(v *Relation, c *Counts) {
			b.all(func(a, b, through pointer) { v.put(a, b, through, v.Same, c) })
		})
	}
	p := in.pair()
	return in.v.write(in.len, func(v *Relation, c *Counts) { p.mergeInto(v, c) })
}

func (in *Intake) RemoveAll() (c Counts, err error) {
	in.End()
	if in.len <= few {
		b := newBatch(in.v, in.Edges)
		return in.v.write(len(b.records), func(v *Relation, c *Counts) {
			b.all(func(a, b, _ pointer) { v.delete(a, b, c) })
		})
	}
	p := in.pair()
	return in.v.write(in.len, func(v *Relation, c *Counts) { p.subtractFrom(v, c) })
}

// pair is a relation in the making: of an undirected one, each edge once on the left and once on
// the right.
type pair struct {
	left  *adjacency.Live
	right *adjacency.Live // nil until mirror is asked for it
	far   adjacency.Far   // what is known of it before
}

// mirror returns the right side, in the kinds of a relation's.
func (p *pair) mirror(v *Relation) *adjacency.Live {
	if p.right == nil {
		p.right = adjacency.Mirror(p.left, v.Right.Base(), p.far)
		p.far = adjacency.Far{}
	}
	return p.right
}

// canWait reports whether a bulk write can be made while the store is at work: if looking at the
// left side tells what it will change, and no function of the caller's could run and panic.
func (v *Relation) canWait() bool {
	return v.G.opts.Store != nil && v.Pure && !v.Undirected && v.isDeclared()
}

// mergeInto merges the pair, which is not used again, into a relation that does not record its
// changes. The caller has the lock.
func (p *pair) mergeInto(v *Relation, c *Counts) {
	same := v.Same
	if v.Undirected {
		v.Left.AddLoops(p.loops(v, false))
	}
	p.write(v, c,
		func(old, e pointer) pointer {
			if old != nil && same(old, e) {
				return old
			}
			return e
		},
		func(c *Counts) {
			c.Added, c.Updated = v.Left.Merge(p.left, same)
			if c.Added+c.Updated > 0 {
				v.Right.Merge(p.mirror(v), same)
			}
		})
}

// subtractFrom takes the pair away from a relation in a transaction that does not record its
// changes.
func (p *pair) subtractFrom(v *Relation, c *Counts) {
	left, right := v.Left.(*adjacency.Draft), v.Right.(*adjacency.Draft)
	if v.Undirected {
		v.Left.AddLoops(-p.loops(v, true))
	}
	p.write(v, c,
		func(_, _ pointer) pointer { return nil },
		func(c *Counts) {
			if c.Removed = left.Subtract(p.left); c.Removed > 0 {
				right.Subtract(p.mirror(v))
			}
		})
}

// write has do change both sides. Where that is a commit of its own which can wait, it only lists
// what will change, and leaves do to Tx.Commit. For an edge of the pair and the one in its place,
// nil if there is none, becomes tells what there will be: the latter itself if it stays, nil if
// it goes.
func (p *pair) write(v *Relation, c *Counts, becomes func(old, e pointer) pointer, do func(c *Counts)) {
	tx := v.Tx
	if tx == nil || !tx.single || !v.canWait() {
		do(c)
		return
	}
	set := v.listed(p.left.Entries())
	note := v.shown(func(k Kind, a, b, before, after pointer) bool {
		set.list.append(k, a, b, before, after)
		c.Count(k)
		return true
	})
	adjacency.Beside(v.Left, p.left, func(a, old, e pointer) {
		if after := becomes(old, e); after != old {
			note(a, old, after)
		}
	})
	if set.Len() == 0 {
		set.giveBack()
		return
	}
	tx.planned = set
	tx.deferred = func() { do(new(Counts)) }
}

// loops counts the edges that join a node to itself, of those that are in a relation or of those
// that are not.
func (p *pair) loops(v *Relation, known bool) (n int) {
	for a := range p.left.All {
		if p.left.Get(a, a) != nil {
			if there := v.Left.Get(a, a) != nil; there == known {
				n++
			}
		}
	}
	return n
}
