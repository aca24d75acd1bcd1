package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Graph is what junction.Graph is made of.
type Graph struct {
	opts Options

	// calls wait for the turn, to commit together. See group.go.
	calls calls

	// turn is held by a commit that takes more than one critical section: a transaction from Begin
	// to its end, or a write to a graph with a store. See turn.go.
	// Lock order: turn, then appending, then mu.
	turn chan struct{}

	// life ends when Close begins. Every wait ends with it, and so does every context that the
	// store gets, except that of an Append.
	life context.Context
	end  context.CancelFunc

	// waits counts the running calls of the store's Wait. None begins once writeErr is ErrClosed.
	waits sync.WaitGroup

	// appending is held while the store is at work.
	appending sync.Mutex

	// mu guards the fields below and the live state of every relation. It is held for one operation
	// on memory: never while a function, an iterator or a transaction of the caller runs.
	mu        sync.RWMutex
	busy      bool   // a transaction is open; only its holder of turn may change the live state
	holder    holder // of the turn, as far as it is known
	writeErr  error  // what every write returns: ErrNotOpen, ErrStoreFailed, ErrClosed; nil if open
	revision  uint64
	relations []*Decl
	loading   bool // no relation may be added
	watched   bool // there is a watcher
	recording bool // writes in place record what they change, for watchers; false if there is a store
	feed      feed
	fresh     Freshness
	took      time.Duration // by the last Refresh or Open

	// The fields below are guarded by turn if there is a store, otherwise by mu.
	stored   []*Decl     // the relations in the order of the store's schema; nil before Open
	crowded  bool        // the last calls shared a commit that took long: see gather
	recorded []*recorder // those with changes
	spare    *Commit     // reused
	appended []*persist.Commit
}

// NewGraph returns an empty graph.
func NewGraph(opts *Options) *Graph {
	g := &Graph{opts: opts.withDefaults(), turn: make(chan struct{}, 1)}
	if g.opts.Store != nil && IsNil(g.opts.Store) {
		panic(fmt.Sprintf("junction: Options.Store is a nil %T", g.opts.Store))
	}
	g.life, g.end = context.WithCancel(context.Background())
	g.feed.limit = g.opts.WatchBuffer
	if g.opts.Store != nil {
		g.writeErr = ErrNotOpen
	}
	return g
}

// MustExist panics if the graph was not made by NewGraph.
func (g *Graph) MustExist() {
	if g == nil || g.turn == nil {
		panic("junction: nil or zero Graph: make one by NewGraph")
	}
}

// mustHave panics if a call was given no context.
func mustHave(ctx context.Context) {
	if ctx == nil {
		panic("junction: nil Context: use context.Background")
	}
}

// Schema returns the shape of the declared relations.
func (g *Graph) Schema() (*persist.Schema, error) {
	_, schema, err := g.shapes()
	return schema, err
}

// shapes returns the declared relations and, in the same order, their schema.
func (g *Graph) shapes() ([]*Decl, *persist.Schema, error) {
	g.MustExist()
	g.mu.RLock()
	relations := g.relations
	g.mu.RUnlock()
	schema := &persist.Schema{Relations: make([]persist.Relation, len(relations))}
	errs := make([]error, len(relations))
	for i, r := range relations {
		schema.Relations[i], errs[i] = r.shape()
	}
	if err := errors.Join(errs...); err != nil {
		return nil, nil, err
	}
	return relations, schema, nil
}

// Open loads the relations from the store.
func (g *Graph) Open(ctx context.Context) error {
	g.MustExist()
	mustHave(ctx)
	if g.refused() == ErrClosed {
		return ErrClosed
	}
	if err := errors.Join(ctx.Err(), g.faults()); err != nil || g.isOpen() {
		return err
	}
	if err := g.waitForTurn(ctx, "not opened"); err != nil {
		return err
	}
	defer g.leave()
	g.appending.Lock()
	defer g.appending.Unlock()
	if err := g.beginLoad(); err != nil || g.isOpen() {
		return err
	}
	defer g.endLoad()
	ctx, done := g.within(ctx)
	defer done()
	return g.load(ctx)
}

// beginLoad keeps relations from being declared, or returns why there is nothing to load.
func (g *Graph) beginLoad() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr != ErrNotOpen {
		return g.writeErr
	}
	g.loading = true
	return nil
}

func (g *Graph) endLoad() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.loading = false
}

// isOpen reports whether the graph can be written.
func (g *Graph) isOpen() bool { return g.refused() == nil }

// faults returns what is wrong with the declarations.
func (g *Graph) faults() (err error) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, d := range g.relations {
		err = errors.Join(err, d.faults)
	}
	return err
}

// refused returns the error of every write, nil if the graph can be written.
func (g *Graph) refused() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.writeErr
}

// within returns a context that ends with ctx and with the graph. The caller calls done.
func (g *Graph) within(ctx context.Context) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(g.life, func() { cancel(ErrClosed) })
	return ctx, func() { stop(); cancel(nil) }
}

// Close ends the graph.
func (g *Graph) Close() error {
	if !g.shut() {
		return nil
	}
	g.waits.Wait()
	g.appending.Lock()
	defer g.appending.Unlock()
	g.endFeed()
	if g.opts.Store == nil {
		return nil
	}
	if err := g.opts.Store.Close(); err != nil {
		return fmt.Errorf("junction: store not closed: %w", err)
	}
	return nil
}

// shut makes every later write fail, and reports whether it was the first to do so.
func (g *Graph) shut() bool {
	g.MustExist()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr == ErrClosed {
		return false
	}
	g.writeErr = ErrClosed
	g.end()
	return true
}

// endFeed ends each watch once it has delivered everything that was committed. The caller holds
// appending.
func (g *Graph) endFeed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.feed.close()
}

// Revision returns the number of the last commit.
func (g *Graph) Revision() uint64 {
	g.MustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.revision
}

// Update runs fn in a transaction and commits it.
func (g *Graph) Update(ctx context.Context, fn func(tx *Tx) error) error {
	if fn == nil {
		panic("junction: Update with a nil function")
	}
	tx, err := g.beginFor(ctx, byUpdate)
	if err != nil {
		return err
	}
	return tx.run(fn)
}

// Begin starts a transaction.
func (g *Graph) Begin(ctx context.Context) (*Tx, error) {
	return g.beginFor(ctx, callerOfBegin())
}

// autoUpdate is Update for a single write: it waits as long as such a write does.
func (g *Graph) autoUpdate(fn func(tx *Tx) error) error {
	if err := g.awaitTurn(); err != nil {
		return err
	}
	tx, err := g.beginTx(context.Background(), byWrite)
	if err != nil {
		return err
	}
	tx.single = true
	return tx.run(fn)
}

// beginFor waits for the turn and starts a transaction.
func (g *Graph) beginFor(ctx context.Context, by origin) (*Tx, error) {
	g.MustExist()
	mustHave(ctx)
	if err := g.waitForTurn(ctx, "transaction not begun"); err != nil {
		return nil, err
	}
	return g.beginTx(ctx, by)
}

// beginTx starts a transaction. The caller holds the turn.
func (g *Graph) beginTx(ctx context.Context, by origin) (*Tx, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr != nil {
		g.leave()
		return nil, g.writeErr
	}
	g.busy = true
	g.holder.take(by)
	return &Tx{g: g, ctx: ctx, count: g.holder.count}, nil
}

// lock locks the live state for one write. While a transaction is open, it waits.
func (g *Graph) lock() error {
	g.mu.Lock()
	if !g.busy && g.writeErr == nil {
		return nil
	}
	g.mu.Unlock()
	if err := g.awaitTurn(); err != nil {
		return err
	}
	g.mu.Lock()
	g.leave() // mu alone keeps the next transaction from beginning
	if err := g.writeErr; err != nil {
		g.mu.Unlock()
		return err
	}
	return nil
}
