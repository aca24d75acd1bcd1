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

// view is what the files of a store hold: verified, and as sorted runs of rows, which are read from
// the disk when they are asked for.
type view struct {
	dir vfs.Dir

	store    [16]byte       // of the first file that was read
	schema   persist.Schema // of all files: of each name the newest shape
	runs     [][]run        // of each relation of schema, oldest first
	piles    []*pile        // of each relation of schema: what is small and newer than its last run
	revision uint64
	opened   []*file
	snapshot *file // the one it begins with, if there is one
	logs     []*file
	tail     tail
	skipped  error // damage of newer snapshots that were passed over
	cursor   batchCursor
}

// smallPayload is how many bytes of a record are held in memory at most. A batch of more is read from the disk when it
// is asked for.
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

// readBase reads the newest snapshot that is whole and has all the logs that follow it, and returns the number of the first
// of these.
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

// readLogs reads logs in order. The last may end as a crash left it, unless a snapshot that was passed over had all of it.
func (v *view) readLogs(ctx context.Context, logs []uint64, whole uint64) error {
	for _, n := range logs {
		if err := v.readLog(ctx, n); err != nil {
			return err
		}
	}
	v.closePiles()
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

// admit takes in the header of a file whose rows follow. It returns the places that the relations
// of the file have in the view.
func (v *view) admit(h *header) (places []int) {
	v.store = h.store
	for _, r := range h.schema.Relations {
		i := v.schema.Index(r.Name)
		if i < 0 {
			i = len(v.schema.Relations)
			v.schema.Relations = append(v.schema.Relations, r)
			v.runs, v.piles = append(v.runs, nil), append(v.piles, nil)
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
	pile := v.pile(relation)
	for {
		if ok, err := v.cursor.next(); !ok || err != nil {
			return err
		}
		pile.add(&v.cursor.row)
	}
}

// addRun adds a run that is newer than all before.
func (v *view) addRun(relation int, r run) {
	v.closePile(relation)
	v.runs[relation] = append(v.runs[relation], r)
}

// pile returns where rows of a relation that are to be held in memory go.
func (v *view) pile(relation int) *pile {
	if v.piles[relation] == nil {
		v.piles[relation] = new(pile)
	}
	return v.piles[relation]
}

func (v *view) closePile(relation int) {
	if p := v.piles[relation]; p != nil {
		v.piles[relation] = nil
		v.runs[relation] = append(v.runs[relation], p.run())
	}
}

func (v *view) closePiles() {
	for i := range v.piles {
		v.closePile(i)
	}
}

// rows returns how many rows the runs have, those included that newer ones replace.
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
