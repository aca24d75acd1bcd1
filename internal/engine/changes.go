package engine

import (
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/raw"
)

// changesIn returns what a transaction changes in the relation, nil if it has not looked at it.
func (d *Decl) changesIn(tx *Tx) *changes {
	if !slices.ContainsFunc(tx.drafts, func(x draft) bool { return x.IsFor(d.live.Left.Base()) }) {
		return nil
	}
	if tx.planned != nil {
		return tx.planned
	}
	v := d.live.In(tx)
	draft := v.Left.(*adjacency.Draft)
	set := v.listed(draft.MostChanges())
	draft.ChangesNow(v.shown(func(k Kind, a, b, before, after pointer) bool {
		a, b = v.spell(a, b)
		set.list.append(k, a, b, before, after)
		return true
	}))
	return set
}

// listed returns changes of a commit that are to be listed at once, with room for so many.
func (v *Relation) listed(most int) *changes {
	set := v.recorder.takeWhole()
	set.list.room(most)
	return set
}

// changeList is a list of changes, in the direction in which the relation was declared, by columns.
type changeList struct {
	kinds                      []Kind
	left, right, before, after raw.List
}

func newChangeList(types [3]*raw.Type) changeList {
	return changeList{left: raw.List{Of: types[0]}, right: raw.List{Of: types[1]}, before: raw.List{Of: types[2]}, after: raw.List{Of: types[2]}}
}

func (l *changeList) room(n int) {
	l.kinds = slices.Grow(l.kinds, n)
	l.left.Room(n)
	l.right.Room(n)
	l.before.Room(n)
	l.after.Room(n)
}

// append adds a change; a value that is nil is zero.
func (l *changeList) append(k Kind, a, b, before, after pointer) {
	l.kinds = append(l.kinds, k)
	l.left.Append(a)
	l.right.Append(b)
	l.before.AppendOrZero(before)
	l.after.AppendOrZero(after)
}

// reset takes all out.
func (l *changeList) reset() {
	if cap(l.kinds) > maxKept {
		*l = newChangeList([3]*raw.Type{l.left.Of, l.right.Of, l.before.Of})
		return
	}
	l.kinds = l.kinds[:0]
	l.left.Reset()
	l.right.Reset()
	l.before.Reset()
	l.after.Reset()
}

func (d *Decl) encode(l *changeList, to *Rows) error {
	d.Codec.grow(to, len(l.kinds))
	for i, kind := range l.kinds {
		before, after := l.before.At(i), l.after.At(i)
		if kind == Added {
			before = nil
		}
		if kind == Removed {
			after = nil
		}
		if err := d.Codec.AppendRow(to, l.left.At(i), l.right.At(i), before, after); err != nil {
			return fmt.Errorf("%w: %v and %v in relation %q: %w", ErrValue, l.left.Of.Any(l.left.At(i)), l.right.Of.Any(l.right.At(i)), d.live.Name, err)
		}
		to.deleted = append(to.deleted, kind == Removed)
	}
	return nil
}

// Declared returns the relation as it was declared.
func (v *Relation) Declared() *Decl { return v.recorder.of }
