package engine

import (
	"fmt"
	"reflect"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// binding is what the two directions of a relation have in common: its declaration, and the state it is bound to.
type Binding struct {
	G          *Graph
	Name       string
	Same       ordered.Same // whether a value over another is no update
	Reflexive  bool         // every value is the same as itself
	Undirected bool
	allValid   bool // every value of the key types can be a key
	plain      bool // live, and no function of the caller's compares keys
	Pure       bool // no function of the caller's compares keys or values
	faults     error
	Types      [3]*raw.Type     // of left and right keys, as declared, and of through values
	sets       [2]*ordered.Kind // of right and of left keys
	rows       [2]adjacency.Row // as declared, and the other way round
	Codecs     []*codec.Codec   // that rules gave
	journal    *journal

	Tx   *Tx       // if in a transaction
	snap *Snapshot // if at a snapshot
}

// isLive reports whether the binding is to neither a transaction nor a snapshot.
func (b *Binding) isLive() bool { return b.Tx == nil && b.snap == nil }

// rlock prepares for a read. In a transaction and at a snapshot nothing that is read can change meanwhile.
func (b *Binding) rlock() {
	switch {
	case b.Tx != nil:
		b.Tx.mustBeOpen()
	case b.snap == nil:
		b.G.mu.RLock()
	}
}

func (b *Binding) runlock() {
	if b.isLive() {
		b.G.mu.RUnlock()
	}
}

// lock prepares for a write, and refuses it where there can be none.
func (b *Binding) lock() error {
	switch {
	case b.faults != nil:
		return b.faults
	case b.snap != nil:
		return fmt.Errorf("%w: relation %q at revision %d", ErrReadOnly, b.Name, b.snap.revision)
	case b.Tx == nil:
		return b.G.lock()
	case b.Tx.done:
		return ErrTxDone
	}
	return nil
}

// unlock ends a write that changed what c says.
func (b *Binding) unlock(c *Counts) {
	if b.Tx != nil {
		return
	}
	if !c.IsZero() {
		b.G.revision++
	}
	if b.G.recording {
		b.G.publishRecorded()
	}
	b.G.mu.Unlock()
}

// recording reports whether put and delete note what they change.
func (b *Binding) recording() bool {
	if b.Tx != nil {
		return b.Tx.recording
	}
	return b.G.recording
}

// isStored reports whether a write has to go by the store: see Graph.share.
func (b *Binding) isStored() bool { return b.G.opts.Store != nil && b.isLive() && b.faults == nil }

// reflectTypes returns the types of left keys, right keys and values, as declared.
func (b *Binding) ReflectTypes() [3]reflect.Type {
	return [3]reflect.Type{b.Types[0].Of, b.Types[1].Of, b.Types[2].Of}
}
