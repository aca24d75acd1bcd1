package sqlstore

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
)

// mysql is the engine of MySQL, MariaDB, and of what speaks their SQL.
type mysql struct {
	mariaDB   bool
	utc       bool // the session's time zone is UTC
	local     bool // the driver makes times of a zone other than UTC
	jsonTable bool // there is JSON_TABLE
	lockWait  int  // the seconds for which the session waits for the lock of a row
}

func (*mysql) quote(name string) string { return quoted(name, "`") }
func (*mysql) placeholder(int) string   { return "?" }
func (*mysql) lock() string             { return " FOR UPDATE" }
func (*mysql) tableOptions() string     { return "" }
func (*mysql) nameLimit() (bytes int)   { return 0 } // 64 characters, the server checks that

func (*mysql) readOptions() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

func (e *mysql) order(c *column) string {
	if c.live.exact {
		return e.quote(c.Name)
	}
	return e.bytesOf(e.quote(c.Name))
}

// inexact has nothing to say: the bytes of keys are compared, too.
func (*mysql) inexact(*column) string { return "" }

func (*mysql) bytesOf(text string) string {
	return "CAST(CONVERT(" + text + " USING utf8mb4) AS BINARY)"
}

// limitLocks takes two statements a commit, unless the session's own setting is short enough.
func (e *mysql) limitLocks(limit time.Duration) (set, reset string) {
	seconds := int((limit + time.Second - 1) / time.Second)
	if limit == 0 || e.lockWait <= seconds {
		return "", ""
	}
	const setting = "SET SESSION innodb_lock_wait_timeout = "
	return setting + strconv.Itoa(seconds), setting + strconv.Itoa(e.lockWait)
}

func (*mysql) limitCondition(time.Duration) string { return "" }

func (*mysql) isLocked(err error) bool { return mysqlCode(err) == "1205" }

// read asks for text where the driver would make times of another zone: some times of the clock do
// not exist there.
func (e *mysql) read(c *column) string {
	if e.local && c.isTime() {
		return "CAST(" + e.quote(c.Name) + " AS CHAR)"
	}
	return e.quote(c.Name)
}

func (e *mysql) index(_ *mapping, columns string) (line, statement string) {
	return ",\n  INDEX (" + columns + ")", ""
}

func (e *mysql) uniqueIndex(m *mapping, columns string) string {
	return "CREATE UNIQUE INDEX " + e.quote(m.indexName(64)) + " ON " + m.quoted(e) + " (" + columns + ")"
}

// prepare looks at the session: without a strict mode, the server would cut values that do not fit.
func (e *mysql) prepare(ctx context.Context, db querier, readOnly bool) error {
	var mode, zone string
	err := db.QueryRowContext(ctx, "SELECT @@SESSION.sql_mode, CASE @@SESSION.time_zone WHEN 'SYSTEM' THEN @@system_time_zone ELSE @@SESSION.time_zone END, "+
		"@@SESSION.innodb_lock_wait_timeout").Scan(&mode, &zone, &e.lockWait)
	if err != nil {
		return err
	}
	if !readOnly && !strings.Contains(mode, "STRICT_TRANS_TABLES") && !strings.Contains(mode, "STRICT_ALL_TABLES") {
		return fmt.Errorf("%w: the session's sql_mode %q is not strict, so that the server would cut values which do not fit: add STRICT_ALL_TABLES to it", persist.ErrSchema, mode)
	}
	e.utc = zone == "UTC" || zone == "+00:00"
	var made any
	if err := db.QueryRowContext(ctx, "SELECT CAST('2000-01-01' AS DATETIME)").Scan(&made); err != nil {
		return err
	}
	at, isTime := made.(time.Time)
	e.local = isTime && at.Location() != time.UTC
	var n int
	err = db.QueryRowContext(ctx, "SELECT COUNT(*) FROM JSON_TABLE('[[1]]', '$[*]' COLUMNS (l BIGINT PATH '$[0]')) AS j").Scan(&n)
	e.jsonTable = err == nil
	return ctx.Err()
}

func (e *mysql) columnType(c *column) string {
	switch c.Kind {
	case persist.Int8:
		return "TINYINT"
	case persist.Uint8:
		return "TINYINT UNSIGNED"
	case persist.Int16:
		return "SMALLINT"
	case persist.Uint16:
		return "SMALLINT UNSIGNED"
	case persist.Int32:
		return "INT"
	case persist.Uint32:
		return "INT UNSIGNED"
	case persist.Int64, persist.Uint64:
		return "BIGINT"
	case persist.Float32, persist.Float64:
		return "DOUBLE"
	case persist.Bool:
		return "BOOLEAN"
	case persist.UUID:
		return "BINARY(16)"
	case persist.Time:
		return "DATETIME(6)"
	case persist.JSON:
		return "JSON"
	case persist.Driver:
		return ""
	case persist.Bytes:
		if c.key {
			return "VARBINARY(255)"
		}
		return "LONGBLOB"
	}
	text := "LONGTEXT CHARACTER SET utf8mb4 COLLATE "
	if c.key {
		text = "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE "
	}
	if e.mariaDB {
		return text + "utf8mb4_nopad_bin"
	}
	return text + "utf8mb4_0900_bin"
}

func (e *mysql) describe(ctx context.Context, db querier, schema, name string) (*live, error) {
	t := &live{anyIndex: true}
	err := collect(ctx, db, func(scan func(...any) error) error {
		var c liveColumn
		var filled, extra, collation sql.NullString
		var length, precision, scale sql.NullInt64
		if err := scan(&c.name, &c.typ, &c.shown, &c.nullable, &filled, &extra, &collation, &length, &precision, &scale); err != nil {
			return err
		}
		c.typ = strings.ToLower(c.typ)
		c.computed = strings.Contains(extra.String, "VIRTUAL GENERATED") || strings.Contains(extra.String, "STORED GENERATED")
		isNull := c.nullable && extra.String == "" && (!filled.Valid || filled.String == "NULL") // as MariaDB writes it
		c.filled = filled.Valid && !isNull || extra.String != ""
		c.unalike = isNull || strings.Contains(extra.String, "auto_increment")
		c.collation = collation.String
		c.exact = c.collation == "" || c.collation == "binary" || strings.HasSuffix(c.collation, "_nopad_bin") || strings.HasSuffix(c.collation, "_0900_bin")
		c.length, c.precision = int(min(length.Int64, 1<<31-1)), int(precision.Int64)
		c.scale = int(scale.Int64)
		c.unsigned = strings.Contains(strings.ToLower(c.shown), "unsigned")
		if c.collation != "" {
			c.shown += " COLLATE " + c.collation
		}
		t.columns = append(t.columns, c)
		return nil
	}, `SELECT column_name, data_type, column_type, is_nullable = 'YES', column_default, extra, collation_name, character_maximum_length, datetime_precision, numeric_scale
		FROM information_schema.columns
		WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ? ORDER BY ordinal_position`, schema, name)
	if err != nil || len(t.columns) == 0 {
		return nil, err
	}
	err = db.QueryRowContext(ctx, `SELECT t.table_schema, t.table_name, t.table_type LIKE '%VIEW%', COALESCE(e.engine, '')
		FROM information_schema.tables t
		LEFT JOIN information_schema.engines e ON e.engine = t.engine AND e.transactions <> 'YES'
		WHERE t.table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND t.table_name = ?`, schema, name).
		Scan(&t.schema, &t.name, &t.view, &t.keptApart)
	if err != nil {
		return nil, err
	}
	err = db.QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM information_schema.triggers
		WHERE event_object_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND event_object_table = ?`, schema, name).Scan(&t.triggered)
	if err != nil {
		return nil, err
	}
	return t, describeIndexes(ctx, db, t, `SELECT index_name, index_name = 'PRIMARY', false, '', CASE WHEN sub_part IS NULL THEN COALESCE(column_name, '') ELSE '' END FROM information_schema.statistics
		WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_name = ? AND non_unique = 0
		ORDER BY index_name, seq_in_index`, schema, name)
}

var (
	mysqlIntegers = map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
	mysqlTexts    = []string{"varchar", "char", "text", "tinytext", "mediumtext", "longtext"}
	mysqlBytes    = []string{"varbinary", "binary", "blob", "tinyblob", "mediumblob", "longblob"}
	mysqlTypes    = map[persist.Kind][]string{
		persist.Bool:    {"tinyint", "bit"},
		persist.Float32: {"double"}, // float would be rounded where it is sent as text
		persist.Float64: {"double", "decimal"},
		persist.String:  slices.Concat(mysqlTexts, mysqlBytes, []string{"enum", "set", "uuid", "decimal", "inet4", "inet6"}),
		persist.Bytes:   mysqlBytes,
		persist.UUID:    {"binary", "uuid", "char", "varchar"},
		persist.Time:    {"datetime", "timestamp", "date"},
		persist.JSON:    slices.Concat([]string{"json"}, mysqlTexts),
	}
)

func (e *mysql) fit(c *column) error {
	types := mysqlTypes[c.Kind]
	if isInteger(c.Kind) {
		types = []string{"bigint", "int", "mediumint", "smallint", "tinyint", "year"}
	}
	switch {
	case types != nil && !slices.Contains(types, c.live.typ):
		return misfitType(c, types)
	case c.isTime() && c.live.typ == "timestamp" && !e.utc:
		return errors.New("is a TIMESTAMP, whose values depend on the session's time zone: set that to '+00:00', or make the column a DATETIME, have " + c.live.shown)
	}
	c.toDB = chain(c.times(mysqlTime, c.live.precision), e.values(c))
	switch {
	case c.isTime():
		c.fromDB = wallClock
	case c.live.typ == "decimal":
		c.toDB, c.fromDB = c.decimal()
	case c.Kind == persist.UUID && c.live.typ != "binary" && c.live.typ != "uuid" && c.key:
		c.toDB, c.fromDB = c.uuids()
	}
	return nil
}

// isTime reports whether a column holds times. A Go type with a Valuer, such as sql.NullTime, does
// not say so.
func (c *column) isTime() bool { return slices.Contains(mysqlTypes[persist.Time], c.live.typ) }

// mysqlTime is how times are written: in UTC, by the clock on the wall.
const mysqlTime = "2006-01-02 15:04:05.999999"

// wallClock reads a time of mysqlTime. With parseTime and loc in its address, the driver has made a
// time.Time of it, in another zone and with the same numbers.
func wallClock(v any) (any, error) {
	if t, ok := v.(time.Time); ok {
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), nil
	}
	s, _ := text(v)
	layout := mysqlTime
	if len(s) == len(time.DateOnly) {
		layout = time.DateOnly
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return nil, fmt.Errorf("has %s, which is no time: %w", show(v), err)
	}
	return t, nil
}

// values returns the checks of what a type does not hold, or would hold as something else.
func (*mysql) values(c *column) func(any) (any, error) {
	if bits := mysqlIntegers[c.live.typ]; bits > 0 && isInteger(c.Kind) {
		return within(bits, c.live.unsigned)
	}
	text := c.live.typ
	switch {
	case text == "year" && isInteger(c.Kind):
		return yearOnly
	case text == "enum" && c.Kind == persist.String:
		return oneOf(membersOf(c.live.shown))
	case text == "set" && c.Kind == persist.String:
		return setOf(membersOf(c.live.shown))
	case text == "inet4", text == "inet6":
		return canonical("address", spellAddress)
	case text == "uuid" && c.Kind == persist.String:
		return canonicalUUID
	case c.Kind == persist.UUID && text != "binary":
		return uuidText
	case text == "binary":
		return chain(textAsBytes, ofLength(c.live.length))
	case c.Kind == persist.String && slices.Contains(mysqlBytes, text):
		return textAsBytes
	case text == "char":
		return chain(isText(true), atMost(c.live.length), noSpaceAtEnd)
	case text == "varchar":
		return chain(isText(true), atMost(c.live.length))
	case slices.Contains(mysqlTexts, text):
		return isText(true)
	}
	return nil
}

// statementRows are the numbers of rows that one statement inserts, from the largest: so a few
// prepared ones serve any number.
var statementRows = []int{512, 64, 8, 1}

const mostArguments = 65_000

// pieces cuts a number of rows into pieces of the sizes for which there are statements.
func (m *mapping) pieces(rows int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, n := range statementRows {
			if n > 1 && n*(len(m.columns)+len(m.made)) > mostArguments {
				continue
			}
			for ; rows >= n; rows -= n {
				if !yield(n) {
					return
				}
			}
		}
	}
}

func (e *mysql) upsert(m *mapping, rows int) string {
	return m.insertion(e, m.quoted(e), rows) + e.onDuplicate(m)
}

// onDuplicate returns what is done where a row is there: what overwrites returns, if the row is the
// relation's. Expressions see what was set before them, and so what was removed comes back last.
func (e *mysql) onDuplicate(m *mapping) string {
	sets := m.overwrites(e, func(name string) string { return "VALUES(" + name + ")" })
	if len(sets) == 0 {
		name := e.quote(m.columns[0].Name)
		return " ON DUPLICATE KEY UPDATE " + name + " = " + m.quoted(e) + "." + name
	}
	same := m.sameBytes(e, func(i int) (x, y string) {
		name := e.quote(m.columns[i].Name)
		return name, "VALUES(" + name + ")"
	})
	text, mine := "", strings.TrimPrefix(m.overwritten(e, "")+same, " AND ")
	for i, set := range sets {
		if mine != "" {
			set.text = "IF(" + mine + ", " + set.text + ", " + set.name + ")"
		}
		text += separator(i, " ON DUPLICATE KEY UPDATE ", ", ") + set.name + " = " + set.text
	}
	return text
}

// literal writes text with a backslash in hexadecimal digits: what that means depends on the
// session.
func (*mysql) literal(v any) (string, error) {
	return literalOf(v, func(s string) (string, error) {
		if strings.Contains(s, `\`) {
			return fmt.Sprintf("CONVERT(x'%x' USING utf8mb4)", s), nil
		}
		return quoted(s, "'"), nil
	}, "x'%x'")
}

// learn does nothing: values have one form.
func (*mysql) learn(context.Context, *sql.Tx, *mapping) error { return nil }

func (e *mysql) statements(d *diff) (texts []string) {
	last := 0
	for n := range d.pieces(len(d.inserts)) {
		if n != last {
			texts = append(texts, e.upsert(d.mapping, n))
			last = n
		}
	}
	if !e.joins(d, places(d.onDelete), d.gone) {
		texts = append(texts, d.deletion(e))
	}
	for _, u := range d.updates {
		if len(u.columns) > 0 && !e.joins(d, d.changedPlaces(u), u.rows) {
			texts = append(texts, d.updating(e, u.columns, d.onUpdate))
		}
	}
	return texts
}

// insert returns the number of rows, since the server counts one that was there twice, or not at
// all.
func (e *mysql) insert(ctx context.Context, tx *writeTx, d *diff, rows []int) (int, error) {
	rest, places := rows, d.insertedPlaces()
	var stmt *sql.Stmt
	var args []any
	last := 0
	for n := range d.pieces(len(rest)) {
		if n != last {
			var err error
			if stmt, err = tx.statement(ctx, e.upsert(d.mapping, n)); err != nil {
				return 0, err
			}
			last = n
		}
		args = args[:0]
		for _, at := range rest[:n] {
			for _, place := range places {
				args = append(args, d.values[at+place])
			}
		}
		if _, err := stmt.ExecContext(ctx, args...); err != nil {
			return 0, err
		}
		rest = rest[n:]
	}
	return len(rows), nil
}

func (e *mysql) update(ctx context.Context, tx *writeTx, d *diff, u rowUpdate) (int, error) {
	places := d.changedPlaces(u)
	if !e.joins(d, places, u.rows) {
		return tx.updateEach(ctx, e, d, u)
	}
	return e.set(ctx, tx, d, u.rows, places, d.onUpdate)
}

// set updates rows by a join: it sets the columns at some places, and those of settings that are
// expressions.
func (e *mysql) set(ctx context.Context, tx *writeTx, d *diff, rows, places []int, settings []setting) (int, error) {
	text := ""
	for i, place := range places {
		c := d.column(place)
		text += separator(i, " SET ", ", ") + "t." + e.quote(c.Name) + " = " + e.fromJSON(c, "k.c"+strconv.Itoa(2+i))
	}
	n := len(places)
	for _, s := range settings {
		if s.call == nil {
			text += separator(n, " SET ", ", ") + "t." + e.quote(s.column) + " = " + s.text
			n++
		}
	}
	return e.execJoined(ctx, tx, d, rows, places, func(joined string) string { return "UPDATE " + joined + text })
}

func (e *mysql) remove(ctx context.Context, tx *writeTx, d *diff, rows []int) (int, error) {
	switch places := places(d.onDelete); {
	case !e.joins(d, places, rows):
		return tx.removeEach(ctx, e, d, rows)
	case len(d.onDelete) > 0:
		return e.set(ctx, tx, d, rows, places, d.onDelete)
	}
	return e.execJoined(ctx, tx, d, rows, nil, func(joined string) string { return "DELETE t FROM " + joined })
}

// there locks the rows, and so reads them as they are now: the transaction sees them otherwise as
// they were at its first read.
func (e *mysql) there(ctx context.Context, tx *writeTx, d *diff, rows []int) ([]bool, error) {
	if !e.joins(d, nil, rows) {
		return tx.eachThere(ctx, d.presence(e), d, rows)
	}
	there := make([]bool, len(rows))
	query := "SELECT k.n FROM " + e.joined(d, nil) + e.lock()
	begin := -1
	for some := range slices.Chunk(rows, arrayRows) {
		err := collect(ctx, tx, func(scan func(...any) error) error {
			var n int
			err := scan(&n)
			there[begin+n] = true // it is counted from 1
			return err
		}, query, d.jsonRows(some, nil))
		if err != nil {
			return nil, err
		}
		begin += len(some)
	}
	return there, nil
}

// skips is false: a trigger can only refuse a row.
func (*mysql) skips() bool { return false }

// joinRows is the number of rows from which on they are written by a join.
const joinRows = 4

// joins reports whether rows are written by a join with JSON_TABLE: the server has it, and JSON
// holds the keys and the values of some columns as they are.
func (e *mysql) joins(d *diff, columns, rows []int) bool {
	if !e.jsonTable || len(rows) < joinRows || jsonKey(&d.columns[0]) == "" || jsonKey(&d.columns[1]) == "" {
		return false
	}
	for _, place := range columns {
		for _, at := range rows {
			if !isJSON(d.column(place), d.values[at+place]) {
				return false
			}
		}
	}
	return true
}

// execJoined runs a statement on the join of rows with the table, and returns how many rows it has
// changed.
func (e *mysql) execJoined(ctx context.Context, tx *writeTx, d *diff, rows, columns []int, statement func(joined string) string) (n int, err error) {
	text := statement(e.joined(d, columns))
	for some := range slices.Chunk(rows, arrayRows) {
		changed, err := tx.execCounted(ctx, text, d.jsonRows(some, columns))
		if err != nil {
			return n, err
		}
		n += changed
	}
	return n, nil
}

// joined returns the join of rows in JSON, as a table k, with the table's rows t of their keys. The
// columns of k are n, the number of the row, c0 and c1, the key, and c2 and so on.
func (e *mysql) joined(d *diff, columns []int) string {
	text := "JSON_TABLE(?, '$[*]' COLUMNS (n FOR ORDINALITY, c0 " + jsonKey(&d.columns[0]) + " PATH '$[0]', c1 " + jsonKey(&d.columns[1]) + " PATH '$[1]'"
	for i, place := range columns {
		n := strconv.Itoa(2 + i)
		text += ", c" + n + " " + jsonType(d.column(place)) + " PATH '$[" + n + "]' NULL ON EMPTY ERROR ON ERROR"
	}
	names := quotedColumns(e, d.columns[:2])
	return text + ")) AS k STRAIGHT_JOIN " + d.quoted(e) + " AS t ON t." + names[0] + " = k.c0 AND t." + names[1] + " = k.c1" +
		d.sameBytes(e, func(i int) (x, y string) { return "t." + names[i], "k.c" + strconv.Itoa(i) }) + d.inScope(e, "t.")
}

// jsonKey returns the type of a key in JSON_TABLE, "" if its values are not the same in JSON.
func jsonKey(c *column) string {
	switch {
	case isInteger(c.Kind):
		return "BIGINT"
	case c.Kind == persist.String && c.live.typ == "varchar":
		charset, _, _ := strings.Cut(c.live.collation, "_")
		return "VARCHAR(" + strconv.Itoa(c.live.length) + ") CHARACTER SET " + charset + " COLLATE " + c.live.collation
	}
	return ""
}

// jsonType returns the type of a column in JSON_TABLE. Bytes are text there, in hexadecimal digits.
func jsonType(c *column) string {
	switch {
	case mysqlIntegers[c.live.typ] > 0 || c.live.typ == "bit":
		return "BIGINT"
	case c.live.typ == "double":
		return "DOUBLE"
	case c.live.typ == "char" || c.live.typ == "varchar":
		return "VARCHAR(" + strconv.Itoa(c.live.length) + ") CHARACTER SET utf8mb4"
	}
	return "LONGTEXT CHARACTER SET utf8mb4"
}

// fromJSON returns the expression that makes a column's value of one in JSON_TABLE.
func (*mysql) fromJSON(c *column, expression string) string {
	if c.isBytes() {
		return "UNHEX(" + expression + ")"
	}
	return expression
}

// isJSON reports whether JSON holds a value of a column as it is.
func isJSON(c *column, v any) bool {
	switch v := v.(type) {
	case nil, int64, bool:
		return true
	case float64:
		return !math.IsNaN(v) && !math.IsInf(v, 0)
	case string:
		return c.isBytes() || utf8.ValidString(v)
	case []byte:
		return c.isBytes() || utf8.Valid(v)
	}
	return false
}

func (c *column) isBytes() bool { return slices.Contains(mysqlBytes, c.live.typ) }

// jsonRows returns the keys of rows, and some other columns, as an array of arrays in JSON.
func (d *diff) jsonRows(rows, columns []int) string {
	text := []byte{'['}
	for i, at := range rows {
		text = append(text, separator(i, "[", ",[")...)
		text = append(appendJSON(text, &d.columns[0], d.values[at]), ',')
		text = appendJSON(text, &d.columns[1], d.values[at+1])
		for _, place := range columns {
			text = appendJSON(append(text, ','), d.column(place), d.values[at+place])
		}
		text = append(text, ']')
	}
	return string(append(text, ']'))
}

func appendJSON(text []byte, c *column, v any) []byte {
	switch v := v.(type) {
	case int64:
		return strconv.AppendInt(text, v, 10)
	case float64:
		return strconv.AppendFloat(text, v, 'g', -1, 64)
	case bool:
		if v {
			return append(text, '1')
		}
		return append(text, '0')
	case string:
		return appendJSONText(text, c, v)
	case []byte:
		return appendJSONText(text, c, string(v))
	}
	return append(text, "null"...)
}

func appendJSONText(text []byte, c *column, s string) []byte {
	text = append(text, '"')
	if c.isBytes() {
		return append(hex.AppendEncode(text, []byte(s)), '"')
	}
	for i := range len(s) {
		switch {
		case s[i] < ' ':
			text = fmt.Appendf(text, `\u%04x`, s[i])
		case s[i] == '"' || s[i] == '\\':
			text = append(text, '\\', s[i])
		default:
			text = append(text, s[i])
		}
	}
	return append(text, '"')
}

// mysqlNumber finds the number of an error. The driver has it in a field, but of a type that this
// package does not import.
var mysqlNumber = regexp.MustCompile(`\bError (\d+)(?: \(\w{5}\))?: `)

// mysqlCode returns the number of an error, "" if it has none.
func mysqlCode(err error) string {
	found := mysqlNumber.FindStringSubmatch(err.Error())
	if found == nil {
		return ""
	}
	return found[1]
}

// judge knows the numbers of https://mariadb.com/kb/en/mariadb-error-code-reference/.
func (*mysql) judge(err error) verdict {
	switch mysqlCode(err) {
	case "":
		return lost
	case "1205", "1213", "1020": // lock wait timeout, deadlock, the row has changed since it was read
		return again
	case "8002", "8022", "9007": // write conflicts of TiDB
		return again
	case "1053", "1927", "2006", "2013":
		return ended
	}
	return refused
}
