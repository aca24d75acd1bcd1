package vfs_test

import (
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/internal/vfs"
)

// create makes a file with some contents, and leaves it open until the test ends.
func create(t *testing.T, fsys vfs.FS, name, contents string) vfs.File {
	f, err := fsys.Create(name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	n, err := f.Write([]byte(contents))
	require.NoError(t, err)
	require.Equal(t, len(contents), n)
	return f
}

// closed makes a file with some contents.
func closed(t *testing.T, fsys vfs.FS, name, contents string) {
	require.NoError(t, create(t, fsys, name, contents).Close())
}

// read opens, reads and closes a file.
func read(t *testing.T, fsys vfs.FS, name string) string {
	f, err := fsys.Open(name)
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	return contents(t, f)
}

// contents reads an open file to its end.
func contents(t *testing.T, f vfs.File) string {
	size, err := f.Size()
	require.NoError(t, err)
	data, err := io.ReadAll(io.NewSectionReader(f, 0, size+1))
	require.NoError(t, err)
	require.Len(t, data, int(size))
	return string(data)
}

// TestConformance holds the file systems to the same behaviour.
func TestConformance(t *testing.T) {
	made := map[string]func(t *testing.T) (fsys vfs.FS, dir string){
		"OS": func(t *testing.T) (vfs.FS, string) { return vfs.OS, t.TempDir() },
		"crashfs": func(*testing.T) (vfs.FS, string) {
			return crashfs.New(), string(filepath.Separator)
		},
	}
	for name, declare := range made {
		t.Run(name, func(t *testing.T) {
			for name, test := range promises {
				t.Run(name, func(t *testing.T) {
					fsys, dir := declare(t)
					test(t, fsys, func(name string) string { return filepath.Join(dir, name) })
				})
			}
		})
	}
}

// promises are what every file system keeps; in gives the path of a name in an empty directory.
var promises = map[string]func(t *testing.T, fsys vfs.FS, in func(string) string){
	"read":         promiseRead,
	"append":       promiseAppend,
	"create":       promiseCreate,
	"open":         promiseOpen,
	"closed":       promiseClosed,
	"directories":  promiseDirectories,
	"rename":       promiseRename,
	"remove":       promiseRemove,
	"sync":         promiseSync,
	"lock":         promiseLock,
	"names vanish": promiseOpenFilesStay,
}

func promiseRead(t *testing.T, fsys vfs.FS, in func(string) string) {
	f := create(t, fsys, in("f"), "0123456789")
	for _, test := range []struct {
		off  int64
		len  int
		want string
		err  error
	}{
		{0, 10, "0123456789", nil},
		{3, 4, "3456", nil},
		{8, 2, "89", nil},
		{8, 4, "89", io.EOF},
		{10, 1, "", io.EOF},
		{99, 1, "", io.EOF},
		{10, 0, "", nil},
	} {
		p := make([]byte, test.len)
		n, err := f.ReadAt(p, test.off)
		require.Equal(t, test.err, err, "%d bytes at %d", test.len, test.off)
		require.Equal(t, test.want, string(p[:n]))
	}
	_, err := f.ReadAt(make([]byte, 1), -1)
	require.Error(t, err)
}

func promiseAppend(t *testing.T, fsys vfs.FS, in func(string) string) {
	f := create(t, fsys, in("f"), "one ")
	_, err := f.ReadAt(make([]byte, 1), 0)
	require.NoError(t, err)
	p := []byte("two")
	_, err = f.Write(p)
	require.NoError(t, err)
	copy(p, "xxx")
	_, err = f.Write(nil)
	require.NoError(t, err)
	require.Equal(t, "one two", contents(t, f))
	require.Equal(t, "one two", read(t, fsys, in("f")), "at once, for everybody")
}

func promiseCreate(t *testing.T, fsys vfs.FS, in func(string) string) {
	closed(t, fsys, in("f"), "kept")
	_, err := fsys.Create(in("f"))
	require.ErrorIs(t, err, fs.ErrExist)
	require.Equal(t, "kept", read(t, fsys, in("f")))
	_, err = fsys.Create(in("no/f"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = fsys.Create(in("f/f"))
	require.Error(t, err)
}

func promiseOpen(t *testing.T, fsys vfs.FS, in func(string) string) {
	_, err := fsys.Open(in("f"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	closed(t, fsys, in("f"), "read only")
	f, err := fsys.Open(in("f"))
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	_, err = f.Write([]byte("x"))
	require.Error(t, err)
	require.Equal(t, "read only", contents(t, f))
}

func promiseClosed(t *testing.T, fsys vfs.FS, in func(string) string) {
	f := create(t, fsys, in("f"), "x")
	require.NoError(t, f.Close())
	require.ErrorIs(t, f.Close(), fs.ErrClosed)
	require.ErrorIs(t, f.Sync(), fs.ErrClosed)
	_, err := f.Write([]byte("x"))
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = f.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, fs.ErrClosed)
	_, err = f.Size()
	require.Error(t, err)
}

func promiseDirectories(t *testing.T, fsys vfs.FS, in func(string) string) {
	require.ErrorIs(t, fsys.Mkdir(in("no/d")), fs.ErrNotExist)
	require.NoError(t, fsys.Mkdir(in("d")))
	require.ErrorIs(t, fsys.Mkdir(in("d")), fs.ErrExist)
	names, err := fsys.ReadDir(in("d"))
	require.NoError(t, err)
	require.Empty(t, names)

	require.NoError(t, fsys.Mkdir(in("d/m")))
	for _, name := range []string{"d/z", "d/a", "d/m/deeper"} {
		closed(t, fsys, in(name), "")
	}
	names, err = fsys.ReadDir(in("d/."))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "m", "z"}, names)

	_, err = fsys.ReadDir(in("no"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = fsys.ReadDir(in("d/a"))
	require.Error(t, err)
}

func promiseRename(t *testing.T, fsys vfs.FS, in func(string) string) {
	closed(t, fsys, in("a"), "new")
	closed(t, fsys, in("b"), "old")
	require.NoError(t, fsys.Rename(in("a"), in("b")))
	require.Equal(t, "new", read(t, fsys, in("b")))
	_, err := fsys.Open(in("a"))
	require.ErrorIs(t, err, fs.ErrNotExist)

	require.ErrorIs(t, fsys.Rename(in("a"), in("c")), fs.ErrNotExist)
	require.ErrorIs(t, fsys.Rename(in("b"), in("no/b")), fs.ErrNotExist)
	require.NoError(t, fsys.Rename(in("b"), in("b")))
	require.NoError(t, fsys.Mkdir(in("d")))
	require.Error(t, fsys.Rename(in("b"), in("d")))
	require.NoError(t, fsys.Rename(in("b"), in("d/b")))
	require.Equal(t, "new", read(t, fsys, in("d/b")))
}

func promiseRemove(t *testing.T, fsys vfs.FS, in func(string) string) {
	closed(t, fsys, in("f"), "x")
	require.NoError(t, fsys.Remove(in("f")))
	require.ErrorIs(t, fsys.Remove(in("f")), fs.ErrNotExist)
	closed(t, fsys, in("f"), "y")
	require.Equal(t, "y", read(t, fsys, in("f")))
}

func promiseSync(t *testing.T, fsys vfs.FS, in func(string) string) {
	f := create(t, fsys, in("f"), "x")
	require.NoError(t, f.Sync())
	require.NoError(t, f.Sync())
	require.NoError(t, fsys.SyncDir(in(".")))
	if runtime.GOOS != "windows" {
		require.ErrorIs(t, fsys.SyncDir(in("no")), fs.ErrNotExist)
	}
}

func promiseLock(t *testing.T, fsys vfs.FS, in func(string) string) {
	_, err := fsys.Lock(in("no/lock"))
	require.ErrorIs(t, err, fs.ErrNotExist)
	l, err := fsys.Lock(in("lock"))
	require.NoError(t, err)
	_, err = fsys.Lock(in("lock"))
	require.ErrorIs(t, err, vfs.ErrLocked)
	other, err := fsys.Lock(in("other"))
	require.NoError(t, err)
	require.NoError(t, other.Close())
	names, err := fsys.ReadDir(in("."))
	require.NoError(t, err)
	require.Equal(t, []string{"lock", "other"}, names)

	require.NoError(t, l.Close())
	l, err = fsys.Lock(in("lock"))
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.Error(t, l.Close())
}

func promiseOpenFilesStay(t *testing.T, fsys vfs.FS, in func(string) string) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows a name stays until the file is closed")
	}
	removed := create(t, fsys, in("removed"), "removed")
	require.NoError(t, fsys.Remove(in("removed")))
	replaced := create(t, fsys, in("replaced"), "replaced")
	renamed := create(t, fsys, in("renamed"), "ren")
	require.NoError(t, fsys.Rename(in("renamed"), in("replaced")))
	_, err := renamed.Write([]byte("amed"))
	require.NoError(t, err)

	require.Equal(t, "removed", contents(t, removed))
	require.Equal(t, "replaced", contents(t, replaced))
	require.Equal(t, "renamed", contents(t, renamed))
	require.Equal(t, "renamed", read(t, fsys, in("replaced")))
}
