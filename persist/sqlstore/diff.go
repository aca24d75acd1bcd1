package sqlstore

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// diff is what a transaction changes in one table: each row once, in ascending order of keys, so
// that two writers which lock the same rows lock them in the same order.
type diff struct {
	*mapping
	values  []any       // of all rows, one row behind the other
	inserts []int       // where in values the rows begin that the graph adds
	updates []rowUpdate // the rows that the graph changes
	gone    []int       // where in values the keys begin whose rows are to be deleted
}

// rowUpdate is a set of columns behind the key, and the rows in which exactly these have changed.
type rowUpdate struct {
	columns []int // their places in the mapping
	rows    []int // where in values the rows begin
}

// row returns the values of a row that begins at a place.
func (d *diff) row(at int) []any { return d.values[at : at+len(d.columns)] }

// key returns the key that begins at a place.
func (d *diff) key(at int) []any { return d.values[at : at+2] }

// all returns the places of all columns.
func (m *mapping) all() (columns []int) {
	for i := range m.columns {
		columns = append(columns, i)
	}
	return columns
}

// others returns the places of the columns behind the key.
func (m *mapping) others() (columns []int) { return m.all()[2:] }

// args returns what sets arguments to the values at some places of a row.
func (d *diff) args(places []int) func(args []any, at int) {
	return func(args []any, at int) {
		for i, place := range places {
			args[i] = d.values[at+place]
		}
	}
}

// changedPlaces returns the places of what an update sets.
func (m *mapping) changedPlaces(u rowUpdate) []int {
	return append(slices.Clone(u.columns), places(m.onUpdate)...)
}

// asInserts returns a diff that inserts some rows of d.
func (d *diff) asInserts(rows []int) (*diff, error) {
	other := &diff{mapping: d.mapping}
	for _, at := range rows {
		begin := len(other.values)
		other.values = append(append(other.values, d.row(at)...), make([]any, len(d.made))...)
		other.inserts = append(other.inserts, begin)
		if err := errors.Join(d.convertRow(other.values[begin:]), d.fill(other.values[begin:], d.onInsert)); err != nil {
			return nil, err
		}
	}
	return other, nil
}

// differ makes diffs of commits, with a builder for each table. The diffs are good until it is
// cleared.
type differ []diffBuilder

// diffsOf returns what commits change together, by table. Of a row that several of them change, the
// diff has what it was before the first and is after the last.
func (d *differ) diffsOf(mappings []*mapping, commits []*persist.Commit) ([]*diff, error) {
	if *d == nil {
		*d = make(differ, len(mappings))
	}
	builders := *d
	for _, c := range commits {
		for _, b := range c.Batches {
			builders[b.Relation()].add(mappings[b.Relation()], b)
		}
	}
	var diffs []*diff
	for i := range builders {
		if len(builders[i].changes) == 0 {
			continue
		}
		if err := builders[i].finish(); err != nil {
			return nil, err
		}
		diffs = append(diffs, &builders[i].diff)
	}
	return diffs, nil
}

// cleared returns the differ without rows, with the room that they took.
func (d differ) cleared() differ {
	for i := range d {
		d[i].clear()
	}
	return d
}

// diffBuilder collects the rows of a diff.
type diffBuilder struct {
	diff
	changes  []change
	unsorted bool  // a row does not stand behind the one before, as in one commit of many edges
	changed  []int // columns of the row that findChanged has seen last
}

// change is a row of one commit.
type change struct {
	at      int // where it begins in values
	before  int // how many columns of its old value follow it there
	was     bool
	deleted bool
}

// mostKept is how many values a builder without rows has room for at most.
const mostKept = 1 << 17

func (b *diffBuilder) clear() {
	if cap(b.values) > mostKept {
		*b = diffBuilder{}
		return
	}
	clear(b.values)
	b.values, b.inserts, b.updates, b.gone = b.values[:0], b.inserts[:0], b.updates[:0], b.gone[:0]
	b.changes, b.unsorted = b.changes[:0], false
}

// add adds the rows of a commit.
func (b *diffBuilder) add(m *mapping, batch persist.Batch) {
	b.mapping = m
	b.values = slices.Grow(b.values, batch.Len()*(2*len(m.columns)-2))
	b.changes = slices.Grow(b.changes, batch.Len())
	for i := range batch.Len() {
		c := change{at: len(b.values), deleted: batch.Deleted(i)}
		b.values = batch.AppendColumns(b.values, i)
		end := len(b.values)
		b.values, c.was = batch.AppendBefore(b.values, i)
		c.before = len(b.values) - end
		b.changes = append(b.changes, c)
		if last := len(b.changes) - 1; last > 0 && !b.unsorted {
			b.unsorted = b.byKey(b.changes[last-1], b.changes[last]) >= 0
		}
	}
}

func (b *diffBuilder) byKey(x, y change) int { return compareKeys(b.values[x.at:], b.values[y.at:]) }

// finish makes the diff of all changes.
func (b *diffBuilder) finish() error {
	if b.unsorted {
		slices.SortStableFunc(b.changes, b.byKey)
	}
	for first := 0; first < len(b.changes); {
		last := first
		for b.unsorted && last+1 < len(b.changes) && b.byKey(b.changes[first], b.changes[last+1]) == 0 {
			last++
		}
		if err := b.net(b.changes[first], b.changes[last]); err != nil {
			return err
		}
		first = last + 1
	}
	return nil
}

// net adds a row to the diff, which is what it was before its first change and is after its last.
func (b *diffBuilder) net(first, last change) error {
	switch {
	case last.deleted:
		at, err := b.extended(last.at, 2, b.onDelete)
		b.gone = append(b.gone, at)
		return errors.Join(err, b.convertKey(b.key(at)))
	case !first.was:
		at, err := b.extended(last.at, len(b.columns), b.onInsert)
		b.inserts = append(b.inserts, at)
		return errors.Join(err, b.convertRow(b.row(at)))
	}
	b.findChanged(first, b.row(last.at))
	u := b.updateOf(b.changed)
	at, err := b.extended(last.at, len(b.columns), b.onUpdate)
	u.rows = append(u.rows, at)
	return errors.Join(err, b.checkIdentity(b.row(at), u.columns), b.convertSome(b.row(at), u.columns))
}

// extended returns where a row stands with the values of functions behind it: a copy of its first
// values, if there are functions, or else where it was.
func (b *diffBuilder) extended(at, width int, settings []setting) (int, error) {
	if len(b.made) == 0 {
		return at, nil
	}
	begin := len(b.values)
	b.values = append(b.values, b.values[at:at+width]...)
	b.values = append(b.values, make([]any, len(b.columns)+len(b.made)-width)...)
	return begin, b.fill(b.values[begin:], settings)
}

// checkIdentity refuses another primary key for a row: other tables may refer to it.
func (m *mapping) checkIdentity(row []any, columns []int) error {
	for _, i := range columns {
		if c := &m.columns[i]; c.identity {
			return fmt.Errorf("junction: table %s, row (%v, %v): column %q is the primary key and would become %v: keep the value that the edge has, or leave the column out of the relation",
				m, show(row[0]), show(row[1]), c.Name, show(row[i]))
		}
	}
	return nil
}

// findChanged finds the columns of a row that are not what they were before a change: all columns
// behind the key if that is not known.
func (b *diffBuilder) findChanged(first change, row []any) {
	b.changed = b.changed[:0]
	before := first.at + len(row) - 2 // so that a column's old value has the column's index
	for i := 2; i < len(row); i++ {
		if first.before == 0 || !sameValue(b.values[before+i], row[i]) {
			b.changed = append(b.changed, i)
		}
	}
}

// updateOf returns the update of a set of columns.
func (b *diffBuilder) updateOf(columns []int) *rowUpdate {
	for i := range b.updates {
		if slices.Equal(b.updates[i].columns, columns) {
			return &b.updates[i]
		}
	}
	b.updates = append(b.updates, rowUpdate{columns: slices.Clone(columns)})
	return &b.updates[len(b.updates)-1]
}

// convertKey turns a key into the values that are written.
func (m *mapping) convertKey(values []any) error { return m.convertSome(values, nil) }

// convertRow turns all values of a row into those that are written.
func (m *mapping) convertRow(values []any) error {
	for i := range m.columns {
		if err := m.convert(values, i); err != nil {
			return err
		}
	}
	return nil
}

// convertSome turns the key of a row and some other columns into the values that are written.
func (m *mapping) convertSome(values []any, columns []int) error {
	for i := range 2 {
		if err := m.convert(values, i); err != nil {
			return err
		}
	}
	for _, i := range columns {
		if err := m.convert(values, i); err != nil {
			return err
		}
	}
	return nil
}

// convert turns a column of a row into the value that is written.
func (m *mapping) convert(values []any, i int) error {
	c := &m.columns[i]
	if c.toDB == nil || values[i] == nil {
		return nil
	}
	converted, err := c.toDB(values[i])
	if err != nil {
		return fmt.Errorf("junction: table %s, row (%v, %v), column %q: %w", m, show(values[0]), show(values[1]), c.Name, err)
	}
	values[i] = converted
	return nil
}

// sameValue reports whether two values of a column are one, as a graph gives them.
func sameValue(x, y any) bool {
	switch x := x.(type) {
	case []byte:
		y, ok := y.([]byte)
		return ok && bytes.Equal(x, y)
	case time.Time:
		y, ok := y.(time.Time)
		return ok && x.Equal(y)
	}
	return x == y
}

// compareKeys compares the first two of the values of two rows.
func compareKeys(x, y []any) int {
	return cmp.Or(compareValues(x[0], y[0]), compareValues(x[1], y[1]))
}

// compareValues compares two values of a column, in an order that is the same for all writers.
func compareValues(x, y any) int {
	switch x := x.(type) {
	case int64:
		if y, ok := y.(int64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := y.(string); ok {
			return cmp.Compare(x, y)
		}
	case []byte:
		if y, ok := y.([]byte); ok {
			return bytes.Compare(x, y)
		}
	case float64:
		if y, ok := y.(float64); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := y.(time.Time); ok {
			return x.Compare(y)
		}
	}
	return cmp.Compare(fmt.Sprintf("%T%[1]v", x), fmt.Sprintf("%T%[1]v", y))
}
