package filestore

import (
	"bytes"
	"errors"
)

// A log that was there before is never appended to: after a failed sync the operating system may
// show what the disk does not have. But if each program that appends a few commits began a log,
// there would be as many logs as programs. So a small log is resumed: it is copied, all but its
// seal, and the copy takes its place before anything is appended.

// lastLog is the last log that was sealed.
type lastLog struct {
	number uint64 // 0 if it cannot be resumed
	end    int64  // where its seal begins
}

const sealSize = frameHeader + 1

// lastLog returns the last log that was read, which is sealed by now. Only a log with the same
// schema can be resumed, and only if no snapshot that was passed over needs it to be sealed.
func (v *view) lastLog(h *header) lastLog {
	t := &v.tail
	if t.file == nil {
		return lastLog{}
	}
	last := t.file.header
	declared := last
	declared.schema = h.schema
	is, err1 := last.encode()
	want, err2 := declared.encode()
	if errors.Join(err1, err2) != nil || !bytes.Equal(is, want) || v.skipped != nil {
		return lastLog{}
	}
	return lastLog{last.number, t.sealedSize() - sealSize}
}

// sealedSize is the size of the last log once it is sealed.
func (t *tail) sealedSize() int64 {
	if t.sealed {
		return t.end
	}
	return t.end + sealSize
}

// smallLog is the size of logs that are not resumed any more. A session copies that much at most,
// and a sixteenth of what was read when the store was opened. The caller has mu.
func (s *Store) smallLog() int64 {
	return min(max(256<<10, s.snapped/16), s.logLimit())
}

// resume puts a copy of the last log in its place, if it is small, to append to it. It returns nil
// if a new log must be begun. The caller has io.
func (s *Store) resume() (*segment, error) {
	select {
	case s.turn <- struct{}{}: // no compaction reads the log meanwhile, or relies on its seal
		defer func() { <-s.turn }()
	default:
		return nil, nil
	}
	s.mu.Lock()
	last := s.last
	small := !s.opts.separate && last.number >= s.base && last.number+1 == s.next && last.end < s.smallLog()
	s.mu.Unlock()
	if !small {
		return nil, nil
	}
	f, err := createTemp(s.home, logFile.name(last.number))
	if err != nil {
		return nil, err
	}
	if err := s.copyLog(f, last); err != nil {
		f.abandon()
		return nil, nil // the log stays as it is
	}
	if err := f.installInPlace(); err != nil {
		f.abandon()
		return nil, err
	}
	return s.resumed(f, last), nil
}

// copyLog copies the last log without its seal.
func (s *Store) copyLog(to *inFlight, last lastLog) error {
	from, err := openFile(s.home, logFile, last.number)
	if err != nil {
		return err
	}
	defer from.file.Close() // it was only read
	return from.copyTo(to, last.end)
}

func (s *Store) resumed(f *inFlight, last lastLog) *segment {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.header
	h.number = last.number
	s.log = &segment{file: f.File, number: h.number, seed: h.seed(), size: last.end, written: last.end, synced: last.end}
	s.whole = last.number
	s.sealed -= last.end + sealSize
	return s.log
}
