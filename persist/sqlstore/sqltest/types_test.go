package sqltest

import (
	"cmp"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// typed is a column of a type that is natural for a Go type, and values of this type.
type typed interface {
	test(t *testing.T, e *engine)
}

// values are those of one Go type: the good ones come back as they were written, the bad ones are
// refused.
type values[T any] struct {
	typ       string
	good, bad []T
}

func (v values[T]) test(t *testing.T, e *engine) {
	db, _ := e.open(t)
	if e.dialect == sqlstore.Postgres {
		mustExec(t, db, `CREATE TYPE mood AS ENUM ('z', 'it''s')`)
	}
	e.exec(t, db, `CREATE TABLE x (l {int} NOT NULL, r {int} NOT NULL, n `+v.typ+` NOT NULL, PRIMARY KEY (l, r))`)
	open := func() *junction.ManyToMany[int64, int64, T] {
		m, err := junction.Open[int64, int64, T](t.Context(), "x", sqlstore.New(db, e.dialect, sqlstore.Table{Relation: "x", Left: "l", Right: "r", Through: "n"}))
		require.NoError(t, err)
		return m
	}
	m := open()
	for i, value := range v.good {
		must(m.Add(1, int64(i), value))
		must(m.Add(2, int64(i), v.good[0]))
		must(m.Add(2, int64(i), value))
	}
	for _, value := range v.bad {
		_, err := m.Add(3, 1, value)
		require.ErrorIs(t, err, persist.ErrRefused, "%v", value)
		require.ErrorContains(t, err, "x")
	}
	must(m.AddAll(func(yield func(edge[int64, int64, T]) bool) {
		for r := range int64(1200) { // in one statement, and by COPY
			if !yield(edge[int64, int64, T]{Left: 4, Right: r, Through: v.good[r%int64(len(v.good))]}) {
				return
			}
		}
	}))
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c, "a refresh finds what was written")
	before := map[int64]T{}
	for r, value := range m.Left(2).All() {
		before[r] = value
	}
	require.NoError(t, m.Graph().Close())
	m = open()
	require.Equal(t, 1200+2*len(v.good), m.Len())
	for r, value := range m.Left(2).All() {
		require.Equal(t, inUTC(before[r]), inUTC(value))
	}
	require.NoError(t, m.Graph().Close())
}

// inUTC returns a value with its time in UTC, if it is one of a type that speaks for itself.
func inUTC(v any) any {
	if maybe, ok := v.(sql.NullTime); ok {
		return maybe.Time.UTC()
	}
	return v
}

var (
	day     = time.Date(2024, 2, 29, 0, 0, 0, 0, time.UTC)
	dates   = []time.Time{day, day.AddDate(-2000, 0, 0), day.AddDate(7975, 0, 0)}
	middays = []time.Time{day.Add(12 * time.Hour), day.Add(time.Nanosecond)}
	floats  = []float64{0, 0.1, -12.5, 1 << 53, 99999999.99}
)

var typesOf = map[*engine]map[string]typed{
	postgresEngine: {
		"date":                values[time.Time]{"date", dates, middays},
		"date, or NULL":       values[sql.NullTime]{"date", []sql.NullTime{{Time: day, Valid: true}}, []sql.NullTime{{Time: middays[0], Valid: true}}},
		"numeric(10,2)":       values[string]{"numeric(10,2)", []string{"0.00", "-12.50", "99999999.99"}, []string{"1.5", "x", "", "+1.00", "123456789.00"}},
		"numeric":             values[string]{"numeric", []string{"0", "1.2300", "123456789012345678901234567890.1"}, []string{"1e3", "01"}},
		"numeric, as float":   values[float64]{"numeric", append([]float64{1e300, 5e-324}, floats...), nil},
		"numeric(20,2) float": values[float64]{"numeric(20,2)", floats, []float64{0.125, 1e20}},
		"enum":                values[string]{"mood", []string{"z", "it's"}, []string{"other"}},
		"text[]":              values[pq.StringArray]{"text[]", []pq.StringArray{{}, {"a", `b"\{},' `, ""}, {"NULL"}}, nil},
		"bigint[]":            values[pq.Int64Array]{"bigint[]", []pq.Int64Array{{}, {1, -2}}, nil},
		"inet":                values[string]{"inet", []string{"10.0.0.1", "10.0.0.1/8", "2001:db8::1"}, []string{"10.0.0", "10.0.0.1/32"}},
		"cidr":                values[string]{"cidr", []string{"10.0.0.0/8", "10.0.0.1/32"}, []string{"10.0.0.1/8"}},
		"macaddr":             values[string]{"macaddr", []string{"08:00:2b:01:02:03"}, []string{"08:00:2B:01:02:03"}},
		"interval":            values[string]{"interval", []string{"1 year 2 mons 3 days 04:05:06.5", "-1 days", "00:00:00", "1 mon -1 days", "-00:00:01"}, []string{"90 minutes", ""}},
		"time":                values[string]{"time", []string{"04:05:06", "23:59:59.999999"}, []string{"4:05", "25:00:00"}},
	},
	mysqlEngine: {
		"date":              values[time.Time]{"DATE", []time.Time{day, day.AddDate(7975, 0, 0)}, middays},
		"decimal":           values[string]{"DECIMAL(10,2)", []string{"0.00", "-12.50", "99999999.99"}, []string{"1.5", "x", "123456789.00"}},
		"decimal, as float": values[float64]{"DECIMAL(20,2)", floats[:1:1], []float64{0.125}},
		"floats":            values[float64]{"DECIMAL(20,4)", floats, []float64{0.00001}},
		"enum":              values[string]{"ENUM('z', 'it''s')", []string{"z", "it's"}, []string{"Z", "other", ""}},
		"set":               values[string]{"SET('a', 'b', 'c')", []string{"", "a", "a,c"}, []string{"c,a", "A", "d"}},
		"year":              values[int16]{"YEAR", []int16{0, 1901, 2155}, []int16{1, 1900, 2156}},
	},
	sqliteEngine: {
		"decimal":  values[string]{"DECIMAL(10,2)", []string{"0", "-12.5", "7"}, []string{"1.50", "x"}},
		"guid":     values[[16]byte]{"uuid", [][16]byte{{1, 0xff}, {}}, nil},
		"numeric":  values[float64]{"NUMERIC", floats, nil},
		"integers": values[int64]{"DECIMAL(10)", []int64{0, -5}, nil},
	},
}

// TestNaturalTypes checks that columns of the types that a schema has for a value of Go are
// taken, and hold each value as it is.
func TestNaturalTypes(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for name, column := range typesOf[e] {
			t.Run(name, func(t *testing.T) { column.test(t, e) })
		}
		if e == pqEngine {
			for name, column := range typesOf[postgresEngine] {
				t.Run(name, func(t *testing.T) { column.test(t, e) })
			}
		}
	})
}

// TestInexactNumbers checks that a decimal number that no float is is refused by row and column.
func TestInexactNumbers(t *testing.T) {
	onServers(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE x (l {int} NOT NULL, r {int} NOT NULL, n DECIMAL(30,20) NOT NULL, PRIMARY KEY (l, r))`,
			`INSERT INTO x VALUES (1, 2, 0.5), (7, 8, 0.10000000000000000001)`)
		_, err := openX[int64, int64, float64](t, db, e)
		require.ErrorIs(t, err, persist.ErrRow)
		for _, part := range []string{"table x, row (7, 8)", `column "n", of float64 values`, "has 0.10000000000000000001", "use a string"} {
			require.ErrorContains(t, err, part)
		}
	})
}

// TestTimesOfOtherPrograms checks that SQLite's times are read as other programs write them,
// whatever the driver makes of the declared type, and that what is no time is refused by row and
// column.
func TestTimesOfOtherPrograms(t *testing.T) {
	for _, e := range []*engine{sqliteEngine, mattnEngine} {
		for _, typ := range []string{"DATETIME", "TIMESTAMP", "TEXT"} {
			db, _ := e.open(t)
			mustExec(t, db, `CREATE TABLE x (l INTEGER NOT NULL, r INTEGER NOT NULL, n `+typ+` NOT NULL, PRIMARY KEY (l, r))`)
			at := time.Date(2024, 3, 1, 12, 30, 15, 123_000_000, time.UTC)
			spellings := []any{"2024-03-01 12:30:15.123 +00:00", "2024-03-01T12:30:15.123Z", "2024-03-01 13:30:15.123+01:00", "2024-03-01 12:30:15.123"}
			if typ != "TEXT" {
				spellings = append(spellings, at.UnixMilli())
			}
			for r, spelling := range spellings {
				mustExec(t, db, `INSERT INTO x VALUES (1, ?, ?)`, r, spelling)
			}
			m, err := junction.Open[int64, int64, time.Time](t.Context(), "x", sqlstore.New(db, e.dialect, sqlstore.Table{Relation: "x", Left: "l", Right: "r", Through: "n"}))
			require.NoError(t, err, "%s %s", e.name, typ)
			for r, value := range m.Left(1).All() {
				require.True(t, at.Equal(value), "%v: %v, %s", spellings[r], value, typ)
			}
			require.Equal(t, len(spellings), m.Len())
			closeAtEnd(t, m.Graph())
			mustExec(t, db, `INSERT INTO x VALUES (7, 8, 'today')`)
			_, err = m.Graph().Refresh(t.Context())
			require.ErrorIs(t, err, persist.ErrRow)
			require.ErrorContains(t, err, `row (7, 8): column "n", of time values, has "today"`)
		}
	}
}

// TestSpellingsOfUUIDs checks that UUIDs which are keys and texts are found in the spelling that
// their column has, and that a column with several spellings can be read, and is refused for
// writing.
func TestSpellingsOfUUIDs(t *testing.T) {
	type id [16]byte
	const first, second = "0a313233-3435-3637-3839-61626364656f", "0b313233-3435-3637-3839-61626364656f"
	compare := func(x, y id) int { return strings.Compare(string(x[:]), string(y[:])) }
	for _, e := range []*engine{sqliteEngine, mysqlEngine} {
		typ := map[*engine]string{sqliteEngine: "TEXT", mysqlEngine: "VARCHAR(36)"}[e]
		open := func(db *sql.DB, configure func(*sqlstore.Store)) (*junction.ManyToMany[id, int64, int64], error) {
			store := sqlstore.New(db, e.dialect, sampleTable)
			configure(store)
			g := junction.NewGraph(&junction.Options{Store: store})
			return junction.RelateFunc[id, int64, int64](g, "sample", compare, cmp.Compare[int64]), g.Open(t.Context())
		}
		for name, spell := range map[string]func(string) string{
			"lower": func(s string) string { return s }, "upper": strings.ToUpper,
			"plain": func(s string) string { return strings.ReplaceAll(s, "-", "") },
		} {
			t.Run(e.name+", "+name, func(t *testing.T) {
				db, _ := e.open(t)
				e.exec(t, db, `CREATE TABLE sample (l `+typ+` NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r))`,
					fmt.Sprintf(`INSERT INTO sample VALUES ('%s', 1, 1), ('%s', 1, 2)`, spell(first), spell(second)))
				m, err := open(db, func(*sqlstore.Store) {})
				require.NoError(t, err)
				closeAtEnd(t, m.Graph())
				key := id{0x0a, '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'o'}
				require.True(t, m.Has(key, 1))
				must(m.Add(key, 1, 5))
				must(m.Add(key, 2, 6))
				key[0]++
				must(m.Remove(key, 1))
				require.Equal(t, 2, count(t, db, e.sql(`SELECT COUNT(*) FROM sample WHERE l = '`+spell(first)+`'`)))
				require.Equal(t, 2, count(t, db, `SELECT COUNT(*) FROM sample`))

				e.exec(t, db, fmt.Sprintf(`INSERT INTO sample VALUES ('%s', 7, 1)`, strings.ToUpper(strings.ReplaceAll(second, "3-", "3"))),
					`DELETE FROM sample WHERE l NOT LIKE '0%'`)
				_, err = open(db, func(*sqlstore.Store) {})
				require.ErrorIs(t, err, persist.ErrRow)
				require.ErrorContains(t, err, `column "l", of uuid values, has "`)
			})
		}
		t.Run(e.name+", several", func(t *testing.T) {
			db, _ := e.open(t)
			e.exec(t, db, `CREATE TABLE sample (l `+typ+` NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r))`,
				fmt.Sprintf(`INSERT INTO sample VALUES ('%s', 1, 1), ('%s', 1, 2)`, first, strings.ToUpper(second)))
			_, err := open(db, func(*sqlstore.Store) {})
			require.ErrorIs(t, err, persist.ErrRow)
			require.ErrorContains(t, err, "UUIDs in rows before it are spelled as")
			m, err := open(db, readOnly)
			require.NoError(t, err)
			require.Equal(t, 2, m.Len())
		})
	}
}
