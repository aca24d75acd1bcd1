package filestore

import (
	"errors"
	"path/filepath"
)

// TornTail is what was cut off the last log when it was loaded: what a crash left of commits that were never acknowledged.
type TornTail struct {
	File   string // its name
	Offset int64
	Bytes  int64
	Why    string
}

// torn returns what is to be cut off, nil if nothing is.
func (v *view) torn() *TornTail {
	t := &v.tail
	if t.torn == "" {
		return nil
	}
	return &TornTail{filepath.Base(t.file.path), t.end, t.file.size - t.end, t.torn}
}

// mend puts a sealed copy of what is good in the place of a last log that is not sealed. The log itself is never written to
// again: after a failed sync the operating system may show what the disk does not have.
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
	v.close() // before the file gets another's name, which not every system allows for open files
	err = errors.Join(whole.installInPlace(), whole.Close())
	if err != nil {
		whole.abandon()
	}
	return err
}

// copySealed copies what is good of the last log, and seals it.
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
