// Package crashfs is a file system in memory that loses power, for tests of what a store keeps.
//
// It keeps apart what programs see and what is durable:
//   - When a Sync of a file succeeds, what was written before it began is durable.
//   - When SyncDir succeeds, what Create, Rename, Replace, Remove and Mkdir did to that directory
//     is durable. A file that was synced is lost if its name is, and everything in a lost
//     directory is.
//   - When a Sync fails, what it should have synced can still be read but never becomes durable.
//     No later Sync makes up for it, because the page cache takes it for clean (Rebello et al.,
//     "Can Applications Recover from fsync Failures?", USENIX ATC 2020). What is written
//     afterwards is durable with the next Sync that succeeds.
//   - When SyncDir fails, nothing changes. A later one that succeeds makes everything durable.
//
// Restart returns what the disk might show after a power cut, RestartLossless what a process that
// was killed leaves. Restart makes the harshest choice that file systems allow, always the same
// for a seed:
//   - The bytes of a file that are not durable are all there, or none, or those before some byte;
//     or all are zero; or each sector of 512 bytes is kept, zeroed or garbage. Garbage is random,
//     or comes from a file that was removed.
//   - What happened in directories is there, or not, or what was done before some moment (ext4
//     and XFS have one journal), or any part of it. Operations on one name keep their order: a
//     later one does not survive without the earlier. A rename happens or not: either both names
//     are as before, with the file that was replaced, or both are as after.
//
// Every operation that changes something is a boundary, counted from 1: Create, Mkdir, Rename,
// Replace, Remove, SyncDir, a Lock that creates its file, and Write, Truncate and Sync of a file.
// At the boundary given to CrashAt the power fails during the operation, which may have happened
// in part: a Write up to any byte. Everything later fails with ErrCrashed.
package crashfs

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// ErrCrashed is the error of every operation on a file system that has crashed.
var ErrCrashed = errors.New("crashfs: crashed")

// Kind says what an operation does.
type Kind string

// The kinds of operations. Those from Write to Truncate are boundaries. A Lock that creates its
// file is a Create first.
const (
	Write    Kind = "write"
	Sync     Kind = "sync"
	SyncDir  Kind = "syncdir"
	Create   Kind = "create"
	Rename   Kind = "rename"
	Remove   Kind = "remove"
	Mkdir    Kind = "mkdir"
	Truncate Kind = "truncate"
	Open     Kind = "open"
	Read     Kind = "read"
	ReadDir  Kind = "readdir"
	Lock     Kind = "lock"
	Close    Kind = "close"
)

// changes reports whether an operation is a boundary.
func (k Kind) changes() bool {
	switch k {
	case Write, Sync, SyncDir, Create, Rename, Remove, Mkdir, Truncate:
		return true
	}
	return false
}

// Op is an operation that is about to happen.
type Op struct {
	Kind  Kind
	Name  string // clean; for an open file, the name by which it was opened
	To    string // of a Rename
	N     int    // the number of the boundary, or of the last one before this operation
	Bytes int    // the length of a Write or Read
}

// Short is an error for the function given to Fail. A Write that fails with it writes N bytes
// first.
type Short struct {
	N   int
	Err error
}

func (s *Short) Error() string { return "short write: " + s.Err.Error() }

func (s *Short) Unwrap() error { return s.Err }

// FS is a vfs.FS in memory. Its roots, "/" and ".", always exist. It renames and removes files, but
// not directories. A file that was opened for reading refuses Sync, as on Windows. It is safe for
// concurrent use.
type FS struct {
	mu         sync.Mutex
	disk       disk
	locks      map[*inode]int // how many share a lock, or exclusive
	fail       func(Op) error
	boundaries int
	crashAt    int
	tear       *rand.Rand // chooses how much of the operation at crashAt happens
	crashed    bool
}

var _ vfs.FS = (*FS)(nil)

// New returns an empty file system.
func New() *FS { return with(newDisk()) }

func with(d disk) *FS { return &FS{disk: d, locks: map[*inode]int{}} }

// Boundaries returns the number of operations so far that changed something, or failed to.
func (f *FS) Boundaries() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.boundaries
}

// CrashAt makes the power fail at boundary n, counted since the file system was made. The seed
// chooses how much of that operation happens.
func (f *FS) CrashAt(n int, seed uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashAt, f.tear = n, random(seed)
}

// Crash makes the power fail now, between two operations.
func (f *FS) Crash() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.crashed = true
}

// Crashed reports whether the power has failed.
func (f *FS) Crashed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.crashed
}

// Restart returns a file system with what the disk might show if the power failed now, or when it
// did. All of that is durable. It is a copy without locks and without a function to fail, and its
// boundaries are counted anew. f stays as it is, running or crashed, so that one run serves many
// seeds.
func (f *FS) Restart(seed uint64) *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	return with(f.disk.afterPowerCut(random(seed)))
}

// RestartLossless is Restart if only the process died: everything that was written is there, and is
// as durable as before.
func (f *FS) RestartLossless() *FS {
	f.mu.Lock()
	defer f.mu.Unlock()
	return with(f.disk.clone())
}

// Fail sets a function that is called before each operation. If it returns an error, the operation
// fails with that and does not happen. Nil removes the function. No lock is held during the call,
// so that it may block, or use the file system. It is not called for the operation at which the
// power fails.
func (f *FS) Fail(fail func(Op) error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fail = fail
}

// SetCapacity limits the bytes in all files, also after a restart. A Write that goes beyond writes
// what fits and fails with syscall.ENOSPC. Zero means no limit.
func (f *FS) SetCapacity(bytes int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.disk.capacity = bytes
}

// start begins an operation and returns with f.mu held. After an error the operation must not
// happen; if it is torn, a part of it may, and it is the last one.
func (f *FS) start(op Op) (torn bool, err error) {
	f.mu.Lock()
	if f.crashed {
		return false, ErrCrashed
	}
	if op.Kind.changes() {
		f.boundaries++
		if f.boundaries == f.crashAt {
			f.crashed = true
			return true, ErrCrashed
		}
	}
	op.N = f.boundaries
	return false, f.ask(op)
}

// ask calls the function that makes operations fail, with f.mu released.
func (f *FS) ask(op Op) error {
	fail := f.fail
	if fail == nil {
		return nil
	}
	f.mu.Unlock()
	err := fail(op)
	f.mu.Lock()
	if f.crashed {
		return ErrCrashed
	}
	return err
}

// do performs an operation that happens or does not.
func (f *FS) do(op Op, apply func() error) error {
	torn, err := f.start(op)
	defer f.mu.Unlock()
	if err == nil {
		err = apply()
	} else if torn && f.tear.IntN(2) == 0 {
		_ = apply()
	}
	return failed(op, err)
}

// failed wraps an error as package os does.
func failed(op Op, err error) error {
	switch {
	case err == nil:
		return nil
	case op.Kind == Rename:
		return &os.LinkError{Op: string(op.Kind), Old: op.Name, New: op.To, Err: err}
	default:
		return &fs.PathError{Op: string(op.Kind), Path: op.Name, Err: err}
	}
}

// Mkdir implements vfs.FS.
func (f *FS) Mkdir(name string) error {
	name = filepath.Clean(name)
	return f.do(Op{Kind: Mkdir, Name: name}, func() error { return f.disk.add(name, &inode{dir: true}) })
}

// OpenDir implements vfs.FS.
func (f *FS) OpenDir(name string) (vfs.Dir, error) {
	name = filepath.Clean(name)
	err := f.do(Op{Kind: Open, Name: name}, func() error { return f.disk.hasDir(name) })
	if err != nil {
		return nil, err
	}
	return &directory{f, name}, nil
}

// The methods below are those of vfs.Dir, for paths.

// List returns the entries of a directory.
func (f *FS) List(name string) (entries []vfs.Entry, err error) {
	name = filepath.Clean(name)
	err = f.do(Op{Kind: ReadDir, Name: name}, func() (err error) {
		entries, err = f.disk.list(name)
		return err
	})
	return entries, err
}

// Create creates a file.
func (f *FS) Create(name string) (vfs.File, error) {
	name = filepath.Clean(name)
	n := &inode{}
	if err := f.do(Op{Kind: Create, Name: name}, func() error { return f.disk.add(name, n) }); err != nil {
		return nil, err
	}
	return &file{fs: f, name: name, inode: n, writable: true}, nil
}

// Open opens a file for reading.
func (f *FS) Open(name string) (vfs.File, error) {
	name = filepath.Clean(name)
	var n *inode
	err := f.do(Op{Kind: Open, Name: name}, func() (err error) {
		n, err = f.disk.file(name)
		if errors.Is(err, syscall.EISDIR) {
			err = vfs.ErrNotRegular
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &file{fs: f, name: name, inode: n}, nil
}

// Rename renames a file if the new name is free.
func (f *FS) Rename(from, to string) error {
	from, to = filepath.Clean(from), filepath.Clean(to)
	return f.do(Op{Kind: Rename, Name: from, To: to}, func() error {
		if f.disk.names[from] != nil && f.disk.names[to] != nil {
			return fs.ErrExist
		}
		return f.disk.rename(from, to)
	})
}

// Replace renames a file, and replaces the one that has the new name.
func (f *FS) Replace(from, to string) error {
	from, to = filepath.Clean(from), filepath.Clean(to)
	return f.do(Op{Kind: Rename, Name: from, To: to}, func() error { return f.disk.rename(from, to) })
}

// Remove removes a file.
func (f *FS) Remove(name string) error {
	name = filepath.Clean(name)
	return f.do(Op{Kind: Remove, Name: name}, func() error { return f.disk.remove(name) })
}

// SyncDir makes the names in a directory durable.
func (f *FS) SyncDir(name string) error {
	name = filepath.Clean(name)
	op := Op{Kind: SyncDir, Name: name}
	_, err := f.start(op) // if it is torn, nothing is durable for sure
	defer f.mu.Unlock()
	if err == nil {
		err = f.disk.syncDir(name)
	}
	return failed(op, err)
}
