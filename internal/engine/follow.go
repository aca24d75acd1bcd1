package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Follow refreshes the graph repeatedly.
func (g *Graph) Follow(ctx context.Context, every time.Duration) error {
	g.MustExist()
	mustHave(ctx)
	waiter, ok := g.opts.Store.(persist.Waiter)
	if !ok && every <= 0 {
		return fmt.Errorf("%w when others change it: %T is not a persist.Waiter, and there is no interval",
			ErrNoRefresh, g.opts.Store)
	}
	g.countFollowers(1)
	defer g.countFollowers(-1)
	ctx, done := g.within(ctx)
	defer done()
	f := &follower{g: g, waiter: waiter, every: every}
	for {
		err := f.round(ctx)
		switch {
		case context.Cause(ctx) == ErrClosed:
			return ErrClosed
		case ctx.Err() != nil:
			return fmt.Errorf("junction: not followed any more: %w", ctx.Err())
		case isLasting(err):
			return err
		}
	}
}

// isLasting reports whether an error of Refresh comes again however often it is called.
func isLasting(err error) bool {
	for _, lasting := range []error{
		ErrNoRefresh, ErrNotOpen, ErrClosed, ErrStoreFailed,
		persist.ErrSchema, persist.ErrVersion, persist.ErrDamaged,
	} {
		if errors.Is(err, lasting) {
			return true
		}
	}
	return false
}

// FollowEvent is that of junction.FollowEvent.
type FollowEvent struct {
	Counts   Counts
	Err      error
	Failures int
	Pause    time.Duration
}

// follower is one call of Follow.
type follower struct {
	g        *Graph
	waiter   persist.Waiter // nil if the store cannot tell when
	every    time.Duration
	failures int  // in a row
	stalls   int  // Refreshes in a row that were given up
	down     bool // the last Refresh has failed
}

// round refreshes once and waits until the next time. The error is that of the Refresh or the wait.
func (f *follower) round(ctx context.Context) error {
	c, err := f.g.refreshWithin(ctx, f.patience())
	f.note(err)
	if err == nil {
		f.report(FollowEvent{Counts: c})
		err = f.awaitNews(ctx)
	}
	switch {
	case err == nil:
		f.failures = 0
	case ctx.Err() == nil && !isLasting(err):
		f.failed(ctx, err)
	}
	return err
}

// note notes how a Refresh ended.
func (f *follower) note(err error) {
	switch {
	case err == nil:
		if f.down {
			f.g.logger().Info("junction: following again", slog.Int("failures", f.failures))
		}
		f.stalls = 0
	case errors.Is(err, errStalled):
		f.stalls++
	}
	f.down = err != nil
}

// Bounds of how Follow tries again.
const (
	firstPause  = 100 * time.Millisecond
	longestStep = 30 * time.Second // the longest pause
	leastSpan   = time.Second      // the shortest time without a row for which a Refresh goes on
	manyStalls  = 8                // after as many in a row, that time is doubled
)

// patience is how long a Refresh may go on without a row; not above zero if that has no limit.
func (f *follower) patience() time.Duration {
	limit := f.g.opts.StallTimeout
	if f.every <= 0 || limit <= 0 {
		return limit
	}
	usual := max(f.every, leastSpan, 2*f.g.refreshTook())
	if doublings := f.stalls / manyStalls; doublings < 16 {
		return min(usual<<doublings, limit)
	}
	return limit
}

// pause is how long to wait after a failure: between half of a step and the whole, so that programs
// which failed together do not come back together.
func (f *follower) pause() time.Duration {
	step := min(firstPause<<min(f.failures-1, 20), longestStep)
	if f.every > 0 {
		step = min(step, max(f.every/2, 1))
	}
	return step/2 + rand.N(step/2+1)
}

// failed reports a failure that is not the last, and pauses.
func (f *follower) failed(ctx context.Context, err error) {
	f.failures++
	e := FollowEvent{Err: err, Failures: f.failures, Pause: f.pause()}
	f.g.logger().Warn("junction: following failed", slog.Any("error", err),
		slog.Int("failures", e.Failures), slog.Duration("pause", e.Pause))
	f.report(e)
	ctx, cancel := context.WithTimeout(ctx, e.Pause)
	defer cancel()
	<-ctx.Done()
}

func (f *follower) report(e FollowEvent) {
	if f.g.opts.OnFollow != nil {
		f.g.opts.OnFollow(e)
	}
}

// awaitNews waits until there may be something new, or ctx ends.
func (f *follower) awaitNews(ctx context.Context) error {
	if f.every > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.every)
		defer cancel()
	}
	if f.waiter == nil {
		<-ctx.Done()
		return nil
	}
	if !f.g.beginStoreWait() {
		return ErrClosed
	}
	defer f.g.waits.Done()
	err := f.waiter.Wait(ctx)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	err = fmt.Errorf("junction: the store does not report changes: %w", err)
	f.g.noteFresh(time.Time{}, err)
	return err
}

// beginStoreWait lets Close wait for a call of the store's Wait. It reports whether there may be
// one.
func (g *Graph) beginStoreWait() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.writeErr == ErrClosed {
		return false
	}
	g.waits.Add(1)
	return true
}

// Freshness is that of junction.Freshness.
type Freshness struct {
	AsOf      time.Time
	Err       error
	Failures  int
	Followers int
}

// noteFresh notes that a Refresh or Open which began at a time has succeeded, or an error.
func (g *Graph) noteFresh(began time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := &g.fresh
	if err != nil {
		f.Err, f.Failures = err, f.Failures+1
		return
	}
	f.AsOf, f.Err, f.Failures = began, nil, 0
	g.took = time.Since(began)
}

// refreshTook returns how long the last Refresh or Open took.
func (g *Graph) refreshTook() time.Duration {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.took
}

func (g *Graph) countFollowers(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fresh.Followers += n
}
