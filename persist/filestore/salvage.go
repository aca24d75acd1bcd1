package filestore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// Report says what Salvage has done.
type Report struct {
	Schema   persist.Schema
	Revision uint64 // of the last commit that was found
	Rows     []int  // copied, of each relation of Schema
	Lost     []Loss // what was left out, in the order in which the files were read
	// Exact says that what was copied is the state that the store had at Revision. Otherwise something between is
	// missing: rows may be gone, and rows may be back whose deletion was lost.
	Exact bool
}

// Loss is a part of a file that was left out.
type Loss struct {
	File   string // its name
	Offset int64
	Bytes  int64
	Why    string
}

// String returns the loss in one line: file, offset, length and reason.
func (l Loss) String() string {
	return fmt.Sprintf("%s, offset %d, %d bytes: %s", l.File, l.Offset, l.Bytes, l.Why)
}

// Salvage copies everything of a damaged store whose checksums are right into a new store in another directory, which
// must not exist, or be empty. It reads the damaged one and never changes it; nobody may have that open. The error is
// ErrDamaged if nothing could be found.
func Salvage(ctx context.Context, from, to string, opts *Options) (*Report, error) {
	o := opts.withDefaults()
	dir, err := openDir(o.fs, from)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	l, err := list(dir)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	v := &view{dir: dir, lost: func(l Loss) { r.Lost = append(r.Lost, l) }}
	defer v.close()
	if err := v.salvage(ctx, l); err != nil {
		return r, err
	}
	if v.snapshot == nil && len(v.logs) == 0 {
		return r, fmt.Errorf("%w: %s: nothing was found that could be salvaged", persist.ErrDamaged, from)
	}
	home, err := claim(o.fs, to)
	if err != nil {
		return r, err
	}
	copied, err := v.writeSnapshot(ctx, home, 1, newStoreID(), &v.schema, o.meter("salvage", v.rows()))
	if err != nil {
		return r, errors.Join(err, home.Close())
	}
	r.Schema, r.Revision, r.Rows, r.Exact = v.schema, v.revision, copied.rows(), !v.inexact
	return r, home.Close()
}

// claim locks a directory in which there is nothing.
func claim(files vfs.FS, path string) (*home, error) {
	if dir, err := openDir(files, path); err == nil {
		names, err := dir.List()
		if err := errors.Join(err, dir.Close()); err == nil && len(names) > 0 {
			return nil, fmt.Errorf("filestore: %s is not empty", path)
		}
	}
	return openHome(files, path)
}

// salvage reads what is good of a listing.
func (v *view) salvage(ctx context.Context, l listing) error {
	base, err := v.salvageBase(ctx, l)
	if err != nil {
		return err
	}
	for _, n := range l.logsFrom(base) {
		if n != base {
			v.gap(base, n)
		}
		if err := v.readLog(ctx, n); err != nil {
			return err
		}
		base = n + 1
	}
	v.closePiles()
	return nil
}

// gap tells that logs are missing.
func (v *view) gap(from, to uint64) {
	why := "the file is missing"
	if to-from > 1 {
		why = fmt.Sprintf("the files up to %s are missing", logFile.name(to-1))
	}
	v.lost(Loss{File: logFile.name(from), Why: why})
}

// salvageBase begins with the newest snapshot that is whole; without one at the first log; and if that is not there
// either with what is good of the newest snapshot. It returns the number of the first log to read.
func (v *view) salvageBase(ctx context.Context, l listing) (uint64, error) {
	var damaged []error
	for _, n := range slices.Backward(l.snapshots) {
		err := v.verifySnapshot(ctx, n)
		if err == nil {
			return n, errors.Join(v.passAll(damaged), v.readSnapshot(ctx, n))
		}
		if !errors.Is(err, persist.ErrDamaged) {
			return 0, err
		}
		damaged = append(damaged, err)
	}
	if len(damaged) > 0 && !l.hasLogs(1, 2) {
		n := l.lastSnapshot()
		return n, errors.Join(v.pass(v.readSnapshot(ctx, n)), v.passAll(damaged[1:]))
	}
	return 1, v.passAll(damaged)
}

// verifySnapshot reads a snapshot for what is wrong with it.
func (v *view) verifySnapshot(ctx context.Context, number uint64) error {
	strict := &view{dir: v.dir}
	defer strict.close()
	return strict.readSnapshot(ctx, number)
}

// pass returns an error of reading as it is, but in a view that passes over damage it tells that and returns nil.
func (v *view) pass(err error) error {
	var d *damage
	if v.lost == nil || !errors.As(err, &d) {
		return err
	}
	v.lost(Loss{filepath.Base(d.path), d.offset, d.bytes, d.why})
	return nil
}

func (v *view) passAll(errs []error) error {
	for i, err := range errs {
		errs[i] = v.pass(err)
	}
	return errors.Join(errs...)
}

func (w *window) loss(from, to int64, why string) Loss {
	return Loss{filepath.Base(w.path), from, to - from, why}
}
