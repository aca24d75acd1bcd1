package crashfs

import (
	"io/fs"
	"path/filepath"
	"slices"
)

// Files returns the paths of all files, sorted. Like ReadFile, WriteFile and Flip it is for the
// test and not for the program: it is not an operation, does not fail on purpose, and works after a
// crash.
func (f *FS) Files() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var files []string
	for name, n := range f.disk.names {
		if !n.dir {
			files = append(files, name)
		}
	}
	slices.Sort(files)
	return files
}

// ReadFile returns the contents of a file.
func (f *FS) ReadFile(name string) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.disk.file(filepath.Clean(name))
	if err != nil {
		return nil, &fs.PathError{Op: "readfile", Path: name, Err: err}
	}
	return slices.Clone(n.data), nil
}

// WriteFile makes a durable file, which replaces the one of the same name, if there is one. Handles
// that are open on that one keep it.
func (f *FS) WriteFile(name string, data []byte) error {
	name = filepath.Clean(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.disk.hasDir(filepath.Dir(name))
	if n := f.disk.names[name]; err == nil && (isRoot(name) || n != nil && n.dir) {
		err = fs.ErrExist
	}
	if err != nil {
		return &fs.PathError{Op: "writefile", Path: name, Err: err}
	}
	f.disk.do(change{{name, &inode{data: slices.Clone(data), synced: len(data)}}})
	f.disk.settle(func(other string) bool { return other == name })
	return nil
}

// Flip flips a bit, 0 to 7, of a byte of a file. Open handles see it.
func (f *FS) Flip(name string, offset int64, bit int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.disk.file(filepath.Clean(name))
	if err == nil && (offset < 0 || offset >= int64(len(n.data)) || bit < 0 || bit > 7) {
		err = fs.ErrInvalid
	}
	if err != nil {
		return &fs.PathError{Op: "flip", Path: name, Err: err}
	}
	n.data = slices.Clone(n.data)
	n.data[offset] ^= 1 << bit
	return nil
}
