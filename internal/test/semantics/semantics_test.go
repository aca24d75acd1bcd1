package semantics_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

// Each test below is one rule of the contract. The relations have one key type on both sides, so
// that a test can run on a relation and, unchanged, on its inverse.

type (
	textRel   = junction.ManyToMany[int, int, string]
	textEdge  = junction.Edge[int, int, string]
	listRel   = junction.ManyToMany[int, int, []int]
	listEdge  = junction.Edge[int, int, []int]
	floatRel  = junction.ManyToMany[float64, float64, string]
	floatEdge = junction.Edge[float64, float64, string]
)

func edge[A, B, T any](left A, right B, through T) junction.Edge[A, B, T] {
	return junction.Edge[A, B, T]{Left: left, Right: right, Through: through}
}

func neighbour[K, T any](key K, through T) junction.Neighbour[K, T] {
	return junction.Neighbour[K, T]{Key: key, Through: through}
}

// given is what a test starts from: how the relation is made, and its first edges.
type given[K, T any] struct {
	declare func() *junction.ManyToMany[K, K, T]
	edges   []junction.Edge[K, K, T]
}

// holding is a relation of ordered keys that has these edges.
func holding[K cmp.Ordered, T any](edges ...junction.Edge[K, K, T]) given[K, T] {
	return given[K, T]{junction.New[K, K, T], edges}
}

// live makes the relation as it was declared.
func (g given[K, T]) live() *junction.ManyToMany[K, K, T] {
	m := g.declare()
	fixture.Fill(m, g.edges...)
	return m
}

// inEveryBinding runs a test on what is given, bound to the live state and to transactions, as
// declared and inverted. What a test leaves in a transaction is committed, so that Check sees it.
func inEveryBinding[K, T any](t *testing.T, g given[K, T], test func(t *testing.T, m *junction.ManyToMany[K, K, T])) {
	t.Helper()
	begin := func(t *testing.T, m *junction.ManyToMany[K, K, T]) *junction.ManyToMany[K, K, T] {
		tx, err := m.Graph().Begin(context.Background())
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, tx.Commit()) })
		return m.In(tx)
	}
	t.Run("live", func(t *testing.T) {
		m := g.declare()
		fixture.CheckAtEnd(t, m.Graph())
		fixture.Fill(m, g.edges...)
		test(t, m)
	})
	t.Run("live inverse", func(t *testing.T) {
		m := g.declare().Inverse()
		fixture.CheckAtEnd(t, m.Graph())
		fixture.Fill(m, g.edges...)
		test(t, m)
	})
	t.Run("tx", func(t *testing.T) {
		m := g.declare()
		fixture.CheckAtEnd(t, m.Graph())
		fixture.Fill(m, g.edges...)
		test(t, begin(t, m))
	})
	t.Run("tx inverse", func(t *testing.T) {
		m := g.declare().Inverse()
		fixture.CheckAtEnd(t, m.Graph())
		fixture.Fill(m, g.edges...)
		test(t, begin(t, m))
	})
	t.Run("tx that filled it", func(t *testing.T) {
		m := g.declare()
		fixture.CheckAtEnd(t, m.Graph())
		in := begin(t, m)
		fixture.Fill(in, g.edges...)
		test(t, in)
	})
}

// requireEdges compares everything that can be read of a relation, from both ends, with the edges
// it should have. They are given in the order of the relation that is read.
func requireEdges[K cmp.Ordered, T any](t *testing.T, m *junction.ManyToMany[K, K, T], want ...junction.Edge[K, K, T]) {
	t.Helper()
	flipped := make([]junction.Edge[K, K, T], len(want))
	for i, e := range want {
		flipped[i] = junction.Edge[K, K, T]{Left: e.Right, Right: e.Left, Through: e.Through}
	}
	slices.SortFunc(flipped, func(x, y junction.Edge[K, K, T]) int {
		return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
	})
	requireSide(t, m, append(make([]junction.Edge[K, K, T], 0), want...))
	requireSide(t, m.Inverse(), flipped)
}

func requireSide[K cmp.Ordered, T any](t *testing.T, m *junction.ManyToMany[K, K, T], want []junction.Edge[K, K, T]) {
	t.Helper()
	require.Equal(t, len(want), m.Len(), "Len")
	require.Equal(t, want, slices.AppendSeq(make([]junction.Edge[K, K, T], 0), m.Edges()), "Edges")
	degrees := map[K]int{}
	for _, e := range want {
		degrees[e.Left]++
		through, ok := m.Get(e.Left, e.Right)
		require.True(t, ok, "Get %v-%v", e.Left, e.Right)
		require.Equal(t, e.Through, through, "Get %v-%v", e.Left, e.Right)
		require.True(t, m.Has(e.Left, e.Right), "Has %v-%v", e.Left, e.Right)
	}
	require.Equal(t, len(degrees), m.NumLefts(), "NumLefts")
	require.Equal(t, degrees, maps.Collect(m.Lefts()), "Lefts")
	for k, degree := range degrees {
		require.Equal(t, degree, m.Left(k).Count(), "Count of %v", k)
	}
}

// requireUnchanged runs a call and requires that it left the relation and the revision alone.
func requireUnchanged[K cmp.Ordered, T any](t *testing.T, m *junction.ManyToMany[K, K, T], call func()) {
	t.Helper()
	before, revision := slices.Collect(m.Edges()), m.Graph().Revision()
	call()
	requireEdges(t, m, before...)
	require.Equal(t, revision, m.Graph().Revision(), "revision")
}

// pairs is the sequence that Node.AddAll and Node.Set want.
func pairs[N, T any](list ...junction.Neighbour[N, T]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		for _, p := range list {
			if !yield(p.Key, p.Through) {
				return
			}
		}
	}
}

// star returns the edges of one left node to the right nodes 0 to n-1.
func star(left, n int) []textEdge {
	edges := make([]textEdge, n)
	for i := range edges {
		edges[i] = edge(left, i, fmt.Sprint("v", i))
	}
	return edges
}

// keysOf returns the right keys of edges.
func keysOf(edges []textEdge) []int {
	keys := make([]int, len(edges))
	for i, e := range edges {
		keys[i] = e.Right
	}
	return keys
}

// valuesOf is pairs of the right ends of edges.
func valuesOf(edges []textEdge) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for _, e := range edges {
			if !yield(e.Right, e.Through) {
				return
			}
		}
	}
}

// around returns the edges of one node between those of others, in order.
func around(others []textEdge, edges ...textEdge) []textEdge {
	return slices.SortedFunc(slices.Values(slices.Concat(others, edges)), func(x, y textEdge) int {
		return cmp.Or(cmp.Compare(x.Left, y.Left), cmp.Compare(x.Right, y.Right))
	})
}

// The sizes at which the library changes its way: a single array, beyond what is written in
// place, beyond one array.
var degrees = []int{3, 100, 300}

// call is one write with its keys and values filled in.
type call[K, T any] struct {
	name string
	do   func(m *junction.ManyToMany[K, K, T]) (junction.Counts, error)
}

// callsWith returns every write that names both ends of an edge, from node a to the keys ks, all
// with one value.
func callsWith[K, T any](a K, through T, ks ...K) []call[K, T] {
	edges := func(yield func(junction.Edge[K, K, T]) bool) {
		for _, k := range ks {
			if !yield(junction.Edge[K, K, T]{Left: a, Right: k, Through: through}) {
				return
			}
		}
	}
	neighbours := func(yield func(K, T) bool) {
		for _, k := range ks {
			if !yield(k, through) {
				return
			}
		}
	}
	type rel = *junction.ManyToMany[K, K, T]
	return []call[K, T]{
		{"AddAll", func(m rel) (junction.Counts, error) { return m.AddAll(edges) }},
		{"Node.AddEach", func(m rel) (junction.Counts, error) { return m.Left(a).AddEach(ks, through) }},
		{"Node.Link", func(m rel) (junction.Counts, error) { return m.Left(a).Link(ks...) }},
		{"Node.AddAll", func(m rel) (junction.Counts, error) { return m.Left(a).AddAll(neighbours) }},
		{"Node.Set", func(m rel) (junction.Counts, error) { return m.Left(a).Set(neighbours) }},
		{"Node.SetKeys", func(m rel) (junction.Counts, error) { return m.Left(a).SetKeys(ks...) }},
		{"Node.ModifyAll", func(m rel) (junction.Counts, error) {
			return m.Left(a).ModifyAll(func(K, T, bool) (T, bool) { return through, true }, ks...)
		}},
	}
}

// ofMany marks the names of calls, where the same are tried with few keys and with many.
func ofMany[K, T any](calls []call[K, T]) []call[K, T] {
	for i := range calls {
		calls[i].name += " of many"
	}
	return calls
}

// callsOfPair returns every write that relates one pair.
func callsOfPair[K, T any](a, b K, through T) []call[K, T] {
	type rel = *junction.ManyToMany[K, K, T]
	return append(callsWith(a, through, b),
		call[K, T]{"Add", func(m rel) (junction.Counts, error) { return m.Add(a, b, through) }},
		call[K, T]{"Insert", func(m rel) (junction.Counts, error) { return junction.Counts{}, m.Insert(a, b, through) }},
		call[K, T]{"Node.Modify", func(m rel) (junction.Counts, error) {
			return m.Left(a).Modify(b, func(T, bool) (T, bool) { return through, true })
		}},
	)
}

func TestRule01AllOrNothing(t *testing.T) {
	t.Run("a bad key among good ones", func(t *testing.T) {
		for _, n := range degrees {
			keys := make([]float64, n)
			for i := range keys {
				keys[i] = float64(i)
			}
			bad := map[string][]float64{
				"first":  append([]float64{math.NaN()}, keys...),
				"last":   append(slices.Clone(keys), math.NaN()),
				"middle": slices.Insert(slices.Clone(keys), n/2, math.NaN()),
			}
			for where, keys := range bad {
				for _, c := range callsWith(1, "new", keys...) {
					t.Run(fmt.Sprint(c.name, " ", where, " of ", n), func(t *testing.T) {
						has := []junction.Edge[float64, float64, string]{edge[float64, float64](1, 2, "old"), edge[float64, float64](1, 9, "old"), edge[float64, float64](3, 2, "old")}
						inEveryBinding(t, holding(has...), func(t *testing.T, m *floatRel) {
							requireUnchanged(t, m, func() {
								counts, err := c.do(m)
								require.ErrorIs(t, err, junction.ErrKey)
								require.Zero(t, counts)
							})
						})
					})
				}
			}
		}
	})
	t.Run("Insert of a pair that exists", func(t *testing.T) {
		inEveryBinding(t, holding(edge(1, 1, "old")), func(t *testing.T, m *textRel) {
			requireUnchanged(t, m, func() {
				require.ErrorIs(t, m.Insert(1, 1, "new"), junction.ErrExists)
			})
		})
	})
	t.Run("a panic in ModifyAll at the last key", func(t *testing.T) {
		inEveryBinding(t, holding(edge(1, 1, "old"), edge(1, 2, "old")), func(t *testing.T, m *textRel) {
			requireUnchanged(t, m, func() {
				require.PanicsWithValue(t, "no", func() {
					_, _ = m.Left(1).ModifyAll(func(k int, _ string, _ bool) (string, bool) {
						if k == 3 {
							panic("no")
						}
						return "new", k == 1
					}, 1, 2, 3)
				})
			})
		})
	})
}

func TestRule02AddTwiceIsAddOnce(t *testing.T) {
	t.Run("equal through value", func(t *testing.T) {
		for _, c := range callsOfPair(1, 2, "a") {
			if c.name == "Insert" {
				continue // the strict form
			}
			t.Run(c.name, func(t *testing.T) {
				inEveryBinding(t, holding(edge(1, 2, "a")), func(t *testing.T, m *textRel) {
					requireUnchanged(t, m, func() {
						counts, err := c.do(m)
						require.NoError(t, err)
						require.Zero(t, counts)
					})
				})
			})
		}
	})
	t.Run("other through value", func(t *testing.T) {
		for _, c := range callsOfPair(1, 2, "b") {
			if slices.Contains([]string{"Insert", "Node.Link", "Node.SetKeys"}, c.name) {
				continue // they keep the value
			}
			t.Run(c.name, func(t *testing.T) {
				inEveryBinding(t, holding(edge(1, 2, "a")), func(t *testing.T, m *textRel) {
					counts, err := c.do(m)
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Updated: 1}, counts)
					requireEdges(t, m, edge(1, 2, "b"))
				})
			})
		}
	})
	t.Run("the same edge from either side", func(t *testing.T) {
		inEveryBinding(t, holding[int, string](), func(t *testing.T, m *textRel) {
			counts, err := m.Left(1).Add(2, "a")
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Added: 1}, counts)
			for _, again := range []func() (junction.Counts, error){
				func() (junction.Counts, error) { return m.Right(2).Add(1, "a") },
				func() (junction.Counts, error) { return m.Inverse().Add(2, 1, "a") },
				func() (junction.Counts, error) { return m.Inverse().Left(2).Add(1, "a") },
				func() (junction.Counts, error) { return m.Inverse().Right(1).Link(2) },
				func() (junction.Counts, error) { return m.Right(2).SetKeys(1) },
			} {
				counts, err := again()
				require.NoError(t, err)
				require.Zero(t, counts)
			}
			counts, err = m.Right(2).Add(1, "b")
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Updated: 1}, counts)
			require.ErrorIs(t, m.Inverse().Insert(2, 1, "c"), junction.ErrExists)
			requireEdges(t, m, edge(1, 2, "b"))
		})
	})
	t.Run("Equal rule", func(t *testing.T) {
		fold := given[int, string]{func() *textRel {
			return junction.Relate[int, int, string](junction.NewGraph(nil), "m", junction.Equal(strings.EqualFold))
		}, []textEdge{edge(1, 2, "a")}}
		for _, c := range callsOfPair(1, 2, "A") {
			if c.name == "Insert" {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				inEveryBinding(t, fold, func(t *testing.T, m *textRel) {
					requireUnchanged(t, m, func() { // the old value stands
						counts, err := c.do(m)
						require.NoError(t, err)
						require.Zero(t, counts)
					})
				})
			})
		}
	})
	t.Run("values without ==", func(t *testing.T) {
		for _, c := range callsOfPair(1, 2, []int{7}) {
			if slices.Contains([]string{"Insert", "Node.Link", "Node.SetKeys"}, c.name) {
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				inEveryBinding(t, holding(edge(1, 2, []int{7})), func(t *testing.T, m *listRel) {
					counts, err := c.do(m)
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Updated: 1}, counts, "cannot be compared, so it counts as changed")
				})
			})
		}
	})
	t.Run("values that may meet one without ==", func(t *testing.T) {
		type box struct{ content any }
		same, differ := junction.Counts{}, junction.Counts{Updated: 1}
		t.Run("any", func(t *testing.T) {
			sameAgain(t, any(1), any(1), same)
			sameAgain(t, any(1), any(2), differ)
			sameAgain(t, any(1), any("1"), differ)
			sameAgain(t, any(nil), any(nil), same)
			sameAgain(t, any(nil), any(1), differ)
			sameAgain(t, any([]int{1}), any([]int{1}), differ)
			sameAgain(t, any(1), any([]int{1}), differ)
			sameAgain(t, any([]int{1}), any(1), differ)
			sameAgain(t, any(box{[]int{1}}), any(box{[]int{1}}), differ)
			sameAgain(t, any(map[int]int{}), any(func() {}), differ)
		})
		t.Run("within", func(t *testing.T) {
			sameAgain(t, box{1}, box{1}, same)
			sameAgain(t, box{[]int{1}}, box{[]int{1}}, differ)
		})
		t.Run("plain", func(t *testing.T) {
			sameAgain(t, struct{}{}, struct{}{}, same)
			sameAgain(t, 0.0, math.Copysign(0, -1), same)
			sameAgain(t, math.NaN(), math.NaN(), differ)
		})
	})
}

// sameAgain gives one edge first one value and then another and looks at the counts, on the
// single and the bulk path.
func sameAgain[T any](t *testing.T, first, second T, want junction.Counts) {
	t.Helper()
	for _, c := range callsOfPair(1, 2, second) {
		if slices.Contains([]string{"Insert", "Node.Link", "Node.SetKeys"}, c.name) {
			continue
		}
		m := junction.New[int, int, T]()
		_, err := m.Add(1, 2, first)
		require.NoError(t, err)
		counts, err := c.do(m)
		require.NoError(t, err)
		require.Equal(t, want, counts, "%s: %v over %v", c.name, second, first)
		require.NoError(t, m.Graph().Check())
	}
}

func TestRule03SetIsMinimal(t *testing.T) {
	others := []textEdge{edge(0, 1, "other"), edge(2, 1, "other"), edge(2, 7, "other")}
	t.Run("Set removes, adds and updates", func(t *testing.T) {
		inEveryBinding(t, holding(append(others, edge(1, 1, "goes"), edge(1, 2, "changes"), edge(1, 3, "stays"))...), func(t *testing.T, m *textRel) {
			counts, err := m.Left(1).Set(pairs(junction.Neighbour[int, string]{Key: 4, Through: "comes"},
				junction.Neighbour[int, string]{Key: 3, Through: "stays"}, junction.Neighbour[int, string]{Key: 2, Through: "changed"}))
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Added: 1, Updated: 1, Removed: 1}, counts)
			requireEdges(t, m, around(others, edge(1, 2, "changed"), edge(1, 3, "stays"), edge(1, 4, "comes"))...)
		})
	})
	t.Run("SetKeys keeps values", func(t *testing.T) {
		inEveryBinding(t, holding(append(others, edge(1, 1, "goes"), edge(1, 3, "stays"))...), func(t *testing.T, m *textRel) {
			counts, err := m.Left(1).SetKeys(4, 3)
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Added: 1, Removed: 1}, counts)
			requireEdges(t, m, around(others, edge(1, 3, "stays"), edge(1, 4, ""))...)
		})
	})
	t.Run("one of many", func(t *testing.T) {
		for _, n := range degrees {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				edges := star(1, n)
				inEveryBinding(t, holding(append(edges, others[0], others[1])...), func(t *testing.T, m *textRel) {
					want := slices.Clone(edges)
					want[n/2].Through = "changed"
					counts, err := m.Left(1).Set(valuesOf(want))
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Updated: 1}, counts)
					requireEdges(t, m, around(others[:2], want...)...)

					want = slices.Delete(want, n/2, n/2+1)
					counts, err = m.Left(1).SetKeys(keysOf(want)...)
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Removed: 1}, counts)
					requireEdges(t, m, around(others[:2], want...)...)
				})
			})
		}
	})
	t.Run("touches nothing else", func(t *testing.T) {
		for _, n := range degrees {
			m := holding(star(1, n)...).live()
			fixture.CheckAtEnd(t, m.Graph())
			require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
				in := m.In(tx)
				edges := star(1, n)
				edges[1].Through = "changed"
				_, err := in.Left(1).Set(valuesOf(append(edges, edge(1, n, "comes"))[1:]))
				require.NoError(t, err)
				require.Equal(t, []junction.Change[int, int, string]{
					{Kind: junction.Removed, Left: 1, Right: 0, Before: "v0"},
					{Kind: junction.Updated, Left: 1, Right: 1, Before: "v1", After: "changed"},
					{Kind: junction.Added, Left: 1, Right: n, After: "comes"},
				}, slices.Collect(in.Changes()))
				return nil
			}))
		}
	})
	t.Run("touches nothing else, values without ==", func(t *testing.T) {
		// An edge that nobody wrote did not change, whether or not its value can be compared.
		for _, n := range degrees {
			m := junction.New[int, int, []int]()
			fixture.CheckAtEnd(t, m.Graph())
			for k := range n {
				fixture.Fill(m, edge(1, k, []int{k}))
			}
			require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
				in := m.In(tx)
				_, err := in.Add(1, n, []int{n})
				require.NoError(t, err)
				require.Equal(t, []junction.Change[int, int, []int]{{Kind: junction.Added, Left: 1, Right: n, After: []int{n}}},
					slices.Collect(in.Changes()))
				return nil
			}))
		}
	})
	t.Run("all that was written in bulk, values without ==", func(t *testing.T) {
		// What was written counts as changed, whether or not its value can be compared.
		m := junction.New[int, int, []int]()
		fixture.CheckAtEnd(t, m.Graph())
		var list []listEdge
		var want []junction.Change[int, int, []int]
		for i := range 300 {
			e := edge(i/100, i%100, []int{i})
			list = append(list, e)
			fixture.Fill(m, e)
			if i%3 > 0 {
				want = append(want, junction.Change[int, int, []int]{Kind: junction.Updated, Left: e.Left, Right: e.Right, Before: e.Through, After: e.Through})
			}
		}
		require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
			in := m.In(tx)
			c, err := in.AddAll(func(yield func(listEdge) bool) {
				for i, e := range list {
					if i%3 > 0 && !yield(e) {
						return
					}
				}
			})
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Updated: 200}, c)
			require.Equal(t, want, slices.Collect(in.Changes()))
			return nil
		}))
	})
	t.Run("equal Set changes nothing", func(t *testing.T) {
		for _, n := range degrees {
			edges := star(1, n)
			inEveryBinding(t, holding(edges...), func(t *testing.T, m *textRel) {
				requireUnchanged(t, m, func() {
					for _, set := range []func() (junction.Counts, error){
						func() (junction.Counts, error) { return m.Left(1).Set(valuesOf(edges)) },
						func() (junction.Counts, error) { return m.Left(1).Set(m.Left(1).All()) },
						func() (junction.Counts, error) { return m.Left(1).SetKeys(keysOf(edges)...) },
					} {
						counts, err := set()
						require.NoError(t, err)
						require.Zero(t, counts)
					}
				})
			})
		}
	})
	t.Run("nothing given means cleared", func(t *testing.T) {
		clears := []struct {
			name string
			do   func(n junction.Node[int, int, string]) (junction.Counts, error)
		}{
			{"Set(nil)", func(n junction.Node[int, int, string]) (junction.Counts, error) { return n.Set(nil) }},
			{"Set of nothing", func(n junction.Node[int, int, string]) (junction.Counts, error) { return n.Set(pairs[int, string]()) }},
			{"SetKeys()", func(n junction.Node[int, int, string]) (junction.Counts, error) { return n.SetKeys() }},
			{"Clear()", func(n junction.Node[int, int, string]) (junction.Counts, error) { return n.Clear() }},
		}
		for _, clear := range clears {
			for _, n := range degrees {
				t.Run(fmt.Sprint(clear.name, " of ", n), func(t *testing.T) {
					inEveryBinding(t, holding(append(star(1, n), others...)...), func(t *testing.T, m *textRel) {
						counts, err := clear.do(m.Left(1))
						require.NoError(t, err)
						require.Equal(t, junction.Counts{Removed: n}, counts)
						requireEdges(t, m, others...)
						requireUnchanged(t, m, func() {
							counts, err := clear.do(m.Left(1))
							require.NoError(t, err)
							require.Zero(t, counts)
						})
					})
				})
			}
		}
	})
}

func TestRule04NothingDoesNothing(t *testing.T) {
	type rel = *textRel
	calls := []call[int, string]{
		{"Node.AddEach()", func(m rel) (junction.Counts, error) { return m.Left(1).AddEach(nil, "new") }},
		{"Node.Link()", func(m rel) (junction.Counts, error) { return m.Left(1).Link() }},
		{"Node.Remove()", func(m rel) (junction.Counts, error) { return m.Left(1).Remove() }},
		{"Node.AddAll(nil)", func(m rel) (junction.Counts, error) { return m.Left(1).AddAll(nil) }},
		{"Node.AddAll of nothing", func(m rel) (junction.Counts, error) { return m.Left(1).AddAll(pairs[int, string]()) }},
		{"Node.ModifyAll of nothing", func(m rel) (junction.Counts, error) {
			return m.Left(1).ModifyAll(func(int, string, bool) (string, bool) { panic("asked for no key") })
		}},
		{"Node.Modify that keeps", func(m rel) (junction.Counts, error) {
			return m.Left(1).Modify(1, func(old string, ok bool) (string, bool) { return old, ok })
		}},
		{"Node.Modify that keeps away", func(m rel) (junction.Counts, error) {
			return m.Left(1).Modify(7, func(old string, ok bool) (string, bool) { return old, ok })
		}},
		{"AddAll(nil)", func(m rel) (junction.Counts, error) { return m.AddAll(nil) }},
		{"AddAll of nothing", func(m rel) (junction.Counts, error) { return m.AddAll(func(func(textEdge) bool) {}) }},
		{"RemoveAll(nil)", func(m rel) (junction.Counts, error) { return m.RemoveAll(nil) }},
		{"RemoveAll of unknown pairs", func(m rel) (junction.Counts, error) { return m.RemoveAll(maps.All(map[int]int{1: 7, 7: 1})) }},
		{"Remove of an unknown pair", func(m rel) (junction.Counts, error) { return m.Remove(1, 7) }},
		{"Remove of an unknown left", func(m rel) (junction.Counts, error) { return m.Remove(7, 1) }},
		{"Node.Remove of unknown keys", func(m rel) (junction.Counts, error) { return m.Left(1).Remove(7, 8, 7) }},
		{"Node.Remove of an unknown node", func(m rel) (junction.Counts, error) { return m.Right(7).Remove(1) }},
		{"Node.Clear of an unknown node", func(m rel) (junction.Counts, error) { return m.Left(7).Clear() }},
		{"Node.SetKeys() of an unknown node", func(m rel) (junction.Counts, error) { return m.Left(7).SetKeys() }},
		{"RemoveLeft of an unknown node", func(m rel) (junction.Counts, error) { return m.RemoveLeft(7) }},
		{"RemoveRight of an unknown node", func(m rel) (junction.Counts, error) { return m.RemoveRight(7) }},
	}
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			inEveryBinding(t, holding(edge(1, 1, "a"), edge(2, 1, "b")), func(t *testing.T, m *textRel) {
				requireUnchanged(t, m, func() {
					counts, err := c.do(m)
					require.NoError(t, err)
					require.Zero(t, counts)
				})
			})
		})
	}
	t.Run("Clear of an empty relation", func(t *testing.T) {
		inEveryBinding(t, holding[int, string](), func(t *testing.T, m *textRel) {
			requireUnchanged(t, m, func() {
				counts, err := m.Clear()
				require.NoError(t, err)
				require.Zero(t, counts)
			})
		})
	})
	t.Run("known beside unknown", func(t *testing.T) {
		inEveryBinding(t, holding(edge(1, 1, "a"), edge(1, 2, "b")), func(t *testing.T, m *textRel) {
			counts, err := m.Left(1).Remove(0, 2, 3)
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Removed: 1}, counts)
			requireEdges(t, m, edge(1, 1, "a"))
		})
	})
	t.Run("in a transaction no commit", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
			_, err := m.In(tx).Add(1, 1, "a")
			return err
		}))
		require.EqualValues(t, 1, m.Graph().Revision())
	})
}

func TestRule05SameKeyTwiceCountsOnce(t *testing.T) {
	t.Run("each call that names keys", func(t *testing.T) {
		for _, n := range degrees {
			twice := append(keysOf(star(1, n)), keysOf(star(1, n))...)
			for _, c := range callsWith(1, "new", twice...) {
				t.Run(fmt.Sprint(c.name, " of ", n), func(t *testing.T) {
					inEveryBinding(t, holding[int, string](), func(t *testing.T, m *textRel) {
						counts, err := c.do(m)
						require.NoError(t, err)
						require.Equal(t, junction.Counts{Added: n}, counts)
						require.Equal(t, n, m.Len())
					})
				})
			}
			t.Run(fmt.Sprint("Node.Remove of ", n), func(t *testing.T) {
				inEveryBinding(t, holding(star(1, n)...), func(t *testing.T, m *textRel) {
					counts, err := m.Left(1).Remove(twice...)
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Removed: n}, counts)
					requireEdges(t, m)
				})
			})
		}
	})
	t.Run("values without ==, net", func(t *testing.T) {
		for _, c := range callsWith(1, []int{7}, 2, 2, 3, 2) {
			t.Run(c.name, func(t *testing.T) {
				want := junction.Counts{Added: 1, Updated: 1}
				if slices.Contains([]string{"Node.Link", "Node.SetKeys"}, c.name) {
					want.Updated = 0
				}
				inEveryBinding(t, holding(edge(1, 2, []int{6})), func(t *testing.T, m *listRel) {
					counts, err := c.do(m)
					require.NoError(t, err)
					require.Equal(t, want, counts)
				})
			})
		}
	})
	last := []struct {
		name string
		do   func(m *textRel, list ...junction.Neighbour[int, string]) (junction.Counts, error)
	}{
		{"AddAll", func(m *textRel, list ...junction.Neighbour[int, string]) (junction.Counts, error) {
			return m.AddAll(func(yield func(textEdge) bool) {
				for _, p := range list {
					if !yield(edge(1, p.Key, p.Through)) {
						return
					}
				}
			})
		}},
		{"Node.AddAll", func(m *textRel, list ...junction.Neighbour[int, string]) (junction.Counts, error) {
			return m.Left(1).AddAll(pairs(list...))
		}},
		{"Node.Set", func(m *textRel, list ...junction.Neighbour[int, string]) (junction.Counts, error) {
			return m.Left(1).Set(pairs(list...))
		}},
	}
	for _, l := range last {
		t.Run("the last value wins in "+l.name, func(t *testing.T) {
			inEveryBinding(t, holding(edge(1, 1, "a"), edge(1, 2, "b")), func(t *testing.T, m *textRel) {
				counts, err := l.do(m, []junction.Neighbour[int, string]{neighbour(3, "x"), neighbour(1, "x"), neighbour(2, "x"), neighbour(1, "y"), neighbour(2, "b"), neighbour(3, "z")}...)
				require.NoError(t, err)
				require.Equal(t, junction.Counts{Added: 1, Updated: 1}, counts, "net: 2 has the value that it had")
				requireEdges(t, m, edge(1, 1, "y"), edge(1, 2, "b"), edge(1, 3, "z"))
			})
		})
	}
	t.Run("ModifyAll asks once, in key order", func(t *testing.T) {
		inEveryBinding(t, holding(edge(1, 2, "b")), func(t *testing.T, m *textRel) {
			var asked []int
			counts, err := m.Left(1).ModifyAll(func(k int, old string, ok bool) (string, bool) {
				asked = append(asked, k)
				return old + "!", true
			}, 3, 2, 3, 1, 2)
			require.NoError(t, err)
			require.Equal(t, []int{1, 2, 3}, asked)
			require.Equal(t, junction.Counts{Added: 2, Updated: 1}, counts)
			requireEdges(t, m, edge(1, 1, "!"), edge(1, 2, "b!"), edge(1, 3, "!"))
		})
	})
	t.Run("keys that compare equal", func(t *testing.T) {
		for _, c := range callsWith("k", 7, "A", "b", "a", "B") {
			t.Run(c.name, func(t *testing.T) {
				inEveryBinding(t, caseless(), func(t *testing.T, m *junction.ManyToMany[string, string, int]) {
					counts, err := c.do(m)
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Added: 2}, counts)
					require.Equal(t, 2, m.Len())
				})
			})
		}
	})
}

// caseless is a relation of strings for which upper and lower case are the same.
func caseless() given[string, int] {
	fold := func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) }
	return given[string, int]{declare: func() *junction.ManyToMany[string, string, int] {
		return junction.NewFunc[string, string, int](fold, fold)
	}}
}

func TestRule06HasAllOfNothing(t *testing.T) {
	inEveryBinding(t, holding(edge(1, 1, "a"), edge(1, 2, "b")), func(t *testing.T, m *textRel) {
		require.True(t, m.Left(1).HasAll())
		require.True(t, m.Left(9).HasAll(), "of an unknown node too")
		require.True(t, m.Left(1).HasAll(1))
		require.True(t, m.Left(1).HasAll(2, 1, 2))
		require.False(t, m.Left(1).HasAll(1, 2, 3))
		require.False(t, m.Left(1).HasAll(3))
		require.False(t, m.Left(9).HasAll(1))
		require.True(t, m.Right(2).HasAll(1))
		require.False(t, m.Right(2).HasAll(1, 2))
	})
}

func TestRule07ZeroAndNaN(t *testing.T) {
	t.Run("zero keys are keys", func(t *testing.T) {
		for _, c := range callsOfPair(0, 0, "zero") {
			t.Run(c.name, func(t *testing.T) {
				inEveryBinding(t, holding[int, string](), func(t *testing.T, m *textRel) {
					_, err := c.do(m)
					require.NoError(t, err)
					require.True(t, m.Has(0, 0))
					require.True(t, m.Left(0).HasAll(0))
					require.Equal(t, 1, m.Right(0).Count())
					require.Equal(t, 1, m.Len())
					counts, err := m.Remove(0, 0)
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Removed: 1}, counts)
				})
			})
		}
		inEveryBinding(t, holding(edge("", "", 1)), func(t *testing.T, m *junction.ManyToMany[string, string, int]) {
			through, ok := m.Get("", "")
			require.True(t, ok)
			require.Equal(t, 1, through)
		})
		inEveryBinding(t, holding(edge[float64, float64](0, 0, "a")), func(t *testing.T, m *floatRel) {
			require.True(t, m.Has(math.Copysign(0, -1), 0), "the two zeros are one key")
			counts, err := m.Add(0, math.Copysign(0, -1), "a")
			require.NoError(t, err)
			require.Zero(t, counts)
		})
	})

	nan := math.NaN()
	naive := func(x, y float64) int { // says that a NaN equals everything
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	orders := map[string]func() *floatRel{
		"natural order": junction.New[float64, float64, string],
		"cmp.Compare": func() *floatRel {
			return junction.NewFunc[float64, float64, string](cmp.Compare[float64], cmp.Compare[float64])
		},
		"naive comparison": func() *floatRel { return junction.NewFunc[float64, float64, string](naive, naive) },
	}
	for name, declare := range orders {
		floats := given[float64, string]{declare, []junction.Edge[float64, float64, string]{edge[float64, float64](1, 1, "a"), edge[float64, float64](1, 2, "b"), edge[float64, float64](2, 2, "c")}}
		t.Run("NaN is refused, "+name, func(t *testing.T) {
			refused := slices.Concat(callsOfPair(nan, 1, "x"), callsOfPair(1, nan, "x"), callsOfPair(nan, nan, "x"))
			for _, c := range refused {
				t.Run(c.name, func(t *testing.T) {
					inEveryBinding(t, floats, func(t *testing.T, m *floatRel) {
						requireUnchanged(t, m, func() {
							counts, err := c.do(m)
							require.ErrorIs(t, err, junction.ErrKey)
							require.Zero(t, counts)
						})
					})
				})
			}
		})
		t.Run("NaN is related to nothing, "+name, func(t *testing.T) {
			inEveryBinding(t, floats, func(t *testing.T, m *floatRel) {
				assert.False(t, m.Has(nan, 1))
				assert.False(t, m.Has(1, nan))
				_, ok := m.Get(1, nan)
				assert.False(t, ok)
				assert.False(t, m.Left(1).HasAll(1, nan))
				assert.Zero(t, m.Left(nan).Count())
				assert.Empty(t, maps.Collect(m.Right(nan).All()))
			})
		})
		removals := []call[float64, string]{
			{"Remove", func(m *floatRel) (junction.Counts, error) { return m.Remove(1, nan) }},
			{"Remove, other end", func(m *floatRel) (junction.Counts, error) { return m.Remove(nan, 1) }},
			{"Node.Remove", func(m *floatRel) (junction.Counts, error) { return m.Left(1).Remove(nan) }},
			{"Node.Clear", func(m *floatRel) (junction.Counts, error) { return m.Left(nan).Clear() }},
			{"Node.SetKeys()", func(m *floatRel) (junction.Counts, error) { return m.Left(nan).SetKeys() }},
			{"RemoveLeft", func(m *floatRel) (junction.Counts, error) { return m.RemoveLeft(nan) }},
			{"RemoveRight", func(m *floatRel) (junction.Counts, error) { return m.RemoveRight(nan) }},
		}
		for _, c := range removals {
			t.Run("NaN removes nothing, "+name+", "+c.name, func(t *testing.T) {
				inEveryBinding(t, floats, func(t *testing.T, m *floatRel) {
					requireUnchanged(t, m, func() {
						counts, err := c.do(m)
						if err != nil {
							require.ErrorIs(t, err, junction.ErrKey)
						}
						require.Zero(t, counts)
					})
				})
			})
		}
	}
	t.Run("NaN of other float types", func(t *testing.T) {
		type celsius float32
		m := junction.New[celsius, float32, int]()
		fixture.CheckAtEnd(t, m.Graph())
		_, err := m.Add(celsius(nan), 1, 1)
		require.ErrorIs(t, err, junction.ErrKey)
		_, err = m.Add(1, float32(nan), 1)
		require.ErrorIs(t, err, junction.ErrKey)
		require.Zero(t, m.Len())
	})
	t.Run("what does not equal itself under the comparison", func(t *testing.T) {
		odd := func(x, y []int) int {
			if len(x) == 0 || len(y) == 0 {
				return -1
			}
			return slices.Compare(x, y)
		}
		m := junction.NewFunc[[]int, []int, int](odd, odd)
		fixture.CheckAtEnd(t, m.Graph())
		_, err := m.Add(nil, []int{1}, 1)
		require.ErrorIs(t, err, junction.ErrKey)
		_, err = m.Add([]int{1}, nil, 1)
		require.ErrorIs(t, err, junction.ErrKey)
		_, err = m.Add([]int{1}, []int{1}, 1)
		require.NoError(t, err)
	})
}

func TestRule08OrderOfKeys(t *testing.T) {
	t.Run("integers", func(t *testing.T) {
		requireOrder(t, junction.New[int, int, int], cmp.Compare[int], math.MinInt, -300, -7, -1, 0, 1, 2, 9, 255, 256, math.MaxInt/3, math.MaxInt)
	})
	t.Run("small integers", func(t *testing.T) {
		requireOrder(t, junction.New[int8, int8, int], cmp.Compare[int8], -128, -1, 0, 1, 127)
	})
	t.Run("unsigned", func(t *testing.T) {
		requireOrder(t, junction.New[uint64, uint64, int], cmp.Compare[uint64], 0, 1, 1<<63-1, 1<<63, math.MaxUint64)
	})
	t.Run("floats", func(t *testing.T) {
		requireOrder(t, junction.New[float64, float64, string], cmp.Compare[float64], math.Inf(-1), -1.5, 0, 1e-300, 2, math.Inf(1))
	})
	t.Run("strings", func(t *testing.T) {
		requireOrder(t, junction.New[string, string, int], cmp.Compare[string], "", "\x00", "A", "a", "aa", "b", "ä", "\xff")
	})
	t.Run("reversed", func(t *testing.T) {
		requireOrder(t, func() *junction.ManyToMany[int, int, int] {
			return junction.NewFunc[int, int, int](descending, descending)
		}, descending, 5, 3, 1, 0, -4)
	})
	t.Run("many", func(t *testing.T) {
		keys := make([]int, 600)
		for i := range keys {
			keys[i] = 3*i - 900
		}
		m := junction.New[int, int, int]()
		fixture.CheckAtEnd(t, m.Graph())
		for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(len(keys)) {
			fixture.Fill(m, edge(keys[i], 1, 0), edge(1, keys[i], 0))
		}
		withOne := slices.Sorted(slices.Values(append(keys, 1)))
		require.Equal(t, withOne, firsts(m.Lefts()))
		require.Equal(t, withOne, firsts(m.Rights()))
		require.Equal(t, keys, slices.Collect(m.Left(1).Keys()))
		require.Equal(t, keys, firsts(m.Right(1).All()))
	})
	t.Run("keys that compare equal are one", func(t *testing.T) {
		inEveryBinding(t, caseless(), func(t *testing.T, m *junction.ManyToMany[string, string, int]) {
			fixture.Fill(m, edge("a", "x", 1), edge("A", "X", 2), edge("A", "y", 3))
			require.Equal(t, 2, m.Len())
			require.Equal(t, 1, m.NumLefts())
			require.True(t, m.Left("A").HasAll("x", "Y"))
			through, _ := m.Get("a", "X")
			require.Equal(t, 2, through)
			counts, err := m.RemoveRight("Y")
			require.NoError(t, err)
			require.Equal(t, junction.Counts{Removed: 1}, counts)
		})
	})
}

// firsts collects the keys of a sequence of two.
func firsts[K, V any](seq iter.Seq2[K, V]) (keys []K) {
	for k := range seq {
		keys = append(keys, k)
	}
	return keys
}

// requireOrder relates all of the ascending keys to all of them, in several orders of insertion,
// and reads them back.
func requireOrder[K, T any](t *testing.T, declare func() *junction.ManyToMany[K, K, T], compare func(x, y K) int, keys ...K) {
	t.Helper()
	require.True(t, slices.IsSortedFunc(keys, compare), "the test's own keys")
	var edges []junction.Edge[K, K, T]
	for _, a := range keys {
		for _, b := range keys {
			edges = append(edges, junction.Edge[K, K, T]{Left: a, Right: b})
		}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	fillings := map[string]func(m *junction.ManyToMany[K, K, T]){
		"one by one": func(m *junction.ManyToMany[K, K, T]) { fixture.Fill(m, edges...) },
		"in bulk": func(m *junction.ManyToMany[K, K, T]) {
			_, err := m.AddAll(slices.Values(edges))
			require.NoError(t, err)
		},
	}
	for name, fillIn := range fillings {
		t.Run(name, func(t *testing.T) {
			inEveryBinding(t, given[K, T]{declare: declare}, func(t *testing.T, m *junction.ManyToMany[K, K, T]) {
				fillIn(m)
				require.Equal(t, keys, firsts(m.Lefts()))
				require.Equal(t, keys, firsts(m.Rights()))
				for _, k := range keys {
					require.Equal(t, keys, slices.Collect(m.Left(k).Keys()))
					require.Equal(t, keys, firsts(m.Right(k).All()))
					back := firsts(m.Left(k).Backward())
					slices.Reverse(back)
					require.Equal(t, keys, back)
				}
				require.True(t, slices.IsSortedFunc(slices.Collect(m.Edges()), func(x, y junction.Edge[K, K, T]) int {
					return cmp.Or(compare(x.Left, y.Left), compare(x.Right, y.Right))
				}))
			})
		})
	}
}

func TestRule09WritingInsideALoop(t *testing.T) {
	loops := []struct {
		name string
		// run loops over the relation, calls body once for each element, and returns what it saw.
		run func(m *textRel, body func()) any
	}{
		{"Edges", func(m *textRel, body func()) any { return fixture.Collect(m.Edges(), body) }},
		{"Inverse.Edges", func(m *textRel, body func()) any { return fixture.Collect(m.Inverse().Edges(), body) }},
		{"Lefts", func(m *textRel, body func()) any { return fixture.Collect2(m.Lefts(), body) }},
		{"Rights", func(m *textRel, body func()) any { return fixture.Collect2(m.Rights(), body) }},
		{"Node.All", func(m *textRel, body func()) any { return fixture.Collect2(m.Left(1).All(), body) }},
		{"Node.All, right", func(m *textRel, body func()) any { return fixture.Collect2(m.Right(1).All(), body) }},
		{"Node.Backward", func(m *textRel, body func()) any { return fixture.Collect2(m.Left(1).Backward(), body) }},
		{"Node.Keys", func(m *textRel, body func()) any { return fixture.Collect(m.Left(1).Keys(), body) }},
		{"Node.Range", func(m *textRel, body func()) any { return fixture.Collect2(m.Left(1).Range(junction.From(1)), body) }},
		{"And", func(m *textRel, body func()) any {
			return fixture.Collect(junction.And[int](m.Left(1), m.Left(2)).Keys(), body)
		}},
		{"Or", func(m *textRel, body func()) any {
			return fixture.Collect(junction.Or[int](m.Left(1), m.Right(1)).Keys(), body)
		}},
		{"Minus", func(m *textRel, body func()) any {
			return fixture.Collect(junction.Minus[int](m.Left(1), m.Left(3)).Keys(), body)
		}},
	}
	// A write that changes all that the loops read, whichever node or side they look at.
	write := func(m *textRel, i int) {
		var err error
		switch i {
		case 0:
			_, err = m.Left(1).Remove(1, 2)
		case 1:
			_, err = m.Left(1).AddEach([]int{5000, -1, 3}, "new")
		case 2:
			_, err = m.RemoveRight(1)
		case 3:
			_, err = m.Clear()
		case 4:
			_, err = m.AddAll(slices.Values(append(star(2, 9), star(1, 700)...)))
		default:
			_, err = m.Add(i, 1, "more")
		}
		if err != nil {
			panic(err)
		}
	}
	nothing := func() {}
	for _, loop := range loops {
		for _, n := range degrees {
			edges := append(star(1, n), append(star(2, n/2+2), edge(3, 2, "x"), edge(4, 1, "y"), edge(5, 1, "y"), edge(6, 1, "y"))...)
			t.Run(fmt.Sprint(loop.name, " of ", n), func(t *testing.T) {
				inEveryBinding(t, holding(edges...), func(t *testing.T, m *textRel) {
					want := loop.run(m, nothing)
					require.Greater(t, length(want), 0)
					i := 0
					seen := loop.run(m, func() {
						if i < 12 {
							write(m, i)
						}
						i++
					})
					require.Equal(t, want, seen, "the state at which the loop began")
					require.NotEqual(t, want, loop.run(m, nothing), "the next loop sees the writes")
				})
			})
			t.Run(fmt.Sprint(loop.name, " of ", n, " goes on after the commit"), func(t *testing.T) {
				m := holding(edges...).live()
				fixture.CheckAtEnd(t, m.Graph())
				tx, err := m.Graph().Begin(context.Background())
				require.NoError(t, err)
				write(m.In(tx), 6)
				want := loop.run(m.In(tx), nothing)
				i := 0
				seen := loop.run(m.In(tx), func() {
					if i == 0 {
						write(m.In(tx), 7)
						require.NoError(t, tx.Commit())
					} else if i < 12 {
						write(m, i-1) // live, over what the commit installed
					}
					i++
				})
				require.Equal(t, want, seen)
			})
			t.Run(fmt.Sprint(loop.name, " of ", n, " at a snapshot"), func(t *testing.T) {
				m := holding(edges...).live()
				fixture.CheckAtEnd(t, m.Graph())
				at := m.At(m.Graph().Snapshot())
				want := loop.run(m, nothing)
				for i := range 12 {
					require.Equal(t, want, loop.run(at, nothing))
					write(m, i)
				}
				require.Equal(t, want, loop.run(at, nothing))
			})
		}
	}
	t.Run("Changes", func(t *testing.T) {
		for _, n := range degrees {
			m := holding(star(1, n)...).live()
			fixture.CheckAtEnd(t, m.Graph())
			tx, err := m.Graph().Begin(context.Background())
			require.NoError(t, err)
			in := m.In(tx)
			write(in, 0)
			write(in, 1)
			want := fixture.Collect(in.Changes(), nothing)
			require.NotEmpty(t, want)
			i := 0
			require.Equal(t, want, fixture.Collect(in.Changes(), func() { write(in, 2+i%3); i++ }))

			want = fixture.Collect(in.Changes(), nothing)
			i = 0
			require.Equal(t, want, fixture.Collect(in.Changes(), func() {
				if i == 0 {
					require.NoError(t, tx.Commit())
				}
				if i < 12 {
					write(m, i)
				}
				i++
			}), "goes on after the commit")
		}
	})
	t.Run("a loop that is left early or panics holds nothing", func(t *testing.T) {
		m := holding(star(1, 3)...).live()
		fixture.CheckAtEnd(t, m.Graph())
		for range m.Edges() {
			break
		}
		require.Panics(t, func() {
			for range m.Left(1).All() {
				panic("out")
			}
		})
		_, err := m.Clear()
		require.NoError(t, err)
	})
	t.Run("a loop opens a transaction", func(t *testing.T) {
		m := holding(star(1, 3)...).live()
		fixture.CheckAtEnd(t, m.Graph())
		for k := range m.Left(1).Keys() {
			require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
				_, err := m.In(tx).Right(k).Clear()
				return err
			}))
		}
		require.Zero(t, m.Len())
	})
	t.Run("a sequence begins anew with each loop", func(t *testing.T) {
		inEveryBinding(t, holding(edge(1, 1, "a")), func(t *testing.T, m *textRel) {
			keys, either := m.Left(1).Keys(), junction.Or[int](m.Left(1), m.Left(2))
			require.Equal(t, []int{1}, slices.Collect(keys))
			fixture.Fill(m, edge(1, 2, "b"), edge(2, 3, "c"))
			require.Equal(t, []int{1, 2}, slices.Collect(keys))
			require.Equal(t, []int{1, 2, 3}, slices.Collect(either.Keys()))
		})
	})
}

func length(seen any) int {
	switch seen := seen.(type) {
	case []textEdge:
		return len(seen)
	case []int:
		return len(seen)
	case []junction.Neighbour[int, int]:
		return len(seen)
	case []junction.Neighbour[int, string]:
		return len(seen)
	}
	return -1
}

func TestRule10FailedUpdateLeavesNothing(t *testing.T) {
	ctx := context.Background()
	failure := errors.New("mine")
	// spoil changes two relations in every way before the update fails.
	spoil := func(tx *junction.Tx, m, other *textRel) {
		fixture.Fill(m.In(tx), edge(7, 7, "new"))
		_, _ = m.In(tx).Left(1).SetKeys(3)
		_, _ = m.In(tx).RemoveRight(2)
		_, _ = other.In(tx).Clear()
		fixture.Fill(other.In(tx), star(9, 300)...)
	}
	tests := []struct {
		name string
		run  func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx))
	}{
		{"error", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			err := g.Update(ctx, func(tx *junction.Tx) error { spoil(tx); return fmt.Errorf("wrapped: %w", failure) })
			require.ErrorIs(t, err, failure)
		}},
		{"panic", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			require.PanicsWithValue(t, failure, func() {
				_ = g.Update(ctx, func(tx *junction.Tx) error { spoil(tx); panic(failure) })
			})
		}},
		{"Goexit", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			var wg sync.WaitGroup
			wg.Go(func() {
				_ = g.Update(ctx, func(tx *junction.Tx) error { spoil(tx); runtime.Goexit(); return nil })
			})
			wg.Wait()
		}},
		{"context cancelled inside", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			ctx, cancel := context.WithCancel(ctx)
			err := g.Update(ctx, func(tx *junction.Tx) error { spoil(tx); cancel(); return nil })
			require.ErrorIs(t, err, context.Canceled)
		}},
		{"deadline passed inside", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			ctx, cancel := context.WithTimeout(ctx, time.Microsecond)
			defer cancel()
			err := g.Update(ctx, func(tx *junction.Tx) error { spoil(tx); <-ctx.Done(); return nil })
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}},
		{"context cancelled before", func(t *testing.T, g *junction.Graph, _ func(tx *junction.Tx)) {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			err := g.Update(ctx, func(*junction.Tx) error { t.Error("fn ran"); return nil })
			require.ErrorIs(t, err, context.Canceled)
		}},
		{"rolled back inside", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			err := g.Update(ctx, func(tx *junction.Tx) error { spoil(tx); tx.Rollback(); return nil })
			require.ErrorIs(t, err, junction.ErrTxDone)
		}},
		{"Rollback", func(t *testing.T, g *junction.Graph, spoil func(tx *junction.Tx)) {
			tx, err := g.Begin(ctx)
			require.NoError(t, err)
			spoil(tx)
			tx.Rollback()
			require.ErrorIs(t, tx.Commit(), junction.ErrTxDone)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := junction.NewGraph(nil)
			fixture.CheckAtEnd(t, g)
			m := junction.Relate[int, int, string](g, "m")
			other := junction.Relate[int, int, string](g, "other")
			fixture.Fill(m, edge(1, 1, "a"), edge(1, 2, "b"), edge(2, 2, "c"))
			fixture.Fill(other, star(3, 300)...)
			requireUnchanged(t, other, func() {
				requireUnchanged(t, m, func() {
					test.run(t, g, func(tx *junction.Tx) { spoil(tx, m, other) })
				})
			})
			// The turn was given back: the next writer need not wait.
			require.NoError(t, g.Update(ctx, func(*junction.Tx) error { return nil }))
			_, err := m.Add(9, 9, "")
			require.NoError(t, err)
		})
	}
	t.Run("the error of fn comes back as it is", func(t *testing.T) {
		err := junction.NewGraph(nil).Update(ctx, func(*junction.Tx) error { return failure })
		require.True(t, err == failure)
	})
	t.Run("Rollback may follow anything, Commit is the end", func(t *testing.T) {
		m := junction.New[int, int, string]()
		g := m.Graph()
		fixture.CheckAtEnd(t, g)
		tx, err := g.Begin(ctx)
		require.NoError(t, err)
		fixture.Fill(m.In(tx), edge(1, 1, "a"))
		require.NoError(t, tx.Commit())
		tx.Rollback()
		tx.Rollback()
		require.ErrorIs(t, tx.Commit(), junction.ErrTxDone)
		requireEdges(t, m, edge(1, 1, "a"))

		next, err := g.Begin(ctx)
		require.NoError(t, err)
		tx.Rollback() // must not end the turn of another
		waiting, cancel := context.WithCancel(ctx)
		cancel()
		_, err = g.Begin(waiting)
		require.ErrorIs(t, err, context.Canceled)
		next.Rollback()
		next.Rollback()
		require.ErrorIs(t, next.Commit(), junction.ErrTxDone)
		require.EqualValues(t, 1, g.Revision())
	})
	t.Run("a failed Commit is the end", func(t *testing.T) {
		m := junction.New[int, int, string]()
		fixture.CheckAtEnd(t, m.Graph())
		ctx, cancel := context.WithCancel(ctx)
		tx, err := m.Graph().Begin(ctx)
		require.NoError(t, err)
		fixture.Fill(m.In(tx), edge(1, 1, "a"))
		cancel()
		require.ErrorIs(t, tx.Commit(), context.Canceled)
		require.ErrorIs(t, tx.Commit(), junction.ErrTxDone)
		tx.Rollback()
		requireEdges(t, m)
	})
}

func TestRule11FailingCallDoesNotSpoilTheTransaction(t *testing.T) {
	m := junction.New[float64, float64, string]()
	fixture.CheckAtEnd(t, m.Graph())
	fixture.Fill(m, edge[float64, float64](1, 1, "a"))
	nan := math.NaN()
	fails := slices.Concat(callsOfPair(nan, 1, "x"), callsWith(1, "x", 2, nan), []call[float64, string]{
		{"Insert of a pair that exists", func(m *floatRel) (junction.Counts, error) {
			return junction.Counts{}, m.Insert(1, 1, "x")
		}},
		{"Insert of a pair that the transaction added", func(m *floatRel) (junction.Counts, error) {
			return junction.Counts{}, m.Inverse().Insert(5, 2, "x")
		}},
	})
	require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		in := m.In(tx)
		fixture.Fill(in, edge[float64, float64](2, 5, "b"))
		for _, c := range fails {
			changes := slices.Collect(in.Changes())
			_, err := c.do(in)
			require.Error(t, err, c.name)
			require.Equal(t, changes, slices.Collect(in.Changes()), c.name)
		}
		require.Panics(t, func() {
			_, _ = in.Left(1).Modify(1, func(string, bool) (string, bool) { panic("no") })
		})
		require.Panics(t, func() {
			_, _ = in.AddAll(func(yield func(floatEdge) bool) { yield(edge[float64, float64](8, 8, "")); panic("no") })
		})
		fixture.Fill(in, edge[float64, float64](3, 5, "c"))
		return nil
	}))
	requireEdges(t, m, edge[float64, float64](1, 1, "a"), edge[float64, float64](2, 5, "b"), edge[float64, float64](3, 5, "c"))
	require.EqualValues(t, 2, m.Graph().Revision())
}

func TestRule12SequencesAreDrainedFirst(t *testing.T) {
	// Each writes what a sequence gives, for the node 1.
	writes := []struct {
		name string
		do   func(m *textRel, seq iter.Seq2[int, string]) (junction.Counts, error)
	}{
		{"AddAll", func(m *textRel, seq iter.Seq2[int, string]) (junction.Counts, error) {
			if seq == nil {
				return m.AddAll(nil)
			}
			return m.AddAll(func(yield func(textEdge) bool) {
				for k, through := range seq {
					if !yield(edge(1, k, through)) {
						return
					}
				}
			})
		}},
		{"Node.AddAll", func(m *textRel, seq iter.Seq2[int, string]) (junction.Counts, error) { return m.Left(1).AddAll(seq) }},
		{"Node.Set", func(m *textRel, seq iter.Seq2[int, string]) (junction.Counts, error) { return m.Left(1).Set(seq) }},
	}
	for _, w := range writes {
		for _, n := range degrees {
			edges := star(1, n)
			t.Run(fmt.Sprint(w.name, " reads the relation, ", n), func(t *testing.T) {
				inEveryBinding(t, holding(edges...), func(t *testing.T, m *textRel) {
					counts, err := w.do(m, func(yield func(int, string) bool) {
						for k, through := range m.Left(1).All() {
							if m.Len() != n || !m.Has(1, k) || !yield(k, through+"!") {
								panic("the relation has changed, or is no longer drained")
							}
						}
					})
					require.NoError(t, err)
					require.Equal(t, junction.Counts{Updated: n}, counts)
				})
			})
			t.Run(fmt.Sprint(w.name, " writes the relation, ", n), func(t *testing.T) {
				inEveryBinding(t, holding(edges...), func(t *testing.T, m *textRel) {
					_, err := w.do(m, func(yield func(int, string) bool) {
						for k := range n {
							if _, err := m.Remove(1, k); err != nil {
								panic(err)
							}
							yield(k, "new")
						}
						fixture.Fill(m, edge(2, 2, "beside"))
					})
					require.NoError(t, err)
					want := star(1, n)
					for i := range want {
						want[i].Through = "new"
					}
					requireEdges(t, m, append(want, edge(2, 2, "beside"))...)
				})
			})
			t.Run(fmt.Sprint(w.name, " opens a transaction, ", n), func(t *testing.T) {
				m := junction.New[int, int, string]()
				fixture.CheckAtEnd(t, m.Graph())
				_, err := w.do(m, func(yield func(int, string) bool) {
					err := m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
						fixture.Fill(m.In(tx), edge(1, 0, "by the transaction"), edge(2, 0, "by the transaction"))
						return nil
					})
					if err != nil {
						panic(err)
					}
					valuesOf(edges)(yield)
				})
				require.NoError(t, err)
				requireEdges(t, m, append(edges, edge(2, 0, "by the transaction"))...)
				require.EqualValues(t, 2, m.Graph().Revision())
			})
			t.Run(fmt.Sprint(w.name, " panics midway, ", n), func(t *testing.T) {
				inEveryBinding(t, holding(edge(1, 0, "old")), func(t *testing.T, m *textRel) {
					requireUnchanged(t, m, func() {
						require.PanicsWithValue(t, "midway", func() {
							_, _ = w.do(m, func(yield func(int, string) bool) {
								valuesOf(edges)(yield)
								panic("midway")
							})
						})
					})
				})
			})
		}
		t.Run(w.name+" of nil", func(t *testing.T) {
			inEveryBinding(t, holding(edge(1, 0, "a"), edge(2, 0, "b")), func(t *testing.T, m *textRel) {
				counts, err := w.do(m, nil)
				require.NoError(t, err)
				if w.name == "Node.Set" {
					require.Equal(t, junction.Counts{Removed: 1}, counts)
					requireEdges(t, m, edge(2, 0, "b"))
				} else {
					require.Zero(t, counts)
					requireEdges(t, m, edge(1, 0, "a"), edge(2, 0, "b"))
				}
			})
		})
		t.Run(w.name+" whose sequence ends the transaction", func(t *testing.T) {
			m := junction.New[int, int, string]()
			fixture.CheckAtEnd(t, m.Graph())
			tx, err := m.Graph().Begin(context.Background())
			require.NoError(t, err)
			counts, err := w.do(m.In(tx), func(yield func(int, string) bool) {
				yield(1, "a")
				tx.Rollback()
			})
			require.ErrorIs(t, err, junction.ErrTxDone)
			require.Zero(t, counts)
			requireEdges(t, m)
		})
	}
	t.Run("Set to what another node has", func(t *testing.T) {
		inEveryBinding(t, holding(edge(1, 1, "a"), edge(2, 1, "b"), edge(2, 2, "c")), func(t *testing.T, m *textRel) {
			_, err := m.Left(1).Set(m.Left(2).All())
			require.NoError(t, err)
			_, err = m.Left(2).Set(m.Left(2).Range(junction.Above(1)))
			require.NoError(t, err)
			requireEdges(t, m, edge(1, 1, "b"), edge(1, 2, "c"), edge(2, 2, "c"))
		})
	})
}

func TestRule13OneWriter(t *testing.T) {
	large := keysOf(star(1, 100))
	writes := slices.Concat(callsOfPair(1, 2, "x"), ofMany(callsWith(1, "x", large...)), []call[int, string]{
		{"Remove", func(m *textRel) (junction.Counts, error) { return m.Remove(1, 1) }},
		{"Node.Remove", func(m *textRel) (junction.Counts, error) { return m.Left(1).Remove(large...) }},
		{"Node.Clear", func(m *textRel) (junction.Counts, error) { return m.Left(1).Clear() }},
		{"RemoveLeft", func(m *textRel) (junction.Counts, error) { return m.RemoveLeft(1) }},
		{"RemoveRight", func(m *textRel) (junction.Counts, error) { return m.RemoveRight(1) }},
		{"Clear", func(m *textRel) (junction.Counts, error) { return m.Clear() }},
	})
	declare := func(wait time.Duration) *textRel {
		m := junction.Relate[int, int, string](junction.NewGraph(&junction.Options{BusyTimeout: wait}), "m")
		fixture.Fill(m, edge(1, 1, "old"), edge(2, 1, "old"))
		return m
	}
	for _, wait := range []time.Duration{time.Nanosecond, -1} {
		for _, w := range writes {
			t.Run(fmt.Sprint(w.name, " inside Update, BusyTimeout ", wait), func(t *testing.T) {
				m := declare(wait)
				fixture.CheckAtEnd(t, m.Graph())
				requireUnchanged(t, m, func() {
					require.NoError(t, m.Graph().Update(context.Background(), func(*junction.Tx) error {
						counts, err := w.do(m)
						require.ErrorIs(t, err, junction.ErrBusy)
						require.ErrorContains(t, err, "In(tx)")
						require.Zero(t, counts)
						return nil
					}))
				})
			})
		}
	}
	t.Run("ErrBusy from Modify inside Modify", func(t *testing.T) {
		m := declare(-1)
		fixture.CheckAtEnd(t, m.Graph())
		_, err := m.Left(1).Modify(1, func(string, bool) (string, bool) {
			_, err := m.Add(2, 2, "")
			require.ErrorIs(t, err, junction.ErrBusy)
			return "new", true
		})
		require.NoError(t, err)
		requireEdges(t, m, edge(1, 1, "new"), edge(2, 1, "old"))
	})
	t.Run("the default is 10 s", func(t *testing.T) {
		for _, w := range writes {
			t.Run(w.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := declare(0)
					fixture.CheckAtEnd(t, m.Graph())
					begin := time.Now()
					require.NoError(t, m.Graph().Update(context.Background(), func(*junction.Tx) error {
						_, err := w.do(m)
						require.ErrorIs(t, err, junction.ErrBusy)
						return nil
					}))
					require.Equal(t, 10*time.Second, time.Since(begin))
				})
			})
		}
	})
	t.Run("a write waits for the transaction to end", func(t *testing.T) {
		for _, w := range writes {
			t.Run(w.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := declare(0)
					fixture.CheckAtEnd(t, m.Graph())
					tx, err := m.Graph().Begin(t.Context())
					require.NoError(t, err)
					fixture.Fill(m.In(tx), edge(9, 9, "tx"))
					done := false
					go func() {
						_, err := w.do(m)
						assert.NoError(t, err)
						done = true
					}()
					synctest.Wait()
					require.False(t, done)
					require.NoError(t, tx.Commit())
					synctest.Wait()
					require.True(t, done)
					require.EqualValues(t, 4, m.Graph().Revision())
				})
			})
		}
	})
	t.Run("Begin and Update wait as long as their context allows", func(t *testing.T) {
		begins := map[string]func(ctx context.Context, g *junction.Graph) error{
			"Begin": func(ctx context.Context, g *junction.Graph) error {
				tx, err := g.Begin(ctx)
				if err == nil {
					tx.Rollback()
				}
				return err
			},
			"Update": func(ctx context.Context, g *junction.Graph) error {
				return g.Update(ctx, func(*junction.Tx) error { return nil })
			},
		}
		for name, begin := range begins {
			t.Run(name+" until its deadline", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g := junction.NewGraph(nil)
					tx, err := g.Begin(t.Context())
					require.NoError(t, err)
					defer tx.Rollback()
					ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
					defer cancel()
					start := time.Now()
					require.ErrorIs(t, begin(ctx, g), context.DeadlineExceeded)
					require.Equal(t, time.Hour, time.Since(start))
				})
			})
			t.Run(name+" until it is cancelled", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g := junction.NewGraph(nil)
					tx, err := g.Begin(t.Context())
					require.NoError(t, err)
					defer tx.Rollback()
					ctx, cancel := context.WithCancel(t.Context())
					var got error
					go func() { got = begin(ctx, g) }()
					synctest.Wait()
					require.NoError(t, got)
					cancel()
					synctest.Wait()
					require.ErrorIs(t, got, context.Canceled)
				})
			})
			t.Run(name+" until its turn", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					g := junction.NewGraph(&junction.Options{BusyTimeout: time.Nanosecond})
					tx, err := g.Begin(t.Context())
					require.NoError(t, err)
					done := make(chan error, 1)
					go func() { done <- begin(context.Background(), g) }()
					synctest.Wait()
					require.Empty(t, done)
					tx.Rollback()
					require.NoError(t, <-done)
				})
			})
		}
	})
	t.Run("another graph is not waited for", func(t *testing.T) {
		m, other := declare(-1), declare(-1)
		fixture.CheckAtEnd(t, other.Graph())
		require.NoError(t, m.Graph().Update(context.Background(), func(*junction.Tx) error {
			_, err := other.Add(3, 3, "")
			return err
		}))
	})
}

func TestRule14OneOrderWholeCommits(t *testing.T) {
	ctx := context.Background()
	g := junction.NewGraph(nil)
	fixture.CheckAtEnd(t, g)
	m := junction.Relate[int, int, string](g, "m")
	other := junction.Relate[int, int, string](g, "other")
	before := []textEdge{edge(1, 1, "a"), edge(1, 2, "b")}
	fixture.Fill(m, before...)
	snap := g.Snapshot()
	tx, err := g.Begin(ctx)
	require.NoError(t, err)

	in, otherIn := m.In(tx), other.In(tx)
	fixture.Fill(in, edge(2, 2, "c"))
	_, err = in.Right(1).Clear()
	require.NoError(t, err)
	_, err = in.Left(1).Add(2, "B")
	require.NoError(t, err)
	fixture.Fill(otherIn, edge(5, 5, "o"))
	after := []textEdge{edge(1, 2, "B"), edge(2, 2, "c")}

	t.Run("a transaction sees its own writes", func(t *testing.T) {
		requireEdges(t, in, after...)
		requireEdges(t, otherIn, edge(5, 5, "o"))
		requireEdges(t, m.In(tx), after...)
		requireEdges(t, in.Inverse().Inverse(), after...)
		require.Equal(t, []int{2}, slices.Collect(junction.And[int](in.Left(1), in.Left(2)).Keys()))
		require.Equal(t, []junction.Change[int, int, string]{
			{Kind: junction.Removed, Left: 1, Right: 1, Before: "a"},
			{Kind: junction.Updated, Left: 1, Right: 2, Before: "b", After: "B"},
			{Kind: junction.Added, Left: 2, Right: 2, After: "c"},
		}, slices.Collect(in.Changes()))
		require.Empty(t, slices.Collect(m.Changes()), "a live relation is in no transaction")
		require.Empty(t, slices.Collect(m.At(snap).Changes()))
	})
	t.Run("nobody else does before it commits", func(t *testing.T) {
		requireEdges(t, m, before...)
		requireEdges(t, other)
		requireEdges(t, m.At(g.Snapshot()), before...)
		require.EqualValues(t, 2, g.Revision())
		require.EqualValues(t, 2, g.Snapshot().Revision())
		require.NoError(t, g.Check())
	})
	require.NoError(t, tx.Commit())
	t.Run("everybody does after it", func(t *testing.T) {
		requireEdges(t, m, after...)
		requireEdges(t, other, edge(5, 5, "o"))
		require.EqualValues(t, 3, g.Revision(), "one revision for both relations")
		requireEdges(t, m.At(g.Snapshot()), after...)
		require.EqualValues(t, 3, g.Snapshot().Revision())
	})
	t.Run("a snapshot never changes", func(t *testing.T) {
		requireEdges(t, m.At(snap), before...)
		requireEdges(t, other.At(snap))
		require.EqualValues(t, 2, snap.Revision())
	})
	t.Run("each write that changes something is one commit", func(t *testing.T) {
		for _, c := range slices.Concat(callsOfPair(20, 20, "x"), ofMany(callsWith(20, "x", keysOf(star(20, 100))...))) {
			_, err := m.RemoveLeft(20)
			require.NoError(t, err)
			revision := g.Revision()
			_, err = c.do(m)
			require.NoError(t, err)
			require.Equal(t, revision+1, g.Revision(), c.name)
		}
	})
	t.Run("a transaction that undoes itself is no commit", func(t *testing.T) {
		revision := g.Revision()
		require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
			fixture.Fill(m.In(tx), edge(30, 30, ""))
			_, err := m.In(tx).Remove(30, 30)
			require.Empty(t, slices.Collect(m.In(tx).Changes()))
			return err
		}))
		assert.Equal(t, revision, g.Revision(), "nothing changed, so there is nothing that a revision could number")
	})
	t.Run("readers see whole commits", func(t *testing.T) {
		// Every commit moves one edge, so that a reader of a snapshot or a loop must find exactly
		// one.
		m := junction.New[int, int, string]()
		fixture.CheckAtEnd(t, m.Graph())
		fixture.Fill(m, edge(0, 0, ""))
		var wg sync.WaitGroup
		done := make(chan struct{})
		for range 2 {
			wg.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					at := m.At(m.Graph().Snapshot())
					assert.Equal(t, 1, at.Len())
					assert.Len(t, slices.Collect(at.Edges()), 1)
					assert.Len(t, slices.Collect(m.Edges()), 1)
					assert.Equal(t, 1, m.Len())
				}
			})
		}
		for i := range 300 {
			assert.NoError(t, m.Graph().Update(ctx, func(tx *junction.Tx) error {
				in := m.In(tx)
				if _, err := in.Clear(); err != nil {
					return err
				}
				_, err := in.Add(i%7, i%5, "")
				return err
			}))
		}
		close(done)
		wg.Wait()
	})
}

// textRelations are the kinds of relation that bulk writes take differently.
var textRelations = map[string]func() *textRel{
	"ordered":    junction.New[int, int, string],
	"reversed":   func() *textRel { return junction.NewFunc[int, int, string](descending, descending) },
	"undirected": junction.NewUndirected[int, string],
}

func descending(x, y int) int { return cmp.Compare(y, x) }

// TestAddAllInAnyOrder gives AddAll the same edges in ways that it takes differently: in order,
// in none, in order up to some edge, few and many. The last value of a pair wins in each,
// whatever was in the relation before.
func TestAddAllInAnyOrder(t *testing.T) {
	sorted := func(n int) (list []textEdge) {
		for i := range n {
			list = append(list, textEdge{Left: i / 7, Right: i % 7 * 3, Through: "first"})
		}
		return list
	}
	again := func(list []textEdge) []textEdge {
		for i := range list {
			list[i].Through = "last"
		}
		return list
	}
	orders := map[string]func(n int) []textEdge{
		"in order": sorted,
		"twice":    func(n int) []textEdge { return append(sorted(n), again(sorted(n))...) },
		"backwards": func(n int) []textEdge {
			list := sorted(n)
			slices.Reverse(list)
			return list
		},
		"in order to the last but one": func(n int) []textEdge {
			return append(sorted(n), textEdge{Left: 0, Right: 0, Through: "last"})
		},
		"each pair twice": func(n int) (list []textEdge) {
			for _, e := range sorted(n) {
				list = append(list, e, again([]textEdge{e})[0])
			}
			return list
		},
		"shuffled": func(n int) []textEdge {
			list := append(sorted(n), again(sorted(n/2))...)
			rand.New(rand.NewPCG(1, 2)).Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
			return list
		},
	}
	before := []textEdge{edge(0, 0, "before"), edge(3, 900, "before"), edge(1000, 3, "before")}
	for relation, declare := range textRelations {
		for order, list := range orders {
			for _, n := range []int{1, 64, 65, 500, 1024, 1025, 5_000} { // few and many edges, a block, and more
				for _, old := range [][]textEdge{nil, before} {
					t.Run(fmt.Sprintf("%s/%s/%d/%d", relation, order, n, len(old)), func(t *testing.T) {
						m, want := declare(), declare()
						fixture.Fill(m, old...)
						fixture.Fill(want, old...)
						edges := list(n)
						c, err := m.AddAll(slices.Values(edges))
						require.NoError(t, err)
						fixture.Fill(want, edges...)
						require.Equal(t, slices.Collect(want.Edges()), slices.Collect(m.Edges()))
						require.Equal(t, want.Len()-len(old), c.Added)
						require.NoError(t, m.Graph().Check())
					})
				}
			}
		}
	}
}
