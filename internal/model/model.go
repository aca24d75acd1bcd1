// Package model is a many-to-many relation as simple as it can be: one map from pair to through
// value. It is slow, has no locks and no snapshots other than whole copies, and is what the tests
// believe.
//
// It does not know the package that it is a model of, so that the tests inside that package can use
// it.
package model

import (
	"maps"
	"slices"
)

// Rules say how a relation behaves.
type Rules[A, B comparable, T any] struct {
	CompareA func(x, y A) int
	CompareB func(x, y B) int

	// Same reports whether writing one value over the other changes nothing.
	Same func(x, y T) bool

	// Undirected says that a pair and its reverse are one pair. A and B are one type then, and in
	// order CompareA.
	Undirected bool
}

// Edge is a related pair and its through value.
type Edge[A, B, T any] struct {
	Left    A
	Right   B
	Through T
}

// Counts is what a call changed: each edge once, its value before the call against its value after.
type Counts struct{ Added, Updated, Removed int }

// Change is what became of one edge between two copies of a relation: "added", "updated" or
// "removed".
type Change[A, B, T any] struct {
	Kind          string
	Left          A
	Right         B
	Before, After T
}

type pair[A, B comparable] struct {
	left  A
	right B
}

// Relation is a set of edges.
type Relation[A, B comparable, T any] struct {
	rules Rules[A, B, T]

	// edges point to values that never change. So an edge that nobody wrote is told apart from one
	// that was written with an equal value, which is an update where values have no ==.
	edges map[pair[A, B]]*T
}

// New returns an empty relation.
func New[A, B comparable, T any](rules Rules[A, B, T]) *Relation[A, B, T] {
	return &Relation[A, B, T]{rules, map[pair[A, B]]*T{}}
}

// Clone returns a copy, which later changes do not touch.
func (r *Relation[A, B, T]) Clone() *Relation[A, B, T] {
	return &Relation[A, B, T]{r.rules, maps.Clone(r.edges)}
}

// pair returns the pair of a and b: of an undirected relation, with the lower key on the left.
func (r *Relation[A, B, T]) pair(a A, b B) pair[A, B] {
	if r.rules.Undirected {
		if reversed := any(b).(A); r.rules.CompareA(reversed, a) < 0 {
			return pair[A, B]{reversed, any(a).(B)}
		}
	}
	return pair[A, B]{a, b}
}

// writes are what a call does: for each pair the value that it gets, or nil if its edge is removed.
// A pair is there once, so whatever was to be written to it last is what counts.
type writes[A, B comparable, T any] map[pair[A, B]]*T

// apply makes the writes and counts what they changed.
func (r *Relation[A, B, T]) apply(w writes[A, B, T]) (c Counts) {
	for p, value := range w {
		old, exists := r.edges[p]
		switch {
		case value == nil && exists:
			delete(r.edges, p)
			c.Removed++
		case value == nil:
		case !exists:
			r.edges[p] = value
			c.Added++
		case !r.rules.Same(*old, *value):
			r.edges[p] = value
			c.Updated++
		}
	}
	return c
}

// Add relates a to b.
func (r *Relation[A, B, T]) Add(a A, b B, through T) Counts {
	return r.apply(writes[A, B, T]{r.pair(a, b): &through})
}

// AddAll relates all pairs; the last of a pair wins.
func (r *Relation[A, B, T]) AddAll(edges []Edge[A, B, T]) Counts {
	w := writes[A, B, T]{}
	for _, e := range edges {
		w[r.pair(e.Left, e.Right)] = &e.Through
	}
	return r.apply(w)
}

// Insert relates a to b, unless they are related: then it returns false.
func (r *Relation[A, B, T]) Insert(a A, b B, through T) (Counts, bool) {
	if r.Has(a, b) {
		return Counts{}, false
	}
	return r.Add(a, b, through), true
}

// Remove takes the edge between a and b away.
func (r *Relation[A, B, T]) Remove(a A, b B) Counts {
	return r.apply(writes[A, B, T]{r.pair(a, b): nil})
}

// RemoveAll takes the edges of all pairs away, whatever their values.
func (r *Relation[A, B, T]) RemoveAll(pairs []Edge[A, B, T]) Counts {
	w := writes[A, B, T]{}
	for _, e := range pairs {
		w[r.pair(e.Left, e.Right)] = nil
	}
	return r.apply(w)
}

// RemoveLeft takes all edges of a left node away.
func (r *Relation[A, B, T]) RemoveLeft(a A) Counts { return r.Left(a).Clear() }

// RemoveRight takes all edges of a right node away.
func (r *Relation[A, B, T]) RemoveRight(b B) Counts { return r.Right(b).Clear() }

// RenameLeft gives the edges of a left node to another, unless both have some: then it returns
// false.
func (r *Relation[A, B, T]) RenameLeft(a, to A) (Counts, bool) {
	edges := r.Left(a).All()
	if len(edges) == 0 || r.rules.CompareA(a, to) == 0 {
		return Counts{}, true
	}
	if len(r.Left(to).All()) > 0 {
		return Counts{}, false
	}
	w := writes[A, B, T]{}
	for _, e := range edges {
		w[r.pair(a, e.Key)] = nil
		if r.rules.Undirected && any(e.Key).(A) == a {
			e.Key = any(to).(B)
		}
		w[r.pair(to, e.Key)] = &e.Through
	}
	return r.apply(w), true
}

// RenameRight is RenameLeft for the right side.
func (r *Relation[A, B, T]) RenameRight(b, to B) (Counts, bool) {
	if r.rules.Undirected {
		return r.RenameLeft(any(b).(A), any(to).(A))
	}
	edges := r.Right(b).All()
	if len(edges) == 0 || r.rules.CompareB(b, to) == 0 {
		return Counts{}, true
	}
	if len(r.Right(to).All()) > 0 {
		return Counts{}, false
	}
	w := writes[A, B, T]{}
	for _, e := range edges {
		w[r.pair(e.Key, b)] = nil
		w[r.pair(e.Key, to)] = &e.Through
	}
	return r.apply(w), true
}

// Clear takes all edges away.
func (r *Relation[A, B, T]) Clear() Counts {
	w := writes[A, B, T]{}
	for p := range r.edges {
		w[p] = nil
	}
	return r.apply(w)
}

// Len returns the number of edges.
func (r *Relation[A, B, T]) Len() int { return len(r.edges) }

// Has reports whether a and b are related.
func (r *Relation[A, B, T]) Has(a A, b B) bool {
	_, ok := r.Get(a, b)
	return ok
}

// Get returns the through value of a and b, and whether they are related.
func (r *Relation[A, B, T]) Get(a A, b B) (through T, ok bool) {
	if value, ok := r.edges[r.pair(a, b)]; ok {
		return *value, true
	}
	return through, false
}

// Edges returns all edges, by left and then right key.
func (r *Relation[A, B, T]) Edges() (edges []Edge[A, B, T]) {
	for p, value := range r.edges {
		edges = append(edges, Edge[A, B, T]{p.left, p.right, *value})
	}
	slices.SortFunc(edges, func(x, y Edge[A, B, T]) int {
		return r.compare(pair[A, B]{x.Left, x.Right}, pair[A, B]{y.Left, y.Right})
	})
	return edges
}

func (r *Relation[A, B, T]) compare(x, y pair[A, B]) int {
	if c := r.rules.CompareA(x.left, y.left); c != 0 {
		return c
	}
	return r.rules.CompareB(x.right, y.right)
}

// ChangesSince returns what is different from an earlier copy, by left and then right key.
func (r *Relation[A, B, T]) ChangesSince(before *Relation[A, B, T]) (changes []Change[A, B, T]) {
	touched := maps.Clone(before.edges)
	maps.Copy(touched, r.edges)
	for p := range touched {
		old, was := before.edges[p]
		now, is := r.edges[p]
		switch {
		case !was:
			changes = append(changes, Change[A, B, T]{Kind: "added", Left: p.left, Right: p.right, After: *now})
		case !is:
			changes = append(changes, Change[A, B, T]{Kind: "removed", Left: p.left, Right: p.right, Before: *old})
		case old != now && !r.rules.Same(*old, *now):
			changes = append(changes, Change[A, B, T]{"updated", p.left, p.right, *old, *now})
		}
	}
	slices.SortFunc(changes, func(x, y Change[A, B, T]) int {
		return r.compare(pair[A, B]{x.Left, x.Right}, pair[A, B]{y.Left, y.Right})
	})
	return changes
}

// Neighbour is the far end of an edge.
type Neighbour[N, T any] struct {
	Key     N
	Through T
}

// Listing is a node with its neighbours in key order.
type Listing[K, N, T any] struct {
	Key        K
	Neighbours []Neighbour[N, T]
}

// Lefts returns the left nodes in key order. Of an undirected relation these are all nodes.
func (r *Relation[A, B, T]) Lefts() []Listing[A, B, T] {
	return list(r.byLeft(), r.rules.CompareA, r.rules.CompareB)
}

// Rights returns the right nodes in key order. Of an undirected relation these are all nodes.
func (r *Relation[A, B, T]) Rights() []Listing[B, A, T] {
	return list(r.byRight(), r.rules.CompareB, r.rules.CompareA)
}

// byLeft returns the neighbours of every left node.
func (r *Relation[A, B, T]) byLeft() map[A]map[B]T {
	nodes := map[A]map[B]T{}
	for p, value := range r.edges {
		put(nodes, p.left, p.right, *value)
		if r.rules.Undirected {
			put(nodes, any(p.right).(A), any(p.left).(B), *value)
		}
	}
	return nodes
}

// byRight returns the neighbours of every right node.
func (r *Relation[A, B, T]) byRight() map[B]map[A]T {
	nodes := map[B]map[A]T{}
	for p, value := range r.edges {
		put(nodes, p.right, p.left, *value)
		if r.rules.Undirected {
			put(nodes, any(p.left).(B), any(p.right).(A), *value)
		}
	}
	return nodes
}

func put[K, N comparable, T any](nodes map[K]map[N]T, k K, n N, value T) {
	if nodes[k] == nil {
		nodes[k] = map[N]T{}
	}
	nodes[k][n] = value
}

func list[K, N comparable, T any](nodes map[K]map[N]T, compareK func(x, y K) int, compareN func(x, y N) int) (listings []Listing[K, N, T]) {
	for _, k := range slices.SortedFunc(maps.Keys(nodes), compareK) {
		listings = append(listings, Listing[K, N, T]{k, sorted(nodes[k], compareN)})
	}
	return listings
}

func sorted[N comparable, T any](neighbours map[N]T, compare func(x, y N) int) (list []Neighbour[N, T]) {
	for _, n := range slices.SortedFunc(maps.Keys(neighbours), compare) {
		list = append(list, Neighbour[N, T]{n, neighbours[n]})
	}
	return list
}

// Node is one node with its neighbours of type N, seen from either end.
type Node[N comparable, T any] struct {
	neighbours func() map[N]T
	apply      func(map[N]*T) Counts // as Relation.apply, for the pairs of this node
	compare    func(x, y N) int
}

// Left returns a left node.
func (r *Relation[A, B, T]) Left(a A) Node[B, T] {
	return Node[B, T]{
		neighbours: func() map[B]T { return r.byLeft()[a] },
		compare:    r.rules.CompareB,
		apply: func(values map[B]*T) Counts {
			w := writes[A, B, T]{}
			for b, value := range values {
				w[r.pair(a, b)] = value
			}
			return r.apply(w)
		},
	}
}

// Right returns a right node.
func (r *Relation[A, B, T]) Right(b B) Node[A, T] {
	return Node[A, T]{
		neighbours: func() map[A]T { return r.byRight()[b] },
		compare:    r.rules.CompareA,
		apply: func(values map[A]*T) Counts {
			w := writes[A, B, T]{}
			for a, value := range values {
				w[r.pair(a, b)] = value
			}
			return r.apply(w)
		},
	}
}

// All returns the neighbours in key order.
func (n Node[N, T]) All() []Neighbour[N, T] { return sorted(n.neighbours(), n.compare) }

// Add relates the node to k.
func (n Node[N, T]) Add(k N, through T) Counts { return n.AddEach([]N{k}, through) }

// AddEach relates the node to all of ks, with this value.
func (n Node[N, T]) AddEach(ks []N, through T) Counts {
	values := map[N]*T{}
	for _, k := range ks {
		values[k] = &through
	}
	return n.apply(values)
}

// Link relates the node to all of ks. An edge that exists keeps its value; a new one has the zero
// value.
func (n Node[N, T]) Link(ks ...N) Counts { return n.apply(n.missing(ks)) }

// AddAll relates the node to all edges' keys; the last of a key wins.
func (n Node[N, T]) AddAll(edges []Neighbour[N, T]) Counts { return n.apply(given(edges)) }

// Set makes these edges the node's only ones.
func (n Node[N, T]) Set(edges []Neighbour[N, T]) Counts {
	values := given(edges)
	for k := range n.neighbours() {
		if _, stays := values[k]; !stays {
			values[k] = nil
		}
	}
	return n.apply(values)
}

// SetKeys makes ks the node's only neighbours. An edge that stays keeps its value.
func (n Node[N, T]) SetKeys(ks ...N) Counts {
	values := n.missing(ks)
	for k := range n.neighbours() {
		if !slices.Contains(ks, k) {
			values[k] = nil
		}
	}
	return n.apply(values)
}

// Modify asks fn for the value of the edge to k, and whether there is to be one.
func (n Node[N, T]) Modify(k N, fn func(old T, ok bool) (T, bool)) Counts {
	return n.ModifyAll(func(_ N, old T, ok bool) (T, bool) { return fn(old, ok) }, k)
}

// ModifyAll asks fn for the value of the edge to each key, once, and whether there is to be one.
func (n Node[N, T]) ModifyAll(fn func(k N, old T, ok bool) (T, bool), ks ...N) Counts {
	neighbours, values := n.neighbours(), map[N]*T{}
	for _, k := range ks {
		if _, asked := values[k]; asked {
			continue
		}
		values[k] = nil
		old, ok := neighbours[k]
		if value, related := fn(k, old, ok); related {
			values[k] = &value
		}
	}
	return n.apply(values)
}

// Remove takes the edges to ks away.
func (n Node[N, T]) Remove(ks ...N) Counts {
	values := map[N]*T{}
	for _, k := range ks {
		values[k] = nil
	}
	return n.apply(values)
}

// Clear takes all edges of the node away.
func (n Node[N, T]) Clear() Counts { return n.Set(nil) }

// missing gives the zero value to those of ks that are no neighbours.
func (n Node[N, T]) missing(ks []N) map[N]*T {
	neighbours, values := n.neighbours(), map[N]*T{}
	for _, k := range ks {
		if _, ok := neighbours[k]; !ok {
			values[k] = new(T)
		}
	}
	return values
}

// given returns for each key the last value given.
func given[N comparable, T any](edges []Neighbour[N, T]) map[N]*T {
	values := map[N]*T{}
	for _, e := range edges {
		values[e.Key] = &e.Through
	}
	return values
}
