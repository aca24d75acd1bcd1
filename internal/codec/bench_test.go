package codec

import (
	"testing"
	"time"
)

// An edge is what a store keeps of it: the pair of keys, and the value.
func BenchmarkEdge(b *testing.B) {
	benchEdge[int64, int64, int64](b, "int64", 123_456, 1<<40, 1000)
	benchEdge(b, "string", "alice@example.org", "group-17", "member")
	benchEdge[string, string, struct{}](b, "string empty", "alice@example.org", "group-17", struct{}{})
	benchEdge(b, "time float", time.Unix(1, 2).UTC(), 1.5, 2.5)
	benchEdge(b, "cbor", [2]int{1, 2}, 7, struct{ A, B int }{1, 2})
}

func benchEdge[A, B comparable, T any](b *testing.B, name string, l A, r B, v T) {
	left, right, through := of[A](b), of[B](b), of[T](b)
	key, value := make([]byte, 0, 100), make([]byte, 0, 100)
	b.Run(name+"/encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key, _ = AppendKey(key[:0], left, l, right, r)
			value, _ = through.Append(value[:0], v)
		}
	})
	b.Run(name+"/decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			lb, rb, _ := SplitKey(left.Kind, key)
			x, _ := left.DecodeKey(lb)
			y, _ := right.DecodeKey(rb)
			_, err := through.Decode(value)
			if x != l || y != r || err != nil {
				b.Fatal(x, y, err)
			}
		}
	})
}

func BenchmarkColumns(b *testing.B) {
	type row struct {
		A int
		B string
		C time.Time
	}
	c := of[row](b)
	var columns []any
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			columns, _ = c.AppendColumns(columns[:0], row{1000, "b", time.Unix(1, 2)})
		}
	})
	b.Run("from", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.FromColumns(columns); err != nil {
				b.Fatal(err)
			}
		}
	})
}
