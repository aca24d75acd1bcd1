package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// writeFile makes a file of what a function writes. If it fails, the path is as it was before.
func writeFile(path string, write func(io.Writer) error) error {
	mode := fs.FileMode(0o666)
	if old, err := os.Lstat(path); err == nil {
		if !old.Mode().IsRegular() {
			return fmt.Errorf("%s is not a regular file", path) // renaming would put one in the place of a device or a link
		}
		mode = old.Mode().Perm()
	}
	f, err := os.OpenFile(path+"."+rand.Text()[:8]+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}
