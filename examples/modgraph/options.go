package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
)

const usage = `usage: modgraph [options] [FILE | -]

Modgraph reads a Go module graph from FILE or from standard input (-), in the
form that go mod graph prints. Without either it runs go mod graph here.

One question at a time; without any, a summary:
  -who X        which modules require X, and at which versions
  -requires X   which modules X requires, and at which versions
  -common X,Y   what X and Y both require, and who requires both
  -dot X        a picture of what is around X, for Graphviz
  -mermaid X    the same for Mermaid

X and Y are module paths, without a version.

  -top N        how many modules the summary lists (default 10)
  -depth N      how many steps from X a picture reaches (default 1)
  -o FILE       where a picture goes (default standard output)
  -dir DIR      keep the graph in DIR: the first run stores it there, later ones
                take it from there and read nothing else
  -h            this text
`

// options is what the command line asks for.
type options struct {
	question string   // the option that asks, "" for the summary
	modules  []string // that it asks about
	top      int
	depth    int
	output   string // "" is standard output
	input    string // "" runs go mod graph, "-" is standard input
	dir      string // where the graph is kept, "" for nowhere
}

var questions = []string{"who", "requires", "common", "dot", "mermaid"}

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("modgraph", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	for _, q := range questions {
		flags.Func(q, "", func(arg string) error { return o.ask(q, arg) })
	}
	flags.IntVar(&o.top, "top", 10, "")
	flags.IntVar(&o.depth, "depth", 1, "")
	flags.StringVar(&o.output, "o", "", "")
	flags.StringVar(&o.dir, "dir", "", "")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 1 {
		return o, fmt.Errorf("one graph at a time, and options before it: %q", flags.Args())
	}
	o.input = flags.Arg(0)
	var given []string
	flags.Visit(func(f *flag.Flag) { given = append(given, f.Name) })
	return o, o.check(given)
}

// ask takes a question from the command line.
func (o *options) ask(question, arg string) error {
	if o.question != "" {
		return fmt.Errorf("-%s was asked before; one question at a time", o.question)
	}
	o.question, o.modules = question, []string{arg}
	if question == "common" {
		o.modules = strings.Split(arg, ",")
		if len(o.modules) != 2 || o.modules[0] == o.modules[1] {
			return errors.New("want two modules, as in X,Y")
		}
	}
	if slices.Contains(o.modules, "") {
		return errors.New("want a module path")
	}
	return nil
}

// check refuses options that the question has no use for.
func (o *options) check(given []string) error {
	picture := o.question == "dot" || o.question == "mermaid"
	for _, name := range given {
		switch {
		case (name == "o" || name == "depth") && !picture:
			return fmt.Errorf("-%s is for pictures: it needs -dot or -mermaid", name)
		case name == "top" && o.question != "":
			return fmt.Errorf("-top is for the summary, not for -%s", o.question)
		case name == "dir" && o.dir == "":
			return errors.New("-dir wants a directory")
		}
	}
	if o.depth < 1 || o.top < 1 {
		return errors.New("-depth and -top begin at 1")
	}
	return nil
}
