package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

const (
	// bufferSize is how many bytes may wait in memory to be written.
	bufferSize = 256 << 10
	// idleTime is the time without commits after which a mark is written.
	idleTime = time.Second
)

// segment is the log that is being written. Its fields are guarded by io, except for size; synced
// is written with mu held, too.
type segment struct {
	file    vfs.File
	number  uint64
	seed    uint32
	size    int64 // written and buffered. Guarded by mu
	written int64
	synced  int64
}

// arming is what the timer is armed for.
type arming uint8

const (
	disarmed arming = iota
	forIdle
	forFlush
)

// Append writes commits as one record. SyncPolicy says when it is durable.
func (s *Store) Append(ctx context.Context, commits []*persist.Commit) error {
	if len(commits) == 0 {
		return nil
	}
	if s.opts.ReadOnly {
		return ErrReadOnly
	}
	if err := ctx.Err(); err != nil {
		return persist.Refused(fmt.Errorf("junction: %w", err))
	}
	defer s.enc.trim()
	record, err := s.enc.commits(commits)
	if err != nil {
		return persist.Refused(err)
	}
	if done, err := s.enqueue(record, commits); done || err != nil {
		return err
	}
	return s.append(record, commits)
}

// enqueue adds a record to the buffer. It returns false if more than that must be done.
func (s *Store) enqueue(record []byte, commits []*persist.Commit) (done bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.usable(); err != nil {
		return false, err
	}
	for i, c := range commits {
		if want := s.rev + 1 + uint64(i); c.Revision != want {
			return false, persist.Refused(fmt.Errorf("junction: revision %d cannot be appended, %d follows", c.Revision, want))
		}
	}
	if s.opts.Sync.mode == always || s.log == nil || s.log.size >= s.logLimit() ||
		len(s.buf)+len(record) > bufferSize || s.reserve.size.Load() < s.needed(len(record)) {
		return false, nil
	}
	s.admit(record)
	s.buf = append(s.buf, record...)
	s.rev += uint64(len(commits))
	return true, nil
}

// usable returns why nothing can be appended. The caller has mu.
func (s *Store) usable() error {
	switch s.state {
	case stateNew:
		return persist.Refused(ErrNotLoaded)
	case stateClosed:
		return persist.Refused(ErrClosed)
	}
	return s.err
}

// admit completes a record, assigns it the end of the log, and arms the timer. The caller has mu.
func (s *Store) admit(record []byte) {
	finishFrame(record, s.log.seed, s.log.synced, s.rev+1)
	s.log.size += int64(len(record))
	if s.opts.Sync.mode == always || s.armed < forFlush { // seldom: time.Now is not cheap
		s.appended = time.Now()
	}
	if s.opts.Sync.mode == always {
		s.arm(forIdle, idleTime)
	} else {
		s.arm(forFlush, s.opts.Sync.every)
	}
}

// arm makes the timer call tick, unless it is armed for the same or a stronger reason. The caller
// has mu.
func (s *Store) arm(why arming, after time.Duration) {
	if s.armed < why {
		s.armed = why
		s.timer.Reset(after)
	}
}

// append does what enqueue cannot: it begins a log if one is needed, writes and syncs.
func (s *Store) append(record []byte, commits []*persist.Commit) error {
	s.io.Lock()
	defer s.io.Unlock()
	log, err := s.room(len(record), commits)
	if err != nil {
		return err
	}
	if err := s.drain(log); err != nil {
		return err
	}
	s.mu.Lock()
	s.admit(record)
	s.mu.Unlock()
	if err := s.writeRecord(log, record, commits); err != nil {
		return err
	}
	if s.opts.Sync.mode == always {
		if err := s.sync(log); err != nil {
			return err
		}
	}
	s.mu.Lock()
	s.rev += uint64(len(commits))
	s.mu.Unlock()
	return nil
}

// writeRecord writes the record of commits. The caller has io.
func (s *Store) writeRecord(log *segment, record []byte, commits []*persist.Commit) error {
	err := s.write(log, record)
	if isFull(err) && onlyRemoves(commits) && s.reserve.spend(s.home) {
		err = s.write(log, record)
	}
	if isFull(err) {
		s.retract(log, record)
		return refuse(err)
	}
	return err
}

// retract undoes admit for a record that was not written.
func (s *Store) retract(log *segment, record []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	log.size -= int64(len(record))
}

// room returns a log that is not full, and reserves room on the disk for a record of some length.
// The caller has io.
func (s *Store) room(length int, commits []*persist.Commit) (*segment, error) {
	s.mu.Lock()
	err, log := s.usable(), s.log
	full := log != nil && log.size >= s.logLimit()
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if err := s.check(log); err != nil {
		return nil, s.fail(err)
	}
	if full {
		if err := s.seal(); err != nil {
			return nil, err
		}
		log = nil
	}
	if log == nil {
		if log, err = s.begin(commits); err != nil {
			return nil, refuse(fmt.Errorf("junction: cannot begin a log: %w", err))
		}
		s.compactIfDue()
	}
	s.mu.Lock()
	need := s.needed(length)
	s.mu.Unlock()
	err = s.reserve.keep(s.home, need)
	if err != nil && !(vfs.IsFull(err) && onlyRemoves(commits)) {
		return nil, refuse(fmt.Errorf("junction: cannot reserve room on the disk: %w", err))
	}
	return log, nil
}

// check returns an error if the log, which may be nil, was removed or replaced. Commits written to
// it would be lost.
func (s *Store) check(log *segment) error {
	if log == nil || log.file.Named() {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrRemoved, logFile.name(log.number))
}

// begin resumes the last log or begins a new one, for commits that follow. The caller has io.
func (s *Store) begin(commits []*persist.Commit) (log *segment, err error) {
	begin := func() (err error) {
		if log, err = s.resume(); log == nil && err == nil {
			log, err = s.beginNew()
		}
		return err
	}
	if err = begin(); isFull(err) && onlyRemoves(commits) && s.reserve.spend(s.home) {
		err = begin()
	}
	return log, err
}

// beginNew begins a log. The caller has io.
func (s *Store) beginNew() (*segment, error) {
	h := s.header
	h.number, h.before = s.next, s.rev
	head, err := h.encode()
	if err != nil {
		return nil, err
	}
	f, err := createTemp(s.home, logFile.name(h.number))
	if err != nil {
		return nil, err
	}
	if _, err = f.Write(head); err == nil {
		err = f.install()
	}
	if err != nil {
		f.abandon()
		return nil, err
	}
	size := int64(len(head))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = &segment{file: f.File, number: h.number, seed: h.seed(), size: size, written: size, synced: size}
	s.next++
	return s.log, nil
}

// drain writes what is buffered. The caller has io.
func (s *Store) drain(log *segment) error {
	s.mu.Lock()
	b := s.buf
	s.buf, s.spare = s.spare[:0], b
	s.mu.Unlock()
	if len(b) == 0 {
		return nil
	}
	return s.mustWrite(log, b)
}

// write writes to the log. If the disk is full, it cuts off what was written, and isFull reports
// true for the error. If the power fails before that, the rest is a torn tail: the end of the
// record is missing. The caller has io.
func (s *Store) write(log *segment, b []byte) error {
	n, err := log.file.Write(b)
	if err == nil {
		log.written += int64(n)
		return nil
	}
	err = log.failed(err)
	if vfs.IsFull(err) && log.file.Truncate(log.written) == nil {
		return err
	}
	return s.fail(err)
}

// isFull reports whether an error means that the disk is full and nothing was written.
func isFull(err error) bool { return vfs.IsFull(err) && !errors.Is(err, persist.ErrUnknown) }

// mustWrite writes commits that were acknowledged, or a seal. The caller has io.
func (s *Store) mustWrite(log *segment, b []byte) error {
	err := s.makingRoom(func() error { return s.write(log, b) })
	if isFull(err) {
		err = s.fail(err)
	}
	return err
}

// failed puts the name of the log into an error of its file, which was created under another name.
func (l *segment) failed(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return &fs.PathError{Op: e.Op, Path: logFile.name(l.number), Err: e.Err}
	}
	return err
}

// sync makes durable what was written. The caller has io.
func (s *Store) sync(log *segment) error {
	if err := log.file.Sync(); err != nil {
		return s.fail(log.failed(err))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	log.synced = log.written
	s.stats.Syncs++
	return nil
}

// fail makes every later Append fail with an error of writing or syncing: it is not known what is
// on the disk, and another sync would not tell.
func (s *Store) fail(err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = persist.Unknown(fmt.Errorf("junction: %s: %w", s.path, err))
	return s.err
}

// mark writes a record which says that everything before it is on the disk. The caller has io.
func (s *Store) mark(log *segment) error {
	record := beginFrame(nil, markFrame)
	s.mu.Lock()
	if log.synced < log.size { // a record is buffered, and would come first
		s.mu.Unlock()
		return nil
	}
	finishFrame(record, log.seed, log.synced, s.rev+1)
	log.size += int64(len(record))
	s.mu.Unlock()
	if err := s.write(log, record); isFull(err) {
		s.retract(log, record)
		return nil // the next one may have room
	} else if err != nil {
		return err
	}
	return s.sync(log)
}

// seal syncs the log and ends it with a record which says that all of it is on the disk. The caller
// has io.
func (s *Store) seal() error {
	s.mu.Lock()
	log := s.log
	s.log = nil // so that nothing is buffered from now on
	s.mu.Unlock()
	err := s.drain(log)
	if err == nil && log.synced < log.written {
		err = s.sync(log)
	}
	if err == nil {
		err = s.writeSeal(log)
	}
	if failed := log.file.Close(); err == nil && failed != nil {
		err = s.fail(failed)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.whole = log.number + 1
	s.sealed += log.written
	s.last = lastLog{log.number, log.written - sealSize}
	return nil
}

func (s *Store) writeSeal(log *segment) error {
	record := beginFrame(nil, sealFrame)
	finishFrame(record, log.seed, log.written, s.rev+1)
	if err := s.mustWrite(log, record); err != nil {
		return err
	}
	return s.sync(log)
}

// tick runs when the timer fires: it flushes the buffer or writes a mark.
func (s *Store) tick() {
	s.io.Lock()
	defer s.io.Unlock()
	s.mu.Lock()
	why, log := s.armed, s.log
	wait := idleTime - time.Since(s.appended)
	s.armed = disarmed
	if log == nil || s.err != nil || s.state != stateOpen {
		s.mu.Unlock()
		return
	}
	if why == forIdle && wait > 0 {
		s.arm(forIdle, wait)
	}
	s.mu.Unlock()
	switch {
	case why == forFlush:
		s.flush(log)
	case why == forIdle && wait <= 0:
		_ = s.mark(log) // if it fails, so does the next Append
	}
}

// flush writes the buffer and syncs the log if the policy says so. If it fails, so does the next
// Append. The caller has io.
func (s *Store) flush(log *segment) {
	if err := s.check(log); err != nil {
		_ = s.fail(err)
		return
	}
	if s.drain(log) != nil || s.opts.Sync.mode == never {
		return
	}
	if log.synced < log.written && s.sync(log) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arm(forIdle, max(idleTime-time.Since(s.appended), 1))
}

// finish seals the log, if there is one. If an earlier write failed, it returns that error. The
// caller has io.
func (s *Store) finish() error {
	if s.err == nil {
		s.err = errors.Join(s.check(s.log), s.home.check())
	}
	if s.log == nil {
		return s.err
	}
	if s.err != nil {
		_ = s.log.file.Close()
		s.log = nil
		return s.err
	}
	return s.seal()
}
