package main

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// command runs the program.
func command(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs)
	return status, out.String(), errs.String()
}

// succeed runs the program, which says nothing on standard error.
func succeed(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	status, stdout, stderr := command(args...)
	require.Zero(t, status, stderr)
	require.Empty(t, stderr)
	return stdout
}

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o666))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

// library makes a database with tables of several sorts.
func library(t *testing.T) *place {
	p := inSQLite(t)
	for _, statement := range []string{
		`CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE)`,
		`CREATE TABLE projects (id INTEGER PRIMARY KEY, title TEXT)`,
		`CREATE TABLE members (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users, project_id INTEGER NOT NULL REFERENCES projects,
			role TEXT NOT NULL, share REAL, since DATETIME, active BOOLEAN NOT NULL, key BLOB, more JSON,
			created_at DATETIME NOT NULL, updated_at DATETIME, deleted_at DATETIME, UNIQUE (user_id, project_id))`,
		`INSERT INTO users VALUES (1, 'ada'), (2, 'alan'), (3, 'grace')`,
		`INSERT INTO projects VALUES (1, 'engine'), (2, 'compiler')`,
		`INSERT INTO members VALUES
			(1, 1, 1, 'owner', 0.5, '2024-03-01 12:30:15', TRUE, x'00ff', '{"a": [1]}', '2024-03-01 12:30:15', NULL, NULL),
			(2, 2, 1, '<&> "x",', NULL, NULL, FALSE, NULL, NULL, '2024-03-01 12:30:15', NULL, NULL),
			(3, 3, 1, 'gone', NULL, NULL, TRUE, NULL, NULL, '2024-03-01 12:30:15', NULL, '2024-03-02 12:00:00'),
			(4, 1, 2, CAST(x'ff' AS TEXT), 1e300, '2024-03-01 12:30:16', TRUE, x'', 'null', '2024-03-01 12:30:15', NULL, NULL)`,
		`CREATE TABLE tags (tag_id INTEGER, post_id INTEGER)`,
		`INSERT INTO tags VALUES (1, 1), (1, 2)`,
		`CREATE TABLE comments (commentable_id INTEGER NOT NULL, commentable_type TEXT NOT NULL, user_id INTEGER NOT NULL, text TEXT,
			PRIMARY KEY (user_id, commentable_id, commentable_type))`,
		`INSERT INTO comments VALUES (1, 'Post', 1, 'a'), (1, 'Photo', 1, 'b'), (2, 'Photo', 2, NULL)`,
		`CREATE TABLE grades (user_id INTEGER NOT NULL, course_id INTEGER NOT NULL, term TEXT NOT NULL, PRIMARY KEY (user_id, course_id, term))`,
	} {
		p.exec(t, statement)
	}
	return p
}

// TestOutput checks what each command prints, and that it writes nothing.
func TestOutput(t *testing.T) {
	p := library(t)
	before, err := os.ReadFile(p.dsn)
	require.NoError(t, err)
	for name, args := range map[string][]string{
		"tables":       {"tables"},
		"go":           {"go"},
		"go-table":     {"go", "-package", "app", "-table", "members"},
		"stat":         {"stat", "-table", "members"},
		"stat.json":    {"stat", "-json", "-table", "comments"},
		"members.json": {"dump", "-table", "members"},
		"members.csv":  {"dump", "-format", "csv", "-table", "members"},
		"tags.json":    {"dump", "-table", "tags"},
		"tags.csv":     {"dump", "-format", "csv", "-table", "tags"},
	} {
		t.Run(name, func(t *testing.T) { golden(t, name, succeed(t, append(args, p.address)...)) })
	}
	after, err := os.ReadFile(p.dsn)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

// TestErrors checks what the command says of what it cannot do, and that no error has a password.
func TestErrors(t *testing.T) {
	p, dir := library(t), t.TempDir()
	empty := filepath.Join(dir, "empty.db")
	require.NoError(t, os.WriteFile(empty, nil, 0o666))
	none := filepath.Join(dir, "none.db")
	text := filepath.Join(dir, "text.db")
	require.NoError(t, os.WriteFile(text, bytes.Repeat([]byte("This is no database. "), 99), 0o666))
	for name, test := range map[string]struct {
		args   []string
		status int
		says   string
	}{
		"no command":           {nil, 2, "want a command"},
		"another command":      {[]string{"load"}, 2, `no command "load"`},
		"no address":           {[]string{"tables"}, 2, "want one ADDRESS"},
		"options behind":       {[]string{"tables", "postgres://ada:secret@host/x", "-table", "x"}, 2, "have 3 arguments"},
		"no option":            {[]string{"tables", "-x", p.address}, 2, "-x"},
		"no scheme":            {[]string{"tables", "ada:secret@host"}, 2, "wants sqlite:FILE"},
		"unknown scheme":       {[]string{"tables", "oracle://ada:secret@host/x"}, 2, "wants sqlite:FILE"},
		"no file":              {[]string{"tables", "sqlite:"}, 2, "want a file"},
		"in memory":            {[]string{"tables", "sqlite::memory:"}, 2, "want a file"},
		"missing file":         {[]string{"tables", "sqlite:" + none}, 1, "no such file"},
		"a directory":          {[]string{"tables", "sqlite:" + dir}, 1, "does not answer"},
		"no database":          {[]string{"tables", "sqlite:" + text}, 1, "not a database"},
		"no tables":            {[]string{"tables", "sqlite:" + empty}, 1, "no table that looks like"},
		"nothing to declare":   {[]string{"go", "sqlite:" + empty}, 1, "no table that looks like"},
		"nothing to dump":      {[]string{"dump", "sqlite:" + empty}, 1, "no table that looks like"},
		"no such table":        {[]string{"tables", "-table", "x y", p.address}, 1, `there is no table "x y"`},
		"no join table":        {[]string{"go", "-table", "users", p.address}, 1, "table users is no join table"},
		"no such schema":       {[]string{"tables", "-schema", "x", p.address}, 1, "no table that looks like"},
		"several tables":       {[]string{"dump", p.address}, 1, "-table must say which one: comments, grades, members, tags"},
		"one that is refused":  {[]string{"dump", "-table", "grades", p.address}, 1, `column "term"`},
		"no format":            {[]string{"dump", "-format", "dot", p.address}, 2, `-format is jsonl or csv, not "dot"`},
		"no package":           {[]string{"go", "-package", "a-b", p.address}, 2, "-package wants an identifier"},
		"PostgreSQL, port":     {[]string{"tables", "postgres://ada:secret@host:x/y"}, 2, "postgres: "},
		"PostgreSQL, no host":  {[]string{"tables", "postgres://ada:secret@127.0.0.1:1/y"}, 1, "does not answer"},
		"PostgreSQL, option":   {[]string{"tables", "postgres://ada:secret@host/y?sslmode=wrong"}, 2, "postgres: "},
		"MySQL, no database":   {[]string{"tables", "mysql://ada:secret@host"}, 2, "want a host and a database"},
		"MySQL, port":          {[]string{"tables", "mysql://ada:secret@host:x/y"}, 2, "invalid port"},
		"MySQL, no host":       {[]string{"tables", "mysql://ada:secret@127.0.0.1:1/y"}, 1, "does not answer"},
		"MySQL, a DSN":         {[]string{"tables", "mysql:ada:secret@tcp(host)/x"}, 2, "want a host and a database"},
		"MySQL, percent":       {[]string{"tables", "mysql://ada:secret%zz@host/x"}, 2, "mysql: "},
		"PostgreSQL, password": {[]string{"tables", "postgres://host:x/y?password=secret"}, 2, "postgres: "},
		"PostgreSQL, percent":  {[]string{"tables", "postgres://ada:secret%zz@host/x"}, 2, "postgres: "},
		"MySQL, no parameter":  {[]string{"tables", "mysql://ada:secret@host/x?timeout=soon"}, 2, "mysql: "},
		"help on no command":   {[]string{"help", "x"}, 2, `no command "x"`},
		"options of the other": {[]string{"stat", "-format", "csv", p.address}, 2, "-format"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := command(test.args...)
			require.Equal(t, test.status, status, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.says)
			require.NotContains(t, stderr, "secret")
		})
	}
	require.NoFileExists(t, none)
}

// TestVanishing checks that a table which is dropped after it was listed is passed over, and is an
// error where it was asked for.
func TestVanishing(t *testing.T) {
	p := library(t)
	d, err := open(t.Context(), p.address)
	require.NoError(t, err)
	defer d.Close()
	table, err := d.joinTable(t.Context(), "", "tags", nil)
	require.NoError(t, err)
	d.catalog = &catalog{"SELECT 'tags' WHERE ? = '' UNION SELECT 'members'", sqliteCatalog.references}
	p.exec(t, "DROP TABLE tags")
	require.Error(t, d.measure(t.Context(), table))
	require.ErrorIs(t, d.unlessGone(t.Context(), "", "tags", sql.ErrNoRows), errGone)
	require.ErrorIs(t, d.unlessGone(t.Context(), "", "members", sql.ErrNoRows), sql.ErrNoRows)
	tables, err := d.joinTables(t.Context(), &choice{})
	require.NoError(t, err)
	require.Len(t, tables, 1)
	_, err = d.joinTables(t.Context(), &choice{table: "tags"})
	require.ErrorIs(t, err, errGone)
}

// TestHelp checks that all commands have a text, whose lines fit on a screen.
func TestHelp(t *testing.T) {
	texts := []string{succeed(t, "help"), succeed(t, "version")}
	for _, c := range subcommands {
		text := succeed(t, "help", c.name)
		require.Equal(t, text, succeed(t, c.name, "-h"))
		require.Contains(t, text, "usage: junction-sql "+c.name)
		require.Contains(t, texts[0], "\n  "+c.name+" ADDRESS")
		texts = append(texts, text)
	}
	for _, text := range texts {
		for line := range strings.Lines(text) {
			require.LessOrEqual(t, len(line), 81, line)
		}
	}
}

// TestInterrupt checks that a command which is interrupted says so.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, 1, run(ctx, []string{"tables", library(t).address}, &out, &errs))
	require.Equal(t, "junction-sql: interrupted\n", errs.String())
}

// TestWAL checks that a database in the mode of most programs can be looked at, while one has it
// open and afterwards, and that nothing is left behind.
func TestWAL(t *testing.T) {
	p := library(t)
	p.exec(t, "PRAGMA journal_mode = WAL")
	want := succeed(t, "tables", p.address)
	p.exec(t, "INSERT INTO tags VALUES (2, 2)")
	require.NotEqual(t, want, succeed(t, "tables", p.address))
	require.NoError(t, p.db.Close())
	require.NotEqual(t, want, succeed(t, "tables", p.address))
	files, err := filepath.Glob(p.dsn + "*")
	require.NoError(t, err)
	require.Equal(t, []string{p.dsn}, files)
}

// TestForbidden checks that a table that may not be read is listed with the reason, and does not
// keep the others from being listed.
func TestForbidden(t *testing.T) {
	p := inPostgres(t)
	user := newName()
	p.exec(t, "CREATE ROLE "+user+" LOGIN")
	t.Cleanup(func() { p.exec(t, "DROP OWNED BY "+user+"; DROP ROLE "+user) })
	p.exec(t, "CREATE TABLE a (l bigint, r bigint, PRIMARY KEY (l, r)); CREATE TABLE b (l bigint, r bigint, PRIMARY KEY (l, r))")
	p.exec(t, "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO "+user+"', current_schema()); END $$; GRANT SELECT ON b TO "+user)
	u, err := url.Parse(p.address)
	require.NoError(t, err)
	u.User = url.User(user)
	d, err := open(t.Context(), u.String())
	require.NoError(t, err)
	defer d.Close()
	tables, err := d.joinTables(t.Context(), &choice{})
	require.NoError(t, err)
	require.Len(t, tables, 2)
	require.Equal(t, "no", tables[0].opens())
	require.ErrorContains(t, tables[0].writing, "permission denied")
	require.Equal(t, "write", tables[1].opens())
}
