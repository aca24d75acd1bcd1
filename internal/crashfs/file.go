package crashfs

import (
	"errors"
	"io"
	"io/fs"
	"syscall"
)

// file is an open file.
type file struct {
	fs       *FS
	name     string
	inode    *inode
	writable bool
	closed   bool // guarded by fs.mu, like the inode
}

// usable returns an error unless the file is open, and writable if it must be.
func (h *file) usable(forWriting bool) error {
	switch {
	case h.closed:
		return fs.ErrClosed
	case forWriting && !h.writable:
		return fs.ErrPermission
	}
	return nil
}

func (h *file) Write(p []byte) (int, error) {
	op := Op{Kind: Write, Name: h.name, Bytes: len(p)}
	torn, err := h.fs.start(op)
	defer h.fs.mu.Unlock()
	if bad := h.usable(true); bad != nil {
		return 0, failed(op, bad)
	}
	n := len(p)
	if torn {
		n = h.fs.tear.IntN(n + 1)
	} else if err != nil {
		n = min(n, shortOf(err))
	}
	if room := h.fs.disk.room(); n > room {
		n = room
		if err == nil {
			err = syscall.ENOSPC
		}
	}
	h.inode.data = append(h.inode.data, p[:n]...)
	return n, failed(op, err)
}

// shortOf returns how many bytes a Write that fails with err writes.
func shortOf(err error) int {
	if short, ok := errors.AsType[*Short](err); ok {
		return short.N
	}
	return 0
}

// Sync syncs what was written when it begins; more may be written while it runs.
func (h *file) Sync() error {
	h.fs.mu.Lock()
	end := len(h.inode.data)
	h.fs.mu.Unlock()

	op := Op{Kind: Sync, Name: h.name}
	_, err := h.fs.start(op)
	defer h.fs.mu.Unlock()
	if bad := h.usable(true); bad != nil {
		return failed(op, bad)
	}
	switch {
	case err == nil:
		h.inode.synced = max(h.inode.synced, end)
	case !h.fs.crashed:
		h.inode.forsake()
	}
	return failed(op, err)
}

func (h *file) ReadAt(p []byte, off int64) (n int, err error) {
	err = h.fs.do(Op{Kind: Read, Name: h.name, Bytes: len(p)}, func() error {
		if bad := h.usable(false); bad != nil {
			return bad
		}
		if off < 0 {
			return fs.ErrInvalid
		}
		n = copy(p, h.inode.data[min(off, int64(len(h.inode.data))):])
		return nil
	})
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

func (h *file) Size() (size int64, err error) {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	if h.fs.crashed {
		return 0, ErrCrashed
	}
	return int64(len(h.inode.data)), h.usable(false)
}

func (h *file) Close() error {
	return h.fs.do(Op{Kind: Close, Name: h.name}, func() error {
		err := h.usable(false)
		h.closed = true
		return err
	})
}

// Named is not an operation, and works after a crash.
func (h *file) Named() bool {
	h.fs.mu.Lock()
	defer h.fs.mu.Unlock()
	for _, n := range h.fs.disk.names {
		if n == h.inode {
			return true
		}
	}
	return false
}

// Truncate makes the file shorter. A power cut never brings back what it cut off, which is no
// milder than the garbage that may be in its place.
func (h *file) Truncate(size int64) error {
	return h.fs.do(Op{Kind: Truncate, Name: h.name}, func() error {
		if bad := h.usable(true); bad != nil {
			return bad
		}
		if size < 0 || size > int64(len(h.inode.data)) {
			return fs.ErrInvalid
		}
		h.inode.truncate(int(size))
		return nil
	})
}

// Reserve is a Write of zeros.
func (h *file) Reserve(size int64) error {
	size -= int64(len(h.inode.data))
	_, err := h.Write(make([]byte, max(size, 0)))
	return err
}
