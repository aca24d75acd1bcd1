package bench

import (
	"context"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/filestore"
)

// compactJunction is loadJunction and then a snapshot in place of the log.
func compactJunction(tb testing.TB, dir string, edges []edge) {
	loadJunction(tb, dir, edges)
	m, store := junctionIn(tb, dir, filestore.Options{})
	require.NoError(tb, store.Compact(context.Background()))
	require.NoError(tb, m.Graph().Close())
}

func TestCompactJunction(t *testing.T) {
	edges := draw(5000)
	dir := t.TempDir()
	compactJunction(t, dir, edges)
	require.Equal(t, mapsOf(edges), readJunction(t, dir))
	m, store := junctionIn(t, dir, filestore.Options{})
	require.Zero(t, store.Stats().LogBytes)
	require.NoError(t, m.Graph().Close())
}

// BenchmarkOpen makes the edges ready to be used: from a closed directory, or from a list in
// memory.
func BenchmarkOpen(b *testing.B) {
	for _, c := range []struct {
		impl string
		keep func(tb testing.TB, dir string, edges []edge)            // nil without a directory
		open func(tb testing.TB, dir string) (loaded any, end func()) // of which end is not timed
	}{
		{"addall-random", nil, addAll(random)},
		{"addall-sorted", nil, addAll(sorted)},
		{"junction-log", loadJunction, openLoaded},
		{"junction-snapshot", compactJunction, openLoaded},
		{"sqlite-maps", loadSQLite, openMaps},
	} {
		b.Run("impl="+c.impl, func(b *testing.B) {
			edges := len(random())
			dir := b.TempDir()
			if c.keep != nil {
				c.keep(b, dir, random())
			}
			rounds := 0
			for b.Loop() {
				b.StopTimer()
				runtime.GC()
				b.StartTimer()
				loaded, end := c.open(b, dir)
				b.StopTimer()
				runtime.KeepAlive(loaded)
				end()
				b.StartTimer()
				rounds++
			}
			perEdge(b, rounds, edges)
			if c.keep != nil {
				perEdgeOnDisk(b, dir, edges)
			}
		})
	}
}

func addAll(edges func() []edge) func(testing.TB, string) (any, func()) {
	return func(tb testing.TB, _ string) (loaded any, end func()) {
		m := junction.New[int64, int64, int64]()
		_, err := m.AddAll(slices.Values(edges()))
		require.NoError(tb, err)
		return m, func() {}
	}
}

func openLoaded(tb testing.TB, dir string) (loaded any, end func()) {
	m, _ := junctionIn(tb, dir, filestore.Options{})
	return m, func() {
		require.Equal(tb, len(random()), m.Len())
		require.NoError(tb, m.Graph().Close())
	}
}

func openMaps(tb testing.TB, dir string) (loaded any, end func()) {
	return readSQLite(tb, dir), func() {}
}

// BenchmarkOpenMemory opens a directory and collects garbage all the while, to see how much is
// reachable at most: peak/graph is that, divided by what is in the end. Its time says nothing.
func BenchmarkOpenMemory(b *testing.B) {
	for _, c := range []struct {
		from string
		keep func(testing.TB, string, []edge)
	}{{"log", loadJunction}, {"snapshot", compactJunction}} {
		b.Run("from="+c.from, func(b *testing.B) {
			dir := b.TempDir()
			c.keep(b, dir, random())
			var peak, graph uint64
			for b.Loop() {
				var h heap
				before := h.sample()
				stop := h.watch()
				m, _ := junctionIn(b, dir, filestore.Options{Progress: func(filestore.Progress) { h.sample() }})
				stop()
				graph = h.sample() - before
				peak = max(peak, h.peak-before)
				require.NoError(b, m.Graph().Close())
			}
			b.ReportMetric(float64(peak)/float64(graph), "peak/graph")
			b.ReportMetric(float64(graph)/float64(len(random())), "graph-bytes/edge")
		})
	}
}

// heap measures how much memory is reachable.
type heap struct {
	mu   sync.Mutex
	peak uint64
}

// sample collects garbage, and returns what that has left.
func (h *heap) sample() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	runtime.GC()
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	h.peak = max(h.peak, live[0].Value.Uint64())
	return live[0].Value.Uint64()
}

// watch samples until it is told to stop.
func (h *heap) watch() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				h.sample()
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
	}
}
