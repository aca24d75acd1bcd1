package sqltest

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"database/sql/driver"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// folded are columns whose collation takes different texts for the same one.
var folded = map[*engine]string{
	sqliteEngine:   "TEXT COLLATE NOCASE",
	postgresEngine: "text COLLATE folded",
	mysqlEngine:    "VARCHAR(99) COLLATE utf8mb4_unicode_ci",
}

// word is a key that speaks for itself.
type word string

func (w word) Value() (driver.Value, error) { return string(w), nil }

func (w *word) Scan(src any) error {
	switch src := src.(type) {
	case string:
		*w = word(src)
	case []byte:
		*w = word(src)
	}
	return nil
}

// TestFoldedKeys checks that keys whose collation takes different texts for the same are refused
// for writing, whatever their Go type is, and can be read, byte by byte.
func TestFoldedKeys(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		if e == postgresEngine {
			mustExec(t, db, `CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`)
		}
		e.exec(t, db, `CREATE TABLE sample (l `+folded[e]+` NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r))`,
			`INSERT INTO sample VALUES ('b', 1, 1), ('A', 2, 2), ('a', 1, 3), ('B', 2, 4)`)
		s := e.newSample(db, readOnly)
		require.NoError(t, s.Graph().Open(t.Context()))
		closeAtEnd(t, s.Graph())
		require.Equal(t, 4, s.Len())
		require.True(t, s.Has("A", 2) && s.Has("a", 1) && !s.Has("a", 2))
		e.exec(t, db, `UPDATE sample SET n = 7 WHERE n = 2`)
		c, err := s.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Updated: 1}, c)

		words := func(store *sqlstore.Store) *junction.Graph {
			g := junction.NewGraph(&junction.Options{Store: store})
			junction.RelateFunc[word, int64, int64](g, "sample", cmp.Compare[word], cmp.Compare[int64])
			return g
		}
		store := sqlstore.New(db, e.dialect, sampleTable)
		err = words(store).Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema)
		require.ErrorContains(t, err, `column "l"`)
		require.ErrorContains(t, err, "different texts")
		require.ErrorContains(t, err, "Store.ReadOnly")
		store = sqlstore.New(db, e.dialect, sampleTable)
		store.ReadOnly = true
		require.NoError(t, words(store).Open(t.Context()))
	})
}
