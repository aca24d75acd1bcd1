package crashfs

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// disk is the state of a file system: what programs see, and what is durable. FS guards it.
type disk struct {
	names    map[string]*inode // what programs see, by clean path
	durable  map[string]*inode // what the disk has; with pending, it gives names
	pending  []change          // to directories, not durable, in order
	freed    [][]byte          // contents of the last removed files, which may reappear
	capacity int64             // in bytes; 0 means no limit
}

// maxFreed is how many removed files the disk remembers.
const maxFreed = 8

// change is what one operation does to names. It happens as a whole or not at all.
type change []entry

// entry is a name and its new inode; nil removes the name.
type entry struct {
	name  string
	inode *inode
}

func newDisk() disk {
	return disk{names: map[string]*inode{}, durable: map[string]*inode{}}
}

func (c change) apply(names map[string]*inode) {
	for _, e := range c {
		if e.inode == nil {
			delete(names, e.name)
		} else {
			names[e.name] = e.inode
		}
	}
}

// touches reports whether a change has one of some names.
func (c change) touches(names func(string) bool) bool {
	return slices.ContainsFunc(c, func(e entry) bool { return names(e.name) })
}

// mark adds the names of a change to a set.
func (c change) mark(set map[string]bool) {
	for _, e := range c {
		set[e.name] = true
	}
}

// isRoot reports whether a path is a root, which always exists.
func isRoot(path string) bool { return filepath.Dir(path) == path }

// file finds a file.
func (d *disk) file(name string) (*inode, error) {
	n := d.names[name]
	switch {
	case isRoot(name) || n != nil && n.dir:
		return nil, syscall.EISDIR
	case n == nil:
		return nil, fs.ErrNotExist
	}
	return n, nil
}

// hasDir returns an error unless a directory exists.
func (d *disk) hasDir(name string) error {
	n := d.names[name]
	switch {
	case isRoot(name):
		return nil
	case n == nil:
		return fs.ErrNotExist
	case !n.dir:
		return syscall.ENOTDIR
	}
	return nil
}

// list returns the entries of a directory, sorted.
func (d *disk) list(dir string) (entries []vfs.Entry, err error) {
	if err := d.hasDir(dir); err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(d.names)) {
		if filepath.Dir(name) == dir {
			entries = append(entries, vfs.Entry{Name: filepath.Base(name), Regular: !d.names[name].dir})
		}
	}
	return entries, nil
}

// do makes a change that is not durable.
func (d *disk) do(c change) {
	c.apply(d.names)
	d.pending = append(d.pending, c)
}

func (d *disk) add(name string, n *inode) error {
	if isRoot(name) || d.names[name] != nil {
		return fs.ErrExist
	}
	if err := d.hasDir(filepath.Dir(name)); err != nil {
		return err
	}
	d.do(change{{name, n}})
	return nil
}

func (d *disk) rename(from, to string) error {
	n, err := d.file(from)
	if err != nil {
		return err
	}
	if err := d.hasDir(filepath.Dir(to)); err != nil {
		return err
	}
	replaced, err := d.file(to)
	switch {
	case errors.Is(err, syscall.EISDIR):
		return fs.ErrExist
	case replaced == n:
		return nil
	case replaced != nil:
		d.free(replaced)
	}
	d.do(change{{from, nil}, {to, n}})
	return nil
}

func (d *disk) remove(name string) error {
	n, err := d.file(name)
	if err != nil {
		return err
	}
	d.free(n)
	d.do(change{{name, nil}})
	return nil
}

// free remembers the contents of a file that is removed.
func (d *disk) free(n *inode) {
	d.freed = append(d.freed[max(0, len(d.freed)+1-maxFreed):len(d.freed):len(d.freed)], n.data)
}

func (d *disk) syncDir(dir string) error {
	if err := d.hasDir(dir); err != nil {
		return err
	}
	d.settle(func(name string) bool { return filepath.Dir(name) == dir })
	return nil
}

// settle makes the changes to some names durable, and with them all earlier changes to the names
// that those touch: a rename from another directory brings its file.
func (d *disk) settle(names func(string) bool) {
	needed := map[string]bool{}
	var settled []change // from the last to the first
	var pending []change
	for _, c := range slices.Backward(d.pending) {
		if c.touches(func(name string) bool { return needed[name] || names(name) }) {
			c.mark(needed)
			settled = append(settled, c)
		} else {
			pending = append(pending, c)
		}
	}
	for _, c := range slices.Backward(settled) {
		c.apply(d.durable)
	}
	slices.Reverse(pending)
	d.pending = pending
}

// room returns how many more bytes fit.
func (d *disk) room() int {
	if d.capacity == 0 {
		return int(^uint(0) >> 1)
	}
	left := d.capacity
	for _, n := range d.names {
		left -= int64(len(n.data))
	}
	return int(max(left, 0))
}

// clone copies everything.
func (d *disk) clone() disk {
	copies := map[*inode]*inode{nil: nil}
	copyOf := func(n *inode) *inode {
		if _, ok := copies[n]; !ok {
			copies[n] = n.clone()
		}
		return copies[n]
	}
	to := disk{names: map[string]*inode{}, durable: map[string]*inode{}, freed: d.freed, capacity: d.capacity}
	for name, n := range d.names {
		to.names[name] = copyOf(n)
	}
	for name, n := range d.durable {
		to.durable[name] = copyOf(n)
	}
	for _, c := range d.pending {
		copied := slices.Clone(c)
		for i := range copied {
			copied[i].inode = copyOf(copied[i].inode)
		}
		to.pending = append(to.pending, copied)
	}
	return to
}

// afterPowerCut returns what the disk might show when the power comes back.
func (d *disk) afterPowerCut(rng *rand.Rand) disk {
	to := newDisk()
	to.freed, to.capacity = d.freed, d.capacity
	survivors := d.survivors(rng)
	for _, name := range slices.Sorted(maps.Keys(survivors)) {
		if to.hasDir(filepath.Dir(name)) != nil {
			continue // its directory is lost; directories sort before their entries
		}
		n := survivors[name]
		data := n.survivor(rng, d.freed)
		to.names[name] = &inode{dir: n.dir, data: data, synced: len(data)}
	}
	to.durable = maps.Clone(to.names)
	return to
}

// survivors chooses which of the pending changes happened and returns the names that result.
func (d *disk) survivors(rng *rand.Rand) map[string]*inode {
	names := maps.Clone(d.durable)
	happened := choose(rng, len(d.pending))
	undone := map[string]bool{} // names with a change that did not happen; no later one can
	for i, c := range d.pending {
		if happened(i) && !c.touches(func(name string) bool { return undone[name] }) {
			c.apply(names)
		} else {
			c.mark(undone)
		}
	}
	return names
}

// choose picks some of n changes.
func choose(rng *rand.Rand, n int) (happened func(i int) bool) {
	first := rng.IntN(n + 1)
	switch rng.IntN(4) {
	case 0:
		return func(int) bool { return false }
	case 1:
		return func(int) bool { return true }
	case 2:
		return func(i int) bool { return i < first }
	default:
		return func(int) bool { return rng.IntN(2) == 0 }
	}
}

// random returns the choices of a seed.
func random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
