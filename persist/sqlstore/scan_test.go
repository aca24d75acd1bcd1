package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"testing"

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

// TestScan holds that all rows come, once and in their order, up to an error, and no more are
// read than were asked for.
func TestScan(t *testing.T) {
	for _, end := range []error{io.EOF, errRow} {
		for _, rows := range []int{0, 1, 5} {
			for _, most := range []int{1, 3, 10} {
				testScan(t, &numbers{rows: rows, end: end}, most)
			}
		}
	}
}

// testScan reads at most so many rows.
func testScan(t *testing.T, n *numbers, most int) {
	var seen int64
	var failed error
	for values, err := range scan(query(t, n), 2) {
		if failed = err; err != nil {
			continue // nothing follows
		}
		seen++
		require.Equal(t, []any{seen, "text"}, values)
		if seen == int64(most) {
			break
		}
	}
	require.Equal(t, int64(min(n.rows, most)), seen)
	require.Equal(t, min(n.rows+1, most), n.read)
	if n.end == errRow && most > n.rows {
		require.ErrorIs(t, failed, errRow)
	} else {
		require.NoError(t, failed)
	}
}

// query returns the rows of a driver.
func query(t *testing.T, n *numbers) *sql.Rows {
	db := sql.OpenDB(n)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	rows, err := db.QueryContext(t.Context(), "")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rows.Close()) })
	return rows
}

// TestScanWidth holds that a row which cannot be read as columns of this number is an error.
func TestScanWidth(t *testing.T) {
	var errs []error
	for _, err := range scan(query(t, &numbers{rows: 1, end: io.EOF}), 3) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorContains(t, errs[0], "expected 2 destination arguments")
}
