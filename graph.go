package junction

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Graph is a set of relations that commit together: they have one history of commits, and a snapshot or a transaction
// of a graph spans all of them. Every relation belongs to one; New makes a graph for the relation alone.
//
// All methods may be called by any number of goroutines.
type Graph struct {
	opts Options

	// calls wait for the turn, to commit together. See group.go.
	calls calls

	// turn is held by whoever may begin a commit that takes more than one critical section: a transaction
	// from Begin to its end, or a write to a graph with a store. Lock order: turn, then appending, then mu.
	turn chan struct{}
	done chan struct{} // closed by Close, so that nobody waits for a turn in a closed graph

	// mu guards everything below and the live state of every relation. It is held for the time of one operation
	// on memory: never while a caller's function, iterator or transaction runs.
	mu        sync.RWMutex
	busy      bool  // a transaction is open; only its holder of turn may change the live state
	refusal   error // why nothing can be written: ErrNotOpen, ErrStoreFailed, ErrClosed; nil if it can
	revision  uint64
	relations []*relation
	loading   bool // the relations cannot become more
	watched   bool // somebody watches
	recording bool // writes in place record what they change: somebody watches, and there is no store
	feed      feed

	// What follows belongs to whoever may change the live state: by turn if there is a store, and by mu if there is none.
	stored   []*relation // the relations that the store has, by their place in its schema; nil before Open
	crowded  bool        // the last calls shared a commit that took its time: see gather
	recorded []*journal  // those with changes
	spare    *Commit     // to be used again
	appended []*persist.Commit

	appending sync.Mutex // held while the store is at work
}

// NewGraph returns an empty graph; nil and zero Options are right for one in memory, which needs no Open. One with a store
// is empty and cannot be written before Open.
func NewGraph(opts *Options) *Graph {
	g := &Graph{opts: opts.withDefaults(), turn: make(chan struct{}, 1), done: make(chan struct{})}
	g.feed.limit = g.opts.WatchBuffer
	if g.opts.Store != nil {
		g.refusal = ErrNotOpen
	}
	return g
}

// Schema returns the shape of the declared relations as a store sees it, so that tables can be made from it before Open. Where the
// options name no store, it is that for one which keeps columns. The graph need not be open, and the caller may change what it gets.
// The error joins every faulty declaration, as that of Open does.
func (g *Graph) Schema() (*persist.Schema, error) {
	_, schema, err := g.shapes()
	return schema, err
}

// shapes returns the declared relations and, in the same order, their schema.
func (g *Graph) shapes() ([]*relation, *persist.Schema, error) {
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

// Open reports every faulty declaration, joined, and then loads the relations from the store, if there is one. Without a store it
// does nothing else and may be left out. Relations must be declared before.
//
// The errors of the store are those of persist: ErrSchema, ErrInUse, ErrDamaged, ErrRow, ErrVersion. After an error nothing has changed, and
// Open may be called again (unless the store gave an edge twice: then the graph is closed); after success, it does nothing. Loading takes about as long as AddAll of the same edges, and
// little memory beside the graph if the store gives rows in order (persist/filestore does); an undirected relation, and one
// whose rows come in another order, is collected first.
func (g *Graph) Open(ctx context.Context) error {
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
	return g.load(ctx)
}

// beginLoad lets nobody declare relations any more, or says why there is nothing to load.
func (g *Graph) beginLoad() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refusal != ErrNotOpen {
		return g.refusal
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
		err = errors.Join(err, d.fault())
	}
	return err
}

// refused returns why nothing can be written, nil if it can.
func (g *Graph) refused() error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.refusal
}

// Close ends the graph: every later write and Begin return ErrClosed, and watches end. A transaction that is open can go on, but its
// Commit returns ErrClosed. Reads, and snapshots taken before, go on. Close waits for a commit or a Refresh that the store is at work on, then closes
// the store and returns its error: what a store had promised to make durable later may have failed. Closing a
// closed graph does nothing.
func (g *Graph) Close() error {
	if !g.shut() {
		return nil
	}
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

// shut lets nobody write any more, and reports whether it was the first to do so.
func (g *Graph) shut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refusal == ErrClosed {
		return false
	}
	g.refusal = ErrClosed
	close(g.done)
	return true
}

// endFeed ends all watches when they have everything that was committed. The caller has appending.
func (g *Graph) endFeed() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.feed.close()
}

// Revision returns the number of the last commit, 0 before the first. A call that changes nothing makes no commit.
func (g *Graph) Revision() uint64 {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.revision
}

// Update runs fn in a transaction and commits it. It waits for its turn as long as ctx allows. The errors beside those of fn are those of
// Begin and Tx.Commit. With a store, every Update has an Append to itself: of many small ones, make one, or single calls.
//
// If fn returns an error, panics or ends its goroutine, or if ctx is done before the commit, nothing of the
// transaction happens. The error of fn comes back as it is, that of ctx so that errors.Is finds it, and a panic goes on.
// Inside fn, write through In(tx): a write to the live relation would wait for the transaction that it stands in,
// and gets ErrBusy after Options.BusyTimeout.
func (g *Graph) Update(ctx context.Context, fn func(tx *Tx) error) error {
	tx, err := g.Begin(ctx)
	if err != nil {
		return err
	}
	return tx.run(fn)
}

// Begin starts a transaction, which must be ended by Commit or Rollback. It waits for its turn as long as ctx allows; a
// context that ends later makes Commit fail. Transactions run one at a time, and readers do not wait for them. The other errors are
// ErrClosed, ErrNotOpen and ErrStoreFailed.
func (g *Graph) Begin(ctx context.Context) (*Tx, error) {
	if err := g.waitForTurn(ctx, "transaction not begun"); err != nil {
		return nil, err
	}
	return g.begin(ctx)
}

// waitForTurn takes the turn, or says what did not happen because the context ended.
func (g *Graph) waitForTurn(ctx context.Context, otherwise string) error {
	err := errWaited
	if ctx.Err() == nil { // otherwise it might be lucky all the same
		err = g.takeTurn(ctx.Done())
	}
	if err == errWaited {
		err = fmt.Errorf("junction: %s: %w", otherwise, ctx.Err())
	}
	return err
}

// autoUpdate is Update for a single write: it waits as long as such a write does.
func (g *Graph) autoUpdate(fn func(tx *Tx) error) error {
	if err := g.awaitTurn(); err != nil {
		return err
	}
	tx, err := g.begin(context.Background())
	if err != nil {
		return err
	}
	tx.alone = true
	return tx.run(fn)
}

// begin starts a transaction for the holder of the turn.
func (g *Graph) begin(ctx context.Context) (*Tx, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refusal != nil {
		g.leave()
		return nil, g.refusal
	}
	g.busy = true
	return &Tx{g: g, ctx: ctx}, nil
}

// lock locks the live state for one write. While a transaction is open, it waits.
func (g *Graph) lock() error {
	g.mu.Lock()
	if !g.busy && g.refusal == nil {
		return nil
	}
	g.mu.Unlock()
	if err := g.awaitTurn(); err != nil {
		return err
	}
	g.mu.Lock()
	g.leave() // mu alone keeps the next transaction from beginning
	if err := g.refusal; err != nil {
		g.mu.Unlock()
		return err
	}
	return nil
}

// errWaited says that a turn did not come in time.
var errWaited = errors.New("junction: waited in vain")

// takeTurn waits for the turn until stop.
func (g *Graph) takeTurn(stop <-chan struct{}) error {
	select {
	case g.turn <- struct{}{}:
		return nil
	case <-g.done:
		return ErrClosed
	case <-stop:
		return errWaited
	}
}

// leave gives the turn back.
func (g *Graph) leave() { <-g.turn }

// awaitTurn waits for the turn for BusyTimeout.
func (g *Graph) awaitTurn() error {
	select {
	case g.turn <- struct{}{}:
		return nil
	default:
	}
	ctx, cancel := context.WithTimeout(context.Background(), max(g.opts.BusyTimeout, 0))
	defer cancel()
	err := g.takeTurn(ctx.Done())
	if err == errWaited {
		return g.busyError()
	}
	return err
}

// busyError says that a write has waited for BusyTimeout.
func (g *Graph) busyError() error {
	wait := max(g.opts.BusyTimeout, 0).Round(time.Millisecond)
	return fmt.Errorf("%w: waited %v; inside Update, write through In(tx)", ErrBusy, wait)
}
