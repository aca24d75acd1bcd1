package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// now is the time of the database.
const now = sqlstore.SQL("CURRENT_TIMESTAMP")

// openScoped opens a relation of integers in a table of columns l, r and n.
func openScoped(t testing.TB, e *engine, db *sql.DB, table sqlstore.Table) *likes {
	t.Helper()
	m, err := tryScoped(t, e, db, table)
	require.NoError(t, err)
	closeAtEnd(t, m.Graph())
	return m
}

func tryScoped(t testing.TB, e *engine, db *sql.DB, table sqlstore.Table) (*likes, error) {
	table.Relation, table.Name, table.Left, table.Right, table.Through = "likes", "likes", "l", "r", "n"
	return junction.Open[int64, int64, int64](t.Context(), "likes", sqlstore.New(db, e.dialect, table))
}

// requireEdges compares a relation with what a query finds of its table, and with a graph that is
// opened anew.
func requireEdges(t testing.TB, m *likes, other *sql.DB, where string, want ...[3]int64) {
	t.Helper()
	var edges, rows [][3]int64
	for e := range m.Edges() {
		edges = append(edges, [3]int64{e.Left, e.Right, e.Through})
	}
	found, err := other.QueryContext(context.Background(), "SELECT l, r, n FROM likes WHERE "+where+" ORDER BY l, r")
	require.NoError(t, err)
	defer found.Close()
	for found.Next() {
		var row [3]int64
		require.NoError(t, found.Scan(&row[0], &row[1], &row[2]))
		rows = append(rows, row)
	}
	require.NoError(t, found.Err())
	require.Equal(t, want, edges, "the graph")
	require.Equal(t, want, rows, "the table")
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c)
}

// TestTenants holds that a relation is the rows of one tenant, and that the rows of others stay
// as they are, whatever is done, by one call and in bulk.
func TestTenants(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, tenant := range []any{int64(5), "it's a \\ \"tenant\""} {
			db, address := e.open(t)
			other := dial(t, e.driver, address)
			typ, own := "{int}", "5"
			if _, is := tenant.(string); is {
				typ, own = "{key}", "'it''s a \\ \"tenant\"'"
				if e == mysqlEngine {
					own = "'it''s a \\\\ \"tenant\"'"
				}
			}
			e.exec(t, db, `CREATE TABLE likes (tenant `+typ+` NOT NULL, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, note {key}, UNIQUE (l, tenant, r))`)
			for _, of := range []string{"'6'", own} {
				for i := range 30 {
					mustExec(t, db, fmt.Sprintf(`INSERT INTO likes VALUES (%s, %d, 1, 1, 'theirs')`, of, i+1))
				}
			}
			others := e.dump(t, other, "likes", "tenant = '6'")
			m := openScoped(t, e, db, sqlstore.Table{Where: sqlstore.Values{"tenant": tenant}})
			require.Equal(t, 30, m.Len())
			must(m.Clear())
			must(m.Add(1, 1, 2))
			must(m.Add(1, 1, 3))
			must(m.AddAll(func(yield func(edge[int64, int64, int64]) bool) {
				for i := range int64(1200) {
					if !yield(edge[int64, int64, int64]{Left: i, Right: 2, Through: i}) {
						return
					}
				}
			}))
			must(m.AddAll(func(yield func(edge[int64, int64, int64]) bool) {
				for i := range int64(1200) {
					if !yield(edge[int64, int64, int64]{Left: i, Right: 2, Through: i + 1}) {
						return
					}
				}
			}))
			must(m.RemoveRight(2))
			must(m.Add(7, 7, 7))
			requireEdges(t, m, other, "tenant <> '6'", [3]int64{1, 1, 3}, [3]int64{7, 7, 7})
			require.Equal(t, others, e.dump(t, other, "likes", "tenant = '6'"))
		}
	})
}

// softly is a soft delete.
var softly = sqlstore.Table{Where: sqlstore.Values{"deleted_at": nil}, OnDelete: sqlstore.Values{"deleted_at": now}}

// TestSoftDelete holds that an edge that is removed keeps its row, and that this row is the
// edge's again when it is added again.
func TestSoftDelete(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, n := range []int64{1, 3, 100} {
			db, address := e.open(t)
			other := dial(t, e.driver, address)
			e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, deleted_at {time}, note {key} DEFAULT 'none', UNIQUE (l, r))`,
				`INSERT INTO likes VALUES (1, 1, 1, CURRENT_TIMESTAMP, 'theirs'), (2, 2, 2, NULL, 'theirs')`)
			m := openScoped(t, e, db, softly)
			requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{2, 2, 2})
			add := func(through int64) {
				require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
					for i := range n {
						must(m.In(tx).Add(1, i+1, through))
					}
					return nil
				}))
			}
			for through := range int64(3) {
				add(through + 5)
				require.Equal(t, int(n), count(t, other, "SELECT COUNT(*) FROM likes WHERE l = 1 AND deleted_at IS NULL AND n = "+fmt.Sprint(through+5)))
				must(m.RemoveLeft(1))
				require.Equal(t, int(n), count(t, other, "SELECT COUNT(*) FROM likes WHERE l = 1 AND deleted_at IS NOT NULL"))
				requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{2, 2, 2})
			}
			require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM likes WHERE l = 1 AND note = 'theirs'"))
			require.Equal(t, int(n)+1, count(t, other, "SELECT COUNT(*) FROM likes"))
			must(m.Remove(2, 2))
			e.exec(t, other, `UPDATE likes SET deleted_at = NULL WHERE l = 2`)
			_, err := m.Graph().Refresh(t.Context())
			require.NoError(t, err)
			requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{2, 2, 2})
			e.exec(t, other, `UPDATE likes SET deleted_at = CURRENT_TIMESTAMP WHERE l = 2`)
			must(m.Add(2, 2, 9)) // which the graph takes for an update
			requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{2, 2, 9})
		}
	})
}

// TestSoftDeleteWithoutValues holds the same of a relation without through values, of which a row
// that is there has nothing to change.
func TestSoftDeleteWithoutValues(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		e.exec(t, db, `CREATE TABLE pairs (l {int} NOT NULL, r {int} NOT NULL, deleted_at {time}, updated_at {time}, UNIQUE (l, r))`)
		table := softly
		table.Relation, table.Left, table.Right, table.OnUpdate = "pairs", "l", "r", sqlstore.Values{"updated_at": now}
		m, err := junction.Open[int64, int64, struct{}](t.Context(), "pairs", sqlstore.New(db, e.dialect, table))
		require.NoError(t, err)
		closeAtEnd(t, m.Graph())
		for _, stamped := range []int{3, 2} {
			must(m.Left(1).SetKeys(1, 2, 3))
			require.Equal(t, stamped, count(t, other, "SELECT COUNT(*) FROM pairs WHERE deleted_at IS NULL AND updated_at IS NOT NULL"))
			must(m.Left(1).SetKeys(3))
			require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM pairs WHERE deleted_at IS NULL"))
			e.exec(t, other, `UPDATE pairs SET updated_at = NULL`)
		}
		e.exec(t, other, `INSERT INTO pairs (l, r) VALUES (7, 7)`)
		must(m.Add(7, 7, struct{}{}))
		require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM pairs WHERE l = 7 AND updated_at IS NULL"), "the row is as it should be")
	})
}

// TestPartialIndexes holds that an index over the rows of the relation alone will do, and that an
// edge that is added again gets a row of its own where it leaves the deleted one alone.
func TestPartialIndexes(t *testing.T) {
	for _, e := range []*engine{sqliteEngine, postgresEngine} {
		for _, where := range []string{"deleted_at IS NULL", "deleted_at IS NULL AND kind = 'Post'", `(kind = 'Post') AND "deleted_at" IS NULL`} {
			t.Run(e.name+"/"+where, func(t *testing.T) {
				db, address := e.open(t)
				other := dial(t, e.driver, address)
				e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, kind varchar(10) NOT NULL, deleted_at {time})`,
					`CREATE UNIQUE INDEX one ON likes (l, r) WHERE `+where, `INSERT INTO likes VALUES (1, 1, 1, 'Photo', CURRENT_TIMESTAMP)`)
				table := softly
				table.Where = sqlstore.Values{"deleted_at": nil, "kind": "Post"}
				m := openScoped(t, e, db, table)
				for n := range int64(3) {
					must(m.Add(1, 1, n))
					must(m.Add(1, 1, n+10))
					requireEdges(t, m, other, "deleted_at IS NULL AND kind = 'Post'", [3]int64{1, 1, n + 10})
					must(m.Clear())
				}
				require.Equal(t, 3, count(t, other, "SELECT COUNT(*) FROM likes WHERE kind = 'Post' AND deleted_at IS NOT NULL"))
				require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM likes WHERE kind = 'Photo' AND n = 1"))
			})
		}
	}
}

// TestRowInPlace holds that a row of another tenant which is in the place of one to insert is
// refused, and stays.
func TestRowInPlace(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, tenant {int} NOT NULL, UNIQUE (l, r))`, `INSERT INTO likes VALUES (1, 1, 1, 6)`)
		before := e.dump(t, other, "likes", "1 = 1")
		m := openScoped(t, e, db, sqlstore.Table{Where: sqlstore.Values{"tenant": 5}})
		_, err := m.Add(1, 1, 2)
		require.ErrorIs(t, err, sqlstore.ErrOverruled)
		require.ErrorContains(t, err, "row (1, 1) is not there after it was inserted, or the table has a row of the pair for which Table.Where does not hold")
		require.Equal(t, before, e.dump(t, other, "likes", "1 = 1"))
		must(m.Add(1, 2, 2))
		requireEdges(t, m, other, "tenant = 5", [3]int64{1, 2, 2})
	})
}

// TestStamps holds that columns which the relation does not have get their values when a row is
// inserted and when it is changed, by an expression and by a function, and are left alone
// otherwise.
func TestStamps(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		e.exec(t, db, `CREATE TABLE likes (id {key} NOT NULL PRIMARY KEY, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, kind {key} NOT NULL, made {time} NOT NULL, changed {time} NOT NULL, times {int} NOT NULL, UNIQUE (l, r))`)
		ids, clock := 0, noon
		m := openScoped(t, e, db, sqlstore.Table{
			OnInsert: sqlstore.Values{"id": func() string { ids++; return fmt.Sprint("id", ids) }, "kind": "Post", "made": now, "times": 0},
			OnUpdate: sqlstore.Values{"changed": func() time.Time { clock = clock.Add(time.Hour + time.Nanosecond); return clock }, "times": sqlstore.SQL("times + 1")},
		})
		for _, n := range []int64{1, 20} {
			for i := range n {
				must(m.Add(n, i, 0))
			}
			require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
				for i := range n {
					must(m.In(tx).Add(n, i, 1))
				}
				return nil
			}))
			must(m.Add(n, 0, 1)) // which changes nothing
			require.Equal(t, int(n), count(t, other, fmt.Sprintf("SELECT COUNT(*) FROM likes WHERE l = %d AND kind = 'Post' AND n = 1 AND made IS NOT NULL AND times = 1 AND id LIKE 'id%%'", n)))
		}
		require.Equal(t, 21, ids)
		require.Equal(t, 21, count(t, other, "SELECT COUNT(DISTINCT changed) FROM likes"))
		before := e.dump(t, other, "likes", "1 = 1")
		ids = 0 // an id comes again
		_, err := m.Add(7, 7, 7)
		require.ErrorIs(t, err, persist.ErrRefused)
		require.Equal(t, before, e.dump(t, other, "likes", "1 = 1"))
	})
}

// TestStampsOfMySQL holds the same with a row number of the database's own.
func TestStampsOfMySQL(t *testing.T) {
	e := mysqlEngine
	db, address := e.open(t)
	other := dial(t, e.driver, address)
	e.exec(t, db, `CREATE TABLE likes (id BIGINT AUTO_INCREMENT PRIMARY KEY, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, token CHAR(36) NOT NULL, made {time} NOT NULL, changed {time} NOT NULL, UNIQUE (l, r))`)
	clock := noon
	m := openScoped(t, e, db, sqlstore.Table{
		OnInsert: sqlstore.Values{"token": sqlstore.SQL("UUID()"), "made": sqlstore.SQL("NOW(6)")},
		OnUpdate: sqlstore.Values{"changed": func() time.Time { clock = clock.Add(time.Hour); return clock }},
	})
	for n := range int64(2) {
		must(m.AddAll(func(yield func(edge[int64, int64, int64]) bool) {
			for i := range int64(100) {
				if !yield(edge[int64, int64, int64]{Left: i, Right: 1, Through: n}) {
					return
				}
			}
		}))
		require.Equal(t, 100, count(t, other, "SELECT COUNT(DISTINCT token) FROM likes"))
		require.Equal(t, 100, count(t, other, "SELECT COUNT(DISTINCT changed) FROM likes"))
	}
	require.Equal(t, 100, count(t, other, "SELECT MAX(id) FROM likes"))
}

// TestScopeRefusals holds that what the Table says of columns is checked when a graph is opened.
func TestScopeRefusals(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, tenant {int}, needed {int} NOT NULL, PRIMARY KEY (l, r))`)
		filled := sqlstore.Values{"needed": 1}
		for says, table := range map[string]sqlstore.Table{
			`column "needed" is NOT NULL and has no default, and no part of the through value fills it: give it a value in Table.OnInsert`: {},
			`Where: column "tenants" is missing`:                                    {OnInsert: filled, Where: sqlstore.Values{"tenants": 1}},
			`OnUpdate: column "n" is part of the relation`:                          {OnInsert: filled, OnUpdate: sqlstore.Values{"n": 1}},
			`Where: column "tenant" has a value that is no constant`:                {OnInsert: filled, Where: sqlstore.Values{"tenant": struct{}{}}},
			`OnInsert: column "needed" has a func(int) int, and not a constant, an`: {OnInsert: sqlstore.Values{"needed": func(n int) int { return n }}},
			`column "tenant" is in Where and in OnUpdate`:                           {OnInsert: filled, Where: sqlstore.Values{"tenant": 1}, OnUpdate: sqlstore.Values{"tenant": 1}},
			`OnDelete sets no column of Where`:                                      {OnInsert: filled, OnDelete: sqlstore.Values{"tenant": 1}},
		} {
			_, err := tryScoped(t, e, db, table)
			require.ErrorIs(t, err, persist.ErrSchema, says)
			require.ErrorContains(t, err, says)
		}
		_, err := tryScoped(t, e, db, sqlstore.Table{OnInsert: filled})
		require.NoError(t, err)
	})
}

// TestKeysThatCanBeNull holds that a table whose keys can be NULL is opened, and that a row that
// has NULL for a key is refused by name.
func TestKeysThatCanBeNull(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		e.exec(t, db, `CREATE TABLE likes (l {int}, r {int}, n {int} NOT NULL, UNIQUE (l, r))`)
		m := openScoped(t, e, db, sqlstore.Table{})
		must(m.Add(1, 2, 3))
		requireEdges(t, m, other, "1 = 1", [3]int64{1, 2, 3})
		e.exec(t, other, `INSERT INTO likes VALUES (7, NULL, 9)`)
		_, err := m.Graph().Refresh(t.Context())
		require.ErrorIs(t, err, persist.ErrRow)
		require.ErrorContains(t, err, `table likes, row (7, NULL): column "r"`)
		require.Equal(t, 1, m.Len())
	})
}

// TestPrimaryKeyInValues holds that the primary key of a row is not changed by a relation that
// has it in its through values.
func TestPrimaryKeyInValues(t *testing.T) {
	type numbered struct {
		ID   int64
		Role string
	}
	for _, e := range []*engine{sqliteEngine, postgresEngine} {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		e.exec(t, db, e.makeMembers())
		e.exec(t, db, `ALTER TABLE members RENAME TO numbered`)
		for i := range 3 {
			e.exec(t, db, strings.ReplaceAll(`INSERT INTO numbered (a, b, role, level, seen_at) VALUES (1, #, 'theirs', 1, '2020-01-01 00:00:00')`, "#", fmt.Sprint(i+1)))
		}
		table := sqlstore.Table{Relation: "numbered", Left: "a", Right: "b", OnInsert: sqlstore.Values{"level": 1, "seen_at": now}}
		m, err := junction.Open[int64, int64, numbered](t.Context(), "numbered", sqlstore.New(db, e.dialect, table))
		require.NoError(t, err)
		closeAtEnd(t, m.Graph())
		_, err = m.Add(1, 1, numbered{0, "ours"})
		require.ErrorIs(t, err, persist.ErrRefused)
		require.ErrorContains(t, err, `table numbered, row (1, 1): column "id" is the primary key and would become 0`)
		_, err = m.Left(1).Modify(1, func(v numbered, _ bool) (numbered, bool) { v.Role = "ours"; return v, true })
		require.NoError(t, err)
		e.exec(t, other, `INSERT INTO numbered (a, b, role, level, seen_at) VALUES (1, 4, 'theirs', 1, '2020-01-01 00:00:00')`)
		must(m.Add(1, 4, numbered{9, "ours"}))
		require.Equal(t, 4, count(t, other, "SELECT COUNT(*) FROM numbered WHERE id = b"))
		require.Equal(t, 2, count(t, other, "SELECT COUNT(*) FROM numbered WHERE role = 'ours'"))
	}
}

// TestPartitionsOfTenants holds that the index of a partitioned table, which has the column by
// which it is parted, will do.
func TestPartitionsOfTenants(t *testing.T) {
	e := postgresEngine
	db, address := e.open(t)
	other := dial(t, e.driver, address)
	e.exec(t, db, `CREATE TABLE likes (l {int}, r {int}, n {int} NOT NULL, tenant {int}, PRIMARY KEY (tenant, l, r)) PARTITION BY LIST (tenant)`,
		`CREATE TABLE likes_5 PARTITION OF likes FOR VALUES IN (5)`, `CREATE TABLE likes_6 PARTITION OF likes FOR VALUES IN (6)`, `INSERT INTO likes VALUES (1, 1, 1, 6)`)
	m := openScoped(t, e, db, sqlstore.Table{Where: sqlstore.Values{"tenant": 5}})
	must(m.Add(1, 1, 2))
	must(m.Add(1, 1, 3))
	requireEdges(t, m, other, "tenant = 5", [3]int64{1, 1, 3})
	must(m.Clear())
	requireEdges(t, m, other, "tenant = 5")
	require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM likes WHERE n = 1"))
}

// TestLoggedSoftDelete holds that the log of CreateTriggers tells of rows that come into the
// relation and fall out of it.
func TestLoggedSoftDelete(t *testing.T) {
	e := postgresEngine
	db, address := e.open(t)
	other := dial(t, e.driver, address)
	e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, deleted_at {time}, UNIQUE (l, r))`)
	m := openScoped(t, e, db, softly)
	schema, err := m.Graph().Schema()
	require.NoError(t, err)
	table := softly
	table.Relation, table.Left, table.Right, table.Through = "likes", "l", "r", "n"
	require.NoError(t, sqlstore.CreateTriggers(t.Context(), db, "", schema, table))
	require.NoError(t, m.Graph().Close())
	m = openScoped(t, e, db, softly)
	refresh := func() {
		_, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
	}
	e.exec(t, other, `INSERT INTO likes VALUES (1, 1, 1, NULL), (2, 2, 2, CURRENT_TIMESTAMP)`)
	refresh()
	requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{1, 1, 1})
	e.exec(t, other, `UPDATE likes SET deleted_at = CASE l WHEN 1 THEN CURRENT_TIMESTAMP END`)
	refresh()
	requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{2, 2, 2})
	must(m.Remove(2, 2))
	must(m.Add(1, 1, 9))
	requireEdges(t, m, other, "deleted_at IS NULL", [3]int64{1, 1, 9})
}

// TestTwoTenants holds that graphs of two tenants in one table are writers of that table, of
// which the one that comes second may go on after a Refresh, and that neither sees the other's
// rows.
func TestTwoTenants(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		other := dial(t, e.driver, address)
		e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, tenant {int} NOT NULL, UNIQUE (tenant, l, r))`)
		five := openScoped(t, e, db, sqlstore.Table{Where: sqlstore.Values{"tenant": 5}})
		six := openScoped(t, e, db, sqlstore.Table{Where: sqlstore.Values{"tenant": 6}})
		must(five.Add(1, 1, 5))
		_, err := six.Add(1, 1, 6)
		require.ErrorIs(t, err, persist.ErrConflict)
		_, err = six.Graph().Refresh(t.Context())
		require.NoError(t, err)
		must(six.Add(1, 1, 6))
		requireEdges(t, six, other, "tenant = 6", [3]int64{1, 1, 6})
		requireEdges(t, five, other, "tenant = 5", [3]int64{1, 1, 5})
	})
}
