package adjacency

import "github.com/seed-250bd433/junction/internal/ordered"

// Cursor goes through the edges of a side by node and neighbour, at the caller's pace. Nobody may
// write meanwhile; readers may read.
type Cursor struct {
	kind  *ordered.Order
	nodes ordered.Cursor
	edges ordered.Cursor // of the node at which nodes stands
}

// Cursor returns a cursor at the first edge.
func (s *Live) Cursor() *Cursor {
	c := &Cursor{kind: s.neighbours, nodes: s.nodes.Cursor(s.order.View())}
	c.enter()
	return c
}

// enter moves to the first edge of the node.
func (c *Cursor) enter() {
	if c.nodes.Valid() {
		c.edges = c.kind.Cursor(slotAt(c.nodes.Entry()).View())
	}
}

// Valid reports whether the cursor stands at an edge.
func (c *Cursor) Valid() bool { return c.nodes.Valid() }

// Edge returns the edge at which a valid cursor stands: the keys and the value.
func (c *Cursor) Edge() (k, n, value Pointer) {
	e := c.edges.Entry()
	return c.nodes.Key(), c.kind.KeyOf(e), e
}

// Next moves to the next edge.
func (c *Cursor) Next() {
	if c.edges.Next(); !c.edges.Valid() {
		c.nodes.Next()
		c.enter()
	}
}
