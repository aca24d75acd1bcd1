// Package hashtable holds hash tables that find a value with few instructions, grow without a
// pause and give memory back.
//
// A table is worth its code because every read and write of an edge begins with one: with it
// instead of a Go map, Has takes a tenth less time, beyond the cache a seventh, and loading
// sorted edges takes a fifth less (-bench 'Has|BulkSorted' in the root). On its own, a lookup of
// an integer that is there takes as long as in a Go map, and two thirds of that beyond the cache;
// one that is absent takes up to 2.5 times as long (BenchmarkMap). A Go map never shrinks.
package hashtable

import "unsafe"

// Map is a hash table. The zero V means that there is no value. The caller gives the hash with each
// key, so that the compiler can inline it.
//
// It consists of segments: the upper bits of a hash choose one, the lower bits a cell in it.
// Segments grow by half until they have maxCells, and then split in two, so that no Put moves more
// than one segment.
//
// What holds at all times:
//   - the zero V marks an empty cell; it is never put
//   - from the cell that a key's hash chooses to the one that the key is in, going round at the
//     end, none is empty
//   - a segment of depth d stands 2^(depth-d) times in a row in segments: at all hashes with its d
//     upper bits; depth is at least 1
//   - at most three quarters of a segment's cells are used
type Map[K, V comparable] struct {
	segments []*segment[K, V]
	depth    uint8
	entries  int
	hash     func(K) uint64
}

type segment[K, V comparable] struct {
	cells []cell[K, V]
	used  int
	depth uint8
}

type cell[K, V comparable] struct {
	key   K
	value V
}

const (
	minCells = 8
	maxCells = 1024 // moving so many takes some microseconds
)

// New returns a table with room for n entries, whose keys have these hashes.
func New[K, V comparable](n int, hash func(K) uint64) *Map[K, V] {
	m := &Map[K, V]{depth: 1, hash: hash}
	cells := max(n+n/2, minCells)
	if cells <= maxCells {
		s := &segment[K, V]{cells: make([]cell[K, V], cells)}
		m.segments = []*segment[K, V]{s, s}
		return m
	}
	for cells>>m.depth > maxCells {
		m.depth++
	}
	for range 1 << m.depth {
		s := &segment[K, V]{cells: make([]cell[K, V], cells>>m.depth), depth: m.depth}
		m.segments = append(m.segments, s)
	}
	return m
}

// segment returns the segment of a hash.
func (m *Map[K, V]) segment(hash uint64) *segment[K, V] {
	return m.segments[hash>>((64-m.depth)&63)]
}

// home returns the cell that a hash chooses.
func (s *segment[K, V]) home(hash uint64) int {
	return int(uint64(uint32(hash)) * uint64(len(s.cells)) >> 32)
}

// find returns the cell of a key, or the empty one where it would be put.
func (s *segment[K, V]) find(hash uint64, k K) (i int) {
	var none V
	for i = s.home(hash); s.cells[i].key != k && s.cells[i].value != none; {
		i = s.after(i)
	}
	return i
}

func (s *segment[K, V]) after(i int) int {
	if i++; i == len(s.cells) {
		return 0
	}
	return i
}

// Get returns the value of a key, or the zero V.
func (m *Map[K, V]) Get(hash uint64, k K) V {
	var none V
	s := m.segment(hash)
	i := s.home(hash) // what follows is find, which would be one call more
	for s.cells[i].key != k && s.cells[i].value != none {
		i = s.after(i)
	}
	return s.cells[i].value // an empty cell has the zero, whatever its key
}

// Replace gives a key that is there another value. It reports whether the key is there.
func (m *Map[K, V]) Replace(hash uint64, k K, value V) bool {
	var none V
	s := m.segment(hash)
	c := &s.cells[s.find(hash, k)]
	if c.value == none {
		return false
	}
	c.value = value
	return true
}

// Put gives a key a value, which is not the zero V. A key that is there stays as it is.
func (m *Map[K, V]) Put(hash uint64, k K, value V) {
	var none V
	s := m.segment(hash)
	i := s.find(hash, k)
	if s.cells[i].value != none {
		s.cells[i].value = value
		return
	}
	for s.isFull() {
		m.grow(s, hash)
		s = m.segment(hash)
		i = s.find(hash, k)
	}
	s.cells[i] = cell[K, V]{k, value}
	s.used++
	m.entries++
}

func (s *segment[K, V]) isFull() bool { return s.used >= len(s.cells)*3/4 }

// grow makes room in the segment of a hash.
func (m *Map[K, V]) grow(s *segment[K, V], hash uint64) {
	old := s.cells
	if larger := len(old) + len(old)/2; larger <= maxCells {
		m.resize(s, larger)
		return
	}
	if s.depth == m.depth {
		m.deepen()
	}
	var halves [2]*segment[K, V]
	for i := range halves {
		halves[i] = &segment[K, V]{cells: make([]cell[K, V], len(old)*2/3), depth: s.depth + 1}
	}
	for i := range old {
		h := m.hash(old[i].key)
		halves[h>>(63-s.depth)&1].take(h, &old[i])
	}
	places := 1 << (m.depth - s.depth)
	first := int(hash>>(64-m.depth)) &^ (places - 1)
	for i := range places {
		m.segments[first+i] = halves[2*i/places]
	}
}

func (m *Map[K, V]) resize(s *segment[K, V], cells int) {
	old := s.cells
	s.cells, s.used = make([]cell[K, V], cells), 0
	for i := range old {
		s.take(m.hash(old[i].key), &old[i])
	}
}

// take puts a cell that was in another segment, unless it is empty.
func (s *segment[K, V]) take(hash uint64, c *cell[K, V]) {
	var none V
	if c.value != none {
		s.cells[s.find(hash, c.key)] = *c
		s.used++
	}
}

// deepen doubles the list of segments.
func (m *Map[K, V]) deepen() {
	segments := make([]*segment[K, V], 0, 2*len(m.segments))
	for _, s := range m.segments {
		segments = append(segments, s, s)
	}
	m.segments = segments
	m.depth++
}

// Delete takes a key out. The entries behind it move up, so that a search never has to pass a cell
// whose entry is gone.
func (m *Map[K, V]) Delete(hash uint64, k K) {
	var none V
	s := m.segment(hash)
	gap := s.find(hash, k)
	if s.cells[gap].value == none {
		return
	}
	for i := s.after(gap); s.cells[i].value != none; i = s.after(i) {
		home := s.home(m.hash(s.cells[i].key))
		if s.distance(home, i) >= s.distance(gap, i) {
			s.cells[gap] = s.cells[i]
			gap = i
		}
	}
	s.cells[gap] = cell[K, V]{}
	s.used--
	m.entries--
	m.shrink(s)
}

// shrink gives memory back after a key was taken out: half of a segment of which less than a
// quarter is used, and most segments of a table that has more of them than keys.
func (m *Map[K, V]) shrink(s *segment[K, V]) {
	switch {
	case m.entries < len(m.segments) && m.depth > 1:
		m.rebuild()
	case s.used < len(s.cells)/4 && len(s.cells) > minCells:
		m.resize(s, max(len(s.cells)/2, minCells))
	}
}

// rebuild moves all entries to a table of just the size that they need.
func (m *Map[K, V]) rebuild() {
	var none V
	smaller := New[K, V](m.entries, m.hash)
	for s := range m.each {
		for i := range s.cells {
			if c := &s.cells[i]; c.value != none {
				smaller.Put(m.hash(c.key), c.key, c.value)
			}
		}
	}
	*m = *smaller
}

// each yields each segment once.
func (m *Map[K, V]) each(yield func(*segment[K, V]) bool) {
	for i, s := range m.segments {
		if (i == 0 || s != m.segments[i-1]) && !yield(s) {
			return
		}
	}
}

// distance returns how many cells j is behind i, going round at the end.
func (s *segment[K, V]) distance(i, j int) int {
	if j < i {
		j += len(s.cells)
	}
	return j - i
}

// Len returns the number of entries, in O(1).
func (m *Map[K, V]) Len() int { return m.entries }

// Capacity returns the number of cells, of which three quarters can be used.
func (m *Map[K, V]) Capacity() (n int) {
	for s := range m.each {
		n += len(s.cells)
	}
	return n
}

// Bytes returns how much memory the table takes, without what keys and values point to.
func (m *Map[K, V]) Bytes() int {
	n := int(unsafe.Sizeof(*m)) + cap(m.segments)*int(unsafe.Sizeof(m.segments[0]))
	for s := range m.each {
		n += int(unsafe.Sizeof(*s)) + len(s.cells)*int(unsafe.Sizeof(s.cells[0]))
	}
	return n
}
