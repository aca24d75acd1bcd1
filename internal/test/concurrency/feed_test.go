package concurrency_test

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
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// follower replays a feed onto a relation of its own.
type follower struct {
	watched, replica *junction.ManyToMany[int, int, int]
	revision         uint64
}

// follow begins a replica with what a snapshot shows.
func follow(watched *junction.ManyToMany[int, int, int], snap *junction.Snapshot) *follower {
	f := &follower{watched, junction.New[int, int, int](), snap.Revision()}
	fixture.Must(f.replica.AddAll(watched.At(snap).Edges()))
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
			fixture.Must(f.replica.Remove(change.Left, change.Right))
		} else {
			fixture.Must(f.replica.Add(change.Left, change.Right, change.After))
		}
	}
	if n != c.Len() || n == 0 {
		return fmt.Errorf("revision %d: %d changes, of which %d were yielded", f.revision, c.Len(), n)
	}
	return nil
}

// TestWatchReplays replays feeds that begin at any moment, under concurrent writers, and compares
// each replica with the live relation at the revision that it has reached.
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
				write := fixture.WriteAtRandom
				if i%4 == 0 {
					write = fixture.UpdateAtRandom
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
				truth[now.Revision()] = fixture.EdgesOf(m.At(now))
				want, known := truth[f.revision]
				noted.Unlock()
				if known && !slices.Equal(want, fixture.EdgesOf(f.replica)) {
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
	require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(f.replica))
	require.NoError(t, g.Check())
}

// TestWatchFromTheOtherSide reads the changes of both directions of two relations of one type.
func TestWatchFromTheOtherSide(t *testing.T) {
	g := junction.NewGraph(nil)
	follows := junction.Relate[string, string, int](g, "follows")
	blocks := junction.Relate[string, string, int](g, "blocks")
	friends := junction.RelateUndirected[string, int](g, "friends")
	_, commits := g.Watch(t.Context())
	fixture.Must(follows.Inverse().Add("ada", "grace", 1))
	fixture.Must(follows.Right("ada").Add("grace", 2))
	fixture.Must(friends.Add("grace", "ada", 3))
	fixture.Must(friends.Right("ada").AddEach([]string{"ada", "alan"}, 4))
	require.NoError(t, g.Update(t.Context(), func(tx *junction.Tx) error {
		fixture.Must(follows.In(tx).Clear())
		fixture.Must(blocks.In(tx).Inverse().Add("x", "y", 5))
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
		fixture.Must(m.Add(i, i, i))
	}
	for c, err := range abreast { // within the buffer
		require.NoError(t, err)
		if c.Revision() == 10 {
			fixture.Must(m.Add(10, 10, 10)) // and now the first does not fit any more
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
	fixture.Must(m.AddAll(fixture.EdgesAtRandom(rand.New(rand.NewPCG(1, 2)), 1000, 7)))
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
				neighbours := make([]int, 100)
				for i := range neighbours {
					neighbours[i] = i
				}
				for i := range rounds {
					synctest.Wait() // all wait
					fixture.Must(m.Left(i).AddEach(neighbours, 1))
					fixture.Must(m.Left(i).AddEach(neighbours, 2))
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
	fixture.Must(m.Add(1, 1, 1))
	fixture.Must(m.Add(2, 2, 2))
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
		fixture.Must(m.Add(1, 1, 1))
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
			fixture.Must(m.Add(i, i, i))
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
		fixture.Must(m.Add(1, 2, 3))
		fixture.Must(m.Remove(1, 2))
	}
	next, stop := iter.Pull2(commits)
	c, err, ok := next()
	require.True(t, ok)
	require.NoError(t, err)
	require.Equal(t, uint64(1), c.Revision())
	stop() // ends the watch, after which writes record nothing
	require.Zero(t, testing.AllocsPerRun(100, func() { fixture.Must(m.Add(1, 2, 4)); fixture.Must(m.Add(1, 2, 3)) }))
}
