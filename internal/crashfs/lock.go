package crashfs

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// exclusive is the value in FS.locks of a lock that is not shared.
const exclusive = -1

// Lock locks a file, which it creates if it is missing.
func (f *FS) Lock(name string) (vfs.Lock, error) {
	name = filepath.Clean(name)
	if err := f.touch(name); err != nil {
		return nil, err
	}
	return f.lock(name, true)
}

// lock locks a file that exists.
func (f *FS) lock(name string, alone bool) (vfs.Lock, error) {
	l := &held{fs: f, name: name}
	err := f.do(Op{Kind: Lock, Name: name}, func() (err error) {
		if l.inode, err = f.disk.file(name); err != nil {
			return err
		}
		switch n := f.locks[l.inode]; {
		case n == exclusive, alone && n > 0:
			return vfs.ErrLocked
		case alone:
			f.locks[l.inode] = exclusive
		default:
			f.locks[l.inode]++
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// touch creates a file that is not there.
func (f *FS) touch(name string) error {
	f.mu.Lock()
	there := f.disk.names[name] != nil
	f.mu.Unlock()
	if there {
		return nil
	}
	err := f.do(Op{Kind: Create, Name: name}, func() error { return f.disk.add(name, &inode{}) })
	if errors.Is(err, fs.ErrExist) {
		return nil // another call was faster
	}
	return err
}

// held is a lock that is held.
type held struct {
	fs    *FS
	name  string
	inode *inode
	done  bool
}

// Check works after a crash, too: it only looks.
func (h *held) Check() error {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.fs.disk.names[h.name] != h.inode {
		return &fs.PathError{Op: "lock", Path: h.name, Err: vfs.ErrLockLost}
	}
	return nil
}

func (h *held) Close() error {
	return h.fs.do(Op{Kind: Close, Name: h.name}, func() error {
		if h.done {
			return fs.ErrClosed
		}
		h.done = true
		if h.fs.locks[h.inode] > 1 {
			h.fs.locks[h.inode]--
		} else {
			delete(h.fs.locks, h.inode)
		}
		return nil
	})
}
