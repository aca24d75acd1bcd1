package junction_test

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-250bd433/junction"
)

// The benchmarks of this file compare a relation with two nested maps round by round: in each
// round every contender does the same work once, in turn, and the median of the rounds' ratios is
// reported. That holds on a machine that does other things meanwhile, where times by themselves
// do not.
//
//	go test -run '^$' -bench 'Graphs|KeyTypes' -benchtime 9x .
//
// The metrics are ratios; below 1 means less time than the contender behind the slash.

// contender is one way to do the work of a round. It returns the time of the work alone.
type contender struct {
	name string
	run  func() time.Duration
}

// inRounds runs all contenders in each round, and reports ratios such as "add/maps".
func inRounds(b *testing.B, contenders []contender, ratios ...string) {
	times := map[string][]float64{}
	for b.Loop() {
		for _, c := range contenders {
			runtime.GC()
			times[c.name] = append(times[c.name], float64(c.run()))
		}
	}
	for _, ratio := range ratios {
		over, under, _ := strings.Cut(ratio, "/")
		rounds := make([]float64, len(times[over]))
		for i := range rounds {
			rounds[i] = times[over][i] / times[under][i]
		}
		slices.Sort(rounds)
		b.ReportMetric(rounds[len(rounds)/2], ratio)
	}
	b.ReportMetric(0, "ns/op") // the sum of all contenders says nothing
}

// timed returns how long f takes.
func timed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

// addOneByOne and its siblings are the contenders for filling a relation.
func addOneByOne[K junction.Key](edges []junction.Edge[K, K, int64]) *junction.ManyToMany[K, K, int64] {
	m := junction.New[K, K, int64]()
	for i := range edges {
		e := &edges[i]
		m.Add(e.Left, e.Right, e.Through)
	}
	return m
}

func addAtOnce[K junction.Key](edges []junction.Edge[K, K, int64]) *junction.ManyToMany[K, K, int64] {
	m := junction.New[K, K, int64]()
	m.AddAll(slices.Values(edges))
	return m
}

func addToMaps[K junction.Key](edges []junction.Edge[K, K, int64]) *twin[K, K, int64] {
	t := newTwin[K, K, int64]()
	for i := range edges {
		e := &edges[i]
		t.add(e.Left, e.Right, e.Through)
	}
	return t
}

// filling are the contenders that fill a relation with edges, under names with a suffix. Few edges
// are added to several relations in a row.
func filling[K junction.Key](edges []junction.Edge[K, K, int64], suffix string) []contender {
	fill := func(name string, f func()) contender {
		return contender{name + suffix, func() time.Duration {
			return timed(func() {
				for range 1 + 100_000/len(edges) {
					f()
				}
			})
		}}
	}
	return []contender{
		fill("maps", func() { addToMaps(edges) }),
		fill("add", func() { addOneByOne(edges) }),
		fill("addall", func() { addAtOnce(edges) }),
	}
}

// textGraph is a graph with string keys. Each edge has strings of its own, as a parser makes them.
type textGraph []junction.Edge[string, string, int64]

func (g *textGraph) add(left, right string) {
	*g = append(*g, junction.Edge[string, string, int64]{
		Left: strings.Clone(left), Right: strings.Clone(right), Through: int64(len(*g)),
	})
}

// shuffled returns the edges in random order.
func (g textGraph) shuffled() textGraph {
	g = slices.Clone(g)
	r := rand.New(rand.NewPCG(5, 6))
	r.Shuffle(len(g), reflect.Swapper(g))
	return g
}

// sortedTwice returns the edges in order, a tenth of them twice.
func (g textGraph) sortedTwice() textGraph {
	g = append(slices.Clone(g), g[:len(g)/10]...)
	slices.SortStableFunc(g, func(x, y junction.Edge[string, string, int64]) int {
		return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
	})
	return g
}

// lexicon is a graph like a dictionary's: words of natural lengths and numbered meanings. Most have
// one edge, and a few are hubs.
func lexicon(edges, words, meanings int) (g textGraph) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		letters := make([]byte, 3+r.IntN(6)+r.IntN(6)+r.IntN(6))
		for i := range letters {
			letters[i] = "eeetttaaoinshrdlucm "[r.IntN(20)]
		}
		return string(letters)
	}
	distinct := map[string]bool{}
	for len(distinct) < words {
		distinct[word()] = true
	}
	lefts := slices.Sorted(func(yield func(string) bool) {
		for w := range distinct {
			if !yield(w) {
				return
			}
		}
	})
	r.Shuffle(len(lefts), reflect.Swapper(lefts))
	hubsLeft := rand.NewZipf(r, 1.3, 10, uint64(words-1))
	hubsRight := rand.NewZipf(r, 1.3, 10, uint64(meanings-1))
	meaning := func(i int) string { return fmt.Sprintf("%08d-n", i*97) }
	for i := range edges {
		left, right := i, i
		if i >= words {
			left = int(hubsLeft.Uint64())
		}
		if i >= meanings {
			right = int(hubsRight.Uint64())
		}
		g.add(lefts[left], meaning((right*7919)%meanings))
	}
	return g
}

// hubs is a graph like a catalogue's: many nodes with one or two edges to few others, of which the
// largest has a third of all edges.
func hubs(edges, left, right int) (g textGraph) {
	r := rand.New(rand.NewPCG(3, 4))
	z := rand.NewZipf(r, 1.5, 2, uint64(right-1))
	for i := range edges {
		owner := (i % left) * 7919 % left
		g.add(fmt.Sprintf("github.com/owner%d/project-%d", owner%(left/3), owner), fmt.Sprintf("label/%d", z.Uint64()))
	}
	return g
}

// realGraphs returns graphs that a machine may have: the module graph of this module, the
// dependencies of Debian packages, and files named in JUNCTION_BENCH_GRAPHS, separated as in PATH.
// A file has lines `left right`, or `left:right;value,right;value`, and may be compressed by gzip.
func realGraphs() map[string]textGraph {
	graphs := map[string]textGraph{}
	if out, err := exec.Command("go", "mod", "graph").Output(); err == nil {
		graphs["modules"] = parseGraph(strings.NewReader(string(out)))
	}
	if f, err := os.Open("/var/lib/dpkg/status"); err == nil {
		graphs["packages"] = parsePackages(f)
		f.Close()
	}
	for _, path := range filepath.SplitList(os.Getenv("JUNCTION_BENCH_GRAPHS")) {
		if g := readGraph(path); len(g) > 0 {
			graphs[filepath.Base(path)] = g
		}
	}
	return graphs
}

func readGraph(path string) textGraph {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return parseGraph(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil
	}
	return parseGraph(z)
}

func parseGraph(r io.Reader) (g textGraph) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if left, rights, ok := strings.Cut(lines.Text(), ":"); ok && strings.Contains(rights, ";") {
			for right := range strings.SplitSeq(rights, ",") {
				right, _, _ = strings.Cut(right, ";")
				g.add(left, right)
			}
		} else if ends := strings.Fields(lines.Text()); len(ends) == 2 {
			g.add(ends[0], ends[1])
		}
	}
	return g
}

// parsePackages reads the control file of dpkg: each package and those that it depends on.
func parsePackages(r io.Reader) (g textGraph) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	name := ""
	for lines.Scan() {
		key, value, _ := strings.Cut(lines.Text(), ": ")
		switch key {
		case "Package":
			name = value
		case "Depends", "Pre-Depends", "Recommends", "Suggests":
			for other := range strings.FieldsFuncSeq(value, func(c rune) bool { return c == ',' || c == '|' }) {
				if fields := strings.Fields(other); len(fields) > 0 {
					g.add(name, fields[0])
				}
			}
		}
	}
	return g
}

// BenchmarkGraphs fills relations with string graphs as they occur: many nodes with one edge, and
// few with many.
func BenchmarkGraphs(b *testing.B) {
	graphs := map[string]func() textGraph{
		"lexicon": func() textGraph { return lexicon(207_000, 149_000, 118_000) },
		"hubs":    func() textGraph { return hubs(120_000, 73_000, 40) },
	}
	for name, g := range realGraphs() {
		if len(g) >= 1000 {
			graphs[name] = func() textGraph { return g }
		}
	}
	for _, name := range slices.Sorted(maps.Keys(graphs)) {
		b.Run(name, func(b *testing.B) {
			g := graphs[name]()
			contenders := slices.Concat(filling(g.shuffled(), ""), filling(g.sortedTwice(), "-sorted"))
			inRounds(b, contenders, "add/maps", "addall/add", "addall/maps", "addall-sorted/maps-sorted")
			b.ReportMetric(float64(len(g)), "edges")
		})
	}
}

// BenchmarkKeyTypes compares single reads and writes for keys of several types.
func BenchmarkKeyTypes(b *testing.B) {
	for _, n := range []int{20_000, 300_000} {
		benchKeyType(b, "int64", n, func(i uint64) int64 { return int64(i) })
		benchKeyType(b, "bytes16", n, uuidBytes)
		benchKeyType(b, "string36", n, uuid)
	}
}

// uuidBytes returns a random UUID that depends on i.
func uuidBytes(i uint64) (id [16]byte) {
	r := rand.New(rand.NewPCG(i, 7))
	for j := range id {
		id[j] = byte(r.Uint32())
	}
	return id
}

func benchKeyType[K junction.Key](b *testing.B, name string, n int, key func(uint64) K) {
	b.Run(fmt.Sprintf("keys=%s/edges=%d", name, n), func(b *testing.B) {
		w := newWorkload(n, false, key)
		m, t := w.junction(), w.twin()
		contenders := append(filling(w.edges, ""),
			contender{"has-maps", func() time.Duration {
				return timed(func() {
					for i := range w.probes {
						t.has(w.probes[i].Left, w.probes[i].Right)
					}
				})
			}},
			contender{"has", func() time.Duration {
				return timed(func() {
					for i := range w.probes {
						m.Has(w.probes[i].Left, w.probes[i].Right)
					}
				})
			}})
		inRounds(b, contenders, "has/has-maps", "add/maps", "addall/maps", "addall/add")
	})
}
