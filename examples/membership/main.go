// Membership is the story of a few people and their projects: the quick start of package junction, as a program.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/seed-250bd433/junction"
)

// members relates users to projects; what an edge holds is the user's role.
type members = junction.ManyToMany[string, string, string]

func main() {
	if err := tell(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "membership:", err)
		os.Exit(1)
	}
}

func tell(w io.Writer) error {
	m := junction.New[string, string, string]()
	for _, chapter := range []func(io.Writer, *members) error{found, reorganize, handOver, leave, ask} {
		if err := chapter(w, m); err != nil {
			return err
		}
	}
	return m.Graph().Check()
}

// found: AddAll takes edges in bulk, Add from either end. Insert refuses what Add would overwrite.
func found(w io.Writer, m *members) error {
	c, err := m.AddAll(slices.Values([]junction.Edge[string, string, string]{
		{Left: "ada", Right: "engine", Through: "owner"},
		{Left: "ada", Right: "compiler", Through: "reviewer"},
		{Left: "grace", Right: "compiler", Through: "developer"},
		{Left: "grace", Right: "debugger", Through: "developer"},
	}))
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "edges added:", c.Added)
	if _, err := m.Right("engine").Add("guest", "alan", "grace"); err != nil {
		return err
	}
	err = m.Insert("ada", "engine", "guest")
	fmt.Fprintln(w, "ada is in it already:", errors.Is(err, junction.ErrExists))
	show(w, m, "engine")
	return nil
}

// reorganize: Set says how it shall be. What is so already is not touched.
func reorganize(w io.Writer, m *members) error {
	c, err := m.Right("engine").Set(maps.All(map[string]string{
		"ada":   "owner",
		"grace": "maintainer",
		"linus": "guest",
	}))
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d joins engine, %d changes role, %d leaves\n", c.Added, c.Updated, c.Removed)
	show(w, m, "engine")
	return nil
}

// handOver: what belongs together happens together. A snapshot from before still shows how it was.
func handOver(w io.Writer, m *members) error {
	before := m.Graph().Snapshot()
	err := m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		if _, err := m.In(tx).Add("ada", "engine", "adviser"); err != nil {
			return err
		}
		if _, err := m.In(tx).Add("grace", "engine", "owner"); err != nil {
			return err
		}
		fmt.Fprintln(w, "\nada hands over to grace:")
		for c := range m.In(tx).Changes() {
			fmt.Fprintf(w, "  %s is no longer %s, but %s\n", c.Left, c.Before, c.After)
		}
		return nil
	})
	if err != nil {
		return err
	}
	was, _ := m.At(before).Get("ada", "engine")
	is, _ := m.Get("ada", "engine")
	fmt.Fprintf(w, "ada was %s and is %s\n", was, is)
	return nil
}

// leave: an error in a transaction takes everything back.
func leave(w io.Writer, m *members) error {
	errAlone := errors.New("nobody would be left")
	err := m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		if _, err := m.In(tx).Left("grace").Clear(); err != nil {
			return err
		}
		if m.In(tx).Right("debugger").Count() == 0 {
			return errAlone
		}
		return nil
	})
	if !errors.Is(err, errAlone) {
		return err
	}
	fmt.Fprintln(w, "\ngrace stays:", err)
	return nil
}

// ask: the same edges answer from both ends.
func ask(w io.Writer, m *members) error {
	fmt.Fprintln(w, "\ngrace works on", slices.Collect(m.Left("grace").Keys()))
	both := junction.And(m.Right("engine"), m.Right("compiler"))
	fmt.Fprintln(w, "on engine and compiler:", slices.Collect(both.Keys()))
	only := junction.Minus(m.Right("engine"), m.Right("compiler"))
	fmt.Fprintln(w, "on engine, not on compiler:", slices.Collect(only.Keys()))

	page, next, more := junction.Page(m.Right("engine").All(), 2)
	for more {
		fmt.Fprintln(w, "page:", page)
		page, next, more = junction.Page(m.Right("engine").Range(junction.Above(next)), 2)
	}
	fmt.Fprintln(w, "last page:", page)
	fmt.Fprintf(w, "%d memberships of %d people in %d projects\n", m.Len(), m.NumLefts(), m.NumRights())
	return nil
}

func show(w io.Writer, m *members, project string) {
	for user, role := range m.Right(project).All() {
		fmt.Fprintf(w, "  %-6s %s\n", user, role)
	}
}
