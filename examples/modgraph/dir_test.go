package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDir stores the graph in the first run and loads it in later ones.
func TestDir(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "graph")
	stored, first, stderr := modgraph("", "-dir", dir, "testdata/shop.graph")
	if stored != 0 {
		t.Fatal(stderr)
	}
	for range 2 { // with an input that must not be read
		if status, again, stderr := modgraph("no graph", "-dir", dir); status != 0 || again != first {
			t.Errorf("status %d, %s\n%s\nand not\n%s", status, stderr, again, first)
		}
	}
	if status, got, stderr := modgraph("", "-dir", dir, "-who", "example.com/test"); status != 0 {
		t.Error(stderr)
	} else {
		golden(t, "who", got)
	}
	requireFailure(t, 1, "keeps a graph already", "-dir", dir, "testdata/shop.graph")
}

// TestDirFailures leaves nothing behind that a later run would take for a graph.
func TestDirFailures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "graph")
	requireFailure(t, 1, "there is no requirement", "-dir", dir, "-")
	requireFailure(t, 1, "nosuch", "-dir", dir, "nosuch")
	if status, _, stderr := modgraph("", "-dir", dir, "testdata/shop.graph"); status != 0 {
		t.Error(stderr)
	}
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, "letter.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	requireFailure(t, 1, "letter.txt", "-dir", foreign, "testdata/shop.graph")
	requireFailure(t, 1, "", "-dir", filepath.Join(dir, "no", "parent"), "testdata/shop.graph")
	requireFailure(t, 2, "-dir wants a directory", "-dir", "", "testdata/shop.graph")
}

func requireFailure(t *testing.T, status int, message string, args ...string) {
	t.Helper()
	got, out, stderr := modgraph("", args...)
	if got != status || out != "" || !strings.Contains(stderr, message) {
		t.Errorf("%q: status %d, output %q, errors %q", args, got, out, stderr)
	}
}
