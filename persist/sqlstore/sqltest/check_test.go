package sqltest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// TestCheck checks that Check refuses what opening would refuse, with the same words, and that it
// makes neither a table nor a meta table.
func TestCheck(t *testing.T) {
	tables := map[string][]string{
		"one that fits":     {makeLikes},
		"no unique index":   {`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL)`},
		"several owners":    {`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, o {int} NOT NULL, PRIMARY KEY (l, r, o))`},
		"a column missing":  {`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, PRIMARY KEY (l, r))`},
		"a column more":     {`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, more {int} NOT NULL, PRIMARY KEY (l, r))`},
		"no table":          nil,
		"a view":            {`CREATE VIEW likes AS SELECT 1 AS l, 2 AS r, 3 AS n`},
		"a column of texts": {`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {bytes} NOT NULL, PRIMARY KEY (l, r))`},
	}
	on(t, func(t *testing.T, e *engine) {
		for name, statements := range tables {
			t.Run(name, func(t *testing.T) {
				db, _ := e.open(t)
				e.exec(t, db, statements...)
				schema, err := e.newLikes(db).Graph().Schema()
				require.NoError(t, err)
				for _, readOnly := range []bool{true, false} {
					store := sqlstore.New(db, e.dialect, likesTable)
					store.ReadOnly, store.Create = readOnly, name != "no table"
					err := store.Check(t.Context(), schema)
					require.False(t, hasMeta(db), "something was written")
					m := e.newLikes(db, func(s *sqlstore.Store) { s.ReadOnly = readOnly })
					opened := m.Graph().Open(t.Context())
					if err == nil {
						require.NoError(t, opened)
						closeAtEnd(t, m.Graph())
						continue
					}
					require.ErrorIs(t, err, persist.ErrSchema)
					require.ErrorContains(t, opened, err.Error())
				}
			})
		}
	})
}

// TestDescribe checks what a program learns of a table that it does not know.
func TestDescribe(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		info, err := sqlstore.Describe(t.Context(), db, e.dialect, "", "sample")
		require.NoError(t, err)
		require.Nil(t, info)
		e.exec(t, db, `CREATE TABLE sample (l {key} NOT NULL, r {int} NOT NULL, a {text}, b {float}, c {bytes}, d {time}, e {json}, f {bool} NOT NULL DEFAULT TRUE, g {uuid}, PRIMARY KEY (l, r))`)
		info, err = sqlstore.Describe(t.Context(), db, sqlstore.Detect, "", "sample")
		require.NoError(t, err)
		require.Equal(t, "sample", info.Name)
		require.False(t, info.View)
		require.Equal(t, []sqlstore.IndexInfo{{Columns: []string{"l", "r"}, Primary: true}}, info.Unique)
		kinds := map[string]persist.Kind{}
		for _, c := range info.Columns {
			kinds[c.Name] = c.Kind
			require.Equal(t, c.Name != "l" && c.Name != "r" && c.Name != "f", c.Nullable, c.Name)
			require.Equal(t, c.Name == "f", c.Filled, c.Name)
			require.NotEmpty(t, c.Type)
		}
		for name, kind := range map[string]persist.Kind{"l": persist.String, "r": persist.Int64, "a": persist.String, "b": persist.Float64,
			"c": persist.Bytes, "d": persist.Time, "f": persist.Bool} {
			require.Equal(t, kind, kinds[name], name)
		}
	})
}
