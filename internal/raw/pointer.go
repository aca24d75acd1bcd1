package raw

import "unsafe"

// Pointer points to a value, or to an element of an array of them.
type Pointer = unsafe.Pointer

// At returns element i of an array of elements of a size.
func At(p Pointer, i int, size uintptr) Pointer { return unsafe.Add(p, uintptr(i)*size) }

// Add returns the field at an offset from the beginning of a value.
func Add(p Pointer, offset uintptr) Pointer { return unsafe.Add(p, offset) }

// First returns a pointer to the first element of a slice.
func First[V any](s []V) Pointer { return Pointer(unsafe.SliceData(s)) }

// Slice returns an array of n values as a slice, which shares its memory.
func Slice[V any](p Pointer, n int) []V { return unsafe.Slice((*V)(p), n) }

// Hide returns p so that the compiler does not see where it goes, and leaves the variable at p on
// the stack. Rule 5 of the package comment says what the result is good for. Without Hide, every
// lookup of a key would have to allocate a copy of it, because a comparison function is called
// through a variable.
//
// The compiler does see that what p's value points to may be kept: a string or another pointer in
// the value never points to the stack.
//
// The result is a pointer for the compiler, too, and not an integer that it believes to be one:
// it is written down for the stack's moves wherever it is kept while another function runs.
// (Reading a uintptr variable through a *Pointer does not do that: the optimizer takes the
// integer itself.)
func Hide(p Pointer) Pointer {
	if never {
		sink = *(*Pointer)(p)
	}
	return reveal(uintptr(p))
}

// reveal returns the pointer that an integer was made from just before. It is generic because vet
// reports the conversion otherwise: it cannot know that it is right.
//
//go:nocheckptr
//lint:ignore SA4016 the operation keeps vet from taking it for a plain conversion
func reveal[I ~uintptr](p I) Pointer { return Pointer(p ^ 0) }

var (
	never bool
	//lint:ignore U1000 what is written to it escapes
	sink Pointer
)
