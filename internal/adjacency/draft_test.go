package adjacency

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/ordered"
)

type draftSide = Side[int, int, int]

func equalInts(x, y int) bool { return x == y }

// nodesOf returns the nodes that a state shows, in the order in which it shows them.
func nodesOf(n Nodes[int, int, int]) (keys []int) {
	for k := range n.All {
		keys = append(keys, k)
	}
	return keys
}

// TestDraftOrder holds that a draft shows its nodes in order and as they are, whenever it is looked at: nodes that were touched before and after, that
// went and came back, one by one and in bulk; and that what it installs is in order, too.
func TestDraftOrder(t *testing.T) {
	for name, live := range map[string]func() *draftSide{
		"hash": func() *draftSide { return NewOrdered[int, int, int](ordered.DefaultLimits) },
		"comparison": func() *draftSide {
			return NewFunc[int, int, int](cmp.Compare[int], cmp.Compare[int], ordered.DefaultLimits)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			for range 300 {
				testDraftOrder(t, live(), r)
			}
		})
	}
}

func testDraftOrder(t *testing.T, live *draftSide, r *rand.Rand) {
	model := map[int]int{} // the value of the one neighbour of each node
	put := func(s State[int, int, int], k, value int) {
		s.Put(k, Locate(s, k, 0), 0, value, equalInts)
		model[k] = value
	}
	for range r.IntN(20) {
		put(live, r.IntN(30), 1)
	}
	d := NewDraft(live, equalInts, true)
	before := maps.Clone(model)
	for range r.IntN(60) {
		switch k := r.IntN(30); {
		case r.IntN(8) == 0:
			require.Equal(t, slices.Sorted(maps.Keys(model)), nodesOf(d.Freeze()))
		case r.IntN(8) == 0:
			bulk := live.Builder(0)
			value := r.IntN(3)
			for k := r.IntN(10); k < 30; k += 1 + r.IntN(10) {
				bulk.AddAll([]Edge[int, int, int]{{k, 0, value}})
				model[k] = value
			}
			d.Merge(bulk.Side(), equalInts)
		case r.IntN(8) == 0:
			bulk := live.Builder(0)
			for k := r.IntN(10); k < 30; k += 1 + r.IntN(10) {
				bulk.AddAll([]Edge[int, int, int]{{k, 0, -1}})
				delete(model, k)
			}
			d.Subtract(bulk.Side())
		case r.IntN(3) == 0:
			if at := Locate(d, k, 0); at.Found {
				d.Delete(k, at)
				delete(model, k)
			}
		default:
			put(d, k, r.IntN(3))
		}
	}
	changed := map[int]bool{}
	last := -1
	show := d.Changes
	if r.IntN(2) == 0 {
		show = d.ChangesNow
	}
	show(func(k int, _, _ *ordered.Entry[int, int]) bool {
		require.Less(t, last, k, "changes come in order, each once")
		last, changed[k] = k, true
		return true
	})
	for k := range 30 {
		old, was := before[k]
		now, is := model[k]
		require.Equal(t, was != is || old != now, changed[k], k)
	}
	require.LessOrEqual(t, len(changed), d.MostChanges())
	require.Equal(t, len(changed) > 0, d.Changed())
	d.Install()
	require.NoError(t, live.Check())
	require.Equal(t, slices.Sorted(maps.Keys(model)), nodesOf(live.Freeze()))
	for k, value := range model {
		got, ok := live.Get(k, 0)
		require.True(t, ok)
		require.Equal(t, value, got)
	}
}

// TestBeside holds that each edge of a side stands beside what a state has in its place, in order, of all states.
func TestBeside(t *testing.T) {
	for name, declare := range sides {
		t.Run(name, func(t *testing.T) {
			live, batch := healthy(declare()), declare()
			for k := range 6 {
				relate(batch, k, 2)
				batch.Put(2, Locate(batch, 2, 5*k), 5*k, "new", nil)
			}
			d := draftOf(live)
			d.Drop(1, d.Find(1))
			d.Put(2, Locate(d, 2, 5), 5, "drafted", nil)
			for _, s := range []State[int, int, string]{live, live.Frozen(), d} {
				var want, edges [][3]any
				found := 0
				Beside(s, batch, func(k int, old, e *ordered.Entry[int, string]) {
					edges = append(edges, [3]any{k, e.Key, e.Value})
					value, ok := s.Get(k, e.Key)
					require.Equal(t, ok, old != nil, "%d %d", k, e.Key)
					if ok {
						require.Equal(t, ordered.Entry[int, string]{Key: e.Key, Value: value}, *old)
						found++
					}
				})
				for k, slot := range batch.All {
					for n, value := range slot.View().All {
						want = append(want, [3]any{k, n, value})
					}
				}
				require.Equal(t, want, edges)
				require.Positive(t, found)
				require.Less(t, found, len(edges))
			}
		})
	}
}
