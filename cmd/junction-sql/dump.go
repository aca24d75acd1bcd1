package main

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/seed-250bd433/junction/persist/sqlstore"
)

func (p *program) dump(args []string) error {
	flags, c := newFlags()
	format := flags.String("format", "jsonl", "")
	if err := c.parse(flags, args); err != nil {
		return err
	}
	begin := formats[*format]
	if begin == nil {
		return usageError(fmt.Sprintf("-format is jsonl or csv, not %q", *format))
	}
	d, err := open(p.ctx, c.address)
	if err != nil {
		return err
	}
	defer d.Close()
	t, err := p.one(d, c)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(p.stdout, 64<<10)
	row, end := begin(b, t)
	return errors.Join(p.read(d, t, row), end(), b.Flush())
}

// read gives the edges of a table to a function, as values that JSON has.
func (p *program) read(d *database, t *joinTable, row func(values []any) error) error {
	store := d.store(t, true)
	_, err := store.Load(p.ctx, t.schema(), &loader{t.columns, row})
	return errors.Join(err, store.Close())
}

// loader is a persist.Loader of one relation.
type loader struct {
	columns []sqlstore.ColumnInfo
	row     func(values []any) error
}

func (l *loader) LoadBinary(int, []byte, []byte) error { return errors.ErrUnsupported }

func (l *loader) LoadColumns(_ int, values []any) error {
	plain := make([]any, len(values))
	for i, v := range values {
		plain[i] = plainOf(l.columns[i].Kind, v)
	}
	return l.row(plain)
}

// formats begin to write: they return functions for each row and for the end.
var formats = map[string]func(w io.Writer, t *joinTable) (row func(values []any) error, end func() error){
	"jsonl": jsonLines,
	"csv":   csvTable,
}

func jsonLines(w io.Writer, t *joinTable) (row func(values []any) error, end func() error) {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return func(values []any) error {
		var value any
		if len(values) > 2 {
			fields := map[string]any{}
			for i, c := range t.columns[2:] {
				fields[c.Name] = values[i+2]
			}
			value = fields
		}
		return e.Encode(struct {
			Left    any `json:"left"`
			Right   any `json:"right"`
			Through any `json:"through"`
		}{values[0], values[1], value})
	}, func() error { return nil }
}

func csvTable(w io.Writer, t *joinTable) (row func(values []any) error, end func() error) {
	c := csv.NewWriter(w)
	var header []string
	for _, column := range t.columns {
		header = append(header, column.Name)
	}
	err := c.Write(header)
	return func(values []any) error {
			cells := make([]string, len(values))
			for i, v := range values {
				cells[i] = cell(v)
			}
			return c.Write(cells)
		}, func() error {
			c.Flush()
			return errors.Join(err, c.Error())
		}
}
