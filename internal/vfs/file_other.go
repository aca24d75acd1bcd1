//go:build !linux

package vfs

import (
	"errors"
	"os"
)

func datasync(f *os.File) error { return f.Sync() }

func allocate(*os.File, int64) error { return errors.ErrUnsupported }

func renameNoReplace(*os.Root, string, string) error { return errors.ErrUnsupported }
