package main

import (
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist/filestore"
)

// errLost says that a copy is not what the original was.
var errLost = errors.New("something was left out")

func (p *program) salvage(args []string) error {
	dirs, err := parse(newFlags(), args, "FROM", "TO")
	if err != nil {
		return err
	}
	from, to := dirs[0], dirs[1]
	if isInside(to, from) {
		return usageError(fmt.Sprintf("%s is in %s, which must stay as it is", to, from))
	}
	release, err := hold(from)
	if err != nil {
		return err
	}
	defer release()
	r, err := filestore.Salvage(p.ctx, from, to, p.options())
	p.stderr.clear()
	if r == nil {
		return err
	}
	if err := errors.Join(p.printLost(r), err); err != nil {
		return err
	}
	return p.printSalvaged(r)
}

func (p *program) printLost(r *filestore.Report) error {
	for _, l := range r.Lost {
		what := "left out"
		if l.Bytes == 0 {
			what = "missing"
		}
		if err := p.print("%s: %v\n", what, l); err != nil {
			return err
		}
	}
	return nil
}

// printSalvaged says what is in the copy, and how far it is to be trusted.
func (p *program) printSalvaged(r *filestore.Report) error {
	for i, rel := range r.Schema.Relations {
		if err := p.print("copied: relation %s, %s\n", visible(rel.Name), plural(int64(r.Rows[i]), "row")); err != nil {
			return err
		}
	}
	switch {
	case !r.Exact:
		err := p.print("up to revision %d, but not as it was then: rows may be missing, and deleted ones be back\n", r.Revision)
		return errors.Join(err, errLost)
	case len(r.Lost) > 0:
		return errors.Join(p.print("as it was at revision %d\n", r.Revision), errLost)
	}
	return p.print("ok: revision %d\n", r.Revision)
}
