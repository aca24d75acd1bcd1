package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// view is the verified contents of a store's files, as sorted runs of rows. Rows of runs are read
// from the disk when they are needed.
type view struct {
	dir vfs.Dir

	store     [16]byte       // of the first file that was read
	schema    persist.Schema // all relations of all files, each with its newest shape
	runs      [][]run        // for each relation of schema, oldest first
	memtables []*memtable    // for each relation of schema, small rows newer than its last run
	revision  uint64
	opened    []*file
	snapshot  *file // that the view begins with, or nil
	logs      []*file
	tail      tail
	skipped   error // damage of newer snapshots that were not used
	cursor    batchCursor
}

// smallPayload is the most bytes of a batch that are held in memory. The rows of a larger one are
// read from the disk when they are needed.
const smallPayload = 256 << 10

// read reads the files of a listing. The view must be closed, even after an error.
func (v *view) read(ctx context.Context, l listing) error {
	base, err := v.readBase(ctx, l)
	if err != nil {
		return err
	}
	logs := l.logsFrom(base)
	for i, n := range logs {
		if missing := base + uint64(i); n != missing {
			return v.missing(missing)
		}
	}
	return v.readLogs(ctx, logs, l.lastSnapshot())
}

// readBase reads the newest snapshot that is whole and has all logs that follow it. It returns the
// number of the first of these logs.
func (v *view) readBase(ctx context.Context, l listing) (uint64, error) {
	for _, n := range slices.Backward(l.snapshots) {
		if v.skipped != nil && !l.hasLogs(n, l.lastSnapshot()) {
			continue
		}
		err := v.readSnapshot(ctx, n)
		if err == nil {
			return n, nil
		}
		if !errors.Is(err, persist.ErrDamaged) {
			return 0, err
		}
		v.skipped = errors.Join(v.skipped, err)
	}
	if v.skipped != nil && !l.hasLogs(1, l.lastSnapshot()) {
		return 0, v.skipped
	}
	return 1, nil
}

// readLogs reads logs in order. The last may have a torn tail, unless its number is below whole: a
// snapshot, which may be damaged, had all of it.
func (v *view) readLogs(ctx context.Context, logs []uint64, whole uint64) error {
	for _, n := range logs {
		if err := v.readLog(ctx, n); err != nil {
			return err
		}
	}
	v.flushMemtables()
	if t := &v.tail; t.file != nil && !t.sealed && t.file.header.number < whole {
		return t.damage()
	}
	return v.tail.judge(ctx, v.revision+1)
}

func (v *view) missing(log uint64) error {
	return &damage{path: filepath.Join(v.dir.Path(), logFile.name(log)), why: "the file is missing"}
}

// open opens a file of the store.
func (v *view) open(kind fileKind, number uint64) (*file, error) {
	f, err := openFile(v.dir, kind, number)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", persist.ErrDamaged, err)
	}
	if err != nil {
		return nil, err
	}
	v.opened = append(v.opened, f)
	if v.store != [16]byte{} && f.header.store != v.store {
		return nil, f.damage(0, "it belongs to another store")
	}
	return f, nil
}

// admit adds the relations of a file whose rows follow. It returns the place of each in the view.
func (v *view) admit(h *header) (places []int) {
	v.store = h.store
	for _, r := range h.schema.Relations {
		i := v.schema.Index(r.Name)
		if i < 0 {
			i = len(v.schema.Relations)
			v.schema.Relations = append(v.schema.Relations, r)
			v.runs, v.memtables = append(v.runs, nil), append(v.memtables, nil)
		}
		v.schema.Relations[i] = r
		places = append(places, i)
	}
	return places
}

// addBatch adds the rows of a batch, which are newer than all before. The batch begins at an offset
// of a file.
func (v *view) addBatch(f *file, relation int, b batch, at int64) error {
	if b.ascending && b.length > smallPayload {
		v.addRun(relation, f.run(b, at))
		return nil
	}
	v.cursor.window = &f.window
	v.cursor.begin(b, at)
	memtable := v.memtable(relation)
	for {
		if ok, err := v.cursor.next(); !ok || err != nil {
			return err
		}
		memtable.add(&v.cursor.row)
	}
}

// addRun adds a run that is newer than all before.
func (v *view) addRun(relation int, r run) {
	v.flushMemtable(relation)
	v.runs[relation] = append(v.runs[relation], r)
}

// memtable returns the memtable for small rows of a relation.
func (v *view) memtable(relation int) *memtable {
	if v.memtables[relation] == nil {
		v.memtables[relation] = new(memtable)
	}
	return v.memtables[relation]
}

func (v *view) flushMemtable(relation int) {
	if p := v.memtables[relation]; p != nil {
		v.memtables[relation] = nil
		v.runs[relation] = append(v.runs[relation], p.run())
	}
}

func (v *view) flushMemtables() {
	for i := range v.memtables {
		v.flushMemtable(i)
	}
}

// rows returns how many rows the runs have, including those that newer ones replace.
func (v *view) rows() (n int) {
	for _, runs := range v.runs {
		for _, r := range runs {
			n += r.rows
		}
	}
	return n
}

// count returns how many rows a relation has.
func (v *view) count(ctx context.Context, relation int) (n int, err error) {
	err = merge(ctx, v.runs[relation], new(meter), func(_, _ []byte) error { n++; return nil })
	return n, err
}

// close closes the files.
func (v *view) close() {
	for _, f := range v.opened {
		_ = f.file.Close() // it was only read
	}
	v.opened = nil
}
