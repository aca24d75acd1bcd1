package main

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/seed-250bd433/junction"
)

// printSummary prints the counts, and the modules that most others require.
func (m *modules) printSummary(w io.Writer, top int) error {
	t := newTable(w)
	t.row("main module", m.mains())
	t.row("modules", m.countModules())
	t.row("versions of them", m.countVersions())
	t.row("requirements", m.countRequirements())
	t.row("between versions", m.countLines())
	if v := m.highest("go"); v != "" {
		t.row("needs Go", v)
	}
	t.row()
	t.row("REQUIRED BY", "MODULE", "HIGHEST VERSION")
	for _, r := range m.mostRequired(top) {
		t.row(r.by, r.path, m.highest(r.path))
	}
	return t.flush()
}

// mains returns the modules that occur without a version: one, or those of a workspace.
func (m *modules) mains() string {
	mains := slices.Collect(m.versions.Right("").Keys())
	if more := len(mains) - 3; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(mains[:3], ", "), more)
	}
	return strings.Join(mains, ", ")
}

func (m *modules) countModules() int {
	n := m.versions.NumLefts()
	for _, pseudo := range []string{"go", "toolchain"} {
		if m.has(pseudo) {
			n--
		}
	}
	return n
}

// countVersions leaves the main modules out.
func (m *modules) countVersions() int {
	pseudo := m.versions.Left("go").Count() + m.versions.Left("toolchain").Count()
	return m.versions.Len() - m.versions.Right("").Count() - pseudo
}

// countRequirements counts the pairs of modules of which one requires the other.
func (m *modules) countRequirements() int {
	return m.requires.Len() - m.requires.Right("go").Count() - m.requires.Right("toolchain").Count()
}

// countLines counts what countRequirements counts once for a pair of modules: once for each pair
// of their versions.
func (m *modules) countLines() (lines int) {
	for e := range m.versions.Edges() {
		if !isPseudo(e.Left) {
			lines += e.Through
		}
	}
	return lines
}

type ranked struct {
	path string
	by   int
}

// mostRequired ranks by the number of modules that require one, in whatever version. A degree
// costs nothing to know.
func (m *modules) mostRequired(top int) []ranked {
	var all []ranked
	for path, by := range m.requires.Rights() {
		if !isPseudo(path) {
			all = append(all, ranked{path, by})
		}
	}
	slices.SortStableFunc(all, func(x, y ranked) int { return cmp.Compare(y.by, x.by) })
	return all[:min(top, len(all))]
}

func (m *modules) printWho(w io.Writer, x string) error {
	fmt.Fprintf(w, "%s is required by %s\n", x, plural(m.requires.Right(x).Count(), "module"))
	return printNeighbours(w, m.requires.Right(x).All())
}

func (m *modules) printRequires(w io.Writer, x string) error {
	fmt.Fprintf(w, "%s requires %s\n", x, plural(m.requires.Left(x).Count(), "module"))
	return printNeighbours(w, m.requires.Left(x).All())
}

func printNeighbours(w io.Writer, neighbours iter.Seq2[string, versionList]) error {
	t := newTable(w)
	for path, versions := range neighbours {
		t.row(" ", path, versions)
	}
	return t.flush()
}

// printCommon prints the neighbours that two modules share, at either end.
func (m *modules) printCommon(w io.Writer, x, y string) error {
	t := newTable(w)
	t.common("both require", m.requires.Left(x), m.requires.Left(y))
	t.row()
	t.common("both are required by", m.requires.Right(x), m.requires.Right(y))
	return t.flush()
}

// node is a module with those that it requires, or with those that require it.
type node = junction.Node[string, string, versionList]

// common adds what is a neighbour of both x and y.
func (t *table) common(what string, x, y node) {
	both := junction.And(x, y)
	t.row(fmt.Sprintf("%s (%d)", what, both.Count()), x.Key(), y.Key())
	for path := range both.Keys() {
		versionsX, _ := x.Get(path)
		versionsY, _ := y.Get(path)
		t.row("  "+path, versionsX, versionsY)
	}
}

// table prints rows in aligned columns.
type table struct{ w *tabwriter.Writer }

func newTable(w io.Writer) *table { return &table{tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

// row adds a row. Its last cell is not padded.
func (t *table) row(cells ...any) {
	for i, c := range cells {
		if i > 0 {
			fmt.Fprint(t.w, "\t")
		}
		fmt.Fprint(t.w, c)
	}
	fmt.Fprintln(t.w)
}

func (t *table) flush() error { return t.w.Flush() }

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
