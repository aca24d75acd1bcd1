// Package adjacency holds one side of a relation: its nodes, and of each node the edges. It knows nothing of graphs,
// transactions' rules or stores; two sides that mirror each other are a relation.
//
// A side is seen in one of three states: live (Side), in a transaction (Draft) or at a snapshot (Frozen). All three
// are a State, so that whoever reads and writes a relation does it in one way.
package adjacency

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Slot is one node: its neighbours and their through values, in order.
//
// Only the side whose owner number it bears may change a slot. Freezing a side gives the side a new number, so
// that its slots, which the frozen state shares, are replaced by copies before they change.
type Slot[N, T any] struct {
	ordered.Map[N, T]
	owner uint64
}

// ref is a pointer to a Slot of whatever types. The index and the order of a side hold its slots as these, so that the code of both
// is compiled once for each type of key, and not once more for each type of relation.
type ref unsafe.Pointer

func refTo[N, T any](s *Slot[N, T]) ref { return ref(s) }

// slotAt returns the slot of a ref of a side with these types; nil of the zero ref.
func slotAt[N, T any](r ref) *Slot[N, T] { return (*Slot[N, T])(r) }

// Degree returns the number of neighbours; that of no slot is 0.
func (s *Slot[N, T]) Degree() int {
	if s == nil {
		return 0
	}
	return s.Len()
}

// view returns the neighbours; no slot has none.
func (s *Slot[N, T]) view() ordered.View[N, T] {
	if s == nil {
		return ordered.View[N, T]{}
	}
	return s.View()
}

// share returns a slot for another owner with the same neighbours. Nothing is copied before one of them changes.
func (s *Slot[N, T]) share(owner uint64) *Slot[N, T] {
	if s == nil {
		return &Slot[N, T]{owner: owner}
	}
	return &Slot[N, T]{Map: s.Share(), owner: owner}
}

// State is a side of a relation: live, in a transaction or at a snapshot.
// A State has no lock of its own; whoever calls it sees to that.
type State[K, N, T any] interface {
	// Find returns the slot of a node, nil or empty if there is no such node.
	Find(k K) *Slot[N, T]
	// Get returns the through value of k and n.
	Get(k K, n N) (T, bool)
	// Spelling returns the key of a node as it was written first, of those that a comparison function calls the same.
	Spelling(k K) K
	// Put relates k to n at the place that Locate returned. A Frozen refuses by panicking, and so do all that follow.
	Put(k K, p Place[N, T], n N, through T, same func(x, y T) bool) ordered.Outcome
	// Merge adds the edges of a side that was built aside, and is not used again. An empty state takes it over in O(1).
	Merge(o *Side[K, N, T], same func(x, y T) bool) (added, updated int)
	// Delete takes the edge at a place away where Locate found one. A node without edges is gone.
	Delete(k K, p Place[N, T])
	// Drop takes a node with all its edges away.
	Drop(k K, slot *Slot[N, T])
	// Clear takes everything away.
	Clear()
	// Freeze returns the state as it is now, never to change. It may run beside readers, and takes O(1).
	Freeze() Nodes[K, N, T]
	// Nodes returns the number of nodes, Entries that of edges, and Loops how many of these join a node of an
	// undirected relation to itself, as AddLoops was told.
	Nodes() int
	Entries() int
	Loops() int
	AddLoops(n int)
	// Neighbours returns the kind of the maps in the slots.
	Neighbours() *ordered.Kind[N, T]
	// Live returns the side of which this is a state.
	Live() *Side[K, N, T]
}

// Place is where an edge of a state stands, or would stand. It is good until the node changes.
type Place[N, T any] struct {
	Slot *Slot[N, T] // nil if there is no such node
	ordered.Place[N, T]
}

// get returns the through value of a neighbour in a slot, which may be nil.
func get[N, T any](kind *ordered.Kind[N, T], slot *Slot[N, T], n N) (through T, ok bool) {
	if slot == nil {
		return through, false
	}
	return kind.Get(&slot.Map, n)
}

// Locate returns the place of the edge from k to n, whether or not there is one.
func Locate[K, N, T any](s State[K, N, T], k K, n N) Place[N, T] {
	return locate(s.Neighbours(), s.Find(k), n)
}

// LocateBoth returns the places of an edge on both sides of a relation. It finds both nodes before it searches either, so
// that their cache misses overlap: a tenth of the time of Remove at 20,000 edges.
func LocateBoth[A, B, T any](left State[A, B, T], right State[B, A, T], a A, b B) (Place[B, T], Place[A, T]) {
	x, y := left.Find(a), right.Find(b)
	return locate(left.Neighbours(), x, b), locate(right.Neighbours(), y, a)
}

func locate[N, T any](kind *ordered.Kind[N, T], slot *Slot[N, T], n N) Place[N, T] {
	if slot == nil {
		return Place[N, T]{}
	}
	return Place[N, T]{slot, kind.Locate(&slot.Map, n)}
}

// Beside yields each edge of a side that was built aside, by node and neighbour, and what a state has in its place: nil where it has no such edge.
func Beside[K, N, T any](s State[K, N, T], o *Side[K, N, T], yield func(k K, old, e *ordered.Entry[N, T])) {
	kind := s.Neighbours()
	for k, batch := range o.All {
		slot := s.Find(k)
		for run := range batch.View().Runs {
			for i := range run {
				yield(k, locate(kind, slot, run[i].Key).entry(), &run[i])
			}
		}
	}
}

// entry returns the edge that was found at a place, nil if none was.
func (p Place[N, T]) entry() *ordered.Entry[N, T] {
	if !p.Found {
		return nil
	}
	return p.Entry(&p.Slot.Map)
}

// write puts an edge at its place in a slot that may be changed.
func (p Place[N, T]) write(kind *ordered.Kind[N, T], slot *Slot[N, T], n N, through T) ordered.Outcome {
	if p.Found {
		kind.Replace(&slot.Map, p.Place, through)
		return ordered.Updated
	}
	kind.Insert(&slot.Map, p.Place, n, through)
	return ordered.Added
}

// isSame reports whether there is an edge that needs no update.
func (p Place[N, T]) isSame(through T, same func(x, y T) bool) bool {
	return p.Found && same != nil && same(p.Value(&p.Slot.Map), through)
}
