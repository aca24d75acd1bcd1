package engine

import (
	"context"
	"fmt"
	"testing"

	"github.com/seed-250bd433/junction/persist"
)

// encoded is a store that has its rows at hand, so that a Refresh costs what the graph does and
// no more.
type encoded struct {
	form   persist.Form
	keys   [][2][]byte
	values [][]any
}

func (s *encoded) Form() persist.Form                              { return s.form }
func (s *encoded) Close() error                                    { return nil }
func (s *encoded) Append(context.Context, []*persist.Commit) error { return nil }

func (s *encoded) Load(_ context.Context, _ *persist.Schema, into persist.Loader) (uint64, error) {
	return 0, s.give(into)
}

func (s *encoded) Refresh(_ context.Context, into persist.Differ) error {
	if err := into.Whole(0); err != nil {
		return err
	}
	return s.give(into)
}

func (s *encoded) give(into persist.Loader) error {
	for i := range s.keys {
		if err := into.LoadBinary(0, s.keys[i][0], s.keys[i][1]); err != nil {
			return err
		}
	}
	for i := range s.values {
		if err := into.LoadColumns(0, s.values[i]); err != nil {
			return err
		}
	}
	return nil
}

// decoding is a Differ that decodes rows and does nothing with them.
type decoding struct {
	persist.Differ
	decoder *RowDecoder
}

func (d decoding) Whole(int) error { return nil }

func (d decoding) LoadBinary(_ int, key, value []byte) error {
	return d.decoder.Binary(key, value)
}

func (d decoding) LoadColumns(_ int, columns []any) error {
	return d.decoder.Columns(columns)
}

// BenchmarkRefresh refreshes a relation of which nothing has changed, and decodes its rows alone.
// The difference is what a row costs beyond decoding.
func BenchmarkRefresh(b *testing.B) {
	const edges, degree = 1_000_000, 10
	for _, form := range []persist.Form{persist.Binary, persist.Columns} {
		benchRefresh(b, "int64", form, edges, degree, func(n int) int64 { return int64(n) * 1000 }, func(n int) int64 { return int64(n) })
		benchRefresh(b, "string", form, edges, degree, func(n int) string { return fmt.Sprintf("user-%08d@example.org", n) }, func(n int) int64 { return int64(n) })
		benchRefresh(b, "slice", form, edges/10, degree, func(n int) int64 { return int64(n) }, func(n int) []int { return []int{n} })
	}
}

func benchRefresh[K int64 | string, T any](b *testing.B, name string, form persist.Form, edges, degree int, key func(int) K, value func(int) T) {
	store := &encoded{form: form}
	g := NewGraph(&Options{Store: store})
	m := relate[K, K, T](g, "m")
	r := m.Declared()
	to := Rows{Form: form}
	nodes := edges / degree
	for i := range edges { // in order, with neighbours all over the other side
		right := i%degree*(nodes/degree) + i/degree*7919%(nodes/degree)
		left, far, through := key(i/degree), key(right), value(i)
		to.Clear()
		to.Form = form
		if err := r.Codec.AppendRow(&to, pointer(&left), pointer(&far), nil, pointer(&through)); err != nil {
			b.Fatal(err)
		}
		if form == persist.Columns {
			store.values = append(store.values, to.AppendColumns(nil, 0))
		} else {
			k, v := to.AppendBinary(nil, nil, 0)
			store.keys = append(store.keys, [2][]byte{k, v})
		}
	}
	if err := g.Open(b.Context()); err != nil {
		b.Fatal(err)
	}
	if m.Size() != edges {
		b.Fatal(m.Size())
	}
	b.Run(fmt.Sprintf("%v/keys=%s/refresh", form, name), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if c, err := g.Refresh(b.Context()); err != nil || !c.IsZero() {
				b.Fatal(c, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*edges), "ns/edge")
	})
	b.Run(fmt.Sprintf("%v/keys=%s/decode", form, name), func(b *testing.B) {
		for b.Loop() {
			if err := store.Refresh(b.Context(), decoding{decoder: r.NewRowDecoder(false)}); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*edges), "ns/edge")
	})
}
