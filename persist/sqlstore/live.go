package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// live is a table as the database has it.
type live struct {
	columns []liveColumn
	unique  [][]string // the columns of each unique index that holds for all rows

	anyIndex  bool   // a row that is put replaces the one that any of the unique indexes finds, whatever the keys of that
	keptApart string // by what it is kept that knows no transactions; "" if it does
}

// liveColumn is a column as the database has it.
type liveColumn struct {
	name      string
	typ       string // in lower case, without length and precision: what the database calls it
	shown     string // as people write it, with length and precision
	nullable  bool
	filled    bool // the database gives it a value by itself: a default, a sequence, a computation
	unalike   bool // and that is never the same for two rows, or NULL
	computed  bool // and takes none
	collation string
	exact     bool // two texts are equal to the collation only if all their bytes are
	sorted    bool // and it orders them by their bytes
	length    int  // most characters, or bytes; 0 if that is not limited
	precision int  // digits of a second
	unsigned  bool
	cast      string // what an array of its values is cast to
}

// check compares a mapping with the table as it is, and notes what is wrong in misfit.
func (m *mapping) check(ctx context.Context, db querier, e engine, readOnly bool) error {
	if m.misfit = m.checkLengths(e); m.misfit != nil {
		return nil
	}
	found, err := e.describe(ctx, db, m.Schema, m.Name)
	if err != nil {
		return err
	}
	if found == nil {
		m.misfit = fmt.Errorf("%w: there is no table %s for relation %q (set Store.Create, or see DDL)", persist.ErrSchema, m, m.Relation)
		return nil
	}
	var errs []error
	for i := range m.columns {
		errs = append(errs, m.checkColumn(e, &m.columns[i], found, readOnly))
	}
	if !readOnly {
		errs = append(errs, m.checkUnique(found), m.checkOtherUnique(found), m.checkOthers(found), m.checkTransactions(found))
	}
	m.misfit = errors.Join(errs...)
	return nil
}

// misfits returns what is wrong with the tables.
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
	if c.key && c.live.nullable && !readOnly { // of the columns of a view, databases do not say that they are not
		return m.columnError(c, "is a key and can be NULL: want "+c.live.shown+" NOT NULL")
	}
	if c.live.computed && !readOnly {
		return m.columnError(c, "is computed by the database and cannot be written: leave it out of the relation, or use Store.ReadOnly")
	}
	if err := e.fit(c); err != nil {
		return m.columnError(c, err.Error())
	}
	return nil
}

// wanted returns the type that a column of this kind would be made with.
func wanted(e engine, c *column) string {
	if t := e.columnType(c); t != "" {
		return t
	}
	return "a type of its values"
}

func (m *mapping) columnError(c *column, what string) error {
	return fmt.Errorf("%w: table %s of relation %q: column %q, of %s values, %s", persist.ErrSchema, m, m.Relation, c.Name, c.Kind, what)
}

// checkUnique makes sure that the database holds a pair at most once: a row that is put replaces that of its key.
func (m *mapping) checkUnique(found *live) error {
	left, right := m.columns[0].Name, m.columns[1].Name
	for _, index := range found.unique {
		if len(index) == 2 && slices.Contains(index, left) && slices.Contains(index, right) {
			return nil
		}
	}
	return fmt.Errorf("%w: table %s of relation %q: want a primary key or a unique index over (%s, %s), have none", persist.ErrSchema, m, m.Relation, left, right)
}

// checkOtherUnique finds unique indexes by which a row that is put could replace one of other keys.
func (m *mapping) checkOtherUnique(found *live) error {
	var errs []error
	for _, index := range found.unique {
		if !found.anyIndex || slices.Contains(index, m.columns[0].Name) && slices.Contains(index, m.columns[1].Name) || m.isUnalike(found, index) {
			continue
		}
		errs = append(errs, fmt.Errorf("%w: table %s of relation %q: want no unique index beside the one of the keys, have one over (%s): the database would take a row that it finds there for the one to change",
			persist.ErrSchema, m, m.Relation, strings.Join(index, ", ")))
	}
	return errors.Join(errs...)
}

// isUnalike reports whether two rows can never have the same values in an index, since the database gives one of them.
func (m *mapping) isUnalike(found *live, index []string) bool {
	return slices.ContainsFunc(found.columns, func(l liveColumn) bool {
		return l.unalike && slices.Contains(index, l.name) && !slices.ContainsFunc(m.columns, func(c column) bool { return c.Name == l.name })
	})
}

// checkTransactions refuses a table in which half of a commit could stay.
func (m *mapping) checkTransactions(found *live) error {
	if found.keptApart == "" {
		return nil
	}
	return fmt.Errorf("%w: table %s of relation %q: want a table with transactions (ENGINE InnoDB), have one of %s", persist.ErrSchema, m, m.Relation, found.keptApart)
}

// checkOthers finds columns that no row which is put would have a value for.
func (m *mapping) checkOthers(found *live) error {
	var errs []error
	for _, l := range found.columns {
		if l.nullable || l.filled || slices.ContainsFunc(m.columns, func(c column) bool { return c.Name == l.name }) {
			continue
		}
		errs = append(errs, fmt.Errorf("%w: table %s of relation %q: column %q is NOT NULL, has no default, and no part of the through value fills it", persist.ErrSchema, m, m.Relation, l.name))
	}
	return errors.Join(errs...)
}

// misfitType says which types a column may have.
func misfitType(c *column, types []string) error {
	return fmt.Errorf("want %s, have %s", strings.Join(types, " or "), c.live.shown)
}
