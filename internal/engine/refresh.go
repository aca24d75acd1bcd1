package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Refresh takes what other programs have changed into the graph.
func (g *Graph) Refresh(ctx context.Context) (Counts, error) { return g.refreshWithin(ctx, 0) }

// refreshWithin is Refresh. If patience is above zero, it gives up when no row has come for that
// long.
func (g *Graph) refreshWithin(ctx context.Context, patience time.Duration) (c Counts, err error) {
	g.MustExist()
	mustHave(ctx)
	if g.opts.Store == nil {
		return c, g.refused()
	}
	store, ok := g.opts.Store.(persist.Refresher)
	if !ok {
		return c, fmt.Errorf("%w: %T is not a persist.Refresher", ErrNoRefresh, g.opts.Store)
	}
	if err := g.waitForTurn(ctx, "not refreshed"); err != nil {
		return c, err
	}
	defer g.leave()
	g.appending.Lock()
	defer g.appending.Unlock()
	began := time.Now()
	if err := g.beginRefresh(); err != nil {
		return c, err
	}
	defer func() { g.endRefresh(began, err) }() // also if the store panics
	r := g.newRefresh()
	ctx, done := g.within(ctx)
	defer done()
	ctx, stop := r.guarded(ctx, patience)
	defer stop()
	if err := store.Refresh(ctx, r); err != nil {
		return c, notDone(ctx, "not refreshed", err)
	}
	return r.install(), nil
}

// notDone returns the error of a call of the store, with the reason for which the graph has ended
// its context, if it has.
func notDone(ctx context.Context, what string, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return fmt.Errorf("junction: %s: %w", what, err)
}

// beginRefresh makes the Refresh known to those who wait for the turn, or returns why there can be
// none.
func (g *Graph) beginRefresh() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr == nil {
		g.holder.take(byRefresh)
	}
	return g.writeErr
}

// endRefresh notes how a Refresh ended.
func (g *Graph) endRefresh(began time.Time, err error) {
	g.mu.Lock()
	g.holder.by = 0
	g.mu.Unlock()
	g.noteFresh(began, err)
}

// refresh is the persist.Differ of a graph. Its user has the turn, so that the live state stands
// still.
type refresh struct {
	g       *Graph
	differs []*differ
	moved   atomic.Bool // since the guard has looked last
}

func (g *Graph) newRefresh() *refresh {
	r := &refresh{g: g}
	for _, d := range g.stored {
		r.differs = append(r.differs, d.differ())
	}
	return r
}

// errStalled ends the context of a Refresh.
var errStalled = errors.New("the store has given nothing for long")

// guarded returns a context that ends when nothing has come for as long as patience. If that is not
// above zero, the context does not end. The caller calls done.
func (r *refresh) guarded(ctx context.Context, patience time.Duration) (_ context.Context, done func()) {
	if patience <= 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	var timer *time.Timer
	timer = time.AfterFunc(time.Hour, func() {
		if r.moved.Swap(false) {
			timer.Reset(patience)
			return
		}
		cancel(fmt.Errorf("%w (%v)", errStalled, patience))
	})
	timer.Reset(patience) // not before timer is set
	return ctx, func() { timer.Stop(); cancel(nil) }
}

// of returns the differ of a relation for the next row.
func (r *refresh) of(relation int) *differ {
	if !r.moved.Load() { // which costs less than Store
		r.moved.Store(true)
	}
	return r.differs[relation]
}

func (r *refresh) Whole(relation int) error { return r.of(relation).whole() }

func (r *refresh) LoadBinary(relation int, key, value []byte) error {
	return r.of(relation).Binary(key, value)
}

func (r *refresh) LoadColumns(relation int, columns []any) error {
	return r.of(relation).Columns(columns)
}

func (r *refresh) GoneBinary(relation int, key []byte) error {
	return r.of(relation).goneBinary(key)
}

func (r *refresh) GoneColumns(relation int, key []any) error {
	return r.of(relation).goneColumns(key)
}

// install makes what differs visible, as one commit. It cannot fail.
func (r *refresh) install() (c Counts) {
	tx := &Tx{g: r.g}
	commit := &Commit{persist: persist.Commit{Revision: r.g.revision + 1}}
	for _, d := range r.differs {
		if set := d.write(tx, &c); set != nil {
			commit.persist.Batches = append(commit.persist.Batches, set)
		}
	}
	if c.IsZero() {
		return c
	}
	r.g.mu.Lock()
	defer r.g.mu.Unlock()
	tx.install()
	r.g.installed([]*Commit{commit})
	return c
}
