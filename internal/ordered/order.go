package ordered

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Order is what all maps of one kind share: their keys, how entries are held, and their limits. Its
// methods are the operations that compare keys. A Kind never changes once it is made.
type Order struct {
	keys    *Keys
	search  func(first Pointer, stride uintptr, n int, k Pointer) (i int, found bool) // of keys
	size    uintptr                                                                   // of an entry
	keyAt   uintptr                                                                   // where in an entry the key stands
	key     *raw.Type
	value   *raw.Type
	entries *raw.Type
	layout  layout

	maxRun  int // entries in an array, by itself or as part of a tree
	minTree int // a tree that shrinks to so few becomes an array again
	degree  int
}

// Entry is one key with its value. The value stands first because a zero-size field at the end of a
// struct is padded.
type Entry[K, V any] struct {
	Value V
	Key   K
}

// Limits are the sizes at which a map changes its shape. Tests make them tiny.
type Limits struct {
	MaxRun int // from 4 to 60,000
	Degree int // of the B-tree, at least 2
}

// DefaultLimits keep an array of 16-byte entries within a 4 KiB page, where moving half of it costs
// less than the cache misses of a deeper structure.
var DefaultLimits = Limits{MaxRun: 240, Degree: 16}

// KindOf returns the kind of maps from keys of type K, which these are, to values of type V.
func KindOf[K, V any](keys *Keys, value *raw.Type, l Limits) *Order {
	return NewOrder(keys, value, LayoutOf[K, V](), l)
}

// Layout is how entries are held.
type Layout struct {
	Of    *raw.Type
	KeyAt uintptr
}

// LayoutOf returns the layout of entries of two types.
func LayoutOf[K, V any]() Layout {
	return Layout{raw.TypeOf[Entry[K, V]](), unsafe.Offsetof(Entry[K, V]{}.Key)}
}

// NewOrder returns the kind of maps from keys to values.
func NewOrder(keys *Keys, value *raw.Type, entries Layout, l Limits) *Order {
	return newKind(keys, value, entries.Of, entries.KeyAt, l)
}

// OfNodes returns the kind of maps from keys to pointers.
func OfNodes(keys *Keys, l Limits) *Order {
	return newKind(keys, pointers, keys.ofNodes, keys.nodeKey, l)
}

// OfKeys returns the kind of sets of keys: the values have no size.
func OfKeys(keys *Keys, l Limits) *Order { return newKind(keys, empty, keys.Type, 0, l) }

var empty = raw.TypeOf[struct{}]()

var pointers = raw.TypeOf[Pointer]()

func newKind(keys *Keys, value, entries *raw.Type, keyAt uintptr, l Limits) *Order {
	return &Order{
		keys: keys, search: keys.search, layout: layoutOf(keys.Type, value, entries, keyAt), key: keys.Type, value: value, entries: entries, size: entries.Size, keyAt: keyAt,
		maxRun: l.MaxRun, minTree: l.MaxRun / 2, degree: l.Degree,
	}
}

// Keys returns the keys of maps of this kind.
func (kd *Order) Keys() *Keys { return kd.keys }

// Value returns how values are held.
func (kd *Order) Value() *raw.Type { return kd.value }

// Size returns the size of an entry.
func (kd *Order) Size() uintptr { return kd.size }

// Compare orders two keys.
func (kd *Order) Compare(x, y Pointer) int { return kd.keys.compare(x, y) }

// Run is an array of entries, ascending.
type Run struct {
	P        Pointer
	Len, Cap int
}

// At returns entry i. The value stands at its beginning.
func (kd *Order) At(r Run, i int) Pointer { return unsafe.Add(r.P, uintptr(i)*kd.size) }

// KeyAt returns the key of entry i.
func (kd *Order) KeyAt(r Run, i int) Pointer { return unsafe.Add(r.P, uintptr(i)*kd.size+kd.keyAt) }

// KeyOf returns the key of an entry.
func (kd *Order) KeyOf(e Pointer) Pointer { return unsafe.Add(e, kd.keyAt) }

// From returns the run without its first i entries.
func (kd *Order) From(r Run, i int) Run {
	if i == r.Len { // no pointer behind an array
		return Run{}
	}
	return Run{unsafe.Add(r.P, uintptr(i)*kd.size), r.Len - i, r.Cap - i}
}

// To returns the first i entries.
func (r Run) To(i int) Run { return Run{r.P, i, r.Cap} }

// find returns where a key stands in a run, or would stand.
func (kd *Order) find(r Run, k Pointer) (int, bool) {
	if r.Len == 0 {
		return 0, false
	}
	return kd.search(unsafe.Add(r.P, kd.keyAt), kd.size, r.Len, k)
}

// layout says how an entry is written with few instructions.
type layout uint8

const (
	anyLayout      layout = iota
	words                 // key and value are words, without a gap
	keyOnly               // the key is a word, the value has no size
	pointerAndWord        // the value is a pointer, the key a word
)

func layoutOf(key, value, entry *raw.Type, keyAt uintptr) layout {
	switch {
	case !key.IsWord() || entry.Size != keyAt+8:
	case value.Size == 0:
		return keyOnly
	case value.IsWord():
		return words
	case value == pointers:
		return pointerAndWord
	}
	return anyLayout
}

// write writes an entry.
func (kd *Order) write(e, k, value Pointer) {
	switch kd.layout {
	case words:
		*(*[2]uint64)(e) = [2]uint64{*(*uint64)(value), *(*uint64)(k)}
	case keyOnly:
		*(*uint64)(e) = *(*uint64)(k)
	case pointerAndWord:
		*(*Entry[uint64, Pointer])(e) = Entry[uint64, Pointer]{*(*Pointer)(value), *(*uint64)(k)}
	default:
		kd.value.Set(e, value)
		kd.key.Set(unsafe.Add(e, kd.keyAt), k)
	}
}

// Get returns the value of a key, nil if there is none, in O(log n).
func (kd *Order) Get(m *Map, k Pointer) (value Pointer) {
	if m.len == inTree {
		run := kd.seek(m.tree(), k).run
		if i, found := kd.find(run, k); found {
			return kd.At(run, i)
		}
		return nil
	}
	if m.len == 0 {
		return nil
	}
	if i, found := kd.search(unsafe.Add(m.body, kd.keyAt), kd.size, int(m.len), k); found {
		return unsafe.Add(m.body, uintptr(i)*kd.size)
	}
	return nil
}

// Place is where a key stands in a map, or where it would stand. It is good until the map changes.
// It is three words, so that it and a pointer fit into registers: the compiler keeps larger structs
// in memory.
type Place struct {
	part  *part // nil in an array
	i     int   // in the array, or in the part
	Found bool
}

// Locate returns the place of a key, in O(log n). The operations at a place compare no keys of
// arrays, so that a caller that changes two maps can look into both before it changes either.
func (kd *Order) Locate(m *Map, k Pointer) (p Place) {
	if m.len == inTree {
		p.part = kd.seek(m.tree(), k)
		p.i, p.Found = kd.find(p.part.run, k)
		return p
	}
	if m.len > 0 {
		p.i, p.Found = kd.search(unsafe.Add(m.body, kd.keyAt), kd.size, int(m.len), k)
	}
	return p
}

// Entry returns the entry at a place where the key was found. It is good until the map changes.
func (kd *Order) Entry(m *Map, p Place) Pointer {
	if p.part != nil {
		return kd.At(p.part.run, p.i)
	}
	return kd.At(m.array(), p.i)
}

// Insert puts a key where it was not found, in O(run).
func (kd *Order) Insert(m *Map, p Place, k, value Pointer) {
	if m.hasRoom() && int(m.len) < kd.maxRun {
		kd.insertInPlace(m, p.i, k, value)
		return
	}
	if m.len == inTree {
		kd.insertTree(m, p, k, value)
		return
	}
	run := kd.insertAt(m.array(), p.i, k, value, !m.isFrozen())
	if run.Len > kd.maxRun {
		m.set(kd.Build(run))
		return
	}
	m.setRun(run)
}

// Replace changes the value where a key was found, in O(1).
func (kd *Order) Replace(m *Map, p Place, value Pointer) {
	if m.len == inTree {
		own := kd.own(m.thaw(), p.part)
		kd.value.Set(kd.At(own.run, p.i), value)
		return
	}
	run := m.array()
	if m.isFrozen() {
		run = kd.clone(run)
		m.setRun(run)
	}
	kd.value.Set(kd.At(run, p.i), value)
}

// Remove takes a key out where it was found, in O(run).
func (kd *Order) Remove(m *Map, p Place) {
	if m.staysFull() {
		kd.removeInPlace(m, p.i)
		return
	}
	if m.len == inTree {
		kd.removeTree(m, p)
		return
	}
	m.setRun(kd.deleteAt(m.array(), p.i, !m.isFrozen()))
}

// Same says whether a value over another is no update; nil says that it always is one.
type Same = func(x, y Pointer) bool

// Put gives a key its value, in O(log n + run). Where the key is there, same decides whether the
// value differs; a nil same says that it always does.
func (kd *Order) Put(m *Map, k, value Pointer, same Same) Outcome {
	p := kd.Locate(m, k)
	switch {
	case !p.Found:
		kd.Insert(m, p, k, value)
		return Added
	case same != nil && same(kd.Entry(m, p), value):
		return Unchanged
	}
	kd.Replace(m, p, value)
	return Updated
}

// Delete takes a key out and reports whether it was there, in O(log n + run).
func (kd *Order) Delete(m *Map, k Pointer) bool {
	p := kd.Locate(m, k)
	if p.Found {
		kd.Remove(m, p)
	}
	return p.Found
}
