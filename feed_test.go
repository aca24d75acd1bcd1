package junction_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// must panics where a write that cannot fail has failed.
func must(_ junction.Counts, err error) {
	if err != nil {
		panic(err)
	}
}

// follower replays a feed onto a relation of its own.
type follower struct {
	watched, replica *junction.ManyToMany[int, int, int]
	revision         uint64
}

// follow begins a replica with what a snapshot shows.
func follow(watched *junction.ManyToMany[int, int, int], snap *junction.Snapshot) *follower {
	f := &follower{watched, junction.New[int, int, int](), snap.Revision()}
	must(f.replica.AddAll(watched.At(snap).Edges()))
	return f
}

// apply replays one commit and says what in it does not fit.
func (f *follower) apply(c *junction.Commit) error {
	if c.Revision() != f.revision+1 {
		return fmt.Errorf("revision %d follows %d", c.Revision(), f.revision)
	}
	f.revision++
	n := 0
	for change := range f.watched.ChangesIn(c) {
		n++
		before, was := f.replica.Get(change.Left, change.Right)
		if was == (change.Kind == junction.Added) || before != change.Before {
			return fmt.Errorf("revision %d: %+v of an edge with value %d (%v)", f.revision, change, before, was)
		}
		if change.Kind == junction.Removed {
			must(f.replica.Remove(change.Left, change.Right))
		} else {
			must(f.replica.Add(change.Left, change.Right, change.After))
		}
	}
	if n != c.Len() || n == 0 {
		return fmt.Errorf("revision %d: %d changes, of which %d were yielded", f.revision, c.Len(), n)
	}
	return nil
}

// edgesOf lists a relation.
func edgesOf[A, B, T any](m *junction.ManyToMany[A, B, T]) []junction.Edge[A, B, T] {
	return slices.Collect(m.Edges())
}

// writeAtRandom makes one random write to a relation, live or in a transaction.
func writeAtRandom(rnd *rand.Rand, m *junction.ManyToMany[int, int, int]) (err error) {
	a, b, v := rnd.IntN(20), rnd.IntN(20), rnd.IntN(3)
	switch rnd.IntN(10) {
	default:
		_, err = m.Add(a, b, v)
	case 1:
		_, err = m.Remove(a, b)
	case 2:
		if err = m.Insert(a, b, v); errors.Is(err, junction.ErrExists) {
			err = nil
		}
	case 3:
		_, err = m.Right(b).AddEach([]int{a, a + 1, a + 2}, v)
	case 4:
		_, err = m.Left(a).SetKeys(b, b+1, b+3)
	case 5:
		_, err = m.RemoveRight(b)
	case 6:
		_, err = m.Left(a).Modify(b, func(old int, ok bool) (int, bool) { return old + 1, old < 2 })
	case 7:
		_, err = m.AddAll(edgesAtRandom(rnd, rnd.IntN(100), v))
	case 8:
		if rnd.IntN(10) == 0 {
			_, err = m.Clear()
		}
	}
	return err
}

// edgesAtRandom yields so many edges.
func edgesAtRandom(rnd *rand.Rand, n, v int) iter.Seq[junction.Edge[int, int, int]] {
	return func(yield func(junction.Edge[int, int, int]) bool) {
		for i := range n {
			if !yield(junction.Edge[int, int, int]{Left: rnd.IntN(20), Right: i % 20, Through: v}) {
				return
			}
		}
	}
}

// updateAtRandom makes some random writes in one transaction, and commits it or not.
func updateAtRandom(rnd *rand.Rand, m *junction.ManyToMany[int, int, int]) error {
	rollback := errors.New("rollback")
	err := m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		for range rnd.IntN(8) {
			if err := writeAtRandom(rnd, m.In(tx)); err != nil {
				return err
			}
		}
		if rnd.IntN(5) == 0 {
			return rollback
		}
		return nil
	})
	if err == rollback {
		return nil
	}
	return err
}

// TestWatchReplays replays feeds that begin at any moment, under concurrent writers, and compares each replica with the
// live relation at the revision that it has reached.
func TestWatchReplays(t *testing.T) {
	m := junction.New[int, int, int]()
	g := m.Graph()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var writers, watchers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(w)))
			for i := range 300 {
				write := writeAtRandom
				if i%4 == 0 {
					write = updateAtRandom
				}
				if err := write(rnd, m); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	// One watcher at a time notes the truth of every revision: what a snapshot of it shows.
	truth := make(map[uint64][]junction.Edge[int, int, int])
	var noted sync.Mutex
	for range 8 {
		watchers.Go(func() {
			snap, commits := g.Watch(ctx)
			f := follow(m, snap)
			for c, err := range commits {
				if err != nil {
					if !errors.Is(err, context.Canceled) && !errors.Is(err, junction.ErrClosed) {
						t.Error(err)
					}
					return
				}
				if err := f.apply(c); err != nil {
					t.Error(err)
					return
				}
				now := g.Snapshot()
				noted.Lock()
				truth[now.Revision()] = edgesOf(m.At(now))
				want, known := truth[f.revision]
				noted.Unlock()
				if known && !slices.Equal(want, edgesOf(f.replica)) {
					t.Errorf("the replica of revision %d differs", f.revision)
					return
				}
			}
		})
	}
	writers.Wait()
	snap, commits := g.Watch(ctx)
	f := follow(m, snap)
	require.NoError(t, g.Close())
	for _, err := range commits {
		require.ErrorIs(t, err, junction.ErrClosed)
	}
	watchers.Wait()
	require.Equal(t, edgesOf(m), edgesOf(f.replica))
	require.NoError(t, g.Check())
}

// TestWatchFromTheOtherSide reads the changes of both directions of two relations of one type.
func TestWatchFromTheOtherSide(t *testing.T) {
	g := junction.NewGraph(nil)
	follows := junction.Relate[string, string, int](g, "follows")
	blocks := junction.Relate[string, string, int](g, "blocks")
	friends := junction.RelateUndirected[string, int](g, "friends")
	_, commits := g.Watch(t.Context())
	must(follows.Inverse().Add("ada", "grace", 1))
	must(follows.Right("ada").Add("grace", 2))
	must(friends.Add("grace", "ada", 3))
	must(friends.Right("ada").AddEach([]string{"ada", "alan"}, 4))
	require.NoError(t, g.Update(t.Context(), func(tx *junction.Tx) error {
		must(follows.In(tx).Clear())
		must(blocks.In(tx).Inverse().Add("x", "y", 5))
		return nil
	}))
	require.NoError(t, g.Close())
	type change = junction.Change[string, string, int]
	want := [][]change{
		{{Kind: junction.Added, Left: "grace", Right: "ada", After: 1}},
		{{Kind: junction.Updated, Left: "grace", Right: "ada", Before: 1, After: 2}},
		{{Kind: junction.Added, Left: "ada", Right: "grace", After: 3}},
		{{Kind: junction.Added, Left: "ada", Right: "ada", After: 4}, {Kind: junction.Added, Left: "ada", Right: "alan", After: 4}},
		{{Kind: junction.Removed, Left: "grace", Right: "ada", Before: 2}},
	}
	i := 0
	for c, err := range commits {
		if err != nil {
			require.ErrorIs(t, err, junction.ErrClosed)
			break
		}
		of := follows
		if i == 2 || i == 3 {
			of = friends
		}
		require.Equal(t, want[i], slices.Collect(of.ChangesIn(c)))
		for flipped := range of.Inverse().ChangesIn(c) {
			if of == follows {
				require.Equal(t, want[i][0].Left, flipped.Right)
			}
		}
		if i == 4 {
			require.Equal(t, []change{{Kind: junction.Added, Left: "y", Right: "x", After: 5}}, slices.Collect(blocks.ChangesIn(c)))
			require.Equal(t, 2, c.Len())
		} else {
			require.Empty(t, slices.Collect(blocks.ChangesIn(c)))
		}
		i++
	}
	require.Equal(t, 5, i)
}

// TestWatchLags lets a watcher fall behind: the writer goes on, and the watcher is told.
func TestWatchLags(t *testing.T) {
	g := junction.NewGraph(&junction.Options{WatchBuffer: 10})
	m := junction.Relate[int, int, int](g, "m")
	_, behind := g.Watch(t.Context())
	_, abreast := g.Watch(t.Context())
	for i := range 10 {
		must(m.Add(i, i, i))
	}
	for c, err := range abreast { // within the buffer
		require.NoError(t, err)
		if c.Revision() == 10 {
			must(m.Add(10, 10, 10)) // and now the first does not fit any more
		}
		if c.Revision() == 11 {
			break
		}
	}
	for c, err := range behind {
		require.Nil(t, c)
		require.ErrorIs(t, err, junction.ErrLagged)
		require.ErrorContains(t, err, "fell behind: it is at revision 0, and the graph keeps those from 2 on")
	}
	for c, err := range abreast { // which was left
		require.Nil(t, c)
		require.ErrorIs(t, err, junction.ErrLagged)
		require.ErrorContains(t, err, "looped over before")
		require.NotContains(t, err.Error(), "fell behind")
	}
	_, large := g.Watch(t.Context())
	must(m.AddAll(edgesAtRandom(rand.New(rand.NewPCG(1, 2)), 1000, 7)))
	for c, err := range large { // one commit is kept, however large it is
		require.NoError(t, err)
		require.Greater(t, c.Len(), 100)
		break
	}
}

// TestWatchNeverLagsWaiting hands each commit to the watchers that wait for it, however large it is
// and however soon the next one comes.
func TestWatchNeverLagsWaiting(t *testing.T) {
	for _, store := range []bool{false, true} {
		t.Run(fmt.Sprint("store ", store), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := &junction.Options{WatchBuffer: 1}
				if store {
					o.Store = persisttest.NewMemory(persist.Binary).Open()
				}
				g := junction.NewGraph(o)
				m := junction.Relate[int, int, int](g, "m")
				require.NoError(t, g.Open(t.Context()))
				const watchers, rounds = 9, 20
				var seen sync.WaitGroup
				for range watchers {
					_, commits := g.Watch(t.Context())
					seen.Go(func() {
						next := uint64(1)
						for c, err := range commits {
							if err != nil {
								assert.ErrorIs(t, err, junction.ErrClosed)
								break
							}
							assert.Equal(t, next, c.Revision())
							next++
						}
						assert.EqualValues(t, 2*rounds+1, next)
					})
				}
				for i := range rounds {
					synctest.Wait() // all wait
					must(m.Left(i).AddEach(keysOf(star(0, 100)), 1))
					must(m.Left(i).AddEach(keysOf(star(0, 100)), 2))
				}
				synctest.Wait()
				require.NoError(t, g.Close())
				seen.Wait()
			})
		})
	}
}

// TestWatchLoopedTwice leaves the first loop alone when a second one begins.
func TestWatchLoopedTwice(t *testing.T) {
	m := junction.New[int, int, int]()
	_, commits := m.Graph().Watch(t.Context())
	must(m.Add(1, 1, 1))
	must(m.Add(2, 2, 2))
	seen := 0
	for _, err := range commits {
		require.NoError(t, err)
		for _, err := range commits {
			require.ErrorContains(t, err, "looped over before")
		}
		if seen++; seen == 2 {
			break
		}
	}
	require.Equal(t, 2, seen)
}

// TestWatchEnds ends watches in every way, and sees that nothing is left of them.
func TestWatchEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := junction.New[int, int, int]()
		g := m.Graph()
		ctx, cancel := context.WithCancel(t.Context())
		ends := make(chan error, 100)
		loop := func(commits iter.Seq2[*junction.Commit, error]) {
			var last error
			for _, err := range commits {
				last = err
			}
			ends <- last
		}
		for range 50 {
			_, commits := g.Watch(ctx)
			go loop(commits)
		}
		_, unread := g.Watch(ctx)
		synctest.Wait() // all wait
		must(m.Add(1, 1, 1))
		synctest.Wait() // all have seen it
		cancel()
		for range 50 {
			require.ErrorIs(t, <-ends, context.Canceled)
		}
		go loop(unread)
		require.ErrorIs(t, <-ends, context.Canceled)

		_, commits := g.Watch(t.Context())
		go loop(commits)
		synctest.Wait()
		require.NoError(t, g.Close())
		require.ErrorIs(t, <-ends, junction.ErrClosed)
		_, commits = g.Watch(t.Context())
		go loop(commits)
		require.ErrorIs(t, <-ends, junction.ErrClosed)
	})
}

// TestWatchWakesAll cancels and wakes many that wait, over and over: whoever is woken passes it on.
func TestWatchWakesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := junction.New[int, int, int]()
		var seen sync.WaitGroup
		for i := range 100 {
			ctx, cancel := context.WithCancel(t.Context())
			_, commits := m.Graph().Watch(ctx)
			seen.Go(func() {
				next := uint64(1)
				for c, err := range commits {
					if err != nil {
						return
					}
					if c.Revision() != next {
						t.Errorf("revision %d, want %d", c.Revision(), next)
					}
					next++
				}
			})
			if i%3 == 0 {
				go func() { // beside the writer
					cancel()
				}()
			} else {
				defer cancel()
			}
		}
		for i := range 50 {
			must(m.Add(i, i, i))
			if i%5 == 0 {
				synctest.Wait()
			}
		}
		synctest.Wait()
		require.NoError(t, m.Graph().Close())
		seen.Wait()
	})
}

// TestWatchCostsNothingAfterwards sees that writes record nothing once nobody watches.
func TestWatchCostsNothingAfterwards(t *testing.T) {
	m := junction.New[int, int, int]()
	_, commits := m.Graph().Watch(t.Context())
	for range 3 {
		must(m.Add(1, 2, 3))
		must(m.Remove(1, 2))
	}
	next, stop := iter.Pull2(commits)
	c, err, ok := next()
	require.True(t, ok)
	require.NoError(t, err)
	require.Equal(t, uint64(1), c.Revision())
	stop() // ends the watch, after which writes record nothing
	require.Zero(t, testing.AllocsPerRun(100, func() { must(m.Add(1, 2, 4)); must(m.Add(1, 2, 3)) }))
}
