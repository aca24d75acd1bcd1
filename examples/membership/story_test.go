package main

import (
	"crypto/rand"
	"database/sql"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

const firstRun = `edges added: 4
ada is in it already: true
  ada    owner      since 2019
  alan   guest      since 2024
  grace  guest      since 2024

1 joins engine, 1 changes role, 1 leaves
  ada    owner      since 2019
  grace  maintainer since 2024
  linus  guest      since 2025

ada hands over to grace:
  ada is no longer owner, but adviser
  grace is no longer maintainer, but owner
ada was owner and is adviser

grace stays: nobody would be left

grace works on [compiler debugger engine]
on engine and compiler: [ada grace]
on engine, not on compiler: [linus]
page: [{ada {adviser 2026}} {grace {owner 2026}}]
last page: [{linus {guest 2025}}]
6 memberships of 3 people in 3 projects

person 99, whom nobody knows, is refused: true
person 99 is in the engine: false

engine in SQL:
  ada    adviser    2026
  grace  owner      2026
  linus  guest      2025

by another program, 1 added and 1 updated:
  alan in the debugger, added: "", "tester"
  linus in the engine, updated: "guest", "developer"

opened anew, 7 memberships are there:
  ada    compiler  reviewer   2021
  ada    engine    adviser    2026
  alan   debugger  tester     2026
  grace  compiler  developer  2020
  grace  debugger  developer  2022
  grace  engine    owner      2026
  linus  engine    developer  2025
`

const secondRun = `7 memberships are there:
  ada    compiler  reviewer   2021
  ada    engine    adviser    2026
  alan   debugger  tester     2026
  grace  compiler  developer  2020
  grace  debugger  developer  2022
  grace  engine    owner      2026
  linus  engine    developer  2025

grace works on [compiler debugger engine]
on engine and compiler: [ada grace]
on engine, not on compiler: [linus]
page: [{ada {adviser 2026}} {grace {owner 2026}}]
last page: [{linus {developer 2025}}]
7 memberships of 4 people in 3 projects

engine in SQL:
  ada    adviser    2026
  grace  owner      2026
  linus  developer  2025
`

// TestStory holds that the story is the same in all databases, and that what they keep of it is.
func TestStory(t *testing.T) {
	for name, address := range map[string]func(*testing.T) string{"SQLite": inSQLite, "PostgreSQL": inPostgres, "MySQL": inMySQL} {
		t.Run(name, func(t *testing.T) {
			address := address(t)
			for _, want := range []string{firstRun, secondRun, secondRun} {
				status, stdout, stderr := runWith("-db", address)
				require.Zero(t, status, stderr)
				require.Equal(t, want, stdout)
			}
		})
	}
}

// TestOthersRows holds that ids without a name are shown.
func TestOthersRows(t *testing.T) {
	address := inSQLite(t)
	status, _, stderr := runWith("-db", address)
	require.Zero(t, status, stderr)
	db, err := open(address)
	require.NoError(t, err)
	mustExec(t, db, "INSERT INTO people (id, name) VALUES (7, 'donald')")
	mustExec(t, db, "INSERT INTO memberships (person, project, role, since) VALUES (7, 1, 'author', 1968)")
	require.NoError(t, db.Close())
	_, stdout, _ := runWith("-db", address)
	require.Contains(t, stdout, "  7      compiler  author     1968\n")
}

// The functions in... make a place that nobody else has, and return its address.

func inSQLite(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "membership.db") }

func inPostgres(t *testing.T) string {
	address := os.Getenv("JUNCTION_TEST_POSTGRES")
	if address == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_POSTGRES has no URL of a PostgreSQL server")
	}
	name := within(t, address, "SCHEMA", " CASCADE")
	u, err := url.Parse(address)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return u.String()
}

func inMySQL(t *testing.T) string {
	dsn := os.Getenv("JUNCTION_TEST_MYSQL")
	if dsn == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_MYSQL has no DSN of a MySQL or MariaDB server")
	}
	config, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	require.Equal(t, "tcp", config.Net, "a URL has a host")
	u := url.URL{Scheme: "mysql", User: url.UserPassword(config.User, config.Passwd), Host: config.Addr, Path: "/information_schema"}
	u.Path = "/" + within(t, u.String(), "DATABASE", "")
	return u.String()
}

// within makes something that has tables of its own for the time of a test, and returns its name.
func within(t *testing.T, address, what, cascade string) (name string) {
	db, err := open(address)
	require.NoError(t, err)
	name = "membership_test_" + strings.ToLower(rand.Text())
	mustExec(t, db, "CREATE "+what+" "+name)
	t.Cleanup(func() {
		mustExec(t, db, "DROP "+what+" "+name+cascade)
		require.NoError(t, db.Close())
	})
	return name
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	_, err := db.Exec(statement)
	require.NoError(t, err, statement)
}
