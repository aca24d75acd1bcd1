package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/filestore"
)

// peer is something that keeps edges in a directory, so that both ends of an edge find it.
type peer struct {
	impl string // and when it syncs

	// load keeps edges in an empty directory. They are durable, and nothing is open, when it
	// returns.
	load func(tb testing.TB, dir string, edges []edge)
	// open returns a function that keeps an edge, which is durable when it returns, for so many
	// goroutines.
	open func(tb testing.TB, dir string, writers int) (commit func(edge) error, end func() error)
	// read returns what a directory has.
	read func(tb testing.TB, dir string) maps
}

var peers = []peer{
	{"junction-always", loadJunction, openJunction, readJunction},
	{"sqlite-full", loadSQLite, openSQLite, readSQLite},
	{"sqlite-full-tuned", loadSQLiteTuned, nil, readSQLite},
	{"bbolt", loadBolt, openBolt, readBolt},
}

func junctionIn(tb testing.TB, dir string, opts filestore.Options) (*relation, *filestore.Store) {
	store := filestore.New(dir, &opts)
	m, err := junction.Open[int64, int64, int64](context.Background(), "edges", store)
	require.NoError(tb, err)
	return m, store
}

func loadJunction(tb testing.TB, dir string, edges []edge) {
	m, _ := junctionIn(tb, dir, filestore.Options{Sync: filestore.SyncAlways()})
	_, err := m.AddAll(slices.Values(edges))
	require.NoError(tb, err)
	require.NoError(tb, m.Graph().Close())
}

func openJunction(tb testing.TB, dir string, _ int) (commit func(edge) error, end func() error) {
	m, _ := junctionIn(tb, dir, filestore.Options{Sync: filestore.SyncAlways()})
	commit = func(e edge) error {
		_, err := m.Add(e.Left, e.Right, e.Through)
		return err
	}
	return commit, m.Graph().Close
}

func readJunction(tb testing.TB, dir string) maps {
	m, _ := junctionIn(tb, dir, filestore.Options{})
	read := newMaps()
	for e := range m.Edges() {
		putInner(read.left, e.Left, e.Right, e.Through)
	}
	for e := range m.Inverse().Edges() {
		putInner(read.right, e.Left, e.Right, e.Through)
	}
	require.NoError(tb, m.Graph().Close())
	return read
}

// concurrently calls do with 0 to n-1, from so many goroutines. The first error ends it.
func concurrently(goroutines, n int, do func(i int) error) (err error) {
	var (
		mu   sync.Mutex
		next int
		wg   sync.WaitGroup
	)
	take := func(failed error) (i int, ok bool) {
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			err = failed
		}
		i = next
		next++
		return i, i < n && err == nil
	}
	for range goroutines {
		wg.Go(func() {
			i, ok := take(nil)
			for ok {
				i, ok = take(do(i))
			}
		})
	}
	wg.Wait()
	return err
}

func TestPeersLoad(t *testing.T) {
	edges := draw(5000)
	for order, list := range map[string][]edge{"random": edges, "sorted": slices.SortedFunc(slices.Values(edges), byLeft)} {
		for _, p := range peers {
			t.Run(order+"/"+p.impl, func(t *testing.T) {
				dir := t.TempDir()
				p.load(t, dir, list)
				require.Equal(t, mapsOf(edges), p.read(t, dir))
			})
		}
	}
}

func TestPeersCommit(t *testing.T) {
	for _, writers := range []int{1, 8} {
		for _, p := range peers {
			if p.open == nil {
				continue
			}
			t.Run(fmt.Sprintf("%d/%s", writers, p.impl), func(t *testing.T) {
				dir := t.TempDir()
				var edges []edge
				for i := range 100 {
					edges = append(edges, numbered(i))
				}
				commit, end := p.open(t, dir, writers)
				require.NoError(t, concurrently(writers, len(edges), func(i int) error { return commit(edges[i]) }))
				require.NoError(t, end())
				require.Equal(t, mapsOf(edges), p.read(t, dir))
			})
		}
	}
}
