package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

// load returns the graph that the directory keeps, if there is one, and else reads it from where
// the command line says.
func load(o options, stdin io.Reader, stderr io.Writer) (m *modules, err error) {
	var store persist.Store
	if o.dir != "" {
		store = filestore.New(o.dir, nil)
	}
	m = newModules(store)
	if err := m.graph.Open(context.Background()); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			m.graph.Close()
		}
	}()
	switch {
	case m.requires.Len() == 0:
		return m, m.readFrom(o.input, stdin, stderr)
	case o.input != "":
		return m, fmt.Errorf("%s keeps a graph already: leave out %s, or remove the directory", o.dir, o.input)
	}
	return m, nil
}

// readFrom reads the graph from a file, from standard input (-), or from the module in whose
// directory the program runs.
func (m *modules) readFrom(input string, stdin io.Reader, stderr io.Writer) error {
	switch input {
	case "":
		return m.readHere(stderr)
	case "-":
		return within("standard input", m.read(stdin))
	}
	file, err := os.Open(input)
	if err != nil {
		return err
	}
	defer file.Close()
	return within(input, m.read(file))
}

func (m *modules) readHere(stderr io.Writer) error {
	command := exec.Command("go", "mod", "graph")
	command.Stderr = stderr // what it downloads, and what it complains about
	text, err := command.Output()
	if err == nil {
		err = m.read(bytes.NewReader(text))
	}
	return within("go mod graph", err)
}

func within(name string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
