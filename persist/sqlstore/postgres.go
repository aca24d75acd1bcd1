package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// postgres is the engine of PostgreSQL and of what speaks its SQL. Rows travel as one array for
// each column, in the text form of arrays, which every driver passes on as it is.
type postgres struct{}

func (postgres) quote(name string) string { return quoted(name, `"`) }
func (postgres) placeholder(n int) string { return "$" + strconv.Itoa(n) }
func (postgres) lock() string             { return " FOR UPDATE" }
func (postgres) tableOptions() string     { return "" }
func (postgres) nameLimit() (bytes int)   { return 63 }

func (postgres) readOptions() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (postgres) prepare(context.Context, querier, bool) error { return nil }

func (postgres) limitLocks(time.Duration) (set, reset string) { return "", "" }

// limitCondition saves each commit a statement of its own.
func (postgres) limitCondition(limit time.Duration) string {
	if limit == 0 {
		return ""
	}
	return fmt.Sprintf(" AND set_config('lock_timeout', CASE current_setting('lock_timeout') WHEN '0' THEN '%d' "+
		"ELSE current_setting('lock_timeout') END, true) <> ''", max(limit.Milliseconds(), 1))
}

func (postgres) isLocked(err error) bool { return sqlState(err) == "55P03" } // lock_not_available

func (e postgres) read(c *column) string { return e.quote(c.Name) }

func (e postgres) order(c *column) string {
	switch {
	case c.live.typ == "citext":
		return e.quote(c.Name) + `::text COLLATE "C"`
	case c.live.collation != "" && !c.live.sorted:
		return e.quote(c.Name) + ` COLLATE "C"`
	}
	return e.quote(c.Name)
}

func (postgres) bytesOf(text string) string { return text } // never needed: see inexact

func (postgres) inexact(c *column) string {
	return "its type or collation takes different texts for the same: want a deterministic collation, have " + c.live.shown
}

func (e postgres) index(m *mapping, columns string) (line, statement string) {
	return "", "CREATE INDEX ON " + m.quoted(e) + " (" + columns + ")"
}

func (e postgres) uniqueIndex(m *mapping, columns string) string {
	return "CREATE UNIQUE INDEX ON " + m.quoted(e) + " (" + columns + ")"
}

func (postgres) columnType(c *column) string {
	switch c.Kind {
	case persist.Int8, persist.Uint8, persist.Int16:
		return "smallint"
	case persist.Uint16, persist.Int32:
		return "integer"
	case persist.Uint32, persist.Int64, persist.Uint64:
		return "bigint"
	case persist.Float32:
		return "real"
	case persist.Float64:
		return "double precision"
	case persist.Bool:
		return "boolean"
	case persist.Bytes:
		return "bytea"
	case persist.UUID:
		return "uuid"
	case persist.Time:
		return "timestamp with time zone"
	case persist.JSON:
		return "jsonb"
	case persist.Driver:
		return ""
	}
	if c.key {
		return `text COLLATE "C"`
	}
	return "text"
}

func (e postgres) describe(ctx context.Context, db querier, schema, name string) (*live, error) {
	t := &live{}
	table := quoteTable(e, schema, name)
	if err := describeRelation(ctx, db, t, table); err != nil || t.name == "" {
		return nil, err
	}
	err := collect(ctx, db, func(scan func(...any) error) error {
		var c liveColumn
		var modifier int
		var enum, deterministic bool
		if err := scan(&c.name, &c.typ, &c.shown, &c.cast, &modifier, &enum, &c.viaText, &c.nullable, &c.filled, &c.computed, &c.collation, &deterministic); err != nil {
			return err
		}
		c.exact = deterministic && c.typ != "citext"
		c.sorted = slices.Contains([]string{"C", "POSIX", "ucs_basic", "C.UTF-8", "C.utf8"}, c.collation)
		switch {
		case enum:
			c.typ = "enum"
		case c.typ == "bpchar":
			c.cast = "bpchar" // character without a length would be one character
		}
		if c.length, c.precision = max(modifier-4, 0), 6; modifier >= 0 && strings.HasPrefix(c.typ, "timestamp") {
			c.precision = modifier
		}
		if c.scale = anyScale; modifier >= 4 && c.typ == "numeric" {
			c.scale = (modifier - 4) & 0x7ff
		}
		t.columns = append(t.columns, c)
		return nil
	}, `SELECT a.attname, b.typname, format_type(a.atttypid, a.atttypmod), format_type(b.oid, NULL),
			CASE WHEN a.atttypmod >= 0 THEN a.atttypmod ELSE t.typtypmod END, b.typtype = 'e', b.typcategory = 'A', NOT (a.attnotnull OR t.typnotnull),
			a.atthasdef OR a.attidentity <> '', a.attgenerated <> '' OR a.attidentity = 'a',
			CASE WHEN c.collname = 'default' THEN (SELECT datcollate FROM pg_database WHERE datname = current_database()) ELSE COALESCE(c.collname, '') END,
			COALESCE(c.collisdeterministic, true)
		FROM pg_attribute a
		JOIN pg_type t ON t.oid = a.atttypid
		JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
		LEFT JOIN pg_collation c ON c.oid = a.attcollation
		WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`, table)
	if err != nil || len(t.columns) == 0 {
		return nil, err
	}
	if err := describeTriggers(ctx, db, t, table); err != nil {
		return nil, err
	}
	return t, describeIndexes(ctx, db, t, `SELECT i.indexrelid, i.indisprimary, COALESCE((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false),
			COALESCE(pg_get_expr(i.indpred, i.indrelid), ''), COALESCE(a.attname, '')
		FROM pg_index i
		CROSS JOIN generate_series(0, i.indnkeyatts - 1) AS k (n)
		LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n] AND a.attnum <> 0
		WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid AND i.indimmediate
		ORDER BY i.indexrelid, k.n`, table)
}

// describeRelation finds out which relation has a name. Rows of tables that inherit from it, which
// partitions are not, stand outside its indexes.
func describeRelation(ctx context.Context, db querier, t *live, table string) error {
	return collect(ctx, db, func(scan func(...any) error) error {
		var child sql.NullString
		if err := scan(&t.schema, &t.name, &t.view, &child); err != nil {
			return err
		}
		if child.Valid {
			t.children = append(t.children, child.String)
		}
		return nil
	}, `SELECT n.nspname, c.relname, c.relkind IN ('v', 'm'), i.inhrelid::regclass::text
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace
		LEFT JOIN pg_inherits i ON i.inhparent = c.oid AND c.relkind = 'r'
		WHERE c.oid = to_regclass($1)`, table)
}

// describeTriggers finds out whether a table, or a partition of it, has triggers or rules of
// others.
func describeTriggers(ctx context.Context, db querier, t *live, table string) error {
	return db.QueryRowContext(ctx, `WITH RECURSIVE parts AS (
			SELECT to_regclass($1)::oid AS part UNION SELECT i.inhrelid FROM pg_inherits i JOIN parts p ON p.part = i.inhparent
		)
		SELECT EXISTS (SELECT 1 FROM pg_trigger g JOIN parts p ON p.part = g.tgrelid
			WHERE NOT g.tgisinternal AND g.tgenabled <> 'D' AND g.tgname NOT LIKE 'junction\_%')
		OR EXISTS (SELECT 1 FROM pg_rewrite r JOIN parts p ON p.part = r.ev_class WHERE r.ev_type <> '1' AND r.ev_enabled <> 'D')`,
		table).Scan(&t.triggered)
}

var (
	postgresIntegers = []string{"int8", "int4", "int2"}
	postgresTypes    = map[persist.Kind][]string{
		persist.Bool:    {"bool"},
		persist.Float32: {"float4", "float8"},
		persist.Float64: {"float8", "numeric"},
		persist.String:  {"text", "varchar", "bpchar", "uuid", "enum", "citext", "numeric", "inet", "cidr", "macaddr", "interval", "time"},
		persist.Bytes:   {"bytea"},
		persist.UUID:    {"uuid", "bytea"},
		persist.Time:    {"timestamptz", "timestamp", "date"},
		persist.JSON:    {"jsonb", "json", "text", "varchar"},
	}
)

func (postgres) fit(c *column) error {
	types := postgresTypes[c.Kind]
	if isInteger(c.Kind) {
		types = postgresIntegers
	}
	if types != nil && !slices.Contains(types, c.live.typ) {
		return misfitType(c, types)
	}
	c.toDB = chain(c.times("2006-01-02 15:04:05.999999Z07:00", c.live.precision), postgresValues(c))
	switch {
	case c.live.typ == "numeric":
		c.toDB, c.fromDB = c.decimal()
	case c.live.typ == "time" && c.Kind == persist.String:
		c.fromDB = textOfClock
	}
	return nil
}

// postgresValues returns the checks of what a type does not hold, or would hold as something else.
func postgresValues(c *column) func(any) (any, error) {
	switch c.live.typ {
	case "int2":
		return within(16, false)
	case "int4":
		return within(32, false)
	case "varchar":
		return chain(isText(false), atMost(c.live.length))
	case "bpchar":
		if c.live.length == 0 {
			return chain(isText(false), noSpaceAtEnd) // which does not count when texts are compared
		}
		return chain(isText(false), exactly(c.live.length))
	case "uuid":
		if c.Kind == persist.UUID {
			return uuidText
		}
		return canonicalUUID
	case "text", "enum", "citext":
		return isText(false)
	case "inet":
		return canonical("address", spellInet)
	case "cidr":
		return canonical("network", spellNetwork)
	case "macaddr":
		return canonical("MAC address", spellMAC)
	case "interval":
		return canonical("interval", spellInterval)
	case "time":
		return canonical("time of day", spellTimeOfDay)
	}
	return nil
}

func (postgres) literal(v any) (string, error) {
	return literalOf(v, func(s string) (string, error) { return strings.TrimSpace(literal(s)), nil }, `'\x%x'`)
}

// learn does nothing: values have one form.
func (postgres) learn(context.Context, *sql.Tx, *mapping) error { return nil }

// statements returns none: drivers for PostgreSQL keep prepared statements themselves, in a way
// that suits a pooler between them and the server.
func (postgres) statements(*diff) []string { return nil }

// How much travels in one statement at most.
const (
	arrayRows  = 10_000
	arrayBytes = 4 << 20
)

func (e postgres) insert(ctx context.Context, tx *writeTx, d *diff, rows []int) (int, error) {
	if len(rows) >= fillRows && len(d.onInsert) == 0 {
		if n, filled, err := e.fill(ctx, tx, d, rows); err != nil || filled {
			return n, err
		}
	}
	places := d.insertedPlaces()
	return e.inArrays(ctx, tx, d, rows, places, "INSERT INTO "+d.unexcluded(e)+" ("+strings.Join(d.insertedColumns(e), ", ")+
		") SELECT "+d.unnested(places)+d.onConflict(e))
}

func (e postgres) update(ctx context.Context, tx *writeTx, d *diff, u rowUpdate) (int, error) {
	return e.set(ctx, tx, d, u.rows, d.changedPlaces(u), d.onUpdate)
}

// set updates rows: it sets the columns at some places, and those of settings that are expressions.
func (e postgres) set(ctx context.Context, tx *writeTx, d *diff, rows, places []int, settings []setting) (int, error) {
	text := "UPDATE " + d.quoted(e) + " AS t"
	for i, place := range places {
		c := d.column(place)
		text += separator(i, " SET ", ", ") + e.quote(c.Name) + " = new.c" + strconv.Itoa(2+i) + c.fromText()
	}
	n := len(places)
	for _, s := range settings {
		if s.call == nil {
			text += separator(n, " SET ", ", ") + e.quote(s.column) + " = " + s.text
			n++
		}
	}
	places = append([]int{0, 1}, places...)
	return e.inArrays(ctx, tx, d, rows, places, text+" FROM "+e.joined(d, places, "new"))
}

func (e postgres) remove(ctx context.Context, tx *writeTx, d *diff, rows []int) (int, error) {
	if len(d.onDelete) > 0 {
		return e.set(ctx, tx, d, rows, places(d.onDelete), d.onDelete)
	}
	pair := []int{0, 1}
	return e.inArrays(ctx, tx, d, rows, pair, "DELETE FROM "+d.quoted(e)+" AS t USING "+e.joined(d, pair, "gone"))
}

// joined returns rows of arrays, as a table of columns c0, c1 and so on, and the condition by which
// each of them meets the row t of its key. It hides the arrays in a SELECT each from the planner,
// which would otherwise see how many rows they have. So it takes them for few and looks each up in
// an index; where it saw 10,000, it would rather read a table of up to a million rows from end to
// end.
func (e postgres) joined(d *diff, places []int, as string) string {
	names := make([]string, len(places))
	for i := range names {
		names[i] = "c" + strconv.Itoa(i)
	}
	return d.unnest(places, "(SELECT ", ")") + " AS " + as + " (" + strings.Join(names, ", ") + ") WHERE " + e.meets(d, as)
}

// meets returns the condition by which a key, c0 and c1, meets the row t.
func (e postgres) meets(d *diff, as string) string {
	return "t." + e.quote(d.columns[0].Name) + " = " + as + ".c0" + d.columns[0].fromText() +
		" AND t." + e.quote(d.columns[1].Name) + " = " + as + ".c1" + d.columns[1].fromText() + d.inScope(e, "t.")
}

func (e postgres) there(ctx context.Context, tx *writeTx, d *diff, rows []int) ([]bool, error) {
	pair := []int{0, 1}
	query := "SELECT k.n FROM " + d.quoted(e) + " AS t, " + d.unnest(pair, "(SELECT ", ")") + " WITH ORDINALITY AS k (c0, c1, n) WHERE " + e.meets(d, "k")
	there := make([]bool, len(rows))
	begin := -1
	for some, args := range d.arrays(rows, pair) {
		err := collect(ctx, tx, func(scan func(...any) error) error {
			var n int
			err := scan(&n)
			there[begin+n] = true // it is counted from 1
			return err
		}, query, args...)
		if err != nil {
			return nil, err
		}
		begin += len(some)
	}
	return there, nil
}

// skips is true: a BEFORE trigger that returns NULL has the row skipped, and so may a rule.
func (postgres) skips() bool { return true }

// unnested returns what to select, and from where, for an INSERT of rows of arrays. Arrays of
// arrays would be one: a value that is an array itself travels as text.
func (m *mapping) unnested(places []int) string {
	names, values := make([]string, len(places)), make([]string, len(places))
	for i, place := range places {
		names[i] = "c" + strconv.Itoa(i)
		values[i] = names[i] + m.column(place).fromText()
	}
	return strings.Join(values, ", ") + m.insertedTexts() + " FROM " + m.unnest(places, "", "") + " AS k (" + strings.Join(names, ", ") + ")"
}

// fromText returns what turns a value that has travelled as text into one of the column's type.
func (c *column) fromText() string {
	if c.live.viaText {
		return "::" + c.live.cast
	}
	return ""
}

// travels returns the type that values of the column have in an array.
func (c *column) travels() string {
	if c.live.viaText {
		return "text"
	}
	return c.live.cast
}

// unnest returns rows of arrays, one for each column at some places, as an expression. Begin and
// end stand around each array.
func (m *mapping) unnest(places []int, begin, end string) string {
	var text strings.Builder
	for i, place := range places {
		text.WriteString(separator(i, "unnest(", ", ") + begin + "$" + strconv.Itoa(i+1) + "::" + m.column(place).travels() + "[]" + end)
	}
	return text.String() + ")"
}

// inArrays runs a statement on some columns of rows, and returns how many it has written.
func (postgres) inArrays(ctx context.Context, tx *writeTx, d *diff, rows, columns []int, statement string) (n int, err error) {
	for _, args := range d.arrays(rows, columns) {
		some, err := tx.execCounted(ctx, statement, args...)
		if err != nil {
			return n, err
		}
		n += some
	}
	return n, nil
}

// arrays yields rows and an array of each of some columns of theirs, as many rows at once as may
// travel together.
func (d *diff) arrays(rows, columns []int) iter.Seq2[[]int, []any] {
	return func(yield func([]int, []any) bool) {
		arrays, args := make([]array, len(columns)), make([]any, len(columns))
		for begin := 0; begin < len(rows); {
			end, size := begin, 0
			for ; end < len(rows) && end-begin < arrayRows && size < arrayBytes; end++ {
				for i, place := range columns {
					size += arrays[i].add(d.values[rows[end]+place], d.column(place).live.typ == "bytea")
				}
			}
			for i := range arrays {
				args[i] = arrays[i].take()
			}
			if !yield(rows[begin:end], args) {
				return
			}
			begin = end
		}
	}
}

// array is the text form of an array of PostgreSQL.
// See https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO.
type array struct{ text []byte }

// add appends an element and returns how many bytes it takes. A []byte is text, unless the column
// is one of bytes.
func (a *array) add(v any, binary bool) int {
	before := len(a.text)
	if before == 0 {
		a.text = append(a.text, '{')
	} else {
		a.text = append(a.text, ',')
	}
	switch v := v.(type) {
	case nil:
		a.text = append(a.text, "NULL"...)
	case int64:
		a.text = strconv.AppendInt(a.text, v, 10)
	case float64:
		a.text = appendFloat(a.text, v)
	case bool:
		a.text = strconv.AppendBool(a.text, v)
	case string:
		a.addText(v)
	case []byte:
		if binary {
			a.text = append(a.text, `"\\x`...)
			a.text = hex.AppendEncode(a.text, v)
			a.text = append(a.text, '"')
		} else {
			a.addText(string(v))
		}
	case time.Time:
		a.addText(v.UTC().Format(time.RFC3339Nano))
	default:
		a.addText(fmt.Sprint(v))
	}
	return len(a.text) - before
}

func (a *array) addText(s string) {
	a.text = append(a.text, '"')
	for i := range len(s) {
		if s[i] == '"' || s[i] == '\\' {
			a.text = append(a.text, '\\')
		}
		a.text = append(a.text, s[i])
	}
	a.text = append(a.text, '"')
}

// take returns the array and empties it.
func (a *array) take() string {
	text := string(append(a.text, '}'))
	a.text = a.text[:0]
	return text
}

func appendFloat(text []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(text, "Infinity"...)
	case math.IsInf(f, -1):
		return append(text, "-Infinity"...)
	}
	return strconv.AppendFloat(text, f, 'g', -1, 64)
}

// judge knows the codes of https://www.postgresql.org/docs/current/errcodes-appendix.html.
func (postgres) judge(err error) verdict {
	switch state := sqlState(err); {
	case state == "":
		return lost
	case state == "40001", state == "40P01": // serialization failure, deadlock
		return again
	case state == "40003", strings.HasPrefix(state, "08"), strings.HasPrefix(state, "57P"):
		return ended
	}
	return refused
}
