package sqltest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// TestRowsOfSeveralOwners checks that a table whose rows belong to several owners, such as
// tenants, is refused to a graph that only reads, too: their edges would become those of one
// relation. A view of one owner's rows is taken.
func TestRowsOfSeveralOwners(t *testing.T) {
	tables := map[string]string{
		"in the key":           `CREATE TABLE likes (tenant {int} NOT NULL, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (tenant, l, r))`,
		"last in the key":      `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, tenant {int} NOT NULL, n {int} NOT NULL, UNIQUE (l, r, tenant))`,
		"in no index":          `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, tenant {int} NOT NULL)`,
		"with a row's number":  `CREATE TABLE likes (id {serial}, tenant {int} NOT NULL, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL)`,
		"with an index beside": `CREATE TABLE likes (tenant {int} NOT NULL, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, UNIQUE (tenant, l))`,
	}
	on(t, func(t *testing.T, e *engine) {
		for name, statement := range tables {
			t.Run(name, func(t *testing.T) {
				db, _ := e.open(t)
				e.exec(t, db, statement, `INSERT INTO likes (tenant, l, r, n) VALUES (1, 1, 2, 3)`)
				for _, configure := range []func(*sqlstore.Store){readOnly, func(*sqlstore.Store) {}} {
					err := e.newLikes(db, configure).Graph().Open(t.Context())
					require.ErrorIs(t, err, persist.ErrSchema)
					for _, part := range []string{"table likes", "unique index over (l, r)", `"tenant"`, "a view", "ReadOnly", "CREATE UNIQUE INDEX"} {
						require.ErrorContains(t, err, part)
					}
				}
				e.exec(t, db, `ALTER TABLE likes RENAME TO all_likes`,
					`INSERT INTO all_likes (tenant, l, r, n) VALUES (2, 3, 4, 5)`,
					`CREATE VIEW likes AS SELECT * FROM all_likes WHERE tenant = 2`)
				require.Equal(t, [][2]int64{{3, 4}}, pairsOf(e.openLikes(t, db, readOnly)))
			})
		}
	})
}

// TestNothingTellsApart checks that a table without a unique index is refused for writing, with the
// statement that makes one, and that the statement works; and that it can be read if it has nothing
// by which the rows of a pair could belong to several owners.
func TestNothingTellsApart(t *testing.T) {
	tables := map[string]string{
		"no more columns": `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL)`,
		"a row's number":  `CREATE TABLE likes (id {serial}, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL)`,
	}
	on(t, func(t *testing.T, e *engine) {
		for name, statement := range tables {
			t.Run(name, func(t *testing.T) {
				db, _ := e.open(t)
				e.exec(t, db, statement, `INSERT INTO likes (l, r, n) VALUES (1, 2, 3)`)
				require.Equal(t, [][2]int64{{1, 2}}, pairsOf(e.openLikes(t, db, readOnly)))
				err := e.newLikes(db).Graph().Open(t.Context())
				require.ErrorIs(t, err, persist.ErrSchema)
				require.ErrorContains(t, err, "want a primary key or a unique index over (l, r), have none")
				require.ErrorContains(t, err, "Store.ReadOnly")
				require.Regexp(t, "run CREATE UNIQUE INDEX [^;]*;", err.Error())
				mustExec(t, db, between(err.Error(), "run ", ";"))
				must(e.openLikes(t, db).Add(1, 2, 4))
			})
		}
	})
}

// TestRowsOfOnePair checks that two rows of one pair are named, by Open and by Refresh, and that
// the error is one of the table.
func TestRowsOfOnePair(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL)`,
			`INSERT INTO likes VALUES (1, 2, 3), (1, 3, 3)`, `CREATE VIEW sample AS SELECT 'a' AS l, r, n FROM likes`)
		m := e.openLikes(t, db, readOnly)
		e.exec(t, db, `INSERT INTO likes VALUES (1, 2, 4)`)
		_, refreshed := m.Graph().Refresh(t.Context())
		for name, err := range map[string]error{
			"refreshed": refreshed,
			"opened":    e.newLikes(db, readOnly).Graph().Open(t.Context()),
		} {
			require.ErrorIs(t, err, persist.ErrRow, name)
			require.NotErrorIs(t, err, persist.ErrDamaged, name)
			require.NotContains(t, err.Error(), "damaged")
			require.Regexp(t, `table likes .* two rows of one pair, \(1, 2, [34]\) and \(1, 2, [34]\)`, err.Error(), name)
		}
		require.Equal(t, 2, m.Len())
		require.ErrorIs(t, e.newSample(db, readOnly).Graph().Open(t.Context()), persist.ErrRow, "a view")
	})
}

// TestInherited checks that a table is refused from which others inherit: a query of it returns
// their rows, too, and no index covers them all.
func TestInherited(t *testing.T) {
	e := postgresEngine
	db, _ := e.open(t)
	e.exec(t, db, makeLikes, `CREATE TABLE others () INHERITS (likes)`, `INSERT INTO others VALUES (1, 2, 3)`)
	for _, configure := range []func(*sqlstore.Store){readOnly, func(*sqlstore.Store) {}} {
		err := e.newLikes(db, configure).Graph().Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema)
		require.ErrorContains(t, err, `"others"`)
		require.ErrorContains(t, err, "inherit")
	}
	e.exec(t, db, `CREATE VIEW sample AS SELECT l::text, r, n FROM ONLY likes`)
	require.NoError(t, e.newSample(db, readOnly).Graph().Open(t.Context()))
}
