package junction

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Graph is a set of relations that commit together: they have one history of commits, and a snapshot or a transaction
// of a graph spans all of them. Every relation belongs to one; New makes a graph for the relation alone.
//
// All methods may be called by any number of goroutines.
type Graph struct {
	opts Options

	// turn is held by whoever may begin a commit that takes more than one critical section: a transaction
	// from Begin to its end. Lock order: turn, then mu.
	turn chan struct{}
	done chan struct{} // closed by Close, so that nobody waits for a turn in a closed graph

	// mu guards everything below and the live state of every relation. It is held for the time of one operation
	// on memory: never while a caller's function, iterator or transaction runs.
	mu        sync.RWMutex
	busy      bool // a transaction is open; only its holder of turn may change the live state
	closed    bool
	revision  uint64
	relations []declared
}

// declared is a relation, whatever its types.
type declared interface {
	label() string
	fault() error
	freeze() frozenPair
	check() error
	stats() RelationStats
}

// NewGraph returns an empty graph in memory; nil and zero Options are right for most. It needs no Open.
func NewGraph(opts *Options) *Graph {
	return &Graph{opts: opts.withDefaults(), turn: make(chan struct{}, 1), done: make(chan struct{})}
}

// declares reports whether there is a relation of a name. The caller has the lock.
func (g *Graph) declares(name string) bool {
	return slices.ContainsFunc(g.relations, func(d declared) bool { return d.label() == name })
}

// Open reports every faulty declaration, joined. In a graph without a store it does nothing else and may be left out.
// It may be called again.
func (g *Graph) Open(ctx context.Context) error {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return ErrClosed
	}
	errs := []error{ctx.Err()}
	for _, d := range g.relations {
		errs = append(errs, d.fault())
	}
	return errors.Join(errs...)
}

// Close ends the graph: every later write and Begin return ErrClosed. A transaction that is open can go on, but its Commit
// returns ErrClosed. Reads, and snapshots taken before, go on. Closing a closed graph does nothing. The error is always nil in memory.
func (g *Graph) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.closed {
		g.closed = true
		close(g.done)
	}
	return nil
}

// Revision returns the number of the last commit, 0 before the first. A call that changes nothing makes no commit.
func (g *Graph) Revision() uint64 {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.revision
}

// Update runs fn in a transaction and commits it. It waits for its turn as long as ctx allows.
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
// context that ends later makes Commit fail. Transactions run one at a time, and readers do not wait for them.
func (g *Graph) Begin(ctx context.Context) (*Tx, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("junction: transaction not begun: %w", err)
	}
	if err := g.takeTurn(ctx.Done()); err != nil {
		if err == errWaited {
			err = fmt.Errorf("junction: transaction not begun: %w", ctx.Err())
		}
		return nil, err
	}
	return g.begin(ctx)
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
	return tx.run(fn)
}

// begin starts a transaction for the holder of the turn.
func (g *Graph) begin(ctx context.Context) (*Tx, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		<-g.turn
		return nil, ErrClosed
	}
	g.busy = true
	return &Tx{g: g, ctx: ctx}, nil
}

// lock locks the live state for one write. While a transaction is open, it waits.
func (g *Graph) lock() error {
	g.mu.Lock()
	if !g.busy && !g.closed {
		return nil
	}
	g.mu.Unlock()
	if err := g.awaitTurn(); err != nil {
		return err
	}
	g.mu.Lock()
	<-g.turn // mu alone keeps the next transaction from beginning
	if g.closed {
		g.mu.Unlock()
		return ErrClosed
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
		wait := max(g.opts.BusyTimeout, 0).Round(time.Millisecond)
		return fmt.Errorf("%w: waited %v; inside Update, write through In(tx)", ErrBusy, wait)
	}
	return err
}
