package main

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// mustKnow returns an error for the first path that does not occur, with those that may be meant.
func (m *modules) mustKnow(paths ...string) error {
	for _, p := range paths {
		if m.has(p) {
			continue
		}
		if near := m.near(p); len(near) > 0 {
			return fmt.Errorf("no module %q; perhaps you mean\n\t%s", p, strings.Join(near, "\n\t"))
		}
		return fmt.Errorf("no module %q, nor any like it", p)
	}
	return nil
}

const maxSuggestions = 5

// near returns the modules whose paths are most like want, which may have a version that nobody
// asked for.
func (m *modules) near(want string) (paths []string) {
	type candidate struct {
		path     string
		distance int
	}
	want, _, _ = strings.Cut(want, "@")
	var candidates []candidate
	for p := range m.versions.Lefts() {
		if d, ok := distance(want, p); ok {
			candidates = append(candidates, candidate{p, d})
		}
	}
	slices.SortStableFunc(candidates, func(x, y candidate) int { return cmp.Compare(x.distance, y.distance) })
	for _, c := range candidates[:min(maxSuggestions, len(candidates))] {
		paths = append(paths, c.path)
	}
	return paths
}

// distance tells how far a path is from the one that is wanted, and whether that is near: a few
// letters are wrong, or one contains the other, or they end alike.
func distance(want, have string) (d int, near bool) {
	want, have = strings.ToLower(want), strings.ToLower(have)
	few := max(2, len(want)/8)
	if min(len(want), len(have)) > 0 && max(len(want)-len(have), len(have)-len(want)) <= few {
		if d := edits(want, have); d <= few {
			return d, true
		}
	}
	switch {
	case strings.Contains(have, want), strings.Contains(want, have) && 2*len(have) > len(want):
		return few + 1, true
	case path.Base(want) == path.Base(have):
		return few + 2, true
	}
	return 0, false
}

// edits returns the number of letters to insert, delete or replace to make y of x (Levenshtein).
func edits(x, y string) int {
	row := make([]int, len(y)+1) // of the letters of x so far, to every beginning of y
	for j := range row {
		row[j] = j
	}
	for i := range len(x) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(y) {
			replaced := diagonal
			if x[i] != y[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
