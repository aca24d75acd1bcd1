package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
)

// BenchmarkBeforeAppend commits what BenchmarkSQLCommit10k does to a store of columns that does
// nothing, and measures the time up to its Append. Between two commits as much other memory is
// read as empties the caches, as a driver and a server on the same machine would.
func BenchmarkBeforeAppend(b *testing.B) {
	for _, c := range commits {
		for _, there := range []int{100_000, 1_000_000} {
			b.Run(fmt.Sprintf("what=%s/edges=%d", c.what, there), func(b *testing.B) {
				w := workOn(there)
				store := new(idleStore)
				m, err := junction.Open[int64, int64, int64](context.Background(), ourTable, store)
				require.NoError(b, err)
				in := throughGraph(b, m)
				in.put(w.there)
				var spent []time.Duration
				others := make([]byte, 64<<20)
				b.ReportAllocs()
				for turn := 0; b.Loop(); turn++ {
					b.StopTimer()
					c.ready(in, w)
					edges := c.edges(w, turn)
					readAll(others)
					b.StartTimer()
					start := time.Now()
					c.do(in, edges)
					spent = append(spent, store.asked.Sub(start))
				}
				b.ReportMetric(float64(median(spent).Nanoseconds())/float64(len(w.others)), "ns/edge")
				require.NoError(b, m.Graph().Close())
			})
		}
	}
}

// readAll writes, too, since what the kernel has not had to give yet is one page of zeros.
func readAll(memory []byte) {
	for i := 0; i < len(memory); i += 64 {
		memory[i]++
	}
}

// idleStore is a store for tables that has none.
type idleStore struct{ asked time.Time }

func (*idleStore) Load(context.Context, *persist.Schema, persist.Loader) (uint64, error) {
	return 0, nil
}
func (*idleStore) Close() error       { return nil }
func (*idleStore) Form() persist.Form { return persist.Columns }

// Append notes when it was called.
func (s *idleStore) Append(context.Context, []*persist.Commit) error {
	s.asked = time.Now()
	return nil
}
