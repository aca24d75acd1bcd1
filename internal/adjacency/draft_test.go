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

type draftSide = typedSide[int, int, int]

var equalInts = sameOf(func(x, y int) bool { return x == y })

// nodesOf returns the nodes that a state shows, in the order in which it shows them.
func nodesOf(n Nodes) (keys []int) {
	for k := range n.All {
		keys = append(keys, *(*int)(k))
	}
	return keys
}

// TestDraftOrder holds that a draft shows its nodes in order and as they are, whenever it is looked
// at: nodes that were touched before and after, that went and came back, one by one and in bulk;
// and that what it installs is in order, too.
func TestDraftOrder(t *testing.T) {
	for name, live := range map[string]func() *draftSide{
		"hash": func() *draftSide { return naturalSide[int, int, int](ordered.DefaultLimits) },
		"comparison": func() *draftSide {
			return funcSide[int, int, int](cmp.Compare[int], cmp.Compare[int], ordered.DefaultLimits)
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
	write := func(s Side, k, value int) {
		put(s, k, 0, value, equalInts)
		model[k] = value
	}
	for range r.IntN(20) {
		write(live.Live, r.IntN(30), 1)
	}
	d := NewDraft(live.Live, equalInts, true, nil)
	before := maps.Clone(model)
	for range r.IntN(60) {
		switch k := r.IntN(30); {
		case r.IntN(8) == 0:
			require.Equal(t, slices.Sorted(maps.Keys(model)), nodesOf(d.Freeze()))
		case r.IntN(8) == 0:
			var batch []edge[int, int, int]
			value := r.IntN(3)
			for k := r.IntN(10); k < 30; k += 1 + r.IntN(10) {
				batch = append(batch, edge[int, int, int]{k, 0, value})
				model[k] = value
			}
			d.Merge(live.bulk(batch...), equalInts)
		case r.IntN(8) == 0:
			var batch []edge[int, int, int]
			for k := r.IntN(10); k < 30; k += 1 + r.IntN(10) {
				batch = append(batch, edge[int, int, int]{k, 0, -1})
				delete(model, k)
			}
			d.Subtract(live.bulk(batch...))
		case r.IntN(3) == 0:
			if at := Locate(d, Pointer(&k), Pointer(new(0))); at.Found {
				d.Delete(Pointer(&k), at)
				delete(model, k)
			}
		default:
			write(d, k, r.IntN(3))
		}
	}
	changed := map[int]bool{}
	last := -1
	show := d.Changes
	if r.IntN(2) == 0 {
		show = d.ChangesNow
	}
	show(func(node, _, _ Pointer) bool {
		k := *(*int)(node)
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
	for k, want := range model {
		got, ok := value[int](live.Live, k, 0)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
}

// TestBeside holds that each edge of a side stands beside what a state has in its place, in order,
// of all states.
func TestBeside(t *testing.T) {
	for name, declare := range sides {
		t.Run(name, func(t *testing.T) {
			live, batch := healthy(declare()), declare()
			for k := range 6 {
				relate(batch.Live, k, 2)
				put(batch.Live, 2, 5*k, "new", nil)
			}
			d := draftOf(live)
			drop(d, 1)
			put(d, 2, 5, "drafted", nil)
			for _, s := range []Side{live.Live, live.Frozen(), d} {
				var edges []edge[int, int, string]
				found := 0
				Beside(s, batch.Live, func(node, there, entry Pointer) {
					k, e := *(*int)(node), *(*ordered.Entry[int, string])(entry)
					edges = append(edges, edge[int, int, string]{k, e.Key, e.Value})
					old, ok := value[string](s, k, e.Key)
					require.Equal(t, ok, there != nil, "%d %d", k, e.Key)
					if ok {
						require.Equal(t, ordered.Entry[int, string]{Key: e.Key, Value: old}, *(*ordered.Entry[int, string])(there))
						found++
					}
				})
				require.Equal(t, batch.edges(), edges)
				require.Positive(t, found)
				require.Less(t, found, len(edges))
			}
		})
	}
}
