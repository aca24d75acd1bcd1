package main

import (
	"errors"

	"github.com/seed-250bd433/junction/persist/filestore"
)

func (p *program) compact(args []string) error {
	dir, err := parseDir(args)
	if err != nil {
		return err
	}
	info, err := p.inspect(dir)
	if err != nil {
		return err
	}
	if len(info.Files) == 0 {
		return p.print("ok: there is nothing to compact\n")
	}
	defer p.stderr.clear()
	s := filestore.New(dir, p.options())
	if _, err := s.Load(p.ctx, &info.Schema, ignore{}); err != nil {
		return err
	}
	err = s.Compact(p.ctx)
	after := s.Stats()
	if err := errors.Join(err, s.Close()); err != nil {
		return err
	}
	return p.print("ok: revision %d, %s before, %s after\n", after.Revision,
		plural(sizeOf(info.Files), "byte"), plural(after.SnapshotBytes+after.LogBytes, "byte"))
}

// ignore is a persist.Loader that does nothing.
type ignore struct{}

func (ignore) LoadBinary(int, []byte, []byte) error { return nil }
func (ignore) LoadColumns(int, []any) error         { return nil }
