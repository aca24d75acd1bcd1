package bench

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

const (
	selectUnordered = "SELECT a, b, through FROM " + ourTable
	selectOrdered   = selectUnordered + " ORDER BY a, b"
)

// BenchmarkSQLLoad opens a graph whose edges are in a table. Beside it stands a bare loop over
// the same rows.
func BenchmarkSQLLoad(b *testing.B) {
	onDatabases(b, func(b *testing.B, d *database, db *sql.DB) {
		d.filled(b, db, ourTable, sorted())
		beside(b, len(sorted()),
			contender{impl: "junction", do: func() (end func()) {
				m, _ := relationIn(b, db)
				return func() {
					require.Equal(b, len(sorted()), m.Len())
					require.NoError(b, m.Graph().Close())
				}
			}},
			scanning(b, "scan", db, selectOrdered),
			scanning(b, "scan-unordered", db, selectUnordered))
	})
}

// scanning reads all rows into variables, by a prepared statement as the store does.
func scanning(tb testing.TB, impl string, db *sql.DB, query string) contender {
	return contender{impl: impl, do: func() (end func()) {
		statement, err := db.Prepare(query)
		require.NoError(tb, err)
		rows, err := statement.Query()
		require.NoError(tb, err)
		n := 0
		for rows.Next() {
			var left, right, through int64
			if err := rows.Scan(&left, &right, &through); err != nil {
				tb.Fatal(err)
			}
			n++
		}
		require.NoError(tb, rows.Err())
		require.NoError(tb, statement.Close())
		require.Equal(tb, len(sorted()), n)
		return nil
	}}
}

// BenchmarkSQLRefresh looks for what others have changed where they have changed nothing. Beside
// it stands a bare loop over the same rows.
func BenchmarkSQLRefresh(b *testing.B) {
	onDatabases(b, func(b *testing.B, d *database, db *sql.DB) {
		d.filled(b, db, ourTable, sorted())
		m, _ := relationIn(b, db)
		beside(b, len(sorted()),
			contender{impl: "junction", do: func() (end func()) {
				refreshInVain(b, m)
				return nil
			}},
			scanning(b, "scan", db, selectOrdered))
		require.NoError(b, m.Graph().Close())
	})
}

func refreshInVain(tb testing.TB, m *relation) {
	c, err := m.Graph().Refresh(context.Background())
	require.NoError(tb, err)
	require.Equal(tb, junction.Counts{}, c)
}

// BenchmarkSQLRefreshMemory does so and collects garbage all the while, to see how much is
// reachable at most beside the graph: peak-B. Its time says nothing.
func BenchmarkSQLRefreshMemory(b *testing.B) {
	onDatabases(b, func(b *testing.B, d *database, db *sql.DB) {
		d.filled(b, db, ourTable, sorted())
		m, store := relationIn(b, db)
		var above uint64
		for b.Loop() {
			var h heap
			before := h.sample()
			store.Progress = func(sqlstore.Table, int) { h.sample() }
			stop := h.watch()
			refreshInVain(b, m)
			stop()
			above = max(above, h.peak-before)
		}
		b.ReportMetric(float64(above), "peak-B")
		require.NoError(b, m.Graph().Close())
	})
}
