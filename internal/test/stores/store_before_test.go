package stores_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// beforeStore compares what batches say of rows as they were with the rows that it was given.
type beforeStore struct {
	persist.Store
	t    *testing.T
	rows map[string]string // what stands behind each key
	met  map[string]int    // how many rows of each kind came
}

func (s *beforeStore) Append(ctx context.Context, commits []*persist.Commit) error {
	for _, c := range commits {
		for _, b := range c.Batches {
			for i := range b.Len() {
				s.row(b, i)
			}
		}
	}
	return s.Store.Append(ctx, commits)
}

func (s *beforeStore) row(b persist.Batch, i int) {
	columns := b.AppendColumns(nil, i)
	key := fmt.Sprint(columns[:2])
	before, was := b.AppendBefore([]any{"first"}, i)
	old, there := s.rows[key]
	require.Equal(s.t, there, was, "row %s", key)
	require.Equal(s.t, "first", before[0])
	switch {
	case b.Deleted(i):
		s.met["deleted"]++
		require.Len(s.t, before, 1)
		delete(s.rows, key)
		return
	case was:
		s.met["changed"]++
		require.Equal(s.t, old, fmt.Sprint(before[1:]), "row %s", key)
	default:
		s.met["new"]++
		require.Len(s.t, before, 1)
	}
	s.rows[key] = fmt.Sprint(columns[2:])
}

type named struct {
	N    int
	Name string
}

// TestStoreLearnsWhatRowsWere writes at random, by every kind of call: the store learns of each row
// whether it was there, and what it was.
func TestStoreLearnsWhatRowsWere(t *testing.T) {
	store := &beforeStore{persisttest.Strict(persisttest.NewMemory(persist.Columns).Open()), t, map[string]string{}, map[string]int{}}
	m, err := junction.Open[int, string, named](t.Context(), "m", store)
	require.NoError(t, err)
	rnd := rand.New(rand.NewPCG(3, 4))
	edge := func() (int, string, named) {
		return rnd.IntN(8), fmt.Sprint(rnd.IntN(8)), named{rnd.IntN(3), fmt.Sprint(rnd.IntN(3))}
	}
	write := func(m *junction.ManyToMany[int, string, named]) {
		a, b, v := edge()
		switch rnd.IntN(6) {
		case 0:
			_, err = m.Remove(a, b)
		case 1:
			_, err = m.Right(b).Add(a, v)
		case 2:
			_, err = m.Left(a).Set(func(yield func(string, named) bool) { _ = yield(b, v) && yield(b+"0", v) })
		case 3:
			_, err = m.AddAll(func(yield func(junction.Edge[int, string, named]) bool) {
				for range 80 {
					if a, b, v := edge(); !yield(junction.Edge[int, string, named]{Left: a, Right: b, Through: v}) {
						return
					}
				}
			})
		default:
			_, err = m.Add(a, b, v)
		}
		require.NoError(t, err)
	}
	for range 300 {
		write(m)
		require.NoError(t, m.Graph().Update(t.Context(), func(tx *junction.Tx) error {
			for range rnd.IntN(5) {
				write(m.In(tx))
			}
			return nil
		}))
	}
	for _, kind := range []string{"new", "changed", "deleted"} {
		require.Greater(t, store.met[kind], 100, kind)
	}
	require.NoError(t, m.Graph().Close())
}
