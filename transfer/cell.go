package transfer

import (
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"
)

// cell is how values of a type stand in a table.
type cell struct {
	write func(v reflect.Value) (string, error)
	read  func(s string, v reflect.Value) error
}

var (
	marshaler   = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// isText reports whether a type has a text form of its own.
func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(marshaler) && reflect.PointerTo(t).Implements(unmarshaler)
}

func cellOf(t reflect.Type) cell {
	if isText(t) {
		return cell{writeText, func(s string, v reflect.Value) error {
			return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
		}}
	}
	switch t.Kind() {
	case reflect.String:
		return cell{
			func(v reflect.Value) (string, error) { return v.String(), nil },
			func(s string, v reflect.Value) error { v.SetString(s); return nil },
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatInt(v.Int(), 10), nil },
			func(s string, v reflect.Value) error {
				n, err := strconv.ParseInt(s, 10, t.Bits())
				v.SetInt(n)
				return err
			},
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatUint(v.Uint(), 10), nil },
			func(s string, v reflect.Value) error {
				n, err := strconv.ParseUint(s, 10, t.Bits())
				v.SetUint(n)
				return err
			},
		}
	case reflect.Float32, reflect.Float64:
		return cell{
			func(v reflect.Value) (string, error) {
				return strconv.FormatFloat(v.Float(), 'g', -1, t.Bits()), nil
			},
			func(s string, v reflect.Value) error {
				f, err := strconv.ParseFloat(s, t.Bits())
				v.SetFloat(f)
				return err
			},
		}
	case reflect.Bool:
		return cell{
			func(v reflect.Value) (string, error) { return strconv.FormatBool(v.Bool()), nil },
			func(s string, v reflect.Value) error {
				b, err := strconv.ParseBool(s)
				v.SetBool(b)
				return err
			},
		}
	}
	return cell{writeJSON, readJSON}
}

func writeText(v reflect.Value) (string, error) {
	text, err := v.Addr().Interface().(encoding.TextMarshaler).MarshalText()
	return string(text), err
}

func writeJSON(v reflect.Value) (string, error) {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v.Interface())
	text := strings.TrimSuffix(b.String(), "\n")
	if err == nil && hasReplacement([]byte(text)) {
		err = errors.New("text that is not UTF-8 is no JSON")
	}
	return text, err
}

// readJSON takes an empty cell for the zero value.
func readJSON(s string, v reflect.Value) error {
	if s == "" {
		return nil
	}
	return json.Unmarshal([]byte(s), v.Addr().Interface())
}
