package sqltest

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

func exclusive(s *sqlstore.Store) { s.Exclusive = true }

func named(graph string) func(*sqlstore.Store) { return func(s *sqlstore.Store) { s.Graph = graph } }

// TestConflict holds that of two writers, the one that has not seen the last commit is refused,
// that nothing of its own is written, and that it may go on after a Refresh.
func TestConflict(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeLikes)
		first, second := e.openLikes(t, db), e.openLikes(t, dial(t, e.driver, address))
		for n := range int64(3) {
			must(first.Add(n, 1, n))
			_, err := second.Add(n, 2, n)
			require.ErrorIs(t, err, persist.ErrConflict)
			require.ErrorIs(t, err, persist.ErrRefused)
			require.ErrorContains(t, err, "Refresh")
			require.Equal(t, pairsOf(first), e.keys(t, db, "likes"))
			_, err = second.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Equal(t, pairsOf(first), pairsOf(second))
			must(second.Add(n, 2, n))
			_, err = first.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Equal(t, pairsOf(second), pairsOf(first))
		}
	})
}

// TestRace holds that no increment is lost where several processes count in one edge: each has its
// own pool, and goes on after a conflict by Refresh.
func TestRace(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeLikes)
		const writers, each = 4, 10
		var group sync.WaitGroup
		var conflicts atomic.Int64
		for range writers {
			m := e.openLikes(t, dial(t, e.driver, address))
			group.Go(func() {
				for range each {
					if !increment(t, m, &conflicts) {
						return
					}
				}
			})
		}
		group.Wait()
		require.Equal(t, writers*each, count(t, db, "SELECT n FROM likes"))
		t.Logf("%d conflicts", conflicts.Load())
	})
}

// increment adds one to an edge, and reports whether it succeeded in the end.
func increment(t *testing.T, m *likes, conflicts *atomic.Int64) bool {
	for {
		_, err := m.Left(1).Modify(1, func(old int64, _ bool) (int64, bool) { return old + 1, true })
		if err == nil {
			return true
		}
		if !errors.Is(err, persist.ErrConflict) {
			t.Errorf("not incremented: %v", err)
			return false
		}
		conflicts.Add(1)
		if _, err := m.Graph().Refresh(t.Context()); err != nil {
			t.Errorf("not refreshed: %v", err)
			return false
		}
	}
}

// TestFenced holds that whoever opens a graph exclusively is its only writer: the older one is told
// so, and stays fenced off whatever it does but open the graph anew.
func TestFenced(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeLikes)
		older := e.openLikes(t, db, exclusive)
		must(older.Add(1, 1, 1))
		newer := e.openLikes(t, dial(t, e.driver, address), exclusive)
		for range 2 {
			_, err := older.Add(1, 2, 1)
			require.ErrorIs(t, err, sqlstore.ErrFenced)
			require.ErrorIs(t, err, persist.ErrConflict)
			require.Equal(t, [][2]int64{{1, 1}}, e.keys(t, db, "likes"))
			_, err = older.Graph().Refresh(t.Context())
			require.NoError(t, err)
		}
		must(newer.Add(1, 3, 1))
		_, err := older.Graph().Refresh(t.Context())
		require.NoError(t, err, "it may read")
		require.Equal(t, pairsOf(newer), pairsOf(older))
	})
}

// TestOpenedTogether holds that several processes can open a new graph at the same time, and make
// its tables.
func TestOpenedTogether(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for range 5 {
			db, address := e.open(t)
			var group sync.WaitGroup
			graphs := make([]*likes, 4)
			for i := range graphs {
				graphs[i] = e.newLikes(dial(t, e.driver, address), func(s *sqlstore.Store) { s.Create = true })
				group.Go(func() {
					if err := graphs[i].Graph().Open(t.Context()); err != nil {
						t.Errorf("not opened: %v", err)
					}
				})
			}
			group.Wait()
			require.False(t, t.Failed())
			must(graphs[0].Add(1, 1, 1))
			_, err := graphs[1].Add(1, 2, 1)
			require.ErrorIs(t, err, persist.ErrConflict)
			require.Equal(t, [][2]int64{{1, 1}}, e.keys(t, db, "likes"))
			for _, m := range graphs {
				require.NoError(t, m.Graph().Close())
			}
		}
	})
}

// TestReader holds that a graph can be opened by a user who may SELECT from its table and do
// nothing else, without a meta table and with one that the user may not read; and that writes are
// refused before the database hears of them.
func TestReader(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeLikes, `INSERT INTO likes VALUES (1, 1, 1)`)
		reader := dial(t, e.driver, e.asReader(t, db, address))
		m := e.openLikes(t, reader, readOnly)
		require.Equal(t, [][2]int64{{1, 1}}, pairsOf(m))
		require.False(t, e.hasTable(t, db, "junction_meta"))
		_, err := reader.Exec("INSERT INTO likes VALUES (7, 7, 7)")
		require.Error(t, err, "the test's own setting")

		writer := e.openLikes(t, db)
		must(writer.Add(1, 2, 1))
		for _, m := range []*likes{m, e.openLikes(t, reader, readOnly)} {
			_, err := m.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Equal(t, pairsOf(writer), pairsOf(m))
			_, err = m.Add(1, 3, 1)
			require.ErrorIs(t, err, sqlstore.ErrReadOnly)
			require.ErrorIs(t, err, persist.ErrRefused)
			require.Equal(t, pairsOf(writer), pairsOf(m))
		}
		without := e.newLikes(reader)
		err = without.Graph().Open(t.Context())
		if err == nil { // SQLite had nothing to write yet
			_, err = without.Add(1, 3, 1)
			require.ErrorIs(t, err, persist.ErrRefused)
			require.NoError(t, without.Graph().Close())
		}
		require.Error(t, err, "to write, it needs the right to")
	})
}

// asReader returns the address of a database for somebody who may read the table likes and nothing
// else.
func (e *engine) asReader(t *testing.T, db *sql.DB, address string) string {
	user := newName()
	switch e.driver {
	case "sqlite":
		return address + "&mode=ro"
	case "mysql":
		mustExec(t, db, "CREATE USER "+user)
		t.Cleanup(func() { mustExec(t, db, "DROP USER "+user) })
		mustExec(t, db, "GRANT SELECT ON likes TO "+user)
		config, err := mysql.ParseDSN(address)
		require.NoError(t, err)
		config.User, config.Passwd = user, ""
		return config.FormatDSN()
	}
	var schema string
	require.NoError(t, db.QueryRow("SELECT current_schema").Scan(&schema))
	mustExec(t, db, "CREATE ROLE "+user+" LOGIN")
	t.Cleanup(func() {
		mustExec(t, db, "DROP OWNED BY "+user)
		mustExec(t, db, "DROP ROLE "+user)
	})
	mustExec(t, db, "GRANT USAGE ON SCHEMA "+schema+" TO "+user)
	mustExec(t, db, "GRANT SELECT ON likes TO "+user)
	return withUser(t, address, user)
}

// hasTable reports whether there is a table.
func (e *engine) hasTable(t *testing.T, db *sql.DB, name string) bool {
	query := "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?"
	switch e.dialect {
	case sqlstore.SQLite:
		query = "SELECT COUNT(*) FROM sqlite_master WHERE name = ?"
	case sqlstore.Postgres:
		query = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema AND table_name = ?"
	}
	return count(t, db, e.sql(query), name) > 0
}

// TestMetaGone holds that a graph whose table's row in the meta table was deleted says so, writes
// nothing, and is as good as new when it is opened anew.
func TestMetaGone(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeLikes)
		m := e.openLikes(t, db)
		must(m.Add(1, 1, 1))
		e.exec(t, db, `DELETE FROM junction_meta`)
		_, err := m.Add(1, 2, 1)
		require.ErrorIs(t, err, persist.ErrConflict)
		require.ErrorContains(t, err, "gone")
		require.ErrorContains(t, err, "open the graph anew")
		require.Equal(t, [][2]int64{{1, 1}}, e.keys(t, db, "likes"))
		again := e.openLikes(t, db)
		must(again.Add(1, 2, 1))
		require.Equal(t, [][2]int64{{1, 1}, {1, 2}}, e.keys(t, db, "likes"))
	})
}

// TestMetaDamaged holds that a record of another format, and one that is none, is told by its name
// and left alone.
func TestMetaDamaged(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeLikes)
		must(e.openLikes(t, db).Add(1, 1, 1))
		for record, want := range map[string]error{`{"format": 99}`: persist.ErrVersion, `{"format`: persist.ErrDamaged} {
			mustExec(t, db, e.sql("UPDATE junction_meta SET record = ?"), record)
			err := e.newLikes(db).Graph().Open(t.Context())
			require.ErrorIs(t, err, want)
			require.ErrorContains(t, err, `"table:likes"`)
			require.ErrorContains(t, err, "junction_meta")
			require.Equal(t, 1, count(t, db, e.sql("SELECT COUNT(*) FROM junction_meta WHERE record = ?"), record))
		}
	})
}

// TestUndirectedSince checks that a graph is not opened whose relation has rows that meant
// something else, that the error says so, and that nothing has changed.
func TestUndirectedSince(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeLikes)
		must(e.openLikes(t, db).Add(1, 1, 1))
		record := e.record(t, db)
		declare := func() *junction.Graph {
			g := junction.NewGraph(&junction.Options{Store: sqlstore.New(db, e.dialect, likesTable)})
			junction.RelateUndirected[int64, int64](g, "likes")
			return g
		}
		err := declare().Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema)
		for _, part := range []string{`relation "likes" is declared as undirected`, "holds 1 rows of directed"} {
			require.ErrorContains(t, err, part)
		}
		require.Equal(t, record, e.record(t, db))
		e.exec(t, db, `DELETE FROM likes`)
		g := declare()
		require.NoError(t, g.Open(t.Context()), "there are no rows any more")
		require.NoError(t, g.Close())
	})
}

// record returns the meta table's row.
func (e *engine) record(t *testing.T, db *sql.DB) (row [4]string) {
	t.Helper()
	require.NoError(t, db.QueryRow("SELECT revision, epoch, commit_id, record FROM junction_meta").Scan(&row[0], &row[1], &row[2], &row[3]))
	return row
}

// TestBehindOurBack holds that a write wins over what others have done to its row by plain SQL
// since the graph was opened, and that nothing is wrong with deleting a row that is gone.
func TestBehindOurBack(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeLikes, `INSERT INTO likes VALUES (1, 1, 0), (1, 2, 0), (1, 3, 0), (1, 4, 0), (1, 5, 0), (1, 6, 0), (1, 7, 0), (1, 8, 0)`)
		m, other := e.openLikes(t, db), dial(t, e.driver, address)
		e.exec(t, other, `UPDATE likes SET n = 5 WHERE r = 1`, `DELETE FROM likes WHERE r > 1 AND r < 8`, `INSERT INTO likes VALUES (2, 1, 5), (2, 2, 5)`)
		must(m.Add(1, 1, 1))          // changed
		must(m.Add(1, 2, 1))          // deleted
		must(m.Add(2, 1, 1))          // inserted
		must(m.Left(1).Remove(3))     // deleted
		must(m.Left(1).SetKeys(1, 2)) // so are the others but 8
		require.NoError(t, m.Graph().Check())
		require.Equal(t, [][2]int64{{1, 1}, {1, 2}, {2, 1}, {2, 2}}, e.keys(t, other, "likes"))
		require.Equal(t, 3, count(t, other, "SELECT COUNT(*) FROM likes WHERE n = 1"))
		c, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Added: 1}, c)
	})
}

// TestFollow holds that a graph which follows its tables gets what others write, as a commit that
// watchers see.
func TestFollow(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeLikes)
		m := e.openLikes(t, db)
		ctx, cancel := context.WithCancel(t.Context())
		_, commits := m.Graph().Watch(ctx)
		followed := make(chan error, 1)
		go func() { followed <- m.Graph().Follow(ctx, time.Millisecond) }()
		e.exec(t, dial(t, e.driver, address), `INSERT INTO likes VALUES (1, 1, 0), (1, 2, 0)`)
		for commit, err := range commits {
			require.NoError(t, err)
			require.Equal(t, 2, commit.Len())
			break
		}
		cancel()
		require.ErrorIs(t, <-followed, context.Canceled)
	})
}
