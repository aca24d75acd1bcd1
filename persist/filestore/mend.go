package filestore

import (
	"errors"
	"path/filepath"
)

// TornTail is the part of the last log that Load has cut off: what a crash left of commits that
// were never acknowledged.
type TornTail struct {
	File   string // its name
	Offset int64
	Bytes  int64
	Why    string
}

// torn returns the torn tail, or nil if there is none.
func (v *view) torn() *TornTail {
	t := &v.tail
	if t.torn == "" {
		return nil
	}
	return &TornTail{filepath.Base(t.file.path), t.end, t.file.size - t.end, t.torn}
}

// mend replaces a last log that is not sealed by a sealed copy of what is good of it. The log
// itself is never written to again: after a failed sync, the operating system may show bytes that
// are not on the disk.
func (s *Store) mend(v *view) error {
	t := &v.tail
	if t.file == nil || t.sealed && t.torn == "" {
		return nil
	}
	whole, err := createTemp(s.home, filepath.Base(t.file.path))
	if err != nil {
		return err
	}
	if err := whole.copySealed(v); err != nil {
		whole.abandon()
		return err
	}
	v.close() // not every system allows replacing an open file
	err = errors.Join(whole.installInPlace(), whole.Close())
	if err != nil {
		whole.abandon()
	}
	return err
}

// copySealed copies what is good of the last log and seals the copy.
func (f *inFlight) copySealed(v *view) error {
	t := &v.tail
	if err := t.file.copyTo(f, t.end); err != nil {
		return err
	}
	if t.sealed {
		return nil
	}
	seal := beginFrame(nil, sealFrame)
	finishFrame(seal, t.file.seed, t.end, v.revision+1)
	_, err := f.Write(seal)
	return err
}
