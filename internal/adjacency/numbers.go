package adjacency

import (
	"math"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// numbers gives keys numbers from 0 in the order in which they turn up.
type numbers interface {
	// NumberAll sets dst to the numbers of as many keys, which stand stride bytes apart.
	NumberAll(dst []uint32, first Pointer, stride uintptr)
	// List returns the keys in the order of their numbers. It is good until another key turns up.
	List() *raw.List
}

// numbersOf returns a function that begins numbers for the far nodes of a side, which can be
// hashed, and how many of them there may be at once: windows are to take 8 bytes an edge at most.
func numbersOf(near, like *Live) (begin func() numbers, most int) {
	keys := like.keys
	if keys.Integer && near.entries > 0 {
		if low, width := near.window(); width < uint64(2*near.entries) {
			return func() numbers { return newWindow(keys, low, width) }, 2 * near.entries / int(width+1)
		}
	}
	return func() numbers { return keys.NewNumbering() }, math.MaxInt
}

// window is numbers for integers that are not far apart. They need no hash.
type window struct {
	numbers []uint32 // number + 1 of each key from low on, 0 for those that have not turned up
	low     uint64
	mask    uint64
	form    ordered.Form
	list    raw.List
}

func newWindow(keys *ordered.Keys, low, width uint64) *window {
	return &window{
		numbers: make([]uint32, width+1),
		low:     low,
		mask:    1<<(8*keys.Type.Size) - 1,
		form:    keys.Form,
		list:    raw.List{Of: keys.Type},
	}
}

// window returns the lowest of the neighbours, which are integers, and how far above it the highest
// is.
func (s *Live) window() (low, width uint64) {
	var lowest, highest Pointer
	for _, slot := range s.All {
		first, last := s.neighbours.Ends(slot.View())
		if lowest == nil || s.neighbours.Compare(first, lowest) < 0 {
			lowest = first
		}
		if highest == nil || s.neighbours.Compare(last, highest) > 0 {
			highest = last
		}
	}
	keys := s.neighbours.Keys()
	low = ordered.Word(lowest, keys.Form)
	return low, (ordered.Word(highest, keys.Form) - low) & (1<<(8*keys.Type.Size) - 1)
}

// NumberAll implements numbers.
func (w *window) NumberAll(dst []uint32, first Pointer, stride uintptr) {
	for i := range dst {
		k := raw.At(first, i, stride)
		number := &w.numbers[(ordered.Word(k, w.form)-w.low)&w.mask]
		if *number == 0 {
			w.list.Append(k)
			*number = uint32(w.list.Len)
		}
		dst[i] = *number - 1
	}
}

// List implements numbers.
func (w *window) List() *raw.List { return &w.list }
