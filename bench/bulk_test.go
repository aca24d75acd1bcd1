package bench

import (
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkBulkLoad keeps all edges in an empty directory, from opening to closing.
func BenchmarkBulkLoad(b *testing.B) {
	for _, order := range []struct {
		name  string
		edges func() []edge
	}{{"random", random}, {"sorted", sorted}} {
		for _, p := range peers {
			b.Run("order="+order.name+"/impl="+p.impl, func(b *testing.B) {
				edges := order.edges()
				dir := b.TempDir()
				rounds := 0
				for b.Loop() {
					b.StopTimer()
					require.NoError(b, os.RemoveAll(dir))
					require.NoError(b, os.Mkdir(dir, 0o755))
					runtime.GC()
					b.StartTimer()
					p.load(b, dir, edges)
					rounds++
				}
				perEdge(b, rounds, len(edges))
				perEdgeOnDisk(b, dir, len(edges))
			})
		}
	}
}
