package junction

import (
	"iter"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
)

// AddAll relates every pair of a sequence, as one commit; the last of a pair wins. It is the bulk loader: it sorts the edges
// and builds or merges nodes whole, which is several times faster than one Add for each edge. Edges that come sorted by
// left and then right key are faster still.
//
// The sequence is read to its end before anything is locked or changed, so it may read and write the relation. A nil
// sequence is empty. The time is O(n) for integer keys and O(n log n) for others, in the number of edges and the degrees of
// their nodes; some 60 bytes an edge, beside the edges themselves, are used meanwhile.
func (m *ManyToMany[A, B, T]) AddAll(edges iter.Seq[Edge[A, B, T]]) (c Counts, err error) {
	list := collect(edges)
	if !m.rel.allValid {
		for i := range list {
			if err := m.checkKeys(list[i].Left, list[i].Right); err != nil {
				return c, err
			}
		}
	}
	if m.rel.undirected {
		m.lowerLeft(list)
	}
	b := newBatch(m, list)
	return m.write(len(b.records), func(m *ManyToMany[A, B, T], c *Counts) { b.mergeInto(m, c) })
}

// lowerLeft turns the edges of an undirected relation so that the lower key is Left.
func (m *ManyToMany[A, B, T]) lowerLeft(edges []Edge[A, B, T]) {
	for i := range edges {
		if e := &edges[i]; m.below(e.Right, e.Left) {
			e.Left, e.Right = any(e.Right).(A), any(e.Left).(B)
		}
	}
}

// collect reads a sequence to its end. It doubles its slice, where append would copy large ones four times as much.
func collect[E any](seq iter.Seq[E]) (list []E) {
	if seq == nil {
		return nil
	}
	for e := range seq {
		if len(list) == cap(list) {
			list = slices.Grow(list, max(len(list), 16))
		}
		list = append(list, e)
	}
	return list
}

// batch is a list of edges to be merged: the records, sorted by left and then right key, point into it.
type batch[A, B, T any] struct {
	edges          []Edge[A, B, T]
	records, spare []radix.Record
}

// newBatch sorts a list of edges and keeps of each pair the last.
func newBatch[A, B, T any](m *ManyToMany[A, B, T], edges []Edge[A, B, T]) *batch[A, B, T] {
	n := len(edges)
	b := &batch[A, B, T]{edges: edges, records: make([]radix.Record, n), spare: make([]radix.Record, n)}
	lefts, rights := make([]A, n), make([]B, n)
	for i := range edges {
		lefts[i], rights[i] = edges[i].Left, edges[i].Right
	}
	left, right := m.right.Neighbours().Ordinals(lefts), m.left.Neighbours().Ordinals(rights)
	sorted := true
	for i := range b.records {
		b.records[i] = radix.Record{Key: right[i], Other: left[i], At: i}
		if i > 0 && sorted {
			sorted = left[i-1] < left[i] || left[i-1] == left[i] && right[i-1] <= right[i]
		}
	}
	if sorted {
		radix.Flip(b.records)
	} else {
		b.records, b.spare = radix.Sort(b.records, b.spare)
		b.turn()
	}
	b.compact()
	return b
}

// turn sorts the records by their other key; the order they had decides among equal ones.
func (b *batch[A, B, T]) turn() {
	radix.Flip(b.records)
	b.records, b.spare = radix.Sort(b.records, b.spare)
}

// compact keeps of equal records the last.
func (b *batch[A, B, T]) compact() {
	n := 0
	for i, r := range b.records {
		if i > 0 && b.records[n-1].Key == r.Key && b.records[n-1].Other == r.Other {
			n--
		}
		b.records[n] = r
		n++
	}
	b.records, b.spare = b.records[:n], b.spare[:n]
}

// mergeInto changes both sides of a relation. The caller has the lock.
func (b *batch[A, B, T]) mergeInto(m *ManyToMany[A, B, T], c *Counts) {
	if m.rel.recording() { // then it is a small batch
		for _, r := range b.records {
			e := &b.edges[r.At]
			m.put(e.Left, e.Right, e.Through, m.rel.same, c)
		}
		return
	}
	if m.rel.undirected {
		m.left.AddLoops(b.newLoops(m))
	}
	c.Added, c.Updated = mergeSide(m.left, b.records, m.rel.same, func(at int) (A, ordered.Entry[B, T]) {
		e := &b.edges[at]
		return e.Left, ordered.Entry[B, T]{Value: e.Through, Key: e.Right}
	})
	if c.IsZero() {
		return
	}
	b.turn()
	mergeSide(m.right, b.records, m.rel.same, func(at int) (B, ordered.Entry[A, T]) {
		e := &b.edges[at]
		return e.Right, ordered.Entry[A, T]{Value: e.Through, Key: e.Left}
	})
}

// newLoops counts the edges that join a node to itself and are new.
func (b *batch[A, B, T]) newLoops(m *ManyToMany[A, B, T]) (added int) {
	for _, r := range b.records {
		if e := &b.edges[r.At]; m.isLoop(e.Left, e.Right) {
			if _, ok := m.left.Get(e.Left, e.Right); !ok {
				added++
			}
		}
	}
	return added
}

// mergeSide merges records, sorted by key, into one side: of each key all neighbours at once.
func mergeSide[K, N, T any](side adjacency.State[K, N, T], records []radix.Record, same func(x, y T) bool, row func(at int) (K, ordered.Entry[N, T])) (added, updated int) {
	nodes := 0
	for i := range records {
		if i == 0 || records[i].Key != records[i-1].Key {
			nodes++
		}
	}
	return side.MergeAll(nodes, func(yield func(K, []ordered.Entry[N, T]) bool) {
		var entries []ordered.Entry[N, T]
		for i := 0; i < len(records); {
			key := records[i].Key
			k, entry := row(records[i].At)
			entries = append(entries[:0], entry)
			for i++; i < len(records) && records[i].Key == key; i++ {
				_, entry = row(records[i].At)
				entries = append(entries, entry)
			}
			if !yield(k, entries) {
				return
			}
		}
	}, same)
}
