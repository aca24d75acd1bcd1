package semantics_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

// TestFormat: every type says something true and short, whatever the verb, and refuses to be JSON.
func TestFormat(t *testing.T) {
	g := junction.NewGraph(nil)
	m := junction.Relate[string, int, struct{}](g, "m")
	friends := junction.RelateUndirected[int, struct{}](g, "friends")
	snap, commits := g.Watch(t.Context())
	fixture.Must(m.Left("x").Link(1, 2))
	var commit *junction.Commit
	for c := range commits {
		commit = c
		break
	}
	tx, err := g.Begin(context.Background())
	require.NoError(t, err)
	in := m.In(tx)
	fixture.Must(in.Left("y").Link(1))
	values := map[string]any{
		`relation "m": 2 edges`:                            m,
		`relation "m": 2 edges `:                           m.Inverse(),
		`undirected relation "friends": 0 edges`:           friends,
		`relation "m" at revision 0: 0 edges`:              m.At(snap),
		`relation "m" in a transaction: 3 edges`:           in,
		`node x of relation "m": 2 neighbours`:             m.Left("x"),
		`node 7 of relation "m": 0 neighbours`:             m.Right(7),
		"combination of 2 sets of int":                     junction.And[int](m.Left("x"), junction.SetOf(1)),
		"graph of 2 relations at revision 1":               g,
		"snapshot of 2 relations at revision 0":            snap,
		"commit 1: 2 changed edges":                        commit,
		"open transaction":                                 tx,
		"junction.Graph (nil)":                             (*junction.Graph)(nil),
		"junction.Tx (nil)":                                (*junction.Tx)(nil),
		"junction.Snapshot (nil)":                          (*junction.Snapshot)(nil),
		"junction.Commit (nil)":                            (*junction.Commit)(nil),
		"junction.ManyToMany (not made by New or Relate)":  (*junction.ManyToMany[int, int, int])(nil),
		"junction.ManyToMany (not made by New or Relate) ": &junction.ManyToMany[int, int, int]{},
		"junction.Node (not made by Left or Right)":        junction.Node[int, int, int]{},
		"combination of 0 sets of int":                     junction.Combination[int]{},
	}
	for want, v := range values {
		for _, verb := range []string{"%v", "%+v", "%s"} {
			require.Equal(t, trimmed(want), fmt.Sprintf(verb, v))
		}
		if got, err := json.Marshal([]any{v}); err == nil {
			require.Equal(t, "[null]", string(got), "of nil")
		} else {
			require.ErrorContains(t, err, "transfer", want)
		}
	}
	tx.Rollback()
	require.Equal(t, `relation "m" in a finished transaction`, fmt.Sprint(in))
	require.Equal(t, "node y in a finished transaction", fmt.Sprint(in.Left("y")))
	require.Equal(t, "finished transaction", fmt.Sprint(tx))
	require.ErrorContains(t, json.Unmarshal([]byte("{}"), m), "transfer")
	require.ErrorContains(t, json.Unmarshal([]byte("{}"), g), "transfer")
	require.Equal(t, 2, m.Len())
}

func trimmed(s string) string {
	for len(s) > 0 && s[len(s)-1] == ' ' {
		s = s[:len(s)-1]
	}
	return s
}
