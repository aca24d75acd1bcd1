package stores_test

import (
	"context"
	"fmt"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// thrifty is a store that gives each row in the memory of the one before, and text as bytes.
type thrifty struct{ persist.Store }

func (s thrifty) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	return s.Store.Load(ctx, schema, &thriftyLoader{into: into})
}

type thriftyLoader struct {
	into    persist.Loader
	buffers [4][]byte
	columns []any
}

func (l *thriftyLoader) reuse(i int, b string) []byte {
	l.buffers[i] = append(l.buffers[i][:0], b...)
	return l.buffers[i]
}

func (l *thriftyLoader) LoadBinary(relation int, key, value []byte) error {
	return l.into.LoadBinary(relation, l.reuse(0, string(key)), l.reuse(1, string(value)))
}

func (l *thriftyLoader) LoadColumns(relation int, columns []any) error {
	l.columns = append(l.columns[:0], columns...)
	for i, v := range columns {
		switch v := v.(type) {
		case string:
			l.columns[i] = l.reuse(i, v)
		case []byte:
			l.columns[i] = l.reuse(i, string(v))
		}
	}
	return l.into.LoadColumns(relation, l.columns)
}

// TestLoaderKeepsNothing of what it is given, and lets equal keys share their memory.
func TestLoaderKeepsNothing(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		m := fixture.Open[string, string, string](t, place)
		for i := range 100 {
			fixture.Must(m.Add(fmt.Sprint("left ", i/10%10), fmt.Sprint("right ", i%10), fmt.Sprint("value ", 10+i%90)))
		}
		require.NoError(t, m.Graph().Close())
		for name, store := range map[string]persist.Store{"text": place.Open(), "bytes": thrifty{place.Open()}} {
			again, err := junction.Open[string, string, string](t.Context(), "m", store)
			require.NoError(t, err)
			require.Equal(t, fixture.EdgesOf(m), fixture.EdgesOf(again))
			memory := map[string]*byte{}
			for e := range again.Edges() {
				for _, key := range []string{e.Left, e.Right} {
					at, seen := memory[key]
					if !seen {
						memory[key] = unsafe.StringData(key)
					} else {
						require.Same(t, at, unsafe.StringData(key), "%s: %s", name, key)
					}
				}
			}
		}
	})
}

// TestRowInTheWrongOrder is damage: an undirected edge has one row, by which it is found.
func TestRowInTheWrongOrder(t *testing.T) {
	fixture.InBothForms(t, func(t *testing.T, place *persisttest.Memory) {
		others, err := junction.Open[int, int, string](t.Context(), "friends", place.Outside())
		require.NoError(t, err)
		fixture.Must(others.Add(1, 2, "fine"))
		fixture.Must(others.Add(3, 3, "fine"))
		declare := func() *junction.ManyToMany[int, int, string] {
			return junction.RelateUndirected[int, string](junction.NewGraph(&junction.Options{Store: place.Open()}), "friends")
		}
		friends := declare()
		require.NoError(t, friends.Graph().Open(t.Context()))
		require.Equal(t, 2, friends.Len())
		fixture.Must(others.Add(7, 4, "upside down"))
		requireDamaged := func(err error) {
			want := persist.ErrDamaged
			if place.Open().Form() == persist.Columns {
				want = persist.ErrRow
			}
			require.ErrorIs(t, err, want)
			require.ErrorContains(t, err, `a row of relation "friends" cannot be read: 7 stands left of 4`)
		}
		requireDamaged(declare().Graph().Open(t.Context()))
		_, err = friends.Graph().Refresh(t.Context())
		requireDamaged(err)
		require.Equal(t, 2, friends.Len())
	})
}
