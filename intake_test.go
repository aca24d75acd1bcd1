package junction

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/engine"
)

// TestIntakeBuildsSortedEdges holds that sorted edges are built at once, also if some come twice,
// and that the last of a pair wins.
func TestIntakeBuildsSortedEdges(t *testing.T) {
	var edges []Edge[string, int, int]
	for i := range 5000 {
		e := Edge[string, int, int]{Left: string([]byte{byte(i >> 10), byte(i >> 4)}), Right: i, Through: 0}
		for range 1 + i%3 {
			e.Through++
			edges = append(edges, e)
		}
	}
	take := func(edges []Edge[string, int, int]) (*engine.Intake, *ManyToMany[string, int, int]) {
		m := New[string, int, int]()
		in := engine.NewIntake(m.v)
		for _, e := range edges {
			in.Add(pointer(&e.Left), pointer(&e.Right), pointer(&e.Through))
		}
		in.End()
		return in, m
	}
	in, m := take(edges)
	require.True(t, in.IsSorted())
	require.Equal(t, len(edges), in.Len())
	c, err := m.AddAll(slices.Values(edges))
	require.NoError(t, err)
	require.Equal(t, Counts{Added: 5000}, c)
	for e := range m.Edges() {
		require.Equal(t, 1+e.Right%3, e.Through)
	}
	require.NoError(t, m.Graph().Check())

	shuffled := slices.Clone(edges)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
	in, _ = take(shuffled)
	require.False(t, in.IsSorted())
}
