package persisttest

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// TestTheKitKeepsItsRules has the kit play its own graph before a store that watches.
func TestTheKitKeepsItsRules(t *testing.T) {
	for _, form := range forms {
		mustPass(t, form.String(), func() Place {
			m := NewMemory(form)
			place := faultyPlaceOf(m, true)
			place.Open = func() persist.Store { return Strict(m.Open()) }
			return place
		})
	}
}

func TestStrict(t *testing.T) {
	ctx := context.Background()
	type call = func(s persist.Store, w *writer)
	add := func(revision uint64, batches ...[]change) call {
		return func(s persist.Store, w *writer) {
			c := &persist.Commit{Revision: revision}
			for _, changes := range batches {
				c.Batches = append(c.Batches, w.batches(&delivery{}, w.knownRows(), changes)...)
				w.rows.apply(changes)
			}
			_ = s.Append(ctx, []*persist.Commit{c})
		}
	}
	one, other := rowOf("a", int64(1), "x"), rowOf("b", int64(1), "x")
	load := func(s persist.Store, _ *writer) { _, _ = s.Load(ctx, library(), nil) }
	refresh := func(s persist.Store, w *writer) {
		_ = w.tryRefresh(ctx, &differ{})
		w.known = nil
	}
	outside := func(_ persist.Store, w *writer) { w.outside(commit{put("likes", other)}) }
	outsideTakes := func(_ persist.Store, w *writer) { w.outside(commit{remove("likes", other)}) }
	end := func(s persist.Store, _ *writer) { _ = s.Close() }
	doubt := func(s persist.Store, w *writer) { w.place.Fail(s, Doubt) }
	tests := []struct {
		name  string
		says  string // "" if it is as it should be
		calls []call
	}{
		{"all well", "", []call{load, add(1, commit{put("likes", one)}), add(2, commit{remove("likes", one), put("likes", other)}), end}},
		{"deleted in a row", "", []call{load, add(1, commit{put("likes", one)}), add(2, commit{remove("likes", one)}), add(3, commit{put("likes", one)})}},
		{"closed alone", "", []call{end}},
		{"append first", "1: Append before Load", []call{add(1, commit{put("likes", one)})}},
		{"append last", "1: Append before Load or after Close", []call{load, end, add(1, commit{put("likes", one)})}},
		{"load twice", "1: Load after", []call{load, load}},
		{"close twice", "1: Close after Close", []call{end, end}},
		{"revision 0", "2: revision 0 where 1 follows", []call{load, add(0, commit{put("likes", one)})}},
		{"revision again", "2: revision 1 where 2 follows", []call{load, add(1, commit{put("likes", one)}), add(1, commit{put("likes", other)})}},
		{"no commit", "2: Append of no commit", []call{load, func(s persist.Store, _ *writer) { _ = s.Append(ctx, nil) }}},
		{"two batches", "3: two batches", []call{load, add(1, commit{put("likes", one)}, commit{put("likes", other)})}},
		{"a row twice", "3: row", []call{load, add(1, commit{put("likes", one), put("likes", one)})}},
		{"nothing to delete", "3: row \"\\\"a\\\", 1\" of relation 0 is deleted and not there", []call{load, add(1, commit{remove("likes", one)})}},
		{"was there and is not", "3: row \"\\\"a\\\", 1\" of relation 0 was there: AppendBefore says true, and it is false", []call{load, func(_ persist.Store, w *writer) { w.known = rows{}.after(commit{put("likes", one)}) }, add(1, commit{put("likes", one)})}},
		{"was not there and is", "3: row \"\\\"a\\\", 1\" of relation 0 was there: AppendBefore says false, and it is true", []call{load, add(1, commit{put("likes", one)}), func(_ persist.Store, w *writer) { w.known = rows{} }, add(2, commit{put("likes", one)})}},
		{"not declared", "3: a batch of relation -1", []call{load, add(1, commit{put("loves", one)})}},
		{"revisions after Refresh", "", []call{load, refresh, add(1, commit{put("likes", one)}), refresh, refresh, add(4, commit{remove("likes", one)}), refresh, add(5, commit{put("likes", one)})}},
		{"revision after Refresh", "2: revision 4 where 2 follows", []call{load, add(1, commit{put("likes", one)}), refresh, add(4, commit{put("likes", one)})}},
		{"revision long after Refresh", "2: revision 3 where 2 follows", []call{load, refresh, add(1, commit{put("likes", one)}), add(3, commit{put("likes", one)})}},
		{"rows by others", "", []call{load, outside, refresh, add(2, commit{remove("likes", other)})}},
		{"rows by others unseen", "3: row \"\\\"b\\\", 1\" of relation 0 is deleted and not there", []call{load, outside, add(1, commit{remove("likes", other)})}},
		{"rows taken by others", "3: row", []call{load, outside, refresh, outsideTakes, refresh, add(2, commit{remove("likes", other)})}},
		{"refresh first", "1: Refresh before Load", []call{refresh}},
		{"refresh last", "1: Refresh before Load or after Close", []call{load, end, refresh}},
		{"refresh in doubt", "2: Refresh after", []call{load, doubt, add(1, commit{put("likes", one)}), refresh}},
		{"beside another", "1: a call beside another", []call{func(s persist.Store, _ *writer) { s.(*strictRefresher).enter() }, load}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := NewMemory(persist.Binary)
			s := Strict(m.Open())
			w := &writer{check: &check{place: faultyPlaceOf(m, true), form: m.form}, store: s, schema: library(), rows: rows{}}
			says := panicOf(func() {
				for _, call := range test.calls {
					call(s, w)
				}
			})
			if test.says == "" {
				require.Nil(t, says)
			} else {
				require.Contains(t, says, "persist, what a store may rely on, "+test.says)
			}
		})
	}
}

// panicOf returns what f panics with, nil if it does not.
func panicOf(f func()) (v any) {
	defer func() { v = recover() }()
	f()
	return nil
}

// waitingStore is a Waiter that waits for its context.
type waitingStore struct{ persist.Refresher }

func (s waitingStore) Wait(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestStrictWait panics if Wait is called after Close, or runs while Close does.
func TestStrictWait(t *testing.T) {
	m := NewMemory(persist.Binary)
	store := Strict(waitingStore{m.Open().(persist.Refresher)}).(persist.Waiter)
	ended, end := context.WithCancel(t.Context())
	end()
	require.Panics(t, func() { _ = store.Wait(ended) }, "before Load")
	_, err := store.Load(t.Context(), library(), nothing{})
	require.NoError(t, err)
	require.ErrorIs(t, store.Wait(ended), context.Canceled)
	require.NoError(t, store.Close())
	require.Panics(t, func() { _ = store.Wait(ended) }, "after Close")
	TestStore(t, func(*testing.T) Place {
		m := NewMemory(persist.Binary)
		place := placeOf(m)
		open := place.Open
		place.Open = func() persist.Store { return waitingStore{open().(persist.Refresher)} }
		place.Abandon = func(s persist.Store) { m.Abandon(s.(waitingStore).Refresher) }
		return place
	})
}

func init() { promptly = time.Second }
