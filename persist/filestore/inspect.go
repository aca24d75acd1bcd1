package filestore

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// Info is what a store holds.
type Info struct {
	Schema   persist.Schema // as recorded; Load accepts it
	Revision uint64
	Rows     []int // for each relation of Schema
	Files    []FileInfo
	Torn     *TornTail // what the next Load would cut off
	// Skipped is the damage of a snapshot that Load does not need, because an older one and its
	// logs have all its rows.
	Skipped error
}

// FileInfo is a file of a store.
type FileInfo struct {
	Name  string
	Bytes int64
	// Revision is the one that a snapshot shows, or the first one that a log can hold.
	Revision uint64
	Used     bool // Load reads it. It removes or ignores other files
}

// Inspect verifies all files that Load would read and returns what they hold. It needs no schema,
// takes no lock and changes nothing, so it also works on a read-only file system. The result is
// only valid if no program has the store open.
func Inspect(ctx context.Context, dir string, opts *Options) (*Info, error) {
	o := opts.withDefaults()
	d, err := openDir(o.fs, dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	l, err := list(d)
	if err != nil {
		return nil, err
	}
	v := &view{dir: d}
	defer v.close()
	if err := v.read(ctx, l); err != nil {
		return nil, err
	}
	info := &Info{Schema: v.schema, Revision: v.revision, Skipped: v.skipped, Torn: v.torn()}
	m := o.meter("inspect", v.rows())
	for i := range v.schema.Relations {
		n := 0
		if err := merge(ctx, v.runs[i], m, func(_, _ []byte) error { n++; return nil }); err != nil {
			return nil, err
		}
		info.Rows = append(info.Rows, n)
	}
	m.say()
	info.Files, err = v.describe(l)
	return info, err
}

// describe lists the files of a directory.
func (v *view) describe(l listing) (infos []FileInfo, err error) {
	for _, n := range l.snapshots {
		infos = append(infos, FileInfo{Name: snapshotFile.name(n)})
	}
	for _, n := range l.logs {
		infos = append(infos, FileInfo{Name: logFile.name(n)})
	}
	for _, name := range l.temps {
		infos = append(infos, FileInfo{Name: name})
	}
	slices.SortFunc(infos, func(a, b FileInfo) int { return strings.Compare(a.Name, b.Name) })
	for i := range infos {
		if err := v.fill(&infos[i]); err != nil {
			return nil, err
		}
	}
	return infos, nil
}

func (v *view) fill(info *FileInfo) (err error) {
	if f := v.used(info.Name); f != nil {
		info.Used, info.Bytes, info.Revision = true, f.size, f.header.before
		if f.header.kind == logFile {
			info.Revision++
		}
		return nil
	}
	info.Bytes, err = sizeOf(v.dir, info.Name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// used returns the file of a name if it was read, and otherwise nil.
func (v *view) used(name string) *file {
	for _, f := range append([]*file{v.snapshot}, v.logs...) {
		if f != nil && filepath.Base(f.path) == name {
			return f
		}
	}
	return nil
}

func sizeOf(dir vfs.Dir, name string) (int64, error) {
	f, err := dir.Open(name)
	if err != nil {
		return 0, err
	}
	size, err := f.Size()
	return size, errors.Join(err, f.Close())
}
