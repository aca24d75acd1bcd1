package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// progressEvery is after how many rows Store.Progress is told.
const progressEvery = 10_000

// stream gives all rows of a table to a loader, in the order of keys.
func (s *Store) stream(ctx context.Context, tx *sql.Tx, m *mapping, into persist.Loader) error {
	stmt, err := tx.PrepareContext(ctx, m.selection(s.engine)) // anew, since drivers keep statements whose tables may have changed
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
	for values, err := range scan(rows, len(m.columns)) {
		if err != nil {
			return m.unreadable(err)
		}
		if err := m.accept(values); err != nil {
			return err
		}
		if err := into.LoadColumns(m.relation, values); err != nil {
			return m.reject(values, err)
		}
		if n++; n%progressEvery == 0 {
			s.progress(m, n)
		}
	}
	s.progress(m, n)
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
	return "SELECT " + strings.Join(reads, ", ") + " FROM " + m.quoted(e) +
		" ORDER BY " + e.order(&m.columns[0]) + ", " + e.order(&m.columns[1])
}

// accept checks that a row which was read will be found again by its key.
func (m *mapping) accept(values []any) error {
	for i := range m.columns {
		c := &m.columns[i]
		if c.fromDB == nil || values[i] == nil {
			continue
		}
		converted, err := c.fromDB(values[i])
		if err != nil {
			return m.reject(values, fmt.Errorf("%w: column %q: %w", persist.ErrDamaged, c.Name, err))
		}
		values[i] = converted
	}
	return nil
}

// reject says of which row an error is.
func (m *mapping) reject(values []any, err error) error {
	return fmt.Errorf("junction: table %s, row (%v, %v): %w", m, show(values[0]), show(values[1]), err)
}

// show returns a value to be read by people.
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
