package ordered

import "github.com/google/btree"

// directory is a B-tree of spans. It is behind an unsafe pointer, and no method of it is inlined,
// since every package that sees an instance of a generic type, be it by a field of a field of a
// type that it names, compiles all methods of the instance.
type directory struct{ tree Pointer }

type btreeOfSpans = btree.BTreeG[span]

var freeNodes = btree.NewFreeListG[span](1024)

//go:noinline
func newDirectory(degree int, less func(x, y span) bool) directory {
	return directory{Pointer(btree.NewWithFreeListG(degree, less, freeNodes))}
}

//go:noinline
func (d directory) ascend(yield func(span) bool) { (*btreeOfSpans)(d.tree).Ascend(yield) }

//go:noinline
func (d directory) descend(yield func(span) bool) { (*btreeOfSpans)(d.tree).Descend(yield) }

//go:noinline
func (d directory) descendLessOrEqual(s span, yield func(span) bool) {
	(*btreeOfSpans)(d.tree).DescendLessOrEqual(s, yield)
}

//go:noinline
func (d directory) ascendGreaterOrEqual(s span, yield func(span) bool) {
	(*btreeOfSpans)(d.tree).AscendGreaterOrEqual(s, yield)
}

//go:noinline
func (d directory) min() (span, bool) { return (*btreeOfSpans)(d.tree).Min() }

//go:noinline
func (d directory) max() (span, bool) { return (*btreeOfSpans)(d.tree).Max() }

//go:noinline
func (d directory) clone() directory { return directory{Pointer((*btreeOfSpans)(d.tree).Clone())} }

//go:noinline
func (d directory) delete(s span) { (*btreeOfSpans)(d.tree).Delete(s) }

//go:noinline
func (d directory) replaceOrInsert(s span) { (*btreeOfSpans)(d.tree).ReplaceOrInsert(s) }
