package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// sqlite is the engine of SQLite. Its columns have affinities and not types: any value may stand
// in any column.
type sqlite struct{}

// quote uses backticks: SQLite takes a name in double quotes that is no column for a text.
func (sqlite) quote(name string) string    { return quoted(name, "`") }
func (sqlite) placeholder(int) string      { return "?" }
func (sqlite) nameLimit() (bytes int)      { return 0 }
func (sqlite) lock() string                { return "" }
func (sqlite) readOptions() *sql.TxOptions { return nil }              // a transaction sees the state at its first read
func (sqlite) tableOptions() string        { return " WITHOUT ROWID" } // the primary key is the table

func (e sqlite) order(c *column) string {
	if c.live.exact {
		return e.quote(c.Name)
	}
	return e.quote(c.Name) + " COLLATE BINARY"
}

func (sqlite) bytesOf(text string) string { return text } // never needed: see inexact

func (sqlite) inexact(c *column) string {
	return c.live.collation + " takes different texts for the same: want COLLATE BINARY"
}

// read reads a time as the text or the number that it is: drivers look at the declared type of a
// column, turn the forms that they know into times, and one makes any other text the year 1. With +
// it is another expression, which has no type.
func (e sqlite) read(c *column) string {
	if c.Kind == persist.Time || c.Kind == persist.Driver && c.isTimestamp() {
		return "+" + e.quote(c.Name)
	}
	return e.quote(c.Name)
}

func (sqlite) prepare(context.Context, querier, bool) error { return nil }

func (sqlite) limitLocks(time.Duration) (set, reset string) { return "", "" }
func (sqlite) limitCondition(time.Duration) string          { return "" }

func (sqlite) isLocked(err error) bool {
	code, ok := sqliteCode(err)
	return ok && (code == 5 || code == 6) // SQLITE_BUSY, SQLITE_LOCKED
}

func (e sqlite) index(m *mapping, columns string) (line, statement string) {
	name := m.Name + "_" + m.columns[1].Name + "_" + m.columns[0].Name
	return "", "CREATE INDEX " + quoteTable(e, m.Schema, name) + " ON " + e.quote(m.Name) + " (" + columns + ")"
}

func (e sqlite) uniqueIndex(m *mapping, columns string) string {
	return "CREATE UNIQUE INDEX " + quoteTable(e, m.Schema, m.indexName(0)) + " ON " + e.quote(m.Name) + " (" + columns + ")"
}

func (sqlite) columnType(c *column) string {
	switch {
	case isInteger(c.Kind):
		return "INTEGER"
	case c.Kind == persist.Driver:
		return ""
	}
	switch c.Kind {
	case persist.Bool:
		return "BOOLEAN"
	case persist.Float32, persist.Float64:
		return "REAL"
	case persist.Bytes, persist.UUID:
		return "BLOB"
	case persist.Time:
		return "TIMESTAMP"
	}
	return "TEXT"
}

func (e sqlite) describe(ctx context.Context, db querier, schema, name string) (*live, error) {
	if schema == "" {
		schema = "main"
	}
	t := &live{}
	err := collect(ctx, db, func(scan func(...any) error) error {
		var c liveColumn
		var hidden, pk int
		var notNull bool
		var filled sql.NullString
		if err := scan(&c.name, &c.shown, &notNull, &filled, &pk, &hidden); err != nil {
			return err
		}
		c.typ, c.declared = affinity(c.shown), declaredType(c.shown)
		c.nullable = !notNull && pk == 0 // a primary key is not meant to hold NULL, though for historical reasons it may
		c.filled = filled.Valid && !strings.EqualFold(filled.String, "NULL") || hidden > 0
		c.computed = hidden > 0
		c.exact = true
		c.shown = strings.TrimSpace(c.shown + " (affinity " + c.typ + ")")
		t.columns = append(t.columns, c)
		return nil
	}, `SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?, ?)`, name, schema)
	if err != nil || len(t.columns) == 0 {
		return nil, err
	}
	t.schema = schema
	err = db.QueryRowContext(ctx, "SELECT name, type = 'view' FROM "+e.quote(schema)+".sqlite_master"+
		" WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')", name).Scan(&t.name, &t.view)
	if err != nil {
		return nil, err
	}
	err = describeIndexes(ctx, db, t, `SELECT l.name, l.origin = 'pk', false, CASE WHEN l.partial THEN (SELECT sql FROM `+e.quote(schema)+`.sqlite_master WHERE type = 'index' AND name = l.name) ELSE '' END, COALESCE(c.name, '')
		FROM pragma_index_list(?, ?) l, pragma_index_xinfo(l.name, ?) c
		WHERE l."unique" AND c.key ORDER BY l.seq, c.seqno`, name, schema, schema)
	if err != nil {
		return nil, err
	}
	for i := range t.indexes {
		t.indexes[i].where = indexCondition(t.indexes[i].where)
	}
	err = db.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+e.quote(schema)+".sqlite_master WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE)", name).Scan(&t.triggered)
	if err != nil {
		return nil, err
	}
	if err := e.describeRowID(ctx, db, t, schema, name); err != nil {
		return nil, err
	}
	return t, e.describeCollations(ctx, db, t, schema, name)
}

// indexCondition returns the condition of a partial index, from the statement that made it.
func indexCondition(statement string) string {
	_, list, _ := strings.Cut(statement, "(")
	list = "(" + list
	_, condition, _ := strings.Cut(strings.TrimSpace(list[closing(list)+1:]), " ")
	return strings.TrimSpace(condition)
}

// describeRowID finds the column that is another name for the row's own number: a primary key
// without an index, which the database supplies.
func (sqlite) describeRowID(ctx context.Context, db querier, t *live, schema, name string) error {
	return collect(ctx, db, func(scan func(...any) error) error {
		var column string
		err := scan(&column)
		for i := range t.columns {
			t.columns[i].filled = t.columns[i].filled || t.columns[i].name == column
		}
		t.indexes = append(t.indexes, uniqueIndex{columns: []string{column}, primary: true})
		return err
	}, `SELECT name FROM pragma_table_xinfo(?, ?) WHERE pk > 0 AND NOT EXISTS (SELECT 1 FROM pragma_index_list(?, ?) WHERE origin = 'pk')`, name, schema, name, schema)
}

// describeCollations finds out by what the database compares keys: the collations of the indexes,
// and those of the columns themselves, which must all be exact.
func (e sqlite) describeCollations(ctx context.Context, db querier, t *live, schema, name string) error {
	for i := range t.columns {
		if t.columns[i].typ == "integer" || t.columns[i].typ == "real" {
			continue
		}
		var different int // of three texts, as the column compares them
		err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT "+e.quote(t.columns[i].name)+" FROM "+quoteTable(e, schema, name)+
			" WHERE 0 UNION SELECT 'a' UNION SELECT 'A' UNION SELECT 'a ')").Scan(&different)
		if err != nil {
			return err
		}
		if different != 3 {
			t.columns[i].exact, t.columns[i].collation = false, "a collation"
		}
	}
	return collect(ctx, db, func(scan func(...any) error) error {
		var column, collation string
		if err := scan(&column, &collation); err != nil {
			return err
		}
		for i := range t.columns {
			if t.columns[i].name == column && collation != "BINARY" {
				t.columns[i].exact, t.columns[i].collation = false, collation
			}
		}
		return nil
	}, `SELECT c.name, c.coll FROM pragma_index_list(?, ?) l, pragma_index_xinfo(l.name, ?) c
		WHERE l."unique" AND c.name IS NOT NULL AND c.key`, name, schema, schema)
}

// affinity returns what SQLite makes of a declared type. See https://sqlite.org/datatype3.html,
// section 3.1.
func affinity(declared string) string {
	upper := strings.ToUpper(declared)
	has := func(parts ...string) bool {
		for _, part := range parts {
			if strings.Contains(upper, part) {
				return true
			}
		}
		return false
	}
	switch {
	case has("INT"):
		return "integer"
	case has("CHAR", "CLOB", "TEXT"):
		return "text"
	case has("BLOB"), upper == "":
		return "blob"
	case has("REAL", "FLOA", "DOUB"):
		return "real"
	}
	return "numeric"
}

// declaredType returns a declared type in lower case, without length and precision.
func declaredType(declared string) string {
	name, _, _ := strings.Cut(strings.ToLower(declared), "(")
	return strings.TrimSpace(name)
}

// holdsText reports whether a column keeps values of the relation as text, or turns them into
// numbers that are the same text again, although it has the affinity of numbers.
func (c *column) holdsText() bool {
	switch c.Kind {
	case persist.String:
		return c.isDecimal()
	case persist.UUID: // with hyphens, it is no number
		return c.live.typ == "numeric" && (c.live.declared == "uuid" || c.live.declared == "guid")
	}
	return false
}

// isDecimal reports whether a column was declared as one of decimal numbers.
func (c *column) isDecimal() bool {
	return c.live.typ == "numeric" && (c.live.declared == "numeric" || c.live.declared == "decimal")
}

var sqliteTypes = map[persist.Kind][]string{
	persist.Bool:    {"numeric", "integer", "blob"},
	persist.Float32: {"real", "numeric", "blob"},
	persist.Float64: {"real", "numeric", "blob"},
	persist.String:  {"text", "blob"},
	persist.Bytes:   {"blob"},
	persist.UUID:    {"blob", "text"},
	persist.Time:    {"text", "blob", "numeric"},
	persist.JSON:    {"text", "blob", "numeric"},
}

func (sqlite) fit(c *column) error {
	types, known := sqliteTypes[c.Kind]
	if isInteger(c.Kind) {
		types, known = []string{"integer", "numeric", "blob"}, true
	}
	if known && !slices.Contains(types, c.live.typ) && !c.holdsText() {
		return errors.New("must have an affinity of " + strings.Join(types, " or ") + ", and is " + c.live.shown)
	}
	if c.holdsTimes() {
		c.form = newTimeForm(c)
		c.toDB, c.fromDB = c.form.write, c.form.read
	}
	switch {
	case c.Kind == persist.UUID && c.live.typ != "blob":
		c.toDB = uuidText
	case c.Kind == persist.JSON && c.live.typ == "numeric":
		c.toDB = noBareNumber
	case c.Kind == persist.String && c.isDecimal():
		c.toDB, c.fromDB = numberText, textOfNumber
		return nil
	case c.Kind == persist.Driver:
		c.fromDB = nil
		if c.isTimestamp() {
			c.fromDB = c.form.tryRead
		}
	}
	if c.key {
		c.sqliteKey()
	}
	return nil
}

// isTimestamp reports whether a column was declared as one of times.
func (c *column) isTimestamp() bool {
	return c.live.declared == "date" || c.live.declared == "datetime" || c.live.declared == "timestamp"
}

// sqliteKey sets the check of a key that was read: SQLite keeps values of any type in any column,
// and finds a row only by the value that it has.
func (c *column) sqliteKey() {
	switch {
	case isInteger(c.Kind):
		c.fromDB = only[int64]
	case c.Kind == persist.String:
		c.fromDB = only[string]
	case c.Kind == persist.UUID && c.live.typ != "blob":
		c.toDB, c.fromDB = c.uuids()
	case c.Kind == persist.Bytes, c.Kind == persist.UUID:
		c.fromDB = only[[]byte]
	case c.Kind == persist.Time:
		if !c.readOnly {
			c.fromDB = chain(only[string], c.form.readKey)
		}
	}
}

// numberText refuses text that SQLite would turn into a number of another spelling.
func numberText(v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return v, nil
	}
	if _, err := strconv.ParseInt(s, 10, 64); err != nil {
		if _, err := exactFloat(s); err != nil || !decimalText.MatchString(s) {
			return nil, fmt.Errorf("%q is no decimal number that the column, whose numbers are floats, gives back", s)
		}
	}
	if s != shortest(s) || !decimalText.MatchString(s) {
		return nil, fmt.Errorf("%q is a number that the column would give back as %q", s, shortest(s))
	}
	return s, nil
}

// textOfNumber reads a number as text.
func textOfNumber(v any) (any, error) {
	switch v := v.(type) {
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return v, nil
}

func (sqlite) literal(v any) (string, error) {
	return literalOf(v, func(s string) (string, error) { return quoted(s, "'"), nil }, "x'%x'")
}

func (e sqlite) upsert(m *mapping) string {
	return m.insertion(e, m.unexcluded(e), 1) + m.onConflict(e)
}

func (e sqlite) statements(d *diff) (texts []string) {
	texts = append(texts, e.upsert(d.mapping), d.deletion(e))
	for _, u := range d.updates {
		if len(u.columns) > 0 {
			texts = append(texts, d.updating(e, u.columns, d.onUpdate))
		}
	}
	return texts
}

func (e sqlite) insert(ctx context.Context, tx *writeTx, d *diff, rows []int) (int, error) {
	places := d.insertedPlaces()
	return tx.execEach(ctx, e.upsert(d.mapping), rows, len(places), d.args(places))
}

func (e sqlite) update(ctx context.Context, tx *writeTx, d *diff, u rowUpdate) (int, error) {
	return tx.updateEach(ctx, e, d, u)
}

func (e sqlite) remove(ctx context.Context, tx *writeTx, d *diff, rows []int) (int, error) {
	return tx.removeEach(ctx, e, d, rows)
}

func (e sqlite) there(ctx context.Context, tx *writeTx, d *diff, rows []int) ([]bool, error) {
	return tx.eachThere(ctx, d.presence(e), d, rows)
}

// skips is true: RAISE(IGNORE) in a trigger has the row skipped.
func (sqlite) skips() bool { return true }

// judge knows the result codes of SQLite. Drivers have them in a method or in a field; the texts
// are the same in all drivers.
func (sqlite) judge(err error) verdict {
	switch code, ok := sqliteCode(err); {
	case !ok:
		return lost
	case code == 5, code == 6, code == 517: // SQLITE_BUSY, SQLITE_LOCKED, SQLITE_BUSY_SNAPSHOT
		return again
	case code == 10: // SQLITE_IOERR
		return doubtful
	}
	return refused
}

// sqliteCode returns the primary result code of an error.
func sqliteCode(err error) (code int, ok bool) {
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code() & 0xff, true
	}
	for _, known := range []struct {
		text string
		code int
	}{{"database is locked", 5}, {"database table is locked", 6}, {"disk I/O error", 10}, {"constraint failed", 19}, {"database or disk is full", 13}, {"readonly database", 8}} {
		if strings.Contains(err.Error(), known.text) {
			return known.code, true
		}
	}
	return 0, false
}
