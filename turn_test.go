package junction_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// TestWaitsForItself fails, with a hint that fits, where a call would wait for the transaction that it
// runs in, and where a transaction was left open.
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
			m := open[int, int, int](t, place)
			_, release := place.Hold()
			go func() { must(m.Add(1, 1, 1)) }()
			synctest.Wait()
			require.ErrorContains(t, add(background, m), "the store is at work")
			release()
			synctest.Wait()
		})
	})
}

// TestNilAndZero gets a sentence of the library for everything that was not made.
func TestNilAndZero(t *testing.T) {
	ctx := context.Background()
	var none context.Context
	_, err := junction.Open[int, int, int](ctx, "m", nil)
	require.ErrorContains(t, err, "junction: nil store")
	_, err = junction.Open[int, int, int](ctx, "m", (*filestore.Store)(nil))
	require.ErrorContains(t, err, "junction: nil store")

	live := junction.New[int, int, int]()
	g := live.Graph()
	var m junction.ManyToMany[int, int, int]
	var n junction.Node[int, int, int]
	table := map[string]func(){
		"Options.Store": func() { junction.NewGraph(&junction.Options{Store: (*filestore.Store)(nil)}) },
		"Begin":         func() { _, _ = g.Begin(none) },
		"Update":        func() { _ = g.Update(none, func(*junction.Tx) error { return nil }) },
		"Open":          func() { _ = g.Open(none) },
		"Refresh":       func() { _, _ = g.Refresh(none) },
		"Follow":        func() { _ = g.Follow(none, time.Hour) },
		"Watch":         func() { g.Watch(none) },
		"Update(nil)":   func() { _ = g.Update(ctx, nil) },
		"Modify":        func() { _, _ = live.Left(1).Modify(1, nil) },
		"ModifyAll":     func() { _, _ = live.Left(1).ModifyAll(nil, 1) },
		"Node.Range":    func() { collect2(n.Range(junction.From(1)), func() {}) },
		"Node.Backward": func() { collect2(n.Backward(), func() {}) },
		"AddAll":        func() { _, _ = m.AddAll(nil) },
		"RemoveAll":     func() { _, _ = m.RemoveAll(nil) },
		"In":            func() { live.In(nil) },
		"In zero":       func() { live.In(new(junction.Tx)) },
		"At":            func() { live.At(nil) },
		"At zero":       func() { live.At(new(junction.Snapshot)) },
		"ChangesIn":     func() { live.ChangesIn(nil) },
		"Tx.Commit":     func() { _ = new(junction.Tx).Commit() },
		"Tx.Rollback":   func() { new(junction.Tx).Rollback() },
		"Tx.Context":    func() { new(junction.Tx).Context() },
		"Len":           func() { m.Len() },
		"Has":           func() { m.Has(1, 1) },
		"Get":           func() { m.Get(1, 1) },
		"Add":           func() { _, _ = m.Add(1, 1, 1) },
		"Insert":        func() { _ = m.Insert(1, 1, 1) },
		"Remove":        func() { _, _ = m.Remove(1, 1) },
		"Clear":         func() { _, _ = m.Clear() },
		"NumRights":     func() { m.NumRights() },
		"Right":         func() { m.Right(1) },
		"Inverse":       func() { m.Inverse() },
		"Graph":         func() { m.Graph() },
		"Edges":         func() { collect(m.Edges(), func() {}) },
		"Lefts":         func() { collect2(m.Lefts(), func() {}) },
		"Node.Count":    func() { n.Count() },
		"Node.Has":      func() { n.Has(1) },
		"Node.Get":      func() { n.Get(1) },
		"Node.All":      func() { collect2(n.All(), func() {}) },
		"Node.Add":      func() { _, _ = n.Add(1, 1) },
		"Node.Remove":   func() { _, _ = n.Remove(1) },
		"Node.Clear":    func() { _, _ = n.Clear() },
	}
	for name, zero := range map[string]*junction.Graph{"nil": nil, "zero": new(junction.Graph)} {
		for call, f := range map[string]func(){
			"Relate": func() { junction.Relate[int, int, int](zero, "m") }, "Open": func() { _ = zero.Open(ctx) },
			"Begin": func() { _, _ = zero.Begin(ctx) }, "Close": func() { _ = zero.Close() },
			"Revision": func() { zero.Revision() }, "Schema": func() { _, _ = zero.Schema() },
			"Snapshot": func() { zero.Snapshot() }, "Watch": func() { zero.Watch(ctx) },
			"Stats": func() { zero.Stats() }, "Metrics": func() { zero.Metrics() },
			"Check": func() { _ = zero.Check() }, "Refresh": func() { _, _ = zero.Refresh(ctx) },
			"Follow": func() { _ = zero.Follow(ctx, time.Hour) },
		} {
			table[name+" Graph."+call] = f
		}
	}
	for name, f := range table {
		requirePanicWith(t, name, nil, f)
	}
	require.NoError(t, g.Check())
}
