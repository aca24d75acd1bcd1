package junction

import (
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/persist"
)

// relationDiffer is a differ, whatever its types.
type relationDiffer interface {
	whole() error
	binary(key, value []byte) error
	columns(values []any) error
	goneBinary(key []byte) error
	goneColumns(key []any) error

	// write ends the comparison, has a transaction make what differs, and counts it. It returns nil if nothing does.
	write(tx *Tx, c *Counts) *changes
}

// differ finds what differs between the rows that a store gives of a relation and its edges, which stand still. Where all rows come, in
// order, a cursor goes through the edges beside them, and nothing is kept but what differs.
//
// What holds between two rows if all come:
//   - the cursor stands at the first edge above last
//   - list has the edges up to last that did not come, as Removed, and the rows that are not there or have another value
//   - so an edge up to last that is not in list has come as it is
type differ[A, B, T any] struct {
	m       *ManyToMany[A, B, T] // live
	decoder *rowDecoder[A, B, T]
	scratch rows

	list  []Change[A, B, T] // what differs; of no Kind where that turned out not to be so
	index map[string]int    // where in list an edge is, by its key as it is stored; nil as long as nobody asks

	cursor *adjacency.Cursor[A, B, T] // nil unless all rows come
	last   Edge[A, B, T]              // the highest row that came
	began  bool                       // there is a last
}

func (r *relation[A, B, T]) differ() relationDiffer {
	form := r.m.rel.g.opts.Store.Form()
	return &differ[A, B, T]{m: r.m, decoder: r.newRowDecoder(false), scratch: rows{form: form}}
}

func (d *differ[A, B, T]) whole() error {
	if d.cursor != nil || d.index != nil {
		return fmt.Errorf("junction: Whole of relation %q twice, or after a row of it", d.m.rel.name)
	}
	d.cursor = d.m.left.Live().Cursor()
	d.skipMirrored()
	return nil
}

func (d *differ[A, B, T]) binary(key, value []byte) error {
	e, err := d.decoder.binary(key, value)
	return d.row(e, err)
}

func (d *differ[A, B, T]) columns(values []any) error {
	e, err := d.decoder.columns(values)
	return d.row(e, err)
}

func (d *differ[A, B, T]) row(e Edge[A, B, T], err error) error {
	switch {
	case err != nil:
		return err
	case d.cursor == nil:
		return d.change(e)
	case d.passTo(&e):
		_, old := d.cursor.Edge()
		d.compare(e, old.Value)
		d.next()
	case d.began && d.order(d.last.Left, d.last.Right, &e) >= 0:
		return d.late(e)
	default:
		d.added(e)
	}
	d.last, d.began = e, true
	return nil
}

// passTo moves the cursor to the first edge that is not below a row, and reports whether it is the row's. Those that it passes did not come.
func (d *differ[A, B, T]) passTo(e *Edge[A, B, T]) bool {
	for d.cursor.Valid() {
		a, there := d.cursor.Edge()
		if order := d.order(a, there.Key, e); order >= 0 {
			return order == 0
		}
		d.passOne()
	}
	return false
}

// passOne says that the edge at the cursor is gone, and moves on.
func (d *differ[A, B, T]) passOne() {
	a, there := d.cursor.Edge()
	d.note(Change[A, B, T]{Kind: Removed, Left: a, Right: there.Key, Before: there.Value})
	d.next()
}

func (d *differ[A, B, T]) next() {
	d.cursor.Next()
	d.skipMirrored()
}

// skipMirrored moves on to an edge that is shown: one of an undirected relation stands at both its nodes.
func (d *differ[A, B, T]) skipMirrored() {
	for d.m.rel.undirected && d.cursor.Valid() {
		if a, there := d.cursor.Edge(); !d.m.below(there.Key, a) {
			return
		}
		d.cursor.Next()
	}
}

// late takes a row that comes after a higher one.
func (d *differ[A, B, T]) late(e Edge[A, B, T]) error {
	passed := d.find(&e)
	_, there := d.m.left.Get(e.Left, e.Right)
	switch {
	case passed == nil && !there:
		d.added(e)
	case passed == nil || passed.Kind != Removed:
		return d.twice(&e)
	case d.isSame(passed.Before, e.Through):
		passed.Kind = 0
	default:
		passed.Kind, passed.After = Updated, e.Through
	}
	return nil
}

// change takes a row where just those come that have changed.
func (d *differ[A, B, T]) change(e Edge[A, B, T]) error {
	old, there := d.m.left.Get(e.Left, e.Right)
	switch {
	case d.find(&e) != nil:
		return d.twice(&e)
	case there:
		d.compare(e, old)
	default:
		d.added(e)
	}
	return nil
}

func (d *differ[A, B, T]) goneBinary(key []byte) error {
	return d.gone(d.decoder.binaryKey(key))
}

func (d *differ[A, B, T]) goneColumns(key []any) error {
	return d.gone(d.decoder.columnsKey(key))
}

// gone takes the row that was decoded last, if it was, as one that is not there.
func (d *differ[A, B, T]) gone(err error) error {
	e := &d.decoder.edge
	switch {
	case err != nil:
		return err
	case d.cursor != nil:
		return fmt.Errorf("junction: a row of relation %q is said to be gone after Whole", d.m.rel.name)
	case d.find(e) != nil:
		return d.twice(e)
	}
	if old, ok := d.m.left.Get(e.Left, e.Right); ok {
		d.note(Change[A, B, T]{Kind: Removed, Left: e.Left, Right: e.Right, Before: old})
	}
	return nil
}

func (d *differ[A, B, T]) twice(e *Edge[A, B, T]) error {
	return fmt.Errorf("%w: the edge of %v and %v in relation %q came more than once", persist.ErrDamaged, e.Left, e.Right, d.m.rel.name)
}

// order compares an edge with a row.
func (d *differ[A, B, T]) order(a A, b B, e *Edge[A, B, T]) int {
	if order := d.m.right.Neighbours().Compare(a, e.Left); order != 0 {
		return order
	}
	return d.m.left.Neighbours().Compare(b, e.Right)
}

func (d *differ[A, B, T]) added(e Edge[A, B, T]) {
	d.note(Change[A, B, T]{Kind: Added, Left: e.Left, Right: e.Right, After: e.Through})
}

// compare takes the row of an edge that is there.
func (d *differ[A, B, T]) compare(e Edge[A, B, T], old T) {
	if !d.isSame(old, e.Through) {
		d.note(Change[A, B, T]{Kind: Updated, Left: e.Left, Right: e.Right, Before: old, After: e.Through})
	}
}

// isSame reports whether a value is another one's row: also where values have no ==.
func (d *differ[A, B, T]) isSame(old, now T) bool {
	return d.m.rel.same(old, now) || d.decoder.codec.storedAlike(&d.scratch, old, now)
}

// note adds to what differs.
func (d *differ[A, B, T]) note(c Change[A, B, T]) {
	d.list = append(d.list, d.m.spell(c))
	if d.index != nil {
		d.enter(len(d.list) - 1)
	}
}

// find returns what is noted of an edge, nil if nothing is.
func (d *differ[A, B, T]) find(e *Edge[A, B, T]) *Change[A, B, T] {
	if d.index == nil {
		d.index = make(map[string]int)
		for i := range d.list {
			d.enter(i)
		}
	}
	if i, ok := d.index[d.key(e.Left, e.Right)]; ok {
		return &d.list[i]
	}
	return nil
}

func (d *differ[A, B, T]) enter(i int) {
	d.index[d.key(d.list[i].Left, d.list[i].Right)] = i
}

// key returns what identifies the row of an edge. Keys that cannot be stored are all the same one.
func (d *differ[A, B, T]) key(a A, b B) string {
	r := &d.scratch
	r.clear()
	if err := d.decoder.codec.appendRow(r, &Change[A, B, T]{Kind: Removed, Left: a, Right: b}); err != nil {
		return ""
	}
	return r.text()
}

func (d *differ[A, B, T]) write(tx *Tx, c *Counts) *changes {
	list := d.end()
	if len(list) == 0 {
		return nil
	}
	m, written := d.m.In(tx), Counts{}
	gone, rows := newIntake(m), newIntake(m)
	for _, change := range list {
		c.count(change.Kind)
		in := rows
		if change.Kind == Removed {
			in = gone
		}
		in.add(Edge[A, B, T]{change.Left, change.Right, change.After})
	}
	gone.end()
	rows.end()
	gone.pair().subtractFrom(m, &written)
	rows.pair().mergeInto(m, &written)
	return &changes{journal: m.rel.journal, list: &list, len: len(list)}
}

// end returns what differs when all rows have come, by left and then right key.
func (d *differ[A, B, T]) end() []Change[A, B, T] {
	for d.cursor != nil && d.cursor.Valid() {
		d.passOne()
	}
	if d.index != nil {
		d.list = slices.DeleteFunc(d.list, func(c Change[A, B, T]) bool { return c.Kind == 0 })
		slices.SortFunc(d.list, func(x, y Change[A, B, T]) int {
			return d.order(x.Left, x.Right, &Edge[A, B, T]{Left: y.Left, Right: y.Right})
		})
	}
	return d.list
}
