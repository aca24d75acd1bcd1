// Package intmap holds hash tables of integers, which find a value with few instructions.
//
// A table is worth its code because every read and write of an edge begins with one: with it
// instead of a Go map, Has takes a tenth less time, beyond the cache a seventh, and loading sorted
// edges takes a fifth less (-bench 'Has|BulkSorted' in the root). On its own, a lookup of a key that
// is there takes as long as in a Go map, and two thirds of that beyond the cache; one that is not
// there takes up to 2.5 times as long (BenchmarkMap).
package intmap

import (
	"math/bits"
	"math/rand/v2"
)

// Map is a hash table from integers to values. The zero V means that there is no value.
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
type Map[V comparable] struct {
	segments []*segment[V]
	depth    uint8
	entries  int
	seed     uint64
}

type segment[V comparable] struct {
	cells []cell[V]
	used  int
	depth uint8
}

type cell[V comparable] struct {
	key   uint64
	value V
}

const (
	minCells = 8
	maxCells = 1024 // moving so many takes some microseconds
)

// New returns a table with room for n entries.
func New[V comparable](n int) *Map[V] {
	m := &Map[V]{depth: 1, seed: rand.Uint64()}
	cells := max(n+n/2, minCells)
	if cells <= maxCells {
		s := &segment[V]{cells: make([]cell[V], cells)}
		m.segments = []*segment[V]{s, s}
		return m
	}
	for cells>>m.depth > maxCells {
		m.depth++
	}
	for range 1 << m.depth {
		m.segments = append(m.segments, &segment[V]{cells: make([]cell[V], cells>>m.depth), depth: m.depth})
	}
	return m
}

// hash multiplies as wyhash does. The random seed prevents attacks by chosen colliding keys.
func (m *Map[V]) hash(k uint64) uint64 {
	high, low := bits.Mul64(k^m.seed, 0x9E3779B97F4A7C15)
	return high ^ low
}

// segment returns the segment of a hash.
func (m *Map[V]) segment(hash uint64) *segment[V] {
	return m.segments[hash>>((64-m.depth)&63)]
}

// home returns the cell that a hash chooses.
func (s *segment[V]) home(hash uint64) int {
	return int(uint64(uint32(hash)) * uint64(len(s.cells)) >> 32)
}

// find returns the cell of a key, or the empty one where it would be put.
func (s *segment[V]) find(hash uint64, k uint64) (i int) {
	var none V
	for i = s.home(hash); s.cells[i].key != k && s.cells[i].value != none; {
		i = s.after(i)
	}
	return i
}

func (s *segment[V]) after(i int) int {
	if i++; i == len(s.cells) {
		return 0
	}
	return i
}

// Get returns the value of a key, or the zero V.
func (m *Map[V]) Get(k uint64) V {
	var none V
	h := m.hash(k)
	s := m.segment(h)
	i := s.home(h) // what follows is find, which would be one call more
	for s.cells[i].key != k && s.cells[i].value != none {
		i = s.after(i)
	}
	return s.cells[i].value // an empty cell has the zero, whatever its key
}

// Put gives a key a value, which is not the zero V.
func (m *Map[V]) Put(k uint64, value V) {
	var none V
	h := m.hash(k)
	s := m.segment(h)
	i := s.find(h, k)
	if s.cells[i].value == none {
		for s.isFull() {
			m.grow(s, h)
			s = m.segment(h)
			i = s.find(h, k)
		}
		s.used++
		m.entries++
	}
	s.cells[i] = cell[V]{k, value}
}

func (s *segment[V]) isFull() bool { return s.used >= len(s.cells)*3/4 }

// grow makes room in the segment of a hash.
func (m *Map[V]) grow(s *segment[V], hash uint64) {
	old := s.cells
	if larger := len(old) + len(old)/2; larger <= maxCells {
		m.resize(s, larger)
		return
	}
	if s.depth == m.depth {
		m.deepen()
	}
	var halves [2]*segment[V]
	for i := range halves {
		halves[i] = &segment[V]{cells: make([]cell[V], len(old)*2/3), depth: s.depth + 1}
	}
	for _, c := range old {
		h := m.hash(c.key)
		halves[h>>(63-s.depth)&1].take(h, c)
	}
	places := 1 << (m.depth - s.depth)
	first := int(hash>>(64-m.depth)) &^ (places - 1)
	for i := range places {
		m.segments[first+i] = halves[2*i/places]
	}
}

func (m *Map[V]) resize(s *segment[V], cells int) {
	old := s.cells
	s.cells, s.used = make([]cell[V], cells), 0
	for _, c := range old {
		s.take(m.hash(c.key), c)
	}
}

// take puts a cell that was in another segment, unless it is empty.
func (s *segment[V]) take(hash uint64, c cell[V]) {
	var none V
	if c.value != none {
		s.cells[s.find(hash, c.key)] = c
		s.used++
	}
}

// deepen doubles the list of segments.
func (m *Map[V]) deepen() {
	segments := make([]*segment[V], 0, 2*len(m.segments))
	for _, s := range m.segments {
		segments = append(segments, s, s)
	}
	m.segments = segments
	m.depth++
}

// Delete takes a key out. The entries behind it move up, so that a search never has to pass a cell
// whose entry is gone.
func (m *Map[V]) Delete(k uint64) {
	var none V
	h := m.hash(k)
	s := m.segment(h)
	gap := s.find(h, k)
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
	s.cells[gap] = cell[V]{}
	s.used--
	m.entries--
	m.shrink(s)
}

// shrink gives memory back from which a key was taken out: half a segment if an eighth of it is
// used, and all segments but one of an empty table.
func (m *Map[V]) shrink(s *segment[V]) {
	switch {
	case m.entries == 0 && m.depth > 1:
		*m = *New[V](0)
	case s.used < len(s.cells)/8 && len(s.cells) > minCells:
		m.resize(s, max(len(s.cells)/2, minCells))
	}
}

// distance returns how many cells j is behind i, going round at the end.
func (s *segment[V]) distance(i, j int) int {
	if j < i {
		j += len(s.cells)
	}
	return j - i
}

// Len returns the number of entries, in O(1).
func (m *Map[V]) Len() int { return m.entries }

// Capacity returns the number of cells, of which three quarters can be used.
func (m *Map[V]) Capacity() (n int) {
	for i, s := range m.segments {
		if i == 0 || s != m.segments[i-1] {
			n += len(s.cells)
		}
	}
	return n
}
