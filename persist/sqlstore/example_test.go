package sqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"time"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// Membership is what an edge between a user and a project holds.
type Membership struct {
	Role  string    `db:"role"`
	Since time.Time `db:"joined_at"`
}

// A table that is there already, opened by any driver. See examples/membership for a program that
// runs.
func ExampleNew() {
	ctx := context.Background()
	db, err := sql.Open("pgx", "postgres://localhost/app")
	if err != nil {
		fmt.Println(err)
		return
	}
	store := sqlstore.New(db, sqlstore.Detect, sqlstore.Table{
		Relation: "members", Name: "project_users", Left: "user_id", Right: "project_id",
	})
	members, err := junction.Open[int64, int64, Membership](ctx, "members", store)
	if err != nil {
		fmt.Println(err)
		return
	}
	members.Add(1, 7, Membership{Role: "owner", Since: time.Now().Truncate(time.Microsecond)})
	for user, m := range members.Right(7).All() {
		fmt.Println(user, m.Role)
	}
	members.Graph().Close()
}

// A table with the rows of all tenants and types, as many frameworks make them for polymorphic
// associations: the relation is the posts of one tenant, and the store fills the columns that the
// framework would.
func ExampleTable_where() {
	table := sqlstore.Table{
		Relation: "tags", Name: "taggings", Left: "tag_id", Right: "taggable_id",
		Where: sqlstore.Values{"tenant_id": 5, "taggable_type": "Post"},
	}
	fmt.Println(len(table.Where), "conditions")
	// Output: 2 conditions
}

// A table whose columns have no defaults, since a framework fills them: the database gives the
// times, and the program the ids.
func ExampleTable_onInsert() {
	newID := func() string { return rand.Text() }
	table := sqlstore.Table{
		Relation: "members", Name: "memberships", Left: "user_id", Right: "project_id",
		OnInsert: sqlstore.Values{"id": newID, "created_at": sqlstore.SQL("now()")},
		OnUpdate: sqlstore.Values{"updated_at": sqlstore.SQL("now()")}, // also on insert
	}
	fmt.Println(len(table.OnInsert), "and", len(table.OnUpdate))
	// Output: 2 and 1
}

// A table whose rows are marked as deleted, and stay.
func ExampleTable_onDelete() {
	table := sqlstore.Table{
		Relation: "members", Name: "memberships", Left: "user_id", Right: "project_id",
		Where:    sqlstore.Values{"deleted_at": nil},
		OnDelete: sqlstore.Values{"deleted_at": sqlstore.SQL("now()")},
	}
	fmt.Println(table.Name)
	// Output: memberships
}

// A table of SQLite without rows, to which another program will write times in milliseconds.
func ExampleTable_times() {
	table := sqlstore.Table{
		Relation: "members", Name: "memberships", Left: "user_id", Right: "project_id",
		Times: map[string]sqlstore.TimeForm{"joined_at": "2006-01-02 15:04:05.000 -07:00"},
	}
	fmt.Println(table.Times["joined_at"])
	// Output: 2006-01-02 15:04:05.000 -07:00
}

// The statements for a migration tool. The relations are declared as in the program; no database
// is needed.
func ExampleDDL() {
	g := junction.NewGraph(nil)
	junction.Relate[int64, int64, Membership](g, "members")
	schema, err := g.Schema()
	if err != nil {
		fmt.Println(err)
		return
	}
	ddl, err := sqlstore.DDL(sqlstore.Postgres, schema, sqlstore.Table{
		Relation: "members", Name: "project_users",
		Left: "user_id", LeftOf: sqlstore.Reference{Table: "users", Column: "id", Cascade: true},
		Right: "project_id", RightOf: sqlstore.Reference{Table: "projects", Column: "id"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(ddl)
	// Output:
	// CREATE TABLE "project_users" (
	//   "user_id" bigint NOT NULL,
	//   "project_id" bigint NOT NULL,
	//   "role" text NOT NULL,
	//   "joined_at" timestamp with time zone NOT NULL,
	//   PRIMARY KEY ("user_id", "project_id"),
	//   FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE,
	//   FOREIGN KEY ("project_id") REFERENCES "projects" ("id")
	// );
	// CREATE INDEX ON "project_users" ("project_id", "user_id");
	// CREATE TABLE IF NOT EXISTS junction_meta (
	//   "graph" text COLLATE "C" NOT NULL,
	//   "revision" bigint NOT NULL,
	//   "epoch" bigint NOT NULL,
	//   "commit_id" text COLLATE "C" NOT NULL,
	//   "record" text NOT NULL,
	//   PRIMARY KEY ("graph")
	// );
}

// A test of a program's migrations asks whether the tables still fit the relations that it
// declares, without loading a row and without writing anything.
func ExampleStore_Check() {
	ctx := context.Background()
	db, err := sql.Open("pgx", "postgres://localhost/app")
	if err != nil {
		fmt.Println(err)
		return
	}
	store := sqlstore.New(db, sqlstore.Detect, sqlstore.Table{
		Relation: "members", Name: "project_users", Left: "user_id", Right: "project_id",
	})
	g := junction.NewGraph(&junction.Options{Store: store})
	junction.Relate[int64, int64, Membership](g, "members")
	schema, err := g.Schema()
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := store.Check(ctx, schema); err != nil {
		fmt.Println(err) // table, column, what it must be, what it is
	}
}
