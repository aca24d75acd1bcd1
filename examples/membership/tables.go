package main

import (
	"database/sql"
	"strconv"
)

// The ids of people and of projects. As types of their own they cannot be mistaken for each other.
type (
	person  int64
	project int64
)

const (
	ada person = iota + 1
	alan
	grace
	linus
)

const (
	compiler project = iota + 1
	debugger
	engine
)

func (p person) String() string { return name(int64(p), "ada", "alan", "grace", "linus") }

func (p project) String() string { return name(int64(p), "compiler", "debugger", "engine") }

// name returns the name of an id, or the id in digits if it has none.
func name(id int64, names ...string) string {
	if id < 1 || id > int64(len(names)) {
		return strconv.FormatInt(id, 10)
	}
	return names[id-1]
}

// table is one of a service that knows nothing of package junction.
type table struct{ create, count, fill string }

var tables = []table{
	{
		"CREATE TABLE IF NOT EXISTS people (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
		"SELECT COUNT(*) FROM people",
		"INSERT INTO people (id, name) VALUES (1, 'ada'), (2, 'alan'), (3, 'grace'), (4, 'linus')",
	},
	{
		"CREATE TABLE IF NOT EXISTS projects (id BIGINT PRIMARY KEY, name VARCHAR(40) NOT NULL)",
		"SELECT COUNT(*) FROM projects",
		"INSERT INTO projects (id, name) VALUES (1, 'compiler'), (2, 'debugger'), (3, 'engine')",
	},
}

// prepare makes the table, and fills it if it has no rows.
func (t *table) prepare(db *sql.DB) error {
	if _, err := db.Exec(t.create); err != nil {
		return err
	}
	var rows int
	if err := db.QueryRow(t.count).Scan(&rows); err != nil || rows > 0 {
		return err
	}
	_, err := db.Exec(t.fill)
	return err
}
