package adjacency

import (
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Pointer points to a key, a value or an entry.
type Pointer = raw.Pointer

// index finds the slot of a node. Just one of its fields is set, and none in an index that a side does without.
type index struct {
	integers slotTable
	size     uintptr // of an integer
	others   ordered.Index
}

// newIndex returns an index of keys that can be hashed, with room for so many; an empty one for others.
func newIndex(keys *ordered.Keys, entries int) index {
	switch {
	case keys.Integer:
		return index{integers: newSlotTable(entries), size: keys.Type.Size}
	case keys.NewIndex != nil:
		return index{others: keys.NewIndex(entries)}
	}
	return index{}
}

func (x *index) exists() bool { return x.integers.exists() || x.others != nil }

func (x *index) get(k Pointer) *Slot {
	if x.integers.exists() {
		return x.integers.get(bitsOf(k, x.size))
	}
	return (*Slot)(x.others.Get(k))
}

func (x *index) put(k Pointer, s *Slot) {
	if x.integers.exists() {
		x.integers.put(bitsOf(k, x.size), s)
	} else {
		x.others.Put(k, Pointer(s))
	}
}

func (x *index) delete(k Pointer) {
	if x.integers.exists() {
		x.integers.delete(bitsOf(k, x.size))
	} else {
		x.others.Delete(k)
	}
}

func (x *index) len() int {
	if x.integers.exists() {
		return x.integers.len()
	}
	return x.others.Len()
}

// capacity returns about how many entries the allocated memory could hold.
func (x *index) capacity() (n int) {
	switch {
	case x.integers.exists():
		n = x.integers.capacity()
	case x.others != nil:
		n = x.others.Len() * 8 / 7 // a map is seven eighths full at the most
	}
	return n
}
