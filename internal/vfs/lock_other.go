//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package vfs

import (
	"errors"
	"os"
)

func isNamed(*os.File) bool { return true }

const noBlock = 0

func lockExclusive(*os.File) error { return errors.ErrUnsupported }

func lockShared(*os.File) error { return errors.ErrUnsupported }

func unlock(*os.File) error { return nil }
