package sqltest

import (
	"context"
	"database/sql"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// sql returns a statement as a database speaks it: columns of the types {int}, {small}, {key} (a
// text), {text}, {float}, {bool}, {bytes}, {time}, {json}, {uuid} and {serial} (a row's number),
// names between double quotes, and ? for arguments.
func (e *engine) sql(statement string) string {
	switch e.dialect {
	case sqlstore.SQLite:
		return strings.NewReplacer("{int}", "INTEGER", "{small}", "SMALLINT", "{key}", "TEXT", "{text}", "TEXT", "{float}", "REAL", "{bool}", "BOOLEAN",
			"{bytes}", "BLOB", "{time}", "TIMESTAMP", "{json}", "TEXT", "{uuid}", "TEXT",
			"{serial}", "INTEGER PRIMARY KEY").Replace(statement)
	case sqlstore.Detect:
		return strings.NewReplacer("{int}", "BIGINT", "{small}", "SMALLINT", "{key}", "VARCHAR(100) COLLATE "+mysqlCollation(), "{text}", "LONGTEXT COLLATE "+mysqlCollation(),
			"{float}", "DOUBLE", "{bool}", "BOOLEAN", "{bytes}", "LONGBLOB", "{time}", "DATETIME(6)", "{json}", "JSON", "{uuid}", "CHAR(36) COLLATE "+mysqlCollation(),
			"{serial}", "BIGINT AUTO_INCREMENT PRIMARY KEY",
			`"`, "`").Replace(statement)
	}
	statement = strings.NewReplacer("{int}", "bigint", "{small}", "smallint", "{key}", "text", "{text}", "text", "{float}", "double precision", "{bool}", "boolean",
		"{bytes}", "bytea", "{time}", "timestamptz", "{json}", "jsonb", "{uuid}", "uuid", "{serial}", "bigserial PRIMARY KEY").Replace(statement)
	for n := 1; strings.Contains(statement, "?"); n++ {
		statement = strings.Replace(statement, "?", "$"+strconv.Itoa(n), 1)
	}
	return statement
}

// mysqlCollation is one that compares bytes: it has another name in MySQL than in MariaDB.
var mysqlCollation = sync.OnceValue(func() string {
	db, err := sql.Open("mysql", os.Getenv("JUNCTION_TEST_MYSQL"))
	if err != nil {
		return err.Error()
	}
	defer db.Close()
	var n int
	if db.QueryRow("SELECT 1 FROM information_schema.collations WHERE collation_name = 'utf8mb4_nopad_bin'").Scan(&n) == nil {
		return "utf8mb4_nopad_bin"
	}
	return "utf8mb4_0900_bin"
})

// quote returns a name between the quotes of the database.
func (e *engine) quote(name string) string {
	mark := `"`
	if e.dialect == sqlstore.Detect {
		mark = "`"
	}
	return mark + strings.ReplaceAll(name, mark, mark+mark) + mark
}

// exec runs statements, as sql makes them.
func (e *engine) exec(t testing.TB, db *sql.DB, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		mustExec(t, db, e.sql(statement))
	}
}

// other opens the database of an address once more, to look at it by plain SQL. Its times are
// time.Time.
func (e *engine) other(t testing.TB, address string) *sql.DB {
	switch e.driver {
	case "sqlite":
		address += "&_texttotime=1"
	case "mysql":
		address = withMySQL(t, address, "parseTime", "true")
	}
	return dial(t, e.driver, address)
}

// count returns what a query counts.
func count(t testing.TB, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, query string, args ...any) (n int) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(context.Background(), query, args...).Scan(&n), query)
	return n
}

// keys returns the rows of two integers that a table has.
func (e *engine) keys(t testing.TB, db *sql.DB, table string) (pairs [][2]int64) {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), `SELECT l, r FROM `+e.quote(table)+` ORDER BY l, r`)
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var pair [2]int64
		require.NoError(t, rows.Scan(&pair[0], &pair[1]))
		pairs = append(pairs, pair)
	}
	require.NoError(t, rows.Err())
	return pairs
}

// pairsOf returns the edges of a relation as keys does.
func pairsOf[T any](m *junction.ManyToMany[int64, int64, T]) (pairs [][2]int64) {
	for edge := range m.Edges() {
		pairs = append(pairs, [2]int64{edge.Left, edge.Right})
	}
	return pairs
}

// likes is a relation of integers in a table of columns l, r and n, as most tests need it.
type likes = junction.ManyToMany[int64, int64, int64]

var likesTable = sqlstore.Table{Relation: "likes", Left: "l", Right: "r", Through: "n"}

const makeLikes = `CREATE TABLE likes (l {int} NOT NULL, r {int} NOT NULL, n {int} NOT NULL, PRIMARY KEY (l, r))`

// newLikes returns a graph of that relation, which is not open.
func (e *engine) newLikes(db *sql.DB, configure ...func(*sqlstore.Store)) *likes {
	store := sqlstore.New(db, e.dialect, likesTable)
	for _, c := range configure {
		c(store)
	}
	return junction.Relate[int64, int64, int64](junction.NewGraph(&junction.Options{Store: store}), "likes")
}

// openLikes opens it. It is closed when the test ends.
func (e *engine) openLikes(t testing.TB, db *sql.DB, configure ...func(*sqlstore.Store)) *likes {
	t.Helper()
	m := e.newLikes(db, configure...)
	require.NoError(t, m.Graph().Open(context.Background()))
	closeAtEnd(t, m.Graph())
	return m
}

// closeAtEnd closes a graph when the test ends.
func closeAtEnd(t testing.TB, g *junction.Graph) {
	t.Cleanup(func() { require.NoError(t, g.Close()) })
}

// between returns the text between two others, the first of each.
func between(text, begin, end string) string {
	_, text, _ = strings.Cut(text, begin)
	text, _, _ = strings.Cut(text, end)
	return text
}
