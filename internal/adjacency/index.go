package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// index finds something by a key: the slot of a node, say. The zero S says that there is nothing. Just one of its
// fields is set, and none in an index that a side does without.
type index[K any, S comparable] struct {
	integers *table[S]
	others   lookup[K, S]
}

// lookup is an interface because a side's key need not be comparable.
type lookup[K, S any] interface {
	get(K) S
	put(K, S)
	delete(K)
	len() int
}

// newIndex returns an index of keys that can be hashed, with room for so many.
func newIndex[K, S comparable](entries int) index[K, S] {
	if isInteger[K]() {
		return index[K, S]{integers: newTable[S](entries)}
	}
	return index[K, S]{others: make(hash[K, S], entries)}
}

// newSorted returns an index of keys that have a comparison function.
func newSorted[K any, S comparable](compare func(x, y K) int, l ordered.Limits) index[K, S] {
	return index[K, S]{others: &sorted[K, S]{kind: ordered.Func[K, S](compare, l)}}
}

func (x *index[K, S]) exists() bool { return x.integers != nil || x.others != nil }

func (x *index[K, S]) get(k K) S {
	if x.integers != nil {
		return x.integers.get(bitsOf(k))
	}
	return x.others.get(k)
}

func (x *index[K, S]) put(k K, s S) {
	if x.integers != nil {
		x.integers.put(bitsOf(k), s)
	} else {
		x.others.put(k, s)
	}
}

func (x *index[K, S]) delete(k K) {
	if x.integers != nil {
		x.integers.delete(bitsOf(k))
	} else {
		x.others.delete(k)
	}
}

func (x *index[K, S]) len() int {
	if x.integers != nil {
		return x.integers.len()
	}
	return x.others.len()
}

// capacity returns about how many entries the allocated memory could hold.
func (x *index[K, S]) capacity() (n int) {
	switch {
	case x.integers != nil:
		for i, s := range x.integers.segments {
			if i == 0 || s != x.integers.segments[i-1] {
				n += len(s.cells)
			}
		}
	case x.others != nil:
		n = x.others.len() * 8 / 7 // a map is seven eighths full at the most
	}
	return n
}

type hash[K comparable, S any] map[K]S

func (h hash[K, S]) get(k K) S    { return h[k] }
func (h hash[K, S]) put(k K, s S) { h[k] = s }
func (h hash[K, S]) delete(k K)   { delete(h, k) }
func (h hash[K, S]) len() int     { return len(h) }

type sorted[K, S any] struct {
	kind *ordered.Kind[K, S]
	keys ordered.Map[K, S]
}

func (s *sorted[K, S]) get(k K) S    { v, _ := s.kind.Get(&s.keys, k); return v }
func (s *sorted[K, S]) put(k K, v S) { s.kind.Put(&s.keys, k, v, nil) }
func (s *sorted[K, S]) delete(k K)   { s.kind.Delete(&s.keys, k) }
func (s *sorted[K, S]) len() int     { return s.keys.Len() }
