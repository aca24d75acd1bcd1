package junction

// Stats describes a graph at one moment.
type Stats struct {
	Revision  uint64
	Relations []RelationStats // in the order of declaration
}

// RelationStats describes a relation.
type RelationStats struct {
	Name   string
	Edges  int
	Lefts  int // nodes with at least one edge; of an undirected relation, all its nodes
	Rights int
	// Bytes is what the relation's own arrays, trees and tables occupy, about, without what keys and values point to and
	// without what only snapshots hold.
	Bytes int
}

// Stats returns the graph's numbers, in O(nodes). Writers wait for it.
func (g *Graph) Stats() Stats {
	g.mu.RLock()
	defer g.mu.RUnlock()
	s := Stats{Revision: g.revision}
	for _, r := range g.relations {
		s.Relations = append(s.Relations, r.stats())
	}
	return s
}

func (r *relation) stats() RelationStats {
	m := r.v
	s := RelationStats{
		Name:   m.rel.name,
		Edges:  m.len(),
		Lefts:  m.left.Nodes(),
		Rights: m.right.Nodes(),
		Bytes:  m.left.Live().Bytes(),
	}
	if !m.rel.undirected {
		s.Bytes += m.right.Live().Bytes()
	}
	return s
}
