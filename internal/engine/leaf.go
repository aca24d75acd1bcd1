package engine

import (
	"fmt"
	"iter"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Query is a combination that is being read.
type Query struct {
	Source
	keys   *ordered.Keys // the order of all of its keys; nil if there are none
	leaves []*Leaf
}

// Query returns a combination whose leaves are frozen, to be read.
func (o *Opening) Query(s Source) *Query { return &Query{s, o.Freeze(), o.Leaves} }

// Keep returns bounds whose keys are copies, which may be kept.
func (q *Query) Keep(b ordered.Bounds) *ordered.Bounds {
	for _, end := range []*ordered.Bound{&b.Low, &b.High} {
		if end.Key != nil && q.keys != nil {
			end.Key = q.keys.Type.Box(end.Key)
		}
	}
	return &b
}

// Limit begins anew with the keys within bounds.
func (q *Query) Limit(b *ordered.Bounds) {
	for _, l := range q.leaves {
		l.cursor = l.kind.CursorIn(l.view, b)
	}
}

// Windows limits the query to one part of its bounds after the other, from the last to the first.
// Each is read to its end before the next. It has some batch of keys of the source that drives the
// query.
func (q *Query) Windows(b *ordered.Bounds) iter.Seq[*Query] {
	return func(yield func(*Query) bool) {
		for n := FirstBatch; ; n = NextBatch(n) {
			low := q.keyBefore(b, n)
			if low == nil {
				return
			}
			q.Limit(&ordered.Bounds{Low: ordered.Bound{Key: low}, High: b.High})
			if !yield(q) {
				return
			}
			b.High = ordered.Bound{Open: true, Key: low}
		}
	}
}

// Opening collects the leaves under a combination, to freeze those of a graph under one lock.
type Opening struct{ Leaves []*Leaf }

func (o *Opening) Add(l *Leaf) Source {
	o.Leaves = append(o.Leaves, l)
	return l
}

// Freeze freezes all leaves and returns the order of their keys. It holds one lock at a time, so
// that no two combinations can wait for each other.
func (o *Opening) Freeze() *ordered.Keys {
	done := make(map[*Graph]bool, 1)
	for _, l := range o.Leaves {
		if g := l.graph(); g == nil {
			l.Freeze()
		} else if !done[g] {
			done[g] = true
			o.freezeOf(g)
		}
	}
	if len(o.Leaves) == 0 {
		return nil
	}
	keys := o.order()
	for _, l := range o.Leaves {
		l.arrange(keys)
	}
	return keys
}

func (o *Opening) freezeOf(g *Graph) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, l := range o.Leaves {
		if l.graph() == g {
			l.Freeze()
		}
	}
}

// order returns the order of the first node that has neighbours, or else of any node, or else the
// natural one.
func (o *Opening) order() (keys *ordered.Keys) {
	for _, l := range o.Leaves {
		switch {
		case l.v == nil:
		case l.Size() > 0:
			return l.v.rights()
		case keys == nil:
			keys = l.v.rights()
		}
	}
	if keys == nil {
		of := o.Leaves[0].Of.Of
		if keys = ordered.NaturalOrNil(of); keys == nil {
			panic(fmt.Sprintf("junction: SetOf keys of type %v, which has no natural order: combine it with a node, whose order it takes", of))
		}
	}
	return keys
}

// Leaf is the source of a node or of a list of keys.
type Leaf struct {
	v   *Relation // of a node
	key pointer

	Of   *raw.Type // of a list
	List ordered.Run

	kind   *ordered.Order
	view   ordered.View
	cursor ordered.Cursor
}

func (v *Relation) Open(a pointer, o *Opening) Source {
	v.MustExist()
	if v.Tx != nil {
		v.Tx.mustBeOpen()
	}
	return o.Add(&Leaf{v: v, key: v.lefts().Type.Box(raw.Hide(a))})
}

// graph returns the graph of a leaf, nil if it needs no lock.
func (l *Leaf) graph() *Graph {
	if l.v != nil && l.v.isLive() {
		return l.v.G
	}
	return nil
}

func (l *Leaf) Freeze() {
	if l.v != nil {
		l.kind, l.view = l.v.Kind(), l.v.frozen(l.key)
	}
}

// arrange gives the leaf the order of the whole combination, and begins to read it.
func (l *Leaf) arrange(keys *ordered.Keys) {
	switch {
	case l.v == nil:
		l.kind = ordered.OfKeys(keys, ordered.DefaultLimits)
		l.view = ordered.ViewOf(l.kind.Sort(validOf(keys, l.List)))
	case !l.kind.Keys().IsOrderOf(keys):
		l.reorder(keys)
	}
	l.cursor = l.kind.Cursor(l.view)
}

// validOf leaves out what cannot be a key.
func validOf(keys *ordered.Keys, list ordered.Run) ordered.Run {
	n, size := 0, keys.Type.Size
	for i := range list.Len {
		if k := raw.At(list.P, i, size); keys.Valid(k) {
			keys.Type.Set(raw.At(list.P, n, size), k)
			n++
		}
	}
	list.Len = n
	return list
}

// reorder makes the leaf one of another order, in which its keys must ascend.
func (l *Leaf) reorder(keys *ordered.Keys) {
	kind := ordered.OfKeys(keys, ordered.DefaultLimits)
	var run ordered.Run
	l.kind.All(l.view, func(e pointer) bool {
		k := l.kind.KeyOf(e)
		if run.Len > 0 && keys.Compare(kind.KeyAt(run, run.Len-1), k) >= 0 {
			panic("junction: And, Or or Minus of keys in different orders: declare their relations with the same order")
		}
		run = kind.Append(run, k, nil)
		return true
	})
	l.kind, l.view = kind, ordered.ViewOf(run)
}

func (l *Leaf) Size() int { return l.view.Len() }

func (l *Leaf) Fill(dst pointer, room int) int { return l.cursor.Fill(dst, room) }

func (l *Leaf) filter(keys pointer, n int, keep bool) int { return l.cursor.Filter(keys, n, keep) }

func (l *Leaf) order() *ordered.Keys { return l.kind.Keys() }

func (l *Leaf) keyBefore(b *ordered.Bounds, n int) pointer { return l.kind.KeyBefore(l.view, b, n) }
