package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Store keeps the relations of a graph in tables of a database. The fields may be set between New
// and the opening of the graph. As any persist.Store, it is for one graph, which calls it one
// call at a time.
type Store struct {
	// Graph is a name for the graph; empty is "main". It tells apart the relations that several
	// programs keep under the same names in one schema: a graph is refused only if a relation of
	// its own has rows in another table.
	Graph string
	// ReadOnly opens the graph without a meta table and without the right to write. Every write is
	// refused with ErrReadOnly.
	ReadOnly bool
	// Exclusive makes the graph the only writer of its tables: the writes of all graphs that were
	// opened before are refused with ErrFenced from then on. Without it several processes can
	// write; one that has not seen the last commit gets persist.ErrConflict and may go on after a
	// Refresh.
	Exclusive bool
	// Create makes the tables that do not exist, and the meta table, as Create does, when the
	// graph is opened.
	Create bool
	// LockTimeout is how long a commit waits for the locks of other transactions, mostly those of
	// rows: then it is refused with ErrLocked. Zero is five seconds; below zero, it waits as long
	// as the session's settings say. A shorter wait of the session's own stays (PostgreSQL: any
	// lock_timeout), and SQLite waits for its busy_timeout at least.
	LockTimeout time.Duration
	// CompareEvery is the longest time after which a Refresh compares tables as a whole, although
	// triggers log what changes (see CreateTriggers): some changes escape them, such as those of
	// a logical replication. Zero is an hour; below zero, the log is trusted. Tables without
	// triggers are compared as a whole at each Refresh.
	CompareEvery time.Duration
	// Progress is called with the number of rows of a table that were read, every ten thousand rows
	// and at the end, while a graph is opened or refreshed.
	Progress func(table Table, rows int)
	// Notified waits until another program may have changed something: see CreateTriggers.
	// Graph.Follow then waits for it, too.
	Notified func(ctx context.Context) error
	// Listen receives one notification on a connection of the driver, in PostgreSQL: see
	// CreateTriggers. The store keeps that connection, on which it has run LISTEN junction, and
	// makes a new one when it is lost. Graph.Follow then waits for it, unless there is a Notified.
	Listen func(ctx context.Context, driverConn any) error

	listener listener
	db       *sql.DB
	dialect  Dialect
	tables   []Table

	// The fields below are set by Load.

	engine     engine
	mappings   []*mapping
	metas      []*meta
	before     uint64 // the graph's revision in all tables that it has had
	fences     fences
	seen       fences    // of the last Load or Refresh
	logs       []string  // of each table, what logsOf returned when it was read last
	compared   time.Time // when all tables were read as a whole last
	statements statements
	differ     differ // what is left of the last Append, to be used again
	err        error  // why nothing can be appended; nil if it can
}

// defaultGraph is what Store.Graph means if it is empty.
const defaultGraph = "main"

// New returns a store that keeps a graph in tables of a database. The database stays the
// caller's: closing the graph does not close it. A relation without a Table is kept in a table of
// its own name. New does not use the database; opening the graph does.
func New(db *sql.DB, dialect Dialect, tables ...Table) *Store {
	return &Store{db: db, dialect: dialect, tables: tables, statements: statements{}, listener: listener{turn: make(chan struct{}, 1)}, err: errNotLoaded}
}

var (
	errNotLoaded  = errors.New("junction: store was not loaded")
	errNoDatabase = errors.New("junction: sqlstore.New was given a nil *sql.DB: open the database first")
)

// Form returns persist.Columns.
func (s *Store) Form() persist.Form { return persist.Columns }

// Close releases the statements that the store has prepared. The database stays open.
func (s *Store) Close() error {
	s.listener.drop()
	s.err = errNotLoaded
	return s.statements.close()
}

// Load checks the tables, records the relations in the meta table, and reads all rows, in one
// transaction and in the order of keys.
//
// Besides the errors of the database, it returns persist.ErrSchema before it reads any row if a
// table is missing or does not fit, naming the table, the column, what it must be and what it is;
// persist.ErrRow for a row that cannot be an edge, and for two rows of one pair; and
// persist.ErrVersion.
func (s *Store) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	if err := s.load(ctx, schema, into); err != nil {
		return 0, errors.Join(err, s.Close())
	}
	s.err = nil
	return max(s.fences.revision(), s.before), nil
}

func (s *Store) load(ctx context.Context, schema *persist.Schema, into persist.Loader) (err error) {
	if s.db == nil {
		return errNoDatabase
	}
	if s.mappings, err = mappings(schema, s.tables); err != nil {
		return err
	}
	if s.engine, err = resolve(ctx, s.db, s.dialect); err != nil {
		return err
	}
	if err := checkShared(s.engine, s.mappings); err != nil {
		return err
	}
	claimed, err := s.open(ctx)
	if err != nil {
		return err
	}
	s.compared = time.Now()
	s.fences, err = s.read(ctx, func(ctx context.Context, tx *sql.Tx, now fences) (err error) {
		if s.logs, err = s.logsOf(ctx, tx, now); err != nil {
			return err
		}
		for _, m := range s.mappings {
			if err := s.stream(ctx, tx, m, into); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i := range claimed {
		s.fences[i].epoch = claimed[i].epoch
	}
	s.seen = s.fences
	return nil
}

// Check compares the tables with a schema, that of Graph.Schema, as Load does, and returns the
// error with which Load would refuse them: for writing, or for reading if the store is ReadOnly.
// It reads no rows and writes nothing: Create is not heeded, so that a table that is missing is
// an error. Check cannot see what only rows or a write would show: a row that cannot be an edge,
// or a right that the user lacks. It may be called before and after Load, but not concurrently
// with it.
func (s *Store) Check(ctx context.Context, schema *persist.Schema) error {
	mappings, err := mappings(schema, s.tables)
	if err != nil {
		return err
	}
	e, err := resolve(ctx, s.db, s.dialect)
	if err != nil {
		return err
	}
	if err := checkShared(e, mappings); err != nil {
		return err
	}
	if err := e.prepare(ctx, s.db, s.ReadOnly); err != nil {
		return err
	}
	if err := checkTables(ctx, s.db, e, mappings, s.ReadOnly); err != nil {
		return err
	}
	return misfits(mappings)
}

// open checks the connection and the tables, without reading a row, and records the relations. It
// returns the fences from which on the store may write, none if it only reads.
func (s *Store) open(ctx context.Context) (fences, error) {
	if err := s.engine.prepare(ctx, s.db, s.ReadOnly); err != nil {
		return nil, err
	}
	if s.Create && !s.ReadOnly {
		if err := create(ctx, s.db, s.engine, s.mappings); err != nil {
			return nil, err
		}
	}
	if err := checkTables(ctx, s.db, s.engine, s.mappings, s.ReadOnly); err != nil {
		return nil, err
	}
	s.metas = metasOf(s.engine, s.mappings)
	for _, m := range s.metas {
		m.limit = s.engine.limitCondition(s.lockTimeout())
	}
	if s.ReadOnly {
		return nil, misfits(s.mappings)
	}
	return s.claim(ctx)
}

// claim records the relations in the meta tables, which are made if there are none.
func (s *Store) claim(ctx context.Context) (f fences, err error) {
	for _, m := range s.metas {
		if err := m.make(ctx, s.db, misfits(s.mappings)); err != nil {
			return nil, err
		}
	}
	c := claim{graph: cmp.Or(s.Graph, defaultGraph), engine: s.engine, metas: s.metas, mappings: s.mappings, takeOver: s.Exclusive}
	if c.first, err = firstMeta(ctx, s.db, s.engine, s.metas); err != nil {
		return nil, err
	}
	err = patiently(ctx, func() error {
		return s.retry(ctx, func() error {
			tx, err := s.db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback() // after Commit, or of no use
			if f, err = c.run(ctx, tx); err != nil {
				return err
			}
			return tx.Commit()
		})
	})
	s.before = c.revision()
	return f, err
}

// read runs a function in a transaction that sees one state of the database, and returns the
// fences of that state.
func (s *Store) read(ctx context.Context, fn func(ctx context.Context, tx *sql.Tx, now fences) error) (f fences, err error) {
	metas := s.metas
	if s.ReadOnly {
		metas = slices.DeleteFunc(slices.Clone(metas), func(m *meta) bool { return !m.isReadable(ctx, s.db) })
	}
	tx, err := s.db.BeginTx(ctx, s.engine.readOptions())
	if err != nil {
		return nil, err
	}
	defer tx.Rollback() // it has only read
	if f, err = readFences(ctx, tx, metas, len(s.mappings)); err != nil {
		return nil, err
	}
	return f, fn(ctx, tx, f)
}
