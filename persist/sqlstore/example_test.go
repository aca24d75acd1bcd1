package sqlstore_test

import (
	"context"
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
