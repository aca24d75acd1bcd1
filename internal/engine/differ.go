package engine

import (
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
)

// differ finds what differs between the rows that a store gives of a relation and its edges,
// which stand still. Where all rows come, in order, a cursor goes through the edges beside them,
// and nothing is kept but what differs.
//
// What holds between two rows if all come:
//   - the cursor stands at the first edge above last
//   - list has the edges up to last that did not come, as Removed, and the rows that are not
//     there or have another value
//   - so an edge up to last that is not in list has come as it is
type differ struct {
	v       *Relation // live
	decoder *RowDecoder
	scratch Rows

	list  changeList     // what differs; of no Kind where that turned out not to be so
	index map[string]int // where in list an edge is, by its key as it is stored; nil as long as nobody asks

	cursor   *adjacency.Cursor // nil unless all rows come
	lastLeft pointer           // the highest row that came
	last     pointer
	began    bool // there is a last
}

func (r *Decl) differ() *differ {
	form := r.live.G.opts.Store.Form()
	t := r.live.Types
	return &differ{v: r.live, decoder: r.NewRowDecoder(false), scratch: Rows{Form: form}, list: newChangeList(t), lastLeft: t[0].New(), last: t[1].New()}
}

func (d *differ) whole() error {
	if d.cursor != nil || d.index != nil {
		return fmt.Errorf("junction: Whole of relation %q twice, or after a row of it", d.v.Name)
	}
	d.cursor = d.v.Left.Base().Cursor()
	d.skipMirrored()
	return nil
}

func (d *differ) Binary(key, value []byte) error { return d.row(d.decoder.Binary(key, value)) }
func (d *differ) Columns(values []any) error     { return d.row(d.decoder.Columns(values)) }

func (d *differ) row(err error) error {
	a, b, through := d.decoder.left, d.decoder.right, d.decoder.through
	switch {
	case err != nil:
		return err
	case d.cursor == nil:
		return d.change(a, b, through)
	case d.passTo(a, b):
		_, _, old := d.cursor.Edge()
		d.compare(a, b, through, old)
		d.next()
	case d.began && d.order(d.lastLeft, d.last, a, b) >= 0:
		return d.late(a, b, through)
	default:
		d.note(Added, a, b, nil, through)
	}
	d.v.Types[0].Set(d.lastLeft, a)
	d.v.Types[1].Set(d.last, b)
	d.began = true
	return nil
}

// passTo moves the cursor to the first edge that is not below a row, and reports whether it is
// the row's. Those that it passes did not come.
func (d *differ) passTo(a, b pointer) bool {
	for d.cursor.Valid() {
		x, y, _ := d.cursor.Edge()
		if order := d.order(x, y, a, b); order >= 0 {
			return order == 0
		}
		d.passOne()
	}
	return false
}

// passOne says that the edge at the cursor is gone, and moves on.
func (d *differ) passOne() {
	a, b, old := d.cursor.Edge()
	d.note(Removed, a, b, old, nil)
	d.next()
}

func (d *differ) next() {
	d.cursor.Next()
	d.skipMirrored()
}

// skipMirrored moves on to an edge that is shown: one of an undirected relation stands at both
// its nodes.
func (d *differ) skipMirrored() {
	for d.v.Undirected && d.cursor.Valid() {
		if a, b, _ := d.cursor.Edge(); !d.v.below(b, a) {
			return
		}
		d.cursor.Next()
	}
}

// late takes a row that comes after a higher one.
func (d *differ) late(a, b, through pointer) error {
	passed := d.find(a, b)
	there := d.v.Left.Get(a, b) != nil
	switch {
	case passed < 0 && !there:
		d.note(Added, a, b, nil, through)
	case passed < 0 || d.list.kinds[passed] != Removed:
		return d.twice(a, b)
	case d.isSame(d.list.before.At(passed), through):
		d.list.kinds[passed] = 0
	default:
		d.list.kinds[passed] = Updated
		d.list.after.Of.Set(d.list.after.At(passed), through)
	}
	return nil
}

// change takes a row where just those come that have changed.
func (d *differ) change(a, b, through pointer) error {
	old := d.v.Left.Get(a, b)
	switch {
	case d.find(a, b) >= 0:
		return d.twice(a, b)
	case old != nil:
		d.compare(a, b, through, old)
	default:
		d.note(Added, a, b, nil, through)
	}
	return nil
}

func (d *differ) goneBinary(key []byte) error { return d.gone(d.decoder.binaryKey(key)) }
func (d *differ) goneColumns(key []any) error { return d.gone(d.decoder.columnsKey(key)) }

// gone takes the row that was decoded last, if it was, as one that is not there.
func (d *differ) gone(err error) error {
	a, b := d.decoder.left, d.decoder.right
	switch {
	case err != nil:
		return err
	case d.cursor != nil:
		return fmt.Errorf("junction: a row of relation %q is said to be gone after Whole", d.v.Name)
	case d.find(a, b) >= 0:
		return d.twice(a, b)
	}
	if old := d.v.Left.Get(a, b); old != nil {
		d.note(Removed, a, b, old, nil)
	}
	return nil
}

func (d *differ) twice(a, b pointer) error {
	return fmt.Errorf("%w: the edge of %v and %v in relation %q came more than once", d.v.misread(), d.v.Types[0].Any(a), d.v.Types[1].Any(b), d.v.Name)
}

// order compares two edges.
func (d *differ) order(a, b, x, y pointer) int {
	if order := d.v.lefts().Compare(a, x); order != 0 {
		return order
	}
	return d.v.rights().Compare(b, y)
}

// compare takes the row of an edge that is there.
func (d *differ) compare(a, b, through, old pointer) {
	if !d.isSame(old, through) {
		d.note(Updated, a, b, old, through)
	}
}

// isSame reports whether a value is another one's row: also where values have no ==.
func (d *differ) isSame(old, now pointer) bool {
	return d.v.Same(old, now) || d.decoder.codec.storedAlike(&d.scratch, old, now)
}

// note adds to what differs.
func (d *differ) note(k Kind, a, b, before, after pointer) {
	a, b = d.v.spell(a, b)
	d.list.append(k, a, b, before, after)
	if d.index != nil {
		d.enter(len(d.list.kinds) - 1)
	}
}

// find returns where something is noted of an edge, -1 if nothing is.
func (d *differ) find(a, b pointer) int {
	if d.index == nil {
		d.index = make(map[string]int)
		for i := range d.list.kinds {
			d.enter(i)
		}
	}
	if i, ok := d.index[d.key(a, b)]; ok {
		return i
	}
	return -1
}

func (d *differ) enter(i int) {
	d.index[d.key(d.list.left.At(i), d.list.right.At(i))] = i
}

// key returns what identifies the row of an edge. Keys that cannot be stored are all the same one.
func (d *differ) key(a, b pointer) string {
	r := &d.scratch
	r.Clear()
	if err := d.decoder.codec.AppendRow(r, a, b, nil, nil); err != nil {
		return ""
	}
	return r.text()
}

// write ends the comparison, has a transaction make what differs, and counts it. It returns nil
// if nothing does.
func (d *differ) write(tx *Tx, c *Counts) *changes {
	list := d.End()
	if len(list.kinds) == 0 {
		return nil
	}
	v, written := d.v.In(tx), Counts{}
	gone, rows := NewIntake(v), NewIntake(v)
	for i, k := range list.kinds {
		c.Count(k)
		in := rows
		if k == Removed {
			in = gone
		}
		in.Add(list.left.At(i), list.right.At(i), list.after.At(i))
	}
	gone.End()
	rows.End()
	gone.pair().subtractFrom(v, &written)
	rows.pair().mergeInto(v, &written)
	return &changes{recorder: v.recorder, list: list}
}

// End returns what differs when all rows have come, by left and then right key.
func (d *differ) End() changeList {
	for d.cursor != nil && d.cursor.Valid() {
		d.passOne()
	}
	if d.index == nil {
		return d.list
	}
	l := &d.list
	var order []int
	for i, k := range l.kinds {
		if k != 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(x, y int) int {
		return d.order(l.left.At(x), l.right.At(x), l.left.At(y), l.right.At(y))
	})
	sorted := newChangeList(d.v.Types)
	sorted.room(len(order))
	for _, i := range order {
		sorted.append(l.kinds[i], l.left.At(i), l.right.At(i), l.before.At(i), l.after.At(i))
	}
	return sorted
}
