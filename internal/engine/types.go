package engine

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// types is what the code of a relation, which is compiled once, has to know of the types of one.
type types struct {
	through     *raw.Type
	equal       ordered.Same
	right, left ordered.Layout // of entries: the left nodes have right keys
	rows        [2]adjacency.Row
}

// TypesOf is compiled for each type of relation.
func TypesOf[A, B, T any](rows [2]adjacency.Row) types {
	return types{raw.TypeOf[T](), EqualOf[T](), ordered.LayoutOf[B, T](), ordered.LayoutOf[A, T](), rows}
}

func EqualOf[T any]() ordered.Same {
	return func(x, y pointer) bool { return any(*(*T)(x)) == any(*(*T)(y)) }
}

// FuncKeys returns keys that a function compares.
func FuncKeys[K any](compare func(x, y K) int) *ordered.Keys {
	if compare == nil {
		compare = allEqual[K]
	}
	keys := ordered.Func(raw.TypeOf[K](), func(x, y pointer) int { return compare(*(*K)(x), *(*K)(y)) }, ordered.LayoutOf[K, pointer]())
	keys.Function = *(*pointer)(pointer(&compare)) // which two functions share only if they are one
	return keys
}

// allEqual stands for a nil comparison function in a relation that will always be empty.
func allEqual[K any](_, _ K) int { return 0 }

// Entries returns the entries of a run.
func Entries[N, T any](r ordered.Run) []ordered.Entry[N, T] {
	return unsafe.Slice((*ordered.Entry[N, T])(r.P), r.Len)
}
