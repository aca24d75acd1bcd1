package sqlstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// fence is the row of the meta table that every commit moves: whoever finds it other than expected comes second. It also
// answers whether a commit happened whose answer was lost.
type fence struct {
	revision uint64
	epoch    int64  // raised by whoever takes the graph over
	commit   string // drawn anew for each commit
}

// metaColumns are those of the meta table, of which there is a row for each graph.
var metaColumns = []column{
	{Column: persist.Column{Name: "graph", Kind: persist.String}, key: true},
	{Column: persist.Column{Name: "revision", Kind: persist.Int64}},
	{Column: persist.Column{Name: "epoch", Kind: persist.Int64}},
	{Column: persist.Column{Name: "commit_id", Kind: persist.String}, key: true}, // no key, but as short
	{Column: persist.Column{Name: "record", Kind: persist.String}},
}

// record is what the meta table tells of the tables of a graph, in JSON.
type record struct {
	Format int           `json:"format"`
	Tables []recordTable `json:"tables"`
}

type recordTable struct {
	Schema   string           `json:"schema,omitempty"`
	Name     string           `json:"name"`
	Relation persist.Relation `json:"relation"`
}

const recordFormat = 1

func (t *recordTable) String() string { return (&Table{Schema: t.Schema, Name: t.Name}).String() }

// metaTable is the table with a row for each graph. It is looked for where the connection looks first.
const metaTable = "junction_meta"

// meta is the row of one graph in the meta table.
type meta struct {
	engine engine
	graph  string
}

func metaOf(e engine, graph string) *meta { return &meta{e, cmp.Or(graph, "main")} }

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

// statement returns what makes the meta table.
func (m *meta) statement() string {
	return "CREATE TABLE IF NOT EXISTS " + metaTable + " (\n" + columnLines(m.engine, metaColumns, nil) +
		",\n  PRIMARY KEY (" + m.engine.quote("graph") + ")\n)" + m.engine.tableOptions()
}

// make makes the meta table if there is none, unless something is wrong with the tables. Where there is one, the right to make it is not needed.
func (m *meta) make(ctx context.Context, db querier, wrong error) error {
	return patiently(ctx, func() error {
		found, err := m.engine.describe(ctx, db, "", metaTable)
		switch {
		case err != nil || found != nil:
			return err
		case wrong != nil:
			return wrong
		}
		if _, err := db.ExecContext(ctx, m.statement()); err != nil {
			return fmt.Errorf("junction: the meta table %s could not be made (DDL returns its statement, and a graph opened with Store.ReadOnly needs none): %w", metaTable, err)
		}
		return nil
	})
}

// isReadable reports whether there is a meta table that this user may read.
func (m *meta) isReadable(ctx context.Context, db querier) bool {
	found, err := m.engine.describe(ctx, db, "", metaTable)
	if err != nil || found == nil {
		return false
	}
	_, err = m.read(ctx, db, "")
	return err == nil
}

func newCommitID() string { return rand.Text() }

// read returns the fence. Where there is none, it has revision 0 and no commit.
func (m *meta) read(ctx context.Context, db querier, lock string) (fence, error) {
	var f fence
	err := db.QueryRowContext(ctx, arguments(m.engine, "SELECT revision, epoch, commit_id FROM "+metaTable+" WHERE graph = ?"+lock), m.graph).
		Scan(&f.revision, &f.epoch, &f.commit)
	if errors.Is(err, sql.ErrNoRows) {
		return fence{}, nil
	}
	return f, err
}

func (m *meta) advanceStatement() string {
	return arguments(m.engine, "UPDATE "+metaTable+" SET revision = ?, commit_id = ? WHERE graph = ? AND revision = ? AND commit_id = ? AND epoch = ?")
}

// advance moves the fence, or says who was faster.
func (m *meta) advance(ctx context.Context, tx *writeTx, from, to fence) error {
	result, err := tx.exec(ctx, m.advanceStatement(), int64(to.revision), to.commit, m.graph, int64(from.revision), from.commit, from.epoch)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil || n == 1 {
		return err
	}
	return m.conflict(ctx, tx, from)
}

// conflict says how the fence differs from what it should be.
func (m *meta) conflict(ctx context.Context, db querier, expected fence) error {
	found, err := m.read(ctx, db, "")
	switch {
	case err != nil:
		return err
	case found.commit == "":
		return fmt.Errorf("%w: the row of graph %q in %s is gone: open the graph anew", persist.ErrConflict, m.graph, metaTable)
	case found.epoch != expected.epoch:
		return fmt.Errorf("%w: graph %q in %s", ErrFenced, m.graph, metaTable)
	}
	return fmt.Errorf("%w: graph %q is at revision %d, and this writer has seen %d: Refresh, and try again", persist.ErrConflict, m.graph, found.revision, expected.revision)
}

// claim makes the graph's row agree with the declared relations, or says why it cannot; then it has written nothing. It is for a
// transaction of its own.
func (m *meta) claim(ctx context.Context, tx querier, mappings []*mapping, takeOver bool) (epoch int64, err error) {
	own, others, err := m.records(ctx, tx)
	if err != nil {
		return 0, err
	}
	if err := m.checkOwners(mappings, others); err != nil {
		return 0, err
	}
	if err := m.checkRecord(ctx, tx, mappings, own); err != nil {
		return 0, err
	}
	if err := misfits(mappings); err != nil {
		return 0, err
	}
	statement, args := m.claimStatement(own, recordOf(mappings), takeOver)
	if statement != "" {
		if _, err := tx.ExecContext(ctx, arguments(m.engine, statement), args...); err != nil {
			return 0, err
		}
	}
	f, err := m.read(ctx, tx, "")
	return f.epoch, err
}

// claimStatement returns what is to be done to the graph's row, "" if nothing.
func (m *meta) claimStatement(own *record, wanted string, takeOver bool) (statement string, args []any) {
	raise := 0
	if takeOver {
		raise = 1
	}
	if own == nil {
		return "INSERT INTO " + metaTable + " (graph, revision, epoch, commit_id, record) VALUES (?, 0, 1, ?, ?)", []any{m.graph, newCommitID(), wanted}
	}
	if had := own.text(); had == wanted && !takeOver {
		return "", nil
	}
	return "UPDATE " + metaTable + " SET record = ?, epoch = epoch + ? WHERE graph = ?", []any{wanted, raise, m.graph}
}

func recordOf(mappings []*mapping) string {
	r := record{Format: recordFormat}
	for _, m := range mappings {
		r.Tables = append(r.Tables, recordTable{m.Schema, m.Name, *m.declared})
	}
	return r.text()
}

func (r *record) text() string {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // strings and bools have JSON
	}
	return string(text)
}

// records returns the record of this graph, nil if there is none, and those of the others by their names.
func (m *meta) records(ctx context.Context, db querier) (own *record, others map[string]*record, err error) {
	rows, err := db.QueryContext(ctx, "SELECT graph, record FROM "+metaTable+m.engine.lock())
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	others = map[string]*record{}
	for rows.Next() {
		var graph, text string
		if err := rows.Scan(&graph, &text); err != nil {
			return nil, nil, err
		}
		r := new(record)
		if err := json.Unmarshal([]byte(text), r); err != nil {
			return nil, nil, fmt.Errorf("%w: the record of graph %q in %s: %w", persist.ErrDamaged, graph, metaTable, err)
		}
		if r.Format != recordFormat {
			return nil, nil, fmt.Errorf("%w: the record of graph %q in %s has format %d, and this version of the library knows %d",
				persist.ErrVersion, graph, metaTable, r.Format, recordFormat)
		}
		if graph == m.graph {
			own = r
		} else {
			others[graph] = r
		}
	}
	return own, others, rows.Err()
}

// checkOwners refuses tables of other graphs: a commit would not move the fence that the others look at.
func (m *meta) checkOwners(mappings []*mapping, others map[string]*record) error {
	var errs []error
	for _, table := range mappings {
		for graph, r := range others {
			for i := range r.Tables {
				if r.Tables[i].Schema == table.Schema && r.Tables[i].Name == table.Name {
					errs = append(errs, fmt.Errorf("%w: table %s belongs to graph %q, and this one is %q: give both the same Store.Graph and all tables, or open it with ReadOnly",
						persist.ErrSchema, table, graph, m.graph))
				}
			}
		}
	}
	return errors.Join(errs...)
}

// checkRecord refuses a declaration without a relation that has rows, and one whose rows would mean something else.
func (m *meta) checkRecord(ctx context.Context, db querier, mappings []*mapping, r *record) error {
	if r == nil {
		return nil
	}
	var errs []error
	for i := range r.Tables {
		had := &r.Tables[i]
		now := mappingFor(mappings, had.Relation.Name)
		if now != nil && now.isAsRecorded(had) {
			continue
		}
		rows, err := m.countRows(ctx, db, had)
		if err != nil {
			return err
		}
		if rows > 0 {
			errs = append(errs, m.misfit(mappings, now, had, rows))
		}
	}
	return errors.Join(errs...)
}

// isAsRecorded reports whether the rows of a recorded table mean the same as ever. Kinds are not compared: the table itself says what it
// holds, and an int32 that became an int64 is no other column.
func (m *mapping) isAsRecorded(had *recordTable) bool {
	return m.misfit == nil && m.declared.Undirected == had.Relation.Undirected && m.Schema == had.Schema && m.Name == had.Name
}

// misfit says what is wrong with a relation that was recorded and has rows.
func (m *meta) misfit(mappings []*mapping, now *mapping, had *recordTable, rows int) error {
	declared := &persist.Schema{}
	for _, m := range mappings {
		declared.Relations = append(declared.Relations, *m.declared)
	}
	before := &persist.Schema{Relations: []persist.Relation{had.Relation}}
	err := declared.Fit(before, func(int) int { return rows })
	switch {
	case now == nil:
		return fmt.Errorf("%w, in table %s of graph %q", err, had, m.graph)
	case err != nil:
		return err
	case now.misfit != nil:
		return nil // which is told by itself
	}
	return fmt.Errorf("%w: graph %q has %d rows of relation %q in table %s, and is to keep them in %s: empty or drop the former",
		persist.ErrSchema, m.graph, rows, had.Relation.Name, had, now)
}

func (m *meta) countRows(ctx context.Context, db querier, t *recordTable) (rows int, err error) {
	found, err := m.engine.describe(ctx, db, t.Schema, t.Name)
	if err != nil || found == nil {
		return 0, err
	}
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+quoteTable(m.engine, t.Schema, t.Name)).Scan(&rows)
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
