package stores_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// schemaSeen is a store that notes the schema which it is loaded with.
type schemaSeen struct {
	persist.Store
	schema *persist.Schema
}

func (s *schemaSeen) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	s.schema = schema
	return s.Store.Load(ctx, schema, into)
}

// membership has columns for its fields.
type membership struct {
	Role  string `db:"role_name"`
	Since *time.Time
}

func declareMembers(g *junction.Graph) {
	junction.Relate[string, int, membership](g, "members")
	junction.RelateUndirected[int, struct{}](g, "friends")
}

// TestSchema is what the store is loaded with, before Open and after it, and needs no store.
func TestSchema(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		store := &schemaSeen{Store: place.Open()}
		g := junction.NewGraph(&junction.Options{Store: store})
		declareMembers(g)
		before, err := g.Schema()
		require.NoError(t, err)
		require.NoError(t, g.Open(t.Context()))
		after, err := g.Schema()
		require.NoError(t, err)
		require.Equal(t, store.schema, before)
		require.Equal(t, store.schema, after)

		alone := junction.NewGraph(nil)
		declareMembers(alone)
		without, err := alone.Schema()
		require.NoError(t, err)
		require.Equal(t, before, without)
		without.Relations[0].Columns[0].Name = "mine"
		again, err := alone.Schema()
		require.NoError(t, err)
		require.Equal(t, before, again, "the caller's change is the caller's")
	})
	g := junction.NewGraph(nil)
	declareMembers(g)
	schema, err := g.Schema()
	require.NoError(t, err)
	require.Equal(t, persist.Relation{
		Name: "members", Left: persist.String, Right: persist.Int64, Through: persist.CBOR,
		Columns: []persist.Column{
			{Name: "left", Kind: persist.String}, {Name: "right", Kind: persist.Int64},
			{Name: "role_name", Kind: persist.String}, {Name: "since", Kind: persist.Time, Nullable: true},
		},
	}, schema.Relations[0])
	require.Equal(t, persist.Relation{
		Name: "friends", Undirected: true, Left: persist.Int64, Right: persist.Int64, Through: persist.Empty,
		Columns: []persist.Column{{Name: "left", Kind: persist.Int64}, {Name: "right", Kind: persist.Int64}},
	}, schema.Relations[1])
	empty, err := junction.NewGraph(nil).Schema()
	require.NoError(t, err)
	require.Empty(t, empty.Relations)
}

// TestSchemaOfFaultyDeclarations names them all.
func TestSchemaOfFaultyDeclarations(t *testing.T) {
	for _, options := range []*junction.Options{nil, {Store: persisttest.NewMemory(persist.Columns).Open()}} {
		g := junction.NewGraph(options)
		junction.Relate[int, int, func()](g, "functions")
		junction.RelateFunc[membership, membership, int](g, "columns", nil, nil)
		junction.Relate[int, int, int](g, "twice")
		junction.Relate[int, int, int](g, "twice")
		junction.Relate[int, int, int](g, "")
		schema, err := g.Schema()
		require.Nil(t, schema)
		require.ErrorIs(t, err, junction.ErrDeclaration)
		for _, want := range []string{`"functions"`, `"columns"`, "declared already", "needs a name"} {
			require.ErrorContains(t, err, want)
		}
	}
	g := junction.NewGraph(nil)
	compare := func(x, y membership) int { return 0 }
	junction.RelateFunc[membership, membership, int](g, "m", compare, compare)
	_, err := g.Schema()
	require.ErrorContains(t, err, "a key has one")
	require.NoError(t, g.Open(t.Context()), "in memory there is nothing wrong with it")
}
