package stores_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// openNames opens two relations whose keys have several spellings.
func openNames(t *testing.T, place *persisttest.Memory) (m, friends *junction.ManyToMany[string, string, int]) {
	g := junction.NewGraph(&junction.Options{Store: persisttest.Strict(place.Open())})
	m = junction.RelateFunc[string, string, int](g, "m", fixture.IgnoreCase, fixture.IgnoreCase)
	friends = junction.RelateUndirectedFunc[string, int](g, "friends", fixture.IgnoreCase)
	require.NoError(t, g.Open(t.Context()))
	return m, friends
}

// TestSpellingOfWhatIsCleared takes the rows of all spellings away, and lets none come twice.
func TestSpellingOfWhatIsCleared(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		m, friends := openNames(t, place)
		fixture.Must(m.Add("ada", "X", 1))
		fixture.Must(m.Add("bob", "x", 1))
		fixture.Must(m.Clear())
		require.Empty(t, place.Rows("m"))

		fixture.Must(m.Add("Ada", "X", 1))
		fixture.Must(m.Add("Bob", "x", 1))
		for _, value := range []int{1, 2} { // as it was, and another one
			require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
				fixture.Must(m.In(tx).Clear())
				if value == 1 {
					fixture.Must(m.In(tx).Add("ADA", "x", value))
				} else {
					fixture.Must(m.In(tx).AddAll(slices.Values([]junction.Edge[string, string, int]{{Left: "aDA", Right: "x", Through: value}})))
				}
				return nil
			}))
			require.Len(t, place.Rows("m"), 1)
		}
		fixture.Must(friends.Add("Ada", "ada", 1))
		fixture.Must(friends.Add("ADA", "Ada", 2))
		require.Len(t, place.Rows("friends"), 1)
		require.NoError(t, m.Graph().Close())

		m, friends = openNames(t, place)
		require.Equal(t, []junction.Edge[string, string, int]{{Left: "Ada", Right: "X", Through: 2}}, fixture.EdgesOf(m))
		fixture.Must(m.Remove("ada", "x"))
		fixture.Must(friends.Remove("ada", "ada"))
		require.Empty(t, place.Rows("m"))
		require.Empty(t, place.Rows("friends"))
		require.NoError(t, m.Graph().Close())
	})
}

// TestCodecThatPanics in a group fails its own caller and nobody else.
func TestCodecThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		m := fixture.Open[int, int, string](t, place, junction.Codec("panicking", func(b []byte, s string) ([]byte, error) {
			if s == "panic" {
				panic("codec")
			}
			return append(b, s...), nil
		}, func(b []byte) (string, error) { return string(b), nil }))
		arrived, release := place.Hold()
		var calls sync.WaitGroup
		calls.Go(func() { fixture.Must(m.Add(0, 0, "first")) })
		<-arrived
		for i := range 6 {
			calls.Go(func() {
				if i == 3 {
					require.PanicsWithValue(t, "codec", func() { fixture.Must(m.Left(9).AddEach([]int{1, 2}, "panic")) })
					return
				}
				c, err := m.Left(i).AddEach([]int{1, 2}, "fine")
				require.NoError(t, err)
				require.Equal(t, 2, c.Added)
			})
		}
		synctest.Wait()
		release()
		calls.Wait()
		require.Equal(t, 1+5*2, m.Len())
		require.Len(t, place.Rows("m"), m.Len())
		require.PanicsWithValue(t, "codec", func() { fixture.Must(m.Add(1, 1, "panic")) })
		fixture.Must(m.Add(1, 1, "goes on"))
		require.NoError(t, m.Graph().Check())
		require.NoError(t, m.Graph().Close())
	})
}

// TestCodecsOwnSlice takes what a codec returns, wherever it is.
func TestCodecsOwnSlice(t *testing.T) {
	place := persisttest.NewMemory(persist.Binary)
	own := junction.Codec("own slice", func(_ []byte, s string) ([]byte, error) { return []byte(s), nil },
		func(b []byte) (string, error) { return string(b), nil })
	m := fixture.Open[string, string, string](t, place, own)
	fixture.Must(m.Left("left").AddEach([]string{"right", "other"}, "through"))
	require.NoError(t, m.Graph().Close())
	require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(fixture.Open[string, string, string](t, place, own)))

	_, err := junction.Open[string, string, string](t.Context(), "m", place.Open(), own, own)
	require.ErrorIs(t, err, junction.ErrDeclaration)
	require.ErrorContains(t, err, "one already")
}

// TestCloseDuringAppend delivers the commit that is on its way, and closes once even if nobody
// knows what became of it.
func TestCloseDuringAppend(t *testing.T) {
	for name, fault := range map[string]error{"appended": nil, "unknown": errors.New("broken")} {
		t.Run(name, func(t *testing.T) {
			place := persisttest.NewMemory(persist.Binary)
			m := fixture.Open[int, int, int](t, place)
			_, commits := m.Graph().Watch(t.Context())
			arrived, release := place.Hold()
			place.FailNext(fault, false)
			var calls sync.WaitGroup
			calls.Go(func() {
				_, err := m.Add(1, 1, 1)
				if fault == nil {
					require.NoError(t, err)
				} else {
					require.ErrorIs(t, err, junction.ErrStoreFailed)
				}
			})
			<-arrived
			calls.Go(func() { require.NoError(t, m.Graph().Close()) })
			for m.Graph().Update(t.Context(), func(*junction.Tx) error { return nil }) == nil { // until it begins to close
			}
			release()
			calls.Wait()
			seen := 0
			for _, err := range commits {
				if err != nil {
					require.ErrorIs(t, err, junction.ErrClosed)
					break
				}
				seen++
			}
			require.Equal(t, m.Len(), seen)
			require.NoError(t, m.Graph().Close())
			require.ErrorIs(t, m.Insert(2, 2, 2), junction.ErrClosed)
		})
	}
}

// TestNoPatience writes at once or not at all, and always at once while nobody else writes.
func TestNoPatience(t *testing.T) {
	g := junction.NewGraph(&junction.Options{Store: persisttest.NewMemory(persist.Binary).Open(), BusyTimeout: -1})
	m := junction.Relate[int, int, int](g, "m")
	require.NoError(t, g.Open(t.Context()))
	for i := range 200 {
		fixture.Must(m.Left(1).AddEach([]int{1, 2}, i))
	}
	require.NoError(t, g.Update(t.Context(), func(tx *junction.Tx) error {
		_, err := m.Left(1).AddEach([]int{1, 2}, 1)
		require.ErrorIs(t, err, junction.ErrBusy)
		return nil
	}))
}

// slowLoad is a store that lets a test run while it loads.
type slowLoad struct {
	persist.Store
	during func()
}

func (s slowLoad) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	s.during()
	return s.Store.Load(ctx, schema, into)
}

// TestRelateDuringOpen is too late.
func TestRelateDuringOpen(t *testing.T) {
	var g *junction.Graph
	var late *junction.ManyToMany[int, int, int]
	place := persisttest.NewMemory(persist.Binary)
	g = junction.NewGraph(&junction.Options{Store: slowLoad{place.Open(), func() {
		late = junction.Relate[int, int, int](g, "late")
	}}})
	m := junction.Relate[int, int, int](g, "m")
	require.NoError(t, g.Open(t.Context()))
	require.ErrorIs(t, late.Insert(1, 1, 1), junction.ErrDeclaration)
	fixture.Must(m.Add(2, 2, 2))
	require.Len(t, place.Rows("m"), 1)
	require.NoError(t, g.Update(t.Context(), func(*junction.Tx) error { // Open waits for nobody once it has succeeded
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		require.ErrorIs(t, g.Open(ctx), junction.ErrDeclaration)
		return nil
	}))
}

// stutter is a store that gives every row twice, and counts how often it is closed.
type stutter struct {
	persist.Store
	closed *int
}

func (s stutter) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	if _, err := s.Store.Load(ctx, schema, into); err != nil {
		return 0, err
	}
	return 1, into.LoadBinary(0, []byte("\x82\x82"), []byte("\x83"))
}

func (s stutter) Close() error {
	*s.closed++
	return s.Store.Close()
}

// TestStoreThatStutters is damaged, and closed once.
func TestStoreThatStutters(t *testing.T) {
	place := persisttest.NewMemory(persist.Binary)
	m := fixture.Open[int, int, int](t, place)
	fixture.Must(m.Add(2, 2, 3))
	require.NoError(t, m.Graph().Close())
	closed := 0
	g := junction.NewGraph(&junction.Options{Store: stutter{place.Open(), &closed}})
	junction.Relate[int, int, int](g, "m")
	err := g.Open(t.Context())
	require.ErrorIs(t, err, persist.ErrDamaged)
	require.ErrorContains(t, err, "more than once")
	require.ErrorIs(t, g.Open(t.Context()), junction.ErrClosed)
	require.NoError(t, g.Close())
	require.Equal(t, 1, closed)
}

// TestRefusalInDoubt takes a refusal that is unknown all the same for the worse of the two.
func TestRefusalInDoubt(t *testing.T) {
	store := &doubtful{Store: persisttest.NewMemory(persist.Binary).Open()}
	m, err := junction.Open[int, int, int](t.Context(), "m", store)
	require.NoError(t, err)
	_, err = m.Add(1, 1, 1)
	require.ErrorIs(t, err, junction.ErrStoreFailed)
	require.ErrorIs(t, m.Insert(1, 1, 1), junction.ErrStoreFailed)
}

type doubtful struct{ persist.Store }

func (*doubtful) Append(context.Context, []*persist.Commit) error {
	return persist.Unknown(persist.Refused(errors.New("rollback failed")))
}

// TestWatchAfterAPanic does not let a call that a comparison has interrupted shift what watchers
// get.
func TestWatchAfterAPanic(t *testing.T) {
	touchy := false
	compare := func(x, y string) int {
		if touchy && (x == "b" || y == "b") {
			panic("touched")
		}
		return strings.Compare(x, y)
	}
	m := junction.NewFunc[string, string, int](compare, compare)
	_, old := m.Graph().Watch(t.Context())
	fixture.Must(m.Left("x").AddEach([]string{"a", "b", "c"}, 1))
	touchy = true
	require.Panics(t, func() { fixture.Must(m.Left("x").Clear()) })
	touchy = false
	snap, commits := m.Graph().Watch(t.Context())
	fixture.Must(m.Add("y", "y", 1))
	for c, err := range commits {
		require.NoError(t, err)
		require.Equal(t, snap.Revision()+1, c.Revision())
		break
	}
	for c, err := range old { // either without a gap, or not at all
		if err != nil {
			require.ErrorIs(t, err, junction.ErrLagged)
			break
		}
		require.LessOrEqual(t, c.Revision(), uint64(3))
		if c.Revision() == 3 {
			break
		}
	}
}
