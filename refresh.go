package junction

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Refresh takes what other programs have changed in the rows of the store into the graph, as one commit. What they wrote wins. Watchers
// get the commit like any other, and it is one revision, which the store is not told; where nothing differs, there is none. It
// needs a store that is a persist.Refresher. A graph without a store has nothing to take: nil.
//
// It waits for its turn as long as ctx allows, as Begin does: inside Update it would wait for itself. While it runs, readers go on, and
// writers wait, each for Options.BusyTimeout at most. If the store gives all its rows and these come in the order of their keys, it takes
// about as long as reading them, and memory for what differs. In another order, each edge that does not come where it
// is due takes some 100 bytes until the end, and comparing it as long as a write.
//
// Values are compared as writing one over the other compares them; where they differ, or have no ==, by what the store keeps
// of them. Where a comparison function calls different keys the same, others have to spell a key as the graph does.
//
// The errors are ErrNoRefresh, ErrNotOpen, ErrClosed, ErrStoreFailed, that of ctx, those of the store,
// and for a row that cannot be an edge or comes twice persist.ErrRow, or persist.ErrDamaged if the
// store is the graph's alone. After an error nothing has changed, and Refresh may be called again.
func (g *Graph) Refresh(ctx context.Context) (c Counts, err error) {
	if g.opts.Store == nil {
		return c, g.refused()
	}
	store, ok := g.opts.Store.(persist.Refresher)
	if !ok {
		return c, fmt.Errorf("%w: %T is no persist.Refresher", ErrNoRefresh, g.opts.Store)
	}
	if err := g.waitForTurn(ctx, "not refreshed"); err != nil {
		return c, err
	}
	defer g.leave()
	g.appending.Lock()
	defer g.appending.Unlock()
	if err := g.refused(); err != nil {
		return c, err
	}
	r := g.newRefresh()
	if err := store.Refresh(ctx, r); err != nil {
		return c, fmt.Errorf("junction: not refreshed: %w", err)
	}
	return r.install(), nil
}

// Follow refreshes the graph at once, and then ever again until ctx ends: each time when it has waited for so long, or when the store says
// that there may be something new, if it is a persist.Waiter. If every is not above zero, only the store says when.
//
// It returns the error of ctx when that ends, ErrClosed when the graph is closed, and otherwise the error of the Refresh that
// failed: the graph is as it was then, and Follow may be called again. Without an interval it returns ErrNoRefresh if the store is no persist.Waiter.
func (g *Graph) Follow(ctx context.Context, every time.Duration) error {
	waiter, ok := g.opts.Store.(persist.Waiter)
	if !ok && every <= 0 {
		return fmt.Errorf("%w when others change it: %T is no persist.Waiter, and there is no interval", ErrNoRefresh, g.opts.Store)
	}
	for {
		_, err := g.Refresh(ctx)
		if err == nil {
			err = g.awaitNews(ctx, waiter, every)
		}
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("junction: not followed any more: %w", ctx.Err())
		case err != nil:
			return err
		}
	}
}

// awaitNews waits until there may be something new, or the graph is closed.
func (g *Graph) awaitNews(ctx context.Context, waiter persist.Waiter, every time.Duration) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-g.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	if every > 0 {
		defer time.AfterFunc(every, cancel).Stop()
	}
	if waiter == nil {
		<-ctx.Done()
		return nil
	}
	if err := waiter.Wait(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("junction: not refreshed: %w", err)
	}
	return nil
}

// refresh is the persist.Differ of a graph. Whoever has it has the turn, so that the live state stands still.
type refresh struct {
	g       *Graph
	differs []*differ
}

func (g *Graph) newRefresh() *refresh {
	r := &refresh{g: g}
	for _, d := range g.stored {
		r.differs = append(r.differs, d.differ())
	}
	return r
}

func (r *refresh) Whole(relation int) error { return r.differs[relation].whole() }

func (r *refresh) LoadBinary(relation int, key, value []byte) error {
	return r.differs[relation].binary(key, value)
}

func (r *refresh) LoadColumns(relation int, columns []any) error {
	return r.differs[relation].columns(columns)
}

func (r *refresh) GoneBinary(relation int, key []byte) error {
	return r.differs[relation].goneBinary(key)
}

func (r *refresh) GoneColumns(relation int, key []any) error {
	return r.differs[relation].goneColumns(key)
}

// install makes what differs visible, as one commit. Nothing can fail any more.
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
