package sqlstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// live is a table as the database has it.
type live struct {
	schema, name string // as the database spells them
	view         bool
	columns      []liveColumn
	indexes      []uniqueIndex
	// unique are the columns of each index that holds for all rows of a relation, without those of
	// Where.
	unique   [][]string
	children []string // tables whose rows a query of this one also returns, outside its indexes

	anyIndex  bool   // an upsert replaces a row that any unique index finds, whatever its keys
	keptApart string // the storage engine that has no transactions; "" if the table has them
	triggered bool   // by triggers or rules that are not the library's own
}

// liveColumn is a column as the database has it.
type liveColumn struct {
	name      string
	typ       string // what the database calls it: in lower case, without length and precision
	declared  string // what it was declared as, in SQLite, where typ is the affinity
	shown     string // with length and precision, for errors
	nullable  bool
	filled    bool // the database supplies a value: a default, a sequence or a computation
	unalike   bool // the supplied value is NULL or differs in each row
	computed  bool // the column cannot be written
	collation string
	exact     bool // the collation treats two texts as equal only if all their bytes are
	sorted    bool // the collation orders texts by their bytes
	length    int  // the most characters or bytes; 0 means no limit
	precision int  // the digits of a second
	scale     int  // the digits of a decimal number after its point, or anyScale
	unsigned  bool
	cast      string // the type that an array of its values is cast to
	viaText   bool   // values travel as texts, and are cast one by one
}

// checkTables compares mappings with the live tables and records what does not fit.
func checkTables(ctx context.Context, db querier, e engine, mappings []*mapping, readOnly bool) error {
	for _, m := range mappings {
		if err := m.check(ctx, db, e, readOnly); err != nil {
			return err
		}
	}
	checkPlaces(mappings)
	return nil
}

// check compares a mapping with the live table and records what does not fit in misfit.
func (m *mapping) check(ctx context.Context, db querier, e engine, readOnly bool) error {
	if m.misfit = m.checkLengths(e); m.misfit != nil {
		return nil
	}
	found, err := e.describe(ctx, db, m.Schema, m.Name)
	if err != nil {
		return err
	}
	if found == nil {
		m.misfit = m.noTable()
		return nil
	}
	m.schema, m.name = found.schema, found.name
	settled := m.settle(e, found)
	m.choose(found)
	m.unique = found.isUnique(m.pair())
	m.triggered = found.triggered
	errs := []error{settled, m.checkPairs(e, found, readOnly)}
	for i := range m.columns {
		errs = append(errs, m.checkColumn(e, &m.columns[i], found, readOnly))
	}
	errs = append(errs, m.checkTimes())
	if !readOnly {
		errs = append(errs, m.checkOtherUnique(found), m.checkOthers(found), m.checkTransactions(found))
	}
	m.misfit = errors.Join(errs...)
	return nil
}

// recheck compares a mapping with its table once more: another program may have made the table anew
// since it was opened, so that its rows are of several owners, or of other types.
func (m *mapping) recheck(ctx context.Context, db querier, e engine, readOnly bool) error {
	again := *m
	again.columns = slices.Clone(m.columns)
	again.Schema = cmp.Or(m.schema, m.Schema)
	if err := again.check(ctx, db, e, readOnly); err != nil {
		return err
	}
	return again.misfit
}

// checkPlaces refuses two relations in one table, however the table was named.
func checkPlaces(mappings []*mapping) {
	users := map[string]*mapping{} // of tables
	for _, m := range mappings {
		if m.misfit != nil {
			continue
		}
		place := m.schema + "." + m.name
		if other := users[place]; other != nil {
			m.misfit = m.tableError("it is table %s of relation %q, too", other, other.Relation)
		}
		users[place] = m
	}
}

func (m *mapping) noTable() error {
	return fmt.Errorf("%w: there is no table %s for relation %q (set Store.Create, or see DDL)", persist.ErrSchema, m, m.Relation)
}

// misfits returns what does not fit, of all tables.
func misfits(mappings []*mapping) error {
	var errs []error
	for _, m := range mappings {
		errs = append(errs, m.misfit)
	}
	return errors.Join(errs...)
}

func (m *mapping) checkColumn(e engine, c *column, found *live, readOnly bool) error {
	at := slices.IndexFunc(found.columns, func(l liveColumn) bool { return l.name == c.Name })
	if at < 0 {
		at = slices.IndexFunc(found.columns, func(l liveColumn) bool { return strings.EqualFold(l.name, c.Name) })
		if at >= 0 {
			return m.columnError(c, fmt.Sprintf("is missing; there is %q", found.columns[at].name))
		}
		return m.columnError(c, fmt.Sprintf("is missing (want %s)", wanted(e, c)))
	}
	c.live = found.columns[at]
	if c.live.computed && !readOnly {
		return m.columnError(c, "is computed by the database and cannot be written: leave it out of the relation, or use Store.ReadOnly")
	}
	c.readOnly = readOnly
	if err := e.fit(c); err != nil {
		return m.columnError(c, err.Error())
	}
	if what := e.inexact(c); what != "" && c.key && !readOnly && !c.isExact() {
		return m.columnError(c, "is a key, and "+what+": the database would find the row of one text by another; to read it, use Store.ReadOnly")
	}
	return nil
}

// isExact reports whether the database treats two values of the relation as equal only if they are.
// That is a matter of the column, and not of the Go type: one with a Valuer can be a text, too. The
// texts of UUIDs and times have one spelling.
func (c *column) isExact() bool {
	switch c.Kind {
	case persist.String, persist.JSON, persist.Driver:
		return c.live.exact
	}
	return true
}

// wanted returns the type that Create would give a column.
func wanted(e engine, c *column) string {
	if t := e.columnType(c); t != "" {
		return t
	}
	return "a type of its values"
}

func (m *mapping) columnError(c *column, what string) error {
	return m.tableError("column %q, of %s values, %s", c.Name, c.Kind, what)
}

// tableError says what is wrong with the table of a mapping.
func (m *mapping) tableError(format string, args ...any) error {
	return fmt.Errorf("%w: table %s of relation %q: %s", persist.ErrSchema, m, m.Relation, fmt.Sprintf(format, args...))
}

// checkPairs refuses a table that can hold several rows of one pair, since an edge is one row.
// A store that writes needs a unique index over the two keys for its upserts. A store that only
// reads needs to know that the rows of several owners do not become the edges of one relation:
//
//   - A view is what its author says it is.
//   - A unique index over one key or both rules a second row out.
//   - So does a table that has nothing to tell two rows of a pair apart.
func (m *mapping) checkPairs(e engine, found *live, readOnly bool) error {
	pair := m.pair()
	switch {
	case len(found.children) > 0:
		return m.tableError("the tables %q inherit from it, and no index covers the rows of all: "+
			"give one of them, or open a view with Store.ReadOnly", found.children)
	case !readOnly && m.unique:
		return nil
	case readOnly && (found.view || found.isUniqueWithin(pair) || m.toldApart(found) == ""):
		return nil
	}
	return m.tableError("want a primary key or a unique index over (%s), have %s. %s",
		strings.Join(pair, ", "), m.otherIndex(found), m.wayOut(e, found))
}

// pair returns the names of the two key columns.
func (m *mapping) pair() []string { return []string{m.columns[0].Name, m.columns[1].Name} }

// isUnique reports whether a unique index has these columns and no others.
func (t *live) isUnique(columns []string) bool {
	return slices.ContainsFunc(t.unique, func(index []string) bool {
		return len(index) == len(columns) && isSubset(index, columns)
	})
}

// isUniqueWithin reports whether a unique index has no columns but these.
func (t *live) isUniqueWithin(columns []string) bool {
	return slices.ContainsFunc(t.unique, func(index []string) bool { return isSubset(index, columns) })
}

func isSubset(some, all []string) bool {
	return !slices.ContainsFunc(some, func(name string) bool { return !slices.Contains(all, name) })
}

// toldApart returns by what the table tells apart two rows that are one edge to the relation, and
// "" if it has nothing to do so. That is a column which is part of a unique index with both keys,
// or which the relation does not know, as a tenant's number. A row number of the table's own is
// none.
func (m *mapping) toldApart(found *live) string {
	pair := m.pair()
	for _, index := range found.unique {
		if isSubset(pair, index) {
			return showColumn(index[slices.IndexFunc(index, func(name string) bool { return !slices.Contains(pair, name) })])
		}
	}
	for _, l := range found.columns {
		if !m.has(l.name) && !has(m.where, l.name) && !found.isUnique([]string{l.name}) {
			return showColumn(l.name)
		}
	}
	return ""
}

// showColumn returns a column of an index as an error names it. An expression has no name.
func showColumn(name string) string {
	if name == "" {
		return "an expression"
	}
	return fmt.Sprintf("column %q", name)
}

// has reports whether a column is one of the relation's.
func (m *mapping) has(name string) bool {
	return slices.ContainsFunc(m.columns, func(c column) bool { return c.Name == name })
}

// otherIndex says which unique index a table has in place of the one over the pair.
func (m *mapping) otherIndex(found *live) string {
	for _, index := range found.unique {
		if isSubset(m.pair(), index) {
			return "one over " + strings.Join(eachOf(index, showColumn), ", ") + ": there may be several rows of one pair"
		}
	}
	return "none"
}

// wayOut says how a table can be opened that can hold several rows of one pair.
func (m *mapping) wayOut(e engine, found *live) string {
	apart := m.toldApart(found)
	switch {
	case found.view:
		return "A view can be opened with Store.ReadOnly"
	case apart == "":
		return "To write, run " + m.uniqueIndex(e) + "; to read, set Store.ReadOnly"
	}
	return fmt.Sprintf("If a pair has one row, run %s; if %s tells its rows apart, say in Table.Where which are the relation's, or "+
		"open a view of the rows that belong together with Store.ReadOnly", m.uniqueIndex(e), apart)
}

// uniqueIndex returns the statement that makes the index which is missing.
func (m *mapping) uniqueIndex(e engine) string {
	return e.uniqueIndex(m, strings.Join(quotedColumns(e, m.columns[:2]), ", "))
}

// checkOtherUnique finds unique indexes by which an upsert could replace a row of other keys.
func (m *mapping) checkOtherUnique(found *live) error {
	var errs []error
	for _, index := range found.unique {
		if !found.anyIndex || isSubset(m.pair(), index) || m.isUnalike(found, index) {
			continue
		}
		if m.isMade(index) {
			m.looks = true
			continue
		}
		errs = append(errs, m.tableError("want no unique index beside the one of the keys, have one over (%s): "+
			"the database would take a row that it finds there for the one to change", strings.Join(index, ", ")))
	}
	return errors.Join(errs...)
}

// isUnalike reports whether no two rows can have the same values in an index, since the database
// supplies one of them.
func (m *mapping) isUnalike(found *live, index []string) bool {
	return slices.ContainsFunc(found.columns, func(l liveColumn) bool {
		return l.unalike && slices.Contains(index, l.name) && !m.has(l.name)
	})
}

// isMade reports whether the store gives a column of an index a value that should differ in each
// row.
func (m *mapping) isMade(index []string) bool {
	return slices.ContainsFunc(m.onInsert, func(s setting) bool { return !s.constant && slices.Contains(index, s.column) })
}

// checkTransactions refuses a table in which half of a commit could stay.
func (m *mapping) checkTransactions(found *live) error {
	if found.keptApart == "" {
		return nil
	}
	return m.tableError("want a table with transactions (ENGINE InnoDB), have one of %s", found.keptApart)
}

// checkOthers finds columns for which an inserted row would have no value.
func (m *mapping) checkOthers(found *live) error {
	var errs []error
	for _, l := range found.columns {
		if l.nullable || l.filled || m.has(l.name) || has(m.onInsert, l.name) {
			continue
		}
		errs = append(errs, m.tableError("column %q is NOT NULL and has no default, and no part of the through value fills it: give it a value in Table.OnInsert", l.name))
	}
	return errors.Join(errs...)
}

// eachOf returns what a function makes of each text.
func eachOf(texts []string, of func(string) string) []string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = of(text)
	}
	return list
}

// misfitType says which types a column may have.
func misfitType(c *column, types []string) error {
	return fmt.Errorf("want %s, have %s", strings.Join(types, " or "), c.live.shown)
}
