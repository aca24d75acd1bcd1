package junction

import (
	"fmt"
	"iter"
	"slices"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// Node is one key of a side, seen with its neighbours on the other side: what ManyToMany.Left and
// Right return. It is a small value without state of its own; making one takes constant time and
// does not make the key exist. A node exists while it has an edge. One that does not exist reads as
// one without neighbours.
//
// A Node is bound to the state that its relation is bound to, and follows the same rules. Neither
// its reads nor a loop over it allocate.
type Node[K, N, T any] struct {
	v   *engine.Relation // with the node's side as its left
	key K
}

// Key returns the node's key.
func (n Node[K, N, T]) Key() K { return n.key }

// Count returns the degree, in O(1).
func (n Node[K, N, T]) Count() int { return n.v.Count(pointer(&n.key)) }

// All returns the neighbours with their through values, in key order.
func (n Node[K, N, T]) All() iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		key := n.key
		v := n.v.Freeze(pointer(&key))
		for _, e := range engine.Entries[N, T](v.Run()) {
			if !yield(e.Key, e.Value) {
				return
			}
		}
		if v.HasTree() {
			rest(v, yield)
		}
	}
}

// rest yields the entries of a tree.
//
//go:noinline
func rest[N, T any](v ordered.View, yield func(N, T) bool) { v.Runs(each(yield)) }

// restKeys yields their keys.
//
//go:noinline
func restKeys[N, T any](v ordered.View, yield func(N) bool) {
	v.Runs(each(func(k N, _ T) bool { return yield(k) }))
}

// each yields the entries of runs.
func each[N, T any](yield func(N, T) bool) func(ordered.Run) bool {
	return func(r ordered.Run) bool {
		for _, e := range engine.Entries[N, T](r) {
			if !yield(e.Key, e.Value) {
				return false
			}
		}
		return true
	}
}

// eachBackward yields the entries of runs in descending order.
func eachBackward[N, T any](yield func(N, T) bool) func(ordered.Run) bool {
	return func(r ordered.Run) bool {
		run := engine.Entries[N, T](r)
		for i := len(run) - 1; i >= 0; i-- {
			if !yield(run[i].Key, run[i].Value) {
				return false
			}
		}
		return true
	}
}

// Backward is All in descending order.
func (n Node[K, N, T]) Backward() iter.Seq2[N, T] {
	return func(yield func(N, T) bool) { key := n.key; backward(n.v, pointer(&key), nil, yield) }
}

// Keys returns the keys of the neighbours, in order.
func (n Node[K, N, T]) Keys() iter.Seq[N] {
	return func(yield func(N) bool) {
		key := n.key
		v := n.v.Freeze(pointer(&key))
		for _, e := range engine.Entries[N, T](v.Run()) {
			if !yield(e.Key) {
				return
			}
		}
		if v.HasTree() {
			restKeys[N, T](v, yield)
		}
	}
}

// Range returns the neighbours whose keys are in r, in order. Beginning to loop costs O(log
// degree).
func (n Node[K, N, T]) Range(r Range[N]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) { key, r := n.key, r; forward(n.v, pointer(&key), &r, yield) }
}

// RangeBackward is Range in descending order.
func (n Node[K, N, T]) RangeBackward(r Range[N]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) { key, r := n.key, r; backward(n.v, pointer(&key), &r, yield) }
}

//go:noinline
func forward[N, T any](v *engine.Relation, a pointer, r *Range[N], yield func(N, T) bool) {
	v.MustExist()
	b := r.bounds()
	v.Kind().Range(v.Freeze(a), &b, each(yield))
}

//go:noinline
func backward[N, T any](v *engine.Relation, a pointer, r *Range[N], yield func(N, T) bool) {
	v.MustExist()
	var b ordered.Bounds
	if r != nil {
		b = r.bounds()
	}
	v.Kind().RangeBackward(v.Freeze(a), &b, eachBackward(yield))
}

// Has reports whether k is a neighbour, in O(log degree).
func (n Node[K, N, T]) Has(k N) bool { return n.v.Has(pointer(&n.key), pointer(&k)) }

// HasAll reports whether all of ks are neighbours, at one moment. Without keys it is true.
func (n Node[K, N, T]) HasAll(ks ...N) bool {
	return n.v.HasAll(pointer(&n.key), array(ks), len(ks))
}

// HasAny reports whether any of ks is a neighbour, at one moment. Without keys it is false.
func (n Node[K, N, T]) HasAny(ks ...N) bool {
	return n.v.HasAny(pointer(&n.key), array(ks), len(ks))
}

// First returns the first neighbour with its through value, and whether there is one, in O(1).
func (n Node[K, N, T]) First() (k N, through T, ok bool) {
	if e := n.v.BeginEnd(pointer(&n.key), false); e != nil {
		k, through, ok = entryOf[N, T](e)
	}
	n.v.End()
	return k, through, ok
}

// Last returns the last neighbour with its through value, and whether there is one, in O(1).
func (n Node[K, N, T]) Last() (k N, through T, ok bool) {
	if e := n.v.BeginEnd(pointer(&n.key), true); e != nil {
		k, through, ok = entryOf[N, T](e)
	}
	n.v.End()
	return k, through, ok
}

func entryOf[N, T any](e pointer) (N, T, bool) {
	entry := (*ordered.Entry[N, T])(e)
	return entry.Key, entry.Value, true
}

// array returns the first of some values.
func array[V any](vs []V) pointer { return unsafe.Pointer(unsafe.SliceData(vs)) }

// Get returns the through value of the edge to k and whether there is one, in O(log degree).
func (n Node[K, N, T]) Get(k N) (through T, ok bool) {
	if p := n.v.Lookup(pointer(&n.key), pointer(&k)); p != nil {
		through, ok = *(*T)(p), true
	}
	n.v.End()
	return through, ok
}

// Add relates the node to k. If they are related already, the edge gets this through value. Its
// cost and errors are those of ManyToMany.Add.
func (n Node[K, N, T]) Add(k N, through T) (Counts, error) {
	return counted(n.v.Add(pointer(&n.key), pointer(&k), pointer(&through)))
}

// AddEach relates the node to all of ks, each with the same through value. An edge that exists gets
// this value. Like every write of a node it is one commit, all or nothing.
func (n Node[K, N, T]) AddEach(ks []N, through T) (Counts, error) {
	return counted(n.v.PutNode(pointer(&n.key), n.v.Given(array(ks), len(ks), pointer(&through)), n.v.Bound().Same))
}

// Link relates the node to all of ks. An edge that exists keeps its through value; a new one has
// the zero T. It has the cost and errors of AddEach.
func (n Node[K, N, T]) Link(ks ...N) (Counts, error) {
	return counted(n.v.PutNode(pointer(&n.key), n.v.Given(array(ks), len(ks), nil), engine.Keep))
}

// AddAll relates the node to each key of a sequence with the value that comes with it; the last of
// a key wins. The sequence is read to its end before anything is locked or changed, so it may read
// and write the relation. A nil sequence is empty.
func (n Node[K, N, T]) AddAll(edges iter.Seq2[N, T]) (Counts, error) {
	return counted(n.v.PutNode(pointer(&n.key), drain(edges), n.v.Bound().Same))
}

// AddAllErr is AddAll for a sequence that can fail: all of its edges, or none. It returns the first
// error of the sequence as it is, and reads no further.
func (n Node[K, N, T]) AddAllErr(edges iter.Seq2[Neighbour[N, T], error]) (c Counts, err error) {
	run := drain(pairs(untilError(edges, &err)))
	if err != nil {
		return c, err
	}
	return counted(n.v.PutNode(pointer(&n.key), run, n.v.Bound().Same))
}

// Set makes these edges the only ones of the node: it removes those that the sequence lacks, adds
// new ones, updates those that differ, and touches no other. The sequence is read as by AddAll; a
// nil one clears the node. It costs O(degree + given), and an Add or Remove for each edge that
// changes.
func (n Node[K, N, T]) Set(edges iter.Seq2[N, T]) (Counts, error) {
	return counted(n.v.SetNode(pointer(&n.key), drain(edges), n.v.Bound().Same))
}

// SetErr is Set for a sequence that can fail: if it does, nothing changes, and SetErr returns the
// first error of the sequence as it is.
func (n Node[K, N, T]) SetErr(edges iter.Seq2[Neighbour[N, T], error]) (c Counts, err error) {
	run := drain(pairs(untilError(edges, &err)))
	if err != nil {
		return c, err
	}
	return counted(n.v.SetNode(pointer(&n.key), run, n.v.Bound().Same))
}

// pairs returns keys and values one beside the other.
func pairs[N, T any](neighbours iter.Seq[Neighbour[N, T]]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		for e := range neighbours {
			if !yield(e.Key, e.Through) {
				return
			}
		}
	}
}

// SetKeys makes ks the only neighbours of the node. An edge that stays keeps its through value; a
// new one has the zero T.
func (n Node[K, N, T]) SetKeys(ks ...N) (Counts, error) {
	return counted(n.v.SetNode(pointer(&n.key), n.v.Given(array(ks), len(ks), nil), engine.Keep))
}

// Modify reads the edge to k, lets fn decide, and writes: fn gets the through value and whether
// there is an edge, and returns the new value and whether there shall be one. No other write comes
// between. Outside a transaction, readers do not wait for fn, and writers do.
func (n Node[K, N, T]) Modify(k N, fn func(old T, ok bool) (T, bool)) (Counts, error) {
	if fn == nil {
		panic("junction: Modify with a nil function")
	}
	return n.ModifyAll(func(_ N, old T, ok bool) (T, bool) { return fn(old, ok) }, k)
}

// ModifyAll is Modify for several keys in one commit. It asks fn for each key once, in key order,
// before it changes anything.
func (n Node[K, N, T]) ModifyAll(fn func(k N, old T, ok bool) (T, bool), ks ...N) (c Counts, err error) {
	if fn == nil {
		panic("junction: ModifyAll with a nil function")
	}
	key := n.key
	ks = slices.Clone(ks)
	return counted(n.v.Modify(pointer(&key), array(ks), len(ks), func(k, old, now pointer) (related bool) {
		var was T
		if old != nil {
			was = *(*T)(old)
		}
		*(*T)(now), related = fn(*(*N)(k), was, old != nil)
		return related
	}))
}

// Remove removes the edges to ks. Keys that are no neighbours are passed over.
func (n Node[K, N, T]) Remove(ks ...N) (Counts, error) {
	return counted(n.v.RemoveKeys(pointer(&n.key), array(ks), len(ks)))
}

// Rename gives all edges of the node to the node of another key, as one commit; the edge of an
// undirected node to itself becomes that of the other to itself. If the other node has edges,
// Rename changes nothing and returns ErrExists: to join two nodes, decide in a transaction what
// becomes of the neighbours that both have, for example by AddAll and Clear. A key that equals the
// node's changes nothing, and neither does a node without edges. It costs what removing and adding
// each edge would.
//
// Other relations in which the key occurs stay as they are: see RenameEverywhere.
func (n Node[K, N, T]) Rename(k K) (Counts, error) {
	key, other := n.key, k
	return counted(n.v.Rename(pointer(&key), pointer(&other)))
}

// Clear removes all edges of the node, and thereby the node. It costs what removing each would.
func (n Node[K, N, T]) Clear() (Counts, error) { return counted(n.v.ClearNode(pointer(&n.key))) }

// drain reads a sequence to its end.
func drain[N, T any](edges iter.Seq2[N, T]) ordered.Run {
	var entries []ordered.Entry[N, T]
	if edges != nil {
		for k, through := range edges {
			entries = append(entries, ordered.Entry[N, T]{Value: through, Key: k})
		}
	}
	return ordered.Run{P: array(entries), Len: len(entries), Cap: cap(entries)}
}

// String describes the node in a few words: its key and degree.
func (n Node[K, N, T]) String() string {
	switch {
	case n.v == nil:
		return "junction.Node (not made by Left or Right)"
	case n.v.Tx != nil && n.v.Tx.IsDone():
		return fmt.Sprintf("node %v in a finished transaction", n.key)
	}
	return fmt.Sprintf("node %v of relation %q: %d neighbours", n.key, n.v.Name, n.Count())
}

// MarshalJSON returns an error: a node is written by a loop over it.
func (n Node[K, N, T]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// open makes a Node a Set.
func (n Node[K, N, T]) open(o *engine.Opening) engine.Source { return n.v.Open(pointer(&n.key), o) }
