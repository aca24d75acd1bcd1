package ordered

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type (
	intOrder = typedOrder[int, int]
	intMap   = typedMap[int, int]
	intView  = typedView[int, int]
	intEntry = Entry[int, int]
)

func equalInts(x, y int) bool { return x == y }

// sizes are the limits under test. With the tiny ones a handful of entries is a tree of several
// levels; an array of 8 is the least of which parts are joined when they shrink.
var sizes = []Limits{{MaxRun: 4, Degree: 2}, {MaxRun: 8, Degree: 2}, {MaxRun: 17, Degree: 3}, DefaultLimits}

// withOrders runs a test on maps of all limits, of keys that have < and of keys that have a
// comparison function, and tells it how many different keys make the map go through all its shapes.
func withOrders(t *testing.T, test func(t *testing.T, kd *intOrder, keys int)) {
	t.Helper()
	down := func(x, y int) int { return cmp.Compare(y, x) }
	for _, l := range sizes {
		keys := 12 * l.MaxRun
		if l == DefaultLimits {
			keys = 4 * l.MaxRun
		}
		t.Run(fmt.Sprint("natural ", l), func(t *testing.T) { test(t, naturalOrder[int, int](l), keys) })
		t.Run(fmt.Sprint("func ", l), func(t *testing.T) { test(t, funcOrder[int, int](down, l), keys) })
	}
}

// content returns what a map should hold, in order.
func content(kd *intOrder, model map[int]int) []intEntry {
	entries := make([]intEntry, 0, len(model))
	for k, v := range model {
		entries = append(entries, intEntry{Key: k, Value: v})
	}
	slices.SortFunc(entries, func(x, y intEntry) int { return kd.Compare(x.Key, y.Key) })
	return entries
}

// evens returns n entries whose keys are even, so that there are keys between them, ascending by
// the kind's order.
func evens(kd *intOrder, n int) []intEntry {
	model := map[int]int{}
	for i := range n {
		model[2*i] = i
	}
	return content(kd, model)
}

// mapOf returns a map of what a view holds, which the test only reads or has just built.
func mapOf[K, V any](v typedView[K, V]) (m typedMap[K, V]) {
	m.set(v.View)
	return m
}

// listed returns a view of ascending entries, which are not copied.
func listed[K, V any](sorted []Entry[K, V]) typedView[K, V] {
	return typedView[K, V]{ViewOf(runFrom(sorted))}
}

// has reports whether a key is there.
func has[K, V any](kd *typedOrder[K, V], m *typedMap[K, V], k K) bool {
	_, ok := kd.Get(m, k)
	return ok
}

// requireView reads a view in every way.
func requireView(t *testing.T, kd *intOrder, want []intEntry, v intView) {
	t.Helper()
	require.NoError(t, kd.Check(v))
	require.Equal(t, len(want), v.Len())
	require.GreaterOrEqual(t, v.Capacity(), v.Len())
	seen := make([]intEntry, 0, len(want))
	see := func(k, value int) bool { seen = append(seen, intEntry{Key: k, Value: value}); return true }

	require.True(t, v.Each(see))
	require.Equal(t, want, seen, "Each")
	seen = append(seen[:0], v.Run()...)
	require.Equal(t, v.HasTree(), v.tree != nil)
	if v.HasTree() {
		require.Empty(t, seen, "Run of a tree")
	} else {
		require.Equal(t, want, seen, "Run")
	}
	if len(want) > 0 {
		first, last := kd.Ends(v.View)
		require.Equal(t, [2]int{want[0].Key, want[len(want)-1].Key}, [2]int{*(*int)(first), *(*int)(last)}, "Ends")
	}
	require.Equal(t, want, append([]intEntry{}, entriesOf[int, int](kd.AppendTo(v.View, Run{}))...), "AppendTo")
	seen = seen[:0]
	v.Backward(see)
	slices.Reverse(seen)
	require.Equal(t, want, seen, "Backward")
	seen = seen[:0]
	for c := kd.Cursor(v); c.Valid(); c.Next() {
		seen = append(seen, c.Entry())
	}
	require.Equal(t, want, seen, "Cursor")
	m := mapOf(v)
	for _, e := range want {
		value, ok := kd.Get(&m, e.Key)
		require.True(t, ok, "Get %d", e.Key)
		require.Equal(t, e.Value, value, "Get %d", e.Key)
	}
}

func TestMapAgainstModel(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		r := rand.New(rand.NewPCG(1, uint64(keys)))
		var m intMap
		model := map[int]int{}
		type frozen struct {
			view intView
			want []intEntry
		}
		var views []frozen
		var scratch []intEntry
		for step := range 60 * keys / 4 {
			// The map grows for a while and shrinks for a while, so that it crosses its limits in
			// both directions.
			growing := step/(5*keys)%2 == 0
			k, value := r.IntN(keys), r.IntN(3)
			switch op := r.IntN(100); {
			case op < 2:
				views = append(views, frozen{m.Freeze(), content(kd, model)})
			case op < 3: // from here on a copy that shares everything
				copied := m.Share()
				views = append(views, frozen{m.View(), content(kd, model)})
				m = copied
			case op < 6:
				batch := map[int]int{}
				for range 1 + r.IntN(keys/8+1) {
					batch[r.IntN(keys)] = r.IntN(3)
				}
				wantAdded, wantUpdated := 0, 0
				for k, value := range batch {
					if old, ok := model[k]; !ok {
						wantAdded++
					} else if old != value {
						wantUpdated++
					}
				}
				maps.Copy(model, batch)
				var added, updated int
				added, updated, scratch = kd.Merge(&m, content(kd, batch), equalInts, scratch)
				require.Equal(t, [2]int{wantAdded, wantUpdated}, [2]int{added, updated}, "Merge")
			case growing == (op < 75):
				old, had := model[k]
				want := Added
				if had {
					want = Updated
				}
				if op%2 == 0 {
					if had && old == value {
						want = Unchanged
					}
					require.Equal(t, want, kd.Put(&m, k, value, equalInts))
				} else {
					require.Equal(t, want, kd.Put(&m, k, value, nil))
				}
				model[k] = value
			default:
				_, had := model[k]
				require.Equal(t, had, kd.Delete(&m, k))
				delete(model, k)
			}
			k = r.IntN(keys)
			want, had := model[k]
			got, ok := kd.Get(&m, k)
			require.Equal(t, had, ok)
			require.Equal(t, want, got)
			require.Equal(t, len(model), m.Len())
			if step%(keys/2) == 0 {
				requireView(t, kd, content(kd, model), m.View())
			}
			if len(views) > 6 {
				requireView(t, kd, views[0].want, views[0].view)
				views = views[1:]
			}
		}
		requireView(t, kd, content(kd, model), m.View())
		for _, f := range views {
			requireView(t, kd, f.want, f.view)
		}
	})
}

func TestOneEntryAtATime(t *testing.T) {
	orders := map[string]func(n int) []int{
		"ascending":  func(n int) []int { return rangeOf(0, n) },
		"descending": func(n int) []int { keys := rangeOf(0, n); slices.Reverse(keys); return keys },
		"shuffled":   func(n int) []int { return rand.New(rand.NewPCG(7, 8)).Perm(n) },
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
				var m intMap
				model := map[int]int{}
				for _, k := range order(keys) {
					require.Equal(t, Added, kd.Put(&m, k, -k, nil))
					model[k] = -k
					require.NoError(t, kd.Check(m.View()))
				}
				requireView(t, kd, content(kd, model), m.View())
				require.True(t, m.View().tree != nil)
				for _, k := range order(keys) {
					require.True(t, kd.Delete(&m, k))
					require.False(t, kd.Delete(&m, k))
					require.NoError(t, kd.Check(m.View()))
					require.False(t, has(kd, &m, k))
				}
				requireView(t, kd, []intEntry{}, m.View())
			})
		})
	}
}

func rangeOf(from, to int) []int {
	var keys []int
	for k := from; k < to; k++ {
		keys = append(keys, k)
	}
	return keys
}

func TestFrozenViewNeverChanges(t *testing.T) {
	// Every kind of change, each on a map that was frozen just before, at sizes around every limit.
	withOrders(t, func(t *testing.T, kd *intOrder, _ int) {
		for _, n := range []int{0, 1, 2, kd.minTree, kd.minTree + 1, kd.maxRun - 1, kd.maxRun, kd.maxRun + 1, 3 * kd.maxRun} {
			entries := evens(kd, n)
			middle := 2 * (n / 2)
			changes := map[string]func(m *intMap){
				"Put a new key":   func(m *intMap) { kd.Put(m, middle+1, -1, nil) },
				"Put the lowest":  func(m *intMap) { kd.Put(m, -9, -1, nil) },
				"Put the highest": func(m *intMap) { kd.Put(m, 9*n+9, -1, nil) },
				"Put a value":     func(m *intMap) { kd.Put(m, middle, -1, nil) },
				"Put the same":    func(m *intMap) { kd.Put(m, middle, middle/2, equalInts) },
				"Delete":          func(m *intMap) { kd.Delete(m, middle) },
				"Delete nothing":  func(m *intMap) { kd.Delete(m, middle+1) },
				"Merge":           func(m *intMap) { kd.Merge(m, content(kd, map[int]int{1: 1, middle: 7, 99: 9}), nil, nil) },
				"Subtract":        func(m *intMap) { kd.Subtract(m, content(kd, map[int]int{1: 1, middle: 7, 99: 9}), nil) },
				"Merge one":       func(m *intMap) { kd.Merge(m, []intEntry{{Key: middle, Value: 7}}, nil, nil) },
				"Delete all": func(m *intMap) {
					for i := range n {
						kd.Delete(m, 2*i)
					}
				},
			}
			for name, change := range changes {
				built := mapOf(kd.Build(entries))
				grown := intMap{} // with room in its arrays, which a change in place would use
				for _, e := range entries {
					kd.Put(&grown, e.Key, e.Value, nil)
				}
				for _, m := range []*intMap{&built, &grown} {
					first := m.Freeze()
					copied := m.Share()
					change(m)
					second := m.Freeze()
					after := content(kd, maps.Collect(second.All))
					change(&copied)
					change(m)
					t.Run(fmt.Sprint(name, " of ", n), func(t *testing.T) {
						requireView(t, kd, entries, first)
						requireView(t, kd, after, second)
						requireView(t, kd, after, copied.View())
						require.NoError(t, kd.Check(m.View()))
					})
				}
			}
		}
	})
}

func TestPlaceIsGoodForACopy(t *testing.T) {
	// A place is looked up in one map and written to a copy of it that shares everything; the
	// original stays.
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		for _, n := range []int{1, 2, kd.maxRun, kd.maxRun + 1, keys} {
			entries := evens(kd, n)
			for k := -1; k <= 2*n; k += 1 + n/20 { // of large maps some, found and not found
				m := mapOf(kd.Build(entries))
				model := maps.Collect(m.View().All)
				p := kd.Locate(&m, k)
				copied := m.Share()
				value, found := model[k]
				require.Equal(t, found, p.Found)
				if found {
					require.Equal(t, intEntry{Key: k, Value: value}, kd.Entry(&copied, p))
					removed := m.Share()
					kd.Remove(&removed, p)
					delete(model, k)
					requireView(t, kd, content(kd, model), removed.View())
					kd.Replace(&copied, p, -7)
				} else {
					kd.Insert(&copied, p, k, -7)
				}
				model[k] = -7
				requireView(t, kd, content(kd, model), copied.View())
				requireView(t, kd, entries, m.View())
			}
		}
	})
}

func TestRange(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, _ int) {
		for _, n := range []int{0, 1, 5, kd.maxRun, kd.maxRun + 1, 2*kd.maxRun + 3} {
			entries := evens(kd, n)
			v := kd.Build(entries)
			at := []int{-3, -1, 0, 1, 2, 3, n - 1, n, n + 1, 2*n - 3, 2*n - 2, 2*n - 1, 2 * n, 2*n + 5}
			bounds := []typedBound[int]{{}}
			for _, k := range at {
				bounds = append(bounds, typedBound[int]{Set: true, Key: k}, typedBound[int]{Set: true, Open: true, Key: k})
			}
			for _, low := range bounds {
				for _, high := range bounds {
					want := slices.DeleteFunc(slices.Clone(entries), func(e intEntry) bool {
						return outside(kd, low, e.Key, 1) || outside(kd, high, e.Key, -1)
					})
					got := []intEntry{}
					require.True(t, kd.Range(v, typedBounds[int]{low, high}, func(k, value int) bool {
						got = append(got, intEntry{Key: k, Value: value})
						return true
					}))
					require.Equal(t, want, got, "%d entries, %+v to %+v", n, low, high)
				}
			}
			require.NoError(t, kd.Check(v))
		}
	})
}

// outside reports whether a key is beyond a bound, in the direction in which the bound limits.
func outside(kd *intOrder, b typedBound[int], k, direction int) bool {
	c := direction * kd.Compare(b.Key, k)
	return b.Set && (c > 0 || b.Open && c == 0)
}

func TestLoopsStopWhenToldTo(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		for _, n := range []int{3, keys} {
			v := kd.Build(evens(kd, n))
			for _, stop := range []int{1, 2, n - 1, n} {
				seen := 0
				until := func(int, int) bool { seen++; return seen < stop }
				require.False(t, v.Each(until))
				require.Equal(t, stop, seen, "Each")
				seen = 0
				v.Backward(until)
				require.Equal(t, stop, seen, "Backward")
				seen = 0
				require.False(t, kd.Range(v, typedBounds[int]{}, until))
				require.Equal(t, stop, seen, "Range")
			}
			require.NoError(t, kd.Check(v))
		}
	})
}

func TestBuild(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		for n := 0; n <= keys; n += 1 + n/40 {
			entries := evens(kd, n)
			v := kd.Build(entries)
			requireView(t, kd, entries, v)
			require.Equal(t, n > kd.maxRun, v.tree != nil, "%d entries", n)
			want := slices.Clone(entries)
			for i := range entries {
				entries[i] = intEntry{Key: -1, Value: -1} // the caller's to use again
			}
			requireView(t, kd, want, v)
		}
	})
}

// onBatches gives a test numbers of even keys to hold, and batches of keys of which it may hold
// some, of all sizes.
func onBatches(t *testing.T, test func(t *testing.T, kd *intOrder, r *rand.Rand, held int, batch []int)) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		r := rand.New(rand.NewPCG(9, 9))
		for _, held := range []int{0, 1, 3, kd.maxRun, kd.maxRun + 1, keys} {
			for _, size := range []int{0, 1, 2, kd.maxRun / 2, kd.maxRun + 1, keys} {
				test(t, kd, r, held, r.Perm(3*keys + 2)[:size])
			}
		}
	})
}

func TestMerge(t *testing.T) {
	var scratch []intEntry
	onBatches(t, func(t *testing.T, kd *intOrder, r *rand.Rand, held int, keys []int) {
		for _, same := range []func(x, y int) bool{nil, equalInts} {
			m := mapOf(kd.Build(evens(kd, held)))
			before, old := content(kd, maps.Collect(m.View().All)), m.Freeze()
			model := maps.Collect(m.View().All)
			batch := map[int]int{}
			for _, k := range keys {
				batch[k] = r.IntN(2) * k / 2 // at times the value that is there
			}
			wantAdded, wantUpdated := 0, 0
			for k, value := range batch {
				if had, ok := model[k]; !ok {
					wantAdded++
				} else if same == nil || had != value {
					wantUpdated++
				}
			}
			maps.Copy(model, batch)
			var added, updated int
			added, updated, scratch = kd.Merge(&m, content(kd, batch), same, scratch)
			require.Equal(t, [2]int{wantAdded, wantUpdated}, [2]int{added, updated}, "%d into %d", len(keys), held)
			requireView(t, kd, content(kd, model), m.View())
			requireView(t, kd, before, old)
			for i := range scratch { // it is not part of the map
				scratch[i] = intEntry{Key: -5, Value: -5}
			}
			requireView(t, kd, content(kd, model), m.View())
		}
	})
}

// TestSubtract takes batches out of maps that are frozen, borrowed or their own.
func TestSubtract(t *testing.T) {
	var scratch []intEntry
	onBatches(t, func(t *testing.T, kd *intOrder, r *rand.Rand, held int, keys []int) {
		for _, state := range []string{"own", "frozen", "borrowed"} {
			m := mapOf(kd.Build(evens(kd, held)))
			before := content(kd, maps.Collect(m.View().All))
			model := maps.Collect(m.View().All)
			var old intView
			switch lender := m; state {
			case "frozen":
				old = m.Freeze()
			case "borrowed":
				m = lender.Borrow()
				old = lender.View()
			}
			batch := map[int]int{}
			for _, k := range keys {
				if len(batch) == 0 && held > 0 {
					k = 2 * r.IntN(held) // one that is there
				}
				batch[k] = -1
			}
			for k := range batch {
				delete(model, k)
			}
			var removed int
			removed, scratch = kd.Subtract(&m, content(kd, batch), scratch)
			require.Equal(t, len(before)-len(model), removed, "%d from %d, %s", len(keys), held, state)
			requireView(t, kd, content(kd, model), m.View())
			if state != "own" {
				requireView(t, kd, before, old)
			}
			clear(scratch)
			requireView(t, kd, content(kd, model), m.View())
		}
	})
}

func TestDiff(t *testing.T) {
	type change struct{ before, after *intEntry }
	diff := func(kd *intOrder, x, y intView) (changes []change) {
		kd.Diff(x, y, equalInts, func(before, after *intEntry) bool {
			changes = append(changes, change{before, after})
			return true
		})
		return changes
	}
	want := func(kd *intOrder, x, y map[int]int) (changes []change) {
		both := maps.Clone(x)
		maps.Copy(both, y)
		for _, e := range content(kd, both) {
			var c change
			if value, ok := x[e.Key]; ok {
				c.before = &intEntry{Key: e.Key, Value: value}
			}
			if value, ok := y[e.Key]; ok {
				c.after = &intEntry{Key: e.Key, Value: value}
			}
			if c.before == nil || c.after == nil || c.before.Value != c.after.Value {
				changes = append(changes, c)
			}
		}
		return changes
	}
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		r := rand.New(rand.NewPCG(11, 12))
		for _, n := range []int{0, 1, 5, kd.maxRun, kd.maxRun + 1, keys} {
			for _, changed := range []int{0, 1, 3, n} {
				m := mapOf(kd.Build(evens(kd, n)))
				before := m.Freeze()
				x := maps.Collect(before.All)
				for range changed {
					switch k := r.IntN(2*n + 1); r.IntN(3) {
					case 0:
						kd.Delete(&m, k)
					case 1:
						kd.Put(&m, k, -1, nil)
					case 2:
						kd.Put(&m, k, k/2, nil)
					}
				}
				y := maps.Collect(m.View().All)
				require.Equal(t, want(kd, x, y), diff(kd, before, m.View()), "shared parts")
				require.Equal(t, want(kd, y, x), diff(kd, m.View(), before), "shared parts, backwards")
				apart := kd.Build(content(kd, y))
				require.Equal(t, want(kd, x, y), diff(kd, before, apart), "nothing shared")
				require.Equal(t, want(kd, x, y), diff(kd, before, listed(content(kd, y))), "against a list")
				require.NoError(t, kd.Check(m.View()))
			}
		}
	})
	t.Run("stops when told to", func(t *testing.T) {
		kd := naturalOrder[int, int](sizes[0])
		entries := evens(kd, 40)
		shifted := slices.Clone(entries)
		for i := range shifted {
			shifted[i].Key += 2 * (i % 2) // some keys of each alone, some of both with other values
			shifted[i].Value--
		}
		shifted = kd.Sort(shifted)
		for _, views := range [][2]intView{
			{kd.Build(entries), {}}, {{}, kd.Build(entries)}, {kd.Build(entries), kd.Build(shifted)},
		} {
			for stop := 1; stop < 6; stop++ {
				seen := 0
				kd.Diff(views[0], views[1], equalInts, func(_, _ *intEntry) bool { seen++; return seen < stop })
				require.Equal(t, stop, seen)
			}
		}
	})
	t.Run("passes over what is shared", func(t *testing.T) {
		for _, l := range sizes {
			compared := 0
			kd := funcOrder[int, int](func(x, y int) int { compared++; return cmp.Compare(x, y) }, l)
			const n = 20_000
			m := mapOf(kd.Build(evens(kd, n)))
			before := m.Freeze()
			kd.Put(&m, n, -1, nil)
			kd.Put(&m, 301, -1, nil)
			kd.Delete(&m, 2*n-4)
			compared = 0
			same := func(x, y int) bool { compared++; return x == y }
			changes := 0
			kd.Diff(before, m.View(), same, func(_, _ *intEntry) bool { changes++; return true })
			require.Equal(t, 3, changes)
			// Going from part to part takes comparisons in the directory, a few for each level of
			// it.
			parts := n/(l.MaxRun-l.MaxRun/8) + 4
			require.Less(t, compared, 80*parts+10*l.MaxRun, "of %d entries in %v", n, l)
			if l == DefaultLimits {
				require.Less(t, compared, n/2)
			}
			require.NoError(t, kd.Check(m.View()))
		}
	})
}

func TestCursorFill(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		for _, n := range []int{0, 1, kd.maxRun, keys} {
			entries := evens(kd, n)
			v := kd.Build(entries)
			for _, size := range []int{1, 2, 3, kd.maxRun, 4 * keys} {
				c := kd.Cursor(v)
				got, dst := []int{}, make([]int, size)
				for filled := c.Fill(dst); filled > 0; filled = c.Fill(dst) {
					require.True(t, filled == size || len(got)+filled == n, "less only at the end")
					got = append(got, dst[:filled]...)
				}
				require.Equal(t, keysOf(entries), got)
				require.False(t, c.Valid())
				require.Zero(t, c.Fill(dst), "still at the end")
			}
			require.Zero(t, new(typedCursor[int, int]).Fill(make([]int, 3)), "the zero cursor")
			require.NoError(t, kd.Check(v))
		}
	})
}

func keysOf(entries []intEntry) []int {
	keys := make([]int, len(entries))
	for i, e := range entries {
		keys[i] = e.Key
	}
	return keys
}

func TestCursorFilter(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		r := rand.New(rand.NewPCG(13, 14))
		for _, n := range []int{0, 1, 3, kd.maxRun, keys} {
			v := kd.Build(evens(kd, n))
			m := mapOf(v)
			// From every key, in between and beyond both ends, to a few of them: merging at one
			// end, jumping at the other.
			for _, asked := range []int{0, 1, 2, 5, n / 2, 2*n + 8} {
				for _, batch := range []int{1, 3, 64, 4*keys + 8} {
					for _, keep := range []bool{true, false} {
						list := make([]int, 0, asked)
						for _, k := range r.Perm(2*n + 8)[:asked] {
							list = append(list, k-4)
						}
						slices.SortFunc(list, kd.Compare)
						want := slices.DeleteFunc(slices.Clone(list), func(k int) bool { return has(kd, &m, k) != keep })
						c := kd.Cursor(v)
						got := []int{}
						for rest := list; len(rest) > 0; {
							now := rest[:min(batch, len(rest))]
							rest = rest[len(now):]
							out := c.Filter(now, keep)
							require.LessOrEqual(t, len(out), len(now))
							if len(out) > 0 {
								require.Same(t, &now[0], &out[0], "at the front of what it got")
							}
							got = append(got, out...)
						}
						require.Equal(t, append([]int{}, want...), got, "%d keys of %d, keep %v, %d at a time", asked, n, keep, batch)
					}
				}
			}
			require.NoError(t, kd.Check(v))
		}
	})
}

func TestSort(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, _ int) {
		r := rand.New(rand.NewPCG(15, 16))
		for _, n := range []int{0, 1, 2, 10, 300} {
			for _, keys := range []int{1, 3, 1000} {
				entries, model := make([]intEntry, n), map[int]int{}
				for i := range entries {
					entries[i] = intEntry{Key: r.IntN(keys), Value: i}
					model[entries[i].Key] = i // the last stands
				}
				got := kd.Sort(entries)
				require.Equal(t, content(kd, model), got)
				if len(got) < len(entries) {
					for _, spare := range got[len(got):cap(got)] {
						require.Zero(t, spare, "holds on to nothing")
					}
				}
				sorted := content(kd, model)
				require.Equal(t, content(kd, model), kd.Sort(sorted), "of sorted entries")
				require.NoError(t, kd.Check(listed(sorted[:min(len(sorted), kd.maxRun)])))
			}
		}
		require.Empty(t, kd.Sort(nil))
	})
	t.Run("keys that compare equal", func(t *testing.T) {
		fold := func(x, y string) int { return cmp.Compare(strings.ToLower(x), strings.ToLower(y)) }
		kd := funcOrder[string, int](fold, DefaultLimits)
		got := kd.Sort([]Entry[string, int]{{1, "b"}, {2, "A"}, {3, "B"}, {4, "a"}})
		require.Len(t, got, 2)
		require.Equal(t, []int{4, 3}, []int{got[0].Value, got[1].Value})
		require.NoError(t, kd.Check(listed(got)))
	})
}

func TestOrdinals(t *testing.T) {
	type (
		myInt    int
		myInt8   int8
		myUint16 uint16
		myString string
		myFloat  float32
	)
	t.Run("integers", func(t *testing.T) {
		requireOrdinals[int](t, math.MinInt, -70000, -1, 0, 1, 255, 256, math.MaxInt)
		requireOrdinals[int8](t, math.MinInt8, -1, 0, 1, math.MaxInt8)
		requireOrdinals[int16](t, math.MinInt16, -257, -1, 0, 1, math.MaxInt16)
		requireOrdinals[int32](t, math.MinInt32, -1, 0, 1, math.MaxInt32)
		requireOrdinals[int64](t, math.MinInt64, -1<<40, -1, 0, 1, math.MaxInt64)
		requireOrdinals[uint](t, 0, 1, math.MaxInt, math.MaxInt+1, math.MaxUint)
		requireOrdinals[uint8](t, 0, 1, 127, 128, 255)
		requireOrdinals[uint16](t, 0, 1, math.MaxUint16)
		requireOrdinals[uint32](t, 0, 1, math.MaxUint32)
		requireOrdinals[uint64](t, 0, 1, 1<<63-1, 1<<63, math.MaxUint64)
		requireOrdinals[uintptr](t, 0, 1, math.MaxUint32)
		requireOrdinals[rune](t, -1, 'a', 'ä', '世')
	})
	t.Run("named integers", func(t *testing.T) {
		requireOrdinals[myInt](t, math.MinInt, -1, 0, math.MaxInt)
		requireOrdinals[myInt8](t, -128, -1, 0, 127)
		requireOrdinals[myUint16](t, 0, 1, 1<<15, 1<<16-1)
	})
	t.Run("integers far apart", func(t *testing.T) {
		// Their distance does not fit into a number, so they get ranks.
		requireOrdinals[int64](t, 0, math.MaxUint32)
		requireOrdinals[int64](t, -1, 0, math.MaxUint32)
		requireOrdinals[uint64](t, 5, math.MaxUint32+5, math.MaxUint32+6)
		requireOrdinals[int64](t, math.MinInt64, math.MinInt64+1, math.MaxInt64-1, math.MaxInt64)
	})
	t.Run("others", func(t *testing.T) {
		requireOrdinals(t, "", "\x00", "A", "a", "aa", "b", "ä")
		requireOrdinals[myString](t, "", "x", "y")
		requireOrdinals(t, math.Inf(-1), -1.5, 0, 1e-300, 2.5, math.Inf(1))
		requireOrdinals[myFloat](t, -1, 0, 0.5)
	})
	t.Run("comparison functions", func(t *testing.T) {
		down := func(x, y int) int { return cmp.Compare(y, x) }
		requireOrdinalsOf(t, funcOrder[int, int](down, DefaultLimits), 5, 3, 0, -2)
		type point struct{ x, y int }
		byY := func(p, q point) int { return cmp.Or(cmp.Compare(p.y, q.y), cmp.Compare(p.x, q.x)) }
		requireOrdinalsOf(t, funcOrder[point, int](byY, DefaultLimits), point{9, 0}, point{1, 1}, point{2, 1}, point{0, 5})
		requireOrdinalsOf(t, funcOrder[[]int, int](slices.Compare[[]int], DefaultLimits), nil, []int{1}, []int{1, 2}, []int{2})
	})
	t.Run("zeros of both signs are one key", func(t *testing.T) {
		kd := naturalOrder[float64, int](DefaultLimits)
		got := kd.Ordinals([]float64{0, math.Copysign(0, -1), 1})
		require.Equal(t, got[0], got[1])
		require.Less(t, got[1], got[2])
	})
}

func requireOrdinals[K cmp.Ordered](t *testing.T, ascending ...K) {
	t.Helper()
	requireOrdinalsOf(t, naturalOrder[K, int](DefaultLimits), ascending...)
}

// requireOrdinalsOf gives the keys several times and shuffled, and requires that the numbers order
// as the keys do.
func requireOrdinalsOf[K any](t *testing.T, kd *typedOrder[K, int], ascending ...K) {
	t.Helper()
	n := len(ascending)
	at := rand.New(rand.NewPCG(17, 18)).Perm(3 * n)
	keys := make([]K, 3*n)
	for i := range keys {
		keys[i] = ascending[at[i]%n]
	}
	ordinals := kd.Ordinals(keys)
	require.Len(t, ordinals, len(keys))
	number := make([]uint32, n)
	for i, o := range ordinals {
		number[at[i]%n] = o
	}
	for i, o := range ordinals {
		require.Equal(t, number[at[i]%n], o, "the same key, the same number")
	}
	for i := 1; i < n; i++ {
		require.Less(t, number[i-1], number[i], "%v < %v", ascending[i-1], ascending[i])
	}
	require.Empty(t, kd.Ordinals(nil))
}

func TestValid(t *testing.T) {
	type celsius float32
	require.True(t, naturalOrder[int, int](DefaultLimits).Valid(0))
	require.True(t, naturalOrder[string, int](DefaultLimits).Valid(""))
	require.True(t, naturalOrder[float64, int](DefaultLimits).Valid(math.Inf(1)))
	require.False(t, naturalOrder[float64, int](DefaultLimits).Valid(math.NaN()))
	require.False(t, naturalOrder[celsius, int](DefaultLimits).Valid(celsius(math.NaN())))
	never := func(x, y int) int { return 1 }
	require.False(t, funcOrder[int, int](never, DefaultLimits).Valid(1))
	always := func(x, y float64) int { return 0 }
	require.True(t, funcOrder[float64, int](always, DefaultLimits).Valid(1))
	require.False(t, funcOrder[float64, int](always, DefaultLimits).Valid(math.NaN()), "whatever the function says of it")
}

func TestOtherKeyTypes(t *testing.T) {
	// The same structure for keys that are no integers, on the specialised and the general inner
	// loops.
	names := make([]string, 60)
	for i := range names {
		names[i] = fmt.Sprintf("%02d", i)
	}
	for _, l := range sizes {
		for _, kd := range []*typedOrder[string, struct{}]{naturalOrder[string, struct{}](l), funcOrder[string, struct{}](strings.Compare, l)} {
			var m typedMap[string, struct{}]
			for _, i := range rand.New(rand.NewPCG(1, 1)).Perm(len(names)) {
				require.Equal(t, Added, kd.Put(&m, names[i], struct{}{}, nil))
			}
			var got []string
			for k := range m.View().All {
				got = append(got, k)
			}
			require.Equal(t, names, got)
			require.True(t, kd.Delete(&m, "30"))
			require.False(t, has(kd, &m, "30"))
			require.False(t, has(kd, &m, "30x"))
			require.True(t, has(kd, &m, "31"))
			require.NoError(t, kd.Check(m.View()))
		}
	}
}

func TestReadsDoNotAllocate(t *testing.T) {
	withOrders(t, func(t *testing.T, kd *intOrder, keys int) {
		for _, n := range []int{3, keys} {
			m := mapOf(kd.Build(evens(kd, n)))
			v, sum := m.Freeze(), 0
			add := func(k, _ int) bool { sum += k; return true }
			buffer, asked := make([]int, 16), make([]int, 16)
			reads := map[string]func(){
				"Get":      func() { kd.Get(&m, n) },
				"Locate":   func() { p := kd.Locate(&m, n); sum += p.i },
				"Freeze":   func() { m.Freeze() },
				"Each":     func() { v.Each(add) },
				"Backward": func() { v.Backward(add) },
				"Range":    func() { kd.Range(v, typedBounds[int]{Low: typedBound[int]{Set: true, Key: n}}, add) },
				"Cursor": func() {
					for c := kd.Cursor(v); c.Valid(); c.Next() {
						sum += c.Entry().Key
					}
				},
				"Fill": func() {
					for c := kd.Cursor(v); c.Fill(buffer) > 0; {
					}
				},
				"Filter": func() {
					for i := range asked {
						asked[i] = i
					}
					slices.SortFunc(asked, kd.Compare)
					c := kd.Cursor(v)
					sum += len(c.Filter(asked, true))
				},
				"Diff with itself": func() { kd.Diff(v, v, equalInts, func(_, _ *intEntry) bool { return true }) },
			}
			for name, read := range reads {
				require.Zero(t, testing.AllocsPerRun(20, read), "%s of %d", name, n)
			}
			require.NoError(t, kd.Check(v))
		}
	})
}
