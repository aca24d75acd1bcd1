package sqltest

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// limited is a through value in columns that do not hold all its values.
type limited struct {
	N     int64  // not below 0
	Small int64  // of 16 bits
	Short string // of five characters
}

const makeLimited = `CREATE TABLE likes ("left" {int} NOT NULL REFERENCES users (id), "right" {int} NOT NULL, n {int} NOT NULL CHECK (n >= 0), ` +
	`small {small} NOT NULL, short VARCHAR(5) NOT NULL, PRIMARY KEY ("left", "right"), FOREIGN KEY ("left") REFERENCES users (id))`

func openLimited(t *testing.T, e *engine, db *sql.DB) *junction.ManyToMany[int64, int64, limited] {
	e.exec(t, db, `CREATE TABLE users (id {int} PRIMARY KEY)`, `INSERT INTO users VALUES (1), (2)`, makeLimited)
	m, err := junction.Open[int64, int64, limited](t.Context(), "likes", sqlstore.New(db, e.dialect))
	require.NoError(t, err)
	closeAtEnd(t, m.Graph())
	return m
}

// TestConstraints holds that what breaks a rule of the table is refused with an error that names
// the table, and the row and column where they are known; that the relation is as it was; and that
// the graph goes on.
func TestConstraints(t *testing.T) {
	checkedByUs := []string{"likes", "(1, 9)"}
	tests := []struct {
		name       string
		left       int64
		value      limited
		says       []string
		notLimited []*engine // which have no such rule
	}{
		{name: "foreign key", left: 99, says: []string{"likes"}},
		{name: "check", left: 1, value: limited{N: -1}, says: []string{"likes"}},
		{"too long", 1, limited{Short: "123456"}, append(checkedByUs, `"short"`, "6 characters"), []*engine{sqliteEngine}},
		{"spaces too long", 1, limited{Short: "12345  "}, append(checkedByUs, `"short"`, "7 characters"), []*engine{sqliteEngine}},
		{"too large", 1, limited{Small: 1 << 15}, append(checkedByUs, `"small"`, "32768"), []*engine{sqliteEngine}},
		{"too small", 1, limited{Small: -1<<15 - 1}, append(checkedByUs, `"small"`, "-32769"), []*engine{sqliteEngine}},
	}
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		m, other := openLimited(t, e, db), e.other(t, address)
		for _, test := range tests {
			if slices.Contains(test.notLimited, e) {
				continue
			}
			t.Run(test.name, func(t *testing.T) {
				must(m.Clear())
				must(m.Add(1, 1, limited{}))
				revision := m.Graph().Revision()
				err := m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
					must(m.In(tx).Add(2, 1, limited{}))
					must(m.In(tx).Add(test.left, 9, test.value))
					must(m.In(tx).Remove(1, 1))
					return nil
				})
				require.ErrorIs(t, err, persist.ErrRefused)
				for _, part := range test.says {
					require.ErrorContains(t, err, part)
				}
				require.Equal(t, [][2]int64{{1, 1}}, pairsOf(m))
				require.Equal(t, revision, m.Graph().Revision())
				require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM likes"))
				must(m.Add(2, 2, limited{N: 1, Small: 1<<15 - 1, Short: "ä🙂345"}))
				require.Equal(t, 2, count(t, other, "SELECT COUNT(*) FROM likes"))
			})
		}
	})
}

// TestDeferredConstraint holds that a rule which is checked at COMMIT refuses the commit as any
// other does.
func TestDeferredConstraint(t *testing.T) {
	for _, e := range []*engine{sqliteEngine, postgresEngine} {
		t.Run(e.name, func(t *testing.T) {
			db, _ := e.open(t)
			e.exec(t, db, `CREATE TABLE users (id {int} PRIMARY KEY)`, `INSERT INTO users VALUES (1)`,
				strings.Replace(makeLikes, "l {int} NOT NULL", "l {int} NOT NULL REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED", 1))
			m := e.openLikes(t, db)
			_, err := m.Add(2, 2, 2)
			require.ErrorIs(t, err, persist.ErrRefused)
			require.Contains(t, strings.ToLower(err.Error()), "foreign key")
			must(m.Add(1, 1, 1))
			require.Equal(t, [][2]int64{{1, 1}}, e.keys(t, db, "likes"))
			require.Equal(t, [][2]int64{{1, 1}}, pairsOf(m))
		})
	}
}

// TestNeighboursOfAFault holds that one caller's violation does not fail others whose calls share
// its commit.
func TestNeighboursOfAFault(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		m := openLimited(t, e, db)
		var group sync.WaitGroup
		var refused atomic.Int32
		for i := range int64(64) {
			group.Go(func() {
				left := int64(1)
				if i%21 == 20 {
					left = 99 // there is no such user
				}
				_, err := m.Add(left, i, limited{N: i})
				if left == 99 && errors.Is(err, persist.ErrRefused) {
					refused.Add(1)
				} else if err != nil {
					t.Errorf("edge (%d, %d): %v", left, i, err)
				}
			})
		}
		group.Wait()
		require.Equal(t, int32(3), refused.Load())
		require.Equal(t, 61, m.Len())
		require.Equal(t, 61, count(t, e.other(t, address), `SELECT COUNT(*) FROM likes WHERE n >= 0`))
		require.NoError(t, m.Graph().Check())
	})
}

// TestFullDisk holds that a commit for which there is no room on the disk is refused and leaves
// nothing behind, and that the graph goes on when there is room. A page limit stands for the end of
// the disk: SQLite gives the same error.
func TestFullDisk(t *testing.T) {
	db, address := sqliteEngine.open(t)
	db.SetMaxOpenConns(1) // which has the limit
	store := sqlstore.New(db, sqlstore.SQLite)
	store.Create = true
	m, err := junction.Open[int64, int64, string](t.Context(), "likes", store)
	require.NoError(t, err)
	closeAtEnd(t, m.Graph())
	must(m.Add(0, 0, "first"))
	mustExec(t, db, "PRAGMA max_page_count = 40")
	value := strings.Repeat("x", 1000)
	large := func(yield func(edge[int64, int64, string]) bool) {
		for i := range int64(200) {
			if !yield(edge[int64, int64, string]{Left: 1, Right: i, Through: value}) {
				return
			}
		}
	}
	for range 2 {
		_, err = m.AddAll(large)
		require.ErrorIs(t, err, persist.ErrRefused)
		require.ErrorContains(t, err, "full")
		require.Equal(t, 1, m.Len())
		require.Equal(t, 1, count(t, sqliteEngine.other(t, address), "SELECT COUNT(*) FROM likes"))
	}
	must(m.Add(0, 0, "second"))
	mustExec(t, db, "PRAGMA max_page_count = 4000")
	must(m.AddAll(large))
	require.Equal(t, 201, count(t, sqliteEngine.other(t, address), "SELECT COUNT(*) FROM likes"))
}

// TestManyRowsConstraint holds that one row of many which breaks a rule of the table, wherever it
// stands, refuses them all; and that the graph goes on.
func TestManyRowsConstraint(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		m, other := openLimited(t, e, db), e.other(t, address)
		edges := func(broken int64) func(yield func(junction.Edge[int64, int64, limited]) bool) {
			return func(yield func(junction.Edge[int64, int64, limited]) bool) {
				for i := range int64(100) {
					edge := junction.Edge[int64, int64, limited]{Left: 1 + i%2, Right: i}
					if i == broken {
						edge.Through.N = -1
					}
					if !yield(edge) {
						return
					}
				}
			}
		}
		for _, broken := range []int64{0, 50, 99} {
			_, err := m.AddAll(edges(broken))
			require.ErrorIs(t, err, persist.ErrRefused)
			require.Zero(t, m.Len())
			require.Zero(t, count(t, other, "SELECT COUNT(*) FROM likes"))
		}
		must(m.AddAll(edges(-1)))
		require.Equal(t, 100, count(t, other, "SELECT COUNT(*) FROM likes"))
		must(m.RemoveLeft(1))
		require.Equal(t, 50, m.Len())
		require.Equal(t, 50, count(t, other, `SELECT COUNT(*) FROM likes WHERE `+e.sql(`"left" = 2`)))
		require.NoError(t, m.Graph().Check())
	})
}
