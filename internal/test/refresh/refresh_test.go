package refresh_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// gatherer is a Differ that gathers rows.
type gatherer struct {
	persist.Differ
	rows []fixture.Row
}

func (g *gatherer) Whole(int) error { return nil }

func (g *gatherer) LoadBinary(relation int, key, value []byte) error {
	g.rows = append(g.rows, fixture.Row{Relation: relation, Key: slices.Clone(key), Value: slices.Clone(value)})
	return nil
}

func (g *gatherer) LoadColumns(relation int, columns []any) error {
	g.rows = append(g.rows, fixture.Row{Relation: relation, Columns: slices.Clone(columns)})
	return nil
}

// reporter is a store that reports in a way of its own what another one gives when it is refreshed.
type reporter struct {
	persist.Refresher
	report    func(s *reporter, rows []fixture.Row, into persist.Differ) error
	random    *rand.Rand
	relations int
	ever      map[string]fixture.Row // all rows there ever were
	last      map[string]string      // the text of those at the last Refresh that were not appended since
}

func (s *reporter) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	var g gatherer
	revision, err := s.Refresher.Load(ctx, schema, &g)
	if err != nil {
		return 0, err
	}
	s.random = rand.New(rand.NewPCG(1, 2))
	s.relations, s.ever = len(schema.Relations), map[string]fixture.Row{}
	s.note(g.rows)
	for _, r := range g.rows {
		if err := r.Load(into); err != nil {
			return 0, err
		}
	}
	return revision, nil
}

func (s *reporter) Append(ctx context.Context, commits []*persist.Commit) error {
	for _, c := range commits {
		for _, r := range fixture.RowsOf(s.Form(), c) {
			s.note([]fixture.Row{r})
			delete(s.last, r.ID())
		}
	}
	return s.Refresher.Append(ctx, commits)
}

func (s *reporter) note(rows []fixture.Row) {
	for _, r := range rows {
		s.ever[r.ID()] = r
	}
}

func (s *reporter) Refresh(ctx context.Context, into persist.Differ) error {
	var g gatherer
	if err := s.Refresher.Refresh(ctx, &g); err != nil {
		return err
	}
	s.note(g.rows)
	return s.report(s, g.rows, into)
}

// all reports all rows, of each relation in the order in which they are given.
func (s *reporter) all(rows []fixture.Row, into persist.Differ) error {
	for i := range s.relations {
		if err := into.Whole(i); err != nil {
			return err
		}
		for _, r := range rows {
			if r.Relation == i {
				if err := r.Load(into); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func backwards(s *reporter, rows []fixture.Row, into persist.Differ) error {
	slices.Reverse(rows)
	return s.all(rows, into)
}

func shuffled(s *reporter, rows []fixture.Row, into persist.Differ) error {
	s.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	return s.all(rows, into)
}

// nearlyInOrder has a few rows come too early or too late.
func nearlyInOrder(s *reporter, rows []fixture.Row, into persist.Differ) error {
	for range min(3, len(rows)) {
		i, j := s.random.IntN(len(rows)), s.random.IntN(len(rows))
		r := rows[i]
		rows = slices.Insert(slices.Delete(rows, i, i+1), j, r)
	}
	return s.all(rows, into)
}

// onlyChanges reports the rows that have changed since the last time, and those that are not
// there any more.
func onlyChanges(s *reporter, rows []fixture.Row, into persist.Differ) error {
	now := map[string]string{}
	s.random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	for _, r := range rows {
		if now[r.ID()] = r.Text(); s.last[r.ID()] != r.Text() {
			if err := r.Load(into); err != nil {
				return err
			}
		}
	}
	for id, r := range s.ever {
		if _, ok := now[id]; !ok {
			if err := r.Gone(into); err != nil {
				return err
			}
		}
	}
	s.last = now
	return nil
}

// reports are the ways in which stores tell what others have changed.
var reports = map[string]func(s *reporter, rows []fixture.Row, into persist.Differ) error{
	"in order":        (*reporter).all,
	"backwards":       backwards,
	"shuffled":        shuffled,
	"nearly in order": nearlyInOrder,
	"only changes":    onlyChanges,
}

// inAllReports runs a test on stores of both forms that report in all ways.
func inAllReports(t *testing.T, test func(t *testing.T, place *persisttest.Memory, store func() persist.Store)) {
	for name, report := range reports {
		t.Run(name, func(t *testing.T) {
			fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
				test(t, place, func() persist.Store {
					return persisttest.Strict(&reporter{Refresher: place.Open().(persist.Refresher), report: report})
				})
			})
		})
	}
}

// kind is a kind of relation, with numbers for its keys and values.
type kind[A, B, T any] struct {
	declare func(g *junction.Graph) *junction.ManyToMany[A, B, T]
	left    func(n int) A
	right   func(n int) B
	value   func(n int) T
}

// role is a value of several columns.
type role struct {
	Name  string
	Since time.Time
	Tags  []string
}

func number(n int) int  { return n - 5 }
func text(n int) string { return fmt.Sprintf("%d\x00%[1]d", n) }

// TestRefreshPrograms has a graph and another program write by turns, and compares what the graph
// shows after a Refresh with what one shows that is opened then.
func TestRefreshPrograms(t *testing.T) {
	day := time.Date(2026, 11, 23, 1, 2, 3, 4, time.UTC)
	t.Run("struct{}", kind[int, string, struct{}]{
		func(g *junction.Graph) *junction.ManyToMany[int, string, struct{}] {
			return junction.Relate[int, string, struct{}](g, "m")
		}, number, text, func(int) struct{} { return struct{}{} },
	}.test)
	t.Run("struct", kind[string, string, role]{
		func(g *junction.Graph) *junction.ManyToMany[string, string, role] {
			return junction.Relate[string, string, role](g, "m")
		}, text, text, func(n int) role { return role{text(n), day.Add(time.Duration(n)), nil} },
	}.test)
	t.Run("slice", kind[int, int, []string]{
		func(g *junction.Graph) *junction.ManyToMany[int, int, []string] {
			return junction.RelateFunc[int, int, []string](g, "m", func(x, y int) int { return y - x }, func(x, y int) int { return x - y })
		}, number, number, func(n int) []string { return strings.Fields(strings.Repeat("x ", n)) },
	}.test)
	t.Run("undirected", kind[int, int, string]{
		func(g *junction.Graph) *junction.ManyToMany[int, int, string] {
			return junction.RelateUndirected[int, string](g, "m")
		}, number, number, text,
	}.test)
	t.Run("undirected names", kind[string, string, int]{
		func(g *junction.Graph) *junction.ManyToMany[string, string, int] {
			return junction.RelateUndirected[string, int](g, "m")
		}, text, text, number,
	}.test)
}

func (k kind[A, B, T]) test(t *testing.T) {
	inAllReports(t, func(t *testing.T, place *persisttest.Memory, store func() persist.Store) {
		rnd := rand.New(rand.NewPCG(3, 4))
		for range 4 {
			m := k.open(t, store())
			snap, commits := m.Graph().Watch(t.Context())
			revision, replica := snap.Revision(), k.declare(junction.NewGraph(nil))
			fixture.Must(replica.AddAll(m.Edges()))
			for range 40 {
				switch rnd.IntN(4) {
				case 0:
					k.write(t, rnd, m)
				case 1:
					others := k.open(t, place.Outside())
					k.write(t, rnd, others)
					require.NoError(t, others.Graph().Close())
				default:
					k.refresh(t, m, k.open(t, place.Outside()))
				}
			}
			k.refresh(t, m, k.open(t, place.Outside()))
			require.NoError(t, m.Graph().Check())
			require.NoError(t, m.Graph().Close())
			require.Equal(t, m.Graph().Revision()-revision, uint64(fixture.Replay(t, m, replica, commits)))
			require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(replica))
		}
	})
}

func (k kind[A, B, T]) open(t *testing.T, store persist.Store) *junction.ManyToMany[A, B, T] {
	g := junction.NewGraph(&junction.Options{Store: store})
	m := k.declare(g)
	require.NoError(t, g.Open(t.Context()))
	return m
}

// write changes some edges at random.
func (k kind[A, B, T]) write(t *testing.T, rnd *rand.Rand, m *junction.ManyToMany[A, B, T]) {
	if rnd.IntN(20) == 0 {
		fixture.Must(m.Clear())
	}
	require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
		for range rnd.IntN(30) {
			a, b := k.left(rnd.IntN(10)), k.right(rnd.IntN(10))
			if rnd.IntN(3) == 0 {
				fixture.Must(m.In(tx).Remove(a, b))
			} else {
				fixture.Must(m.In(tx).Add(a, b, k.value(rnd.IntN(3))))
			}
		}
		return nil
	}))
}

// refresh refreshes a relation, which then has to be as another one is.
func (k kind[A, B, T]) refresh(t *testing.T, m, want *junction.ManyToMany[A, B, T]) {
	before, revision := m.Graph().Snapshot(), m.Graph().Revision()
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Equal(t, fixture.EdgesOf(want), fixture.EdgesOf(m))
	require.Equal(t, k.difference(m.At(before), m), c)
	if !c.IsZero() {
		revision++
	}
	require.Equal(t, revision, m.Graph().Revision())
	c, err = m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c, "nothing has changed since")
	require.Equal(t, revision, m.Graph().Revision())
}

// difference counts what is other in a relation than it was.
func (k kind[A, B, T]) difference(before, after *junction.ManyToMany[A, B, T]) (c junction.Counts) {
	for e := range after.Edges() {
		switch old, ok := before.Get(e.Left, e.Right); {
		case !ok:
			c.Added++
		case fmt.Sprint(old) != fmt.Sprint(e.Through):
			c.Updated++
		}
	}
	c.Removed = before.Len() + c.Added - after.Len()
	return c
}

// TestRefreshOfWhatIsAsItWas reports nothing, whatever the type of the values is and however the
// graph came by them.
func TestRefreshOfWhatIsAsItWas(t *testing.T) {
	inAllReports(t, func(t *testing.T, place *persisttest.Memory, store func() persist.Store) {
		yes, zone := true, time.FixedZone("somewhere", 3600)
		g := junction.NewGraph(&junction.Options{Store: store()})
		put := func(c junction.Counts, err error) { require.NoError(t, err); require.NotZero(t, c.Added) }
		lists := junction.Relate[int, int, []string](g, "lists")
		times := junction.Relate[int, int, time.Time](g, "times")
		counts := junction.RelateUndirected[string, map[string]int](g, "counts")
		pointers := junction.Relate[string, string, *bool](g, "pointers")
		roles := junction.Relate[string, string, role](g, "roles")
		parities := junction.Relate[int, int, int](g, "parities", junction.Equal(func(x, y int) bool { return x%2 == y%2 }))
		require.NoError(t, g.Open(t.Context()))
		put(lists.Left(1).AddAll(func(yield func(int, []string) bool) {
			_ = yield(1, nil) && yield(2, []string{}) && yield(3, []string{"x"})
		}))
		put(times.Add(1, 1, time.Now()))
		put(times.Add(1, 2, time.Now().In(zone)))
		put(counts.Add("b", "a", map[string]int{"x": 1, "y": 2}))
		put(counts.Add("a", "a", nil))
		put(pointers.Left("x").AddEach([]string{"a", "b"}, &yes))
		put(pointers.Left("x").Link("c"))
		put(roles.Add("a", "a", role{"x", time.Now(), []string{"y"}}))
		put(roles.Add("a", "b", role{}))
		put(parities.Add(1, 1, 1))
		revision := g.Revision()
		for range 2 {
			c, err := g.Refresh(t.Context())
			require.NoError(t, err)
			require.Zero(t, c)
			require.Equal(t, revision, g.Revision())
		}

		others := junction.NewGraph(&junction.Options{Store: place.Outside()})
		theirs := junction.Relate[int, int, int](others, "parities")
		require.NoError(t, others.Open(t.Context()))
		fixture.Must(theirs.Add(1, 1, 3))
		c, err := g.Refresh(t.Context())
		require.NoError(t, err)
		require.Zero(t, c, "equal by the rule")
		fixture.Must(theirs.Add(1, 1, 4))
		c, err = g.Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Updated: 1}, c)
		require.NoError(t, g.Check())
	})
}

// TestRefreshOfNaN knows a value that does not equal itself.
func TestRefreshOfNaN(t *testing.T) {
	m := fixture.Open[int, int, float64](t, persisttest.NewMemory(persist.Binary))
	fixture.Must(m.Left(1).AddEach([]int{1, 2}, math.NaN()))
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c)
}

// TestRefreshOfManyRows goes through nodes of all sizes.
func TestRefreshOfManyRows(t *testing.T) {
	inAllReports(t, func(t *testing.T, place *persisttest.Memory, store func() persist.Store) {
		k := kind[int, int, int]{declare: func(g *junction.Graph) *junction.ManyToMany[int, int, int] {
			return junction.Relate[int, int, int](g, "m")
		}}
		m, others := k.open(t, store()), k.open(t, place.Outside())
		fixture.Must(others.AddAll(func(yield func(junction.Edge[int, int, int]) bool) {
			for i := range 3000 {
				_ = yield(junction.Edge[int, int, int]{Left: 1, Right: i, Through: i}) && yield(junction.Edge[int, int, int]{Left: i, Right: 7, Through: i})
			}
		}))
		k.refresh(t, m, others)
		fixture.Must(others.Left(1).Remove(2, 500, 2999))
		fixture.Must(others.RemoveLeft(77))
		fixture.Must(others.Add(1, 501, -1))
		fixture.Must(others.Add(1, 5000, -1))
		fixture.Must(others.Add(-1, 0, -1))
		k.refresh(t, m, others)
		require.NoError(t, m.Graph().Check())
		fixture.Must(others.Clear())
		k.refresh(t, m, others)
	})
}

// TestRefreshSeveralRelations makes one commit of what changed in all of them.
func TestRefreshSeveralRelations(t *testing.T) {
	inAllReports(t, func(t *testing.T, place *persisttest.Memory, store func() persist.Store) {
		declare := func(store persist.Store) (g *junction.Graph, m, n *junction.ManyToMany[int, int, int]) {
			g = junction.NewGraph(&junction.Options{Store: store})
			m, n = junction.Relate[int, int, int](g, "m"), junction.Relate[int, int, int](g, "n")
			require.NoError(t, g.Open(t.Context()))
			return g, m, n
		}
		g, m, n := declare(store())
		_, theirM, theirN := declare(place.Outside())
		late := junction.Relate[int, int, int](g, "late")
		snap, commits := g.Watch(t.Context())
		fixture.Must(theirM.Left(1).AddEach([]int{1, 2}, 1))
		fixture.Must(theirN.Left(3).AddEach([]int{3, 4}, 1))
		c, err := g.Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Added: 4}, c)
		require.Equal(t, fixture.EdgesOf(theirM), fixture.EdgesOf(m))
		require.Equal(t, fixture.EdgesOf(theirN), fixture.EdgesOf(n))
		require.Zero(t, m.At(snap).Len())
		require.ErrorIs(t, late.Insert(1, 1, 1), junction.ErrDeclaration)
		fixture.Must(m.Add(1, 3, 1))
		want := uint64(1)
		for commit, err := range commits {
			require.NoError(t, err)
			require.Equal(t, want, commit.Revision())
			if want == 2 {
				require.Equal(t, 1, commit.Len())
				break
			}
			require.Equal(t, []junction.Change[int, int, int]{
				{Kind: junction.Added, Left: 1, Right: 1, After: 1}, {Kind: junction.Added, Left: 1, Right: 2, After: 1},
			}, slices.Collect(m.ChangesIn(commit)))
			require.Equal(t, 4, commit.Len())
			want++
		}
		require.NoError(t, g.Close())
		require.Equal(t, uint64(2), place.Revision(), "of the commit that was appended")
	})
}

// teller is a store that tells a Differ what a test wants.
type teller struct {
	persist.Store
	tell func(into persist.Differ) error
	wait func(ctx context.Context) error
}

func (s *teller) Refresh(_ context.Context, into persist.Differ) error { return s.tell(into) }
func (s *teller) Wait(ctx context.Context) error                       { return s.wait(ctx) }

// TestRefreshOfDamage says which relation the damaged row is of, and changes nothing.
func TestRefreshOfDamage(t *testing.T) {
	place := persisttest.NewMemory(persist.Columns)
	store := &teller{Store: place.Open()}
	g := junction.NewGraph(&junction.Options{Store: store})
	m := junction.Relate[int, float64, int](g, "m")
	friends := junction.RelateUndirected[int, int](g, "friends")
	require.NoError(t, g.Open(t.Context()))
	fixture.Must(m.Left(2).AddEach([]float64{2, 3, 4}, 2))
	fixture.Must(friends.Add(2, 1, 2))
	before, theirs := fixture.EdgesOf(m), fixture.EdgesOf(friends)

	load := func(relation int, columns ...any) func(persist.Differ) error {
		return func(into persist.Differ) error { return into.LoadColumns(relation, columns) }
	}
	gone := func(relation int, key ...any) func(persist.Differ) error {
		return func(into persist.Differ) error { return into.GoneColumns(relation, key) }
	}
	whole := func(relation int) func(persist.Differ) error {
		return func(into persist.Differ) error { return into.Whole(relation) }
	}
	// what every row of m begins with: a change, so that it shows if anything is changed
	first, one := load(0, int64(1), 1.0, int64(1)), int64(1)
	tests := map[string][]func(persist.Differ) error{
		`relation "m" cannot be read: left key`:                          {first, load(0, "x", 1.0, one)},
		`relation "m" cannot be read: right key`:                         {first, load(0, one, nil, one)},
		`relation "m" cannot be read: through value of 3 and 1`:          {first, load(0, int64(3), 1.0, "x")},
		`relation "m" cannot be read: 1 columns`:                         {first, load(0, one)},
		`relation "m" cannot be read: junction: not a key: NaN`:          {first, load(0, one, math.NaN(), one)},
		`relation "m" cannot be read: 0 columns`:                         {first, gone(0)},
		`relation "friends" cannot be read: 2 stands left of 1`:          {first, load(1, int64(2), one, one)},
		`relation "friends" cannot be read: 3 stands left of 1`:          {first, whole(1), load(1, int64(3), one, one)},
		`relation "friends" cannot be read: 5 stands left of 1`:          {first, gone(1, int64(5), one)},
		`edge of 1 and 1 in relation "m" came more than once`:            {first, first},
		`the edge of 1 and 1 in relation "m" came more than once`:        {first, gone(0, one, 1.0)},
		`edge of 9 and 1 in relation "m" came more`:                      {whole(0), first, load(0, int64(9), 1.0, one), load(0, int64(9), 1.0, one)},
		`edge of 2 and 3 in relation "m" came more`:                      {whole(0), load(0, int64(2), 3.0, int64(2)), load(0, int64(9), 1.0, one), load(0, int64(2), 3.0, int64(2))},
		`edge of 2 and 4 in relation "m" came more`:                      {whole(0), load(0, int64(9), 1.0, one), load(0, int64(2), 4.0, int64(2)), load(0, int64(2), 4.0, int64(2))},
		`Whole of relation "m" twice, or after a row of it`:              {first, whole(0)},
		`junction: Whole of relation "m" twice, or after a row of it`:    {whole(0), first, whole(0)},
		`junction: a row of relation "m" is said to be gone after Whole`: {whole(0), first, gone(0, one, 2.0)},
	}
	for want, steps := range tests {
		t.Run(want, func(t *testing.T) {
			store.tell = func(into persist.Differ) error {
				for i, step := range steps {
					if err := step(into); err != nil {
						require.Equal(t, len(steps)-1, i, "%v", err)
						return fmt.Errorf("wrapped: %w", err)
					}
				}
				return nil
			}
			c, err := g.Refresh(t.Context())
			require.ErrorContains(t, err, want)
			require.ErrorContains(t, err, "junction: not refreshed: wrapped: ")
			require.Equal(t, !strings.Contains(want, "Whole"), errors.Is(err, persist.ErrRow))
			require.Zero(t, c)
			require.Equal(t, before, fixture.EdgesOf(m))
			require.Equal(t, theirs, fixture.EdgesOf(friends))
			require.Equal(t, uint64(2), g.Revision())
		})
	}
}

// TestRefreshRefused says why, and changes nothing.
func TestRefreshRefused(t *testing.T) {
	ctx := t.Context()
	require.NoError(t, refreshError(ctx, junction.New[int, int, int]().Graph()), "in memory there is nothing to take")
	closed := junction.NewGraph(nil)
	require.NoError(t, closed.Close())
	require.ErrorIs(t, refreshError(ctx, closed), junction.ErrClosed)

	place := persisttest.NewMemory(persist.Binary)
	plain, err := junction.Open[int, int, int](ctx, "m", struct{ persist.Store }{place.Open()})
	require.NoError(t, err)
	require.ErrorIs(t, refreshError(ctx, plain.Graph()), junction.ErrNoRefresh)
	require.ErrorIs(t, plain.Graph().Follow(ctx, time.Minute), junction.ErrNoRefresh)

	g := junction.NewGraph(&junction.Options{Store: persisttest.Strict(place.Open())})
	m := junction.Relate[int, int, int](g, "m")
	require.ErrorIs(t, refreshError(ctx, g), junction.ErrNotOpen)
	require.NoError(t, g.Open(ctx))
	fixture.Must(m.Add(1, 1, 1))
	others := fixture.Open[int, int, int](t, place)
	fixture.Must(others.Add(2, 2, 2)) // as a second writer
	_, err = m.Add(3, 3, 3)
	require.ErrorIs(t, err, persist.ErrConflict)
	failure := errors.New("connection lost")
	place.FailLoad(failure)
	require.ErrorIs(t, refreshError(ctx, g), failure)
	require.Equal(t, 1, m.Len())
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	require.ErrorIs(t, refreshError(cancelled, g), context.Canceled)
	require.NoError(t, refreshError(ctx, g))
	require.Equal(t, 2, m.Len())
	fixture.Must(m.Add(3, 3, 3))
	_, err = others.Add(4, 4, 4)
	require.ErrorIs(t, err, persist.ErrConflict)

	require.NoError(t, refreshError(ctx, others.Graph()))
	place.FailNext(failure, false)
	_, err = others.Add(4, 4, 4)
	require.ErrorIs(t, err, junction.ErrStoreFailed)
	require.ErrorIs(t, refreshError(ctx, others.Graph()), junction.ErrStoreFailed)
	require.NoError(t, g.Close())
	require.ErrorIs(t, refreshError(ctx, g), junction.ErrClosed)
}

func refreshError(ctx context.Context, g *junction.Graph) error {
	c, err := g.Refresh(ctx)
	if err != nil && !c.IsZero() {
		panic("changed all the same")
	}
	return err
}

// TestRefreshTakesTurns keeps writers waiting and no reader, and waits for a transaction that is
// open.
func TestRefreshTakesTurns(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		synctest.Test(t, func(t *testing.T) {
			m := fixture.Open[int, int, int](t, place)
			fixture.Must(m.Add(1, 1, 1))
			others, err := junction.Open[int, int, int](t.Context(), "m", place.Outside())
			require.NoError(t, err)
			fixture.Must(others.Add(2, 2, 2))
			_, commits := m.Graph().Watch(t.Context())

			arrived, release := place.Hold()
			var calls sync.WaitGroup
			calls.Go(func() {
				c, err := m.Graph().Refresh(t.Context())
				require.NoError(t, err)
				require.Equal(t, junction.Counts{Added: 1}, c)
			})
			<-arrived
			calls.Go(func() { fixture.Must(m.Add(3, 3, 3)) })
			synctest.Wait()
			require.Equal(t, 1, m.Len())
			require.False(t, m.Has(2, 2))
			require.Equal(t, uint64(1), m.Graph().Snapshot().Revision())
			release()
			calls.Wait()
			require.Equal(t, uint64(3), m.Graph().Revision())
			next := uint64(2)
			for c, err := range commits {
				require.NoError(t, err)
				require.Equal(t, next, c.Revision())
				if next++; next == 4 {
					break
				}
			}

			require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				require.ErrorIs(t, refreshError(ctx, m.Graph()), context.DeadlineExceeded)
				calls.Go(func() { require.NoError(t, refreshError(t.Context(), m.Graph())) })
				synctest.Wait()
				fixture.Must(others.Add(4, 4, 4))
				fixture.Must(m.In(tx).Add(5, 5, 5))
				require.False(t, m.In(tx).Has(4, 4))
				return nil
			}))
			calls.Wait()
			require.True(t, m.Has(4, 4))
			require.Equal(t, uint64(5), m.Graph().Revision())
			require.NoError(t, m.Graph().Check())
			require.NoError(t, m.Graph().Close())
		})
	})
}

// TestRefreshBesideReadersAndWriters is for the race detector, and holds that nothing gets lost.
func TestRefreshBesideReadersAndWriters(t *testing.T) {
	inAllReports(t, func(t *testing.T, place *persisttest.Memory, store func() persist.Store) {
		m, err := junction.Open[int, int, int](t.Context(), "m", store())
		require.NoError(t, err)
		others, err := junction.Open[int, int, int](t.Context(), "m", place.Outside())
		require.NoError(t, err)
		_, commits := m.Graph().Watch(t.Context())
		var all sync.WaitGroup
		for r := range 2 {
			all.Go(func() {
				for i := range 200 {
					snap := m.Graph().Snapshot()
					require.Len(t, fixture.EdgesOf(m.At(snap)), m.At(snap).Len())
					m.Has(i%10, r)
					for range m.Left(i % 10).All() {
					}
					for range m.Edges() {
					}
				}
			})
			all.Go(func() {
				for i := range 50 {
					fixture.Must(m.Add(10+r, i, i))
					fixture.Must(m.Left(12+r).Link(i, i+1))
				}
			})
		}
		all.Go(func() {
			for i := range 50 {
				fixture.Must(others.Left(i%10).AddEach([]int{i % 7, i % 5, 100}, i))
				fixture.Must(others.Remove(i%3, i%5))
			}
		})
		all.Go(func() {
			for range 50 {
				require.NoError(t, refreshError(t.Context(), m.Graph()))
			}
		})
		all.Wait()
		require.NoError(t, refreshError(t.Context(), m.Graph()))
		again, err := junction.Open[int, int, int](t.Context(), "m", place.Outside())
		require.NoError(t, err)
		require.Equal(t, fixture.EdgesOf(again), fixture.EdgesOf(m))
		require.NoError(t, m.Graph().Check())
		require.NoError(t, m.Graph().Close())
		replica := junction.New[int, int, int]()
		require.Equal(t, m.Graph().Revision(), uint64(fixture.Replay(t, m, replica, commits)))
		require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(replica))
	})
}

// TestRefreshThatPanics leaves nothing locked and nothing changed.
func TestRefreshThatPanics(t *testing.T) {
	store := &teller{Store: persisttest.NewMemory(persist.Binary).Open(), tell: func(persist.Differ) error { panic("store") }}
	m, err := junction.Open[int, int, int](t.Context(), "m", store)
	require.NoError(t, err)
	require.PanicsWithValue(t, "store", func() { _ = refreshError(t.Context(), m.Graph()) })
	fixture.Must(m.Add(1, 1, 1))
	require.NoError(t, m.Graph().Close())
}

// TestFollow refreshes at once, then after each interval, and ends with its context.
func TestFollow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		m := fixture.Open[int, int, int](t, place)
		others, err := junction.Open[int, int, int](t.Context(), "m", place.Outside())
		require.NoError(t, err)
		fixture.Must(others.Add(1, 1, 1))
		ctx, cancel := context.WithCancel(t.Context())
		followed := make(chan error)
		go func() { followed <- m.Graph().Follow(ctx, time.Minute) }()
		synctest.Wait()
		require.True(t, m.Has(1, 1), "at once")
		for i := range 3 {
			fixture.Must(others.Add(2, i, 2))
			time.Sleep(time.Minute - time.Nanosecond)
			synctest.Wait()
			require.False(t, m.Has(2, i))
			time.Sleep(time.Nanosecond)
			synctest.Wait()
			require.True(t, m.Has(2, i))
		}
		require.Equal(t, uint64(4), m.Graph().Revision())
		cancel()
		err = <-followed
		require.ErrorIs(t, err, context.Canceled)
		require.ErrorContains(t, err, "junction: not followed any more")

		require.ErrorIs(t, m.Graph().Follow(t.Context(), 0), junction.ErrNoRefresh)
		go func() { followed <- m.Graph().Follow(t.Context(), time.Hour) }()
		synctest.Wait()
		require.NoError(t, m.Graph().Close())
		require.ErrorIs(t, <-followed, junction.ErrClosed)
	})
}

// TestFollowAWaiter refreshes when the store says that something is new, with an interval or
// without.
func TestFollowAWaiter(t *testing.T) {
	for _, every := range []time.Duration{0, time.Minute} {
		t.Run(every.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				place := persisttest.NewMemory(persist.Columns)
				inner := place.Open().(persist.Refresher)
				news := make(chan error)
				var refreshes atomic.Int32
				store := &teller{Store: inner, tell: func(into persist.Differ) error {
					refreshes.Add(1)
					return inner.Refresh(t.Context(), into)
				}, wait: func(ctx context.Context) error {
					select {
					case err := <-news:
						return err
					case <-ctx.Done():
						return ctx.Err()
					}
				}}
				m, err := junction.Open[int, int, int](t.Context(), "m", persisttest.Strict(store))
				require.NoError(t, err)
				others, err := junction.Open[int, int, int](t.Context(), "m", place.Outside())
				require.NoError(t, err)
				ctx, cancel := context.WithCancel(t.Context())
				followed := make(chan error)
				go func() { followed <- m.Graph().Follow(ctx, every) }()
				for i := range 3 {
					fixture.Must(others.Add(i, i, i))
					news <- nil
					synctest.Wait()
					require.True(t, m.Has(i, i))
				}
				require.EqualValues(t, 4, refreshes.Load())
				time.Sleep(10*time.Minute + 1)
				synctest.Wait()
				if every == 0 {
					require.EqualValues(t, 4, refreshes.Load())
				} else {
					require.EqualValues(t, 14, refreshes.Load())
				}
				cancel()
				require.ErrorIs(t, <-followed, context.Canceled)

				go func() { followed <- m.Graph().Follow(t.Context(), every) }()
				synctest.Wait()
				require.NoError(t, m.Graph().Close())
				require.ErrorIs(t, <-followed, junction.ErrClosed)
			})
		})
	}
}

// TestRefreshKeepsNothingOfWhatIsUnchanged takes memory for what differs, and not for each row.
func TestRefreshKeepsNothingOfWhatIsUnchanged(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		const edges = 20_000
		store := &teller{Store: place.Open()}
		m, err := junction.Open[int, int, int](t.Context(), "m", store)
		require.NoError(t, err)
		fixture.Must(m.AddAll(func(yield func(junction.Edge[int, int, int]) bool) {
			for i := range edges {
				_ = yield(junction.Edge[int, int, int]{Left: i / 300, Right: i, Through: i})
			}
		}))
		var g gatherer
		_, err = place.Open().Load(t.Context(), mustSchema(t, m.Graph()), &g)
		require.NoError(t, err)
		store.tell = func(into persist.Differ) error {
			_ = into.Whole(0)
			for i := range g.rows {
				if r := &g.rows[i]; r.Columns != nil {
					_ = into.LoadColumns(0, r.Columns)
				} else {
					_ = into.LoadBinary(0, r.Key, r.Value)
				}
			}
			return nil
		}
		allocs := testing.AllocsPerRun(3, func() {
			c, err := m.Graph().Refresh(t.Context())
			if err != nil || !c.IsZero() {
				panic(fmt.Sprint(c, err))
			}
		})
		require.Less(t, allocs, 100.0)
	})
}

func mustSchema(t *testing.T, g *junction.Graph) *persist.Schema {
	schema, err := g.Schema()
	require.NoError(t, err)
	return schema
}
