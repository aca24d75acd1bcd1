package ordered

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/google/btree"
)

// Kind is what all maps of one kind share: the order of their keys and their limits. Its methods are the operations
// that compare keys. A Kind never changes once it is made, except for its list of free tree nodes, which has a lock.
type Kind[K, V any] struct {
	compare func(x, y K) int
	valid   func(K) bool // nil: every value is a key

	// search and filter are the two inner loops, made for the key's type: one indirect call a search
	// instead of one a comparison.
	search func(run []Entry[K, V], k K) (i int, found bool)
	filter func(keys []K, run []Entry[K, V], keep bool) (kept, usedKeys, usedRun int)

	distances func(keys []K) ([]uint32, bool) // of integers; nil for others, which have ranks
	ranks     func(keys []K) []uint32

	natural bool // no function of the caller's compares keys
	maxRun  int  // entries in an array, by itself or as part of a tree
	minTree int  // a tree that shrinks to so few becomes an array again
	degree  int
	free    *btree.FreeListG[span[K]]
}

// Limits are the sizes at which a map changes its shape. Tests make them tiny.
type Limits struct {
	MaxRun int // from 4 to 60,000
	Degree int // of the B-tree, at least 2
}

// DefaultLimits keep an array of 16-byte entries within a 4 KiB page, where moving half of it costs less than
// the cache misses of a deeper structure.
var DefaultLimits = Limits{MaxRun: 240, Degree: 16}

// Natural returns the kind of maps whose keys are in their natural order.
func Natural[K cmp.Ordered, V any](l Limits) *Kind[K, V] {
	kd := newKind[K, V](cmp.Compare[K], l)
	kd.natural = true
	kd.distances = distancesOf[K]()
	kd.ranks = ranksByHash[K]
	if isFloat[K]() {
		kd.valid = func(k K) bool { return k == k }
	}
	if reflect.TypeFor[K]().Kind() != reflect.String { // a comparison of strings is a branch anyway
		kd.search = searchOrdered[K, V]
		kd.filter = filterOrdered[K, V]
	}
	return kd
}

// Func returns the kind of maps whose keys are ordered by a comparison function.
func Func[K, V any](compare func(x, y K) int, l Limits) *Kind[K, V] {
	kd := newKind[K, V](compare, l)
	kd.valid = func(k K) bool { return compare(k, k) == 0 }
	if isFloat[K]() { // a comparison by < and > calls a NaN equal to everything
		kd.valid = func(k K) bool { return any(k) == any(k) && compare(k, k) == 0 }
		search := kd.search
		kd.search = func(run []Entry[K, V], k K) (int, bool) {
			i, found := search(run, k)
			return i, found && kd.valid(k)
		}
	}
	return kd
}

func newKind[K, V any](compare func(x, y K) int, l Limits) *Kind[K, V] {
	return &Kind[K, V]{
		compare: compare,
		search:  func(run []Entry[K, V], k K) (int, bool) { return searchFunc(run, k, compare) },
		filter: func(keys []K, run []Entry[K, V], keep bool) (int, int, int) {
			return filterFunc(keys, run, keep, compare)
		},
		ranks:   func(keys []K) []uint32 { return ranksBySort(keys, compare) },
		maxRun:  l.MaxRun,
		minTree: l.MaxRun / 2,
		degree:  l.Degree,
		free:    btree.NewFreeListG[span[K]](btree.DefaultFreeListSize),
	}
}

// Compare orders two keys.
func (kd *Kind[K, V]) Compare(x, y K) int { return kd.compare(x, y) }

// IsNatural reports whether keys are in their natural order, so that no function of the caller's runs.
func (kd *Kind[K, V]) IsNatural() bool { return kd.natural }

// Valid reports whether k can be a key: whether it equals itself, as a NaN does not.
func (kd *Kind[K, V]) Valid(k K) bool { return kd.valid == nil || kd.valid(k) }

// AllValid reports whether every value can be a key.
func (kd *Kind[K, V]) AllValid() bool { return kd.valid == nil }

func isFloat[K any]() bool {
	kind := reflect.TypeFor[K]().Kind()
	return kind == reflect.Float32 || kind == reflect.Float64
}

// Get returns the value of a key, in O(log n).
func (kd *Kind[K, V]) Get(m *Map[K, V], k K) (value V, ok bool) {
	var run []Entry[K, V]
	if m.len == inTree {
		run = kd.seek(m.tree(), k).run
	} else {
		run = m.array()
	}
	if i, found := kd.search(run, k); found {
		return run[i].Value, true
	}
	return value, false
}

// Place is where a key stands in a map, or where it would stand. It is good until the map changes.
// It is three words, so that it and a pointer fit into registers: the compiler keeps larger structs in memory.
type Place[K, V any] struct {
	part  *part[K, V] // nil in an array
	i     int         // in the array, or in the part
	Found bool
}

// Locate returns the place of a key, in O(log n). The operations at a place compare no keys of arrays, so that whoever changes
// two maps can look into both before changing either. It begins as Get does; through a common helper, Add took 7% longer.
func (kd *Kind[K, V]) Locate(m *Map[K, V], k K) (p Place[K, V]) {
	var run []Entry[K, V]
	if m.len == inTree {
		p.part = kd.seek(m.tree(), k)
		run = p.part.run
	} else {
		run = m.array()
	}
	p.i, p.Found = kd.search(run, k)
	return p
}

// Value returns the value at a place where the key was found.
func (p Place[K, V]) Value(m *Map[K, V]) V { return p.Entry(m).Value }

// Key returns the key as it stands at a place where it was found: the same under the comparison, and perhaps spelled otherwise.
func (p Place[K, V]) Key(m *Map[K, V]) K { return p.Entry(m).Key }

// Entry returns the entry at a place where the key was found. It is good until the map changes.
func (p Place[K, V]) Entry(m *Map[K, V]) *Entry[K, V] {
	if p.part != nil {
		return &p.part.run[p.i]
	}
	return &m.array()[p.i]
}

// Insert puts a key where it was not found, in O(run).
func (kd *Kind[K, V]) Insert(m *Map[K, V], p Place[K, V], k K, value V) {
	if m.hasRoom() && int(m.len) < kd.maxRun {
		m.open(p.i, Entry[K, V]{value, k})
		return
	}
	if m.len == inTree {
		kd.insertTree(m, p, k, value)
		return
	}
	run := insertAt(m.array(), p.i, Entry[K, V]{value, k}, !m.isFrozen())
	if len(run) > kd.maxRun {
		m.set(kd.Build(run))
		return
	}
	m.setRun(run)
}

// Replace changes the value where a key was found, in O(1).
func (kd *Kind[K, V]) Replace(m *Map[K, V], p Place[K, V], value V) {
	if m.len == inTree {
		m.thaw().own(p.part).run[p.i].Value = value
		return
	}
	run := m.array()
	if m.isFrozen() {
		run = slices.Clone(run)
		m.setRun(run)
	}
	run[p.i].Value = value
}

// Remove takes a key out where it was found, in O(run).
func (kd *Kind[K, V]) Remove(m *Map[K, V], p Place[K, V]) {
	if m.staysFull() {
		m.close(p.i)
		return
	}
	if m.len == inTree {
		kd.removeTree(m, p)
		return
	}
	m.setRun(deleteAt(m.array(), p.i, !m.isFrozen()))
}

// Put gives a key its value, in O(log n + run). Where the key is there, same decides whether the value
// differs; a nil same says that it always does.
func (kd *Kind[K, V]) Put(m *Map[K, V], k K, value V, same func(x, y V) bool) Outcome {
	p := kd.Locate(m, k)
	outcome := p.outcome(m, value, same)
	kd.putAt(m, p, outcome, k, value)
	return outcome
}

// outcome returns what putting a value at a place comes to.
func (p Place[K, V]) outcome(m *Map[K, V], value V, same func(x, y V) bool) Outcome {
	switch {
	case !p.Found:
		return Added
	case same != nil && same(p.Value(m), value):
		return Same
	}
	return Updated
}

func (kd *Kind[K, V]) putAt(m *Map[K, V], p Place[K, V], outcome Outcome, k K, value V) {
	switch outcome {
	case Added:
		kd.Insert(m, p, k, value)
	case Updated:
		kd.Replace(m, p, value)
	}
}

// Delete takes a key out and reports whether it was there, in O(log n + run).
func (kd *Kind[K, V]) Delete(m *Map[K, V], k K) bool {
	p := kd.Locate(m, k)
	if p.Found {
		kd.Remove(m, p)
	}
	return p.Found
}
