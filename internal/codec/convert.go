package codec

import (
	"bytes"
	"database/sql"
	"database/sql/driver"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unsafe"

	"github.com/seed-250bd433/junction/persist"
)

var rawJSONType = reflect.TypeFor[json.RawMessage]()

var errNull = errors.New("NULL in a column that is not nullable")

// plainColumns makes the column of a type by what it is made of; of bytes, if that is a slice.
var plainColumns = map[reflect.Kind]func(t reflect.Type) column{
	reflect.Int:     intColumn[int],
	reflect.Int8:    intColumn[int8],
	reflect.Int16:   intColumn[int16],
	reflect.Int32:   intColumn[int32],
	reflect.Int64:   intColumn[int64],
	reflect.Uint:    uintColumn[uint],
	reflect.Uint8:   uintColumn[uint8],
	reflect.Uint16:  uintColumn[uint16],
	reflect.Uint32:  uintColumn[uint32],
	reflect.Uint64:  uintColumn[uint64],
	reflect.Uintptr: uintColumn[uintptr],
	reflect.Float32: floatColumn[float32],
	reflect.Float64: floatColumn[float64],
	reflect.Bool:    boolColumn,
	reflect.String:  plainStringColumn,
	reflect.Slice:   plainBytesColumn,
}

func intColumn[N int | int8 | int16 | int32 | int64](t reflect.Type) column {
	return column{
		read: func(p unsafe.Pointer) (any, error) { return int64(*(*N)(p)), nil },
		write: func(p unsafe.Pointer, x any) error {
			n, ok := x.(int64)
			if !ok {
				n, ok = toInt(x)
			}
			switch {
			case !ok:
				return mismatch(t, x)
			case int64(N(n)) != n:
				return overflow(t, x)
			}
			*(*N)(p) = N(n)
			return nil
		},
	}
}

func uintColumn[N uint | uint8 | uint16 | uint32 | uint64 | uintptr](t reflect.Type) column {
	return column{
		read: func(p unsafe.Pointer) (any, error) {
			n := uint64(*(*N)(p))
			if n > math.MaxInt64 {
				return nil, fmt.Errorf("%d is more than an integer column holds (%d)", n, int64(math.MaxInt64))
			}
			return int64(n), nil
		},
		write: func(p unsafe.Pointer, x any) error {
			signed, ok := x.(int64)
			n := uint64(signed)
			if !ok || signed < 0 {
				n, ok = toUint(x)
			}
			switch {
			case !ok:
				return mismatch(t, x)
			case uint64(N(n)) != n:
				return overflow(t, x)
			}
			*(*N)(p) = N(n)
			return nil
		},
	}
}

func floatColumn[N float32 | float64](t reflect.Type) column {
	return column{
		read: func(p unsafe.Pointer) (any, error) {
			f := float64(*(*N)(p))
			switch {
			case f == 0: // or -0
				return 0.0, nil
			case math.IsNaN(f):
				return nil, errors.New("databases have no NaN, or store NULL for it")
			}
			return f, nil
		},
		write: func(p unsafe.Pointer, x any) error {
			f, ok := x.(float64)
			if !ok {
				f, ok = toFloat(x)
			}
			n := N(f)
			switch {
			case !ok:
				return mismatch(t, x)
			case math.IsInf(float64(n), 0) && !math.IsInf(f, 0):
				return overflow(t, x)
			}
			*(*N)(p) = n
			return nil
		},
	}
}

func boolColumn(t reflect.Type) column {
	return column{
		read: func(p unsafe.Pointer) (any, error) { return *(*bool)(p), nil },
		write: func(p unsafe.Pointer, x any) error {
			b, ok := toBool(x)
			if !ok {
				return mismatch(t, x)
			}
			*(*bool)(p) = b
			return nil
		},
	}
}

func plainStringColumn(t reflect.Type) column {
	return stringColumn(t,
		func(p unsafe.Pointer) (string, error) { return *(*string)(p), nil },
		func(p unsafe.Pointer, s string) error { *(*string)(p) = s; return nil },
	)
}

func plainBytesColumn(t reflect.Type) column {
	return bytesColumn(t,
		func(p unsafe.Pointer) ([]byte, error) { return *(*[]byte)(p), nil },
		func(p unsafe.Pointer, b []byte) error { *(*[]byte)(p) = append([]byte(nil), b...); return nil },
	)
}

// arrayColumn returns the column of an array of bytes.
func arrayColumn(t reflect.Type) column {
	n := t.Len()
	c := bytesColumn(t,
		func(p unsafe.Pointer) ([]byte, error) { return unsafe.Slice((*byte)(p), n), nil },
		func(p unsafe.Pointer, b []byte) error {
			array := unsafe.Slice((*byte)(p), n)
			switch {
			case len(b) == n:
				copy(array, b)
				return nil
			case n == uuidLen:
				return parseUUID(array, b)
			}
			return wrongLen(b, n)
		},
	)
	if n == uuidLen {
		c.Kind = persist.UUID
	}
	return c
}

const uuidLen = 16

// parseUUID reads the text of a UUID: 32 digits, with hyphens at their places or without.
func parseUUID(uuid, text []byte) error {
	digits := text
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		digits = bytes.ReplaceAll(text, []byte("-"), nil)
	}
	if len(digits) != hex.EncodedLen(uuidLen) {
		return fmt.Errorf("%q is no UUID", text)
	}
	if _, err := hex.Decode(uuid, digits); err != nil {
		return fmt.Errorf("%q is no UUID: %w", text, err)
	}
	return nil
}

func stringColumn(t reflect.Type, read func(p unsafe.Pointer) (string, error), write func(p unsafe.Pointer, s string) error) column {
	return column{
		Column: persist.Column{Kind: persist.String},
		read: func(p unsafe.Pointer) (any, error) {
			s, err := read(p)
			return s, err
		},
		write: func(p unsafe.Pointer, x any) error {
			switch x := x.(type) {
			case string:
				return write(p, x)
			case []byte:
				return write(p, string(x))
			}
			return mismatch(t, x)
		},
	}
}

func bytesColumn(t reflect.Type, read func(p unsafe.Pointer) ([]byte, error), write func(p unsafe.Pointer, b []byte) error) column {
	return column{
		Column: persist.Column{Kind: persist.Bytes},
		read: func(p unsafe.Pointer) (any, error) {
			b, err := read(p)
			if b == nil {
				b = []byte{} // nil would be NULL
			}
			return b, err
		},
		write: func(p unsafe.Pointer, x any) error {
			switch x := x.(type) {
			case []byte:
				return write(p, x)
			case string:
				return write(p, []byte(x))
			}
			return mismatch(t, x)
		},
	}
}

// pointer returns a pointer to a value of a type, as one whose methods can be asked for.
func pointer(t reflect.Type, p unsafe.Pointer) any { return reflect.NewAt(t, p).Interface() }

func textColumn(t reflect.Type) column {
	return stringColumn(t,
		func(p unsafe.Pointer) (string, error) {
			text, err := pointer(t, p).(encoding.TextMarshaler).MarshalText()
			return string(text), err
		},
		func(p unsafe.Pointer, s string) error {
			return pointer(t, p).(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
		},
	)
}

func binaryColumn(t reflect.Type) column {
	return bytesColumn(t,
		func(p unsafe.Pointer) ([]byte, error) {
			return pointer(t, p).(encoding.BinaryMarshaler).MarshalBinary()
		},
		func(p unsafe.Pointer, b []byte) error {
			return pointer(t, p).(encoding.BinaryUnmarshaler).UnmarshalBinary(b)
		},
	)
}

func timeColumn(t reflect.Type) column {
	return column{
		Column: persist.Column{Kind: persist.Time},
		read:   func(p unsafe.Pointer) (any, error) { return (*time.Time)(p).UTC(), nil },
		write: func(p unsafe.Pointer, x any) error {
			at, ok := toTime(x)
			if !ok {
				return mismatch(t, x)
			}
			*(*time.Time)(p) = at.UTC()
			return nil
		},
	}
}

func driverColumn(t reflect.Type) column {
	return column{
		Column: persist.Column{Kind: persist.Driver, Nullable: true},
		read: func(p unsafe.Pointer) (any, error) {
			x, err := pointer(t, p).(driver.Valuer).Value()
			if err == nil && !driver.IsValue(x) {
				err = fmt.Errorf("Value of %v returned a %T, which no driver takes", t, x)
			}
			return x, err
		},
		write: func(p unsafe.Pointer, x any) error { return pointer(t, p).(sql.Scanner).Scan(x) },
	}
}

// nullable returns the column of t, a pointer to what c is a column of.
func nullable(t reflect.Type, c column) column {
	read, write := c.read, c.write
	c.Nullable = true
	c.read = func(p unsafe.Pointer) (any, error) {
		target := *(*unsafe.Pointer)(p)
		if target == nil {
			return nil, nil
		}
		return read(target)
	}
	c.write = func(p unsafe.Pointer, x any) error {
		if x == nil {
			return nil
		}
		target := reflect.New(t.Elem()).UnsafePointer()
		*(*unsafe.Pointer)(p) = target
		return write(target, x)
	}
	return c
}

// jsonColumn returns the column of a type that JSON goes through by w. NULL is null.
func jsonColumn(t reflect.Type, w *walk) column {
	c := stringColumn(t,
		func(p unsafe.Pointer) (string, error) {
			if err := w.checkDepth(reflect.NewAt(t, p).Elem()); err != nil {
				return "", err
			}
			return toJSON(pointer(t, p))
		},
		func(p unsafe.Pointer, s string) error { return json.Unmarshal([]byte(s), pointer(t, p)) },
	)
	c.Kind = persist.JSON
	write := c.write
	c.write = func(p unsafe.Pointer, x any) error {
		if x == nil {
			x = "null"
		}
		return write(p, x)
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

// hasReplacement reports whether encoding/json has put a replacement for bytes that are not UTF-8:
// only then does it escape that character.
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

// timeLayouts are how databases and drivers write times: RFC 3339, SQL with a zone, as Time.String
// writes it, and SQL without a zone, which means UTC.
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

func mismatch(t reflect.Type, x any) error {
	if x == nil {
		return errNull
	}
	return fmt.Errorf("%T %v is no %v", x, x, t)
}

func overflow(t reflect.Type, x any) error { return fmt.Errorf("%v does not fit %v", x, t) }
