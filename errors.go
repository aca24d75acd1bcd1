package junction

import (
	"errors"

	"github.com/seed-250bd433/junction/internal/engine"
)

// Errors of a write.
var (
	// ErrKey says that a value cannot be a key because it does not equal itself: a floating-point
	// NaN, or a value that a comparison function does not call equal to itself.
	ErrKey = engine.ErrKey
	// ErrExists says that Insert found the pair related already, or Rename a node of the new key.
	ErrExists = engine.ErrExists
	// ErrReadOnly says that the relation is bound to a snapshot.
	ErrReadOnly = engine.ErrReadOnly
	// ErrValue says that a key or a through value cannot be turned into what the store keeps.
	ErrValue = engine.ErrValue
	// ErrBusy says that a call waited too long for its turn: another transaction is open, or the
	// store is slow. The text says which, and for a transaction from Begin where it was begun.
	ErrBusy = engine.ErrBusy
	// ErrNested says that a call waited for the transaction that it runs in. It is an ErrBusy.
	ErrNested = engine.ErrNested
)

// Errors of a transaction.
var (
	// ErrTxDone says that the transaction was committed or rolled back before.
	ErrTxDone = engine.ErrTxDone
)

// Errors of a graph.
var (
	// ErrClosed says that the graph was closed.
	ErrClosed = engine.ErrClosed
	// ErrNotOpen says that a graph with a store was not opened.
	ErrNotOpen = engine.ErrNotOpen
	// ErrStoreFailed says that the store could not tell whether a commit is durable. The graph
	// can only be read until it is closed and opened anew.
	ErrStoreFailed = engine.ErrStoreFailed
	// ErrNoRefresh says that the store of a graph cannot report what others have changed because
	// it does not implement persist.Refresher, or, from Follow without an interval,
	// persist.Waiter.
	ErrNoRefresh = engine.ErrNoRefresh
	// ErrLagged says that a watch cannot go on: the watcher was too slow and has missed commits,
	// or its sequence was looped over before. Call Watch again.
	ErrLagged = engine.ErrLagged
	// ErrDeclaration says that a relation was declared in a way that cannot work: Graph.Open
	// reports all faulty relations, and every write to one reports its fault.
	ErrDeclaration = engine.ErrDeclaration
)

// errNoJSON is what MarshalJSON of the types of this package returns.
var errNoJSON = errors.New("junction: relations and graphs are no JSON values: write and read their edges by package junction/transfer, or loop over them")
