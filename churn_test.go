package junction_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
)

// TestChurnLeavesNothingBehind sends a million keys through a relation that never has more than a thousand edges: what is
// removed is gone, so that neither its own account of itself nor the heap grows.
func TestChurnLeavesNothingBehind(t *testing.T) {
	keys := 1_000_000
	if testing.Short() {
		keys = 100_000
	}
	for name, ends := range map[string]func(i int) (left, right int){
		"new nodes on both sides": func(i int) (int, int) { return i, i },
		"new nodes around a hub":  func(i int) (int, int) { return 0, i },
		"new nodes in a shuffle":  func(i int) (int, int) { return i * 7919 % 1_000_003, i * 104_729 % 1_000_003 },
		"few nodes, many edges":   func(i int) (int, int) { return i % 10, i },
	} {
		t.Run(name, func(t *testing.T) { churn(t, keys, ends) })
	}
}

func churn(t *testing.T, keys int, ends func(i int) (left, right int)) {
	const live = 1000
	r := junction.New[int, int, int]()
	for i := range live {
		add(t, r, ends, i)
	}
	// The arrays may still take on their lasting form while everything is exchanged for the first time.
	for i := range 2 * live {
		replace(t, r, ends, i, live)
	}
	start, heapAtStart := r.Graph().Stats().Relations[0], heap()
	for i := 2 * live; i < keys; i++ {
		replace(t, r, ends, i, live)
		if i%10_000 == 0 {
			snap := r.Graph().Snapshot() // which nobody keeps
			require.Equal(t, live, r.At(snap).Len())
		}
	}
	end, heapAtEnd := r.Graph().Stats().Relations[0], heap()
	require.Equal(t, [3]int{live, start.Lefts, start.Rights}, [3]int{end.Edges, end.Lefts, end.Rights})
	require.LessOrEqual(t, end.Bytes, start.Bytes*3/2)
	require.LessOrEqual(t, heapAtEnd, heapAtStart+2_000_000, "heap") // of a million keys, 8 bytes each would be more
	require.NoError(t, r.Graph().Check())
	drain(t, r)
}

func add(t *testing.T, r *junction.ManyToMany[int, int, int], ends func(int) (int, int), i int) {
	left, right := ends(i)
	if c, err := r.Add(left, right, i); err != nil || c.Added != 1 {
		t.Fatalf("edge %d: %v, %v", i, c, err)
	}
}

// replace removes the oldest edge and adds a new one.
func replace(t *testing.T, r *junction.ManyToMany[int, int, int], ends func(int) (int, int), oldest, live int) {
	left, right := ends(oldest)
	if c, err := r.Remove(left, right); err != nil || c.Removed != 1 {
		t.Fatalf("edge %d: %v, %v", oldest, c, err)
	}
	add(t, r, ends, oldest+live)
}

// drain removes what is left, one by one, and expects that to be everything.
func drain(t *testing.T, r *junction.ManyToMany[int, int, int]) {
	for e := range r.Edges() {
		_, err := r.Remove(e.Left, e.Right)
		require.NoError(t, err)
	}
	empty := r.Graph().Stats().Relations[0]
	require.Zero(t, empty.Edges+empty.Lefts+empty.Rights)
	require.Less(t, empty.Bytes, 1000)
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
