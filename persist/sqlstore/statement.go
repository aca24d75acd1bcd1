package sqlstore

import (
	"context"
	"slices"
	"strings"
)

// insertion returns the statement that inserts a number of rows into a table, without what is to be
// done where a row is there.
func (m *mapping) insertion(e engine, table string, rows int) string {
	var text strings.Builder
	text.WriteString("INSERT INTO " + table + " (" + strings.Join(m.insertedColumns(e), ", ") + ") VALUES ")
	n := 0
	for i := range rows {
		text.WriteString(separator(i, "(", ", ("))
		for j := range m.insertedPlaces() {
			n++
			text.WriteString(separator(j, "", ", ") + e.placeholder(n))
		}
		text.WriteString(m.insertedTexts() + ")")
	}
	return text.String()
}

// insertedPlaces returns where in a row the values are that an INSERT binds.
func (m *mapping) insertedPlaces() []int { return append(m.all(), places(m.onInsert)...) }

// insertedColumns returns the columns of an INSERT: first those whose values it binds, and then
// those of insertedTexts.
func (m *mapping) insertedColumns(e engine) (names []string) {
	for _, place := range m.insertedPlaces() {
		names = append(names, e.quote(m.column(place).Name))
	}
	for _, s := range m.onInsert {
		if s.call == nil {
			names = append(names, e.quote(s.column))
		}
	}
	return names
}

// insertedTexts returns the expressions of an INSERT, each behind a comma.
func (m *mapping) insertedTexts() (text string) {
	for _, s := range m.onInsert {
		if s.call == nil {
			text += ", " + s.text
		}
	}
	return text
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

// onConflict returns what PostgreSQL and SQLite do where a row is there: they set what overwrites
// returns, if the row is the relation's, and leave other columns alone.
func (m *mapping) onConflict(e engine) string {
	var target []string
	for _, name := range m.target.columns {
		target = append(target, e.quote(name))
	}
	text := " ON CONFLICT (" + strings.Join(target, ", ") + ")"
	if m.target.where != "" {
		text += " WHERE " + m.target.where
	}
	sets := m.overwrites(e, func(name string) string { return "excluded." + name })
	if len(sets) == 0 {
		return text + " DO NOTHING"
	}
	for i, set := range sets {
		text += separator(i, " DO UPDATE SET ", ", ") + set.name + " = " + set.text
	}
	if mine := m.overwritten(e, "t."); mine != "" {
		text += " WHERE " + mine
	}
	return text
}

// assignment is a column of a statement, and the expression that it is set to.
type assignment struct{ name, text string }

// overwrites returns what is set in a row that is there where one is inserted: the columns of the
// relation but not a primary key, those of OnUpdate, and what a row lost when it was removed. The
// function returns the value of a column that was to be inserted. It is nothing if the row is as it
// should be.
func (m *mapping) overwrites(e engine, inserted func(name string) string) (sets []assignment) {
	if len(m.columns) == 2 && len(m.revived) == 0 {
		return nil
	}
	for _, place := range m.others() {
		if c := m.columns[place]; !c.identity {
			sets = append(sets, assignment{e.quote(c.Name), inserted(e.quote(c.Name))})
		}
	}
	for _, s := range m.onUpdate {
		text := s.text
		if _, is := e.(postgres); is { // where a column alone would be that of two rows
			text = "(SELECT " + text + " FROM (SELECT t.*) AS mine)"
		}
		if s.call != nil {
			text = inserted(e.quote(s.column))
		}
		sets = append(sets, assignment{e.quote(s.column), text})
	}
	for _, s := range m.revived {
		sets = append(sets, assignment{e.quote(s.column), s.text})
	}
	return sets
}

// overwritten returns the condition of rows that overwrites is for, "" if it is for all.
func (m *mapping) overwritten(e engine, table string) string {
	text := allOf(e, m.guards, table)
	if len(m.columns) > 2 || len(m.revived) == 0 {
		return text
	}
	if text != "" {
		text += " AND "
	}
	return text + "NOT (" + allOf(e, m.revived, table) + ")"
}

// updating returns the statement that sets some columns of one row: their values come first,
// those of functions next, and then the key.
func (m *mapping) updating(e engine, columns []int, settings []setting) string {
	text := "UPDATE " + m.quoted(e)
	bound := append(slices.Clone(columns), places(settings)...)
	for i, place := range bound {
		text += separator(i, " SET ", ", ") + e.quote(m.column(place).Name) + " = " + e.placeholder(i+1)
	}
	n := len(bound)
	for _, s := range settings {
		if s.call == nil {
			text += separator(n, " SET ", ", ") + e.quote(s.column) + " = " + s.text
			n++
		}
	}
	return text + m.byKey(e, len(bound))
}

// deletion returns the statement that removes one row.
func (m *mapping) deletion(e engine) string {
	if len(m.onDelete) > 0 {
		return m.updating(e, nil, m.onDelete)
	}
	return "DELETE FROM " + m.quoted(e) + m.byKey(e, 0)
}

// presence returns the query that has a row if the table has one of a key.
func (m *mapping) presence(e engine) string {
	return "SELECT 1 FROM " + m.quoted(e) + m.byKey(e, 0) + e.lock()
}

// byKey returns the condition of one row. Its arguments are those of keyPlaces, and come after some
// others.
func (m *mapping) byKey(e engine, others int) string {
	names := quotedColumns(e, m.columns[:2])
	return " WHERE " + names[0] + " = " + e.placeholder(others+1) + " AND " + names[1] + " = " + e.placeholder(others+2) +
		m.sameBytes(e, func(i int) (x, y string) {
			others++
			return names[i], e.placeholder(others + 2)
		}) + m.inScope(e, "")
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

// describeIndexes adds the unique indexes of a table, by a query with a row for each of their
// columns, one index after the other: the name of the index, whether it is the primary key,
// whether two NULLs are one value, its condition, and the column.
func describeIndexes(ctx context.Context, db querier, t *live, query string, args ...any) error {
	var last string
	return collect(ctx, db, func(scan func(...any) error) error {
		var name, column string
		var index uniqueIndex
		if err := scan(&name, &index.primary, &index.nullsEqual, &index.where, &column); err != nil {
			return err
		}
		if name != last || len(t.indexes) == 0 {
			t.indexes = append(t.indexes, index)
			last = name
		}
		this := &t.indexes[len(t.indexes)-1]
		this.columns = append(this.columns, column)
		return nil
	}, query, args...)
}

// hasRows reports whether a table has rows.
func hasRows(ctx context.Context, db querier, quoted string) (some bool, err error) {
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+quoted+")").Scan(&some)
	return some, err
}
