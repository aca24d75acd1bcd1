package main

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

const usage = `usage: junction COMMAND [options] DIR

Junction looks after directories in which persist/filestore keeps graphs.

  stat DIR          what a directory holds: revision, relations, files
  check DIR         verify every byte that is in use
  dump DIR          write the rows of a relation as JSON lines, CSV or DOT, or
                    everything in a form for load
  load FILE DIR     make a directory of what dump -format exact has written
  compact DIR       replace the files by one snapshot
  backup DIR TO     copy it into a new directory
  rename DIR A B    give relation A the name B
  drop DIR NAME     remove a relation with its rows
  salvage FROM TO   copy what is good of a damaged directory into a new one
  help [COMMAND]    this text, or that of a command; so does COMMAND -h
  version           the version of this program

For the join tables of SQL databases there is a command of its own, junction-sql,
since it needs their drivers: go -C cmd/junction-sql install .

DIR must not be open in another program, and cannot be opened by one meanwhile.
An interrupt (Ctrl-C) ends a command and leaves nothing half done. A second one
ends it at once, which is what a crash does: the directory is as good afterwards.

exit status:
  0  all is well
  1  it failed, or was interrupted
  2  the command line makes no sense
  3  the directory is damaged, or salvage could not copy everything
  4  another program has the directory open
`

const statUsage = `usage: junction stat [-json] DIR

Stat says what DIR holds: its revision, relations with their kinds and numbers
of rows, and files. It verifies them, as check does, and writes nothing.

  -json   as one JSON object, for scripts
  -h      this text
`

const checkUsage = `usage: junction check DIR

Check verifies every byte that a program would read when it opens DIR. It says
"ok" and what there is, or where it is damaged, with exit status 3. It ends at
the first damage that makes DIR useless; salvage finds all. It writes nothing.

A torn tail is what a crash leaves at the end of the last log. Check prints it.
It is not damage: no commit in it was acknowledged, and the next program that
opens DIR cuts it off. Check cannot know that the last log ends too early or is
missing as a whole; compare the revision if you know it.
`

const dumpUsage = `usage: junction dump [-relation NAME] [-format FORMAT] [-o FILE] DIR

Dump writes the rows of one relation, in the order of left keys and then right
ones. An edge of an undirected relation is one row, its lower key on the left.

  -relation NAME   which one; not needed where there is only one
  -format FORMAT   jsonl, csv, dot or exact (default jsonl)
  -o FILE          where to; FILE changes only if all went well, at the end
                   (default standard output)
  -h               this text

  jsonl  {"left":..,"right":..,"through":..} on each line
  csv    left,right,through, of which through may be JSON
  dot    for Graphviz; a key is one node, whether it is left or right
  exact  all relations as they are stored, for load

Numbers are exact. Times are RFC 3339. Bytes, and what only its Go type could
read, are base64. CBOR is JSON; NaN and infinities are "NaN", "+Inf" and "-Inf".
A string that is not UTF-8 is "base64:" and its bytes in base64, and so is one
that begins with "base64:". Nothing (struct{}, nil) is null, or an empty cell.

Dump changes nothing in DIR, and works where nothing may be written.
`

const loadUsage = `usage: junction load FILE DIR

Load makes DIR, which must not exist, or be empty, of what dump -format exact
has written. FILE is - for standard input. Every row is as it was, of whatever
kind. The revision begins anew.

If FILE is malformed or was cut off, load says in which line, and there is no
DIR.
`

const compactUsage = `usage: junction compact DIR

Compact replaces the files of DIR by one snapshot of what they hold. What opening
mends is mended: a torn tail is cut off, files of no use are removed.
`

const backupUsage = `usage: junction backup DIR TO

Backup copies what DIR holds into TO, which must not exist, or be empty. DIR
stays as it is, and may be on a medium that is read-only. TO is a store of its
own: open it in place of DIR to restore. While a program has DIR open, only that
program can copy it, by filestore.Store.Backup.
`

const renameUsage = `usage: junction rename DIR OLD NEW

Rename gives the relation OLD of DIR the name NEW, which must be free. All rows
are written anew, in one step: after a crash the relation has either name.
`

const dropUsage = `usage: junction drop DIR NAME

Drop removes the relation NAME with all its rows from DIR. There is no way back:
backup makes a copy first. The other rows are written anew, in one step.
`

const salvageUsage = `usage: junction salvage FROM TO

Salvage copies all that is good of FROM into TO, which must not exist, or be
empty, or be what an earlier attempt left. It finds records and blocks wherever
they are in the files of the store, and prints what it left out and which
commits are missing. FROM stays as it is. If FROM has files of several stores,
it copies the one that has the most bytes. The exit status is 0 only if nothing
was left out. A torn tail counts: here it could be damage.
`

// subcommand is what the first argument names.
type subcommand struct {
	name, usage string
	run         func(p *program, args []string) error
}

var subcommands = []subcommand{
	{"stat", statUsage, (*program).stat},
	{"check", checkUsage, (*program).check},
	{"dump", dumpUsage, (*program).dump},
	{"load", loadUsage, (*program).loadInto},
	{"compact", compactUsage, (*program).compact},
	{"backup", backupUsage, (*program).backup},
	{"rename", renameUsage, (*program).rename},
	{"drop", dropUsage, (*program).drop},
	{"salvage", salvageUsage, (*program).salvage},
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

func newFlags() *flag.FlagSet {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	return flags
}

// parse reads options and the directories after them.
func parse(flags *flag.FlagSet, args []string, names ...string) ([]string, error) {
	err := flags.Parse(args)
	switch {
	case err == flag.ErrHelp:
		return nil, err
	case err != nil:
		return nil, usageError(err.Error())
	case flags.NArg() != len(names):
		return nil, usageError(fmt.Sprintf("want %s after the options, not %q", strings.Join(names, " and "), flags.Args()))
	case slices.Contains(flags.Args(), ""):
		return nil, usageError(fmt.Sprintf("%s is empty", names[slices.Index(flags.Args(), "")]))
	}
	return flags.Args(), nil
}

// parseDir is parse for a command without options, and one directory.
func parseDir(args []string) (string, error) {
	dirs, err := parse(newFlags(), args, "DIR")
	if err != nil {
		return "", err
	}
	return dirs[0], nil
}
