package main

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// database is an open database, and what differs by its kind.
type database struct {
	*sql.DB
	*catalog
	dialect sqlstore.Dialect
	declare string // how Go names the dialect
	mark    string // the quote around names
}

// open connects to the database of an address. Errors do not show the address, which may have a
// password.
func open(ctx context.Context, address string) (*database, error) {
	d, err := connect(address)
	if err != nil {
		return nil, err
	}
	if err := d.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("the database does not answer: %w", err), d.Close())
	}
	return d, nil
}

func connect(address string) (*database, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "sqlite":
		db, err := openSQLite(rest)
		return &database{db, &sqliteCatalog, sqlstore.SQLite, "sqlstore.SQLite", `"`}, err
	case "postgres", "postgresql":
		db, err := openPostgres(address)
		return &database{db, &postgresCatalog, sqlstore.Postgres, "sqlstore.Postgres", `"`}, err
	case "mysql":
		db, err := openMySQL(address)
		return &database{db, &mysqlCatalog, sqlstore.Detect, "sqlstore.Detect", "`"}, err
	}
	return nil, usageError("ADDRESS wants sqlite:FILE, postgres://HOST/DATABASE or mysql://HOST/DATABASE")
}

// openSQLite opens a file that exists, for statements that only read. The mode is not ro, by which
// SQLite would leave the files of a write-ahead log behind.
func openSQLite(file string) (*sql.DB, error) {
	if file == "" || file == ":memory:" {
		return nil, usageError("sqlite: want a file, as in sqlite:app.db")
	}
	if _, err := os.Stat(file); err != nil {
		return nil, err
	}
	name := url.URL{
		Scheme: "file", OmitHost: true, Path: filepath.ToSlash(file), RawQuery: "mode=rw&_pragma=busy_timeout(10000)&_pragma=query_only(ON)",
	}
	return sql.Open("sqlite", name.String())
}

func openPostgres(address string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, usageError("postgres: " + err.Error()) // which does not show the password
	}
	return stdlib.OpenDB(*config), nil
}

func openMySQL(address string) (*sql.DB, error) {
	config, err := mysqlConfig(address)
	if err != nil {
		return nil, usageError("mysql: " + err.Error())
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, usageError("mysql: " + err.Error())
	}
	return sql.OpenDB(connector), nil
}

// mysqlConfig makes of a URL what the driver wants. Its parameters are those of the driver.
func mysqlConfig(address string) (*mysql.Config, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.Unwrap(err) // which does not repeat the address
	}
	config, err := mysql.ParseDSN("/?" + u.RawQuery)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	config.User = u.User.Username()
	config.Passwd = cmp.Or(password, os.Getenv("MYSQL_PWD"))
	config.Addr = u.Host
	config.DBName = strings.TrimPrefix(u.Path, "/")
	config.Logger = &mysql.NopLogger{} // an error is returned, too
	if config.Addr == "" || config.DBName == "" {
		return nil, errors.New("want a host and a database, as in mysql://user:password@localhost:3306/app")
	}
	return config, nil
}

// quote returns a name as it stands in a statement.
func (d *database) quote(name string) string {
	return d.mark + strings.ReplaceAll(name, d.mark, d.mark+d.mark) + d.mark
}

// quoteTable returns the name of a table as it stands in a statement.
func (d *database) quoteTable(t *sqlstore.TableInfo) string {
	return d.quote(t.Schema) + "." + d.quote(t.Name)
}
