package sqltest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// engine is a database to test with.
type engine struct {
	name    string
	dialect sqlstore.Dialect // Detect for MySQL and MariaDB
	noNUL   bool             // in text
	unit    time.Duration    // of times
	// open returns a database without tables. The address leads another connection to the same one.
	open func(t testing.TB) (db *sql.DB, address string)
	// driver is the name under which address is opened.
	driver string
}

var engines = []*engine{sqliteEngine, postgresEngine, mysqlEngine}

var (
	sqliteEngine   = &engine{name: "SQLite", dialect: sqlstore.SQLite, open: openSQLite, driver: "sqlite"}
	postgresEngine = &engine{name: "PostgreSQL", dialect: sqlstore.Postgres, noNUL: true, unit: time.Microsecond, open: openPostgres, driver: "pgx"}
	mysqlEngine    = &engine{name: "MySQL", dialect: sqlstore.Detect, unit: time.Microsecond, open: openMySQL, driver: "mysql"}
)

// TestMain keeps the driver for MySQL from telling of each connection that a test cuts.
func TestMain(m *testing.M) {
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// on runs a test on every database.
func on(t *testing.T, test func(t *testing.T, e *engine)) {
	for _, e := range engines {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

// onServers runs a test on the databases that are reached over a connection.
func onServers(t *testing.T, test func(t *testing.T, e *engine)) {
	for _, e := range []*engine{postgresEngine, mysqlEngine} {
		t.Run(e.name, func(t *testing.T) { test(t, e) })
	}
}

// names numbers databases and schemas, so that no test sees another one's.
var names atomic.Int64

func newName() string { return fmt.Sprintf("junction_test_%d_%d", os.Getpid(), names.Add(1)) }

func openSQLite(t testing.TB) (*sql.DB, string) {
	file := filepath.Join(t.TempDir(), "test.db")
	address := "file:" + file + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)"
	return dial(t, "sqlite", address), address
}

// openPostgres makes a schema of its own, into which the connections look first.
func openPostgres(t testing.TB) (*sql.DB, string) {
	address := os.Getenv("JUNCTION_TEST_POSTGRES")
	if address == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_POSTGRES has no address of a PostgreSQL server")
	}
	server, name := dial(t, "pgx", address), newName()
	mustExec(t, server, "CREATE SCHEMA "+name)
	t.Cleanup(func() { mustExec(t, server, "DROP SCHEMA "+name+" CASCADE") })
	address = withPostgres(t, address, "search_path", name)
	return dial(t, "pgx", address), address
}

// openMySQL makes a database of its own.
func openMySQL(t testing.TB) (*sql.DB, string) {
	address := os.Getenv("JUNCTION_TEST_MYSQL")
	if address == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_MYSQL has no address of a MySQL or MariaDB server")
	}
	server, name := dial(t, "mysql", address), newName()
	mustExec(t, server, "CREATE DATABASE "+name)
	t.Cleanup(func() { mustExec(t, server, "DROP DATABASE "+name) })
	config, err := mysql.ParseDSN(address)
	require.NoError(t, err)
	config.DBName = name
	return dial(t, "mysql", config.FormatDSN()), config.FormatDSN()
}

func dial(t testing.TB, driver, address string) *sql.DB {
	db, err := sql.Open(driver, address)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func mustExec(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(context.Background(), statement, args...)
	require.NoError(t, err, statement)
}

// withPostgres returns an address with a parameter more.
func withPostgres(t testing.TB, address, name, value string) string {
	u, err := url.Parse(address)
	require.NoError(t, err)
	query := u.Query()
	query.Set(name, value)
	u.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
	return u.String()
}

// withMySQL returns an address with a parameter more.
func withMySQL(t testing.TB, address, name, value string) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	address += separator + name + "=" + url.QueryEscape(value)
	_, err := mysql.ParseDSN(address)
	require.NoError(t, err)
	return address
}

// withUser returns an address for another user, who has no password.
func withUser(t testing.TB, address, user string) string {
	u, err := url.Parse(address)
	require.NoError(t, err)
	u.User = url.User(user)
	return u.String()
}
