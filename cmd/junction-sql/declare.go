package main

import (
	"cmp"
	"errors"
	"fmt"
	"go/format"
	"go/token"
	"maps"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

func (p *program) declare(args []string) error {
	flags, c := newFlags()
	name := flags.String("package", "tables", "")
	if err := c.parse(flags, args); err != nil {
		return err
	}
	if !token.IsIdentifier(*name) {
		return usageError(fmt.Sprintf("-package wants an identifier, not %q", *name))
	}
	d, err := open(p.ctx, c.address)
	if err != nil {
		return err
	}
	defer d.Close()
	tables, err := d.joinTables(p.ctx, c)
	if err != nil {
		return err
	}
	if len(tables) == 0 {
		return errNoTables
	}
	text, err := declaration(*name, d.declare, tables)
	if err != nil {
		return err
	}
	return p.print("%s", text)
}

var errNoTables = errors.New("there is no table that looks like a join table: one with two foreign keys, or with a unique index over a pair of columns that can be keys")

// file is a Go file that is written.
type file struct {
	strings.Builder
	names
	keys    map[string]string // key types, by their names: what they are
	imports map[string]bool
	dialect string
}

// declaration returns a Go file that declares tables.
func declaration(name, dialect string, tables []*joinTable) ([]byte, error) {
	f := &file{names: names{}, keys: map[string]string{}, dialect: dialect, imports: map[string]bool{
		"context": true, "database/sql": true, module: true, module + "/persist/sqlstore": true,
	}}
	for _, t := range tables {
		f.table(t)
	}
	body := f.String()
	f.Reset()
	f.printf("package %s\n\nimport (\n", name)
	imports := slices.SortedFunc(maps.Keys(f.imports), func(x, y string) int {
		return cmp.Or(cmp.Compare(strings.Count(x, "."), strings.Count(y, ".")), cmp.Compare(x, y))
	})
	for i, path := range imports {
		if i > 0 && strings.Contains(path, ".") && !strings.Contains(imports[i-1], ".") {
			f.printf("\n")
		}
		f.printf("\t%q\n", path)
	}
	f.printf(")\n\n")
	if len(f.keys) > 0 {
		f.printf("// The types of the keys: rename them to those that the program has.\ntype (\n")
		for _, key := range slices.Sorted(maps.Keys(f.keys)) {
			f.printf("\t%s %s\n", key, f.keys[key])
		}
		f.printf(")\n")
	}
	return format.Source([]byte(f.String() + body))
}

const module = "github.com/seed-250bd433/junction"

func (f *file) printf(format string, args ...any) { fmt.Fprintf(&f.Builder, format, args...) }

// table writes the declarations of a table.
func (f *file) table(t *joinTable) {
	left, right := f.key(t, t.columns[0]), f.key(t, t.columns[1])
	value := f.through(t)
	name := f.take("Open" + exported(t.Name))
	relation := fmt.Sprintf("%s, %s, %s", left, right, value)
	f.printf("\n// %s opens the relation that table %s holds%s.\n// Close its Graph in the end.\n", name, visible(t.Name), t.openedHow())
	f.remarks(t)
	f.printf("func %s(ctx context.Context, db *sql.DB) (*junction.ManyToMany[%s], error) {\n", name, relation)
	f.printf("\tstore := sqlstore.New(db, %s, sqlstore.Table{\n", f.dialect)
	f.fields(t)
	f.printf("\t})\n")
	if t.writing != nil && t.reading == nil {
		f.printf("\tstore.ReadOnly = true\n")
	}
	if t.hasOrder() {
		f.printf("\treturn junction.Open[%s](ctx, %q, store)\n}\n", relation, t.table.Relation)
		return
	}
	f.printf("\tg := junction.NewGraph(&junction.Options{Store: store})\n")
	f.printf("\tm := junction.RelateFunc[%s](g, %q, %s, %s)\n", relation, t.table.Relation,
		f.comparison(t.columns[0], left), f.comparison(t.columns[1], right))
	f.printf("\treturn m, g.Open(ctx)\n}\n")
}

func (t *joinTable) openedHow() string {
	switch {
	case t.writing == nil:
		return ", for writing"
	case t.reading == nil:
		return ", for reading only"
	}
	return ".\n// As the table is, the store refuses it"
}

// remarks writes what the reader has to know of a declaration.
func (f *file) remarks(t *joinTable) {
	if len(t.scope) > 0 {
		f.printf("// Where has the values of %d of %d rows: say which rows are the relation's.\n", t.inScope, t.rows)
	}
	if len(t.aside) > 0 {
		f.printf("// The relation leaves alone %s.\n", strings.Join(visibleAll(t.aside), ", "))
	}
	if t.writing != nil {
		f.printf("//\n%s", comment(t.writing.Error()))
	}
}

// fields writes the fields of a sqlstore.Table.
func (f *file) fields(t *joinTable) {
	f.printf("\t\tRelation: %q, ", t.table.Relation)
	if t.table.Schema != "" {
		f.printf("Schema: %q, ", t.table.Schema)
	}
	f.printf("Name: %q, Left: %q, Right: %q,\n", t.table.Name, t.table.Left, t.table.Right)
	for _, field := range []struct {
		name   string
		values sqlstore.Values
	}{{"Where", t.table.Where}, {"OnInsert", t.table.OnInsert}, {"OnUpdate", t.table.OnUpdate}, {"OnDelete", t.table.OnDelete}} {
		if len(field.values) == 0 {
			continue
		}
		for _, v := range field.values {
			if goValue(v) == "time.Now" {
				f.imports["time"] = true
			}
		}
		f.printf("\t\t%s: %s,\n", field.name, goValues(field.values))
	}
}

// key returns the type of a key, which tables share that call it alike.
func (f *file) key(t *joinTable, c sqlstore.ColumnInfo) string {
	typ := goTypes[c.Kind]
	if c.Kind == persist.Bytes {
		return typ
	}
	name := exported(c.Name)
	if f.keys[name] == typ {
		return name
	}
	if f.names[name] {
		name = exported(t.Name) + name
	}
	name = f.take(name)
	f.keys[name] = typ
	return name
}

// hasOrder reports whether the keys have an order by themselves.
func (t *joinTable) hasOrder() bool {
	return t.columns[0].Kind != persist.Bytes && t.columns[1].Kind != persist.Bytes
}

// comparison returns the function that compares keys.
func (f *file) comparison(c sqlstore.ColumnInfo, typ string) string {
	switch c.Kind {
	case persist.Bytes:
		f.imports["bytes"] = true
		return "bytes.Compare"
	case persist.UUID:
		f.imports["bytes"] = true
		return "func(x, y " + typ + ") int { return bytes.Compare(x[:], y[:]) }"
	}
	f.imports["cmp"] = true
	return "cmp.Compare[" + typ + "]"
}

// through writes the type of the through values, if it has columns, and returns it.
func (f *file) through(t *joinTable) string {
	if len(t.columns) == 2 {
		return "struct{}"
	}
	name := f.take(exported(t.Name) + "Through")
	f.printf("\n// %s is what an edge of table %s holds.\ntype %s struct {\n", name, visible(t.Name), name)
	fields := names{}
	for _, c := range t.columns[2:] {
		typ := fieldType(c)
		if strings.Contains(typ, "time.") {
			f.imports["time"] = true
		}
		if strings.Contains(typ, "json.") {
			f.imports["encoding/json"] = true
		}
		f.printf("\t%s %s %s\n", fields.take(exported(c.Name)), typ, goTag(c.Name))
	}
	f.printf("}\n")
	return name
}
