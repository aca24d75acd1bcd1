package codec

import (
	"testing"
	"time"
	"unsafe"
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
	left, right, through := of[A](b).Codec, of[B](b).Codec, of[T](b).Codec
	key, value := make([]byte, 0, 100), make([]byte, 0, 100)
	x, y, z := l, r, v // where they are decoded
	b.Run(name+"/encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key, _ = AppendKey(key[:0], left, unsafe.Pointer(&l), right, unsafe.Pointer(&r))
			value, _ = through.Append(value[:0], unsafe.Pointer(&v))
		}
	})
	b.Run(name+"/decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			lb, rb, _ := SplitKey(left.Kind, key)
			_ = left.DecodeKey(lb, unsafe.Pointer(&x))
			_ = right.DecodeKey(rb, unsafe.Pointer(&y))
			err := through.Decode(value, unsafe.Pointer(&z))
			if x != l || y != r || err != nil {
				b.Fatal(x, y, err)
			}
		}
	})
}

func BenchmarkColumns(b *testing.B) {
	at := time.Unix(1, 2).UTC()
	benchColumns[int64](b, "int64", 1<<40)
	benchColumns[int32](b, "int32", 1<<20)
	benchColumns(b, "float64", 1.5)
	benchColumns(b, "bool", true)
	benchColumns(b, "string", "alice@example.org")
	benchColumns(b, "bytes", []byte("alice@example.org"))
	benchColumns(b, "time", at)
	benchColumns(b, "uuid", [16]byte{1})
	benchColumns(b, "three ints", struct{ A, B, C int }{1000, 2000, 3000})
	benchColumns(b, "mixed", struct {
		A int
		B string
		C time.Time
	}{1000, "b", at})
	benchColumns(b, "json", []string{"a", "b"})
}

func benchColumns[V any](b *testing.B, name string, v V) {
	c := of[V](b)
	columns, into := make([]any, 0, 10), new(V)
	*into = v
	b.Run(name+"/to", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			columns, _ = c.AppendColumns(columns[:0], into)
		}
	})
	b.Run(name+"/from", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.FromColumns(columns, into); err != nil {
				b.Fatal(err)
			}
		}
	})
}
