package semantics_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

func TestRename(t *testing.T) {
	t.Run("what is no key", func(t *testing.T) {
		m := junction.New[float64, int, int]()
		fixture.Must(m.Left(1).Add(1, 1))
		c, err := m.Left(1).Rename(math.NaN())
		require.ErrorIs(t, err, junction.ErrKey)
		require.Zero(t, c)
		require.True(t, m.Has(1, 1))
		c, err = m.Left(math.NaN()).Rename(1)
		require.NoError(t, err)
		require.Zero(t, c)
		require.NoError(t, m.Graph().Check())
	})
	t.Run("nothing to do", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		revision := m.Graph().Revision()
		for _, rename := range [][2]int{{1, 1}, {2, 1}, {2, 3}} {
			c, err := m.Left(rename[0]).Rename(rename[1])
			require.NoError(t, err)
			require.Zero(t, c)
		}
		require.Equal(t, revision, m.Graph().Revision())
	})
	t.Run("to zero", func(t *testing.T) {
		m := holding(edge(1, 1, "a"), edge(2, 1, "b")).live()
		c, err := m.Right(1).Rename(0)
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Added: 2, Removed: 2}, c)
		require.Equal(t, []int{0}, firsts(m.Rights()))
	})
	t.Run("a hub", func(t *testing.T) {
		m := junction.NewUndirected[int, int]()
		hub := make([]int, 5000)
		for i := range hub {
			hub[i] = i
		}
		fixture.Must(m.Left(17).AddEach(hub, 1))
		c, err := m.Left(17).Rename(-1)
		require.NoError(t, err)
		require.Equal(t, junction.Counts{Added: 5000, Removed: 5000}, c)
		require.Equal(t, append([]int{-1}, slices.Concat(hub[:17], hub[18:])...), slices.Collect(m.Left(-1).Keys()))
		require.NoError(t, m.Graph().Check())
	})
	t.Run("the same key, spelled otherwise", func(t *testing.T) {
		m := junction.NewFunc[string, string, int](fixture.IgnoreCase, fixture.IgnoreCase)
		fixture.Must(m.Add("Ada", "x", 1))
		c, err := m.Left("ada").Rename("ADA")
		require.NoError(t, err)
		require.Zero(t, c)
	})
	t.Run("in a snapshot and after the end", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		_, err := m.At(m.Graph().Snapshot()).Left(1).Rename(2)
		require.ErrorIs(t, err, junction.ErrReadOnly)
		tx, err := m.Graph().Begin(context.Background())
		require.NoError(t, err)
		in := m.In(tx).Left(1)
		tx.Rollback()
		_, err = in.Rename(2)
		require.ErrorIs(t, err, junction.ErrTxDone)
		require.ErrorIs(t, junction.RenameEverywhere(tx, 1, 2), junction.ErrTxDone)
		_, err = junction.RemoveEverywhere(tx, 1)
		require.ErrorIs(t, err, junction.ErrTxDone)
		fixture.RequirePanicWith(t, "no transaction", []string{"Graph.Update"}, func() { junction.RemoveEverywhere(nil, 1) })
	})
}

func TestRenameEverywhere(t *testing.T) {
	type user string
	g := junction.NewGraph(nil)
	fixture.CheckAtEnd(t, g)
	likes := junction.Relate[user, string, int](g, "likes")
	liked := junction.Relate[string, user, int](g, "liked")
	friends := junction.RelateUndirected[user, int](g, "friends")
	follows := junction.Relate[user, user, int](g, "follows")
	fixture.Must(likes.Add("ada", "ada", 1))
	fixture.Must(liked.Add("ada", "ada", 2))
	fixture.Must(friends.Add("ada", "ada", 3))
	fixture.Must(friends.Add("ada", "grace", 4))
	fixture.Must(follows.Add("ada", "ada", 5))

	ctx := context.Background()
	require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
		return junction.RenameEverywhere[user](tx, "ada", "lovelace")
	}))
	require.True(t, likes.Has("lovelace", "ada") && liked.Has("ada", "lovelace"))
	require.True(t, friends.Has("lovelace", "lovelace") && friends.Has("grace", "lovelace"))
	require.True(t, follows.Has("lovelace", "lovelace"))
	require.Equal(t, 5, likes.Len()+liked.Len()+friends.Len()+follows.Len())

	require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
		err := junction.RenameEverywhere[user](tx, "lovelace", "grace")
		require.ErrorIs(t, err, junction.ErrExists)
		require.ErrorContains(t, err, "friends")
		require.Zero(t, likes.In(tx).Left("grace").Count(), "nothing is changed")
		return nil
	}))

	fixture.Must(follows.Add("x", "grace", 1))
	require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
		c, err := junction.RemoveEverywhere[user](tx, "lovelace")
		require.Equal(t, junction.Counts{Removed: 5}, c)
		return err
	}))
	require.Equal(t, 1, likes.Len()+liked.Len()+friends.Len()+follows.Len())
}

// TestSequencesThatFail: the first error comes back, and nothing is changed, however many edges
// came before it.
func TestSequencesThatFail(t *testing.T) {
	errBroken := errors.New("broken")
	for _, n := range []int{0, 1, 63, 64, 5000} {
		m := holding(edge(1, 1, "a")).live()
		after := 0
		edges := func(fail error) func(func(textEdge, error) bool) {
			return func(yield func(textEdge, error) bool) {
				for i := range n {
					if !yield(edge(1, i+1, "b"), nil) {
						return
					}
				}
				if fail != nil && yield(textEdge{}, fail) {
					after++
				}
			}
		}
		neighbours := func(fail error) func(func(junction.Neighbour[int, string], error) bool) {
			return func(yield func(junction.Neighbour[int, string], error) bool) {
				for e, err := range edges(fail) {
					if !yield(junction.Neighbour[int, string]{Key: e.Right, Through: e.Through}, err) {
						return
					}
				}
			}
		}
		revision := m.Graph().Revision()
		for name, call := range map[string]func() (junction.Counts, error){
			"AddAllErr":      func() (junction.Counts, error) { return m.AddAllErr(edges(errBroken)) },
			"Node.AddAllErr": func() (junction.Counts, error) { return m.Left(1).AddAllErr(neighbours(errBroken)) },
			"Node.SetErr":    func() (junction.Counts, error) { return m.Left(1).SetErr(neighbours(errBroken)) },
			"nil": func() (junction.Counts, error) {
				_, err := m.AddAllErr(nil)
				return junction.Counts{}, errors.Join(err, errBroken)
			},
		} {
			c, err := call()
			require.ErrorIs(t, err, errBroken, name)
			require.Zero(t, c, name)
		}
		require.Zero(t, after, "read on after an error")
		require.Equal(t, revision, m.Graph().Revision())

		c, err := m.AddAllErr(edges(nil))
		require.NoError(t, err)
		require.Equal(t, n, c.Total())
		c, err = m.Left(1).AddAllErr(neighbours(nil))
		require.NoError(t, err)
		require.Zero(t, c)
		_, err = m.Left(1).SetErr(neighbours(nil))
		require.NoError(t, err)
		require.Equal(t, n, m.Len())
	}
}
