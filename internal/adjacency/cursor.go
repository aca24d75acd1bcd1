package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// Cursor goes through the edges of a side by node and neighbour, at the caller's pace. Nobody may write meanwhile; readers may read.
type Cursor[K, N, T any] struct {
	kind  *ordered.Kind[N, T]
	nodes ordered.Cursor[K, ref]
	edges ordered.Cursor[N, T] // of the node at which nodes stands
}

// Cursor returns a cursor at the first edge.
func (s *Side[K, N, T]) Cursor() *Cursor[K, N, T] {
	c := &Cursor[K, N, T]{kind: s.neighbours, nodes: s.nodes.Cursor(s.order.View())}
	c.enter()
	return c
}

// enter moves to the first edge of the node.
func (c *Cursor[K, N, T]) enter() {
	if c.nodes.Valid() {
		c.edges = c.kind.Cursor(slotAt[N, T](c.nodes.Entry().Value).View())
	}
}

// Valid reports whether the cursor stands at an edge.
func (c *Cursor[K, N, T]) Valid() bool { return c.nodes.Valid() }

// Edge returns the edge at which a valid cursor stands.
func (c *Cursor[K, N, T]) Edge() (K, ordered.Entry[N, T]) {
	return c.nodes.Entry().Key, c.edges.Entry()
}

// Next moves to the next edge.
func (c *Cursor[K, N, T]) Next() {
	if c.edges.Next(); !c.edges.Valid() {
		c.nodes.Next()
		c.enter()
	}
}
