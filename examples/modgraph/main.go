// Modgraph answers questions about a Go module graph, and is an example of a relation that is
// read from both ends.
//
//	go run ./examples/modgraph                       # counts, and the most required modules of the module it stands in
//	go run ./examples/modgraph -who golang.org/x/net # the modules that require it, and at which versions
//	go mod graph | go run ./examples/modgraph -      # any graph from standard input, or from a file
//	go run ./examples/modgraph -dot X -o X.dot       # a picture of what is around X
//	go run ./examples/modgraph -dir graph            # keeps the graph in a directory; later runs take it from there
//
// # What the relation holds
//
// A line of `go mod graph` says that a module at one version requires a module at a version. A
// module path occurs at many versions on both sides. Here a key is a module path, and an edge
// says that some version of the left module requires the right one; its through value lists every
// version that is required, lowest first. So nothing is picked out, but one thing is let go:
// which version of the left module wanted which of those. Where a list is too long to print, its
// lowest and highest versions are shown with their number.
//
// A second relation holds the versions at which each module occurs, in the order of versions. A
// main module occurs at the version "". The highest is, but for exclude and replace directives,
// the one that a build selects.
//
// go and toolchain are no modules, but the go command writes them as if they were. They are kept,
// so that "-who go" tells who needs which Go. The summary counts them as no modules, and a
// picture has them only if it is theirs.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the program: its exit status is 1 for what went wrong and 2 for options that make no
// sense.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	o, err := parseOptions(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "modgraph: %v\nmodgraph -h prints the usage.\n", err)
		return 2
	}
	if err := answer(o, stdin, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "modgraph: %v\n", err)
		return 1
	}
	return 0
}

// answer reads the graph and writes the whole answer at once: of a question that fails nothing is
// written.
func answer(o options, stdin io.Reader, stdout, stderr io.Writer) error {
	m, err := load(o, stdin, stderr)
	if err != nil {
		return err
	}
	defer m.graph.Close() // everything was durable when load returned
	var out bytes.Buffer
	if err := m.answer(o, &out); err != nil {
		return err
	}
	if o.output != "" {
		return os.WriteFile(o.output, out.Bytes(), 0o666)
	}
	_, err = out.WriteTo(stdout)
	return err
}

func (m *modules) answer(o options, w io.Writer) error {
	if err := m.mustKnow(o.modules...); err != nil {
		return err
	}
	switch o.question {
	case "who":
		return m.printWho(w, o.modules[0])
	case "requires":
		return m.printRequires(w, o.modules[0])
	case "common":
		return m.printCommon(w, o.modules[0], o.modules[1])
	case "dot", "mermaid":
		p, err := m.draw(o.modules[0], o.depth)
		if err != nil {
			return err
		}
		if o.question == "dot" {
			return p.writeDOT(w)
		}
		return p.writeMermaid(w)
	}
	return m.printSummary(w, o.top)
}
