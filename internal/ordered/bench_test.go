package ordered

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkSearch compares the search of numbers with the binary search that every other key gets,
// on arrays that are together larger than the first-level cache, for keys half of which are there.
func BenchmarkSearch(b *testing.B) {
	for _, n := range []int{5, 10, 20, 60, 240} {
		r := rand.New(rand.NewPCG(1, uint64(n)))
		runs := make([][]Entry[int64, int64], 2000)
		for i := range runs {
			for key := int64(0); len(runs[i]) < n; {
				key += 1 + r.Int64N(100)
				runs[i] = append(runs[i], Entry[int64, int64]{Key: key})
			}
		}
		type probe struct {
			run Run
			key int64
		}
		probes := make([]probe, 1<<14)
		for i := range probes {
			run := runs[r.IntN(len(runs))]
			probes[i] = probe{runFrom(run), run[r.IntN(n)].Key + int64(r.IntN(2))}
		}
		numbers := naturalOrder[int64, int64](DefaultLimits)
		others := funcOrder[int64, int64](numbers.Compare, DefaultLimits)
		for _, kind := range []struct {
			name string
			*typedOrder[int64, int64]
		}{{"numbers", numbers}, {"others", others}} {
			b.Run(fmt.Sprintf("n=%d/kind=%s", n, kind.name), func(b *testing.B) {
				i := 0
				for b.Loop() {
					p := &probes[i%len(probes)]
					kind.find(p.run, Pointer(&p.key))
					i++
				}
			})
		}
	}
}

// BenchmarkFilter does the same for the loop under And and Minus: equal sets, and sets that share
// half their keys.
func BenchmarkFilter(b *testing.B) {
	for _, share := range []string{"all", "half"} {
		r := rand.New(rand.NewPCG(1, 2))
		var keys []int64
		var run []Entry[int64, int64]
		for key := range int64(400) {
			inKeys, inRun := share == "all" || r.IntN(2) == 0, share == "all" || r.IntN(2) == 0
			if inKeys && len(keys) < 200 {
				keys = append(keys, key)
			}
			if inRun && len(run) < 200 {
				run = append(run, Entry[int64, int64]{Key: key})
			}
		}
		numbers := naturalOrder[int64, int64](DefaultLimits)
		others := funcOrder[int64, int64](numbers.Compare, DefaultLimits)
		for _, kind := range []struct {
			name string
			*typedOrder[int64, int64]
		}{{"numbers", numbers}, {"others", others}} {
			b.Run("share="+share+"/kind="+kind.name, func(b *testing.B) {
				batch, entries := make([]int64, len(keys)), runFrom(run)
				filter := kind.Keys().filter
				rounds := 0
				for b.Loop() {
					copy(batch, keys)
					filter(Pointer(&batch[0]), len(batch), kind.KeyAt(entries, 0), kind.Size(), entries.Len, true)
					rounds++
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rounds*len(keys)), "ns/key")
			})
		}
	}
}
