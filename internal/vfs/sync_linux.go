package vfs

import (
	"io/fs"
	"os"
	"syscall"
)

// datasync writes the contents of a file to the disk, with its length, but without its times.
func datasync(f *os.File) error {
	if err := control(f, syscall.Fdatasync); err != nil {
		return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}
