package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"
)

// defaultLockTimeout is what Store.LockTimeout means if it is zero. It is shorter than the time
// for which a graph lets other writes wait, so that they need not fail with the one that waits
// for a lock.
const defaultLockTimeout = 5 * time.Second

// lockTimeout returns how long a commit waits for a lock, 0 for as long as the database has it
// wait.
func (s *Store) lockTimeout() time.Duration { return max(cmp.Or(s.LockTimeout, defaultLockTimeout), 0) }

// limitLocks sets how long the statements of a connection wait for a lock, and returns what sets it
// back. A connection that cannot be set back is not used again.
func (s *Store) limitLocks(ctx context.Context, conn *sql.Conn) (release func(), err error) {
	set, reset := s.engine.limitLocks(s.lockTimeout())
	if set == "" {
		return func() {}, nil
	}
	if _, err := conn.ExecContext(ctx, set); err != nil {
		return nil, err
	}
	return sync.OnceFunc(func() {
		if _, err := conn.ExecContext(context.WithoutCancel(ctx), reset); err != nil {
			_ = conn.Raw(func(any) error { return driver.ErrBadConn })
		}
	}), nil
}

// lockError says of an error that it comes of a lock which somebody else holds, if it does.
func (s *Store) lockError(err error, waited time.Duration) error {
	if err == nil || !s.engine.isLocked(err) {
		return err
	}
	return fmt.Errorf("%w for %v (Store.LockTimeout is %v): %w", ErrLocked, waited.Round(time.Millisecond), s.lockTimeout(), err)
}
