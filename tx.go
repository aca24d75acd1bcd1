package junction

import (
	"context"

	"github.com/seed-250bd433/junction/internal/engine"
)

// Tx is a transaction of a graph: m.In(tx) is the relation m as the transaction sees and changes
// it.
//
// A transaction keeps private copies of the nodes that it touches. A small node is copied when it
// is first touched; a large one shares what does not change, so that touching it costs O(log n).
// No one else sees a change before Commit, readers never wait, and Rollback drops the copies.
//
// A transaction is for one goroutine at a time.
type Tx engine.Tx

func (tx *Tx) engine() *engine.Tx { return (*engine.Tx)(tx) }

// Commit makes everything that the transaction changed durable, if there is a store, then visible
// at once, as one revision, and ends the transaction. If the net change is nothing, there is no
// new revision.
//
// It returns the context's error if the context that began the transaction is done, ErrClosed if
// the graph was closed, ErrTxDone if the transaction is finished, ErrValue if a value cannot be
// stored, and the store's error if that refuses; then nothing happened. ErrStoreFailed says that
// the outcome is not known.
//
// Readers wait for O(nodes touched) at most, and never for the store. A relation that was empty
// or cleared is exchanged in O(1).
func (tx *Tx) Commit() error { return tx.engine().Commit() }

// Rollback ends the transaction and undoes everything in O(1). After Commit or another Rollback it
// does nothing, so that `defer tx.Rollback()` is always right.
func (tx *Tx) Rollback() { tx.engine().Rollback() }

// Context returns the context of the transaction, for functions that are called in it: a Begin,
// Update or Refresh that is given it fails at once with ErrNested, as it would wait for the
// transaction.
func (tx *Tx) Context() context.Context { return tx.engine().Context() }

// String says whether the transaction is open.
func (tx *Tx) String() string { return tx.engine().String() }

// MarshalJSON returns an error.
func (tx *Tx) MarshalJSON() ([]byte, error) { return nil, errNoJSON }
