package sqltest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// TestUsualTables holds that join tables fit as migration tools make them: with an identity of
// their own, columns that the database fills, and keys without a sign.
func TestUsualTables(t *testing.T) {
	tables := map[*engine]map[string]string{
		sqliteEngine: {
			"identity":     `CREATE TABLE likes (id INTEGER PRIMARY KEY, l INTEGER NOT NULL, r INTEGER NOT NULL, n INTEGER NOT NULL, UNIQUE (l, r))`,
			"counted":      `CREATE TABLE likes (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, l bigint NOT NULL, r bigint NOT NULL, n INT8 NOT NULL, UNIQUE (r, l))`,
			"filled":       `CREATE TABLE likes (l INT NOT NULL, r INT NOT NULL, n INT NOT NULL, at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, twice INT NOT NULL AS (2 * n), PRIMARY KEY (l, r))`,
			"strict":       `CREATE TABLE likes (l INT NOT NULL, r INT NOT NULL, n ANY NOT NULL, PRIMARY KEY (l, r)) STRICT`,
			"without type": `CREATE TABLE likes (l NOT NULL, r NOT NULL, n NOT NULL, PRIMARY KEY (l, r)) WITHOUT ROWID`,
		},
		postgresEngine: {
			"identity":    `CREATE TABLE likes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, l bigint NOT NULL, r bigint NOT NULL, n bigint NOT NULL, UNIQUE (l, r))`,
			"counted":     `CREATE TABLE likes (id bigserial PRIMARY KEY, l integer NOT NULL, r smallint NOT NULL, n bigint NOT NULL, UNIQUE (r, l))`,
			"filled":      `CREATE TABLE likes (l int NOT NULL, r int NOT NULL, n int NOT NULL, at timestamptz NOT NULL DEFAULT now(), twice int NOT NULL GENERATED ALWAYS AS (2 * n) STORED, PRIMARY KEY (l, r))`,
			"partitioned": `CREATE TABLE likes (l int NOT NULL, r int NOT NULL, n int NOT NULL, PRIMARY KEY (l, r)) PARTITION BY HASH (l); CREATE TABLE likes_0 PARTITION OF likes FOR VALUES WITH (MODULUS 1, REMAINDER 0)`,
		},
		mysqlEngine: {
			"identity":     `CREATE TABLE likes (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, l BIGINT UNSIGNED NOT NULL, r BIGINT UNSIGNED NOT NULL, n BIGINT NOT NULL, UNIQUE (l, r))`,
			"without sign": `CREATE TABLE likes (l INT UNSIGNED NOT NULL, r MEDIUMINT UNSIGNED NOT NULL, n TINYINT UNSIGNED NOT NULL, PRIMARY KEY (r, l))`,
			"filled": `CREATE TABLE likes (l INT NOT NULL, r INT NOT NULL, n INT NOT NULL, at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, ` +
				`twice INT AS (2 * n) VIRTUAL, PRIMARY KEY (l, r))`,
			"partitioned": `CREATE TABLE likes (l INT NOT NULL, r INT NOT NULL, n INT NOT NULL, PRIMARY KEY (l, r)) PARTITION BY HASH (l) PARTITIONS 3`,
		},
	}
	on(t, func(t *testing.T, e *engine) {
		for name, statement := range tables[e] {
			t.Run(name, func(t *testing.T) {
				db, _ := e.open(t)
				mustExec(t, db, statement)
				m := e.openLikes(t, db)
				for n := range int64(3) {
					must(m.Add(1, n, n))
					must(m.Left(1).AddEach([]int64{0, 1, 2, 3, 4}, n+1))
					must(m.Left(1).Remove(3, 4))
				}
				require.Equal(t, pairsOf(m), e.keys(t, db, "likes"))
				require.Equal(t, 3, count(t, db, "SELECT COUNT(*) FROM likes WHERE n = 3"))
				require.Equal(t, pairsOf(m), pairsOf(e.openLikes(t, db, readOnly)))
			})
		}
	})
}

// TestOtherUniqueIndex holds that a row which another unique index takes for that of another key
// never changes that one: the write is refused, or the table is. A unique index that cannot do so
// is none to refuse.
func TestOtherUniqueIndex(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, statement := range []string{
			`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r), UNIQUE (n))`,
			`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r), UNIQUE (l, n))`,
			`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, other {int} NOT NULL DEFAULT 7 UNIQUE, PRIMARY KEY (l, r))`,
		} {
			db, _ := e.open(t)
			e.exec(t, db, statement)
			m := e.newLikes(db)
			err := m.Graph().Open(t.Context())
			if err == nil {
				closeAtEnd(t, m.Graph())
				must(m.Add(1, 1, 5))
				_, err = m.Add(1, 2, 5)
				require.ErrorIs(t, err, persist.ErrRefused)
			} else {
				require.ErrorIs(t, err, persist.ErrSchema)
				require.ErrorContains(t, err, "unique")
				require.False(t, hasMeta(db))
			}
			require.Equal(t, pairsOf(m), e.keys(t, db, "likes"))
		}
		db, _ := e.open(t)
		e.exec(t, db, `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, other {int} UNIQUE, PRIMARY KEY (l, r), UNIQUE (r, l), UNIQUE (l, r, n))`)
		m := e.openLikes(t, db)
		must(m.Left(1).AddEach([]int64{1, 2, 3}, 5))
		require.Equal(t, pairsOf(m), e.keys(t, db, "likes"))
	})
}

// TestNoTransactions holds that a table which MySQL keeps without transactions is refused: half of
// a commit could stay in it.
func TestNoTransactions(t *testing.T) {
	e := mysqlEngine
	db, _ := e.open(t)
	for _, kind := range []string{"MyISAM", "MEMORY"} {
		e.exec(t, db, makeLikes+" ENGINE "+kind)
		err := e.newLikes(db).Graph().Open(t.Context())
		require.ErrorIs(t, err, persist.ErrSchema)
		require.ErrorContains(t, err, "transactions")
		require.ErrorContains(t, err, kind)
		require.ErrorContains(t, err, "likes")
		require.False(t, hasMeta(db))
		require.NoError(t, e.newLikes(db, readOnly).Graph().Open(t.Context()), "to read, it is fine")
		e.exec(t, db, "DROP TABLE likes")
	}
}

// TestRemoveByIndex holds that PostgreSQL looks rows that are removed up in an index, however many
// they are. From the length of the arrays it would think that it is less work to read the table
// from end to end.
func TestRemoveByIndex(t *testing.T) {
	e := postgresEngine
	db, _ := e.open(t)
	if count(t, db, `SELECT COUNT(*) FROM pg_proc WHERE proname = 'pg_stat_force_next_flush'`) == 0 {
		t.Skip("NOT RUN: PostgreSQL before 15 does not say in time what it has scanned")
	}
	db.SetMaxOpenConns(1) // a session counts its own scans
	e.exec(t, db, makeLikes, `INSERT INTO likes SELECT n / 10, n % 10, 0 FROM generate_series(0, 99999) AS n`, `ANALYZE likes`)
	m := e.openLikes(t, db)
	scans := func() (whole, byIndex int) {
		mustExec(t, db, `SELECT pg_stat_force_next_flush()`)
		require.NoError(t, db.QueryRow(`SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relid = 'likes'::regclass`).Scan(&whole, &byIndex))
		return whole, byIndex
	}

	wholeBefore, byIndexBefore := scans()
	c, err := m.RemoveAll(func(yield func(l, r int64) bool) {
		for n := range int64(10_000) {
			if !yield(n, n%10) {
				return
			}
		}
	})
	require.NoError(t, err)
	require.Equal(t, 10_000, c.Removed)
	whole, byIndex := scans()
	require.Equal(t, wholeBefore, whole)
	require.Equal(t, byIndexBefore+10_000, byIndex)
}

// TestColumnsThatGo holds that a column which is renamed while a graph is open makes a Refresh
// fail, and changes no edge. SQLite would take its name in double quotes for a text.
func TestColumnsThatGo(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, column := range []string{"l", "r", "note", "tenant"} {
			t.Run(column, func(t *testing.T) {
				db, _ := e.open(t)
				mustExec(t, db, e.sql(`CREATE TABLE notes (l {key} NOT NULL, r {key} NOT NULL, note {text} NOT NULL, tenant {key} NOT NULL, PRIMARY KEY (l, r, tenant))`))
				m, err := junction.Open[string, string, string](t.Context(), "notes", sqlstore.New(db, sqlstore.Detect, sqlstore.Table{
					Relation: "notes", Left: "l", Right: "r", Through: "note", Where: sqlstore.Values{"tenant": "x"},
				}))
				require.NoError(t, err)
				closeAtEnd(t, m.Graph())
				must(m.Add("a", "b", "c"))
				mustExec(t, db, "ALTER TABLE notes RENAME COLUMN "+column+" TO other")
				_, err = m.Graph().Refresh(t.Context())
				require.ErrorContains(t, err, column)
				v, ok := m.Get("a", "b")
				require.Equal(t, "c", v)
				require.True(t, ok)
				_, err = m.Add("d", "e", "f")
				require.Error(t, err)
			})
		}
	})
}

// TestTableMadeAnew holds that a table whose rows may be of several owners since it was opened
// makes a Refresh fail, to readers, too: the edges of tenants are never one relation.
func TestTableMadeAnew(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for name, configure := range map[string]func(*sqlstore.Store){"writer": func(*sqlstore.Store) {}, "reader": readOnly} {
			t.Run(name, func(t *testing.T) {
				db, _ := e.open(t)
				mustExec(t, db, e.sql(`CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r))`))
				mustExec(t, db, `INSERT INTO likes (l, r, n) VALUES (1, 1, 1)`)
				m := e.openLikes(t, db, configure)
				mustExec(t, db, `DROP TABLE likes`)
				mustExec(t, db, e.sql(`CREATE TABLE likes (tenant {int} NOT NULL, l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (tenant, l, r))`))
				mustExec(t, db, `INSERT INTO likes (tenant, l, r, n) VALUES (1, 1, 1, 1), (2, 2, 2, 2)`)
				_, err := m.Graph().Refresh(t.Context())
				require.ErrorIs(t, err, persist.ErrSchema)
				require.ErrorContains(t, err, "tenant")
				require.Equal(t, [][2]int64{{1, 1}}, pairsOf(m))
			})
		}
	})
}
