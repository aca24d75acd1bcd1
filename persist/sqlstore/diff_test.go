package sqlstore

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// tables returns mappings of relations of two keys and a value.
func tables(names ...string) (all []*mapping) {
	for i, name := range names {
		all = append(all, &mapping{Table: Table{Relation: name, Name: name}, relation: i, columns: []column{
			{Column: persist.Column{Name: "l"}, key: true}, {Column: persist.Column{Name: "r"}, key: true}, {Column: persist.Column{Name: "n"}},
		}})
	}
	return all
}

// TestDiffs holds that of a row which several commits change the last counts, that rows are in
// the order of keys, which all writers share, and that tables which do not change are left out;
// also of a differ that has been used before, which holds on to no value.
func TestDiffs(t *testing.T) {
	commit := func(batches ...persist.Batch) *persist.Commit { return &persist.Commit{Batches: batches} }
	var used differ
	for range 2 {
		diffs, err := used.diffsOf(tables("a", "b", "c"), []*persist.Commit{
			commit(&batch{relation: 2, rows: [][3]any{{int64(2), "x", int64(1)}, {int64(1), "x", int64(1)}}}, &batch{relation: 0, rows: [][3]any{{"z", "z", int64(1)}}}),
			commit(&batch{relation: 2, rows: [][3]any{{int64(2), "x", nil}, {int64(1), "y", int64(2)}, {int64(10), "a", int64(2)}}}),
			commit(&batch{relation: 2, rows: [][3]any{{int64(1), "x", int64(3)}, {int64(3), "b", nil}}}),
			commit(&batch{relation: 2, rows: [][3]any{{int64(3), "b", int64(4)}}}),
		})
		require.NoError(t, err)
		require.Len(t, diffs, 2)
		require.Equal(t, "a", diffs[0].Name)
		c := diffs[1]
		var inserts, gone [][]any
		for _, at := range c.inserts {
			inserts = append(inserts, c.row(at))
		}
		for _, at := range c.gone {
			gone = append(gone, c.key(at))
		}
		require.Equal(t, [][]any{{int64(1), "x", int64(3)}, {int64(1), "y", int64(2)}, {int64(3), "b", int64(4)}, {int64(10), "a", int64(2)}}, inserts)
		require.Equal(t, [][]any{{int64(2), "x"}}, gone)

		values := c.values
		used = used.cleared()
		require.Equal(t, make([]any, len(values)), values)
	}
	diffs, err := used.diffsOf(tables("a", "b", "c"), []*persist.Commit{commit(&batch{relation: 0, rows: [][3]any{{"y", "y", nil}}})})
	require.NoError(t, err)
	require.Len(t, diffs, 1, "the others have no rows any more")
	require.Empty(t, diffs[0].inserts)
	require.Equal(t, []any{"y", "y"}, diffs[0].key(diffs[0].gone[0]))
}

// TestUpdates holds that rows which were there are updates of the columns that changed from what
// they were before the first of several commits to what they are after the last.
func TestUpdates(t *testing.T) {
	batchOf := func(rows [][3]any, before map[int]any) *persist.Commit {
		return &persist.Commit{Batches: []persist.Batch{&batch{relation: 0, rows: rows, before: before}}}
	}
	var used differ
	for range 2 {
		diffs, err := used.diffsOf(tables("a"), []*persist.Commit{
			batchOf([][3]any{{"a", "x", "new"}, {"b", "x", "new"}, {"c", "x", "new"}, {"d", "x", nil}, {"e", "x", "same"}}, map[int]any{0: "old", 2: "old", 3: "old", 4: "same"}),
			batchOf([][3]any{{"a", "x", "newer"}, {"b", "x", "newer"}, {"c", "x", "old"}, {"d", "x", "again"}}, map[int]any{0: "new", 1: "new", 2: "new"}),
		})
		require.NoError(t, err)
		d := diffs[0]
		rows := func(places []int) (rows [][]any) {
			for _, at := range places {
				rows = append(rows, d.row(at))
			}
			return rows
		}
		require.Equal(t, [][]any{{"b", "x", "newer"}}, rows(d.inserts))
		require.Empty(t, d.gone)
		require.Len(t, d.updates, 2)
		require.Equal(t, []int{2}, d.updates[0].columns)
		require.Equal(t, [][]any{{"a", "x", "newer"}, {"d", "x", "again"}}, rows(d.updates[0].rows))
		require.Empty(t, d.updates[1].columns, "they are what they were")
		require.Equal(t, [][]any{{"c", "x", "old"}, {"e", "x", "same"}}, rows(d.updates[1].rows))
		used = used.cleared()
	}
}

// TestDiffsRefused holds that a value which its column cannot hold is refused by table, row and
// column.
func TestDiffsRefused(t *testing.T) {
	all := tables("a")
	all[0].columns[2].toDB = within(16, false)
	_, err := new(differ).diffsOf(all, []*persist.Commit{{Batches: []persist.Batch{&batch{relation: 0, rows: [][3]any{{int64(7), "x y", int64(40_000)}}}}}})
	require.EqualError(t, err, `junction: table a, row (7, "x y"), column "n": 40000 is not between -32768 and 32767`)
}

// TestCompareValues holds that values of a kind are compared as what they are, and that values of
// different ones have an order.
func TestCompareValues(t *testing.T) {
	now := time.Now()
	for _, pair := range [][2]any{
		{int64(9), int64(10)}, {"a", "b"}, {[]byte{1}, []byte{2}}, {-1.5, 2.0}, {now.Local(), now.UTC().Add(1)}, {int64(9), "1"}, {nil, int64(0)}, {false, true},
	} {
		low := compareValues(pair[0], pair[1])
		require.NotZero(t, low, "%v", pair)
		require.Equal(t, -low, compareValues(pair[1], pair[0]), "%v", pair)
		require.Zero(t, compareValues(pair[0], pair[0]), "%v", pair)
	}
	require.Negative(t, compareValues(int64(9), int64(10)))
	require.Negative(t, compareValues(-1.5, 2.0))
	require.Zero(t, compareValues(now.Local(), now.UTC()))
}
