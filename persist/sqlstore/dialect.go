package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Dialect is the SQL that a database speaks.
type Dialect uint8

// The dialects.
const (
	Detect   Dialect = iota // asks the database, when it is needed first
	SQLite                  // 3.35 and later
	Postgres                // PostgreSQL 12 and later, and what speaks its SQL
	MySQL                   // MySQL 8.0 and later, and what speaks its SQL
	MariaDB                 // 10.5 and later
)

// String returns the name of the database.
func (d Dialect) String() string {
	switch d {
	case Detect:
		return "to be detected"
	case SQLite:
		return "SQLite"
	case Postgres:
		return "PostgreSQL"
	case MySQL:
		return "MySQL"
	case MariaDB:
		return "MariaDB"
	}
	return "unknown dialect"
}

// engine is what differs from one database to another.
type engine interface {
	quote(name string) string
	placeholder(n int) string // of argument n, from 1
	nameLimit() (bytes int)   // longer names would be cut without a word; 0 if none are
	// columnType returns the type of a column in a table that is made, "" if there is none that
	// fits all values.
	columnType(c *column) string
	tableOptions() string
	// index returns what makes an index: a line of the statement that makes the table, or a
	// statement of its own.
	index(m *mapping, columns string) (line, statement string)
	// uniqueIndex returns the statement that makes a unique index.
	uniqueIndex(m *mapping, columns string) string

	// describe returns a table as it is, and nil if there is none.
	describe(ctx context.Context, db querier, schema, name string) (*live, error)
	// natural returns the kind of the Go type that holds a column's values best, "" if none does.
	natural(l *liveColumn) persist.Kind
	// fit checks the type of a column, and sets how its values are written and read.
	fit(c *column) error
	// inexact says by what a column is compared that takes different texts for the same, and what
	// is wanted; "" if the engine compares bytes, too.
	inexact(c *column) string
	// bytesOf returns the bytes of a text, which are compared as they are.
	bytesOf(text string) string
	// prepare finds out what depends on the connection, and says what is wrong with it.
	prepare(ctx context.Context, db querier, readOnly bool) error

	// limitLocks returns the statements that limit for how long a connection waits for locks, and
	// set that back; "" if none are needed. Zero is no limit.
	limitLocks(limit time.Duration) (set, reset string)
	// limitCondition returns a condition, begun by AND, that does the same for the rest of the
	// transaction, and is true; "" where there is none.
	limitCondition(limit time.Duration) string
	// isLocked reports whether an error comes of a lock that somebody else holds.
	isLocked(err error) bool

	readOptions() *sql.TxOptions // of a transaction that sees one state
	lock() string                // what follows a SELECT whose row is to be locked
	read(c *column) string       // what to select, so that a value comes as it is
	order(c *column) string      // what to sort by, so that keys come in the order of Go

	// literal returns a constant as it stands in a statement.
	literal(v any) (string, error)
	// learn looks at the rows of a table to find out in which form its columns are written.
	learn(ctx context.Context, tx *sql.Tx, m *mapping) error

	// statements returns what the methods below prepare for a diff.
	statements(d *diff) []string
	// insert, update and remove write rows that begin at places in the values of a diff. They
	// return how many rows the database says that it has written, or all where it does not say.
	insert(ctx context.Context, tx *writeTx, d *diff, rows []int) (n int, err error)
	update(ctx context.Context, tx *writeTx, d *diff, u rowUpdate) (n int, err error)
	remove(ctx context.Context, tx *writeTx, d *diff, rows []int) (n int, err error)
	// there reports of each row whether the table has it now.
	there(ctx context.Context, tx *writeTx, d *diff, rows []int) ([]bool, error)
	// skips reports whether a trigger can have the database skip a row of a statement. Where it
	// cannot, a row that is there and was not counted had the new values before.
	skips() bool

	// judge returns what an error means.
	judge(err error) verdict
}

// querier is a database, a connection or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// verdict is what an error of a database means for a transaction.
type verdict uint8

const (
	lost     verdict = iota // there was no answer
	ended                   // the connection or the server ends, as the error says
	refused                 // the database has refused, and nothing of the transaction remains
	again                   // the database has refused, and may not if the transaction is tried again
	doubtful                // the database failed to sync: what it shows need not be on the disk
)

func engineOf(d Dialect) (engine, error) {
	switch d {
	case SQLite:
		return sqlite{}, nil
	case Postgres:
		return postgres{}, nil
	case MySQL:
		return &mysql{}, nil
	case MariaDB:
		return &mysql{mariaDB: true}, nil
	}
	return nil, fmt.Errorf("junction: %s (%d) is no dialect: give SQLite, Postgres, MySQL or MariaDB", d, d)
}

// detect asks a database for its version. All databases that speak the SQL of PostgreSQL or MySQL
// have the function version; SQLite does not.
func detect(ctx context.Context, db querier) (Dialect, error) {
	var version string
	err := db.QueryRowContext(ctx, "SELECT version()").Scan(&version)
	switch {
	case err == nil && (strings.Contains(version, "PostgreSQL") || strings.Contains(version, "CockroachDB")):
		return Postgres, nil
	case err == nil && strings.Contains(version, "MariaDB"):
		return MariaDB, nil
	case err == nil:
		return MySQL, nil
	}
	if db.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&version) == nil {
		return SQLite, nil
	}
	return Detect, fmt.Errorf("junction: the database does not say what it is: %w", err)
}

// resolve returns the engine of a dialect. It asks the database if the dialect is Detect.
func resolve(ctx context.Context, db querier, d Dialect) (engine, error) {
	if d == Detect {
		found, err := detect(ctx, db)
		if err != nil {
			return nil, err
		}
		d = found
	}
	return engineOf(d)
}

// isInteger reports whether a kind is an integer.
func isInteger(kind persist.Kind) bool {
	switch kind {
	case persist.Int8, persist.Int16, persist.Int32, persist.Int64, persist.Uint8, persist.Uint16, persist.Uint32, persist.Uint64:
		return true
	}
	return false
}

// quoted returns a name between quotes, which are doubled inside.
func quoted(name, quote string) string {
	return quote + strings.ReplaceAll(name, quote, quote+quote) + quote
}
