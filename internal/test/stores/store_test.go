package stores_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
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

// TestStoreKeepsEverything writes at random, by every kind of call, and opens anew: what comes
// back is what was there.
func TestStoreKeepsEverything(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		rnd := rand.New(rand.NewPCG(1, 2))
		var before []junction.Edge[int, int, int]
		var revision uint64
		for range 20 {
			m := fixture.Open[int, int, int](t, place)
			require.Equal(t, before, fixture.EdgesOf(m))
			require.Equal(t, revision, m.Graph().Revision())
			for i := range 50 {
				write := fixture.WriteAtRandom
				if i%3 == 0 {
					write = fixture.UpdateAtRandom
				}
				require.NoError(t, write(rnd, m))
				require.Equal(t, m.Graph().Revision(), place.Revision())
				require.Len(t, place.Rows("m"), m.Len())
			}
			require.NoError(t, m.Graph().Check())
			before, revision = fixture.EdgesOf(m), m.Graph().Revision()
			require.NoError(t, m.Graph().Close())
		}
	})
}

type role struct {
	Name  string
	Since time.Time
	Tags  []string
}

// TestStoreKeepsEveryType keeps keys and values of many types.
func TestStoreKeepsEveryType(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		day := time.Date(2026, 11, 23, 1, 2, 3, 4, time.UTC)
		type project string
		type point [2]int
		comparePoints := func(x, y point) int { return slices.Compare(x[:], y[:]) }
		declare := func() (*junction.Graph, *junction.ManyToMany[string, project, role], *junction.ManyToMany[uint8, float64, struct{}],
			*junction.ManyToMany[point, time.Time, map[string]int], *junction.ManyToMany[string, string, *bool]) {
			g := junction.NewGraph(&junction.Options{Store: persisttest.Strict(place.Open())})
			return g, junction.Relate[string, project, role](g, "roles"),
				junction.Relate[uint8, float64, struct{}](g, "numbers"),
				junction.RelateFunc[point, time.Time, map[string]int](g, "places", comparePoints, time.Time.Compare),
				junction.RelateUndirected[string, *bool](g, "friends")
		}
		g, roles, numbers, places, friends := declare()
		require.NoError(t, g.Open(t.Context()))
		yes := true
		fixture.Must(roles.Add("ada\x00", "", role{"owner", day, []string{"a", "b"}}))
		fixture.Must(roles.Add("", "engine", role{}))
		fixture.Must(numbers.Left(255).Link(-1.5, 0, 1e300))
		fixture.Must(places.Add(point{1, -2}, day, map[string]int{"x": 1}))
		fixture.Must(places.Add(point{1, -2}, day.Add(1), nil))
		fixture.Must(friends.Add("grace", "ada", &yes))
		fixture.Must(friends.Add("ada", "ada", nil))
		require.NoError(t, g.Close())

		g, roles2, numbers2, places2, friends2 := declare()
		require.NoError(t, g.Open(t.Context()))
		require.Equal(t, fixture.EdgesOf(roles), fixture.EdgesOf(roles2))
		require.Equal(t, fixture.EdgesOf(numbers), fixture.EdgesOf(numbers2))
		require.Equal(t, fixture.EdgesOf(friends), fixture.EdgesOf(friends2))
		require.Equal(t, 2, places2.Left(point{1, -2}).Count())
		v, ok := places2.Get(point{1, -2}, day)
		require.True(t, ok)
		require.Equal(t, map[string]int{"x": 1}, v)
		require.NoError(t, g.Check())
		fixture.Must(friends2.Remove("ada", "grace"))
		require.Len(t, place.Rows("friends"), 1)
		require.NoError(t, g.Close())
	})
}

// TestCodecRule keeps values in a form of the program's own, and refuses another.
func TestCodecRule(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		reversed := func(name string) junction.Rule {
			reverse := func(s []byte) []byte { s = slices.Clone(s); slices.Reverse(s); return s }
			return junction.Codec(name,
				func(b []byte, s string) ([]byte, error) { return append(b, reverse([]byte(s))...), nil },
				func(b []byte) (string, error) { return string(reverse(b)), nil })
		}
		m := fixture.Open[string, int, string](t, place, reversed("reversed"))
		fixture.Must(m.Add("abc", 1, "xyz"))
		require.NoError(t, m.Graph().Close())
		if place.Rows("m") != nil && persist.Binary == persisttest.Strict(place.Open()).Form() {
			require.Contains(t, fmt.Sprint(place.Rows("m")), "zyx")
		}
		m = fixture.Open[string, int, string](t, place, reversed("reversed"))
		require.Equal(t, []junction.Edge[string, int, string]{{Left: "abc", Right: 1, Through: "xyz"}}, fixture.EdgesOf(m))
		require.NoError(t, m.Graph().Close())

		for _, rules := range [][]junction.Rule{nil, {reversed("otherwise")}} {
			_, err := junction.Open[string, int, string](t.Context(), "m", place.Open(), rules...)
			require.ErrorIs(t, err, persist.ErrSchema)
			require.ErrorContains(t, err, "codec:reversed")
		}
	})
	for name, rule := range map[string]junction.Rule{
		"none of the relation's types": junction.Codec("x", func(b []byte, v int8) ([]byte, error) { return b, nil }, func(b []byte) (int8, error) { return 0, nil }),
		"without a name":               junction.Codec("", func(b []byte, v int) ([]byte, error) { return b, nil }, func(b []byte) (int, error) { return 0, nil }),
		"without a name or a function": junction.Codec[int]("x", nil, nil),
	} {
		_, err := junction.Open[int, int, string](t.Context(), "m", persisttest.NewMemory(persist.Binary).Open(), rule)
		require.ErrorIs(t, err, junction.ErrDeclaration)
		require.ErrorContains(t, err, name)
	}
}

// TestOpenRefusesDeclarations names every relation that a store cannot keep, before it looks at
// the store.
func TestOpenRefusesDeclarations(t *testing.T) {
	place := persisttest.NewMemory(persist.Binary)
	place.FailLoad(errors.New("never seen"))
	g := junction.NewGraph(&junction.Options{Store: place.Open()})
	junction.Relate[int, int, func()](g, "functions")
	junction.Relate[int, int, any](g, "anything")
	junction.Relate[int, int, struct{ hidden int }](g, "hidden")
	junction.Relate[int, int, int](g, "")
	err := g.Open(t.Context())
	require.ErrorIs(t, err, junction.ErrDeclaration)
	for _, want := range []string{"functions", "anything", "hidden", "needs a name"} {
		require.ErrorContains(t, err, want)
	}
	require.NotContains(t, err.Error(), "never seen")
}

// TestNotOpen says so until the graph is open, and again when it is too late to declare.
func TestNotOpen(t *testing.T) {
	place := persisttest.NewMemory(persist.Binary)
	g := junction.NewGraph(&junction.Options{Store: place.Open()})
	m := junction.Relate[int, int, int](g, "m")
	requireNotOpen := func(err error) { t.Helper(); require.ErrorIs(t, err, junction.ErrNotOpen) }
	_, err := m.Add(1, 1, 1)
	requireNotOpen(err)
	_, err = m.Remove(1, 1)
	requireNotOpen(err)
	_, err = m.Left(1).Link(1, 2, 3)
	requireNotOpen(err)
	_, err = m.Clear()
	requireNotOpen(err)
	requireNotOpen(m.Insert(1, 1, 1))
	requireNotOpen(g.Update(t.Context(), func(*junction.Tx) error { return nil }))
	_, commits := g.Watch(t.Context())
	for _, err := range commits {
		requireNotOpen(err)
	}
	require.Zero(t, m.Len())

	failure := errors.New("the first time")
	place.FailLoad(failure)
	require.ErrorIs(t, g.Open(t.Context()), failure)
	requireNotOpen(m.Insert(1, 1, 1))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, g.Open(cancelled), context.Canceled)
	require.NoError(t, g.Open(t.Context()))
	require.NoError(t, g.Open(t.Context()), "once more does nothing")
	require.NoError(t, m.Insert(1, 1, 1))

	late := junction.Relate[int, int, int](g, "late")
	require.ErrorIs(t, late.Insert(1, 1, 1), junction.ErrDeclaration)
	require.NoError(t, g.Close())
	require.Zero(t, place.Loaded())
	require.NoError(t, g.Close())
	require.ErrorIs(t, g.Open(t.Context()), junction.ErrClosed)
	require.ErrorIs(t, m.Insert(2, 2, 2), junction.ErrClosed)
	require.Equal(t, 1, m.Len(), "reads go on")
}

// TestOpenFailures gives back what Open has taken, and changes nothing.
func TestOpenFailures(t *testing.T) {
	place := persisttest.NewMemory(persist.Binary)
	place.Exclude()
	m := fixture.Open[int, int, int](t, place)
	fixture.Must(m.Add(1, 2, 3))
	_, err := junction.Open[int, int, int](t.Context(), "m", place.Open())
	require.ErrorIs(t, err, persist.ErrInUse)
	require.NoError(t, m.Graph().Close())
	for want, open := range map[string]func(store persist.Store) error{
		`relation "m" is declared as directed (int64, int64, through string)`: func(store persist.Store) error {
			_, err := junction.Open[int, int, string](t.Context(), "m", store)
			return err
		},
		`1 rows of relation "m", which is not declared (declared: ["n"])`: func(store persist.Store) error {
			_, err := junction.Open[int, int, int](t.Context(), "n", store)
			return err
		},
	} {
		err := open(place.Open())
		require.ErrorIs(t, err, persist.ErrSchema)
		require.ErrorContains(t, err, want)
		require.Zero(t, place.Loaded())
	}
	require.Len(t, place.Rows("m"), 1)
}

// TestStoreAppendsFirst has an Append wait: meanwhile readers read what was before, and
// afterwards what is durable.
func TestStoreAppendsFirst(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		synctest.Test(t, func(t *testing.T) {
			m := fixture.Open[int, int, int](t, place)
			_, commits := m.Graph().Watch(t.Context())
			arrived, release := place.Hold()
			defer release()
			var calls sync.WaitGroup
			calls.Go(func() { fixture.Must(m.Add(1, 1, 1)) })
			<-arrived
			require.False(t, m.Has(1, 1))
			require.Zero(t, m.Graph().Snapshot().Revision())
			update, cancel := context.WithCancel(t.Context())
			calls.Go(func() {
				err := m.Graph().Update(update, func(tx *junction.Tx) error { panic("has no turn") })
				require.ErrorIs(t, err, context.Canceled)
			})
			synctest.Wait()
			cancel()
			release()
			calls.Wait()
			require.True(t, m.Has(1, 1))
			for c, err := range commits {
				require.NoError(t, err)
				require.Equal(t, uint64(1), c.Revision())
				break
			}
			require.NoError(t, m.Graph().Close())
		})
	})
}

// refuse is a value that cannot be stored.
const refuse = "refuse"

// picky is a codec that refuses one value.
func picky() junction.Rule {
	return junction.Codec("picky", func(b []byte, s string) ([]byte, error) {
		if s == refuse {
			return nil, errors.New("cannot be stored")
		}
		return append(b, s...), nil
	}, func(b []byte) (string, error) { return string(b), nil })
}

// touchy is a comparison that panics at one value.
func touchy() junction.Rule {
	return junction.Equal(func(x, y string) bool {
		if y == "panic" {
			panic("touched")
		}
		return x == y
	})
}

// TestGroupCommit has many calls wait for one Append, of which some fail for reasons of their own.
func TestGroupCommit(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		synctest.Test(t, func(t *testing.T) {
			m := fixture.Open[int, int, string](t, place, picky(), touchy())
			fixture.Must(m.Add(7, 7, "old"))
			_, commits := m.Graph().Watch(t.Context())
			arrived, release := place.Hold()
			defer release()
			var calls sync.WaitGroup
			calls.Go(func() { fixture.Must(m.Add(0, 0, "first")) })
			<-arrived
			for i := range 20 {
				calls.Go(func() {
					c, err := m.Add(i%10, 100+i, fmt.Sprint(i))
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Added: 1}, c)
				})
			}
			calls.Go(func() {
				c, err := m.Add(7, 8, refuse)
				require.ErrorIs(t, err, junction.ErrValue)
				require.ErrorContains(t, err, "cannot be stored")
				require.Zero(t, c)
			})
			calls.Go(func() {
				_, err := m.Left(7).AddEach([]int{7, 9, 10}, refuse)
				require.ErrorIs(t, err, junction.ErrValue)
			})
			calls.Go(func() { require.ErrorIs(t, m.Insert(7, 7, "new"), junction.ErrExists) })
			calls.Go(func() {
				require.PanicsWithValue(t, "touched", func() { fixture.Must(m.Left(7).AddEach([]int{7, 6}, "panic")) })
			})
			calls.Go(func() {
				c, err := m.Right(7).AddEach([]int{1, 2, 3}, "many")
				require.NoError(t, err)
				require.Equal(t, junction.Counts{Added: 3}, c)
			})
			calls.Go(func() { // changes nothing
				c, err := m.Remove(70, 70)
				require.NoError(t, err)
				require.Zero(t, c)
			})
			synctest.Wait()
			appends, _ := place.Appends()
			release()
			calls.Wait()
			after, all := place.Appends()
			require.Equal(t, appends+2, after, "the one that was held, and one for all who waited")
			require.Equal(t, 1+1+20+1, all)
			require.Equal(t, uint64(all), m.Graph().Revision())
			require.Equal(t, 1+1+20+3, m.Len())
			for _, b := range []int{6, 8, 9, 10} {
				require.False(t, m.Has(7, b))
			}
			require.NoError(t, m.Graph().Check())
			require.Len(t, place.Rows("m"), m.Len())
			require.NoError(t, m.Graph().Close())
			next := uint64(2)
			for c, err := range commits {
				if err != nil {
					require.ErrorIs(t, err, junction.ErrClosed)
					break
				}
				require.Equal(t, next, c.Revision())
				next++
			}
			require.Equal(t, m.Graph().Revision()+1, next)
		})
	})
}

// TestGroupSeesItself has calls of one group build on each other.
func TestGroupSeesItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		m := fixture.Open[int, int, int](t, place)
		arrived, release := place.Hold()
		var calls sync.WaitGroup
		calls.Go(func() { fixture.Must(m.Add(0, 0, 0)) })
		<-arrived
		var inserted, added, removed int
		var mu sync.Mutex
		for range 10 {
			calls.Go(func() {
				if err := m.Insert(1, 1, 1); err == nil {
					mu.Lock()
					inserted++
					mu.Unlock()
				} else {
					require.ErrorIs(t, err, junction.ErrExists)
				}
			})
			calls.Go(func() {
				c, err := m.Add(2, 2, 2)
				require.NoError(t, err)
				mu.Lock()
				added += c.Added
				mu.Unlock()
			})
			calls.Go(func() {
				c, err := m.Remove(2, 2)
				require.NoError(t, err)
				mu.Lock()
				removed += c.Removed
				mu.Unlock()
			})
		}
		synctest.Wait()
		release()
		calls.Wait()
		require.Equal(t, 1, inserted)
		left := 0
		if m.Has(2, 2) {
			left = 1
		}
		require.Equal(t, added, removed+left)
		require.Len(t, place.Rows("m"), m.Len())
		require.NoError(t, m.Graph().Check())
		require.NoError(t, m.Graph().Close())
	})
}

// TestRefusedCommit fails every call of the Append and changes nothing; the graph goes on.
func TestRefusedCommit(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		synctest.Test(t, func(t *testing.T) {
			m := fixture.Open[int, int, int](t, place)
			fixture.Must(m.Add(1, 1, 1))
			full := errors.New("disk full")
			requireRefusal := func(err error) {
				t.Helper()
				require.ErrorIs(t, err, persist.ErrRefused)
				require.ErrorIs(t, err, full)
			}
			for _, write := range []func() error{
				func() error { _, err := m.Add(1, 1, 2); return err },
				func() error { _, err := m.Remove(1, 1); return err },
				func() error { return m.Insert(1, 2, 2) },
				func() error { _, err := m.Left(1).AddEach([]int{2, 3}, 2); return err },
				func() error { _, err := m.Clear(); return err },
				func() error {
					return m.Graph().Update(t.Context(), func(tx *junction.Tx) error { _, err := m.In(tx).Add(5, 5, 5); return err })
				},
			} {
				place.FailNext(persist.Refused(full), false)
				requireRefusal(write())
				require.Equal(t, []junction.Edge[int, int, int]{{Left: 1, Right: 1, Through: 1}}, fixture.EdgesOf(m))
				require.Equal(t, uint64(1), m.Graph().Revision())
			}

			arrived, release := place.Hold()
			var calls sync.WaitGroup
			calls.Go(func() { fixture.Must(m.Add(0, 0, 0)) })
			<-arrived
			place.FailNext(nil, false)
			for range 10 + 9 { // together, by halves, and alone
				place.FailNext(persist.Refused(full), false)
			}
			for i := range 10 {
				calls.Go(func() {
					c, err := m.Add(i, 50, 1)
					requireRefusal(err)
					require.Zero(t, c)
				})
			}
			synctest.Wait()
			release()
			calls.Wait()
			require.Equal(t, 2, m.Len())
			fixture.Must(m.Add(3, 3, 3))
			require.Equal(t, uint64(3), m.Graph().Revision())
			require.NoError(t, m.Graph().Check())
			require.NoError(t, m.Graph().Close())
			require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(fixture.Open[int, int, int](t, place)))
		})
	})
}

// TestUnknownCommit ends writing and not reading; opening anew tells the truth, whichever it is.
func TestUnknownCommit(t *testing.T) {
	for _, written := range []bool{false, true} {
		fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
			m := fixture.Open[int, int, int](t, place)
			fixture.Must(m.Add(1, 1, 1))
			broken := errors.New("fsync failed")
			place.FailNext(broken, written)
			_, err := m.Add(2, 2, 2)
			for range 2 {
				require.ErrorIs(t, err, junction.ErrStoreFailed)
				require.ErrorIs(t, err, broken)
				err = m.Graph().Update(t.Context(), func(*junction.Tx) error { return nil })
			}
			_, err = m.Left(1).Link(4, 5)
			require.ErrorIs(t, err, junction.ErrStoreFailed)
			_, err = m.Remove(9, 9)
			require.ErrorIs(t, err, junction.ErrStoreFailed)
			require.False(t, m.Has(2, 2))
			require.True(t, m.Has(1, 1))
			require.Equal(t, uint64(1), m.Graph().Snapshot().Revision())
			require.NoError(t, m.Graph().Close())
			require.Equal(t, written, fixture.Open[int, int, int](t, place).Has(2, 2))
		})
	}
}

// panicking is a store whose Append panics.
type panicking struct{ persist.Store }

func (panicking) Append(context.Context, []*persist.Commit) error { panic("store") }

// TestPanickingStore is as bad as one that does not know, and nobody waits for it for ever.
func TestPanickingStore(t *testing.T) {
	m, err := junction.Open[int, int, int](t.Context(), "m", panicking{persisttest.NewMemory(persist.Binary).Open()})
	require.NoError(t, err)
	require.PanicsWithValue(t, "store", func() { fixture.Must(m.Add(1, 1, 1)) })
	_, err = m.Add(1, 1, 1)
	require.ErrorIs(t, err, junction.ErrStoreFailed)
	require.NoError(t, m.Graph().Close())
}

// TestUpdateRefusesWhatCannotBeStored at its commit, whole.
func TestUpdateRefusesWhatCannotBeStored(t *testing.T) {
	m := fixture.Open[int, int, string](t, persisttest.NewMemory(persist.Binary), picky())
	err := m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
		fixture.Must(m.In(tx).Add(1, 1, "fine"))
		fixture.Must(m.In(tx).Add(1, 2, refuse))
		return nil
	})
	require.ErrorIs(t, err, junction.ErrValue)
	require.ErrorContains(t, err, `1 and 2 in relation "m"`)
	require.Zero(t, m.Len())
	fixture.Must(m.Add(1, 1, "fine"))
}

// TestSpelling keeps keys that a comparison calls the same one key, whoever spells it how.
func TestSpelling(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		compare := func(x, y string) int { return strings.Compare(strings.ToLower(x), strings.ToLower(y)) }
		declare := func() *junction.ManyToMany[string, string, int] {
			g := junction.NewGraph(&junction.Options{Store: persisttest.Strict(place.Open())})
			m := junction.RelateFunc[string, string, int](g, "m", compare, compare)
			require.NoError(t, g.Open(t.Context()))
			return m
		}
		m := declare()
		fixture.Must(m.Add("Ada", "X", 1))
		fixture.Must(m.Add("ada", "Y", 2))
		fixture.Must(m.Right("y").AddEach([]string{"ADA", "Grace"}, 3))
		fixture.Must(m.Remove("ADA", "x"))
		require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
			fixture.Must(m.In(tx).Left("aDa").Clear())
			fixture.Must(m.In(tx).Add("adA", "y", 5))
			fixture.Must(m.In(tx).Left("grace").SetKeys("z", "Y"))
			return nil
		}))
		require.Len(t, place.Rows("m"), 3)
		require.NoError(t, m.Graph().Close())
		m = declare()
		require.Equal(t, 3, m.Len())
		v, _ := m.Get("ada", "y")
		require.Equal(t, 5, v)
		fixture.Must(m.Clear())
		require.Empty(t, place.Rows("m"))
		require.NoError(t, m.Graph().Close())
	})
}

// TestBusyStore says ErrBusy to a call that has waited for long.
func TestBusyStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		m := fixture.Open[int, int, int](t, place)
		arrived, release := place.Hold()
		var calls sync.WaitGroup
		calls.Go(func() { fixture.Must(m.Add(0, 0, 0)) })
		<-arrived
		calls.Go(func() {
			_, err := m.Add(1, 1, 1)
			require.ErrorIs(t, err, junction.ErrBusy)
		})
		time.Sleep(time.Minute)
		late := make(chan error)
		go func() { late <- m.Insert(2, 2, 2) }()
		synctest.Wait()
		calls.Go(func() { require.NoError(t, m.Graph().Close()) })
		require.ErrorIs(t, <-late, junction.ErrClosed)
		require.Equal(t, 1, place.Loaded(), "Close waits for the Append")
		release()
		calls.Wait()
		require.Equal(t, []junction.Edge[int, int, int]{{}}, fixture.EdgesOf(m))
	})
}
