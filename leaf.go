package junction

import (
	"fmt"
	"iter"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// query is a combination that is being read.
type query struct {
	source
	keys   *ordered.Keys // the order of all of its keys; nil if there are none
	leaves []*leaf
}

// keep returns bounds whose keys are copies, which may be kept.
func (q *query) keep(b ordered.Bounds) *ordered.Bounds {
	for _, end := range []*ordered.Bound{&b.Low, &b.High} {
		if end.Key != nil && q.keys != nil {
			end.Key = q.keys.Type.Box(end.Key)
		}
	}
	return &b
}

// limit begins anew with the keys within bounds.
func (q *query) limit(b *ordered.Bounds) {
	for _, l := range q.leaves {
		l.cursor = l.kind.CursorIn(l.view, b)
	}
}

// windows limits the query to one part of its bounds after the other, from the last to the first.
// Each is read to its end before the next. It has some batch of keys of the source that drives the
// query.
func (q *query) windows(b *ordered.Bounds) iter.Seq[*query] {
	return func(yield func(*query) bool) {
		for n := firstBatch; ; n = nextBatch(n) {
			low := q.keyBefore(b, n)
			if low == nil {
				return
			}
			q.limit(&ordered.Bounds{Low: ordered.Bound{Key: low}, High: b.High})
			if !yield(q) {
				return
			}
			b.High = ordered.Bound{Open: true, Key: low}
		}
	}
}

// opening collects the leaves under a combination, to freeze those of a graph under one lock.
type opening struct{ leaves []*leaf }

func (o *opening) add(l *leaf) source {
	o.leaves = append(o.leaves, l)
	return l
}

// freeze freezes all leaves and returns the order of their keys. It holds one lock at a time, so
// that no two combinations can wait for each other.
func (o *opening) freeze() *ordered.Keys {
	done := make(map[*Graph]bool, 1)
	for _, l := range o.leaves {
		if g := l.graph(); g == nil {
			l.freeze()
		} else if !done[g] {
			done[g] = true
			o.freezeOf(g)
		}
	}
	if len(o.leaves) == 0 {
		return nil
	}
	keys := o.order()
	for _, l := range o.leaves {
		l.arrange(keys)
	}
	return keys
}

func (o *opening) freezeOf(g *Graph) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, l := range o.leaves {
		if l.graph() == g {
			l.freeze()
		}
	}
}

// order returns the order of the first node that has neighbours, or else of any node, or else the
// natural one.
func (o *opening) order() (keys *ordered.Keys) {
	for _, l := range o.leaves {
		switch {
		case l.v == nil:
		case l.size() > 0:
			return l.v.rights()
		case keys == nil:
			keys = l.v.rights()
		}
	}
	if keys == nil {
		of := o.leaves[0].of.Of
		if keys = ordered.NaturalOrNil(of); keys == nil {
			panic(fmt.Sprintf("junction: SetOf keys of type %v, which has no natural order: combine it with a node, whose order it takes", of))
		}
	}
	return keys
}

// leaf is the source of a node or of a list of keys.
type leaf struct {
	v   *view // of a node
	key pointer

	of   *raw.Type // of a list
	list ordered.Run

	kind   *ordered.Kind
	view   ordered.View
	cursor ordered.Cursor
}

func (v *view) open(a pointer, o *opening) source {
	v.mustExist()
	if v.rel.tx != nil {
		v.rel.tx.mustBeOpen()
	}
	return o.add(&leaf{v: v, key: v.lefts().Type.Box(raw.Hide(a))})
}

// graph returns the graph of a leaf, nil if it needs no lock.
func (l *leaf) graph() *Graph {
	if l.v != nil && l.v.rel.isLive() {
		return l.v.rel.g
	}
	return nil
}

func (l *leaf) freeze() {
	if l.v != nil {
		l.kind, l.view = l.v.kind(), l.v.frozen(l.key)
	}
}

// arrange gives the leaf the order of the whole combination, and begins to read it.
func (l *leaf) arrange(keys *ordered.Keys) {
	switch {
	case l.v == nil:
		l.kind = ordered.OfKeys(keys, ordered.DefaultLimits)
		l.view = ordered.ViewOf(l.kind.Sort(validOf(keys, l.list)))
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
func (l *leaf) reorder(keys *ordered.Keys) {
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

func (l *leaf) size() int { return l.view.Len() }

func (l *leaf) fill(dst pointer, room int) int { return l.cursor.Fill(dst, room) }

func (l *leaf) filter(keys pointer, n int, keep bool) int { return l.cursor.Filter(keys, n, keep) }

func (l *leaf) order() *ordered.Keys { return l.kind.Keys() }

func (l *leaf) keyBefore(b *ordered.Bounds, n int) pointer { return l.kind.KeyBefore(l.view, b, n) }
