package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
)

const usage = `usage: junction-sql COMMAND [options] ADDRESS

Junction-sql looks for the join tables of a database: those with two foreign
keys, or with a unique index over a pair of columns. It writes nothing.

  tables ADDRESS    list them, with how each can be opened, and what to change
  go ADDRESS        print the Go declarations that open them
  stat ADDRESS      count the edges and nodes of one
  dump ADDRESS      write the edges of one as JSON lines or CSV
  help [COMMAND]    this text, or that of a command; so does COMMAND -h
  version           the version of this program

ADDRESS is one of

  sqlite:FILE
  postgres://USER:PASSWORD@HOST:PORT/DATABASE
  mysql://USER:PASSWORD@HOST:PORT/DATABASE       MySQL or MariaDB

with the parameters of the driver (pgx, go-sql-driver/mysql) after a question
mark. Other users of the machine can see the arguments of a program: leave the
password out where they must not, and set PGPASSWORD or MYSQL_PWD.

exit status:
  0  all is well
  1  it failed, or was interrupted
  2  the command line makes no sense
`

const choiceUsage = `
  -table NAME    only this table or view
  -schema NAME   the tables of this schema (PostgreSQL) or database (MySQL);
                 default: that of the connection
`

const tablesUsage = `usage: junction-sql tables [options] ADDRESS

Tables lists the join tables: their columns, their numbers of rows, and whether
sqlstore can open them as go declares them.

  write   it can be opened
  read    it can be opened with Store.ReadOnly; why not for writing, and what to
          change, follows
  no      it cannot; why, and what to change, follows
` + choiceUsage + `  -h             this text

The answers come from the definitions of the tables and from the session: give
the address that the program will have. A right that the user lacks, and a row
that cannot be an edge, are found only by opening.
`

const goUsage = `usage: junction-sql go [options] ADDRESS

Go prints a Go file: types for the keys and the through values, and for each
join table a function that opens it, with the sqlstore.Table that fits. It is
made to be edited: no schema says what columns mean. From their names go guesses

  a scope         tenant_id, commentable_type, ... where the unique index has
                  more columns than the pair: the values that most rows have
  stamps          created_at, updated_at, ... the store fills them
  a soft delete   deleted_at, is_deleted, ... or what a partial index leaves out

Columns that no basic Go type can hold are left alone, and named in a comment.

  -package NAME  the package clause (default "tables")
` + choiceUsage + `  -h             this text
`

const statUsage = `usage: junction-sql stat [options] ADDRESS

Stat says what a join table holds as go declares it: the edges, the nodes of
either side, and how many edges these have. Rows outside of the scope, and those
marked as deleted, are not counted. There must be one join table, or -table.

  -json          as one JSON object, for scripts
` + choiceUsage + `  -h             this text
`

const dumpUsage = `usage: junction-sql dump [options] ADDRESS

Dump writes the edges of a join table as go declares it, in the order of left
keys and then right ones. Rows outside of the scope, and those marked as
deleted, are left out. There must be one join table, or -table.

  -format FORMAT jsonl or csv (default jsonl)
` + choiceUsage + `  -h             this text

  jsonl  {"left":..,"right":..,"through":{..}} on each line
  csv    the columns of the table, first the two keys

Numbers are exact. Times are RFC 3339. Bytes are base64. A string that is not
UTF-8 is "base64:" and its bytes in base64, and so is one that begins with
"base64:". NULL is null, or an empty cell.
`

// subcommand is what the first argument names.
type subcommand struct {
	name, usage string
	run         func(p *program, args []string) error
}

var subcommands = []subcommand{
	{"tables", tablesUsage, (*program).tables},
	{"go", goUsage, (*program).declare},
	{"stat", statUsage, (*program).stat},
	{"dump", dumpUsage, (*program).dump},
}

func find(name string) (*subcommand, error) {
	i := slices.IndexFunc(subcommands, func(c subcommand) bool { return c.name == name })
	if i < 0 {
		return nil, usageError(fmt.Sprintf("no command %q", name))
	}
	return &subcommands[i], nil
}

// usageError is an error in the command line.
type usageError string

func (e usageError) Error() string { return string(e) }

// choice is what all commands are told: the database, and which of its tables.
type choice struct{ address, schema, table string }

func newFlags() (*flag.FlagSet, *choice) {
	flags, c := flag.NewFlagSet("", flag.ContinueOnError), &choice{}
	flags.SetOutput(io.Discard) // run prints the error
	flags.StringVar(&c.table, "table", "", "")
	flags.StringVar(&c.schema, "schema", "", "")
	return flags, c
}

// parse reads options and the address after them. Errors do not show arguments, which may have a
// password.
func (c *choice) parse(flags *flag.FlagSet, args []string) error {
	switch err := flags.Parse(args); {
	case err == flag.ErrHelp:
		return err
	case err != nil:
		return usageError(err.Error())
	case flags.NArg() != 1:
		return usageError(fmt.Sprintf("want one ADDRESS after the options, have %d arguments", flags.NArg()))
	}
	c.address = flags.Arg(0)
	return nil
}
