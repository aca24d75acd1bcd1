package junction

// Stats describes a graph at one moment.
type Stats struct {
	Revision  uint64
	Relations []RelationStats // in the order of declaration
	Watchers  int             // watches that have not ended
	Fresh     Freshness       // what is known of the changes that other programs make
}

// RelationStats describes a relation.
type RelationStats struct {
	Name   string
	Edges  int
	Lefts  int // nodes with at least one edge; for an undirected relation, all its nodes
	Rights int
	// Bytes is about what the relation's own arrays, trees and tables occupy, without what keys and
	// values point to, and without what only snapshots hold. Metrics leaves it zero.
	Bytes int
}

// Metrics returns the graph's numbers without those that have to be counted, in O(relations). It is
// made to be called often, for instance when metrics are collected.
func (g *Graph) Metrics() Stats {
	g.mustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.metrics()
}

// metrics is Metrics for a caller that has mu.
func (g *Graph) metrics() Stats {
	s := Stats{Revision: g.revision, Watchers: g.feed.len(), Fresh: g.fresh}
	for _, r := range g.relations {
		v := r.v
		s.Relations = append(s.Relations, RelationStats{
			Name: v.rel.name, Edges: v.len(), Lefts: v.left.Nodes(), Rights: v.right.Nodes(),
		})
	}
	return s
}

// Stats returns all of the graph's numbers, in O(nodes): use Metrics to leave Bytes out. It counts on
// a snapshot, so that no writer waits for it; as after any snapshot, the first write to a node then
// copies it.
func (g *Graph) Stats() Stats {
	s, measures := g.measures()
	for i, bytes := range measures {
		s.Relations[i].Bytes = bytes()
	}
	return s
}

// measures returns Metrics and, for each relation, a function that counts its bytes without a lock.
func (g *Graph) measures() (Stats, []func() int) {
	g.mustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	measures := make([]func() int, len(g.relations))
	for i, r := range g.relations {
		measures[i] = r.measure()
	}
	return g.metrics(), measures
}

// measure returns a function that counts the relation's bytes. The caller keeps writers out; the
// function may run while they write.
func (r *relation) measure() (bytes func() int) {
	left, right := r.v.left.Live().Measure(), func() int { return 0 }
	if !r.v.rel.undirected {
		right = r.v.right.Live().Measure()
	}
	return func() int { return left() + right() }
}
