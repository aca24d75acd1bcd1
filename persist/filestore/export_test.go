package filestore

import "github.com/seed-250bd433/junction/internal/vfs"

// WithFS returns options with a file system in place of the operating system's.
func WithFS(o Options, fs vfs.FS) *Options {
	o.fs = fs
	return &o
}

// Abandon ends a store as a crash of its program does. It does nothing to one that is not open.
func Abandon(s *Store) {
	if s.state == stateOpen {
		s.abandon()
	}
}
