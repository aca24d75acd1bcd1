package stores_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// choosy is a store that refuses some rows, as a database with constraints does, and counts what
// it is asked.
type choosy struct {
	persist.Store
	refuse func(r fixture.Row) error
	asked  int
}

func (s *choosy) Append(ctx context.Context, commits []*persist.Commit) error {
	s.asked++
	for _, c := range commits {
		for _, r := range fixture.RowsOf(s.Form(), c) {
			if err := s.refuse(r); err != nil {
				return err
			}
		}
	}
	return s.Store.Append(ctx, commits)
}

// shareAnAppend has calls wait for one Append, behind another one.
func shareAnAppend(t *testing.T, place *persisttest.Memory, m *junction.ManyToMany[int, int, string], calls ...func()) {
	arrived, release := place.Hold()
	var group sync.WaitGroup
	group.Go(func() { fixture.Must(m.Add(-1, -1, "first")) })
	<-arrived
	for _, call := range calls {
		group.Go(call)
	}
	synctest.Wait()
	release()
	group.Wait()
}

// TestRefusedForTheSakeOfOne fails those calls of a group whose rows the store refuses, and no
// others.
func TestRefusedForTheSakeOfOne(t *testing.T) {
	violation := errors.New("violates a constraint")
	for _, culprits := range [][]int{{0}, {63}, {17}, {5, 6, 40}} {
		t.Run(fmt.Sprint(culprits), func(t *testing.T) {
			fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
				synctest.Test(t, func(t *testing.T) {
					store := &choosy{Store: place.Open(), refuse: func(r fixture.Row) error {
						if r.HasValue("bad") {
							return persist.Refused(violation)
						}
						return nil
					}}
					m, err := junction.Open[int, int, string](t.Context(), "m", persisttest.Strict(store))
					require.NoError(t, err)
					_, commits := m.Graph().Watch(t.Context())
					values := make([]string, 64)
					for i := range values {
						values[i] = "good"
					}
					for _, i := range culprits {
						values[i] = "bad"
					}
					var calls []func()
					for i, value := range values {
						calls = append(calls, func() {
							c, err := m.Left(i%8).AddEach([]int{i, i + 100}, value)
							if value == "good" {
								require.NoError(t, err)
								require.Equal(t, junction.Counts{Added: 2}, c)
								return
							}
							require.ErrorIs(t, err, persist.ErrRefused)
							require.ErrorIs(t, err, violation)
							require.Zero(t, c)
						})
					}
					shareAnAppend(t, place, m, calls...)
					good := len(values) - len(culprits)
					require.Equal(t, uint64(1+good), m.Graph().Revision())
					require.Equal(t, m.Graph().Revision(), place.Revision())
					require.Equal(t, 1+2*good, m.Len())
					require.Len(t, place.Rows("m"), m.Len())
					require.LessOrEqual(t, store.asked, 2+2*6*len(culprits))
					require.NoError(t, m.Graph().Check())
					require.NoError(t, m.Graph().Close())
					replica := junction.New[int, int, string]()
					require.Equal(t, 1+good, fixture.Replay(t, m, replica, commits))
					require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(replica))
				})
			})
		})
	}
}

// TestRefusedIsNotSeen by the calls of the group: what they return is not about an edge that
// never was.
func TestRefusedIsNotSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		store := &choosy{Store: place.Open(), refuse: func(r fixture.Row) error {
			if r.HasValue("bad") {
				return persist.ErrRefused
			}
			return nil
		}}
		m, err := junction.Open[int, int, string](t.Context(), "m", persisttest.Strict(store))
		require.NoError(t, err)
		var calls []func()
		for i := range 20 {
			calls = append(calls,
				func() { require.Error(t, m.Insert(i, 1, "bad")) },
				func() { require.NoError(t, m.Insert(i, 1, "good")) },
				func() {
					c, err := m.Remove(i, 2)
					require.NoError(t, err)
					require.Zero(t, c)
				},
				func() { _, err := m.Add(i, 2, "bad"); require.ErrorIs(t, err, persist.ErrRefused) },
			)
		}
		shareAnAppend(t, place, m, calls...)
		require.Equal(t, 1+20, m.Len())
		require.Len(t, place.Rows("m"), m.Len())
		require.NoError(t, m.Graph().Close())
	})
}

// TestRefusedForAll asks once where it is not for the sake of one: a conflict, or what nobody
// knows.
func TestRefusedForAll(t *testing.T) {
	for want, refusal := range map[error]error{
		persist.ErrConflict:     fmt.Errorf("%w: revision 7", persist.ErrConflict),
		junction.ErrStoreFailed: persist.Unknown(persist.ErrRefused),
	} {
		t.Run(want.Error(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				place := persisttest.NewMemory(persist.Binary)
				store := &choosy{Store: place.Open(), refuse: func(r fixture.Row) error {
					if r.HasValue("first") {
						return nil
					}
					return refusal
				}}
				m, err := junction.Open[int, int, string](t.Context(), "m", store)
				require.NoError(t, err)
				var calls []func()
				for i := range 10 {
					calls = append(calls, func() { _, err := m.Add(i, i, "second"); require.ErrorIs(t, err, want) })
				}
				shareAnAppend(t, place, m, calls...)
				require.Equal(t, 2, store.asked)
				require.Equal(t, 1, m.Len())
			})
		})
	}
}

// TestStoreThatPanicsMidway fails those calls of a group that were not appended before, and no
// others.
func TestStoreThatPanicsMidway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		place := persisttest.NewMemory(persist.Binary)
		store := &choosy{Store: place.Open()}
		store.refuse = func(r fixture.Row) error {
			switch {
			case r.HasValue("first"):
				return nil
			case store.asked == 2: // all together
				return persist.ErrRefused
			case store.asked == 3: // the first half
				return nil
			}
			panic("store")
		}
		m, err := junction.Open[int, int, string](t.Context(), "m", store)
		require.NoError(t, err)
		var mu sync.Mutex
		var failed, added, panicked int
		var calls []func()
		for i := range 8 {
			calls = append(calls, func() {
				defer mu.Unlock()
				defer func() {
					if recover() != nil { // whoever leads
						mu.Lock()
						panicked++
					}
				}()
				_, err := m.Add(i, i, "second")
				mu.Lock()
				if err == nil {
					added++
				} else {
					require.ErrorIs(t, err, junction.ErrStoreFailed)
					failed++
				}
			})
		}
		shareAnAppend(t, place, m, calls...)
		require.Equal(t, 1, panicked)
		require.Equal(t, 8, failed+added+panicked)
		require.GreaterOrEqual(t, added, 3)
		require.GreaterOrEqual(t, failed, 3)
		require.Equal(t, 1+4, m.Len())
		require.Len(t, place.Rows("m"), m.Len())
	})
}
