package crashfs

import (
	"math/rand/v2"
	"slices"
)

// sectorSize is how many bytes a disk writes at once.
const sectorSize = 512

// inode is a file or a directory without its name.
//
// What holds at all times:
//   - bytes of data never change in place, so that copies can share them
//   - the bytes before synced are durable, except those in forsaken
type inode struct {
	dir      bool
	data     []byte
	synced   int
	forsaken []span // disjoint, ascending: what a failed Sync should have synced
}

// span is the bytes in [off, end).
type span struct{ off, end int }

// truncate makes the contents shorter. What is appended then goes into an array of its own, because
// copies share the old one.
func (n *inode) truncate(size int) {
	n.data = n.data[:size:size]
	n.synced = min(n.synced, size)
	n.forsaken = slices.DeleteFunc(n.forsaken, func(s span) bool { return s.off >= size })
	if last := len(n.forsaken) - 1; last >= 0 {
		n.forsaken[last].end = min(n.forsaken[last].end, size)
	}
}

func (n *inode) clone() *inode {
	c := *n
	return &c
}

// forsake marks everything that is not durable as never durable.
func (n *inode) forsake() {
	if n.synced < len(n.data) {
		n.forsaken = append(n.forsaken, span{n.synced, len(n.data)})
		n.synced = len(n.data)
	}
}

// volatile returns the spans that are not durable, in order.
func (n *inode) volatile() []span {
	if n.synced == len(n.data) {
		return n.forsaken
	}
	return append(slices.Clip(n.forsaken), span{n.synced, len(n.data)})
}

// survivor returns what a power cut might leave of the contents. It goes through the spans from the
// last to the first, because a loss at the end may shorten the file.
func (n *inode) survivor(rng *rand.Rand, freed [][]byte) []byte {
	spans := n.volatile()
	if len(spans) == 0 {
		return n.data
	}
	data := slices.Clone(n.data)
	for _, s := range slices.Backward(spans) {
		kept := s.survive(rng, data, freed)
		if s.end == len(data) {
			data = data[:kept]
		}
	}
	return data
}

// survive writes into data what a power cut might leave of a span. It returns where the file might
// end if nothing follows.
func (s span) survive(rng *rand.Rand, data []byte, freed [][]byte) (end int) {
	cut := s.off + rng.IntN(s.end-s.off+1)
	switch rng.IntN(6) {
	case 0: // all of it
		return s.end
	case 1: // nothing
		cut = s.off
	case 2: // a part
	case 3: // only its length
		clear(data[s.off:s.end])
		return s.end
	case 4: // any of its sectors, and its length
		s.scatter(rng, data, freed)
		return s.end
	case 5: // any of its sectors
		s.scatter(rng, data, freed)
	}
	clear(data[cut:s.end])
	return cut
}

// scatter keeps some sectors, zeroes some and fills some with garbage.
func (s span) scatter(rng *rand.Rand, data []byte, freed [][]byte) {
	for at := s.off; at < s.end; {
		end := min(s.end, at-at%sectorSize+sectorSize)
		switch rng.IntN(3) {
		case 0:
		case 1:
			clear(data[at:end])
		case 2:
			litter(rng, data[at:end], at%sectorSize, freed)
		}
		at = end
	}
}

// litter fills a sector from a position on with random bytes, or with those of a removed file.
func litter(rng *rand.Rand, sector []byte, at int, freed [][]byte) {
	for i := range sector {
		sector[i] = byte(rng.Uint32())
	}
	if len(freed) == 0 || rng.IntN(2) == 0 {
		return
	}
	old := freed[rng.IntN(len(freed))]
	from := rng.IntN(len(old)/sectorSize+1)*sectorSize + at
	copy(sector, old[min(from, len(old)):])
}
