package semantics_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist/filestore"
)

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
		"Node.Range":    func() { fixture.Collect2(n.Range(junction.From(1)), func() {}) },
		"Node.Backward": func() { fixture.Collect2(n.Backward(), func() {}) },
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
		"Edges":         func() { fixture.Collect(m.Edges(), func() {}) },
		"Lefts":         func() { fixture.Collect2(m.Lefts(), func() {}) },
		"Node.Count":    func() { n.Count() },
		"Node.Has":      func() { n.Has(1) },
		"Node.Get":      func() { n.Get(1) },
		"Node.All":      func() { fixture.Collect2(n.All(), func() {}) },
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
		fixture.RequirePanicWith(t, name, nil, f)
	}
	require.NoError(t, g.Check())
}
