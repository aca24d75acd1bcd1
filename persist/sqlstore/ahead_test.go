package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

var errRow = errors.New("a row that fails")

// numbers is a driver whose queries give so many rows of two columns, and then an error.
type numbers struct {
	rows int
	end  error
	read int // rows that were asked for
	shut bool
}

func (n *numbers) Connect(context.Context) (driver.Conn, error) { return n, nil }
func (n *numbers) Driver() driver.Driver                        { return nil }
func (n *numbers) Prepare(string) (driver.Stmt, error)          { return nil, errors.ErrUnsupported }
func (n *numbers) Begin() (driver.Tx, error)                    { return nil, errors.ErrUnsupported }
func (n *numbers) Columns() []string                            { return []string{"n", "text"} }

func (n *numbers) QueryContext(context.Context, string, []driver.NamedValue) (driver.Rows, error) {
	return n, nil
}

// Close is that of the rows, and later of the connection.
func (n *numbers) Close() error {
	n.shut = true
	return nil
}

func (n *numbers) Next(to []driver.Value) error {
	if n.read++; n.read > n.rows {
		return n.end
	}
	to[0], to[1] = int64(n.read), "text"
	return nil
}

// TestReadAhead holds that all rows come, once and in their order, up to an error; and that the goroutine which reads ahead has ended when the loop
// does, be it early: otherwise the bubble would not end.
func TestReadAhead(t *testing.T) {
	for _, end := range []error{io.EOF, errRow} {
		for _, rows := range []int{0, 1, blockRows - 1, blockRows, blockRows + 1, 5 * blockRows} {
			for _, most := range []int{1, blockRows, blockRows + 1, 10 * blockRows} {
				synctest.Test(t, func(t *testing.T) { testReadAhead(t, &numbers{rows: rows, end: end}, most) })
			}
		}
	}
}

// testReadAhead reads at most so many rows.
func testReadAhead(t *testing.T, n *numbers, most int) {
	db := sql.OpenDB(n)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "")
	require.NoError(t, err)
	defer rows.Close()
	var seen int64
	var failed error
	for values, err := range readAhead(rows, 2) {
		if failed = err; err != nil {
			continue // nothing follows
		}
		seen++
		require.Equal(t, []any{seen, "text"}, values)
		if seen == int64(most) {
			break
		}
	}
	read := n.read
	synctest.Wait()
	require.Equal(t, read, n.read, "it does not go on reading")
	require.Equal(t, int64(min(n.rows, most)), seen)
	if n.end == errRow && most > n.rows {
		require.ErrorIs(t, failed, errRow)
	} else {
		require.NoError(t, failed)
	}
	require.LessOrEqual(t, n.read, int(seen)+3*blockRows, "no further ahead than there are blocks")
}

// TestReadAheadScan holds that a row which cannot be read as columns of this number is an error.
func TestReadAheadScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := sql.OpenDB(&numbers{rows: 1, end: io.EOF})
		defer db.Close()
		rows, err := db.QueryContext(t.Context(), "")
		require.NoError(t, err)
		defer rows.Close()
		var errs []error
		for _, err := range readAhead(rows, 3) {
			errs = append(errs, err)
		}
		require.Len(t, errs, 1)
		require.ErrorContains(t, errs[0], "expected 2 destination arguments")
	})
}
