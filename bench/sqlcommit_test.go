package bench

import (
	"database/sql"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkSQLFill adds all edges to a table without any, in one commit. Beside it stands the
// same by hand, without a graph.
func BenchmarkSQLFill(b *testing.B) {
	onDatabases(b, func(b *testing.B, d *database, db *sql.DB) {
		var m *relation
		var store *timedStore
		var appends []time.Duration
		spent := beside(b, len(sorted()),
			contender{
				impl: "junction",
				ready: func(int) {
					makeTable(b, db, ourTable)
					m, store = relationIn(b, db)
					d.settle(b, db)
				},
				do: func() (end func()) {
					throughGraph(b, m).put(sorted())
					return func() {
						appends = append(appends, store.took)
						require.NoError(b, m.Graph().Close())
					}
				},
			},
			contender{
				impl: "by-hand",
				ready: func(int) {
					makeTable(b, db, otherTable)
					d.settle(b, db)
				},
				do: func() (end func()) {
					require.NoError(b, d.fill(db, otherTable, sorted()))
					return nil
				},
			})
		b.ReportMetric(ratio(appends, spent[1]), "append/by-hand")
	})
}

// commits are what BenchmarkSQLCommit10k and BenchmarkBeforeAppend measure.
var commits = []struct {
	what  string
	ready func(in writer, w *work)
	edges func(w *work, turn int) []edge
	do    func(in writer, edges []edge)
}{
	{
		"put",
		func(in writer, w *work) { in.remove(w.others) },
		(*work).changes,
		func(in writer, edges []edge) { in.put(edges) },
	},
	{
		"remove",
		func(in writer, w *work) { in.put(w.others) },
		func(w *work, _ int) []edge { return w.others },
		func(in writer, edges []edge) { in.remove(edges) },
	},
}

// BenchmarkSQLCommit10k puts 10,000 edges, of which half are new and half have another value, or
// removes 10,000 edges, in one commit to a table of 100,000. By turns with it the same is done by
// hand, without a graph, to the same table: of two tables that are filled alike the one is often
// slower by a few percent. What by hand is written the graph does not see, and the fence tells of
// none of it; both make the table ready for themselves.
func BenchmarkSQLCommit10k(b *testing.B) {
	for _, c := range commits {
		b.Run("what="+c.what, func(b *testing.B) {
			onDatabases(b, func(b *testing.B, d *database, db *sql.DB) {
				w := workOn(100_000)
				d.filled(b, db, ourTable, w.there)
				m, store := relationIn(b, db)
				var appends []time.Duration
				turn := 0
				contend := func(impl string, in writer, end func()) contender {
					var edges []edge
					return contender{
						impl: impl,
						ready: func(int) {
							c.ready(in, w)
							turn++
							edges = c.edges(w, turn)
							d.settle(b, db)
						},
						do: func() func() {
							c.do(in, edges)
							return end
						},
					}
				}
				spent := beside(b, len(w.others),
					contend("junction", throughGraph(b, m), func() { appends = append(appends, store.took) }),
					contend("by-hand", d.byHand(b, db, ourTable), nil))
				b.ReportMetric(ratio(appends, spent[1]), "append/by-hand")
				require.NoError(b, m.Graph().Close())
			})
		})
	}
}

// work is what a table has and what is done to it. All are sorted, as is best for whoever writes
// to the table by hand.
type work struct {
	there  []edge
	others []edge // which it has not
}

func newWork(there, others int) *work {
	edges := draw(there + others)
	return &work{
		slices.SortedFunc(slices.Values(edges[:there]), byLeft),
		slices.SortedFunc(slices.Values(edges[there:there+others]), byLeft),
	}
}

// workOn is what is done to a table of so many edges with 10,000 others, and a tenth of all with
// -short.
func workOn(there int) *work {
	if testing.Short() {
		return newWork(there/10, 1_000)
	}
	return newWork(there, 10_000)
}

// changes are half of the other edges, and as many that are there, with another value in every
// turn.
func (w *work) changes(turn int) []edge {
	half := len(w.others) / 2
	changes := slices.Clone(w.others[:half])
	step := len(w.there) / half
	for i := range half {
		e := w.there[i*step]
		e.Through = int64(1000 + turn)
		changes = append(changes, e)
	}
	slices.SortFunc(changes, byLeft)
	return changes
}

// writer writes to a table, each time in one transaction.
type writer struct {
	put    func(edges []edge)
	remove func(edges []edge) // those that are there
}

// throughGraph writes to the table of a graph.
func throughGraph(tb testing.TB, m *relation) writer {
	return writer{
		put: func(edges []edge) {
			_, err := m.AddAll(slices.Values(edges))
			require.NoError(tb, err)
		},
		remove: func(edges []edge) {
			_, err := m.RemoveAll(func(yield func(a, b int64) bool) {
				for i := range edges {
					if !yield(edges[i].Left, edges[i].Right) {
						return
					}
				}
			})
			require.NoError(tb, err)
		},
	}
}

// byHand writes to a table.
func (d *database) byHand(tb testing.TB, db *sql.DB, table string) writer {
	return writer{
		put:    func(edges []edge) { require.NoError(tb, d.put(db, table, edges)) },
		remove: func(edges []edge) { require.NoError(tb, d.remove(db, table, edges)) },
	}
}

// BenchmarkSQLWriters commits single new edges, each of which is durable when its writer goes on.
// By hand, one writer puts the same edges in transactions of 1 and of 64: what the ratio of
// writers can come to at the most. It depends on what a transaction waits for; SQLite is measured
// with both of its journals.
func BenchmarkSQLWriters(b *testing.B) {
	onDatabases(b, func(b *testing.B, d *database, db *sql.DB) {
		for _, writers := range []int{1, 64} {
			b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
				makeTable(b, db, ourTable)
				m, _ := relationIn(b, db)
				b.ResetTimer()
				err := concurrently(writers, b.N, func(i int) error {
					e := numbered(i)
					_, err := m.Add(e.Left, e.Right, e.Through)
					return err
				})
				b.StopTimer()
				require.NoError(b, err)
				require.NoError(b, m.Graph().Close())
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			})
		}
		for _, size := range []int{1, 64} {
			b.Run(fmt.Sprintf("by-hand=%d", size), func(b *testing.B) {
				makeTable(b, db, otherTable)
				edges := make([]edge, size)
				b.ResetTimer()
				for first := 0; first < b.N; first += size {
					for i := range edges {
						edges[i] = numbered(first + i)
					}
					slices.SortFunc(edges, byLeft)
					require.NoError(b, d.put(db, otherTable, edges))
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "edges/s")
			})
		}
	}, rollback())
}
