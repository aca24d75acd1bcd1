package sqlstore

import (
	"context"
	"fmt"
)

// tableWrite writes the diff of a table in a transaction. It compares what the database says that
// it did with what it was told, since triggers and rules may have it do something else: what was
// not done fails the transaction with ErrOverruled. A value that came out otherwise is found by
// the next Refresh.
type tableWrite struct {
	*diff
	engine engine
	tx     *writeTx
}

func (w *tableWrite) run(ctx context.Context) error {
	if err := w.remove(ctx); err != nil {
		return err
	}
	for _, u := range w.updates {
		if err := w.update(ctx, u); err != nil {
			return err
		}
	}
	return w.insert(ctx, w.diff)
}

// remove deletes rows. One that another program has deleted before is as it should be.
func (w *tableWrite) remove(ctx context.Context) error {
	if len(w.gone) == 0 {
		return nil
	}
	n, err := w.engine.remove(ctx, w.tx, w.diff, w.gone)
	if err != nil || w.isDone(n, w.gone) {
		return err
	}
	there, err := w.engine.there(ctx, w.tx, w.diff, w.gone)
	if kept, _ := split(w.gone, there); len(kept) > 0 {
		return w.overruled(w.key(kept[0]), "is still there after it was deleted")
	}
	return err
}

// update changes rows, and inserts those that another program has deleted before.
func (w *tableWrite) update(ctx context.Context, u rowUpdate) error {
	n := 0
	if len(u.columns) > 0 {
		var err error
		if n, err = w.engine.update(ctx, w.tx, w.diff, u); err != nil || w.isDone(n, u.rows) {
			return err
		}
	}
	there, err := w.engine.there(ctx, w.tx, w.diff, u.rows)
	if err != nil {
		return err
	}
	met, unmet := split(u.rows, there)
	if n < len(met) {
		if err := w.proveUpdates(ctx, w.diff, rowUpdate{u.columns, met}); err != nil {
			return err
		}
	}
	lost, err := w.asInserts(unmet)
	if err != nil {
		return err
	}
	return w.insert(ctx, lost)
}

// insert inserts the rows of a diff, or overwrites those that another program has inserted before.
func (w *tableWrite) insert(ctx context.Context, d *diff) error {
	if len(d.inserts) == 0 {
		return nil
	}
	n, err := w.engine.insert(ctx, w.tx, d, d.inserts)
	if err != nil || w.isDone(n, d.inserts) && (w.engine.skips() || len(d.guards) == 0 && !d.looks) {
		return err
	}
	there, err := w.engine.there(ctx, w.tx, d, d.inserts)
	if err != nil {
		return err
	}
	met, lost := split(d.inserts, there)
	if len(lost) > 0 {
		if err := w.misspelled(ctx, d.key(lost[0])); err != nil {
			return err
		}
		what := "is not there after it was inserted"
		if len(d.guards) > 0 {
			what += ", or the table has a row of the pair for which Table.Where does not hold"
		}
		return w.overruled(d.key(lost[0]), what)
	}
	if n < len(met) {
		return w.proveUpdates(ctx, d, rowUpdate{d.others(), met})
	}
	return nil
}

// isDone reports whether a statement did to the table what it says. Triggers may undo it
// afterwards, and a folded key may have met a row that is spelled otherwise.
func (w *tableWrite) isDone(n int, rows []int) bool {
	return n == len(rows) && !w.triggered && !w.isFolded()
}

// proveUpdates updates rows that are there, each by itself, to find one that the database skips.
func (w *tableWrite) proveUpdates(ctx context.Context, d *diff, u rowUpdate) error {
	if len(u.columns) == 0 || !w.engine.skips() {
		return nil
	}
	for i, at := range u.rows {
		n, err := w.engine.update(ctx, w.tx, d, rowUpdate{u.columns, u.rows[i : i+1]})
		switch {
		case err != nil:
			return err
		case n == 0:
			return w.overruled(d.key(at), "was not updated")
		}
	}
	return nil
}

func (w *tableWrite) overruled(key []any, what string) error {
	return fmt.Errorf("%w: row (%v, %v) %s", ErrOverruled, show(key[0]), show(key[1]), what)
}

// split returns the rows that are there, and the others.
func split(rows []int, there []bool) (met, unmet []int) {
	for i, is := range there {
		if is {
			met = append(met, rows[i])
		} else {
			unmet = append(unmet, rows[i])
		}
	}
	return met, unmet
}
