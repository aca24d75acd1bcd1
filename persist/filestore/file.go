package filestore

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// file is a log or a snapshot that is read. Its buffer is made for reading forward.
type file struct {
	window
	header header
	body   int64  // offset at which the header ends
	seed   uint32 // of the checksums
}

// openFile opens a file and reads its header.
func openFile(dir vfs.Dir, kind fileKind, number uint64) (*file, error) {
	path := filepath.Join(dir.Path(), kind.name(number))
	opened, err := dir.Open(kind.name(number))
	if err != nil {
		return nil, fmt.Errorf("junction: %w", err)
	}
	f := &file{window: window{file: opened, path: path, chunk: 128 << 10}}
	if f.size, err = opened.Size(); err == nil {
		f.body, err = f.readHeader(kind, number)
	}
	if err != nil {
		_ = opened.Close()
		return nil, err
	}
	f.seed = f.header.seed()
	return f, nil
}

// copyTo writes the bytes before an offset to w.
func (f *file) copyTo(w io.Writer, end int64) error {
	for at := int64(0); at < end; {
		b, err := f.bytes(at, int(min(int64(f.chunk), end-at)))
		if err != nil {
			return err
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		at += int64(len(b))
	}
	return nil
}

// window is a part of a file in memory. It must not be used concurrently.
type window struct {
	file  vfs.File
	path  string
	size  int64
	chunk int // least number of bytes to read at once
	start int64
	buf   []byte
}

// another returns a second window on the same file.
func (w *window) another(chunk int) window {
	return window{file: w.file, path: w.path, size: w.size, chunk: chunk}
}

// bytes returns n bytes of the file, which must have them all. They are valid until the next call.
func (w *window) bytes(at int64, n int) ([]byte, error) {
	if i := at - w.start; i >= 0 && i+int64(n) <= int64(len(w.buf)) {
		return w.buf[i : i+int64(n)], nil
	}
	want := int(min(int64(max(n, w.chunk)), w.size-at))
	if want < n {
		return nil, fmt.Errorf("junction: %s: %w", w.path, io.ErrUnexpectedEOF)
	}
	if cap(w.buf) < want {
		w.buf = make([]byte, want)
	}
	w.buf, w.start = w.buf[:want], at
	if got, err := w.file.ReadAt(w.buf, at); got < want {
		w.buf = w.buf[:0]
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, fmt.Errorf("junction: %s, offset %d: %w", w.path, at, err)
	}
	return w.buf[:n], nil
}

// sum continues a checksum over a part of the file.
func (w *window) sum(sum uint32, from, to int64) (uint32, error) {
	for from < to {
		b, err := w.bytes(from, int(min(int64(w.chunk), to-from)))
		if err != nil {
			return 0, err
		}
		sum = crc32.Update(sum, castagnoli, b)
		from += int64(len(b))
	}
	return sum, nil
}

// damage says where a file is not what was written to it.
type damage struct {
	path   string
	offset int64
	bytes  int64 // that cannot be used because of it
	why    string
}

func (w *window) damage(offset int64, why string) error {
	return &damage{w.path, offset, w.size - offset, why}
}

func (d *damage) Error() string {
	return fmt.Sprintf("%v: %s, offset %d: %s", persist.ErrDamaged, d.path, d.offset, d.why)
}

func (d *damage) Unwrap() error { return persist.ErrDamaged }

// asDamage returns the damage in an error, if there is any.
func asDamage(err error) (d *damage, ok bool) {
	ok = errors.As(err, &d)
	return d, ok
}
