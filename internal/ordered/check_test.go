package ordered

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkLimits give a tree from 5 entries on, and let a tree have 3 at the least.
var checkLimits = Limits{MaxRun: 4, Degree: 2}

// arrayOf returns a view of entries with these keys, in this order.
func arrayOf(keys ...int) intView { return intView{View{run: runFrom(runOf(keys...))}} }

// runOf returns entries with these keys, in this order.
func runOf(keys ...int) []intEntry {
	run := make([]intEntry, len(keys))
	for i, k := range keys {
		run[i].Key = k
	}
	return run
}

// planted is a span with the entries of its part.
type planted struct {
	first int
	keys  []int
}

// treeOf returns a view with just these parts, whatever is wrong with them.
func treeOf(kd *intOrder, length int, parts ...planted) intView {
	t := kd.newTree()
	t.len = length
	for _, p := range parts {
		part := kd.newPart(Pointer(&p.first), t.owner, runFrom(runOf(p.keys...)))
		t.dir.replaceOrInsert(part.span())
	}
	return intView{View{tree: t}}
}

func TestCheckOfAHealthyMap(t *testing.T) {
	kd := naturalOrder[int, int](checkLimits)
	healthy := map[string]intView{
		"empty":            {},
		"one entry":        arrayOf(7),
		"full array":       arrayOf(1, 2, 3, 4),
		"tree":             treeOf(kd, 5, planted{1, []int{1, 2, 3, 4}}, planted{5, []int{5}}),
		"span below part":  treeOf(kd, 5, planted{1, []int{2, 3}}, planted{4, []int{6, 7, 8}}),
		"smallest tree":    treeOf(kd, 3, planted{1, []int{1}}, planted{2, []int{2}}, planted{3, []int{3}}),
		"one part in tree": treeOf(kd, 3, planted{1, []int{1, 2, 3}}),
	}
	for name, v := range healthy {
		require.NoError(t, kd.Check(v), name)
	}
}

func TestCheckFindsPlantedDamage(t *testing.T) {
	kd := naturalOrder[int, int](checkLimits)
	both := treeOf(kd, 5, planted{1, []int{1, 2, 3, 4}}, planted{5, []int{5}})
	both.run = runFrom(runOf(1, 2))
	tests := []struct {
		name  string
		v     intView
		names []string // what the error says, one for each violation
	}{
		{"unsorted array", arrayOf(1, 3, 2), []string{"key 2 stands behind 3"}},
		{"duplicate key", arrayOf(1, 2, 2), []string{"key 2 stands behind 2"}},
		{"two places unsorted", arrayOf(2, 1, 9, 8), []string{"key 1 stands behind 2", "key 8 stands behind 9"}},
		{"array too long", arrayOf(1, 2, 3, 4, 5), []string{"array of 5 entries, at most 4 allowed"}},
		{"array and tree", both, []string{"both an array of 2 entries and a tree"}},
		{"tree too small", treeOf(kd, 2, planted{1, []int{1, 2}}), []string{"tree of 2 entries, more than 2 wanted"}},
		{"empty tree", treeOf(kd, 0), []string{"tree of 0 entries"}},
		{"length too large", treeOf(kd, 6, planted{1, []int{1, 2, 3}}, planted{4, []int{4, 5}}), []string{"tree says 6 entries and has 5"}},
		{"length too small", treeOf(kd, 4, planted{1, []int{1, 2, 3}}, planted{4, []int{4, 5}}), []string{"tree says 4 entries and has 5"}},
		{"unsorted part", treeOf(kd, 4, planted{1, []int{1, 3, 2}}, planted{4, []int{4}}), []string{"key 2 stands behind 3"}},
		{"duplicate key in a part", treeOf(kd, 4, planted{1, []int{1, 2, 2}}, planted{4, []int{4}}), []string{"key 2 stands behind 2"}},
		{"duplicate key in two parts", treeOf(kd, 4, planted{1, []int{1, 2}}, planted{2, []int{2, 3}}), []string{"part at 2 begins within the one before, which ends at 2", "key 2 stands behind 2"}},
		{"part too long", treeOf(kd, 6, planted{1, []int{1, 2, 3, 4, 5}}, planted{6, []int{6}}), []string{"part of 5 entries at 1, at most 4 allowed"}},
		{"empty part", treeOf(kd, 3, planted{1, []int{1, 2, 3}}, planted{4, nil}), []string{"empty part at 4"}},
		{"part below its span", treeOf(kd, 4, planted{1, []int{1, 2}}, planted{4, []int{3, 5}}), []string{"part at 4 holds the lower key 3"}},
		{"lowest part below its span", treeOf(kd, 4, planted{1, []int{0, 2}}, planted{4, []int{4, 5}}), []string{"part at 1 holds the lower key 0"}},
		{"part into the next", treeOf(kd, 4, planted{1, []int{1, 5}}, planted{4, []int{6, 7}}), []string{"part at 4 begins within the one before, which ends at 5"}},
		{"part behind an empty one into the one before", treeOf(kd, 3, planted{1, []int{1, 9}}, planted{4, nil}, planted{5, []int{10}}), []string{"empty part at 4", "part at 5 begins within the one before, which ends at 9"}},
		{"several at once", treeOf(kd, 9, planted{1, []int{2, 1}}, planted{4, []int{4}}, planted{5, nil}), []string{"key 1 stands behind 2", "empty part at 5", "tree says 9 entries and has 3"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := kd.Check(test.v)
			require.Error(t, err)
			for _, name := range test.names {
				require.ErrorContains(t, err, name)
			}
			joined, ok := err.(interface{ Unwrap() []error })
			require.True(t, ok)
			require.Len(t, joined.Unwrap(), len(test.names), "each violation, and nothing that is not one: %v", err)
		})
	}
}

func TestCheckGoesByTheOrderOfTheOrder(t *testing.T) {
	down := funcOrder[int, int](func(x, y int) int { return y - x }, checkLimits)
	require.NoError(t, down.Check(arrayOf(3, 2, 1)))
	require.ErrorContains(t, down.Check(arrayOf(1, 2)), "key 2 stands behind 1")
}

func TestCheckAfterDamageFromOutside(t *testing.T) {
	// A caller that changes what a key points to, or holds on to an array, is found out too.
	for _, l := range sizes {
		t.Run(fmt.Sprint(l), func(t *testing.T) {
			kd := funcOrder[*int, int](func(x, y *int) int { return *x - *y }, l)
			var m typedMap[*int, int]
			keys := make([]int, 3*l.MaxRun)
			for i := range keys {
				keys[i] = i
				kd.Put(&m, &keys[i], 0, nil)
			}
			require.NoError(t, kd.Check(m.View()))
			keys[l.MaxRun] = -1
			require.ErrorContains(t, kd.Check(m.View()), "stands behind")
		})
	}
}
