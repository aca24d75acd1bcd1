package main

import (
	"slices"

	"github.com/seed-250bd433/junction"
)

// picture is the part of the graph around one module: itself a relation, which keeps each edge
// once and in order.
type picture struct {
	subject string
	edges   *relation
}

type relation = junction.ManyToMany[string, string, versionList]

// draw makes a picture of everything on a way of at most depth steps that begins or ends at a
// module.
func (m *modules) draw(subject string, depth int) (picture, error) {
	p := picture{subject, junction.New[string, string, versionList]()}
	if err := walk(p.edges, m.requires, subject, depth); err != nil {
		return p, err
	}
	return p, walk(p.edges.Inverse(), m.requires.Inverse(), subject, depth)
}

// walk copies the edges on the ways that begin at a left node. Who wants those that end at one
// gives inverses.
func walk(to, from *relation, start string, depth int) error {
	seen := map[string]bool{start: true}
	level := []string{start}
	for range depth {
		var next []string
		for _, k := range level {
			for n, versions := range from.Left(k).All() {
				if isPseudo(n) && !isPseudo(start) {
					continue
				}
				if _, err := to.Add(k, n, versions); err != nil {
					return err
				}
				if !seen[n] {
					seen[n] = true
					next = append(next, n)
				}
			}
		}
		level = next
	}
	return nil
}

// names returns the modules in the picture, each once and in order.
func (p picture) names() []string {
	names := []string{p.subject}
	for path := range p.edges.Lefts() {
		names = append(names, path)
	}
	for path := range p.edges.Rights() {
		names = append(names, path)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
