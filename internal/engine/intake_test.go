package engine

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// TestIntakeBuildsSortedEdges holds that sorted edges are built at once, also if some come twice,
// and that the last of a pair wins.
func TestIntakeBuildsSortedEdges(t *testing.T) {
	var edges []edge[string, int, int]
	for i := range 5000 {
		e := edge[string, int, int]{Left: string([]byte{byte(i >> 10), byte(i >> 4)}), Right: i, Through: 0}
		for range 1 + i%3 {
			e.Through++
			edges = append(edges, e)
		}
	}
	take := func(edges []edge[string, int, int]) (*Intake, typed[string, int, int]) {
		m := relate[string, int, int](NewGraph(nil), "")
		in := NewIntake(m.Relation)
		for _, e := range edges {
			in.Add(pointer(&e.Left), pointer(&e.Right), pointer(&e.Through))
		}
		return in, m
	}
	in, _ := take(edges)
	in.End()
	require.True(t, in.IsSorted())
	require.Equal(t, len(edges), in.Len())

	in, m := take(edges)
	c, err := in.AddAll()
	require.NoError(t, err)
	require.Equal(t, Counts{Added: 5000}, c)
	m.Edges(func(_ pointer, run ordered.Run) bool {
		for _, e := range Entries[int, int](run) {
			require.Equal(t, 1+e.Key%3, e.Value)
		}
		return true
	})
	require.NoError(t, m.G.Check())

	shuffled := slices.Clone(edges)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	in, _ = take(shuffled)
	in.End()
	require.False(t, in.IsSorted())
}
