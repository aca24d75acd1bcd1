package engine

import "fmt"

func (v *Relation) Describe() string {
	v.MustExist()
	state := ""
	switch tx, snap := v.Tx, v.snap; {
	case tx != nil && tx.done:
		return fmt.Sprintf("relation %q in a finished transaction", v.Name)
	case tx != nil:
		state = " in a transaction"
	case snap != nil:
		state = fmt.Sprintf(" at revision %d", snap.revision)
	}
	kind := "relation"
	if v.Undirected {
		kind = "undirected relation"
	}
	return fmt.Sprintf("%s %q%s: %d edges", kind, v.Name, state, v.Size())
}

// String describes the graph.
func (g *Graph) String() string {
	if g == nil {
		return "junction.Graph (nil)"
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	return fmt.Sprintf("graph of %d relations at revision %d", len(g.relations), g.revision)
}

// String describes the transaction.
func (tx *Tx) String() string {
	switch {
	case tx == nil:
		return "junction.Tx (nil)"
	case tx.done:
		return "finished transaction"
	}
	return "open transaction"
}

// String describes the snapshot.
func (s *Snapshot) String() string {
	if s == nil {
		return "junction.Snapshot (nil)"
	}
	return fmt.Sprintf("snapshot of %d relations at revision %d", len(s.pairs), s.revision)
}

// String describes the commit.
func (c *Commit) String() string {
	if c == nil {
		return "junction.Commit (nil)"
	}
	return fmt.Sprintf("commit %d: %d changed edges", c.Revision(), c.Len())
}
