package transfer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction"
)

// WriteCSV writes the edges of a relation as CSV, in their order.
func WriteCSV[A, B, T any](w io.Writer, m *junction.ManyToMany[A, B, T]) error {
	columns, err := columnsOf[A, B, T]()
	if err != nil {
		return err
	}
	out := csv.NewWriter(w)
	if err := out.Write(columns.names()); err != nil {
		return err
	}
	cells := make([]string, len(columns))
	for e := range m.Edges() {
		if err := columns.write(cells, reflect.ValueOf(&e).Elem()); err != nil {
			return unwritable(m, e.Left, e.Right, err)
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// ReadCSV adds the edges in CSV to a relation. An edge that is there already gets the value that
// was read. A column of the through value may be missing, and is zero then; one that is not known
// is an error.
func ReadCSV[A, B, T any](r io.Reader, m *junction.ManyToMany[A, B, T], o *Options) (junction.Counts, error) {
	columns, err := columnsOf[A, B, T]()
	if err != nil {
		return junction.Counts{}, err
	}
	return add(m, func(yield func(junction.Edge[A, B, T], error) bool) {
		in := csv.NewReader(r)
		in.ReuseRecord = true
		columns, err := columns.header(in)
		for err == nil {
			var e junction.Edge[A, B, T]
			var cells []string
			if cells, err = in.Read(); err == io.EOF {
				return
			}
			if err == nil {
				err = columns.read(in, cells, reflect.ValueOf(&e).Elem())
			} else {
				err = unread(err)
			}
			if err == nil && !yield(e, nil) {
				return
			}
		}
		yield(junction.Edge[A, B, T]{}, err)
	}, o)
}

// unread returns an error of a csv.Reader, which names the line if the input is malformed.
func unread(err error) error {
	if bad := (*csv.ParseError)(nil); errors.As(err, &bad) {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return fmt.Errorf("junction/transfer: %w", err)
}

// column is a column, and where in an edge its value is.
type column struct {
	name  string
	index []int
	cell  cell
}

type columns []column

// columnsOf returns the columns of edges of some types.
func columnsOf[A, B, T any]() (columns, error) {
	edge := reflect.TypeFor[junction.Edge[A, B, T]]()
	c := columns{
		{"left", []int{0}, cellOf(edge.Field(0).Type)},
		{"right", []int{1}, cellOf(edge.Field(1).Type)},
	}
	switch through := edge.Field(2).Type; {
	case through.Kind() == reflect.Struct && !isText(through):
		for i := range through.NumField() {
			if name, ok := columnName(through.Field(i)); ok {
				c = append(c, column{name, []int{2, i}, cellOf(through.Field(i).Type)})
			}
		}
	default:
		c = append(c, column{"through", []int{2}, cellOf(through)})
	}
	names := c.names()
	slices.Sort(names)
	if len(slices.Compact(names)) < len(c) {
		return nil, fmt.Errorf("junction/transfer: two columns have one name: %q", c.names())
	}
	return c, nil
}

// columnName returns the name of a field's column, and whether it has one.
func columnName(f reflect.StructField) (string, bool) {
	tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	switch {
	case !f.IsExported() || tag == "-":
		return "", false
	case tag != "":
		return tag, true
	}
	return f.Name, true
}

func (c columns) names() (names []string) {
	for i := range c {
		names = append(names, c[i].name)
	}
	return names
}

// write fills the cells of an edge.
func (c columns) write(cells []string, edge reflect.Value) (err error) {
	for i, column := range c {
		if cells[i], err = column.cell.write(edge.FieldByIndex(column.index)); err != nil {
			return fmt.Errorf("column %q: %w", column.name, err)
		}
		if strings.Contains(cells[i], "\r\n") {
			return fmt.Errorf("column %q: CSV cannot hold a carriage return before a line feed", column.name)
		}
	}
	return nil
}

// header reads the first row and returns the columns in the order of the input.
func (c columns) header(in *csv.Reader) (columns, error) {
	names, err := in.Read()
	if err == io.EOF {
		return nil, malformed(1, errors.New("there is no row that names the columns"))
	}
	if err != nil {
		return nil, unread(err)
	}
	var sorted columns
	for i, name := range names {
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff")
		}
		at := slices.IndexFunc(c, func(c column) bool { return c.name == name })
		if at < 0 {
			return nil, malformed(1, fmt.Errorf("column %q is none of %q", name, c.names()))
		}
		if slices.Contains(sorted.names(), name) {
			return nil, malformed(1, fmt.Errorf("column %q is there twice", name))
		}
		sorted = append(sorted, c[at])
	}
	for _, key := range []string{"left", "right"} {
		if !slices.Contains(sorted.names(), key) {
			return nil, malformed(1, fmt.Errorf("column %q is missing", key))
		}
	}
	return sorted, nil
}

// read makes an edge of cells.
func (c columns) read(in *csv.Reader, cells []string, edge reflect.Value) error {
	for i, column := range c {
		if err := column.cell.read(cells[i], edge.FieldByIndex(column.index)); err != nil {
			line, _ := in.FieldPos(i)
			return malformed(line, fmt.Errorf("column %q: %w", column.name, err))
		}
	}
	return nil
}
