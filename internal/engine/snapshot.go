package engine

import "github.com/seed-250bd433/junction/internal/adjacency"

// Snapshot is a graph at one revision: the frozen sides of its relations.
type Snapshot struct {
	g        *Graph
	revision uint64
	pairs    []frozenPair
}

// frozenPair holds the two sides of a relation.
type frozenPair [2]*adjacency.Frozen

// Snapshot returns the graph as it is now.
func (g *Graph) Snapshot() *Snapshot {
	g.MustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.snapshot()
}

// snapshot is Snapshot for whoever has mu.
func (g *Graph) snapshot() *Snapshot {
	s := &Snapshot{g: g, revision: g.revision, pairs: make([]frozenPair, len(g.relations))}
	for i, r := range g.relations {
		s.pairs[i] = r.freeze()
	}
	return s
}

// Revision returns the number of the last commit that the snapshot shows.
func (s *Snapshot) Revision() uint64 { return s.revision }

// frozenOf returns a side as the snapshot shows it: empty, if the relation was declared after it.
func frozenOf(s *Snapshot, side *adjacency.Live) *adjacency.Frozen {
	for _, pair := range s.pairs {
		for _, f := range pair {
			if f.Base() == side {
				return f
			}
		}
	}
	return adjacency.Empty(side)
}
