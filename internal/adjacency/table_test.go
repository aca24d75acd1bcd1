package adjacency

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// keysOf are ways to draw keys: some that a weak hash would send to the same cells.
var keysOf = map[string]func(r *rand.Rand) uint64{
	"few":           func(r *rand.Rand) uint64 { return r.Uint64N(20) },
	"in a row":      func(r *rand.Rand) uint64 { return r.Uint64N(20_000) },
	"around zero":   func(r *rand.Rand) uint64 { return uint64(r.Int64N(2_000) - 1_000) },
	"upper bits":    func(r *rand.Rand) uint64 { return r.Uint64N(20_000) << 44 },
	"powers of two": func(r *rand.Rand) uint64 { return 1 << r.Uint64N(64) },
	"all bits":      func(r *rand.Rand) uint64 { return r.Uint64() },
}

// TestTable does the same to a table and a map, while it grows, shrinks to nothing and grows again.
func TestTable(t *testing.T) {
	for name, draw := range keysOf {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			table, want := newTable[uint32](0), map[uint64]uint32{}
			for round := range 3 {
				for i := range 10_000 {
					put, deleted, asked := draw(r), draw(r), draw(r)
					table.put(put, uint32(i+1))
					want[put] = uint32(i + 1)
					if i%4 == 0 {
						table.delete(deleted)
						delete(want, deleted)
					}
					require.Equal(t, want[asked], table.get(asked))
				}
				requireTable(t, want, table, "round %d", round)
				for key := range want {
					table.delete(key)
					delete(want, key)
					if len(want)%1000 == 0 {
						requireTable(t, want, table, "with %d left", len(want))
					}
				}
				require.LessOrEqual(t, capacityOf(table), 2*minCells, "of an empty table")
			}
		})
	}
}

func capacityOf(table *table[uint32]) int {
	return (&index[uint64, uint32]{integers: table}).capacity()
}

func requireTable(t *testing.T, want map[uint64]uint32, table *table[uint32], context ...any) {
	t.Helper()
	require.NoError(t, table.check(), context...)
	require.Equal(t, len(want), table.len(), context...)
	for key, value := range want {
		require.Equal(t, value, table.get(key), context...)
	}
}

// TestTableWithRoom fills tables of every size that was asked for. They need no more room then.
func TestTableWithRoom(t *testing.T) {
	for _, n := range []int{0, 1, 5, 6, 100, 682, 683, 684, 1365, 1366, 5_000, 50_000} {
		table := newTable[uint32](n)
		capacity := capacityOf(table)
		for i := range n {
			table.put(uint64(i), 1)
		}
		require.NoError(t, table.check(), n)
		require.Equal(t, n, table.len())
		if n <= 682 { // in more than one segment, they need not be spread evenly
			require.Equal(t, capacity, capacityOf(table), n)
		}
	}
}

// TestTableOfFewSegments splits segments that stand in many places: where the keys are spread unevenly, one is split often and another late.
func TestTableOfFewSegments(t *testing.T) {
	for deeper := range 5 {
		table, want := newTable[uint32](0), map[uint64]uint32{}
		for range deeper {
			table.deepen()
		}
		for i := range uint64(5_000) {
			table.put(i, 1)
			want[i] = 1
		}
		requireTable(t, want, table, deeper)
	}
}

// TestTableStaysSmall leads unique keys through a table of few.
func TestTableStaysSmall(t *testing.T) {
	table := newTable[uint32](0)
	for i := range uint64(1_000_000) {
		table.put(i, 1)
		table.delete(i - 100)
	}
	require.NoError(t, table.check())
	require.Equal(t, 100, table.len())
	require.LessOrEqual(t, capacityOf(table), 300)
}

func TestCheckFindsDamageOfTables(t *testing.T) {
	filled := func() *table[uint32] {
		table := newTable[uint32](0)
		for i := range uint64(5_000) {
			table.put(i, 1)
		}
		return table
	}
	first := func(s *segment[uint32]) *cell[uint32] {
		for i := range s.cells {
			if s.cells[i].value != 0 {
				return &s.cells[i]
			}
		}
		return nil
	}
	tests := map[string]struct {
		plant func(t *table[uint32])
		want  string
	}{
		"count":       {func(t *table[uint32]) { t.entries-- }, "counts 4999 entries and has 5000"},
		"used":        {func(t *table[uint32]) { t.segments[0].used++ }, "used cells"},
		"lost cell":   {func(t *table[uint32]) { first(t.segments[0]).value = 0 }, "counts 5000 entries and has 4999"},
		"another key": {func(t *table[uint32]) { first(t.segments[0]).key = 1 << 40 }, "is not where it is looked for"},
		"another segment": {func(t *table[uint32]) {
			t.segments[0], t.segments[len(t.segments)-1] = t.segments[len(t.segments)-1], t.segments[0]
		}, "is not where it is looked for"},
		"depth":           {func(t *table[uint32]) { t.depth++ }, "segments at depth"},
		"segment's depth": {func(t *table[uint32]) { t.segments[1].depth = 0 }, "a segment of depth 0"},
	}
	require.NoError(t, filled().check())
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			table := filled()
			test.plant(table)
			require.ErrorContains(t, table.check(), test.want)
		})
	}
}

// testBits holds that integers of a type are told apart.
func testBits[K int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64 | uintptr | int | uint](t *testing.T, keys ...K) {
	t.Run(fmt.Sprintf("%T", keys[0]), func(t *testing.T) {
		require.True(t, isInteger[K]())
		x := newIndex[K, uint32](0)
		for i, k := range keys {
			x.put(k, uint32(i+1))
		}
		for i, k := range keys {
			require.Equal(t, uint32(i+1), x.get(k))
		}
		require.Equal(t, len(keys), x.len())
		x.delete(keys[0])
		require.Zero(t, x.get(keys[0]))
	})
}

func TestIndexOfIntegers(t *testing.T) {
	testBits[int8](t, math.MinInt8, -1, 0, 1, math.MaxInt8)
	testBits[int16](t, math.MinInt16, -1, 0, 1, math.MaxInt16)
	testBits[int32](t, math.MinInt32, -1, 0, 1, math.MaxInt32)
	testBits[int64](t, math.MinInt64, -1, 0, 1, math.MaxInt64)
	testBits[int](t, math.MinInt, -1, 0, 1, math.MaxInt)
	testBits[uint8](t, 0, 1, math.MaxUint8)
	testBits[uint16](t, 0, 1, 1<<8, math.MaxUint16)
	testBits[uint32](t, 0, 1, 1<<16, math.MaxUint32)
	testBits[uint64](t, 0, 1, 1<<32, math.MaxUint64)
	testBits[uint](t, 0, 1, 1<<32, math.MaxUint)
	testBits[uintptr](t, 0, 1, 1<<32)
	require.False(t, isInteger[string]())
	require.False(t, isInteger[float64]())
}

// BenchmarkIndex looks up keys that are there, and keys that are not, in a table and in a map.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{2_000, 200_000} {
		indexes := []struct {
			name  string
			index index[int64, *int]
		}{{"table", newIndex[int64, *int](0)}, {"map", index[int64, *int]{others: hash[int64, *int]{}}}}
		r := rand.New(rand.NewPCG(1, 2))
		for _, x := range indexes {
			for i := range n {
				x.index.put(int64(2*i), new(int))
			}
			for odd, probe := range []string{"hit", "miss"} {
				probes := make([]int64, 1<<16)
				for i := range probes {
					probes[i] = 2*r.Int64N(int64(n)) + int64(odd)
				}
				b.Run(fmt.Sprintf("keys=%d/probe=%s/impl=%s", n, probe, x.name), func(b *testing.B) {
					i, found := 0, 0
					for b.Loop() {
						if x.index.get(probes[i%len(probes)]) != nil {
							found++
						}
						i++
					}
				})
			}
		}
	}
}
