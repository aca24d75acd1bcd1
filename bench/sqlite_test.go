package bench

import (
	"database/sql"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"
)

const (
	createEdges = `CREATE TABLE IF NOT EXISTS edges (a INTEGER NOT NULL, b INTEGER NOT NULL, through INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID`
	createIndex = `CREATE INDEX IF NOT EXISTS edges_by_right ON edges (b, a)`
	insertEdge  = `INSERT INTO edges VALUES (?, ?, ?)`
)

// sqliteIn opens a database in WAL mode with synchronous=FULL, and sees to it that it is.
func sqliteIn(tb testing.TB, dir string) *sql.DB { return sqliteWith(tb, dir, "wal") }

// sqliteWith opens one with a journal of some mode.
func sqliteWith(tb testing.TB, dir, journal string) *sql.DB {
	name := url.URL{
		Scheme:   "file",
		OmitHost: true,
		Path:     filepath.ToSlash(filepath.Join(dir, "edges.db")),
		RawQuery: "_pragma=journal_mode(" + journal + ")&_pragma=synchronous(FULL)",
	}
	db, err := sql.Open("sqlite", name.String())
	require.NoError(tb, err)
	db.SetMaxOpenConns(1) // there is one writer in SQLite; so its callers wait in Go, without timers
	var mode string
	require.NoError(tb, db.QueryRow("PRAGMA journal_mode").Scan(&mode))
	require.Equal(tb, journal, mode)
	var synchronous int
	require.NoError(tb, db.QueryRow("PRAGMA synchronous").Scan(&synchronous))
	require.Equal(tb, 2, synchronous, "FULL")
	return db
}

func execute(tb testing.TB, on interface {
	Exec(query string, args ...any) (sql.Result, error)
}, statements ...string) {
	for _, s := range statements {
		_, err := on.Exec(s)
		require.NoError(tb, err, s)
	}
}

// loadSQLite fills a table and its index in one transaction.
func loadSQLite(tb testing.TB, dir string, edges []edge) {
	db := sqliteIn(tb, dir)
	execute(tb, db, createEdges, createIndex)
	tx, err := db.Begin()
	require.NoError(tb, err)
	insertAll(tb, tx, edges)
	require.NoError(tb, tx.Commit())
	require.NoError(tb, db.Close())
}

// loadSQLiteTuned makes the index last and has memory for all pages.
func loadSQLiteTuned(tb testing.TB, dir string, edges []edge) {
	db := sqliteIn(tb, dir)
	execute(tb, db, `PRAGMA cache_size = -262144`, `PRAGMA temp_store = MEMORY`, createEdges)
	tx, err := db.Begin()
	require.NoError(tb, err)
	insertAll(tb, tx, edges)
	execute(tb, tx, createIndex)
	require.NoError(tb, tx.Commit())
	require.NoError(tb, db.Close())
}

func insertAll(tb testing.TB, tx *sql.Tx, edges []edge) {
	insert, err := tx.Prepare(insertEdge)
	require.NoError(tb, err)
	for i := range edges {
		e := &edges[i]
		if _, err := insert.Exec(e.Left, e.Right, e.Through); err != nil {
			tb.Fatal(err)
		}
	}
	require.NoError(tb, insert.Close())
}

func openSQLite(tb testing.TB, dir string, _ int) (commit func(edge) error, end func() error) {
	db := sqliteIn(tb, dir)
	execute(tb, db, createEdges, createIndex)
	insert, err := db.Prepare(insertEdge)
	require.NoError(tb, err)
	commit = func(e edge) error {
		_, err := insert.Exec(e.Left, e.Right, e.Through)
		return err
	}
	return commit, db.Close
}

// readSQLite reads the table in the order in which it is stored.
func readSQLite(tb testing.TB, dir string) maps {
	db := sqliteIn(tb, dir)
	rows, err := db.Query(`SELECT a, b, through FROM edges`)
	require.NoError(tb, err)
	m := newMaps()
	for rows.Next() {
		var a, b, through int64
		if err := rows.Scan(&a, &b, &through); err != nil {
			tb.Fatal(err)
		}
		m.put(a, b, through)
	}
	require.NoError(tb, rows.Err())
	require.NoError(tb, db.Close())
	return m
}

// TestSQLiteIndex holds that the other direction is indexed, however the table was filled.
func TestSQLiteIndex(t *testing.T) {
	edges := draw(5000)
	for name, load := range map[string]func(testing.TB, string, []edge){"plain": loadSQLite, "tuned": loadSQLiteTuned} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			load(t, dir, edges)
			db := sqliteIn(t, dir)
			var n int
			require.NoError(t, db.QueryRow(`SELECT count(*) FROM edges INDEXED BY edges_by_right WHERE b >= 0`).Scan(&n))
			require.Equal(t, len(edges), n)
			require.NoError(t, db.Close())
		})
	}
}
