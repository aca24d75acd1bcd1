package sqlstore

import (
	"context"
	"strings"
)

// insertion returns the statement that inserts a number of rows into a table, without what is to be
// done where a row is there.
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

// unexcluded returns the table's name for a statement with onConflict: a table may be called
// excluded.
func (m *mapping) unexcluded(e engine) string { return m.quoted(e) + " AS t" }

// onConflict returns what PostgreSQL and SQLite do where a row is there: they set the columns of
// the relation, and leave others alone.
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

// updating returns the statement that sets some columns of one row: their values come first, and
// then the key.
func (m *mapping) updating(e engine, columns []int) string {
	text := "UPDATE " + m.quoted(e)
	for i, place := range columns {
		text += separator(i, " SET ", ", ") + e.quote(m.columns[place].Name) + " = " + e.placeholder(i+1)
	}
	return text + m.byKey(e, len(columns))
}

// deletion returns the statement that deletes one row.
func (m *mapping) deletion(e engine) string { return "DELETE FROM " + m.quoted(e) + m.byKey(e, 0) }

// presence returns the query that has a row if the table has one of a key.
func (m *mapping) presence(e engine) string {
	return "SELECT 1 FROM " + m.quoted(e) + m.byKey(e, 0) + e.lock()
}

// byKey returns the condition of one row. The key's arguments come after some others.
func (m *mapping) byKey(e engine, others int) string {
	names := quotedColumns(e, m.columns[:2])
	return " WHERE " + names[0] + " = " + e.placeholder(others+1) + " AND " + names[1] + " = " + e.placeholder(others+2)
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

// describeIndexes adds the unique indexes of a table, by a query of the name of each and of its
// columns, one after the other.
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
