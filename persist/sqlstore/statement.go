package sqlstore

import (
	"context"
	"database/sql/driver"
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

// putEach puts one row after the other by a prepared statement.
func (d *diff) putEach(ctx context.Context, tx *writeTx, upsert string) error {
	return tx.execEach(ctx, upsert, d.puts, len(d.columns), d.put)
}

// removeEach deletes one row after the other by a prepared statement.
func (d *diff) removeEach(ctx context.Context, tx *writeTx, e engine) error {
	return tx.execEach(ctx, d.deletion(e), d.gone, 2, d.key)
}

// directRows is the number of rows from which on it is worth preparing a statement anew to run it without database/sql.
const directRows = 16

// execEach runs a statement that was prepared, for each of some rows, with so many values of each.
func (w *writeTx) execEach(ctx context.Context, text string, rows []int, width int, values func(at int) []any) error {
	if len(rows) >= directRows {
		if done, err := w.execDirect(ctx, text, rows, width, values); done {
			return err
		}
	}
	stmt := w.statement(ctx, text)
	for _, at := range rows {
		if _, err := stmt.ExecContext(ctx, values(at)...); err != nil {
			return err
		}
	}
	return nil
}

// execDirect is execEach by the driver's own interface, if the driver takes values as they are. For each call, database/sql looks again at
// the context, the transaction, the connection and the types of the arguments: a tenth of the time that SQLite takes for a row.
func (w *writeTx) execDirect(ctx context.Context, text string, rows []int, width int, values func(at int) []any) (done bool, err error) {
	err = w.conn.Raw(func(c any) error {
		preparer, ok := c.(driver.ConnPrepareContext)
		if _, converts := c.(driver.NamedValueChecker); !ok || converts {
			return nil
		}
		stmt, err := preparer.PrepareContext(ctx, text)
		if err != nil {
			done = true
			return err
		}
		defer stmt.Close()
		direct, ok := stmt.(driver.StmtExecContext)
		if !ok {
			return nil
		}
		done = true
		args := make([]driver.NamedValue, width)
		for _, at := range rows {
			for i, v := range values(at) {
				args[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
			}
			if _, err := direct.ExecContext(ctx, args); err != nil {
				return err
			}
		}
		return nil
	})
	return done, err
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
