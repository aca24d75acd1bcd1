package sqlstore

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
)

// Table says which table holds a relation. An empty name is derived: the table has the name of the
// relation, and the columns are left, right and, for a through value that is no struct, through.
// The columns of a struct are named by the tags db of its fields, or by their names in snake case;
// so are those of the structs that it embeds.
type Table struct {
	Relation string // the name given to Relate or Open
	// Schema is the table's; empty is the one that the connection looks into. For MySQL, a schema
	// is a database.
	Schema  string
	Name    string
	Left    string // the column of the left key
	Right   string // the column of the right key
	Through string // the column of a through value that is a single one
	// Where says which rows of the table are the relation's: those whose columns have these
	// constants, of which nil is NULL. They are read, changed and deleted, and the store inserts
	// such rows.
	Where Values
	// OnInsert gives columns that the relation does not have their values in a row that is
	// inserted.
	OnInsert Values
	// OnUpdate gives columns that the relation does not have their values in a row that is
	// changed, and in one that is inserted, if OnInsert does not give them others.
	OnUpdate Values
	// OnDelete is a soft delete: an edge that is removed keeps its row, which gets these values.
	// They must set a column of Where. Where the edge is added again and the row is still in its
	// place, as by a unique index over the pair alone, the row gets the value of Where back.
	OnDelete Values
	// Times are the forms in which times are written to columns of SQLite. A column without one
	// gets the form that its rows have: with the shortest fraction that holds a time, unless all
	// have as many digits, and in their zone. A column that is declared as DATE gets dates, and
	// no time of day.
	Times map[string]TimeForm

	// MetaSchema is the schema in which the table junction_meta is; empty: that of the table. All
	// programs that write the table must give the same.
	MetaSchema string

	// What follows is for Create and DDL alone.

	LeftOf  Reference // what the left column refers to
	RightOf Reference // what the right column refers to
	// Types are SQL types by column, as they are to stand in the statement, in place of those that
	// are derived.
	Types map[string]string
}

// Reference is the column that a foreign key refers to. The zero value is none.
type Reference struct {
	Schema  string
	Table   string
	Column  string
	Cascade bool // ON DELETE CASCADE: edges go with the row. A graph learns it from Refresh
}

// String returns the name of the table as people write it.
func (t *Table) String() string {
	if t.Schema == "" {
		return t.Name
	}
	return t.Schema + "." + t.Name
}

// mapping is a declared relation and the table that holds it.
type mapping struct {
	Table
	relation int // its place in the schema
	declared *persist.Relation
	columns  []column // left key, right key, through
	schema   string   // of the table that was found, and
	name     string   // its name, as the database spells them; "" before
	unique   bool     // a unique index rules out that a pair has two rows
	misfit   error    // what is wrong with the table; nil if nothing is

	scope
	triggered bool // the table has triggers or rules that are not the library's own
}

// column is a column of a mapping. What it holds of the live table is set by fit.
type column struct {
	persist.Column // by the table's name
	key            bool
	readOnly       bool // no row has to be found by its key
	identity       bool // part of a primary key that is not the pair
	live           liveColumn
	given          TimeForm  // by Table.Times
	form           *timeForm // of a column of SQLite that holds times, or else nil
	// toDB turns a value that is not NULL into the one to write, and leaves what it has made as it
	// is; nil if nothing is to be done.
	toDB func(v any) (any, error)
	// fromDB checks or turns a value that was read and is not NULL; nil if nothing is to be done.
	fromDB func(v any) (any, error)
}

// mappings finds the table of every relation. It fails for a table of which no relation is
// declared, and for names that no table or column has.
func mappings(schema *persist.Schema, tables []Table) ([]*mapping, error) {
	var errs []error
	given := map[string]Table{}
	for _, t := range tables {
		if _, twice := given[t.Relation]; twice {
			errs = append(errs, fmt.Errorf("%w: two tables of relation %q are given", persist.ErrSchema, t.Relation))
		}
		if schema.Index(t.Relation) < 0 {
			errs = append(errs, fmt.Errorf("%w: a table of relation %q is given, which is not declared (declared: %q)", persist.ErrSchema, t.Relation, names(schema)))
		}
		given[t.Relation] = t
	}
	all := make([]*mapping, len(schema.Relations))
	users := map[string]string{} // of tables
	for i := range schema.Relations {
		m := mappingOf(i, &schema.Relations[i], given[schema.Relations[i].Name])
		errs = append(errs, m.checkNames())
		if other, used := users[m.String()]; used {
			errs = append(errs, fmt.Errorf("%w: table %s holds both relation %q and %q", persist.ErrSchema, m, other, m.declared.Name))
		}
		users[m.String()] = m.declared.Name
		all[i] = m
	}
	return all, errors.Join(errs...)
}

func names(schema *persist.Schema) (names []string) {
	for i := range schema.Relations {
		names = append(names, schema.Relations[i].Name)
	}
	return names
}

func mappingOf(place int, r *persist.Relation, t Table) *mapping {
	m := &mapping{Table: t, relation: place, declared: r}
	m.Relation = r.Name
	if m.Name == "" {
		m.Name = r.Name
	}
	for i, c := range r.Columns {
		switch {
		case i == 0 && t.Left != "":
			c.Name = t.Left
		case i == 1 && t.Right != "":
			c.Name = t.Right
		case i == 2 && t.Through != "" && len(r.Columns) == 3:
			c.Name = t.Through
		}
		m.columns = append(m.columns, column{Column: c, key: i < 2, given: t.Times[c.Name]})
	}
	return m
}

// checkShared refuses two relations in one table, which their names in SQLite may be whatever the
// case of their letters.
func checkShared(e engine, mappings []*mapping) error {
	if _, is := e.(sqlite); !is {
		return nil
	}
	var errs []error
	users := map[string]*mapping{} // of tables
	for _, m := range mappings {
		table := strings.ToLower(cmp.Or(m.Schema, "main") + "." + m.Name)
		if other := users[table]; other != nil {
			errs = append(errs, fmt.Errorf("%w: table %s of relation %q is table %s of relation %q", persist.ErrSchema, m, m.Relation, other, other.Relation))
		}
		users[table] = m
	}
	return errors.Join(errs...)
}

// checkNames refuses names that databases do not have, or would cut.
func (m *mapping) checkNames() error {
	var errs []error
	seen := map[string]bool{}
	refuse := func(name, why string) {
		errs = append(errs, fmt.Errorf("%w: relation %q, table %s: the name %q %s", persist.ErrSchema, m.Relation, m, name, why))
	}
	for i, name := range m.names() {
		switch folded := strings.ToLower(name); {
		case name == "" && i > 0, strings.Contains(name, "\x00"), !utf8.ValidString(name):
			refuse(name, "is none")
		case i == 1 && (folded == metaTable || folded == changesTable):
			refuse(name, "is that of a table of the library's own")
		case i > 1 && seen[folded]:
			refuse(name, "stands for two columns")
		case i > 1:
			seen[folded] = true
		}
	}
	if m.Through != "" && len(m.columns) != 3 {
		refuse(m.Through, fmt.Sprintf("is given for a through value that takes %d columns", len(m.columns)-2))
	}
	return errors.Join(errs...)
}

// checkLengths refuses names that the database would cut.
func (m *mapping) checkLengths(e engine) error {
	var errs []error
	for _, name := range m.names() {
		if limit := e.nameLimit(); limit > 0 && len(name) > limit {
			errs = append(errs, fmt.Errorf("%w: relation %q, table %s: the name %q is longer than %d bytes, to which the database would cut it", persist.ErrSchema, m.Relation, m, name, limit))
		}
	}
	return errors.Join(errs...)
}

// names returns the names of schema, table and columns.
func (m *mapping) names() []string {
	all := []string{m.Schema, m.Name}
	for i := range m.columns {
		all = append(all, m.columns[i].Name)
	}
	return all
}

// quoted returns the table's name for a statement. Once the table was found, it has its schema: the
// sessions of a pool need not look into the same one first.
func (m *mapping) quoted(e engine) string {
	return quoteTable(e, cmp.Or(m.schema, m.Schema), m.Name)
}

// indexName returns a name for an index over the two keys, cut to a number of characters; 0 means
// no limit.
func (m *mapping) indexName(limit int) string {
	name := []rune(m.Name + "_" + m.columns[0].Name + "_" + m.columns[1].Name)
	if limit > 0 && len(name) > limit {
		name = name[:limit]
	}
	return string(name)
}

// quotedColumns returns the names of some columns for a statement.
func quotedColumns(e engine, columns []column) []string {
	list := make([]string, len(columns))
	for i := range columns {
		list[i] = e.quote(columns[i].Name)
	}
	return list
}

func quoteTable(e engine, schema, name string) string {
	if schema == "" {
		return e.quote(name)
	}
	return e.quote(schema) + "." + e.quote(name)
}
