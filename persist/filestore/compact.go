package filestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// Compact seals the log, writes a snapshot of all rows and removes the files that it replaces. It
// waits for a compaction that runs in the background. Commits that are appended meanwhile go to the
// next log and do not wait. Compact needs room on the disk for the snapshot, beside the files that
// are there.
//
// The error is that of ctx if it ends, ErrClosed after Close or if Close is called meanwhile,
// ErrNotLoaded before Load, and ErrReadOnly. If it fails, the store is as good as before.
func (s *Store) Compact(ctx context.Context) error {
	if s.opts.ReadOnly {
		return ErrReadOnly
	}
	ctx, done, err := s.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := s.sealNow(); err != nil {
		return err
	}
	return s.compactNow(ctx)
}

// compactNow compacts with the room of RESERVE if it must. The caller has the turn.
func (s *Store) compactNow(ctx context.Context) error {
	err := s.makingRoom(func() error { return s.compact(ctx) })
	if vfs.IsFull(err) { // RESERVE may be gone, without effect
		s.mu.Lock()
		need := s.needed(0)
		s.mu.Unlock()
		_ = s.reserve.keep(s.home, need)
	}
	return err
}

// takeTurn waits for the turn. The context that it returns also ends when the store is closed.
func (s *Store) takeTurn(ctx context.Context) (_ context.Context, done func(), err error) {
	s.mu.Lock()
	store := s.ctx
	s.mu.Unlock()
	if store == nil {
		return nil, nil, ErrNotLoaded
	}
	select {
	case s.turn <- struct{}{}:
	case <-store.Done():
		return nil, nil, ErrClosed
	case <-ctx.Done():
		return nil, nil, fmt.Errorf("junction: not compacted: %w", ctx.Err())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	unhook := context.AfterFunc(store, func() { cancel(ErrClosed) })
	return ctx, func() { unhook(); cancel(nil); <-s.turn }, nil
}

// sealNow seals the log, if there is one.
func (s *Store) sealNow() error {
	s.io.Lock()
	defer s.io.Unlock()
	s.mu.Lock()
	err, log := s.usable(), s.log
	s.mu.Unlock()
	if err == nil {
		err = errors.Join(s.check(log), s.home.check())
	}
	if err != nil || log == nil {
		return err
	}
	return s.seal()
}

// isDue reports whether the logs hold some times the bytes that make a compaction due, or are too
// many. The caller has mu.
func (s *Store) isDue(times int64) bool {
	return s.sealed >= times*s.logsLimit() || s.whole-s.base > manyLogs
}

// manyLogs is the number of logs above which a compaction is due whatever they hold. As small logs
// are resumed, there are fewer, unless the schema changes from program to program.
const manyLogs = 40

// logsLimit is how many bytes of logs make a compaction due: as many as the snapshot has, and at
// least Options.SegmentSize. The caller has mu.
func (s *Store) logsLimit() int64 {
	return max(s.snapped, cmp.Or(s.opts.SegmentSize, defaultLogs))
}

// logLimit is the size at which a log is sealed. At most 16 logs hold logsLimit bytes. The caller
// has mu.
func (s *Store) logLimit() int64 {
	return min(max(cmp.Or(s.opts.SegmentSize, defaultSegmentSize), s.snapped/16), s.logsLimit())
}

// compactIfDue starts a compaction in the background if one is due and none runs.
func (s *Store) compactIfDue() {
	s.mu.Lock()
	due := s.isDue(1)
	s.mu.Unlock()
	if !due {
		return
	}
	select {
	case s.turn <- struct{}{}:
		go func() {
			defer func() { <-s.turn }()
			_ = s.compact(s.ctx) // its error is in Stats and logged
		}()
	default: // a compaction runs
	}
}

// compact merges the last snapshot and the sealed logs after it into a new snapshot. The caller has
// the turn.
func (s *Store) compact(ctx context.Context) error {
	c := s.compaction()
	if c.number == c.base {
		return nil
	}
	err := c.run(ctx)
	if err != nil {
		err = fmt.Errorf("junction: %s: not compacted: %w", s.path, err)
	}
	s.compacted(ctx, &c, err)
	return err
}

// compacted records and logs the outcome of a compaction.
func (s *Store) compacted(ctx context.Context, c *compaction, err error) {
	if err != nil && ctx.Err() != nil {
		return // it was cancelled
	}
	s.mu.Lock()
	s.stats.LastCompactionError = err
	if err == nil {
		s.stats.Compactions++
		s.base, s.snapped = c.number, c.size
		s.sealed -= c.logs
	}
	s.mu.Unlock()
	if err != nil {
		s.opts.Logger.Error("filestore: compaction failed, and will be tried again after the next log", "store", s.path, "error", err)
		return
	}
	if l, err := list(s.home); err == nil {
		s.tidy(l.before(c.number))
	}
	s.reserve.spend(s.home) // the next log is small, and so is its reserve
}

// compaction is one run of compact.
type compaction struct {
	*Store
	base    uint64 // number of the snapshot, if there is one, and of the first log
	hasBase bool
	number  uint64 // of the new snapshot, and of the first log that it lacks
	damaged uint64 // number of a damaged snapshot, whose name may be needed
	size    int64  // of the new snapshot
	logs    int64  // bytes of logs that were read
}

// compaction returns the compaction of all logs that are sealed.
func (s *Store) compaction() compaction {
	s.mu.Lock()
	defer s.mu.Unlock()
	return compaction{Store: s, base: s.base, number: s.whole, hasBase: s.snapped > 0, damaged: s.damaged}
}

func (c *compaction) run(ctx context.Context) error {
	v := &view{dir: c.home}
	defer v.close()
	if err := c.read(ctx, v); err != nil {
		return err
	}
	if c.number == c.damaged { // its name is needed
		if err := c.home.removeAll([]string{snapshotFile.name(c.number)}); err != nil {
			return err
		}
	}
	w, err := v.writeSnapshot(ctx, c.home, c.number, v.store, &c.header.schema, c.opts.meter("compact", v.rows()))
	if err == nil {
		c.size = w.size
	}
	return err
}

// read reads the last snapshot and the logs.
func (c *compaction) read(ctx context.Context, v *view) error {
	if c.hasBase {
		if err := v.readSnapshot(ctx, c.base); err != nil {
			return err
		}
	}
	var logs []uint64
	for n := c.base; n < c.number; n++ {
		logs = append(logs, n)
	}
	if err := v.readLogs(ctx, logs, c.number); err != nil {
		return err
	}
	for _, f := range v.logs {
		c.logs += f.size
	}
	return nil
}

// writeSnapshot writes the rows of the view as a snapshot into a directory. Relations without rows
// are left out unless they are declared.
func (v *view) writeSnapshot(ctx context.Context, dir vfs.Dir, number uint64, store [16]byte, declared *persist.Schema, m *meter) (*snapshotWriter, error) {
	h := header{kind: snapshotFile, store: store, number: number, before: v.revision}
	var from []int
	for i, r := range v.schema.Relations {
		if len(v.runs[i]) > 0 || declared.Index(r.Name) >= 0 {
			h.schema.Relations = append(h.schema.Relations, r)
			from = append(from, i)
		}
	}
	w, err := newSnapshotWriter(dir, &h)
	if err != nil {
		return nil, err
	}
	for to, i := range from {
		if err == nil {
			err = merge(ctx, v.runs[i], m, func(key, value []byte) error { return w.add(to, key, value) })
		}
	}
	if err == nil {
		err = w.finish()
	}
	if err != nil {
		w.abandon()
		return nil, err
	}
	m.say()
	return w, nil
}
