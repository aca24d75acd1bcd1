// Junction-sql looks for the join tables of a database that persist/sqlstore can open, says of each
// how, and prints the Go declaration for it.
//
//	go -C cmd/junction-sql install . # from a clone of the repository
//	junction-sql help
//
// It is a module of its own because of the drivers that it needs. It writes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, cancel) // a second signal ends the program, if a driver hangs
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run runs the command and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	err := (&program{ctx, stdout}).run(args)
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "junction-sql: %v\njunction-sql help prints the usage.\n", err)
		return 2
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(stderr, "junction-sql: interrupted")
		return 1
	}
	fmt.Fprintf(stderr, "junction-sql: %s\n", strings.TrimPrefix(err.Error(), "junction: "))
	return 1
}

// program is one run of the command.
type program struct {
	ctx    context.Context
	stdout io.Writer
}

func (p *program) run(args []string) error {
	if len(args) == 0 {
		return usageError("want a command")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return p.help(args[1:])
	case "version", "-version", "--version":
		return p.print("junction-sql %s\n", version())
	}
	c, err := find(args[0])
	if err != nil {
		return err
	}
	if err = c.run(p, args[1:]); errors.Is(err, flag.ErrHelp) {
		return p.print("%s", c.usage)
	}
	return err
}

func (p *program) help(args []string) error {
	if len(args) == 0 {
		return p.print("%s", usage)
	}
	c, err := find(args[0])
	if err != nil {
		return err
	}
	return p.print("%s", c.usage)
}

func (p *program) print(format string, args ...any) error {
	_, err := fmt.Fprintf(p.stdout, format, args...)
	return err
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version + " " + info.GoVersion
}
