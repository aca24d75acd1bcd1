package sqltest

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"testing"

	"github.com/stretchr/testify/require"
)

// hook is a connector that tells of each call to the connections of another driver, before and
// after it. An error that it gets for an answer ends the connection, and is the call's: so a
// connection is lost before the database has heard of a call, or before its answer came.
type hook struct {
	driver  driver.Driver
	address string
	before  func(call string) error
	after   func(call string) error
	failed  func(call string, err error) // is told what the database itself has refused
}

// hooked opens a database by a hook, through the driver of a pool.
func hooked(t testing.TB, db *sql.DB, address string, h *hook) *sql.DB {
	nothing := func(string) error { return nil }
	if h.before == nil {
		h.before = nothing
	}
	if h.after == nil {
		h.after = nothing
	}
	if h.failed == nil {
		h.failed = func(string, error) {}
	}
	h.driver, h.address = db.Driver(), address
	opened := sql.OpenDB(h)
	t.Cleanup(func() { require.NoError(t, opened.Close()) })
	return opened
}

func (h *hook) Driver() driver.Driver { return h.driver }

func (h *hook) Connect(ctx context.Context) (driver.Conn, error) {
	var conn driver.Conn
	err := h.around(nil, "CONNECT", func() (err error) {
		if d, ok := h.driver.(driver.DriverContext); ok {
			connector, err := d.OpenConnector(h.address)
			if err != nil {
				return err
			}
			conn, err = connector.Connect(ctx)
			return err
		}
		conn, err = h.driver.Open(h.address)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &hookedConn{Conn: conn, hook: h}, nil
}

// around makes a call of a connection.
func (h *hook) around(c *hookedConn, call string, do func() error) error {
	if c != nil && c.ended {
		return driver.ErrBadConn
	}
	if err := h.before(call); err != nil {
		return c.end(err)
	}
	if err := do(); err != nil {
		h.failed(call, err)
		return err
	}
	if err := h.after(call); err != nil {
		return c.end(err)
	}
	return nil
}

type hookedConn struct {
	driver.Conn
	hook  *hook
	tx    driver.Tx // that is open
	ended bool
}

// end does to the transaction what a database does when the connection ends, and lets nobody use
// the connection again.
func (c *hookedConn) end(err error) error {
	if c == nil || c.ended {
		return err
	}
	c.ended = true
	if c.tx != nil {
		_ = c.tx.Rollback()
	}
	return err
}

func (c *hookedConn) IsValid() bool {
	v, ok := c.Conn.(driver.Validator)
	return !c.ended && (!ok || v.IsValid())
}

func (c *hookedConn) ResetSession(ctx context.Context) error {
	if r, ok := c.Conn.(driver.SessionResetter); ok && !c.ended {
		return r.ResetSession(ctx)
	}
	return nil
}

func (c *hookedConn) CheckNamedValue(v *driver.NamedValue) error {
	if checker, ok := c.Conn.(driver.NamedValueChecker); ok {
		return checker.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c *hookedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (tx driver.Tx, err error) {
	err = c.hook.around(c, "BEGIN", func() (err error) {
		tx, err = c.Conn.(driver.ConnBeginTx).BeginTx(ctx, opts)
		c.tx = tx
		return err
	})
	return &hookedTx{tx, c}, err
}

func (c *hookedConn) PrepareContext(ctx context.Context, query string) (stmt driver.Stmt, err error) {
	err = c.hook.around(c, "PREPARE "+query, func() (err error) {
		stmt, err = c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
		return err
	})
	return &hookedStmt{stmt, c, query}, err
}

func (c *hookedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (result driver.Result, err error) {
	err = c.hook.around(c, query, func() (err error) {
		result, err = c.Conn.(driver.ExecerContext).ExecContext(ctx, query, args)
		return err
	})
	return result, err
}

func (c *hookedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = c.hook.around(c, query, func() (err error) {
		rows, err = c.Conn.(driver.QueryerContext).QueryContext(ctx, query, args)
		return err
	})
	return rows, err
}

type hookedStmt struct {
	driver.Stmt
	conn  *hookedConn
	query string
}

func (s *hookedStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (result driver.Result, err error) {
	err = s.conn.hook.around(s.conn, s.query, func() (err error) {
		result, err = s.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
		return err
	})
	return result, err
}

func (s *hookedStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (rows driver.Rows, err error) {
	err = s.conn.hook.around(s.conn, s.query, func() (err error) {
		rows, err = s.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
		return err
	})
	return rows, err
}

type hookedTx struct {
	driver.Tx
	conn *hookedConn
}

func (tx *hookedTx) Commit() error {
	return tx.conn.hook.around(tx.conn, "COMMIT", func() error {
		tx.conn.tx = nil
		return tx.Tx.Commit()
	})
}

func (tx *hookedTx) Rollback() error {
	if tx.conn.ended {
		return driver.ErrBadConn
	}
	tx.conn.tx = nil
	return tx.Tx.Rollback()
}
