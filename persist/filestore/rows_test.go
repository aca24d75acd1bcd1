package filestore

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRowCodec holds decode to be the inverse of appendRow, and to ask for more of every row that
// is cut off.
func TestRowCodec(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.ByteRange(0, 2), 0, 20)
		prev, next := key.Draw(t, "prev"), key.Draw(t, "key")
		value := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "value")
		deleted := rapid.Bool().Draw(t, "deleted")
		b, above := appendRow(nil, prev, next, value, deleted)
		require.Equal(t, bytes.Compare(prev, next) < 0, above)
		for n := range b {
			r := row{key: slices.Clone(prev)}
			_, err := r.decode(b[:n])
			require.ErrorIs(t, err, errShort)
			require.Equal(t, prev, r.key)
		}
		r := row{key: slices.Clone(prev)}
		n, err := r.decode(append(b, "more"...))
		require.NoError(t, err)
		require.Equal(t, len(b), n)
		require.Equal(t, above, r.above)
		require.Equal(t, deleted, r.deleted)
		require.True(t, bytes.Equal(next, r.key))
		require.True(t, deleted || bytes.Equal(value, r.value))
	})
}

func TestRowsThatAreImpossible(t *testing.T) {
	long := bytes.Repeat([]byte{0xff}, maxRowHeader)
	for name, b := range map[string][]byte{
		"shares more than there is": {3, 2, 'a', 0},
		"a number without an end":   long,
		"a length without an end":   append([]byte{0, 2, 'a'}, long...),
	} {
		r := row{key: []byte("ab")}
		_, err := r.decode(b)
		require.ErrorIs(t, err, errRow, name)
	}
	huge := appendUvarint([]byte{0, 2, 'a'}, math.MaxUint64)
	_, err := new(row).decode(huge)
	require.ErrorIs(t, err, errShort, "the caller knows that there is no more")
}

// TestMerge holds the merging of runs to maps that are put on one another.
func TestMerge(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var runs []run
		want := map[string]string{}
		for range rapid.IntRange(1, 5).Draw(t, "runs") {
			p := new(memtable)
			for range rapid.IntRange(0, 12).Draw(t, "rows") {
				r := row{
					key:     []byte(rapid.StringMatching("[ab]{0,3}|aaaaaaaa[ab]{0,3}").Draw(t, "key")),
					value:   []byte(rapid.StringMatching("[0-9]?").Draw(t, "value")),
					deleted: rapid.Bool().Draw(t, "deleted"),
				}
				p.add(&r)
				if delete(want, string(r.key)); !r.deleted {
					want[string(r.key)] = string(r.value)
				}
			}
			runs = append(runs, p.run())
		}
		got, last := map[string]string{}, ""
		m := &meter{}
		err := merge(t.Context(), runs, m, func(key, value []byte) error {
			require.True(t, len(got) == 0 || last < string(key))
			last = string(key)
			got[last] = string(value)
			return nil
		})
		require.NoError(t, err)
		require.Equal(t, want, got)
		total := 0
		for _, r := range runs {
			total += r.rows
		}
		require.Equal(t, total, m.done)
	})
}
