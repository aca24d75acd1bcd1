package refresh_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
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

// network stands between a graph and its store, for Refresh and Wait. It works, cuts, or hangs.
type network struct {
	persist.Refresher

	mu    sync.Mutex
	state int32 // netWorks, netCuts or netHangs
	cut   chan struct{}
	dead  bool // what hangs is never answered, even if the network works again
	calls atomic.Int32
}

const (
	netWorks = iota
	netCuts
	netHangs
)

var errCut = errors.New("connection reset by peer")

func newNetwork(store persist.Store) *network {
	return &network{Refresher: store.(persist.Refresher), cut: make(chan struct{})}
}

// become changes the state. All that runs is cut, or hangs as it did.
func (n *network) become(state int32) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = state
	if state == netCuts || state == netWorks && !n.dead {
		close(n.cut)
		n.cut = make(chan struct{})
	}
}

// pass returns nil if the network works, and otherwise an error, at once or when it hangs no more.
func (n *network) pass(ctx context.Context) error {
	n.mu.Lock()
	state, cut := n.state, n.cut
	n.mu.Unlock()
	switch state {
	case netCuts:
		return errCut
	case netHangs:
		select {
		case <-cut:
			return errCut
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (n *network) Refresh(ctx context.Context, into persist.Differ) error {
	n.calls.Add(1)
	if err := n.pass(ctx); err != nil {
		return err
	}
	return n.Refresher.Refresh(ctx, into)
}

// waitingNetwork is a network whose store reports changes.
type waitingNetwork struct {
	*network
	news  chan struct{}
	waits atomic.Int32
}

func (n *waitingNetwork) Wait(ctx context.Context) error {
	n.waits.Add(1)
	if err := n.pass(ctx); err != nil {
		return err
	}
	n.mu.Lock()
	cut := n.cut
	n.mu.Unlock()
	select {
	case <-n.news:
		return nil
	case <-cut:
		return errCut
	case <-ctx.Done():
		return ctx.Err()
	}
}

// followed opens a graph over a network, and a relation by which others write to its rows.
func followed(t *testing.T, store persist.Store, place *persisttest.Memory, o junction.Options) (m, others *junction.ManyToMany[int, int, int]) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Store = persisttest.Strict(store)
	g := junction.NewGraph(&o)
	m = junction.Relate[int, int, int](g, "m")
	require.NoError(t, g.Open(t.Context()))
	others, err := junction.Open[int, int, int](t.Context(), "m", place.Outside())
	require.NoError(t, err)
	return m, others
}

// TestFollowConverges cuts the network to the store, lets it hang, and lets it come back, at
// random. Two intervals later the graph has what others wrote, every time.
func TestFollowConverges(t *testing.T) {
	for _, every := range []time.Duration{time.Second, time.Minute, time.Hour} {
		for _, tells := range []bool{false, true} {
			t.Run(fmt.Sprint(every, " tells ", tells), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					place := persisttest.NewMemory(persist.Binary)
					n := newNetwork(place.Open())
					store := persist.Store(n)
					if tells {
						store = &waitingNetwork{network: n}
					}
					m, others := followed(t, store, place, junction.Options{})
					ended := make(chan error)
					go func() { ended <- m.Graph().Follow(t.Context(), every) }()
					rnd := rand.New(rand.NewPCG(uint64(every), 1))
					for i := range 100 {
						for range rnd.IntN(3) {
							n.mu.Lock()
							n.dead = rnd.IntN(2) == 0
							n.mu.Unlock()
							n.become(int32(1 + rnd.IntN(2)))
							time.Sleep(rand.N(5 * every))
						}
						n.become(netWorks)
						fixture.Must(others.Add(i, i, i))
						time.Sleep(2 * every)
						synctest.Wait()
						require.True(t, m.Has(i, i), i)
						require.NoError(t, m.Graph().Metrics().Fresh.Err)
					}
					require.NoError(t, m.Graph().Close())
					require.ErrorIs(t, <-ended, junction.ErrClosed)
				})
			})
		}
	}
}

// TestFollowGoesOn pauses longer after each error in a row, reports each, and starts over after a
// success.
func TestFollowGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		n := newNetwork(place.Open())
		var events []junction.FollowEvent
		var log bytes.Buffer
		m, others := followed(t, n, place, junction.Options{
			OnFollow: func(e junction.FollowEvent) { events = append(events, e) },
			Logger:   slog.New(slog.NewTextHandler(&log, nil)),
		})
		fresh := func() junction.Freshness { return m.Graph().Metrics().Fresh }
		opened := time.Now()
		require.Equal(t, junction.Freshness{AsOf: opened}, fresh())
		fixture.Must(others.Add(1, 1, 1))
		time.Sleep(time.Second)
		n.become(netCuts)
		go func() { _ = m.Graph().Follow(t.Context(), 10*time.Minute) }()
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		require.False(t, m.Has(1, 1))
		require.Equal(t, opened, fresh().AsOf)
		require.ErrorIs(t, fresh().Err, errCut)
		require.Equal(t, 1, fresh().Followers)
		require.Len(t, events, fresh().Failures)
		require.InDelta(t, 18, len(events), 4)
		for i, e := range events {
			step := min(100*time.Millisecond<<i, 30*time.Second)
			require.ErrorIs(t, e.Err, errCut)
			require.Equal(t, i+1, e.Failures)
			require.GreaterOrEqual(t, e.Pause, step/2)
			require.LessOrEqual(t, e.Pause, step)
		}
		require.Contains(t, log.String(), "connection reset by peer")
		require.Contains(t, log.String(), "level=WARN")

		n.become(netWorks)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		require.True(t, m.Has(1, 1))
		last := events[len(events)-1]
		require.Equal(t, junction.FollowEvent{Counts: junction.Counts{Added: 1}}, last)
		require.WithinDuration(t, time.Now(), fresh().AsOf, 30*time.Second)
		require.NoError(t, fresh().Err)
		require.Zero(t, fresh().Failures)
		require.Contains(t, log.String(), "following again")

		time.Sleep(10 * time.Minute)
		n.become(netCuts)
		time.Sleep(10 * time.Minute)
		n.become(netWorks)
		synctest.Wait()
		again := events[len(events)-1]
		for _, e := range events {
			if e.Failures == 1 {
				again = e
			}
		}
		require.LessOrEqual(t, again.Pause, 100*time.Millisecond, "it starts over")
		require.NoError(t, m.Graph().Close())
		synctest.Wait()
		require.Zero(t, fresh().Followers)
	})
}

// TestFollowWaitFails goes on without the store's reports, and does not read its rows all the time.
func TestFollowWaitFails(t *testing.T) {
	for _, every := range []time.Duration{0, time.Hour} {
		t.Run(every.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				place := persisttest.NewMemory(persist.Binary)
				inner := place.Open().(persist.Refresher)
				var mended atomic.Bool
				var refreshes atomic.Int32
				news := make(chan struct{})
				store := &teller{Store: inner, tell: func(into persist.Differ) error {
					refreshes.Add(1)
					return inner.Refresh(t.Context(), into)
				}, wait: func(ctx context.Context) error {
					if !mended.Load() {
						return errCut
					}
					select {
					case <-news:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}}
				m, others := followed(t, store, place, junction.Options{})
				go func() { _ = m.Graph().Follow(t.Context(), every) }()
				time.Sleep(30 * time.Minute)
				synctest.Wait()
				require.InDelta(t, 90, refreshes.Load(), 20)
				fixture.Must(others.Add(1, 1, 1))
				time.Sleep(30 * time.Second)
				synctest.Wait()
				require.True(t, m.Has(1, 1), "without a report")
				require.ErrorIs(t, m.Graph().Metrics().Fresh.Err, errCut)
				mended.Store(true)
				time.Sleep(30 * time.Second)
				fixture.Must(others.Add(2, 2, 2))
				news <- struct{}{}
				synctest.Wait()
				require.True(t, m.Has(2, 2), "at once")
				require.NoError(t, m.Graph().Metrics().Fresh.Err)
				require.NoError(t, m.Graph().Close())
			})
		})
	}
}

// TestFollowReturns returns at once from errors that cannot pass.
func TestFollowReturns(t *testing.T) {
	for _, lasting := range []error{persist.ErrSchema, persist.ErrVersion, persist.ErrDamaged} {
		store := &teller{Store: persisttest.NewMemory(persist.Binary).Open(), tell: func(persist.Differ) error {
			return fmt.Errorf("column x: %w", lasting)
		}}
		m, err := junction.Open[int, int, int](t.Context(), "m", store)
		require.NoError(t, err)
		require.ErrorIs(t, m.Graph().Follow(t.Context(), time.Hour), lasting)
		require.ErrorIs(t, m.Graph().Metrics().Fresh.Err, lasting)
	}
	place := persisttest.NewMemory(persist.Binary)
	g := junction.NewGraph(&junction.Options{Store: place.Open()})
	m := junction.Relate[int, int, int](g, "m")
	require.ErrorIs(t, g.Follow(t.Context(), time.Hour), junction.ErrNotOpen)
	require.NoError(t, g.Open(t.Context()))
	place.FailNext(errors.New("lost"), false)
	_, err := m.Add(1, 1, 1)
	require.ErrorIs(t, err, junction.ErrStoreFailed)
	require.ErrorIs(t, g.Follow(t.Context(), time.Hour), junction.ErrStoreFailed)
	require.NoError(t, g.Close())
	require.ErrorIs(t, g.Follow(t.Context(), time.Hour), junction.ErrClosed)
}

// TestFollowASlowStore does not give up a Refresh that goes on, nor for ever one whose first row
// takes long.
func TestFollowASlowStore(t *testing.T) {
	for name, pause := range map[string]struct{ first, each time.Duration }{
		"each row":      {0, 900 * time.Millisecond},
		"the first row": {50 * time.Second, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				place := persisttest.NewMemory(persist.Binary)
				inner := place.Open().(persist.Refresher)
				slow := &slowRefresher{Refresher: inner, first: pause.first, each: pause.each}
				m, others := followed(t, slow, place, junction.Options{})
				for i := range 100 {
					fixture.Must(others.Add(i, i, i))
				}
				go func() { _ = m.Graph().Follow(t.Context(), time.Second) }()
				time.Sleep(time.Hour)
				synctest.Wait()
				require.Equal(t, 100, m.Len())
				require.NoError(t, m.Graph().Close())
			})
		})
	}
}

// slowRefresher takes its time.
type slowRefresher struct {
	persist.Refresher
	first, each time.Duration
}

func (s *slowRefresher) Refresh(ctx context.Context, into persist.Differ) error {
	if err := sleep(ctx, s.first); err != nil {
		return err
	}
	return s.Refresher.Refresh(context.WithoutCancel(ctx), slowDiffer{into, ctx, s.each})
}

type slowDiffer struct {
	persist.Differ
	ctx  context.Context
	each time.Duration
}

func (d slowDiffer) LoadBinary(relation int, key, value []byte) error {
	if err := sleep(d.ctx, d.each); err != nil {
		return err
	}
	return d.Differ.LoadBinary(relation, key, value)
}

func sleep(ctx context.Context, d time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	<-ctx.Done()
	if ctx.Err() == context.DeadlineExceeded {
		return nil
	}
	return ctx.Err()
}

// TestCloseEndsTheStoresCalls does not wait for a store that hangs until its context ends, and
// calls nothing of the store after its Close.
func TestCloseEndsTheStoresCalls(t *testing.T) {
	calls := map[string]func(g *junction.Graph) error{
		"Refresh": func(g *junction.Graph) error { return refreshError(context.Background(), g) },
		"Follow":  func(g *junction.Graph) error { return g.Follow(context.Background(), time.Hour) },
		"Wait":    func(g *junction.Graph) error { return g.Follow(context.Background(), 0) },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				place := persisttest.NewMemory(persist.Binary)
				n := &waitingNetwork{network: newNetwork(place.Open())}
				m, _ := followed(t, n, place, junction.Options{StallTimeout: -1})
				if name != "Wait" {
					n.become(netHangs)
				}
				ended := make(chan error, 1)
				go func() { ended <- call(m.Graph()) }()
				time.Sleep(time.Second)
				synctest.Wait()
				began := time.Now()
				require.NoError(t, m.Graph().Close())
				require.Zero(t, time.Since(began))
				require.ErrorIs(t, <-ended, junction.ErrClosed)
			})
		})
	}
	t.Run("Open", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := junction.NewGraph(&junction.Options{Store: persisttest.Strict(hangingLoad{persisttest.NewMemory(persist.Binary).Open()})})
			ended := make(chan error, 1)
			go func() { ended <- g.Open(context.Background()) }()
			synctest.Wait()
			require.NoError(t, g.Close())
			require.ErrorIs(t, <-ended, junction.ErrClosed)
		})
	})
}

type hangingLoad struct{ persist.Store }

func (hangingLoad) Load(ctx context.Context, _ *persist.Schema, _ persist.Loader) (uint64, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestNothingAfterClose closes graphs that follow at every moment. Strict panics if the store is
// called after its Close, or has not returned from Wait.
func TestNothingAfterClose(t *testing.T) {
	for range fixture.Rounds(2000) {
		place := persisttest.NewMemory(persist.Binary)
		n := &waitingNetwork{network: newNetwork(place.Open())}
		m, _ := followed(t, n, place, junction.Options{})
		var following sync.WaitGroup
		for range 3 {
			following.Go(func() { _ = m.Graph().Follow(context.Background(), 20*time.Microsecond) })
		}
		for spin := rand.IntN(300); spin > 0; spin-- {
			_ = m.Len()
		}
		require.NoError(t, m.Graph().Close())
		following.Wait()
	}
}
