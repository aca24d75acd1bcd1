package junction_test

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// The keys and values of most examples. A type for each makes the compiler find arguments in the
// wrong order.
type (
	User    string
	Project string
	Role    string
)

// Those of the others.
type (
	UserID     int64
	ProjectID  int64
	ArticleID  int
	Article    string
	Tag        string
	Day        string
	Place      string
	Path       string
	Text       string
	Permission string
	Year       int
)

// Users and projects, with the role of each member.
func Example() {
	members := junction.New[User, Project, Role]()

	members.Add("ada", "engine", "owner")
	members.Left("grace").AddEach([]Project{"engine", "compiler"}, "developer")
	members.Right("engine").Add("alan", "guest")

	for user, role := range members.Right("engine").All() {
		fmt.Println(user, role)
	}
	for project, role := range members.Left("grace").All() {
		fmt.Println(project, role)
	}
	// Output:
	// ada owner
	// alan guest
	// grace developer
	// compiler developer
	// engine developer
}

// DocumentID is a UUID. So is uuid.UUID of github.com/google/uuid, which can be a key as well.
type DocumentID [16]byte

// Keys that are UUIDs, or other arrays of bytes, are ordered by their bytes and found by a hash.
func ExampleKey() {
	citations := junction.New[DocumentID, DocumentID, struct{}]()
	survey, paper, book := DocumentID{0x5f}, DocumentID{0x0a}, DocumentID{0xc3}
	citations.Left(survey).Link(book, paper)

	for cited := range citations.Left(survey).Keys() {
		fmt.Printf("%x\n", cited[:2])
	}
	// Output:
	// 0a00
	// c300
}

// Tags of articles: struct{} where an edge has nothing to say.
func ExampleNew() {
	tags := junction.New[ArticleID, Tag, struct{}]()
	tags.Left(1).Link("go", "databases")
	tags.Left(2).Link("go")

	fmt.Println(tags.Has(2, "go"), slices.Collect(tags.Right("go").Keys()))
	for tag, n := range tags.Rights() {
		fmt.Println(tag, n)
	}
	// Output:
	// true [1 2]
	// databases 1
	// go 2
}

// Any type is a key that a function can put in order. What it calls equal is the same key.
func ExampleNewFunc() {
	type user struct{ team, name string }
	byTeam := func(x, y user) int {
		return cmp.Or(cmp.Compare(x.team, y.team), cmp.Compare(x.name, y.name))
	}
	ignoreCase := func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) }
	roles := junction.NewFunc[user, string, struct{}](byTeam, ignoreCase)

	roles.Right("Admin").Link(user{"web", "ada"}, user{"data", "grace"}, user{"web", "alan"})

	for u := range roles.Right("ADMIN").Keys() {
		fmt.Println(u.team, u.name)
	}
	// Output:
	// data grace
	// web ada
	// web alan
}

// Friends, since when: an edge without sides.
func ExampleNewUndirected() {
	friends := junction.NewUndirected[User, Year]()
	friends.Add("grace", "ada", 1952)
	friends.Add("ada", "alan", 1936)

	since, _ := friends.Get("ada", "grace")
	fmt.Println(since, slices.Collect(friends.Left("ada").Keys()))
	for e := range friends.Edges() {
		fmt.Println(e.Left, e.Right, e.Through)
	}
	// Output:
	// 1952 [alan grace]
	// ada alan 1936
	// ada grace 1952
}

// The same instant again is no update, in whatever time zone it is written.
func ExampleManyToMany_Add() {
	seen := junction.New[User, Path, time.Time]()
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	seen.Add("ada", "/docs", at)

	c, err := seen.Add("ada", "/docs", at.In(time.FixedZone("CET", 3600)))
	fmt.Println(c.IsZero(), err)
	// Output:
	// true <nil>
}

// The bulk loader takes any sequence of edges.
func ExampleManyToMany_AddAll() {
	type membership = junction.Edge[User, Project, Role]
	rows := []membership{
		{Left: "grace", Right: "compiler", Through: "developer"},
		{Left: "ada", Right: "engine", Through: "guest"},
		{Left: "ada", Right: "engine", Through: "owner"}, // the last of a pair wins
	}
	members := junction.New[User, Project, Role]()
	c, err := members.AddAll(slices.Values(rows))
	fmt.Println(c.Added, err)
	for e := range members.Edges() {
		fmt.Println(e.Left, e.Right, e.Through)
	}
	// Output:
	// 2 <nil>
	// ada engine owner
	// grace compiler developer
}

// RemoveAll takes many pairs away in one commit: here those whose grant has run out.
func ExampleManyToMany_RemoveAll() {
	grants := junction.New[User, Permission, Year]() // and the year in which it ends
	grants.Add("ada", "read", 2030)
	grants.Add("ada", "write", 2024)
	grants.Add("grace", "write", 2025)

	counts, err := grants.RemoveAll(func(yield func(User, Permission) bool) {
		for e := range grants.Edges() {
			if e.Through < 2026 && !yield(e.Left, e.Right) {
				return
			}
		}
	})
	fmt.Println(counts.Removed, err, grants.Len(), grants.NumRights())
	// Output:
	// 2 <nil> 1 1
}

// An error is something to act on.
func ExampleManyToMany_Insert() {
	members := junction.New[User, Project, Role]()
	members.Add("ada", "engine", "owner")

	err := members.Insert("ada", "engine", "guest")
	if errors.Is(err, junction.ErrExists) {
		role, _ := members.Get("ada", "engine")
		fmt.Println("ada is a member already:", role)
	}
	// Output:
	// ada is a member already: owner
}

// The other way round without a copy.
func ExampleManyToMany_Inverse() {
	follows := junction.New[User, User, struct{}]()
	follows.Left("ada").Link("grace", "alan")

	followedBy := follows.Inverse()
	fmt.Println(followedBy.Has("grace", "ada"))

	followedBy.Remove("grace", "ada")
	fmt.Println(follows.Has("ada", "grace"))
	// Output:
	// true
	// false
}

// Set says how it shall be, and changes no more than that takes.
func ExampleNode_Set() {
	members := junction.New[User, Project, Role]()
	team := members.Right("engine")
	team.AddEach([]User{"ada", "alan", "grace"}, "developer")

	c, err := team.Set(maps.All(map[User]Role{
		"ada":   "owner",     // updated
		"grace": "developer", // as before
		"linus": "guest",     // added, and alan is removed
	}))
	fmt.Printf("%+v %v\n", c, err)
	// Output:
	// {Added:1 Updated:1 Removed:1} <nil>
}

// SetKeys is Set for the keys alone: who stays keeps the role.
func ExampleNode_SetKeys() {
	members := junction.New[User, Project, Role]()
	team := members.Right("engine")
	team.Add("ada", "owner")
	team.Add("alan", "developer")

	team.SetKeys("ada", "grace")
	for user, role := range team.All() {
		fmt.Printf("%s %q\n", user, role)
	}
	// Output:
	// ada "owner"
	// grace ""
}

// Link relates and lets be: an edge that exists keeps its value, which Add would change.
func ExampleNode_Link() {
	members := junction.New[User, Project, Role]()
	ada := members.Left("ada")
	ada.Add("engine", "owner")

	ada.Link("engine", "compiler")
	for project, role := range ada.All() {
		fmt.Printf("%s %q\n", project, role)
	}
	// Output:
	// compiler ""
	// engine "owner"
}

// Modify reads, changes and writes with nothing in between.
func ExampleNode_Modify() {
	visits := junction.New[User, Path, int]() // and how often
	ada := visits.Left("ada")
	count := func(n int, ok bool) (int, bool) { return n + 1, true }

	for _, page := range []Path{"/", "/docs", "/"} {
		ada.Modify(page, count)
	}
	for page, n := range ada.All() {
		fmt.Println(page, n)
	}
	// Output:
	// / 2
	// /docs 1
}

// Cursor paging: each page begins above the last key of the page before.
func ExamplePage() {
	followers := junction.New[User, User, struct{}]() // follower, followed
	ada := followers.Right("ada")
	ada.Link("alan", "barbara", "edsger", "grace", "linus")

	page, cursor, more := junction.Page(ada.All(), 2)
	fmt.Println(page[0].Key, page[1].Key)
	for more {
		ada.Remove(cursor) // a cursor need not exist any longer
		page, cursor, more = junction.Page(ada.Range(junction.Above(cursor)), 2)
		for _, follower := range page {
			fmt.Println(follower.Key)
		}
	}
	// Output:
	// alan barbara
	// edsger
	// grace
	// linus
}

// Ranges of keys, here of days.
func ExampleNode_Range() {
	present := junction.New[User, Day, Place]()
	ada := present.Left("ada")
	ada.AddEach([]Day{"2026-02-27", "2026-03-02", "2026-03-31", "2026-04-01"}, "office")
	ada.Add("2026-03-03", "home")

	for day, where := range ada.Range(junction.From[Day]("2026-03-01").Below("2026-04-01")) {
		fmt.Println(day, where)
	}
	// Output:
	// 2026-03-02 office
	// 2026-03-03 home
	// 2026-03-31 office
}

// The ends of a node, here the first and the last day.
func ExampleNode_First() {
	present := junction.New[User, Day, Place]()
	present.Left("ada").AddEach([]Day{"2026-03-31", "2026-02-27"}, "office")

	day, where, ok := present.Left("ada").First()
	fmt.Println(day, where, ok)
	day, where, ok = present.Left("ada").Last()
	fmt.Println(day, where, ok)
	_, _, ok = present.Left("alan").First()
	fmt.Println(ok)
	// Output:
	// 2026-02-27 office true
	// 2026-03-31 office true
	// false
}

// Nodes of a side in a range, here from the last one down.
func ExampleManyToMany_LeftsBackward() {
	members := junction.New[User, Project, Role]()
	members.Right("engine").Link("ada", "alan", "grace", "linus")
	members.Right("compiler").Link("grace")

	for user, degree := range members.LeftsBackward(junction.Below[User]("linus")) {
		fmt.Println(user, degree)
		break // the last one below linus
	}
	// Output:
	// grace 2
}

// Another key for a node: all of its edges, in one commit.
func ExampleNode_Rename() {
	friends := junction.NewUndirected[User, Year]()
	friends.Add("ada", "alan", 1936)
	friends.Add("ada", "ada", 1815)

	c, err := friends.Left("ada").Rename("lovelace")
	fmt.Printf("%+v %v\n", c, err)
	for e := range friends.Edges() {
		fmt.Println(e.Left, e.Right, e.Through)
	}
	_, err = friends.Left("lovelace").Rename("alan")
	fmt.Println(errors.Is(err, junction.ErrExists))
	// Output:
	// {Added:2 Updated:0 Removed:2} <nil>
	// alan lovelace 1936
	// lovelace lovelace 1815
	// true
}

// A user leaves, and nothing of her stays in any relation. That takes a type for each kind of key.
func ExampleRemoveEverywhere() {
	g := junction.NewGraph(nil)
	members := junction.Relate[User, Project, Role](g, "members")
	follows := junction.Relate[User, User, struct{}](g, "follows")
	members.Add("ada", "engine", "owner")
	follows.Left("ada").Link("grace")
	follows.Right("ada").Link("alan", "ada")

	err := g.Update(context.Background(), func(tx *junction.Tx) error {
		c, err := junction.RemoveEverywhere[User](tx, "ada")
		fmt.Println(c.Removed)
		return err
	})
	fmt.Println(err, members.Len(), follows.Len())
	// Output:
	// 4
	// <nil> 0 0
}

// A reader that fails in the middle leaves nothing behind.
func ExampleManyToMany_AddAllErr() {
	type membership = junction.Edge[User, Project, Role]
	lines := func(yield func(membership, error) bool) { // such as those of a file
		_ = yield(membership{Left: "ada", Right: "engine", Through: "owner"}, nil) &&
			yield(membership{}, io.ErrUnexpectedEOF)
	}
	members := junction.New[User, Project, Role]()
	_, err := members.AddAllErr(lines)
	fmt.Println(members.Len(), err)
	// Output:
	// 0 unexpected EOF
}

// And works on the neighbours of any number of nodes, without making sets of them.
func ExampleAnd() {
	tags := junction.New[Article, Tag, struct{}]()
	tags.Left("btrees").Link("go", "databases", "performance")
	tags.Left("goroutines").Link("go", "performance")
	tags.Left("indexes").Link("databases", "performance")

	both := junction.And(tags.Right("go"), tags.Right("databases"))
	fmt.Println(slices.Collect(both.Keys()), both.Count())
	// Output:
	// [btrees] 1
}

// Who follows any of the three, each once.
func ExampleOr() {
	follows := junction.New[User, User, struct{}]()
	follows.Right("ada").Link("linus", "grace")
	follows.Right("alan").Link("grace")
	follows.Right("edsger").Link("barbara")

	for user := range junction.Or(follows.Right("ada"), follows.Right("alan"), follows.Right("edsger")).Keys() {
		fmt.Println(user)
	}
	// Output:
	// barbara
	// grace
	// linus
}

// The posts of all whom ada follows, the newest first, a page at a time.
func ExampleCombination_RangeBackward() {
	follows := junction.New[User, User, struct{}]()
	follows.Left("ada").Link("alan", "grace")
	posts := junction.New[User, Day, Text]()
	posts.Left("alan").Add("2026-03-01", "on computable numbers")
	posts.Left("grace").Add("2026-03-02", "a compiler")
	posts.Left("alan").Add("2026-03-04", "on chess")

	var followed []junction.Node[User, Day, Text]
	for user := range follows.Left("ada").Keys() {
		followed = append(followed, posts.Left(user))
	}
	days := junction.Or(junction.Sets(followed)...)
	page, cursor, more := junction.PageKeys(days.Backward(), 2)
	fmt.Println(page, more)
	page, _, more = junction.PageKeys(days.RangeBackward(junction.Below(cursor)), 2)
	fmt.Println(page, more)
	// Output:
	// [2026-03-04 2026-03-02] true
	// [2026-03-01] false
}

// Keys that are at hand are a set, too.
func ExampleSetOf() {
	members := junction.New[User, Project, Role]()
	members.Right("engine").Link("ada", "alan", "grace")

	asked := junction.SetOf[User]("grace", "linus", "ada")
	fmt.Println(slices.Collect(junction.And(asked, members.Right("engine")).Keys()))
	fmt.Println(slices.Collect(junction.Minus(asked, members.Right("engine")).Keys()))
	// Output:
	// [ada grace]
	// [linus]
}

// Combinations combine again, and across relations: whom those follow that ada follows, but not
// she herself.
func ExampleMinus() {
	follows := junction.New[User, User, struct{}]()
	follows.Left("ada").Link("alan", "grace")
	follows.Left("alan").Link("ada", "grace", "kurt")
	follows.Left("grace").Link("barbara")
	blocked := junction.New[User, User, struct{}]()
	blocked.Left("ada").Link("kurt")

	ada := follows.Left("ada")
	theirs := junction.Or(follows.Left("alan"), follows.Left("grace"))
	for user := range junction.Minus(theirs, ada, blocked.Left("ada")).Keys() {
		if user != "ada" {
			fmt.Println("ada may like to follow", user)
		}
	}
	// Output:
	// ada may like to follow barbara
}

// Two relations that commit together: the follower and the notice appear at once or not at all.
func ExampleRelate() {
	g := junction.NewGraph(nil)
	follows := junction.Relate[User, User, struct{}](g, "follows")
	notices := junction.Relate[User, Text, bool](g, "notices") // for whom, what, read

	err := g.Update(context.Background(), func(tx *junction.Tx) error {
		if _, err := follows.In(tx).Left("grace").Link("ada"); err != nil {
			return err
		}
		_, err := notices.In(tx).Add("ada", "grace follows you", false)
		return err
	})
	fmt.Println(err, follows.Len(), notices.Len(), "in revision", g.Revision())
	// Output:
	// <nil> 1 1 in revision 1
}

// An error takes everything back and comes out as it is.
func ExampleGraph_Update() {
	errLastOwner := errors.New("a project needs an owner")
	members := junction.New[User, Project, Role]()
	members.Add("ada", "engine", "owner")
	members.Add("ada", "compiler", "guest")

	err := members.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		members := members.In(tx)
		if _, err := members.RemoveLeft("ada"); err != nil {
			return err
		}
		if members.Right("engine").Count() == 0 {
			return errLastOwner
		}
		return nil
	})
	fmt.Println(errors.Is(err, errLastOwner), members.Len())
	// Output:
	// true 2
}

// A transaction by hand, for where a function does not fit.
func ExampleGraph_Begin() {
	members := junction.New[User, Project, Role]()

	tx, err := members.Graph().Begin(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer tx.Rollback() // does nothing after Commit

	members.In(tx).Add("ada", "engine", "owner")
	fmt.Println("in it:", members.In(tx).Len(), "outside:", members.Len())

	if err := tx.Commit(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("after it:", members.Len())
	// Output:
	// in it: 1 outside: 0
	// after it: 1
}

// A snapshot stays as it is, whatever is written after it.
func ExampleGraph_Snapshot() {
	members := junction.New[User, Project, Role]()
	members.Add("ada", "engine", "owner")

	snap := members.Graph().Snapshot()
	members.Add("grace", "engine", "developer")
	members.Remove("ada", "engine")

	fmt.Println("then:", slices.Collect(members.At(snap).Right("engine").Keys()))
	fmt.Println("now: ", slices.Collect(members.Right("engine").Keys()))
	// Output:
	// then: [ada]
	// now:  [grace]
}

// Counts says what a call really changed.
func ExampleCounts() {
	members := junction.New[User, Project, Role]()
	team := members.Right("engine")

	c, _ := team.AddEach([]User{"ada", "grace", "ada"}, "developer")
	fmt.Printf("%+v\n", c)

	c, _ = team.Add("ada", "developer")
	fmt.Println("nothing:", c.IsZero())

	c, _ = team.AddEach([]User{"ada", "alan"}, "owner")
	fmt.Printf("%+v, %d in all\n", c, c.Total())
	// Output:
	// {Added:2 Updated:0 Removed:0}
	// nothing: true
	// {Added:1 Updated:1 Removed:0}, 2 in all
}

// A transaction knows what it has changed, net, before it commits.
func ExampleManyToMany_Changes() {
	members := junction.New[User, Project, Role]()
	members.Right("engine").AddEach([]User{"ada", "alan"}, "developer")

	members.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		members := members.In(tx)
		members.Add("ada", "engine", "owner")
		members.Add("grace", "engine", "guest")
		members.Add("linus", "engine", "guest")
		members.Remove("linus", "engine")
		members.RemoveLeft("alan")
		for c := range members.Changes() {
			fmt.Printf("%s %s: %q, %q\n", c.Left, c.Kind, c.Before, c.After)
		}
		return nil
	})
	// Output:
	// ada updated: "developer", "owner"
	// alan removed: "developer", ""
	// grace added: "", "guest"
}

// Equal says when two values are the same. Slices have no == of their own.
func ExampleEqual() {
	g := junction.NewGraph(nil)
	grants := junction.Relate[User, Project, []Permission](g, "grants", junction.Equal(slices.Equal[[]Permission]))

	grants.Add("ada", "engine", []Permission{"read", "write"})
	c, _ := grants.Add("ada", "engine", []Permission{"read", "write"})
	fmt.Println("the same again:", c.IsZero())
	// Output:
	// the same again: true
}

// Check verifies that both ends agree, and everything else that has to hold: for tests, and for a
// doubt.
func ExampleGraph_Check() {
	members := junction.New[User, Project, Role]()
	members.Left("ada").AddEach([]Project{"engine", "compiler"}, "owner")
	members.RemoveRight("compiler")

	fmt.Println(members.Graph().Check())
	// Output:
	// <nil>
}

// What a graph holds.
func ExampleGraph_Stats() {
	g := junction.NewGraph(nil)
	members := junction.Relate[User, Project, Role](g, "members")
	members.Left("ada").AddEach([]Project{"engine", "compiler"}, "owner")
	members.Left("grace").Add("engine", "developer")

	stats := g.Stats()
	for _, r := range stats.Relations {
		fmt.Printf("%s: %d edges, %d users, %d projects, measured: %v\n", r.Name, r.Edges, r.Lefts, r.Rights, r.Bytes > 0)
	}
	fmt.Println("revision", stats.Revision)
	// Output:
	// members: 3 edges, 2 users, 2 projects, measured: true
	// revision 2
}

// A relation that survives: what Add has acknowledged is on the disk. The second Open finds it
// there.
func ExampleOpen() {
	parent, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(parent)
	dir := filepath.Join(parent, "members")

	ctx := context.Background()
	members, err := junction.Open[User, Project, Role](ctx, "members", filestore.New(dir, nil))
	if err != nil {
		fmt.Println(err)
		return
	}
	members.Add("ada", "engine", "owner")
	members.Graph().Close()

	members, err = junction.Open[User, Project, Role](ctx, "members", filestore.New(dir, nil))
	fmt.Println(members.Get("ada", "engine"))
	fmt.Println(members.Graph().Revision(), err)
	members.Graph().Close()

	// A declaration that does not fit is refused, and nothing is touched.
	_, err = junction.Open[User, Project, int](ctx, "members", filestore.New(dir, nil))
	fmt.Println(errors.Is(err, persist.ErrSchema))
	// Output:
	// owner true
	// 1 <nil>
	// true
}

// Several relations in one directory: declare all, then open once.
func ExampleGraph_Open() {
	parent, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(parent)

	store := filestore.New(filepath.Join(parent, "shop"), &filestore.Options{Sync: filestore.SyncNever()})
	g := junction.NewGraph(&junction.Options{Store: store})
	members := junction.Relate[User, Project, Role](g, "members")
	friends := junction.RelateUndirected[User, struct{}](g, "friends")

	fmt.Println(members.Insert("ada", "engine", "owner"))
	fmt.Println(g.Open(context.Background()), g.Revision())
	members.Add("ada", "engine", "owner")
	friends.Left("ada").Link("grace")
	fmt.Println(g.Close(), g.Revision())
	// Output:
	// junction: graph is not open
	// <nil> 0
	// <nil> 2
}

// A watcher begins with a snapshot and follows every commit.
func ExampleGraph_Watch() {
	members := junction.New[User, Project, Role]()
	members.Add("ada", "engine", "owner")

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	snap, commits := members.Graph().Watch(ctx)
	members.Right("engine").AddEach([]User{"alan", "ada"}, "guest")
	members.Remove("ada", "engine")

	fmt.Println("at first:", slices.Collect(members.At(snap).Right("engine").Keys()))
	for commit, err := range commits {
		if err != nil {
			fmt.Println(err)
			break
		}
		for c := range members.ChangesIn(commit) {
			fmt.Printf("%d: %s %s: %q, %q\n", commit.Revision(), c.Left, c.Kind, c.Before, c.After)
		}
		if commit.Revision() == members.Graph().Revision() {
			cancel() // or wait for what comes
		}
	}
	// Output:
	// at first: [ada]
	// 2: ada updated: "owner", "guest"
	// 2: alan added: "", "guest"
	// 3: ada removed: "guest", ""
	// junction: watch ended: context canceled
}

// A codec of the program's own, here to keep users by their number.
func ExampleCodec() {
	type user struct{ number byte }
	codec := junction.Codec("user number",
		func(b []byte, u user) ([]byte, error) { return append(b, u.number), nil },
		func(b []byte) (user, error) { return user{b[0]}, nil })

	parent, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(parent)
	g := junction.NewGraph(&junction.Options{Store: filestore.New(filepath.Join(parent, "users"), nil)})
	byNumber := func(x, y user) int { return cmp.Compare(x.number, y.number) }
	members := junction.RelateFunc[user, string, struct{}](g, "members", byNumber, strings.Compare, codec)
	fmt.Println(g.Open(context.Background()))
	members.Left(user{7}).Link("engine")
	fmt.Println(members.Len(), g.Close())
	// Output:
	// <nil>
	// 1 <nil>
}

// The join table that a service has already, with its own names. See persist/sqlstore, and
// examples/membership for a program that runs.
func Example_sql() {
	var ctx context.Context
	var db *sql.DB // by any driver

	type Membership struct {
		Role  string    `db:"role"`
		Since time.Time `db:"joined_at"`
	}
	members, err := junction.Open[UserID, ProjectID, Membership](ctx, "members", sqlstore.New(db, sqlstore.Detect, sqlstore.Table{
		Relation: "members", Name: "project_users", Left: "user_id", Right: "project_id",
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	members.Add(1, 7, Membership{Role: "owner", Since: time.Now().Truncate(time.Microsecond)})

	go members.Graph().Follow(ctx, time.Minute) // what other programs write; goes on after errors, and logs them
}
