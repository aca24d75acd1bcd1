package adjacency

import (
	"math/bits"
	"math/rand/v2"
)

// table is a hash table of integers, which finds slots with few instructions. It is worth its code because every read and write of an
// edge begins here: with it instead of a map, Has takes a tenth less time, beyond the cache a seventh, and loading sorted edges a fifth
// (-bench 'Has|BulkSorted' in the root). Alone, a key that is there takes as long as in a map, and beyond the cache two thirds of
// that; one that is not there takes up to 2.5 times as long (BenchmarkIndex).
//
// It consists of segments: the upper bits of a hash choose one, the lower bits a cell in it. Segments grow by half until they have
// maxCells, and then split in two, so that no put moves more than one segment.
//
// What holds at all times:
//   - the zero S marks an empty cell; it is never put
//   - from the cell that a key's hash chooses to the one that the key is in, going round at the end, none is empty
//   - a segment of depth d stands 2^(depth-d) times in a row in segments: at all hashes with its d upper bits; depth is at least 1
//   - at most three quarters of a segment's cells are used
type table struct {
	segments []*segment
	depth    uint8
	entries  int
	seed     uint64
}

type segment struct {
	cells []cell
	used  int
	depth uint8
}

type cell struct {
	key   uint64
	value *Slot
}

const (
	minCells = 8
	maxCells = 1024 // to move so many takes some microseconds
)

// newTable returns a table with room for some entries.
func newTable(entries int) *table {
	t := &table{depth: 1, seed: rand.Uint64()}
	cells := max(entries+entries/2, minCells)
	if cells <= maxCells {
		s := &segment{cells: make([]cell, cells)}
		t.segments = []*segment{s, s}
		return t
	}
	for cells>>t.depth > maxCells {
		t.depth++
	}
	for range 1 << t.depth {
		t.segments = append(t.segments, &segment{cells: make([]cell, cells>>t.depth), depth: t.depth})
	}
	return t
}

// bitsOf returns an integer of some bytes as one of 64 bits that no other of its type is.
func bitsOf(k Pointer, size uintptr) uint64 {
	switch size {
	case 8:
		return *(*uint64)(k)
	case 4:
		return uint64(*(*uint32)(k))
	case 2:
		return uint64(*(*uint16)(k))
	default:
		return uint64(*(*uint8)(k))
	}
}

// hash multiplies as wyhash does. Who does not know the seed cannot choose keys that collide.
func (t *table) hash(k uint64) uint64 {
	high, low := bits.Mul64(k^t.seed, 0x9E3779B97F4A7C15)
	return high ^ low
}

// segment returns the segment of a hash.
func (t *table) segment(hash uint64) *segment {
	return t.segments[hash>>((64-t.depth)&63)]
}

// home returns the cell that a hash chooses.
func (s *segment) home(hash uint64) int {
	return int(uint64(uint32(hash)) * uint64(len(s.cells)) >> 32)
}

// find returns the cell of a key, or the empty one where it would be put.
func (s *segment) find(hash uint64, k uint64) (i int) {
	var none *Slot
	for i = s.home(hash); s.cells[i].key != k && s.cells[i].value != none; {
		i = s.after(i)
	}
	return i
}

func (s *segment) after(i int) int {
	if i++; i == len(s.cells) {
		return 0
	}
	return i
}

func (t *table) get(k uint64) *Slot {
	h := t.hash(k)
	s := t.segment(h)
	return s.cells[s.find(h, k)].value // an empty cell has the zero, whatever its key
}

func (t *table) put(k uint64, value *Slot) {
	var none *Slot
	h := t.hash(k)
	s := t.segment(h)
	i := s.find(h, k)
	if s.cells[i].value == none {
		for s.isFull() {
			t.grow(s, h)
			s = t.segment(h)
			i = s.find(h, k)
		}
		s.used++
		t.entries++
	}
	s.cells[i] = cell{k, value}
}

func (s *segment) isFull() bool { return s.used >= len(s.cells)*3/4 }

// grow makes room in the segment of a hash.
func (t *table) grow(s *segment, hash uint64) {
	old := s.cells
	if larger := len(old) + len(old)/2; larger <= maxCells {
		t.resize(s, larger)
		return
	}
	if s.depth == t.depth {
		t.deepen()
	}
	var halves [2]*segment
	for i := range halves {
		halves[i] = &segment{cells: make([]cell, len(old)*2/3), depth: s.depth + 1}
	}
	for _, c := range old {
		h := t.hash(c.key)
		halves[h>>(63-s.depth)&1].take(h, c)
	}
	places := 1 << (t.depth - s.depth)
	first := int(hash>>(64-t.depth)) &^ (places - 1)
	for i := range places {
		t.segments[first+i] = halves[2*i/places]
	}
}

func (t *table) resize(s *segment, cells int) {
	old := s.cells
	s.cells, s.used = make([]cell, cells), 0
	for _, c := range old {
		s.take(t.hash(c.key), c)
	}
}

// take puts a cell that was in another segment, unless it is empty.
func (s *segment) take(hash uint64, c cell) {
	var none *Slot
	if c.value != none {
		s.cells[s.find(hash, c.key)] = c
		s.used++
	}
}

// deepen doubles the list of segments.
func (t *table) deepen() {
	segments := make([]*segment, 0, 2*len(t.segments))
	for _, s := range t.segments {
		segments = append(segments, s, s)
	}
	t.segments = segments
	t.depth++
}

// delete takes a key out. What stands behind it moves up, so that a search never has to pass what is gone.
func (t *table) delete(k uint64) {
	var none *Slot
	h := t.hash(k)
	s := t.segment(h)
	gap := s.find(h, k)
	if s.cells[gap].value == none {
		return
	}
	for i := s.after(gap); s.cells[i].value != none; i = s.after(i) {
		home := s.home(t.hash(s.cells[i].key))
		if s.distance(home, i) >= s.distance(gap, i) {
			s.cells[gap] = s.cells[i]
			gap = i
		}
	}
	s.cells[gap] = cell{}
	s.used--
	t.entries--
	t.shrink(s)
}

// shrink gives memory back from which a key was taken out: half a segment if an eighth of it is used, and all segments but one of an
// empty table.
func (t *table) shrink(s *segment) {
	switch {
	case t.entries == 0 && t.depth > 1:
		*t = *newTable(0)
	case s.used < len(s.cells)/8 && len(s.cells) > minCells:
		t.resize(s, max(len(s.cells)/2, minCells))
	}
}

// distance returns how many cells j is behind i, going round at the end.
func (s *segment) distance(i, j int) int {
	if j < i {
		j += len(s.cells)
	}
	return j - i
}

func (t *table) len() int { return t.entries }
