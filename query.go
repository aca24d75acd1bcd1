package junction

import (
	"iter"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Range is a range of keys: From, Above, To and Below make one, and its methods of these names limit it further, as in
// From(a).Below(b). The zero Range holds every key. One whose low end is above its high end is empty.
type Range[N any] struct{ low, high bound[N] }

// bound is one end of a range.
type bound[N any] struct {
	set, open bool // open: the key itself is outside
	key       N
}

// bounds returns the bounds of a range that stays where it is.
func (r *Range[N]) bounds() (b ordered.Bounds) {
	if r.low.set {
		b.Low = ordered.Bound{Open: r.low.open, Key: raw.Hide(pointer(&r.low.key))}
	}
	if r.high.set {
		b.High = ordered.Bound{Open: r.high.open, Key: raw.Hide(pointer(&r.high.key))}
	}
	return b
}

// From returns the range of the keys at and above x.
func From[N any](x N) Range[N] { return Range[N]{}.From(x) }

// Above returns the range of the keys above x: what comes after a cursor.
func Above[N any](x N) Range[N] { return Range[N]{}.Above(x) }

// To returns the range of the keys below and at y.
func To[N any](y N) Range[N] { return Range[N]{}.To(y) }

// Below returns the range of the keys below y.
func Below[N any](y N) Range[N] { return Range[N]{}.Below(y) }

// From returns the range with x as its lowest key.
func (r Range[N]) From(x N) Range[N] {
	r.low = bound[N]{set: true, key: x}
	return r
}

// Above returns the range with everything up to x left out.
func (r Range[N]) Above(x N) Range[N] {
	r.low = bound[N]{set: true, open: true, key: x}
	return r
}

// To returns the range with y as its highest key.
func (r Range[N]) To(y N) Range[N] {
	r.high = bound[N]{set: true, key: y}
	return r
}

// Below returns the range with everything from y on left out.
func (r Range[N]) Below(y N) Range[N] {
	r.high = bound[N]{set: true, open: true, key: y}
	return r
}

// Page returns the first n neighbours of a sequence, the key of the last of them, and whether more follow. The key is
// the cursor with which the next page begins:
//
//	page, next, more := junction.Page(node.All(), 50)
//	page, next, more = junction.Page(node.Range(junction.Above(next)), 50)
//
// Descending, the next page is of node.RangeBackward(junction.Below(next)). A cursor is a key and not a position: it
// stays right when edges come and go between two pages. An n below 1 gets an empty page, and no more.
// The cost is that of the sequence for n+1 neighbours; the page is the one allocation.
func Page[N, T any](neighbours iter.Seq2[N, T], n int) (page []Neighbour[N, T], next N, more bool) {
	if neighbours == nil || n < 1 {
		return nil, next, false
	}
	for k, through := range neighbours {
		if len(page) == n {
			return page, next, true
		}
		page = append(page, Neighbour[N, T]{k, through})
		next = k
	}
	return page, next, false
}

// Set is what And, Or and Minus combine: a Node, for its neighbours, or a Combination. All sets of one combination must
// hold keys in one order; they may be of different relations, sides, graphs, transactions and snapshots. A combination
// has keys only: to ask for their through values at the same moment, combine nodes of a snapshot.
type Set[N any] interface {
	// Keys returns the keys in order.
	Keys() iter.Seq[N]

	open(*opening) source
}

// Combination is the result of And, Or and Minus: a set that is computed while it is read. Whenever a loop over it
// begins, it looks at its nodes anew, at those of one graph at one moment. It holds no lock while it runs. The zero
// Combination is empty.
type Combination[N any] struct {
	combine func([]source) source
	sets    []Set[N]
}

// And returns the keys that are in all sets, and nothing for no sets. It walks the smallest set and looks each of its keys up
// in the others, by merging or by jumping ahead: O(smallest set × log of the largest) at most.
func And[N any](sets ...Set[N]) Combination[N] { return Combination[N]{and, sets} }

// Or returns the keys that are in any of the sets, each once. O(sum of the sets × log of their number).
func Or[N any](sets ...Set[N]) Combination[N] { return Combination[N]{or, sets} }

// Minus returns the keys of the first set that are in none of the others, at the cost of And over the first.
func Minus[N any](set Set[N], others ...Set[N]) Combination[N] {
	return Combination[N]{minus, append([]Set[N]{set}, others...)}
}

// Keys returns the keys in order. It panics where it sees that sets hold their keys in different orders.
func (c Combination[N]) Keys() iter.Seq[N] {
	return func(yield func(N) bool) {
		s := c.read()
		batch := make([]N, min(batchSize, s.size()))
		for keys := next(s, batch); len(keys) > 0; keys = next(s, batch) {
			for _, k := range keys {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// next returns the next keys, none at the end.
func next[N any](s source, batch []N) []N { return batch[:s.fill(array(batch), len(batch))] }

// read freezes the nodes under a combination.
func (c Combination[N]) read() source {
	var o opening
	s := c.open(&o)
	o.freeze()
	return s
}

func (c Combination[N]) open(o *opening) source {
	sources := make([]source, len(c.sets))
	for i, s := range c.sets {
		sources[i] = s.open(o)
	}
	return combined(c.combine, sources)
}

func combined(combine func([]source) source, sources []source) source {
	if len(sources) == 0 {
		return nothing{}
	}
	return combine(sources)
}

// Count returns the number of keys, at the cost of reading them.
func (c Combination[N]) Count() (count int) {
	s := c.read()
	batch := make([]N, min(batchSize, s.size()))
	for n := len(next(s, batch)); n > 0; n = len(next(s, batch)) {
		count += n
	}
	return count
}

// batchSize is how many keys go through a combination at a time: enough to be independent of calls, few enough for the
// first-level cache.
const batchSize = 256

// source is a set that is being read, once and forward, in one of two ways.
type source interface {
	// size is about the number of keys, and at least 1 if there are any.
	size() int
	// fill copies the next keys to an array that has so much room and returns their number, 0 only at the end.
	fill(dst pointer, room int) int
	// filter moves those of n ascending keys that are in the set (keep), or that are not, to the front and returns
	// their number. Later calls must not go back.
	filter(keys pointer, n int, keep bool) int
	// order is that of the keys; nil for an empty set.
	order() *ordered.Keys
}

// opening collects the nodes under a combination, to freeze those of a graph under one lock.
type opening struct{ leaves []*neighbours }

// freeze freezes all leaves. It holds one lock at a time, so that no two combinations can wait for each other.
func (o *opening) freeze() {
	done := make(map[*Graph]bool, 1)
	for _, l := range o.leaves {
		if g := l.graph(); g == nil {
			l.freeze()
		} else if !done[g] {
			done[g] = true
			o.freezeOf(g)
		}
	}
	o.checkOrder()
}

func (o *opening) freezeOf(g *Graph) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, l := range o.leaves {
		if l.graph() == g {
			l.freeze()
		}
	}
}

// checkOrder panics if the keys of a leaf do not ascend in the order of another. Their ends show it.
func (o *opening) checkOrder() {
	for _, l := range o.leaves {
		if l.size() == 0 {
			continue
		}
		if first, last := l.v.kind().Ends(l.view); o.leaves[0].order().Compare(first, last) > 0 {
			panic("junction: And, Or or Minus of keys in different orders: declare their relations with the same order")
		}
	}
}

// neighbours is the source of a node.
type neighbours struct {
	v      *view
	key    pointer
	view   ordered.View
	cursor ordered.Cursor
}

func (n Node[K, N, T]) open(o *opening) source { return n.v.open(pointer(&n.key), o) }

func (v *view) open(a pointer, o *opening) source {
	s := &neighbours{v: v, key: v.lefts().Type.Box(raw.Hide(a))}
	if v.rel.tx != nil {
		v.rel.tx.mustBeOpen()
	}
	o.leaves = append(o.leaves, s)
	return s
}

// graph returns the graph of a leaf, nil if it needs no lock.
func (s *neighbours) graph() *Graph {
	if s.v.rel.isLive() {
		return s.v.rel.g
	}
	return nil
}

func (s *neighbours) freeze() {
	s.view = s.v.frozen(s.key)
	s.cursor = s.v.kind().Cursor(s.view)
}

func (s *neighbours) size() int { return s.view.Len() }

func (s *neighbours) fill(dst pointer, room int) int { return s.cursor.Fill(dst, room) }

func (s *neighbours) filter(keys pointer, n int, keep bool) int {
	return s.cursor.Filter(keys, n, keep)
}

func (s *neighbours) order() *ordered.Keys { return s.v.rights() }
