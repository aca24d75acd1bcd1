package sqlstore

import (
	"context"
	"strings"
)

// insertion returns the statement that inserts so many rows into a table, without what is to be done where a row is there.
func (m *mapping) insertion(e engine, table string, rows int) string {
	var text strings.Builder
	text.WriteString("INSERT INTO " + table + " (" + strings.Join(quotedColumns(e, m.columns), ", ") + ") VALUES ")
	n := 0
	for i := range rows {
		if i > 0 {
			text.WriteString(", ")
		}
		for j := range m.columns {
			n++
			text.WriteString(separator(j, "(", ", ") + e.placeholder(n))
		}
		text.WriteString(")")
	}
	return text.String()
}

func separator(i int, first, other string) string {
	if i == 0 {
		return first
	}
	return other
}

// unexcluded returns the table's name for a statement with onConflict: a table may be called excluded.
func (m *mapping) unexcluded(e engine) string { return m.quoted(e) + " AS t" }

// onConflict returns what PostgreSQL and SQLite do where a row is there: the columns of the relation are set, and others left alone.
func (m *mapping) onConflict(e engine) string {
	text := " ON CONFLICT (" + strings.Join(quotedColumns(e, m.columns[:2]), ", ") + ") DO "
	if len(m.columns) == 2 {
		return text + "NOTHING"
	}
	for i, name := range quotedColumns(e, m.columns[2:]) {
		text += separator(i, "UPDATE SET ", ", ") + name + " = excluded." + name
	}
	return text
}

// deletion returns the statement that deletes one row.
func (m *mapping) deletion(e engine) string {
	names := quotedColumns(e, m.columns[:2])
	return "DELETE FROM " + m.quoted(e) + " WHERE " + names[0] + " = " + e.placeholder(1) + " AND " + names[1] + " = " + e.placeholder(2)
}

// removeEach deletes one row after the other by a prepared statement.
func (d *diff) removeEach(ctx context.Context, tx *writeTx, e engine) error {
	stmt := tx.statement(ctx, d.deletion(e))
	for _, at := range d.gone {
		if _, err := stmt.ExecContext(ctx, d.key(at)...); err != nil {
			return err
		}
	}
	return nil
}

// collect runs a query and a function for each row.
func collect(ctx context.Context, db querier, each func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := each(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// describeIndexes adds the unique indexes of a table, by a query of the name of each and of its columns, one after the other.
func describeIndexes(ctx context.Context, db querier, t *live, query string, args ...any) error {
	var last string
	return collect(ctx, db, func(scan func(...any) error) error {
		var index string
		var column string
		if err := scan(&index, &column); err != nil {
			return err
		}
		if index != last || len(t.unique) == 0 {
			t.unique = append(t.unique, nil)
			last = index
		}
		t.unique[len(t.unique)-1] = append(t.unique[len(t.unique)-1], column)
		return nil
	}, query, args...)
}

// hasRows reports whether a table has rows.
func hasRows(ctx context.Context, db querier, quoted string) (some bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+quoted+")").Scan(&some)
	return some, err
}
