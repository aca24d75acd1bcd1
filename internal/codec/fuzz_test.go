package codec

import (
	"bytes"
	"cmp"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// FuzzDecode decodes any bytes as any kind. What is accepted must be encoded to the same bytes,
// where a kind is canonical, and must stay what it is where it is not.
func FuzzDecode(f *testing.F) {
	decoders := []func(t *testing.T, b []byte){
		decodes[int8], decodes[int16], decodes[int32], decodes[int64], decodes[int],
		decodes[uint8], decodes[uint16], decodes[uint32], decodes[uint64], decodes[uintptr],
		decodes[float32], decodes[float64], decodes[bool], decodes[string], decodes[[]byte], decodes[time.Time], decodes[struct{}],
		decodes[netip.Addr], decodes[everything], decodes[map[point][]string], decodes[*tree], decodes[nest], decodes[[3]time.Time],
	}
	f.Fuzz(func(t *testing.T, kind uint8, b []byte) {
		decoders[int(kind)%len(decoders)](t, b)
	})
}

func decodes[V any](t *testing.T, b []byte) {
	c := of[V](t)
	c.columnsErr = nil
	_, _ = fromColumns(c, b)
	_, valueErr := Value(c.Kind, b)
	v, err := c.Decode(b)
	if err != nil {
		return
	}
	require.NoError(t, valueErr)
	again, err := c.Append(nil, v)
	if c.exact {
		require.NoError(t, err)
		require.True(t, bytes.Equal(b, again), "%x is written as %x", b, again)
	}
	if err != nil { // a year that RFC 3339 has not
		return
	}
	v, err = c.DecodeKey(again)
	require.NoError(t, err)
	third, err := c.Append(nil, v)
	require.NoError(t, err)
	require.True(t, bytes.Equal(again, third), "%x is written as %x", again, third)
}

// FuzzKey takes keys of an edge apart and puts them together.
func FuzzKey(f *testing.F) {
	ints, texts, times := of[int64](f), of[string](f), of[time.Time](f)
	f.Fuzz(func(t *testing.T, n, m int64, p, q string, raw []byte) {
		keeps(t, ints, n, texts, p)
		keeps(t, texts, p, ints, n)
		keeps(t, texts, p, texts, q)
		keeps(t, times, time.Unix(n>>8, m&0xffff).UTC(), texts, q)

		order := cmp.Or(cmp.Compare(p, q), cmp.Compare(n, m))
		require.Equal(t, order, bytes.Compare(appendKey(t, texts, p, ints, n), appendKey(t, texts, q, ints, m)))
		order = cmp.Or(cmp.Compare(n, m), cmp.Compare(p, q))
		require.Equal(t, order, bytes.Compare(appendKey(t, ints, n, texts, p), appendKey(t, ints, m, texts, q)))

		if l, r, err := SplitKey(persist.String, raw); err == nil {
			require.True(t, bytes.Equal(raw, appendKey(t, texts, string(l), texts, string(r))))
		}
		if l, r, err := SplitKey(persist.Int64, raw); err == nil {
			if n, err := ints.Decode(l); err == nil {
				require.True(t, bytes.Equal(raw, appendKey(t, ints, n, texts, string(r))))
			}
		}
	})
}

func keeps[A, B comparable](t *testing.T, left *typedCodec[A], l A, right *typedCodec[B], r B) {
	lb, rb, err := SplitKey(left.Kind, appendKey(t, left, l, right, r))
	require.NoError(t, err)
	x, err := left.DecodeKey(lb)
	require.NoError(t, err)
	y, err := right.DecodeKey(rb)
	require.NoError(t, err)
	require.Equal(t, l, x)
	require.Equal(t, r, y)
}
