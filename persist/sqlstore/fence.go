package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/persist"
)

// fence is what the meta table says of a table. A commit moves the fences of the tables that it
// writes: a writer that finds one elsewhere than expected comes second. A fence also tells
// whether a commit happened whose answer was lost. The zero fence is that of a table without a
// row.
type fence struct {
	revision uint64
	epoch    int64  // raised by each writer that takes the table over
	commit   string // drawn anew for each commit
}

// fences are the fences of a graph's tables, by the place of the relation.
type fences []fence

// revision returns the highest revision of all tables, which is the graph's.
func (f fences) revision() (highest uint64) {
	for _, one := range f {
		highest = max(highest, one.revision)
	}
	return highest
}

// after returns the fences that commits make of these: they move those of the relations that they
// change. A graph also counts what it reads by Refresh, which the database does not count, and
// other writers raise revisions, too: the higher number counts.
func (f fences) after(commits []*persist.Commit) fences {
	last := commits[len(commits)-1].Revision
	revision := max(f.revision()+uint64(len(commits)), last)
	next, id := slices.Clone(f), newCommitID()
	for _, c := range commits {
		for _, b := range c.Batches {
			next[b.Relation()].revision, next[b.Relation()].commit = revision, id
		}
	}
	return next
}

// isMoved reports whether the fence of a relation is another one in next.
func (f fences) isMoved(relation int, next fences) bool {
	return f[relation].commit != next[relation].commit
}

func newCommitID() string { return rand.Text() }

// readFences returns the fences of all tables, as far as their meta tables are known.
func readFences(ctx context.Context, db querier, metas []*meta, relations int) (fences, error) {
	f := make(fences, relations)
	for _, m := range metas {
		if err := m.read(ctx, db, "", f); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// read sets the fences of the meta table's mappings. With a lock, it waits for it as long as the
// limit says.
func (m *meta) read(ctx context.Context, db querier, lock string, into fences) error {
	text, args := "SELECT graph, revision, epoch, commit_id FROM "+metaTable+" WHERE graph IN (", []any{}
	places := map[string]int{}
	for i, table := range m.mappings {
		text += separator(i, "?", ", ?")
		args = append(args, table.fenceKey())
		places[table.fenceKey()] = table.relation
	}
	text += ")"
	if lock != "" {
		text += m.limit
	}
	return collect(ctx, db, func(scan func(...any) error) error {
		var key string
		var f fence
		err := scan(&key, &f.revision, &f.epoch, &f.commit)
		into[places[key]] = f
		return err
	}, m.statement(text+" ORDER BY graph"+lock), args...)
}

// readOne returns the fence of one mapping.
func (m *meta) readOne(ctx context.Context, db querier, table *mapping, lock string) (f fence, err error) {
	err = db.QueryRowContext(ctx, m.statement("SELECT revision, epoch, commit_id FROM "+metaTable+" WHERE graph = ?"+lock), table.fenceKey()).
		Scan(&f.revision, &f.epoch, &f.commit)
	if errors.Is(err, sql.ErrNoRows) {
		return fence{}, nil
	}
	return f, err
}

func (m *meta) advanceStatement() string {
	return m.statement("UPDATE " + metaTable + " SET revision = ?, commit_id = ?" +
		" WHERE graph = ? AND revision = ? AND commit_id = ? AND epoch = ?" + m.limit)
}

// advance moves the fences of the tables that a commit writes, and makes sure that the others stand
// where they did: the commit may depend on what the graph has read of them. It says who was faster.
//
// Where rows can be locked, all are locked first, in one order, so that two writers never wait for
// each other. SQLite has one writer at a time, and a transaction must begin with a write.
func (m *meta) advance(ctx context.Context, tx *writeTx, from, next fences) error {
	if lock := m.engine.lock(); lock != "" && len(m.mappings) > 1 {
		if err := m.verify(ctx, tx, lock, from, m.mappings); err != nil {
			return err
		}
	}
	var others []*mapping
	for _, table := range m.mappings {
		if !from.isMoved(table.relation, next) {
			others = append(others, table)
		} else if err := m.move(ctx, tx, table, from[table.relation], next[table.relation]); err != nil {
			return err
		}
	}
	if m.engine.lock() != "" || len(others) == 0 {
		return nil
	}
	return m.verify(ctx, tx, "", from, others)
}

// move moves the fence of one table.
func (m *meta) move(ctx context.Context, tx *writeTx, table *mapping, from, to fence) error {
	result, err := tx.exec(ctx, m.advanceStatement(), int64(to.revision), to.commit, table.fenceKey(), int64(from.revision), from.commit, from.epoch)
	if err != nil {
		return err
	}
	n, err := result.RowsAffected()
	if err != nil || n == 1 {
		return err
	}
	found, err := m.readOne(ctx, tx, table, "")
	if err != nil {
		return err
	}
	return m.conflict(table, from, found)
}

// verify makes sure that the fences of some tables stand where they are expected.
func (m *meta) verify(ctx context.Context, tx querier, lock string, expected fences, tables []*mapping) error {
	found := make(fences, len(expected))
	if err := m.read(ctx, tx, lock, found); err != nil {
		return err
	}
	for _, table := range tables {
		if found[table.relation] != expected[table.relation] {
			return m.conflict(table, expected[table.relation], found[table.relation])
		}
	}
	return nil
}

// conflict says how a fence differs from what it should be.
func (m *meta) conflict(table *mapping, expected, found fence) error {
	switch {
	case found.commit == "":
		return fmt.Errorf("%w: the row of table %s in %s is gone: open the graph anew", persist.ErrConflict, table, m.quoted())
	case found.epoch != expected.epoch:
		return fmt.Errorf("%w: table %s, in %s", ErrFenced, table, m.quoted())
	}
	return fmt.Errorf("%w: table %s is at revision %d, and this writer has seen %d: Refresh, and try again",
		persist.ErrConflict, table, found.revision, expected.revision)
}
