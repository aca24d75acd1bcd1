package codec

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

var rawJSONType = reflect.TypeFor[json.RawMessage]()

var errNull = errors.New("NULL in a column that is not nullable")

func basicColumn(kind persist.Kind) column {
	c := column{Column: persist.Column{Kind: kind}}
	switch kind {
	case persist.Int8, persist.Int16, persist.Int32, persist.Int64:
		c.read, c.write = readInt, writeInt
	case persist.Uint8, persist.Uint16, persist.Uint32, persist.Uint64:
		c.read, c.write = readUint, writeUint
	case persist.Float32, persist.Float64:
		c.read, c.write = readFloat, writeFloat
	case persist.Bool:
		c.read, c.write = readBool, writeBool
	case persist.String:
		return stringColumn(
			func(v reflect.Value) (string, error) { return v.String(), nil },
			func(v reflect.Value, s string) error { v.SetString(s); return nil },
		)
	case persist.Bytes:
		return bytesColumn(
			func(v reflect.Value) ([]byte, error) { return v.Bytes(), nil },
			func(v reflect.Value, b []byte) error { v.SetBytes(append([]byte(nil), b...)); return nil },
		)
	}
	return c
}

func stringColumn(read func(reflect.Value) (string, error), write func(reflect.Value, string) error) column {
	return column{
		Column: persist.Column{Kind: persist.String},
		read: func(v reflect.Value) (any, error) {
			s, err := read(v)
			return s, err
		},
		write: func(v reflect.Value, x any) error {
			switch x := x.(type) {
			case string:
				return write(v, x)
			case []byte:
				return write(v, string(x))
			}
			return mismatch(v, x)
		},
	}
}

func bytesColumn(read func(reflect.Value) ([]byte, error), write func(reflect.Value, []byte) error) column {
	return column{
		Column: persist.Column{Kind: persist.Bytes},
		read: func(v reflect.Value) (any, error) {
			b, err := read(v)
			if b == nil {
				b = []byte{} // nil would be NULL
			}
			return b, err
		},
		write: func(v reflect.Value, x any) error {
			switch x := x.(type) {
			case []byte:
				return write(v, x)
			case string:
				return write(v, []byte(x))
			}
			return mismatch(v, x)
		},
	}
}

var textColumn = stringColumn(
	func(v reflect.Value) (string, error) {
		text, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
		return string(text), err
	},
	func(v reflect.Value, s string) error {
		return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
	},
)

var binaryColumn = bytesColumn(
	func(v reflect.Value) ([]byte, error) {
		return v.Addr().Interface().(encoding.BinaryMarshaler).MarshalBinary()
	},
	func(v reflect.Value, b []byte) error {
		return v.Addr().Interface().(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
	},
)

var timeColumn = column{
	Column: persist.Column{Kind: persist.Time},
	read: func(v reflect.Value) (any, error) {
		return v.Addr().Interface().(*time.Time).UTC(), nil
	},
	write: func(v reflect.Value, x any) error {
		t, ok := toTime(x)
		if !ok {
			return mismatch(v, x)
		}
		*v.Addr().Interface().(*time.Time) = t.UTC()
		return nil
	},
}

var driverColumn = column{
	Column: persist.Column{Kind: persist.Driver, Nullable: true},
	read: func(v reflect.Value) (any, error) {
		x, err := v.Addr().Interface().(driver.Valuer).Value()
		if err == nil && !driver.IsValue(x) {
			err = fmt.Errorf("Value of %v returned a %T, which no driver takes", v.Type(), x)
		}
		return x, err
	},
	write: func(v reflect.Value, x any) error { return v.Addr().Interface().(sql.Scanner).Scan(x) },
}

// nullable returns the column of a pointer to what c is a column of.
func nullable(c column) column {
	read, write := c.read, c.write
	c.Nullable = true
	c.read = func(v reflect.Value) (any, error) {
		if v.IsNil() {
			return nil, nil
		}
		return read(v.Elem())
	}
	c.write = func(v reflect.Value, x any) error {
		if x == nil {
			return nil
		}
		p := reflect.New(v.Type().Elem())
		v.Set(p)
		return write(p.Elem(), x)
	}
	return c
}

// jsonColumn returns the column of a type that JSON goes through by w. NULL is null.
func jsonColumn(w *walk) column {
	c := stringColumn(
		func(v reflect.Value) (string, error) {
			if err := w.checkDepth(v); err != nil {
				return "", err
			}
			return toJSON(v.Addr().Interface())
		},
		func(v reflect.Value, s string) error { return json.Unmarshal([]byte(s), v.Addr().Interface()) },
	)
	c.Kind = persist.JSON
	write := c.write
	c.write = func(v reflect.Value, x any) error {
		if x == nil {
			x = "null"
		}
		return write(v, x)
	}
	return c
}

func toJSON(x any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(x); err != nil {
		return "", err
	}
	text := strings.TrimSuffix(b.String(), "\n")
	if hasReplacement(text) {
		return "", errors.New("a string in it is not UTF-8, and JSON would change it")
	}
	return text, nil
}

// hasReplacement reports whether encoding/json has put a replacement for bytes that are not UTF-8: only then does it escape
// that character.
func hasReplacement(text string) bool {
	for {
		before, after, found := strings.Cut(text, `\ufffd`)
		if !found {
			return false
		}
		if backslashes := len(before) - len(strings.TrimRight(before, `\`)); backslashes%2 == 0 {
			return true
		}
		text = after
	}
}

func readInt(v reflect.Value) (any, error) { return v.Int(), nil }

func writeInt(v reflect.Value, x any) error {
	n, ok := toInt(x)
	switch {
	case !ok:
		return mismatch(v, x)
	case v.OverflowInt(n):
		return overflow(v, x)
	}
	v.SetInt(n)
	return nil
}

func readUint(v reflect.Value) (any, error) {
	n := v.Uint()
	if n > math.MaxInt64 {
		return nil, fmt.Errorf("%d is more than an integer column holds (%d)", n, int64(math.MaxInt64))
	}
	return int64(n), nil
}

func writeUint(v reflect.Value, x any) error {
	n, ok := toUint(x)
	switch {
	case !ok:
		return mismatch(v, x)
	case v.OverflowUint(n):
		return overflow(v, x)
	}
	v.SetUint(n)
	return nil
}

func readFloat(v reflect.Value) (any, error) {
	f := v.Float()
	switch {
	case f == 0: // or -0
		return 0.0, nil
	case math.IsNaN(f):
		return nil, errors.New("databases have no NaN, or store NULL for it")
	}
	return f, nil
}

func writeFloat(v reflect.Value, x any) error {
	f, ok := toFloat(x)
	switch {
	case !ok:
		return mismatch(v, x)
	case v.OverflowFloat(f):
		return overflow(v, x)
	}
	v.SetFloat(f)
	return nil
}

func readBool(v reflect.Value) (any, error) { return v.Bool(), nil }

func writeBool(v reflect.Value, x any) error {
	b, ok := toBool(x)
	if !ok {
		return mismatch(v, x)
	}
	v.SetBool(b)
	return nil
}

func toInt(x any) (int64, bool) {
	switch r := reflect.ValueOf(x); {
	case r.CanInt():
		return r.Int(), true
	case r.CanUint():
		return int64(r.Uint()), r.Uint() <= math.MaxInt64
	case r.CanFloat():
		return int64(r.Float()), isExact(r.Float())
	}
	s, _ := toText(x)
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

func toUint(x any) (uint64, bool) {
	if n, ok := toInt(x); ok {
		return uint64(n), n >= 0
	}
	if r := reflect.ValueOf(x); r.CanUint() {
		return r.Uint(), true
	}
	s, _ := toText(x)
	n, err := strconv.ParseUint(s, 10, 64)
	return n, err == nil
}

func toFloat(x any) (float64, bool) {
	switch r := reflect.ValueOf(x); {
	case r.CanFloat():
		return r.Float(), true
	case r.CanInt():
		return float64(r.Int()), true
	}
	s, _ := toText(x)
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// isExact reports whether a float is an integer, and no other integer was rounded to it.
func isExact(f float64) bool { return f == math.Trunc(f) && math.Abs(f) <= 1<<53 }

func toBool(x any) (v, ok bool) {
	if b, ok := x.(bool); ok {
		return b, true
	}
	if n, ok := toInt(x); ok {
		return n == 1, n == 0 || n == 1
	}
	switch s, _ := toText(x); s {
	case "\x00", "\x01": // a BIT of MySQL
		return s == "\x01", true
	default:
		b, err := strconv.ParseBool(s)
		return b, err == nil
	}
}

// timeLayouts are how databases and drivers write times: RFC 3339, SQL with a zone, as Time.String writes it, and SQL without a zone,
// which means UTC.
var timeLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999Z07",
	"2006-01-02 15:04:05.999999999 -0700 MST",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999",
	time.DateOnly,
}

func toTime(x any) (time.Time, bool) {
	if t, ok := x.(time.Time); ok {
		return t, true
	}
	s, _ := toText(x)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

func toText(x any) (string, bool) {
	switch x := x.(type) {
	case string:
		return x, true
	case []byte:
		return string(x), true
	}
	return "", false
}

func mismatch(v reflect.Value, x any) error {
	if x == nil {
		return errNull
	}
	return fmt.Errorf("%T %v is no %v", x, x, v.Type())
}

func overflow(v reflect.Value, x any) error { return fmt.Errorf("%v does not fit %v", x, v.Type()) }
