package sqlstore

import (
	"context"
	"database/sql"

	"github.com/seed-250bd433/junction/persist"
)

// Refresh reads what has changed, in one transaction: the rows that the change log names, if CreateTriggers has made one, and else all rows in the
// order of keys. From then on the store appends after what it has read, so that a conflict is over.
func (s *Store) Refresh(ctx context.Context, into persist.Differ) error {
	if s.err != nil {
		return s.err
	}
	logged, err := s.isLogged(ctx, s.db)
	if err != nil {
		return err
	}
	s.logged = s.logged && logged
	f, err := s.read(ctx, func(tx *sql.Tx, now fence) error {
		if s.logged {
			known, err := s.refreshLogged(ctx, tx, now, into)
			if err != nil || known {
				return err
			}
		}
		for _, m := range s.mappings {
			if err := s.streamWhole(ctx, tx, m, into); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	f.epoch = s.fence.epoch // a writer that was fenced off stays so, whatever it reads
	s.fence = f
	return nil
}

func (s *Store) streamWhole(ctx context.Context, tx *sql.Tx, m *mapping, into persist.Differ) error {
	if err := into.Whole(m.relation); err != nil {
		return err
	}
	return s.stream(ctx, tx, m, into)
}

// Wait returns when Store.Notified says that another program may have changed something. Without it, it waits until the context ends.
func (s *Store) Wait(ctx context.Context) error {
	if s.Notified != nil {
		return s.Notified(ctx)
	}
	<-ctx.Done()
	return ctx.Err()
}
