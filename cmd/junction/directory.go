package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

const lockName = "LOCK"

// hold keeps programs from opening a directory for writing until it is released. A directory
// without a LOCK is not open anywhere and is not locked. Nor is one whose LOCK may not be read.
func hold(path string) (release func(), err error) {
	release = func() {}
	dir, err := vfs.OS.OpenDir(path)
	if err != nil {
		return release, nil // reading it will say what is wrong
	}
	defer dir.Close()
	lock, err := dir.LockShared(lockName)
	if errors.Is(err, vfs.ErrLocked) {
		return nil, fmt.Errorf("%w: %s: %w", persist.ErrInUse, path, err)
	}
	if err == nil {
		release = func() { _ = lock.Close() }
	}
	return release, nil
}

// isInside reports whether a path, which need not exist, is in a directory or is the directory. A
// file that does not belong to a store must not be put into its directory.
func isInside(path, dir string) bool {
	outer, err := os.Stat(dir)
	if err != nil {
		return false
	}
	if path, err = filepath.Abs(path); err != nil {
		return false
	}
	for {
		if inner, err := os.Stat(path); err == nil && os.SameFile(inner, outer) {
			return true
		}
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			path = resolved
		}
		parent := filepath.Dir(path)
		if parent == path {
			return false
		}
		path = parent
	}
}

func sizeOf(files []filestore.FileInfo) (bytes int64) {
	for _, f := range files {
		bytes += f.Bytes
	}
	return bytes
}
