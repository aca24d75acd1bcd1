package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// Names in the directory of a store.
const (
	lockName   = "LOCK"
	tempSuffix = ".tmp"
)

// fileKind is what a file holds.
type fileKind uint32

const (
	logFile fileKind = iota + 1
	snapshotFile
)

func (k fileKind) suffix() string {
	if k == snapshotFile {
		return ".snap"
	}
	return ".log"
}

// name returns the name of the file of a number.
func (k fileKind) name(number uint64) string { return fmt.Sprintf("%016x%s", number, k.suffix()) }

// listing is what a directory holds: numbers of files, ascending, and names of what was in flight.
type listing struct {
	logs, snapshots []uint64
	temps           []string
}

// list reads a directory. A name that no store gives is an error.
func list(files vfs.FS, dir string) (l listing, err error) {
	names, err := files.ReadDir(dir)
	if err != nil {
		return l, fmt.Errorf("filestore: cannot read the directory of the store: %w", err)
	}
	var foreign []string
	for _, name := range names {
		if name != lockName && !l.add(name) {
			foreign = append(foreign, name)
		}
	}
	if len(foreign) > 0 {
		return l, fmt.Errorf("filestore: %s is not the directory of a store: it holds %s", dir, quoteSome(foreign))
	}
	slices.Sort(l.logs)
	slices.Sort(l.snapshots)
	return l, nil
}

// add takes a name, and reports whether it is one of a store's.
func (l *listing) add(name string) bool {
	whole, isTemp := strings.CutSuffix(name, tempSuffix)
	kind, number, ok := parseName(whole)
	switch {
	case !ok:
		return false
	case isTemp:
		l.temps = append(l.temps, name)
	case kind == logFile:
		l.logs = append(l.logs, number)
	default:
		l.snapshots = append(l.snapshots, number)
	}
	return true
}

func parseName(name string) (kind fileKind, number uint64, ok bool) {
	digits, suffix, _ := strings.Cut(name, ".")
	kind = logFile
	if "."+suffix == snapshotFile.suffix() {
		kind = snapshotFile
	}
	number, err := strconv.ParseUint(digits, 16, 64)
	return kind, number, err == nil && number > 0 && kind.name(number) == name
}

func quoteSome(names []string) string {
	const most = 3
	if more := len(names) - most; more > 0 {
		return fmt.Sprintf("%q and %d more", names[:most], more)
	}
	return fmt.Sprintf("%q", names)
}

// isEmpty reports whether there is neither a log nor a snapshot.
func (l *listing) isEmpty() bool { return len(l.logs) == 0 && len(l.snapshots) == 0 }

// lastLog returns the number of the last log, 0 if there is none.
func (l *listing) lastLog() uint64 {
	if len(l.logs) == 0 {
		return 0
	}
	return l.logs[len(l.logs)-1]
}

// lastSnapshot returns the number of the last snapshot, 0 if there is none.
func (l *listing) lastSnapshot() uint64 {
	if len(l.snapshots) == 0 {
		return 0
	}
	return l.snapshots[len(l.snapshots)-1]
}

// before returns the names of the files that a snapshot of a number makes superfluous.
func (l *listing) before(number uint64) (names []string) {
	for _, n := range l.snapshots {
		if n < number {
			names = append(names, snapshotFile.name(n))
		}
	}
	for _, n := range l.logs {
		if n < number {
			names = append(names, logFile.name(n))
		}
	}
	return names
}

// removeAll removes files of a directory, and says which it could not.
func removeAll(files vfs.FS, dir string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	var errs []error
	for _, name := range names {
		if err := files.Remove(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(append(errs, files.SyncDir(dir))...)
}

// makeDir creates a directory whose parent exists. One that is there stays as it is.
func makeDir(files vfs.FS, dir string) error {
	_, err := files.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = files.Mkdir(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("filestore: cannot use %s as the directory of a store: %w", dir, err)
	}
	return nil
}

// inFlight is a file that gets its name when it is whole.
type inFlight struct {
	vfs.File
	files      vfs.FS
	temp, name string // paths
}

// createTemp begins a file. What an earlier attempt left behind is replaced.
func createTemp(files vfs.FS, dir, name string) (*inFlight, error) {
	f := &inFlight{files: files, name: filepath.Join(dir, name), temp: filepath.Join(dir, name+tempSuffix)}
	var err error
	if f.File, err = files.Create(f.temp); errors.Is(err, fs.ErrExist) {
		if err = files.Remove(f.temp); err == nil {
			f.File, err = files.Create(f.temp)
		}
	}
	return f, err
}

// install makes what was written durable, under its name. The file stays open.
func (f *inFlight) install() error {
	if err := f.Sync(); err != nil {
		return err
	}
	return f.rename()
}

// installClosed is install for a file to which nothing will be added: it is closed.
func (f *inFlight) installClosed() error {
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	return f.rename()
}

func (f *inFlight) rename() error {
	if err := f.files.Rename(f.temp, f.name); err != nil {
		return err
	}
	return f.files.SyncDir(filepath.Dir(f.name))
}

// abandon closes the file and takes it away, as far as that goes.
func (f *inFlight) abandon() {
	_ = f.Close()
	_ = f.files.Remove(f.temp)
}

// logsFrom returns the numbers of the logs from one number on.
func (l *listing) logsFrom(number uint64) []uint64 {
	i, _ := slices.BinarySearch(l.logs, number)
	return l.logs[i:]
}

// hasLogs reports whether all the logs from one number up to another, which is left out, are there.
func (l *listing) hasLogs(from, to uint64) bool {
	logs := l.logsFrom(from)
	n := to - from
	return n == 0 || uint64(len(logs)) >= n && logs[0] == from && logs[n-1] == to-1
}
