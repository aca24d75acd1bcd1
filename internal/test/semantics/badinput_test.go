package semantics_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

// Every input that a careless or unlucky caller can give has a defined answer, and none of them
// leaves the graph damaged or locked.

// everyWrite returns every method that writes a relation, each on the node 1, together with the
// calls that end with a sequence or function of the caller.
func everyWrite() []call[int, string] {
	type rel = *textRel
	large := keysOf(star(1, 100)) // takes another way than a small call
	return slices.Concat(callsOfPair(1, 2, "x"), ofMany(callsWith(1, "x", large...)), []call[int, string]{
		{"Node.AddEach()", func(m rel) (junction.Counts, error) { return m.Left(1).AddEach(nil, "x") }},
		{"Node.Remove()", func(m rel) (junction.Counts, error) { return m.Left(1).Remove() }},
		{"AddAll(nil)", func(m rel) (junction.Counts, error) { return m.AddAll(nil) }},
		{"Node.Set(nil)", func(m rel) (junction.Counts, error) { return m.Left(1).Set(nil) }},
		{"Remove", func(m rel) (junction.Counts, error) { return m.Remove(1, 1) }},
		{"Node.Remove", func(m rel) (junction.Counts, error) { return m.Left(1).Remove(1, 2) }},
		{"Node.Remove of many", func(m rel) (junction.Counts, error) { return m.Left(1).Remove(large...) }},
		{"Node.Clear", func(m rel) (junction.Counts, error) { return m.Left(1).Clear() }},
		{"RemoveLeft", func(m rel) (junction.Counts, error) { return m.RemoveLeft(1) }},
		{"RemoveRight", func(m rel) (junction.Counts, error) { return m.RemoveRight(1) }},
		{"Clear", func(m rel) (junction.Counts, error) { return m.Clear() }},
		{"Node.Modify that removes", func(m rel) (junction.Counts, error) {
			return m.Left(1).Modify(1, func(string, bool) (string, bool) { return "", false })
		}},
	})
}

// requireRefused requires that every write, from either side, returns one error and changes
// nothing.
func requireRefused(t *testing.T, m *textRel, want error) {
	t.Helper()
	for _, w := range everyWrite() {
		for _, m := range []*textRel{m, m.Inverse()} {
			counts, err := w.do(m)
			require.ErrorIs(t, err, want, w.name)
			require.Zero(t, counts, w.name)
		}
	}
}

// reads calls everything that reads a relation, each by itself so that all are known to panic, or
// none.
func reads(m *textRel) map[string]func() {
	return map[string]func(){
		"Len":           func() { m.Len() },
		"Has":           func() { m.Has(1, 1) },
		"Get":           func() { m.Get(1, 1) },
		"NumLefts":      func() { m.NumLefts() },
		"NumRights":     func() { m.NumRights() },
		"Edges":         func() { fixture.Collect(m.Edges(), func() {}) },
		"Lefts":         func() { fixture.Collect2(m.Lefts(), func() {}) },
		"Rights":        func() { fixture.Collect2(m.Rights(), func() {}) },
		"Changes":       func() { fixture.Collect(m.Changes(), func() {}) },
		"Node.Count":    func() { m.Left(1).Count() },
		"Node.Has":      func() { m.Left(1).Has(1) },
		"Node.HasAll":   func() { m.Left(1).HasAll() },
		"Node.Get":      func() { m.Right(1).Get(1) },
		"Node.All":      func() { fixture.Collect2(m.Left(1).All(), func() {}) },
		"Node.Backward": func() { fixture.Collect2(m.Right(1).Backward(), func() {}) },
		"Node.Keys":     func() { fixture.Collect(m.Left(1).Keys(), func() {}) },
		"Node.Range":    func() { fixture.Collect2(m.Left(1).Range(junction.From(1)), func() {}) },
		"And":           func() { fixture.Collect(junction.And[int](m.Left(1)).Keys(), func() {}) },
		"Or":            func() { junction.Or[int](m.Left(1), m.Left(2)).Count() },
		"Minus":         func() { junction.Minus[int](m.Left(2), m.Right(1)).Count() },
		"Page":          func() { junction.Page(m.Left(1).All(), 3) },
	}
}

func TestBadInputErrKeyNamesTheKey(t *testing.T) {
	m := junction.Relate[float64, float64, string](junction.NewGraph(nil), "readings")
	fixture.CheckAtEnd(t, m.Graph())
	_, err := m.Left(1).AddEach([]float64{2, math.NaN()}, "x")
	require.ErrorIs(t, err, junction.ErrKey)
	require.ErrorContains(t, err, "NaN")
	require.ErrorContains(t, err, "readings")
	require.ErrorContains(t, m.Insert(math.NaN(), 1, ""), "NaN")
}

func TestBadInputErrExistsNamesTheEdge(t *testing.T) {
	m := junction.Relate[int, string, struct{}](junction.NewGraph(nil), "grants")
	fixture.CheckAtEnd(t, m.Graph())
	require.NoError(t, m.Insert(7, "admin", struct{}{}))
	err := m.Insert(7, "admin", struct{}{})
	require.ErrorIs(t, err, junction.ErrExists)
	for _, word := range []string{"7", "admin", "grants"} {
		require.ErrorContains(t, err, word)
	}
}

func TestBadInputPanicInUsersFunction(t *testing.T) {
	boom := func() { panic("boom") }
	exit := func() { runtime.Goexit() }
	for name, stop := range map[string]func(){"panic": boom, "Goexit": exit} {
		inside := map[string]func(m *textRel){
			"Update": func(m *textRel) {
				_ = m.Graph().Update(context.Background(), func(tx *junction.Tx) error { fixture.Fill(m.In(tx), star(5, 3)...); stop(); return nil })
			},
			"Modify": func(m *textRel) {
				_, _ = m.Left(1).Modify(1, func(string, bool) (string, bool) { stop(); return "x", true })
			},
			"ModifyAll": func(m *textRel) {
				_, _ = m.Left(1).ModifyAll(func(k int, _ string, _ bool) (string, bool) {
					if k == 90 {
						stop()
					}
					return "x", true
				}, keysOf(star(1, 100))...)
			},
			"AddAll": func(m *textRel) {
				_, _ = m.AddAll(func(yield func(textEdge) bool) { yield(edge(5, 5, "")); stop() })
			},
			"Node.AddAll": func(m *textRel) {
				_, _ = m.Left(1).AddAll(func(yield func(int, string) bool) { yield(5, ""); stop() })
			},
			"Node.Set": func(m *textRel) {
				_, _ = m.Left(1).Set(func(yield func(int, string) bool) { yield(5, ""); stop() })
			},
			"a loop": func(m *textRel) {
				for range m.Edges() {
					stop()
				}
			},
			"a loop over a Combination": func(m *textRel) {
				for range junction.Or[int](m.Left(1), m.Left(2)).Keys() {
					stop()
				}
			},
		}
		for where, run := range inside {
			t.Run(name+" in "+where, func(t *testing.T) {
				m := holding(edge(1, 1, "a"), edge(1, 2, "b"), edge(2, 1, "c")).live()
				fixture.CheckAtEnd(t, m.Graph())
				requireUnchanged(t, m, func() {
					var recovered any
					var wg sync.WaitGroup
					wg.Go(func() {
						defer func() { recovered = recover() }()
						run(m)
					})
					wg.Wait()
					if name == "panic" {
						require.Equal(t, "boom", recovered)
					}
				})
				// Neither the lock nor the turn was kept.
				_, err := m.Add(9, 9, "")
				require.NoError(t, err)
				require.NoError(t, m.Graph().Update(context.Background(), func(*junction.Tx) error { return nil }))
			})
		}
	}
	t.Run("nil functions", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		requireUnchanged(t, m, func() {
			require.Panics(t, func() { _ = m.Graph().Update(context.Background(), nil) })
			require.Panics(t, func() { _, _ = m.Left(1).Modify(1, nil) })
			require.Panics(t, func() { _, _ = m.Left(1).ModifyAll(nil, 1, 2) })
		})
		require.NoError(t, m.Insert(2, 2, ""))
	})
	t.Run("a comparison that panics does not keep the lock", func(t *testing.T) {
		fragile := func(x, y []int) int { return cmp.Compare(x[0], y[0]) } // panics on nil
		one, two := []int{1}, []int{2}
		m := junction.NewFunc[[]int, []int, int](fragile, fragile)
		fixture.CheckAtEnd(t, m.Graph())
		_, err := m.Add(one, two, 0)
		require.NoError(t, err)
		require.Panics(t, func() { m.Has(nil, two) })
		require.Panics(t, func() { m.Left(nil).Count() })
		require.Panics(t, func() { m.Left(one).HasAll(nil) })
		require.Panics(t, func() { fixture.Collect2(m.Left(one).Range(junction.From[[]int](nil)), func() {}) })
		require.Panics(t, func() { _, _ = m.Remove(nil, two) })
		require.Panics(t, func() { _, _ = m.Add(nil, two, 0) })
		require.Panics(t, func() { _, _ = m.Left(one).Set(pairs(junction.Neighbour[[]int, int]{Key: nil})) })
		require.True(t, m.Has(one, two))
		_, err = m.Add(two, two, 0)
		require.NoError(t, err)
	})
}

func TestBadInputModifyWhoseFunctionEndsThings(t *testing.T) {
	t.Run("closes the graph", func(t *testing.T) {
		for _, n := range []int{1, 100} {
			m := holding(edge(1, 1, "a")).live()
			fixture.CheckAtEnd(t, m.Graph())
			counts, err := m.Left(1).ModifyAll(func(int, string, bool) (string, bool) {
				return "x", m.Graph().Close() == nil
			}, keysOf(star(1, n))...)
			require.ErrorIs(t, err, junction.ErrClosed)
			require.Zero(t, counts, "nothing happened")
			requireEdges(t, m, edge(1, 1, "a"))
		}
	})
	t.Run("ends its transaction", func(t *testing.T) {
		ends := map[string]func(tx *junction.Tx){
			"Commit":   func(tx *junction.Tx) { _ = tx.Commit() },
			"Rollback": (*junction.Tx).Rollback,
		}
		for name, end := range ends {
			m := holding(edge(1, 1, "a")).live()
			fixture.CheckAtEnd(t, m.Graph())
			tx, err := m.Graph().Begin(context.Background())
			require.NoError(t, err)
			counts, err := m.In(tx).Left(1).Modify(1, func(string, bool) (string, bool) { end(tx); return "x", true })
			require.ErrorIs(t, err, junction.ErrTxDone, name)
			require.Zero(t, counts, name)
			requireEdges(t, m, edge(1, 1, "a"))
		}
	})
	t.Run("ends its transaction before the last key", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		tx, err := m.Graph().Begin(context.Background())
		require.NoError(t, err)
		require.NotPanics(t, func() { // it is a write, as with one key
			counts, err := m.In(tx).Left(1).ModifyAll(func(int, string, bool) (string, bool) { tx.Rollback(); return "x", true }, 1, 2, 3)
			require.ErrorIs(t, err, junction.ErrTxDone)
			require.Zero(t, counts)
		})
		requireEdges(t, m, edge(1, 1, "a"))
		require.NoError(t, m.Insert(2, 2, ""))
	})
}

func TestBadInputCancelledContext(t *testing.T) {
	t.Run("before Begin", func(t *testing.T) {
		g := junction.NewGraph(nil)
		fixture.CheckAtEnd(t, g)
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		tx, err := g.Begin(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.Nil(t, tx)
		require.NoError(t, g.Update(context.Background(), func(*junction.Tx) error { return nil }), "the turn is free")
		require.ErrorIs(t, g.Open(ctx), context.Canceled)
	})
	t.Run("while waiting", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := junction.NewGraph(nil)
			fixture.CheckAtEnd(t, g)
			tx, err := g.Begin(t.Context())
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			err = g.Update(ctx, func(*junction.Tx) error { t.Error("fn ran"); return nil })
			require.ErrorIs(t, err, context.DeadlineExceeded)
			tx.Rollback()
			require.NoError(t, g.Update(t.Context(), func(*junction.Tx) error { return nil }), "the turn is free")
		})
	})
	t.Run("before Commit", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		ctx, cancel := context.WithCancelCause(context.Background())
		tx, err := m.Graph().Begin(ctx)
		require.NoError(t, err)
		requireUnchanged(t, m, func() {
			_, err = m.In(tx).Clear()
			require.NoError(t, err)
			cancel(nil)
			require.ErrorIs(t, tx.Commit(), context.Canceled)
			requireRefused(t, m.In(tx), junction.ErrTxDone)
		})
	})
	t.Run("after Commit", func(t *testing.T) {
		m := holding[int, string]().live()
		fixture.CheckAtEnd(t, m.Graph())
		ctx, cancel := context.WithCancel(context.Background())
		require.NoError(t, m.Graph().Update(ctx, func(tx *junction.Tx) error { return m.In(tx).Insert(1, 1, "a") }))
		cancel()
		requireEdges(t, m, edge(1, 1, "a"))
	})
}

func TestBadInputUseAfterClose(t *testing.T) {
	ctx := context.Background()
	closed := func(t *testing.T) *textRel {
		m := holding(edge(1, 1, "a"), edge(2, 1, "b")).live()
		fixture.CheckAtEnd(t, m.Graph())
		require.NoError(t, m.Graph().Close())
		return m
	}
	t.Run("writes", func(t *testing.T) {
		m := closed(t)
		requireUnchanged(t, m, func() { requireRefused(t, m, junction.ErrClosed) })
	})
	t.Run("Begin, Update and Open", func(t *testing.T) {
		g := closed(t).Graph()
		tx, err := g.Begin(ctx)
		require.ErrorIs(t, err, junction.ErrClosed)
		require.Nil(t, tx)
		require.ErrorIs(t, g.Update(ctx, func(*junction.Tx) error { t.Error("fn ran"); return nil }), junction.ErrClosed)
		require.ErrorIs(t, g.Open(ctx), junction.ErrClosed)
		require.ErrorIs(t, g.Update(ctx, func(*junction.Tx) error { return nil }), junction.ErrClosed, "the turn was given back")
	})
	t.Run("Commit of an open transaction", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		requireUnchanged(t, m, func() {
			tx, err := m.Graph().Begin(ctx)
			require.NoError(t, err)
			fixture.Fill(m.In(tx), edge(2, 2, "b"))
			require.NoError(t, m.Graph().Close())
			require.True(t, m.In(tx).Has(2, 2), "reads go on")
			require.ErrorIs(t, tx.Commit(), junction.ErrClosed)
			require.ErrorIs(t, tx.Commit(), junction.ErrTxDone)
			tx.Rollback()
		})
	})
	t.Run("inside Update", func(t *testing.T) {
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		requireUnchanged(t, m, func() {
			err := m.Graph().Update(ctx, func(tx *junction.Tx) error {
				fixture.Fill(m.In(tx), edge(2, 2, "b"))
				return m.Graph().Close()
			})
			require.ErrorIs(t, err, junction.ErrClosed)
		})
	})
	t.Run("reads go on", func(t *testing.T) {
		m := closed(t)
		requireEdges(t, m, edge(1, 1, "a"), edge(2, 1, "b"))
		snap := m.Graph().Snapshot()
		requireEdges(t, m.At(snap), edge(1, 1, "a"), edge(2, 1, "b"))
		require.EqualValues(t, 2, m.Graph().Revision())
		require.Len(t, m.Graph().Stats().Relations, 1)
		for _, read := range reads(m) {
			read()
		}
	})
	t.Run("Close twice, and inside a loop", func(t *testing.T) {
		m := closed(t)
		for range m.Edges() {
			require.NoError(t, m.Graph().Close())
		}
	})
	t.Run("those who wait learn of it", func(t *testing.T) {
		waits := map[string]func(m *textRel) error{
			"Begin": func(m *textRel) error { _, err := m.Graph().Begin(ctx); return err },
			"Add":   func(m *textRel) error { _, err := m.Add(2, 2, ""); return err },
			"Node.Add of many": func(m *textRel) error {
				_, err := m.Left(1).AddEach(keysOf(star(1, 100)), "")
				return err
			},
			"Modify": func(m *textRel) error {
				_, err := m.Left(1).Modify(1, func(string, bool) (string, bool) { return "", true })
				return err
			},
		}
		for name, wait := range waits {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := holding[int, string]().live()
					fixture.CheckAtEnd(t, m.Graph())
					tx, err := m.Graph().Begin(ctx)
					require.NoError(t, err)
					defer tx.Rollback()
					begin, got := time.Now(), make(chan error)
					go func() { got <- wait(m) }()
					synctest.Wait()
					require.NoError(t, m.Graph().Close())
					require.ErrorIs(t, <-got, junction.ErrClosed)
					require.Zero(t, time.Since(begin), "without waiting for a time-out")
				})
			})
		}
	})
}

func TestBadInputFinishedTransaction(t *testing.T) {
	ends := map[string]func(t *testing.T, tx *junction.Tx){
		"Commit":   func(t *testing.T, tx *junction.Tx) { require.NoError(t, tx.Commit()) },
		"Rollback": func(_ *testing.T, tx *junction.Tx) { tx.Rollback() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			m := holding(edge(1, 1, "a"), edge(2, 1, "b")).live()
			fixture.CheckAtEnd(t, m.Graph())
			tx, err := m.Graph().Begin(context.Background())
			require.NoError(t, err)
			in := m.In(tx)
			fixture.Fill(in, edge(1, 1, "a"))
			either := junction.Or[int](in.Left(1), m.Left(2))
			end(t, tx)
			requireUnchanged(t, m, func() {
				for _, bound := range []*textRel{in, m.In(tx), in.Inverse()} {
					requireRefused(t, bound, junction.ErrTxDone)
					for name, read := range reads(bound) {
						fixture.RequirePanicWith(t, name, []string{"finished transaction", "snapshot"}, read)
					}
				}
				fixture.RequirePanicWith(t, "a Combination made before", []string{"finished transaction"}, func() { either.Count() })
			})
			require.NoError(t, m.Insert(3, 3, ""), "the panics kept no lock")
		})
	}
	t.Run("beside a writer", func(t *testing.T) {
		// Under the race detector: a finished transaction has no claim on the live state and must
		// not touch it.
		m := holding(edge(1, 1, "a")).live()
		fixture.CheckAtEnd(t, m.Graph())
		tx, err := m.Graph().Begin(context.Background())
		require.NoError(t, err)
		tx.Rollback()
		var wg sync.WaitGroup
		wg.Go(func() { fixture.Fill(m, star(3, 100)...) })
		for range 100 {
			_, err := m.In(tx).Add(1, 1, "")
			assert.ErrorIs(t, err, junction.ErrTxDone)
		}
		wg.Wait()
	})
}

func TestBadInputWriteAtSnapshot(t *testing.T) {
	m := holding(edge(1, 1, "a"), edge(2, 1, "b")).live()
	fixture.CheckAtEnd(t, m.Graph())
	at := m.At(m.Graph().Snapshot())
	requireUnchanged(t, m, func() {
		requireRefused(t, at, junction.ErrReadOnly)
		_, err := at.Add(1, 1, "x")
		require.ErrorContains(t, err, "2", "the revision")
		requireEdges(t, at, edge(1, 1, "a"), edge(2, 1, "b"))
	})
	t.Run("even while a transaction is open", func(t *testing.T) {
		require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
			requireRefused(t, at, junction.ErrReadOnly)
			requireRefused(t, m.In(tx).At(m.Graph().Snapshot()), junction.ErrReadOnly)
			return nil
		}))
	})
	t.Run("bound anew it can be written", func(t *testing.T) {
		require.NoError(t, m.Graph().Update(context.Background(), func(tx *junction.Tx) error {
			return at.In(tx).Insert(9, 9, "")
		}))
		require.True(t, m.Has(9, 9))
	})
}

func TestBadInputFaultyDeclaration(t *testing.T) {
	ctx := context.Background()
	even := func(x, y int) bool { return x%2 == y%2 }
	tests := []struct {
		name    string
		declare func(g *junction.Graph) *textRel
		words   []string
	}{
		{"a second relation of one name", func(g *junction.Graph) *textRel {
			return junction.Relate[int, int, string](g, "first")
		}, []string{"first", "name"}},
		{"a second relation of one name, other types", func(g *junction.Graph) *textRel {
			junction.Relate[string, int, struct{}](g, "mine")
			return junction.RelateUndirected[int, string](g, "mine")
		}, []string{"mine", "name"}},
		{"nil Rule", func(g *junction.Graph) *textRel {
			return junction.Relate[int, int, string](g, "mine", nil)
		}, []string{"mine", "nil"}},
		{"Equal of another type", func(g *junction.Graph) *textRel {
			return junction.Relate[int, int, string](g, "mine", junction.Equal(even))
		}, []string{"mine", "Equal", "int"}},
		{"Equal of nil", func(g *junction.Graph) *textRel {
			return junction.Relate[int, int, string](g, "mine", junction.Equal[string](nil))
		}, []string{"mine", "Equal", "nil"}},
		{"several faults", func(g *junction.Graph) *textRel {
			return junction.Relate[int, int, string](g, "first", nil, junction.Equal(even))
		}, []string{"name", "nil", "Equal"}},
		{"nil comparison of the left", func(g *junction.Graph) *textRel {
			return junction.RelateFunc[int, int, string](g, "mine", nil, cmp.Compare[int])
		}, []string{"mine", "nil comparison"}},
		{"nil comparison of the right", func(g *junction.Graph) *textRel {
			return junction.RelateFunc[int, int, string](g, "mine", cmp.Compare[int], nil)
		}, []string{"mine", "nil comparison"}},
		{"nil comparisons", func(g *junction.Graph) *textRel {
			return junction.RelateFunc[int, int, string](g, "mine", nil, nil)
		}, []string{"mine", "nil comparison"}},
		{"nil comparison, undirected", func(g *junction.Graph) *textRel {
			return junction.RelateUndirectedFunc[int, string](g, "mine", nil)
		}, []string{"mine", "nil comparison"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			g := junction.NewGraph(&junction.Options{BusyTimeout: -1}) // the fault comes first, and nobody waits for it
			fixture.CheckAtEnd(t, g)
			good := junction.Relate[int, int, string](g, "first")
			m := test.declare(g)
			require.NotNil(t, m)

			err := g.Open(ctx)
			require.ErrorIs(t, err, junction.ErrDeclaration)
			for _, word := range test.words {
				require.ErrorContains(t, err, word)
			}
			for name, bind := range map[string]func(tx *junction.Tx) *textRel{
				"live":        func(*junction.Tx) *textRel { return m },
				"inverse":     func(*junction.Tx) *textRel { return m.Inverse() },
				"transaction": func(tx *junction.Tx) *textRel { return m.In(tx) },
			} {
				t.Run(name, func(t *testing.T) {
					tx, err := g.Begin(ctx)
					require.NoError(t, err)
					defer tx.Rollback()
					bound := bind(tx)
					for _, w := range everyWrite() {
						t.Run(w.name, func(t *testing.T) {
							require.NotPanics(t, func() {
								counts, err := w.do(bound)
								require.ErrorIs(t, err, junction.ErrDeclaration)
								require.Zero(t, counts)
							})
						})
					}
				})
			}
			for name, read := range reads(m) {
				require.NotPanics(t, read, name)
			}
			require.Zero(t, m.Len())
			require.NoError(t, good.Insert(1, 1, ""), "a faulty relation does not hinder its neighbours")
		})
	}
	t.Run("Open reports all", func(t *testing.T) {
		g := junction.NewGraph(nil)
		junction.Relate[int, int, string](g, "one", nil)
		junction.Relate[int, int, string](g, "fine")
		junction.Relate[int, int, string](g, "two", nil)
		err := g.Open(ctx)
		require.ErrorContains(t, err, `"one"`)
		require.ErrorContains(t, err, `"two"`)
		require.NotContains(t, err.Error(), `"fine"`)
	})
	t.Run("Open of a sound graph, again and again", func(t *testing.T) {
		g := junction.NewGraph(nil)
		junction.Relate[int, int, string](g, "")
		require.NoError(t, g.Open(ctx))
		require.NoError(t, g.Open(ctx))
	})
	t.Run("New panics at once", func(t *testing.T) {
		words := []string{"nil comparison"}
		fixture.RequirePanicWith(t, "left", words, func() { junction.NewFunc[int, int, int](nil, cmp.Compare[int]) })
		fixture.RequirePanicWith(t, "right", words, func() { junction.NewFunc[int, int, int](cmp.Compare[int], nil) })
		fixture.RequirePanicWith(t, "undirected", words, func() { junction.NewUndirectedFunc[int, int](nil) })
	})
}

func TestBadInputForeignBinding(t *testing.T) {
	ctx := context.Background()
	m := junction.Relate[int, int, string](junction.NewGraph(nil), "grants")
	other := junction.NewGraph(nil)
	tx, err := other.Begin(ctx)
	require.NoError(t, err)
	defer tx.Rollback()
	fixture.RequirePanicWith(t, "In of another graph", []string{"grants", "another graph"}, func() { m.In(tx) })
	fixture.RequirePanicWith(t, "At of another graph", []string{"grants", "another graph"}, func() { m.At(other.Snapshot()) })
	fixture.RequirePanicWith(t, "In(nil)", []string{"grants"}, func() { m.In(nil) })
	fixture.RequirePanicWith(t, "At(nil)", []string{"grants"}, func() { m.At(nil) })
	fixture.RequirePanicWith(t, "inverse", []string{"grants"}, func() { m.Inverse().In(tx) })
}

func TestBadInputLateDeclaration(t *testing.T) {
	ctx := context.Background()
	t.Run("after a snapshot", func(t *testing.T) {
		g := junction.NewGraph(nil)
		fixture.CheckAtEnd(t, g)
		snap := g.Snapshot()
		m := junction.Relate[int, int, string](g, "late")
		fixture.Fill(m, edge(1, 1, "a"))
		at := m.At(snap)
		requireEdges(t, at)
		for name, read := range reads(at) {
			require.NotPanics(t, read, name)
		}
		requireRefused(t, at, junction.ErrReadOnly)
		requireEdges(t, m.At(g.Snapshot()), edge(1, 1, "a"))
	})
	t.Run("in an open transaction", func(t *testing.T) {
		g := junction.NewGraph(nil)
		fixture.CheckAtEnd(t, g)
		first := junction.Relate[int, int, string](g, "first")
		var m *textRel
		require.NoError(t, g.Update(ctx, func(tx *junction.Tx) error {
			fixture.Fill(first.In(tx), edge(1, 1, "a"))
			m = junction.Relate[int, int, string](g, "late")
			fixture.Fill(m.In(tx), edge(2, 2, "b"))
			requireEdges(t, m)
			requireEdges(t, m.In(tx), edge(2, 2, "b"))
			return nil
		}))
		requireEdges(t, first, edge(1, 1, "a"))
		requireEdges(t, m, edge(2, 2, "b"))
		require.EqualValues(t, 1, g.Revision())
	})
	t.Run("while the graph is closed", func(t *testing.T) {
		g := junction.NewGraph(nil)
		fixture.CheckAtEnd(t, g)
		require.NoError(t, g.Close())
		requireRefused(t, junction.Relate[int, int, string](g, "late"), junction.ErrClosed)
	})
}

func TestBadInputRange(t *testing.T) {
	type bounds = junction.Range[int]
	for _, n := range []int{0, 1, 10, 1000} {
		keys := make([]int, n) // 0, 2, 4 ...: every bound is met exactly, and missed
		edges := make([]textEdge, n)
		for i := range keys {
			keys[i] = 2 * i
			edges[i] = edge(1, 2*i, "")
		}
		end := 2 * n
		tests := []struct {
			name string
			r    bounds
			want func(k int) bool
		}{
			{"zero", bounds{}, func(int) bool { return true }},
			{"From", junction.From(4), func(k int) bool { return k >= 4 }},
			{"From between", junction.From(3), func(k int) bool { return k >= 3 }},
			{"Above", junction.Above(4), func(k int) bool { return k > 4 }},
			{"Above between", junction.Above(3), func(k int) bool { return k > 3 }},
			{"To", junction.To(4), func(k int) bool { return k <= 4 }},
			{"To between", junction.To(5), func(k int) bool { return k <= 5 }},
			{"Below", junction.Below(4), func(k int) bool { return k < 4 }},
			{"one key", junction.From(4).To(4), func(k int) bool { return k == 4 }},
			{"between two keys", junction.From(5).To(5), func(int) bool { return false }},
			{"half open at one key", junction.From(4).Below(4), func(int) bool { return false }},
			{"open at one key", junction.Above(4).Below(4), func(int) bool { return false }},
			{"other half open", junction.Above(4).To(4), func(int) bool { return false }},
			{"inverted", junction.From(8).To(2), func(int) bool { return false }},
			{"inverted, far", junction.From(end).To(-1), func(int) bool { return false }},
			{"inverted, extreme", junction.From(math.MaxInt).To(math.MinInt), func(int) bool { return false }},
			{"all, with ends", junction.From(0).To(end), func(int) bool { return true }},
			{"all, extreme", junction.From(math.MinInt).To(math.MaxInt), func(int) bool { return true }},
			{"beyond the end", junction.Above(end), func(int) bool { return false }},
			{"before the begin", junction.Below(0), func(int) bool { return false }},
			{"last", junction.From(end - 2), func(k int) bool { return k >= end-2 }},
			{"first", junction.To(0), func(k int) bool { return k <= 0 }},
			{"the last call of an end stands", junction.From(0).Above(4).To(9).Below(8), func(k int) bool { return k > 4 && k < 8 }},
			{"an end can be opened again", junction.Above(4).From(4).Below(8).To(8), func(k int) bool { return k >= 4 && k <= 8 }},
			{"in the middle", junction.From(n).Below(n + n/2), func(k int) bool { return k >= n && k < n+n/2 }},
		}
		for _, test := range tests {
			t.Run(fmt.Sprint(test.name, " of ", n), func(t *testing.T) {
				inEveryBinding(t, holding(edges...), func(t *testing.T, m *textRel) {
					want := slices.DeleteFunc(slices.Clone(keys), func(k int) bool { return !test.want(k) })
					require.Equal(t, want, append([]int{}, firsts(m.Left(1).Range(test.r))...))
				})
			})
		}
	}
	t.Run("a Range is a value", func(t *testing.T) {
		from := junction.From(4)
		_ = from.To(6).Above(5)
		m := holding(edge(1, 4, ""), edge(1, 9, "")).live()
		require.Equal(t, []int{4, 9}, firsts(m.Left(1).Range(from)))
	})
}

func TestBadInputPage(t *testing.T) {
	type page struct {
		keys []int
		next int
		more bool
	}
	m := holding(edge(1, 1, "a"), edge(1, 2, "b"), edge(1, 3, "c"), edge(1, 4, "d")).live()
	fixture.CheckAtEnd(t, m.Graph())
	node := m.Left(1)
	take := func(r junction.Range[int], n int) page {
		list, next, more := junction.Page(node.Range(r), n)
		var keys []int
		for _, p := range list {
			keys = append(keys, p.Key)
			through, _ := node.Get(p.Key)
			require.Equal(t, through, p.Through)
		}
		return page{keys, next, more}
	}
	all := junction.Range[int]{}
	require.Equal(t, page{[]int{1, 2}, 2, true}, take(all, 2))
	require.Equal(t, page{[]int{3, 4}, 4, false}, take(junction.Above(2), 2), "exactly to the end")
	require.Equal(t, page{[]int{1, 2, 3, 4}, 4, false}, take(all, 4), "exactly all")
	require.Equal(t, page{[]int{1, 2, 3}, 3, true}, take(all, 3))
	require.Equal(t, page{[]int{1, 2, 3, 4}, 4, false}, take(all, math.MaxInt), "beyond the end")
	require.Equal(t, page{nil, 0, false}, take(junction.Above(4), 2), "behind the end")
	require.Equal(t, page{nil, 0, false}, take(all, 0), "none wanted: a loop over pages must end")
	require.Equal(t, page{nil, 0, false}, take(all, -5), "fewer than none")

	t.Run("nil and empty sequences", func(t *testing.T) {
		list, next, more := junction.Page[int, string](nil, 5)
		require.Nil(t, list)
		require.Zero(t, next)
		require.False(t, more)
		list, _, more = junction.Page(m.Left(99).All(), 5)
		require.Empty(t, list)
		require.False(t, more)
	})
	t.Run("forward, all pages", func(t *testing.T) {
		for size := 1; size < 6; size++ {
			var keys []int
			for p := take(all, size); ; p = take(junction.Above(p.next), size) {
				keys = append(keys, p.keys...)
				require.LessOrEqual(t, len(p.keys), size)
				if !p.more {
					break
				}
			}
			require.Equal(t, []int{1, 2, 3, 4}, keys, "pages of %d", size)
		}
	})
	t.Run("a cursor outlives its edge", func(t *testing.T) {
		m := holding(edge(1, 1, "a"), edge(1, 2, "b"), edge(1, 3, "c")).live()
		_, next, _ := junction.Page(m.Left(1).All(), 2)
		_, err := m.Left(1).Remove(next)
		require.NoError(t, err)
		rest, _, more := junction.Page(m.Left(1).Range(junction.Above(next)), 2)
		require.Equal(t, []junction.Neighbour[int, string]{{Key: 3, Through: "c"}}, rest)
		require.False(t, more)
	})
	t.Run("backward with Below", func(t *testing.T) {
		list, next, more := junction.Page(node.Backward(), 2)
		require.Equal(t, []junction.Neighbour[int, string]{{Key: 4, Through: "d"}, {Key: 3, Through: "c"}}, list)
		require.Equal(t, 3, next)
		require.True(t, more)
		require.Equal(t, page{[]int{1, 2}, 2, false}, take(junction.Below(next), 2))
	})
	t.Run("a page reads one element too many at most", func(t *testing.T) {
		read := 0
		_, _, more := junction.Page(func(yield func(int, string) bool) {
			for read = 1; yield(read, ""); read++ {
			}
		}, 3)
		require.True(t, more)
		require.Equal(t, 4, read)
	})
}

func TestBadInputCombinationOfNothing(t *testing.T) {
	m := holding(edge(1, 1, ""), edge(1, 2, ""), edge(1, 3, ""), edge(2, 2, ""), edge(2, 4, ""), edge(3, 5, "")).live()
	fixture.CheckAtEnd(t, m.Graph())
	one, two, three, unknown := m.Left(1), m.Left(2), m.Left(3), m.Left(99)
	var zero junction.Combination[int]
	and, or, minus := junction.And[int], junction.Or[int], junction.Minus[int]
	tests := []struct {
		name string
		set  junction.Combination[int]
		want []int
	}{
		{"zero", zero, nil},
		{"And()", and(), nil},
		{"Or()", or(), nil},
		{"And(x)", and(one), []int{1, 2, 3}},
		{"Or(x)", or(one), []int{1, 2, 3}},
		{"Minus(x)", minus(one), []int{1, 2, 3}},
		{"And(x, x)", and(one, one), []int{1, 2, 3}},
		{"Or(x, x)", or(one, one, one), []int{1, 2, 3}},
		{"Minus(x, x)", minus(one, one), nil},
		{"And with an unknown node", and(one, unknown), nil},
		{"Or with an unknown node", or(unknown, one), []int{1, 2, 3}},
		{"Minus an unknown node", minus(one, unknown), []int{1, 2, 3}},
		{"Minus from an unknown node", minus(unknown, one), nil},
		{"And with zero", and(zero, one), nil},
		{"And with zero behind", and(one, zero), nil},
		{"Or with zero", or(zero, one), []int{1, 2, 3}},
		{"Or with zero behind", or(one, zero), []int{1, 2, 3}},
		{"Or of zeros", or(zero, zero, zero), nil},
		{"Minus zero", minus(one, zero), []int{1, 2, 3}},
		{"Minus from zero", minus(zero, one), nil},
		// An empty set says nothing of the order of keys; whatever stands beside it must.
		{"Or with zero among four", or(zero, one, two, three), []int{1, 2, 3, 4, 5}},
		{"Or of Or with zero", or(or(zero, one), two), []int{1, 2, 3, 4}},
		{"Or of Or with And()", or(or(and(), one), or(and(), two)), []int{1, 2, 3, 4}},
		{"And of Or with zero", and(one, or(zero, two)), []int{2}},
		{"And of Or with zero first", and(or(zero, two, three), or(zero, one, three)), []int{2, 5}},
		{"Minus of Or with zero", minus(one, or(zero, two)), []int{1, 3}},
		{"Minus from Or with zero", minus(or(zero, one, two), two), []int{1, 3}},
		{"Minus of Minus from Or with zero", minus(one, minus(or(zero, one), two)), []int{2}},
		{"Minus of And with zero", minus(one, and(or(zero, one), two)), []int{1, 3}},
		{"Minus of an empty And", minus(one, and(zero, two)), []int{1, 2, 3}},
		// Combinations of combinations.
		{"And of Ors", and(or(one, two), or(two, three)), []int{2, 4}},
		{"Or of Ands", or(and(one, two), and(two, three), and(one, one)), []int{1, 2, 3}},
		{"Minus of Minus", minus(one, minus(one, two)), []int{2}},
		{"Minus of Or of Minus", minus(or(one, two, three), or(minus(one, two), three)), []int{2, 4}},
		{"And of And of And", and(and(and(one, two), two), one), []int{2}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			require.NotPanics(t, func() {
				require.Equal(t, test.want, slices.Collect(test.set.Keys()))
				require.Equal(t, test.want, slices.Collect(test.set.Keys()), "read again")
				require.Equal(t, len(test.want), test.set.Count())
			})
		})
	}
	t.Run("a loop left early", func(t *testing.T) {
		for k := range or(one, two).Keys() {
			require.Equal(t, 1, k)
			break
		}
	})
	t.Run("the sets of a call are the caller's", func(t *testing.T) {
		sets := []junction.Set[int]{one, two}
		both := and(sets...)
		require.Equal(t, 1, both.Count())
		require.Equal(t, []junction.Set[int]{one, two}, sets, "reading does not reorder them")
	})
}

func TestBadInputCombinationOfLargeSets(t *testing.T) {
	// Several batches long, dense and sparse, against the same computed with maps.
	m := junction.New[int, int, string]()
	fixture.CheckAtEnd(t, m.Graph())
	sets := map[int]map[int]bool{}
	for _, step := range []int{1, 2, 3, 7, 250} {
		sets[step] = map[int]bool{}
		keys := []int{}
		for k := 0; k < 2000; k += step {
			keys = append(keys, k)
			sets[step][k] = true
		}
		_, err := m.Left(step).Link(keys...)
		require.NoError(t, err)
	}
	where := func(in func(k int) bool) (keys []int) {
		for k := range 2000 {
			if in(k) {
				keys = append(keys, k)
			}
		}
		return keys
	}
	for _, x := range []int{1, 2, 3, 7, 250} {
		for _, y := range []int{1, 2, 3, 7, 250} {
			a, b, c := m.Left(x), m.Left(y), m.Left(7)
			require.Equal(t, where(func(k int) bool { return sets[x][k] && sets[y][k] }), slices.Collect(junction.And[int](a, b).Keys()))
			require.Equal(t, where(func(k int) bool { return sets[x][k] || sets[y][k] }), slices.Collect(junction.Or[int](a, b).Keys()))
			require.Equal(t, where(func(k int) bool { return sets[x][k] && !sets[y][k] }), slices.Collect(junction.Minus[int](a, b).Keys()))
			require.Equal(t, where(func(k int) bool { return sets[x][k] && (sets[y][k] || sets[7][k]) }),
				slices.Collect(junction.And[int](a, junction.Or[int](b, c)).Keys()))
			require.Equal(t, where(func(k int) bool { return sets[x][k] && !(sets[y][k] && sets[7][k]) }),
				slices.Collect(junction.Minus[int](a, junction.And[int](b, c)).Keys()))
			require.Equal(t, where(func(k int) bool { return (sets[x][k] && !sets[y][k]) || sets[7][k] }),
				slices.Collect(junction.Or[int](junction.Minus[int](a, b), c).Keys()))
			require.Equal(t, where(func(k int) bool { return sets[7][k] && !(sets[x][k] && !sets[y][k]) }),
				slices.Collect(junction.Minus[int](c, junction.Minus[int](a, b)).Keys()))
		}
	}
}

func TestBadInputCombinationOfMixedOrders(t *testing.T) {
	down := func(x, y int) int { return cmp.Compare(y, x) }
	up := func(x, y int) int { return cmp.Compare(x, y) }
	natural := holding(edge(1, 1, ""), edge(1, 2, "")).live().Left(1)
	larger := holding(edge(1, 1, ""), edge(1, 3, ""), edge(1, 11, ""), edge(1, 4000, "")).live().Left(1)
	inOrder := func(compare func(x, y int) int) junction.Node[int, int, string] {
		m := junction.NewFunc[int, int, string](compare, compare)
		fixture.Fill(m, edge(1, 1, ""), edge(1, 2, ""))
		return m.Left(1)
	}
	byDigits := func(keys ...int) junction.Node[int, int, string] { // 1, 11, 2, 3
		m := junction.NewFunc[int, int, string](up, func(x, y int) int { return cmp.Compare(strconv.Itoa(x), strconv.Itoa(y)) })
		_, err := m.Left(1).Link(keys...)
		require.NoError(t, err)
		return m.Left(1)
	}
	var zero junction.Combination[int]
	and, or, minus := junction.And[int], junction.Or[int], junction.Minus[int]
	mixed := map[string]junction.Combination[int]{
		"And":                   and(natural, inOrder(down)),
		"Or":                    or(inOrder(down), natural),
		"Minus":                 minus(natural, inOrder(down)),
		"two functions":         and(inOrder(up), inOrder(down)),
		"inside":                or(natural, and(natural, inOrder(down))),
		"across":                minus(and(natural, natural), or(inOrder(down), inOrder(down))),
		"behind zero":           or(zero, natural, inOrder(down)),
		"behind zero, inside":   or(or(zero, natural), inOrder(down)),
		"behind And(), inside":  minus(inOrder(down), or(and(), natural)),
		"behind zero, further":  and(or(zero, zero, natural), or(zero, inOrder(down))),
		"behind an empty Minus": or(minus(zero, natural), natural, inOrder(down)),
		"ends in order":         and(larger, byDigits(1, 11, 3, 4)),
		"ends in order, Or":     or(byDigits(1, 2), larger),
		"ends in order, Minus":  minus(byDigits(1, 11, 3), larger),
		"with a list":           and(junction.SetOf(1, 2), natural, inOrder(down)),
	}
	for name, c := range mixed {
		t.Run(name, func(t *testing.T) {
			fixture.RequirePanicWith(t, name, []string{"different orders"}, func() { c.Count() })
		})
	}
	t.Run("one order", func(t *testing.T) {
		require.Equal(t, []int{2, 1}, slices.Collect(and(inOrder(down), inOrder(down)).Keys()))
		require.Equal(t, []int{2, 1}, slices.Collect(or(inOrder(down), zero, inOrder(down)).Keys()))
		require.Equal(t, []int{2, 1}, slices.Collect(minus(inOrder(down), zero).Keys()))
	})
	t.Run("one order by different functions", func(t *testing.T) {
		require.Equal(t, []int{1, 2}, slices.Collect(or(natural, inOrder(up)).Keys()))
		require.Equal(t, []int{1, 2}, slices.Collect(and(inOrder(up), inOrder(cmp.Compare[int])).Keys()))
	})
	t.Run("one function, named twice in generic code", func(t *testing.T) {
		require.NotPanics(t, func() { require.Equal(t, 1, countOfOwnKey(7)) })
	})
	t.Run("orders that differ elsewhere", func(t *testing.T) {
		require.Equal(t, []int{1, 2}, slices.Collect(and(natural, byDigits(1, 2, 3)).Keys()))
		require.Equal(t, []int{1, 2, 3}, slices.Collect(or(natural, byDigits(1, 2, 3)).Keys()))
		require.Equal(t, []int{11}, slices.Collect(minus(byDigits(1, 11, 2), inOrder(up)).Keys()))
		require.Equal(t, []int{1, 11, 2, 3}, slices.Collect(or(byDigits(1, 11, 2), junction.SetOf(3, 2, 11)).Keys()))
		require.Equal(t, []int{2, 3, 11}, slices.Collect(or(natural, junction.SetOf(3, 2, 11)).Range(junction.Above(1))))
	})
	t.Run("the panic keeps no lock", func(t *testing.T) {
		m := holding(edge(1, 1, "")).live()
		fixture.RequirePanicWith(t, "mixed", nil, func() { and(m.Left(1), inOrder(down)).Count() })
		require.NoError(t, m.Insert(2, 2, ""))
	})
}

// countOfOwnKey names one comparison function twice. In generic code the compiler makes two
// function values of it.
func countOfOwnKey[K cmp.Ordered](k K) int {
	m := junction.NewFunc[K, K, int](cmp.Compare[K], cmp.Compare[K])
	fixture.Fill(m, junction.Edge[K, K, int]{Left: k, Right: k})
	return junction.And[K](m.Left(k), m.Right(k)).Count()
}

func TestBadInputSetOf(t *testing.T) {
	type pair struct{ x, y int }
	byX := junction.NewFunc[pair, pair, int](func(p, q pair) int { return p.x - q.x }, func(p, q pair) int { return p.x - q.x })
	require.Empty(t, slices.Collect(junction.SetOf[int]().Keys()))
	require.Equal(t, 0, junction.SetOf[pair]().Count()+junction.And[pair]().Count())
	require.Equal(t, []int{0, 1}, slices.Collect(junction.SetOf(1, 0, 1, 0).Keys()), "the zero key, and twice")
	require.Equal(t, []float64{1, 2}, slices.Collect(junction.SetOf(2, math.NaN(), 1, math.NaN()).Keys()))
	require.True(t, junction.SetOf("b", "a").Has("a"))
	require.True(t, junction.SetOf([16]byte{2}, [16]byte{1}).Has([16]byte{1}))
	require.False(t, junction.SetOf("b", "a").Has(""))
	fixture.RequirePanicWith(t, "no order", []string{"pair", "no natural order"}, func() { junction.SetOf(pair{1, 2}).Count() })
	require.Equal(t, []pair{{1, 9}}, slices.Collect(junction.Minus[pair](junction.SetOf(pair{2, 0}, pair{1, 9}, pair{1, 9}), byX.Left(pair{}), junction.SetOf(pair{2, 0})).Keys()))

	many := make([]int, 100_000)
	for i := range many {
		many[i] = (i * 7919) % len(many)
	}
	set := junction.SetOf(many...)
	many[0] = -1 // which the set does not see
	page, next, more := junction.PageKeys(set.RangeBackward(junction.Below(99_000)), 3)
	require.Equal(t, []int{98_999, 98_998, 98_997}, page)
	require.Equal(t, 98_997, next)
	require.True(t, more)
	last, ok := set.Last()
	require.Equal(t, []any{99_999, true, 100_000}, []any{last, ok, set.Count()})
	none, _, more := junction.PageKeys(set.Keys(), 0)
	require.Empty(t, none)
	require.False(t, more)
	none, _, more = junction.PageKeys[int](nil, 5)
	require.Empty(t, none)
	require.False(t, more)
}

func TestBadInputCombinationAcross(t *testing.T) {
	ctx := context.Background()
	g := junction.NewGraph(nil)
	fixture.CheckAtEnd(t, g)
	m := junction.Relate[int, int, string](g, "m")
	names := junction.Relate[string, int, struct{}](g, "names") // another key type and value, one neighbour type
	elsewhere := holding(edge(1, 2, ""), edge(1, 9, "")).live()
	fixture.CheckAtEnd(t, elsewhere.Graph())
	fixture.Fill(m, edge(1, 1, ""), edge(1, 2, ""), edge(3, 1, ""))
	fixture.Fill(names, junction.Edge[string, int, struct{}]{Left: "x", Right: 2}, junction.Edge[string, int, struct{}]{Left: "x", Right: 3})
	snap := g.Snapshot()
	fixture.Fill(m, edge(1, 3, ""))
	tx, err := g.Begin(ctx)
	require.NoError(t, err)
	defer tx.Rollback()
	fixture.Fill(m.In(tx), edge(1, 4, ""))

	collectOf := func(sets ...junction.Set[int]) []int { return slices.Collect(junction.Or[int](sets...).Keys()) }
	require.Equal(t, []int{2, 3}, slices.Collect(junction.And[int](m.Left(1), names.Left("x")).Keys()), "relations")
	require.Equal(t, []int{1, 2, 3}, collectOf(m.Right(1), m.Left(1)), "sides")
	require.Equal(t, []int{1, 2, 3, 9}, collectOf(elsewhere.Left(1), m.Left(1)), "graphs")
	require.Equal(t, []int{3}, slices.Collect(junction.Minus[int](m.Left(1), m.At(snap).Left(1)).Keys()), "live and snapshot")
	require.Equal(t, []int{4}, slices.Collect(junction.Minus[int](m.In(tx).Left(1), m.Left(1)).Keys()), "transaction and live")
	require.Equal(t, []int{3, 4}, slices.Collect(junction.Minus[int](m.In(tx).Left(1), m.At(snap).Left(1)).Keys()), "transaction and snapshot")
	require.Equal(t, []int{1, 2, 3, 4, 9}, collectOf(m.At(snap).Left(1), m.In(tx).Left(1), elsewhere.Left(1), m.Left(1), names.At(snap).Left("x")))
}
