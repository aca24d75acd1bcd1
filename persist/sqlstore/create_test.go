package sqlstore

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

var update = flag.Bool("update", false, "write testdata anew")

// schemaOfAll is a schema of a relation with columns of all kinds, one with a hostile name, and
// one without through values.
func schemaOfAll() *persist.Schema {
	all := persist.Relation{Name: "all", Left: persist.String, Right: persist.Bytes, Columns: []persist.Column{
		{Name: "left", Kind: persist.String}, {Name: "right", Kind: persist.Bytes},
	}}
	for _, kind := range []persist.Kind{
		persist.Int8, persist.Int16, persist.Int32, persist.Int64, persist.Uint8, persist.Uint16, persist.Uint32, persist.Uint64,
		persist.Float32, persist.Float64, persist.Bool, persist.String, persist.Bytes, persist.Time, persist.UUID, persist.JSON,
	} {
		all.Columns = append(all.Columns, persist.Column{Name: "a_" + string(kind), Kind: kind, Nullable: kind == persist.Time})
	}
	all.Columns = append(all.Columns, persist.Column{Name: "own", Kind: persist.Driver, Nullable: true}, persist.Column{Name: "money", Kind: persist.Int64})
	return &persist.Schema{Relations: []persist.Relation{
		all,
		{Name: "select \"x\" `y` 'z' \\ ; -- ? $1 %s 🙂", Columns: []persist.Column{{Name: "left", Kind: persist.UUID}, {Name: "right", Kind: persist.Time}, {Name: "order", Kind: persist.Bool}}},
		{Name: "edges", Undirected: true, Columns: []persist.Column{{Name: "left", Kind: persist.Int64}, {Name: "right", Kind: persist.Int64}}},
	}}
}

// TestDDL holds the statements of each dialect, as they are in testdata. Test with -update to
// write these anew.
func TestDDL(t *testing.T) {
	given := []Table{
		{Relation: "all", Schema: "app", Name: "everything", Left: "a", Right: "b", Types: map[string]string{"own": "NUMERIC(10, 2)", "money": "DECIMAL(18)"}},
		{Relation: "edges", Left: "from", Right: `t"o`, LeftOf: Reference{Schema: "app", Table: "nodes", Column: "id", Cascade: true}, RightOf: Reference{Table: "no`des", Column: `i"d`}},
	}
	for _, dialect := range []Dialect{SQLite, Postgres, MySQL, MariaDB} {
		t.Run(dialect.String(), func(t *testing.T) {
			text, err := DDL(dialect, schemaOfAll(), given...)
			require.NoError(t, err)
			file := filepath.Join("testdata", dialect.String()+".sql")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o777))
				require.NoError(t, os.WriteFile(file, []byte(text), 0o666))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), text)
		})
	}
}

// TestDDLRefused holds that a dialect must be given, and that all columns which need a type are
// named.
func TestDDLRefused(t *testing.T) {
	_, err := DDL(Detect, schemaOfAll())
	require.ErrorContains(t, err, "give SQLite, Postgres, MySQL or MariaDB")
	_, err = DDL(MySQL, schemaOfAll())
	require.ErrorIs(t, err, persist.ErrSchema)
	require.ErrorContains(t, err, `column "own", of driver values, has no type`)
	_, err = DDL(Postgres, schemaOfAll(), Table{Relation: "all", Name: "a12345678901234567890123456789012345678901234567890123456789012é", Types: map[string]string{"own": "text"}})
	require.ErrorIs(t, err, persist.ErrSchema, "65 bytes")
}

// TestMappings holds which declarations and names are refused before a database is asked, and
// that all of them are told at once.
func TestMappings(t *testing.T) {
	edges := func(t Table) []Table { t.Relation = "edges"; return []Table{t} }
	tests := map[string]struct {
		tables []Table
		says   string // nothing if it is fine
	}{
		"derived":                 {nil, ""},
		"given":                   {edges(Table{Schema: "s", Name: "n", Left: "l", Right: "r"}), ""},
		"two tables":              {[]Table{{Relation: "edges"}, {Relation: "edges"}}, `two tables of relation "edges"`},
		"of no relation":          {[]Table{{Relation: "Edges"}}, `relation "Edges" is given, which is not declared (declared: ["all"`},
		"the table of another":    {edges(Table{Name: "all"}), `table all holds both relation "all" and "edges"`},
		"in another schema":       {edges(Table{Schema: "s", Name: "all"}), ""},
		"through without one":     {edges(Table{Through: "n"}), `"n" is given for a through value that takes 0 columns`},
		"through of many":         {[]Table{{Relation: "all", Through: "n"}}, `takes 18 columns`},
		"NUL":                     {edges(Table{Name: "a\x00"}), `"a\x00" is none`},
		"NUL in a schema":         {edges(Table{Schema: "a\x00"}), `is none`},
		"not UTF-8":               {edges(Table{Left: "\xff"}), `"\xff" is none`},
		"one name twice":          {edges(Table{Left: "x", Right: "x"}), `"x" stands for two columns`},
		"but for the case":        {edges(Table{Left: "x", Right: "X"}), `"X" stands for two columns`},
		"that of the meta table":  {edges(Table{Name: "junction_meta"}), `the library's own`},
		"that of the log":         {edges(Table{Name: "junction_changes"}), `the library's own`},
		"of the meta, in capital": {edges(Table{Name: "JUNCTION_META"}), `the library's own`},
		"several at once":         {edges(Table{Name: "a\x00", Through: "n"}), "0 columns"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := mappings(schemaOfAll(), test.tables)
			if test.says == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, persist.ErrSchema)
			require.ErrorContains(t, err, test.says)
		})
	}
	_, err := mappings(&persist.Schema{Relations: []persist.Relation{{Columns: make([]persist.Column, 2)}}}, nil)
	require.ErrorIs(t, err, persist.ErrSchema, "no names at all")
}
