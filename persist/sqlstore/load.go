package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// progressEvery is the number of rows after which Store.Progress is called.
const progressEvery = 10_000

// stream gives all rows of a table to a loader, in the order of keys.
func (s *Store) stream(ctx context.Context, tx *sql.Tx, m *mapping, into persist.Loader) error {
	if err := s.engine.learn(ctx, tx, m); err != nil {
		return err
	}
	// Prepared anew: drivers keep prepared statements, and the table may have changed since.
	stmt, err := tx.PrepareContext(ctx, m.selection(s.engine))
	if err != nil {
		return m.unreadable(err)
	}
	defer stmt.Close()
	rows, err := stmt.QueryContext(ctx)
	if err != nil {
		return m.unreadable(err)
	}
	defer rows.Close()
	n := 0
	var last []any // the row before
	for values, err := range scan(rows, len(m.columns)) {
		if err != nil {
			return m.unreadable(err)
		}
		if !m.unique { // the database does not rule a second row out
			if n > 0 && compareKeys(last, values) == 0 {
				return m.twice(last, values)
			}
			last = append(last[:0], values...)
		}
		if err := m.load(values, into); err != nil {
			return err
		}
		if n++; n%progressEvery == 0 {
			s.progress(m, n)
		}
	}
	s.progress(m, n)
	return nil
}

// load gives one row to a loader.
func (m *mapping) load(values []any, into persist.Loader) error {
	if err := m.accept(values); err != nil {
		return err
	}
	if err := into.LoadColumns(m.relation, values); err != nil {
		return m.reject(values, err)
	}
	return nil
}

func (s *Store) progress(m *mapping, rows int) {
	if s.Progress != nil {
		s.Progress(m.Table, rows)
	}
}

func (m *mapping) unreadable(err error) error {
	return fmt.Errorf("junction: table %s cannot be read: %w", m, err)
}

// selection returns the statement that reads a table.
func (m *mapping) selection(e engine) string {
	reads := make([]string, len(m.columns))
	for i := range m.columns {
		reads[i] = e.read(&m.columns[i])
	}
	return "SELECT " + strings.Join(reads, ", ") + " FROM " + m.quoted(e) + m.whereInScope(e) +
		" ORDER BY " + e.order(&m.columns[0]) + ", " + e.order(&m.columns[1])
}

// accept checks and converts a row, or a key, that was read: it has no NULL where the relation
// takes none, and its key is spelled as this store would spell it to find the row again.
func (m *mapping) accept(values []any) error {
	for i := range values {
		c := &m.columns[i]
		switch {
		case values[i] == nil && !c.takesNull():
			return m.rowError(values, c, errors.New("has NULL, which the Go type cannot hold"))
		case values[i] == nil || c.fromDB == nil:
			continue
		}
		converted, err := c.fromDB(values[i])
		if err != nil {
			return m.rowError(values, c, err)
		}
		values[i] = converted
	}
	return nil
}

// takesNull reports whether a value of the relation can be NULL.
func (c *column) takesNull() bool { return c.Nullable || c.Kind == persist.JSON }

// reject says which row an error of a loader is about, and which column if the loader says so.
func (m *mapping) reject(values []any, err error) error {
	var c *persist.ColumnError
	if errors.As(err, &c) && c.Column < len(m.columns) {
		return m.rowError(values, &m.columns[c.Column], fmt.Errorf("has %v: %w", show(c.Value), c.Err))
	}
	return fmt.Errorf("junction: table %s, row (%v, %v): %w", m, show(values[0]), show(values[1]), err)
}

// rowError says that a column of a row holds a value that the relation cannot take.
func (m *mapping) rowError(values []any, c *column, err error) error {
	return fmt.Errorf("%w: table %s, row (%v, %v): column %q, of %s values, %w",
		persist.ErrRow, m, show(values[0]), show(values[1]), c.Name, c.Kind, err)
}

// twice says that two rows have one pair of keys.
func (m *mapping) twice(first, second []any) error {
	return fmt.Errorf("%w: table %s of relation %q has two rows of one pair, (%s) and (%s): delete one, or give a table or a view without it",
		persist.ErrRow, m, m.Relation, showRow(first), showRow(second))
}

func showRow(values []any) string {
	text := make([]string, len(values))
	for i, v := range values {
		text[i] = fmt.Sprint(show(v))
	}
	return strings.Join(text, ", ")
}

// show returns a value as an error prints it.
func show(v any) any {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		return fmt.Sprintf("%q", v)
	case string:
		return fmt.Sprintf("%q", v)
	}
	return v
}
