package filestore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// counted returns a disk and what is done to its files.
func counted() (disk *crashfs.FS, writes, syncs *atomic.Int64) {
	disk, writes, syncs = crashfs.New(), new(atomic.Int64), new(atomic.Int64)
	disk.Fail(func(op crashfs.Op) error {
		switch op.Kind {
		case crashfs.Write:
			writes.Add(1)
		case crashfs.Sync:
			syncs.Add(1)
		}
		return nil
	})
	return disk, writes, syncs
}

func TestSyncAlways(t *testing.T) {
	disk, writes, syncs := counted()
	s, _, _ := load(t, "/store", Options{fs: disk}, oneRelation)
	mustAppend(t, s, commit(1, batchOf(0, put("a", "1"))))
	for rev := uint64(2); rev < 10; rev++ {
		w, y := writes.Load(), syncs.Load()
		mustAppend(t, s, commit(rev, batchOf(0, put("a", fmt.Sprint(rev)))))
		require.EqualValues(t, 1, writes.Load()-w)
		require.EqualValues(t, 1, syncs.Load()-y)
		for seed := range uint64(5) {
			_, rows, at := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
			require.Equal(t, rev, at)
			require.Equal(t, fmt.Sprint(rev), rows[0]["a"])
		}
	}
	require.Equal(t, 9, s.Stats().Syncs)
}

// TestSyncEvery holds the policy to its promise: what is older than its time survives a power cut.
func TestSyncEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const d = 50 * time.Millisecond
		disk, _, syncs := counted()
		s, _, _ := load(t, "/store", Options{fs: disk, Sync: SyncEvery(d), SegmentSize: 16 << 20}, oneRelation)
		begun := syncs.Load()
		for rev := uint64(1); rev <= 100; rev++ {
			mustAppend(t, s, commit(rev, batchOf(0, put("a", strings.Repeat("x", 20_000)))))
			time.Sleep(d / 10)
			synctest.Wait()
			_, _, at := load(t, "/store", Options{fs: disk.Restart(rev)}, oneRelation)
			require.GreaterOrEqual(t, at+10, rev)
			require.LessOrEqual(t, at, rev)
		}
		require.InDelta(t, 10, syncs.Load()-begun, 2)
		time.Sleep(time.Hour)
		_, _, at := load(t, "/store", Options{fs: disk.Restart(0)}, oneRelation)
		require.EqualValues(t, 100, at)
		idle := syncs.Load()
		time.Sleep(100 * time.Hour)
		require.Equal(t, idle, syncs.Load(), "nothing happens while nothing is appended")
		require.NoError(t, s.Close())
	})
}

// TestSyncNever holds the policy to its promise: a program that is killed loses 100 ms.
func TestSyncNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		disk, _, syncs := counted()
		s, _, _ := load(t, "/store", Options{fs: disk, Sync: SyncNever()}, oneRelation)
		for rev := uint64(1); rev <= 50; rev++ {
			mustAppend(t, s, commit(rev, batchOf(0, put("a", fmt.Sprint(rev)))))
			time.Sleep(10 * time.Millisecond)
			synctest.Wait()
			_, _, at := load(t, "/store", Options{fs: disk.RestartLossless()}, oneRelation)
			require.GreaterOrEqual(t, at+10, rev)
		}
		time.Sleep(time.Hour)
		require.EqualValues(t, 1, syncs.Load(), "of the header")
		require.NoError(t, s.Close())
		for seed := range uint64(10) {
			_, rows, at := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
			require.EqualValues(t, 50, at)
			require.Equal(t, rowsOf{{"a": "50"}}, rows)
		}
	})
}

// TestMarkIsInTime holds the promise that a second after the last commit a mark is written.
func TestMarkIsInTime(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(100 * time.Millisecond)} {
		inBubble(t, policy.String(), func(t *testing.T) {
			disk := crashfs.New()
			s, _, _ := load(t, "/store", Options{fs: disk, Sync: policy}, oneRelation)
			for rev := uint64(1); rev <= 4; rev++ {
				mustAppend(t, s, commit(rev, batchOf(0, put("a", fmt.Sprint(rev)))))
				time.Sleep(300 * time.Millisecond)
			}
			size := func() int {
				synctest.Wait()
				return len(filesOn(t, disk)[logFile.name(1)])
			}
			before := size()
			time.Sleep(650 * time.Millisecond)
			require.Equal(t, before, size())
			time.Sleep(100 * time.Millisecond)
			require.Equal(t, before+sealSize, size(), "a mark is as long as a seal")
			time.Sleep(time.Hour)
			require.Equal(t, before+sealSize, size())
			require.NoError(t, s.Close())
		})
	}
}

// TestBufferOverflows appends more than the buffer holds, in records of all sizes.
func TestBufferOverflows(t *testing.T) {
	for _, policy := range policies {
		dir := t.TempDir() + "/store"
		s, rows, _ := load(t, dir, Options{Sync: policy}, oneRelation)
		for rev := uint64(1); rev <= 40; rev++ {
			c := commit(rev, batchOf(0, put(fmt.Sprint(rev), strings.Repeat("x", int(rev*rev*rev*17)%700_000))))
			mustAppend(t, s, c)
			rows.apply(c)
		}
		require.NoError(t, s.Close())
		_, got, _ := load(t, dir, Options{}, oneRelation)
		require.Equal(t, rows, got)
	}
}

// TestLargeBatches appends batches that are read from the disk and such that are not, of the same
// keys, in one relation and two.
func TestLargeBatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 6))
	dir := t.TempDir() + "/store"
	s, want, _ := load(t, dir, Options{Sync: SyncNever()}, twoRelations)
	large := func(relation int, rev uint64, sorted bool) persist.Batch {
		var rows []change
		for i := range 20_000 {
			switch rng.IntN(4) {
			case 0:
				rows = append(rows, del(fmt.Sprintf("%06d", i)))
			case 1, 2:
				rows = append(rows, put(fmt.Sprintf("%06d", i), fmt.Sprintf("%d %020d", rev, i)))
			}
		}
		if !sorted {
			rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		}
		return batchOf(relation, rows...)
	}
	for rev := uint64(1); rev <= 24; rev++ {
		c := commit(rev, batchOf(rng.IntN(2), put(fmt.Sprintf("%06d", rng.IntN(40)), fmt.Sprint(rev))))
		switch rev % 4 {
		case 2:
			c = commit(rev, large(0, rev, rng.IntN(3) > 0))
		case 3:
			c = commit(rev, large(0, rev, true), large(1, rev, rng.IntN(2) > 0))
		}
		mustAppend(t, s, c)
		want.apply(c)
		if rev%8 == 0 {
			if rev == 16 {
				require.NoError(t, s.Compact(context.Background()))
			}
			require.NoError(t, s.Close())
			var got rowsOf
			s, got, _ = load(t, dir, Options{Sync: SyncNever()}, twoRelations)
			require.Equal(t, want, got)
		}
	}
}

func TestBackgroundFailure(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(time.Second), SyncNever()} {
		synctest.Test(t, func(t *testing.T) {
			disk := crashfs.New()
			s, _, _ := load(t, "/store", Options{fs: disk, Sync: policy}, oneRelation)
			mustAppend(t, s, commit(1, batchOf(0, put("a", "1"))))
			mustAppend(t, s, commit(2, batchOf(0, put("a", "2"))))
			disk.Fail(func(op crashfs.Op) error {
				if op.Kind == crashfs.Write {
					return syscall.EIO
				}
				return nil
			})
			time.Sleep(time.Minute)
			synctest.Wait()
			for range 2 {
				err := s.Append(context.Background(), []*persist.Commit{commit(3, batchOf(0, put("a", "3")))})
				require.ErrorIs(t, err, persist.ErrUnknown)
				require.ErrorIs(t, err, syscall.EIO)
			}
			require.ErrorIs(t, s.Close(), persist.ErrUnknown)
		})
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(time.Hour), SyncNever()} {
		s, _, _ := load(t, t.TempDir()+"/store", Options{Sync: policy}, oneRelation)
		e := &edges{pairs: [][2]uint64{{1, 2}}}
		c := commit(1, e)
		commits := []*persist.Commit{c}
		mustAppend(t, s, commits...)
		allocs := testing.AllocsPerRun(50, func() {
			c.Revision++
			if err := s.Append(context.Background(), commits); err != nil {
				t.Fatal(err)
			}
		})
		require.Zero(t, allocs, policy)
	}
}

// TestLargeBuffersAreLetGo appends one large commit.
func TestLargeBuffersAreLetGo(t *testing.T) {
	s, _, _ := load(t, t.TempDir()+"/store", Options{}, oneRelation)
	mustAppend(t, s, commit(1, batchOf(0, put(strings.Repeat("k", 3<<20), strings.Repeat("v", 3<<20)))))
	require.Zero(t, cap(s.enc.record))
	require.Zero(t, cap(s.enc.key)+cap(s.enc.prev)+cap(s.enc.value))
}
