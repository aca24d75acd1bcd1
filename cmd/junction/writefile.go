package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// writeFile writes a file in one step: if it fails, the path is as it was before.
func writeFile(path string, write func(io.Writer) error) error {
	mode := fs.FileMode(0o666)
	if old, err := os.Lstat(path); err == nil {
		if !old.Mode().IsRegular() {
			// Renaming would replace a device or a link by a file.
			return fmt.Errorf("%s is not a regular file", path)
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
