package filestore

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// Names in the directory of a store.
const (
	lockName    = "LOCK"
	reserveName = "RESERVE"
	tempSuffix  = ".tmp"
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

// name returns the name of the file with a number.
func (k fileKind) name(number uint64) string { return fmt.Sprintf("%016x%s", number, k.suffix()) }

// listing is what a directory holds: numbers of files, ascending, and names of unfinished files.
type listing struct {
	logs, snapshots []uint64
	temps           []string
}

// list reads a directory. It fails if an entry does not belong to a store.
func list(dir vfs.Dir) (l listing, err error) {
	entries, err := dir.List()
	if err != nil {
		return l, fmt.Errorf("junction: cannot read the directory of the store: %w", err)
	}
	var foreign []string
	for _, e := range entries {
		if e.Name != lockName && e.Name != reserveName && !l.add(e.Name) {
			foreign = append(foreign, e.Name)
		} else if !e.Regular {
			return l, fmt.Errorf("junction: %s: %w", filepath.Join(dir.Path(), e.Name), vfs.ErrNotRegular)
		}
	}
	if len(foreign) > 0 {
		return l, fmt.Errorf("junction: %s is not the directory of a store: it holds %s", dir.Path(), quoteSome(foreign))
	}
	return l, nil
}

// add adds a name. It returns false if the name does not belong to a store.
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

// before returns the names of the files that a snapshot with a number replaces.
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

// useless returns the names of the files that a view does not need, except for damaged snapshots.
func (l *listing) useless(v *view) []string {
	if v.snapshot == nil {
		return l.temps
	}
	return append(l.temps, l.before(v.snapshot.header.number)...)
}

// logsFrom returns the numbers of the logs that are not less than a number.
func (l *listing) logsFrom(number uint64) []uint64 {
	i, _ := slices.BinarySearch(l.logs, number)
	return l.logs[i:]
}

// hasLogs reports whether all logs with numbers in [from, to) are there.
func (l *listing) hasLogs(from, to uint64) bool {
	logs := l.logsFrom(from)
	n := to - from
	return n == 0 || uint64(len(logs)) >= n && logs[0] == from && logs[n-1] == to-1
}
