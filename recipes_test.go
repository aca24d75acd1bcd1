package junction_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
	"github.com/seed-250bd433/junction/persist/persisttest"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// The code of docs/RECIPES.md.

func Example_orderByValue() {
	members := junction.New[User, Project, Year]()
	members.Right("engine").Set(maps.All(map[User]Year{"ada": 2021, "alan": 2019, "grace": 2023, "linus": 2020}))

	var team []junction.Neighbour[User, Year]
	for user, since := range members.Right("engine").All() {
		team = append(team, junction.Neighbour[User, Year]{Key: user, Through: since})
	}
	slices.SortFunc(team, func(x, y junction.Neighbour[User, Year]) int { return cmp.Compare(x.Through, y.Through) })
	fmt.Println(team[:2])
	// Output: [{alan 2019} {linus 2020}]
}

func Example_topByDegree() {
	follows := junction.New[User, User, struct{}]()
	follows.Left("ada").Link("grace", "alan")
	follows.Left("alan").Link("grace")
	follows.Left("linus").Link("grace", "alan", "ada")

	type popular struct {
		User      User
		Followers int
	}
	var top []popular
	for user, followers := range follows.Rights() {
		top = append(top, popular{user, followers})
	}
	slices.SortStableFunc(top, func(x, y popular) int { return y.Followers - x.Followers })
	fmt.Println(top[:2])
	// Output: [{grace 3} {alan 2}]
}

func Example_groupAndCount() {
	members := junction.New[User, Project, Role]()
	members.Right("engine").AddEach([]User{"ada", "grace"}, "developer")
	members.Add("alan", "engine", "owner")

	count := map[Role]int{}
	for _, role := range members.Right("engine").All() {
		count[role]++
	}
	fmt.Println(count)
	// Output: map[developer:2 owner:1]
}

func Example_ancestors() {
	parents := junction.New[Place, Place, struct{}]() // a place, and what it lies in
	parents.Left("kitchen").Link("flat")
	parents.Left("flat").Link("house")
	parents.Left("house").Link("street", "estate")

	seen := map[Place]bool{}
	queue := []Place{"kitchen"}
	for len(queue) > 0 {
		next := queue[0]
		queue = queue[1:]
		for above := range parents.Left(next).Keys() {
			if !seen[above] {
				seen[above] = true
				queue = append(queue, above)
			}
		}
	}
	fmt.Println(slices.Sorted(maps.Keys(seen)))
	// Output: [estate flat house street]
}

func Example_keysWithoutEdges() {
	g := junction.NewGraph(nil)
	members := junction.Relate[User, Project, Role](g, "members")
	projects := junction.Relate[Project, Project, struct{}](g, "projects") // each related to itself

	projects.Add("compiler", "compiler", struct{}{})
	fmt.Println(projects.Has("compiler", "compiler"), members.Right("compiler").Count())
	// Output: true 0
}

func Example_removeAKey() {
	g := junction.NewGraph(nil)
	members := junction.Relate[User, Project, Role](g, "members")
	follows := junction.Relate[User, User, struct{}](g, "follows")
	members.Add("ada", "engine", "owner")
	follows.Left("grace").Link("ada")
	follows.Left("ada").Link("alan")

	err := g.Update(context.Background(), func(tx *junction.Tx) error {
		_, err := junction.RemoveEverywhere(tx, User("ada"))
		return err
	})
	fmt.Println(err, members.Len(), follows.Len())
	// Output: <nil> 0 0
}

func Example_tenants() {
	table := sqlstore.Table{
		Relation: "members", Name: "members", Left: "user_id", Right: "project_id",
		Where: sqlstore.Values{"tenant_id": 7},
	}
	fmt.Println(table.Where)
	// Output: map[tenant_id:7]
}

func Example_conflicts() {
	ctx := context.Background()
	place := persisttest.NewMemory(persist.Binary)
	members, _ := junction.Open[User, Project, Role](ctx, "members", place.Open())
	others, _ := junction.Open[User, Project, Role](ctx, "members", place.Open()) // another process
	others.Add("grace", "engine", "owner")

	add := func() error {
		_, err := members.Add("ada", "engine", "owner")
		return err
	}
	err := add()
	for tries := 0; errors.Is(err, persist.ErrConflict) && tries < 10; tries++ {
		if _, err = members.Graph().Refresh(ctx); err == nil {
			err = add()
		}
	}
	fmt.Println(err, slices.Collect(members.Right("engine").Keys()))
	// Output: <nil> [ada grace]
}

func Example_following() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	place := persisttest.NewMemory(persist.Binary)
	caughtUp := make(chan bool, 1)
	g := junction.NewGraph(&junction.Options{
		Store: place.Open(),
		OnFollow: func(e junction.FollowEvent) {
			if e.Err == nil { // the graph has what others had written; otherwise Follow tries again
				select {
				case caughtUp <- true:
				default:
				}
			}
		},
	})
	members := junction.Relate[User, Project, Role](g, "members")
	if err := g.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	done := make(chan error)
	go func() { done <- g.Follow(ctx, time.Minute) }()
	fmt.Println(<-caughtUp, members.Len(), g.Metrics().Fresh.Err)
	cancel()
	fmt.Println(errors.Is(<-done, context.Canceled))
	// Output:
	// true 0 <nil>
	// true
}

func Example_changeOfType() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "junction-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store := filepath.Join(dir, "store")
	before, _ := junction.Open[User, Project, Role](ctx, "members", filestore.New(store, nil))
	before.Add("ada", "engine", "owner")
	before.Graph().Close()

	type Membership struct {
		Role  Role
		Since Year
	}
	g := junction.NewGraph(&junction.Options{Store: filestore.New(store, nil)})
	old := junction.Relate[User, Project, Role](g, "members")
	members := junction.Relate[User, Project, Membership](g, "memberships")
	if err := g.Open(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()
	err = g.Update(ctx, func(tx *junction.Tx) error {
		for e := range old.In(tx).Edges() {
			if _, err := members.In(tx).Add(e.Left, e.Right, Membership{Role: e.Through, Since: 2026}); err != nil {
				return err
			}
		}
		_, err := old.In(tx).Clear()
		return err
	})
	fmt.Println(err, old.Len(), members.Len())
	// Output: <nil> 0 1
}

func Example_backup() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "junction-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	store := filestore.New(filepath.Join(dir, "store"), nil)
	members, _ := junction.Open[User, Project, Role](ctx, "members", store)
	members.Add("ada", "engine", "owner")

	err = store.Backup(ctx, filepath.Join(dir, "copy")) // while others write
	fmt.Println(err)
	members.Graph().Close()

	again, err := junction.Open[User, Project, Role](ctx, "members", filestore.New(filepath.Join(dir, "copy"), nil))
	fmt.Println(err, again.Len())
	again.Graph().Close()
	// Output:
	// <nil>
	// <nil> 1
}

func Example_testing() {
	place := persisttest.NewMemory(persist.Binary)
	members, err := junction.Open[User, Project, Role](context.Background(), "members", place.Open())
	fmt.Println(err)

	place.FailNext(persist.Refused(errors.New("disk full")), false)
	_, err = members.Add("ada", "engine", "owner")
	fmt.Println(errors.Is(err, persist.ErrRefused), members.Len())

	_, err = members.Add("ada", "engine", "owner")
	fmt.Println(err, members.Len(), len(place.Rows("members")))
	// Output:
	// <nil>
	// true 0
	// <nil> 1 1
}
