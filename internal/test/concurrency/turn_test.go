package concurrency_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// TestWaitsForItself fails, with a hint that fits, where a call would wait for the transaction
// that it runs in, and where a transaction was left open.
func TestWaitsForItself(t *testing.T) {
	type rel = *junction.ManyToMany[int, int, int]
	background := context.Background()
	update := func(ctx context.Context, m rel) error {
		return m.Graph().Update(ctx, func(*junction.Tx) error { return nil })
	}
	begin := func(ctx context.Context, m rel) error { _, err := m.Graph().Begin(ctx); return err }
	add := func(_ context.Context, m rel) error { _, err := m.Add(2, 2, 2); return err }
	modify := func(_ context.Context, m rel) error {
		_, err := m.Left(1).Modify(1, func(int, bool) (int, bool) { return 1, true })
		return err
	}
	inUpdate := func(m rel, call func(ctx context.Context, m rel) error) (err error) {
		ctx, cancel := context.WithCancel(background)
		defer cancel()
		_ = m.Graph().Update(ctx, func(*junction.Tx) error { err = call(ctx, m); return nil })
		return err
	}
	inModify := func(m rel, call func(ctx context.Context, m rel) error) (err error) {
		_, _ = m.Left(1).Modify(1, func(int, bool) (int, bool) { err = call(background, m); return 1, true })
		return err
	}
	afterBegin := func(m rel, call func(ctx context.Context, m rel) error) error {
		tx, err := m.Graph().Begin(background)
		require.NoError(t, err)
		defer tx.Rollback()
		return call(background, m)
	}
	outers := map[string]struct {
		run  func(m rel, call func(ctx context.Context, m rel) error) error
		kind error
		says string
	}{
		"Update": {inUpdate, junction.ErrNested, "inside Update, write through In(tx)"},
		"Modify": {inModify, junction.ErrNested, "inside Modify, return the value"},
		"Begin":  {afterBegin, junction.ErrBusy, "turn_test.go:"},
	}
	calls := map[string]func(ctx context.Context, m rel) error{"Update": update, "Begin": begin, "Add": add, "Modify": modify}
	for outer, o := range outers {
		for name, call := range calls {
			for _, store := range []persist.Store{nil, persisttest.NewMemory(persist.Binary).Open()} {
				t.Run(fmt.Sprint(name, " in ", outer, " store ", store != nil), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						g := junction.NewGraph(&junction.Options{Store: store})
						m := junction.Relate[int, int, int](g, "m")
						require.NoError(t, g.Open(t.Context()))
						began := time.Now()
						err := o.run(m, call)
						require.ErrorIs(t, err, junction.ErrBusy)
						require.ErrorIs(t, err, o.kind)
						require.ErrorContains(t, err, o.says)
						require.Equal(t, 10*time.Second, time.Since(began))
						require.NoError(t, update(background, m), "the turn is free")
						require.NoError(t, g.Close())
					})
				})
			}
		}
	}
	t.Run("Context", func(t *testing.T) {
		m, other := junction.New[int, int, int](), junction.New[int, int, int]()
		require.NoError(t, m.Graph().Update(background, func(tx *junction.Tx) error {
			require.ErrorIs(t, update(tx.Context(), m), junction.ErrNested)
			require.ErrorIs(t, begin(tx.Context(), m), junction.ErrNested)
			return update(tx.Context(), other)
		}))
	})
	t.Run("a slow store", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			place := persisttest.NewMemory(persist.Binary)
			m := fixture.Open[int, int, int](t, place)
			_, release := place.Hold()
			go func() { fixture.Must(m.Add(1, 1, 1)) }()
			synctest.Wait()
			require.ErrorContains(t, add(background, m), "the store is at work")
			release()
			synctest.Wait()
		})
	})
}
