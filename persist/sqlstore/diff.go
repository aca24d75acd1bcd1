package sqlstore

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// diff is what a transaction changes in one table: each row once, in ascending order of keys, so that two writers which lock the
// same rows do it in the same order.
type diff struct {
	*mapping
	values []any // of all rows, as they are written
	puts   []int // where in values a row begins that is to be put
	gone   []int // where in values a key begins whose row is to be deleted
}

// differ makes diffs of commits, with a builder for each table. The diffs are good until it is cleared.
type differ []diffBuilder

// diffsOf returns what commits change together, by table. Of a row that several of them change, the last change counts.
func (d *differ) diffsOf(mappings []*mapping, commits []*persist.Commit) ([]*diff, error) {
	if *d == nil {
		*d = make(differ, len(mappings))
	}
	builders := *d
	for _, c := range commits {
		for _, b := range c.Batches {
			if err := builders[b.Relation()].add(mappings[b.Relation()], b); err != nil {
				return nil, err
			}
		}
	}
	var diffs []*diff
	for i := range builders {
		if len(builders[i].rows) > 0 {
			diffs = append(diffs, builders[i].finish())
		}
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
	rows     []change
	unsorted bool // a row does not stand behind the one before, as it does in a single commit of many edges
}

// mostKept is how many values a builder without rows has room for at most.
const mostKept = 1 << 17

func (b *diffBuilder) clear() {
	if cap(b.values) > mostKept {
		*b = diffBuilder{}
		return
	}
	clear(b.values)
	b.values, b.puts, b.gone, b.rows, b.unsorted = b.values[:0], b.puts[:0], b.gone[:0], b.rows[:0], false
}

type change struct {
	at      int // where it begins in values
	deleted bool
}

func (b *diffBuilder) add(m *mapping, batch persist.Batch) error {
	b.mapping = m
	b.values = slices.Grow(b.values, batch.Len()*len(m.columns))
	b.rows = slices.Grow(b.rows, batch.Len())
	for i := range batch.Len() {
		at := len(b.values)
		b.values = batch.AppendColumns(b.values, i)
		b.rows = append(b.rows, change{at, batch.Deleted(i)})
		if err := m.convert(b.values[at:]); err != nil {
			return err
		}
		if last := len(b.rows) - 1; last > 0 && !b.unsorted {
			b.unsorted = b.byKey(b.rows[last-1], b.rows[last]) >= 0
		}
	}
	return nil
}

func (b *diffBuilder) byKey(x, y change) int { return compareKeys(b.values[x.at:], b.values[y.at:]) }

// convert turns the values of a row into those that are written.
func (m *mapping) convert(values []any) error {
	for i, v := range values {
		c := &m.columns[i]
		if c.toDB == nil || v == nil {
			continue
		}
		converted, err := c.toDB(v)
		if err != nil {
			return fmt.Errorf("junction: table %s, row (%v, %v), column %q: %w", m, show(values[0]), show(values[1]), c.Name, err)
		}
		values[i] = converted
	}
	return nil
}

// finish returns the diff, which is part of the builder.
func (b *diffBuilder) finish() *diff {
	if b.unsorted {
		slices.SortStableFunc(b.rows, b.byKey)
	}
	b.puts, b.gone = slices.Grow(b.puts, len(b.rows)), slices.Grow(b.gone, len(b.rows))
	for i, row := range b.rows {
		switch {
		case b.unsorted && i+1 < len(b.rows) && b.byKey(row, b.rows[i+1]) == 0: // a later one counts
		case row.deleted:
			b.gone = append(b.gone, row.at)
		default:
			b.puts = append(b.puts, row.at)
		}
	}
	return &b.diff
}

// put returns the values of a row that begins at a place.
func (d *diff) put(at int) []any { return d.values[at : at+len(d.columns)] }

// key returns the key that begins at a place.
func (d *diff) key(at int) []any { return d.values[at : at+2] }

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
