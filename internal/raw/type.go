package raw

import (
	"reflect"
	"slices"
	"unsafe"
)

// Type is how values of a Go type are held.
type Type struct {
	Size uintptr
	Of   reflect.Type

	class class
	op    func(what operation, dst, src Pointer, n int) (Pointer, int) // nil if values have no pointers
}

// class says how one value is copied with few instructions.
type class uint8

const (
	other class = iota
	nothing
	bytes1
	bytes2
	bytes4
	bytes8
	bytes16
	text    // a string
	pointer // anything that is one pointer
)

// TypeOf returns the Type of V. This, and operate, is all that is compiled for each type anew.
func TypeOf[V any]() *Type {
	t := reflect.TypeFor[V]()
	if !HasPointers(t) {
		return Plain(t)
	}
	return withPointers(t, operate[V])
}

// Plain returns the Type of a Go type without pointers.
func Plain(t reflect.Type) *Type {
	r := &Type{Size: t.Size(), Of: t}
	switch t.Size() {
	case 0:
		r.class = nothing
	case 1:
		r.class = bytes1
	case 2:
		r.class = bytes2
	case 4:
		r.class = bytes4
	case 8:
		r.class = bytes8
	case 16:
		r.class = bytes16
	}
	return r
}

func withPointers(t reflect.Type, op func(operation, Pointer, Pointer, int) (Pointer, int)) *Type {
	r := &Type{Size: t.Size(), Of: t, op: op}
	switch t.Kind() {
	case reflect.String:
		r.class = text
	case reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
		r.class = pointer
	}
	return r
}

// HasPointers reports whether the garbage collector has to look into values of a Go type.
func HasPointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Array:
		return t.Len() > 0 && HasPointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if HasPointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	case reflect.String, reflect.Slice, reflect.Interface, reflect.Pointer, reflect.Map, reflect.Chan,
		reflect.Func, reflect.UnsafePointer:
		return true
	}
	return false
}

// operation is what a Type does with arrays of values that have pointers.
type operation uint8

const (
	grow operation = iota
	move
	wipe
)

// operate is all operations in one, since each function costs some hundred bytes for each type.
//
//go:noinline
func operate[V any](what operation, dst, src Pointer, n int) (Pointer, int) {
	switch what {
	case grow:
		array := slices.Grow([]V(nil), n)
		return Pointer(unsafe.SliceData(array)), cap(array)
	case move:
		copy(unsafe.Slice((*V)(dst), n), unsafe.Slice((*V)(src), n))
	case wipe:
		clear(unsafe.Slice((*V)(dst), n))
	}
	return nil, 0
}

// Plain reports whether values have no pointers, so that the collector does not look into them.
func (t *Type) Plain() bool { return t.op == nil }

// IsWord reports whether values are plain and can be read and written as a uint64.
func (t *Type) IsWord() bool {
	return t.op == nil && t.Size == 8 && t.Of.Align() >= int(unsafe.Alignof(uint64(0)))
}

// Grow returns a new array of at least n zero values, and how many the allocator made room for.
func (t *Type) Grow(n int) (Pointer, int) {
	if t.op != nil {
		return t.op(grow, nil, nil, n)
	}
	if t.Size == 0 {
		return Pointer(&zero), n
	}
	words := slices.Grow([]uint64(nil), int((uintptr(n)*t.Size+7)/8)) // aligned for every type
	bytes := uintptr(cap(words)) * 8
	switch t.Size { // by a constant, which saves a division
	case 8:
		return Pointer(unsafe.SliceData(words)), int(bytes / 8)
	case 16:
		return Pointer(unsafe.SliceData(words)), int(bytes / 16)
	}
	return Pointer(unsafe.SliceData(words)), int(bytes / t.Size)
}

// zero is where all values without a size are.
var zero [0]byte

// New returns a new zero value.
func (t *Type) New() Pointer { p, _ := t.Grow(1); return p }

// Box returns a copy of a value, which may be kept.
func (t *Type) Box(src Pointer) Pointer {
	p := t.New()
	t.Set(p, src)
	return p
}

// BoxAll returns a copy of an array of n values, which may be kept.
func (t *Type) BoxAll(src Pointer, n int) Pointer {
	p, _ := t.Grow(n)
	t.Move(p, src, n)
	return p
}

// Move copies n values. The two arrays may overlap.
func (t *Type) Move(dst, src Pointer, n int) {
	if n == 0 {
		return
	}
	if t.op != nil {
		t.op(move, dst, src, n)
		return
	}
	size := uintptr(n) * t.Size
	copy(unsafe.Slice((*byte)(dst), size), unsafe.Slice((*byte)(src), size))
}

// Set copies one value. Values without pointers may have any alignment.
func (t *Type) Set(dst, src Pointer) {
	switch t.class {
	case nothing:
	case bytes1:
		*(*[1]byte)(dst) = *(*[1]byte)(src)
	case bytes2:
		*(*[2]byte)(dst) = *(*[2]byte)(src)
	case bytes4:
		*(*[4]byte)(dst) = *(*[4]byte)(src)
	case bytes8:
		*(*[8]byte)(dst) = *(*[8]byte)(src)
	case bytes16:
		*(*[16]byte)(dst) = *(*[16]byte)(src)
	case text:
		*(*string)(dst) = *(*string)(src)
	case pointer:
		*(*Pointer)(dst) = *(*Pointer)(src)
	default:
		t.Move(dst, src, 1)
	}
}

// Clear makes n values zero.
func (t *Type) Clear(p Pointer, n int) {
	if n == 0 {
		return
	}
	if t.op != nil {
		t.op(wipe, p, nil, n)
		return
	}
	clear(unsafe.Slice((*byte)(p), uintptr(n)*t.Size))
}

// Any returns a copy of a value as an interface.
func (t *Type) Any(p Pointer) any { return reflect.NewAt(t.Of, p).Elem().Interface() }
