package hashtable

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// words is a table of integers.
type words[V comparable] struct{ *Map[uint64, V] }

func newWords[V comparable](n int) words[V] { return words[V]{New[uint64, V](n, hash)} }

func (m words[V]) get(k uint64) V    { return m.Get(hash(k), k) }
func (m words[V]) put(k uint64, v V) { m.Put(hash(k), k, v) }
func (m words[V]) delete(k uint64)   { m.Delete(hash(k), k) }

func hash(k uint64) uint64 {
	high, low := bits.Mul64(k^0x123456789abcdef0, 0x9E3779B97F4A7C15)
	return high ^ low
}

// keysOf are ways to draw keys: some that a weak hash would send to the same cells.
var keysOf = map[string]func(r *rand.Rand) uint64{
	"few":           func(r *rand.Rand) uint64 { return r.Uint64N(20) },
	"in a row":      func(r *rand.Rand) uint64 { return r.Uint64N(20_000) },
	"around zero":   func(r *rand.Rand) uint64 { return uint64(r.Int64N(2_000) - 1_000) },
	"upper bits":    func(r *rand.Rand) uint64 { return r.Uint64N(20_000) << 44 },
	"powers of two": func(r *rand.Rand) uint64 { return 1 << r.Uint64N(64) },
	"all bits":      func(r *rand.Rand) uint64 { return r.Uint64() },
}

// TestMap does the same to a table and a Go map, while it grows, shrinks to nothing and grows
// again.
func TestMap(t *testing.T) {
	t.Run("numbers", func(t *testing.T) { testMap(t, func(n int) uint32 { return uint32(n) }) })
	t.Run("pointers", func(t *testing.T) { testMap(t, func(n int) *int { return &n }) })
}

func testMap[V comparable](t *testing.T, value func(n int) V) {
	for name, draw := range keysOf {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			m, want := newWords[V](0), map[uint64]V{}
			for round := range 3 {
				for i := range 10_000 {
					put, deleted, asked := draw(r), draw(r), draw(r)
					want[put] = value(i + 1)
					m.put(put, want[put])
					if i%4 == 0 {
						m.delete(deleted)
						delete(want, deleted)
					}
					require.True(t, want[asked] == m.get(asked))
				}
				requireMap(t, want, m, "round %d", round)
				for key := range want {
					m.delete(key)
					delete(want, key)
					if len(want)%1000 == 0 {
						requireMap(t, want, m, "with %d left", len(want))
					}
				}
				require.LessOrEqual(t, m.Capacity(), 2*minCells, "of an empty table")
			}
		})
	}
}

func requireMap[V comparable](t *testing.T, want map[uint64]V, m words[V], context ...any) {
	t.Helper()
	require.NoError(t, m.Check(), context...)
	require.Equal(t, len(want), m.Len(), context...)
	for key, value := range want {
		require.True(t, value == m.get(key), context...)
	}
}

// TestMapWithRoom fills tables with as many keys as they were made for: they do not grow.
func TestMapWithRoom(t *testing.T) {
	for _, n := range []int{0, 1, 5, 6, 100, 682, 683, 684, 1365, 1366, 5_000, 50_000} {
		m := newWords[uint32](n)
		capacity := m.Capacity()
		for i := range n {
			m.put(uint64(i), 1)
		}
		require.NoError(t, m.Check(), n)
		require.Equal(t, n, m.Len())
		if n <= 682 { // in more than one segment, they need not be spread evenly
			require.Equal(t, capacity, m.Capacity(), n)
		}
	}
}

// TestMapOfFewSegments splits segments that stand in many places: where the keys are spread
// unevenly, one is split often and another late.
func TestMapOfFewSegments(t *testing.T) {
	for deeper := range 5 {
		m, want := newWords[uint32](0), map[uint64]uint32{}
		for range deeper {
			m.deepen()
		}
		for i := range uint64(5_000) {
			m.put(i, 1)
			want[i] = 1
		}
		requireMap(t, want, m, deeper)
	}
}

// TestMapStaysSmall leads unique keys through a table of few.
func TestMapStaysSmall(t *testing.T) {
	m := newWords[uint32](0)
	for i := range uint64(1_000_000) {
		m.put(i, 1)
		m.delete(i - 100)
	}
	require.NoError(t, m.Check())
	require.Equal(t, 100, m.Len())
	require.LessOrEqual(t, m.Capacity(), 300)
}

func TestCheckFindsPlantedDamage(t *testing.T) {
	filled := func() words[uint32] {
		m := newWords[uint32](0)
		for i := range uint64(5_000) {
			m.put(i, 1)
		}
		return m
	}
	first := func(s *segment[uint64, uint32]) *cell[uint64, uint32] {
		for i := range s.cells {
			if s.cells[i].value != 0 {
				return &s.cells[i]
			}
		}
		return nil
	}
	tests := map[string]struct {
		plant func(m words[uint32])
		want  string
	}{
		"count":       {func(m words[uint32]) { m.entries-- }, "counts 4999 entries and has 5000"},
		"used":        {func(m words[uint32]) { m.segments[0].used++ }, "used cells"},
		"lost cell":   {func(m words[uint32]) { first(m.segments[0]).value = 0 }, "counts 5000 entries and has 4999"},
		"another key": {func(m words[uint32]) { first(m.segments[0]).key = 1 << 40 }, "is not where it is looked for"},
		"another segment": {func(m words[uint32]) {
			m.segments[0], m.segments[len(m.segments)-1] = m.segments[len(m.segments)-1], m.segments[0]
		}, "is not where it is looked for"},
		"depth":           {func(m words[uint32]) { m.depth++ }, "segments at depth"},
		"segment's depth": {func(m words[uint32]) { m.segments[1].depth = 0 }, "a segment of depth 0"},
	}
	require.NoError(t, filled().Check())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			m := filled()
			test.plant(m)
			require.ErrorContains(t, m.Check(), test.want)
		})
	}
}

// BenchmarkMap looks up keys that are there, and keys that are not, in a table and in a Go map.
func BenchmarkMap(b *testing.B) {
	for _, n := range []int{2_000, 200_000} {
		own, standard := newWords[*int](0), map[uint64]*int{}
		for i := range n {
			own.put(uint64(2*i), new(int))
			standard[uint64(2*i)] = new(int)
		}
		impls := []struct {
			name string
			get  func(k uint64) *int
		}{{"table", own.get}, {"map", func(k uint64) *int { return standard[k] }}}
		r := rand.New(rand.NewPCG(1, 2))
		for _, impl := range impls {
			for odd, probe := range []string{"hit", "miss"} {
				probes := make([]uint64, 1<<16)
				for i := range probes {
					probes[i] = 2*r.Uint64N(uint64(n)) + uint64(odd)
				}
				b.Run(fmt.Sprintf("keys=%d/probe=%s/impl=%s", n, probe, impl.name), func(b *testing.B) {
					i, found := 0, 0
					for b.Loop() {
						if impl.get(probes[i%len(probes)]) != nil {
							found++
						}
						i++
					}
				})
			}
		}
	}
}
