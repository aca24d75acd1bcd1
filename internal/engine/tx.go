package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/persist"
)

// Tx is a transaction: a draft of each side that it touches, over the live sides.
type Tx struct {
	g      *Graph
	ctx    context.Context // of Begin; Commit checks it once more
	count  uint64          // of Graph.holder
	done   bool
	drafts []draft

	// recording says that the transaction runs calls that become commits of their own: each records
	// its changes.
	recording bool

	single   bool     // it is that of one call, which reads nothing after it has written
	planned  *changes // what the deferred write will change; nil if the drafts tell
	deferred func()   // the write
}

type draft = *adjacency.Draft

// Commit commits the transaction and ends it.
func (tx *Tx) Commit() error {
	tx.MustExist()
	if tx.done {
		return ErrTxDone
	}
	defer tx.Rollback()
	if err := tx.ctx.Err(); err != nil {
		return fmt.Errorf("junction: transaction not committed: %w", err)
	}
	// Without mu: while the graph is busy, nothing else changes the live state.
	if tx.planned == nil && !slices.ContainsFunc(tx.drafts, (*adjacency.Draft).Changed) {
		return tx.g.refused()
	}
	if tx.g.opts.Store == nil {
		err := tx.g.commit(tx.ctx, nil, nil, tx.install)
		if err != errWatched {
			return err
		}
	}
	wait := tx.finish()
	defer wait()
	commits, err := tx.Describe()
	if err != nil {
		return err
	}
	err = tx.g.commit(tx.ctx, commits, wait, tx.install)
	if err == nil && !commits[0].kept {
		tx.g.reuse(commits[0].persist.Batches)
	}
	return err
}

// finish starts the deferred write in a goroutine, concurrent with the store's Append, and
// returns a function that waits for it. The goroutine runs no code of the caller: a panic there
// would end the process.
func (tx *Tx) finish() (wait func()) {
	if tx.deferred == nil {
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		tx.deferred()
	}()
	return func() { <-done }
}

// Describe returns what the transaction changes, as a commit.
func (tx *Tx) Describe() ([]*Commit, error) {
	tx.g.mu.RLock()
	relations := tx.g.relations
	tx.g.mu.RUnlock()
	c := &Commit{persist: persist.Commit{Revision: tx.g.revision + 1}}
	for _, r := range relations {
		if set := r.changesIn(tx); set != nil && set.Len() > 0 {
			c.persist.Batches = append(c.persist.Batches, set)
		}
	}
	return []*Commit{c}, tx.g.encode(c.persist.Batches)
}

// install makes the drafts the live state. The caller has mu.
func (tx *Tx) install() {
	for _, d := range tx.drafts {
		d.Install()
	}
}

// Rollback ends the transaction and undoes it.
func (tx *Tx) Rollback() {
	tx.MustExist()
	if tx.done {
		return
	}
	tx.done = true
	tx.drafts = nil
	tx.g.mu.Lock()
	tx.g.busy, tx.g.holder.by = false, 0
	tx.g.mu.Unlock()
	tx.g.leave()
}

// Context returns the context of the transaction.
func (tx *Tx) Context() context.Context {
	tx.MustExist()
	return context.WithValue(tx.ctx, txKey{}, txMark{tx.g, tx.count})
}

// MustExist panics if the transaction was not made by Begin or Update.
func (tx *Tx) MustExist() {
	if tx == nil || tx.g == nil {
		panic("junction: nil or zero Tx: make one by Begin or Update")
	}
}

// run commits what fn does, or nothing.
func (tx *Tx) run(fn func(tx *Tx) error) error {
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// mustBeOpen panics in a read that comes too late.
func (tx *Tx) mustBeOpen() {
	if tx.done {
		panic("junction: read through a finished transaction: read the live relation, or a snapshot, after Commit or Rollback")
	}
}

// draftOf returns the transaction's draft of a side. It makes one if the transaction has none.
func draftOf(tx *Tx, side *adjacency.Live, b *Decl) *adjacency.Draft {
	if tx.done {
		return adjacency.NoDraft(side)
	}
	for _, d := range tx.drafts {
		if d.Base() == side {
			return d
		}
	}
	set := b.sets[0]
	if side != b.recorder.left {
		set = b.sets[1]
	}
	d := adjacency.NewDraft(side, b.Same, b.Reflexive, set)
	tx.drafts = append(tx.drafts, d)
	return d
}

// IsDone reports whether the transaction has ended.
func (tx *Tx) IsDone() bool { return tx.done }
