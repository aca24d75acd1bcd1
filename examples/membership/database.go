package main

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// open returns the database of an address, to which it does not connect yet: an error says what
// is wrong with the address. It does not show the address, which may have a password.
func open(address string) (*sql.DB, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	switch scheme {
	case "sqlite":
		return openSQLite(rest)
	case "postgres", "postgresql":
		return openPostgres(address)
	case "mysql":
		return openMySQL(address)
	}
	return nil, errors.New("-db wants sqlite:FILE, postgres://HOST/DATABASE or mysql://HOST/DATABASE")
}

// openSQLite has SQLite wait for the disk at each commit, wait for other writers, and keep
// foreign keys, which by itself it does not.
func openSQLite(file string) (*sql.DB, error) {
	if file == "" || file == ":memory:" {
		return nil, errors.New("-db sqlite: want a file, as in sqlite:membership.db")
	}
	name := url.URL{
		Scheme:   "file",
		OmitHost: true,
		Path:     filepath.ToSlash(file),
		RawQuery: "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)&_pragma=foreign_keys(ON)",
	}
	return sql.Open("sqlite", name.String())
}

func openPostgres(address string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("-db postgres: %w", err)
	}
	return stdlib.OpenDB(*config), nil
}

func openMySQL(address string) (*sql.DB, error) {
	config, err := mysqlConfig(address)
	if err != nil {
		return nil, fmt.Errorf("-db mysql: %w", err)
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("-db mysql: %w", err)
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
	config.User = u.User.Username()
	config.Passwd, _ = u.User.Password()
	config.Addr = u.Host
	config.DBName = strings.TrimPrefix(u.Path, "/")
	if config.Addr == "" || config.DBName == "" {
		return nil, errors.New("want a host and a database, as in mysql://user:password@localhost:3306/example")
	}
	return config, nil
}
