package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

func (p *program) dump(args []string) error {
	o, err := parseDump(args)
	if err != nil {
		return err
	}
	info, err := p.inspect(o.dir)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return p.writeExact(w, o, info) }
	if o.format != exact {
		relation, err := choose(&info.Schema, o.relation)
		if err != nil {
			return err
		}
		write = func(w io.Writer) error { return p.writeRelation(w, o, info, relation) }
	}
	if o.output != "" {
		return writeFile(o.output, write)
	}
	p.stderr.on = p.stderr.on && !isTerminal(p.stdout) // no progress between rows
	return write(p.stdout)
}

type dumpOptions struct {
	relation, format, output, dir string
}

func parseDump(args []string) (o dumpOptions, err error) {
	flags := newFlags()
	flags.StringVar(&o.relation, "relation", "", "")
	flags.StringVar(&o.format, "format", "jsonl", "")
	flags.StringVar(&o.output, "o", "", "")
	dirs, err := parse(flags, args, "DIR")
	if err != nil {
		return o, err
	}
	o.dir = dirs[0]
	switch {
	case o.format == exact && o.relation != "":
		return o, usageError("-format exact is of all relations, and takes no -relation")
	case o.format != exact && formats[o.format] == nil:
		return o, usageError(fmt.Sprintf("-format is jsonl, csv, dot or exact, not %q", o.format))
	case o.output != "" && isInside(o.output, o.dir):
		return o, usageError(fmt.Sprintf("-o %s is in %s, which may hold nothing else", o.output, o.dir))
	}
	return o, nil
}

// choose returns the index of the relation with a name, or of the only one.
func choose(s *persist.Schema, name string) (int, error) {
	var names []string
	for _, r := range s.Relations {
		names = append(names, r.Name)
	}
	switch i := s.Index(name); {
	case len(names) == 0:
		return 0, errors.New("there are no relations")
	case i >= 0:
		return i, nil
	case name != "":
		return 0, fmt.Errorf("there is no relation %q, but %q", name, names)
	case len(names) > 1:
		return 0, fmt.Errorf("-relation must say which one: %q", names)
	}
	return 0, nil
}

func (p *program) writeRelation(w io.Writer, o dumpOptions, info *filestore.Info, relation int) error {
	b := bufio.NewWriterSize(w, 64<<10)
	shape := &info.Schema.Relations[relation]
	d := &dumper{relation, shape, formats[o.format](b, shape)}
	if err := d.to.begin(); err != nil {
		return err
	}
	if err := p.load(o.dir, info, d); err != nil {
		return err
	}
	return errors.Join(d.to.end(), b.Flush())
}

// load gives all rows to a loader. It fails if the directory changed since the inspection.
func (p *program) load(dir string, info *filestore.Info, d persist.Loader) error {
	defer p.stderr.clear()
	opts := p.options()
	opts.ReadOnly = true
	store := filestore.New(dir, opts)
	revision, err := store.Load(p.ctx, &info.Schema, d)
	switch {
	case errors.Is(err, persist.ErrSchema), err == nil && revision != info.Revision:
		return errChanged
	case err != nil:
		return err
	}
	return store.Close()
}

var errChanged = errors.New("somebody has changed the directory meanwhile; try again")

// dumper is a persist.Loader that writes the rows of one relation.
type dumper struct {
	relation int
	shape    *persist.Relation
	to       format
}

func (d *dumper) LoadBinary(relation int, key, value []byte) error {
	if relation != d.relation {
		return nil
	}
	return d.write(key, value)
}

func (d *dumper) LoadColumns(int, []any) error { panic("a file store gives bytes") }

func (d *dumper) write(key, value []byte) error {
	left, right, through, err := decode(d.shape, key, value)
	if err != nil {
		return err
	}
	return d.to.row(plain(left), plain(right), plain(through))
}

// decode returns what a row holds.
func decode(shape *persist.Relation, key, value []byte) (left, right, through any, err error) {
	l, r, err := codec.SplitKey(shape.Left, key)
	if err != nil {
		return nil, nil, nil, unreadable(key, err)
	}
	left, err1 := codec.Value(shape.Left, l)
	right, err2 := codec.Value(shape.Right, r)
	through, err3 := codec.Value(shape.Through, value)
	if err := errors.Join(err1, err2, err3); err != nil {
		return nil, nil, nil, unreadable(key, err)
	}
	return left, right, through, nil
}

func unreadable(key []byte, err error) error {
	return fmt.Errorf("%w: the row with the key %x cannot be read: %w", persist.ErrDamaged, key, err)
}
