package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// metaTable is the name of the table that has a row for each table of a relation: its fence, and
// a record of the relations that programs keep in it. There is one in each schema that has such
// tables.
const metaTable = "junction_meta"

// metaColumns are the columns of a meta table. The first is the key of a table; before there was a
// row for each table, it was the name of a graph.
var metaColumns = []column{
	{Column: persist.Column{Name: "graph", Kind: persist.String}, key: true},
	{Column: persist.Column{Name: "revision", Kind: persist.Int64}},
	{Column: persist.Column{Name: "epoch", Kind: persist.Int64}},
	{Column: persist.Column{Name: "commit_id", Kind: persist.String}, key: true}, // no key, but as short
	{Column: persist.Column{Name: "record", Kind: persist.String}},
}

// meta is a meta table, and the mappings whose rows are in it.
type meta struct {
	engine   engine
	schema   string // "" as long as nobody has asked the database for it
	limit    string // a condition that limits for how long the transaction waits for locks, or ""
	mappings []*mapping
}

// metasOf returns the meta tables of some mappings, in the order of their schemas, each with its
// mappings in the order of their keys. Whoever locks rows locks them in this order.
func metasOf(e engine, mappings []*mapping) (metas []*meta) {
	bySchema := map[string]*meta{}
	for _, m := range mappings {
		schema := m.metaSchema()
		if bySchema[schema] == nil {
			bySchema[schema] = &meta{engine: e, schema: schema}
			metas = append(metas, bySchema[schema])
		}
		bySchema[schema].mappings = append(bySchema[schema].mappings, m)
	}
	for _, m := range metas {
		slices.SortFunc(m.mappings, func(x, y *mapping) int { return cmp.Compare(x.fenceKey(), y.fenceKey()) })
	}
	slices.SortFunc(metas, func(x, y *meta) int { return cmp.Compare(x.schema, y.schema) })
	return metas
}

// metaSchema returns the schema of the table's meta table: the given one, or that of the table.
func (m *mapping) metaSchema() string { return cmp.Or(m.MetaSchema, m.schema, m.Schema) }

// fenceKey returns the key of the table's row in its meta table. It has no schema where the meta
// table is in the same one, since SQLite's schemas have the names that a connection gives them.
func (m *mapping) fenceKey() string {
	schema, name := cmp.Or(m.schema, m.Schema), cmp.Or(m.name, m.Name)
	if m.metaSchema() == schema {
		return "table:" + name
	}
	return "table:" + schema + "." + name
}

// quoted returns the name of the meta table for a statement.
func (m *meta) quoted() string {
	if m.schema == "" {
		return metaTable
	}
	return m.engine.quote(m.schema) + "." + metaTable
}

// statement returns a statement on the meta table: with its placeholders in place of each "?", and
// with the table's full name. The given one must have no other names of the caller's.
func (m *meta) statement(text string) string {
	return strings.Replace(arguments(m.engine, text), metaTable, m.quoted(), 1)
}

// arguments returns a statement with its placeholders: each "?" is the next one.
func arguments(e engine, statement string) string {
	var text []byte
	n := 0
	for i := range len(statement) {
		if statement[i] != '?' {
			text = append(text, statement[i])
			continue
		}
		n++
		text = append(text, e.placeholder(n)...)
	}
	return string(text)
}

// creation returns the statement that makes the meta table.
func (m *meta) creation() string {
	return "CREATE TABLE IF NOT EXISTS " + m.quoted() + " (\n" + columnLines(m.engine, metaColumns, nil) +
		",\n  PRIMARY KEY (" + m.engine.quote("graph") + ")\n)" + m.engine.tableOptions()
}

// make makes the meta table if there is none, unless something is wrong with the tables. Where
// there is one, the right to make it is not needed.
func (m *meta) make(ctx context.Context, db querier, wrong error) error {
	return patiently(ctx, func() error {
		found, err := m.engine.describe(ctx, db, m.schema, metaTable)
		switch {
		case err != nil || found != nil:
			return err
		case wrong != nil:
			return wrong
		}
		if _, err := db.ExecContext(ctx, m.creation()); err != nil {
			return fmt.Errorf("junction: the meta table %s could not be made (DDL returns its statement, Table.MetaSchema says "+
				"where it is to be, and a graph opened with Store.ReadOnly needs none): %w", m.quoted(), err)
		}
		return nil
	})
}

// isReadable reports whether there is a meta table that this user may read.
func (m *meta) isReadable(ctx context.Context, db querier) bool {
	found, err := m.engine.describe(ctx, db, m.schema, metaTable)
	if err != nil || found == nil {
		return false
	}
	rows, err := db.QueryContext(ctx, m.statement("SELECT revision FROM "+metaTable+" WHERE graph = ?"), "")
	if err != nil {
		return false
	}
	return rows.Close() == nil
}
