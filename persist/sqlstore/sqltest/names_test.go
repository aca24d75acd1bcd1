package sqltest

import (
	"database/sql"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// hostile are names that mean something else to some part of a statement.
var hostile = []string{
	`quo"te`, `quo'te`, "back`tick", `back\slash`, `"`, "``", `'; DROP TABLE "victims"; --`, "a;\nb", "tab\tname", "$1", "$$", "?", "??", "a ? b", "%s", "%", "@p1", ":name", "/* x */", "-- x",
	"select", "order", "group", "table", "index", "default", "l", "gone", "excluded", "a.b", " space", "ümläut", "МИР", "a[0]", "{}",
}

// given returns a table whose names are all hostile.
func given(schema, name string) sqlstore.Table {
	return sqlstore.Table{Relation: "r", Schema: schema, Name: name, Left: name, Right: name + "2", Through: "3" + name}
}

// openNamed opens a relation in a table of a name.
func openNamed(t *testing.T, db *sql.DB, e *engine, table sqlstore.Table, configure ...func(*sqlstore.Store)) (*junction.ManyToMany[int64, string, int64], error) {
	store := newStore(db, e, table)
	for _, c := range configure {
		c(store)
	}
	return junction.Open[int64, string, int64](t.Context(), "r", store)
}

// liveOn is the life of a table: it is made, filled by many rows and by one, changed, emptied in
// part by each form of deletion, read, refreshed, and opened again.
func liveOn(t *testing.T, db *sql.DB, e *engine, table sqlstore.Table) {
	own := func(s *sqlstore.Store) { s.Graph = table.Name + "?" }
	m, err := openNamed(t, db, e, table, own)
	require.NoError(t, err)
	const rows = 1100 // enough for COPY
	require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
		for n := range int64(rows) {
			must(m.In(tx).Add(n, `?"`, n))
		}
		return nil
	}))
	must(m.Add(0, `?"`, 7))
	must(m.Remove(1, `?"`))
	require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
		for n := range int64(10) {
			must(m.In(tx).Remove(n+10, `?"`))
		}
		return nil
	}))
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c, "the table is as the graph")
	require.NoError(t, m.Graph().Close())

	m, err = openNamed(t, db, e, table, own)
	require.NoError(t, err)
	require.Equal(t, rows-11, m.Len())
	value, ok := m.Get(0, `?"`)
	require.True(t, ok)
	require.Equal(t, int64(7), value)
	require.NoError(t, m.Graph().Close())
	mustExec(t, db, "DROP TABLE "+quoteTable(e, table))
}

func quoteTable(e *engine, table sqlstore.Table) string {
	if table.Schema == "" {
		return e.quote(table.Name)
	}
	return e.quote(table.Schema) + "." + e.quote(table.Name)
}

// TestHostileNames holds that any name which a database has is one for tables, columns, schemas and
// graphs.
func TestHostileNames(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		mustExec(t, db, "CREATE TABLE victims (n INTEGER)")
		all := append([]string{strings.Repeat("n", 62), strings.Repeat("ä", 31)}, hostile...)
		if e != mysqlEngine { // which has no characters beyond those of 16 bits in names
			all = append(all, "🙂")
		}
		for _, name := range all {
			t.Run(strings.ToValidUTF8(name, "?"), func(t *testing.T) { liveOn(t, db, e, given("", name)) })
		}
		require.Zero(t, count(t, db, "SELECT COUNT(*) FROM victims"))
	})
}

// TestOtherSchema holds that a table can be in another schema, which for MySQL is another database,
// and for SQLite one that is attached; its name may be hostile too, and a table of the same name
// where the connection looks first is another one.
func TestOtherSchema(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		schema := newName() + "\"`'?;"
		switch e {
		case sqliteEngine:
			db.SetMaxOpenConns(1)
			mustExec(t, db, "ATTACH ? AS "+e.quote(schema), t.TempDir()+"/other.db")
		case postgresEngine:
			mustExec(t, db, "CREATE SCHEMA "+e.quote(schema))
			t.Cleanup(func() { mustExec(t, db, "DROP SCHEMA "+e.quote(schema)+" CASCADE") })
		default:
			mustExec(t, db, "CREATE DATABASE "+e.quote(schema))
			t.Cleanup(func() { mustExec(t, db, "DROP DATABASE "+e.quote(schema)) })
		}
		mustExec(t, db, "CREATE TABLE twin (wrong INTEGER)")
		liveOn(t, db, e, given(schema, "twin"))
		require.Zero(t, count(t, db, "SELECT COUNT(*) FROM twin"))
	})
}

// TestRefusedNames holds that names which a database would cut, or does not have, are refused
// before anything is made.
func TestRefusedNames(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		names := []string{"a\x00b", "\xff"}
		switch e {
		case postgresEngine:
			names = append(names, strings.Repeat("n", 64), strings.Repeat("ä", 32), strings.Repeat("n", 200))
		case mysqlEngine:
			names = append(names, strings.Repeat("n", 65), "🙂", "a🙂", "space ")
		}
		for _, name := range names {
			for _, table := range []sqlstore.Table{{Relation: "r", Name: name}, {Relation: "r", Left: name}, {Relation: "r", Through: name}, {Relation: "r", Schema: name}} {
				m, err := openNamed(t, db, e, table)
				require.Error(t, err, "%q", table)
				if e != mysqlEngine {
					require.ErrorIs(t, err, persist.ErrSchema)
					require.ErrorContains(t, err, "the name")
				}
				require.Nil(t, m)
			}
		}
		require.False(t, hasMeta(db))
		require.Error(t, db.QueryRowContext(t.Context(), "SELECT 1 FROM r").Scan(new(int)), "a table was made")
	})
}

// TestCaseOfNames holds that two relations whose tables are called the same but for the case have a
// table each, or are refused where that is one.
func TestCaseOfNames(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		g := junction.NewGraph(&junction.Options{Store: newStore(db, e)})
		lower := junction.Relate[int64, int64, int64](g, "likes")
		upper := junction.Relate[int64, int64, int64](g, "LIKES")
		err := g.Open(t.Context())
		if err != nil {
			require.ErrorIs(t, err, persist.ErrSchema)
			require.ErrorContains(t, err, "likes")
			require.False(t, hasMeta(db))
			return
		}
		closeAtEnd(t, g)
		must(lower.Add(1, 2, 3))
		must(upper.Add(1, 2, 4))
		must(upper.Remove(1, 2))
		c, err := g.Refresh(t.Context())
		require.NoError(t, err)
		require.Zero(t, c)
		require.Equal(t, 1, lower.Len())
	})
}
