package junction

import (
	"iter"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Range is a range of keys: From, Above, To and Below make one, and its methods of these names limit it further, as in
// From(a).Below(b). The zero Range holds every key. One whose low end is above its high end is empty.
type Range[N any] struct{ bounds ordered.Bounds[N] }

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
	r.bounds.Low = ordered.Bound[N]{Set: true, Key: x}
	return r
}

// Above returns the range with everything up to x left out.
func (r Range[N]) Above(x N) Range[N] {
	r.bounds.Low = ordered.Bound[N]{Set: true, Open: true, Key: x}
	return r
}

// To returns the range with y as its highest key.
func (r Range[N]) To(y N) Range[N] {
	r.bounds.High = ordered.Bound[N]{Set: true, Key: y}
	return r
}

// Below returns the range with everything from y on left out.
func (r Range[N]) Below(y N) Range[N] {
	r.bounds.High = ordered.Bound[N]{Set: true, Open: true, Key: y}
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

	open(*opening[N]) source[N]
}

// Combination is the result of And, Or and Minus: a set that is computed while it is read. Whenever a loop over it
// begins, it looks at its nodes anew, at those of one graph at one moment. It holds no lock while it runs. The zero
// Combination is empty.
type Combination[N any] struct {
	combine func([]source[N]) source[N]
	sets    []Set[N]
}

// And returns the keys that are in all sets, and nothing for no sets. It walks the smallest set and looks each of its keys up
// in the others, by merging or by jumping ahead: O(smallest set × log of the largest) at most.
func And[N any](sets ...Set[N]) Combination[N] { return Combination[N]{and[N], sets} }

// Or returns the keys that are in any of the sets, each once. O(sum of the sets × log of their number).
func Or[N any](sets ...Set[N]) Combination[N] { return Combination[N]{or[N], sets} }

// Minus returns the keys of the first set that are in none of the others, at the cost of And over the first.
func Minus[N any](set Set[N], others ...Set[N]) Combination[N] {
	return Combination[N]{minus[N], append([]Set[N]{set}, others...)}
}

// Keys returns the keys in order. It panics where it sees that sets hold their keys in different orders.
func (c Combination[N]) Keys() iter.Seq[N] {
	return func(yield func(N) bool) {
		r := c.read()
		for keys := r.next(); len(keys) > 0; keys = r.next() { // small, to be inlined where the loop stands
			for _, k := range keys {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// reading is a combination on its way.
type reading[N any] struct {
	source source[N]
	batch  []N
}

// read freezes the nodes under a combination.
func (c Combination[N]) read() *reading[N] {
	var o opening[N]
	source := c.open(&o)
	o.freeze()
	return &reading[N]{source, make([]N, min(batchSize, source.size()))}
}

// next returns the next keys, none at the end.
func (r *reading[N]) next() []N { return r.batch[:r.source.fill(r.batch)] }

func (c Combination[N]) open(o *opening[N]) source[N] {
	if len(c.sets) == 0 {
		return nothing[N]{}
	}
	sources := make([]source[N], len(c.sets))
	for i, s := range c.sets {
		sources[i] = s.open(o)
	}
	return c.combine(sources)
}

// Count returns the number of keys, at the cost of reading them.
func (c Combination[N]) Count() (count int) {
	for range c.Keys() {
		count++
	}
	return count
}

// batchSize is how many keys go through a combination at a time: enough to be independent of calls, few enough for the
// first-level cache.
const batchSize = 256

// source is a set that is being read, once and forward, in one of two ways.
type source[N any] interface {
	// size is about the number of keys, and at least 1 if there are any.
	size() int
	// fill copies the next keys to dst and returns their number, 0 only at the end.
	fill(dst []N) int
	// filter moves those of the ascending keys that are in the set (keep), or that are not, to the front and returns
	// them. Later calls must not go back.
	filter(keys []N, keep bool) []N
	// order is that of the keys; nil for an empty set.
	order() func(x, y N) int
}

// opening collects the nodes under a combination, to freeze those of a graph under one lock.
type opening[N any] struct{ leaves []leaf[N] }

type leaf[N any] interface {
	source[N]
	graph() *Graph // nil if it needs no lock
	freeze()
	// ends returns the first and the last key of a frozen leaf that is not empty.
	ends() (first, last N)
}

// freeze freezes all leaves. It holds one lock at a time, so that no two combinations can wait for each other.
func (o *opening[N]) freeze() {
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

func (o *opening[N]) freezeOf(g *Graph) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	for _, l := range o.leaves {
		if l.graph() == g {
			l.freeze()
		}
	}
}

// checkOrder panics if the keys of a leaf do not ascend in the order of another. Their ends show it.
func (o *opening[N]) checkOrder() {
	for _, l := range o.leaves {
		if l.size() == 0 {
			continue
		}
		if first, last := l.ends(); o.leaves[0].order()(first, last) > 0 {
			panic("junction: And, Or or Minus of keys in different orders: declare their relations with the same order")
		}
	}
}

// neighbours is the source of a node.
type neighbours[K, N, T any] struct {
	node   Node[K, N, T]
	view   ordered.View[N, T]
	cursor ordered.Cursor[N, T]
}

func (n Node[K, N, T]) open(o *opening[N]) source[N] {
	s := &neighbours[K, N, T]{node: n}
	if n.m.rel.tx != nil {
		n.m.rel.tx.mustBeOpen()
	}
	o.leaves = append(o.leaves, s)
	return s
}

func (s *neighbours[K, N, T]) graph() *Graph {
	if s.node.m.rel.isLive() {
		return s.node.m.rel.g
	}
	return nil
}

func (s *neighbours[K, N, T]) freeze() {
	s.view = s.node.locked()
	s.cursor = s.node.m.left.Neighbours().Cursor(s.view)
}

func (s *neighbours[K, N, T]) size() int        { return s.view.Len() }
func (s *neighbours[K, N, T]) fill(dst []N) int { return s.cursor.Fill(dst) }

func (s *neighbours[K, N, T]) filter(keys []N, keep bool) []N { return s.cursor.Filter(keys, keep) }

func (s *neighbours[K, N, T]) order() func(x, y N) int { return s.node.m.left.Neighbours().Compare }

func (s *neighbours[K, N, T]) ends() (first, last N) {
	for first = range s.view.All {
		break
	}
	for last = range s.view.Backward {
		break
	}
	return first, last
}
