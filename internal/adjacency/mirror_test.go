package adjacency

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/stretchr/testify/require"
)

// testMirror holds that the mirror of a side is what one gets by putting each edge into the other.
func testMirror[N comparable](t *testing.T, kind string, draw func(r *rand.Rand) N) {
	for limits, l := range map[string]ordered.Limits{"tiny": tiny, "default": ordered.DefaultLimits} {
		for _, edges := range []int{0, 1, 40, 3_000} {
			t.Run(fmt.Sprintf("%T/%s/%s/%d", *new(N), kind, limits, edges), func(t *testing.T) {
				r := rand.New(rand.NewPCG(1, uint64(edges)))
				near, want := naturalSide[int, N, int](l), naturalSide[N, int, int](l)
				for i := range edges {
					k, n := r.IntN(50), draw(r)
					put(near.Live, k, n, i, nil)
					put(want.Live, n, k, i, nil)
				}
				for pieces := range 4 {
					like := naturalSide[N, int, int](l).Live
					for _, far := range []Far{{}, rankFar(near.Live, like)} {
						if len(far.Of) > 0 && far.Keys.Len == 0 {
							continue // distances are no places
						}
						got := typedSide[N, int, int]{mirror(near.Live, like, far, pieces)}
						require.NoError(t, got.Check())
						require.Equal(t, want.edges(), got.edges(), pieces)
						require.Equal(t, [2]int{want.Nodes(), want.Entries()}, [2]int{got.Nodes(), got.Entries()})
					}
				}
			})
		}
	}
}

func TestMirror(t *testing.T) {
	testMirror(t, "near", func(r *rand.Rand) int64 { return r.Int64N(300) })
	testMirror(t, "around zero", func(r *rand.Rand) int64 { return r.Int64N(300) - 150 })
	testMirror(t, "lowest", func(r *rand.Rand) int64 { return math.MinInt64 + r.Int64N(300) })
	testMirror(t, "far", func(r *rand.Rand) int64 { return r.Int64N(300) << 50 })
	testMirror(t, "extremes", func(r *rand.Rand) int64 { return []int64{math.MinInt64, -1, 0, math.MaxInt64}[r.IntN(4)] })
	testMirror(t, "all", func(r *rand.Rand) int8 { return int8(r.IntN(256)) })
	testMirror(t, "around zero", func(r *rand.Rand) int32 { return r.Int32N(300) - 150 })
	testMirror(t, "highest", func(r *rand.Rand) uint64 { return math.MaxUint64 - r.Uint64N(300) })
	testMirror(t, "any", func(r *rand.Rand) float64 { return math.Round(r.NormFloat64() * 100) })
	testMirror(t, "any", func(r *rand.Rand) string { return strconv.Itoa(r.IntN(300)) })
	testMirror(t, "any", func(r *rand.Rand) [8]byte { return [8]byte{byte(r.IntN(256)), 7: byte(r.IntN(2))} })
	testMirror(t, "any", func(r *rand.Rand) [16]byte { return [16]byte{byte(r.IntN(256)), 15: byte(r.IntN(2))} })
	testMirror(t, "any", func(r *rand.Rand) [32]byte { return [32]byte{byte(r.IntN(256)), 31: byte(r.IntN(2))} })
}

// TestMirrorOfComparedKeys holds that a node is named as the first of its edges names it, where a
// comparison function calls several keys the same.
func TestMirrorOfComparedKeys(t *testing.T) {
	byTens := func(x, y int) int { return cmp.Compare(x/10, y/10) }
	near, like := funcSide[int, int, int](cmp.Compare[int], byTens, tiny), funcSide[int, int, int](byTens, cmp.Compare[int], tiny)
	for i, e := range [][2]int{{1, 15}, {1, 21}, {2, 12}, {3, 19}, {3, 22}, {3, 5}} {
		put(near.Live, e[0], e[1], i, nil)
	}
	got := typedSide[int, int, int]{Mirror(near.Live, like.Live, Far{})}
	require.NoError(t, got.Check())
	require.Equal(t, []edge[int, int, int]{{5, 3, 5}, {15, 1, 0}, {15, 2, 2}, {15, 3, 3}, {21, 1, 1}, {21, 3, 4}}, got.edges())
	require.Zero(t, Mirror(like.Live, near.Live, Far{}).Nodes())
}

// TestPieces holds that a large side is cut, unless its pieces would need much memory.
func TestPieces(t *testing.T) {
	draw := func(near *typedSide[int, int, int], apart int) *Live {
		for k := range 100 {
			for _, n := range []int{k * apart, k*apart + 1} {
				put(near.Live, k, n, 0, nil)
			}
		}
		return near.Live
	}
	natural := func() *typedSide[int, int, int] { return naturalSide[int, int, int](tiny) }
	require.Len(t, pieces(draw(natural(), 1), natural().Live, Far{}, 3), 3)
	require.Len(t, pieces(draw(natural(), 1), natural().Live, Far{}, 1000), 3, "a window of 101 numbers each, for 200 edges")
	require.Len(t, pieces(draw(natural(), 1000), natural().Live, Far{}, 1000), 100, "numbers by hash, and a node each")
	require.Len(t, pieces(natural().Live, natural().Live, Far{}, 3), 1)
}

// TestMergeTakesOver holds that an empty state takes a side over whole, and another merges it.
func TestMergeTakesOver(t *testing.T) {
	keep := sameOf(func(x, y string) bool { return x == y })
	for name, declare := range sides {
		t.Run(name, func(t *testing.T) {
			s := declare()
			added, updated := s.Merge(healthy(declare()).Live, keep)
			require.Equal(t, [2]int{12, 0}, [2]int{added, updated})
			require.NoError(t, s.Check())
			require.Equal(t, healthy(declare()).edges(), s.edges())

			added, updated = s.Merge(healthy(declare()).Live, keep)
			require.Equal(t, [2]int{0, 0}, [2]int{added, updated}, "the same edges again")

			other := func() *Live {
				o := declare().Live
				relate(o, 1, 100)
				relate(o, 100, 1)
				return o
			}
			d := draftOf(s)
			relate(d, 50, 50) // a node that the draft has already
			added, updated = d.Merge(other(), keep)
			require.Equal(t, [2]int{2, 0}, [2]int{added, updated})
			require.Equal(t, 12, s.Entries(), "before the draft is installed")
			d.Install()
			require.NoError(t, s.Check())
			require.Equal(t, 15, s.Entries())

			live := healthy(declare())
			added, updated = live.Merge(other(), keep)
			require.Equal(t, [2]int{2, 0}, [2]int{added, updated})
			require.NoError(t, live.Check())
			require.Equal(t, 14, live.Entries())
		})
	}
}
