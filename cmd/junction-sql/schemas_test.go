package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	_ "github.com/seed-250bd433/junction" // which the declarations use
)

// place is an empty database of a test.
type place struct {
	address string // as the command takes it
	db      *sql.DB
	driver  string
	dsn     string // as the driver takes it
}

var places = map[string]func(t *testing.T) *place{"sqlite": inSQLite, "postgres": inPostgres, "mysql": inMySQL}

// numbers numbers schemas, so that no test sees another one's.
var numbers atomic.Int64

func newName() string { return fmt.Sprintf("junction_test_sql_%d_%d", os.Getpid(), numbers.Add(1)) }

func inSQLite(t *testing.T) *place {
	file := filepath.Join(t.TempDir(), "test.db")
	return newPlace(t, "sqlite:"+file, "sqlite", file)
}

func inPostgres(t *testing.T) *place {
	address := os.Getenv("JUNCTION_TEST_POSTGRES")
	if address == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_POSTGRES has no address of a PostgreSQL server")
	}
	server, name := newPlace(t, address, "pgx", address), newName()
	server.exec(t, "CREATE SCHEMA "+name)
	t.Cleanup(func() { server.exec(t, "DROP SCHEMA "+name+" CASCADE") })
	u, err := url.Parse(address)
	require.NoError(t, err)
	query := u.Query()
	query.Set("search_path", name)
	u.RawQuery = query.Encode()
	return newPlace(t, u.String(), "pgx", u.String())
}

func inMySQL(t *testing.T) *place {
	dsn := os.Getenv("JUNCTION_TEST_MYSQL")
	if dsn == "" {
		t.Skip("NOT RUN: JUNCTION_TEST_MYSQL has no address of a MySQL or MariaDB server")
	}
	server, name := newPlace(t, "", "mysql", dsn), newName()
	server.exec(t, "CREATE DATABASE "+name)
	t.Cleanup(func() { server.exec(t, "DROP DATABASE "+name) })
	config, err := mysql.ParseDSN(dsn)
	require.NoError(t, err)
	config.DBName = name
	u := url.URL{Scheme: "mysql", Host: config.Addr, Path: "/" + name, User: url.UserPassword(config.User, config.Passwd)}
	return newPlace(t, u.String(), "mysql", config.FormatDSN())
}

func newPlace(t *testing.T, address, driver, dsn string) *place {
	db, err := sql.Open(driver, dsn)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return &place{address, db, driver, dsn}
}

func (p *place) exec(t *testing.T, statement string) {
	t.Helper()
	_, err := p.db.ExecContext(context.Background(), statement)
	require.NoError(t, err, statement)
}

// hasMeta reports whether somebody has opened a table for writing.
func (p *place) hasMeta() bool {
	var n int
	return p.db.QueryRow("SELECT COUNT(*) FROM junction_meta").Scan(&n) == nil
}

// found is a join table of sqlstore's tests.
type found struct{ name, table, left, right string }

// schemas makes the tables of a file of sqlstore's tests.
func (p *place) schemas(t *testing.T, engine string) (all []found) {
	text, err := os.ReadFile("../../persist/sqlstore/sqltest/testdata/schemas/" + engine + ".sql")
	require.NoError(t, err)
	var statement strings.Builder
	for line := range strings.Lines(string(text)) {
		if key, value, is := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "-- "), ": "); is && strings.HasPrefix(line, "-- ") {
			value = strings.Trim(value, `"`)
			switch key {
			case "name":
				all = append(all, found{name: value})
			case "table":
				all[len(all)-1].table = value
			case "left":
				all[len(all)-1].left = value
			case "right":
				all[len(all)-1].right = value
			}
			continue
		}
		statement.WriteString(line)
		if strings.HasSuffix(strings.TrimSpace(line), ";") {
			p.exec(t, statement.String())
			statement.Reset()
		}
	}
	require.NotEmpty(t, all)
	return all
}

// oddTables are tables with names and types that a declaration must take care of. Names stand
// between [ and ]; {uuid}, {bytes} and {json} are types.
var oddTables = []struct {
	found
	sql string
}{
	{found{"hostile names", "we\"ird `t\n*/", "a\"b", "c`d \\"}, "CREATE TABLE [we\"ird `t\n*/] ([a\"b] INTEGER NOT NULL, [c`d \\] INTEGER NOT NULL, " +
		"[x,y] INTEGER, [-] INTEGER, [1st`] VARCHAR(9), [\"`] VARCHAR(9), [日本] VARCHAR(9), [日 本] VARCHAR(9), PRIMARY KEY ([a\"b], [c`d \\]));" +
		"INSERT INTO [we\"ird `t\n*/] ([a\"b], [c`d \\]) VALUES (1, 2)"},
	{found{"names of Go", "func", "type", "Func"}, "CREATE TABLE [func] ([type] INTEGER NOT NULL, [Func] INTEGER NOT NULL, [open_func] INTEGER, [through] INTEGER, UNIQUE ([type], [Func]));" +
		"INSERT INTO [func] VALUES (1, 2, 3, 4)"},
	{found{"the same as a function", "func_", "open_func", "func_through"}, "CREATE TABLE [func_] ([open_func] INTEGER NOT NULL, [func_through] VARCHAR(9) NOT NULL, PRIMARY KEY ([open_func], [func_through]));" +
		"INSERT INTO [func_] VALUES (1, 'a')"},
	{found{"keys of bytes", "digests", "digest", "uuid_key"}, "CREATE TABLE [digests] ([digest] {bytes} NOT NULL, [uuid_key] {uuid} NOT NULL, [data] {json}, [more] {bytes}, PRIMARY KEY ([digest], [uuid_key]));" +
		"INSERT INTO [digests] VALUES ('abc', {a uuid}, '{}', 'x')"},
	{found{"flags", "flagged", "user_id", "doc_id"}, "CREATE TABLE [flagged] ([id] {uuid} NOT NULL PRIMARY KEY, [user_id] INTEGER NOT NULL, [doc_id] INTEGER NOT NULL, [is_deleted] BOOLEAN NOT NULL, [weight] DECIMAL(8, 2), [seen] BOOLEAN, UNIQUE ([user_id], [doc_id]));" +
		"INSERT INTO [flagged] VALUES ({a uuid}, 1, 2, FALSE, 1.25, TRUE)"},
	{found{"no default", "no id", "user_id", "doc_id"}, "CREATE TABLE [no id] ([id] BIGINT NOT NULL, [rank] INTEGER NOT NULL, [user_id] INTEGER NOT NULL, [doc_id] INTEGER NOT NULL, PRIMARY KEY ([rank], [user_id], [doc_id]))"},
}

// odd makes the odd tables.
func (p *place) odd(t *testing.T, engine string) (all []found) {
	words := map[string][]string{
		"sqlite":   {"[", `"`, "]", `"`, "{bytes}", "BLOB", "{uuid}", "UUID", "{json}", "JSON", "{a uuid}", "'0190d8a0-0000-7000-8000-000000000001'", "'abc'", "x'616263'"},
		"postgres": {"[", `"`, "]", `"`, "{bytes}", "bytea", "{uuid}", "uuid", "{json}", "jsonb", "{a uuid}", "'0190d8a0-0000-7000-8000-000000000001'"},
		"mysql":    {"[", "`", "]", "`", "{bytes}", "VARBINARY(99)", "{uuid}", "BINARY(16)", "{json}", "JSON", "{a uuid}", "UNHEX('0190D8A0000070008000000000000001')"},
	}[engine]
	mark := words[1]
	for _, o := range oddTables {
		text := strings.ReplaceAll(o.sql, mark, mark+mark) // those inside of names: there are no others
		for statement := range strings.SplitSeq(strings.NewReplacer(words...).Replace(text), ";") {
			p.exec(t, statement)
		}
		all = append(all, o.found)
	}
	return all
}

// TestSchemas checks, for the join tables that frameworks and applications make, that they are
// found with their keys, that the declarations of all compile, and that these open the tables for
// which the command says so, and no others. Nothing is written before.
func TestSchemas(t *testing.T) {
	opens := map[string]map[string]string{ // what cannot be opened for writing, by engine
		"sqlite":   {"no id": "no"},
		"postgres": {"assemblies_parts": "read", "association_table": "read", "project_authorizations": "no", "no id": "no"},
		"mysql":    {"no id": "no"},
	}
	for engine, in := range places {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			p := in(t)
			schemas := append(p.schemas(t, engine), p.odd(t, engine)...)
			d, err := open(t.Context(), p.address)
			require.NoError(t, err)
			defer d.Close()
			tables, err := d.joinTables(t.Context(), &choice{})
			require.NoError(t, err)
			require.Len(t, tables, len(schemas))
			byName := map[string]*joinTable{}
			for _, table := range tables {
				byName[table.Name] = table
			}
			for _, s := range schemas {
				table := byName[s.table]
				require.NotNil(t, table, s.name)
				require.ElementsMatch(t, []string{s.left, s.right}, []string{table.left, table.right}, s.name)
				want := "write"
				if other := opens[engine][s.table]; other != "" {
					want = other
				}
				require.Equal(t, want, table.opens(), "%s: %v", s.name, table.writing)
			}
			require.False(t, p.hasMeta(), "something was written")
			results := p.compileAndOpen(t, succeed(t, "go", "-package", "main", p.address))
			require.Len(t, results, len(tables))
			for i, table := range tables {
				require.Equal(t, table.opens(), results[i], table.Name)
			}
		})
	}
}

// compileAndOpen makes a program of declarations, and returns what became of each of its functions:
// write, read or no. The program removes an edge of each table, and adds it again.
func (p *place) compileAndOpen(t *testing.T, declarations string) []string {
	dir, err := os.MkdirTemp("testdata", "declared")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.WriteFile(filepath.Join(dir, "declared.go"), []byte(declarations), 0o666))
	f, err := parser.ParseFile(token.NewFileSet(), "declared.go", declarations, 0)
	require.NoError(t, err)
	var calls strings.Builder
	for _, d := range f.Decls {
		if d, is := d.(*ast.FuncDecl); is {
			fmt.Fprintf(&calls, "\tresults = append(results, tryOut(%s(ctx, db)))\n", d.Name.Name)
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(fmt.Sprintf(tryOut, calls.String())), 0o666))
	for _, args := range [][]string{{"vet", "./" + dir}, {"run", "./" + dir, p.driver, p.dsn}} {
		command := exec.Command("go", args...)
		var out, errs bytes.Buffer
		command.Stdout, command.Stderr = &out, &errs
		require.NoError(t, command.Run(), "%s\n%s\n%s", args, errs.String(), declarations)
		if args[0] == "run" {
			var results []string
			require.NoError(t, json.Unmarshal(out.Bytes(), &results), out.String())
			return results
		}
	}
	return nil
}

const tryOut = `package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"log"
	"os"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

func main() {
	ctx, results := context.Background(), []string{}
	db, err := sql.Open(os.Args[1], os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
%s	json.NewEncoder(os.Stdout).Encode(results)
}

// tryOut removes an edge and adds it again.
func tryOut[A, B, T any](m *junction.ManyToMany[A, B, T], err error) string {
	switch {
	case errors.Is(err, persist.ErrSchema):
		return "no"
	case err != nil:
		return err.Error()
	}
	defer m.Graph().Close()
	for e := range m.Edges() {
		if _, err = m.Remove(e.Left, e.Right); err == nil {
			_, err = m.Add(e.Left, e.Right, e.Through)
		}
		switch {
		case errors.Is(err, sqlstore.ErrReadOnly):
			return "read"
		case err != nil:
			return err.Error()
		}
		return "write"
	}
	return "no edges"
}
`

// TestDumpAlike checks that a table reads the same in all databases, whatever their drivers give.
func TestDumpAlike(t *testing.T) {
	const id = "0190d8a0-0000-7000-8000-000000000001"
	want := map[string]string{
		"digests":             `{"left":"YWJj","right":"` + id + `","through":{"data":{},"more":"eA=="}}`,
		"flagged":             `{"left":1,"right":2,"through":{"seen":true,"weight":"1.25"}}`,
		"func":                `{"left":1,"right":2,"through":{"open_func":3,"through":4}}`,
		"we\"ird `t\n*/":      `{"left":1,"right":2,"through":{"\"` + "`" + `":null,"1st` + "`" + `":null,"日 本":null,"日本":null}}`,
		"timed":               `{"left":1,"right":2,"through":{"at":"2024-03-01T12:30:15Z","rate":0.5,"then":null,"word":"<a>"}}`,
		"timed, in the lines": "l,r,at,then,rate,word\n1,2,2024-03-01T12:30:15Z,,0.5,<a>",
	}
	for engine, in := range places {
		t.Run(engine, func(t *testing.T) {
			p := in(t)
			p.odd(t, engine)
			at := "TIMESTAMP"
			if engine == "mysql" {
				at = "DATETIME"
			}
			p.exec(t, "CREATE TABLE timed (l INTEGER NOT NULL, r INTEGER NOT NULL, at "+at+" NOT NULL, then_ "+at+", rate DOUBLE PRECISION, word VARCHAR(9), PRIMARY KEY (l, r))")
			p.exec(t, "INSERT INTO timed VALUES (1, 2, '2024-03-01 12:30:15', NULL, 0.5, '<a>')")
			for table, line := range want {
				args := []string{"dump", "-table", table, p.address}
				if name, is := strings.CutSuffix(table, ", in the lines"); is {
					args = []string{"dump", "-table", name, "-format", "csv", p.address}
				}
				got := strings.ReplaceAll(succeed(t, args...), "then_", "then") // which MySQL reserves
				got = strings.ReplaceAll(got, `"data":"{}"`, `"data":{}`)       // MariaDB's JSON is a text
				require.Equal(t, line+"\n", got, table)
			}
			require.Contains(t, succeed(t, "stat", "-json", "-table", "digests", p.address), `"edges": 1`)
			require.False(t, p.hasMeta())
		})
	}
}

// TestOtherSchema checks that the tables of another schema than the connection's are found, and
// declared with it.
func TestOtherSchema(t *testing.T) {
	for engine, current := range map[string]string{"postgres": "current_schema()", "mysql": "DATABASE()"} {
		t.Run(engine, func(t *testing.T) {
			p := places[engine](t)
			p.exec(t, "CREATE TABLE users (id INTEGER PRIMARY KEY)")
			p.exec(t, "CREATE TABLE likes (user_id INTEGER NOT NULL, friend INTEGER NOT NULL, FOREIGN KEY (user_id) REFERENCES users (id), FOREIGN KEY (friend) REFERENCES users (id))")
			p.exec(t, "INSERT INTO users VALUES (1)")
			p.exec(t, "INSERT INTO likes VALUES (1, 1)")
			var schema string
			require.NoError(t, p.db.QueryRow("SELECT "+current).Scan(&schema))
			address := strings.ReplaceAll(strings.ReplaceAll(p.address, "/"+schema, "/information_schema"), "search_path="+schema, "search_path=none")
			require.NotEqual(t, p.address, address)
			status, _, stderr := command("dump", "-table", "likes", address)
			require.Equal(t, 1, status)
			require.Contains(t, stderr, "there is no table likes")
			require.Equal(t, `{"left":1,"right":1,"through":null}`+"\n", succeed(t, "dump", "-schema", schema, address))
			require.Contains(t, succeed(t, "go", "-schema", schema, address), `Schema: "`+schema+`", Name: "likes"`)
			require.Contains(t, succeed(t, "tables", "-schema", schema, address), "CREATE UNIQUE INDEX")
		})
	}
}
