package bench

import (
	"cmp"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
)

type (
	relation = junction.ManyToMany[int64, int64, int64]
	edge     = junction.Edge[int64, int64, int64]
)

// draw returns n distinct edges in random order. Both keys are uniform among n/10 nodes, so that
// the mean degree is 10.
func draw(n int) []edge {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	nodes := int64(n / 10)
	seen := make(map[[2]int64]bool, n)
	edges := make([]edge, 0, n)
	for len(edges) < n {
		pair := [2]int64{r.Int64N(nodes), r.Int64N(nodes)}
		if !seen[pair] {
			seen[pair] = true
			edges = append(edges, edge{Left: pair[0], Right: pair[1], Through: r.Int64N(100)})
		}
	}
	return edges
}

// smallSize is how many edges there are with -short, and largeSize without.
const (
	smallSize = 20_000
	largeSize = 1_000_000
)

var (
	small = sync.OnceValue(func() []edge { return draw(smallSize) })
	large = sync.OnceValue(func() []edge { return draw(largeSize) })

	sorted = sync.OnceValue(func() []edge { return slices.SortedFunc(slices.Values(random()), byLeft) })
)

// random returns the edges that most benchmarks run on.
func random() []edge {
	if testing.Short() {
		return small()
	}
	return large()
}

func byLeft(x, y edge) int {
	return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
}

func byRight(x, y edge) int {
	return cmp.Or(cmp.Compare(x.Right, y.Right), cmp.Compare(x.Left, y.Left))
}

// numbered returns edge i of a sequence that goes back and forth among 131,072 nodes on either
// side. No pair comes twice: an odd number makes a permutation of the pairs.
func numbered(i int) edge {
	const bits = 17
	pair := uint64(i) * 0x9E3779B97F4A7C15 & (1<<(2*bits) - 1)
	return edge{Left: int64(pair >> bits), Right: int64(pair & (1<<bits - 1)), Through: int64(i % 100)}
}

// maps are the edges as one would keep them otherwise.
type maps struct {
	left, right map[int64]map[int64]int64
}

func newMaps() maps {
	return maps{map[int64]map[int64]int64{}, map[int64]map[int64]int64{}}
}

func mapsOf(edges []edge) maps {
	m := newMaps()
	for _, e := range edges {
		m.put(e.Left, e.Right, e.Through)
	}
	return m
}

func (m maps) put(a, b, through int64) {
	putInner(m.left, a, b, through)
	putInner(m.right, b, a, through)
}

func putInner(outer map[int64]map[int64]int64, k, n, through int64) {
	inner := outer[k]
	if inner == nil {
		inner = map[int64]int64{}
		outer[k] = inner
	}
	inner[n] = through
}

// perEdge reports the time of one iteration divided by its edges.
func perEdge(b *testing.B, iterations, edges int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(iterations)/float64(edges), "ns/edge")
}

// perEdgeOnDisk reports the size of a directory.
func perEdgeOnDisk(b *testing.B, dir string, edges int) {
	b.ReportMetric(float64(diskBytes(b, dir))/float64(edges), "disk-bytes/edge")
}

func diskBytes(tb testing.TB, dir string) (size int64) {
	require.NoError(tb, filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	}))
	return size
}
