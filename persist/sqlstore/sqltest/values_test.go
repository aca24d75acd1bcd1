package sqltest

import (
	"database/sql"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// openX returns a relation in the table x of columns l, r and, of a scalar, n.
func openX[A, B interface{ ~int64 | ~string }, T any](t *testing.T, db *sql.DB, e *engine) (*junction.ManyToMany[A, B, T], error) {
	table := sqlstore.Table{Relation: "x", Left: "l", Right: "r"}
	if reflect.TypeFor[T]().Kind() != reflect.Struct {
		table.Through = "n"
	}
	m, err := junction.Open[A, B, T](t.Context(), "x", newStore(db, e, table))
	if err == nil {
		closeAtEnd(t, m.Graph())
	}
	return m, err
}

// settled holds that the graph is as the table, and that a graph which is opened anew has the same
// edges.
func settled[A, B interface{ ~int64 | ~string }, T any](t *testing.T, db *sql.DB, e *engine, m *junction.ManyToMany[A, B, T]) {
	t.Helper()
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c, "a refresh finds what was written")
	again, err := openX[A, B, T](t, db, e)
	require.NoError(t, err)
	require.Equal(t, m.Len(), again.Len())
	for edge := range m.Edges() {
		through, ok := again.Get(edge.Left, edge.Right)
		require.True(t, ok, "%v, %v", edge.Left, edge.Right)
		require.Equal(t, edge.Through, through)
	}
}

var texts = []string{"", " ", "a ", "a", "A", "á", `'"` + "`", `\`, `\N`, "NULL", "{}", "\n\r\t", "🙂", "?", "$1", "%s", "a\u0301", "\ufffd", "\u2028", strings.Repeat("x", 255)}

// TestTexts holds that any text comes back as it was, as a key and as a value, and that a NUL is
// kept, or refused by row and column.
func TestTexts(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		m, err := openX[string, string, string](t, db, e)
		require.NoError(t, err)
		for _, s := range texts {
			must(m.Add(s, s, s+strings.Repeat(s, 300)))
		}
		must(m.Add("long", "", strings.Repeat("ä", 64<<10)))
		for _, keyed := range []bool{true, false} {
			key, value := "plain", "a\x00b"
			if keyed {
				key, value = value, key
			}
			_, err := m.Add("row", key, value)
			if !e.noNUL {
				require.NoError(t, err)
				continue
			}
			require.ErrorIs(t, err, persist.ErrRefused)
			require.ErrorContains(t, err, `table x, row ("row", `)
			require.ErrorContains(t, err, "NUL")
			require.False(t, m.Has("row", key))
		}
		if _, err = m.Add("row", "\xff", ""); e.dialect == sqlstore.SQLite {
			require.NoError(t, err, "it keeps any bytes")
		} else {
			require.ErrorIs(t, err, persist.ErrRefused)
		}
		settled(t, db, e, m)
		for _, s := range texts {
			must(m.Remove(s, s))
		}
		settled(t, db, e, m)
	})
}

// numbers are the values of a row that are hard to keep.
type numbers struct {
	Int   int64
	Uint  uint64
	Float float64
	Small float32
	Time  time.Time
	Maybe *float64
}

// TestNumbers holds that the outermost values come back as they were, and that one which no column
// holds is refused.
func TestNumbers(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		m, err := openX[int64, int64, numbers](t, db, e)
		require.NoError(t, err)
		must(m.Add(math.MinInt64, math.MaxInt64, numbers{math.MinInt64, math.MaxInt64, math.MaxFloat64, math.MaxFloat32, time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC), nil}))
		must(m.Add(0, -1, numbers{math.MaxInt64, 0, 5e-324, math.SmallestNonzeroFloat32, time.Date(1000, 1, 1, 0, 0, 0, 1000, time.UTC), new(0.1)}))
		must(m.Add(1<<53+1, 0, numbers{1<<53 + 1, 1<<53 + 1, math.Nextafter(1, 2), 0.1, time.Unix(0, 0).UTC(), new(-math.MaxFloat64)}))
		_, err = m.Add(1, 1, numbers{Float: math.Inf(-1), Maybe: new(math.Inf(1)), Time: time.Unix(0, 0).UTC()})
		if e == mysqlEngine {
			require.ErrorIs(t, err, persist.ErrRefused, "it has no infinity")
		} else {
			require.NoError(t, err)
		}
		_, err = m.Add(2, 2, numbers{Uint: math.MaxInt64 + 1})
		require.ErrorIs(t, err, junction.ErrValue)
		_, err = m.Add(2, 2, numbers{Float: math.NaN()})
		require.ErrorIs(t, err, junction.ErrValue)
		require.False(t, m.Has(2, 2))
		settled(t, db, e, m)
	})
}

// TestUnfitRows checks that a row that cannot be an edge is refused when it is read, by table, row
// and column, with what is there and what is wanted, and that nobody is told of damage.
func TestUnfitRows(t *testing.T) {
	const table = `CREATE TABLE x (l {key} NOT NULL, r {int} NOT NULL, n {int}, PRIMARY KEY (l, r))`
	on(t, func(t *testing.T, e *engine) {
		tests := map[string][]string{"NULL": {table, `INSERT INTO x VALUES ('a', 1, 2), ('b', 7, NULL)`}}
		if e.dialect == sqlstore.SQLite {
			tests["text for a key"] = []string{table, `INSERT INTO x VALUES ('a', 1, 2), ('b', '7x', 2)`}
			tests["bytes for a key"] = []string{table, `INSERT INTO x VALUES ('a', 1, 2), (x'62', 7, 2)`}
			tests["text for a value"] = []string{table, `INSERT INTO x VALUES ('a', 1, 2), ('b', 7, 'two')`}
		}
		for name, statements := range tests {
			t.Run(name, func(t *testing.T) {
				db, _ := e.open(t)
				e.exec(t, db, statements...)
				_, err := openX[string, int64, int64](t, db, e)
				require.ErrorIs(t, err, persist.ErrRow)
				require.Regexp(t, `table x, row \("b", "?7x?"?\): column "[lrn]", of (string|int64) values, has `, err.Error())
				require.NotContains(t, err.Error(), "damaged")
			})
		}
		t.Run("NULL for a key, in a view", func(t *testing.T) {
			db, _ := e.open(t)
			e.exec(t, db, table, `INSERT INTO x VALUES ('a', 1, 2)`, `CREATE VIEW sample AS SELECT NULLIF(l, 'a') AS l, r, n FROM x`)
			err := e.newSample(db, readOnly).Graph().Open(t.Context())
			require.ErrorIs(t, err, persist.ErrRow)
			require.ErrorContains(t, err, `table sample, row (NULL, 1): column "l", of string values, has NULL`)
		})
	})
}

// narrow has columns that hold less than Go's types.
type narrow struct {
	Small int64
	Short string
	At    time.Time
}

// TestNarrow holds that a value which a column does not hold is refused by row and column, rounded
// and cut in nothing, that the graph is as before, and that it goes on; and that columns which the
// relation does not know keep their values.
func TestNarrow(t *testing.T) {
	noon := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	onServers(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		at := map[*engine]string{postgresEngine: "timestamp(3)", mysqlEngine: "DATETIME(3)"}[e]
		e.exec(t, db, `CREATE TABLE x (more {int} NOT NULL DEFAULT 5, l VARCHAR(3) `+map[*engine]string{mysqlEngine: "COLLATE " + mysqlCollation()}[e]+
			` NOT NULL, r SMALLINT NOT NULL, small SMALLINT NOT NULL, short VARCHAR(3) NOT NULL, at `+at+` NOT NULL, PRIMARY KEY (l, r))`)
		m, err := openX[string, int64, narrow](t, db, e)
		require.NoError(t, err)
		must(m.Add("äöü", 1, narrow{math.MinInt16, "äö ", noon.Add(time.Millisecond)}))
		mustExec(t, db, "UPDATE x SET more = 6")
		for column, row := range map[string]struct {
			l string
			r int64
			v narrow
		}{
			"small":  {"a", 1, narrow{1 << 15, "", noon}},
			"short":  {"a", 2, narrow{0, "abcd", noon}},
			"short ": {"a", 3, narrow{0, "abc ", noon}},
			"at":     {"a", 4, narrow{0, "", noon.Add(time.Microsecond)}},
			"l":      {"abc ", 5, narrow{0, "", noon}},
			"r":      {"a", -1<<15 - 1, narrow{0, "", noon}},
		} {
			_, err := m.Add(row.l, row.r, row.v)
			require.ErrorIs(t, err, persist.ErrRefused, column)
			require.ErrorContains(t, err, fmt.Sprintf("table x, row (%q, %d), column %q", row.l, row.r, strings.TrimSpace(column)))
			require.Equal(t, 1, m.Len())
		}
		must(m.Add("äöü", 1, narrow{1, "b", noon}))
		must(m.Add("c", 1, narrow{1, "b", noon}))
		settled(t, db, e, m)
		require.Equal(t, 11, count(t, db, "SELECT SUM(more) FROM x"), "the columns of others")
	})
}

// TestSessions holds that times are the same instants whatever the session's time zone and the
// driver's settings.
func TestSessions(t *testing.T) {
	type times struct {
		Plain, Zoned time.Time
		Maybe        sql.NullTime
	}
	at := time.Date(2024, 3, 10, 2, 30, 0, 123456000, time.UTC) // in New York, this time of the clock does not exist
	addresses := map[*engine]func(address string) []string{
		postgresEngine: func(a string) []string {
			return []string{a, withPostgres(t, a, "timezone", "America/New_York"), withPostgres(t, a, "timezone", "Asia/Kathmandu")}
		},
		mysqlEngine: func(a string) []string {
			parsed := withMySQL(t, a, "parseTime", "true")
			return []string{a, parsed, withMySQL(t, parsed, "loc", "America/New_York"), withMySQL(t, withMySQL(t, parsed, "loc", "Asia/Kathmandu"), "interpolateParams", "true")}
		},
	}
	onServers(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		plain := map[*engine]string{postgresEngine: "timestamp", mysqlEngine: "DATETIME(6)"}[e]
		e.exec(t, db, `CREATE TABLE x (l {int} NOT NULL, r {int} NOT NULL, plain `+plain+` NOT NULL, zoned {time} NOT NULL, maybe `+plain+`, PRIMARY KEY (l, r))`)
		for n, address := range addresses[e](address) {
			db := dial(t, e.driver, address)
			m, err := openX[int64, int64, times](t, db, e)
			require.NoError(t, err, address)
			must(m.Add(int64(n), 0, times{at, at, sql.NullTime{Time: at, Valid: true}}))
			must(m.Add(int64(n), 1, times{at, at, sql.NullTime{}}))
			for edge := range m.Edges() {
				require.True(t, at.Equal(edge.Through.Plain) && at.Equal(edge.Through.Zoned), "%v by %s", edge, address)
				require.Equal(t, edge.Right == 0, edge.Through.Maybe.Valid)
				require.True(t, edge.Right == 1 || at.Equal(edge.Through.Maybe.Time), "%v by %s", edge, address)
			}
			c, err := m.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Zero(t, c)
		}
		require.Equal(t, 1, count(t, db, "SELECT COUNT(DISTINCT plain) FROM x"))
	})
}

// TestPostgresTypes holds that columns of domains, enums, characters of fixed length and UUIDs work
// as keys, with keys as text and as bytes.
func TestPostgresTypes(t *testing.T) {
	e := postgresEngine
	const id = "0a313233-3435-3637-3839-61626364656f"
	for name, test := range map[string]struct {
		typ, good, bad string
	}{
		"a domain":       {"code", "ab", "abc"},
		"an enum":        {`"Mo'od"`, "it's", "other"},
		"characters":     {"char(2)", "äb", "ä"},
		"a UUID":         {"uuid", id, strings.ToUpper(id)},
		"citext, if any": {"text", "a", "a\x00"},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := e.open(t)
			e.exec(t, db, `CREATE DOMAIN code AS varchar(2)`, `CREATE TYPE "Mo'od" AS ENUM ('z', 'it''s')`, `CREATE TABLE x (l `+test.typ+` NOT NULL, r bigint NOT NULL, n bigint, PRIMARY KEY (l, r))`)
			m, err := openX[string, int64, int64](t, db, e)
			require.NoError(t, err)
			must(m.Add(test.good, 1, 1))
			must(m.Add(test.good, 2, 1))
			must(m.Remove(test.good, 1))
			must(m.Add(test.good, 2, 2))
			_, err = m.Add(test.bad, 1, 1)
			require.ErrorIs(t, err, persist.ErrRefused)
			settled(t, db, e, m)
		})
	}
}

// TestUUIDs holds that keys of 16 bytes are kept in columns of UUIDs.
func TestUUIDs(t *testing.T) {
	type id [16]byte
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE x (l {uuid} NOT NULL, r {int} NOT NULL, PRIMARY KEY (l, r))`)
		open := func() *junction.ManyToMany[id, int64, struct{}] {
			g := junction.NewGraph(&junction.Options{Store: newStore(db, e, sqlstore.Table{Relation: "x", Left: "l", Right: "r"})})
			m := junction.Relate[id, int64, struct{}](g, "x")
			require.NoError(t, g.Open(t.Context()))
			closeAtEnd(t, g)
			return m
		}
		m := open()
		for n := range byte(20) {
			must(m.Add(id{n, 0xff, '\\', 0}, 1, struct{}{}))
		}
		must(m.Left(id{1, 0xff, '\\', 0}).Clear())
		c, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Zero(t, c)
		require.Equal(t, 19, open().Len())
		require.Zero(t, count(t, db, e.sql(`SELECT COUNT(*) FROM x WHERE l = '01ff5c00-0000-0000-0000-000000000000'`)))
		require.Equal(t, 1, count(t, db, e.sql(`SELECT COUNT(*) FROM x WHERE l = '02ff5c00-0000-0000-0000-000000000000'`)))
	})
}
