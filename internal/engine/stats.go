package engine

// Stats are those of junction.Stats.
type Stats struct {
	Revision  uint64
	Relations []RelationStats
	Watchers  int
	Fresh     Freshness
}

// RelationStats are those of junction.RelationStats.
type RelationStats struct {
	Name   string
	Edges  int
	Lefts  int
	Rights int
	Bytes  int
}

// Metrics returns the numbers that need not be counted.
func (g *Graph) Metrics() Stats {
	g.MustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.metrics()
}

// metrics is Metrics for a caller that has mu.
func (g *Graph) metrics() Stats {
	s := Stats{Revision: g.revision, Watchers: g.feed.len(), Fresh: g.fresh}
	for _, r := range g.relations {
		v := r.live
		s.Relations = append(s.Relations, RelationStats{
			Name: v.Name, Edges: v.len(), Lefts: v.Left.Nodes(), Rights: v.Right.Nodes(),
		})
	}
	return s
}

// Stats returns all numbers.
func (g *Graph) Stats() Stats {
	s, measures := g.measures()
	for i, bytes := range measures {
		s.Relations[i].Bytes = bytes()
	}
	return s
}

// measures returns Metrics and, for each relation, a function that counts its bytes without a lock.
func (g *Graph) measures() (Stats, []func() int) {
	g.MustExist()
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
func (r *Decl) measure() (bytes func() int) {
	left, right := r.live.Left.Base().Measure(), func() int { return 0 }
	if !r.live.Undirected {
		right = r.live.Right.Base().Measure()
	}
	return func() int { return left() + right() }
}
