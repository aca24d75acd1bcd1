package sqltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// TestKit runs the conformance kit on every database. Another program writes by plain SQL.
func TestKit(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		persisttest.TestStore(t, func(t *testing.T) persisttest.Place {
			t.Parallel() // since most of the time is the disk's
			db, address := e.open(t)
			other := dial(t, e.driver, address)
			return persisttest.Place{
				Open:     func() persist.Store { return &migrating{newStore(db, e), db, e} },
				Abandon:  func(persist.Store) {},
				Outside:  func(schema *persist.Schema, c *persist.Commit) { e.outside(t, other, schema, c) },
				Apart:    true,
				NoNUL:    e.noNUL,
				TimeUnit: e.unit,
			}
		})
	})
}

// outside makes the changes of a commit by plain SQL.
func (e *engine) outside(t *testing.T, db *sql.DB, schema *persist.Schema, c *persist.Commit) {
	tx, err := db.Begin()
	require.NoError(t, err)
	defer tx.Rollback()
	for _, batch := range c.Batches {
		relation := &schema.Relations[batch.Relation()]
		var names []string
		for _, column := range relation.Columns {
			names = append(names, e.quote(column.Name))
		}
		table, marks := e.quote(relation.Name), strings.Repeat(", ?", len(names))[2:]
		for i := range batch.Len() {
			row := batch.AppendColumns(nil, i)
			_, err := tx.Exec(e.sql("DELETE FROM "+table+" WHERE "+names[0]+" = ? AND "+names[1]+" = ?"), row[:2]...)
			require.NoError(t, err)
			if !batch.Deleted(i) {
				_, err = tx.Exec(e.sql("INSERT INTO "+table+" ("+strings.Join(names, ", ")+") VALUES ("+marks+")"), row...)
				require.NoError(t, err)
			}
		}
	}
	require.NoError(t, tx.Commit())
}

// TestKitOfFaults runs the kit's cases of Appends that fail: refused before anything is written,
// and by a disk that has failed to sync at COMMIT, of which nobody knows whether it had written
// before.
func TestKitOfFaults(t *testing.T) {
	persisttest.TestFaults(t, func(t *testing.T) persisttest.Place {
		db, address := sqliteEngine.open(t)
		var before, after string // which call
		var cause error
		fault := func(which *string) func(call string) error {
			return func(call string) error {
				if call != *which {
					return nil
				}
				before, after = "", ""
				return cause
			}
		}
		pool := hooked(t, db, address, &hook{before: fault(&before), after: fault(&after)})
		doubts := 0
		return persisttest.Place{
			Open: func() persist.Store { return newStore(pool, sqliteEngine) },
			Fail: func(_ persist.Store, kind persisttest.Fault) {
				switch doubts++; {
				case kind == persisttest.Refuse:
					before, cause = "BEGIN", codeError(14) // SQLITE_CANTOPEN
				case doubts%2 == 0:
					before, cause = "COMMIT", codeError(10) // SQLITE_IOERR
				default:
					after, cause = "COMMIT", codeError(10)
				}
			},
		}
	})
}

// codeError is an error of SQLite.
type codeError int

func (e codeError) Error() string { return fmt.Sprintf("SQLite says %d", int(e)) }
func (e codeError) Code() int     { return int(e) }

func newStore(db *sql.DB, e *engine, tables ...sqlstore.Table) *sqlstore.Store {
	store := sqlstore.New(db, e.dialect, tables...)
	store.Create = true
	return store
}

// migrating does what a program's own migrations do: a table that is empty and does not fit is made
// anew.
type migrating struct {
	*sqlstore.Store
	db *sql.DB
	e  *engine
}

func (m *migrating) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	revision, err := m.Store.Load(ctx, schema, into)
	if !errors.Is(err, persist.ErrSchema) || !m.dropEmpty(ctx, schema) {
		return revision, err
	}
	return m.Store.Load(ctx, schema, into)
}

// dropEmpty drops the tables without rows, and reports whether there was one.
func (m *migrating) dropEmpty(ctx context.Context, schema *persist.Schema) (dropped bool) {
	for _, r := range schema.Relations {
		name := m.e.quote(r.Name)
		var rows int
		if m.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+name).Scan(&rows) == nil && rows == 0 {
			_, err := m.db.ExecContext(ctx, "DROP TABLE "+name)
			dropped = dropped || err == nil
		}
	}
	return dropped
}
