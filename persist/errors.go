package persist

import (
	"errors"
	"fmt"
)

// The kinds of a failed Append. An error that is neither is as bad as ErrUnknown.
var (
	// ErrRefused says that nothing was written and nothing will be: the caller may go on.
	ErrRefused = errors.New("junction: store refused")
	// ErrUnknown says that it cannot be known what was written: the store must be loaded again to
	// find out.
	ErrUnknown = errors.New("junction: store does not know whether the commit is durable")
)

// Reasons, found by errors.Is.
var (
	// ErrConflict says that another writer was faster. It is a refusal.
	ErrConflict = fmt.Errorf("%w: another writer has changed the store", ErrRefused)
	// ErrInUse says that somebody else has the store open.
	ErrInUse = errors.New("junction: store is in use")
	// ErrSchema says that what a store holds does not fit the declared relations.
	ErrSchema = errors.New("junction: schema does not fit")
	// ErrVersion says that a store was written in a format that this version of the library does
	// not know.
	ErrVersion = errors.New("junction: unknown format")
	// ErrDamaged says that a store holds something other than what was written to it.
	ErrDamaged = errors.New("junction: store is damaged")
	// ErrRow says that a table has a row that cannot be an edge of the relation, or two rows of
	// one edge. Another program has written it, and nothing is lost.
	ErrRow = errors.New("junction: row does not fit")
)

// ColumnError says which column of a row holds a value that the relation cannot take.
type ColumnError struct {
	Column int    // its place in Relation.Columns
	Name   string // the name of the field; empty for a key and for a scalar
	Value  any
	Err    error
}

// Error returns the text of Err, behind the name of the column if it has one.
func (e *ColumnError) Error() string {
	if e.Name == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("column %q: %v", e.Name, e.Err)
}

// Unwrap returns Err.
func (e *ColumnError) Unwrap() error { return e.Err }

// Refused returns err as a refusal: errors.Is finds ErrRefused and whatever err is. It returns
// nil for nil.
func Refused(err error) error { return as(ErrRefused, err) }

// Unknown returns err as one whose outcome nobody knows: errors.Is finds ErrUnknown and whatever
// err is. It returns nil for nil.
func Unknown(err error) error { return as(ErrUnknown, err) }

func as(kind, err error) error {
	if err == nil || errors.Is(err, kind) {
		return err
	}
	return fmt.Errorf("%w: %w", kind, err)
}
