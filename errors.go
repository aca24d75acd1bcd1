package junction

import "errors"

// Errors of a write.
var (
	// ErrKey says that a value cannot be a key because it does not equal itself: a floating-point NaN, or what a
	// comparison function does not call equal to itself.
	ErrKey = errors.New("junction: not a key")
	// ErrExists says that Insert found the pair related already.
	ErrExists = errors.New("junction: edge exists")
	// ErrReadOnly says that the relation is bound to a snapshot.
	ErrReadOnly = errors.New("junction: a snapshot cannot be written")
	// ErrValue says that a key or a through value cannot be turned into what the store keeps.
	ErrValue = errors.New("junction: value cannot be stored")
	// ErrBusy says that a write waited Options.BusyTimeout for the transaction that is open, or for a store that is slow.
	ErrBusy = errors.New("junction: another transaction is open")
)

// Errors of a transaction.
var (
	// ErrTxDone says that the transaction was committed or rolled back before.
	ErrTxDone = errors.New("junction: transaction is finished")
)

// Errors of a graph.
var (
	// ErrClosed says that the graph was closed.
	ErrClosed = errors.New("junction: graph is closed")
	// ErrNotOpen says that a graph with a store was not opened.
	ErrNotOpen = errors.New("junction: graph is not open")
	// ErrStoreFailed says that the store could not tell whether a commit is durable, so that the graph can only be read until it is
	// closed and opened anew.
	ErrStoreFailed = errors.New("junction: store failed")
	// ErrNoRefresh says that the store of a graph cannot tell what others have changed: it is no persist.Refresher. Of Follow without
	// an interval it says that the store cannot tell when: it is no persist.Waiter.
	ErrNoRefresh = errors.New("junction: store cannot be refreshed")
	// ErrLagged says that a watcher has missed commits, because it was too slow or looped a second time.
	ErrLagged = errors.New("junction: watcher fell behind")
	// ErrDeclaration says that a relation was declared in a way that cannot work: Graph.Open reports all that are
	// faulty, and every write to such a relation reports its own.
	ErrDeclaration = errors.New("junction: faulty declaration")
)
