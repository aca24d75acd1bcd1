package radix

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// distributions are ways to draw keys: which digits differ decides which passes Sort makes.
var distributions = map[string]func(r *rand.Rand) uint32{
	"one key":      func(*rand.Rand) uint32 { return 7 },
	"two keys":     func(r *rand.Rand) uint32 { return r.Uint32N(2) },
	"first digit":  func(r *rand.Rand) uint32 { return r.Uint32N(digits) },
	"second digit": func(r *rand.Rand) uint32 { return r.Uint32N(digits) << digitBits },
	"third digit":  func(r *rand.Rand) uint32 { return 1 | r.Uint32N(3)<<(2*digitBits) },
	"17 bits":      func(r *rand.Rand) uint32 { return r.Uint32N(1 << 17) },
	"top bits":     func(r *rand.Rand) uint32 { return r.Uint32() &^ (1<<29 - 1) },
	"all bits":     func(r *rand.Rand) uint32 { return r.Uint32() },
	"the extremes": func(r *rand.Rand) uint32 { return -r.Uint32N(2) },
}

func TestSort(t *testing.T) {
	for name, draw := range distributions {
		for _, n := range []int{0, 1, 2, 3, 50, 3000} {
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, uint64(n)))
				records := make([]Record, n)
				for i := range records {
					records[i] = Record{Key: draw(r), Other: r.Uint32(), At: i}
				}
				want := slices.Clone(records)
				slices.SortStableFunc(want, func(x, y Record) int { return cmp.Compare(x.Key, y.Key) })
				requireSorts(t, records, want)
				slices.Reverse(want) // descending, equal keys backwards
				again := slices.Clone(want)
				slices.SortStableFunc(want, func(x, y Record) int { return cmp.Compare(x.Key, y.Key) })
				requireSorts(t, again, want)
			})
		}
	}
}

// requireSorts sorts records and requires that the result is as wanted and that no slice was lost
// or made.
func requireSorts(t *testing.T, records, want []Record) {
	t.Helper()
	tmp := make([]Record, len(records))
	sorted, spare := Sort(records, tmp)
	require.Equal(t, want, sorted)
	require.Len(t, spare, len(records))
	if len(records) > 0 {
		require.NotSame(t, &sorted[0], &spare[0])
		require.True(t, &sorted[0] == &records[0] || &sorted[0] == &tmp[0], "one of the two it got")
		require.True(t, &spare[0] == &records[0] || &spare[0] == &tmp[0], "the other of the two")
	}
}

func TestSortLeavesSortedRecordsInPlace(t *testing.T) {
	records := []Record{{1, 9, 0}, {1, 8, 1}, {2, 7, 2}, {1 << 30, 6, 3}}
	want := slices.Clone(records)
	sorted, _ := Sort(records, make([]Record, len(records)))
	require.Equal(t, want, sorted)
	require.Same(t, &records[0], &sorted[0])
}

func TestSortByTwoKeys(t *testing.T) {
	// By one key and then, stably, by the other: the order in which a relation's edges are built.
	r := rand.New(rand.NewPCG(3, 4))
	records := make([]Record, 2000)
	for i := range records {
		records[i] = Record{Key: r.Uint32N(40), Other: r.Uint32N(40), At: i}
	}
	want := slices.Clone(records)
	slices.SortStableFunc(want, func(x, y Record) int {
		return cmp.Or(cmp.Compare(x.Other, y.Other), cmp.Compare(x.Key, y.Key))
	})
	Flip(want)
	sorted, spare := Sort(records, make([]Record, len(records)))
	Flip(sorted)
	sorted, _ = Sort(sorted, spare)
	require.Equal(t, want, sorted)
}

func TestFlip(t *testing.T) {
	records := []Record{{1, 2, 3}, {4, 5, 6}}
	Flip(records)
	require.Equal(t, []Record{{2, 1, 3}, {5, 4, 6}}, records)
	Flip(records)
	require.Equal(t, []Record{{1, 2, 3}, {4, 5, 6}}, records)
	Flip(nil)
}

func TestSortDoesNotAllocate(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	records, tmp := make([]Record, 1000), make([]Record, 1000)
	allocs := testing.AllocsPerRun(10, func() {
		for i := range records {
			records[i] = Record{Key: r.Uint32()}
		}
		Sort(records, tmp)
	})
	require.Zero(t, allocs)
}
