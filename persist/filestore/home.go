package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// home is the directory of a store with its lock. It stays that directory whatever becomes of its
// path. Before a file is created, renamed or removed, home checks that the file LOCK is the one
// that it holds: without it, another program may take the directory for its own.
type home struct {
	vfs.Dir
	lock vfs.Lock
}

// openDir opens a directory that exists.
func openDir(files vfs.FS, path string) (vfs.Dir, error) {
	if path == "" {
		return nil, errNoPath
	}
	dir, err := files.OpenDir(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("junction: cannot open the directory of the store: %w", err)
	}
	return dir, nil
}

// openHome locks a directory that is, or can become, that of a store. It creates a missing one.
func openHome(files vfs.FS, path string) (*home, error) {
	if path == "" {
		return nil, errNoPath
	}
	path = filepath.Clean(path)
	dir, err := files.OpenDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = files.Mkdir(path); err == nil || errors.Is(err, fs.ErrExist) {
			dir, err = files.OpenDir(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("junction: cannot use %s as the directory of a store: %w", path, err)
	}
	h, err := lockHome(files, dir)
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return h, nil
}

// lockHome locks a directory that holds nothing but the files of a store.
func lockHome(files vfs.FS, dir vfs.Dir) (*home, error) {
	l, err := list(dir)
	if err != nil {
		return nil, err
	}
	lock, err := dir.Lock(lockName)
	if errors.Is(err, vfs.ErrLocked) {
		return nil, fmt.Errorf("%w: %s: %w", persist.ErrInUse, dir.Path(), err)
	}
	if err != nil {
		return nil, fmt.Errorf("junction: cannot lock the store: %w", err)
	}
	if l.isEmpty() {
		if err := syncParent(files, dir.Path()); err != nil {
			return nil, errors.Join(err, lock.Close())
		}
	}
	return &home{dir, lock}, nil
}

// openShared opens a directory for reading and keeps others from writing to it until it is
// released. A directory without a LOCK is not open anywhere. One whose lock cannot be had is read
// without.
func openShared(files vfs.FS, path string) (dir vfs.Dir, release func(), err error) {
	if dir, err = openDir(files, path); err != nil {
		return nil, nil, err
	}
	lock, err := dir.LockShared(lockName)
	if errors.Is(err, vfs.ErrLocked) {
		_ = dir.Close() // it was only read
		return nil, nil, fmt.Errorf("%w: %s: %w", persist.ErrInUse, dir.Path(), err)
	}
	return dir, func() {
		if lock != nil {
			_ = lock.Close()
		}
		_ = dir.Close()
	}, nil
}

// syncParent makes durable that a directory is there. This program may have created it, or one that
// was killed. A parent that may not be read existed before.
func syncParent(files vfs.FS, path string) error {
	parent, err := files.OpenDir(filepath.Dir(path))
	if err == nil {
		err = errors.Join(parent.Sync(), parent.Close())
	}
	if err != nil && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("junction: cannot make the directory of the store durable: %w", err)
	}
	return nil
}

// Close unlocks and closes the directory.
func (h *home) Close() error { return errors.Join(h.lock.Close(), h.Dir.Close()) }

// check returns ErrRemoved unless the directory still has the LOCK that is held.
func (h *home) check() error {
	err := h.lock.Check()
	if errors.Is(err, vfs.ErrLockLost) {
		return fmt.Errorf("%w: %w", ErrRemoved, err)
	}
	return err
}

// Create implements vfs.Dir.
func (h *home) Create(name string) (vfs.File, error) {
	if err := h.check(); err != nil {
		return nil, err
	}
	return h.Dir.Create(name)
}

// Rename implements vfs.Dir.
func (h *home) Rename(from, to string) error {
	if err := h.check(); err != nil {
		return err
	}
	return h.Dir.Rename(from, to)
}

// Replace implements vfs.Dir.
func (h *home) Replace(from, to string) error {
	if err := h.check(); err != nil {
		return err
	}
	return h.Dir.Replace(from, to)
}

// Remove implements vfs.Dir.
func (h *home) Remove(name string) error {
	if err := h.check(); err != nil {
		return err
	}
	return h.Dir.Remove(name)
}

// removeAll removes files, and reports which it could not.
func (h *home) removeAll(names []string) error {
	if len(names) == 0 {
		return nil
	}
	var errs []error
	for _, name := range names {
		if err := h.Remove(name); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, h.Sync())...)
}
