// Junction looks after directories in which persist/filestore keeps graphs.
//
//	go install github.com/seed-250bd433/junction/cmd/junction@latest
//	junction help
//
// It needs no Go types: what a directory records about its relations is enough to read them.
// Options are those of package flag, because a library for command lines would be in the go.mod of
// every module that imports this one.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals // the command hangs, perhaps because nobody reads its output
		os.Exit(1)
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr, isTerminal(os.Stderr)))
}

// run runs the command and returns the exit status. progress is true if a person watches standard
// error.
func run(ctx context.Context, args []string, stdout, stderr io.Writer, progress bool) int {
	p := &program{ctx, stdout, &screen{w: stderr, on: progress}}
	err := p.run(args)
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(p.stderr, "junction: %v\njunction help prints the usage.\n", err)
		return 2
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(p.stderr, "junction: interrupted")
		return 1
	}
	fmt.Fprintf(p.stderr, "junction: %s\n", strings.TrimPrefix(err.Error(), "junction: "))
	switch {
	case errors.Is(err, persist.ErrInUse):
		return 4
	case errors.Is(err, persist.ErrDamaged), errors.Is(err, errLost):
		return 3
	}
	return 1
}

// program is one run of the command.
type program struct {
	ctx    context.Context
	stdout io.Writer
	stderr *screen
}

func (p *program) run(args []string) error {
	if len(args) == 0 {
		return usageError("want a command")
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		return p.help(args[1:])
	case "version", "-version", "--version":
		return p.print("junction %s\n", version())
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

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version + " " + info.GoVersion
}

func (p *program) print(format string, args ...any) error {
	_, err := fmt.Fprintf(p.stdout, format, args...)
	return err
}

// inspect verifies and describes a directory that is not open.
func (p *program) inspect(dir string) (*filestore.Info, error) {
	release, err := hold(dir)
	if err != nil {
		return nil, err
	}
	defer release()
	defer p.stderr.clear()
	return filestore.Inspect(p.ctx, dir, p.options())
}

func (p *program) options() *filestore.Options {
	return &filestore.Options{Progress: p.stderr.show, Logger: slog.New(slog.NewTextHandler(p.stderr, nil))}
}
