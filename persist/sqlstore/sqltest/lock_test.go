package sqltest

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// rowsWithLocks is a graph with the edges (1, 1) and (2, 2), what its connections were refused, and
// a pool that locks their rows.
type rowsWithLocks struct {
	*likes
	e     *engine
	db    *sql.DB
	other *sql.DB
	hook  *hook

	mu      sync.Mutex
	refused []string
}

// newRowsWithLocks opens them; the address is for the graph's connections.
func newRowsWithLocks(t *testing.T, e *engine, with func(address string) string, configure ...func(*sqlstore.Store)) *rowsWithLocks {
	db, address := e.open(t)
	r := &rowsWithLocks{e: e, other: db}
	r.hook = &hook{failed: func(call string, err error) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.refused = append(r.refused, err.Error())
	}}
	e.exec(t, db, makeLikes, `INSERT INTO likes VALUES (1, 1, 0), (2, 2, 0)`)
	r.db = hooked(t, db, with(address), r.hook)
	r.likes = e.openLikes(t, r.db, configure...)
	return r
}

// writeBoth sets both edges, in one commit.
func (r *rowsWithLocks) writeBoth(ctx context.Context, n int64) error {
	return r.Graph().Update(ctx, func(tx *junction.Tx) error {
		must(r.In(tx).Add(1, 1, n))
		must(r.In(tx).Add(2, 2, n))
		return nil
	})
}

// requireBoth holds that both edges have a value, here and in the table.
func (r *rowsWithLocks) requireBoth(t *testing.T, n int64) {
	t.Helper()
	for key := range int64(2) {
		value, _ := r.Get(key+1, key+1)
		require.Equal(t, n, value)
	}
	require.Equal(t, 2, count(t, r.other, r.e.sql("SELECT COUNT(*) FROM likes WHERE n = ?"), n))
}

// requireRefused holds that the database has refused something in these words.
func (r *rowsWithLocks) requireRefused(t *testing.T, words string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	require.Contains(t, strings.Join(r.refused, "\n"), words)
}

// lock locks rows by a transaction, which is to be ended.
func (r *rowsWithLocks) lock(t *testing.T, where string) *sql.Tx {
	tx, err := r.other.Begin()
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback() })
	execIn(t, tx, "UPDATE likes SET n = n + 100 WHERE "+where)
	return tx
}

// awaitWaiting returns when a connection to the database waits for a lock.
func (r *rowsWithLocks) awaitWaiting(t *testing.T) {
	query := `SELECT COUNT(*) FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id
		WHERE x.trx_state = 'LOCK WAIT' AND p.db = DATABASE()`
	if r.e.dialect == sqlstore.Postgres {
		query = "SELECT COUNT(*) FROM pg_locks w JOIN pg_stat_activity a ON a.pid = w.pid WHERE NOT w.granted AND a.query LIKE '%likes%'"
	}
	const tick = 120 * time.Millisecond // InnoDB looks at its transactions again if nobody has for 100 ms
	require.Eventually(t, func() bool { return count(t, r.other, query) > 0 }, 20*time.Second, tick)
}

// withParameter returns what adds a parameter to an address: one for PostgreSQL, one for MySQL.
func (e *engine) withParameter(t *testing.T, postgres, mysql string) func(address string) string {
	return func(address string) string {
		name, value, _ := strings.Cut(postgres, "=")
		if e.dialect == sqlstore.Postgres {
			return withPostgres(t, address, name, value)
		}
		name, value, _ = strings.Cut(mysql, "=")
		return withMySQL(t, address, name, value)
	}
}

// TestLockTimeout holds that a write which waits longer for a row than the session allows is
// refused and says why, and that the next one succeeds.
func TestLockTimeout(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		r := newRowsWithLocks(t, e, e.withParameter(t, "lock_timeout=20", "innodb_lock_wait_timeout=0"))
		tx := r.lock(t, "l = 2")
		err := r.writeBoth(t.Context(), 1)
		require.ErrorIs(t, err, persist.ErrRefused)
		require.NotErrorIs(t, err, persist.ErrConflict)
		require.ErrorContains(t, err, "likes")
		require.ErrorContains(t, err, "timeout")
		r.requireBoth(t, 0)
		require.NoError(t, tx.Rollback())
		require.NoError(t, r.writeBoth(t.Context(), 1))
		r.requireBoth(t, 1)
	})
}

// TestLockedRow checks that a write waits for the lock of a row, or in SQLite of the database, no
// longer than the store says, that the error says what it waited for, and that sessions go back to
// the pool as they were.
func TestLockedRow(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		unlimited := e.withParameter(t, "lock_timeout=0", "innodb_lock_wait_timeout=50")
		if e == sqliteEngine {
			unlimited = func(address string) string {
				return strings.Replace(address, "busy_timeout(10000)", "busy_timeout(50)", 1)
			}
		}
		r := newRowsWithLocks(t, e, unlimited, func(s *sqlstore.Store) { s.LockTimeout = time.Second })
		r.db.SetMaxOpenConns(1)
		tx := r.lock(t, "l = 2")
		var calls []string
		r.hook.before = func(call string) error {
			calls = append(calls, call)
			return nil
		}
		err := r.writeBoth(t.Context(), 1)
		r.hook.before = func(string) error { return nil }
		if e == mysqlEngine { // which would wait for 50 s, and PostgreSQL for ever
			require.Contains(t, calls, "SET SESSION innodb_lock_wait_timeout = 1")
		}
		require.ErrorIs(t, err, sqlstore.ErrLocked)
		require.ErrorIs(t, err, persist.ErrRefused)
		require.NotErrorIs(t, err, persist.ErrConflict)
		require.ErrorContains(t, err, "another transaction has held a lock")
		require.ErrorContains(t, err, "Store.LockTimeout is 1s")
		r.requireBoth(t, 0)
		require.NoError(t, tx.Rollback())
		require.NoError(t, r.writeBoth(t.Context(), 1))
		r.requireBoth(t, 1)
		switch e {
		case mysqlEngine:
			require.Equal(t, 50, count(t, r.db, "SELECT @@SESSION.innodb_lock_wait_timeout"))
		case postgresEngine:
			require.Equal(t, 1, count(t, r.db, "SELECT COUNT(*) FROM pg_settings WHERE name = 'lock_timeout' AND setting = '0'"))
		}
	})
}

// TestLockTimeoutPasses holds that MySQL's lock wait timeout is tried again.
func TestLockTimeoutPasses(t *testing.T) {
	e := mysqlEngine
	r := newRowsWithLocks(t, e, e.withParameter(t, "", "innodb_lock_wait_timeout=0"))
	tx := r.lock(t, "l = 2")
	record := r.hook.failed
	r.hook.failed = func(call string, err error) {
		record(call, err)
		_ = tx.Rollback()
	}
	require.NoError(t, r.writeBoth(t.Context(), 1))
	r.requireBoth(t, 1)
	r.requireRefused(t, "Error 1205")
}

// TestDeadlock holds that a commit which a deadlock has ended is tried again.
func TestDeadlock(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		r := newRowsWithLocks(t, e, e.withParameter(t, "deadlock_timeout=1", "innodb_lock_wait_timeout=50"))
		e.exec(t, r.other, `CREATE TABLE many (id {int} PRIMARY KEY)`, `INSERT INTO many VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)`)
		tx := r.lock(t, "l = 2")
		if e.dialect == sqlstore.Postgres {
			execIn(t, tx, "SET LOCAL deadlock_timeout = '1min'") // so that it is not the one who finds it
		}
		execIn(t, tx, "UPDATE many SET id = id + 100") // nor the one who has done less
		ended := make(chan error, 1)
		deadlock := sync.OnceFunc(func() {
			go func() {
				_, err := tx.Exec("UPDATE likes SET n = n + 100 WHERE l = 1")
				ended <- errors.Join(err, tx.Commit())
			}()
			r.awaitWaiting(t)
		})
		r.hook.before = func(call string) error {
			if strings.HasPrefix(call, "UPDATE") && strings.Contains(call, "likes") {
				deadlock()
			}
			return nil
		}
		require.NoError(t, r.Graph().Update(t.Context(), func(tx *junction.Tx) error {
			must(r.In(tx).Remove(1, 1))
			must(r.In(tx).Add(2, 2, 1))
			return nil
		}))
		require.NoError(t, <-ended)
		require.Equal(t, [][2]int64{{2, 2}}, e.keys(t, r.other, "likes"))
		r.requireRefused(t, map[*engine]string{postgresEngine: "40P01", mysqlEngine: "Error 1213"}[e])
	})
}

func execIn(t *testing.T, tx *sql.Tx, statement string) {
	t.Helper()
	_, err := tx.Exec(statement)
	require.NoError(t, err)
}

// TestSerialization holds that a commit which a database refuses since a row has changed after the
// transaction began is tried again.
func TestSerialization(t *testing.T) {
	for _, level := range []string{"repeatable read", "serializable"} {
		t.Run("PostgreSQL, "+level, func(t *testing.T) {
			r := newRowsWithLocks(t, postgresEngine, postgresEngine.withParameter(t, "default_transaction_isolation="+level, ""))
			r.changeAmid(t)
			require.NoError(t, r.writeBoth(t.Context(), 1))
			r.requireBoth(t, 1)
			r.requireRefused(t, "40001")
		})
	}
}

// changeAmid changes a row after the graph's next transaction has begun and before it gets there.
func (r *rowsWithLocks) changeAmid(t *testing.T) {
	once := sync.OnceFunc(func() { mustExec(t, r.other, "UPDATE likes SET n = 7 WHERE l = 2") })
	r.hook.before = func(call string) error {
		if strings.HasPrefix(call, "UPDATE") && strings.Contains(call, "likes") {
			once()
		}
		return nil
	}
}

// TestBusy holds that a commit for which SQLite has no lock is tried again, and that it is refused
// and says why if there is none for too long.
func TestBusy(t *testing.T) {
	without := func(address string) string {
		return strings.Replace(address, "busy_timeout(10000)", "busy_timeout(0)", 1)
	}
	r := newRowsWithLocks(t, sqliteEngine, without)
	tx := r.lock(t, "l = 2")
	err := r.writeBoth(t.Context(), 1)
	require.ErrorIs(t, err, persist.ErrRefused)
	require.ErrorContains(t, err, "SQLITE_BUSY")
	require.ErrorContains(t, err, "after 9 tries")
	r.requireBoth(t, 0)

	tries := 0
	r.hook.failed = func(call string, err error) {
		if tries++; tries == 2 {
			_ = tx.Rollback()
		}
	}
	require.NoError(t, r.writeBoth(t.Context(), 1))
	require.Equal(t, 2, tries)
	r.requireBoth(t, 1)
}

// TestCancelled holds that a context which ends while a commit waits for a lock ends the commit:
// nothing of it is there, and the next write succeeds.
func TestCancelled(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		r := newRowsWithLocks(t, e, func(address string) string { return address })
		tx := r.lock(t, "l = 2")
		ctx, cancel := context.WithCancel(t.Context())
		written := make(chan error)
		go func() { written <- r.writeBoth(ctx, 1) }()
		r.awaitWaiting(t)
		cancel()
		err := <-written
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorIs(t, err, persist.ErrRefused)
		require.NoError(t, tx.Rollback())
		r.requireBoth(t, 0)
		require.NoError(t, r.writeBoth(t.Context(), 1))
		r.requireBoth(t, 1)
	})
}

// TestCancelledBusy holds the same of SQLite.
func TestCancelledBusy(t *testing.T) {
	r := newRowsWithLocks(t, sqliteEngine, func(address string) string { return address })
	tx := r.lock(t, "l = 2")
	ctx, cancel := context.WithCancel(t.Context())
	r.hook.before = func(call string) error {
		if strings.HasPrefix(call, "UPDATE") {
			go cancel()
		}
		return nil
	}
	err := r.writeBoth(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, persist.ErrRefused)
	require.NoError(t, tx.Rollback())
	r.requireBoth(t, 0)
	require.NoError(t, r.writeBoth(t.Context(), 1))
	r.requireBoth(t, 1)
}
