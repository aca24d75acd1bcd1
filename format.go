package junction

import (
	"errors"
	"fmt"
	"reflect"
)

// What fmt and encoding/json make of the types of this package: one short sentence, and an error
// that says what to do instead.

// String describes the relation in a few words: its name, state and size.
func (m *ManyToMany[A, B, T]) String() string {
	if m == nil || m.v == nil {
		return "junction.ManyToMany (not made by New or Relate)"
	}
	return m.v.describe()
}

// MarshalJSON returns an error: a relation is written by package transfer.
func (m *ManyToMany[A, B, T]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// UnmarshalJSON returns an error: a relation is read by package transfer.
func (m *ManyToMany[A, B, T]) UnmarshalJSON([]byte) error { return errNoJSON }

var errNoJSON = errors.New("junction: relations and graphs are no JSON values: write and read their edges by package junction/transfer, or loop over them")

func (v *view) describe() string {
	v.mustExist()
	state := ""
	switch tx, snap := v.rel.tx, v.rel.snap; {
	case tx != nil && tx.done:
		return fmt.Sprintf("relation %q in a finished transaction", v.rel.name)
	case tx != nil:
		state = " in a transaction"
	case snap != nil:
		state = fmt.Sprintf(" at revision %d", snap.revision)
	}
	kind := "relation"
	if v.rel.undirected {
		kind = "undirected relation"
	}
	return fmt.Sprintf("%s %q%s: %d edges", kind, v.rel.name, state, v.size())
}

// String describes the node in a few words: its key and degree.
func (n Node[K, N, T]) String() string {
	switch {
	case n.v == nil:
		return "junction.Node (not made by Left or Right)"
	case n.v.rel.tx != nil && n.v.rel.tx.done:
		return fmt.Sprintf("node %v in a finished transaction", n.key)
	}
	return fmt.Sprintf("node %v of relation %q: %d neighbours", n.key, n.v.rel.name, n.Count())
}

// MarshalJSON returns an error: a node is written by a loop over it.
func (n Node[K, N, T]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// String describes the combination in a few words. It does not read it.
func (c Combination[N]) String() string {
	return fmt.Sprintf("combination of %d sets of %v", len(c.sets), reflect.TypeFor[N]())
}

// MarshalJSON returns an error: a combination is written by a loop over its keys.
func (c Combination[N]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// String describes the graph in a few words: its relations and revision.
func (g *Graph) String() string {
	if g == nil {
		return "junction.Graph (nil)"
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	return fmt.Sprintf("graph of %d relations at revision %d", len(g.relations), g.revision)
}

// MarshalJSON returns an error: a graph is written by package transfer.
func (g *Graph) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// UnmarshalJSON returns an error: a graph is read by package transfer.
func (g *Graph) UnmarshalJSON([]byte) error { return errNoJSON }

// String says whether the transaction is open.
func (tx *Tx) String() string {
	switch {
	case tx == nil:
		return "junction.Tx (nil)"
	case tx.done:
		return "finished transaction"
	}
	return "open transaction"
}

// MarshalJSON returns an error.
func (tx *Tx) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// String describes the snapshot in a few words: its revision.
func (s *Snapshot) String() string {
	if s == nil {
		return "junction.Snapshot (nil)"
	}
	return fmt.Sprintf("snapshot of %d relations at revision %d", len(s.pairs), s.revision)
}

// MarshalJSON returns an error: a snapshot is written by package transfer.
func (s *Snapshot) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// String describes the commit in a few words: its revision and size.
func (c *Commit) String() string {
	if c == nil {
		return "junction.Commit (nil)"
	}
	return fmt.Sprintf("commit %d: %d changed edges", c.Revision(), c.Len())
}

// MarshalJSON returns an error: a commit is written by a loop over ManyToMany.ChangesIn.
func (c *Commit) MarshalJSON() ([]byte, error) { return nil, errNoJSON }
