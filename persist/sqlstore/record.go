package sqlstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/persist"
)

// The formats of a record. Format 1 has a row for each graph, which lists its tables; format 2
// has a row for each table. Rows of format 1 are replaced as programs open their tables.
const (
	graphFormat  = 1
	recordFormat = 2
)

// record is what a row of the meta table holds besides the fence, in JSON.
type record struct {
	Format int `json:"format"`

	// Of a table.
	Schema string                      `json:"schema,omitempty"` // if it is not that of the meta table
	Table  string                      `json:"table,omitempty"`
	Graphs map[string]persist.Relation `json:"graphs,omitempty"` // what each graph keeps in it

	// Of a graph, in format 1.
	Tables []recordTable `json:"tables,omitempty"`
}

type recordTable struct {
	Schema   string           `json:"schema,omitempty"`
	Name     string           `json:"name"`
	Relation persist.Relation `json:"relation"`
}

func (r *record) text() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and bools have JSON
	}
	return string(text)
}

// metaRow is a row of a meta table.
type metaRow struct {
	meta *meta
	key  string
	fence
	record
}

func (r *metaRow) parse(text string) error {
	if err := json.Unmarshal([]byte(text), &r.record); err != nil {
		return fmt.Errorf("%w: the record %q in %s: %w", persist.ErrDamaged, r.key, r.meta.quoted(), err)
	}
	if r.Format != recordFormat && r.Format != graphFormat {
		return fmt.Errorf("%w: the record %q in %s has format %d, and this version of the library knows %d",
			persist.ErrVersion, r.key, r.meta.quoted(), r.Format, recordFormat)
	}
	return nil
}

// claim is the opening of a graph to write: each of its tables gets a row in its meta table, or the
// row gets a record of the graph. If it fails, the transaction has changed nothing.
type claim struct {
	graph    string
	engine   engine
	metas    []*meta
	mappings []*mapping
	first    *meta // the meta table that the connection finds first, if it is none of metas
	takeOver bool
	rows     []*metaRow // of all these meta tables
}

// run returns the fences from which on the graph may write.
func (c *claim) run(ctx context.Context, tx querier) (fences, error) {
	if err := c.readRows(ctx, tx); err != nil {
		return nil, err
	}
	if err := c.checkRecords(ctx, tx); err != nil {
		return nil, err
	}
	if err := misfits(c.mappings); err != nil {
		return nil, err
	}
	for _, m := range c.metas {
		for _, table := range m.mappings {
			if err := c.take(ctx, tx, m, table); err != nil {
				return nil, err
			}
		}
	}
	if err := c.retire(ctx, tx); err != nil {
		return nil, err
	}
	return readFences(ctx, tx, c.metas, len(c.mappings))
}

// revision returns the highest revision of a table in which the graph keeps or has kept a relation.
// Revisions go on when the relation that was written last is not declared any more.
func (c *claim) revision() (highest uint64) {
	for _, row := range c.rows {
		if _, has := row.Graphs[c.graph]; has || row.Format == graphFormat && row.key == c.graph {
			highest = max(highest, row.fence.revision)
		}
	}
	return highest
}

// firstMeta returns the meta table that the connection finds first, if it may be read and is none
// of the given ones: a graph of an earlier version, or one whose tables have moved, is recorded
// there.
func firstMeta(ctx context.Context, db querier, e engine, metas []*meta) (*meta, error) {
	found, err := e.describe(ctx, db, "", metaTable)
	if err != nil || found == nil || slices.ContainsFunc(metas, func(m *meta) bool { return m.schema == found.schema }) {
		return nil, err
	}
	m := &meta{engine: e, schema: found.schema}
	if !m.isReadable(ctx, db) {
		return nil, nil
	}
	return m, nil
}

// readRows reads all rows of the meta tables, and locks those of the graph's own.
func (c *claim) readRows(ctx context.Context, tx querier) (err error) {
	c.rows = nil
	for _, m := range c.metas {
		if err := c.readMeta(ctx, tx, m, m.engine.lock()); err != nil {
			return err
		}
	}
	if c.first != nil {
		return c.readMeta(ctx, tx, c.first, "")
	}
	return nil
}

func (c *claim) readMeta(ctx context.Context, tx querier, m *meta, lock string) error {
	return collect(ctx, tx, func(scan func(...any) error) error {
		row, text := &metaRow{meta: m}, ""
		if err := scan(&row.key, &row.revision, &row.epoch, &row.commit, &text); err != nil {
			return err
		}
		c.rows = append(c.rows, row)
		return row.parse(text)
	}, m.statement("SELECT graph, revision, epoch, commit_id, record FROM "+metaTable+" ORDER BY graph"+lock))
}

// take makes the row of a table, or records the graph in it.
func (c *claim) take(ctx context.Context, tx querier, m *meta, table *mapping) error {
	raise := 0
	if c.takeOver {
		raise = 1
	}
	row := c.rowOf(m, table)
	if row == nil {
		start := c.startOf(table)
		_, err := tx.ExecContext(ctx, m.statement("INSERT INTO "+metaTable+" (graph, revision, epoch, commit_id, record) VALUES (?, ?, ?, ?, ?)"),
			table.fenceKey(), int64(start.revision), start.epoch+1, newCommitID(), c.recordOf(m, table, nil))
		return err
	}
	wanted := c.recordOf(m, table, row)
	if row.text() == wanted && !c.takeOver {
		return nil
	}
	_, err := tx.ExecContext(ctx, m.statement("UPDATE "+metaTable+" SET record = ?, epoch = epoch + ? WHERE graph = ?"), wanted, raise, table.fenceKey())
	return err
}

// rowOf returns the row of a table, nil if it has none.
func (c *claim) rowOf(m *meta, table *mapping) *metaRow {
	for _, row := range c.rows {
		if row.Format == recordFormat && row.meta.schema == m.schema && row.key == table.fenceKey() {
			return row
		}
	}
	return nil
}

// recordOf returns the record of a table in which the graph keeps a relation.
func (c *claim) recordOf(m *meta, table *mapping, row *metaRow) string {
	r := record{Format: recordFormat, Table: table.name, Graphs: map[string]persist.Relation{}}
	if table.schema != m.schema {
		r.Schema = table.schema
	}
	if row != nil {
		for graph, relation := range row.Graphs {
			r.Graphs[graph] = relation
		}
	}
	r.Graphs[c.graph] = *table.declared
	return r.text()
}

// startOf returns the fence with which the row of a table begins: that of a graph that has listed
// the table, or zero.
func (c *claim) startOf(table *mapping) (start fence) {
	for _, row := range c.rows {
		if row.lists(table) && row.revision >= start.revision {
			start = row.fence
		}
	}
	return start
}

// lists reports whether the row of a graph lists a table.
func (r *metaRow) lists(table *mapping) bool {
	return slices.ContainsFunc(r.Tables, func(t recordTable) bool { return r.isThat(t, table) })
}

// isThat reports whether a listed table is that of a mapping. Of a table whose schema the program
// did not give, the row has none; it is where the meta table is.
func (r *metaRow) isThat(t recordTable, table *mapping) bool {
	return t.Name == table.name && (t.Schema == table.schema || t.Schema == "" && r.meta.schema == table.schema)
}

// retire takes the graph's tables out of the rows of format 1. Programs of a version that goes by
// these rows can no longer commit: an empty row is deleted, and another one has its epoch raised.
func (c *claim) retire(ctx context.Context, tx querier) error {
	for _, row := range c.rows {
		rest := slices.DeleteFunc(slices.Clone(row.Tables), func(t recordTable) bool {
			return slices.ContainsFunc(c.mappings, func(table *mapping) bool { return row.isThat(t, table) })
		})
		if len(rest) == len(row.Tables) {
			continue
		}
		text, args := "DELETE FROM "+metaTable+" WHERE graph = ?", []any{row.key}
		if len(rest) > 0 {
			text, args = "UPDATE "+metaTable+" SET epoch = epoch + 1, record = ? WHERE graph = ?", []any{(&record{Format: graphFormat, Tables: rest}).text(), row.key}
		}
		if _, err := tx.ExecContext(ctx, row.meta.statement(text), args...); err != nil {
			return err
		}
	}
	return nil
}

// kept is a relation that a graph has kept in a table.
type kept struct {
	graph, schema, table string
	relation             persist.Relation
}

func (k *kept) String() string { return (&Table{Schema: k.schema, Name: k.table}).String() }

// kepts returns what a row says of relations.
func (r *metaRow) kepts() (all []*kept) {
	for graph, relation := range r.Graphs {
		all = append(all, &kept{graph, r.Schema, r.Table, relation})
	}
	for _, t := range r.Tables {
		all = append(all, &kept{r.key, t.Schema, t.Name, t.Relation})
	}
	for _, k := range all {
		if k.schema == "" {
			k.schema = r.meta.schema
		}
	}
	return all
}

// checkRecords refuses a relation whose rows are in another table, or mean something else. A
// recorded relation that is not declared is none of this program's business: its rows stay where
// they are.
func (c *claim) checkRecords(ctx context.Context, db querier) error {
	var errs []error
	for _, row := range c.rows {
		for _, before := range row.kepts() {
			now := mappingFor(c.mappings, before.relation.Name)
			if now == nil || before.graph != c.graph || now.isAsKept(before) {
				continue
			}
			rows, err := countRows(ctx, db, c.engine, before)
			if err != nil {
				return err
			}
			if rows > 0 {
				errs = append(errs, c.moved(before, now, rows))
			}
		}
	}
	return errors.Join(errs...)
}

// isAsKept reports whether the rows of a relation are where they were and mean the same. Kinds are
// not compared: the table says what it holds, and an int32 that became an int64 is no other column.
func (m *mapping) isAsKept(before *kept) bool {
	return m.misfit == nil && m.isIn(before) && m.declared.Undirected == before.relation.Undirected
}

// isIn reports whether a relation was kept in the table in which it is to be kept.
func (m *mapping) isIn(before *kept) bool {
	return m.schema == before.schema && m.name == before.table
}

// moved says what has become of a relation that has rows.
func (c *claim) moved(before *kept, now *mapping, rows int) error {
	if now.isIn(before) {
		declared := &persist.Schema{Relations: []persist.Relation{*now.declared}}
		return declared.Fit(&persist.Schema{Relations: []persist.Relation{before.relation}}, func(int) int { return rows })
	}
	return fmt.Errorf("%w: graph %q has %d rows of relation %q in table %s, and is to keep them in table %s: "+
		"empty or drop the former; or, if that is the relation of another program, give this graph a name of its own by Store.Graph",
		persist.ErrSchema, c.graph, rows, now.Relation, before, now)
}

func countRows(ctx context.Context, db querier, e engine, k *kept) (rows int, err error) {
	found, err := e.describe(ctx, db, k.schema, k.table)
	if err != nil || found == nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+quoteTable(e, k.schema, k.table)).Scan(&rows)
	return rows, err
}

func mappingFor(mappings []*mapping, relation string) *mapping {
	for _, m := range mappings {
		if m.Relation == relation {
			return m
		}
	}
	return nil
}
