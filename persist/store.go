package persist

import "context"

// Store keeps a graph. The package documentation says what it must hold to, and what it may rely
// on.
type Store interface {
	// Load gives the rows of all relations to a Loader and returns the revision of the last
	// commit that they show, 0 for a new store. It prepares the store for Append; if it fails,
	// the store holds on to nothing. The schema is not changed and may be kept. An error of the
	// Loader ends Load and is returned, wrapped, and so is that of a context that ends.
	Load(ctx context.Context, schema *Schema, into Loader) (revision uint64, err error)

	// Append makes commits durable, all or none. A context that ends before anything is written
	// refuses them, with its error; from then on Append either finishes or does not know.
	Append(ctx context.Context, commits []*Commit) error

	// Close makes durable what is not yet, and gives everything back. It may be called without a
	// Load before it.
	Close() error

	// Form says which form of a row the store reads and gives back. It never changes.
	Form() Form
}

// Form is one of the two forms of a row.
type Form uint8

// The forms of a row.
const (
	// Binary is a key and a value, in bytes: compact, and without a meaning for the store. Two
	// rows of a relation are the same one if their keys are the same bytes. Keys of kinds that
	// have a natural order (see Kind) are ordered by bytes.Compare as left key and then right key
	// are.
	Binary Form = iota + 1
	// Columns is a value for each of Relation.Columns: int64, float64, bool, []byte, string,
	// time.Time or nil, as database/sql/driver has them. The first two are the key.
	Columns
)

// String returns "binary" or "columns".
func (f Form) String() string {
	switch f {
	case Binary:
		return "binary"
	case Columns:
		return "columns"
	}
	return "unknown form"
}

// Commit is one atomic set of changes of a graph.
type Commit struct {
	Revision uint64  // its number in the graph's history: 1, 2, 3 ...
	Batches  []Batch // what it changes, of each relation
}

// Batch is what a commit changes in one relation: rows to put, new or in place of the one with
// the same key, and rows to delete. A row is known by its number, from 0 to Len()-1. Rows are
// mostly, but need not be, in ascending order of keys.
type Batch interface {
	// Relation is the place of the relation in Schema.Relations.
	Relation() int
	// Len is the number of rows.
	Len() int
	// Deleted reports whether row i is to be deleted.
	Deleted(i int) bool
	// AppendBinary appends the key of row i to one slice and its value to another. A deleted row
	// has no value.
	AppendBinary(key, value []byte, i int) (k, v []byte)
	// AppendColumns appends the columns of row i; of a deleted row, those of the key.
	AppendColumns(columns []any, i int) []any
	// AppendBefore reports whether row i was there before the commit, as the graph knows it, and
	// appends the columns behind its key as they were then. It appends none of a row that is
	// deleted or was not there, none in the form Binary, and none where the graph cannot make
	// columns of the old value.
	AppendBefore(columns []any, i int) (before []any, was bool)
}

// Loader takes the rows that a store gives back, each by one of the two methods: that of the
// store's Form. What it is given is not kept, so that slices can be used again. It is for one
// goroutine.
type Loader interface {
	LoadBinary(relation int, key, value []byte) error
	LoadColumns(relation int, columns []any) error
}
