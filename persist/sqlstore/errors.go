package sqlstore

import (
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// Errors of a store, besides those of persist.
var (
	// ErrFenced says that another graph was opened with Store.Exclusive since: this one can no
	// longer write. It is a persist.ErrConflict.
	ErrFenced = fmt.Errorf("%w: it has taken the graph over", persist.ErrConflict)
	// ErrLocked says that another transaction has held a lock for too long, mostly that of a row.
	// It is a refusal; see Store.LockTimeout.
	ErrLocked = fmt.Errorf("%w: another transaction has held a lock", persist.ErrRefused)
	// ErrOverruled says that the database took a statement without an error and did something
	// else: a trigger or a rule has skipped a row, or undone what was done to it, or a row for
	// which Table.Where does not hold is in its place. It is a refusal.
	ErrOverruled = fmt.Errorf("%w: the database did something else than it was told", persist.ErrRefused)
	// ErrReadOnly says that the store was opened with Store.ReadOnly. It is a refusal.
	ErrReadOnly = fmt.Errorf("%w: it was opened to be read only", persist.ErrRefused)
)

// sqlState returns the SQLSTATE of an error, and "" if it has none. The errors of all drivers for
// PostgreSQL have this method.
func sqlState(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) {
		return coded.SQLState()
	}
	return ""
}
