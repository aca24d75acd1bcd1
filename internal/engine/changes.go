package engine

import (
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/raw"
)

// changes is what a commit changes in one relation. It is a persist.Batch. It has no type
// parameters, nor has a recorder: what has them is compiled once more for each relation of a
// program, and each direction.
type changes struct {
	recorder *recorder
	list     changeList
	rows     Rows
	whole    bool // listed at once, and not recorded one by one: there may be many
}

// Relation is the place of the relation in the schema.
func (c *changes) Relation() int { return c.recorder.place }

// Len is the number of edges.
func (c *changes) Len() int { return len(c.list.kinds) }

// Deleted reports whether edge i is removed.
func (c *changes) Deleted(i int) bool { return c.rows.deleted[i] }

// AppendBinary appends row i.
func (c *changes) AppendBinary(key, value []byte, i int) (k, v []byte) {
	return c.rows.AppendBinary(key, value, i)
}

// AppendColumns appends row i.
func (c *changes) AppendColumns(columns []any, i int) []any {
	return c.rows.AppendColumns(columns, i)
}

// AppendBefore appends the columns behind the key of row i as they were, and reports whether the
// row was there.
func (c *changes) AppendBefore(columns []any, i int) (before []any, was bool) {
	return c.rows.appendBefore(columns, i), c.list.kinds[i] != Added
}

// changesIn yields what a commit changed in the relation.
func (v *Relation) changesIn(c *Commit, yield func(k Kind, a, b, before, after pointer) bool) {
	for _, batch := range c.persist.Batches {
		set := batch.(*changes)
		if set.recorder != v.recorder {
			continue
		}
		l, declared := &set.list, v.isDeclared()
		for i, k := range l.kinds {
			a, b := l.left.At(i), l.right.At(i)
			if !declared {
				a, b = b, a
			}
			if !yield(k, a, b, l.before.At(i), l.after.At(i)) {
				return
			}
		}
		return
	}
}

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
