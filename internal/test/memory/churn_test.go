package memory_test

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
)

// TestChurnLeavesNothingBehind sends a million keys through a relation that never has more than a
// thousand edges: what is removed is gone, so that neither its own account of itself nor the heap
// grows.
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
		t.Run(name, func(t *testing.T) { churn(t, keys, ends, func(i int) int { return i }) })
	}
	both := func(i int) (int, int) { return i, i }
	t.Run("strings", func(t *testing.T) { churn(t, keys/4, both, numberedText) })
	t.Run("floats", func(t *testing.T) { churn(t, keys/4, both, func(i int) float64 { return float64(i) / 8 }) })
	t.Run("16 bytes", func(t *testing.T) { churn(t, keys/4, both, numberedID) })
	t.Run("20 bytes", func(t *testing.T) {
		churn(t, keys/4, both, func(i int) (k [20]byte) {
			binary.BigEndian.PutUint64(k[12:], uint64(i))
			return k
		})
	})
}

func numberedText(i int) string { return fmt.Sprintf("a key of some length %d", i) }

func numberedID(i int) (k [16]byte) {
	binary.BigEndian.PutUint64(k[8:], uint64(i))
	return k
}

// churning is a relation whose edges are numbered, and by which keys.
type churning[K junction.Key] struct {
	*junction.ManyToMany[K, K, int]
	key  func(i int) K
	ends func(i int) (left, right int)
}

func churn[K junction.Key](t *testing.T, keys int, ends func(i int) (left, right int), key func(i int) K) {
	const live = 1000
	r := churning[K]{junction.New[K, K, int](), key, ends}
	for i := range live {
		r.add(t, i)
	}
	// The arrays may still take on their lasting form while everything is exchanged for the first
	// time.
	for i := range 2 * live {
		r.replace(t, i, live)
	}
	start, heapAtStart := r.Graph().Stats().Relations[0], heap()
	for i := 2 * live; i < keys; i++ {
		r.replace(t, i, live)
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
	r.drain(t)
}

func (r churning[K]) add(t *testing.T, i int) {
	left, right := r.ends(i)
	if c, err := r.Add(r.key(left), r.key(right), i); err != nil || c.Added != 1 {
		t.Fatalf("edge %d: %v, %v", i, c, err)
	}
}

// replace removes the oldest edge and adds a new one.
func (r churning[K]) replace(t *testing.T, oldest, live int) {
	left, right := r.ends(oldest)
	if c, err := r.Remove(r.key(left), r.key(right)); err != nil || c.Removed != 1 {
		t.Fatalf("edge %d: %v, %v", oldest, c, err)
	}
	r.add(t, oldest+live)
}

// drain removes what is left, one by one, and expects that to be everything.
func (r churning[K]) drain(t *testing.T) {
	for e := range r.Edges() {
		_, err := r.Remove(e.Left, e.Right)
		require.NoError(t, err)
	}
	empty := r.Graph().Stats().Relations[0]
	require.Zero(t, empty.Edges+empty.Lefts+empty.Rights)
	require.Less(t, empty.Bytes, 1600)
}

// TestBytesAreWhatTheHeapHas compares Stats.Bytes with the heap: of a relation that was filled
// one by one, in bulk, and one of which nearly everything was removed again. Stats leaves out the
// directories of trees and what the allocator rounds up.
func TestBytesAreWhatTheHeapHas(t *testing.T) {
	t.Run("int", func(t *testing.T) { testBytes(t, func(i int) int { return i * 7919 }) })
	t.Run("float64", func(t *testing.T) { testBytes(t, func(i int) float64 { return float64(i) / 3 }) })
	t.Run("string", func(t *testing.T) { testBytes(t, textOf()) })
	t.Run("16 bytes", func(t *testing.T) { testBytes(t, numberedID) })
	t.Run("32 bytes", func(t *testing.T) {
		testBytes(t, func(i int) (k [32]byte) {
			binary.BigEndian.PutUint64(k[20:], uint64(i))
			return k
		})
	})
}

// textOf returns a function that gives strings from a list, so that they are not part of what a
// relation takes.
func textOf() func(i int) string {
	texts := make([]string, heapNodes)
	for i := range texts {
		texts[i] = numberedText(i)
	}
	return func(i int) string { return texts[i] }
}

const heapNodes = 40_000

func testBytes[K junction.Key](t *testing.T, key func(i int) K) {
	edges := make([]junction.Edge[K, K, int64], 2*heapNodes)
	for i := range edges {
		edges[i] = junction.Edge[K, K, int64]{Left: key(i % heapNodes), Right: key((i*31 + i/heapNodes) % heapNodes), Through: int64(i)}
	}
	var m *junction.ManyToMany[K, K, int64]
	measure := func(what string, do func()) {
		before := heap()
		do()
		got, has := m.Graph().Stats().Relations[0].Bytes, int(heap()-before)
		require.InDelta(t, has, got, float64(has)/10+100_000, "%s: the heap has %d", what, has)
		runtime.KeepAlive(m)
	}
	measure("one by one", func() {
		m = junction.New[K, K, int64]()
		for _, e := range edges {
			m.Add(e.Left, e.Right, e.Through)
		}
	})
	m = nil
	measure("nearly all removed", func() {
		m = junction.New[K, K, int64]()
		for _, e := range edges {
			m.Add(e.Left, e.Right, e.Through)
		}
		for _, e := range edges[500:] {
			m.Remove(e.Left, e.Right)
		}
	})
	m = nil
	measure("in bulk", func() {
		m = junction.New[K, K, int64]()
		m.AddAll(func(yield func(junction.Edge[K, K, int64]) bool) {
			for _, e := range edges {
				if !yield(e) {
					return
				}
			}
		})
	})
	runtime.KeepAlive(edges)
	runtime.KeepAlive(key)
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
