package adjacency

import (
	"math/bits"
	"math/rand/v2"
)

// numberTable is a hash numberTable of integers, which finds slots with few instructions. It is worth its code because every read and write of an
// edge begins here: with it instead of a map, Has takes a tenth less time, beyond the cache a seventh, and loading sorted edges a fifth
// (-bench 'Has|BulkSorted' in the root). Alone, a key that is there takes as long as in a map, and beyond the cache two thirds of
// that; one that is not there takes up to 2.5 times as long (BenchmarkIndex).
//
// It consists of segments: the upper bits of a hash choose one, the lower bits a numberCell in it. Segments grow by half until they have
// maxCells, and then split in two, so that no put moves more than one numberSegment.
//
// What holds at all times:
//   - the zero S marks an empty numberCell; it is never put
//   - from the numberCell that a key's hash chooses to the one that the key is in, going round at the end, none is empty
//   - a numberSegment of depth d stands 2^(depth-d) times in a row in segments: at all hashes with its d upper bits; depth is at least 1
//   - at most three quarters of a numberSegment's cells are used
type numberTable struct {
	segments []*numberSegment
	depth    uint8
	entries  int
	seed     uint64
}

type numberSegment struct {
	cells []numberCell
	used  int
	depth uint8
}

type numberCell struct {
	key   uint64
	value uint32
}

// newNumberTable returns a numberTable with room for some entries.
func newNumberTable(entries int) *numberTable {
	t := &numberTable{depth: 1, seed: rand.Uint64()}
	cells := max(entries+entries/2, minCells)
	if cells <= maxCells {
		s := &numberSegment{cells: make([]numberCell, cells)}
		t.segments = []*numberSegment{s, s}
		return t
	}
	for cells>>t.depth > maxCells {
		t.depth++
	}
	for range 1 << t.depth {
		t.segments = append(t.segments, &numberSegment{cells: make([]numberCell, cells>>t.depth), depth: t.depth})
	}
	return t
}

// hash multiplies as wyhash does. Who does not know the seed cannot choose keys that collide.
func (t *numberTable) hash(k uint64) uint64 {
	high, low := bits.Mul64(k^t.seed, 0x9E3779B97F4A7C15)
	return high ^ low
}

// numberSegment returns the numberSegment of a hash.
func (t *numberTable) numberSegment(hash uint64) *numberSegment {
	return t.segments[hash>>((64-t.depth)&63)]
}

// home returns the numberCell that a hash chooses.
func (s *numberSegment) home(hash uint64) int {
	return int(uint64(uint32(hash)) * uint64(len(s.cells)) >> 32)
}

// find returns the numberCell of a key, or the empty one where it would be put.
func (s *numberSegment) find(hash uint64, k uint64) (i int) {
	var none uint32
	for i = s.home(hash); s.cells[i].key != k && s.cells[i].value != none; {
		i = s.after(i)
	}
	return i
}

func (s *numberSegment) after(i int) int {
	if i++; i == len(s.cells) {
		return 0
	}
	return i
}

func (t *numberTable) get(k uint64) uint32 {
	h := t.hash(k)
	s := t.numberSegment(h)
	return s.cells[s.find(h, k)].value // an empty numberCell has the zero, whatever its key
}

func (t *numberTable) put(k uint64, value uint32) {
	var none uint32
	h := t.hash(k)
	s := t.numberSegment(h)
	i := s.find(h, k)
	if s.cells[i].value == none {
		for s.isFull() {
			t.grow(s, h)
			s = t.numberSegment(h)
			i = s.find(h, k)
		}
		s.used++
		t.entries++
	}
	s.cells[i] = numberCell{k, value}
}

func (s *numberSegment) isFull() bool { return s.used >= len(s.cells)*3/4 }

// grow makes room in the numberSegment of a hash.
func (t *numberTable) grow(s *numberSegment, hash uint64) {
	old := s.cells
	if larger := len(old) + len(old)/2; larger <= maxCells {
		t.resize(s, larger)
		return
	}
	if s.depth == t.depth {
		t.deepen()
	}
	var halves [2]*numberSegment
	for i := range halves {
		halves[i] = &numberSegment{cells: make([]numberCell, len(old)*2/3), depth: s.depth + 1}
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

func (t *numberTable) resize(s *numberSegment, cells int) {
	old := s.cells
	s.cells, s.used = make([]numberCell, cells), 0
	for _, c := range old {
		s.take(t.hash(c.key), c)
	}
}

// take puts a numberCell that was in another numberSegment, unless it is empty.
func (s *numberSegment) take(hash uint64, c numberCell) {
	var none uint32
	if c.value != none {
		s.cells[s.find(hash, c.key)] = c
		s.used++
	}
}

// deepen doubles the list of segments.
func (t *numberTable) deepen() {
	segments := make([]*numberSegment, 0, 2*len(t.segments))
	for _, s := range t.segments {
		segments = append(segments, s, s)
	}
	t.segments = segments
	t.depth++
}

// delete takes a key out. What stands behind it moves up, so that a search never has to pass what is gone.
func (t *numberTable) delete(k uint64) {
	var none uint32
	h := t.hash(k)
	s := t.numberSegment(h)
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
	s.cells[gap] = numberCell{}
	s.used--
	t.entries--
	t.shrink(s)
}

// shrink gives memory back from which a key was taken out: half a numberSegment if an eighth of it is used, and all segments but one of an
// empty numberTable.
func (t *numberTable) shrink(s *numberSegment) {
	switch {
	case t.entries == 0 && t.depth > 1:
		*t = *newNumberTable(0)
	case s.used < len(s.cells)/8 && len(s.cells) > minCells:
		t.resize(s, max(len(s.cells)/2, minCells))
	}
}

// distance returns how many cells j is behind i, going round at the end.
func (s *numberSegment) distance(i, j int) int {
	if j < i {
		j += len(s.cells)
	}
	return j - i
}

func (t *numberTable) len() int { return t.entries }
