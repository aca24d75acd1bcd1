package junction_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/seed-250bd433/junction"
)

// The benchmarks do the same work on a relation (impl=junction) and on what one would write
// otherwise, two nested maps behind an RWMutex (impl=maps). Only the ratio of the two in one run
// says something:
//
//	go test -run '^$' -bench 'Has|Add$' -count 6 . | go tool -modfile=tools/go.mod benchstat -col /impl -
//
// With -short there are no relations of 1,000,000 edges.

// twin is the peer.
type twin[A, B comparable, T any] struct {
	mu    sync.RWMutex
	left  map[A]map[B]T
	right map[B]map[A]T
}

func newTwin[A, B comparable, T any]() *twin[A, B, T] {
	return &twin[A, B, T]{left: map[A]map[B]T{}, right: map[B]map[A]T{}}
}

func (t *twin[A, B, T]) has(a A, b B) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	_, ok := t.left[a][b]
	return ok
}

func (t *twin[A, B, T]) get(a A, b B) (T, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	through, ok := t.left[a][b]
	return through, ok
}

func (t *twin[A, B, T]) add(a A, b B, through T) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.put(a, b, through)
}

func (t *twin[A, B, T]) put(a A, b B, through T) {
	putInner(t.left, a, b, through)
	putInner(t.right, b, a, through)
}

func putInner[K, N comparable, T any](outer map[K]map[N]T, k K, n N, through T) {
	inner := outer[k]
	if inner == nil {
		inner = map[N]T{}
		outer[k] = inner
	}
	inner[n] = through
}

func (t *twin[A, B, T]) remove(a A, b B) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cut(a, b)
}

func (t *twin[A, B, T]) cut(a A, b B) {
	cutInner(t.left, a, b)
	cutInner(t.right, b, a)
}

func cutInner[K, N comparable, T any](outer map[K]map[N]T, k K, n N) {
	if inner := outer[k]; inner != nil {
		delete(inner, n)
		if len(inner) == 0 {
			delete(outer, k)
		}
	}
}

func (t *twin[A, B, T]) set(a A, want iter.Seq2[B, T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	given := maps.Collect(want)
	for b := range t.left[a] {
		if _, ok := given[b]; !ok {
			t.cut(a, b)
		}
	}
	for b, through := range given {
		t.put(a, b, through)
	}
}

// copied is the only snapshot that maps have.
func (t *twin[A, B, T]) copied() *twin[A, B, T] {
	t.mu.RLock()
	defer t.mu.RUnlock()
	c := newTwin[A, B, T]()
	for a, inner := range t.left {
		c.left[a] = maps.Clone(inner)
	}
	for b, inner := range t.right {
		c.right[b] = maps.Clone(inner)
	}
	return c
}

// workload is a set of distinct edges in random order, and others that are not among them.
type workload[K junction.Key] struct {
	edges  []junction.Edge[K, K, int64]
	extra  []junction.Edge[K, K, int64]
	probes []junction.Edge[K, K, int64] // half of them in edges
	nodes  []K                          // left keys, at random
	ends   []K                          // right keys, at random by edge: large nodes come often
}

// meanDegree is 20 in the small relation, as where the design measured its prototype, and 10 in
// the large one.
func meanDegree(n int) int {
	if n <= 20_000 {
		return 20
	}
	return 10
}

// newWorkload draws edges with uniform left keys, and with right keys that are uniform or follow
// a power law.
func newWorkload[K junction.Key](n int, powerLaw bool, key func(uint64) K) *workload[K] {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	nodes := uint64(n / meanDegree(n))
	zipf := rand.NewZipf(r, 1.2, 8, nodes-1)
	seen := make(map[[2]uint64]bool, n+n/10)
	keys := make([]K, nodes)
	for i := range keys {
		keys[i] = key(uint64(i))
	}
	r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	draw := func() junction.Edge[K, K, int64] {
		for {
			pair := [2]uint64{r.Uint64N(nodes), r.Uint64N(nodes)}
			if powerLaw {
				pair[1] = zipf.Uint64()
			}
			if !seen[pair] {
				seen[pair] = true
				return junction.Edge[K, K, int64]{Left: keys[pair[0]], Right: keys[pair[1]], Through: r.Int64()}
			}
		}
	}
	w := &workload[K]{}
	for range n {
		w.edges = append(w.edges, draw())
	}
	for range n / 10 {
		w.extra = append(w.extra, draw())
	}
	for range min(n, 200_000) {
		e, absent := w.edges[r.IntN(n)], w.edges[r.IntN(n)]
		if r.IntN(2) == 0 {
			e.Right = absent.Right
		}
		w.probes = append(w.probes, e)
		w.nodes = append(w.nodes, absent.Left)
		w.ends = append(w.ends, absent.Right)
	}
	return w
}

func (w *workload[K]) junction() *junction.ManyToMany[K, K, int64] {
	m := junction.New[K, K, int64]()
	for _, e := range w.edges {
		m.Add(e.Left, e.Right, e.Through)
	}
	return m
}

func (w *workload[K]) twin() *twin[K, K, int64] {
	t := newTwin[K, K, int64]()
	for _, e := range w.edges {
		t.put(e.Left, e.Right, e.Through)
	}
	return t
}

// cached keeps what is costly to make, for the benchmarks that leave it as it was.
var cached = map[string]any{}

func once[V any](name string, make func() V) V {
	v, ok := cached[name].(V)
	if !ok {
		v = make()
		cached[name] = v
	}
	return v
}

// scene is what one benchmark runs on.
type scene[K cmp.Ordered] struct {
	*testing.B
	name string
	*workload[K]
}

func (s scene[K]) shared() *junction.ManyToMany[K, K, int64] {
	return once(s.name+"/junction", s.workload.junction)
}

func (s scene[K]) sharedTwin() *twin[K, K, int64] {
	return once(s.name+"/twin", s.workload.twin)
}

// perEdge reports the time of one iteration divided by its edges.
func (s scene[K]) perEdge(edges int) {
	s.ReportMetric(float64(s.Elapsed().Nanoseconds())/float64(edges), "ns/edge")
}

// contest runs two pieces of code that do the same work on all workloads.
func contest(b *testing.B, ours, theirs func(scene[int64]), oursText, theirsText func(scene[string])) {
	sizes := []int{20_000, 1_000_000}
	if testing.Short() {
		sizes = sizes[:1]
	}
	for _, n := range sizes {
		for _, powerLaw := range []bool{false, true} {
			runContest(b, "int64", n, powerLaw, func(i uint64) int64 { return int64(i) }, ours, theirs)
			runContest(b, "string36", n, powerLaw, uuid, oursText, theirsText)
		}
		clear(cached)
	}
}

func runContest[K cmp.Ordered](b *testing.B, keys string, n int, powerLaw bool, key func(uint64) K, ours, theirs func(scene[K])) {
	degrees := "uniform"
	if powerLaw {
		degrees = "power"
	}
	name := fmt.Sprintf("edges=%d/keys=%s/degrees=%s", n, keys, degrees)
	for _, side := range []struct {
		impl string
		run  func(scene[K])
	}{{"junction", ours}, {"maps", theirs}} {
		b.Run(name+"/impl="+side.impl, func(b *testing.B) {
			w := once(name, func() *workload[K] { return newWorkload(n, powerLaw, key) })
			b.ReportAllocs()
			side.run(scene[K]{b, name, w})
		})
	}
}

// uuid returns 36 characters, as a UUID has them.
func uuid(i uint64) string {
	x := i * 0x9E3779B97F4A7C15
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(x>>32), uint16(x>>16), x>>4&0xfff, x&0xfff, x^i)
}

func BenchmarkHas(b *testing.B) {
	contest(b, hasJunction[int64], hasMaps[int64], hasJunction[string], hasMaps[string])
}

func hasJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	i := 0
	for s.Loop() {
		e := &s.probes[i]
		m.Has(e.Left, e.Right)
		if i++; i == len(s.probes) {
			i = 0
		}
	}
}

func hasMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	i := 0
	for s.Loop() {
		e := &s.probes[i]
		t.has(e.Left, e.Right)
		if i++; i == len(s.probes) {
			i = 0
		}
	}
}

func BenchmarkGet(b *testing.B) {
	contest(b, getJunction[int64], getMaps[int64], getJunction[string], getMaps[string])
}

func getJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	i := 0
	for s.Loop() {
		e := &s.probes[i]
		m.Get(e.Left, e.Right)
		if i++; i == len(s.probes) {
			i = 0
		}
	}
}

func getMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	i := 0
	for s.Loop() {
		e := &s.probes[i]
		t.get(e.Left, e.Right)
		if i++; i == len(s.probes) {
			i = 0
		}
	}
}

// BenchmarkAdd adds all edges in random order, one by one, to an empty relation, and reports the
// memory that they then take.
func BenchmarkAdd(b *testing.B) {
	contest(b, addJunction[int64], addMaps[int64], addJunction[string], addMaps[string])
}

func addJunction[K cmp.Ordered](s scene[K]) {
	before := heapInUse()
	var m *junction.ManyToMany[K, K, int64]
	edges := 0
	for s.Loop() {
		m = junction.New[K, K, int64]()
		for i := range s.edges {
			e := &s.edges[i]
			m.Add(e.Left, e.Right, e.Through)
		}
		edges += len(s.edges)
	}
	s.perEdge(edges)
	s.ReportMetric(float64(heapInUse()-before)/float64(m.Len()), "bytes/edge")
}

func addMaps[K cmp.Ordered](s scene[K]) {
	before := heapInUse()
	var t *twin[K, K, int64]
	edges := 0
	for s.Loop() {
		t = newTwin[K, K, int64]()
		for i := range s.edges {
			e := &s.edges[i]
			t.add(e.Left, e.Right, e.Through)
		}
		edges += len(s.edges)
	}
	s.perEdge(edges)
	s.ReportMetric(float64(heapInUse()-before)/float64(len(s.edges)), "bytes/edge")
	runtime.KeepAlive(t)
}

// heapInUse returns the bytes in use after a collection.
func heapInUse() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// BenchmarkRemove removes all edges in random order, one by one.
func BenchmarkRemove(b *testing.B) {
	contest(b, removeJunction[int64], removeMaps[int64], removeJunction[string], removeMaps[string])
}

// stride is prime, and leads through all edges in an order that is not that of their insertion.
const stride = 7919

func removeJunction[K cmp.Ordered](s scene[K]) {
	edges := 0
	for s.Loop() {
		s.StopTimer()
		m := s.workload.junction()
		runtime.GC()
		s.StartTimer()
		for i := range s.edges {
			e := &s.edges[i*stride%len(s.edges)]
			m.Remove(e.Left, e.Right)
		}
		edges += len(s.edges)
	}
	s.perEdge(edges)
}

func removeMaps[K cmp.Ordered](s scene[K]) {
	edges := 0
	for s.Loop() {
		s.StopTimer()
		t := s.twin()
		runtime.GC()
		s.StartTimer()
		for i := range s.edges {
			e := &s.edges[i*stride%len(s.edges)]
			t.remove(e.Left, e.Right)
		}
		edges += len(s.edges)
	}
	s.perEdge(edges)
}

// BenchmarkSet replaces a tenth of a node's neighbours.
func BenchmarkSet(b *testing.B) {
	contest(b, setJunction[int64], setMaps[int64], setJunction[string], setMaps[string])
}

// wishes are the neighbours that Set is to give a node: now those it has, now all but one, and
// one in its place.
func (s scene[K]) wishes(m *junction.ManyToMany[K, K, int64]) (nodes []K, wishes [][2][]junction.Neighbour[K, int64]) {
	for _, a := range s.nodes[:1000] {
		page, _, _ := junction.Page(m.Left(a).All(), 1000)
		other := slices.Clone(page)
		other[len(other)/2].Key = s.ends[len(nodes)]
		nodes, wishes = append(nodes, a), append(wishes, [2][]junction.Neighbour[K, int64]{other, page})
	}
	return nodes, wishes
}

func wished[K cmp.Ordered](list []junction.Neighbour[K, int64]) iter.Seq2[K, int64] {
	return func(yield func(K, int64) bool) {
		for _, n := range list {
			if !yield(n.Key, n.Through) {
				return
			}
		}
	}
}

func setJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	nodes, wishes := s.wishes(m)
	i := 0
	for s.Loop() {
		m.Left(nodes[i%1000]).Set(wished(wishes[i%1000][i/1000%2]))
		i++
	}
	for i := range nodes {
		m.Left(nodes[i]).Set(wished(wishes[i][1]))
	}
}

func setMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	nodes, wishes := s.wishes(s.shared())
	i := 0
	for s.Loop() {
		t.set(nodes[i%1000], wished(wishes[i%1000][i/1000%2]))
		i++
	}
	for i := range nodes {
		t.set(nodes[i], wished(wishes[i][1]))
	}
}

// BenchmarkListLeft reads all neighbours of random left nodes.
func BenchmarkListLeft(b *testing.B) {
	contest(b, listLeftJunction[int64], listLeftMaps[int64], listLeftJunction[string], listLeftMaps[string])
}

func listLeftJunction[K cmp.Ordered](s scene[K]) { listJunction(s, s.shared(), s.nodes) }
func listLeftMaps[K cmp.Ordered](s scene[K]) {
	listMaps(s, s.sharedTwin(), s.sharedTwin().left, s.nodes)
}

// BenchmarkListRight reads all neighbours of right nodes, the large ones more often.
func BenchmarkListRight(b *testing.B) {
	contest(b, listRightJunction[int64], listRightMaps[int64], listRightJunction[string], listRightMaps[string])
}

func listRightJunction[K cmp.Ordered](s scene[K]) { listJunction(s, s.shared().Inverse(), s.ends) }
func listRightMaps[K cmp.Ordered](s scene[K]) {
	listMaps(s, s.sharedTwin(), s.sharedTwin().right, s.ends)
}

func listJunction[K cmp.Ordered](s scene[K], m *junction.ManyToMany[K, K, int64], nodes []K) {
	i, edges, sum := 0, 0, int64(0)
	for s.Loop() {
		for _, through := range m.Left(nodes[i]).All() {
			sum += through
			edges++
		}
		if i++; i == len(nodes) {
			i = 0
		}
	}
	s.perEdge(edges)
}

func listMaps[K cmp.Ordered](s scene[K], t *twin[K, K, int64], side map[K]map[K]int64, nodes []K) {
	i, edges, sum := 0, 0, int64(0)
	for s.Loop() {
		t.mu.RLock()
		for _, through := range side[nodes[i]] {
			sum += through
			edges++
		}
		t.mu.RUnlock()
		if i++; i == len(nodes) {
			i = 0
		}
	}
	s.perEdge(edges)
}

// BenchmarkEdges reads all edges: in order from the relation, in no order from the maps.
func BenchmarkEdges(b *testing.B) {
	contest(b, edgesJunction[int64], edgesMaps[int64], edgesJunction[string], edgesMaps[string])
}

func edgesJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	edges, sum := 0, int64(0)
	for s.Loop() {
		for e := range m.Edges() {
			sum += e.Through
			edges++
		}
	}
	s.perEdge(edges)
}

func edgesMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	edges, sum := 0, int64(0)
	for s.Loop() {
		t.mu.RLock()
		for _, inner := range t.left {
			for _, through := range inner {
				sum += through
				edges++
			}
		}
		t.mu.RUnlock()
	}
	s.perEdge(edges)
}

// BenchmarkMixed is 90% has, 5% lists of a left node, 5% adds of a new edge.
func BenchmarkMixed(b *testing.B) {
	contest(b, mixedJunction[int64], mixedMaps[int64], mixedJunction[string], mixedMaps[string])
}

func mixedJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	i, added, sum := 0, 0, int64(0)
	undo := func() {
		for _, e := range s.extra {
			m.Remove(e.Left, e.Right)
		}
		added = 0
	}
	for s.Loop() {
		switch e := &s.probes[i]; i % 20 {
		case 7:
			for _, through := range m.Left(s.nodes[i]).All() {
				sum += through
			}
		case 13:
			if added == len(s.extra) {
				s.StopTimer()
				undo()
				s.StartTimer()
			}
			x := &s.extra[added]
			m.Add(x.Left, x.Right, x.Through)
			added++
		default:
			m.Has(e.Left, e.Right)
		}
		if i++; i == len(s.probes) {
			i = 0
		}
	}
	undo()
}

func mixedMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	i, added, sum := 0, 0, int64(0)
	undo := func() {
		for _, e := range s.extra {
			t.remove(e.Left, e.Right)
		}
		added = 0
	}
	for s.Loop() {
		switch e := &s.probes[i]; i % 20 {
		case 7:
			t.mu.RLock()
			for _, through := range t.left[s.nodes[i]] {
				sum += through
			}
			t.mu.RUnlock()
		case 13:
			if added == len(s.extra) {
				s.StopTimer()
				undo()
				s.StartTimer()
			}
			x := &s.extra[added]
			t.add(x.Left, x.Right, x.Through)
			added++
		default:
			t.has(e.Left, e.Right)
		}
		if i++; i == len(s.probes) {
			i = 0
		}
	}
	undo()
}

// BenchmarkBulkSorted loads all edges in order at once. The maps take them one by one under one
// lock.
func BenchmarkBulkSorted(b *testing.B) {
	contest(b, bulkSortedJunction[int64], bulkSortedMaps[int64], bulkSortedJunction[string], bulkSortedMaps[string])
}

func inOrder[K cmp.Ordered](s scene[K]) []junction.Edge[K, K, int64] {
	return once(s.name+"/sorted", func() []junction.Edge[K, K, int64] {
		return slices.SortedFunc(slices.Values(s.edges), func(x, y junction.Edge[K, K, int64]) int {
			return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
		})
	})
}

func bulkSortedJunction[K cmp.Ordered](s scene[K]) { bulkJunction(s, inOrder(s)) }
func bulkSortedMaps[K cmp.Ordered](s scene[K])     { bulkMaps(s, inOrder(s)) }

// BenchmarkBulkShuffled loads all edges in random order at once.
func BenchmarkBulkShuffled(b *testing.B) {
	contest(b, bulkShuffledJunction[int64], bulkShuffledMaps[int64], bulkShuffledJunction[string], bulkShuffledMaps[string])
}

func bulkShuffledJunction[K cmp.Ordered](s scene[K]) { bulkJunction(s, s.edges) }
func bulkShuffledMaps[K cmp.Ordered](s scene[K])     { bulkMaps(s, s.edges) }

func bulkJunction[K cmp.Ordered](s scene[K], list []junction.Edge[K, K, int64]) {
	before := heapInUse()
	var m *junction.ManyToMany[K, K, int64]
	edges := 0
	for s.Loop() {
		m = junction.New[K, K, int64]()
		m.AddAll(slices.Values(list))
		edges += len(list)
	}
	s.perEdge(edges)
	s.ReportMetric(float64(heapInUse()-before)/float64(m.Len()), "bytes/edge")
}

func bulkMaps[K cmp.Ordered](s scene[K], list []junction.Edge[K, K, int64]) {
	before := heapInUse()
	var t *twin[K, K, int64]
	edges := 0
	for s.Loop() {
		t = newTwin[K, K, int64]()
		t.mu.Lock()
		for i := range list {
			e := &list[i]
			t.put(e.Left, e.Right, e.Through)
		}
		t.mu.Unlock()
		edges += len(list)
	}
	s.perEdge(edges)
	s.ReportMetric(float64(heapInUse()-before)/float64(len(list)), "bytes/edge")
	runtime.KeepAlive(t)
}

// BenchmarkSnapshot takes a snapshot after each write of an edge, because without one the
// snapshot before would do again. The write is not in ns/snapshot; see BenchmarkFirstWrite. The
// maps copy themselves.
func BenchmarkSnapshot(b *testing.B) {
	contest(b, snapshotJunction[int64], snapshotMaps[int64], snapshotJunction[string], snapshotMaps[string])
}

func snapshotJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	i, spent := 0, time.Duration(0)
	for s.Loop() {
		e := &s.edges[i%len(s.edges)]
		m.Add(e.Left, e.Right, int64(i))
		start := time.Now()
		m.Graph().Snapshot()
		spent += time.Since(start)
		i++
	}
	s.ReportMetric(float64(spent.Nanoseconds())/float64(i), "ns/snapshot")
}

func snapshotMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	rounds := 0
	for s.Loop() {
		t.copied()
		rounds++
	}
	s.ReportMetric(float64(s.Elapsed().Nanoseconds())/float64(rounds), "ns/snapshot")
}

// BenchmarkFirstWrite changes an edge after a snapshot was taken: what the snapshot shares is
// copied. The peer's write is plain, because its snapshot has copied everything before.
func BenchmarkFirstWrite(b *testing.B) {
	contest(b, firstWriteJunction[int64], firstWriteMaps[int64], firstWriteJunction[string], firstWriteMaps[string])
}

func firstWriteJunction[K cmp.Ordered](s scene[K]) {
	m := s.shared()
	var held *junction.Snapshot
	i := 0
	for s.Loop() {
		held = m.Graph().Snapshot()
		e := &s.edges[i%len(s.edges)]
		m.Add(e.Left, e.Right, int64(i))
		i++
	}
	runtime.KeepAlive(held)
}

func firstWriteMaps[K cmp.Ordered](s scene[K]) {
	t := s.sharedTwin()
	i := 0
	for s.Loop() {
		e := &s.edges[i%len(s.edges)]
		t.add(e.Left, e.Right, int64(i))
		i++
	}
}

// BenchmarkUpdate writes one edge by itself and in a transaction of its own.
func BenchmarkUpdate(b *testing.B) {
	w := newWorkload(20_000, false, func(i uint64) int64 { return int64(i) })
	m := w.junction()
	ctx := context.Background()
	write := func(m *junction.ManyToMany[int64, int64, int64], i int) error {
		e := &w.edges[i%len(w.edges)]
		_, err := m.Add(e.Left, e.Right, int64(i))
		return err
	}
	b.Run("write=alone", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			write(m, i)
		}
	})
	b.Run("write=transaction", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m.Graph().Update(ctx, func(tx *junction.Tx) error { return write(m.In(tx), i) })
		}
	})
}

// BenchmarkBulkLists gives AddAll edges whose values have no ==: into an empty relation, and over
// themselves.
func BenchmarkBulkLists(b *testing.B) {
	list := make([]junction.Edge[int, int, []int], 200_000)
	for i := range list {
		list[i] = junction.Edge[int, int, []int]{Left: i / 10, Right: i/10 + i%10*7}
	}
	perEdge := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(list)), "ns/edge")
	}
	b.Run("into=nothing", func(b *testing.B) {
		for b.Loop() {
			junction.New[int, int, []int]().AddAll(slices.Values(list))
		}
		perEdge(b)
	})
	b.Run("into=themselves", func(b *testing.B) {
		m := junction.New[int, int, []int]()
		m.AddAll(slices.Values(list))
		for b.Loop() {
			m.AddAll(slices.Values(list))
		}
		perEdge(b)
	})
}

// BenchmarkChurn leads unique keys through a relation of 1,000 edges: each step adds an edge
// between two new nodes and removes the oldest. The heap that is in use in the end must not
// depend on how many steps there were.
func BenchmarkChurn(b *testing.B) {
	const live = 1000
	b.Run("impl=junction", func(b *testing.B) {
		before := heapInUse()
		m := junction.New[int64, int64, int64]()
		i := int64(0)
		for b.Loop() {
			m.Add(i, -i, i)
			m.Remove(i-live, live-i)
			i++
		}
		b.ReportMetric(float64(heapInUse()-before), "heap-bytes")
		runtime.KeepAlive(m)
	})
	b.Run("impl=maps", func(b *testing.B) {
		before := heapInUse()
		t := newTwin[int64, int64, int64]()
		i := int64(0)
		for b.Loop() {
			t.add(i, -i, i)
			t.remove(i-live, live-i)
			i++
		}
		b.ReportMetric(float64(heapInUse()-before), "heap-bytes")
		runtime.KeepAlive(t)
	})
}

// BenchmarkAnd intersects two sets of 100,000 that are equal, that share half their keys at
// random, and ten keys with 1,000,000. The peer walks the smaller map and looks into the other;
// its result has no order.
func BenchmarkAnd(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	some := func(n, of int) (keys []int64) {
		for i := range of {
			if r.IntN(of-i) < n {
				keys = append(keys, int64(i))
				n--
			}
		}
		return keys
	}
	for _, set := range []struct {
		name string
		x, y []int64
	}{
		{"equal", some(100_000, 100_000), some(100_000, 100_000)},
		{"half", some(100_000, 200_000), some(100_000, 200_000)},
		{"10-of-1M", some(10, 1_000_000), some(1_000_000, 1_000_000)},
	} {
		m := junction.New[int64, int64, int64]()
		t := newTwin[int64, int64, int64]()
		for i, keys := range [][]int64{set.x, set.y} {
			node := int64(i)
			m.Left(node).Link(keys...)
			for _, k := range keys {
				t.put(node, k, 0)
			}
		}
		keys := junction.And(m.Left(0), m.Left(1)).Count()
		perKey := func(b *testing.B, rounds int) {
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rounds*keys), "ns/key")
		}
		var last int64
		b.Run("sets="+set.name+"/impl=junction", func(b *testing.B) {
			rounds := 0
			for b.Loop() {
				for k := range junction.And(m.Left(0), m.Left(1)).Keys() {
					last = k
				}
				rounds++
			}
			perKey(b, rounds)
		})
		b.Run("sets="+set.name+"/impl=maps", func(b *testing.B) {
			rounds := 0
			for b.Loop() {
				t.mu.RLock()
				for k := range t.left[0] {
					if _, ok := t.left[1][k]; ok {
						last = k
					}
				}
				t.mu.RUnlock()
				rounds++
			}
			perKey(b, rounds)
		})
		_ = last
	}
}
