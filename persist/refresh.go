package persist

import "context"

// Refresher is a Store whose rows other programs change too.
type Refresher interface {
	Store

	// Refresh gives a Differ what others have changed since Load, or since the last Refresh that succeeded: all rows of a
	// relation, or just those that changed, if the store knows them. It may give again what it took by Append, and what is as it
	// was. It is called as Append is: after Load, and beside no other call but Wait. All that it gives is of one moment, and whole transactions. An
	// error changes nothing: the next Refresh gives the same and what came since. An error of the Differ ends Refresh and is returned,
	// wrapped, and so is that of a context that ends.
	Refresh(ctx context.Context, into Differ) error
}

// Differ takes what a Refresh finds. Of each row it is told at most once: by a method of Loader, as the row is now, or that it is gone. It is
// for one goroutine, and keeps nothing that it is given.
type Differ interface {
	Loader

	// Whole says that all rows of a relation follow, so that those which do not come are gone. It is said once of a relation, before its first
	// row; its rows end where Whole of the next is said or Refresh returns. Where they come in ascending order of their keys, the
	// Differ needs no memory for those that have not changed.
	Whole(relation int) error

	// GoneBinary says that the row of a key is not there, whether it was or not. It is not for a relation of which Whole was said.
	GoneBinary(relation int, key []byte) error
	// GoneColumns is GoneBinary for the form Columns. A key is the first two columns.
	GoneColumns(relation int, key []any) error
}

// Waiter is a Refresher that is told when others change something.
type Waiter interface {
	Refresher

	// Wait returns nil when there may be something new since the last Refresh began, or the error of the context when that ends. It is called
	// after Load, and may run beside all other calls.
	Wait(ctx context.Context) error
}
