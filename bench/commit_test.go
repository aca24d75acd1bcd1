package bench

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist/filestore"
)

// BenchmarkCommit commits single new edges, each of which is durable when its writer goes on.
// Beside them stands what the disk takes by itself for frames of the same size.
func BenchmarkCommit(b *testing.B) {
	for _, writers := range []int{1, 64} {
		for _, p := range slices.Concat(peers, []peer{{impl: "bare", open: openBare}}) {
			if p.open == nil || p.impl == "bare" && writers > 1 {
				continue
			}
			b.Run(fmt.Sprintf("writers=%d/impl=%s", writers, p.impl), func(b *testing.B) {
				commit, end := p.open(b, b.TempDir(), writers)
				require.NoError(b, commit(numbered(0)), "the first commit may create files")
				b.ResetTimer()
				err := concurrently(writers, b.N, func(i int) error { return commit(numbered(1 + i)) })
				b.StopTimer()
				require.NoError(b, err)
				require.NoError(b, end())
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
			})
		}
	}
}

// BenchmarkCommitBeside commits single edges and writes frames of the same size by turns, so that
// both meet the same disk.
func BenchmarkCommitBeside(b *testing.B) {
	commit, end := openJunction(b, b.TempDir(), 1)
	bare, endBare := openBare(b, b.TempDir(), 1)
	require.NoError(b, commit(numbered(0)), "the first commit may create files")
	var ours, theirs time.Duration
	rounds := 0
	for b.Loop() {
		e := numbered(1 + rounds)
		start := time.Now()
		err := commit(e)
		between := time.Now()
		errBare := bare(e)
		ours += between.Sub(start)
		theirs += time.Since(between)
		if err != nil || errBare != nil {
			b.Fatal(err, errBare)
		}
		rounds++
	}
	require.NoError(b, end())
	require.NoError(b, endBare())
	b.ReportMetric(float64(ours.Nanoseconds())/float64(rounds), "junction-ns/commit")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(rounds), "bare-ns/commit")
	b.ReportMetric(float64(ours)/float64(theirs), "junction/bare")
}

// openBare appends to a file and syncs it (on Linux, by fdatasync), with as many bytes as the log
// takes for an edge.
func openBare(tb testing.TB, dir string, _ int) (commit func(edge) error, end func() error) {
	frame := make([]byte, frameSize(tb))
	opened, err := vfs.OS.OpenDir(dir)
	require.NoError(tb, err)
	f, err := opened.Create("frames")
	require.NoError(tb, errors.Join(err, opened.Close()))
	commit = func(edge) error {
		if _, err := f.Write(frame); err != nil {
			return err
		}
		return f.Sync()
	}
	return commit, f.Close
}

// frameSize is how much the log grows by for a commit of one edge.
func frameSize(tb testing.TB) int {
	dir := tb.TempDir()
	m, _ := junctionIn(tb, dir, filestore.Options{Sync: filestore.SyncAlways()})
	const commits = 20
	var before int64
	for i := range 1 + commits {
		_, err := m.Add(numbered(i).Left, numbered(i).Right, numbered(i).Through)
		require.NoError(tb, err)
		if i == 0 { // which began the log
			before = diskBytes(tb, dir)
		}
	}
	size := diskBytes(tb, dir) - before
	require.NoError(tb, m.Graph().Close())
	return int((size + commits - 1) / commits)
}

func TestFrameSize(t *testing.T) {
	require.Greater(t, frameSize(t), 24+2*2, "a frame has a header, and two keys")
	require.Less(t, frameSize(t), 100)
}

// BenchmarkCommitNever commits single edges, new ones and new values of old ones by turns, with a
// store that never waits for the disk and without a store.
func BenchmarkCommitNever(b *testing.B) {
	for _, size := range []struct {
		n     int
		edges func() []edge
	}{{smallSize, small}, {largeSize, large}} {
		if size.n == largeSize && testing.Short() {
			continue
		}
		for _, side := range []struct {
			impl string
			make func(*testing.B) *relation
		}{
			{"memory", func(*testing.B) *relation { return junction.New[int64, int64, int64]() }},
			{"junction-never", func(b *testing.B) *relation {
				m, _ := junctionIn(b, b.TempDir(), filestore.Options{Sync: filestore.SyncNever()})
				return m
			}},
		} {
			b.Run(fmt.Sprintf("edges=%d/impl=%s", size.n, side.impl), func(b *testing.B) {
				edges := size.edges()
				m := side.make(b)
				addSingly(b, m, edges[:size.n/2], edges[size.n/2:])
				require.NoError(b, m.Graph().Close())
			})
		}
	}
}

// addSingly adds to edges that are there others that are not. When it has added all, it removes
// them.
func addSingly(b *testing.B, m *relation, there, others []edge) {
	_, err := m.AddAll(slices.Values(there))
	require.NoError(b, err)
	add := func(e edge, through int64) {
		if _, err := m.Add(e.Left, e.Right, through); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	i, value := 0, int64(0)
	for b.Loop() {
		if value%2 == 0 {
			add(others[i], value)
		} else {
			add(there[i], value)
			i++
		}
		value++
		if i == len(others) {
			b.StopTimer()
			for _, e := range others {
				_, err := m.Remove(e.Left, e.Right)
				require.NoError(b, err)
			}
			i = 0
			b.StartTimer()
		}
	}
}
