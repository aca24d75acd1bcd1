package bench

import (
	"context"
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// database is one of those that a table of edges can be kept in.
type database struct {
	name     string
	open     func(tb testing.TB) *sql.DB // one without tables
	settings string                      // a query for what it is and how it waits for the disk
	analyze  string                      // followed by a table's name, a statement that does what would be done when the table is read first
	rest     string                      // a statement that writes to the disk what would be written later; "" if there is none

	// What one would write by hand: the fastest form that was found, each in one transaction.

	fill   func(db *sql.DB, table string, edges []edge) error // of a table without rows
	put    func(db *sql.DB, table string, edges []edge) error // new edges, and new values
	remove func(db *sql.DB, table string, edges []edge) error
}

var databases = []*database{
	{
		name:     "SQLite",
		open:     func(tb testing.TB) *sql.DB { return closing(tb, sqliteIn(tb, tb.TempDir())) },
		settings: "SELECT 'SQLite ' || sqlite_version() || ', journal_mode=' || journal_mode || ', synchronous=' || synchronous FROM pragma_journal_mode, pragma_synchronous",
		analyze:  "ANALYZE ",
		rest:     "PRAGMA wal_checkpoint(TRUNCATE)",
		fill:     fillSQLite,
		put:      putSQLite,
		remove:   removeSQLite,
	},
	{
		name:     "PostgreSQL",
		open:     openPostgres,
		settings: "SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync=' || current_setting('fsync') || ', synchronous_commit=' || current_setting('synchronous_commit')",
		analyze:  "VACUUM ANALYZE ",
		rest:     "CHECKPOINT",
		fill:     fillPostgres,
		put:      putPostgres,
		remove:   removePostgres,
	},
	{
		name:     "MariaDB",
		open:     openMariaDB,
		settings: "SELECT CONCAT(VERSION(), ', innodb_flush_log_at_trx_commit=', @@innodb_flush_log_at_trx_commit, ', sync_binlog=', @@sync_binlog, ', log_bin=', @@log_bin)",
		analyze:  "ANALYZE TABLE ",
		fill:     fillMariaDB,
		put:      putMariaDB,
		remove:   removeMariaDB,
	},
}

// rollback is SQLite with the journal that it has unless it is told to have another: a
// transaction waits for the disk several times.
func rollback() *database {
	d := *databases[0]
	d.name = "SQLite-rollback"
	d.open = func(tb testing.TB) *sql.DB { return closing(tb, sqliteWith(tb, tb.TempDir(), "delete")) }
	d.rest = ""
	return &d
}

// onDatabases runs a test or a benchmark in an empty one of each database, and of those that are
// given besides.
func onDatabases[T interface {
	testing.TB
	Run(name string, run func(T)) bool
}](t T, run func(t T, d *database, db *sql.DB), besides ...*database) {
	for _, d := range slices.Concat(databases, besides) {
		t.Run("db="+d.name, func(t T) {
			db := d.open(t)
			var settings string
			require.NoError(t, db.QueryRow(d.settings).Scan(&settings))
			t.Log(settings)
			run(t, d, db)
		})
	}
}

// openPostgres makes a schema that nobody else has.
func openPostgres(tb testing.TB) *sql.DB {
	address := os.Getenv("JUNCTION_TEST_POSTGRES")
	if address == "" {
		tb.Skip("NOT RUN: JUNCTION_TEST_POSTGRES has no URL of a PostgreSQL server")
	}
	name := makePlace(tb, "pgx", address, "SCHEMA", " CASCADE")
	u, err := url.Parse(address)
	require.NoError(tb, err)
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return dial(tb, "pgx", u.String())
}

// openMariaDB makes a database that nobody else has.
func openMariaDB(tb testing.TB) *sql.DB {
	address := os.Getenv("JUNCTION_TEST_MYSQL")
	if address == "" {
		tb.Skip("NOT RUN: JUNCTION_TEST_MYSQL has no DSN of a MariaDB or MySQL server")
	}
	config, err := mysql.ParseDSN(address)
	require.NoError(tb, err)
	config.DBName = makePlace(tb, "mysql", address, "DATABASE", "")
	return dial(tb, "mysql", config.FormatDSN())
}

// makePlace makes a schema or a database for the time of a test, and returns its name.
func makePlace(tb testing.TB, driver, address, what, cascade string) (name string) {
	server := dial(tb, driver, address)
	name = "junction_bench_" + strings.ToLower(rand.Text())
	execute(tb, server, "CREATE "+what+" "+name)
	tb.Cleanup(func() { execute(tb, server, "DROP "+what+" "+name+cascade) })
	return name
}

func dial(tb testing.TB, driver, address string) *sql.DB {
	db, err := sql.Open(driver, address)
	require.NoError(tb, err)
	return closing(tb, db)
}

func closing(tb testing.TB, db *sql.DB) *sql.DB {
	tb.Cleanup(func() { require.NoError(tb, db.Close()) })
	return db
}

// The table of the graph, and one of the same shape that is written by hand.
const (
	ourTable   = "edges"
	otherTable = "byhand"
)

func tableOf(name string) sqlstore.Table {
	return sqlstore.Table{Relation: name, Left: "a", Right: "b"}
}

// makeTable makes a table anew: of the edges in left-major order, and with an index for the other
// direction.
func makeTable(tb testing.TB, db *sql.DB, name string) {
	execute(tb, db, "DROP TABLE IF EXISTS "+name)
	g := junction.NewGraph(nil)
	junction.Relate[int64, int64, int64](g, name)
	schema, err := g.Schema()
	require.NoError(tb, err)
	require.NoError(tb, sqlstore.Create(context.Background(), db, sqlstore.Detect, schema, tableOf(name)))
}

// relationIn opens the graph whose edges are in ourTable.
func relationIn(tb testing.TB, db *sql.DB) (*relation, *timedStore) {
	store := &timedStore{Store: sqlstore.New(db, sqlstore.Detect, tableOf(ourTable))}
	m, err := junction.Open[int64, int64, int64](context.Background(), ourTable, store)
	require.NoError(tb, err)
	return m, store
}

// timedStore knows how long its last Append took.
type timedStore struct {
	*sqlstore.Store
	took time.Duration
}

func (s *timedStore) Append(ctx context.Context, commits []*persist.Commit) error {
	start := time.Now()
	defer func() { s.took = time.Since(start) }()
	return s.Store.Append(ctx, commits)
}

// settle has a database do now what it would do later, while something else is measured.
func (d *database) settle(tb testing.TB, db *sql.DB) {
	if d.rest != "" {
		execute(tb, db, d.rest)
	}
}

// filled makes a table that has edges.
func (d *database) filled(tb testing.TB, db *sql.DB, name string, edges []edge) {
	makeTable(tb, db, name)
	require.NoError(tb, d.fill(db, name, edges))
	execute(tb, db, d.analyze+name)
	d.settle(tb, db)
}
