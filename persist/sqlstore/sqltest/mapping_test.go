package sqltest

import (
	"cmp"
	"context"
	"database/sql"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// sample is a relation of a text and an integer in a table of columns l, r and n.
type sample = junction.ManyToMany[string, int64, int64]

var sampleTable = sqlstore.Table{Relation: "sample", Left: "l", Right: "r", Through: "n"}

// newSample returns a graph of that relation, which is not open.
func (e *engine) newSample(db *sql.DB, configure ...func(*sqlstore.Store)) *sample {
	store := sqlstore.New(db, e.dialect, sampleTable)
	for _, c := range configure {
		c(store)
	}
	return junction.Relate[string, int64, int64](junction.NewGraph(&junction.Options{Store: store}), "sample")
}

func readOnly(s *sqlstore.Store) { s.ReadOnly = true }

// hasMeta reports whether there is a meta table.
func hasMeta(db *sql.DB) bool {
	var n int
	return db.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM junction_meta").Scan(&n) == nil
}

// misfit is a table that does not fit the relation sample, and what the error must say of it,
// besides its name.
type misfit struct {
	name string
	sql  []string
	says []string // nothing if it fits
}

var misfits = []misfit{
	{"no table", nil, []string{"there is no table sample", `relation "sample"`, "Store.Create"}},
	{"no column", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, m {int}, PRIMARY KEY (l, r))`}, []string{`column "n"`, "is missing", "INT"}},
	{"another case", []string{`CREATE TABLE sample (l {key} NOT NULL, "R" {int} NOT NULL, n {int}, PRIMARY KEY (l, "R"))`}, []string{`column "r"`, `there is "R"`}},
	{"another type", []string{`CREATE TABLE sample (l {key} NOT NULL, r {float} NOT NULL, n {int}, PRIMARY KEY (l, r))`}, []string{`column "r"`, "int64", "integer|bigint|int8", "real|double"}},
	{"another type of value", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, n {text}, PRIMARY KEY (l, r))`}, []string{`column "n"`, "text"}},
	{"no index", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, n {int})`}, []string{"unique index over (l, r)", "have none"}},
	{"an index that is not unique", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, n {int})`, `CREATE INDEX i ON sample (l, r)`}, []string{"have none"}},
	{"an index of more columns", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r, n))`}, []string{`column "l", column "r", column "n": there may be several rows`}},
	{"an index of one column", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, n {int}, PRIMARY KEY (l))`}, []string{"have none"}},
	{"a column nobody fills", []string{`CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, n {int}, more {int} NOT NULL, PRIMARY KEY (l, r))`}, []string{`column "more"`, "NOT NULL", "no default"}},
	{"several at once", []string{`CREATE TABLE sample (l {int} NOT NULL, r {int}, n {int}, more {int} NOT NULL)`}, []string{`column "l"`, `column "more"`, "have none"}},
	{"another order, and more", []string{`CREATE TABLE sample (n {int}, more {int} NOT NULL DEFAULT 7, r {int} NOT NULL, also {text}, l {key} NOT NULL, PRIMARY KEY (r, l))`}, nil},
	{"a unique index", []string{`CREATE TABLE sample (id {int} NOT NULL DEFAULT 1, l {key} NOT NULL, r {int} NOT NULL, n {int})`, `CREATE UNIQUE INDEX i ON sample (l, r)`}, nil},
}

// misfitsOf are those of one database.
var misfitsOf = map[*engine][]misfit{
	sqliteEngine: {
		{"a computed column", []string{`CREATE TABLE sample (l TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER AS (r + 1), PRIMARY KEY (l, r))`}, []string{`column "n"`, "computed", "ReadOnly"}},
		{"a stored one", []string{`CREATE TABLE sample (l TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER AS (r + 1) STORED, PRIMARY KEY (l, r))`}, []string{`column "n"`, "computed"}},
		{"another computed one", []string{`CREATE TABLE sample (l TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER, more INTEGER NOT NULL AS (n + 1), PRIMARY KEY (l, r))`}, nil},
		{"only some rows", []string{`CREATE TABLE sample (l TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER)`, `CREATE UNIQUE INDEX i ON sample (l, r) WHERE n > 0`}, []string{"have none"}},
		{"an expression", []string{`CREATE TABLE sample (l TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER)`, `CREATE UNIQUE INDEX i ON sample (lower(l), r)`}, []string{"have none"}},
		{"NOCASE", []string{`CREATE TABLE sample (l TEXT COLLATE NOCASE NOT NULL, r INTEGER NOT NULL, n INTEGER, PRIMARY KEY (l, r))`}, []string{`column "l"`, "NOCASE", "BINARY"}},
		{"RTRIM, of the index", []string{`CREATE TABLE sample (l TEXT NOT NULL, r INTEGER NOT NULL, n INTEGER)`, `CREATE UNIQUE INDEX i ON sample (l COLLATE RTRIM, r)`}, []string{`column "l"`, "RTRIM"}},
		{"a view", []string{`CREATE VIEW sample AS SELECT 'a' AS l, 1 AS r, 1 AS n`}, []string{"have none"}},
		{"NOCASE, but for the index", []string{`CREATE TABLE sample (l TEXT COLLATE NOCASE NOT NULL, r INTEGER NOT NULL, n INTEGER)`, `CREATE UNIQUE INDEX i ON sample (l COLLATE BINARY, r)`}, []string{`column "l"`, "a collation", "BINARY"}},
	},
	postgresEngine: {
		{"a computed column", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint GENERATED ALWAYS AS (r + 1) STORED, PRIMARY KEY (l, r))`}, []string{`column "n"`, "computed", "ReadOnly"}},
		{"a sequence", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (l, r))`}, []string{`column "n"`, "computed"}},
		{"a sequence by default", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint GENERATED BY DEFAULT AS IDENTITY, PRIMARY KEY (l, r))`}, nil},
		{"another computed one", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint, more bigint NOT NULL GENERATED ALWAYS AS (n + 1) STORED, PRIMARY KEY (l, r))`}, nil},
		{"bpchar", []string{`CREATE TABLE sample (l bpchar NOT NULL, r bigint NOT NULL, n bigint, PRIMARY KEY (l, r))`}, nil},
		{"only some rows", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint)`, `CREATE UNIQUE INDEX i ON sample (l, r) WHERE n > 0`}, []string{"have none"}},
		{"an expression", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint)`, `CREATE UNIQUE INDEX i ON sample (lower(l), r)`}, []string{"have none"}},
		{"at the end of a transaction", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint, UNIQUE (l, r) DEFERRABLE)`}, []string{"have none"}},
		{"columns beside", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint)`, `CREATE UNIQUE INDEX i ON sample (l) INCLUDE (r)`}, []string{"have none"}},
		{"two and one beside", []string{`CREATE TABLE sample (l text NOT NULL, r bigint NOT NULL, n bigint)`, `CREATE UNIQUE INDEX i ON sample (l, r) INCLUDE (n)`}, nil},
		{"a nondeterministic collation", []string{`CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`,
			`CREATE TABLE sample (l text COLLATE folded NOT NULL, r bigint NOT NULL, n bigint, PRIMARY KEY (l, r))`}, []string{`column "l"`, "deterministic"}},
		{"numeric", []string{`CREATE TABLE sample (l text NOT NULL, r numeric NOT NULL, n bigint, PRIMARY KEY (l, r))`}, []string{`column "r"`, "want int8 or int4 or int2, have numeric"}},
		{"a view", []string{`CREATE VIEW sample AS SELECT 'a'::text AS l, 1::bigint AS r, 1::bigint AS n`}, []string{"have none"}},
	},
	mysqlEngine: {
		{"a computed column", []string{`CREATE TABLE sample (l {key} NOT NULL, r BIGINT NOT NULL, n BIGINT AS (r + 1), PRIMARY KEY (l, r))`}, []string{`column "n"`, "computed", "ReadOnly"}},
		{"a stored one", []string{`CREATE TABLE sample (l {key} NOT NULL, r BIGINT NOT NULL, n BIGINT AS (r + 1) STORED, PRIMARY KEY (l, r))`}, []string{`column "n"`, "computed"}},
		{"a collation without case", []string{`CREATE TABLE sample (l VARCHAR(99) COLLATE utf8mb4_unicode_ci NOT NULL, r BIGINT NOT NULL, n BIGINT, PRIMARY KEY (l, r))`}, nil},
		{"a collation that pads", []string{`CREATE TABLE sample (l VARCHAR(99) COLLATE utf8mb4_bin NOT NULL, r BIGINT NOT NULL, n BIGINT, PRIMARY KEY (l, r))`}, nil},
		{"parts of a text", []string{`CREATE TABLE sample (l {key} NOT NULL, r BIGINT NOT NULL, n BIGINT, UNIQUE (l(5), r))`}, []string{"have none"}},
		{"the two and parts of another", []string{`CREATE TABLE sample (l {key} NOT NULL, r BIGINT NOT NULL, n BIGINT, more {key}, UNIQUE (l, r, more(5)))`}, []string{`column "r", an expression`, "if an expression tells its rows apart"}},
		{"a view", []string{`CREATE VIEW sample AS SELECT CAST('a' AS BINARY) AS l, CAST(1 AS SIGNED) AS r, CAST(1 AS SIGNED) AS n`}, []string{"have none"}},
	},
}

// TestMisfits holds that a table which does not fit its relation is refused when the graph is
// opened, by table, column, what it must be and what it is, and that nothing is written then.
func TestMisfits(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, m := range append(misfitsOf[e], misfits...) {
			t.Run(m.name, func(t *testing.T) { testMisfit(t, e, m) })
		}
	})
}

func testMisfit(t *testing.T, e *engine, m misfit) {
	db, _ := e.open(t)
	e.exec(t, db, m.sql...)
	read := 0
	s := e.newSample(db, func(s *sqlstore.Store) { s.Progress = func(sqlstore.Table, int) { read++ } })
	err := s.Graph().Open(t.Context())
	if m.says == nil {
		require.NoError(t, err)
		closeAtEnd(t, s.Graph())
		for range 2 { // the second time there is one
			_, err = s.Add("a", 1, 2)
			require.NoError(t, err)
		}
		require.Equal(t, 1, count(t, db, e.sql(`SELECT COUNT(*) FROM sample WHERE l = 'a' AND r = 1 AND n = 2`)))
		return
	}
	require.ErrorIs(t, err, persist.ErrSchema)
	for _, part := range append(m.says, "sample") {
		require.Regexp(t, "(?i)"+quoteMeta(part), err.Error())
	}
	require.Zero(t, read, "rows were read")
	require.False(t, hasMeta(db), "something was written")
}

// TestView holds that a view can be opened to be read, though the database does not say of its
// columns that they are not NULL.
func TestView(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE base (l {key} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r))`, `INSERT INTO base VALUES ('a', 1, 2), ('b', 1, 3)`,
			`CREATE VIEW sample AS SELECT l, r, n FROM base WHERE n > 2`)
		s := e.newSample(db, readOnly)
		require.NoError(t, s.Graph().Open(t.Context()))
		closeAtEnd(t, s.Graph())
		require.Equal(t, 1, s.Len())
		require.True(t, s.Has("b", 1))
		_, err := s.Add("c", 1, 1)
		require.ErrorIs(t, err, sqlstore.ErrReadOnly)
		require.False(t, hasMeta(db))
	})
}

// TestBlankPadded holds that a text without a length that ends with a space, which the database
// does not see, is refused, and others are taken as they are.
func TestBlankPadded(t *testing.T) {
	db, _ := postgresEngine.open(t)
	mustExec(t, db, `CREATE TABLE sample (l bpchar NOT NULL, r bigint NOT NULL, n bigint, PRIMARY KEY (l, r))`)
	s := postgresEngine.newSample(db)
	require.NoError(t, s.Graph().Open(t.Context()))
	closeAtEnd(t, s.Graph())
	for _, l := range []string{"", "a", "as long as it likes"} {
		_, err := s.Add(l, 1, 2)
		require.NoError(t, err)
	}
	_, err := s.Add("a ", 1, 2)
	require.ErrorIs(t, err, persist.ErrRefused)
	require.ErrorContains(t, err, "ends with a space")
	_, err = s.Remove("a", 1)
	require.NoError(t, err)
	require.Equal(t, 2, count(t, db, `SELECT COUNT(*) FROM sample`))
}

// TestTimeKeysOfSQLite holds that a time as key which another program has written in another form
// is refused by name of row and column, since its row would not be found to be deleted.
func TestTimeKeysOfSQLite(t *testing.T) {
	at := time.Date(2024, 2, 29, 12, 0, 0, 1, time.UTC)
	for _, typ := range []string{"TIMESTAMP", "DATETIME", "TEXT"} {
		db, _ := sqliteEngine.open(t)
		mustExec(t, db, `CREATE TABLE x (l INTEGER NOT NULL, r `+typ+` NOT NULL, PRIMARY KEY (l, r))`)
		open := func() (*junction.ManyToMany[int64, time.Time, struct{}], error) {
			g := junction.NewGraph(&junction.Options{Store: sqlstore.New(db, sqlstore.Detect, sqlstore.Table{Relation: "x", Left: "l", Right: "r"})})
			return junction.RelateFunc[int64, time.Time, struct{}](g, "x", cmp.Compare[int64], time.Time.Compare), g.Open(t.Context())
		}
		m, err := open()
		require.NoError(t, err)
		must(m.Add(1, at, struct{}{}))
		must(m.Add(2, at, struct{}{}))
		require.NoError(t, m.Graph().Close())
		m, err = open()
		require.NoError(t, err)
		require.True(t, m.Has(1, at))
		must(m.Remove(1, at))
		require.NoError(t, m.Graph().Close())
		require.Equal(t, 1, count(t, db, `SELECT COUNT(*) FROM x`))
		for _, other := range []any{"2024-02-29 12:00:00", "2024-02-29T12:00:00.000000001Z", "2024-02-29 13:00:00.000000001+01:00", "today", 1709208000} {
			mustExec(t, db, `INSERT INTO x VALUES (7, ?)`, other)
			_, err = open()
			require.ErrorIs(t, err, persist.ErrRow)
			require.ErrorContains(t, err, "row (7, ")
			require.ErrorContains(t, err, `column "r"`)
			mustExec(t, db, `DELETE FROM x WHERE l = 7`)
		}
	}
}

// TestMySQLSession holds that a session is refused in which the server would cut values, or change
// times with its time zone.
func TestMySQLSession(t *testing.T) {
	e := mysqlEngine
	db, address := e.open(t)
	e.exec(t, db, makeLikes, `CREATE TABLE stamped (l BIGINT NOT NULL, r BIGINT NOT NULL, n TIMESTAMP(6) NOT NULL, PRIMARY KEY (l, r))`)
	loose := dial(t, "mysql", withMySQL(t, address, "sql_mode", "'NO_ENGINE_SUBSTITUTION'"))
	err := e.newLikes(loose).Graph().Open(t.Context())
	require.ErrorIs(t, err, persist.ErrSchema)
	require.ErrorContains(t, err, "STRICT_ALL_TABLES")
	require.False(t, hasMeta(db))
	require.NoError(t, e.newLikes(loose, readOnly).Graph().Open(t.Context()), "to read, it is fine")

	open := func(zone string) error {
		store := sqlstore.New(dial(t, "mysql", withMySQL(t, address, "time_zone", zone)), sqlstore.Detect, sqlstore.Table{Relation: "stamped", Left: "l", Right: "r", Through: "n"})
		m, err := junction.Open[int64, int64, sql.NullTime](t.Context(), "stamped", store)
		if err == nil {
			closeAtEnd(t, m.Graph())
		}
		return err
	}
	err = open("'+02:00'")
	require.ErrorIs(t, err, persist.ErrSchema)
	require.ErrorContains(t, err, "'+00:00'")
	require.NoError(t, open("'+00:00'"))
}

// quoteMeta is regexp.QuoteMeta, but that | stands for what one database says or another.
func quoteMeta(text string) string { return strings.ReplaceAll(regexp.QuoteMeta(text), `\|`, "|") }
