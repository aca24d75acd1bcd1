package filestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// Report says what Salvage has done.
type Report struct {
	Schema   persist.Schema
	Revision uint64 // of the last commit that is known of, whether it was found or not
	Rows     []int  // copied, of each relation of Schema
	Lost     []Loss // what was left out or is missing, by file and offset
	// Exact says that what was copied is the state that the store had at Revision, which need not
	// be the last one: see docs/FORMAT.md for what cannot be told. Otherwise something is
	// missing: rows may be gone, and rows may be back whose deletion was lost.
	Exact bool
}

// Loss is a part of a file that was left out, or a place where something is missing.
type Loss struct {
	File   string // its name
	Offset int64
	Bytes  int64 // left out; 0 if they are not there
	Why    string
}

// String returns the loss in one line: file, offset, length if bytes were left out, and reason.
func (l Loss) String() string {
	if l.Bytes == 0 {
		return fmt.Sprintf("%s, offset %d: %s", l.File, l.Offset, l.Why)
	}
	return fmt.Sprintf("%s, offset %d, %d bytes: %s", l.File, l.Offset, l.Bytes, l.Why)
}

// Salvage copies everything of a damaged store whose checksums are right into a new store in
// another directory, which must not exist or be empty. It finds records and blocks of snapshots
// wherever in a file of the store they are, and applies them in the order of their revisions.
//
// Salvage reads the damaged store and never changes it; no program may have it open. If the files
// of several stores are in the directory, it copies the store that has the most bytes, and Lost
// names the others' files. The error is ErrDamaged if nothing could be found.
//
// A Salvage that failed or was interrupted leaves at most the files of an empty store in the other
// directory, and another attempt can use it.
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
	s := newSalvager(&view{dir: dir})
	defer s.close()
	defer s.sortLosses()
	if err := s.salvage(ctx, l); err != nil {
		return s.report, err
	}
	home, err := claimHome(o.fs, to)
	if err != nil {
		return s.report, err
	}
	copied, err := s.writeSnapshot(ctx, home, 1, newStoreID(), &s.schema, o.meter("salvage", s.rows()))
	if err == nil {
		s.report.Schema, s.report.Revision, s.report.Rows = s.schema, s.revision, copied.rows()
	}
	return s.report, errors.Join(err, home.Close())
}

// claimHome locks a directory in which there is nothing, or no more than an interrupted Salvage has
// left, which it removes.
func claimHome(files vfs.FS, path string) (*home, error) {
	if dir, err := openDir(files, path); err == nil {
		l, err := list(dir)
		err = errors.Join(err, dir.Close())
		if err != nil || !l.isEmpty() {
			return nil, fmt.Errorf("filestore: %s is not empty; a copy needs a new directory", path)
		}
	}
	home, err := openHome(files, path)
	if err != nil {
		return nil, err
	}
	l, err := list(home)
	if err == nil {
		err = home.removeAll(l.temps)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("filestore: %w", err), home.Close())
	}
	return home, nil
}

// salvager finds what is good in the files of a directory, and adds it to a view.
type salvager struct {
	*view
	report  *Report
	sources []*source
	owners  map[ownerKey]*owner // of the store that is salvaged
	pieces  []piece
	copies  []*snapCopy
	base    *owner // the newest snapshot that is whole
	last    *piece // the last one of a log that was added, and the last one with commits
	newest  *piece
}

func newSalvager(v *view) *salvager {
	return &salvager{view: v, report: &Report{Exact: true}, owners: map[ownerKey]*owner{}}
}

// salvage reads the files of a listing.
func (s *salvager) salvage(ctx context.Context, l listing) error {
	if err := s.openAll(ctx, l); err != nil {
		return err
	}
	s.choose()
	for _, source := range s.sources {
		if err := s.survey(ctx, source); err != nil {
			return err
		}
	}
	if len(s.pieces)+len(s.copies) == 0 {
		return fmt.Errorf("%w: %s: nothing was found that could be salvaged", persist.ErrDamaged, s.dir.Path())
	}
	return s.rebuild()
}

// lost reports a loss.
func (s *salvager) lost(file string, offset, bytes int64, why string) {
	s.report.Lost = append(s.report.Lost, Loss{file, offset, bytes, why})
}

func (s *salvager) sortLosses() {
	slices.SortStableFunc(s.report.Lost, func(a, b Loss) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset))
	})
}
