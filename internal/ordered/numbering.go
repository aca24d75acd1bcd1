package ordered

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Numbering gives keys that can be hashed numbers from 0, in the order in which they turn up.
//
// It is a hash table with open addressing. A cell is empty, or has a tag, which is half of the hash
// of a key, and below it the number of that key and 1. The keys stand in a list of their own, so
// that a cell takes 8 bytes whatever the keys are. What holds at all times:
//   - from the cell that a tag chooses to the one that its key is in, going round at the end, none
//     is empty
//   - at most half of the cells are used
type Numbering struct {
	Distinct raw.List // the keys, in the order of their numbers
	keys     *Keys
	cells    []uint64
	tags     [256]uint32 // of keys that are about to be numbered
}

// NewNumbering returns a numbering without keys.
func (k *Keys) NewNumbering() *Numbering {
	return &Numbering{Distinct: raw.List{Of: k.Type}, keys: k, cells: make([]uint64, 64)}
}

// Number returns the number of a key, a new one if it turns up for the first time.
func (x *Numbering) Number(k Pointer) uint32 {
	var number [1]uint32
	x.NumberAll(number[:], k, 0)
	return number[0]
}

// NumberAll sets dst to the numbers of as many keys, which stand stride bytes apart.
func (x *Numbering) NumberAll(dst []uint32, first Pointer, stride uintptr) {
	for i := 0; i < len(dst); {
		n := min(len(x.tags), len(dst)-i)
		x.tag(n, first, stride) // for many at once, so that the waits for their memory overlap
		for _, tag := range x.tags[:n] {
			dst[i] = x.number(tag, first)
			i++
			if i < len(dst) { // no pointer behind an array
				first = unsafe.Add(first, stride)
			}
		}
	}
}

// List returns Distinct.
func (x *Numbering) List() *raw.List { return &x.Distinct }

// tag computes the tags of n keys.
func (x *Numbering) tag(n int, first Pointer, stride uintptr) {
	tags := x.tags[:n]
	switch x.keys.Hash {
	case Words:
		for i := range tags {
			tags[i] = uint32(HashWord(Word(raw.At(first, i, stride), x.keys.Form)))
		}
	case Pairs:
		for i := range tags {
			tags[i] = uint32(HashPair(Pair(raw.At(first, i, stride))))
		}
	case Texts:
		for i := range tags {
			tags[i] = uint32(HashText(x.keys.Text(raw.At(first, i, stride))))
		}
	}
}

func (x *Numbering) number(tag uint32, k Pointer) uint32 {
	i := x.home(tag)
	for ; x.cells[i] != 0; i = x.after(i) {
		if number := uint32(x.cells[i]) - 1; uint32(x.cells[i]>>32) == tag && x.isKey(number, k) {
			return number
		}
	}
	number := uint32(x.Distinct.Len)
	x.cells[i] = uint64(tag)<<32 | uint64(number+1)
	x.Distinct.Append(k)
	if 2*x.Distinct.Len > len(x.cells) {
		x.grow()
	}
	return number
}

// home returns the cell that a tag chooses.
func (x *Numbering) home(tag uint32) int {
	return int(uint64(tag) * uint64(len(x.cells)) >> 32)
}

func (x *Numbering) after(i int) int {
	if i++; i == len(x.cells) {
		return 0
	}
	return i
}

// isKey reports whether a number is that of a key.
func (x *Numbering) isKey(number uint32, k Pointer) bool {
	switch other := x.Distinct.At(int(number)); x.keys.Hash {
	case Words:
		return Word(other, x.keys.Form) == Word(k, x.keys.Form)
	case Pairs:
		return Pair(other) == Pair(k)
	default:
		return x.keys.Text(other) == x.keys.Text(k)
	}
}

// grow doubles the number of cells.
func (x *Numbering) grow() {
	old := x.cells
	x.cells = make([]uint64, 2*len(old))
	for _, cell := range old {
		if cell == 0 {
			continue
		}
		i := x.home(uint32(cell >> 32))
		for x.cells[i] != 0 {
			i = x.after(i)
		}
		x.cells[i] = cell
	}
}
