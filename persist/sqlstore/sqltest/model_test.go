package sqltest

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// TestPrograms holds that after a random program, with transactions of which some fail, a plain
// SELECT by another connection equals each relation, and so does a fresh open, its revision
// included.
func TestPrograms(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		shapes := newShapes()
		for _, s := range shapes {
			e.exec(t, db, s.statement())
		}
		other := e.other(t, address)
		programs := 8
		if testing.Short() {
			programs = 3
		}
		var revision uint64
		for seed := range uint64(programs) {
			g := openShapes(t, db, e, shapes)
			require.Equal(t, revision, g.Revision(), "seed %d", seed)
			requireRows(t, other, e, shapes, "seed %d, opened", seed)
			runProgram(t, rand.New(rand.NewPCG(seed, 1)), g, shapes)
			requireRows(t, other, e, shapes, "seed %d", seed)
			require.NoError(t, g.Check())
			revision = g.Revision()
			require.NoError(t, g.Close())
		}
		require.NotZero(t, revision)
	})
}

func openShapes(t *testing.T, db *sql.DB, e *engine, shapes []relationShape) *junction.Graph {
	var tables []sqlstore.Table
	for _, s := range shapes {
		tables = append(tables, s.table())
	}
	g := junction.NewGraph(&junction.Options{Store: sqlstore.New(db, e.dialect, tables...)})
	for _, s := range shapes {
		s.declare(g)
	}
	require.NoError(t, g.Open(t.Context()))
	return g
}

// requireRows compares every table with its relation.
func requireRows(t *testing.T, db *sql.DB, e *engine, shapes []relationShape, message ...any) {
	t.Helper()
	for _, s := range shapes {
		have, want := s.rows(t, db, e)
		require.Equal(t, want, have, message...)
	}
}

var errGivenUp = errors.New("given up")

// runProgram writes at random: single calls, transactions over several relations, and such as fail.
func runProgram(t *testing.T, rnd *rand.Rand, g *junction.Graph, shapes []relationShape) {
	for range 30 {
		if rnd.IntN(3) > 0 {
			require.NoError(t, shapes[rnd.IntN(len(shapes))].write(rnd, nil))
			continue
		}
		revision, fails := g.Revision(), rnd.IntN(3) == 0
		err := g.Update(context.Background(), func(tx *junction.Tx) error {
			for range 1 + rnd.IntN(6) {
				if err := shapes[rnd.IntN(len(shapes))].write(rnd, tx); err != nil {
					return err
				}
			}
			if fails {
				return errGivenUp
			}
			return nil
		})
		if fails {
			require.ErrorIs(t, err, errGivenUp)
			require.Equal(t, revision, g.Revision())
		} else {
			require.NoError(t, err)
		}
	}
}

// relationShape is a shape, whatever its types.
type relationShape interface {
	table() sqlstore.Table
	statement() string // that makes the table
	declare(g *junction.Graph)
	write(rnd *rand.Rand, tx *junction.Tx) error
	rows(t *testing.T, db *sql.DB, e *engine) (inTable, inGraph any)
}

// shape is a relation of some types, and how to make up its edges.
type shape[A, B, T any] struct {
	name     string
	columns  string // the columns, with their types
	relate   func(g *junction.Graph, name string) *junction.ManyToMany[A, B, T]
	left     func(*rand.Rand) A
	right    func(*rand.Rand) B
	through  func(*rand.Rand) T
	scan     func(e *edge[A, B, T]) []any // where a plain SELECT puts the columns
	settle   func(v *T)                   // makes values that are equal the same; may be nil
	given    sqlstore.Table               // what the Table says beside the names
	others   string                       // columns that are for that, and the unique index
	where    string                       // which rows are the relation's; "" for all
	relation *junction.ManyToMany[A, B, T]
}

type edge[A, B, T any] = junction.Edge[A, B, T]

func (s *shape[A, B, T]) table() sqlstore.Table {
	table := s.given
	table.Relation, table.Name = s.name, "table of "+s.name
	return table
}

// statement makes a table with more columns than the relation knows, in another order.
func (s *shape[A, B, T]) statement() string {
	return `CREATE TABLE "table of ` + s.name + `" (note {key} DEFAULT 'kept', ` + s.columns + `, more {int}, ` + cmp.Or(s.others, `PRIMARY KEY ("left", "right")`) + `)`
}

func (s *shape[A, B, T]) declare(g *junction.Graph) { s.relation = s.relate(g, s.name) }

func (s *shape[A, B, T]) edge(rnd *rand.Rand) edge[A, B, T] {
	return edge[A, B, T]{Left: s.left(rnd), Right: s.right(rnd), Through: s.through(rnd)}
}

func (s *shape[A, B, T]) edges(rnd *rand.Rand, n int) []edge[A, B, T] {
	list := make([]edge[A, B, T], n)
	for i := range list {
		list[i] = s.edge(rnd)
	}
	return list
}

// write makes a call at random.
func (s *shape[A, B, T]) write(rnd *rand.Rand, tx *junction.Tx) (err error) {
	m := s.relation
	if tx != nil {
		m = m.In(tx)
	}
	e := s.edge(rnd)
	switch n := rnd.IntN(40); {
	case n == 0:
		_, err = m.Clear()
	case n < 3: // as many as take another way
		_, err = m.AddAll(slices.Values(s.edges(rnd, 1+rnd.IntN(1500))))
	case n < 8:
		_, err = m.AddAll(slices.Values(s.edges(rnd, rnd.IntN(20))))
	case n < 12:
		neighbours := map[any]edge[A, B, T]{}
		for _, e := range s.edges(rnd, rnd.IntN(8)) {
			neighbours[fmt.Sprint(e.Right)] = e
		}
		_, err = m.Left(e.Left).Set(func(yield func(B, T) bool) {
			for e := range maps.Values(neighbours) {
				if !yield(e.Right, e.Through) {
					return
				}
			}
		})
	case n < 16:
		_, err = m.RemoveRight(e.Right)
	case n < 26:
		_, err = m.Remove(e.Left, e.Right)
	default:
		_, err = m.Add(e.Left, e.Right, e.Through)
	}
	return err
}

// rows returns what a plain SELECT finds and what the relation has, in the order in which the
// relation has it.
func (s *shape[A, B, T]) rows(t *testing.T, db *sql.DB, e *engine) (inTable, inGraph any) {
	t.Helper()
	var names []string
	for _, column := range strings.Split(s.columns, ", ") {
		name, _, _ := strings.Cut(column, " {")
		names = append(names, name)
	}
	rows, err := db.QueryContext(context.Background(), e.sql(`SELECT `+strings.Join(names, ", ")+` FROM "table of `+s.name+`" WHERE `+cmp.Or(s.where, "1 = 1")))
	require.NoError(t, err)
	defer rows.Close()
	found := map[string]edge[A, B, T]{}
	for rows.Next() {
		var row edge[A, B, T]
		require.NoError(t, rows.Scan(s.scan(&row)...))
		found[fmt.Sprintf("%q %q", fmt.Sprint(row.Left), fmt.Sprint(row.Right))] = s.settled(row)
	}
	require.NoError(t, rows.Err())
	known := map[string]edge[A, B, T]{}
	for row := range s.relation.Edges() {
		known[fmt.Sprintf("%q %q", fmt.Sprint(row.Left), fmt.Sprint(row.Right))] = s.settled(row)
	}
	return found, known
}

func (s *shape[A, B, T]) settled(e edge[A, B, T]) edge[A, B, T] {
	if s.settle != nil {
		s.settle(&e.Through)
	}
	return e
}

func newShapes() []relationShape {
	plain := func(rnd *rand.Rand) int64 { return rnd.Int64N(12) - 3 }
	return []relationShape{
		&shape[int64, int64, membership]{
			name:    "members",
			columns: membershipColumns,
			relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, membership] {
				return junction.Relate[int64, int64, membership](g, name)
			},
			left: plain, right: plain, through: newMembership, settle: (*membership).settle,
			scan: func(e *edge[int64, int64, membership]) []any {
				return append([]any{&e.Left, &e.Right}, e.Through.pointers()...)
			},
		},
		&shape[int64, string, memo]{
			name:    "memos",
			columns: `"left" {int} NOT NULL, "right" {key} NOT NULL, text {text} NOT NULL, level {int}, at {time} NOT NULL`,
			relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, string, memo] {
				return junction.Relate[int64, string, memo](g, name)
			},
			left: plain, right: newWord, through: newMemo, settle: func(m *memo) { m.At = m.At.UTC() },
			scan: func(e *edge[int64, string, memo]) []any {
				return []any{&e.Left, &e.Right, &e.Through.Text, &e.Through.Level, &e.Through.At}
			},
			given: sqlstore.Table{
				Where:    sqlstore.Values{"kind": "it's", "gone": nil},
				OnInsert: sqlstore.Values{"token": func() string { return "made" }},
				OnUpdate: sqlstore.Values{"changed": sqlstore.SQL("CURRENT_TIMESTAMP")},
				OnDelete: sqlstore.Values{"gone": sqlstore.SQL("CURRENT_TIMESTAMP")},
			},
			others: `kind {key} NOT NULL, gone {time}, token {key} NOT NULL, changed {time} NOT NULL, UNIQUE (kind, "left", "right")`,
			where:  "kind = 'it''s' AND gone IS NULL AND token = 'made'",
		},
		&shape[string, string, struct{}]{
			name:    "words",
			columns: `"left" {key} NOT NULL, "right" {key} NOT NULL`,
			relate: func(g *junction.Graph, name string) *junction.ManyToMany[string, string, struct{}] {
				return junction.Relate[string, string, struct{}](g, name)
			},
			left: newWord, right: newWord, through: func(*rand.Rand) struct{} { return struct{}{} },
			scan: func(e *edge[string, string, struct{}]) []any { return []any{&e.Left, &e.Right} },
		},
		&shape[uuid, int32, float64]{
			name:    "identities",
			columns: `"left" {uuid} NOT NULL, "right" {int} NOT NULL, "through" {float} NOT NULL`,
			relate: func(g *junction.Graph, name string) *junction.ManyToMany[uuid, int32, float64] {
				return junction.Relate[uuid, int32, float64](g, name)
			},
			left:    func(rnd *rand.Rand) uuid { return uuid{0: byte(rnd.IntN(4)) << 6, 15: byte(rnd.IntN(2))} },
			right:   func(rnd *rand.Rand) int32 { return math.MaxInt32 - rnd.Int32N(5) },
			through: newFloat,
			scan:    func(e *edge[uuid, int32, float64]) []any { return []any{&e.Left, &e.Right, &e.Through} },
		},
		&shape[string, string, *bool]{
			name:    "friends",
			columns: `"left" {key} NOT NULL, "right" {key} NOT NULL, "through" {bool}`,
			relate: func(g *junction.Graph, name string) *junction.ManyToMany[string, string, *bool] {
				return junction.RelateUndirected[string, *bool](g, name)
			},
			left: newWord, right: newWord,
			through: func(rnd *rand.Rand) *bool { return []*bool{nil, new(false), new(true)}[rnd.IntN(3)] },
			scan:    func(e *edge[string, string, *bool]) []any { return []any{&e.Left, &e.Right, &e.Through} },
		},
	}
}

// memo is in a table with rows of others, and rows that were removed.
type memo struct {
	Text  string
	Level *int64
	At    time.Time
}

func newMemo(rnd *rand.Rand) memo {
	m := memo{Text: newText(rnd), At: time.Date(2024, 1, 1, 0, 0, rnd.IntN(3), 0, time.UTC)}
	if rnd.IntN(2) == 0 {
		m.Level = new(rnd.Int64N(3))
	}
	return m
}

// membership has fields of all sorts.
type membership struct {
	stamp
	Role    string  `db:"the role"`
	Level   int16   // in a column of 16 bits
	Score   float64 `db:",omitempty"`
	Active  bool
	Nick    sql.NullString
	Quota   sql.Null[int64]
	SeenAt  sql.NullTime
	Expires *time.Time
	Boss    *string
	Photo   []byte
	Tags    []string
	Labels  map[string]int
	Ignored func() `db:"-"`
}

type stamp struct {
	CreatedAt time.Time
	CreatedBy *int64 `db:"creator"`
}

const membershipColumns = `"left" {int} NOT NULL, "right" {int} NOT NULL, created_at {time} NOT NULL, creator {int}, "the role" {text} NOT NULL, level {small} NOT NULL, ` +
	`score {float} NOT NULL, active {bool} NOT NULL, nick {text}, quota {int}, seen_at {time}, expires {time}, boss {text}, photo {bytes} NOT NULL, tags {json} NOT NULL, labels {json}`

// pointers are to the fields, in the order of the columns.
func (m *membership) pointers() []any {
	return []any{&m.CreatedAt, &m.CreatedBy, &m.Role, &m.Level, &m.Score, &m.Active, &m.Nick, &m.Quota, &m.SeenAt, &m.Expires, &m.Boss, &m.Photo,
		asJSON{&m.Tags}, asJSON{&m.Labels}}
}

// settle makes times UTC, and nothing nil.
func (m *membership) settle() {
	m.CreatedAt, m.SeenAt.Time = m.CreatedAt.UTC(), m.SeenAt.Time.UTC()
	if m.Expires != nil {
		m.Expires = new(m.Expires.UTC())
	}
	if len(m.Photo) == 0 {
		m.Photo = nil
	}
}

func newMembership(rnd *rand.Rand) membership {
	m := membership{Role: newText(rnd), Level: int16(rnd.IntN(1<<16) - 1<<15), Score: newFloat(rnd), Active: rnd.IntN(2) == 0}
	m.CreatedAt = newTime(rnd)
	if rnd.IntN(2) == 0 {
		m.CreatedBy, m.Boss, m.Expires = new(rnd.Int64()), new(newText(rnd)), new(newTime(rnd))
		m.Photo, m.Tags, m.Labels = []byte(newText(rnd)), []string{newText(rnd), newText(rnd)}, map[string]int{newText(rnd): rnd.Int()}
	}
	if rnd.IntN(2) == 0 {
		m.Nick, m.Quota, m.SeenAt = sql.NullString{String: newText(rnd), Valid: true}, sql.Null[int64]{V: -rnd.Int64(), Valid: true}, sql.NullTime{Time: newTime(rnd), Valid: true}
	}
	return m
}

// newWord makes up a key, of few.
func newWord(rnd *rand.Rand) string {
	words := []string{"", "a", "A", "a ", " a", "ä", "a\u0308", "'", `"`, "`", `\`, "{}", ",", "NULL", "\n", "%", "_", "🙂", "1", "01"}
	return words[rnd.IntN(len(words))]
}

func newText(rnd *rand.Rand) string { return newWord(rnd) + newWord(rnd) }

func newFloat(rnd *rand.Rand) float64 {
	all := []float64{0, -1.5, 0.1, math.Pi, math.MaxFloat64, -math.MaxFloat64, 1 << 53, 1e-300, 100}
	return all[rnd.IntN(len(all))]
}

// newTime makes up an instant between the years 1 and 9999.
func newTime(rnd *rand.Rand) time.Time {
	first, last := time.Time{}, time.Date(9999, 12, 31, 23, 59, 59, 999999000, time.UTC)
	return time.UnixMicro(first.UnixMicro() + rnd.Int64N(last.UnixMicro()-first.UnixMicro())).In(time.FixedZone("somewhere", rnd.IntN(7200)))
}

// asJSON scans JSON into what it points to.
type asJSON struct{ into any }

func (j asJSON) Scan(src any) error {
	switch src := src.(type) {
	case nil:
		return nil
	case []byte:
		return json.Unmarshal(src, j.into)
	case string:
		return json.Unmarshal([]byte(src), j.into)
	}
	return fmt.Errorf("%T is no JSON", src)
}

// uuid speaks for itself.
type uuid [16]byte

func (u uuid) Value() (driver.Value, error) { return u.String(), nil }

func (u uuid) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

func (u *uuid) Scan(src any) error {
	if b, ok := src.([]byte); ok {
		src = string(b)
	}
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("%T is no UUID", src)
	}
	b := u[:0]
	n, err := fmt.Sscanf(strings.ReplaceAll(s, "-", ""), "%x", &b)
	if err != nil || n != 1 || len(b) != len(u) {
		return fmt.Errorf("%q is no UUID", s)
	}
	copy(u[:], b)
	return nil
}

// TestOtherColumns holds that columns which the relation does not know keep what others have put
// there, whatever is done to the row but removing it.
func TestOtherColumns(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, address := e.open(t)
		e.exec(t, db, `CREATE TABLE likes (note {key} DEFAULT 'default', l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, id {int} DEFAULT 7, PRIMARY KEY (l, r))`,
			`INSERT INTO likes (l, r, n) VALUES (1, 1, 0), (1, 2, 0), (1, 3, 0)`)
		m := e.openLikes(t, db)
		other := e.other(t, address)
		e.exec(t, other, `UPDATE likes SET note = 'kept', id = r`)
		must(m.Add(1, 1, 1))
		must(m.Left(1).Set(maps.All(map[int64]int64{1: 2, 2: 1, 3: 1, 4: 1})))
		must(m.AddAll(func(yield func(edge[int64, int64, int64]) bool) {
			for r := range int64(2000) {
				if !yield(edge[int64, int64, int64]{Left: 1, Right: r, Through: 3}) {
					return
				}
			}
		}))
		require.Equal(t, 3, count(t, other, "SELECT COUNT(*) FROM likes WHERE note = 'kept' AND id = r AND n = 3"))
		require.Equal(t, 1997, count(t, other, "SELECT COUNT(*) FROM likes WHERE note = 'default' AND id = 7 AND n = 3"))
	})
}

// must returns what a write counted, and panics if it failed.
func must(c junction.Counts, err error) junction.Counts {
	if err != nil {
		panic(err)
	}
	return c
}
