package junction

import (
	"context"
	"iter"
	"time"

	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/persist"
)

// Graph is a set of relations that commit together: they share one history of commits, and a
// snapshot or a transaction of a graph spans all of them. Every relation belongs to a graph; New
// makes a graph for its relation alone.
//
// All methods may be called concurrently. The zero Graph is not usable: make one by NewGraph.
type Graph engine.Graph

// engine returns what the graph is made of.
func (g *Graph) engine() *engine.Graph { return (*engine.Graph)(g) }

// NewGraph returns an empty graph. Nil and zero Options are right for a graph in memory, which need
// not be opened. A graph with a store is empty and cannot be written before Open.
func NewGraph(opts *Options) *Graph { return (*Graph)(engine.NewGraph(opts.engine())) }

// Schema returns the shape of the declared relations as a store sees it, so that tables can be
// made from it before Open. If the options name no store, it is the shape for a store that keeps
// columns. The graph need not be open, and the caller may change the result. The error joins all
// faulty declarations, as that of Open does.
func (g *Graph) Schema() (*persist.Schema, error) { return g.engine().Schema() }

// Open reports all faulty declarations, joined, and then loads the relations from the store.
// Without a store there is nothing to load, and Open may be left out. Declare all relations
// before.
//
// The errors of the store are those of persist: ErrSchema, ErrInUse, ErrDamaged, ErrRow,
// ErrVersion. After an error nothing has changed, and Open may be called again, unless the store
// gave an edge twice: then the graph is closed. After success, Open does nothing. A Close
// meanwhile ends it with ErrClosed.
//
// Loading takes about as long as AddAll of the same edges. It needs little memory besides the
// graph if the store gives rows in order (persist/filestore does). An undirected relation, and
// one whose rows come in another order, is collected first.
func (g *Graph) Open(ctx context.Context) error { return g.engine().Open(ctx) }

// Close ends the graph: later writes and Begins return ErrClosed, and watches end. An open
// transaction can go on, but its Commit returns ErrClosed. Reads, and snapshots taken before, go
// on.
//
// Close ends the contexts of a running Open, Refresh and Follow, and waits until the store has
// returned from them, and from a commit that it is at work on. Then it closes the store and
// returns its error: what a store had promised to make durable later may have failed. Closing a
// closed graph does nothing.
func (g *Graph) Close() error { return g.engine().Close() }

// Revision returns the number of the last commit, 0 before the first. A call that changes nothing
// makes no commit.
func (g *Graph) Revision() uint64 { return g.engine().Revision() }

// Update runs fn in a transaction and commits it. Its errors are those of fn, Begin and
// Tx.Commit. With a store, every Update has an Append to itself: of many small ones, make one, or
// single calls.
//
// If fn returns an error, panics or ends its goroutine, or if ctx is done before the commit,
// nothing of the transaction happens. The error of fn is returned as it is, errors.Is finds that
// of ctx, and a panic goes on.
//
// Inside fn, read and write through In(tx). A read of the live relation does not show the changes
// of the transaction. A write to the live relation, and another Update, would wait for the
// transaction that they run in: they fail with ErrNested after the time that Begin names, and an
// Update or Begin that is given tx.Context fails at once.
func (g *Graph) Update(ctx context.Context, fn func(tx *Tx) error) error {
	if fn == nil {
		return g.engine().Update(ctx, nil)
	}
	return g.engine().Update(ctx, func(tx *engine.Tx) error { return fn((*Tx)(tx)) })
}

// Begin starts a transaction, which must be ended by Commit or Rollback. Transactions run one at
// a time, and readers do not wait for them. A context that ends later makes Commit fail.
//
// Begin waits for its turn as long as ctx allows. If ctx cannot end, it waits for 10 seconds, or
// for Options.BusyTimeout if that is longer, and then fails with ErrBusy. Other waits of that
// length are reported to Options.Logger, once. The other errors are ErrNested, ErrClosed,
// ErrNotOpen and ErrStoreFailed.
func (g *Graph) Begin(ctx context.Context) (*Tx, error) {
	tx, err := g.engine().Begin(ctx)
	return (*Tx)(tx), err
}

// Snapshot returns the graph as it is now, in O(1) for a graph of given relations: a few hundred
// nanoseconds each, whatever their size. It does not wait for an open transaction and shows
// nothing of it.
func (g *Graph) Snapshot() *Snapshot { return (*Snapshot)(g.engine().Snapshot()) }

// Refresh takes what other programs have changed in the rows of the store into the graph, as one
// commit. What they wrote wins. Watchers get the commit like any other. It is one revision, which
// is not appended to the store; if nothing differs, there is none. The store must be a
// persist.Refresher. A graph without a store has nothing to take: Refresh returns nil.
//
// Refresh waits for its turn as Begin does. Inside Update it would wait for itself: see
// ErrNested. While it runs, readers go on, and writers wait, each for Options.BusyTimeout at
// most. If the store gives all its rows in the order of their keys, Refresh takes about as long
// as reading them, and memory for what differs. In another order, each edge that comes out of
// order takes about 100 bytes until the end, and its comparison takes as long as a write.
//
// Values are compared as a write over an existing edge compares them. Where they differ, or have
// no ==, Refresh compares what the store keeps of them. Where a comparison function calls
// different keys the same, other programs have to spell a key as the graph does.
//
// The errors are ErrNoRefresh, ErrNotOpen, ErrClosed, ErrStoreFailed, ErrBusy, that of ctx, those
// of the store, and for a row that cannot be an edge or comes twice persist.ErrRow, or
// persist.ErrDamaged if the store is the graph's alone. After an error nothing has changed, and
// Refresh may be called again. Close ends a Refresh with ErrClosed.
func (g *Graph) Refresh(ctx context.Context) (Counts, error) {
	return counted(g.engine().Refresh(ctx))
}

// Follow refreshes the graph at once, and then repeatedly: after each interval, and whenever the
// store reports that there may be something new, if it is a persist.Waiter. If every is not above
// zero, only the store says when. Run it in a goroutine, and end it by ctx or by Close.
//
// Follow goes on after an error. It pauses, longer after each error in a row, up to half the
// interval and never longer than 30 seconds, and then refreshes again; the store makes a new
// connection if it needs one. Each result goes to Options.OnFollow, each failure to
// Options.Logger, and Graph.Metrics shows how fresh the graph is. A Refresh in which the store
// gives nothing for as long as the interval is given up: a connection can hang without an error.
// For short intervals, for stores that took long before, and after many such Refreshes in a row
// Follow waits longer: at least a second, and at most Options.StallTimeout. Without an interval,
// StallTimeout is the limit.
//
// Follow returns an error wrapping that of ctx when ctx is done, and ErrClosed when the graph is
// closed. It returns at once, and cannot go on, with ErrNoRefresh if the store cannot be
// refreshed, or if it is no persist.Waiter and there is no interval, with ErrNotOpen, with
// ErrStoreFailed, and with persist.ErrSchema, persist.ErrVersion and persist.ErrDamaged: then
// open the graph anew.
func (g *Graph) Follow(ctx context.Context, every time.Duration) error {
	return g.engine().Follow(ctx, every)
}

// Check verifies every invariant of every relation and returns all violations, joined: both sides
// mirror each other, keys stand in order, counts are right, trees and tables agree. A violation
// is a defect of this library, or of a comparison function, or memory that somebody changed
// behind its back. O(edges log degree); writers wait for it.
func (g *Graph) Check() error { return g.engine().Check() }

// Watch returns the graph as it is now and a sequence of every commit after that, in order and
// without a gap, each after it is durable (if there is a store). Begin with what the snapshot
// shows, then follow the commits:
//
//	snap, commits := g.Watch(ctx)
//	for edge := range members.At(snap).Edges() { ... }
//	for commit, err := range commits {
//		if err != nil { ... }
//		for change := range members.ChangesIn(commit) { ... }
//	}
//
// The sequence waits for the next commit. It ends with an error: that of the context when it is
// done; ErrNotOpen before Open; ErrClosed when the graph is closed and all commits were
// delivered; ErrLagged when the watcher has fallen behind by more than Options.WatchBuffer
// changes, so that commits were missed: watch again, from a new snapshot. A watcher that waits
// for the next commit is not behind, however large the commits are. The sequence is for one loop:
// leaving it ends the watch, and a second loop gets an ErrLagged that says so. A watch that is
// never looped over lasts until its context is done.
//
// A writer never waits for a watcher, and what it does for all of them takes O(1). While there is
// one, commits record what they changed, which in memory they otherwise do not. There is no
// goroutine behind a watch. Commits are shared by all watchers and must not be changed.
func (g *Graph) Watch(ctx context.Context) (*Snapshot, iter.Seq2[*Commit, error]) {
	snap, commits := g.engine().Watch(ctx)
	return (*Snapshot)(snap), func(yield func(*Commit, error) bool) {
		commits(func(c *engine.Commit, err error) bool { return yield((*Commit)(c), err) })
	}
}

// Metrics returns the graph's numbers without those that have to be counted, in O(relations). It is
// made to be called often, for instance when metrics are collected.
func (g *Graph) Metrics() Stats { return statsOf(g.engine().Metrics()) }

// Stats returns all of the graph's numbers, in O(nodes): use Metrics to leave Bytes out. It
// counts on a snapshot, so that no writer waits for it; as after any snapshot, the first write to
// a node then copies it.
func (g *Graph) Stats() Stats { return statsOf(g.engine().Stats()) }

// String describes the graph in a few words: its relations and revision.
func (g *Graph) String() string { return g.engine().String() }

// MarshalJSON returns an error: a graph is written by package transfer.
func (g *Graph) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// UnmarshalJSON returns an error: a graph is read by package transfer.
func (g *Graph) UnmarshalJSON([]byte) error { return errNoJSON }
