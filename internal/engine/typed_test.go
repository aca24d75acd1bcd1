package engine

import (
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// typed is a relation with its types.
type typed[A, B, T any] struct{ *Relation }

// edge is a row of edges.
type edge[A, B, T any] struct {
	Left    A
	Right   B
	Through T
}

// relate declares a relation with the keys of both sides in their natural order.
func relate[A, B, T any](g *Graph, name string) typed[A, B, T] {
	return relateBy[A, B, T](g, name, naturally[A](), naturally[B](), false)
}

func relateBy[A, B, T any](g *Graph, name string, lefts, rights *ordered.Keys, undirected bool, faults ...error) typed[A, B, T] {
	rows := [2]adjacency.Row{rowOf[A, B, T](), rowOf[B, A, T]()}
	return typed[A, B, T]{Declare(g, name, nil, lefts, rights, TypesOf[A, B, T](rows), undirected, faults...)}
}

func naturally[K any]() *ordered.Keys { return ordered.Natural(reflect.TypeFor[K]()) }

func rowOf[A, B, T any]() adjacency.Row {
	var e edge[A, B, T]
	return adjacency.Row{Of: raw.TypeOf[edge[A, B, T]](), Right: unsafe.Offsetof(e.Right), Through: unsafe.Offsetof(e.Through)}
}

// add adds an edge.
func (r typed[A, B, T]) add(t *testing.T, a A, b B, through T) {
	t.Helper()
	_, err := r.Relation.Add(pointer(&a), pointer(&b), pointer(&through))
	require.NoError(t, err)
}
