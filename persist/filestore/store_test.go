package filestore

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-250bd433/junction/persist"
)

var policies = []SyncPolicy{SyncAlways(), SyncEvery(time.Hour), SyncNever()}

func TestRoundTrip(t *testing.T) {
	for _, policy := range policies {
		t.Run(policy.String(), func(t *testing.T) {
			dir := t.TempDir() + "/store"
			s, rows, rev := load(t, dir, Options{Sync: policy}, twoRelations)
			require.Equal(t, newRows(2), rows)
			require.Zero(t, rev)
			mustAppend(t, s, commit(1, batchOf(0, put("a", "1"), put("b", "")), batchOf(1, put("", "empty key"))))
			mustAppend(t, s, commit(2, batchOf(0, del("a"))), commit(3, batchOf(1, put("a", "x"))))
			require.NoError(t, s.Close())

			before := filesIn(t, dir)
			s, rows, rev = load(t, dir, Options{Sync: policy}, twoRelations)
			require.EqualValues(t, 3, rev)
			require.Equal(t, rowsOf{{"b": ""}, {"": "empty key", "a": "x"}}, rows)
			require.NoError(t, s.Close())
			require.Equal(t, before, filesIn(t, dir), "opening and closing writes nothing")
		})
	}
}

// TestPrograms holds a store to a map: any sequence of appends, compactions, crashes and openings.
func TestPrograms(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		dir := t.TempDir() + "/store"
		o := Options{SegmentSize: rapid.SampledFrom([]int64{1, 300, 2000, 1 << 20}).Draw(rt, "segment size")}
		s, want, rev := load(t, dir, o, twoRelations)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			switch rapid.IntRange(0, 9).Draw(rt, "step") {
			default:
				var commits []*persist.Commit
				for range rapid.IntRange(1, 3).Draw(rt, "commits") {
					rev++
					commits = append(commits, drawCommit(rt, rev))
					want.apply(commits[len(commits)-1])
				}
				mustAppend(t, s, commits...)
			case 7:
				require.NoError(t, s.Compact(context.Background()))
			case 8, 9:
				if rapid.Bool().Draw(rt, "crash") {
					s.abandon()
				} else {
					require.NoError(t, s.Close())
				}
				var got rowsOf
				var at uint64
				s, got, at = load(t, dir, o, twoRelations)
				require.Equal(t, rev, at)
				require.Equal(t, want, got)
			}
		}
		require.NoError(t, s.Close())
		_, got, _ := load(t, dir, o, twoRelations)
		require.Equal(t, want, got)
	})
}

func drawCommit(rt *rapid.T, rev uint64) *persist.Commit {
	c := commit(rev)
	for relation := range 2 {
		keys := rapid.SliceOfNDistinct(rapid.SampledFrom(strings.Fields("a aa aab ab b ba bb c")), 0, 6, rapid.ID).Draw(rt, "keys")
		var rows []change
		for _, k := range keys {
			if k = strings.Repeat(k, rapid.IntRange(1, 3).Draw(rt, "longer")); rapid.Bool().Draw(rt, "put") {
				rows = append(rows, put(fmt.Sprintf("%s/%d", k, len(rows)), rapid.StringN(0, 9, 30).Draw(rt, "value")))
			} else {
				rows = append(rows, del(fmt.Sprintf("%s/%d", k, len(rows))))
			}
		}
		if len(rows) > 0 {
			c.Batches = append(c.Batches, batchOf(relation, rows...))
		}
	}
	return c
}
