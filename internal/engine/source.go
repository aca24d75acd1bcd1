package engine

import (
	"slices"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Source is a set that is being read, once and forward, in one of two ways.
type Source interface {
	// size is about the number of keys, and at least 1 if there are any.
	Size() int
	// fill copies the next keys to an array that has so much room and returns their number, 0 only
	// at the end.
	Fill(dst pointer, room int) int
	// filter moves those of n ascending keys that are in the set (keep), or that are not, to the
	// front and returns their number. Later calls must not go back.
	filter(keys pointer, n int, keep bool) int
	// order is that of the keys; nil for an empty set.
	order() *ordered.Keys
	// keyBefore returns a key within bounds, with at most about n keys from it on, and nil if there
	// is none. That is for a source that is read by fill; those that filter need not be asked.
	keyBefore(b *ordered.Bounds, n int) pointer
}

// intersection is the source of And.
type intersection struct {
	sources []Source
	sorted  bool
}

func And(sources []Source) Source { return &intersection{sources: sources} }

// bySize puts the smallest source first. Sizes are known only once the nodes are frozen.
func (s *intersection) bySize() []Source {
	if !s.sorted {
		slices.SortStableFunc(s.sources, func(x, y Source) int { return x.Size() - y.Size() })
		s.sorted = true
	}
	return s.sources
}

func (s *intersection) Size() int { return s.bySize()[0].Size() }

func (s *intersection) Fill(dst pointer, room int) int {
	sources := s.bySize()
	for n := sources[0].Fill(dst, room); n > 0; n = sources[0].Fill(dst, room) {
		if kept := filterAll(sources[1:], dst, n, true); kept > 0 {
			return kept
		}
	}
	return 0
}

func (s *intersection) filter(keys pointer, n int, keep bool) int {
	if keep {
		return filterAll(s.bySize(), keys, n, true)
	}
	return exclude(s, keys, n)
}

func (s *intersection) keyBefore(b *ordered.Bounds, n int) pointer {
	return s.bySize()[0].keyBefore(b, n)
}

func (s *intersection) order() *ordered.Keys { return orderOf(s.sources...) }

// difference is the source of Minus: the first source without the others.
type difference struct {
	first  Source
	others []Source
}

func Minus(sources []Source) Source { return &difference{sources[0], sources[1:]} }

func (s *difference) Size() int { return s.first.Size() }

func (s *difference) Fill(dst pointer, room int) int {
	for n := s.first.Fill(dst, room); n > 0; n = s.first.Fill(dst, room) {
		if kept := filterAll(s.others, dst, n, false); kept > 0 {
			return kept
		}
	}
	return 0
}

func (s *difference) filter(keys pointer, n int, keep bool) int {
	if keep {
		return filterAll(s.others, keys, s.first.filter(keys, n, true), false)
	}
	return exclude(s, keys, n)
}

func (s *difference) keyBefore(b *ordered.Bounds, n int) pointer { return s.first.keyBefore(b, n) }

func (s *difference) order() *ordered.Keys {
	return orderOf(append([]Source{s.first}, s.others...)...)
}

// union is the source of Or: of two sources, each of which may be a union.
type union struct {
	x, y ahead
}

func Or(sources []Source) Source {
	if len(sources) == 1 {
		return sources[0]
	}
	half := len(sources) / 2
	return &union{ahead{src: Or(sources[:half])}, ahead{src: Or(sources[half:])}}
}

func (s *union) Size() int { return s.x.src.Size() + s.y.src.Size() }

func (s *union) Fill(dst pointer, room int) int {
	n := 0
	for n < room {
		x, y := s.x.keys(), s.y.keys()
		if x.n == 0 && y.n == 0 {
			break
		}
		keys := s.order()
		merged, usedX, usedY := merge(keys, raw.At(dst, n, keys.Type.Size), room-n, x, y)
		n += merged
		s.x.skip(usedX)
		s.y.skip(usedY)
	}
	return n
}

func (s *union) filter(keys pointer, n int, keep bool) int {
	order := s.order()
	if order == nil {
		if keep {
			return 0
		}
		return n
	}
	if !keep {
		return s.y.src.filter(keys, s.x.src.filter(keys, n, false), false)
	}
	size := order.Type.Size
	x, y := stretch{order.Type.BoxAll(keys, n), 0, size}, stretch{order.Type.BoxAll(keys, n), 0, size}
	x.n, y.n = s.x.src.filter(x.p, n, true), s.y.src.filter(y.p, n, true)
	out := 0
	for x.n > 0 || y.n > 0 {
		merged, usedX, usedY := merge(order, raw.At(keys, out, size), n-out, x, y)
		out += merged
		x, y = x.from(usedX), y.from(usedY)
	}
	return out
}

// keyBefore returns the higher of two keys, so that neither source has more than n.
func (s *union) keyBefore(b *ordered.Bounds, n int) pointer {
	x, y := s.x.src.keyBefore(b, n), s.y.src.keyBefore(b, n)
	if x == nil || y != nil && s.order().Compare(x, y) < 0 {
		return y
	}
	return x
}

// stretch is an array of keys.
type stretch struct {
	p    pointer
	n    int
	size uintptr
}

func (s stretch) At(i int) pointer { return raw.At(s.p, i, s.size) }

func (s stretch) from(i int) stretch {
	if i == s.n { // no pointer behind an array
		return stretch{size: s.size}
	}
	return stretch{s.At(i), s.n - i, s.size}
}

// merge copies keys of x and y in order, each once, until there is no more room or one of them ends
// that was not empty.
func merge(keys *ordered.Keys, dst pointer, room int, x, y stretch) (n, i, j int) {
	size := keys.Type.Size
	if x.n == 0 || y.n == 0 {
		i, j = min(room, x.n), min(room, y.n)
		keys.Type.Move(dst, x.p, i)
		if j > 0 {
			keys.Type.Move(dst, y.p, j)
		}
		return i + j, i, j
	}
	for ; n < room && i < x.n && j < y.n; n++ {
		c := keys.Compare(x.At(i), y.At(j))
		if c <= 0 {
			keys.Type.Set(raw.At(dst, n, size), x.At(i))
			i++
		} else {
			keys.Type.Set(raw.At(dst, n, size), y.At(j))
		}
		if c >= 0 {
			j++
		}
	}
	return n, i, j
}

func (s *union) order() *ordered.Keys { return orderOf(s.x.src, s.y.src) }

// ahead is a source with the keys that were read from it and not used yet.
type ahead struct {
	src            Source
	buffer, unused stretch
}

// keys returns keys that come next, none only at the end.
func (a *ahead) keys() stretch {
	if a.unused.n == 0 {
		keys := a.src.order()
		if keys == nil {
			return stretch{}
		}
		if a.buffer.p == nil {
			a.buffer.n = min(BatchSize, a.src.Size())
			a.buffer.size = keys.Type.Size
			a.buffer.p, _ = keys.Type.Grow(a.buffer.n)
		}
		a.unused = a.buffer
		a.unused.n = a.src.Fill(a.buffer.p, a.buffer.n)
	}
	return a.unused
}

// skip moves over n of the keys that keys returned.
func (a *ahead) skip(n int) {
	if n > 0 {
		a.unused = a.unused.from(n)
	}
}

// Nothing is the source of an empty set.
type Nothing struct{}

func (Nothing) Size() int             { return 0 }
func (Nothing) Fill(pointer, int) int { return 0 }
func (Nothing) order() *ordered.Keys  { return nil }

func (Nothing) keyBefore(*ordered.Bounds, int) pointer { return nil }

func (Nothing) filter(_ pointer, n int, keep bool) int {
	if keep {
		return 0
	}
	return n
}

// filterAll filters keys by all sources, one after the other.
func filterAll(sources []Source, keys pointer, n int, keep bool) int {
	for _, s := range sources {
		if n == 0 {
			break
		}
		n = s.filter(keys, n, keep)
	}
	return n
}

// exclude is filter(keys, false) by way of filter(keys, true).
func exclude(s Source, keys pointer, n int) int {
	order := s.order()
	if order == nil {
		return n
	}
	size := order.Type.Size
	in := stretch{order.Type.BoxAll(keys, n), 0, size}
	in.n = s.filter(in.p, n, true)
	kept := 0
	for i := range n {
		k := raw.At(keys, i, size)
		if in.n > 0 && order.Compare(in.p, k) == 0 {
			in = in.from(1)
			continue
		}
		if kept < i {
			order.Type.Set(raw.At(keys, kept, size), k)
		}
		kept++
	}
	return kept
}

// orderOf returns the order of the keys of sources; nil if all are empty sets.
func orderOf(sources ...Source) (keys *ordered.Keys) {
	for _, s := range sources {
		if keys = s.order(); keys != nil {
			break
		}
	}
	return keys
}

// Batches of keys go through a combination. They begin small, for loops that end soon, and grow
// to a size that makes calls cheap and fits into the first-level cache.
const (
	FirstBatch = 16
	BatchSize  = 256
)

// NextBatch returns the size of the batch after one.
func NextBatch(n int) int { return min(4*n, BatchSize) }
