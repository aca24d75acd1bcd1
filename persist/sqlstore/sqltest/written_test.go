package sqltest

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// member is what most tests of written rows have behind the key.
type member struct {
	Role   string
	Level  int64
	SeenAt time.Time
}

type members = junction.ManyToMany[int64, int64, member]

var membersTable = sqlstore.Table{Relation: "members", Left: "a", Right: "b"}

// makeMembers makes a table whose rows the database numbers, with a column that the relation does
// not know.
func (e *engine) makeMembers() string {
	id := "id bigserial PRIMARY KEY"
	switch e.dialect {
	case sqlstore.SQLite:
		id = "id INTEGER PRIMARY KEY AUTOINCREMENT"
	case sqlstore.Detect:
		id = "id BIGINT AUTO_INCREMENT PRIMARY KEY"
	}
	return `CREATE TABLE members (` + id + `, a {int} NOT NULL, b {int} NOT NULL, role {key} NOT NULL, level {int} NOT NULL, ` +
		`seen_at {time} NOT NULL, note {key} DEFAULT 'none', UNIQUE (a, b))`
}

// openMembers opens a graph of the table.
func (e *engine) openMembers(t testing.TB, db *sql.DB, table sqlstore.Table) *members {
	t.Helper()
	m, err := junction.Open[int64, int64, member](t.Context(), "members", sqlstore.New(db, e.dialect, table))
	require.NoError(t, err)
	closeAtEnd(t, m.Graph())
	return m
}

// newMembers makes the table and opens it, with another connection to the database.
func (e *engine) newMembers(t testing.TB) (m *members, other *sql.DB) {
	db, address := e.open(t)
	e.exec(t, db, e.makeMembers())
	return e.openMembers(t, db, membersTable), dial(t, e.driver, address)
}

// noon is a time that all columns hold.
var noon = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

// dump returns all columns of rows as the database writes them, by another connection.
func (e *engine) dump(t testing.TB, db *sql.DB, table, where string) (lines []string) {
	t.Helper()
	none, err := db.QueryContext(t.Context(), "SELECT * FROM "+e.quote(table)+" WHERE 1 = 0")
	require.NoError(t, err)
	names, err := none.Columns()
	require.NoError(t, err)
	require.NoError(t, none.Close())
	var texts []string
	for _, name := range names {
		texts = append(texts, map[sqlstore.Dialect]string{
			sqlstore.SQLite: "quote(" + name + ")", sqlstore.Postgres: name + "::text", sqlstore.Detect: "CAST(" + name + " AS CHAR)",
		}[e.dialect])
	}
	rows, err := db.QueryContext(t.Context(), "SELECT "+strings.Join(texts, ", ")+" FROM "+e.quote(table)+" WHERE "+where+" ORDER BY 1")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		values, into := make([]sql.NullString, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(t, rows.Scan(into...))
		var line []string
		for i, v := range values {
			text := v.String
			if !v.Valid {
				text = "NULL"
			}
			line = append(line, names[i]+"="+text)
		}
		lines = append(lines, strings.Join(line, " "))
	}
	require.NoError(t, rows.Err())
	return lines
}

// manyMembers yields members 1 to n of b, of a level.
func manyMembers(n, b, level int64) func(yield func(edge[int64, int64, member]) bool) {
	return func(yield func(edge[int64, int64, member]) bool) {
		for a := range n {
			if !yield(edge[int64, int64, member]{Left: a + 1, Right: b, Through: member{"many", level, noon}}) {
				return
			}
		}
	}
}

// TestUpdatesUseNoNumbers holds that a row which is changed uses up no number of the sequence by
// which the database numbers new rows.
func TestUpdatesUseNoNumbers(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		m, other := e.newMembers(t)
		must(m.AddAll(manyMembers(100, 1, 0)))
		for i := range int64(30) {
			must(m.Add(1, 1, member{"one", i, noon}))
			must(m.AddAll(manyMembers(3, 1, i+1)))
			must(m.AddAll(manyMembers(100, 1, i+2)))
		}
		must(m.Add(1000, 1, member{"new", 1, noon}))
		require.Equal(t, 101, count(t, other, "SELECT MAX(id) FROM members"))
	})
}

// TestUpdatesSetWhatChanged holds that a write leaves alone what another program has written to the
// row since, in columns that the relation knows and in such that it does not.
func TestUpdatesSetWhatChanged(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		m, other := e.newMembers(t)
		must(m.AddAll(manyMembers(50, 1, 1)))
		before := e.dump(t, other, "members", "1 = 1")
		e.exec(t, other, `UPDATE members SET role = 'theirs', note = 'theirs'`)
		promote := func(n int64) {
			for a := range n {
				_, err := m.Left(a+1).Modify(1, func(v member, _ bool) (member, bool) { v.Level++; return v, true })
				require.NoError(t, err)
			}
		}
		promote(2)
		require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
			for a := range int64(48) {
				must(m.In(tx).Add(a+3, 1, member{"many", 2, noon}))
			}
			return nil
		}))
		for i, line := range before {
			before[i] = strings.NewReplacer("role=many", "role=theirs", "role='many'", "role='theirs'", "level=1", "level=2", "note=none", "note=theirs", "note='none'", "note='theirs'").Replace(line)
		}
		require.Equal(t, before, e.dump(t, other, "members", "1 = 1"))
	})
}

// TestUpdatesThatMeetNoRow holds that a row which another program has deleted is inserted whole
// where a graph that does not know of it changes it, and stays away where the graph removes it.
func TestUpdatesThatMeetNoRow(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, n := range []int64{1, 2, 7, 100} {
			m, other := e.newMembers(t)
			must(m.AddAll(manyMembers(n, 1, 1)))
			must(m.AddAll(manyMembers(n, 2, 1)))
			e.exec(t, other, `DELETE FROM members WHERE a > 0`)
			must(m.AddAll(manyMembers(n, 1, 2)))
			_, err := m.RemoveRight(2)
			require.NoError(t, err)
			require.Equal(t, int(n), count(t, other, "SELECT COUNT(*) FROM members WHERE level = 2 AND role = 'many' AND note = 'none' AND b = 1"), "%d rows", n)
			require.Zero(t, count(t, other, "SELECT COUNT(*) FROM members WHERE b = 2"))
			c, err := m.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Zero(t, c, "%d rows", n)
		}
	})
}

// TestRowsThatOthersAdded holds that a row which another program has added is overwritten where a
// graph that does not know of it adds it.
func TestRowsThatOthersAdded(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		m, other := e.newMembers(t)
		e.exec(t, other, `INSERT INTO members (a, b, role, level, seen_at, note) VALUES (1, 1, 'theirs', 1, '2020-01-01 00:00:00', 'theirs')`)
		must(m.AddAll(manyMembers(40, 1, 3)))
		require.Equal(t, 1, count(t, other, "SELECT COUNT(*) FROM members WHERE a = 1 AND role = 'many' AND level = 3 AND note = 'theirs'"))
		require.Equal(t, 40, count(t, other, "SELECT COUNT(*) FROM members"))
		c, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Zero(t, c)
	})
}

// trigger returns the statements that make a trigger: of SQLite, and the body of a function of
// PostgreSQL.
func (e *engine) trigger(when, sqlite, postgres string) []string {
	if e.dialect == sqlstore.SQLite {
		return []string{"CREATE TRIGGER theirs " + when + " ON members FOR EACH ROW " + sqlite}
	}
	return []string{
		"CREATE FUNCTION theirs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " + postgres + " END $$",
		"CREATE TRIGGER theirs " + when + " ON members FOR EACH ROW EXECUTE FUNCTION theirs()",
	}
}

// TestTriggersThatSkip holds that a write which a trigger skips or undoes is refused, by the name
// of the row, with all that was to be written with it, whether the trigger was there when the
// graph was opened or not. MySQL has no such triggers.
func TestTriggersThatSkip(t *testing.T) {
	triggers := []struct{ name, when, sqlite, postgres, says string }{
		{"insert", "BEFORE INSERT", "WHEN NEW.a = 40 BEGIN SELECT RAISE(IGNORE); END", "IF NEW.a = 40 THEN RETURN NULL; END IF; RETURN NEW;", "row (40, 2) is not there after it was inserted"},
		{"update", "BEFORE UPDATE", "WHEN NEW.a = 40 BEGIN SELECT RAISE(IGNORE); END", "IF NEW.a = 40 THEN RETURN NULL; END IF; RETURN NEW;", "row (40, 1) was not updated"},
		{"delete", "BEFORE DELETE", "WHEN OLD.a = 40 BEGIN UPDATE members SET note = 'deleted' WHERE id = OLD.id; SELECT RAISE(IGNORE); END",
			"IF OLD.a = 40 THEN UPDATE members SET note = 'deleted' WHERE id = OLD.id; RETURN NULL; END IF; RETURN OLD;", "row (40, 1) is still there after it was deleted"},
		{"undone insert", "AFTER INSERT", "WHEN NEW.a = 40 BEGIN DELETE FROM members WHERE id = NEW.id; END", "DELETE FROM members WHERE id = NEW.id AND a = 40; RETURN NULL;", "row (40, 2) is not there after it was inserted"},
		{"other key", "AFTER INSERT", "WHEN NEW.a = 40 BEGIN UPDATE members SET a = -1 WHERE id = NEW.id; END", "UPDATE members SET a = -1 WHERE id = NEW.id AND a = 40; RETURN NULL;", "row (40, 2) is not there after it was inserted"},
	}
	for _, e := range []*engine{sqliteEngine, postgresEngine} {
		for _, trigger := range triggers {
			for _, n := range []int64{1, 45, 2000} {
				t.Run(fmt.Sprint(e.name, "/", trigger.name, "/", n), func(t *testing.T) {
					db, address := e.open(t)
					other := dial(t, e.driver, address)
					e.exec(t, db, e.makeMembers())
					m := e.openMembers(t, db, membersTable)
					must(m.AddAll(manyMembers(50, 1, 1)))
					undone := trigger.when == "AFTER INSERT"
					if undone { // the statement itself is done: only who knows of the trigger looks
						e.exec(t, other, e.trigger(trigger.when, trigger.sqlite, trigger.postgres)...)
						require.NoError(t, m.Graph().Close())
						m = e.openMembers(t, db, membersTable)
					} else {
						e.exec(t, other, e.trigger(trigger.when, trigger.sqlite, trigger.postgres)...)
					}
					before, revision := e.dump(t, other, "members", "1 = 1"), m.Graph().Revision()
					err := m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
						for a := max(1, 41-n); a <= max(40, n); a++ {
							switch trigger.when {
							case "BEFORE UPDATE":
								must(m.In(tx).Add(a, 1, member{"many", 2, noon}))
							case "BEFORE DELETE":
								must(m.In(tx).Remove(a, 1))
							default:
								must(m.In(tx).Add(a, 2, member{"many", 2, noon}))
							}
						}
						return nil
					})
					require.ErrorIs(t, err, sqlstore.ErrOverruled)
					require.ErrorIs(t, err, persist.ErrRefused)
					require.ErrorContains(t, err, trigger.says)
					require.Equal(t, before, e.dump(t, other, "members", "1 = 1"))
					require.Equal(t, revision, m.Graph().Revision())
					must(m.Add(7, 1, member{"seven", 7, noon}))
				})
			}
		}
	}
}

// TestSkippedCopy holds that a row which a trigger skips is missed where the rows are copied into
// an empty table.
func TestSkippedCopy(t *testing.T) {
	e := postgresEngine
	m, other := e.newMembers(t)
	e.exec(t, other, e.trigger("BEFORE INSERT", "", "IF NEW.a = 40 THEN RETURN NULL; END IF; RETURN NEW;")...)
	_, err := m.AddAll(manyMembers(2000, 1, 1))
	require.ErrorIs(t, err, sqlstore.ErrOverruled)
	require.ErrorContains(t, err, "row (40, 1) is not there")
	require.Zero(t, count(t, other, "SELECT COUNT(*) FROM members"))
}

// TestManyUpdates holds that values of all kinds are the same in the table where many rows change
// at once.
func TestManyUpdates(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		shapes := newShapes()[:1]
		e.exec(t, db, shapes[0].statement())
		openShapes(t, db, e, shapes)
		s := shapes[0].(*shape[int64, int64, membership])
		closeAtEnd(t, s.relation.Graph())
		rnd := rand.New(rand.NewPCG(5, 5))
		all := func(change func(v membership) membership) func(yield func(edge[int64, int64, membership]) bool) {
			return func(yield func(edge[int64, int64, membership]) bool) {
				for a := range int64(100) {
					v, _ := s.relation.Get(a, 1)
					if !yield(edge[int64, int64, membership]{Left: a, Right: 1, Through: change(v)}) {
						return
					}
				}
			}
		}
		for range 3 {
			must(s.relation.AddAll(all(func(membership) membership { return newMembership(rnd) })))
			requireRows(t, e.other(t, address), e, shapes)
			must(s.relation.AddAll(all(func(v membership) membership { v.Role, v.Boss = newText(rnd), new(newText(rnd)); return v })))
			must(s.relation.AddAll(all(func(v membership) membership { v.Photo, v.Score = []byte(newText(rnd)), newFloat(rnd); return v })))
			requireRows(t, e.other(t, address), e, shapes)
		}
	})
}

// TestTriggersThatChange holds that what a trigger makes of a row is in the graph after the next
// Refresh, where that reads the tables and where it reads the log of CreateTriggers.
func TestTriggersThatChange(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, logged := range []bool{false, true} {
			if logged && e != postgresEngine {
				continue
			}
			db, address := e.open(t)
			other := dial(t, e.driver, address)
			e.exec(t, db, e.makeMembers())
			switch e {
			case sqliteEngine:
				e.exec(t, db, "CREATE TRIGGER theirs AFTER INSERT ON members BEGIN UPDATE members SET role = lower(role) WHERE id = NEW.id; END")
			case mysqlEngine:
				e.exec(t, db, "CREATE TRIGGER theirs BEFORE INSERT ON members FOR EACH ROW SET NEW.role = LOWER(NEW.role)")
			default:
				e.exec(t, db, e.trigger("BEFORE INSERT", "", "NEW.role := lower(NEW.role); RETURN NEW;")...)
			}
			store := sqlstore.New(db, e.dialect, membersTable)
			g := junction.NewGraph(&junction.Options{Store: store})
			m := junction.Relate[int64, int64, member](g, "members")
			require.NoError(t, g.Open(t.Context()))
			if logged {
				schema, err := g.Schema()
				require.NoError(t, err)
				require.NoError(t, sqlstore.CreateTriggers(t.Context(), db, "", schema, membersTable))
				require.NoError(t, g.Close())
				store = sqlstore.New(db, e.dialect, membersTable)
				g = junction.NewGraph(&junction.Options{Store: store})
				m = junction.Relate[int64, int64, member](g, "members")
				require.NoError(t, g.Open(t.Context()))
			}
			closeAtEnd(t, g)
			must(m.Add(1, 1, member{"OWNER", 1, noon}))
			e.exec(t, other, `INSERT INTO members (a, b, role, level, seen_at) VALUES (2, 1, 'THEIRS', 1, '2020-01-01 00:00:00')`)
			_, err := g.Refresh(t.Context())
			require.NoError(t, err)
			for a, role := range map[int64]string{1: "owner", 2: "theirs"} {
				v, ok := m.Get(a, 1)
				require.True(t, ok)
				require.Equal(t, role, v.Role, "logged: %v", logged)
			}
			c, err := g.Refresh(t.Context())
			require.NoError(t, err)
			require.Zero(t, c)
		}
	})
}

// invitation has times in columns that a framework declares and writes.
type invitation struct {
	Role       string
	DateJoined time.Time
	InvitedAt  time.Time
}

// TestDatesOfOthers holds that times in SQLite are left as another program wrote them when
// something else changes, and are written as the rows are when they change themselves.
func TestDatesOfOthers(t *testing.T) {
	for _, e := range []*engine{sqliteEngine, mattnEngine} {
		t.Run(e.name, func(t *testing.T) {
			db, address := e.open(t)
			other := dial(t, e.driver, address)
			e.exec(t, db, `CREATE TABLE m (a integer NOT NULL, b integer NOT NULL, role varchar(9) NOT NULL, date_joined date NOT NULL, invited_at datetime NOT NULL, UNIQUE (a, b))`,
				`INSERT INTO m VALUES (1, 1, 'x', '2024-03-01', '2024-03-01 12:30:15.123456'), (1, 2, 'x', '2024-03-01', '2024-03-01 12:30:15')`)
			m, err := junction.Open[int64, int64, invitation](t.Context(), "m", sqlstore.New(db, e.dialect, sqlstore.Table{Relation: "m", Left: "a", Right: "b"}))
			require.NoError(t, err)
			closeAtEnd(t, m.Graph())
			_, err = m.Left(1).Modify(1, func(v invitation, _ bool) (invitation, bool) { v.Role = "y"; return v, true })
			require.NoError(t, err)
			at := time.Date(2025, 12, 31, 23, 59, 58, 0, time.UTC)
			_, err = m.Left(1).Modify(2, func(v invitation, _ bool) (invitation, bool) { v.InvitedAt = at; return v, true })
			require.NoError(t, err)
			must(m.Add(1, 3, invitation{"new", at.Truncate(24 * time.Hour), at.Add(1_000)}))
			want := []string{
				"a=1 b=1 role='y' date_joined='2024-03-01' invited_at='2024-03-01 12:30:15.123456'",
				"a=1 b=2 role='x' date_joined='2024-03-01' invited_at='2025-12-31 23:59:58'",
				"a=1 b=3 role='new' date_joined='2025-12-31' invited_at='2025-12-31 23:59:58.000001'",
			}
			require.Equal(t, want, e.dump(t, other, "m", "1 = 1"))
			_, err = m.Add(1, 4, invitation{"new", at, at})
			require.ErrorIs(t, err, persist.ErrRefused)
			require.ErrorContains(t, err, `table m, row (1, 4), column "date_joined": 2025-12-31 23:59:58 +0000 UTC is more than the form "2006-01-02" of the column holds`)
			require.Equal(t, want, e.dump(t, other, "m", "1 = 1"))
			c, err := m.Graph().Refresh(t.Context())
			require.NoError(t, err)
			require.Zero(t, c)
		})
	}
}

// TestTimesGiven holds that Table.Times says how times are written where no row does, and that it
// is refused for other columns.
func TestTimesGiven(t *testing.T) {
	e := sqliteEngine
	db, _ := e.open(t)
	e.exec(t, db, `CREATE TABLE m (a integer NOT NULL, b integer NOT NULL, role text NOT NULL, date_joined date NOT NULL, invited_at datetime NOT NULL, UNIQUE (a, b))`)
	table := sqlstore.Table{Relation: "m", Left: "a", Right: "b", Times: map[string]sqlstore.TimeForm{"invited_at": "2006-01-02T15:04:05.000Z"}}
	m, err := junction.Open[int64, int64, invitation](t.Context(), "m", sqlstore.New(db, e.dialect, table))
	require.NoError(t, err)
	must(m.Add(1, 1, invitation{"new", noon.Add(-12 * time.Hour), noon}))
	require.Equal(t, []string{"a=1 b=1 role='new' date_joined='2024-03-01' invited_at='2024-03-01T12:00:00.000Z'"}, e.dump(t, db, "m", "1 = 1"))
	require.NoError(t, m.Graph().Close())
	table.Times = map[string]sqlstore.TimeForm{"role": sqlstore.UnixMillis}
	_, err = junction.Open[int64, int64, invitation](t.Context(), "m", sqlstore.New(db, e.dialect, table))
	require.ErrorIs(t, err, persist.ErrSchema)
	require.ErrorContains(t, err, `Times has a form of column "role"`)
}

// TestRowsThatTheTableLost holds that writing what the graph has is no commit, also where the
// table has lost it: that is for Refresh to find, after which the edge can be added again.
func TestRowsThatTheTableLost(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		m, other := e.newMembers(t)
		must(m.AddAll(manyMembers(3, 1, 1)))
		e.exec(t, other, `DELETE FROM members WHERE a = 2`)
		revision := m.Graph().Revision()
		require.Zero(t, must(m.Add(2, 1, member{"many", 1, noon})))
		require.Equal(t, revision, m.Graph().Revision())
		require.Equal(t, 2, count(t, other, "SELECT COUNT(*) FROM members"))
		c, err := m.Graph().Refresh(t.Context())
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Removed: 1}, c)
		require.Equal(t, junction.Counts{Added: 1}, must(m.Add(2, 1, member{"many", 1, noon})))
		require.Equal(t, 3, count(t, other, "SELECT COUNT(*) FROM members"))
	})
}
