package engine

import (
	"cmp"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// plantEdge relates k to n on one side of a relation only.
func plantEdge[K, N, T any](side adjacency.Side, k K, n N, through T) {
	p := adjacency.Locate(side, pointer(&k), pointer(&n))
	side.Put(pointer(&k), p, pointer(&n), pointer(&through), nil)
}

// plantHole removes the edge from k to n on one side of a relation only.
func plantHole[K, N any](side adjacency.Side, k K, n N) {
	p := adjacency.Locate(side, pointer(&k), pointer(&n))
	side.Delete(pointer(&k), p)
}

// soundRelation returns a relation of few edges, in a graph with another one; its arrays and
// trees are tiny or as always.
func soundRelation(t *testing.T, limits ordered.Limits) (m, beside typed[int, string, float64]) {
	t.Helper()
	g := NewGraph(&Options{Limits: limits})
	beside = relate[int, string, float64](g, "beside")
	m = relate[int, string, float64](g, "grants")
	for _, m := range []typed[int, string, float64]{beside, m} {
		for i, word := range strings.Fields("a b c d e f g h") {
			m.add(t, 1, word, float64(i))
		}
		m.add(t, 2, "a", math.NaN())
	}
	require.NoError(t, g.Check())
	return m, beside
}

func TestCheckFindsPlantedDamage(t *testing.T) {
	type rel = typed[int, string, float64]
	tests := []struct {
		name  string
		plant func(m rel)
		want  []string // what the error says, one for each violation
	}{
		{"edge on the left only", func(m rel) { plantEdge(m.Left, 2, "b", 7.0) }, []string{
			"10 edges on the left and 9 on the right", "left edge 2-b is missing on the other side"}},
		{"edge on the right only", func(m rel) { plantEdge(m.Right, "b", 2, 7.0) }, []string{
			"9 edges on the left and 10 on the right", "right edge b-2 is missing on the other side"}},
		{"node on the left only", func(m rel) { plantEdge(m.Left, 2, "z", 7.0) }, []string{
			"10 edges on the left and 9 on the right", "left edge 2-z: no node z on the other side"}},
		{"node on the right only", func(m rel) { plantEdge(m.Right, "a", 9, 7.0) }, []string{
			"9 edges on the left and 10 on the right", "right edge a-9: no node 9 on the other side"}},
		{"edge gone on the left", func(m rel) { plantHole(m.Left, 1, "a") }, []string{
			"8 edges on the left and 9 on the right", "right edge a-1 is missing on the other side"}},
		{"node gone on the left", func(m rel) { plantHole(m.Left, 2, "a") }, []string{
			"8 edges on the left and 9 on the right", "right edge a-2: no node 2 on the other side"}},
		{"edge gone on the right", func(m rel) { plantHole(m.Right, "a", 1) }, []string{
			"9 edges on the left and 8 on the right", "left edge 1-a is missing on the other side"}},
		{"one edge for another", func(m rel) { plantHole(m.Left, 1, "b"); plantEdge(m.Left, 2, "b", 1.0) }, []string{
			"left edge 2-b is missing on the other side", "right edge b-1 is missing on the other side"}},
		{"value differs", func(m rel) { plantEdge(m.Right, "b", 1, 7.0) }, []string{
			"left edge 1-b has the value 1, and 7 on the other side", "right edge b-1 has the value 7, and 1 on the other side"}},
		{"side empty", func(m rel) { m.Right.Clear() }, append([]string{
			"9 edges on the left and 0 on the right"}, strings.Split("1-a 1-b 1-c 1-d 1-e 1-f 1-g 1-h 2-a", " ")...)},
		{"array out of order", func(m rel) {
			a := "a"
			run := Entries[int, float64](m.Right.Find(pointer(&a)).View().Run())
			run[0], run[1] = run[1], run[0]
		}, []string{"right: node a: key 1 stands behind 2"}},
	}
	for name, limits := range map[string]ordered.Limits{"tiny": {MaxRun: 4, Degree: 2}, "default": ordered.DefaultLimits} {
		for _, test := range tests {
			t.Run(test.name+", "+name, func(t *testing.T) {
				m, _ := soundRelation(t, limits)
				test.plant(m)
				err := m.G.Check()
				require.ErrorContains(t, err, `relation "grants"`)
				require.NotContains(t, err.Error(), "beside")
				for _, want := range test.want {
					require.ErrorContains(t, err, want)
				}
				// A disordered array may hide its own entries from the search of the other side.
				if !strings.Contains(test.name, "out of order") {
					require.Equal(t, len(test.want), strings.Count(err.Error(), "\n")+1, "each violation, and nothing that is not one: %v", err)
				}
			})
		}
	}
	t.Run("in two relations", func(t *testing.T) {
		m, beside := soundRelation(t, ordered.DefaultLimits)
		plantEdge(m.Left, 2, "b", 7.0)
		plantEdge(beside.Right, "b", 2, 7.0)
		require.ErrorContains(t, m.G.Check(), `relation "grants": `)
		require.ErrorContains(t, m.G.Check(), `relation "beside": `)
	})
}

func TestCheckFindsPlantedDamageUndirected(t *testing.T) {
	type rel = typed[int, int, string]
	tests := []struct {
		name  string
		plant func(m rel)
		want  []string
	}{
		{"edge one way only", func(m rel) { plantEdge(m.Left, 1, 4, "x") }, []string{"edge 1-4 is missing on the other side"}},
		{"edge to no node", func(m rel) { plantEdge(m.Left, 1, 9, "x") }, []string{"edge 1-9: no node 9 on the other side"}},
		{"value differs", func(m rel) { plantEdge(m.Left, 2, 1, "x") }, []string{"edge 2-1 has the value x, and a on the other side"}},
		{"loop not counted", func(m rel) { plantEdge(m.Left, 1, 1, "x") }, []string{"counts 1 loops and has 2"}},
		{"loop counted that is none", func(m rel) { m.Left.AddLoops(1) }, []string{"counts 2 loops and has 1"}},
		{"loop gone", func(m rel) { plantHole(m.Left, 3, 3) }, []string{"counts 1 loops and has 0"}},
	}
	for order, keys := range map[string]*ordered.Keys{"natural": naturally[int](), "func": FuncKeys(cmp.Compare[int])} {
		for _, test := range tests {
			t.Run(test.name+", "+order, func(t *testing.T) {
				m := relateBy[int, int, string](NewGraph(nil), "", keys, keys, true)
				for _, e := range []edge[int, int, string]{{1, 2, "a"}, {1, 3, "b"}, {4, 3, "c"}, {3, 3, "loop"}} {
					m.add(t, e.Left, e.Right, e.Through)
				}
				require.NoError(t, m.G.Check())
				test.plant(m)
				for _, want := range test.want {
					require.ErrorContains(t, m.G.Check(), want)
				}
			})
		}
	}
}

func TestCheckTakesUncomparableValuesForThemselves(t *testing.T) {
	// Values of which nobody can say that they are equal are no damage.
	t.Run("NaN in a slice", func(t *testing.T) {
		m := relate[int, int, any](NewGraph(nil), "")
		m.add(t, 1, 2, []float64{math.NaN()})
		require.NoError(t, m.G.Check())
	})
	t.Run("functions", func(t *testing.T) {
		m := relate[int, int, any](NewGraph(nil), "")
		m.add(t, 1, 2, func() {})
		require.NoError(t, m.G.Check())
	})
	t.Run("a ring of pointers", func(t *testing.T) {
		type ring struct{ next *ring }
		r := &ring{}
		r.next = r
		m := relate[int, int, any](NewGraph(nil), "")
		m.add(t, 1, 2, r)
		require.NoError(t, m.G.Check())
	})
}

func TestCheckOfNothing(t *testing.T) {
	require.NoError(t, NewGraph(nil).Check())
	require.NoError(t, relate[int, int, string](NewGraph(nil), "").G.Check())
	g := NewGraph(nil)
	none := FuncKeys[int](nil)
	relateBy[int, int, string](g, "", none, none, false, ErrNilComparison)
	require.NoError(t, g.Check(), "a faulty relation is empty, and sound")
}
