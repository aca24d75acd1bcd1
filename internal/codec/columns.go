package codec

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unsafe"

	"github.com/seed-250bd433/junction/persist"
)

// column is a column of a value, by functions that take a pointer to the field, or to the value
// itself.
type column struct {
	persist.Column         // without a name: of the value itself
	offset         uintptr // of the field
	read           func(p unsafe.Pointer) (any, error)
	write          func(p unsafe.Pointer, x any) error // *p is zero
}

// Columns returns the columns of a value called name; none if values cannot be stored as columns.
//
// A struct has a column for each field, named by the tag db or by the field's name in snake case;
// the fields of an embedded struct are its own. Fields of other than the basic types, and values
// that are neither structs nor basic, are JSON, unless their type has a form of its own. The first
// of these pairs that it implements decides: driver.Valuer and sql.Scanner, encoding.TextMarshaler
// and TextUnmarshaler, BinaryMarshaler and BinaryUnmarshaler. An array of n bytes without a form of
// its own is a column of n bytes; one of 16 is a UUID, which is also accepted as text: as 32
// hexadecimal digits, with hyphens or without. A pointer to any of these but JSON is nullable.
func (c *Codec) Columns(name string) []persist.Column {
	columns := make([]persist.Column, len(c.columns))
	for i := range columns {
		columns[i] = c.columns[i].Column
		if columns[i].Name == "" {
			columns[i].Name = name
		}
	}
	return columns
}

// Width returns the number of columns.
func (c *Codec) Width() int { return len(c.columns) }

// AppendColumns appends the columns of *v. They share memory with it. If it fails it returns
// columns as they were.
func (c *Codec) AppendColumns(columns []any, v unsafe.Pointer) ([]any, error) {
	if c.columnsErr != nil {
		return columns, c.columnsErr
	}
	all := columns
	for i := range c.columns {
		column := &c.columns[i]
		x, err := column.read(unsafe.Add(v, column.offset))
		if err != nil {
			return columns, column.wrap(err)
		}
		all = append(all, x)
	}
	return all, nil
}

// FromColumns is the inverse of AppendColumns. It sets *v, to zero if it fails, and keeps none of
// the columns. It takes all that drivers make of the values. The error of a value that it does not
// take is a *persist.ColumnError.
func (c *Codec) FromColumns(columns []any, v unsafe.Pointer) error {
	c.zero(v)
	switch {
	case c.columnsErr != nil:
		return c.columnsErr
	case len(columns) != len(c.columns):
		return fmt.Errorf("%d columns, not %d", len(columns), len(c.columns))
	}
	for i := range c.columns {
		column := &c.columns[i]
		if err := column.write(unsafe.Add(v, column.offset), columns[i]); err != nil {
			c.zero(v)
			return &persist.ColumnError{Column: i, Name: column.Name, Value: columns[i], Err: err}
		}
	}
	return nil
}

func (c *column) wrap(err error) error {
	if c.Name == "" {
		return err
	}
	return fmt.Errorf("column %q: %w", c.Name, err)
}

func columnsOf(t reflect.Type) ([]column, error) {
	if plainKind(t) == persist.Empty {
		return nil, nil
	}
	if !isFlat(t) {
		c, err := columnOf(t.String(), t)
		if err != nil {
			return nil, err
		}
		return []column{c}, nil
	}
	s := structColumns{names: map[string]string{}}
	if err := s.add(t.String(), t, 0); err != nil {
		return nil, err
	}
	return s.columns, nil
}

// isFlat reports whether a type is a struct that is stored by its fields.
func isFlat(t reflect.Type) bool {
	_, scalar := scalarOf(t)
	return t.Kind() == reflect.Struct && !scalar && !jsonPair.of(t)
}

type structColumns struct {
	columns []column
	names   map[string]string // in lower case, as databases compare them: the field
}

// add adds the columns of a struct that stands at an offset.
func (s *structColumns) add(path string, t reflect.Type, offset uintptr) error {
	for i := range t.NumField() {
		f := t.Field(i)
		at, offset := path+"."+f.Name, offset+f.Offset
		name, _, _ := strings.Cut(f.Tag.Get("db"), ",")
		var err error
		switch {
		case f.Name == "_" || name == "-" || plainKind(f.Type) == persist.Empty:
		case f.Anonymous && name == "" && isFlat(f.Type):
			err = s.add(at, f.Type, offset)
		case !f.IsExported():
			err = refuseColumn(at, "is not exported")
		case f.Anonymous && name == "" && f.Type.Kind() == reflect.Pointer && isFlat(f.Type.Elem()):
			err = refuseColumn(at, "is an embedded pointer to a struct, whose columns could not tell whether it is nil")
		default:
			err = s.field(at, f, name, offset)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *structColumns) field(path string, f reflect.StructField, name string, offset uintptr) error {
	if name == "" {
		name = snake(f.Name)
	}
	if other, taken := s.names[strings.ToLower(name)]; taken {
		return refuseColumn(path, "has the column name of "+other)
	}
	s.names[strings.ToLower(name)] = path
	c, err := columnOf(path, f.Type)
	c.Name, c.offset = name, offset
	s.columns = append(s.columns, c)
	return err
}

func refuseColumn(path, what string) error {
	return fmt.Errorf("%s %s (leave it out by the tag `db:\"-\"`, or implement driver.Valuer and sql.Scanner)", path, what)
}

// snake returns a Go name as SQL has names: UserID is user_id, and HTTPServer is http_server.
func snake(name string) string {
	var b strings.Builder
	r := []rune(name)
	for i, c := range r {
		if i > 0 && unicode.IsUpper(c) && (!unicode.IsUpper(r[i-1]) || i+1 < len(r) && unicode.IsLower(r[i+1])) && r[i-1] != '_' {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// columnOf returns the one column of a type.
func columnOf(path string, t reflect.Type) (column, error) {
	if c, ok := scalarOf(t); ok {
		return c, nil
	}
	w, err := jsonFormat.walk(path, t)
	if err != nil {
		return column{}, err
	}
	return jsonColumn(t, w), nil
}

// scalarOf returns the column of a type that has one without JSON.
func scalarOf(t reflect.Type) (column, bool) {
	switch kind := plainKind(t); {
	case t == timeType:
		return timeColumn(t), true
	case driverPair.of(t):
		return driverColumn(t), true
	case t == rawJSONType || kind == persist.Empty:
		return column{}, false
	case kind != "":
		c := plainColumns[t.Kind()](t)
		c.Kind = kind
		return c, true
	case textPair.of(t):
		return textColumn(t), true
	case binaryPair.of(t):
		return binaryColumn(t), true
	case t.Kind() == reflect.Array && t.Elem().Kind() == reflect.Uint8:
		return arrayColumn(t), true
	case t.Kind() == reflect.Pointer && t.Elem().Kind() != reflect.Pointer:
		c, ok := scalarOf(t.Elem())
		return nullable(t, c), ok
	}
	return column{}, false
}
