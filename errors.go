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
	// ErrBusy says that a write waited Options.BusyTimeout for the transaction that is open.
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
	// ErrDeclaration says that a relation was declared in a way that cannot work: Graph.Open reports all that are
	// faulty, and every write to such a relation reports its own.
	ErrDeclaration = errors.New("junction: faulty declaration")
)
