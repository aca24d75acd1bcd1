package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"time"
)

// listener waits for notifications of PostgreSQL on a connection of its own, and makes a new one
// when it is lost.
type listener struct {
	turn    chan struct{} // held while one Wait uses the connection
	conn    *sql.Conn     // listens; nil if there is none
	checked time.Time     // when it was last known to answer
}

// A connection can be lost without an error, so that it is checked from time to time.
const (
	checkEvery = time.Minute
	checkLimit = 10 * time.Second
)

// wait returns nil when there was a notification, or when it has just begun to listen: what changed
// before was not reported. After an error that is not of ctx, the next call makes a new connection.
func (l *listener) wait(ctx context.Context, db *sql.DB, receive func(ctx context.Context, conn any) error) error {
	select {
	case l.turn <- struct{}{}:
		defer func() { <-l.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if l.conn == nil {
		return l.listen(ctx, db)
	}
	for {
		if err := l.check(ctx); err != nil {
			return err
		}
		limited, cancel := context.WithTimeout(ctx, checkEvery)
		err := l.conn.Raw(func(conn any) error { return receive(limited, conn) })
		late := limited.Err() != nil
		cancel()
		switch {
		case err == nil:
			l.checked = time.Now()
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !late:
			l.drop()
			return err
		}
	}
}

func (l *listener) listen(ctx context.Context, db *sql.DB) error {
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	l.conn, l.checked = conn, time.Now()
	if _, err := conn.ExecContext(ctx, "LISTEN junction"); err != nil {
		l.drop()
		return err
	}
	return nil
}

// check asks the server for an answer if there was none for long.
func (l *listener) check(ctx context.Context) error {
	if time.Since(l.checked) < checkEvery {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	if _, err := l.conn.ExecContext(ctx, "SELECT 1"); err != nil {
		l.drop()
		return err
	}
	l.checked = time.Now()
	return nil
}

// drop ends the connection, which must not go back to the pool: it listens.
func (l *listener) drop() {
	if l.conn != nil {
		_ = l.conn.Raw(func(any) error { return driver.ErrBadConn })
		_ = l.conn.Close() // closed by Raw already
		l.conn = nil
	}
}
