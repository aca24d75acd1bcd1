package main

import (
	"context"
	"database/sql"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// memberships relates people to projects.
type memberships = junction.ManyToMany[person, project, membership]

// membership is what there is to say of a person in a project: the columns role and since of the
// join table.
type membership struct {
	Role  string
	Since int // the year
}

// openMemberships reads the join table, and makes it before if there is none: with a primary key
// over both ends, an index for the other direction, and a foreign key at each end.
func openMemberships(db *sql.DB) (*memberships, error) {
	store := sqlstore.New(db, sqlstore.Detect, sqlstore.Table{
		Relation: "memberships",
		Left:     "person",
		LeftOf:   sqlstore.Reference{Table: "people", Column: "id"},
		Right:    "project",
		RightOf:  sqlstore.Reference{Table: "projects", Column: "id"},
	})
	store.Create = true
	return junction.Open[person, project, membership](context.Background(), "memberships", store)
}
