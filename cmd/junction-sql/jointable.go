package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// joinTable is a table that looks like a join table, and how it would be declared.
type joinTable struct {
	*sqlstore.TableInfo
	pair
	table   sqlstore.Table
	columns []sqlstore.ColumnInfo // left, right, and those of the through value
	aside   []string              // the columns that the declaration leaves alone
	scope   []string              // the columns of Where whose values only the reader knows
	rows    int64                 // of the table
	inScope int64                 // of these, those of the scope

	writing, reading error // why it cannot be opened so; nil if it can
}

// joinTables returns the tables of a choice, each with how it can be opened.
func (d *database) joinTables(ctx context.Context, c *choice) (all []*joinTable, err error) {
	foreign, err := d.foreignKeys(ctx, c.schema)
	if err != nil {
		return nil, err
	}
	names := []string{c.table}
	if c.table == "" {
		if names, err = d.tableNames(ctx, c.schema); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		t, err := d.joinTable(ctx, c.schema, name, foreign[name])
		switch {
		case errors.Is(err, errNoPair) && c.table == "", errors.Is(err, errGone) && c.table == "":
		case err != nil:
			return nil, err
		default:
			all = append(all, t)
		}
	}
	return all, nil
}

var (
	errNoPair = errors.New("is no join table: it has neither two foreign keys nor a unique index over a pair of columns that can be keys")
	errGone   = errors.New("there is no table")
)

// joinTable looks at one table. One that was dropped after it was listed is errGone.
func (d *database) joinTable(ctx context.Context, schema, name string, foreign []string) (*joinTable, error) {
	info, err := sqlstore.Describe(ctx, d.DB, d.dialect, schema, name)
	if err != nil {
		return nil, d.unlessGone(ctx, schema, name, err)
	}
	if info == nil {
		return nil, fmt.Errorf("%w %s", errGone, visible(name))
	}
	p, found := pairOf(info, foreign)
	if !found {
		return nil, fmt.Errorf("table %s %w", visible(name), errNoPair)
	}
	t := &joinTable{TableInfo: info, pair: p, table: sqlstore.Table{
		Relation: info.Name, Schema: schema, Name: info.Name, Left: p.left, Right: p.right,
		Where: sqlstore.Values{}, OnInsert: sqlstore.Values{}, OnUpdate: sqlstore.Values{}, OnDelete: sqlstore.Values{},
	}}
	t.derive(d)
	return t, d.judge(ctx, t)
}

// judge counts the rows, and asks the store whether it would open the table, for writing and for
// reading. A table that may not be read is one that cannot be opened.
func (d *database) judge(ctx context.Context, t *joinTable) error {
	if err := d.measure(ctx, t); err != nil {
		if err = d.unlessGone(ctx, t.table.Schema, t.Name, err); errors.Is(err, errGone) || d.PingContext(ctx) != nil {
			return err
		}
		t.writing, t.reading = err, err
		return nil
	}
	t.writing, t.reading = d.store(t, false).Check(ctx, t.schema()), d.store(t, true).Check(ctx, t.schema())
	return ctx.Err()
}

// unlessGone returns an error about a table, or errGone if the table is not there any more.
func (d *database) unlessGone(ctx context.Context, schema, name string, err error) error {
	info, failed := sqlstore.Describe(ctx, d.DB, d.dialect, schema, name)
	if failed == nil && info == nil {
		return fmt.Errorf("%w %s: it was dropped meanwhile", errGone, visible(name))
	}
	return fmt.Errorf("table %s: %w", visible(name), err)
}

// store returns a store of the table as it is declared.
func (d *database) store(t *joinTable, readOnly bool) *sqlstore.Store {
	s := sqlstore.New(d.DB, d.dialect, t.table)
	s.ReadOnly = readOnly
	return s
}

// schema returns the schema of the graph that the declaration declares.
func (t *joinTable) schema() *persist.Schema {
	r := persist.Relation{Name: t.table.Relation, Left: t.columns[0].Kind, Right: t.columns[1].Kind, Through: persist.CBOR}
	for i, c := range t.columns {
		column := persist.Column{Name: c.Name, Kind: c.Kind}
		if i >= 2 && c.Nullable {
			column.Nullable = true
			if goNull(c.Kind) {
				column.Kind = persist.Driver
			}
		}
		r.Columns = append(r.Columns, column)
	}
	return &persist.Schema{Relations: []persist.Relation{r}}
}

// derive decides what becomes of each column.
func (t *joinTable) derive(d *database) {
	t.columns = []sqlstore.ColumnInfo{t.Columns[columnIndex(t.TableInfo, t.left)], t.Columns[columnIndex(t.TableInfo, t.right)]}
	gone := t.leftOut()
	for _, c := range t.Columns {
		switch r := roleOf(c); {
		case c.Name == t.left || c.Name == t.right:
		case c.Computed:
			t.aside = append(t.aside, c.Name)
		case slices.Contains(t.index.Columns, c.Name) && isScope(t.TableInfo, c):
			t.scope = append(t.scope, c.Name)
		case c.Name == gone || r == deleted:
			t.softDelete(c)
		case r == created && !c.Filled:
			t.table.OnInsert[c.Name] = time.Now
		case r == updated:
			t.table.OnUpdate[c.Name] = time.Now
		case isOwn(t.TableInfo, c.Name) && !c.Filled && d.newID(c) != "":
			t.table.OnInsert[c.Name] = d.newID(c)
		case r == created || isOwn(t.TableInfo, c.Name) || t.tellsVersions(c) || !t.canBeField(c):
			t.aside = append(t.aside, c.Name)
		default:
			t.columns = append(t.columns, c)
		}
	}
}

var isNull = regexp.MustCompile("(?i)^[(\\s]*[\"`\\[]?(.+?)[\"`\\]]?\\s+IS\\s+NULL[)\\s]*$")

// leftOut returns the column that must be NULL for a row to be in the index of the pair, "" if
// there is none.
func (t *joinTable) leftOut() string {
	if parts := isNull.FindStringSubmatch(t.index.Where); parts != nil {
		if i := columnIndex(t.TableInfo, parts[1]); i >= 0 && marksTime(t.Columns[i]) {
			return parts[1]
		}
	}
	return ""
}

// tellsVersions reports whether a column that the database fills tells the rows of a pair apart, of
// which the relation has one: another one may have its value.
func (t *joinTable) tellsVersions(c sqlstore.ColumnInfo) bool {
	return c.Filled && slices.ContainsFunc(t.Unique, func(index sqlstore.IndexInfo) bool {
		return len(index.Columns) > 2 && slices.Contains(index.Columns, c.Name) &&
			slices.Contains(index.Columns, t.left) && slices.Contains(index.Columns, t.right) &&
			!slices.Equal(index.Columns, t.index.Columns)
	})
}

func (t *joinTable) softDelete(c sqlstore.ColumnInfo) {
	switch c.Kind {
	case persist.Bool:
		t.table.Where[c.Name], t.table.OnDelete[c.Name] = false, true
	case persist.Time:
		t.table.Where[c.Name], t.table.OnDelete[c.Name] = nil, time.Now
	default:
		t.table.Where[c.Name], t.table.OnDelete[c.Name] = nil, sqlstore.SQL("CURRENT_TIMESTAMP")
	}
}

// newID returns the expression of a new id, for a column that has no default. It returns "" for
// numbers, which only the program that makes rows knows.
func (d *database) newID(c sqlstore.ColumnInfo) sqlstore.SQL {
	switch {
	case c.Kind != persist.UUID && c.Kind != persist.String:
		return ""
	case d.dialect == sqlstore.Postgres && c.Kind == persist.String:
		return "gen_random_uuid()::text"
	case d.dialect == sqlstore.Postgres:
		return "gen_random_uuid()"
	case d.dialect == sqlstore.SQLite:
		return "lower(hex(randomblob(16)))"
	case strings.HasPrefix(c.Type, "binary"):
		return "UNHEX(REPLACE(UUID(), '-', ''))"
	}
	return "UUID()"
}

// canBeField reports whether a field of a struct can stand for a column: it has a basic type, and a
// name that a tag can hold and no other column has in another case.
func (t *joinTable) canBeField(c sqlstore.ColumnInfo) bool {
	return c.Kind != "" && c.Name != "-" && !strings.Contains(c.Name, ",") &&
		!slices.ContainsFunc(t.columns, func(o sqlstore.ColumnInfo) bool { return strings.EqualFold(o.Name, c.Name) })
}

// measure counts the rows, and takes for the scope the values that most of them have.
func (d *database) measure(ctx context.Context, t *joinTable) error {
	from := " FROM " + d.quoteTable(t.TableInfo)
	if err := d.QueryRowContext(ctx, "SELECT COUNT(*)"+from).Scan(&t.rows); err != nil || len(t.scope) == 0 {
		return err
	}
	var names []string
	values, into := make([]any, len(t.scope)), []any{&t.inScope}
	for i, name := range t.scope {
		names = append(names, d.quote(name))
		into = append(into, &values[i])
	}
	list := strings.Join(names, ", ")
	err := d.QueryRowContext(ctx, "SELECT COUNT(*), "+list+from+" GROUP BY "+list+" ORDER BY COUNT(*) DESC, "+list+" LIMIT 1").Scan(into...)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	for i, name := range t.scope {
		c := t.Columns[columnIndex(t.TableInfo, name)]
		t.table.Where[name] = constant(c.Kind, values[i], err == nil)
	}
	return nil
}

// constant returns a value of a column as Where takes it. If none is known, it is that of no row.
func constant(kind persist.Kind, v any, known bool) any {
	switch b, isBytes := v.([]byte); {
	case !known && kind == persist.Int64:
		return int64(0)
	case !known:
		return ""
	case isBytes && kind != persist.Bytes && !(kind == persist.UUID && len(b) == 16):
		return string(b)
	}
	return v
}
