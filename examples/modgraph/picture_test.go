package main

import (
	"fmt"
	"html"
	"os/exec"
	"strings"
	"testing"
)

// Whatever a name holds, it comes out as itself.
func TestHostileNames(t *testing.T) {
	for _, language := range []string{"dot", "mermaid"} {
		status, stdout, stderr := modgraph("", "-"+language, `a"b\c`, "-depth", "5", "testdata/hostile.graph")
		if status != 0 {
			t.Fatalf("status %d, %s", status, stderr)
		}
		golden(t, "hostile-"+language, stdout)
	}
}

// Graphviz itself reads the pictures, where it is installed, and draws every module under its own
// name.
func TestGraphviz(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("no dot command")
	}
	tests := []struct{ graph, subject, drawn string }{
		{"shop", "example.com/log", "example.com/log"},
		{"hostile", "main", "<b>&amp;#35;`x`;]|"},
		{"hostile", `a"b\c`, `a"b\c`},
		{"hostile", `\N\n\`, `\N\n\`},
	}
	for _, test := range tests {
		_, picture, _ := modgraph("", "-dot", test.subject, "-depth", "5", "testdata/"+test.graph+".graph")
		command := exec.Command(dot, "-Tsvg")
		command.Stdin = strings.NewReader(picture)
		svg, err := command.CombinedOutput()
		if err != nil || strings.Contains(string(svg), "Warning") {
			t.Fatalf("%v: %s", err, svg)
		}
		if text := html.UnescapeString(string(svg)); !strings.Contains(text, ">"+test.drawn+"</text>") {
			t.Errorf("no %s in\n%s", test.drawn, text)
		}
	}
}

// An edge is drawn if it is on a way of at most depth steps that begins or ends at the subject.
func TestDepth(t *testing.T) {
	chain := "a b@v1\nb@v1 c@v1\nc@v1 d@v1\nd@v1 e@v1\na e@v1\n"
	tests := []struct {
		depth string
		want  []string
	}{
		{"1", []string{"b c", "c d"}},
		{"2", []string{"a b", "b c", "c d", "d e"}},
		{"99", []string{"a b", "b c", "c d", "d e"}},
	}
	for _, test := range tests {
		_, picture, _ := modgraph(chain, "-dot", "c", "-depth", test.depth, "-")
		var got []string
		for line := range strings.Lines(picture) {
			if from, rest, isEdge := strings.Cut(line, " -> "); isEdge {
				to, _, _ := strings.Cut(rest, " ")
				got = append(got, strings.Trim(from, "\t\"")+" "+strings.Trim(to, "\""))
			}
		}
		if strings.Join(got, ", ") != strings.Join(test.want, ", ") {
			t.Errorf("depth %s: %q, want %q", test.depth, got, test.want)
		}
	}
}

func TestMoreEdgesThanMermaidDraws(t *testing.T) {
	var star strings.Builder
	for i := range maxEdges {
		fmt.Fprintf(&star, "center leaf%d@v1\n", i)
	}
	if _, picture, _ := modgraph(star.String(), "-mermaid", "center", "-"); strings.Contains(picture, "%%") {
		t.Errorf("%d edges: %.80s", maxEdges, picture)
	}
	star.WriteString("center leaf@v1\n")
	_, picture, _ := modgraph(star.String(), "-mermaid", "center", "-")
	if !strings.HasPrefix(picture, "%% Mermaid draws these 501 edges") {
		t.Errorf("%d edges: %.80s", maxEdges+1, picture)
	}
}
