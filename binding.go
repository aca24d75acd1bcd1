package junction

import (
	"fmt"
	"reflect"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Pointer points to a key, a value or an entry.
type pointer = raw.Pointer

// binding is what the two directions of a relation have in common: its declaration, and the state it is bound to.
type binding struct {
	g          *Graph
	name       string
	same       ordered.Same // whether a value over another is no update
	reflexive  bool         // every value is the same as itself
	undirected bool
	allValid   bool // every value of the key types can be a key
	plain      bool // live, and no function of the caller's compares keys
	pure       bool // no function of the caller's compares keys or values
	faults     error
	types      [3]*raw.Type     // of left and right keys, as declared, and of through values
	sets       [2]*ordered.Kind // of right and of left keys
	rows       [2]adjacency.Row // as declared, and the other way round
	codecs     []*codec.Codec   // that rules gave
	journal    *journal

	tx   *Tx       // if in a transaction
	snap *Snapshot // if at a snapshot
}

// isLive reports whether the binding is to neither a transaction nor a snapshot.
func (b *binding) isLive() bool { return b.tx == nil && b.snap == nil }

// rlock prepares for a read. In a transaction and at a snapshot nothing that is read can change meanwhile.
func (b *binding) rlock() {
	switch {
	case b.tx != nil:
		b.tx.mustBeOpen()
	case b.snap == nil:
		b.g.mu.RLock()
	}
}

func (b *binding) runlock() {
	if b.isLive() {
		b.g.mu.RUnlock()
	}
}

// lock prepares for a write, and refuses it where there can be none.
func (b *binding) lock() error {
	switch {
	case b.faults != nil:
		return b.faults
	case b.snap != nil:
		return fmt.Errorf("%w: relation %q at revision %d", ErrReadOnly, b.name, b.snap.revision)
	case b.tx == nil:
		return b.g.lock()
	case b.tx.done:
		return ErrTxDone
	}
	return nil
}

// unlock ends a write that changed what c says.
func (b *binding) unlock(c *Counts) {
	if b.tx != nil {
		return
	}
	if !c.IsZero() {
		b.g.revision++
	}
	if b.g.recording {
		b.g.publishRecorded()
	}
	b.g.mu.Unlock()
}

// recording reports whether put and delete note what they change.
func (b *binding) recording() bool {
	if b.tx != nil {
		return b.tx.recording
	}
	return b.g.recording
}

// isStored reports whether a write has to go by the store: see Graph.share.
func (b *binding) isStored() bool { return b.g.opts.Store != nil && b.isLive() && b.faults == nil }

// reflectTypes returns the types of left keys, right keys and values, as declared.
func (b *binding) reflectTypes() [3]reflect.Type {
	return [3]reflect.Type{b.types[0].Of, b.types[1].Of, b.types[2].Of}
}
