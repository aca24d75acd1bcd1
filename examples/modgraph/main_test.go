package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

var update = flag.Bool("update", false, "write the golden files")

// modgraph runs the program.
func modgraph(stdin string, args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if want := readFile(t, path); got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		name string
		args []string
	}{
		{"summary", nil},
		{"summary-top", []string{"-top", "2"}},
		{"who", []string{"-who", "example.com/test"}},
		{"who-one", []string{"-who", "example.com/cart"}},
		{"who-nobody", []string{"-who", "example.com/shop"}},
		{"who-go", []string{"-who", "go"}},
		{"requires", []string{"-requires", "example.com/shop"}},
		{"common", []string{"-common", "example.com/cart,example.com/money"}},
		{"dot", []string{"-dot", "example.com/log"}},
		{"dot-depth", []string{"-dot", "example.com/log", "-depth", "9"}},
		{"dot-toolchain", []string{"-dot", "toolchain"}},
		{"mermaid", []string{"-mermaid", "example.com/log"}},
		{"mermaid-depth", []string{"-mermaid", "example.com/log", "-depth", "2"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, stdout, stderr := modgraph("", append(test.args, "testdata/shop.graph")...)
			if status != 0 || stderr != "" {
				t.Fatalf("status %d, %s", status, stderr)
			}
			golden(t, test.name, stdout)
		})
	}
}

// The same graph gives the same answer wherever it comes from and however its lines end.
func TestInputs(t *testing.T) {
	_, want, _ := modgraph("", "testdata/shop.graph")
	graph := readFile(t, "testdata/shop.graph")
	tests := map[string]string{
		"as it is":            graph,
		"CRLF":                strings.ReplaceAll(graph, "\n", "\r\n"),
		"no end of last line": strings.TrimSuffix(graph, "\n"),
		"blank lines":         "\n" + strings.ReplaceAll(graph, "\n", "\n \n"),
		"byte order mark":     "\uFEFF" + graph,
		"tabs":                strings.ReplaceAll(graph, " ", "\t"),
	}
	for name, stdin := range tests {
		if status, stdout, stderr := modgraph(stdin, "-"); status != 0 || stdout != want {
			t.Errorf("%s: status %d, %s\n%s", name, status, stderr, stdout)
		}
	}
}

func TestLongLine(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	status, stdout, stderr := modgraph("main "+long+"@v1.0.0\n", "-requires", "main", "-")
	if status != 0 || !strings.Contains(stdout, long) {
		t.Errorf("status %d, %s", status, stderr)
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name, stdin string
		args        []string
		status      int
		want        string
	}{
		{"empty", "", []string{"-"}, 1, "standard input: empty"},
		{"blank", " \r\n\n", []string{"-"}, 1, "standard input: empty"},
		{"one field", "a b@v1\nnonsense\n", []string{"-"}, 1, `input: line 2: want two modules, as in "a b@v1.0.0", not "nonsense"`},
		{"three fields", "a b@v1 c@v1", []string{"-"}, 1, "line 1: want two modules"},
		{"no version", "a b", []string{"-"}, 1, `line 1: required module "b" has no version`},
		{"empty version", "a b@", []string{"-"}, 1, `line 1: "b@" is no module`},
		{"empty path", "@v1 b@v1", []string{"-"}, 1, `line 1: "@v1" is no module`},
		{"two versions", "a b@v1@v2", []string{"-"}, 1, `line 1: "b@v1@v2" is no module`},
		{"escape sequence", "a b\x1b[31m@v1", []string{"-"}, 1, `line 1: "b\x1b[31m@v1" is no module`},
		{"not UTF-8", "a b\xff@v1", []string{"-"}, 1, "line 1: this is not UTF-8 text"},
		{"long nonsense", strings.Repeat("x", 1<<20), []string{"-"}, 1, `"` + strings.Repeat("x", 60) + `"`},
		{"no file", "", []string{"testdata/none"}, 1, "testdata/none"},
		{"a folder", "", []string{"testdata"}, 1, "testdata"},

		{"slip", "", []string{"-who", "example.com/tets", "testdata/shop.graph"}, 1, "perhaps you mean\n\texample.com/test\n"},
		{"beginning", "", []string{"-dot", "example.com/dec", "testdata/shop.graph"}, 1,
			"\n\texample.com/decimal\n\texample.com/decimal/v3\n"},
		{"version", "", []string{"-requires", "example.com/log@v1.9.0", "testdata/shop.graph"}, 1, "\n\texample.com/log\n"},
		{"end", "", []string{"-mermaid", "other.example/diff", "testdata/shop.graph"}, 1, "\n\texample.com/diff\n"},
		{"second", "", []string{"-common", "example.com/log,zzz", "testdata/shop.graph"}, 1, `no module "zzz", nor any like it`},
		{"folder for a picture", "", []string{"-dot", "example.com/log", "-o", "testdata", "testdata/shop.graph"}, 1, "testdata"},

		{"unknown option", "", []string{"-why"}, 2, "-why"},
		{"two questions", "", []string{"-who", "a", "-dot", "a"}, 2, "-who was asked before; one question at a time"},
		{"no module", "", []string{"-who", ""}, 2, "want a module path"},
		{"one in common", "", []string{"-common", "a"}, 2, "want two modules, as in X,Y"},
		{"the same in common", "", []string{"-common", "a,a"}, 2, "want two modules, as in X,Y"},
		{"nothing in common", "", []string{"-common", ",a"}, 2, "want a module path"},
		{"output", "", []string{"-who", "a", "-o", "x"}, 2, "-o is for pictures"},
		{"depth", "", []string{"-depth", "2"}, 2, "-depth is for pictures"},
		{"top", "", []string{"-top", "2", "-who", "a"}, 2, "-top is for the summary, not for -who"},
		{"no depth", "", []string{"-dot", "a", "-depth", "0"}, 2, "begin at 1"},
		{"option after the file", "", []string{"-", "-who", "a"}, 2, `options before it: ["-" "-who" "a"]`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, stdout, stderr := modgraph(test.stdin, test.args...)
			if status != test.status || stdout != "" {
				t.Errorf("status %d, want %d; stdout %q", status, test.status, stdout)
			}
			if !strings.HasPrefix(stderr, "modgraph: ") || !strings.Contains(stderr, test.want) {
				t.Errorf("stderr %q, want %q", stderr, test.want)
			}
		})
	}
}

func TestUsage(t *testing.T) {
	for _, help := range []string{"-h", "--help"} {
		if status, stdout, stderr := modgraph("", help); status != 0 || stdout != usage || stderr != "" {
			t.Errorf("%s: status %d, %s%s", help, status, stdout, stderr)
		}
	}
}

func TestReadError(t *testing.T) {
	var stdout, stderr bytes.Buffer
	broken := io.MultiReader(strings.NewReader("a b@v1\na b"), iotest.ErrReader(errors.New("disk on fire")))
	status := run([]string{"-"}, broken, &stdout, &stderr)
	if status != 1 || !strings.Contains(stderr.String(), "disk on fire") {
		t.Errorf("status %d, %s", status, &stderr)
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteError(t *testing.T) {
	var stderr bytes.Buffer
	status := run([]string{"testdata/shop.graph"}, nil, fullDisk{}, &stderr)
	if status != 1 || !strings.Contains(stderr.String(), "no space left") {
		t.Errorf("status %d, %s", status, &stderr)
	}
}

// A question that fails leaves the file of an earlier one alone.
func TestOutput(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log.dot")
	status, stdout, stderr := modgraph("", "-dot", "example.com/log", "-o", file, "testdata/shop.graph")
	if status != 0 || stdout != "" {
		t.Fatalf("status %d, %s%s", status, stdout, stderr)
	}
	golden(t, "dot", readFile(t, file))
	if status, _, _ := modgraph("", "-dot", "nothing", "-o", file, "testdata/shop.graph"); status != 1 {
		t.Errorf("status %d", status)
	}
	golden(t, "dot", readFile(t, file))
}

// Without a file it asks the go command about the module it stands in.
func TestHere(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command")
	}
	t.Setenv("GOWORK", "off")
	t.Setenv("GOTOOLCHAIN", "local")
	t.Setenv("GOFLAGS", "")
	t.Chdir(t.TempDir())
	writeModule(t, "module example.com/alone\n\ngo 1.25\n")
	status, stdout, stderr := modgraph("")
	if status != 0 || !strings.Contains(stdout, "example.com/alone") || !strings.Contains(stdout, "1.25") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	writeModule(t, "nonsense\n")
	if status, _, _ := modgraph(""); status != 1 {
		t.Errorf("a broken go.mod: status %d", status)
	}
}

func writeModule(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile("go.mod", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
