package filestore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/seed-250bd433/junction/persist"
)

// Backup copies a store that is open into a new store in another directory, which must not exist or
// be empty. The copy has all commits that were appended before the call; those that are appended
// meanwhile do not wait, and may be left out. It reads everything and writes the live rows, as
// Compact does. A backup that failed or was interrupted can be tried again in the same directory.
func (s *Store) Backup(ctx context.Context, to string) error {
	if s.opts.ReadOnly {
		return ErrReadOnly
	}
	ctx, done, err := s.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := s.sealNow(); err != nil {
		return err
	}
	c := s.compaction()
	v := &view{dir: s.home}
	defer v.close()
	if err := c.read(ctx, v); err != nil {
		return fmt.Errorf("junction: %s: no backup was made: %w", s.path, err)
	}
	return v.backup(ctx, s.path, to, &s.opts)
}

// Backup copies a store that nobody has open into a new store in another directory, which must not
// exist or be empty. It changes nothing in the first directory, which may be read-only.
func Backup(ctx context.Context, from, to string, opts *Options) error {
	o := opts.withDefaults()
	dir, release, err := openShared(o.fs, from)
	if err != nil {
		return err
	}
	defer release()
	l, err := list(dir)
	if err != nil {
		return err
	}
	v := &view{dir: dir}
	defer v.close()
	if err := v.read(ctx, l); err != nil {
		return err
	}
	return v.backup(ctx, from, to, &o)
}

// backup writes what the view shows as a new store. It has an identity of its own, so that files of
// the two do not mix when both are written to.
func (v *view) backup(ctx context.Context, from, to string, o *Options) error {
	if contains(from, to) {
		return fmt.Errorf("junction: %s is in the directory %s, which is the store's alone: back up into another", to, from)
	}
	home, err := claimHome(o.fs, to)
	if err != nil {
		return err
	}
	_, err = v.writeSnapshot(ctx, home, 1, newStoreID(), &v.schema, o.meter("backup", v.rows()))
	return errors.Join(err, home.Close())
}

// contains reports whether a path is a directory or in it, as far as the file system tells.
func contains(dir, path string) bool {
	rel, err := filepath.Rel(resolved(dir), resolved(path))
	return err == nil && filepath.IsLocal(rel)
}

// resolved returns a path without links, where it leads to something.
func resolved(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if dir := filepath.Dir(path); dir != path {
		return filepath.Join(resolved(dir), filepath.Base(path))
	}
	return path
}

// RenameRelation gives a relation of a store that nobody has open another name, and returns how
// many rows it has. The rows of all relations are written anew, in one step: after a crash the
// relation has either name. A program that declares the old name finds no rows of it.
func RenameRelation(ctx context.Context, dir, from, to string, opts *Options) (rows int, err error) {
	return rewrite(ctx, dir, from, opts, func(v *view, i int) error {
		switch {
		case to == "":
			return errors.New("junction: the new name of the relation is empty")
		case v.schema.Index(to) >= 0:
			return fmt.Errorf("junction: %s has a relation %q already", dir, to)
		}
		v.schema.Relations[i].Name = to
		return nil
	})
}

// DropRelation removes a relation with its rows from a store that nobody has open, and returns how
// many there were. The rows of all other relations are written anew, in one step: after a crash the
// relation is there or not.
func DropRelation(ctx context.Context, dir, name string, opts *Options) (rows int, err error) {
	return rewrite(ctx, dir, name, opts, func(v *view, i int) error {
		v.schema.Relations = append(v.schema.Relations[:i:i], v.schema.Relations[i+1:]...)
		v.runs = append(v.runs[:i:i], v.runs[i+1:]...)
		return nil
	})
}

// rewrite writes a snapshot of a store in which a relation is changed, and returns how many rows
// the relation has.
func rewrite(ctx context.Context, path, relation string, opts *Options, change func(*view, int) error) (rows int, err error) {
	o := opts.withDefaults()
	dir, err := openDir(o.fs, path)
	if err != nil {
		return 0, err
	}
	h, err := lockHome(o.fs, dir)
	if err != nil {
		return 0, errors.Join(err, dir.Close())
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	l, err := list(h)
	if err != nil {
		return 0, err
	}
	v := &view{dir: h}
	defer v.close()
	if err := v.read(ctx, l); err != nil {
		return 0, err
	}
	i := v.schema.Index(relation)
	if i < 0 {
		return 0, fmt.Errorf("%w: %s has no relation %q", persist.ErrSchema, path, relation)
	}
	if rows, err = v.count(ctx, i); err != nil {
		return 0, err
	}
	if err := change(v, i); err != nil {
		return 0, err
	}
	return rows, v.replace(ctx, h, l, &o)
}

// replace writes what the view shows as a snapshot that replaces all files. It skips a number, so
// that if the snapshot turns out to be damaged, the files before it are not taken for it.
func (v *view) replace(ctx context.Context, h *home, l listing, o *Options) error {
	number := max(l.lastLog(), l.lastSnapshot()) + 2
	_, err := v.writeSnapshot(ctx, h, number, v.store, &v.schema, o.meter("rewrite", v.rows()))
	if err != nil {
		return err
	}
	return h.removeAll(append(l.temps, l.before(number)...))
}
