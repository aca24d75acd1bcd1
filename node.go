package junction

import (
	"iter"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// Node is one key of a side, seen with its neighbours on the other: what ManyToMany.Left and Right return. It is a small
// value without state of its own; making one costs nothing and does not make the key exist. A node exists while it
// has an edge, and one that does not exist reads as one without neighbours.
//
// A Node is bound to the state that its relation is bound to, and follows the same rules. Its reads allocate nothing, and
// neither does a loop over it.
type Node[K, N, T any] struct {
	m   ManyToMany[K, N, T] // with the node's side as its left
	key K
}

// Key returns the node's key.
func (n Node[K, N, T]) Key() K { return n.key }

// Count returns the degree, in O(1).
func (n Node[K, N, T]) Count() int {
	n.m.rel.rlock()
	defer n.m.rel.runlock()
	return n.m.left.Find(n.key).Degree()
}

// All returns the neighbours with their through values, in key order.
func (n Node[K, N, T]) All() iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		v := n.view()
		for _, e := range v.Run() {
			if !yield(e.Key, e.Value) {
				return
			}
		}
		v.Rest(yield)
	}
}

// Backward is All in descending order.
func (n Node[K, N, T]) Backward() iter.Seq2[N, T] {
	return func(yield func(N, T) bool) { n.view().Backward(yield) }
}

// Keys returns the keys of the neighbours, in order.
func (n Node[K, N, T]) Keys() iter.Seq[N] {
	return func(yield func(N) bool) {
		v := n.view()
		for _, e := range v.Run() {
			if !yield(e.Key) {
				return
			}
		}
		v.Rest(func(k N, _ T) bool { return yield(k) })
	}
}

// Range returns the neighbours whose keys are in r, in order. Beginning to loop costs O(log degree).
func (n Node[K, N, T]) Range(r Range[N]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		n.m.left.Neighbours().Range(n.view(), r.bounds, yield)
	}
}

// RangeBackward is Range in descending order.
func (n Node[K, N, T]) RangeBackward(r Range[N]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		n.m.left.Neighbours().RangeBackward(n.view(), r.bounds, yield)
	}
}

// Has reports whether k is a neighbour, in O(log degree).
func (n Node[K, N, T]) Has(k N) bool { return n.m.Has(n.key, k) }

// HasAll reports whether all of ks are neighbours, at one moment. Of none it is true.
func (n Node[K, N, T]) HasAll(ks ...N) bool {
	n.m.rel.rlock()
	defer n.m.rel.runlock()
	for _, k := range ks {
		if _, ok := n.m.left.Get(n.key, k); !ok {
			return false
		}
	}
	return true
}

// Get returns the through value of the edge to k and whether there is one, in O(log degree).
func (n Node[K, N, T]) Get(k N) (T, bool) { return n.m.Get(n.key, k) }

// Add relates the node to all of ks. An edge that exists gets this through value. Like every write of a node it is one
// commit, all or nothing, with the errors of ManyToMany.Add.
func (n Node[K, N, T]) Add(through T, ks ...N) (Counts, error) {
	if len(ks) == 1 {
		return n.m.Add(n.key, ks[0], through)
	}
	return n.put(n.entries(through, ks), n.m.rel.same)
}

// Link relates the node to all of ks. An edge that exists keeps its through value; a new one has the zero T.
func (n Node[K, N, T]) Link(ks ...N) (Counts, error) {
	var zero T
	return n.put(n.entries(zero, ks), keep)
}

// AddAll relates the node to each key of a sequence with the value beside it; the last of a key wins. The sequence is
// read to its end before anything is locked or changed, so it may read and write the relation. A nil sequence is empty.
func (n Node[K, N, T]) AddAll(edges iter.Seq2[N, T]) (Counts, error) {
	return n.put(drain(edges), n.m.rel.same)
}

// Set makes these edges the only ones of the node: it removes what is missing in the sequence, adds what is new, updates what
// differs, and touches nothing else. The sequence is read as by AddAll; a nil one clears the node.
// O(degree + given) and an Add or Remove for each edge that changes.
func (n Node[K, N, T]) Set(edges iter.Seq2[N, T]) (Counts, error) {
	return n.set(drain(edges), n.m.rel.same)
}

// SetKeys makes ks the only neighbours of the node. An edge that stays keeps its through value; a new one has the zero T.
func (n Node[K, N, T]) SetKeys(ks ...N) (Counts, error) {
	var zero T
	return n.set(n.entries(zero, ks), keep)
}

// put relates the node to all entries, of which the last of a key wins; same says which existing edge needs no update.
func (n Node[K, N, T]) put(entries []ordered.Entry[N, T], same func(x, y T) bool) (Counts, error) {
	entries, err := n.sort(entries)
	if err != nil {
		return Counts{}, err
	}
	return n.m.write(len(entries), func(m *ManyToMany[K, N, T], c *Counts) {
		for _, e := range entries {
			m.put(n.key, e.Key, e.Value, same, c)
		}
	})
}

// set is put, and removes all other edges.
func (n Node[K, N, T]) set(entries []ordered.Entry[N, T], same func(x, y T) bool) (Counts, error) {
	entries, err := n.sort(entries)
	if err != nil {
		return Counts{}, err
	}
	return n.m.write(max(len(entries), n.liveCount()), func(m *ManyToMany[K, N, T], c *Counts) {
		now := Node[K, N, T]{*m, n.key}.locked()
		m.left.Neighbours().Diff(now, ordered.ViewOf(entries), same, func(before, after *ordered.Entry[N, T]) bool {
			if after == nil {
				m.delete(n.key, before.Key, c)
			} else {
				m.put(n.key, after.Key, after.Value, nil, c)
			}
			return true
		})
	})
}

// Modify reads the edge to k, lets fn decide, and writes: fn gets the through value and whether there is an edge, and
// returns the new value and whether there is to be one. Nothing else is written in between. Outside a transaction,
// readers do not wait for fn, and writers do.
func (n Node[K, N, T]) Modify(k N, fn func(old T, ok bool) (T, bool)) (Counts, error) {
	return n.ModifyAll(func(_ N, old T, ok bool) (T, bool) { return fn(old, ok) }, k)
}

// ModifyAll is Modify for several keys in one commit. Each key is asked once, in key order, before anything is changed.
func (n Node[K, N, T]) ModifyAll(fn func(k N, old T, ok bool) (T, bool), ks ...N) (c Counts, err error) {
	for _, k := range ks {
		if err := n.m.checkKeys(n.key, k); err != nil {
			return c, err
		}
	}
	if n.m.rel.isLive() && n.m.rel.faults == nil {
		return n.m.autoUpdate(func(m *ManyToMany[K, N, T]) (Counts, error) {
			return Node[K, N, T]{*m, n.key}.ModifyAll(fn, ks...)
		})
	}
	if err := n.m.rel.lock(); err != nil {
		return c, err
	}
	type decision struct {
		through T
		related bool
	}
	ks = slices.Clone(ks)
	kind := n.m.left.Neighbours()
	slices.SortFunc(ks, kind.Compare)
	ks = slices.CompactFunc(ks, func(x, y N) bool { return kind.Compare(x, y) == 0 })
	decisions := make([]decision, len(ks))
	for i, k := range ks {
		old, ok := n.Get(k)
		decisions[i].through, decisions[i].related = fn(k, old, ok)
		if n.m.rel.tx.done { // by fn
			return c, ErrTxDone
		}
	}
	for i, k := range ks {
		if decisions[i].related {
			n.m.put(n.key, k, decisions[i].through, n.m.rel.same, &c)
		} else {
			n.m.delete(n.key, k, &c)
		}
	}
	return c, nil
}

// Remove takes the edges to ks away. Keys that are no neighbours are passed over.
func (n Node[K, N, T]) Remove(ks ...N) (Counts, error) {
	return n.m.write(len(ks), func(m *ManyToMany[K, N, T], c *Counts) {
		for _, k := range ks {
			m.delete(n.key, k, c)
		}
	})
}

// Clear takes all edges of the node away, and thereby the node. It costs what removing each would.
func (n Node[K, N, T]) Clear() (Counts, error) {
	return n.m.write(n.liveCount(), func(m *ManyToMany[K, N, T], c *Counts) {
		now := Node[K, N, T]{*m, n.key}.locked()
		if now.Len() == 0 {
			return
		}
		c.Removed += now.Len()
		for k := range now.All {
			if m.rel.recording() {
				m.noteDelete(n.key, k, adjacency.Locate(m.left, n.key, k))
			}
			if m.isLoop(n.key, k) {
				m.left.AddLoops(-1)
			} else {
				m.right.Delete(k, adjacency.Locate(m.right, k, n.key))
			}
		}
		m.left.Drop(n.key, m.left.Find(n.key))
	})
}

// inPlace is the number of edges up to which a write holds the lock from its first edge to its last. A larger one works in a
// draft, and readers wait for its installation only.
const inPlace = 64

// write runs a change of about so many edges as one commit, or as part of the transaction that the relation is bound to.
// The change cannot fail.
func (m *ManyToMany[A, B, T]) write(edges int, change func(m *ManyToMany[A, B, T], c *Counts)) (c Counts, err error) {
	switch {
	case edges > inPlace && m.rel.isLive() && m.rel.faults == nil:
		return m.autoUpdate(func(m *ManyToMany[A, B, T]) (c Counts, err error) {
			change(m, &c)
			return c, nil
		})
	case m.rel.isStored():
		return m.share(change)
	}
	if err := m.rel.lock(); err != nil {
		return c, err
	}
	defer m.rel.unlock(&c)
	change(m, &c)
	return c, nil
}

// autoUpdate runs a write of a live relation in a transaction of its own.
func (m *ManyToMany[A, B, T]) autoUpdate(write func(m *ManyToMany[A, B, T]) (Counts, error)) (c Counts, err error) {
	err = m.rel.g.autoUpdate(func(tx *Tx) error {
		c, err = write(m.In(tx))
		return err
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// share runs a write of a live relation in a commit that is appended to the store together with those of others.
func (m *ManyToMany[A, B, T]) share(change func(m *ManyToMany[A, B, T], c *Counts)) (c Counts, err error) {
	err = m.rel.g.share(func(tx *Tx) error {
		c = Counts{}
		change(m.In(tx), &c)
		return nil
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// view returns the neighbours as they are now, for a loop without a lock.
func (n *Node[K, N, T]) view() ordered.View[N, T] {
	n.m.rel.rlock()
	defer n.m.rel.runlock()
	return n.locked()
}

// locked is view for whoever has the lock.
func (n Node[K, N, T]) locked() ordered.View[N, T] {
	slot := n.m.left.Find(n.key)
	if slot == nil {
		return ordered.View[N, T]{}
	}
	return slot.Freeze()
}

// liveCount is the degree of a live node; bound to a transaction or snapshot, nobody needs it.
func (n Node[K, N, T]) liveCount() int {
	if !n.m.rel.isLive() {
		return 0
	}
	return n.Count()
}

// sort checks the keys of entries, sorts them, and keeps of each key the last.
func (n Node[K, N, T]) sort(entries []ordered.Entry[N, T]) ([]ordered.Entry[N, T], error) {
	for _, e := range entries {
		if err := n.m.checkKeys(n.key, e.Key); err != nil {
			return nil, err
		}
	}
	return n.m.left.Neighbours().Sort(entries), nil
}

// entries gives every key the same value.
func (n Node[K, N, T]) entries(through T, ks []N) []ordered.Entry[N, T] {
	entries := make([]ordered.Entry[N, T], len(ks))
	for i, k := range ks {
		entries[i] = ordered.Entry[N, T]{Value: through, Key: k}
	}
	return entries
}

// drain reads a sequence to its end.
func drain[N, T any](edges iter.Seq2[N, T]) (entries []ordered.Entry[N, T]) {
	if edges != nil {
		for k, through := range edges {
			entries = append(entries, ordered.Entry[N, T]{Value: through, Key: k})
		}
	}
	return entries
}
