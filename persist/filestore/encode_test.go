package filestore

import (
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// wide is a batch of rows with the same large value.
type wide struct {
	changes
	rows  int
	value string
}

func (w *wide) Len() int         { return w.rows }
func (w *wide) Deleted(int) bool { return false }
func (w *wide) AppendBinary(key, value []byte, i int) (k, v []byte) {
	return append(key, byte(i>>8), byte(i)), append(value, w.value...)
}

// TestLargeCommits measures the memory for records that are refused for their size and for those
// that are not.
func TestLargeCommits(t *testing.T) {
	encode := func(rows int) (record []byte, allocated uint64, err error) {
		e := encoder{relations: 1, limit: 32 << 20, large: 1 << 20}
		batch := &wide{rows: rows, value: strings.Repeat("v", 1<<20)}
		commits := []*persist.Commit{commit(1, batch), commit(2, batchOf(0, put("k", "last")))}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		record, err = e.commits(commits)
		runtime.ReadMemStats(&after)
		return record, after.TotalAlloc - before.TotalAlloc, err
	}
	_, allocated, err := encode(32)
	require.ErrorContains(t, err, "too large for one commit: more than 33554432 bytes; split it")
	require.Less(t, allocated, uint64(12<<20))

	record, allocated, err := encode(31)
	require.NoError(t, err)
	require.Equal(t, len(record), cap(record))
	require.Less(t, allocated, uint64(len(record)+12<<20))
	small := encoder{relations: 1, limit: 64 << 20}
	want, err := small.commits([]*persist.Commit{commit(1, &wide{rows: 31, value: strings.Repeat("v", 1<<20)}), commit(2, batchOf(0, put("k", "last")))})
	require.NoError(t, err)
	require.Equal(t, string(want), string(record))
}
