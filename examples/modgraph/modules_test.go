package main

import (
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	m := newModules(nil)
	err := m.read(strings.NewReader(readFile(t, "testdata/shop.graph")))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.graph.Check(); err != nil {
		t.Error(err)
	}
	if got := m.graph.Revision(); got != 1 {
		t.Errorf("revision %d: all lines are one commit", got)
	}
	if versions, _ := m.requires.Get("example.com/log", "example.com/test"); versions.String() != "v1.7.0-rc.1, v1.8.0" {
		t.Errorf("the versions of one edge: %v", versions)
	}
	if lines, _ := m.versions.Get("example.com/test", "v1.8.1"); lines != 2 {
		t.Errorf("%d lines require one version, want 2", lines)
	}
}

func TestReadNothingOfAFaultyGraph(t *testing.T) {
	m := newModules(nil)
	err := m.read(strings.NewReader("a b@v1\nb@v1 c@v1\nb@v1\n"))
	if err == nil || m.requires.Len() != 0 || m.versions.Len() != 0 || m.graph.Revision() != 0 {
		t.Errorf("%v: %d requirements, revision %d", err, m.requires.Len(), m.graph.Revision())
	}
}

// A workspace has several main modules.
func TestSeveralMainModules(t *testing.T) {
	m := newModules(nil)
	err := m.read(strings.NewReader("b c@v1\na b@v0.1.0\na c@v1\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := m.mains(); got != "a, b" {
		t.Errorf("main modules %s", got)
	}
	if got := m.highest("b"); got != "v0.1.0" {
		t.Errorf("highest %q", got)
	}
}
