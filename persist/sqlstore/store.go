package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/seed-250bd433/junction/persist"
)

// Store keeps the relations of a graph in tables of a database. The fields may be set between New and the opening of the
// graph. As every persist.Store it is for one graph, which takes care that calls come one at a time.
type Store struct {
	// Graph is the graph's name in the table junction_meta; empty is "main". Graphs in one database need different ones.
	Graph string
	// ReadOnly opens the graph without a meta table and without the right to write. Every write is refused with ErrReadOnly.
	ReadOnly bool
	// Exclusive fences off whoever has opened the graph before: their writes are refused with ErrFenced from then on. Without
	// it several processes can write, of which one that has not seen the last commit gets persist.ErrConflict and may go on after a Refresh.
	Exclusive bool
	// Create makes the tables that do not exist, and the meta table, as Create does, when the graph is opened.
	Create bool
	// Progress is told how many rows of a table were read, every ten thousand rows and at the end, while a graph is opened or refreshed.
	Progress func(table Table, rows int)
	// Notified waits until another program may have changed something: see CreateTriggers. Graph.Follow then waits for it too.
	Notified func(ctx context.Context) error

	db      *sql.DB
	dialect Dialect
	tables  []Table

	// What follows is set by Load.

	engine     engine
	mappings   []*mapping
	meta       *meta
	fence      fence
	logged     bool // by triggers, since Load
	statements statements
	differ     differ // what is left of the last Append, to be used again
	err        error  // why nothing can be appended; nil if it can
}

// New returns a store that keeps a graph in tables of a database, which stays the caller's: closing the graph does not close it.
// Relations of which no table is given are kept in tables of their own names. Nothing is asked of the database before the graph is opened.
func New(db *sql.DB, dialect Dialect, tables ...Table) *Store {
	return &Store{db: db, dialect: dialect, tables: tables, statements: statements{}, err: errNotLoaded}
}

var errNotLoaded = errors.New("junction: store was not loaded")

// Form is persist.Columns.
func (s *Store) Form() persist.Form { return persist.Columns }

// Close gives back what the store has prepared. The database stays open.
func (s *Store) Close() error {
	s.err = errNotLoaded
	return s.statements.close()
}

// Load checks the tables, records the schema in the meta table, and reads all rows, in one transaction and in the order of keys.
//
// The errors, beside those of the database, are persist.ErrSchema if a table is missing or is not as the relation needs it, naming the table, the column, what it
// must be and what it is, before any row is read; persist.ErrRow for a row that no edge can be made of, and for two rows of one pair; persist.ErrVersion.
func (s *Store) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	if err := s.load(ctx, schema, into); err != nil {
		return 0, errors.Join(err, s.Close())
	}
	s.err = nil
	return s.fence.revision, nil
}

func (s *Store) load(ctx context.Context, schema *persist.Schema, into persist.Loader) (err error) {
	if s.mappings, err = mappings(schema, s.tables); err != nil {
		return err
	}
	if s.engine, err = resolve(ctx, s.db, s.dialect); err != nil {
		return err
	}
	if err := checkShared(s.engine, s.mappings); err != nil {
		return err
	}
	s.meta = metaOf(s.engine, s.Graph)
	epoch, err := s.open(ctx)
	if err != nil {
		return err
	}
	logged, err := s.isLogged(ctx, s.db)
	if err != nil {
		return err
	}
	f, err := s.read(ctx, func(tx *sql.Tx, _ fence) error {
		for _, m := range s.mappings {
			if err := s.stream(ctx, tx, m, into); err != nil {
				return err
			}
		}
		return nil
	})
	f.epoch = epoch
	s.fence = f
	s.logged = logged && f.commit != "" // for a graph that nobody has opened to write, nothing is logged
	return err
}

// open checks the connection and the tables, without reading a row, and records the schema. It returns the epoch from which on the
// store may write.
func (s *Store) open(ctx context.Context) (epoch int64, err error) {
	if err := s.engine.prepare(ctx, s.db, s.ReadOnly); err != nil {
		return 0, err
	}
	if s.Create && !s.ReadOnly {
		if err := create(ctx, s.db, s.engine, s.meta, s.mappings); err != nil {
			return 0, err
		}
	}
	for _, m := range s.mappings {
		if err := m.check(ctx, s.db, s.engine, s.ReadOnly); err != nil {
			return 0, err
		}
	}
	if s.ReadOnly {
		return 0, misfits(s.mappings)
	}
	return s.claim(ctx)
}

// claim records the schema in the meta table, which is made if there is none.
func (s *Store) claim(ctx context.Context) (epoch int64, err error) {
	if err := s.meta.make(ctx, s.db, misfits(s.mappings)); err != nil {
		return 0, err
	}
	err = patiently(ctx, func() error {
		return s.retry(ctx, func() error {
			tx, err := s.db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback() // after Commit, or of no use
			if epoch, err = s.meta.claim(ctx, tx, s.mappings, s.Exclusive); err != nil {
				return err
			}
			return tx.Commit()
		})
	})
	return epoch, err
}

// read runs a function in a transaction that sees one state of the database, and returns the fence of that state.
func (s *Store) read(ctx context.Context, fn func(tx *sql.Tx, now fence) error) (f fence, err error) {
	known := !s.ReadOnly || s.meta.isReadable(ctx, s.db)
	tx, err := s.db.BeginTx(ctx, s.engine.readOptions())
	if err != nil {
		return f, err
	}
	defer tx.Rollback() // it has only read
	if known {
		if f, err = s.meta.read(ctx, tx, ""); err != nil {
			return f, err
		}
	}
	return f, fn(tx, f)
}
