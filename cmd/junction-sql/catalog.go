package main

import "context"

// catalog is how a database is asked for its tables. The argument is a schema, empty for the
// connection's own.
type catalog struct {
	names      string // the names of the tables
	references string // table and column of each foreign key of one column
}

var sqliteCatalog = catalog{
	names: `SELECT name FROM pragma_table_list WHERE schema = COALESCE(NULLIF(?, ''), 'main') AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`,
	references: `SELECT t.name, MIN(f."from") FROM pragma_table_list t, pragma_foreign_key_list(t.name, t.schema) f
		WHERE t.schema = COALESCE(NULLIF(?, ''), 'main') AND t.type = 'table' GROUP BY t.name, f.id HAVING COUNT(*) = 1`,
}

var postgresCatalog = catalog{
	names: `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = COALESCE(NULLIF($1, ''), current_schema()) AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1`,
	references: `SELECT c.relname, a.attname FROM pg_constraint k
		JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
		WHERE n.nspname = COALESCE(NULLIF($1, ''), current_schema()) AND k.contype = 'f' AND cardinality(k.conkey) = 1`,
}

var mysqlCatalog = catalog{
	names: `SELECT table_name FROM information_schema.tables
		WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND table_type = 'BASE TABLE' ORDER BY 1`,
	references: `SELECT table_name, MIN(column_name) FROM information_schema.key_column_usage
		WHERE table_schema = COALESCE(NULLIF(?, ''), DATABASE()) AND referenced_table_name IS NOT NULL
		GROUP BY table_name, constraint_name HAVING COUNT(*) = 1`,
}

// tableNames returns the names of the tables of a schema.
func (d *database) tableNames(ctx context.Context, schema string) (names []string, err error) {
	rows, err := d.QueryContext(ctx, d.names, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, rows.Err()
}

// foreignKeys returns the columns that refer to other tables, by table.
func (d *database) foreignKeys(ctx context.Context, schema string) (map[string][]string, error) {
	rows, err := d.QueryContext(ctx, d.references, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		columns[table] = append(columns[table], column)
	}
	return columns, rows.Err()
}
