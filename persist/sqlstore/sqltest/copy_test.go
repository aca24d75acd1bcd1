package sqltest

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
)

// manyLikes gives more edges than it takes for a table to be filled by COPY.
func manyLikes(yield func(junction.Edge[int64, int64, int64]) bool) {
	for n := range int64(1500) {
		if !yield(junction.Edge[int64, int64, int64]{Left: n, Right: 1, Through: n}) {
			return
		}
	}
}

// TestRowSecurity checks that a user who is under row-level security, where COPY is not allowed,
// can write many rows into an empty table, and into one that only looks empty.
func TestRowSecurity(t *testing.T) {
	e := postgresEngine
	for name, hidden := range map[string]string{
		"empty":       `SELECT 1`,
		"looks empty": `INSERT INTO likes VALUES (-1, -1, 0)`,
	} {
		t.Run(name, func(t *testing.T) {
			db, address := e.open(t)
			e.exec(t, db, makeLikes, hidden, `ALTER TABLE likes ENABLE ROW LEVEL SECURITY`, `CREATE POLICY own ON likes USING (l >= 0)`)
			require.NoError(t, e.newLikes(db).Graph().Open(t.Context()), "it makes the meta table")
			m := e.openLikes(t, dial(t, e.driver, e.asWriter(t, db, address)))
			must(m.AddAll(manyLikes))
			require.Equal(t, 1500, count(t, db, `SELECT COUNT(*) FROM likes WHERE l >= 0`))
		})
	}
}

// asWriter returns the address of a database for a user who may write to all tables and owns none.
func (e *engine) asWriter(t *testing.T, db *sql.DB, address string) string {
	user := newName()
	var schema string
	require.NoError(t, db.QueryRow("SELECT current_schema").Scan(&schema))
	mustExec(t, db, "CREATE ROLE "+user+" LOGIN")
	t.Cleanup(func() {
		mustExec(t, db, "DROP OWNED BY "+user)
		mustExec(t, db, "DROP ROLE "+user)
	})
	mustExec(t, db, "GRANT USAGE ON SCHEMA "+schema+" TO "+user)
	mustExec(t, db, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "+schema+" TO "+user)
	return withUser(t, address, user)
}

// TestRules checks that many rows are not written past the rules of a table, as COPY would write
// them.
func TestRules(t *testing.T) {
	e := postgresEngine
	db, _ := e.open(t)
	e.exec(t, db, makeLikes, `CREATE TABLE seen (l bigint)`, `CREATE RULE note AS ON INSERT TO likes DO ALSO INSERT INTO seen VALUES (NEW.l)`)
	m := e.openLikes(t, db)
	if _, err := m.AddAll(manyLikes); err != nil {
		require.ErrorIs(t, err, persist.ErrRefused)
	}
	require.Equal(t, m.Len(), count(t, db, `SELECT COUNT(*) FROM likes`))
	require.Equal(t, m.Len(), count(t, db, `SELECT COUNT(*) FROM seen`))
}
