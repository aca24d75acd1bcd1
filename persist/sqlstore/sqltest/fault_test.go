package sqltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// scene is a graph of two relations whose commits are disturbed, and a connection beside it that is
// not.
type scene struct {
	t     *testing.T
	e     *engine
	db    *sql.DB // of the graph
	other *sql.DB

	graph *junction.Graph
	likes *likes
	knows *junction.ManyToMany[int64, int64, struct{}]
	round int64
}

func newScene(t *testing.T, e *engine, db, other *sql.DB) *scene {
	s := &scene{t: t, e: e, db: db, other: other}
	e.exec(t, other, makeLikes, `CREATE TABLE knows (l {int} NOT NULL, r {int} NOT NULL, PRIMARY KEY (l, r))`)
	s.open(db)
	t.Cleanup(func() { require.NoError(t, s.graph.Close()) })
	require.NoError(t, s.write())
	return s
}

// open opens the graph, by a pool.
func (s *scene) open(db *sql.DB) {
	s.t.Helper()
	if s.graph != nil {
		require.NoError(s.t, s.graph.Close())
	}
	s.graph = junction.NewGraph(&junction.Options{Store: sqlstore.New(db, s.e.dialect, likesTable, sqlstore.Table{Relation: "knows", Left: "l", Right: "r"})})
	s.likes = junction.Relate[int64, int64, int64](s.graph, "likes")
	s.knows = junction.RelateUndirected[int64, struct{}](s.graph, "knows")
	require.NoError(s.t, s.graph.Open(context.Background()))
	s.requireSame()
}

// requireSame holds that the tables are as the relations, read by another connection.
func (s *scene) requireSame() {
	s.t.Helper()
	require.Equal(s.t, pairsOf(s.likes), s.e.keys(s.t, s.other, "likes"))
	require.Equal(s.t, pairsOf(s.knows), s.e.keys(s.t, s.other, "knows"))
	require.NoError(s.t, s.graph.Check())
}

// write makes a commit that puts and deletes rows in both tables.
func (s *scene) write() error {
	s.round++
	n := s.round
	return s.graph.Update(context.Background(), func(tx *junction.Tx) error {
		likes, knows := s.likes.In(tx), s.knows.In(tx)
		for i := range int64(6) {
			must(likes.Add(n, i, n))
			must(likes.Remove(n-1, i))
		}
		must(likes.Add(0, n, n))
		must(knows.Add(n, n+1, struct{}{}))
		must(knows.Remove(n-1, n))
		return nil
	})
}

// state is what the tables hold.
func (s *scene) state() string {
	return fmt.Sprint(s.e.keys(s.t, s.other, "likes"), s.e.keys(s.t, s.other, "knows"))
}

// disturbed makes a commit while something happens to it, and holds that it is all there if it was
// acknowledged, not there at all if it was refused, and one of both if nobody knows: then the graph
// is opened by a pool that works, and shows which.
func (s *scene) disturbed(healthy *sql.DB) error {
	s.t.Helper()
	before, revision := s.state(), s.graph.Revision()
	err := s.write()
	after := s.state()
	switch {
	case err == nil:
		require.NotEqual(s.t, before, after)
		require.Equal(s.t, revision+1, s.graph.Revision())
	case errors.Is(err, junction.ErrStoreFailed):
		require.ErrorIs(s.t, err, persist.ErrUnknown)
		require.ErrorIs(s.t, s.write(), junction.ErrStoreFailed, "it cannot be written any more")
		s.open(healthy)
		require.Contains(s.t, []uint64{revision, revision + 1}, s.graph.Revision())
		require.Equal(s.t, s.graph.Revision() == revision, before == after)
	default:
		require.ErrorIs(s.t, err, persist.ErrRefused)
		require.Equal(s.t, before, after)
		require.Equal(s.t, revision, s.graph.Revision())
	}
	s.requireSame()
	return err
}

// TestLostCalls holds that whichever call of a commit it is whose connection is lost, before the
// database has heard of it or before the answer came: nothing that was acknowledged is missing,
// nothing is half there, and the next write succeeds. A driver may say in different ways that a
// connection is lost.
func TestLostCalls(t *testing.T) {
	causes := map[string]error{"as the network says it": io.ErrUnexpectedEOF, "in its own words": errors.New("the connection is no more")}
	on(t, func(t *testing.T, e *engine) {
		for name, cause := range causes {
			for _, when := range []string{"before", "after"} {
				t.Run(when+" the call, "+name, func(t *testing.T) { testLostCalls(t, e, when, cause) })
			}
		}
	})
}

func testLostCalls(t *testing.T, e *engine, when string, cause error) {
	db, address := e.open(t)
	left := -1 // calls until the one that fails
	var lost []string
	fault := func(call string) error {
		if left--; left != 0 {
			return nil
		}
		lost = append(lost, call)
		return cause
	}
	h := &hook{before: fault}
	if when == "after" {
		h = &hook{after: fault}
	}
	s := newScene(t, e, hooked(t, db, address, h), db)
	for n := 1; ; n++ {
		left = n
		err := s.disturbed(s.db)
		reached := left <= 0
		left = -1
		require.NotErrorIs(t, err, junction.ErrStoreFailed, "the database can be asked")
		if cause == io.ErrUnexpectedEOF || when == "after" && reached && lost[len(lost)-1] == "COMMIT" {
			require.NoError(t, err, "it was tried again, or it was committed")
		}
		require.NoError(t, s.write())
		s.requireSame()
		if !reached {
			break
		}
	}
	text := strings.Join(lost, "\n")
	for _, call := range []string{"BEGIN", "junction_meta SET revision", "INSERT INTO", "DELETE", "COMMIT"} {
		require.Contains(t, text, call)
	}
}

// TestCutConnections holds the same as TestLostCalls of connections that are cut on the wire, at
// each message of a commit: before the server has it, before the client has its answer, and within
// the answer.
func TestCutConnections(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		for name, where := range map[string]cutAt{"before the server": beforeServer, "before the answer": beforeAnswer, "amid the answer": amidAnswer} {
			t.Run(name, func(t *testing.T) {
				db, address := e.open(t)
				address, proxy := e.throughProxy(t, address)
				s := newScene(t, e, dial(t, e.driver, address), db)
				messages := 0
				for cut := true; cut; messages++ {
					proxy.arm(messages+1, where, false)
					err := s.disturbed(s.db)
					cut = proxy.disarm()
					require.NoError(t, err, "it is tried again, and the server can be asked")
					require.NoError(t, s.write())
					s.requireSame()
				}
				require.Greater(t, messages, 5, "BEGIN, the fence, two tables, COMMIT")
			})
		}
	})
}

// TestUnreachable holds that a server which cannot be reached after a connection was cut leaves a
// commit unknown, if COMMIT was what was cut, and otherwise refused; and that opening the graph
// when the server is there again shows all of it or nothing.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	onServers(t, func(t *testing.T, e *engine) {
		t.Parallel() // since each waits as long as it is asked what became of a commit
		for name, where := range map[string]cutAt{"before the server": beforeServer, "before the answer": beforeAnswer} {
			db, address := e.open(t)
			address, proxy := e.throughProxy(t, address)
			s := newScene(t, e, dial(t, e.driver, address), db)
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s.t = t
				for _, early := range []int{1, 0} {
					require.NoError(t, s.write(), "from now on all statements are prepared")
					messages := proxy.count(func() { require.NoError(t, s.write()) })
					if e == mysqlEngine {
						messages-- // behind COMMIT, the limit of waits for locks is set back
					}
					proxy.arm(messages-early, where, true)
					err := s.disturbed(db)
					require.True(t, proxy.disarm())
					require.Error(t, err)
					require.Equal(t, early == 0, errors.Is(err, junction.ErrStoreFailed), err)
					require.NoError(t, s.write(), "once the server can be reached")
					s.requireSame()
				}
			})
		}
	})
}

// TestAskedAgain holds that what became of a commit is asked again where the first connections that
// could tell are lost too, as they all are when a server is restarted.
func TestAskedAgain(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, when := range []string{"before", "after"} {
			t.Run(when, func(t *testing.T) {
				db, address := e.open(t)
				left := 0
				fault := func(call string) error {
					if left == 3 && call == "COMMIT" || left == 2 && call == "BEGIN" || left == 1 {
						left--
						return io.ErrUnexpectedEOF
					}
					return nil
				}
				h := &hook{before: fault}
				if when == "after" {
					h = &hook{after: fault}
				}
				s := newScene(t, e, hooked(t, db, address, h), db)
				left = 3
				require.NoError(t, s.disturbed(s.db))
				require.Zero(t, left)
			})
		}
	})
}

// TestOvertaken holds that a commit is unknown if the answer to it was lost and another writer has
// committed before it could be asked what became of it: it may be there all the same.
func TestOvertaken(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		var overtake func()
		h := &hook{after: func(call string) error {
			if call != "COMMIT" || overtake == nil {
				return nil
			}
			overtake()
			overtake = nil
			return io.ErrUnexpectedEOF
		}}
		s := newScene(t, e, hooked(t, db, address, h), db)
		overtake = func() {
			second := &scene{t: t, e: e, db: db, other: db}
			second.graph = junction.NewGraph(&junction.Options{Store: sqlstore.New(db, e.dialect, likesTable, sqlstore.Table{Relation: "knows", Left: "l", Right: "r"})})
			second.likes = junction.Relate[int64, int64, int64](second.graph, "likes")
			second.knows = junction.RelateUndirected[int64, struct{}](second.graph, "knows")
			require.NoError(t, second.graph.Open(t.Context()))
			must(second.likes.Add(77, 77, 77))
			require.NoError(t, second.graph.Close())
		}
		err := s.write()
		require.ErrorIs(t, err, junction.ErrStoreFailed)
		require.ErrorIs(t, err, persist.ErrUnknown)
		s.open(db)
		require.True(t, s.likes.Has(s.round, 1), "it was there")
		require.True(t, s.likes.Has(77, 77))
	})
}

// TestCommitBusy holds that a COMMIT which SQLite refuses, as it does while somebody reads, is
// tried again with its transaction.
func TestCommitBusy(t *testing.T) {
	address := "file:" + t.TempDir() + "/test.db?_pragma=busy_timeout(0)"
	db := dial(t, "sqlite", address)
	sqliteEngine.exec(t, db, makeLikes)
	var reading *sql.Tx
	commits := 0
	m := sqliteEngine.openLikes(t, hooked(t, db, address, &hook{before: func(call string) error {
		if call == "COMMIT" && reading != nil {
			if commits++; commits == 2 {
				return reading.Rollback()
			}
		}
		return nil
	}}))
	must(m.Add(1, 1, 1))
	reading, err := db.Begin()
	require.NoError(t, err)
	require.Equal(t, 1, count(t, reading, "SELECT COUNT(*) FROM likes"))
	must(m.Add(2, 2, 2))
	require.Equal(t, 2, commits)
	require.Equal(t, pairsOf(m), sqliteEngine.keys(t, db, "likes"))
}

// TestCommitUnderWay holds that a commit whose connection is cut while PostgreSQL is at work on
// COMMIT waits for how that ends: well, badly, or because the driver has it cancelled. Then it is
// tried again.
func TestCommitUnderWay(t *testing.T) {
	for _, c := range []struct {
		name    string
		outcome string // of the trigger on which COMMIT waits
		deaf    bool   // the server does not hear of the cancellation
	}{{"committed", "", true}, {"refused", "RAISE 'no';", true}, {"cancelled", "", false}} {
		t.Run(c.name, func(t *testing.T) {
			e := postgresEngine
			db, address := e.open(t)
			address, proxy := e.throughProxy(t, address)
			s := newScene(t, e, dial(t, e.driver, address), db)
			mustExec(t, db, `CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext(current_schema)); `+c.outcome+` RETURN NULL; END $$`)
			mustExec(t, db, `CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON likes DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION wait()`)
			holder, err := db.Begin()
			require.NoError(t, err)
			execIn(t, holder, "SELECT pg_advisory_xact_lock(hashtext(current_schema))")
			proxy.armFor("commit", withoutAnswer)
			proxy.deafen(c.deaf)
			disturbed := make(chan error, 1)
			go func() { disturbed <- s.write() }()
			waits := func(statement string) func() bool {
				return func() bool {
					return count(t, db, `SELECT COUNT(*) FROM pg_locks w JOIN pg_stat_activity a ON a.pid = w.pid WHERE NOT w.granted AND a.query ILIKE $1`, statement+"%") > 0
				}
			}
			require.Eventually(t, waits("commit"), 20*time.Second, 5*time.Millisecond)
			if c.deaf {
				require.Eventually(t, waits("SELECT revision"), 9*time.Second, 5*time.Millisecond, "it asks what became of the commit")
			}
			require.Eventually(t, proxy.disarm, 20*time.Second, 5*time.Millisecond)
			require.NoError(t, holder.Rollback())
			err = <-disturbed
			if c.outcome == "" {
				require.NoError(t, err)
			} else {
				require.ErrorIs(t, err, persist.ErrRefused)
			}
			s.requireSame()
			mustExec(t, db, `DROP TRIGGER wait ON likes`)
			require.NoError(t, s.write())
			s.requireSame()
		})
	}
}

// kill ends the connections of a pool, as a server does that is restarted.
func (e *engine) kill(t *testing.T, other *sql.DB, user string) {
	query := "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
	end := "KILL %d"
	if e.dialect == sqlstore.Postgres {
		query = "SELECT pid FROM pg_stat_activity WHERE application_name = '" + user + "'"
		end = "SELECT pg_terminate_backend(%d, 10000)"
	}
	rows, err := other.Query(query)
	require.NoError(t, err)
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		require.NoError(t, rows.Scan(&id))
		ids = append(ids, id)
	}
	require.NoError(t, rows.Err())
	require.NotEmpty(t, ids)
	for _, id := range ids {
		mustExec(t, other, fmt.Sprintf(end, id))
	}
}

// TestRestart holds that a write succeeds though all connections in the pool have ended since the
// one before.
func TestRestart(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		other.SetMaxOpenConns(1)
		user := newName()
		if e.dialect == sqlstore.Postgres {
			address = withPostgres(t, address, "application_name", user)
		}
		pool := dial(t, e.driver, address)
		pool.SetMaxIdleConns(8)
		s := newScene(t, e, pool, other)
		require.NoError(t, db.Close())
		for range 5 {
			fillPool(t, pool, 8)
			e.kill(t, other, user)
			require.NoError(t, s.write())
			s.requireSame()
		}
	})
}

// TestKilled holds that a commit succeeds though the server ends its connection amid the
// transaction, whichever call comes next.
func TestKilled(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		other.SetMaxOpenConns(1)
		user := newName()
		if e.dialect == sqlstore.Postgres {
			address = withPostgres(t, address, "application_name", user)
		}
		left := 0
		s := newScene(t, e, hooked(t, db, address, &hook{before: func(string) error {
			if left--; left == 0 {
				e.kill(t, other, user)
			}
			return nil
		}}), other)
		for n, killed := 1, true; killed; n++ {
			left = n
			require.NoError(t, s.disturbed(s.db))
			killed, left = left <= 0, 0
		}
	})
}

// fillPool leaves so many idle connections in a pool.
func fillPool(t *testing.T, pool *sql.DB, n int) {
	conns := make([]*sql.Conn, n)
	for i := range conns {
		conn, err := pool.Conn(t.Context())
		require.NoError(t, err)
		conns[i] = conn
	}
	for _, conn := range conns {
		require.NoError(t, conn.Close())
	}
}
