package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// logged is a graph in PostgreSQL whose tables have triggers, and that counts the rows it reads.
type logged struct {
	*junction.Graph
	likes   *junction.ManyToMany[int64, string, bool]
	friends *junction.ManyToMany[int64, int64, struct{}]
	store   *sqlstore.Store
	whole   int // tables that were read as a whole, since it was opened
}

// openLogged opens a graph; the first at a place makes tables and triggers.
func openLogged(t *testing.T, db *sql.DB, configure func(s *sqlstore.Store)) *logged {
	g := &logged{store: sqlstore.New(db, sqlstore.Postgres)}
	g.store.Create = true
	if configure != nil {
		configure(g.store)
	}
	g.Graph = junction.NewGraph(&junction.Options{Store: g.store})
	g.likes = junction.Relate[int64, string, bool](g.Graph, "likes")
	g.friends = junction.RelateUndirected[int64, struct{}](g.Graph, "friends")
	schema, err := g.Schema()
	require.NoError(t, err)
	if !g.store.ReadOnly {
		require.NoError(t, sqlstore.Create(t.Context(), db, sqlstore.Postgres, schema))
		require.NoError(t, sqlstore.CreateTriggers(t.Context(), db, "", schema))
	}
	require.NoError(t, g.Open(t.Context()))
	g.store.Progress = func(sqlstore.Table, int) { g.whole++ }
	t.Cleanup(func() { require.NoError(t, g.Close()) })
	return g
}

func (g *logged) refresh(t *testing.T) junction.Counts {
	t.Helper()
	c, err := g.Refresh(t.Context())
	require.NoError(t, err)
	require.NoError(t, g.Check())
	return c
}

// TestTriggers holds that Refresh reads what other programs have changed, and no table as a whole.
func TestTriggers(t *testing.T) {
	db, address := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	_, err := g.likes.Add(1, "tea", true)
	require.NoError(t, err)
	require.Zero(t, g.refresh(t), "of its own commit there is nothing to take")

	other := dial(t, "pgx", address)
	mustExec(t, other, `INSERT INTO likes VALUES (2, 'it''s "odd" \ , {}', true), (3, '', false), (4, 'gone', false)`)
	mustExec(t, other, `UPDATE likes SET through = false WHERE "left" = 1`)
	mustExec(t, other, `DELETE FROM likes WHERE "left" = 4`)
	mustExec(t, other, `INSERT INTO friends VALUES (1, 2)`)
	require.Equal(t, junction.Counts{Added: 3, Updated: 1}, g.refresh(t))
	value, ok := g.likes.Get(2, `it's "odd" \ , {}`)
	require.True(t, ok && value)
	require.True(t, g.friends.Has(2, 1))
	require.Zero(t, g.refresh(t))

	mustExec(t, other, `UPDATE likes SET "right" = 'coffee' WHERE "left" = 1`)
	require.Equal(t, junction.Counts{Added: 1, Removed: 1}, g.refresh(t), "a key that changed is a row that went and one that came")
	require.Zero(t, g.whole, "tables that were read as a whole")
}

// TestTriggersConflict holds that a program which writes by SQL counts as another writer.
func TestTriggersConflict(t *testing.T) {
	db, _ := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	mustExec(t, db, `INSERT INTO likes VALUES (2, 'tea', true)`)
	_, err := g.likes.Add(2, "tea", false)
	require.ErrorIs(t, err, persist.ErrConflict)
	require.Zero(t, g.likes.Len())
	g.refresh(t)
	_, err = g.likes.Add(2, "tea", false)
	require.NoError(t, err)
	require.Zero(t, g.refresh(t))
}

// TestTriggersTransaction holds that all that one transaction changes is one revision, and nothing
// if it is rolled back.
func TestTriggersTransaction(t *testing.T) {
	db, _ := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	for _, end := range []string{"ROLLBACK", "COMMIT"} {
		tx, err := db.Begin()
		require.NoError(t, err)
		for _, statement := range []string{
			`INSERT INTO likes VALUES (2, 'tea', true)`, `SAVEPOINT s`, `INSERT INTO likes VALUES (3, 'milk', true)`, `ROLLBACK TO s`, `INSERT INTO friends VALUES (1, 2)`, end,
		} {
			_, err := tx.Exec(statement)
			require.NoError(t, err)
		}
		_ = tx.Rollback()
	}
	require.Equal(t, junction.Counts{Added: 2}, g.refresh(t))
	var revision int
	require.NoError(t, db.QueryRow("SELECT sum(revision) FROM junction_meta").Scan(&revision))
	require.Equal(t, 2, revision, "one of each table")
}

// TestTriggersAmongGraphs holds that the log tells one graph what another one has written, be it
// only to read.
func TestTriggersAmongGraphs(t *testing.T) {
	db, _ := postgresEngine.open(t)
	first := openLogged(t, db, nil)
	second := openLogged(t, db, nil)
	reader := openLogged(t, db, func(s *sqlstore.Store) { s.ReadOnly = true })
	_, err := first.likes.Left(1).AddEach([]string{"tea", "milk"}, true)
	require.NoError(t, err)
	_, err = first.likes.Remove(1, "milk")
	require.NoError(t, err)
	for _, g := range []*logged{second, reader} {
		require.Equal(t, junction.Counts{Added: 1}, g.refresh(t))
		require.Zero(t, g.whole)
	}
}

// TestTriggersWhole holds that a table is read as a whole where the log does not name each row:
// after TRUNCATE, after a large statement, and after PruneChanges.
func TestTriggersWhole(t *testing.T) {
	db, _ := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	mustExec(t, db, `INSERT INTO likes SELECT n, 'tea', true FROM generate_series(1, 10001) AS n`)
	require.Equal(t, junction.Counts{Added: 10001}, g.refresh(t))
	mustExec(t, db, `TRUNCATE likes`)
	require.Equal(t, junction.Counts{Removed: 10001}, g.refresh(t))
	require.NotZero(t, g.whole)

	behind := openLogged(t, db, nil)
	mustExec(t, db, `INSERT INTO likes VALUES (1, 'tea', true)`)
	g.refresh(t)
	n, err := sqlstore.PruneChanges(t.Context(), db, -time.Hour) // those of the next hour, too
	require.NoError(t, err)
	require.Equal(t, int64(3), n)
	mustExec(t, db, `INSERT INTO likes VALUES (2, 'tea', true)`)
	g.whole, behind.whole = 0, 0
	require.Equal(t, junction.Counts{Added: 1}, g.refresh(t))
	require.Zero(t, g.whole, "it had seen all that was forgotten")
	require.Equal(t, junction.Counts{Added: 2}, behind.refresh(t))
	require.NotZero(t, behind.whole)
}

// TestTriggersGone holds that nothing is missed where triggers are switched off or dropped.
func TestTriggersGone(t *testing.T) {
	db, _ := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	mustExec(t, db, `ALTER TABLE likes DISABLE TRIGGER junction_inserted`)
	mustExec(t, db, `INSERT INTO likes VALUES (1, 'tea', true)`)
	require.Equal(t, junction.Counts{Added: 1}, g.refresh(t))
	mustExec(t, db, `DROP TRIGGER junction_inserted ON likes`)
	mustExec(t, db, `INSERT INTO likes VALUES (2, 'tea', true)`)
	require.Equal(t, junction.Counts{Added: 1}, g.refresh(t))
}

// TestTriggersAlways checks that changes are logged which are made in a session that plays back
// those of another server.
func TestTriggersAlways(t *testing.T) {
	db, address := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	other := dial(t, "pgx", withPostgres(t, address, "session_replication_role", "replica"))
	mustExec(t, other, `INSERT INTO likes VALUES (1, 'tea', true)`)
	require.Equal(t, junction.Counts{Added: 1}, g.refresh(t))
	require.Zero(t, g.whole)
	_, err := g.likes.Add(2, "tea", true)
	require.NoError(t, err)
	require.Zero(t, g.refresh(t))
}

// TestTriggersSwitched checks that nothing is missed where triggers were switched off and are
// switched on again before the next Refresh.
func TestTriggersSwitched(t *testing.T) {
	db, _ := postgresEngine.open(t)
	g := openLogged(t, db, nil)
	for _, on := range []string{"ENABLE ALWAYS", "ENABLE"} {
		mustExec(t, db, `ALTER TABLE likes DISABLE TRIGGER junction_inserted`)
		mustExec(t, db, `INSERT INTO likes VALUES (1, $1, true)`, on)
		mustExec(t, db, `ALTER TABLE likes `+on+` TRIGGER junction_inserted`)
		require.Equal(t, junction.Counts{Added: 1}, g.refresh(t), on)
	}
}

// TestTriggersOnPartitions checks that changes are logged which are made to a partition of the
// table, and that nothing is missed where partitions come and go.
func TestTriggersOnPartitions(t *testing.T) {
	db, _ := postgresEngine.open(t)
	mustExec(t, db, `CREATE TABLE likes ("left" bigint NOT NULL, "right" text COLLATE "C" NOT NULL, through boolean NOT NULL, PRIMARY KEY ("left", "right")) PARTITION BY LIST ("left");
		CREATE TABLE likes_1 PARTITION OF likes FOR VALUES IN (1) PARTITION BY HASH ("right");
		CREATE TABLE likes_1_0 PARTITION OF likes_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
		CREATE TABLE likes_2 PARTITION OF likes FOR VALUES IN (2)`)
	g := openLogged(t, db, nil)
	for n, table := range []string{"likes_1_0", "likes_1", "likes"} {
		mustExec(t, db, `INSERT INTO `+table+` VALUES (1, $1, true)`, table)
		require.Equal(t, junction.Counts{Added: 1}, g.refresh(t), table)
		mustExec(t, db, `UPDATE `+table+` SET through = false`)
		require.Equal(t, junction.Counts{Updated: 1}, g.refresh(t), "%d, %s", n, table)
		mustExec(t, db, `DELETE FROM `+table)
		require.Equal(t, junction.Counts{Removed: 1}, g.refresh(t), table)
	}
	_, err := g.likes.Add(2, "tea", true)
	require.NoError(t, err)
	require.Zero(t, g.refresh(t))
	require.Zero(t, g.whole)

	mustExec(t, db, `CREATE TABLE likes_3 PARTITION OF likes FOR VALUES IN (3)`)
	mustExec(t, db, `INSERT INTO likes_3 VALUES (3, 'tea', true)`)
	require.Equal(t, junction.Counts{Added: 1}, g.refresh(t), "a partition without triggers")
	mustExec(t, db, `ALTER TABLE likes DETACH PARTITION likes_3`)
	mustExec(t, db, `ALTER TABLE likes DETACH PARTITION likes_2`)
	require.Equal(t, junction.Counts{Removed: 2}, g.refresh(t), "partitions that went")
}

// TestCompareEvery checks that a change which has escaped the log is found when it is time to
// compare whole tables, and that Follow wakes up for it.
func TestCompareEvery(t *testing.T) {
	db, _ := postgresEngine.open(t)
	g := openLogged(t, db, func(s *sqlstore.Store) { s.CompareEvery = -1 })
	mustExec(t, db, `INSERT INTO likes VALUES (1, 'tea', true)`)
	mustExec(t, db, `DELETE FROM junction_changes`)
	require.Zero(t, g.refresh(t), "the log is trusted")
	g.store.CompareEvery = time.Nanosecond
	require.Equal(t, junction.Counts{Added: 1}, g.refresh(t))
	require.NotZero(t, g.whole)
	g.store.CompareEvery, g.whole = 0, 0
	require.Zero(t, g.refresh(t))
	require.Zero(t, g.whole, "the default is longer than this test")

	g.store.CompareEvery = time.Nanosecond
	g.store.Notified = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	require.NoError(t, g.store.Wait(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, g.store.Wait(ctx), context.Canceled)
}

// TestListen holds that Follow is woken by notifications, without an interval, also when the
// connection that listens was cut: each time before another program writes.
func TestListen(t *testing.T) {
	db, address := postgresEngine.open(t)
	g := openLogged(t, db, func(s *sqlstore.Store) { s.Listen = receive })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, commits := g.Watch(ctx)
	followed := make(chan error, 1)
	go func() { followed <- g.Follow(ctx, 0) }()
	other := dial(t, "pgx", address)
	const listening = `query = 'LISTEN junction' AND datname = current_database() AND pid <> pg_backend_pid()`
	insert := func(n int) { mustExec(t, other, fmt.Sprintf(`INSERT INTO likes VALUES (%d, 'tea', true)`, n)) }
	insert(1)
	n := 1
	for commit, err := range commits {
		require.NoError(t, err)
		require.Equal(t, 1, commit.Len())
		if n++; n > 5 {
			break
		}
		mustExec(t, other, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE `+listening)
		insert(n)
	}
	require.NoError(t, g.Close())
	require.ErrorIs(t, <-followed, junction.ErrClosed)
	require.Eventually(t, func() bool {
		return count(t, other, `SELECT COUNT(*) FROM pg_stat_activity WHERE `+listening) == 0
	}, 10*time.Second, 10*time.Millisecond, "Close gives the connection back")
}

// receive is the function of the documentation of CreateTriggers.
func receive(ctx context.Context, conn any) error {
	_, err := conn.(*stdlib.Conn).Conn().WaitForNotification(ctx)
	return err
}
