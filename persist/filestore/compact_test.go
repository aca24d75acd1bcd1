package filestore

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// awaitCompaction waits for a compaction that runs in the background.
func (s *Store) awaitCompaction() {
	s.turn <- struct{}{}
	<-s.turn
}

// update appends updates of random keys and applies them to rows.
func update(t testing.TB, s *Store, rows rowsOf, rng *rand.Rand, keys, n int) {
	t.Helper()
	rev := s.Stats().Revision
	for range n {
		rev++
		key := fmt.Sprintf("%08d", rng.IntN(keys))
		c := commit(rev, batchOf(0, put(key, strings.Repeat("v", rng.IntN(40)))))
		if rng.IntN(10) == 0 {
			c = commit(rev, batchOf(0, del(key)))
		}
		mustAppend(t, s, c)
		rows.apply(c)
	}
}

func TestRotation(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, rows, _ := load(t, dir, Options{Sync: SyncNever(), SegmentSize: 4000}, oneRelation)
	s.turn <- struct{}{} // no compaction
	rng := rand.New(rand.NewPCG(1, 1))
	update(t, s, rows, rng, 50, 300)
	logs := s.Stats().Logs
	require.Greater(t, logs, 3)
	<-s.turn
	require.NoError(t, s.Close())
	files := filesIn(t, dir)
	require.Len(t, files, logs)
	for name, b := range files {
		require.Less(t, len(b), 4200, name)
	}
	_, got, rev := load(t, dir, Options{}, oneRelation)
	require.Equal(t, rows, got)
	require.EqualValues(t, 300, rev)
}

// TestDiskUse updates few rows again and again: the files stay within about twice the live data,
// and one log.
func TestDiskUse(t *testing.T) {
	const segment = 8 << 10
	dir := t.TempDir() + "/store"
	s, rows, _ := load(t, dir, Options{Sync: SyncNever(), SegmentSize: segment}, oneRelation)
	rng := rand.New(rand.NewPCG(1, 2))
	for round := range 200 {
		update(t, s, rows, rng, 400, 100)
		s.awaitCompaction()
		stats := s.Stats()
		require.NoError(t, stats.LastCompactionError)
		require.LessOrEqual(t, stats.LogBytes, max(stats.SnapshotBytes, segment)+2*(segment+200))
		if round == 199 {
			require.Greater(t, stats.Compactions, 20)
			require.Less(t, stats.SnapshotBytes, int64(20_000))
		}
	}
	size := 0
	for _, b := range filesIn(t, dir) {
		size += len(b)
	}
	require.Less(t, size, 2*20_000+2*segment)
	require.NoError(t, s.Close())
	_, got, _ := load(t, dir, Options{}, oneRelation)
	require.Equal(t, rows, got)
}

func TestCompact(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir() + "/store"
	s, rows, _ := load(t, dir, Options{}, oneRelation)
	require.NoError(t, s.Compact(ctx))
	require.Empty(t, namesIn(t, dir), "nothing to compact")
	rng := rand.New(rand.NewPCG(1, 3))
	for round := range uint64(3) {
		update(t, s, rows, rng, 10, 20)
		for range 2 {
			require.NoError(t, s.Compact(ctx))
			require.Equal(t, []string{snapshotFile.name(round + 2)}, namesIn(t, dir))
		}
	}
	require.Equal(t, Stats{Revision: 60, SnapshotBytes: s.Stats().SnapshotBytes, Syncs: s.Stats().Syncs, Compactions: 3}, s.Stats())
	require.NoError(t, s.Close())
	s, got, rev := load(t, dir, Options{}, oneRelation)
	require.Equal(t, rows, got)
	require.EqualValues(t, 60, rev)

	// All goes.
	rev = 60
	for k := range rows[0] {
		rev++
		mustAppend(t, s, commit(rev, batchOf(0, del(k))))
	}
	require.NoError(t, s.Compact(ctx))
	require.NoError(t, s.Close())
	_, got, at := load(t, dir, Options{}, oneRelation)
	require.Equal(t, rowsOf{{}}, got)
	require.Equal(t, rev, at)
}

// TestCompactBesideAppend is for the race detector, too.
func TestCompactBesideAppend(t *testing.T) {
	for _, policy := range policies {
		disk := crashfs.New()
		s, rows, _ := load(t, "/store", Options{fs: disk, Sync: policy, SegmentSize: 3000}, oneRelation)
		stop := make(chan struct{})
		var beside sync.WaitGroup
		for range 2 {
			beside.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						if err := s.Compact(context.Background()); err != nil {
							t.Error(err)
							return
						}
						s.Stats()
					}
				}
			})
		}
		update(t, s, rows, rand.New(rand.NewPCG(1, 4)), 100, 500)
		close(stop)
		beside.Wait()
		require.NoError(t, s.Close())
		_, got, _ := load(t, "/store", Options{fs: disk}, oneRelation)
		require.Equal(t, rows, got)
	}
}

func TestCompactionFails(t *testing.T) {
	for _, kind := range []crashfs.Kind{crashfs.Create, crashfs.Write, crashfs.Sync, crashfs.Rename, crashfs.SyncDir, crashfs.Read} {
		t.Run(string(kind), func(t *testing.T) {
			disk := crashfs.New()
			var logged strings.Builder
			o := Options{fs: disk, SegmentSize: 2000, Logger: slog.New(slog.NewTextHandler(&logged, nil))}
			s, rows, _ := load(t, "/store", o, oneRelation)
			rng := rand.New(rand.NewPCG(1, 5))
			update(t, s, rows, rng, 10, 10)
			disk.Fail(func(op crashfs.Op) error {
				snapshot := strings.Contains(op.Name, ".snap") || op.Kind == crashfs.Read
				if op.Kind == kind && (snapshot || op.Kind == crashfs.SyncDir) {
					return syscall.EIO
				}
				return nil
			})
			require.ErrorIs(t, s.Compact(context.Background()), syscall.EIO)
			require.ErrorIs(t, s.Stats().LastCompactionError, syscall.EIO)
			require.Contains(t, logged.String(), "compaction failed")
			for _, name := range disk.Files() {
				require.NotContains(t, name, tempSuffix)
			}
			if kind == crashfs.SyncDir {
				disk.Fail(nil)
			}
			update(t, s, rows, rng, 10, 10) // does not mind
			disk.Fail(nil)
			update(t, s, rows, rng, 10, 200)
			s.awaitCompaction()
			require.NoError(t, s.Stats().LastCompactionError)
			require.NotZero(t, s.Stats().Compactions)
			require.NoError(t, s.Close())
			_, got, _ := load(t, "/store", Options{fs: disk}, oneRelation)
			require.Equal(t, rows, got)
		})
	}
}

// TestCloseStopsCompaction closes a store that is being compacted.
func TestCloseStopsCompaction(t *testing.T) {
	dir := t.TempDir() + "/store"
	synctest.Test(t, func(t *testing.T) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		s, _, _ := load(t, dir, Options{Progress: func(p Progress) {
			if p.Stage == "compact" {
				close(begun) // for the first and only time
				<-goOn
			}
		}}, oneRelation)
		mustAppend(t, s, commit(1, randomEdges(100_000)))
		compacted, closed := make(chan error, 1), make(chan error, 1)
		go func() { compacted <- s.Compact(context.Background()) }()
		<-begun
		go func() { closed <- s.Close() }()
		synctest.Wait()
		select {
		case <-closed:
			t.Fatal("the directory is unlocked, and is still written to")
		default:
		}
		close(goOn)
		require.ErrorIs(t, <-compacted, context.Canceled)
		require.NoError(t, <-closed)
		require.NoError(t, s.Stats().LastCompactionError)
		require.Equal(t, []string{logFile.name(1)}, namesIn(t, dir))
	})
}

// TestFallback damages the newest snapshot while all that it was made of is still there, as after
// a crash in a compaction.
func TestFallback(t *testing.T) {
	h := recordCompacted(t, false)
	disk := h.disk(t)
	s, _, _ := load(t, "/store", Options{fs: disk, separate: true}, twoRelations)
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
	newest, name := filesOn(t, disk), snapshotFile.name(4)
	require.Len(t, newest, 1)
	old := maps.Clone(h.files)
	require.Len(t, old, 3)

	h.files[name] = newest[name]
	disk = h.disk(t)
	_, _, err := h.loadAny(t, disk)
	require.NoError(t, err)
	require.Equal(t, newest, filesOn(t, disk), "what is older is removed")

	// Every byte of it that is damaged makes no difference.
	for i := range newest[name] {
		if 8 <= i && i < 16 {
			continue // another version: nobody can say that it is damaged
		}
		b := []byte(newest[name])
		b[i] ^= 4
		h.files[name] = string(b)
		disk = h.disk(t)
		var logged strings.Builder
		s := New("/store", &Options{fs: disk, Logger: slog.New(slog.NewTextHandler(&logged, nil))})
		c := collect(2)
		rev, err := s.Load(context.Background(), twoRelations, c)
		require.NoError(t, err)
		require.EqualValues(t, 9, rev)
		require.Equal(t, h.states[9], c.rows)
		require.Contains(t, logged.String(), "damaged snapshot")
		require.NoError(t, s.Close())
	}

	// The store goes on, and the next snapshot takes the place of both.
	s, _, _ = load(t, "/store", Options{fs: disk, separate: true}, twoRelations)
	mustAppend(t, s, commit(10, batchOf(0, put("last", "10"))))
	require.NoError(t, s.Close())
	s, rows, rev := load(t, "/store", Options{fs: disk, separate: true}, twoRelations)
	require.EqualValues(t, 10, rev)
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
	require.Equal(t, []string{snapshotFile.name(5)}, slices.Collect(maps.Keys(filesOn(t, disk))))
	s, got, _ := load(t, "/store", Options{fs: disk, separate: true}, twoRelations)
	require.Equal(t, rows, got)
	require.NoError(t, s.Close())

	// Without all of the logs, what the snapshot had is nowhere else.
	damaged := newest[name][:len(newest[name])-1]
	for missing := range old {
		h.files = maps.Clone(old)
		h.files[name] = damaged
		delete(h.files, missing)
		_, _, err = h.loadAny(t, h.disk(t))
		require.ErrorIs(t, err, persist.ErrDamaged, missing)
		require.ErrorContains(t, err, name)
	}
	h.files = maps.Clone(old)
	h.files[name] = damaged
	last := logFile.name(3)
	h.files[last] = h.files[last][:len(old[last])-frameHeader-1]
	_, _, err = h.loadAny(t, h.disk(t))
	require.ErrorIs(t, err, persist.ErrDamaged)
	require.ErrorContains(t, err, "without its seal")
}

// TestDiskUseByDefault overwrites 0.8 MiB of rows until 25 MiB were written. The files stay
// within a few times the rows.
func TestDiskUseByDefault(t *testing.T) {
	disk := crashfs.New()
	s, _, _ := load(t, "/store", Options{fs: disk, Sync: SyncNever()}, oneRelation)
	rng := rand.New(rand.NewPCG(1, 9))
	value := strings.Repeat("v", 4000)
	for rev := uint64(1); rev <= 6000; rev++ {
		mustAppend(t, s, commit(rev, batchOf(0, put(fmt.Sprint(rng.IntN(200)), value))))
		s.awaitCompaction()
		if stats := s.Stats(); stats.LogBytes+stats.SnapshotBytes > 4<<20 {
			require.Fail(t, "too large", "%+v", stats)
		}
	}
	require.NoError(t, s.Stats().LastCompactionError)
	require.NoError(t, s.Close())
}

func TestProgress(t *testing.T) {
	dir := t.TempDir() + "/store"
	var seen []Progress
	o := Options{Progress: func(p Progress) { seen = append(seen, p) }}
	s, _, _ := load(t, dir, o, oneRelation)
	mustAppend(t, s, commit(1, randomEdges(200_000)))
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
	total := seen[len(seen)-1].Total
	require.Equal(t, []Progress{
		{"load", 0, 0},
		{"compact", 1 << 16, total}, {"compact", 2 << 16, total}, {"compact", 3 << 16, total}, {"compact", total, total},
	}, seen)
}
