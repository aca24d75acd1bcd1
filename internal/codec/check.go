package codec

import (
	"errors"
	"fmt"
	"math/big"
	"reflect"
	"strings"
)

// format is an encoder that goes through the parts of a value by reflection, and leaves some of
// them out without a word.
type format struct {
	pairs  []*pair  // in the order in which it asks for them
	tags   []string // of struct fields, in the order in which it looks for them
	leaf   func(reflect.Type) bool
	mapKey func(reflect.Type) bool
	advice string
}

var cborFormat = &format{
	pairs:  []*pair{cborPair, binaryPair, textPair},
	tags:   []string{"cbor", "json"},
	leaf:   func(t reflect.Type) bool { return t == timeType || t == bigIntType },
	mapKey: func(t reflect.Type) bool { return t.Kind() != reflect.Pointer },
	advice: "implement encoding.BinaryMarshaler and BinaryUnmarshaler, or give a Codec",
}

var jsonFormat = &format{
	pairs: []*pair{jsonPair, textPair},
	tags:  []string{"json"},
	leaf:  func(reflect.Type) bool { return false },
	mapKey: func(t reflect.Type) bool {
		return t.Kind() == reflect.String || t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64 || textPair.of(t)
	},
	advice: "implement json.Marshaler and Unmarshaler or driver.Valuer and sql.Scanner, or give a Codec",
}

var bigIntType = reflect.TypeFor[big.Int]()

// walk is a way through all parts of a type.
type walk struct {
	*format
	parts     map[reflect.Type]bool // those that have parts themselves: true while it is inside
	recursive bool
}

// walk returns the way through a type, which stands at a path, or an error that names what would be
// lost or cannot be encoded.
func (f *format) walk(path string, t reflect.Type) (*walk, error) {
	w := &walk{format: f, parts: map[reflect.Type]bool{}}
	if err := w.check(path, t); err != nil {
		return nil, err
	}
	return w, nil
}

func (w *walk) check(path string, t reflect.Type) error {
	if own, err := w.speaks(t); own || err != nil {
		return wrap(path, err)
	}
	switch t.Kind() {
	case reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.Interface, reflect.Uintptr, reflect.UnsafePointer:
		return w.refuse(path, "is of kind %v", t.Kind())
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
	default:
		return nil
	}
	if inside, seen := w.parts[t]; seen {
		w.recursive = w.recursive || inside
		return nil
	}
	w.parts[t] = true
	defer func() { w.parts[t] = false }()
	switch t.Kind() {
	case reflect.Pointer:
		if t.Elem().Kind() == reflect.Pointer {
			return w.refuse(path, "is a pointer to a pointer")
		}
		return w.check(path, t.Elem())
	case reflect.Map:
		if !w.mapKey(t.Key()) {
			return w.refuse(path, "is a map by %v", t.Key())
		}
		return errors.Join(w.check(path+"[key]", t.Key()), w.check(path+"[]", t.Elem()))
	case reflect.Struct:
		return w.fields(path, t, map[string]string{})
	default:
		return w.check(path+"[]", t.Elem())
	}
}

// speaks reports whether the encoder asks the type itself, or knows it.
func (w *walk) speaks(t reflect.Type) (bool, error) {
	if w.leaf(t) {
		return true, nil
	}
	for _, p := range w.pairs {
		if has, err := p.check(t); has || err != nil {
			return has, err
		}
	}
	return false, nil
}

// fields checks the fields of a struct, among them those of embedded structs, whose names must
// differ: of fields with the same name the encoders keep one or none.
func (w *walk) fields(path string, t reflect.Type, names map[string]string) error {
	for i := range t.NumField() {
		f := t.Field(i)
		at, tag := path+"."+f.Name, w.tag(f)
		name, options, _ := strings.Cut(tag, ",")
		var err error
		switch {
		case f.Name == "_" || tag == "-":
		case f.Anonymous && name == "" && element(f.Type).Kind() == reflect.Struct:
			err = w.embedded(at, f, names)
		case !f.IsExported():
			err = w.refuse(at, "is not exported")
		default:
			if name == "" {
				name = f.Name
			}
			if strings.Contains(options, "keyasint") {
				name += ",keyasint"
			}
			if other, taken := names[name]; taken {
				return w.refuse(at, "has the name of %s", other)
			}
			names[name] = at
			err = w.check(at, f.Type)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// embedded checks an embedded struct, of which the encoders see nothing but the fields.
func (w *walk) embedded(path string, f reflect.StructField, names map[string]string) error {
	t := element(f.Type)
	own, err := w.speaks(t)
	switch {
	case err != nil:
		return wrap(path, err)
	case own:
		return w.refuse(path, "is embedded and not a struct of plain fields: give it a name by a tag")
	case w.parts[t]:
		return w.refuse(path, "is embedded in itself")
	case f.Type.Kind() == reflect.Pointer && !f.IsExported():
		return w.refuse(path, "is an embedded pointer that is not exported")
	}
	w.parts[t] = true
	defer func() { w.parts[t] = false }()
	return w.fields(path, t, names)
}

func (w *walk) tag(f reflect.StructField) string {
	for _, key := range w.tags {
		if tag := f.Tag.Get(key); tag != "" {
			return tag
		}
	}
	return ""
}

func (w *walk) refuse(path, format string, args ...any) error {
	return fmt.Errorf("%s %s (leave it out by the tag `%s:\"-\"`, %s)", path, fmt.Sprintf(format, args...), w.tags[0], w.advice)
}

func wrap(path string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", path, err)
}

// element returns what a pointer points to, and every other type as it is.
func element(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// maxDepth is how deep a value of a recursive type may nest. The decoders take more.
const maxDepth = 10_000

var errDeep = fmt.Errorf("value nests more than %d levels deep, or contains itself", maxDepth)

// checkDepth keeps a value that contains itself from the encoders, which would follow it until the
// stack is full.
func (w *walk) checkDepth(v reflect.Value) error {
	if w.recursive && w.deeper(v, maxDepth) {
		return errDeep
	}
	return nil
}

func (w *walk) deeper(v reflect.Value, levels int) bool {
	if _, ok := w.parts[v.Type()]; !ok {
		return false
	}
	if levels == 0 {
		return true
	}
	switch v.Kind() {
	case reflect.Pointer:
		return !v.IsNil() && w.deeper(v.Elem(), levels-1)
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			if w.deeper(it.Key(), levels-1) || w.deeper(it.Value(), levels-1) {
				return true
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if w.deeper(v.Index(i), levels-1) {
				return true
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if w.deeper(v.Field(i), levels-1) {
				return true
			}
		}
	}
	return false
}
