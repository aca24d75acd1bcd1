package main

import (
	"errors"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

func (p *program) check(args []string) error {
	dir, err := parseDir(args)
	if err != nil {
		return err
	}
	info, err := p.inspect(dir)
	if errors.Is(err, persist.ErrDamaged) {
		return errors.Join(p.printDamage(err), persist.ErrDamaged)
	}
	if err != nil {
		return err
	}
	s := statOf(info)
	if err := p.printNotes(s); err != nil {
		return err
	}
	if info.Skipped != nil {
		err := p.printDamage(info.Skipped)
		return errors.Join(err, p.print("nothing is lost: an older snapshot and its logs have all that it had\n"), persist.ErrDamaged)
	}
	return p.print("ok: revision %d, %s, %s, %s\n", s.Revision,
		plural(int64(s.Rows), "row"), plural(int64(len(s.Files)), "file"), plural(s.Bytes, "byte"))
}

// printNotes reports what a crash may have left, which is not damage.
func (p *program) printNotes(s *stat) error {
	var errs []error
	if s.Torn != nil {
		errs = append(errs, p.print("torn tail: %v\n", s.Torn))
	}
	for _, f := range s.Files {
		if !f.Used {
			errs = append(errs, p.print("not in use, and not checked: %s\n", f.Name))
		}
	}
	return errors.Join(errs...)
}

// printDamage prints one problem on each line.
func (p *program) printDamage(err error) error {
	return p.print("%s\n", strings.ReplaceAll(err.Error(), persist.ErrDamaged.Error()+": ", "damaged: "))
}
