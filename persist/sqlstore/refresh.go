package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// defaultCompareEvery is what Store.CompareEvery means if it is zero.
const defaultCompareEvery = time.Hour

// Refresh reads what has changed, in one transaction: of a table that has the triggers of
// CreateTriggers, the rows that the change log names; of any other table, all rows in the order of
// keys, as of all tables from time to time (see Store.CompareEvery). From then on the store appends
// after what it has read, so that a conflict is over.
func (s *Store) Refresh(ctx context.Context, into persist.Differ) error {
	if s.err != nil {
		return s.err
	}
	r := &refresh{Store: s, into: into, whole: s.isCompareDue(), logs: make([]string, len(s.mappings))}
	now, err := s.read(ctx, r.run)
	if err != nil {
		return err
	}
	for i := range now {
		now[i].epoch = s.fences[i].epoch // a writer that was fenced off stays so, whatever it reads
	}
	s.fences, s.seen, s.logs = now, now, r.logs
	if r.whole {
		s.compared = time.Now()
	}
	return nil
}

// compareEvery returns the time between two comparisons of whole tables, below zero if there is
// none.
func (s *Store) compareEvery() time.Duration { return cmp.Or(s.CompareEvery, defaultCompareEvery) }

func (s *Store) isCompareDue() bool {
	return s.compareEvery() >= 0 && time.Since(s.compared) >= s.compareEvery()
}

// refresh is one Refresh.
type refresh struct {
	*Store
	into  persist.Differ
	whole bool     // no log is asked
	logs  []string // what the store keeps if nothing fails
}

func (r *refresh) run(ctx context.Context, tx *sql.Tx, now fences) (err error) {
	if r.logs, err = r.logsOf(ctx, tx, now); err != nil {
		return err
	}
	for i, m := range r.mappings {
		known := false
		if !r.whole && r.logs[i] != "" && r.logs[i] == r.Store.logs[i] {
			if known, err = r.logged(ctx, tx, m, now[i]); err != nil {
				return err
			}
		}
		if !known {
			if err := r.all(ctx, tx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// all gives all rows of a table, if it still is one that the relation takes.
func (r *refresh) all(ctx context.Context, tx *sql.Tx, m *mapping) error {
	if err := m.recheck(ctx, tx, r.engine, r.ReadOnly); err != nil {
		return err
	}
	if err := r.into.Whole(m.relation); err != nil {
		return err
	}
	return r.stream(ctx, tx, m, r.into)
}

// Wait returns when Store.Notified or Store.Listen reports that another program may have changed
// something, or when it is time to compare whole tables. Without them, it waits until the context
// ends.
func (s *Store) Wait(ctx context.Context) error {
	if s.Notified == nil && s.Listen == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	if s.compareEvery() < 0 {
		return s.notified(ctx)
	}
	until, cancel := context.WithTimeout(ctx, s.compareEvery())
	defer cancel()
	err := s.notified(until)
	if ctx.Err() == nil && until.Err() != nil {
		return nil
	}
	return err
}

func (s *Store) notified(ctx context.Context) error {
	if s.Notified != nil {
		return s.Notified(ctx)
	}
	return s.listener.wait(ctx, s.db, s.Listen)
}
