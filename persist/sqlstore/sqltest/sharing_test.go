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

// makeTable returns the statement that makes a table like that of likes.
func makeTable(name string) string { return strings.Replace(makeLikes, "likes", name, 1) }

// program is a graph of some relations of integers, each in a table of columns l, r and n.
type program struct {
	*junction.Graph
	relations map[string]*likes
}

// declareProgram declares a graph of relations, each given as its name or as name=table.
func (e *engine) declareProgram(db *sql.DB, configure func(*sqlstore.Store), relations ...string) *program {
	var tables []sqlstore.Table
	for _, r := range relations {
		name, table, _ := strings.Cut(r, "=")
		tables = append(tables, sqlstore.Table{Relation: name, Name: table, Left: "l", Right: "r", Through: "n"})
	}
	store := sqlstore.New(db, e.dialect, tables...)
	if configure != nil {
		configure(store)
	}
	p := &program{junction.NewGraph(&junction.Options{Store: store}), map[string]*likes{}}
	for _, t := range tables {
		p.relations[t.Relation] = junction.Relate[int64, int64, int64](p.Graph, t.Relation)
	}
	return p
}

func (e *engine) startProgram(t *testing.T, db *sql.DB, relations ...string) *program {
	t.Helper()
	p := e.declareProgram(db, nil, relations...)
	require.NoError(t, p.Open(t.Context()))
	return p
}

// TestProgramsOfTheirOwnTables checks that programs which know nothing of each other can keep their
// tables in one database under the default name of a graph: they do not fence each other, and each
// can be restarted; and so can an old version beside a new one, which has more relations, or other
// names for them.
func TestProgramsOfTheirOwnTables(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeTable("a"), makeTable("b"), makeTable("c"))
		other := dial(t, e.driver, address)
		first, second := e.startProgram(t, db, "a"), e.startProgram(t, other, "b")
		for n := range int64(3) {
			must(first.relations["a"].Add(n, 1, n))
			must(second.relations["b"].Add(n, 2, n))
			require.NoError(t, first.Close())
			require.NoError(t, second.Close())
			first, second = e.startProgram(t, db, "a"), e.startProgram(t, other, "b")
			require.Equal(t, pairsOf(first.relations["a"]), e.keys(t, db, "a"))
			require.Equal(t, pairsOf(second.relations["b"]), e.keys(t, db, "b"))
		}
		require.NoError(t, second.Close())

		newer := e.startProgram(t, other, "a", "b2=b", "c")
		must(newer.relations["c"].Add(1, 1, 1))
		must(newer.relations["b2"].Add(1, 1, 1))
		must(first.relations["a"].Add(7, 7, 7)) // nothing else was written to its table
		require.NoError(t, first.Close())
		older := e.startProgram(t, db, "a", "b")
		require.True(t, older.relations["b"].Has(1, 1))
		must(older.relations["a"].Add(8, 8, 8))
		_, err := newer.relations["a"].Add(9, 9, 9)
		require.ErrorIs(t, err, persist.ErrConflict)
		require.NoError(t, older.Close())
		require.NoError(t, newer.Close())
	})
}

// TestProgramsOfOneTable checks that programs which share one of their tables fence on it, although
// neither declares the other's relations, and that writes to the others do not disturb.
func TestProgramsOfOneTable(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, makeTable("a"), makeTable("shared"), makeTable("b"))
		first := e.startProgram(t, db, "a", "shared")
		second := e.declareProgram(dial(t, e.driver, address), named("another"), "b", "ours=shared")
		require.NoError(t, second.Open(t.Context()))
		closeAtEnd(t, first.Graph)
		closeAtEnd(t, second.Graph)
		for n := range int64(3) {
			must(first.relations["a"].Add(n, 1, n))
			must(second.relations["b"].Add(n, 1, n))
			must(first.relations["shared"].Add(n, 1, n))
			for _, relation := range []string{"b", "ours"} {
				_, err := second.relations[relation].Add(n, 2, n)
				require.ErrorIs(t, err, persist.ErrConflict, relation)
				require.ErrorContains(t, err, "table shared")
				require.ErrorContains(t, err, "Refresh")
			}
			_, err := second.Refresh(t.Context())
			require.NoError(t, err)
			must(second.relations["ours"].Add(n, 2, n))
			_, err = first.relations["a"].Add(n, 2, n)
			require.ErrorIs(t, err, persist.ErrConflict, "what it writes may depend on what it has read of the other table")
			_, err = first.Refresh(t.Context())
			require.NoError(t, err)
			require.Equal(t, e.keys(t, db, "shared"), pairsOf(first.relations["shared"]))
			require.Equal(t, first.relations["shared"].Len(), second.relations["ours"].Len())
		}
		exclusive := e.declareProgram(db, exclusive, "mine=shared")
		require.NoError(t, exclusive.Open(t.Context()))
		closeAtEnd(t, exclusive.Graph)
		_, err := first.relations["a"].Add(9, 9, 9)
		require.ErrorIs(t, err, sqlstore.ErrFenced)
		require.ErrorContains(t, err, "table shared")
	})
}

// TestMovedRelation checks that a relation which has rows in one table is not opened with another
// one, that the error names both tables and the option, and that a graph with a name of its own
// is opened.
func TestMovedRelation(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeTable("a"), makeTable("b"))
		first := e.startProgram(t, db, "relation=a")
		must(first.relations["relation"].Add(1, 2, 3))
		require.NoError(t, first.Close())
		err := e.declareProgram(db, nil, "relation=b").Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema)
		for _, part := range []string{`graph "main" has 1 rows of relation "relation" in table `, "a, and is to keep them in table b", "Store.Graph"} {
			require.ErrorContains(t, err, part)
		}
		own := e.declareProgram(db, named("own"), "relation=b")
		require.NoError(t, own.Open(t.Context()))
		require.NoError(t, own.Close())
		e.exec(t, db, `DELETE FROM a`)
		moved := e.startProgram(t, db, "relation=b")
		must(moved.relations["relation"].Add(1, 2, 3))
		require.NoError(t, moved.Close())
	})
}

// TestMetaBesideTheTable checks that sessions which find a table by different search paths have one
// fence, in the table's schema, and that an option says where else it is.
func TestMetaBesideTheTable(t *testing.T) {
	e := postgresEngine
	db, address := e.open(t)
	e.exec(t, db, makeLikes)
	var schema string
	require.NoError(t, db.QueryRow("SELECT current_schema").Scan(&schema))
	elsewhere := newName()
	mustExec(t, db, "CREATE SCHEMA "+elsewhere)
	t.Cleanup(func() { mustExec(t, db, "DROP SCHEMA "+elsewhere+" CASCADE") })
	other := dial(t, e.driver, withPostgres(t, address, "search_path", elsewhere+","+schema))

	first, second := e.openLikes(t, db), e.openLikes(t, other)
	must(first.Add(1, 1, 1))
	_, err := second.Add(2, 2, 2)
	require.ErrorIs(t, err, persist.ErrConflict)
	require.Zero(t, count(t, db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = $1", elsewhere))

	table := likesTable
	table.MetaSchema = elsewhere
	store := sqlstore.New(db, e.dialect, table)
	m := junction.Relate[int64, int64, int64](junction.NewGraph(&junction.Options{Store: store}), "likes")
	require.NoError(t, m.Graph().Open(t.Context()))
	closeAtEnd(t, m.Graph())
	must(m.Add(3, 3, 3))
	require.Equal(t, 1, count(t, db, "SELECT COUNT(*) FROM "+elsewhere+".junction_meta"))
}

// TestSchemaOfATransaction checks that the sessions of a pool write to the table that was opened,
// though they look into different schemas first.
func TestSchemaOfATransaction(t *testing.T) {
	e := postgresEngine
	db, _ := e.open(t)
	e.exec(t, db, makeLikes)
	elsewhere := newName()
	mustExec(t, db, "CREATE SCHEMA "+elsewhere)
	t.Cleanup(func() { mustExec(t, db, "DROP SCHEMA "+elsewhere+" CASCADE") })
	mustExec(t, db, "CREATE TABLE "+elsewhere+".likes (LIKE likes INCLUDING ALL)")
	db.SetMaxOpenConns(1)
	m := e.openLikes(t, db)
	mustExec(t, db, "SET search_path = "+elsewhere)
	must(m.Add(1, 2, 3))
	c, err := m.Graph().Refresh(t.Context())
	require.NoError(t, err)
	require.Zero(t, c)
	require.Zero(t, count(t, db, "SELECT COUNT(*) FROM likes"))
}

// TestEarlierMeta checks that a meta table with a row for each graph is taken over: revisions go
// on, tables that are not declared yet stay recorded, and a writer of the earlier version is
// fenced off.
func TestEarlierMeta(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeTable("a"), makeTable("b"), `INSERT INTO b VALUES (1, 1, 1)`)
		p := e.startProgram(t, db, "a")
		must(p.relations["a"].Add(1, 1, 1))
		require.NoError(t, p.Close())
		e.exec(t, db, `DELETE FROM junction_meta`)
		const record = `{"format":1,"tables":[{"name":"a","relation":{"name":"a","left":"int64","right":"int64","through":"int64","columns":[]}},` +
			`{"name":"b","relation":{"name":"b","left":"int64","right":"int64","through":"int64","columns":[]}}]}`
		mustExec(t, db, e.sql(`INSERT INTO junction_meta (graph, revision, epoch, commit_id, record) VALUES ('main', 41, 3, 'before', ?)`), record)

		err := e.declareProgram(db, nil, "b=a").Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema, "it is recorded in another table")
		p = e.startProgram(t, db, "a")
		require.Equal(t, uint64(41), p.Revision())
		must(p.relations["a"].Add(2, 2, 2))
		require.NoError(t, p.Close())
		require.Equal(t, 1, count(t, db, `SELECT COUNT(*) FROM junction_meta WHERE graph = 'main' AND revision = 41 AND epoch = 4`))
		p = e.startProgram(t, db, "a", "b")
		require.Equal(t, uint64(42), p.Revision())
		must(p.relations["b"].Add(2, 2, 2))
		require.NoError(t, p.Close())
		require.Zero(t, count(t, db, `SELECT COUNT(*) FROM junction_meta WHERE graph = 'main'`))
		require.Equal(t, 2, count(t, db, `SELECT COUNT(*) FROM junction_meta`))
	})
}

// TestOneTableByTwoNames checks that two relations are not kept in one table that is named in two
// ways.
func TestOneTableByTwoNames(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.exec(t, db, makeLikes)
		schema := "main"
		if e != sqliteEngine {
			require.NoError(t, db.QueryRow(`SELECT table_schema FROM information_schema.tables WHERE table_name = 'likes' AND table_schema IN `+
				map[*engine]string{postgresEngine: "(current_schema)", mysqlEngine: "(DATABASE())"}[e]).Scan(&schema))
		}
		one, two := likesTable, likesTable
		two.Relation, two.Name, two.Schema = "again", "likes", schema
		g := junction.NewGraph(&junction.Options{Store: sqlstore.New(db, e.dialect, one, two)})
		junction.Relate[int64, int64, int64](g, "likes")
		junction.Relate[int64, int64, int64](g, "again")
		err := g.Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema)
		require.ErrorContains(t, err, "likes")
		require.False(t, hasMeta(db))
	})
}
