package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// versionList is a list of versions, lowest first and each once. It is the through value of edges
// and shared with readers, so that it is never changed, but replaced by a longer one.
type versionList []string

// with returns the list with v in its place.
func (l versionList) with(v string) versionList {
	i, found := slices.BinarySearchFunc(l, v, compareVersions)
	if found {
		return l
	}
	return slices.Insert(slices.Clip(l), i, v)
}

// String returns up to three versions as they are, and of more the lowest, the highest and the
// number.
func (l versionList) String() string {
	if len(l) <= 3 {
		return strings.Join(l, ", ")
	}
	return fmt.Sprintf("%s … %s (%d versions)", l[0], l[len(l)-1], len(l))
}

// compareVersions orders versions by precedence: number by number, and a pre-release before its
// release. It knows those of modules (v1.2.3-rc.1+incompatible), of Go (1.26rc1) and of
// toolchains (go1.26.0). Where neither takes precedence, the text decides: only equal versions
// are the same key. A relation calls it for every lookup, so that it allocates nothing.
func compareVersions(x, y string) int {
	if x == y {
		return 0
	}
	releaseX, preX := splitVersion(x)
	releaseY, preY := splitVersion(y)
	if c := compareFields(releaseX, releaseY, compareNumbers); c != 0 {
		return c
	}
	if c := comparePreReleases(preX, preY); c != 0 {
		return c
	}
	return strings.Compare(x, y)
}

// splitVersion returns the numbers of a version and the identifiers of its pre-release, with dots
// between.
func splitVersion(v string) (release, pre string) {
	v = strings.TrimPrefix(strings.TrimPrefix(v, "v"), "go")
	v, _, _ = strings.Cut(v, "+")
	for i, r := range v {
		if r != '.' && !isDigit(r) {
			return v[:i], strings.TrimPrefix(v[i:], "-")
		}
	}
	return v, ""
}

// comparePreReleases puts a release, which has no identifiers, last.
func comparePreReleases(x, y string) int {
	if x == "" || y == "" {
		return cmp.Compare(len(y), len(x))
	}
	return compareFields(x, y, compareIdentifiers)
}

// compareFields compares what is between dots, field by field.
func compareFields(x, y string, compare func(x, y string) int) int {
	for x != "" && y != "" {
		var fieldX, fieldY string
		fieldX, x, _ = strings.Cut(x, ".")
		fieldY, y, _ = strings.Cut(y, ".")
		if c := compare(fieldX, fieldY); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}

// compareIdentifiers puts numbers before words.
func compareIdentifiers(x, y string) int {
	switch isNumberX, isNumberY := isNumber(x), isNumber(y); {
	case isNumberX && isNumberY:
		return compareNumbers(x, y)
	case isNumberX:
		return -1
	case isNumberY:
		return 1
	}
	return strings.Compare(x, y)
}

// compareNumbers compares numbers of any length.
func compareNumbers(x, y string) int {
	x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y))
}

func isNumber(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) })
}

func isDigit(r rune) bool { return '0' <= r && r <= '9' }
