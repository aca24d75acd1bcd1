package adjacency

import (
	"strings"

	"github.com/seed-250bd433/junction/internal/hashtable"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Pointer points to a key, a value or an entry.
type Pointer = raw.Pointer

// index finds the slot of a node by a hash of its key. It has the one table that the keys' Hash
// asks for, or none if keys have a comparison function or the side does without an index.
//
// The table is behind an unsafe pointer, and the methods are not inlined, because each package that
// sees an instance of a generic type, be it as a field of a field of a type that it names, compiles
// all methods of the instance.
type index struct {
	keys  *ordered.Keys
	table Pointer
}

// text is a string, or an array of bytes, with its hash.
type text struct {
	hash uint64
	s    string
}

func hashOfText(t text) uint64 { return t.hash }

func (x *index) words() *hashtable.Map[uint64, *Slot] {
	return (*hashtable.Map[uint64, *Slot])(x.table)
}

func (x *index) pairs() *hashtable.Map[[2]uint64, *Slot] {
	return (*hashtable.Map[[2]uint64, *Slot])(x.table)
}

func (x *index) texts() *hashtable.Map[text, *Slot] {
	return (*hashtable.Map[text, *Slot])(x.table)
}

func (x *index) text(k Pointer) text {
	s := x.keys.Text(k)
	return text{ordered.HashText(s), s}
}

// newIndex returns an index with room for n entries; none for keys that are not hashed.
//
//go:noinline
func newIndex(keys *ordered.Keys, n int) index {
	x := index{keys: keys}
	switch keys.Hash {
	case ordered.Words:
		x.table = Pointer(hashtable.New[uint64, *Slot](n, ordered.HashWord))
	case ordered.Pairs:
		x.table = Pointer(hashtable.New[[2]uint64, *Slot](n, ordered.HashPair))
	case ordered.Texts:
		x.table = Pointer(hashtable.New[text, *Slot](n, hashOfText))
	}
	return x
}

func (x *index) exists() bool { return x.table != nil }

// get returns the slot of a node, or nil.
//
//go:noinline
func (x *index) get(k Pointer) *Slot {
	switch x.keys.Hash {
	case ordered.Words:
		w := ordered.Word(k, x.keys.Form)
		return x.words().Get(ordered.HashWord(w), w)
	case ordered.Pairs:
		p := ordered.Pair(k)
		return x.pairs().Get(ordered.HashPair(p), p)
	default:
		t := x.text(k)
		return x.texts().Get(t.hash, t)
	}
}

//go:noinline
func (x *index) put(k Pointer, s *Slot) {
	switch x.keys.Hash {
	case ordered.Words:
		w := ordered.Word(k, x.keys.Form)
		x.words().Put(ordered.HashWord(w), w, s)
	case ordered.Pairs:
		p := ordered.Pair(k)
		x.pairs().Put(ordered.HashPair(p), p, s)
	default:
		x.putText(x.text(k), s)
	}
}

// putText puts a text. The index keeps a copy of an array of bytes, which may be a variable of the
// caller's.
func (x *index) putText(t text, s *Slot) {
	if x.keys.Type.Plain() {
		if x.texts().Replace(t.hash, t, s) {
			return
		}
		t.s = strings.Clone(t.s)
	}
	x.texts().Put(t.hash, t, s)
}

//go:noinline
func (x *index) delete(k Pointer) {
	switch x.keys.Hash {
	case ordered.Words:
		w := ordered.Word(k, x.keys.Form)
		x.words().Delete(ordered.HashWord(w), w)
	case ordered.Pairs:
		p := ordered.Pair(k)
		x.pairs().Delete(ordered.HashPair(p), p)
	default:
		t := x.text(k)
		x.texts().Delete(t.hash, t)
	}
}

// tableOf is what tables have in common.
type tableOf interface {
	Len() int
	Bytes() int
	Check() error
}

//go:noinline
func (x *index) all() tableOf {
	switch x.keys.Hash {
	case ordered.Words:
		return x.words()
	case ordered.Pairs:
		return x.pairs()
	default:
		return x.texts()
	}
}

// len returns the number of entries.
func (x *index) len() int { return x.all().Len() }

// bytes returns how much memory the index takes, without what strings point to.
func (x *index) bytes() int {
	if !x.exists() {
		return 0
	}
	n := x.all().Bytes()
	if x.keys.Hash == ordered.Texts && x.keys.Type.Plain() {
		n += x.len() * int(x.keys.Type.Size)
	}
	return n
}
