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
	return m.v.Describe()
}

// MarshalJSON returns an error: a relation is written by package transfer.
func (m *ManyToMany[A, B, T]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// UnmarshalJSON returns an error: a relation is read by package transfer.
func (m *ManyToMany[A, B, T]) UnmarshalJSON([]byte) error { return errNoJSON }

var errNoJSON = errors.New("junction: relations and graphs are no JSON values: write and read their edges by package junction/transfer, or loop over them")

// String describes the node in a few words: its key and degree.
func (n Node[K, N, T]) String() string {
	switch {
	case n.v == nil:
		return "junction.Node (not made by Left or Right)"
	case n.v.Tx != nil && n.v.Tx.IsDone():
		return fmt.Sprintf("node %v in a finished transaction", n.key)
	}
	return fmt.Sprintf("node %v of relation %q: %d neighbours", n.key, n.v.Name, n.Count())
}

// MarshalJSON returns an error: a node is written by a loop over it.
func (n Node[K, N, T]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// String describes the combination in a few words. It does not read it.
func (c Combination[N]) String() string {
	return fmt.Sprintf("combination of %d sets of %v", len(c.sets), reflect.TypeFor[N]())
}

// MarshalJSON returns an error: a combination is written by a loop over its keys.
func (c Combination[N]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }
