// Package persisttest proves that a store keeps the rules of package persist, and has a store in
// memory to try a graph with.
//
// A store's author says how to make a place for its data and how to open it, and runs the kit:
//
//	func TestStore(t *testing.T) {
//		persisttest.TestStore(t, func(t *testing.T) persisttest.Place {
//			dir := t.TempDir()
//			return persisttest.Place{Open: func() persist.Store { return mystore.New(dir) }}
//		})
//	}
//
// Each case has a place of its own, and opens it again and again: what was appended must be
// there. A failure quotes the rule that was broken by its number in the documentation of persist.
// The kit keeps to all that a store may rely on, and uses it to the full: when Append has
// returned, it overwrites all that it gave.
//
// A store that is a persist.Refresher is refreshed, too: see Place.Outside.
//
// [TestFaults] does the same to a store that can be made to fail. [Memory] is an example of a
// store, and the one to test a graph with: it fails, waits and counts as it is told. [Strict]
// proves the other side, the caller of a store.
//
// # Values in columns
//
// A value that Load gives is the same as the one that was put if it is the same instant, whatever
// its location; if it is the same text as a string or as a []byte; if it is 0 or 1 for a bool; if
// it is the text of a UUID for its bytes; and if it is an int64 for a float64 without a fraction.
// Drivers give these, and a Loader must take them. All else is another value: nil is not an empty
// string.
package persisttest

import (
	"testing"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Place is where stores keep the data of one graph. Open must be given, and the rest may be left
// out: what a store cannot do is not tested.
type Place struct {
	// Open returns a store at this place: another one at each call, of the same data. The kit
	// loads and closes it, and fails the case if it cannot. It may be called while an earlier
	// store is still open.
	Open func() persist.Store
	// Abandon ends a store as a crash would, the worst that its promise covers: without Close,
	// with nothing left to hold the place. The store is not used again.
	Abandon func(persist.Store)
	// Fail makes the next Append of a loaded store fail. See TestFaults.
	Fail func(persist.Store, Fault)
	// Damage changes what lies at the place while no store is open, so that some of its rows
	// would load other than they were written. See TestFaults.
	Damage func()
	// Outside makes the changes of a commit as another program would, while a store is open:
	// behind its back, and as no revision. A row to put may be there, and one to delete may not.
	// It is for stores that are a persist.Refresher.
	Outside func(schema *persist.Schema, c *persist.Commit)
	// Hang keeps what a loaded store talks to from answering a Refresh until release is called,
	// which may be more than once. It is for stores that are a persist.Refresher.
	Hang func(persist.Store) (release func())

	// Apart says that the rows of each relation have a place of their own, as a table: those of a
	// relation that is not declared are left alone, and are there when it is declared again.
	Apart bool
	// NoNUL says that a string in a column cannot hold a NUL. PostgreSQL's cannot.
	NoNUL bool
	// TimeUnit is the finest unit of a time in a column; 0 is a nanosecond.
	TimeUnit time.Duration
}

// Fault is a way in which an Append fails.
type Fault uint8

const (
	// Refuse is a failure before anything is written: a full disk, a connection that is down.
	Refuse Fault = iota + 1
	// Doubt is a failure when something may have been written: an fsync that fails, a connection
	// lost during a commit.
	Doubt
)

// TestStore proves a store. It calls fresh for every case; each is a subtest, which a store may
// run in parallel by calling t.Parallel in fresh. With -short it does less of what takes long.
func TestStore(t *testing.T, fresh func(t *testing.T) Place) {
	prove(t, storeCases(), fresh)
}

// TestFaults proves a store that can be made to fail: by Place.Fail, by Place.Damage or by both.
// Whether an Append that fails in doubt has been written is the store's secret until it is loaded
// again; it may also know, and refuse.
func TestFaults(t *testing.T, fresh func(t *testing.T) Place) {
	prove(t, faultCases(), fresh)
}

func prove(t *testing.T, cases []testCase, fresh func(t *testing.T) Place) {
	t.Helper()
	size := full
	if testing.Short() {
		size = short
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			skipped, err := tc.run(fresh(t), size)
			switch {
			case err != nil:
				t.Error(err)
			case skipped != "":
				t.Skip(skipped)
			}
		})
	}
}

// size is how much is done of what takes long.
type size struct {
	rows    int // of a large commit
	commits int // that are small
	steps   int // of a random program
}

var (
	full  = size{rows: 100_000, commits: 2_000, steps: 80}
	short = size{rows: 5_000, commits: 100, steps: 40}
)
