package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"slices"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
)

// modules is a module graph: two relations that commit together.
type modules struct {
	graph *junction.Graph
	// requires relates a module to each that it requires, with the versions that are required.
	requires *junction.ManyToMany[string, string, versionList]
	// versions relates a module to each version at which it occurs, with the number of lines that
	// require just that.
	versions *junction.ManyToMany[string, string, int]
}

// newModules declares the relations. With a store, they are to be opened.
func newModules(store persist.Store) *modules {
	g := junction.NewGraph(&junction.Options{Store: store})
	return &modules{
		graph:    g,
		requires: junction.Relate[string, string, versionList](g, "requires", junction.Equal(slices.Equal[versionList])),
		versions: junction.RelateFunc[string, string, int](g, "versions", cmp.Compare[string], compareVersions),
	}
}

// read adds all lines of r, in one transaction: a line that cannot be read leaves nothing behind.
func (m *modules) read(r io.Reader) error {
	return m.graph.Update(context.Background(), func(tx *junction.Tx) error {
		for req, err := range requirements(r) {
			if err != nil {
				return err
			}
			if err := m.in(tx).add(req); err != nil {
				return err
			}
		}
		if m.requires.In(tx).Len() == 0 {
			return errors.New("empty: there is no requirement in it")
		}
		return nil
	})
}

// in returns the modules as a transaction sees and changes them.
func (m *modules) in(tx *junction.Tx) *modules {
	return &modules{m.graph, m.requires.In(tx), m.versions.In(tx)}
}

// add notes one line: Modify sees what earlier lines left on the edge, and Link leaves that alone.
func (m *modules) add(req requirement) error {
	_, err := m.requires.Left(req.by.path).Modify(req.of.path, func(old versionList, _ bool) (versionList, bool) {
		return old.with(req.of.version), true
	})
	if err != nil {
		return err
	}
	if _, err := m.versions.Left(req.by.path).Link(req.by.version); err != nil {
		return err
	}
	_, err = m.versions.Left(req.of.path).Modify(req.of.version, func(lines int, _ bool) (int, bool) {
		return lines + 1, true
	})
	return err
}

// highest returns the highest version at which a module occurs, "" for a main module.
func (m *modules) highest(path string) string {
	for version := range m.versions.Left(path).Backward() {
		return version
	}
	return ""
}

// has reports whether a module occurs.
func (m *modules) has(path string) bool { return m.versions.Left(path).Count() > 0 }

// isPseudo reports whether a path is one that the go command uses for itself.
func isPseudo(path string) bool { return path == "go" || path == "toolchain" }
