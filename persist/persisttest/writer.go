package persisttest

import (
	"context"
	"errors"

	"github.com/seed-250bd433/junction/persist"
)

// writer is a loaded store, with what it must hold.
type writer struct {
	*check
	store    persist.Store
	schema   *persist.Schema
	revision uint64
	found    uint64 // Refreshes since that revision which found changes
	rows     rows
	known    rows // as the graph knows them; nil if it knows all
}

// knownRows returns the rows as the graph knows them.
func (w *writer) knownRows() rows {
	if w.known != nil {
		return w.known
	}
	return w.rows
}

// try appends commits. If the store takes them, they are in the model.
func (w *writer) try(ctx context.Context, commits ...commit) error {
	return w.tryDelivery(ctx, w.newDelivery(commits), commits)
}

// tryDelivery appends commits as a delivery of them, and takes it back.
func (w *writer) tryDelivery(ctx context.Context, d *delivery, commits []commit) error {
	err := w.store.Append(ctx, d.commits)
	d.takeBack()
	w.findMisuse()
	if err == nil {
		w.revision, w.found = w.revision+w.found+uint64(len(commits)), 0
		for _, changes := range commits {
			w.rows.apply(changes)
			if w.known != nil {
				w.known.apply(changes)
			}
		}
	}
	return err
}

// append appends commits that the store must take, in one Append.
func (w *writer) append(commits ...commit) {
	if err := w.try(context.Background(), commits...); err != nil {
		breakf(durable, "Nothing was made to fail, and the Append of revision %d did: %v", w.revision+1, err)
	}
}

// outside has others make changes.
func (w *writer) outside(changes commit) {
	d := w.newDelivery([]commit{changes})
	w.place.Outside(w.schema, d.commits[0])
	d.takeBack()
	if w.known == nil {
		w.known = w.rows.after()
	}
	w.rows.apply(changes)
}

// refresh refreshes the store. What others have changed must come, or the rule is broken.
func (w *writer) refresh(r rule) {
	d := &differ{}
	if err := w.tryRefresh(context.Background(), d); err != nil {
		breakf(r, "Refresh failed: %v", err)
	}
	before := w.knownRows()
	after := d.over(before)
	if diff := w.rows.diff(after); diff != "" {
		breakf(r, "After Refresh:\n%s", diff)
	}
	if before.diff(after) != "" {
		w.found++
	}
	w.known = nil
}

func (w *writer) tryRefresh(ctx context.Context, d *differ) error {
	d.loader = loader{form: w.form, schema: w.schema, rows: rows{}, fail: d.fail, takes: d.takes, afterEnd: refreshing, twice: differing}
	d.whole, d.gone = map[string]bool{}, rows{}
	err := w.store.(persist.Refresher).Refresh(ctx, d)
	d.ended = true
	if d.broken != nil {
		panic(d.broken)
	}
	return err
}

// reopen closes the store and opens the place again. What was appended must be there, or the rule
// is broken.
func (w *writer) reopen(r rule) *writer { return w.reopenAs(r, w.schema) }

// reopenAs is reopen with another declaration.
func (w *writer) reopenAs(r rule, schema *persist.Schema) *writer {
	w.check.close(w.store)
	return w.resume(r, schema, w.rows, w.revision)
}

// crash abandons the store and opens the place again.
func (w *writer) crash() *writer {
	w.place.Abandon(w.forget(w.store))
	return w.resume(recovery, w.schema, w.rows, w.revision)
}

// row returns row (i, j) of a relation.
func (w *writer) row(relation string, i, j, v int) row {
	return w.rowIn(&w.schema.Relations[w.schema.Index(relation)], i, j, v)
}

func (w *writer) put(relation string, i, j, v int) change {
	return put(relation, w.row(relation, i, j, v))
}

func (w *writer) remove(relation string, i, j int) change {
	return remove(relation, w.row(relation, i, j, 0))
}

// settle judges an Append by what it returned, and returns the writer to go on with. Commits are
// what it was given, and the model must not have them yet unless the Append returned nil.
func (w *writer) settle(err error, commits ...commit) *writer {
	switch {
	case err == nil:
		return w.reopen(durable)
	case errors.Is(err, persist.ErrRefused):
		return w.settleRefused()
	}
	return w.settleUnknown(commits)
}

// settleRefused proves that the graph goes on, with other changes under the same revision.
func (w *writer) settleRefused() *writer {
	other := commit{w.put("likes", 900, 900, 900)}
	if err := w.try(context.Background(), other); err != nil {
		breakf(refused, "After a refused Append, the next one with the same revision failed: %v", err)
	}
	w.append(commit{w.put("likes", 901, 901, 901)})
	return w.reopen(refused)
}

// settleUnknown proves that the store takes no more, that the state is the one before or the one
// after, and that what was lost does not come back.
func (w *writer) settleUnknown(commits []commit) *writer {
	before, after := w.rows, w.rows.after(commits...)
	w.proveDead(before, w.revision)
	w.proveDead(after, w.revision+uint64(len(commits)))
	_ = w.forget(w.store).Close() // it may say again that it failed
	next, err := w.load(w.opened(), w.schema)
	if err != nil {
		breakf(unknown, "The next Load failed: %v", err)
	}
	lost, kept := before.diff(next.rows), after.diff(next.rows)
	if (lost != "" || next.revision != w.revision) && (kept != "" || next.revision != w.revision+uint64(len(commits))) {
		breakf(whole, "Load found revision %d, which is neither the state before:\n%s\nnor the state after:\n%s", next.revision, lost, kept)
	}
	next.append(commit{next.put("likes", 900, 900, 900)})
	return next.reopen(unknown)
}

// proveDead appends from where the graph may believe that the store stands.
func (w *writer) proveDead(at rows, revision uint64) {
	further := &writer{check: w.check, store: w.store, schema: w.schema, revision: revision, rows: at.after()}
	if err := further.try(context.Background(), commit{w.put("likes", 910, 910, 910)}); err == nil {
		breakf(unknown, "The store took revision %d after an Append whose outcome it did not know.", revision+1)
	}
}
