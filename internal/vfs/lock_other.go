//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package vfs

import (
	"errors"
	"io"
)

func lock(string) (io.Closer, error) { return nil, errors.ErrUnsupported }
