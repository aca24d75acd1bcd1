package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
)

// writeTx is a transaction of Append.
type writeTx struct {
	*sql.Tx
	conn       *sql.Conn // on which it runs
	statements statements
}

// statement returns a prepared statement. One that was not prepared before the transaction is
// prepared in it, and closed with it.
func (w *writeTx) statement(ctx context.Context, text string) (*sql.Stmt, error) {
	if stmt := w.statements[text]; stmt != nil {
		return w.StmtContext(ctx, stmt), nil
	}
	return w.PrepareContext(ctx, text)
}

// exec runs a statement, which may have been prepared.
func (w *writeTx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if stmt := w.statements[text]; stmt != nil {
		return w.StmtContext(ctx, stmt).ExecContext(ctx, args...)
	}
	return w.ExecContext(ctx, text, args...)
}

// execCounted is exec, and returns how many rows the database says that it has written.
func (w *writeTx) execCounted(ctx context.Context, text string, args ...any) (n int, err error) {
	result, err := w.exec(ctx, text, args...)
	if err != nil {
		return 0, err
	}
	return affected(result)
}

func affected(result driver.Result) (n int, err error) {
	rows, err := result.RowsAffected()
	return int(rows), err
}

// directRows is the number of rows from which on it is worth preparing a statement anew to run it
// without database/sql.
const directRows = 16

// execEach runs a statement for each of some rows, with a number of values of each. It returns how
// many rows the database says that it has written.
func (w *writeTx) execEach(ctx context.Context, text string, rows []int, width int, values func(args []any, at int)) (n int, err error) {
	args := make([]any, width)
	if len(rows) >= directRows {
		if n, done, err := w.execDirect(ctx, text, rows, args, values); done {
			return n, err
		}
	}
	stmt, err := w.statement(ctx, text)
	if err != nil {
		return 0, err
	}
	for _, at := range rows {
		values(args, at)
		result, err := stmt.ExecContext(ctx, args...)
		if err != nil {
			return n, err
		}
		one, err := affected(result)
		if err != nil {
			return n, err
		}
		n += one
	}
	return n, nil
}

// execDirect is execEach by the driver's own interface, if the driver takes values as they are. For
// each call, database/sql looks again at the context, the transaction, the connection and the types
// of the arguments: a tenth of the time that SQLite takes for a row.
func (w *writeTx) execDirect(ctx context.Context, text string, rows []int, args []any, values func(args []any, at int)) (n int, done bool, err error) {
	err = w.conn.Raw(func(c any) error {
		preparer, ok := c.(driver.ConnPrepareContext)
		if _, converts := c.(driver.NamedValueChecker); !ok || converts {
			return nil
		}
		stmt, err := preparer.PrepareContext(ctx, text)
		if err != nil {
			done = true
			return err
		}
		defer stmt.Close()
		direct, ok := stmt.(driver.StmtExecContext)
		if !ok {
			return nil
		}
		done = true
		n, err = execDriver(ctx, direct, rows, args, values)
		return err
	})
	return n, done, err
}

func execDriver(ctx context.Context, stmt driver.StmtExecContext, rows []int, args []any, values func(args []any, at int)) (n int, err error) {
	named := make([]driver.NamedValue, len(args))
	for _, at := range rows {
		values(args, at)
		for i, v := range args {
			named[i] = driver.NamedValue{Ordinal: i + 1, Value: v}
		}
		result, err := stmt.ExecContext(ctx, named)
		if err != nil {
			return n, err
		}
		one, err := affected(result)
		if err != nil {
			return n, err
		}
		n += one
	}
	return n, nil
}

// updateEach updates one row after the other.
func (w *writeTx) updateEach(ctx context.Context, e engine, d *diff, u rowUpdate) (int, error) {
	places := append(d.changedPlaces(u), d.keyPlaces()...)
	return w.execEach(ctx, d.updating(e, u.columns, d.onUpdate), u.rows, len(places), d.args(places))
}

// removeEach removes one row after the other.
func (w *writeTx) removeEach(ctx context.Context, e engine, d *diff, rows []int) (int, error) {
	places := append(places(d.onDelete), d.keyPlaces()...)
	return w.execEach(ctx, d.deletion(e), rows, len(places), d.args(places))
}

// eachThere asks for one row after the other whether the table has it.
func (w *writeTx) eachThere(ctx context.Context, query string, d *diff, rows []int) ([]bool, error) {
	stmt, err := w.statement(ctx, query)
	if err != nil {
		return nil, err
	}
	there, places := make([]bool, len(rows)), d.keyPlaces()
	args, set := make([]any, len(places)), d.args(places)
	for i, at := range rows {
		var one int
		set(args, at)
		err := stmt.QueryRowContext(ctx, args...).Scan(&one)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
		there[i] = err == nil
	}
	return there, nil
}

// statements are those that were prepared, once for each connection on which they are used, by
// their text.
type statements map[string]*sql.Stmt

// mostStatements is how many statements are kept prepared. A table has one for each set of columns
// that changed together.
const mostStatements = 256

// prepare prepares what is not prepared yet. It takes a connection, and so comes before the
// transaction: there may be only one.
func (s statements) prepare(ctx context.Context, db *sql.DB, texts []string) error {
	for _, text := range texts {
		if s[text] != nil || len(s) >= mostStatements {
			continue
		}
		stmt, err := db.PrepareContext(ctx, text)
		if err != nil {
			return err
		}
		s[text] = stmt
	}
	return nil
}

func (s statements) close() (err error) {
	for _, stmt := range s {
		err = errors.Join(err, stmt.Close())
	}
	clear(s)
	return err
}
