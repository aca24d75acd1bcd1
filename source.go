package junction

import "slices"

// intersection is the source of And.
type intersection[N any] struct {
	sources []source[N]
	sorted  bool
}

func and[N any](sources []source[N]) source[N] { return &intersection[N]{sources: sources} }

// bySize puts the smallest source first. Sizes are known only once the nodes are frozen.
func (s *intersection[N]) bySize() []source[N] {
	if !s.sorted {
		slices.SortStableFunc(s.sources, func(x, y source[N]) int { return x.size() - y.size() })
		s.sorted = true
	}
	return s.sources
}

func (s *intersection[N]) size() int { return s.bySize()[0].size() }

func (s *intersection[N]) fill(dst []N) int {
	sources := s.bySize()
	for n := sources[0].fill(dst); n > 0; n = sources[0].fill(dst) {
		if keys := filterAll(sources[1:], dst[:n], true); len(keys) > 0 {
			return len(keys)
		}
	}
	return 0
}

func (s *intersection[N]) filter(keys []N, keep bool) []N {
	if keep {
		return filterAll(s.bySize(), keys, true)
	}
	return exclude(s, keys)
}

func (s *intersection[N]) order() func(x, y N) int { return orderOf(s.sources...) }

// difference is the source of Minus: the first source without the others.
type difference[N any] struct {
	first  source[N]
	others []source[N]
}

func minus[N any](sources []source[N]) source[N] { return &difference[N]{sources[0], sources[1:]} }

func (s *difference[N]) size() int { return s.first.size() }

func (s *difference[N]) fill(dst []N) int {
	for n := s.first.fill(dst); n > 0; n = s.first.fill(dst) {
		if keys := filterAll(s.others, dst[:n], false); len(keys) > 0 {
			return len(keys)
		}
	}
	return 0
}

func (s *difference[N]) filter(keys []N, keep bool) []N {
	if keep {
		return filterAll(s.others, s.first.filter(keys, true), false)
	}
	return exclude(s, keys)
}

func (s *difference[N]) order() func(x, y N) int {
	return orderOf(append([]source[N]{s.first}, s.others...)...)
}

// union is the source of Or: of two sources, each of which may be a union.
type union[N any] struct {
	x, y ahead[N]
}

func or[N any](sources []source[N]) source[N] {
	if len(sources) == 1 {
		return sources[0]
	}
	half := len(sources) / 2
	return &union[N]{ahead[N]{source: or(sources[:half])}, ahead[N]{source: or(sources[half:])}}
}

func (s *union[N]) size() int { return s.x.size() + s.y.size() }

func (s *union[N]) fill(dst []N) int {
	n := 0
	for n < len(dst) {
		x, y := s.x.keys(), s.y.keys()
		if len(x) == 0 && len(y) == 0 {
			break
		}
		merged, usedX, usedY := s.merge(dst[n:n], x, y)
		n += len(merged)
		s.x.skip(usedX)
		s.y.skip(usedY)
	}
	return n
}

func (s *union[N]) filter(keys []N, keep bool) []N {
	if !keep {
		return s.y.filter(s.x.filter(keys, false), false)
	}
	x := s.x.filter(slices.Clone(keys), true)
	y := s.y.filter(slices.Clone(keys), true)
	keys = keys[:0]
	for len(x) > 0 || len(y) > 0 {
		merged, usedX, usedY := s.merge(keys[len(keys):], x, y)
		keys, x, y = keys[:len(keys)+len(merged)], x[usedX:], y[usedY:]
	}
	return keys
}

// merge appends keys of x and y in order, each once, until dst is full or one of them ends that was not empty.
func (s *union[N]) merge(dst, x, y []N) (merged []N, i, j int) {
	compare := s.order()
	room := cap(dst) - len(dst)
	if len(x) == 0 || len(y) == 0 {
		x, y := x[:min(room, len(x))], y[:min(room, len(y))]
		return append(append(dst, x...), y...), len(x), len(y)
	}
	for ; room > 0 && i < len(x) && j < len(y); room-- {
		c := compare(x[i], y[j])
		if c <= 0 {
			dst = append(dst, x[i])
			i++
		} else {
			dst = append(dst, y[j])
		}
		if c >= 0 {
			j++
		}
	}
	return dst, i, j
}

func (s *union[N]) order() func(x, y N) int { return orderOf(s.x.source, s.y.source) }

// ahead is a source with the keys that were read from it and not used yet.
type ahead[N any] struct {
	source[N]
	buffer, unused []N
}

// keys returns keys that come next, none only at the end.
func (a *ahead[N]) keys() []N {
	if len(a.unused) == 0 {
		if a.buffer == nil {
			a.buffer = make([]N, min(batchSize, a.size()))
		}
		a.unused = a.buffer[:a.fill(a.buffer)]
	}
	return a.unused
}

// skip moves over n of the keys that keys returned.
func (a *ahead[N]) skip(n int) { a.unused = a.unused[n:] }

// nothing is the source of an empty set.
type nothing[N any] struct{}

func (nothing[N]) size() int               { return 0 }
func (nothing[N]) fill([]N) int            { return 0 }
func (nothing[N]) order() func(x, y N) int { return nil }

func (nothing[N]) filter(keys []N, keep bool) []N {
	if keep {
		return nil
	}
	return keys
}

// filterAll filters keys by all sources, one after the other.
func filterAll[N any](sources []source[N], keys []N, keep bool) []N {
	for _, s := range sources {
		if len(keys) == 0 {
			break
		}
		keys = s.filter(keys, keep)
	}
	return keys
}

// exclude is filter(keys, false) by way of filter(keys, true).
func exclude[N any](s source[N], keys []N) []N {
	in := s.filter(slices.Clone(keys), true)
	compare := s.order()
	return slices.DeleteFunc(keys, func(k N) bool {
		if len(in) > 0 && compare(in[0], k) == 0 {
			in = in[1:]
			return true
		}
		return false
	})
}

// orderOf returns the order of the keys of sources; nil if all are empty sets.
func orderOf[N any](sources ...source[N]) (compare func(x, y N) int) {
	for _, s := range sources {
		if compare = s.order(); compare != nil {
			break
		}
	}
	return compare
}
