package sqltest

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// The declarations below are those that docs/sql.md shows.

// UserProject is what Sequelize keeps of a user in a project.
type UserProject struct {
	Role *string `db:"role"`
}

var userProjects = sqlstore.Table{
	Relation: "projects", Name: "UserProjects", Left: "UserId", Right: "ProjectId",
	OnInsert: sqlstore.Values{"createdAt": time.Now},
	OnUpdate: sqlstore.Values{"updatedAt": time.Now},
}

// userProjectsLite is the same in SQLite, where Sequelize writes three digits of a second.
var userProjectsLite = sqlstore.Table{
	Relation: "projects", Name: "UserProjects", Left: "UserId", Right: "ProjectId",
	OnInsert: sqlstore.Values{"createdAt": time.Now},
	OnUpdate: sqlstore.Values{"updatedAt": time.Now},
	Times: map[string]sqlstore.TimeForm{
		"createdAt": "2006-01-02 15:04:05.000 -07:00",
		"updatedAt": "2006-01-02 15:04:05.000 -07:00",
	},
}

// Membership is the row of a paranoid model of Sequelize.
type Membership struct {
	Role string `db:"role"`
}

var memberships = sqlstore.Table{
	Relation: "members", Name: "memberships", Left: "user_id", Right: "project_id",
	Where: sqlstore.Values{"deleted_at": nil},
	OnDelete: sqlstore.Values{
		"deleted_at": sqlstore.SQL("now()"),
		"updated_at": sqlstore.SQL("now()"), // as Sequelize does
	},
	OnInsert: sqlstore.Values{"created_at": sqlstore.SQL("now()")},
	OnUpdate: sqlstore.Values{"updated_at": sqlstore.SQL("now()")},
}

var assembliesParts = sqlstore.Table{
	Relation: "parts", Name: "assemblies_parts", Left: "assembly_id", Right: "part_id",
}

// Appointment is a model of Rails between two others.
type Appointment struct {
	Date *time.Time `db:"appointment_date"`
}

var appointments = sqlstore.Table{
	Relation: "patients", Name: "appointments", Left: "physician_id", Right: "patient_id",
	OnInsert: sqlstore.Values{"created_at": time.Now},
	OnUpdate: sqlstore.Values{"updated_at": time.Now},
}

var taggings = sqlstore.Table{
	Relation: "tags", Name: "taggings", Left: "tag_id", Right: "taggable_id",
	Where: sqlstore.Values{
		"taggable_type": "Article", "context": "tags", "tagger_type": "User", "tagger_id": 1,
	},
	OnInsert: sqlstore.Values{"created_at": time.Now},
}

var articleTags = sqlstore.Table{
	Relation: "tags", Name: "app_article_tags", Left: "article_id", Right: "tag_id",
}

// GroupMembership is a through model of Django.
type GroupMembership struct {
	Joined  time.Time `db:"date_joined"` // a date: midnight in UTC
	Reason  string    `db:"invite_reason"`
	Invited time.Time `db:"invited_at"`
}

var groupMemberships = sqlstore.Table{
	Relation: "members", Name: "app_membership", Left: "person_id", Right: "group_id",
}

// RoleUser is a pivot of Laravel.
type RoleUser struct {
	Expires *time.Time `db:"expires_at"`
}

var roleUser = sqlstore.Table{
	Relation: "roles", Name: "role_user", Left: "user_id", Right: "role_id",
	OnInsert: sqlstore.Values{"created_at": time.Now},
	OnUpdate: sqlstore.Values{"updated_at": time.Now},
}

var taggables = sqlstore.Table{
	Relation: "tags", Name: "taggables", Left: "tag_id", Right: "taggable_id",
	Where: sqlstore.Values{"taggable_type": `App\Models\Post`},
}

var userLanguages = sqlstore.Table{
	Relation: "languages", Name: "user_languages", Left: "user_id", Right: "language_id",
}

// UserLanguage is a join table of gorm with a time.
type UserLanguage struct {
	Created *time.Time `db:"created_at"`
}

var personAddresses = sqlstore.Table{
	Relation: "addresses", Name: "person_addresses", Left: "person_id", Right: "address_id",
	Where:    sqlstore.Values{"deleted_at": nil},
	OnDelete: sqlstore.Values{"deleted_at": sqlstore.SQL("now()")},
	OnInsert: sqlstore.Values{"created_at": sqlstore.SQL("now()")},
}

var groupUsers = sqlstore.Table{
	Relation: "users", Name: "group_users", Left: "group_id", Right: "user_id",
}

var categoryToPost = sqlstore.Table{
	Relation: "posts", Name: "_CategoryToPost", Left: "A", Right: "B",
}

// CategoryOnPost is an explicit relation of Prisma.
type CategoryOnPost struct {
	Level    string    `db:"level"` // an enum
	Assigned time.Time `db:"assignedAt"`
}

var categoriesOnPosts = sqlstore.Table{
	Relation: "categories", Name: "CategoriesOnPosts", Left: "postId", Right: "categoryId",
}

// CategoryBy is one in SQLite, whose times are integers of milliseconds.
type CategoryBy struct {
	Assigned time.Time `db:"assignedAt"`
	By       string    `db:"assignedBy"`
}

var questionCategories = sqlstore.Table{
	Relation: "categories", Name: "question_categories_category",
	Left: "questionId", Right: "categoryId",
}

// Association is a secondary table of SQLAlchemy with a time.
type Association struct {
	Created *time.Time `db:"created"`
}

var associationTable = sqlstore.Table{
	Relation: "children", Name: "association_table", Left: "left_id", Right: "right_id",
}

var authorBooks = sqlstore.Table{
	Relation: "books", Name: "author_books", Left: "authors_id", Right: "books_id",
}

// Enrollment is an entity of Hibernate between two others.
type Enrollment struct {
	Grade *string `db:"grade"` // numeric(4, 2), so "1.70"
}

var enrollments = sqlstore.Table{
	Relation: "courses", Name: "enrollment", Left: "student_id", Right: "course_id",
	OnInsert: sqlstore.Values{"version": 0},
	OnUpdate: sqlstore.Values{"version": sqlstore.SQL("version + 1")},
}

var postTags = sqlstore.Table{
	Relation: "tags", Name: "PostTag", Left: "PostsId", Right: "TagsId",
}

var usersGroups = sqlstore.Table{
	Relation: "groups", Name: "users_groups", Left: "user_id", Right: "group_id",
}

// Follow is what Mastodon keeps of an account that follows another.
type Follow struct {
	ShowReblogs bool    `db:"show_reblogs"`
	Notify      bool    `db:"notify"`
	URI         *string `db:"uri"`
}

var follows = sqlstore.Table{
	Relation: "follows", Name: "follows", Left: "account_id", Right: "target_account_id",
	OnInsert: sqlstore.Values{"created_at": time.Now},
	OnUpdate: sqlstore.Values{"updated_at": time.Now},
}

var developers = sqlstore.Table{
	Relation: "developers", Name: "project_authorizations", Left: "user_id", Right: "project_id",
	Where: sqlstore.Values{"access_level": 30},
}

// Level is the highest access that a user has to a project.
type Level struct {
	Access int64 `db:"access_level"`
}

var levels = sqlstore.Table{
	Relation: "levels", Name: "highest_levels", Left: "user_id", Right: "project_id",
}

const makeLevels = `
	CREATE VIEW highest_levels AS
	SELECT user_id, project_id, MAX(access_level) AS access_level
	FROM project_authorizations GROUP BY user_id, project_id
`

// Access is what Gitea keeps of a user's access to a repository.
type Access struct {
	Mode *int64 `db:"mode"`
}

var accesses = sqlstore.Table{
	Relation: "access", Name: "access", Left: "user_id", Right: "repo_id",
}

var userRoles = sqlstore.Table{
	Relation: "roles", Name: "user_role_mapping", Left: "user_id", Right: "role_id",
}

// GroupMember is what Keycloak keeps of a user in a group.
type GroupMember struct {
	Type string `db:"MEMBERSHIP_TYPE"`
}

var userGroups = sqlstore.Table{
	Relation: "groups", Name: "USER_GROUP_MEMBERSHIP", Left: "USER_ID", Right: "GROUP_ID",
}

// TermRelationship is what WordPress keeps of a post's category or tag.
type TermRelationship struct {
	Order int64 `db:"term_order"`
}

var termRelationships = sqlstore.Table{
	Relation: "terms", Name: "wp_term_relationships", Left: "object_id", Right: "term_taxonomy_id",
}

// TeamMember is the row of one tenant.
type TeamMember struct {
	Role string `db:"role"`
}

func tenantMembers(tenant int64) sqlstore.Table {
	return sqlstore.Table{
		Relation: "members", Name: "tenant_members", Left: "user_id", Right: "team_id",
		Where: sqlstore.Values{"tenant_id": tenant},
	}
}

// Bookmark is a row that can be marked as deleted.
type Bookmark struct {
	Note string `db:"note"`
}

var bookmarks = sqlstore.Table{
	Relation: "bookmarks", Name: "bookmarks", Left: "user_id", Right: "page_id",
	Where:    sqlstore.Values{"deleted_at": nil},
	OnDelete: sqlstore.Values{"deleted_at": sqlstore.SQL("CURRENT_TIMESTAMP")},
}

var assignments = sqlstore.Table{
	Relation: "departments", Name: "assignments", Left: "employee_id", Right: "department_id",
	Where:    sqlstore.Values{"valid_to": nil},
	OnDelete: sqlstore.Values{"valid_to": sqlstore.SQL("now()")},
}

// Grant has an enum, a set and a year of MySQL.
type Grant struct {
	Level string `db:"level"`
	Flags string `db:"flags"` // a set: members between commas, in the order of the declaration
	Since int64  `db:"since"`
}

var grants = sqlstore.Table{
	Relation: "grants", Name: "grants", Left: "user_id", Right: "doc_id",
}

// none is the through value of a table that has no other column.
type none = struct{}

// schemaTest is a test of one table of testdata/schemas.
type schemaTest interface {
	test(t *testing.T, e *engine, section string)
}

// schemaTests are those of all tables, by engine and name.
var schemaTests = map[*engine]map[string]schemaTest{
	postgresEngine: {
		"sequelize":                     numbered[UserProject]{table: userProjects, a: UserProject{ptr("reader")}, b: UserProject{nil}, before: `INSERT INTO "Projects" SELECT generate_series(4, 200)`},
		"sequelize_paranoid":            numbered[Membership]{table: memberships, rows: "deleted_at IS NULL", a: Membership{"reader"}, b: Membership{"guest"}},
		"rails_habtm":                   numbered[none]{table: assembliesParts, before: `CREATE UNIQUE INDEX ON assemblies_parts (assembly_id, part_id)`},
		"rails_has_many_through":        numbered[Appointment]{table: appointments, a: Appointment{ptr(noon)}, b: Appointment{nil}},
		"rails_taggings":                numbered[none]{table: taggings, rows: "taggable_type = 'Article' AND context = 'tags' AND tagger_type = 'User' AND tagger_id = 1"},
		"django_m2m":                    numbered[none]{table: articleTags, before: `INSERT INTO app_tag SELECT generate_series(4, 200)`},
		"django_through":                numbered[GroupMembership]{table: groupMemberships, a: joined("friend", 5), b: joined("", 6)},
		"laravel_pivot":                 numbered[RoleUser]{table: roleUser, a: RoleUser{ptr(noon)}, b: RoleUser{nil}},
		"gorm":                          numbered[none]{table: userLanguages},
		"gorm_custom":                   numbered[none]{table: personAddresses, rows: "deleted_at IS NULL"},
		"ent":                           numbered[none]{table: groupUsers},
		"prisma_implicit":               numbered[none]{table: categoryToPost},
		"prisma_explicit":               textual[CategoryOnPost]{table: categoriesOnPosts, a: CategoryOnPost{"READ", noon}, b: CategoryOnPost{"WRITE", noon.Add(time.Millisecond)}},
		"typeorm":                       uuids[none]{table: questionCategories},
		"sqlalchemy":                    numbered[none]{table: associationTable, before: `CREATE UNIQUE INDEX ON association_table (left_id, right_id)`},
		"hibernate":                     numbered[none]{table: authorBooks},
		"hibernate_embedded":            numbered[Enrollment]{table: enrollments, a: Enrollment{ptr("2.30")}, b: Enrollment{nil}},
		"efcore":                        numbered[none]{table: postTags},
		"doctrine":                      numbered[none]{table: usersGroups},
		"mastodon_follows":              numbered[Follow]{table: follows, a: Follow{true, false, ptr("https://example.org/7")}, b: Follow{false, true, nil}},
		"gitlab_project_authorizations": numbered[none]{table: developers, rows: "access_level = 30"},
		"gitea_access":                  numbered[Access]{table: accesses, a: Access{ptr(int64(3))}, b: Access{nil}},
		"keycloak_user_role_mapping":    textual[none]{table: userRoles},
		"tenant":                        numbered[TeamMember]{table: tenantMembers(2), rows: "tenant_id = 2", a: TeamMember{"guest"}, b: TeamMember{"owner"}},
		"temporal":                      numbered[none]{table: assignments, rows: "valid_to IS NULL"},
	},
	sqliteEngine: {
		"sequelize":              numbered[UserProject]{table: userProjectsLite, a: UserProject{ptr("reader")}, b: UserProject{nil}},
		"rails_habtm":            numbered[none]{table: assembliesParts},
		"rails_has_many_through": numbered[Appointment]{table: appointments, a: Appointment{ptr(noon)}, b: Appointment{nil}},
		"django_m2m":             numbered[none]{table: articleTags},
		"django_through":         numbered[GroupMembership]{table: groupMemberships, a: joined("friend", 5), b: joined("", 6)},
		"laravel_pivot":          numbered[none]{table: roleUser},
		"gorm":                   numbered[UserLanguage]{table: userLanguages, zones: true, a: UserLanguage{ptr(noon)}, b: UserLanguage{nil}},
		"ent":                    uuids[none]{table: groupUsers},
		"prisma":                 numbered[CategoryBy]{table: categoriesOnPosts, a: CategoryBy{noon, "bob"}, b: CategoryBy{noon.Add(time.Millisecond), "eve"}},
		"sqlalchemy":             numbered[Association]{table: associationTable, a: Association{ptr(noon)}, b: Association{nil}},
		"efcore":                 uuids[none]{table: postTags},
		"tenant":                 numbered[TeamMember]{table: tenantMembers(2), rows: "tenant_id = 2", a: TeamMember{"guest"}, b: TeamMember{"owner"}},
		"soft_delete":            numbered[Bookmark]{table: bookmarks, rows: "deleted_at IS NULL", a: Bookmark{"mine"}, b: Bookmark{""}},
	},
	mysqlEngine: {
		"sequelize":                    numbered[UserProject]{table: userProjects, a: UserProject{ptr("reader")}, b: UserProject{nil}},
		"rails_habtm":                  numbered[none]{table: assembliesParts},
		"rails_has_many_through":       numbered[Appointment]{table: appointments, a: Appointment{ptr(noon)}, b: Appointment{nil}},
		"django_m2m":                   numbered[none]{table: articleTags},
		"django_through":               numbered[GroupMembership]{table: groupMemberships, a: joined("friend", 5), b: joined("", 6)},
		"laravel_pivot":                unsigned[none]{table: roleUser},
		"laravel_morph":                unsigned[none]{table: taggables, rows: `taggable_type = 'App\\Models\\Post'`},
		"prisma_implicit":              numbered[none]{table: categoryToPost},
		"typeorm":                      uuids[none]{table: questionCategories},
		"hibernate":                    uuids[none]{table: authorBooks},
		"doctrine":                     numbered[none]{table: usersGroups},
		"wordpress_term_relationships": unsigned[TermRelationship]{table: termRelationships, a: TermRelationship{7}, b: TermRelationship{8}},
		"gitea_access":                 numbered[Access]{table: accesses, a: Access{ptr(int64(3))}, b: Access{nil}},
		"keycloak_group_membership":    textual[GroupMember]{table: userGroups, a: GroupMember{"MANAGED"}, b: GroupMember{"UNMANAGED"}},
		"tenant":                       numbered[TeamMember]{table: tenantMembers(2), rows: "tenant_id = 2", a: TeamMember{"guest"}, b: TeamMember{"owner"}},
		"enum_and_set":                 numbered[Grant]{table: grants, a: Grant{"read", "a,b", 1999}, b: Grant{"write", "", 2000}},
	},
}

func ptr[T any](v T) *T { return &v }

func joined(reason string, day int) GroupMembership {
	at := time.Date(2024, 4, day, 0, 0, 0, 0, time.UTC)
	return GroupMembership{at, reason, at.Add(time.Hour + time.Microsecond)}
}

// numbered are tables whose keys are integers, unsigned those of unsigned ones, textual of texts,
// and uuids of UUIDs.
type (
	numbered[T any] schemaCase[T]
	unsigned[T any] schemaCase[T]
	textual[T any]  schemaCase[T]
	uuids[T any]    schemaCase[T]
)

func (c numbered[T]) test(t *testing.T, e *engine, section string) {
	testSchema(t, e, section, schemaCase[T](c), func(n int) int64 { return int64(n) })
}

func (c unsigned[T]) test(t *testing.T, e *engine, section string) {
	testSchema(t, e, section, schemaCase[T](c), func(n int) uint64 { return uint64(n) })
}

func (c textual[T]) test(t *testing.T, e *engine, section string) {
	testSchema(t, e, section, schemaCase[T](c), func(n int) string { return fmt.Sprintf("0190d8a0-1111-7000-8000-%012d", n) })
}

func (c uuids[T]) test(t *testing.T, e *engine, section string) {
	testSchema(t, e, section, schemaCase[T](c), func(n int) [16]byte { return [16]byte{0xab, 14: 1, 15: byte(n)} })
}

// schemaCase is the declaration of a table and what a test writes to it.
type schemaCase[T any] struct {
	table  sqlstore.Table
	rows   string // the condition of the relation's rows in SQL; "" for all
	a, b   T      // through values that differ in each field
	zones  bool   // the rows have times in several zones, of which the store writes one
	before string // a statement that makes the table one that can be written
}

// section is a part of a file of testdata/schemas.
type section struct {
	name       string
	statements []string
}

// schemas returns the sections of an engine.
func (e *engine) schemas(t testing.TB) (all []*section) {
	file := map[*engine]string{sqliteEngine: "sqlite", postgresEngine: "postgres", mysqlEngine: "mysql"}[e]
	text, err := os.ReadFile("testdata/schemas/" + file + ".sql")
	require.NoError(t, err)
	for _, part := range strings.Split("\n"+string(text), "\n-- name: ")[1:] {
		name, rest, _ := strings.Cut(part, "\n")
		for strings.HasPrefix(rest, "-- ") {
			_, rest, _ = strings.Cut(rest, "\n")
		}
		s := &section{name: name}
		for statement := range strings.SplitSeq(rest, ";\n") {
			if strings.TrimSpace(statement) != "" {
				s.statements = append(s.statements, statement)
			}
		}
		all = append(all, s)
	}
	return all
}

// make makes the tables of some sections.
func (e *engine) make(t testing.TB, db *sql.DB, names ...string) {
	t.Helper()
	for _, s := range e.schemas(t) {
		for _, statement := range s.statements {
			if slices.Contains(names, s.name) {
				mustExec(t, db, statement)
			}
		}
	}
}

// TestSchemas holds that the join tables of frameworks and applications are opened by the
// declaration that fits, read as they are, and written so that nothing changes that the graph did
// not change.
func TestSchemas(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		all := e.schemas(t)
		require.Len(t, all, len(schemaTests[e]))
		for _, s := range all {
			t.Run(s.name, func(t *testing.T) { schemaTests[e][s.name].test(t, e, s.name) })
		}
	})
}

// foundTable is a join table as another connection sees it.
type foundTable[K junction.Key, T any] struct {
	t *testing.T
	e *engine
	schemaCase[T]
	other *sql.DB
	m     *junction.ManyToMany[K, K, T]
}

// testSchema makes a table and does to it whatever a program does.
func testSchema[K junction.Key, T any](t *testing.T, e *engine, section string, c schemaCase[T], key func(n int) K) {
	db, address := e.open(t)
	f := &foundTable[K, T]{t: t, e: e, schemaCase: c, other: e.other(t, address)}
	e.make(t, f.other, section)
	if c.before != "" {
		mustExec(t, f.other, c.before)
	}
	found := f.dump()
	f.open(db)
	f.requireSame()
	require.Equal(t, found, f.dump(), "opening has changed something")
	f.testOneValue()
	f.testLifeOfRow(key)
	f.testMany(key)
	f.testOthers(key)
	before := f.dump()
	require.NoError(t, f.m.Graph().Close())
	f.open(db)
	f.requireSame()
	must(f.m.RemoveLeft(key(3)))
	f.requireSame()
	require.Greater(t, len(before), len(f.inScope()))
	f.requireKept(found)
	f.requireForms(found, before)
	f.testClear()
	require.NoError(t, f.m.Graph().Close())
}

// testClear removes all edges: rows outside of the relation stay.
func (f *foundTable[K, T]) testClear() {
	outside := func() []map[string]string { return f.dumpWhere("NOT (" + cmp.Or(f.rows, "1 = 1") + ")") }
	before := outside()
	must(f.m.Clear())
	f.requireSame()
	require.Empty(f.t, f.inScope())
	for _, row := range before {
		require.Contains(f.t, outside(), row)
	}
}

func (f *foundTable[K, T]) open(db *sql.DB) {
	f.t.Helper()
	var err error
	f.m, err = junction.Open[K, K, T](f.t.Context(), f.table.Relation, sqlstore.New(db, sqlstore.Detect, f.table))
	require.NoError(f.t, err)
}

// testOneValue changes each value of a row that is there and writes it back: no other column may
// change, but for those of OnUpdate, and in the end all is as it was.
func (f *foundTable[K, T]) testOneValue() {
	for edge := range f.m.Edges() {
		for i, column := range columnsOf[T]() {
			found := f.dump()
			changed := f.fieldOf(edge.Through, i)
			must(f.m.Add(edge.Left, edge.Right, changed))
			f.requireChanged(found, column)
			must(f.m.Add(edge.Left, edge.Right, edge.Through))
			if !f.zones {
				f.requireChanged(found)
			}
			f.requireSame()
		}
	}
}

// fieldOf returns a through value with another value in one field.
func (f *foundTable[K, T]) fieldOf(v T, i int) T {
	field := reflect.ValueOf(&v).Elem().Field(i)
	for _, other := range []T{f.a, f.b} {
		if new := reflect.ValueOf(other).Field(i); showValue(new) != showValue(field) {
			field.Set(new)
			return v
		}
	}
	panic("a and b do not differ")
}

// testLifeOfRow adds, changes and removes a row, and adds it again.
func (f *foundTable[K, T]) testLifeOfRow(key func(n int) K) {
	left, right := key(3), key(2)
	for _, through := range []T{f.a, f.b} {
		found := f.dump()
		must(f.m.Add(left, right, through))
		gone, came := difference(found, f.dump())
		require.Len(f.t, came, 1)
		f.requireOnly(gone, came, f.all()...)
		f.requireSame()

		for i := range columnsOf[T]() {
			found = f.dump()
			v, _ := f.m.Get(left, right)
			must(f.m.Add(left, right, f.fieldOf(v, i)))
			f.requireChanged(found, columnsOf[T]()[i])
			f.requireSame()
		}

		found = f.dump()
		must(f.m.Remove(left, right))
		gone, came = difference(found, f.dump())
		require.Len(f.t, gone, 1)
		require.Len(f.t, came, min(1, len(f.table.OnDelete)))
		f.requireOnly(gone, came, slices.Collect(maps.Keys(f.table.OnDelete))...)
		f.requireSame()
	}
}

// testMany writes many rows at once, each of them twice, and replaces those of one key.
func (f *foundTable[K, T]) testMany(key func(n int) K) {
	left := key(3)
	theirs := f.theirs(left)
	for _, through := range []T{f.a, f.b} {
		must(f.m.AddAll(func(yield func(edge[K, K, T]) bool) {
			for n := range 200 {
				if !yield(edge[K, K, T]{Left: left, Right: key(n + 1), Through: through}) {
					return
				}
			}
		}))
		require.Equal(f.t, 200, f.m.Left(left).Count())
		f.requireSame()
	}
	must(f.m.Left(left).Set(maps.All(map[K]T{key(1): f.a, key(2): f.b})))
	f.requireSame()
	must(f.m.Left(left).Set(maps.All(map[K]T{key(2): f.b, key(3): f.a})))
	require.Equal(f.t, 2, f.m.Left(left).Count())
	f.requireSame()
	require.Equal(f.t, theirs, f.theirs(left), "rows of other keys have changed")
}

// testOthers inserts, changes and deletes rows as another program does.
func (f *foundTable[K, T]) testOthers(key func(n int) K) {
	left := key(3)
	row := func(n int) map[string]string {
		where := f.keyCondition(left, key(n))
		rows := f.dumpWhere(where)
		require.Len(f.t, rows, 1, where)
		return rows[0]
	}
	must(f.m.Add(left, key(1), f.a))
	first, third := row(1), row(3)
	f.exec(`DELETE FROM ` + f.quoted() + ` WHERE ` + f.pairCondition(third))
	f.refresh()
	require.False(f.t, f.m.Has(left, key(3)))

	third = maps.Clone(first)
	third[f.table.Right] = f.keyText(key(3))
	delete(third, "id")
	var columns, values []string
	for column, value := range third {
		columns, values = append(columns, f.e.quote(column)), append(values, value)
	}
	f.exec(`INSERT INTO ` + f.quoted() + ` (` + strings.Join(columns, ", ") + `) VALUES (` + strings.Join(values, ", ") + `)`)
	f.refresh()
	require.True(f.t, f.m.Has(left, key(3)))

	second := row(2)
	for _, column := range columnsOf[T]() {
		f.exec(`UPDATE ` + f.quoted() + ` SET ` + f.e.quote(column) + ` = ` + first[column] + ` WHERE ` + f.pairCondition(second))
	}
	f.refresh()
	through, _ := f.m.Get(left, key(2))
	require.Equal(f.t, showThrough(f.a), showThrough(through))
}

func (f *foundTable[K, T]) exec(statement string) {
	f.t.Helper()
	if f.rows != "" && !strings.HasPrefix(statement, "INSERT") {
		statement += " AND " + f.rows
	}
	mustExec(f.t, f.other, statement)
}

func (f *foundTable[K, T]) refresh() {
	f.t.Helper()
	_, err := f.m.Graph().Refresh(f.t.Context())
	require.NoError(f.t, err)
	f.requireSame()
}

func (f *foundTable[K, T]) quoted() string { return f.e.quote(f.table.Name) }

// all returns the columns that may differ where a row comes back that was marked as deleted.
func (f *foundTable[K, T]) all() []string {
	return slices.Concat(columnsOf[T](), slices.Collect(maps.Keys(f.table.OnDelete)), slices.Collect(maps.Keys(f.table.OnUpdate)))
}

// requireChanged holds that one row has changed at most, and of that only some columns and those of
// OnUpdate.
func (f *foundTable[K, T]) requireChanged(before []map[string]string, columns ...string) {
	f.t.Helper()
	gone, came := difference(before, f.dump())
	require.Len(f.t, came, len(gone))
	if len(columns) > 0 {
		require.Len(f.t, gone, 1)
		require.NotEqual(f.t, gone[0][columns[0]], came[0][columns[0]])
	}
	f.requireOnly(gone, came, slices.Concat(columns, slices.Collect(maps.Keys(f.table.OnUpdate)))...)
}

// requireOnly holds that a row has changed in some columns only.
func (f *foundTable[K, T]) requireOnly(gone, came []map[string]string, columns ...string) {
	f.t.Helper()
	if len(gone) == 0 || len(came) == 0 {
		return
	}
	require.Len(f.t, gone, 1)
	require.Len(f.t, came, 1)
	for column, value := range gone[0] {
		if !slices.Contains(columns, column) {
			require.Equal(f.t, value, came[0][column], column)
		}
	}
}

// requireKept holds that rows are there as they were before, but for the columns of OnUpdate.
func (f *foundTable[K, T]) requireKept(before []map[string]string) {
	f.t.Helper()
	keep := func(rows []map[string]string) (texts []string) {
		for _, row := range rows {
			row = maps.Clone(row)
			maps.DeleteFunc(row, func(column, _ string) bool {
				_, stamp := f.table.OnUpdate[column]
				return stamp || f.zones && slices.Contains(columnsOf[T](), column)
			})
			texts = append(texts, fmt.Sprint(row))
		}
		return texts
	}
	require.Subset(f.t, keep(f.dump()), keep(before))
}

// requireForms holds that times which the store makes are spelled as those that were there.
func (f *foundTable[K, T]) requireForms(found, now []map[string]string) {
	f.t.Helper()
	for _, values := range []sqlstore.Values{f.table.OnInsert, f.table.OnUpdate, f.table.OnDelete} {
		for column := range values {
			if f.e == sqliteEngine {
				require.Subset(f.t, forms(found, column), forms(now, column), column)
			}
		}
	}
}

// forms returns the values of a column with all digits alike.
func forms(rows []map[string]string, column string) (all []string) {
	for _, row := range rows {
		all = append(all, anyDigit.ReplaceAllString(row[column], "0"))
	}
	return all
}

var anyDigit = regexp.MustCompile(`[0-9]`)

// theirs returns the rows of other left keys.
func (f *foundTable[K, T]) theirs(left K) []map[string]string {
	return f.dumpWhere("NOT " + f.e.quote(f.table.Left) + " = " + f.keyText(left))
}

func (f *foundTable[K, T]) keyCondition(left, right K) string {
	return f.e.quote(f.table.Left) + " = " + f.keyText(left) + " AND " + f.e.quote(f.table.Right) + " = " + f.keyText(right) + f.also()
}

// also returns the condition of the relation's rows behind an AND.
func (f *foundTable[K, T]) also() string {
	if f.rows == "" {
		return ""
	}
	return " AND " + f.rows
}

func (f *foundTable[K, T]) pairCondition(row map[string]string) string {
	return f.e.quote(f.table.Left) + " = " + row[f.table.Left] + " AND " + f.e.quote(f.table.Right) + " = " + row[f.table.Right]
}

// keyText returns a key as it stands in a statement. UUIDs are bytes in one table, and texts in
// upper case in another one.
func (f *foundTable[K, T]) keyText(key K) string {
	id, isUUID := any(key).([16]byte)
	if !isUUID {
		return fmt.Sprintf("'%v'", key)
	}
	if f.e == mysqlEngine && f.table.Name == "author_books" {
		return "0x" + strings.ToUpper(hex.EncodeToString(id[:]))
	}
	text := fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	if f.table.Name == "PostTag" {
		text = strings.ToUpper(text)
	}
	return "'" + text + "'"
}

func (f *foundTable[K, T]) dump() []map[string]string { return f.dumpWhere("1 = 1") }

// dumpWhere returns rows as another connection sees them: each value as it stands in a statement.
func (f *foundTable[K, T]) dumpWhere(where string) (all []map[string]string) {
	f.t.Helper()
	names, types := f.columns()
	var literals []string
	for i, name := range names {
		literals = append(literals, f.e.asLiteral(f.e.quote(name), types[i]))
	}
	rows := f.query("SELECT " + strings.Join(literals, ", ") + " FROM " + f.quoted() + " WHERE " + where + " ORDER BY " + f.e.quote(f.table.Left) + ", " + f.e.quote(f.table.Right))
	for _, values := range rows {
		row := map[string]string{}
		for i, v := range values {
			row[names[i]] = plain(v)
		}
		all = append(all, row)
	}
	return all
}

// asLiteral returns an expression that returns a column as it stands in a statement.
func (e *engine) asLiteral(column, typ string) string {
	switch {
	case e == postgresEngine:
		return "quote_nullable(" + column + "::text)"
	case e == mysqlEngine && typ == "BINARY":
		return "CONCAT('0x', HEX(" + column + "))"
	}
	return "QUOTE(" + column + ")"
}

// columns returns the names of the table's columns, and their types.
func (f *foundTable[K, T]) columns() (names, types []string) {
	rows, err := f.other.QueryContext(f.t.Context(), "SELECT * FROM "+f.quoted()+" WHERE 1 = 0")
	require.NoError(f.t, err)
	defer rows.Close()
	all, err := rows.ColumnTypes()
	require.NoError(f.t, err)
	for _, c := range all {
		names, types = append(names, c.Name()), append(types, c.DatabaseTypeName())
	}
	require.NoError(f.t, rows.Err())
	return names, types
}

// inScope returns the rows of the relation by a plain SELECT.
func (f *foundTable[K, T]) inScope() (lines []string) {
	f.t.Helper()
	columns := append([]string{f.table.Left, f.table.Right}, columnsOf[T]()...)
	types := []reflect.Type{reflect.TypeFor[K](), reflect.TypeFor[K]()}
	for field := range fields[T]() {
		types = append(types, field.Type)
	}
	quoted := make([]string, len(columns))
	for i, column := range columns {
		quoted[i] = f.e.quote(column)
	}
	statement := "SELECT " + strings.Join(quoted, ", ") + " FROM " + f.quoted() + " WHERE 1 = 1" + f.also()
	for _, values := range f.query(statement) {
		var line []string
		for i, v := range values {
			line = append(line, plainOf(v, types[i]))
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	slices.Sort(lines)
	return lines
}

func (f *foundTable[K, T]) query(statement string) (all [][]any) {
	f.t.Helper()
	rows, err := f.other.QueryContext(context.Background(), statement)
	require.NoError(f.t, err, statement)
	defer rows.Close()
	columns, err := rows.Columns()
	require.NoError(f.t, err)
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		require.NoError(f.t, rows.Scan(into...))
		all = append(all, values)
	}
	require.NoError(f.t, rows.Err())
	return all
}

// requireSame compares the graph with a plain SELECT.
func (f *foundTable[K, T]) requireSame() {
	f.t.Helper()
	var lines []string
	for edge := range f.m.Edges() {
		line := append([]string{showAny(edge.Left), showAny(edge.Right)}, showThrough(edge.Through)...)
		lines = append(lines, strings.Join(line, "|"))
	}
	slices.Sort(lines)
	require.Equal(f.t, f.inScope(), lines)
}

// difference returns the rows that are in one list only.
func difference(before, after []map[string]string) (gone, came []map[string]string) {
	seen := map[string]int{}
	for _, row := range after {
		seen[fmt.Sprint(row)]++
	}
	for _, row := range before {
		if seen[fmt.Sprint(row)]--; seen[fmt.Sprint(row)] < 0 {
			gone = append(gone, row)
		}
	}
	for _, row := range after {
		if seen[fmt.Sprint(row)]--; seen[fmt.Sprint(row)] >= 0 {
			came = append(came, row)
		}
	}
	return gone, came
}

// fields returns the fields of a through value.
func fields[T any]() func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for i := range reflect.TypeFor[T]().NumField() {
			if !yield(reflect.TypeFor[T]().Field(i)) {
				return
			}
		}
	}
}

func columnsOf[T any]() (names []string) {
	for field := range fields[T]() {
		names = append(names, field.Tag.Get("db"))
	}
	return names
}

func showAny(v any) string { return showValue(reflect.ValueOf(v)) }

// showThrough returns the fields of a through value.
func showThrough(through any) (texts []string) {
	v := reflect.ValueOf(through)
	for i := range v.NumField() {
		texts = append(texts, showValue(v.Field(i)))
	}
	return texts
}

// showValue returns a value of Go as plainOf returns one of a database.
func showValue(v reflect.Value) string {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "NULL"
		}
		v = v.Elem()
	}
	switch v := v.Interface().(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case [16]byte:
		return hex.EncodeToString(v[:])
	}
	return fmt.Sprint(v.Interface())
}

// plainOf returns a value that was read as text, as showValue does one of a type.
func plainOf(v any, typ reflect.Type) string {
	if typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	switch {
	case v == nil:
		return "NULL"
	case typ == reflect.TypeFor[time.Time]():
		return plainTime(v)
	case typ == reflect.TypeFor[[16]byte]() && len(plain(v)) == 16:
		return hex.EncodeToString([]byte(plain(v)))
	case typ == reflect.TypeFor[[16]byte]():
		return strings.ToLower(strings.ReplaceAll(plain(v), "-", ""))
	}
	return plain(v)
}

// plain returns a value as text.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case []byte:
		return string(v)
	}
	return fmt.Sprint(v)
}

// plainTime returns a time that was read, in whichever form.
func plainTime(v any) string {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case int64:
		return time.UnixMilli(v).UTC().Format(time.RFC3339Nano)
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999 -07:00", "2006-01-02"} {
		if at, err := time.Parse(layout, plain(v)); err == nil {
			return at.UTC().Format(time.RFC3339Nano)
		}
	}
	return "no time: " + plain(v)
}

// A refused table is one that cannot be opened without more being said, and what helps.
type refused struct {
	section string
	table   sqlstore.Table
	says    []string
	fill    sqlstore.Values // for Table.OnInsert, once there is the index
	index   bool            // the statement in the error makes the index that is missing
	reads   bool            // Store.ReadOnly opens it
	view    string          // the condition of a view that is opened by Store.ReadOnly
}

var refusals = map[*engine][]refused{
	postgresEngine: {
		{section: "rails_habtm", table: assembliesParts, says: []string{"unique index over (assembly_id, part_id), have none", "to read, set Store.ReadOnly"}, index: true, reads: true},
		{section: "sqlalchemy", table: associationTable, says: []string{"unique index over (left_id, right_id), have none", "to read, set Store.ReadOnly"}, index: true, reads: true},
		{section: "rails_taggings", table: bare(taggings), says: severalRows, view: "taggable_type = 'Photo'"},
		{section: "gitlab_project_authorizations", table: bare(developers), says: severalRows, index: true, fill: sqlstore.Values{"access_level": 30}, view: "access_level = 40"},
		{section: "tenant", table: bare(tenantMembers(1)), says: severalRows, view: "tenant_id = 1"},
		{section: "temporal", table: bare(assignments), says: severalRows, view: "valid_to IS NULL"},
		{section: "sequelize_paranoid", table: bare(memberships), says: []string{"have none", "say in Table.Where"}, view: "deleted_at IS NULL"},
		{section: "sequelize", table: bare(userProjects), says: needsValue, reads: true},
	},
	sqliteEngine: {
		{section: "tenant", table: bare(tenantMembers(1)), says: severalRows, view: "tenant_id = 1"},
		{section: "soft_delete", table: bare(bookmarks), says: []string{"have none", "say in Table.Where"}, view: "deleted_at IS NULL"},
		{section: "sequelize", table: bare(userProjects), says: needsValue, reads: true},
		{section: "rails_has_many_through", table: bare(appointments), says: needsValue, reads: true},
	},
	mysqlEngine: {
		{section: "tenant", table: bare(tenantMembers(1)), says: severalRows, view: "tenant_id = 1"},
		{section: "laravel_morph", table: bare(taggables), says: severalRows, view: `taggable_type LIKE '%Post'`},
		{section: "sequelize", table: bare(userProjects), says: needsValue, reads: true},
	},
}

var (
	severalRows = []string{"there may be several rows of one pair", "say in Table.Where which are the relation's", "open a view of the rows that belong together with Store.ReadOnly"}
	needsValue  = []string{"is NOT NULL and has no default", "give it a value in Table.OnInsert"}
)

// bare returns the declaration of a table that says nothing of other columns.
func bare(t sqlstore.Table) sqlstore.Table {
	return sqlstore.Table{Relation: t.Relation, Name: t.Name, Left: t.Left, Right: t.Right}
}

// TestSchemaRefusals holds that a table which needs more to be said is refused by a text that says
// what to do, and that this helps.
func TestSchemaRefusals(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		for _, r := range refusals[e] {
			t.Run(r.section, func(t *testing.T) { r.test(t, e) })
		}
	})
}

func (r *refused) test(t *testing.T, e *engine) {
	db, _ := e.open(t)
	e.make(t, db, r.section)
	open := func(table sqlstore.Table, readOnly bool) error {
		store := sqlstore.New(db, sqlstore.Detect, table)
		store.ReadOnly = readOnly
		m, err := junction.Open[int64, int64, none](t.Context(), table.Relation, store)
		if err == nil {
			require.NotZero(t, m.Len())
			require.NoError(t, m.Graph().Close())
		}
		return err
	}
	err := open(r.table, false)
	require.ErrorIs(t, err, persist.ErrSchema)
	for _, part := range append(r.says, "table "+r.table.Name+" of relation") {
		require.ErrorContains(t, err, part)
	}
	require.False(t, hasMeta(db), "something was written")
	readErr := open(r.table, true)
	require.Equal(t, r.reads, readErr == nil, readErr)
	if r.view != "" {
		mustExec(t, db, "CREATE VIEW part AS SELECT * FROM "+e.quote(r.table.Name)+" WHERE "+r.view)
		view := r.table
		view.Name = "part"
		require.NoError(t, open(view, true))
		require.ErrorContains(t, open(view, false), "A view can be opened with Store.ReadOnly")
	}
	if r.index {
		statement := "CREATE UNIQUE INDEX" + between(strings.ReplaceAll(err.Error(), "; if ", "; to "), "CREATE UNIQUE INDEX", "; to ")
		mustExec(t, db, statement)
		mended := r.table
		mended.OnInsert = r.fill
		require.NoError(t, open(mended, false), statement)
	}
}

// TestTenantsTogether holds that the graphs of two tenants can be open at the same time: one that
// has not seen a commit of the other's is told so, and goes on after Refresh.
func TestTenantsTogether(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.make(t, db, "tenant")
		var both []*junction.ManyToMany[int64, int64, TeamMember]
		for tenant := range int64(2) {
			m, err := junction.Open[int64, int64, TeamMember](t.Context(), "members", sqlstore.New(db, sqlstore.Detect, tenantMembers(tenant+1)))
			require.NoError(t, err)
			closeAtEnd(t, m.Graph())
			both = append(both, m)
		}
		must(both[0].Add(1, 1, TeamMember{"admin"}))
		_, err := both[1].Add(1, 1, TeamMember{"admin"})
		require.ErrorIs(t, err, persist.ErrConflict)
		must(both[1].Graph().Refresh(t.Context()))
		must(both[1].Remove(1, 1))
		must(both[0].Graph().Refresh(t.Context()))
		require.True(t, both[0].Has(1, 1))
		require.False(t, both[1].Has(1, 1))
		require.Equal(t, 2, count(t, db, "SELECT COUNT(*) FROM tenant_members"))
	})
}

// TestTaggingsByNobody holds that rows with NULL in a column of the unique index are opened by
// Where and a partial index over the pair.
func TestTaggingsByNobody(t *testing.T) {
	e := postgresEngine
	db, _ := e.open(t)
	e.make(t, db, "rails_taggings")
	mustExec(t, db, `INSERT INTO taggings (tag_id, taggable_type, taggable_id, context) VALUES (2, 'Article', 1, 'tags')`)
	table := taggings
	table.Where = sqlstore.Values{"taggable_type": "Article", "context": "tags", "tagger_type": nil, "tagger_id": nil}
	open := func() (*junction.ManyToMany[int64, int64, none], error) {
		return junction.Open[int64, int64, none](t.Context(), "tags", sqlstore.New(db, sqlstore.Detect, table))
	}
	_, err := open()
	require.ErrorIs(t, err, persist.ErrSchema)
	mustExec(t, db, `CREATE UNIQUE INDEX ON taggings (tag_id, taggable_id) WHERE taggable_type = 'Article' AND context = 'tags' AND tagger_type IS NULL AND tagger_id IS NULL`)
	m, err := open()
	require.NoError(t, err)
	closeAtEnd(t, m.Graph())
	require.Equal(t, [][2]int64{{2, 1}}, pairsOf(m))
	must(m.Add(1, 1, none{}))
	must(m.Add(7, 1, none{}))
	must(m.Remove(2, 1))
	require.Equal(t, 4, count(t, db, "SELECT COUNT(*) FROM taggings"))
	require.Equal(t, 2, count(t, db, "SELECT COUNT(*) FROM taggings WHERE tagger_id IS NULL AND taggable_type = 'Article' AND context = 'tags'"))
}

// Projects are the projects of users.
type Projects = junction.ManyToMany[int64, int64, UserProject]

func openProjects(ctx context.Context, db *sql.DB) (*Projects, error) {
	store := sqlstore.New(db, sqlstore.Detect, userProjects)
	return junction.Open[int64, int64, UserProject](ctx, "projects", store)
}

// Levels are the levels that users have of projects.
type Levels = junction.ManyToMany[int64, int64, Level]

func openLevels(ctx context.Context, db *sql.DB) (*Levels, error) {
	store := sqlstore.New(db, sqlstore.Detect, levels)
	store.ReadOnly = true
	return junction.Open[int64, int64, Level](ctx, "levels", store)
}

// TestSQLPageOpens holds that a table and a view are opened as docs/sql.md does it.
func TestSQLPageOpens(t *testing.T) {
	on(t, func(t *testing.T, e *engine) {
		db, _ := e.open(t)
		e.make(t, db, "sequelize", "gitlab_project_authorizations")
		projects, err := openProjects(t.Context(), db)
		require.NoError(t, err)
		require.Equal(t, 2, projects.Len())
		require.NoError(t, projects.Graph().Close())
		if e != postgresEngine {
			return
		}
		mustExec(t, db, `INSERT INTO project_authorizations VALUES (1, 1, 40)`)
		mustExec(t, db, makeLevels)
		view, err := openLevels(t.Context(), db)
		require.NoError(t, err)
		level, _ := view.Get(1, 1)
		require.Equal(t, Level{40}, level)
		require.NoError(t, view.Graph().Close())
	})
}

// TestSQLPage holds that the code of docs/sql.md is code of this file, line by line and in one
// piece, so that it compiles and does what it says, and that its tables are those of
// testdata/schemas.
func TestSQLPage(t *testing.T) {
	page, err := os.ReadFile("../../../docs/sql.md")
	require.NoError(t, err)
	code, err := os.ReadFile("schemas_test.go")
	require.NoError(t, err)
	requireSamples(t, string(page), "go", string(code))
	for _, file := range []string{"postgres", "sqlite", "mysql"} {
		text, err := os.ReadFile("testdata/schemas/" + file + ".sql")
		require.NoError(t, err)
		code = append(code, text...)
	}
	requireSamples(t, string(page), "sql", string(code))
}

// requireSamples holds that the samples of a language are part of a text.
func requireSamples(t *testing.T, page, language, text string) {
	samples := strings.Split(page, "```"+language+"\n")[1:]
	require.NotEmpty(t, samples)
	for _, sample := range samples {
		sample, _, ended := strings.Cut(sample, "```")
		require.True(t, ended)
		require.True(t, strings.Contains(flush(text), flush(sample)), sample)
	}
}

// flush takes away indentation.
func flush(code string) string {
	lines := strings.Split(strings.TrimSpace(code), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}
