package filestore

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// fill appends rows until the disk is full, and returns the last revision.
func fill(t *testing.T, s *Store, rows rowsOf) uint64 {
	t.Helper()
	for rev := s.Stats().Revision + 1; ; rev++ {
		c := commit(rev, batchOf(0, put(fmt.Sprintf("key%06d", rev), strings.Repeat("v", 200))))
		if err := s.Append(context.Background(), asList(c)); err != nil {
			require.ErrorIs(t, err, ErrFull)
			require.ErrorIs(t, err, persist.ErrRefused)
			require.NotErrorIs(t, err, persist.ErrUnknown)
			require.ErrorIs(t, err, syscall.ENOSPC)
			return rev - 1
		}
		rows.apply(c)
	}
}

// TestFullDiskIsSurvived fills a disk, ends the program in several ways, opens the store again,
// removes rows, compacts and goes on, all without more room.
func TestFullDiskIsSurvived(t *testing.T) {
	ends := map[string]func(t *testing.T, s *Store, disk *crashfs.FS) *crashfs.FS{
		"goes on": func(_ *testing.T, _ *Store, disk *crashfs.FS) *crashfs.FS { return disk },
		"closed":  func(t *testing.T, s *Store, disk *crashfs.FS) *crashfs.FS { require.NoError(t, s.Close()); return disk },
		"killed":  func(_ *testing.T, s *Store, disk *crashfs.FS) *crashfs.FS { s.abandon(); return disk },
		"power cut": func(_ *testing.T, s *Store, disk *crashfs.FS) *crashfs.FS {
			disk.Crash()
			s.abandon()
			return disk.Restart(3)
		},
	}
	for name, end := range ends {
		for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(time.Hour), SyncNever()} {
			for _, room := range []int64{20_000, 100_000, 3_000_000} {
				t.Run(fmt.Sprint(name, "/", policy, "/", room), func(t *testing.T) {
					disk := crashfs.New()
					disk.SetCapacity(room)
					o := Options{fs: disk, Sync: policy}
					s, rows, _ := load(t, "/store", o, oneRelation)
					rev := fill(t, s, rows)
					require.Greater(t, rev*250, uint64(room/6), "most of it can be used")
					if policy.mode == always {
						require.NoError(t, s.Append(context.Background(), asList(
							commit(rev+1, batchOf(0, del("key000001"))))), "a removal")
						rows.apply(commit(0, batchOf(0, del("key000001"))))
						rev++
					}
					if o.fs = end(t, s, disk); name != "goes on" {
						var got rowsOf
						s, got, rev = load(t, "/store", o, oneRelation)
						if policy.mode == always || name == "closed" {
							require.Equal(t, rows, got)
						}
						rows = got
					}
					shrinkAndGoOn(t, s, rows, rev)
				})
			}
		}
	}
}

// shrinkAndGoOn removes most rows of a store on a full disk, and writes new ones.
func shrinkAndGoOn(t *testing.T, s *Store, rows rowsOf, rev uint64) {
	for key := range rows.clone()[0] {
		if len(rows[0]) > 10 {
			rev++
			c := commit(rev, batchOf(0, del(key)))
			mustAppend(t, s, c)
			rows.apply(c)
		}
	}
	require.NoError(t, s.Compact(context.Background()))
	for range 20 {
		rev++
		c := commit(rev, batchOf(0, put(fmt.Sprint("new", rev), strings.Repeat("v", 200))))
		mustAppend(t, s, c)
		rows.apply(c)
	}
	require.NoError(t, s.Close())
	_, got, _ := load(t, "/store", Options{fs: s.opts.fs}, oneRelation)
	require.Equal(t, rows, got)
}

// TestFullDiskOfOthers lets another program take all the room that is left, and all that is freed:
// reading works, and nothing is lost.
func TestFullDiskOfOthers(t *testing.T) {
	disk := crashfs.New()
	o := Options{fs: disk}
	s, rows, _ := load(t, "/store", o, oneRelation)
	for rev := uint64(1); rev <= 100; rev++ {
		c := commit(rev, batchOf(0, put(fmt.Sprint(rev), "value")))
		mustAppend(t, s, c)
		rows.apply(c)
	}
	s.abandon()
	require.NoError(t, disk.WriteFile("/store/"+reserveName, nil))
	disk.SetCapacity(1)
	err := loadErr(t, "/store", o, oneRelation)
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.ErrorContains(t, err, "Options.ReadOnly")
	o.ReadOnly = true
	_, got, _ := load(t, "/store", o, oneRelation)
	require.Equal(t, rows, got)
	_, err = Inspect(context.Background(), "/store", &o)
	require.NoError(t, err)
	disk.SetCapacity(0)
	_, got, _ = load(t, "/store", Options{fs: disk}, oneRelation)
	require.Equal(t, rows, got)
}

// TestShortWrite fails a write in the middle of a record because the disk is full. It is a refusal,
// and the next record stands where the refused one began.
func TestShortWrite(t *testing.T) {
	for n := range 60 {
		disk := crashfs.New()
		s, _, _ := load(t, "/store", Options{fs: disk}, oneRelation)
		mustAppend(t, s, commit(1, batchOf(0, put("a", "1"))))
		disk.Fail(func(op crashfs.Op) error {
			if op.Kind == crashfs.Write {
				return &crashfs.Short{N: n, Err: syscall.ENOSPC}
			}
			return nil
		})
		err := s.Append(context.Background(), asList(commit(2, batchOf(0, put("refused", strings.Repeat("x", 40))))))
		require.ErrorIs(t, err, ErrFull)
		require.ErrorContains(t, err, logFile.name(1))
		require.NotContains(t, err.Error(), tempSuffix)
		for seed := range uint64(5) {
			_, got, _ := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
			require.Equal(t, rowsOf{{"a": "1"}}, got)
		}
		disk.Fail(nil)
		mustAppend(t, s, commit(2, batchOf(0, put("b", "2"))))
		for seed := range uint64(5) {
			_, got, _ := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
			require.Equal(t, rowsOf{{"a": "1", "b": "2"}}, got)
		}
		require.NoError(t, s.Close())
	}
}

// TestPowerCutOnFullDisk lets the power fail at each boundary of a program that fills the disk,
// removes rows, compacts and goes on.
func TestPowerCutOnFullDisk(t *testing.T) {
	run := func(disk *crashfs.FS) (acked rowsOf, last *persist.Commit) {
		disk.SetCapacity(9000)
		acked = newRows(1)
		s := New("/store", quiet(Options{fs: disk}))
		defer func() {
			if s.state == stateOpen {
				s.abandon()
			}
		}()
		if _, err := s.Load(context.Background(), oneRelation, collect(1)); err != nil {
			return acked, nil
		}
		rev := uint64(0)
		for i := range 40 {
			row := put(fmt.Sprint("key", i), strings.Repeat("v", 200))
			if i >= 20 {
				row = del(fmt.Sprint("key", i-20))
			}
			c := commit(rev+1, batchOf(0, row))
			switch err := s.Append(context.Background(), asList(c)); {
			case err == nil:
				acked.apply(c)
				rev++
			case disk.Crashed():
				return acked, c
			}
			if i%15 == 14 {
				_ = s.Compact(context.Background())
			}
		}
		_ = s.Close()
		return acked, nil
	}
	whole := crashfs.New()
	run(whole)
	for n := 1; n <= whole.Boundaries(); n++ {
		disk := crashfs.New()
		disk.CrashAt(n, uint64(n))
		acked, last := run(disk)
		with := acked.clone()
		if last != nil {
			with.apply(last)
		}
		for seed := range uint64(4) {
			again := disk.Restart(seed)
			again.SetCapacity(0)
			_, got, _ := load(t, "/store", Options{fs: again}, oneRelation)
			require.Contains(t, []rowsOf{acked, with}, got, "boundary %d of %d, seed %d", n, whole.Boundaries(), seed)
		}
	}
}
