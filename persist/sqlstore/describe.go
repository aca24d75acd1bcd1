package sqlstore

import (
	"context"
	"database/sql"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// TableInfo is a table or a view as its database describes it.
type TableInfo struct {
	Schema, Name string // as the database spells them
	View         bool
	Columns      []ColumnInfo
	Unique       []IndexInfo
}

// ColumnInfo is a column of a table.
type ColumnInfo struct {
	Name     string
	Type     string       // with length and precision
	Kind     persist.Kind // of the Go type that holds its values best; "" if no basic type does
	Nullable bool
	Filled   bool // the database supplies a value: a default, a sequence or a computation
	Computed bool // the column cannot be written
}

// IndexInfo is a unique index of a table.
type IndexInfo struct {
	Columns []string // "" is an expression
	Where   string   // the condition of the rows that it has, in SQL; "" if it has all
	Primary bool     // it is the primary key
}

// Describe returns what a table of a database is like, nil if there is none of the name. An empty
// schema is the one that the connection looks into. Describe reads no rows and writes nothing.
func Describe(ctx context.Context, db *sql.DB, dialect Dialect, schema, name string) (*TableInfo, error) {
	e, err := resolve(ctx, db, dialect)
	if err != nil {
		return nil, err
	}
	found, err := e.describe(ctx, db, schema, name)
	if err != nil || found == nil {
		return nil, err
	}
	info := &TableInfo{Schema: found.schema, Name: found.name, View: found.view}
	for i := range found.columns {
		l := &found.columns[i]
		info.Columns = append(info.Columns, ColumnInfo{
			Name: l.name, Type: l.shown, Kind: e.natural(l), Nullable: l.nullable, Filled: l.filled, Computed: l.computed,
		})
	}
	for _, index := range found.indexes {
		info.Unique = append(info.Unique, IndexInfo{index.columns, index.where, index.primary})
	}
	return info, nil
}

// naturalKinds are the kinds of values by what PostgreSQL, MySQL and MariaDB call their types.
var naturalKinds = byType(map[persist.Kind]string{
	persist.Int64:   "int2 int4 int8 tinyint smallint mediumint int bigint year",
	persist.Bool:    "bool bit",
	persist.Float32: "float4",
	persist.Float64: "float8 double",
	persist.String: "text varchar bpchar enum citext numeric inet cidr macaddr interval time " +
		"char tinytext mediumtext longtext set decimal inet4 inet6",
	persist.Bytes: "bytea varbinary binary blob tinyblob mediumblob longblob",
	persist.UUID:  "uuid",
	persist.Time:  "timestamptz timestamp date datetime",
	persist.JSON:  "jsonb json",
})

func byType(types map[persist.Kind]string) map[string]persist.Kind {
	kinds := map[string]persist.Kind{}
	for kind, names := range types {
		for name := range strings.FieldsSeq(names) {
			kinds[name] = kind
		}
	}
	return kinds
}

// natural returns "" for bit strings, which PostgreSQL calls as MySQL calls its numbers of bits.
func (postgres) natural(l *liveColumn) persist.Kind {
	if l.typ == "bit" {
		return ""
	}
	return naturalKinds[l.typ]
}

func (*mysql) natural(l *liveColumn) persist.Kind {
	switch {
	case l.typ == "tinyint" && strings.HasPrefix(l.shown, "tinyint(1)"):
		return persist.Bool
	case l.typ == "binary" && l.length == 16:
		return persist.UUID
	case l.typ == "time", l.typ == "bit" && l.shown != "bit(1)":
		return ""
	}
	return naturalKinds[l.typ]
}

// sqliteKinds are the kinds of values by declared types that say more than their affinity.
var sqliteKinds = byType(map[persist.Kind]string{
	persist.Bool:   "bool boolean",
	persist.String: "numeric decimal",
	persist.UUID:   "uuid guid",
	persist.Time:   "date datetime timestamp",
	persist.JSON:   "json jsonb",
})

var sqliteAffinities = map[string]persist.Kind{
	"integer": persist.Int64, "real": persist.Float64, "text": persist.String, "blob": persist.Bytes,
}

func (sqlite) natural(l *liveColumn) persist.Kind {
	if kind, known := sqliteKinds[l.declared]; known {
		return kind
	}
	return sqliteAffinities[l.typ]
}
