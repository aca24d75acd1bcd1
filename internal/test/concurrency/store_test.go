package concurrency_test

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// TestStoreUnderConcurrentWriters writes from many goroutines, by calls and transactions, and
// compares with what was stored.
func TestStoreUnderConcurrentWriters(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		m := fixture.Open[int, int, int](t, place)
		snap, commits := m.Graph().Watch(t.Context())
		f := follow(m, snap)
		var writers, watcher sync.WaitGroup
		watcher.Go(func() {
			for c, err := range commits {
				if err != nil {
					require.ErrorIs(t, err, junction.ErrClosed)
					return
				}
				require.NoError(t, f.apply(c))
			}
		})
		for w := range 8 {
			writers.Go(func() {
				rnd := rand.New(rand.NewPCG(7, uint64(w)))
				for i := range 100 {
					write := fixture.WriteAtRandom
					if i%4 == 0 {
						write = fixture.UpdateAtRandom
					}
					require.NoError(t, write(rnd, m))
				}
			})
		}
		writers.Wait()
		require.NoError(t, m.Graph().Close())
		watcher.Wait()
		require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(f.replica))
		require.NoError(t, m.Graph().Check())
		again := fixture.Open[int, int, int](t, place)
		require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(again))
		require.Equal(t, m.Graph().Revision(), again.Graph().Revision())
	})
}
