package engine

import (
	"errors"
	"fmt"
)

// Errors of a write.
var (
	ErrKey      = errors.New("junction: not a key")
	ErrExists   = errors.New("junction: edge exists")
	ErrReadOnly = errors.New("junction: a snapshot cannot be written")
	ErrValue    = errors.New("junction: value cannot be stored")
	ErrBusy     = errors.New("junction: graph is busy")
	ErrNested   = fmt.Errorf("%w: a call waits for the transaction that it runs in", ErrBusy)
)

// Errors of a transaction.
var (
	ErrTxDone = errors.New("junction: transaction is finished")
)

// Errors of a graph.
var (
	ErrClosed      = errors.New("junction: graph is closed")
	ErrNotOpen     = errors.New("junction: graph is not open")
	ErrStoreFailed = errors.New("junction: store failed")
	ErrNoRefresh   = errors.New("junction: store cannot be refreshed")
	ErrLagged      = errors.New("junction: watch has missed commits")
	ErrDeclaration = errors.New("junction: faulty declaration")
)
