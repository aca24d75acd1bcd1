package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// Create makes the tables of declared relations that do not exist: with the primary key (left,
// right), an index (right, left) for questions that others ask in SQL, and the foreign keys of
// Table.LeftOf and Table.RightOf; and the meta tables. It leaves tables that exist as they are.
// The schema is that of Graph.Schema.
//
// A column gets the type that holds all its values. Text that is a key is a string of up to 255
// characters in MySQL and MariaDB, compared by its bytes. For columns of types with a Valuer and
// Scanner give one in Table.Types; without, the error is persist.ErrSchema.
func Create(ctx context.Context, db *sql.DB, dialect Dialect, schema *persist.Schema, tables ...Table) error {
	mappings, err := mappings(schema, tables)
	if err != nil {
		return err
	}
	e, err := resolve(ctx, db, dialect)
	if err != nil {
		return err
	}
	return create(ctx, db, e, mappings)
}

// DDL returns the statements that Create would run where none of the tables exists, for a migration
// tool: each ends with a semicolon and a newline. The dialect must be given.
func DDL(dialect Dialect, schema *persist.Schema, tables ...Table) (string, error) {
	mappings, err := mappings(schema, tables)
	if err != nil {
		return "", err
	}
	e, err := engineOf(dialect)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, m := range mappings {
		statements, err := m.createStatements(e)
		if err != nil {
			return "", err
		}
		for _, statement := range statements {
			text.WriteString(statement + ";\n")
		}
	}
	for _, m := range metasOf(e, mappings) {
		text.WriteString(m.creation() + ";\n")
	}
	return text.String(), nil
}

func create(ctx context.Context, db *sql.DB, e engine, mappings []*mapping) error {
	if err := checkShared(e, mappings); err != nil {
		return err
	}
	for _, m := range mappings {
		if err := patiently(ctx, func() error { return m.create(ctx, db, e) }); err != nil {
			return err
		}
	}
	for _, m := range mappings {
		if err := m.locate(ctx, db, e); err != nil {
			return err
		}
	}
	for _, m := range metasOf(e, mappings) {
		if err := m.make(ctx, db, nil); err != nil {
			return err
		}
	}
	return nil
}

// mostLooks is how often patiently tries.
const mostLooks = 5

// patiently tries what other processes may do at the same moment. One that is not the first may be
// refused then, and once more because of a third one, and finds it done when it looks again.
func patiently(ctx context.Context, do func() error) error {
	return repeat(ctx, mostLooks, do, func(err error) bool { return !errors.Is(err, persist.ErrSchema) })
}

// create makes the table if there is none.
func (m *mapping) create(ctx context.Context, db *sql.DB, e engine) error {
	if err := m.checkLengths(e); err != nil {
		return err
	}
	if found, err := e.describe(ctx, db, m.Schema, m.Name); err != nil || found != nil {
		return err
	}
	statements, err := m.createStatements(e)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit, or of no use
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("junction: table %s could not be made: %w", m, err)
		}
	}
	return tx.Commit()
}

func (m *mapping) createStatements(e engine) ([]string, error) {
	errs := []error{m.checkLengths(e)}
	if len(m.Where)+len(m.OnInsert)+len(m.OnUpdate)+len(m.OnDelete) > 0 {
		errs = append(errs, m.tableError("a table with columns that the relation does not have (Where, OnInsert, OnUpdate, OnDelete) is not made here: make it by a migration"))
	}
	for i := range m.columns {
		c := &m.columns[i]
		if m.Types[c.Name] == "" && e.columnType(c) == "" {
			errs = append(errs, m.columnError(c, "has no type that holds all its values: give one in Table.Types"))
		}
	}
	left, right := e.quote(m.columns[0].Name), e.quote(m.columns[1].Name)
	line, statement := e.index(m, right+", "+left)
	lines := columnLines(e, m.columns, m.Types) + ",\n  PRIMARY KEY (" + left + ", " + right + ")" + line +
		foreignKey(e, left, m.LeftOf) + foreignKey(e, right, m.RightOf)
	statements := []string{"CREATE TABLE " + m.quoted(e) + " (\n" + lines + "\n)" + e.tableOptions()}
	if statement != "" {
		statements = append(statements, statement)
	}
	return statements, errors.Join(errs...)
}

// columnLines returns the definitions of columns, whose types are the given ones or derived.
func columnLines(e engine, columns []column, types map[string]string) string {
	var lines []string
	for i := range columns {
		c := &columns[i]
		typ := types[c.Name]
		if typ == "" {
			typ = e.columnType(c)
		}
		if !c.Nullable || c.key {
			typ += " NOT NULL"
		}
		lines = append(lines, "  "+e.quote(c.Name)+" "+typ)
	}
	return strings.Join(lines, ",\n")
}

func foreignKey(e engine, column string, to Reference) string {
	if to.Table == "" {
		return ""
	}
	text := ",\n  FOREIGN KEY (" + column + ") REFERENCES " + quoteTable(e, to.Schema, to.Table) + " (" + e.quote(to.Column) + ")"
	if to.Cascade {
		text += " ON DELETE CASCADE"
	}
	return text
}
