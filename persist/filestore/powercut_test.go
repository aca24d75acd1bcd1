package filestore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
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

// program is a store that is used until the power fails, and what must be true of it then.
type program struct {
	states  []rowsOf // at each revision, those included that were not acknowledged
	acked   uint64   // what a power cut must not take
	durable bool     // the policy is SyncAlways
}

// run appends commits, and opens the store again now and then. It returns when something fails.
func (p *program) run(disk *crashfs.FS, o Options, rng *rand.Rand, commits int) error {
	ctx := context.Background()
	o.fs = disk
	var s *Store
	defer func() {
		if s != nil && s.state == stateOpen {
			s.abandon()
		}
	}()
	open := func() error {
		s = New("/store", quiet(o))
		c := collect(2)
		rev, err := s.Load(ctx, twoRelations, c)
		if err != nil {
			return err
		}
		if rev < p.acked || rev >= uint64(len(p.states)) || !reflect.DeepEqual(p.states[rev], c.rows) {
			return fmt.Errorf("revision %d with %v, of %d to %d", rev, c.rows, p.acked, len(p.states)-1)
		}
		p.acked, p.states = rev, p.states[:rev+1]
		return nil
	}
	if err := open(); err != nil {
		return err
	}
	for range commits {
		rev := p.acked + 1
		if !p.durable {
			rev = s.Stats().Revision + 1
		}
		c := randomCommit(rng, rev)
		next := p.states[rev-1].clone()
		next.apply(c)
		p.states = append(p.states[:rev], next)
		if err := s.Append(ctx, []*persist.Commit{c}); err != nil {
			return err
		}
		s.awaitCompaction() // so that the boundaries are the same in each run
		if p.durable {
			p.acked = rev
		}
		switch rng.IntN(12) {
		case 0:
			if err := s.Compact(ctx); err != nil {
				return err
			}
			p.acked = rev
		case 1:
			if err := s.Close(); err != nil {
				return err
			}
			if err := open(); err != nil {
				return err
			}
		case 2:
			s.abandon()
			if err := open(); err != nil {
				return err
			}
		}
	}
	err := s.Close()
	if err == nil {
		p.acked = uint64(len(p.states) - 1)
	}
	return err
}

func randomCommit(rng *rand.Rand, rev uint64) *persist.Commit {
	c := commit(rev)
	for relation := range 2 {
		var rows []change
		for k := range 6 {
			switch key := fmt.Sprint("key", k); rng.IntN(8) {
			case 0:
				rows = append(rows, del(key))
			case 1:
				rows = append(rows, put(key, fmt.Sprint(rev, strings.Repeat(".", rng.IntN(600)))))
			}
		}
		if len(rows) > 0 {
			c.Batches = append(c.Batches, batchOf(relation, rows...))
		}
	}
	return c
}

// check loads what a power cut left.
func (p *program) check(t testing.TB, disk *crashfs.FS, note string) {
	t.Helper()
	s := New("/store", quiet(Options{fs: disk}))
	c := collect(2)
	rev, err := s.Load(context.Background(), twoRelations, c)
	require.NoError(t, err, note)
	require.GreaterOrEqual(t, rev, p.acked, note)
	require.Less(t, rev, uint64(len(p.states)), note)
	require.Equal(t, p.states[rev], c.rows, note)
	s.abandon()
}

// inBubble runs a subtest in which time stands still, so that no mark is written and the
// boundaries are the same in each run.
func inBubble(t *testing.T, name string, run func(t *testing.T)) {
	t.Run(name, func(t *testing.T) { synctest.Test(t, run) })
}

// TestPowerCut lets the power fail at every boundary of a program, and at every boundary of the
// recovery from that.
func TestPowerCut(t *testing.T) {
	cuts := 1
	if testing.Short() {
		cuts = 7
	}
	for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(time.Hour)} {
		inBubble(t, policy.String(), func(t *testing.T) {
			o := Options{Sync: policy, SegmentSize: 1500}
			whole := crashfs.New()
			require.NoError(t, newProgram(policy).run(whole, o, rand.New(rand.NewPCG(1, 1)), 60))
			missed := 0
			defer func() { require.Less(t, missed, 10) }()
			for n := 1; n <= whole.Boundaries(); n += cuts {
				disk := crashfs.New()
				disk.CrashAt(n, uint64(n))
				p := newProgram(policy)
				if err := p.run(disk, o, rand.New(rand.NewPCG(1, 1)), 60); err != nil { // it may fail in something that need not succeed
					require.ErrorIs(t, err, crashfs.ErrCrashed)
				}
				if !disk.Crashed() {
					missed++ // compaction in the background took fewer steps this time
					continue
				}
				for seed := range uint64(4) {
					p.check(t, disk.Restart(seed), fmt.Sprintf("boundary %d, seed %d", n, seed))
				}
				switch n % 4 {
				case 1:
					p.recoverAndCut(t, func() *crashfs.FS { return disk.Restart(uint64(n)) }, 4, fmt.Sprintf("boundary %d", n))
				case 3:
					p.recoverAndCut(t, disk.RestartLossless, 4, fmt.Sprintf("killed at boundary %d", n))
				}
			}
		})
	}
}

func newProgram(policy SyncPolicy) *program {
	return &program{states: []rowsOf{newRows(2)}, durable: policy.mode == always}
}

// recoverAndCut lets the power fail at each boundary of the next run, too.
func (p *program) recoverAndCut(t testing.TB, start func() *crashfs.FS, seeds uint64, note string) {
	t.Helper()
	for n := 1; ; n++ {
		again := *p
		again.states = append([]rowsOf(nil), p.states...)
		disk := start()
		disk.CrashAt(n, uint64(n))
		err := again.run(disk, Options{SegmentSize: 1500}, rand.New(rand.NewPCG(uint64(n), 2)), 2)
		if !disk.Crashed() {
			require.NoError(t, err, note)
			return
		}
		for seed := range seeds {
			again.check(t, disk.Restart(seed), fmt.Sprintf("%s, then boundary %d", note, n))
		}
	}
}

// TestKilledBeforeSyncDir kills the program when the name of a snapshot is there, but not on the
// disk. The next one must not rely on it when it removes what is older.
func TestKilledBeforeSyncDir(t *testing.T) {
	h := recordCompacted(t, false)
	disk := h.disk(t)
	s, _, _ := load(t, "/store", Options{fs: disk}, twoRelations)
	disk.Fail(func(op crashfs.Op) error {
		if op.Kind == crashfs.SyncDir || op.Kind == crashfs.Remove {
			return syscall.EINTR
		}
		return nil
	})
	require.ErrorIs(t, s.Compact(context.Background()), syscall.EINTR)
	p := &program{states: h.states, acked: 9}
	p.recoverAndCut(t, disk.RestartLossless, 100, "killed")
}

// TestSyncThatFails fails each sync of a program once, and goes on with a new store. What was
// acknowledged survives a power cut then.
func TestSyncThatFails(t *testing.T) {
	o := Options{SegmentSize: 1500}
	whole := crashfs.New()
	require.NoError(t, newProgram(SyncAlways()).run(whole, o, rand.New(rand.NewPCG(1, 3)), 40))
	for n := 1; n <= whole.Boundaries(); n++ {
		disk := crashfs.New()
		var failed atomic.Bool // compaction syncs beside the program
		errFailed := errors.New("failed on purpose")
		disk.Fail(func(op crashfs.Op) error {
			if op.N == n && (op.Kind == crashfs.Sync || op.Kind == crashfs.SyncDir) && failed.CompareAndSwap(false, true) {
				return errFailed
			}
			return nil
		})
		p := newProgram(SyncAlways())
		rng := rand.New(rand.NewPCG(1, 3))
		if err := p.run(disk, o, rng, 40); err != nil {
			require.ErrorIs(t, err, errFailed)
			p.check(t, disk.RestartLossless(), fmt.Sprint(n))
			require.NoError(t, p.run(disk, o, rng, 3))
		}
		for seed := range uint64(3) {
			p.check(t, disk.Restart(seed), fmt.Sprintf("sync %d, seed %d", n, seed))
		}
	}
}

// TestDiskFull fills a disk up again and again: what fits is kept, and there is a way on when
// there is room.
func TestDiskFull(t *testing.T) {
	for room := int64(200); room < 12_000; room += 97 {
		disk := crashfs.New()
		disk.SetCapacity(room)
		p := newProgram(SyncAlways())
		err := p.run(disk, Options{SegmentSize: 1500}, rand.New(rand.NewPCG(uint64(room), 4)), 60)
		require.Error(t, err)
		disk.SetCapacity(0)
		p.check(t, disk.RestartLossless(), fmt.Sprint(room))
		require.NoError(t, p.run(disk, Options{}, rand.New(rand.NewPCG(1, 5)), 5))
	}
}
