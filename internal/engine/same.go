package engine

import (
	"reflect"
	"slices"
	"time"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// SameByType returns how through values of a type are compared without the rule Equal, and whether
// every value is then the same as itself, as a NaN and a slice are not. The result of equal is that
// of ==, which decides for types that hold no times.
func SameByType(through *raw.Type, equal ordered.Same) (same ordered.Same, reflexive bool) {
	t := through.Of
	switch {
	case !t.Comparable():
		return neverSame, false
	case holds(t, isInterface):
		return sameOf(t), false // what is in an interface may have no ==
	case holds(t, isTime):
		return sameOf(t), !holds(t, isFloat)
	}
	return equal, !holds(t, isFloat)
}

func neverSame(_, _ pointer) bool { return false }

func isInterface(t reflect.Type) bool { return t.Kind() == reflect.Interface }

func isFloat(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return true
	}
	return false
}

// isTime reports whether a type is time.Time or one that is declared as it.
func isTime(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.ConvertibleTo(timeType)
}

var timeType = reflect.TypeFor[time.Time]()

// holds reports whether a value of a type has, in itself, a value of a type that is reports. What
// is behind a pointer is not in the value.
func holds(t reflect.Type, is func(reflect.Type) bool) bool {
	switch {
	case is(t):
		return true
	case isTime(t):
		return false
	case t.Kind() == reflect.Array:
		return holds(t.Elem(), is)
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if holds(t.Field(i).Type, is) {
				return true
			}
		}
	}
	return false
}

// sameOf returns a comparison of the values of a comparable type: times by their instant, all else
// as by ==. It looks at the type once, so that a comparison needs no reflection, except for what is
// in an interface.
func sameOf(t reflect.Type) ordered.Same {
	switch {
	case isTime(t):
		return sameInstant
	case t.Kind() == reflect.Struct:
		return sameFields(t)
	case t.Kind() == reflect.Array:
		return sameElements(t)
	case isInterface(t):
		return sameContent(t)
	}
	return sameKind(t)
}

// sameInstant ignores monotonic clock readings, unlike time.Time.Equal, which is no equivalence
// where the wall clock was set: a store keeps none.
func sameInstant(x, y pointer) bool {
	s, t := (*time.Time)(x), (*time.Time)(y)
	return s.Unix() == t.Unix() && s.Nanosecond() == t.Nanosecond()
}

func sameFields(t reflect.Type) ordered.Same {
	type field struct {
		offset uintptr
		same   ordered.Same
	}
	var fields []field
	for i := range t.NumField() {
		if f := t.Field(i); f.Name != "_" {
			fields = append(fields, field{f.Offset, sameOf(f.Type)})
		}
	}
	return func(x, y pointer) bool {
		return !slices.ContainsFunc(fields, func(f field) bool {
			return !f.same(unsafe.Add(x, f.offset), unsafe.Add(y, f.offset))
		})
	}
}

func sameElements(t reflect.Type) ordered.Same {
	n, size, same := t.Len(), t.Elem().Size(), sameOf(t.Elem())
	return func(x, y pointer) bool {
		for i := range n {
			if !same(raw.At(x, i, size), raw.At(y, i, size)) {
				return false
			}
		}
		return true
	}
}

// sameContent compares what is in two interfaces. Values of a type that has no == are different.
func sameContent(t reflect.Type) ordered.Same {
	return func(x, y pointer) bool {
		a, b := reflect.NewAt(t, x).Elem().Elem(), reflect.NewAt(t, y).Elem().Elem()
		switch {
		case !a.IsValid() || !b.IsValid():
			return a.IsValid() == b.IsValid()
		case a.Type() != b.Type() || !a.Comparable() || !b.Comparable():
			return false
		}
		return sameOf(a.Type())(copyOf(a), copyOf(b))
	}
}

func copyOf(v reflect.Value) pointer {
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.UnsafePointer()
}

// sameKind returns == of a type that is made of no others.
func sameKind(t reflect.Type) ordered.Same {
	switch t.Kind() {
	case reflect.String:
		return sameAs[string]
	case reflect.Float32:
		return sameAs[float32]
	case reflect.Float64:
		return sameAs[float64]
	case reflect.Complex64:
		return sameAs[complex64]
	case reflect.Complex128:
		return sameAs[complex128]
	}
	switch t.Size() {
	case 1:
		return sameAs[uint8]
	case 2:
		return sameAs[uint16]
	case 4:
		return sameAs[uint32]
	}
	return sameAs[uint64]
}

func sameAs[V comparable](x, y pointer) bool { return *(*V)(x) == *(*V)(y) }
