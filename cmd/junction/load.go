package main

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

func (p *program) loadInto(args []string) error {
	names, err := parse(newFlags(), args, "FILE", "DIR")
	if err != nil {
		return err
	}
	file, dir := names[0], names[1]
	if err := mustBeNew(dir); err != nil {
		return err
	}
	in := io.Reader(os.Stdin)
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	rows, revision, err := p.build(dir, in)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return p.print("ok: %s, revision %d\n", plural(int64(rows), "row"), revision)
}

// mustBeNew returns an error if there is something in a directory.
func mustBeNew(dir string) error {
	entries, err := os.ReadDir(dir)
	if err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is not empty", dir)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}

// build makes a directory of what dump has written. It is there when it is whole, or not at all.
func (p *program) build(dir string, in io.Reader) (rows int, revision uint64, err error) {
	beside := filepath.Clean(dir) + "." + rand.Text()[:8] + ".tmp"
	defer os.RemoveAll(beside)
	r := &exactReader{in: bufio.NewReaderSize(in, 64<<10)}
	h, err := r.header()
	if err != nil {
		return 0, 0, err
	}
	revision, err = p.fill(beside, &h.Schema, r)
	if err != nil {
		return 0, 0, err
	}
	info, err := p.inspect(beside)
	if err != nil {
		return 0, 0, err
	}
	for _, n := range info.Rows {
		rows += n
	}
	if rows != r.rows {
		return 0, 0, fmt.Errorf("%w: of %d rows, %d have the key of another one", errMalformed, r.rows, r.rows-rows)
	}
	if err := os.Remove(dir); err != nil && !errors.Is(err, os.ErrNotExist) { // empty, or it stays
		return 0, 0, err
	}
	return rows, revision, os.Rename(beside, dir)
}

// fill makes a store of the rows that are to come, a commit for each piece of them.
func (p *program) fill(dir string, s *persist.Schema, r *exactReader) (revision uint64, err error) {
	defer p.stderr.clear()
	store := filestore.New(dir, p.options())
	if _, err := store.Load(p.ctx, s, nothing{}); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for ended := false; !ended; {
		batches := make([]rowBatch, len(s.Relations))
		if ended, err = readPiece(r, s, batches); err != nil {
			return 0, err
		}
		c := &persist.Commit{Revision: revision + 1}
		for i := range batches {
			if batches[i].relation = i; batches[i].Len() > 0 {
				c.Batches = append(c.Batches, &batches[i])
			}
		}
		if len(c.Batches) == 0 {
			break
		}
		if err := store.Append(p.ctx, []*persist.Commit{c}); err != nil {
			return 0, err
		}
		revision++
	}
	return revision, store.Compact(p.ctx)
}

// pieceBytes is about how large a commit is.
const pieceBytes = 4 << 20

// readPiece reads rows for a commit, and reports whether they were the last.
func readPiece(r *exactReader, s *persist.Schema, batches []rowBatch) (ended bool, err error) {
	for size := 0; size < pieceBytes; {
		relation, key, value, err := r.row(s)
		switch err {
		case nil:
			batches[relation].add(key, value)
			size += len(key) + len(value) + 32
		case io.EOF:
			return true, nil
		default:
			return false, err
		}
	}
	return false, nil
}

// nothing is the persist.Loader of a new store.
type nothing struct{}

func (nothing) LoadBinary(int, []byte, []byte) error { return errors.New("the new store has rows") }
func (nothing) LoadColumns(int, []any) error         { return errors.New("the new store has rows") }

// rowBatch is a persist.Batch of rows to put.
type rowBatch struct {
	relation     int
	keys, values [][]byte
}

func (b *rowBatch) add(key, value []byte) {
	b.keys, b.values = append(b.keys, slices.Clone(key)), append(b.values, slices.Clone(value))
}

func (b *rowBatch) Relation() int    { return b.relation }
func (b *rowBatch) Len() int         { return len(b.keys) }
func (b *rowBatch) Deleted(int) bool { return false }

func (b *rowBatch) AppendBinary(key, value []byte, i int) (k, v []byte) {
	return append(key, b.keys[i]...), append(value, b.values[i]...)
}

func (b *rowBatch) AppendColumns([]any, int) []any { panic("a file store takes bytes") }

func (b *rowBatch) AppendBefore(before []any, _ int) ([]any, bool) { return before, false }
