package junction

import (
	"time"

	"github.com/seed-250bd433/junction/internal/engine"
)

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

// Freshness is how well a graph knows what other programs have written.
type Freshness struct {
	// AsOf is when the last Refresh that succeeded began, or Open if there was none since: the
	// graph has what others had written until then. It is zero without a store and before Open.
	AsOf time.Time
	// Err is the last error of a Refresh, or of Follow's wait for the store, since AsOf; nil if
	// none.
	Err error
	// Failures is the number of these errors since AsOf.
	Failures int
	// Followers is the number of calls of Follow that run.
	Followers int
}

// statsOf returns the numbers that the engine has.
func statsOf(s engine.Stats) Stats {
	relations := make([]RelationStats, len(s.Relations))
	for i, r := range s.Relations {
		relations[i] = RelationStats(r)
	}
	return Stats{s.Revision, relations, s.Watchers, Freshness(s.Fresh)}
}
