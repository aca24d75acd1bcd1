package engine

import "fmt"

// scope is the state that a relation is bound to: the live one, a transaction, or a snapshot.
type scope struct {
	Tx    *Tx       // nil outside a transaction
	snap  *Snapshot // nil unless at one
	plain bool      // live, and no function of the caller compares keys
}

// isLive reports whether the scope is neither a transaction nor a snapshot.
func (s *scope) isLive() bool { return s.Tx == nil && s.snap == nil }

// rlock prepares for a read. In a transaction and at a snapshot nothing that is read can change
// meanwhile.
func (v *Relation) rlock() {
	switch {
	case v.Tx != nil:
		v.Tx.mustBeOpen()
	case v.snap == nil:
		v.G.mu.RLock()
	}
}

func (v *Relation) runlock() {
	if v.isLive() {
		v.G.mu.RUnlock()
	}
}

// lock prepares for a write, and refuses it where there can be none.
func (v *Relation) lock() error {
	switch {
	case v.faults != nil:
		return v.faults
	case v.snap != nil:
		return fmt.Errorf("%w: relation %q at revision %d", ErrReadOnly, v.Name, v.snap.revision)
	case v.Tx == nil:
		return v.G.lock()
	case v.Tx.done:
		return ErrTxDone
	}
	return nil
}

// unlock ends a write that changed what c says.
func (v *Relation) unlock(c *Counts) {
	if v.Tx != nil {
		return
	}
	if !c.IsZero() {
		v.G.revision++
	}
	if v.G.recording {
		v.G.publishRecorded()
	}
	v.G.mu.Unlock()
}

// recording reports whether put and delete note what they change.
func (v *Relation) recording() bool {
	if v.Tx != nil {
		return v.Tx.recording
	}
	return v.G.recording
}
