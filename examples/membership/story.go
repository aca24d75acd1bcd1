package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
)

// story is told chapter by chapter.
type story struct {
	io.Writer
	db *sql.DB
	m  *memberships
}

// tell tells the story if there are no memberships yet, and otherwise what became of an earlier
// one.
func tell(w io.Writer, db *sql.DB) error {
	for i := range tables {
		if err := tables[i].prepare(db); err != nil {
			return err
		}
	}
	m, err := openMemberships(db)
	if err != nil {
		return err
	}
	s := &story{w, db, m}
	chapters := []func() error{s.found, s.reorganize, s.handOver, s.leave, s.ask, s.refuse, s.query, s.follow, s.reopen}
	if m.Len() > 0 {
		chapters = []func() error{s.remember, s.ask, s.query}
	}
	for _, chapter := range chapters {
		if err := chapter(); err != nil {
			return errors.Join(err, s.m.Graph().Close())
		}
	}
	return errors.Join(s.m.Graph().Check(), s.m.Graph().Close())
}

// found: AddAll takes edges in bulk, Add from either end. Insert refuses what Add would
// overwrite. Each call that returns has its rows in the table.
func (s *story) found() error {
	c, err := s.m.AddAll(slices.Values([]junction.Edge[person, project, membership]{
		{Left: ada, Right: engine, Through: membership{"owner", 2019}},
		{Left: ada, Right: compiler, Through: membership{"reviewer", 2021}},
		{Left: grace, Right: compiler, Through: membership{"developer", 2020}},
		{Left: grace, Right: debugger, Through: membership{"developer", 2022}},
	}))
	if err != nil {
		return err
	}
	fmt.Fprintln(s, "edges added:", c.Added)
	if _, err := s.m.Right(engine).AddEach([]person{alan, grace}, membership{"guest", 2024}); err != nil {
		return err
	}
	err = s.m.Insert(ada, engine, membership{"guest", 2024})
	fmt.Fprintln(s, "ada is in it already:", errors.Is(err, junction.ErrExists))
	s.show(engine)
	return nil
}

// reorganize: Set says how it shall be. What is so already is not touched.
func (s *story) reorganize() error {
	c, err := s.m.Right(engine).Set(maps.All(map[person]membership{
		ada:   {"owner", 2019},
		grace: {"maintainer", 2024},
		linus: {"guest", 2025},
	}))
	if err != nil {
		return err
	}
	fmt.Fprintf(s, "\n%d joins engine, %d changes role, %d leaves\n", c.Added, c.Updated, c.Removed)
	s.show(engine)
	return nil
}

// handOver: what belongs together happens together. A snapshot from before still shows how it was.
func (s *story) handOver() error {
	before := s.m.Graph().Snapshot()
	err := s.m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		if _, err := s.m.In(tx).Add(ada, engine, membership{"adviser", 2026}); err != nil {
			return err
		}
		if _, err := s.m.In(tx).Add(grace, engine, membership{"owner", 2026}); err != nil {
			return err
		}
		fmt.Fprintln(s, "\nada hands over to grace:")
		for c := range s.m.In(tx).Changes() {
			fmt.Fprintf(s, "  %s is no longer %s, but %s\n", c.Left, c.Before.Role, c.After.Role)
		}
		return nil
	})
	if err != nil {
		return err
	}
	was, _ := s.m.At(before).Get(ada, engine)
	is, _ := s.m.Get(ada, engine)
	fmt.Fprintf(s, "ada was %s and is %s\n", was.Role, is.Role)
	return nil
}

// leave: an error in a transaction takes everything back.
func (s *story) leave() error {
	errAlone := errors.New("nobody would be left")
	err := s.m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		if _, err := s.m.In(tx).Left(grace).Clear(); err != nil {
			return err
		}
		if s.m.In(tx).Right(debugger).Count() == 0 {
			return errAlone
		}
		return nil
	})
	if !errors.Is(err, errAlone) {
		return err
	}
	fmt.Fprintln(s, "\ngrace stays:", err)
	return nil
}

// ask: the same edges answer from both ends, without a question to the database.
func (s *story) ask() error {
	fmt.Fprintln(s, "\ngrace works on", slices.Collect(s.m.Left(grace).Keys()))
	both := junction.And(s.m.Right(engine), s.m.Right(compiler))
	fmt.Fprintln(s, "on engine and compiler:", slices.Collect(both.Keys()))
	only := junction.Minus(s.m.Right(engine), s.m.Right(compiler))
	fmt.Fprintln(s, "on engine, not on compiler:", slices.Collect(only.Keys()))

	page, next, more := junction.Page(s.m.Right(engine).All(), 2)
	for more {
		fmt.Fprintln(s, "page:", page)
		page, next, more = junction.Page(s.m.Right(engine).Range(junction.Above(next)), 2)
	}
	fmt.Fprintln(s, "last page:", page)
	fmt.Fprintf(s, "%d memberships of %d people in %d projects\n", s.m.Len(), s.m.NumLefts(), s.m.NumRights())
	return nil
}

// refuse: what the database does not take does not happen. Here it is a foreign key: there is no
// person 99.
func (s *story) refuse() error {
	_, err := s.m.Add(99, engine, membership{"ghost", 2026})
	fmt.Fprintln(s, "\nperson 99, whom nobody knows, is refused:", errors.Is(err, persist.ErrRefused))
	fmt.Fprintln(s, "person 99 is in the engine:", s.m.Has(99, engine))
	return nil
}

// query: for SQL it is a join table like any other.
func (s *story) query() error {
	rows, err := s.db.Query(`
		SELECT people.name, memberships.role, memberships.since
		FROM memberships
		JOIN people ON people.id = memberships.person
		JOIN projects ON projects.id = memberships.project
		WHERE projects.name = 'engine'
		ORDER BY people.name`)
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprintln(s, "\nengine in SQL:")
	for rows.Next() {
		var name string
		var has membership
		if err := rows.Scan(&name, &has.Role, &has.Since); err != nil {
			return err
		}
		fmt.Fprintf(s, "  %-6s %-10s %d\n", name, has.Role, has.Since)
	}
	return rows.Err()
}

// follow: another program writes to the table, in SQL. Refresh takes that in as one commit, and
// who watches sees it.
func (s *story) follow() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	_, commits := s.m.Graph().Watch(ctx)
	for _, statement := range []string{
		"INSERT INTO memberships (person, project, role, since) VALUES (2, 2, 'tester', 2026)",
		"UPDATE memberships SET role = 'developer' WHERE person = 4 AND project = 3",
	} {
		if _, err := s.db.Exec(statement); err != nil {
			return err
		}
	}
	c, err := s.m.Graph().Refresh(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(s, "\nby another program, %d added and %d updated:\n", c.Added, c.Updated)
	for commit, err := range commits {
		if err != nil {
			return err
		}
		for c := range s.m.ChangesIn(commit) {
			fmt.Fprintf(s, "  %s in the %s, %s: %q, %q\n", c.Left, c.Right, c.Kind, c.Before.Role, c.After.Role)
		}
		if commit.Revision() == s.m.Graph().Revision() {
			break
		}
	}
	return nil
}

// reopen: what was acknowledged is there when the table is read again.
func (s *story) reopen() error {
	if err := s.m.Graph().Close(); err != nil {
		return err
	}
	m, err := openMemberships(s.db)
	if err != nil {
		return err
	}
	s.m = m
	fmt.Fprint(s, "\nopened anew, ")
	return s.remember()
}

// remember shows what was there when the table was opened.
func (s *story) remember() error {
	fmt.Fprintf(s, "%d memberships are there:\n", s.m.Len())
	for e := range s.m.Edges() {
		fmt.Fprintf(s, "  %-6s %-9s %-10s %d\n", e.Left, e.Right, e.Through.Role, e.Through.Since)
	}
	return nil
}

func (s *story) show(p project) {
	for user, has := range s.m.Right(p).All() {
		fmt.Fprintf(s, "  %-6s %-10s since %d\n", user, has.Role, has.Since)
	}
}
