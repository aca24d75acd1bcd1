package junction_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPriceOfARelation holds what a further type of relation adds to a program. The engine has no
// type parameters, so that it is compiled once, with the library: what is compiled for a type are
// the thin methods of ManyToMany and Node. BenchmarkBuild in bench shows the time.
func TestPriceOfARelation(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	const more = 9
	one, ten := buildProgram(t, 1), buildProgram(t, 1+more)
	size := (ten.size - one.size) / more
	functions := (ten.functions - one.functions) / more
	t.Logf("a further relation adds %d bytes and %d functions", size, functions)
	require.Less(t, size, 95_000, "bytes")
	require.Less(t, functions, 80, "functions, of the kind of: %s", strings.Join(ten.sample, " "))
}

type program struct {
	size      int
	functions int // that are instances of generic ones
	sample    []string
}

// buildProgram builds a program with some types of relations.
func buildProgram(t *testing.T, relations int) (p program) {
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "program")
	require.NoError(t, os.WriteFile(source, programOf(relations), 0o600))
	runGo(t, "build", "-o", binary, source)
	info, err := os.Stat(binary)
	require.NoError(t, err)
	p.size = int(info.Size())
	for line := range strings.Lines(string(runGo(t, "tool", "nm", binary))) {
		if fields := strings.Fields(line); len(fields) == 3 && strings.EqualFold(fields[1], "t") && strings.Contains(line, "[") {
			if p.functions++; p.functions%100 == 0 {
				p.sample = append(p.sample, fields[2])
			}
		}
	}
	return p
}

func runGo(t *testing.T, args ...string) []byte {
	out, err := exec.Command("go", args...).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return out
}

// programOf returns a program whose relations have keys and values of types of their own, and are
// read and written from both ends.
func programOf(relations int) []byte {
	var source bytes.Buffer
	source.WriteString("package main\n\nimport \"github.com/seed-250bd433/junction\"\n\nfunc main() {\n")
	for i := range relations {
		fmt.Fprintf(&source, "\tuse%d()\n", i)
	}
	source.WriteString("}\n")
	for i := range relations {
		source.WriteString(strings.ReplaceAll(relationSource, "0", fmt.Sprint(i)))
	}
	return source.Bytes()
}

const relationSource = `
type (
	Left0  int64
	Right0 string
	Value0 struct {
		Name string
		At   [0 + 1]int32
	}
)

func use0() {
	m := junction.New[Left0, Right0, Value0]()
	m.Add(7, "x", Value0{})
	m.Insert(7, "y", Value0{})
	m.Remove(7, "z")
	left, right := m.Left(7), m.Right("x")
	left.Add("y", Value0{})
	left.SetKeys("x", "y")
	right.Link(1, 2)
	right.Remove(1)
	n := m.Len() + left.Count()
	if v, ok := m.Get(7, "x"); ok && m.Has(7, "x") {
		n += len(v.Name)
	}
	for k, v := range left.All() {
		n += len(k) + len(v.Name)
	}
	for k, v := range right.All() {
		n += int(k) + len(v.Name)
	}
	for e := range m.Edges() {
		n += len(e.Right)
	}
	println(n)
}
`
