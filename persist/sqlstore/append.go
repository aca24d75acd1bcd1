package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Append writes commits in one transaction of the database: the fence first, and then for each
// table the rows to delete, to update and to insert, each by key. What the database refuses for a
// reason that passes (a deadlock, a serialization failure, a locked database) is tried again, a
// few times. The context's end is a refusal up to the moment at which COMMIT is sent. The room
// that the rows took is kept for those of the next Append, up to 2 MiB a table.
//
// Refusals are persist.ErrConflict if another writer was faster, ErrFenced, ErrReadOnly,
// ErrOverruled, a value that its column cannot hold as it is, and whatever the database does not
// take: a foreign key, a check, a full disk. If the answer to COMMIT is lost, the fence tells
// what became of it; only where the database cannot be asked within 10 seconds is the error
// persist.ErrUnknown.
func (s *Store) Append(ctx context.Context, commits []*persist.Commit) error {
	switch {
	case s.err != nil:
		return s.err
	case s.ReadOnly:
		return ErrReadOnly
	}
	d := s.differ
	s.differ = nil
	diffs, err := d.diffsOf(s.mappings, commits)
	if err != nil {
		return persist.Refused(err)
	}
	next := s.fences.after(commits)
	tries, begun := 0, time.Now()
	err = s.retry(ctx, func() error {
		tries++
		if err := s.statements.prepare(ctx, s.db, s.texts(diffs)); err != nil {
			return err
		}
		return s.write(ctx, diffs, next)
	})
	if err == nil {
		s.fences = next
		if tries == 1 { // a driver may still read rows of one that failed: pgx does, after a COPY
			s.differ = d.cleared()
		}
		return nil
	}
	if errors.Is(err, persist.ErrUnknown) {
		s.err = err
		return err
	}
	return persist.Refused(s.lockError(err, time.Since(begun)))
}

// write writes diffs in one transaction. Unless its error is persist.ErrUnknown, nothing was
// written.
func (s *Store) write(ctx context.Context, diffs []*diff, next fences) error {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close() // it goes back to the pool
	release, err := s.limitLocks(ctx, conn)
	if err != nil {
		return err
	}
	defer release()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit; else the database rolls back when the connection ends
	w := &writeTx{tx, conn, s.statements}
	for _, m := range s.metas {
		if err := m.advance(ctx, w, s.fences, next); err != nil {
			return err
		}
	}
	for _, d := range diffs {
		if err := (&tableWrite{d, s.engine, w}).run(ctx); err != nil {
			return fmt.Errorf("junction: table %s: %w", d.mapping, err)
		}
	}
	if err := tx.Commit(); err != nil {
		if s.engine.judge(err) != lost {
			// SQLite leaves a transaction open whose COMMIT it has refused.
			_, _ = conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		}
		release()
		_ = conn.Close() // so that settle gets one, if there is one in all
		return s.settle(ctx, next, err)
	}
	return nil
}

// settleTimeout is how long it is asked what became of a commit.
const settleTimeout = 10 * time.Second

// settle finds out what became of a commit that got no answer. It waits for the lock of a fence
// that the commit moves: the connection that was lost holds it until its transaction has ended
// one way or the other. A fence that is neither the commit's nor the one before it tells nothing:
// another writer may have come after the commit, or in its place.
func (s *Store) settle(ctx context.Context, next fences, why error) error {
	switch s.engine.judge(why) {
	case refused, again:
		return why
	case doubtful:
		return persist.Unknown(why)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	at := slices.IndexFunc(s.mappings, func(m *mapping) bool { return s.fences.isMoved(m.relation, next) })
	found, err := s.lockFence(ctx, s.mappings[at])
	switch {
	case err != nil:
		return persist.Unknown(fmt.Errorf("%w, and then %w", why, err))
	case found.commit == next[at].commit:
		return nil
	case found.commit != s.fences[at].commit:
		return persist.Unknown(fmt.Errorf("%w, and then another writer has committed", why))
	}
	return why
}

// lockFence reads a fence with its lock. It tries until the context ends: what has cut the
// connection may take a while to pass.
func (s *Store) lockFence(ctx context.Context, m *mapping) (fence, error) {
	for wait := firstWait; ; wait = min(2*wait, time.Second) {
		f, err := s.tryLockFence(ctx, m)
		if err == nil {
			return f, nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return f, err
		}
	}
}

func (s *Store) tryLockFence(ctx context.Context, m *mapping) (fence, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fence{}, err
	}
	defer tx.Rollback() // it has only read
	return (&meta{engine: s.engine, schema: m.metaSchema()}).readOne(ctx, tx, m, s.engine.lock())
}

// How often a transaction is tried, and how long it waits after the first time. Each later time it
// waits twice as long, and half of it is random.
const (
	mostTries = 9
	firstWait = 4 * time.Millisecond
)

// retry runs a transaction until it ends with something other than an error that passes. One that
// has waited for locks for as long as it may is not tried again.
func (s *Store) retry(ctx context.Context, transaction func() error) error {
	limit, begun := s.lockTimeout(), time.Now()
	return repeat(ctx, mostTries, transaction, func(err error) bool {
		waited := limit > 0 && time.Since(begun) >= limit && s.engine.isLocked(err)
		return !waited && s.passes(ctx, err)
	})
}

// repeat runs do as long as it fails with an error after which it may succeed, and most times at
// most.
func repeat(ctx context.Context, most int, do func() error, may func(error) bool) error {
	wait := firstWait
	for tries := 1; ; tries++ {
		err := do()
		if err == nil || !may(err) {
			return err
		}
		if tries == most {
			return fmt.Errorf("%w (after %d tries)", err, tries)
		}
		select {
		case <-time.After(wait/2 + rand.N(wait)):
			wait *= 2
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

// passes reports whether a transaction that has failed may succeed if it is tried again.
func (s *Store) passes(ctx context.Context, err error) bool {
	if errors.Is(err, persist.ErrUnknown) || errors.Is(err, persist.ErrRefused) || ctx.Err() != nil {
		return false
	}
	switch s.engine.judge(err) {
	case again, ended:
		return true
	case lost:
		return isDisconnected(err)
	}
	return false
}

// isDisconnected reports whether the connection is gone, as those of a pool are when the server
// was restarted.
func isDisconnected(err error) bool {
	for _, gone := range []error{driver.ErrBadConn, sql.ErrConnDone, io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNREFUSED} {
		if errors.Is(err, gone) {
			return true
		}
	}
	for _, gone := range []string{"invalid connection", "conn closed"} { // MySQL driver, pgx
		if strings.Contains(err.Error(), gone) {
			return true
		}
	}
	return false
}

// texts returns the statements of a transaction that are to be prepared.
func (s *Store) texts(diffs []*diff) (texts []string) {
	for _, d := range diffs {
		texts = append(texts, s.engine.statements(d)...)
	}
	for i := 0; len(texts) > 0 && i < len(s.metas); i++ {
		texts = append(texts, s.metas[i].advanceStatement())
	}
	return texts
}
