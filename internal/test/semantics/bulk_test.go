package semantics_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// pairsOf is the sequence that RemoveAll wants.
func pairsOf[A, B, T any](edges ...junction.Edge[A, B, T]) iter.Seq2[A, B] {
	return func(yield func(A, B) bool) {
		for _, e := range edges {
			if !yield(e.Left, e.Right) {
				return
			}
		}
	}
}

// TestRemoveAll holds that RemoveAll does what one Remove for each pair does, in one commit: of
// few and many pairs, in order and in none, known and unknown, given twice and the other way
// round; in each kind of relation, where nodes are arrays and trees, live and in a transaction
// that has changed them before.
func TestRemoveAll(t *testing.T) {
	for name, declare := range textRelations {
		for _, n := range []int{1, 64, 65, 2_000} {
			t.Run(fmt.Sprint(name, "/", n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, uint64(n)))
				var there []textEdge
				for range 3_000 {
					there = append(there, edge(r.IntN(60), r.IntN(60), "v"))
				}
				for i := range 500 {
					there = append(there, edge(1, i, "hub"), edge(i, 2, "hub"))
				}
				gone := there[:n:n]
				gone = append(gone, textEdge{Left: 7, Right: 1_000}, textEdge{Left: 1_000, Right: 7}, gone[0])
				for _, inOrder := range []bool{false, true} {
					if inOrder {
						gone = slices.SortedFunc(slices.Values(gone), byBothKeys)
					}
					m, want := declare(), declare()
					fixture.Fill(m, there...)
					fixture.Fill(want, there...)
					before := want.Len()
					for _, e := range gone {
						_, err := want.Remove(e.Left, e.Right)
						require.NoError(t, err)
					}
					c, err := m.RemoveAll(pairsOf(gone...))
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Removed: before - want.Len()}, c)
					requireSame(t, want, m)
					c, err = m.RemoveAll(pairsOf(gone...))
					require.NoError(t, err)
					require.Zero(t, c, "twice is once")

					m = declare()
					fixture.Fill(m, there[n/2:]...)
					require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
						in := m.In(tx)
						fixture.Fill(in, there[:n/2]...)
						_, err := in.RemoveAll(pairsOf(gone...))
						requireSame(t, want, in)
						return err
					}))
					requireSame(t, want, m)
				}
			})
		}
	}
}

func byBothKeys(x, y textEdge) int {
	return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
}

func requireSame(t *testing.T, want, got *textRel) {
	t.Helper()
	require.Equal(t, slices.Collect(want.Edges()), slices.Collect(got.Edges()))
	require.Equal(t, slices.Collect(want.Inverse().Edges()), slices.Collect(got.Inverse().Edges()))
	require.Equal(t, want.Len(), got.Len())
	require.Equal(t, want.NumLefts(), got.NumLefts())
	require.Equal(t, want.NumRights(), got.NumRights())
	require.NoError(t, got.Graph().Check())
}

// TestRemoveAllThatIsUndone removes many edges in a transaction, loops over what is left while it
// is rolled back and the relation is written, and finds the relation as it was.
func TestRemoveAllThatIsUndone(t *testing.T) {
	for _, n := range degrees {
		m := junction.New[int, int, string]()
		fixture.CheckAtEnd(t, m.Graph())
		there := append(star(1, n), star(2, n)...)
		fixture.Fill(m, there...)
		tx, err := m.Graph().Begin(context.Background())
		require.NoError(t, err)
		in := m.In(tx)
		_, err = in.AddAll(slices.Values(there)) // which changes nothing
		require.NoError(t, err)
		_, err = in.RemoveAll(pairsOf(append(star(1, n), star(3, 100)...)...))
		require.NoError(t, err)
		require.Equal(t, n, in.Len())
		i := 0
		for k, through := range in.Left(2).All() {
			if i == 0 {
				tx.Rollback()
				requireEdges(t, m, there...)
				fixture.Fill(m, edge(2, 1, "later"), edge(2, -1, "later"))
			}
			require.Equal(t, star(2, n)[i], edge(2, k, through))
			i++
		}
		require.Equal(t, n, i)
		require.Equal(t, 2*n+1, m.Len())
	}
}

// TestRemoveAllOfBadInput gives RemoveAll what has an answer of its own.
func TestRemoveAllOfBadInput(t *testing.T) {
	floats := junction.New[float64, float64, string]()
	for i := range 100 {
		fixture.Fill(floats, junction.Edge[float64, float64, string]{Left: float64(i), Right: float64(i)})
	}
	c, err := floats.RemoveAll(func(yield func(float64, float64) bool) {
		for i := range 99 {
			yield(math.NaN(), float64(i))
			yield(float64(i), float64(i))
		}
	})
	require.NoError(t, err, "what is no key has no edges")
	require.Equal(t, junction.Counts{Removed: 99}, c)
	require.NoError(t, floats.Graph().Check())

	m := junction.New[int, int, string]()
	fixture.CheckAtEnd(t, m.Graph())
	there := star(1, 200)
	fixture.Fill(m, there...)
	revision := m.Graph().Revision()
	require.PanicsWithError(t, "midway", func() {
		_, _ = m.RemoveAll(func(yield func(int, int) bool) {
			for i := range 100 {
				yield(1, i)
			}
			panic(errors.New("midway"))
		})
	})
	requireEdges(t, m, there...)
	_, err = m.At(m.Graph().Snapshot()).RemoveAll(pairsOf(there...))
	require.ErrorIs(t, err, junction.ErrReadOnly)
	c, err = m.RemoveAll(func(yield func(int, int) bool) { // a sequence may write the relation that it reads
		for k := range m.Left(1).Keys() {
			fixture.Fill(m, edge(2, k, "beside"))
			yield(1, k)
		}
	})
	require.NoError(t, err)
	require.Equal(t, junction.Counts{Removed: 200}, c)
	require.Equal(t, 200, m.Len())
	require.Equal(t, revision+201, m.Graph().Revision())
	require.NoError(t, m.Graph().Close())
	_, err = m.RemoveAll(pairsOf(star(2, 200)...))
	require.ErrorIs(t, err, junction.ErrClosed)
}

// TestBulkBesideTheStore writes many edges from either end to a store that takes its time,
// refuses and fails: until the store has them nobody sees them from either end, what it refuses
// leaves nothing behind, and then both ends have them and so has a graph that is opened anew.
func TestBulkBesideTheStore(t *testing.T) {
	place := persisttest.NewMemory(persist.Columns)
	m := fixture.Open[int, int, string](t, place)
	fixture.Fill(m, star(1, 300)...)
	want := junction.New[int, int, string]()
	fixture.Fill(want, star(1, 300)...)
	var grid []textEdge
	for i := range 2_000 {
		grid = append(grid, edge(i%50, i/50, fmt.Sprint("g", i)))
	}
	flipped := make([]textEdge, len(grid))
	for i, e := range grid {
		flipped[i] = edge(e.Right, e.Left, e.Through)
	}
	for _, write := range []struct {
		name string
		do   func(m *textRel) (junction.Counts, error)
	}{
		{"AddAll", func(m *textRel) (junction.Counts, error) { return m.AddAll(slices.Values(grid)) }},
		{"RemoveAll", func(m *textRel) (junction.Counts, error) { return m.RemoveAll(pairsOf(grid[:1_000]...)) }},
		{"AddAll from the right", func(m *textRel) (junction.Counts, error) { return m.Inverse().AddAll(slices.Values(flipped)) }},
		{"RemoveAll from the right", func(m *textRel) (junction.Counts, error) {
			return m.Inverse().RemoveAll(pairsOf(flipped[500:]...))
		}},
	} {
		before := slices.Collect(m.Inverse().Edges())
		place.FailNext(persist.Refused(errors.New("no")), false)
		_, err := write.do(m)
		require.ErrorIs(t, err, persist.ErrRefused, write.name)
		requireSame(t, want, m)

		arrived, release := place.Hold()
		done := make(chan error, 1)
		go func() {
			_, err := write.do(m)
			done <- err
		}()
		<-arrived
		require.Equal(t, before, slices.Collect(m.Inverse().Edges()), write.name)
		require.NoError(t, m.Graph().Check())
		release()
		require.NoError(t, <-done)
		_, err = write.do(want)
		require.NoError(t, err)
		requireSame(t, want, m)
	}
	require.NoError(t, m.Graph().Close())
	requireSame(t, want, fixture.Open[int, int, string](t, place))
}

// TestBulkTellsWhatItChanges holds that a bulk write which is a commit of its own tells of just
// the edges that it changes, as the same write does in a transaction, and that it is no commit if
// those are none.
func TestBulkTellsWhatItChanges(t *testing.T) {
	var there, batch []textEdge
	for i := range 1_000 {
		there = append(there, edge(i%40, i/40, "old"))
	}
	there = append(there, star(41, 300)...)
	for i := range 300 {
		batch = append(batch, edge(i%50, i/50, []string{"old", "new"}[i%2]), edge(41, 2*i, "new"))
	}
	m := fixture.Open[int, int, string](t, persisttest.NewMemory(persist.Columns))
	inTx := fixture.Open[int, int, string](t, persisttest.NewMemory(persist.Columns))
	watched := func(m *textRel) (next func() []junction.Change[int, int, string]) {
		_, commits := m.Graph().Watch(t.Context())
		pull, stop := iter.Pull2(commits)
		t.Cleanup(stop)
		return func() []junction.Change[int, int, string] {
			c, err, _ := pull()
			require.NoError(t, err)
			return slices.Collect(m.ChangesIn(c))
		}
	}
	next, nextInTx := watched(m), watched(inTx)
	for _, write := range []func(m *textRel) (junction.Counts, error){
		func(m *textRel) (junction.Counts, error) { return m.AddAll(slices.Values(there)) },
		func(m *textRel) (junction.Counts, error) { return m.AddAll(slices.Values(batch)) },
		func(m *textRel) (junction.Counts, error) { return m.RemoveAll(pairsOf(batch...)) },
	} {
		got, err := write(m)
		require.NoError(t, err)
		var want junction.Counts
		require.NoError(t, inTx.Graph().Update(t.Context(), func(tx *junction.Tx) (err error) {
			want, err = write(inTx.In(tx))
			return err
		}))
		require.Equal(t, want, got)
		changes := next()
		require.Equal(t, nextInTx(), changes)
		require.Len(t, changes, got.Total())

		revision := m.Graph().Revision()
		again, err := write(m)
		require.NoError(t, err)
		require.Zero(t, again)
		require.Equal(t, revision, m.Graph().Revision())
	}
	requireSame(t, inTx, m)
}

// silent is a store that says yes at once and keeps nothing.
type silent struct{}

func (silent) Load(context.Context, *persist.Schema, persist.Loader) (uint64, error) { return 0, nil }
func (silent) Append(context.Context, []*persist.Commit) error                       { return nil }
func (silent) Close() error                                                          { return nil }
func (silent) Form() persist.Form                                                    { return persist.Columns }

// TestBulkWaitsForTheRight holds that a bulk write whose store is done first waits for the right
// side, which is made beside it: on one processor it has not begun by then.
func TestBulkWaitsForTheRight(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	m, err := junction.Open[int, int, int](t.Context(), "m", silent{})
	require.NoError(t, err)
	fixture.Must(m.Add(0, 1, 0)) // an empty live side would take the right one over whole
	grid := make([]junction.Edge[int, int, int], 2_000)
	for through := range 2 {
		for i := range grid {
			grid[i] = junction.Edge[int, int, int]{Left: i / 40, Right: i % 40 * 7, Through: through}
		}
		fixture.Must(m.AddAll(slices.Values(grid)))
		require.NoError(t, m.Graph().Check())
	}
	require.Equal(t, len(grid)+1, m.Len())
	fixture.Must(m.RemoveAll(pairsOf(grid...)))
	require.NoError(t, m.Graph().Check())
	require.Equal(t, 1, m.NumRights())
}
