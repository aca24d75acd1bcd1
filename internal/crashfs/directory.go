package crashfs

import (
	"path/filepath"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// directory is an open directory. Directories are never renamed, so that a path is enough.
type directory struct {
	fs   *FS
	path string
}

func (d *directory) Path() string { return d.path }

func (d *directory) Close() error { return nil }

func (d *directory) in(name string) string { return filepath.Join(d.path, name) }

func (d *directory) List() ([]vfs.Entry, error) { return d.fs.List(d.path) }

func (d *directory) Create(name string) (vfs.File, error) { return d.fs.Create(d.in(name)) }

func (d *directory) Open(name string) (vfs.File, error) { return d.fs.Open(d.in(name)) }

func (d *directory) Rename(from, to string) error { return d.fs.Rename(d.in(from), d.in(to)) }

func (d *directory) Replace(from, to string) error { return d.fs.Replace(d.in(from), d.in(to)) }

func (d *directory) Remove(name string) error { return d.fs.Remove(d.in(name)) }

func (d *directory) Sync() error { return d.fs.SyncDir(d.path) }

func (d *directory) Lock(name string) (vfs.Lock, error) { return d.fs.Lock(d.in(name)) }

func (d *directory) LockShared(name string) (vfs.Lock, error) {
	return d.fs.lock(d.in(name), false)
}
