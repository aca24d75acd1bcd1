package filestore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
)

// session opens a store, appends one commit and closes it, or dies.
func session(t testing.TB, o Options, rows rowsOf, rev uint64, die bool) {
	s, got, at := load(t, "/store", o, oneRelation)
	require.Equal(t, rev-1, at)
	require.Len(t, got[0], len(rows[0]))
	c := commit(rev, batchOf(0, put(fmt.Sprintf("key%08d", rev), "value")))
	mustAppend(t, s, c)
	rows.apply(c)
	if die {
		s.abandon()
	} else {
		require.NoError(t, s.Close())
	}
}

// TestManySessions holds that the number of files does not depend on the number of sessions,
// whether they end well or are killed.
func TestManySessions(t *testing.T) {
	disk := crashfs.New()
	o := Options{fs: disk}
	rows := newRows(1)
	sessions, most := uint64(3000), 0
	if testing.Short() {
		sessions = 500
	}
	for rev := uint64(1); rev <= sessions; rev++ {
		session(t, o, rows, rev, rev%7 == 0)
		most = max(most, len(disk.Files()))
	}
	require.LessOrEqual(t, most, 6)
	_, got, _ := load(t, "/store", o, oneRelation)
	require.Equal(t, rows, got)
}

// TestManySessionsThatOverwrite holds that opening reads no more than a few times the live rows,
// though no session lives long enough to see a log that is full.
func TestManySessionsThatOverwrite(t *testing.T) {
	disk := crashfs.New()
	o := Options{fs: disk, SegmentSize: 20_000}
	for rev := uint64(1); rev <= 500; rev++ {
		s, _, at := load(t, "/store", o, oneRelation)
		require.Equal(t, rev-1, at)
		mustAppend(t, s, commit(rev, batchOf(0, put(fmt.Sprint(rev%20), fmt.Sprintf("%0500d", rev)))))
		stats := s.Stats()
		require.LessOrEqual(t, stats.LogBytes+stats.SnapshotBytes, int64(5*20_000))
		require.NoError(t, s.Close())
		require.LessOrEqual(t, len(disk.Files()), 8)
	}
}

// TestManySchemas alternates between two schemas, so that no log can be resumed.
func TestManySchemas(t *testing.T) {
	disk := crashfs.New()
	for rev := uint64(1); rev <= 200; rev++ {
		schema := schemaOf("likes", fmt.Sprint("empty", rev))
		s, rows, at := load(t, "/store", Options{fs: disk}, schema)
		require.Equal(t, rev-1, at)
		require.Len(t, rows[0], int(rev-1))
		mustAppend(t, s, commit(rev, batchOf(0, put(fmt.Sprint(rev), ""))))
		require.NoError(t, s.Close())
		require.LessOrEqual(t, len(disk.Files()), manyLogs+4)
	}
}

// TestPowerCutOfSessions lets the power fail at every boundary of a program that opens the store
// for each commit, so that each resumes the log of the one before.
func TestPowerCutOfSessions(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways(), SyncNever()} {
		inBubble(t, policy.String(), func(t *testing.T) {
			o := Options{Sync: policy, SegmentSize: 1500}
			run := func(disk *crashfs.FS) (*program, error) {
				p := newProgram(policy)
				rng := rand.New(rand.NewPCG(7, 7))
				for range 25 {
					if err := p.run(disk, o, rng, 1); err != nil {
						return p, err
					}
				}
				return p, nil
			}
			whole := crashfs.New()
			_, err := run(whole)
			require.NoError(t, err)
			for n := 1; n <= whole.Boundaries(); n++ {
				disk := crashfs.New()
				disk.CrashAt(n, uint64(n))
				p, err := run(disk)
				if err != nil {
					require.ErrorIs(t, err, crashfs.ErrCrashed)
				}
				for seed := range uint64(6) {
					p.check(t, disk.Restart(seed), fmt.Sprintf("boundary %d of %d, seed %d", n, whole.Boundaries(), seed))
				}
				p.check(t, disk.RestartLossless(), fmt.Sprintf("killed at boundary %d", n))
			}
		})
	}
}

// TestResumeFails fails each operation on the copy of the last log, and goes on.
func TestResumeFails(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []crashfs.Kind{crashfs.Create, crashfs.Write, crashfs.Sync, crashfs.Rename, crashfs.SyncDir, crashfs.Read} {
		for _, kill := range []bool{false, true} {
			disk := crashfs.New()
			o := Options{fs: disk}
			rows := newRows(1)
			session(t, o, rows, 1, false)
			s, _, _ := load(t, "/store", o, oneRelation)
			failed := false
			disk.Fail(func(op crashfs.Op) error {
				if op.Kind != kind || failed {
					return nil
				}
				failed = true
				return errOnPurpose
			})
			c := commit(2, batchOf(0, put("second", "")))
			err := s.Append(ctx, asList(c))
			require.True(t, failed, kind)
			disk.Fail(nil)
			if err != nil {
				require.ErrorIs(t, err, errOnPurpose)
				mustAppend(t, s, c)
			}
			rows.apply(c)
			if kill {
				s.abandon()
			} else {
				require.NoError(t, s.Close())
			}
			for seed := range uint64(5) {
				_, got, _ := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
				require.Equal(t, rows, got, kind)
			}
		}
	}
}

// BenchmarkOpenAfterSessions opens a store that 3,000 sessions have filled, and one that a single
// session has filled with the same rows, by turns.
func BenchmarkOpenAfterSessions(b *testing.B) {
	const rows = 3000
	fill := func(sessions int) (dir string) {
		dir = b.TempDir() + "/store"
		o := Options{Sync: SyncNever()}
		s, _, _ := load(b, dir, o, oneRelation)
		for rev := 1; rev <= rows; rev++ {
			mustAppend(b, s, commit(uint64(rev), batchOf(0, put(fmt.Sprintf("key%08d", rev), "value"))))
			if rev%(rows/sessions) == 0 {
				require.NoError(b, s.Close())
				s, _, _ = load(b, dir, o, oneRelation)
			}
		}
		require.NoError(b, s.Close())
		return dir
	}
	many, one := fill(rows), fill(1)
	open := func(dir string) {
		var d discard
		s := New(dir, nil)
		_, err := s.Load(context.Background(), oneRelation, &d)
		require.NoError(b, err)
		require.NoError(b, s.Close())
	}
	var took [2]float64
	for b.Loop() {
		took[0] += seconds(func() { open(many) })
		took[1] += seconds(func() { open(one) })
	}
	b.ReportMetric(took[0]/took[1], "many/one")
	b.ReportMetric(float64(len(namesIn(b, many))), "files")
}
