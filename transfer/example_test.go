package transfer_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/transfer"
)

type (
	User    string
	Project string
)

type Membership struct {
	Role  string `json:"role"`
	Since int    `json:"since"`
}

// JSON lines, out and in again.
func ExampleWriteJSON() {
	members := junction.New[User, Project, Membership]()
	members.Add("ada", "engine", Membership{"owner", 2019})
	members.Add("grace", "compiler", Membership{"developer", 2020})

	if err := transfer.WriteJSON(os.Stdout, members); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"left":"ada","right":"engine","through":{"role":"owner","since":2019}}
	// {"left":"grace","right":"compiler","through":{"role":"developer","since":2020}}
}

// A table, with a column for each field. An error says where it is, and changes nothing.
func ExampleReadCSV() {
	const table = `left,right,role,since
ada,engine,owner,2019
grace,compiler,developer,2O20
`
	members := junction.New[User, Project, Membership]()
	_, err := transfer.ReadCSV(strings.NewReader(table), members, nil)
	fmt.Println(members.Len(), err)

	counts, err := transfer.ReadCSV(strings.NewReader(strings.Replace(table, "2O20", "2020", 1)), members, nil)
	fmt.Println(counts.Added, err)
	// Output:
	// 0 junction/transfer: malformed input: line 3: column "since": strconv.ParseInt: parsing "2O20": invalid syntax
	// 2 <nil>
}

// All relations of a graph at one revision, in one file.
func ExampleWriteGraph() {
	g := junction.NewGraph(nil)
	members := junction.Relate[User, Project, Membership](g, "members")
	friends := junction.RelateUndirected[User, struct{}](g, "friends")
	members.Add("ada", "engine", Membership{"owner", 2019})
	friends.Left("grace").Link("ada")

	if err := transfer.WriteGraph(os.Stdout, transfer.Of(members), transfer.Of(friends)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// {"relation":"members","left":"ada","right":"engine","through":{"role":"owner","since":2019}}
	// {"relation":"friends","left":"ada","right":"grace","through":{}}
}
