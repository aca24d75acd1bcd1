package vfs_test

import (
	"io"
	"io/fs"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/internal/vfs"
)

// create makes a file with some contents, and leaves it open until the test ends.
func create(t *testing.T, dir vfs.Dir, name, contents string) vfs.File {
	f, err := dir.Create(name)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	n, err := f.Write([]byte(contents))
	require.NoError(t, err)
	require.Equal(t, len(contents), n)
	return f
}

// closed makes a file with some contents.
func closed(t *testing.T, dir vfs.Dir, name, contents string) {
	require.NoError(t, create(t, dir, name, contents).Close())
}

// read opens, reads and closes a file.
func read(t *testing.T, dir vfs.Dir, name string) string {
	f, err := dir.Open(name)
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

// opened opens a directory until the test ends.
func opened(t *testing.T, fsys vfs.FS, path string) vfs.Dir {
	dir, err := fsys.OpenDir(path)
	require.NoError(t, err)
	t.Cleanup(func() { _ = dir.Close() })
	require.Equal(t, path, dir.Path())
	return dir
}

// place is a file system and the path of an empty directory in it.
type place struct {
	fs   vfs.FS
	path string
}

// TestConformance holds the file systems to the same behaviour.
func TestConformance(t *testing.T) {
	made := map[string]func(t *testing.T) place{
		"OS":      func(t *testing.T) place { return place{vfs.OS, t.TempDir()} },
		"crashfs": func(*testing.T) place { return place{crashfs.New(), string(filepath.Separator)} },
	}
	for name, make := range made {
		t.Run(name, func(t *testing.T) {
			for name, test := range promises {
				t.Run(name, func(t *testing.T) {
					at := make(t)
					test(t, opened(t, at.fs, at.path))
				})
			}
			t.Run("directories", func(t *testing.T) { promiseDirectories(t, make(t)) })
		})
	}
}

// promises are what every directory keeps; each is given an empty one.
var promises = map[string]func(t *testing.T, dir vfs.Dir){
	"read":         promiseRead,
	"append":       promiseAppend,
	"create":       promiseCreate,
	"open":         promiseOpen,
	"closed":       promiseClosed,
	"list":         promiseList,
	"rename":       promiseRename,
	"replace":      promiseReplace,
	"remove":       promiseRemove,
	"sync":         promiseSync,
	"truncate":     promiseTruncate,
	"reserve":      promiseReserve,
	"lock":         promiseLock,
	"shared lock":  promiseLockShared,
	"lost lock":    promiseLockLost,
	"names vanish": promiseOpenFilesStay,
}

func promiseRead(t *testing.T, dir vfs.Dir) {
	f := create(t, dir, "f", "0123456789")
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

func promiseAppend(t *testing.T, dir vfs.Dir) {
	f := create(t, dir, "f", "one ")
	_, err := f.ReadAt(make([]byte, 1), 0)
	require.NoError(t, err)
	p := []byte("two")
	_, err = f.Write(p)
	require.NoError(t, err)
	copy(p, "xxx")
	_, err = f.Write(nil)
	require.NoError(t, err)
	require.Equal(t, "one two", contents(t, f))
	require.Equal(t, "one two", read(t, dir, "f"), "at once, for everybody")
}

func promiseCreate(t *testing.T, dir vfs.Dir) {
	closed(t, dir, "f", "kept")
	_, err := dir.Create("f")
	require.ErrorIs(t, err, fs.ErrExist)
	require.Equal(t, "kept", read(t, dir, "f"))
}

func promiseOpen(t *testing.T, dir vfs.Dir) {
	_, err := dir.Open("f")
	require.ErrorIs(t, err, fs.ErrNotExist)
	closed(t, dir, "f", "read only")
	f, err := dir.Open("f")
	require.NoError(t, err)
	defer func() { require.NoError(t, f.Close()) }()
	_, err = f.Write([]byte("x"))
	require.Error(t, err)
	require.Equal(t, "read only", contents(t, f))
}

func promiseClosed(t *testing.T, dir vfs.Dir) {
	f := create(t, dir, "f", "x")
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

func promiseDirectories(t *testing.T, at place) {
	in := func(name string) string { return filepath.Join(at.path, name) }
	require.ErrorIs(t, at.fs.Mkdir(in("no/d")), fs.ErrNotExist)
	require.NoError(t, at.fs.Mkdir(in("d")))
	require.ErrorIs(t, at.fs.Mkdir(in("d")), fs.ErrExist)
	_, err := at.fs.OpenDir(in("no"))
	require.ErrorIs(t, err, fs.ErrNotExist)

	closed(t, opened(t, at.fs, at.path), "f", "")
	_, err = at.fs.OpenDir(in("f"))
	require.ErrorIs(t, err, syscall.ENOTDIR)
	closed(t, opened(t, at.fs, in("d")), "f", "in d")
	require.Equal(t, "in d", read(t, opened(t, at.fs, in("d")), "f"))
	outer := opened(t, at.fs, at.path)
	_, err = outer.Open("d")
	require.ErrorIs(t, err, vfs.ErrNotRegular)
	require.Error(t, outer.Rename("f", "d"))
	require.Error(t, outer.Replace("f", "d"))
	entries, err := outer.List()
	require.NoError(t, err)
	require.Equal(t, []vfs.Entry{{"d", false}, {"f", true}}, entries)
}

func promiseList(t *testing.T, dir vfs.Dir) {
	entries, err := dir.List()
	require.NoError(t, err)
	require.Empty(t, entries)
	for _, name := range []string{"z", "a", "m"} {
		closed(t, dir, name, "")
	}
	entries, err = dir.List()
	require.NoError(t, err)
	require.Equal(t, []vfs.Entry{{"a", true}, {"m", true}, {"z", true}}, entries)
}

func promiseRename(t *testing.T, dir vfs.Dir) {
	closed(t, dir, "a", "a")
	closed(t, dir, "b", "b")
	require.ErrorIs(t, dir.Rename("a", "b"), fs.ErrExist)
	require.Equal(t, "a", read(t, dir, "a"))
	require.Equal(t, "b", read(t, dir, "b"))
	require.NoError(t, dir.Rename("a", "c"))
	require.Equal(t, "a", read(t, dir, "c"))
	_, err := dir.Open("a")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, dir.Rename("a", "d"), fs.ErrNotExist)
}

func promiseReplace(t *testing.T, dir vfs.Dir) {
	closed(t, dir, "a", "new")
	closed(t, dir, "b", "old")
	require.NoError(t, dir.Replace("a", "b"))
	require.Equal(t, "new", read(t, dir, "b"))
	_, err := dir.Open("a")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorIs(t, dir.Replace("a", "c"), fs.ErrNotExist)
	require.NoError(t, dir.Replace("b", "c"))
	require.NoError(t, dir.Replace("c", "c"))
	require.Equal(t, "new", read(t, dir, "c"))
}

func promiseRemove(t *testing.T, dir vfs.Dir) {
	closed(t, dir, "f", "x")
	require.NoError(t, dir.Remove("f"))
	require.ErrorIs(t, dir.Remove("f"), fs.ErrNotExist)
	closed(t, dir, "f", "y")
	require.Equal(t, "y", read(t, dir, "f"))
}

func promiseSync(t *testing.T, dir vfs.Dir) {
	f := create(t, dir, "f", "x")
	require.NoError(t, f.Sync())
	require.NoError(t, f.Sync())
	require.NoError(t, dir.Sync())
}

func promiseTruncate(t *testing.T, dir vfs.Dir) {
	f := create(t, dir, "f", "0123456789")
	require.NoError(t, f.Truncate(4))
	require.Equal(t, "0123", contents(t, f))
	_, err := f.Write([]byte("xy"))
	require.NoError(t, err)
	require.Equal(t, "0123xy", read(t, dir, "f"))
	require.NoError(t, f.Truncate(0))
	require.Empty(t, contents(t, f))
}

func promiseReserve(t *testing.T, dir vfs.Dir) {
	f := create(t, dir, "f", "")
	for _, size := range []int64{0, 100_000, 300_000, 200_000} {
		require.NoError(t, f.Reserve(size))
		got, err := f.Size()
		require.NoError(t, err)
		require.GreaterOrEqual(t, got, size)
	}
}

func promiseLock(t *testing.T, dir vfs.Dir) {
	l, err := dir.Lock("lock")
	require.NoError(t, err)
	_, err = dir.Lock("lock")
	require.ErrorIs(t, err, vfs.ErrLocked)
	other, err := dir.Lock("other")
	require.NoError(t, err)
	require.NoError(t, other.Close())
	entries, err := dir.List()
	require.NoError(t, err)
	require.Equal(t, []vfs.Entry{{"lock", true}, {"other", true}}, entries)

	require.NoError(t, l.Close())
	l, err = dir.Lock("lock")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.Error(t, l.Close())
}

func promiseLockShared(t *testing.T, dir vfs.Dir) {
	_, err := dir.LockShared("lock")
	require.ErrorIs(t, err, fs.ErrNotExist)
	alone, err := dir.Lock("lock")
	require.NoError(t, err)
	_, err = dir.LockShared("lock")
	require.ErrorIs(t, err, vfs.ErrLocked)
	require.NoError(t, alone.Close())

	one, err := dir.LockShared("lock")
	require.NoError(t, err)
	two, err := dir.LockShared("lock")
	require.NoError(t, err)
	_, err = dir.Lock("lock")
	require.ErrorIs(t, err, vfs.ErrLocked)
	require.NoError(t, one.Close())
	_, err = dir.Lock("lock")
	require.ErrorIs(t, err, vfs.ErrLocked)
	require.NoError(t, two.Close())
	alone, err = dir.Lock("lock")
	require.NoError(t, err)
	require.NoError(t, alone.Close())
}

func promiseLockLost(t *testing.T, dir vfs.Dir) {
	l, err := dir.Lock("lock")
	require.NoError(t, err)
	defer l.Close()
	require.NoError(t, l.Check())
	require.NoError(t, dir.Rename("lock", "away"))
	require.ErrorIs(t, l.Check(), vfs.ErrLockLost)
	closed(t, dir, "lock", "")
	require.ErrorIs(t, l.Check(), vfs.ErrLockLost)
	require.NoError(t, dir.Replace("away", "lock"))
	require.NoError(t, l.Check())
}

func promiseOpenFilesStay(t *testing.T, dir vfs.Dir) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows a name stays until the file is closed")
	}
	removed := create(t, dir, "removed", "removed")
	require.NoError(t, dir.Remove("removed"))
	replaced := create(t, dir, "replaced", "replaced")
	renamed := create(t, dir, "renamed", "ren")
	require.NoError(t, dir.Replace("renamed", "replaced"))
	_, err := renamed.Write([]byte("amed"))
	require.NoError(t, err)

	require.False(t, removed.Named())
	require.False(t, replaced.Named())
	require.True(t, renamed.Named())
	require.Equal(t, "removed", contents(t, removed))
	require.Equal(t, "replaced", contents(t, replaced))
	require.Equal(t, "renamed", contents(t, renamed))
	require.Equal(t, "renamed", read(t, dir, "replaced"))
}
