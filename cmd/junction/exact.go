package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
)

// The exact format holds a directory as it is: JSON lines, of which the first is a header, the last
// an ending, and those between are rows, as the bytes that the store has.

// exact is the name of the format, and exactVersion is in the header.
const (
	exact        = "exact"
	exactVersion = 1
)

type exactHeader struct {
	Version  int            `json:"junction"`
	Revision uint64         `json:"revision"`
	Schema   persist.Schema `json:"schema"`
}

type exactRow struct {
	Relation *int   `json:"relation"`
	Key      []byte `json:"key"`
	Value    []byte `json:"value,omitempty"`
}

// exactLine is a row, or the ending, which tells a file that was cut off.
type exactLine struct {
	exactRow
	Rows *int `json:"rows"`
}

func (p *program) writeExact(w io.Writer, o dumpOptions, info *filestore.Info) error {
	b := bufio.NewWriterSize(w, 64<<10)
	enc := newJSON(b)
	if err := enc.Encode(exactHeader{exactVersion, info.Revision, info.Schema}); err != nil {
		return err
	}
	d := &exactDumper{enc, 0}
	if err := p.load(o.dir, info, d); err != nil {
		return err
	}
	return errors.Join(enc.Encode(exactEnding{d.rows}), b.Flush())
}

type exactEnding struct {
	Rows int `json:"rows"`
}

// exactDumper is a persist.Loader that writes rows as they are.
type exactDumper struct {
	*json.Encoder
	rows int
}

func (d *exactDumper) LoadBinary(relation int, key, value []byte) error {
	d.rows++
	return d.Encode(exactRow{&relation, key, value})
}

func (d *exactDumper) LoadColumns(int, []any) error { panic("a file store gives bytes") }

// exactReader reads the format.
type exactReader struct {
	in   *bufio.Reader
	line int
	rows int
}

// errMalformed says that the input of load is not what dump has written.
var errMalformed = errors.New("malformed input")

func (r *exactReader) malformed(format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %w", errMalformed, r.line, fmt.Errorf(format, args...))
}

// next reads a line into a value; without one it returns io.EOF.
func (r *exactReader) next(to any) error {
	text, err := r.in.ReadBytes('\n')
	if err != nil && (err != io.EOF || len(text) == 0) {
		return err
	}
	r.line++
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(to); err != nil {
		return r.malformed("%w", err)
	}
	if len(bytes.TrimSpace(text[dec.InputOffset():])) > 0 {
		return r.malformed("there is more behind the object")
	}
	return nil
}

func (r *exactReader) header() (h exactHeader, err error) {
	err = r.next(&h)
	switch {
	case err == io.EOF:
		return h, fmt.Errorf("%w: it is empty", errMalformed)
	case err != nil || h.Version == 0:
		return h, errors.Join(r.malformed("this is not what dump -format exact has written"), err)
	case h.Version != exactVersion:
		return h, r.malformed("version %d is unknown; a later version of this program has written it", h.Version)
	}
	return h, nil
}

// row reads a row, and returns io.EOF behind the last one.
func (r *exactReader) row(s *persist.Schema) (relation int, key, value []byte, err error) {
	var l exactLine
	switch err := r.next(&l); {
	case err == io.EOF:
		return 0, nil, nil, fmt.Errorf("%w: it ends after line %d, and was cut off", errMalformed, r.line)
	case err != nil:
		return 0, nil, nil, err
	case l.Rows != nil:
		return 0, nil, nil, r.ending(*l.Rows)
	case l.Relation == nil || *l.Relation < 0 || *l.Relation >= len(s.Relations):
		return 0, nil, nil, r.malformed("the row is of none of the %d relations", len(s.Relations))
	}
	r.rows++
	if _, _, _, err := decode(&s.Relations[*l.Relation], l.Key, l.Value); err != nil {
		return 0, nil, nil, r.malformed("%v", err) // no directory is damaged
	}
	return *l.Relation, l.Key, l.Value, nil
}

// ending compares the number of rows, and returns io.EOF.
func (r *exactReader) ending(rows int) error {
	if rows != r.rows {
		return r.malformed("there are %d rows, and were %d", r.rows, rows)
	}
	switch _, err := r.in.ReadByte(); err {
	case nil:
		return r.malformed("there is more behind the last line")
	default:
		return err
	}
}
