// Package ordered holds the one data structure of junction: a sorted map that is an array while it is small, a
// B-tree of arrays when it grows, and can be frozen in O(1).
//
// Adjacency is made of it twice: the neighbours of a node are a Map from neighbour to through value, and the nodes
// of a side are a Map from key to slot.
package ordered

import (
	"math"
	"slices"
	"sync/atomic"
	"unsafe"
)

// Entry is one key with its value. The value stands first because a zero-size field at the end of a struct is padded.
type Entry[K, V any] struct {
	Value V
	Key   K
}

// View is the immutable reading side of a Map: what Freeze returned, for as long as anybody holds it.
// The zero View is empty. Its methods never write, so any number of goroutines may use one.
type View[K, V any] struct {
	run  []Entry[K, V] // all entries, ascending, while tree is nil
	tree *tree[K, V]
}

// Map is a sorted map. The zero Map is empty and ready to use. Operations that compare keys are methods of the
// Kind that the map's makers share.
//
// A relation has a Map for each of its nodes, so its size counts: with 16 bytes instead of the 40 of a View and a flag,
// a slot takes 24 bytes and not 48. Only the methods from View to Len know the layout.
//
// What holds at all times:
//   - body points to the first of cap entries, of which len are in use; or, if len is inTree, to a tree of more than
//     Kind.minTree entries
//   - a frozen map shares its array or its tree with at least one View, and copies before it changes either
type Map[K, V any] struct {
	body     unsafe.Pointer
	len, cap uint16
	frozen   uint32 // atomic, because readers freeze side by side; cleared only by the writer
}

// inTree is the length that says that there is a tree. Arrays are shorter: see Limits.
const inTree = math.MaxUint16

// View returns what the map holds, for as long as the map is not changed.
func (m *Map[K, V]) View() View[K, V] {
	if m.len == inTree {
		return View[K, V]{tree: m.tree()}
	}
	return View[K, V]{run: m.array()}
}

// array returns the entries of a map without a tree.
func (m *Map[K, V]) array() []Entry[K, V] {
	if m.body == nil {
		return nil
	}
	return (*[math.MaxUint16]Entry[K, V])(m.body)[:m.len:m.cap]
}

// tree returns the tree of a map that has one.
func (m *Map[K, V]) tree() *tree[K, V] { return (*tree[K, V])(m.body) }

// setRun makes an array, which the map may change, the content of the map.
func (m *Map[K, V]) setRun(run []Entry[K, V]) {
	*m = Map[K, V]{body: unsafe.Pointer(unsafe.SliceData(run)), len: uint16(len(run)), cap: uint16(min(cap(run), inTree))}
}

// setTree makes a tree, which the map may change, the content of the map.
func (m *Map[K, V]) setTree(t *tree[K, V]) { *m = Map[K, V]{body: unsafe.Pointer(t), len: inTree} }

// set makes a new view, which nobody else has, the content of the map.
func (m *Map[K, V]) set(v View[K, V]) {
	if v.tree != nil {
		m.setTree(v.tree)
	} else {
		m.setRun(v.run)
	}
}

// Len returns the number of entries, in O(1).
func (m *Map[K, V]) Len() int {
	if m.len == inTree {
		return m.tree().len
	}
	return int(m.len)
}

// hasRoom reports whether an entry can be put into the array where it is. That of a tree has no capacity.
func (m *Map[K, V]) hasRoom() bool { return m.len < m.cap && m.frozen == 0 }

// open puts an entry at i into an array that has room.
func (m *Map[K, V]) open(i int, e Entry[K, V]) {
	m.len++
	run := m.array()
	copy(run[i+1:], run[i:])
	run[i] = e
}

// staysFull reports whether an entry can be taken out of the array where it is, and leaves it full enough. A tree has none.
func (m *Map[K, V]) staysFull() bool {
	return m.len <= m.cap && int(m.len) > int(m.cap)/2-4 && m.frozen == 0
}

// close takes entry i out of an array.
func (m *Map[K, V]) close(i int) {
	run := m.array()
	copy(run[i:], run[i+1:])
	run[len(run)-1] = Entry[K, V]{}
	m.len--
}

// isFrozen reports whether a change must copy first.
func (m *Map[K, V]) isFrozen() bool { return m.frozen != 0 }

// Outcome says what a Put did.
type Outcome uint8

// The outcomes of a Put.
const (
	Same    Outcome = iota // the key was there with an equal value; nothing changed
	Updated                // the key was there with another value
	Added                  // the key was not there
)

// owners numbers whoever may change shared memory in place: trees, and the sides that hold slots.
var owners atomic.Uint64

// NewOwner returns a number that no other owner in the process has or had.
func NewOwner() uint64 { return owners.Add(1) }

// ViewOf returns a view of ascending entries, which must not be changed afterwards.
func ViewOf[K, V any](sorted []Entry[K, V]) View[K, V] { return View[K, V]{run: sorted} }

// Len returns the number of entries, in O(1).
func (v View[K, V]) Len() int {
	if v.tree != nil {
		return v.tree.len
	}
	return len(v.run)
}

// Run returns all entries of a map that is a single array, and nothing of one that is a tree: see Rest.
func (v View[K, V]) Run() []Entry[K, V] { return v.run }

// Rest yields, in order, the entries that Run does not return. Together they are all entries; they are apart so that
// the loop over a small map can be inlined where it stands.
func (v View[K, V]) Rest(yield func(K, V) bool) bool {
	goOn := true
	if v.tree != nil {
		v.tree.dir.Ascend(func(s span[K]) bool { goOn = each(v.tree.part(s).run, yield); return goOn })
	}
	return goOn
}

// Runs yields all entries in order, as the arrays in which they stand.
func (v View[K, V]) Runs(yield func([]Entry[K, V]) bool) {
	if v.tree != nil {
		v.tree.dir.Ascend(func(s span[K]) bool { return yield(v.tree.part(s).run) })
	} else if len(v.run) > 0 {
		yield(v.run)
	}
}

// Ends returns the first and the last key of a view that has any.
func (v View[K, V]) Ends() (first, last K) {
	low, high := v.run, v.run
	if v.tree != nil {
		lowest, _ := v.tree.dir.Min()
		highest, _ := v.tree.dir.Max()
		low, high = v.tree.part(lowest).run, v.tree.part(highest).run
	}
	return low[0].Key, high[len(high)-1].Key
}

// AppendTo appends all entries to a slice.
func (v View[K, V]) AppendTo(run []Entry[K, V]) []Entry[K, V] {
	if v.tree != nil {
		return v.tree.appendTo(run)
	}
	return append(run, v.run...)
}

// Each yields all entries in order and reports whether yield wanted them all.
func (v View[K, V]) Each(yield func(K, V) bool) bool { return each(v.run, yield) && v.Rest(yield) }

// All is Each as a sequence.
func (v View[K, V]) All(yield func(K, V) bool) { v.Each(yield) }

// Backward yields all entries in descending order.
func (v View[K, V]) Backward(yield func(K, V) bool) {
	if v.tree == nil {
		eachBackward(v.run, yield)
		return
	}
	v.tree.dir.Descend(func(s span[K]) bool { return eachBackward(v.tree.part(s).run, yield) })
}

// Capacity returns the number of entries that the allocated arrays could hold, in O(1) for an array and O(n/run) for a tree.
func (v View[K, V]) Capacity() int {
	if v.tree == nil {
		return cap(v.run)
	}
	n := 0
	v.tree.dir.Ascend(func(s span[K]) bool { n += cap(v.tree.part(s).run); return true })
	return n
}

// Freeze returns a view of the map as it is now and lets the map's next change copy what they share: an array
// whole, of a tree the path and the part that changes. It takes O(1) and allocates nothing.
// Any number of goroutines may freeze a map side by side, but not beside its writer.
func (m *Map[K, V]) Freeze() View[K, V] {
	if atomic.LoadUint32(&m.frozen) == 0 {
		atomic.StoreUint32(&m.frozen, 1)
	}
	return m.View()
}

// Share returns a second map of the same entries. Both copy before they change.
func (m *Map[K, V]) Share() Map[K, V] {
	m.Freeze()
	return Map[K, V]{body: m.body, len: m.len, cap: m.cap, frozen: 1}
}

// Borrow is Share for as long as m does not change: of an array m is not told, which saves a write to where m is. Whoever changes
// the second map has one of its own; otherwise it must be gone before m changes.
func (m *Map[K, V]) Borrow() Map[K, V] {
	if m.len == inTree {
		return m.Share()
	}
	return Map[K, V]{body: m.body, len: m.len, cap: m.cap, frozen: 1}
}

func each[K, V any](run []Entry[K, V], yield func(K, V) bool) bool {
	for i := range run {
		if !yield(run[i].Key, run[i].Value) {
			return false
		}
	}
	return true
}

func eachBackward[K, V any](run []Entry[K, V], yield func(K, V) bool) bool {
	for i := len(run) - 1; i >= 0; i-- {
		if !yield(run[i].Key, run[i].Value) {
			return false
		}
	}
	return true
}

// grow returns an empty array for n entries and some more: a third, four at least unless n is 0, and what the allocator would
// waste anyway. Doubling makes Add 4% faster and a relation 25% larger (bytes/edge of BenchmarkAdd).
func grow[K, V any](n int) []Entry[K, V] {
	switch {
	case n == 0:
		n = 1
	case n < 4:
		n = 4
	default:
		n += max(n/3, 4)
	}
	return slices.Grow([]Entry[K, V](nil), n)
}

// insertAt returns run with an entry put in at i. It works in place if it may and there is room.
func insertAt[K, V any](run []Entry[K, V], i int, e Entry[K, V], inPlace bool) []Entry[K, V] {
	if !inPlace || len(run) == cap(run) {
		grown := grow[K, V](len(run))[:len(run)+1]
		copy(grown, run[:i])
		copy(grown[i+1:], run[i:])
		grown[i] = e
		return grown
	}
	run = run[:len(run)+1]
	copy(run[i+1:], run[i:])
	run[i] = e
	return run
}

// deleteAt returns run without entry i. It works in place if it may, and gives memory back when half of it is unused.
func deleteAt[K, V any](run []Entry[K, V], i int, inPlace bool) []Entry[K, V] {
	if n := len(run) - 1; !inPlace || n < cap(run)/2-4 {
		return append(append(grow[K, V](n), run[:i]...), run[i+1:]...)
	}
	return slices.Delete(run, i, i+1)
}
