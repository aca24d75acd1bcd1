package sqltest

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/require"

	"database/sql/driver"
	"fmt"
	"strings"

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
		if e == mysqlEngine {
			require.NoError(t, err, "see TestFoldedKeysOfMySQL")
			return
		}
		require.ErrorIs(t, err, persist.ErrSchema)
		require.ErrorContains(t, err, `column "l"`)
		require.ErrorContains(t, err, "different texts")
		require.ErrorContains(t, err, "Store.ReadOnly")
		store = sqlstore.New(db, e.dialect, sampleTable)
		store.ReadOnly = true
		require.NoError(t, words(store).Open(t.Context()))
	})
}

// TestFoldedKeysOfMySQL checks that keys under the stock collations of MySQL and MariaDB, which
// take different texts for the same, are written by their bytes: a row is never that of another
// spelling, and where the table has one, the write is refused with both.
func TestFoldedKeysOfMySQL(t *testing.T) {
	e := mysqlEngine
	for typ, other := range map[string]string{
		"VARCHAR(99) COLLATE utf8mb4_general_ci":                     "ADA",
		"VARCHAR(99) COLLATE utf8mb4_bin":                            "ada ",
		"VARCHAR(99) CHARACTER SET latin1 COLLATE latin1_swedish_ci": "ad\u00e1",
		"CHAR(20) COLLATE utf8mb4_unicode_ci":                        "Ada",
	} {
		if strings.HasPrefix(typ, "CHAR") {
			other = strings.TrimSpace(other)
		}
		t.Run(typ, func(t *testing.T) {
			db, _ := e.open(t)
			mustExec(t, db, `CREATE TABLE sample (l `+typ+` NOT NULL, r BIGINT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (l, r))`)
			mustExec(t, db, `INSERT INTO sample VALUES ('ada', 1, 1)`)
			s := e.newSample(db)
			require.NoError(t, s.Graph().Open(t.Context()))
			closeAtEnd(t, s.Graph())
			table := func() (rows string) {
				require.NoError(t, db.QueryRow(`SELECT GROUP_CONCAT(CONCAT(l, '|', r, '|', n) ORDER BY r, n) FROM sample`).Scan(&rows))
				return rows
			}
			refused := func(err error) {
				t.Helper()
				require.ErrorIs(t, err, persist.ErrRefused)
				require.NotErrorIs(t, err, persist.ErrConflict)
				require.ErrorContains(t, err, fmt.Sprintf(`the table has row ("ada", 1), and its collation takes that and (%q, 1) for the same`, other))
			}
			many := func(left string) func(yield func(edge[string, int64, int64]) bool) {
				return func(yield func(edge[string, int64, int64]) bool) {
					for r := int64(9); r > 0 && yield(edge[string, int64, int64]{Left: left, Right: r, Through: 7}); r-- {
					}
				}
			}
			must(s.Add("ada", 1, 2))
			require.Equal(t, "ada|1|2", table())
			_, err := s.Add(other, 1, 3)
			refused(err)
			_, err = s.AddAll(many(other))
			refused(err)
			require.Equal(t, "ada|1|2", table())
			require.Equal(t, 1, s.Len())

			must(s.Add(other, 2, 3)) // another pair
			must(s.Add(other, 2, 4))
			must(s.AddAll(many("ada2")))
			must(s.RemoveLeft("ada2"))
			require.Equal(t, "ada|1|2,"+other+"|2|4", table())
			must(s.Remove(other, 2))
			require.Equal(t, "ada|1|2", table())

			must(s.Remove("ada", 1))
			must(s.Add(other, 1, 5)) // there is no other any more
			require.Equal(t, other+"|1|5", table())
			mustExec(t, db, `UPDATE sample SET l = 'ada' WHERE r = 1`) // behind our back
			_, err = s.Add(other, 1, 6)
			refused(err)
			must(s.Remove(other, 1)) // which is not there any more
			require.Equal(t, "ada|1|5", table())
			c, err := s.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Added: 1}, c)
		})
	}
}
