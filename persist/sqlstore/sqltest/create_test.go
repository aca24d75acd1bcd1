package sqltest

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// referring is the table of likes with a foreign key, by which edges go with what they begin at.
var referring = sqlstore.Table{Relation: "likes", Left: "l", Right: "r", Through: "n", LeftOf: sqlstore.Reference{Table: "people", Column: "id", Cascade: true}}

// likesSchema is that of the relation.
func likesSchema(t *testing.T) *persist.Schema {
	g := junction.NewGraph(nil)
	junction.Relate[int64, int64, int64](g, "likes")
	schema, err := g.Schema()
	require.NoError(t, err)
	return schema
}

// TestCreate holds that foreign keys are made and work, that a graph sees what they delete, that
// Create changes nothing the second time and never alters a table that exists.
func TestCreate(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE people (id {int} NOT NULL PRIMARY KEY)`, `INSERT INTO people VALUES (1), (2)`)
		create := func() { require.NoError(t, sqlstore.Create(t.Context(), db, e.dialect, likesSchema(t), referring)) }
		create()
		m := e.openLikes(t, db)
		must(m.Add(1, 7, 7))
		must(m.Add(2, 7, 7))
		_, err := m.Add(3, 7, 7)
		require.ErrorIs(t, err, persist.ErrRefused, "there is nobody")
		require.NotErrorIs(t, err, persist.ErrConflict)
		require.Equal(t, 2, m.Len())
		mustExec(t, db, "DELETE FROM people WHERE id = 1")
		c, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Removed: 1}, c)
		must(m.Add(2, 8, 8))
		create()
		require.Equal(t, [][2]int64{{2, 7}, {2, 8}}, e.keys(t, db, "likes"))
		require.Equal(t, 1, count(t, db, "SELECT COUNT(*) FROM junction_meta"))

		e.exec(t, db, `DROP TABLE likes`, `CREATE TABLE likes (l {int})`)
		create()
		err = e.newLikes(db, func(s *sqlstore.Store) { s.Create = true }).Graph().Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema, "the table is still without columns")
	})
}

// TestDDL holds that the statements of DDL make what a graph is opened with.
func TestDDL(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE people (id {int} NOT NULL PRIMARY KEY)`, `INSERT INTO people VALUES (1)`)
		dialect := e.dialect
		if dialect == sqlstore.Detect {
			dialect = sqlstore.MySQL
			if mysqlCollation() == "utf8mb4_nopad_bin" {
				dialect = sqlstore.MariaDB
			}
		}
		ddl, err := sqlstore.DDL(dialect, likesSchema(t), referring)
		require.NoError(t, err)
		for statement := range strings.SplitSeq(strings.TrimSuffix(ddl, ";\n"), ";\n") {
			mustExec(t, db, statement)
		}
		require.True(t, hasMeta(db))
		must(e.openLikes(t, db).Add(1, 7, 7))
	})
}

// TestDetect holds that a database is recognized, and one that cannot be asked is an error.
func TestDetect(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeLikes)
		m := e.openLikes(t, db, func(s *sqlstore.Store) { *s = *sqlstore.New(db, sqlstore.Detect, likesTable) })
		must(m.Add(1, 2, 3))
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		require.ErrorIs(t, e.newLikes(db, func(s *sqlstore.Store) { *s = *sqlstore.New(db, sqlstore.Detect, likesTable) }).Graph().Open(ctx), context.Canceled)
	})
}

// TestReadOnly holds that a graph can be opened to be read where there is no meta table, and writes
// nothing.
func TestReadOnly(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeLikes, `INSERT INTO likes VALUES (1, 2, 3)`)
		m := e.openLikes(t, db, func(s *sqlstore.Store) { s.ReadOnly, s.Create = true, true })
		require.Equal(t, 1, m.Len())
		_, err := m.Add(1, 3, 3)
		require.ErrorIs(t, err, sqlstore.ErrReadOnly)
		e.exec(t, db, `INSERT INTO likes VALUES (1, 4, 4)`)
		c, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Added: 1}, c)
		require.False(t, hasMeta(db))
	})
}

// TestSingleConnection holds that one connection is enough for all that a store does: it would wait
// for a second one forever.
func TestSingleConnection(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		one := dial(t, e.driver, address)
		one.SetMaxOpenConns(1)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		g := junction.NewGraph(&junction.Options{Store: newStore(one, e, likesTable)})
		m := junction.Relate[int64, int64, int64](g, "likes")
		require.NoError(t, g.Open(ctx))
		closeAtEnd(t, g)
		for _, rows := range []int64{1100, 1, 600} { // by COPY, and in other ways
			require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
				for n := range rows {
					must(m.In(tx).Add(rows, n, n))
				}
				return nil
			}))
		}
		require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
			must(m.In(tx).RemoveLeft(600))
			return nil
		}))
		mustExec(t, db, "UPDATE likes SET n = -1 WHERE r = 0")
		c, err := g.Refresh(ctx)
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Updated: 2}, c)
		reader := e.newLikes(one, readOnly)
		require.NoError(t, reader.Graph().Open(ctx))
		require.Equal(t, 1101, reader.Len())
		require.NoError(t, reader.Graph().Close())
		mustExec(t, db, "UPDATE junction_meta SET commit_id = 'another'")
		require.ErrorIs(t, g.Update(ctx, func(tx *junction.Tx) error { must(m.In(tx).Add(9, 9, 9)); return nil }), persist.ErrConflict)
		requireOne(t, one)
	})
}

// requireOne holds that the connection was given back.
func requireOne(t *testing.T, db *sql.DB) {
	require.Zero(t, db.Stats().InUse)
	require.Equal(t, 1, db.Stats().OpenConnections)
}
