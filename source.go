package junction

import (
	"slices"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// source is a set that is being read, once and forward, in one of two ways.
type source interface {
	// size is about the number of keys, and at least 1 if there are any.
	size() int
	// fill copies the next keys to an array that has so much room and returns their number, 0 only
	// at the end.
	fill(dst pointer, room int) int
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
	sources []source
	sorted  bool
}

func and(sources []source) source { return &intersection{sources: sources} }

// bySize puts the smallest source first. Sizes are known only once the nodes are frozen.
func (s *intersection) bySize() []source {
	if !s.sorted {
		slices.SortStableFunc(s.sources, func(x, y source) int { return x.size() - y.size() })
		s.sorted = true
	}
	return s.sources
}

func (s *intersection) size() int { return s.bySize()[0].size() }

func (s *intersection) fill(dst pointer, room int) int {
	sources := s.bySize()
	for n := sources[0].fill(dst, room); n > 0; n = sources[0].fill(dst, room) {
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
	first  source
	others []source
}

func minus(sources []source) source { return &difference{sources[0], sources[1:]} }

func (s *difference) size() int { return s.first.size() }

func (s *difference) fill(dst pointer, room int) int {
	for n := s.first.fill(dst, room); n > 0; n = s.first.fill(dst, room) {
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
	return orderOf(append([]source{s.first}, s.others...)...)
}

// union is the source of Or: of two sources, each of which may be a union.
type union struct {
	x, y ahead
}

func or(sources []source) source {
	if len(sources) == 1 {
		return sources[0]
	}
	half := len(sources) / 2
	return &union{ahead{source: or(sources[:half])}, ahead{source: or(sources[half:])}}
}

func (s *union) size() int { return s.x.size() + s.y.size() }

func (s *union) fill(dst pointer, room int) int {
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
		return s.y.filter(keys, s.x.filter(keys, n, false), false)
	}
	size := order.Type.Size
	x, y := stretch{order.Type.BoxAll(keys, n), 0, size}, stretch{order.Type.BoxAll(keys, n), 0, size}
	x.n, y.n = s.x.filter(x.p, n, true), s.y.filter(y.p, n, true)
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
	x, y := s.x.keyBefore(b, n), s.y.keyBefore(b, n)
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

func (s stretch) at(i int) pointer { return raw.At(s.p, i, s.size) }

func (s stretch) from(i int) stretch {
	if i == s.n { // no pointer behind an array
		return stretch{size: s.size}
	}
	return stretch{s.at(i), s.n - i, s.size}
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
		c := keys.Compare(x.at(i), y.at(j))
		if c <= 0 {
			keys.Type.Set(raw.At(dst, n, size), x.at(i))
			i++
		} else {
			keys.Type.Set(raw.At(dst, n, size), y.at(j))
		}
		if c >= 0 {
			j++
		}
	}
	return n, i, j
}

func (s *union) order() *ordered.Keys { return orderOf(s.x.source, s.y.source) }

// ahead is a source with the keys that were read from it and not used yet.
type ahead struct {
	source
	buffer, unused stretch
}

// keys returns keys that come next, none only at the end.
func (a *ahead) keys() stretch {
	if a.unused.n == 0 {
		keys := a.order()
		if keys == nil {
			return stretch{}
		}
		if a.buffer.p == nil {
			a.buffer.n = min(batchSize, a.size())
			a.buffer.size = keys.Type.Size
			a.buffer.p, _ = keys.Type.Grow(a.buffer.n)
		}
		a.unused = a.buffer
		a.unused.n = a.fill(a.buffer.p, a.buffer.n)
	}
	return a.unused
}

// skip moves over n of the keys that keys returned.
func (a *ahead) skip(n int) {
	if n > 0 {
		a.unused = a.unused.from(n)
	}
}

// nothing is the source of an empty set.
type nothing struct{}

func (nothing) size() int             { return 0 }
func (nothing) fill(pointer, int) int { return 0 }
func (nothing) order() *ordered.Keys  { return nil }

func (nothing) keyBefore(*ordered.Bounds, int) pointer { return nil }

func (nothing) filter(_ pointer, n int, keep bool) int {
	if keep {
		return 0
	}
	return n
}

// filterAll filters keys by all sources, one after the other.
func filterAll(sources []source, keys pointer, n int, keep bool) int {
	for _, s := range sources {
		if n == 0 {
			break
		}
		n = s.filter(keys, n, keep)
	}
	return n
}

// exclude is filter(keys, false) by way of filter(keys, true).
func exclude(s source, keys pointer, n int) int {
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
func orderOf(sources ...source) (keys *ordered.Keys) {
	for _, s := range sources {
		if keys = s.order(); keys != nil {
			break
		}
	}
	return keys
}
