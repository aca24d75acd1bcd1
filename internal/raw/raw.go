// Package raw holds values of types that the code which works on them does not know. A Type is what is needed for that: how large values are,
// and how arrays of them are made, copied and cleared so that the garbage collector sees every pointer in them.
//
// It exists so that the library's code is compiled once, with the library, and not once more for each type of relation in each package of a
// program.
package raw

import (
	"reflect"
	"slices"
	"unsafe"
)

// Pointer points to a value, or to the first of an array of them.
type Pointer = unsafe.Pointer

// Type is how values of a Go type are held. It never changes once it is made.
type Type struct {
	Size uintptr
	Of   reflect.Type

	class class
	op    func(what operation, dst, src Pointer, n int) (Pointer, int) // nil if values have no pointers in them
}

type operation uint8

const (
	grow operation = iota
	move
	wipe
)

// class says how one value is copied with few instructions.
type class uint8

const (
	other class = iota
	nothing
	byte1
	byte2
	byte4
	byte8
	byte16
	text    // a string
	pointer // anything that is one pointer
)

// TypeOf returns the Type of V. This, and what it calls, is all that is compiled for each type anew.
func TypeOf[V any]() *Type {
	t := reflect.TypeFor[V]()
	if !HasPointers(t) {
		return Plain(t)
	}
	return withPointers(t, operate[V])
}

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

// Plain returns the Type of a type without pointers.
func Plain(t reflect.Type) *Type {
	r := &Type{Size: t.Size(), Of: t}
	switch t.Size() {
	case 1:
		r.class = byte1
	case 2:
		r.class = byte2
	case 4:
		r.class = byte4
	case 8:
		r.class = byte8
	case 16:
		r.class = byte16
	}
	if t.Size() == 0 {
		r.class = nothing
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

// HasPointers reports whether the garbage collector has to look into values of a type.
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
	case reflect.String, reflect.Pointer, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer, reflect.Slice, reflect.Interface:
		return true
	}
	return false
}

// Plain reports whether values have no pointers in them, so that they may be copied as bytes.
func (t *Type) Plain() bool { return t.op == nil }

// Grow returns a new array of n values, which are zero, and for how many the allocator has given room.
func (t *Type) Grow(n int) (Pointer, int) {
	if t.op != nil {
		return t.op(grow, nil, nil, n)
	}
	if t.Size == 0 {
		return Pointer(&zero), n
	}
	words := slices.Grow([]uint64(nil), int((uintptr(n)*t.Size+7)/8))
	bytes := uintptr(cap(words)) * 8
	switch t.Size { // which saves a division
	case 8:
		return Pointer(unsafe.SliceData(words)), int(bytes / 8)
	case 16:
		return Pointer(unsafe.SliceData(words)), int(bytes / 16)
	}
	return Pointer(unsafe.SliceData(words)), int(bytes / t.Size)
}

var zero [0]byte

// New returns a new value, which is zero.
func (t *Type) New() Pointer { p, _ := t.Grow(1); return p }

// Box returns a copy of a value, which may be kept.
func (t *Type) Box(src Pointer) Pointer {
	p := t.New()
	t.Set(p, src)
	return p
}

// BoxAll returns a copy of n values, which may be kept.
func (t *Type) BoxAll(src Pointer, n int) Pointer {
	p, _ := t.Grow(n)
	t.Move(p, src, n)
	return p
}

// Move copies n values, which may overlap.
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

// Set copies one value. Values without pointers may stand at any alignment.
func (t *Type) Set(dst, src Pointer) {
	switch t.class {
	case nothing:
	case byte1:
		*(*uint8)(dst) = *(*uint8)(src)
	case byte2:
		*(*[2]byte)(dst) = *(*[2]byte)(src)
	case byte4:
		*(*[4]byte)(dst) = *(*[4]byte)(src)
	case byte8:
		*(*[8]byte)(dst) = *(*[8]byte)(src)
	case byte16:
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

// Any returns a value as an interface holds it, a copy.
func (t *Type) Any(p Pointer) any { return reflect.NewAt(t.Of, p).Elem().Interface() }

// PointerTo returns a pointer to a value as an interface.
func (t *Type) PointerTo(p Pointer) any { return reflect.NewAt(t.Of, p).Interface() }

// Hide returns p so that the compiler does not see where it goes, and leaves what it points to on the stack. It does see that what is found there
// may be kept: a pointer in it must not point to the stack.
//
// What gets the result may use it until the function that called Hide returns; must not keep it, neither in a variable nor in anything that is on
// the heap; and must not give it to another goroutine, since only the goroutine's own stack knows to follow when it moves.
func Hide(p Pointer) Pointer {
	if never {
		sink = *(*Pointer)(p)
	}
	x := uintptr(p)
	return *(*Pointer)(Pointer(&x))
}

var (
	never bool
	sink  Pointer
)

// List is an array of values that grows. The zero List of a Type is empty.
type List struct {
	Of       *Type
	P        Pointer
	Len, Cap int
}

// At returns value i.
func (l *List) At(i int) Pointer { return unsafe.Add(l.P, uintptr(i)*l.Of.Size) }

// Room makes room for n more values.
func (l *List) Room(n int) {
	if l.Len+n <= l.Cap {
		return
	}
	p, room := l.Of.Grow(max(l.Len+n, 2*l.Len, 4))
	l.Of.Move(p, l.P, l.Len)
	l.P, l.Cap = p, room
}

// Append adds a copy of a value.
func (l *List) Append(p Pointer) {
	if l.Len == l.Cap {
		l.Room(1)
	}
	l.Of.Set(l.At(l.Len), p)
	l.Len++
}

// AppendOrZero is Append, of the zero value for nil.
func (l *List) AppendOrZero(p Pointer) {
	if p != nil {
		l.Append(p)
		return
	}
	l.Room(1)
	l.Len++ // what is unused is zero
}

// AppendAll adds copies of n values.
func (l *List) AppendAll(p Pointer, n int) {
	if n > 0 {
		l.Room(n)
		l.Of.Move(l.At(l.Len), p, n)
		l.Len += n
	}
}

// Reset takes all values out, and keeps the room for them.
func (l *List) Reset() {
	l.Of.Clear(l.P, l.Len)
	l.Len = 0
}

// At returns element i of an array.
func At(p Pointer, i int, size uintptr) Pointer { return unsafe.Add(p, uintptr(i)*size) }
