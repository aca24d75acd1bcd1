package junction

import (
	"fmt"
	"iter"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Set is what And, Or and Minus combine: a Node, for its neighbours, or a Combination. The sets of
// one combination may be of different relations, sides, graphs, transactions and snapshots. They
// must hold their keys in the same order: a loop over sets in different orders panics when it
// begins. A set whose order is that of another comparison function is copied and compared first, in
// O(its size).
//
// A combination has keys only. To read their through values at the same moment, combine nodes of a
// snapshot.
type Set[N any] interface {
	// Keys returns the keys in order.
	Keys() iter.Seq[N]

	open(*engine.Opening) engine.Source
}

// Combination is a set that is computed while it is read: the result of And, Or, Minus and SetOf.
// Whenever a loop over it begins, it looks at its nodes anew, at those of one graph at one moment.
// It holds no lock while it runs. The zero Combination is empty.
type Combination[N any] struct {
	combine func([]engine.Source) engine.Source
	sets    []Set[N]
}

// And returns the keys that are in all sets; without sets it is empty. It walks the smallest set
// and looks each of its keys up in the others, by merging or by jumping ahead: O(smallest set ×
// log of the largest) at most.
func And[N any](sets ...Set[N]) Combination[N] { return Combination[N]{engine.And, sets} }

// Or returns the keys that are in any of the sets, each once. O(sum of the sets × log of their
// number).
func Or[N any](sets ...Set[N]) Combination[N] { return Combination[N]{engine.Or, sets} }

// Minus returns the keys of the first set that are in none of the others, at the cost of And over
// the first.
func Minus[N any](set Set[N], others ...Set[N]) Combination[N] {
	return Combination[N]{engine.Minus, append([]Set[N]{set}, others...)}
}

// Sets converts a list of nodes, or of combinations, for And, Or and Minus:
//
//	junction.Or(junction.Sets(nodes)...)
func Sets[N any, S Set[N]](sets []S) []Set[N] {
	converted := make([]Set[N], len(sets))
	for i, s := range sets {
		converted[i] = s
	}
	return converted
}

// SetOf returns a set of keys, which need not be sorted or different. Their order is that of the
// nodes with which the set is combined, or else their natural order; a loop over a set of keys that
// have none panics. A NaN, which is no key, is left out. Whenever a loop begins, it sorts a copy of
// the keys: O(n log n).
func SetOf[N any](ks ...N) Combination[N] { return Or[N](list[N]{slices.Clone(ks)}) }

// list is a set of keys.
type list[N any] struct{ keys []N }

// Keys returns the keys in order.
func (l list[N]) Keys() iter.Seq[N] { return Or[N](l).Keys() }

func (l list[N]) open(o *engine.Opening) engine.Source {
	n := len(l.keys)
	if n == 0 {
		return engine.Nothing{}
	}
	of := raw.TypeOf[N]()
	return o.Add(&engine.Leaf{Of: of, List: ordered.Run{P: of.BoxAll(array(l.keys), n), Len: n, Cap: n}})
}

// Keys returns the keys in order.
func (c Combination[N]) Keys() iter.Seq[N] { return c.Range(Range[N]{}) }

// Range returns the keys that are in r, in order. Beginning to loop costs O(log n) for each node;
// no key outside of r is looked at.
func (c Combination[N]) Range(r Range[N]) iter.Seq[N] {
	return func(yield func(N) bool) {
		q := c.read()
		q.Limit(q.Keep(r.bounds()))
		for keys := range batches[N](q) {
			for _, k := range keys {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// Backward returns the keys in descending order. It costs what Keys does.
func (c Combination[N]) Backward() iter.Seq[N] { return c.RangeBackward(Range[N]{}) }

// RangeBackward is Range in descending order.
func (c Combination[N]) RangeBackward(r Range[N]) iter.Seq[N] {
	return func(yield func(N) bool) {
		q := c.read()
		var keys []N
		for range q.Windows(q.Keep(r.bounds())) {
			keys = keys[:0]
			for batch := range batches[N](q) {
				keys = append(keys, batch...)
			}
			for _, k := range slices.Backward(keys) {
				if !yield(k) {
					return
				}
			}
		}
	}
}

// Has reports whether k is in the set, in O(log n) for each node.
func (c Combination[N]) Has(k N) bool {
	_, ok := first(c.Range(From(k).To(k)))
	return ok
}

// First returns the first key and whether there is one. It reads no further than it must.
func (c Combination[N]) First() (N, bool) { return first(c.Keys()) }

// Last returns the last key and whether there is one.
func (c Combination[N]) Last() (N, bool) { return first(c.Backward()) }

func first[N any](keys iter.Seq[N]) (k N, ok bool) {
	for k := range keys {
		return k, true
	}
	return k, false
}

// Count returns the number of keys, at the cost of reading them.
func (c Combination[N]) Count() (count int) {
	for keys := range batches[N](c.read()) {
		count += len(keys)
	}
	return count
}

// batches yields what is left of a combination, in an array that is used again.
func batches[N any](q *engine.Query) iter.Seq[[]N] {
	return func(yield func([]N) bool) {
		batch := make([]N, min(engine.BatchSize, q.Size()))
		for room := engine.FirstBatch; ; room = engine.NextBatch(room) {
			n := q.Fill(array(batch), min(room, len(batch)))
			if n == 0 || !yield(batch[:n]) {
				return
			}
		}
	}
}

// read freezes the nodes under a combination.
func (c Combination[N]) read() *engine.Query {
	var o engine.Opening
	s := c.open(&o)
	return o.Query(s)
}

func (c Combination[N]) open(o *engine.Opening) engine.Source {
	sources := make([]engine.Source, len(c.sets))
	for i, s := range c.sets {
		sources[i] = s.open(o)
	}
	return combined(c.combine, sources)
}

func combined(combine func([]engine.Source) engine.Source, sources []engine.Source) engine.Source {
	if len(sources) == 0 {
		return engine.Nothing{}
	}
	return combine(sources)
}

// String describes the combination in a few words. It does not read it.
func (c Combination[N]) String() string {
	return fmt.Sprintf("combination of %d sets of %v", len(c.sets), reflect.TypeFor[N]())
}

// MarshalJSON returns an error: a combination is written by a loop over its keys.
func (c Combination[N]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }
