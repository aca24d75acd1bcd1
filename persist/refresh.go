package persist

import "context"

// Refresher is a Store whose rows other programs change too.
type Refresher interface {
	Store

	// Refresh gives a Differ what others have changed since Load, or since the last Refresh that
	// succeeded: all rows of a relation, or only the changed ones, if the store knows them. It
	// may give again what Append was given, and rows that have not changed. All that it gives are
	// whole transactions, of one moment.
	//
	// Refresh is called as Append is: after Load, and never while another call runs, except Wait.
	// An error changes nothing: the next Refresh gives the same, and what came since. It is
	// called again after an error; if a connection is lost, it makes a new one. It returns an
	// error of the Differ, wrapped, and soon after the context ends the error of that, even if
	// what it reads from hangs.
	Refresh(ctx context.Context, into Differ) error
}

// Differ takes what a Refresh finds. Each row is reported at most once: as it is now, by a method
// of Loader, or as gone. A Differ is for one goroutine, and keeps nothing that it is given.
type Differ interface {
	Loader

	// Whole announces that all rows of a relation follow, so that those which do not come are
	// gone. It is called once for a relation, before its first row. The rows end with Whole of
	// the next relation or with Refresh. If they come in ascending order of their keys, the
	// Differ needs no memory for those that have not changed.
	Whole(relation int) error

	// GoneBinary reports that no row has this key; there need not have been one. Do not call it
	// for a relation after Whole.
	GoneBinary(relation int, key []byte) error
	// GoneColumns is GoneBinary for the form Columns. A key is the first two columns.
	GoneColumns(relation int, key []any) error
}

// Waiter is a Refresher that learns when others change something.
type Waiter interface {
	Refresher

	// Wait returns nil when there may be something new since the last Refresh began, or soon
	// after the context ends its error. It is called after Load, possibly while other calls run,
	// and has returned before Close is called.
	//
	// A Wait that has lost what it listens to returns an error and is called again. One that
	// begins to listen, for the first time or again, returns nil at once: what has changed before
	// is not reported.
	Wait(ctx context.Context) error
}
