package crashfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// seeds are how many power cuts a test tries.
const seeds = 500

var errDisk = syscall.EIO

// create makes a file with some contents.
func create(t *testing.T, f *FS, name, contents string) vfs.File {
	h, err := f.Create(name)
	require.NoError(t, err)
	write(t, h, contents)
	return h
}

func write(t *testing.T, h vfs.File, contents string) {
	_, err := io.WriteString(h, contents)
	require.NoError(t, err)
}

// durable makes a file whose contents and name are durable.
func durable(t *testing.T, f *FS, name, contents string) vfs.File {
	h := create(t, f, name, contents)
	require.NoError(t, h.Sync())
	require.NoError(t, f.SyncDir("/"))
	return h
}

// show returns all files with their contents, as in "a=1 b=2".
func show(t *testing.T, f *FS) string {
	var files []string
	for _, name := range f.Files() {
		data, err := f.ReadFile(name)
		require.NoError(t, err)
		files = append(files, strings.TrimPrefix(name, "/")+"="+string(data))
	}
	return strings.Join(files, " ")
}

// outcomes returns everything that power cuts leave, each once and sorted.
func outcomes(t *testing.T, f *FS) []string {
	var all []string
	for seed := range uint64(seeds) {
		all = append(all, show(t, f.Restart(seed)))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// failOnce makes the next operation of a kind fail.
func failOnce(f *FS, kind Kind, err error) {
	f.Fail(func(op Op) error {
		if op.Kind != kind {
			return nil
		}
		f.Fail(nil)
		return err
	})
}

func TestOnlyWhatIsSyncedIsDurable(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "synced")
	require.Equal(t, []string{"a=synced"}, outcomes(t, f))
	write(t, h, "+more")
	got := outcomes(t, f)
	for _, want := range []string{"a=synced", "a=synced+", "a=synced+mor", "a=synced+more", "a=synced\x00\x00\x00\x00\x00"} {
		require.Contains(t, got, want)
	}
	for _, s := range got {
		require.True(t, strings.HasPrefix(s, "a=synced"), s)
	}
	require.NoError(t, h.Sync())
	require.Equal(t, []string{"a=synced+more"}, outcomes(t, f))
}

func TestContentsAreLostWithTheirName(t *testing.T) {
	f := New()
	require.NoError(t, create(t, f, "/a", "x").Sync())
	require.Equal(t, []string{"", "a=x"}, outcomes(t, f))
	require.NoError(t, f.SyncDir("/"))
	require.Equal(t, []string{"a=x"}, outcomes(t, f))
}

func TestADirectoryIsLostWithAllInIt(t *testing.T) {
	f := New()
	require.NoError(t, f.Mkdir("/d"))
	require.NoError(t, create(t, f, "/d/a", "x").Sync())
	require.NoError(t, f.SyncDir("/d"))
	require.Equal(t, []string{"", "d/a=x"}, outcomes(t, f))
	for seed := range uint64(seeds) {
		r := f.Restart(seed)
		_, err := r.List("/d")
		require.Equal(t, len(r.Files()) == 0, errors.Is(err, fs.ErrNotExist))
	}
	require.NoError(t, f.SyncDir("/"))
	require.Equal(t, []string{"d/a=x"}, outcomes(t, f))
}

func TestARenameHappensOrNot(t *testing.T) {
	f := New()
	durable(t, f, "/a", "new")
	durable(t, f, "/b", "old")
	require.NoError(t, f.Replace("/a", "/b"))
	require.Equal(t, "b=new", show(t, f))
	require.Equal(t, []string{"a=new b=old", "b=new"}, outcomes(t, f))
	require.NoError(t, f.SyncDir("/"))
	require.Equal(t, []string{"b=new"}, outcomes(t, f))
}

func TestARenameOfWhatIsNotSynced(t *testing.T) {
	f := New()
	durable(t, f, "/b", "old")
	create(t, f, "/a", "new")
	require.NoError(t, f.Replace("/a", "/b"))
	require.NoError(t, f.SyncDir("/"))
	require.Subset(t, outcomes(t, f), []string{"b=", "b=n", "b=new", "b=\x00\x00\x00"})
}

func TestARemovedFileComesBack(t *testing.T) {
	f := New()
	durable(t, f, "/a", "x")
	require.NoError(t, f.Remove("/a"))
	require.Equal(t, []string{"", "a=x"}, outcomes(t, f))
	require.NoError(t, f.SyncDir("/"))
	require.Equal(t, []string{""}, outcomes(t, f))
}

func TestIndependentNamesInAnyOrder(t *testing.T) {
	f := New()
	for _, name := range []string{"a", "b", "c"} {
		create(t, f, name, "")
	}
	require.Equal(t, []string{"", "a=", "a= b=", "a= b= c=", "a= c=", "b=", "b= c=", "c="}, outcomes(t, f))
}

func TestOperationsOnOneNameKeepTheirOrder(t *testing.T) {
	f := New()
	durable(t, f, "/a", "1")
	require.NoError(t, f.Rename("/a", "/b"))
	require.NoError(t, create(t, f, "/a", "2").Sync())
	require.Equal(t, []string{"a=1", "a=2 b=1", "b=1"}, outcomes(t, f))
}

func TestARenameBetweenDirectories(t *testing.T) {
	f := New()
	for _, name := range []string{"/d", "/e"} {
		require.NoError(t, f.Mkdir(name))
	}
	require.NoError(t, f.SyncDir("/"))
	require.NoError(t, create(t, f, "/d/a", "x").Sync())
	require.NoError(t, f.Rename("/d/a", "/e/a"))
	create(t, f, "/d/other", "")
	require.Subset(t, outcomes(t, f), []string{"", "d/a=x", "e/a=x"})
	require.NoError(t, f.SyncDir("/e"))
	require.Equal(t, []string{"d/other= e/a=x", "e/a=x"}, outcomes(t, f), "the file comes along")
}

func TestSyncDirKeepsTheOrderOfTheRest(t *testing.T) {
	f := New()
	for _, name := range []string{"/d", "/e"} {
		require.NoError(t, f.Mkdir(name))
	}
	require.NoError(t, create(t, f, "/d/a", "x").Sync())
	require.NoError(t, f.Rename("/d/a", "/d/b"))
	for _, name := range []string{"/e", "/d", "/"} {
		require.NoError(t, f.SyncDir(name))
	}
	require.Equal(t, []string{"d/b=x"}, outcomes(t, f))
}

// TestSectors looks at the sectors of what was not synced: a file with a durable part that ends
// within one.
func TestSectors(t *testing.T) {
	const start, end = 700, 5 * sectorSize
	f := New()
	stale := bytes.Repeat([]byte("S"), end)
	h := durable(t, f, "/old", string(stale))
	require.NoError(t, h.Close())
	require.NoError(t, f.Remove("/old"))
	h = durable(t, f, "/a", strings.Repeat("d", start))
	write(t, h, strings.Repeat("w", end-start))

	seen := map[string]int{}
	for seed := range uint64(4 * seeds) {
		data, err := f.Restart(seed).ReadFile("/a")
		require.NoError(t, err)
		require.Equal(t, strings.Repeat("d", start), string(data[:start]))
		if len(data) < end {
			seen["shorter"]++
			continue
		}
		var kinds []string
		for at := start; at < end; {
			to := min(end, at-at%sectorSize+sectorSize)
			kinds = append(kinds, kindOf(data[at:to]))
			at = to
		}
		seen[strings.Join(kinds, " ")]++
	}
	count := func(part string) (n int) {
		for kinds, times := range seen {
			if strings.Contains(kinds, part) {
				n += times
			}
		}
		return n
	}
	for _, want := range []string{
		"shorter", "kept kept kept kept", "zero zero zero zero", "kept zero kept",
		"zero kept", "garbage kept", "stale kept", "kept garbage",
	} {
		require.Positive(t, count(want), want)
	}
}

// kindOf says what a part of a sector holds that was written as w.
func kindOf(part []byte) string {
	for kind, b := range map[string]string{"kept": "w", "zero": "\x00", "stale": "S"} {
		if strings.Trim(string(part), b) == "" {
			return kind
		}
	}
	return "garbage"
}

func TestAFailedSyncIsForEver(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "1")
	write(t, h, "22")
	failOnce(f, Sync, errDisk)
	require.ErrorIs(t, h.Sync(), errDisk)
	require.Equal(t, "a=122", show(t, f), "still readable")

	require.NoError(t, h.Sync(), "and hides the failure")
	require.Subset(t, outcomes(t, f), []string{"a=1", "a=12", "a=122", "a=1\x00\x00"})

	write(t, h, "3")
	require.NoError(t, h.Sync())
	got := outcomes(t, f)
	require.Subset(t, got, []string{"a=1223", "a=1\x00\x003", "a=12\x003"})
	for _, s := range got {
		require.Len(t, s, len("a=1223"), "what is written after the failure is durable, where it stands")
		require.True(t, strings.HasSuffix(s, "3"), "%q", s)
	}

	write(t, h, "4")
	failOnce(f, Sync, errDisk)
	require.ErrorIs(t, h.Sync(), errDisk)
	require.NoError(t, h.Sync())
	require.Subset(t, outcomes(t, f), []string{"a=1223", "a=12234", "a=1\x00\x0034"})
	require.Equal(t, outcomes(t, f), outcomes(t, f.RestartLossless()), "another process cannot tell either")
}

func TestSyncCoversWhatWasWrittenWhenItBegan(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "1")
	write(t, h, "2")
	f.Fail(func(op Op) error {
		if op.Kind == Sync {
			write(t, h, "3")
		}
		return nil
	})
	require.NoError(t, h.Sync())
	f.Fail(nil)
	require.Equal(t, []string{"a=12", "a=12\x00", "a=123"}, slices.DeleteFunc(outcomes(t, f), func(s string) bool {
		return len(s) == 5 && s[4] != '3' && s[4] != 0 // garbage
	}))
}

func TestAFailedSyncDirChangesNothing(t *testing.T) {
	f := New()
	require.NoError(t, create(t, f, "/a", "x").Sync())
	failOnce(f, SyncDir, errDisk)
	require.ErrorIs(t, f.SyncDir("/"), errDisk)
	require.Equal(t, []string{"", "a=x"}, outcomes(t, f))
	require.NoError(t, f.SyncDir("/"))
	require.Equal(t, []string{"a=x"}, outcomes(t, f))
}

func TestRestartLossless(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "1")
	write(t, h, "2")
	create(t, f, "/b", "3")
	r := f.RestartLossless()
	require.Equal(t, "a=12 b=3", show(t, r))
	require.Equal(t, outcomes(t, f), outcomes(t, r), "no more durable than before")

	write(t, h, "mine")
	require.Equal(t, "a=12 b=3", show(t, r), "a copy")
	require.NoError(t, r.Remove("/b"))
	require.Equal(t, "a=12mine b=3", show(t, f))
	require.NoError(t, h.Sync())
	require.Contains(t, outcomes(t, r), "a=1")
}

func TestRestartIsTheSameForASeed(t *testing.T) {
	f := New()
	for i := range 5 {
		create(t, f, fmt.Sprint("/", i), strings.Repeat("x", 2000))
	}
	for seed := range uint64(seeds) {
		require.Equal(t, show(t, f.Restart(seed)), show(t, f.Restart(seed)))
		require.Equal(t, show(t, f.Restart(seed)), show(t, f.RestartLossless().Restart(seed)))
	}
}

// program does each kind of operation and stops at the first error.
func program(f *FS) error {
	step := func(err error, do func() error) error {
		if err != nil {
			return err
		}
		return do()
	}
	var h vfs.File
	var err error
	err = step(err, func() error { _, err := f.Lock("/lock"); return err })
	err = step(err, func() error { return f.Mkdir("/d") })
	err = step(err, func() error { return f.SyncDir("/") })
	err = step(err, func() error { h, err = f.Create("/d/tmp"); return err })
	err = step(err, func() error { _, err := h.Write([]byte("record")); return err })
	err = step(err, func() error { return h.Sync() })
	err = step(err, func() error { return f.Rename("/d/tmp", "/d/a") })
	err = step(err, func() error { return f.SyncDir("/d") })
	return step(err, func() error { return f.Remove("/d/a") })
}

func TestCrashAtEveryBoundary(t *testing.T) {
	whole := New()
	require.NoError(t, program(whole))
	require.Equal(t, 9, whole.Boundaries())
	want := map[int]string{ // if the process dies: before and after what happens at the boundary
		1: "|lock=", 2: "lock=", 3: "lock=", 4: "lock=|d/tmp= lock=",
		5: "d/tmp= lock=|d/tmp=r lock=|d/tmp=re lock=|d/tmp=rec lock=|d/tmp=reco lock=|d/tmp=recor lock=|d/tmp=record lock=",
		6: "d/tmp=record lock=", 7: "d/a=record lock=|d/tmp=record lock=", 8: "d/a=record lock=", 9: "d/a=record lock=|lock=",
	}
	for n := 1; n <= whole.Boundaries(); n++ {
		lossless := map[string]bool{}
		for seed := range uint64(100) {
			f := New()
			f.CrashAt(n, seed)
			require.ErrorIs(t, program(f), ErrCrashed)
			require.True(t, f.Crashed())
			require.Equal(t, n, f.Boundaries())
			lossless[show(t, f.RestartLossless())] = true
			if n == 9 {
				require.Contains(t, []string{"d/a=record lock=", "lock="}, show(t, f.Restart(seed)))
			}
		}
		require.Len(t, lossless, len(strings.Split(want[n], "|")), n)
		for _, files := range strings.Split(want[n], "|") {
			require.True(t, lossless[files], "boundary %d: %q in %v", n, files, lossless)
		}
	}
	f := New()
	f.CrashAt(10, 0)
	require.NoError(t, program(f), "it has only nine")
}

func TestEverythingFailsAfterACrash(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "x")
	l, err := f.Lock("/lock")
	require.NoError(t, err)
	require.False(t, f.Crashed())
	f.Crash()
	before := f.Boundaries()
	p := make([]byte, 1)
	for name, do := range map[string]func() error{
		"mkdir":   func() error { return f.Mkdir("/d") },
		"readdir": func() error { _, err := f.List("/"); return err },
		"create":  func() error { _, err := f.Create("/b"); return err },
		"open":    func() error { _, err := f.Open("/a"); return err },
		"rename":  func() error { return f.Rename("/a", "/b") },
		"remove":  func() error { return f.Remove("/a") },
		"syncdir": func() error { return f.SyncDir("/") },
		"lock":    func() error { _, err := f.Lock("/lock"); return err },
		"unlock":  l.Close,
		"write":   func() error { _, err := h.Write(p); return err },
		"read":    func() error { _, err := h.ReadAt(p, 0); return err },
		"size":    func() error { _, err := h.Size(); return err },
		"sync":    h.Sync,
		"close":   h.Close,
	} {
		require.ErrorIs(t, do(), ErrCrashed, name)
	}
	require.Equal(t, before, f.Boundaries())
	require.Equal(t, "a=x lock=", show(t, f), "for the test it is still there")
}

func TestFail(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "x")
	var ops []Op
	f.Fail(func(op Op) error { ops = append(ops, op); return errDisk })
	_, err := h.Write([]byte("yz"))
	require.ErrorIs(t, err, errDisk)
	require.ErrorContains(t, err, "write /a: ")
	err = f.Rename("/d/../a", "/b")
	require.ErrorIs(t, err, errDisk)
	require.ErrorContains(t, err, "rename /a /b: ")
	_, err = h.ReadAt(make([]byte, 3), 0)
	require.ErrorIs(t, err, errDisk)
	require.Equal(t, []Op{
		{Kind: Write, Name: "/a", N: 5, Bytes: 2},
		{Kind: Rename, Name: "/a", To: "/b", N: 6},
		{Kind: Read, Name: "/a", N: 6, Bytes: 3},
	}, ops)
	require.Equal(t, "a=x", show(t, f), "nothing happened")
	require.Equal(t, 6, f.Boundaries())
}

func TestFailShort(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "x")
	failOnce(f, Write, &Short{N: 2, Err: syscall.ENOSPC})
	n, err := h.Write([]byte("yz!"))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Equal(t, 2, n)
	require.Equal(t, "a=xyz", show(t, f))
}

// TestFailMayBlock crashes the machine while a sync waits, and writes past it before.
func TestFailMayBlock(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "x")
	reached, proceed := make(chan struct{}), make(chan struct{})
	f.Fail(func(op Op) error {
		if op.Kind == Sync {
			close(reached)
			<-proceed
		}
		return nil
	})
	result := make(chan error)
	go func() { result <- h.Sync() }()
	<-reached
	write(t, h, "y")
	f.Crash()
	close(proceed)
	require.ErrorIs(t, <-result, ErrCrashed)
	require.Contains(t, outcomes(t, f), "a=x")
}

func TestCapacity(t *testing.T) {
	f := New()
	f.SetCapacity(10)
	h := durable(t, f, "/a", "1234567")
	n, err := h.Write([]byte("89abc"))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Equal(t, 3, n)
	require.Equal(t, "a=123456789a", show(t, f))

	b := create(t, f, "/b", "")
	n, err = b.Write([]byte("x"))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Zero(t, n)
	require.NoError(t, f.Remove("/a"))
	write(t, b, "0123456789")

	require.NoError(t, b.Sync())
	require.NoError(t, f.SyncDir("/"))
	for _, r := range []*FS{f.Restart(1), f.RestartLossless()} {
		c := create(t, r, "/c", "")
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, syscall.ENOSPC)
		r.SetCapacity(0)
		write(t, c, "x")
	}
}

func TestDamage(t *testing.T) {
	f := New()
	h := durable(t, f, "/a", "abc")
	require.NoError(t, f.Flip("/a", 1, 5))
	p := make([]byte, 3)
	_, err := h.ReadAt(p, 0)
	require.NoError(t, err)
	require.Equal(t, "aBc", string(p))
	require.Equal(t, []string{"a=aBc"}, outcomes(t, f))
	require.ErrorIs(t, f.Flip("/a", 3, 0), fs.ErrInvalid)
	require.ErrorIs(t, f.Flip("/b", 0, 0), fs.ErrNotExist)

	r := f.RestartLossless()
	require.NoError(t, r.Flip("/a", 1, 5))
	require.Equal(t, "a=abc", show(t, r))
	require.Equal(t, "a=aBc", show(t, f), "a copy")

	require.NoError(t, f.Rename("/a", "/b"))
	require.NoError(t, f.WriteFile("/b", []byte("whole")))
	require.NoError(t, f.WriteFile("/c", nil))
	require.Equal(t, []string{"b=whole c="}, outcomes(t, f), "durable, with the name")
	require.ErrorIs(t, f.WriteFile("/d/a", nil), fs.ErrNotExist)
	_, err = f.ReadFile("/a")
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, []string{"/b", "/c"}, f.Files())
}

func TestLocksEndWithTheProcess(t *testing.T) {
	f := New()
	_, err := f.Lock("/lock")
	require.NoError(t, err)
	require.Equal(t, 1, f.Boundaries())
	for _, r := range []*FS{f.Restart(1), f.RestartLossless()} {
		l, err := r.Lock("/lock")
		require.NoError(t, err)
		require.NoError(t, l.Close())
		before := r.Boundaries()
		_, err = r.Lock("/lock")
		require.NoError(t, err)
		require.Equal(t, before, r.Boundaries(), "only the creation is a boundary")
	}
	_, err = f.Lock("/lock")
	require.ErrorIs(t, err, vfs.ErrLocked)
}

func TestSyncOfAFileOpenedForReading(t *testing.T) {
	f := New()
	create(t, f, "/a", "x")
	h, err := f.Open("/a")
	require.NoError(t, err)
	require.ErrorIs(t, h.Sync(), fs.ErrPermission)
}

func TestConcurrentUse(t *testing.T) {
	f := New()
	f.Fail(func(op Op) error { _ = f.Boundaries(); return nil })
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			name := fmt.Sprint("/", i)
			h, err := f.Create(name)
			for j := 0; err == nil && j < 50; j++ {
				_, err = h.Write([]byte{byte(j)})
				err = errors.Join(err, h.Sync(), f.SyncDir("/"), f.Rename(name, name+"x"), f.Rename(name+"x", name))
				_ = f.Restart(uint64(j)).Files()
				_ = f.RestartLossless().Files()
			}
			if err != nil && !errors.Is(err, ErrCrashed) {
				t.Error(err)
			}
		})
	}
	f.CrashAt(1000, 1)
	group.Wait()
	require.True(t, f.Crashed())
}

func BenchmarkCrashPoint(b *testing.B) {
	for i := range b.N {
		f := New()
		f.CrashAt(1+i%9, uint64(i))
		_ = program(f)
		_ = f.Restart(uint64(i)).Files()
	}
}
