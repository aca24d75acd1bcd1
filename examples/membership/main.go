// Membership is the story of a few people and their projects, whose memberships are the rows of a
// join table: the quick start of the packages junction and persist/sqlstore, as a program.
//
//	go -C examples/membership run .                              # in a SQLite file that is removed in the end
//	go -C examples/membership run . -db sqlite:membership.db     # in one that stays; a second run shows what it has
//	go -C examples/membership run . -db postgres://ada@localhost/example
//	go -C examples/membership run . -db mysql://ada:secret@localhost/example
//
// The tables people and projects (tables.go) are those of a service that had them before.
// Memberships, the join table between them, is one that any other program can read and write in
// SQL (membership.go). The chapters are in story.go.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

const usage = `usage: membership [-db ADDRESS]

Membership tells the story of a few people and their projects, and keeps who is
in which project in a join table of a database. Where there are memberships from
an earlier run, it shows these.

  -db ADDRESS  the database:
                 sqlite:FILE
                 postgres://USER:PASSWORD@HOST:PORT/DATABASE
                 mysql://USER:PASSWORD@HOST:PORT/DATABASE     MySQL or MariaDB
               Without it, a SQLite file that is removed in the end.
  -h           this text

In the database it makes the tables people, projects, memberships and
junction_meta, unless they exist.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program: its exit status is 1 for what went wrong and 2 for a command line that
// makes no sense.
func run(args []string, stdout, stderr io.Writer) int {
	err := do(args, stdout)
	var misused usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return 0
	case errors.As(err, &misused):
		fmt.Fprintf(stderr, "membership: %v\nmembership -h prints the usage.\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "membership: %v\n", err)
	return 1
}

// usageError says what is wrong with a command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// do tells the story in the database that a command line names.
func do(args []string, stdout io.Writer) error {
	address, err := parse(args)
	if err != nil {
		return usageError{err}
	}
	if address == "" {
		dir, err := os.MkdirTemp("", "membership-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		address = "sqlite:" + filepath.Join(dir, "membership.db")
	}
	db, err := open(address)
	if err != nil {
		return usageError{err}
	}
	return errors.Join(tell(stdout, db), db.Close())
}

// parse returns the address that a command line gives, "" if none.
func parse(args []string) (address string, err error) {
	flags := flag.NewFlagSet("membership", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	flags.StringVar(&address, "db", "", "")
	if err := flags.Parse(args); err != nil {
		return "", err
	}
	if flags.NArg() > 0 {
		return "", fmt.Errorf("want nothing but -db, have %q", flags.Args())
	}
	return address, nil
}
