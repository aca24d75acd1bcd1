package filestore

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// peak is a loader that sees how much memory is in use at most.
type peak struct {
	rows int
	heap uint64
}

func (p *peak) LoadBinary(int, []byte, []byte) error {
	if p.rows%100_000 == 0 {
		p.heap = max(p.heap, heapInUse())
	}
	p.rows++
	return nil
}

func (p *peak) LoadColumns(int, []any) error { panic("a file store gives bytes") }

func heapInUse() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestLoadStreams loads a million rows, from one record and from a snapshot.
func TestLoadStreams(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, oneRelation)
	rows := len(million().pairs)
	mustAppend(t, s, commit(1, million()))
	require.NoError(t, s.Close())
	for range 2 {
		before := heapInUse()
		s = New(dir, quiet(Options{}))
		p := &peak{}
		_, err := s.Load(context.Background(), oneRelation, p)
		require.NoError(t, err)
		require.Equal(t, rows, p.rows)
		require.Less(t, p.heap, before+1<<20)
		require.NoError(t, s.Compact(context.Background()))
		require.NoError(t, s.Close())
		for name, b := range filesIn(t, dir) {
			require.Less(t, len(b), rows*16, "a row is small")
			for _, fr := range parseAll(t, name, b) {
				require.Less(t, fr.length, int64(blockSize+100))
			}
		}
	}
}

func million() *edges { return randomEdges(1_000_000) }
