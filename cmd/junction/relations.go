package main

import (
	"fmt"

	"github.com/seed-250bd433/junction/persist/filestore"
)

func (p *program) backup(args []string) error {
	dirs, err := parse(newFlags(), args, "DIR", "TO")
	if err != nil {
		return err
	}
	if isInside(dirs[1], dirs[0]) {
		return usageError(fmt.Sprintf("%s is in %s, which may hold nothing else", dirs[1], dirs[0]))
	}
	defer p.stderr.clear()
	if err := filestore.Backup(p.ctx, dirs[0], dirs[1], p.options()); err != nil {
		return err
	}
	info, err := p.inspect(dirs[1])
	if err != nil {
		return err
	}
	s := statOf(info)
	return p.print("ok: revision %d, %s\n", s.Revision, plural(int64(s.Rows), "row"))
}

func (p *program) rename(args []string) error {
	names, err := parse(newFlags(), args, "DIR", "OLD", "NEW")
	if err != nil {
		return err
	}
	defer p.stderr.clear()
	rows, err := filestore.RenameRelation(p.ctx, names[0], names[1], names[2], p.options())
	if err != nil {
		return err
	}
	return p.print("ok: relation %s has %s\n", visible(names[2]), plural(int64(rows), "row"))
}

func (p *program) drop(args []string) error {
	names, err := parse(newFlags(), args, "DIR", "NAME")
	if err != nil {
		return err
	}
	defer p.stderr.clear()
	rows, err := filestore.DropRelation(p.ctx, names[0], names[1], p.options())
	if err != nil {
		return err
	}
	return p.print("ok: relation %s is gone, with %s\n", visible(names[1]), plural(int64(rows), "row"))
}
