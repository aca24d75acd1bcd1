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
	relation, err := choose(&info.Schema, o.relation)
	if err != nil {
		return err
	}
	write := func(w io.Writer) error { return p.writeRelation(w, o, info, relation) }
	if o.output != "" {
		return writeFile(o.output, write)
	}
	p.stderr.on = p.stderr.on && !isTerminal(p.stdout) // where rows go by, nothing else should
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
	case formats[o.format] == nil:
		return o, usageError(fmt.Sprintf("-format is jsonl, csv or dot, not %q", o.format))
	case o.output != "" && isInside(o.output, o.dir):
		return o, usageError(fmt.Sprintf("-o %s is in %s, which may hold nothing else", o.output, o.dir))
	}
	return o, nil
}

// choose returns the place of the relation of a name, or of the only one.
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
	d := &dumper{
		relation: relation,
		shape:    &info.Schema.Relations[relation],
		left:     info.Rows[relation],
		isAs:     func() bool { return isAs(o.dir, info.Files) },
	}
	d.to = formats[o.format](b, d.shape)
	if err := d.to.begin(); err != nil {
		return err
	}
	if err := p.load(o.dir, &info.Schema, d); err != nil {
		return err
	}
	return errors.Join(d.to.end(), b.Flush())
}

// load gives the rows to a dumper. After the last one Load would go on to mend and tidy the directory: the dumper ends
// it there, by an error.
func (p *program) load(dir string, s *persist.Schema, d *dumper) error {
	if d.left == 0 {
		return nil
	}
	defer p.stderr.clear()
	store := filestore.New(dir, p.options())
	switch _, err := store.Load(p.ctx, s, d); {
	case err == nil:
		return errors.Join(errChanged, store.Close())
	case !errors.Is(err, errDone):
		return err
	}
	return nil
}

var (
	errDone    = errors.New("all rows were written")
	errChanged = errors.New("somebody has changed the directory meanwhile; try again")
)

// dumper is a persist.Loader that writes the rows of one relation.
type dumper struct {
	relation int
	shape    *persist.Relation
	left     int         // rows to come, by an inspection
	isAs     func() bool // whether the directory is as it was then; it is held while rows come
	to       format
}

func (d *dumper) LoadBinary(relation int, key, value []byte) error {
	if relation != d.relation {
		return nil
	}
	if err := d.write(key, value); err != nil {
		return err
	}
	if d.left--; d.left > 0 {
		return nil
	}
	if !d.isAs() {
		return errChanged
	}
	return errDone
}

func (d *dumper) LoadColumns(int, []any) error { panic("a file store gives bytes") }

func (d *dumper) write(key, value []byte) error {
	l, r, err := codec.SplitKey(d.shape.Left, key)
	if err != nil {
		return unreadable(key, err)
	}
	left, err1 := codec.Value(d.shape.Left, l)
	right, err2 := codec.Value(d.shape.Right, r)
	through, err3 := codec.Value(d.shape.Through, value)
	if err := errors.Join(err1, err2, err3); err != nil {
		return unreadable(key, err)
	}
	return d.to.row(plain(left), plain(right), plain(through))
}

func unreadable(key []byte, err error) error {
	return fmt.Errorf("%w: the row with the key %x cannot be read: %w", persist.ErrDamaged, key, err)
}
