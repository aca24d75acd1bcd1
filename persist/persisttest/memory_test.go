package persisttest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

var forms = []persist.Form{persist.Binary, persist.Columns}

// placeOf returns a Memory as a place.
func placeOf(m *Memory) Place {
	return Place{
		Open:    m.Open,
		Abandon: m.Abandon,
		Outside: func(schema *persist.Schema, c *persist.Commit) { changeOutside(m, schema, c) },
		Hang: func(persist.Store) func() {
			_, release := m.Hold()
			return release
		},
		Damage: func() { m.FailLoad(persist.ErrDamaged); m.FailLoad(fmt.Errorf("%w: row 3", persist.ErrDamaged)) },
	}
}

// changeOutside makes the changes of a commit behind the back of all stores of a Memory.
func changeOutside(m *Memory, schema *persist.Schema, c *persist.Commit) {
	store, ctx := m.Outside(), context.Background()
	if _, err := store.Load(ctx, schema, nothing{}); err != nil {
		panic(err)
	}
	if err := errors.Join(store.Append(ctx, []*persist.Commit{c}), store.Close()); err != nil {
		panic(err)
	}
}

// nothing is a Loader that takes rows and does nothing with them.
type nothing struct{}

func (nothing) LoadBinary(int, []byte, []byte) error { return nil }
func (nothing) LoadColumns(int, []any) error         { return nil }

func TestMemory(t *testing.T) {
	for _, form := range forms {
		t.Run(form.String(), func(t *testing.T) {
			TestStore(t, func(*testing.T) Place { return placeOf(NewMemory(form)) })
		})
		t.Run(form.String()+" with exclusion", func(t *testing.T) {
			TestStore(t, func(t *testing.T) Place {
				t.Parallel()
				m := NewMemory(form)
				m.Exclude()
				return placeOf(m)
			})
		})
	}
}

func TestMemoryThatFails(t *testing.T) {
	for _, form := range forms {
		for _, written := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v written %v", form, written), func(t *testing.T) {
				TestFaults(t, func(*testing.T) Place { return faultyPlaceOf(NewMemory(form), written) })
			})
		}
	}
}

// faultyPlaceOf returns a Memory as a place that fails. Written says what became of an Append in
// doubt.
func faultyPlaceOf(m *Memory, written bool) Place {
	place := placeOf(m)
	place.Fail = func(_ persist.Store, fault Fault) {
		if fault == Refuse {
			m.FailNext(persist.ErrRefused, false)
		} else {
			m.FailNext(errors.New("disk on fire"), written)
		}
	}
	return place
}

// begin returns a writer to a Memory.
func begin(t *testing.T, m *Memory) *writer {
	c := &check{place: placeOf(m), size: short, form: m.form}
	w, err := c.load(m.Open(), library())
	require.NoError(t, err)
	return w
}

func TestMemoryTellsItsRows(t *testing.T) {
	for _, form := range forms {
		m := NewMemory(form)
		w := begin(t, m)
		w.append(commit{w.put("likes", 1, 7, 3)}, commit{w.put("likes", 1, 8, 4), w.put("friends", 2, 1, 0)})
		w.append(commit{w.remove("likes", 1, 8)})
		require.Equal(t, map[string]string{`"é1", 7`: `"é3"`}, m.Rows("likes"))
		require.Equal(t, map[string]string{"1, 2": ""}, m.Rows("friends"))
		require.Empty(t, m.Rows("unheard of"))
		appends, commits := m.Appends()
		require.Equal(t, []int{2, 3, 3, 1}, []int{appends, commits, int(m.Revision()), m.Loaded()})
		require.NoError(t, w.store.Close())
		require.Zero(t, m.Loaded())
	}
}

func TestMemoryHolds(t *testing.T) {
	m := NewMemory(persist.Binary)
	w := begin(t, m)
	arrived, release := m.Hold()
	done := make(chan error)
	go func() { done <- w.try(context.Background(), commit{w.put("likes", 1, 1, 1)}) }()
	<-arrived
	require.Empty(t, m.Rows("likes"))
	release()
	release()
	require.NoError(t, <-done)
	require.Len(t, m.Rows("likes"), 1)

	arrived, release = m.Hold()
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	go func() { done <- w.try(ctx, commit{w.put("likes", 1, 2, 1)}) }()
	<-arrived
	cancel()
	err := <-done
	require.ErrorIs(t, err, persist.ErrRefused)
	require.ErrorIs(t, err, context.Canceled)
	require.Len(t, m.Rows("likes"), 1)
	require.Panics(t, func() { m.Hold() })
}

func TestMemoryFails(t *testing.T) {
	cause := errors.New("disk on fire")
	m := NewMemory(persist.Columns)
	w := begin(t, m)
	try := func() error { return w.try(context.Background(), commit{w.put("likes", 1, 1, 1)}) }
	m.FailNext(persist.Refused(cause), false)
	m.FailNext(persist.ErrConflict, false)
	m.FailNext(nil, false)
	m.FailNext(cause, true)
	require.ErrorIs(t, try(), cause)
	require.ErrorIs(t, try(), persist.ErrConflict)
	require.NoError(t, try())
	for range 2 {
		err := try()
		require.ErrorIs(t, err, persist.ErrUnknown)
		require.ErrorIs(t, err, cause)
	}
	require.EqualValues(t, 2, m.Revision())
	require.Panics(t, func() { m.FailNext(persist.ErrRefused, true) })

	m.FailLoad(cause)
	_, err := w.load(m.Open(), library())
	require.ErrorIs(t, err, cause)
	m.Abandon(w.store)
	require.Zero(t, m.Loaded())
}
