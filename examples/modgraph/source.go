package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// load reads the graph from where the command line says.
func load(input string, stdin io.Reader, stderr io.Writer) (*modules, error) {
	switch input {
	case "":
		return loadHere(stderr)
	case "-":
		return loadFrom("standard input", stdin)
	}
	file, err := os.Open(input)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return loadFrom(input, file)
}

// loadHere reads the graph of the module in whose directory the program runs.
func loadHere(stderr io.Writer) (*modules, error) {
	command := exec.Command("go", "mod", "graph")
	command.Stderr = stderr // what it downloads, and what it complains about
	text, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go mod graph: %w", err)
	}
	return loadFrom("go mod graph", bytes.NewReader(text))
}

func loadFrom(name string, r io.Reader) (*modules, error) {
	m, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}
