package codec

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-250bd433/junction/persist"
)

type (
	namedInt    int
	namedInt16  int16
	namedUint   uint
	namedFloat  float32
	namedBool   bool
	namedString string
	namedBytes  []byte
	namedByte   byte
	nothing     struct{}
)

func of[V any](t testing.TB) *typedCodec[V] {
	t.Helper()
	c, err := ofType[V]()
	require.NoError(t, err)
	require.NoError(t, c.Err(persist.Binary))
	return c
}

// trips checks that values come back from their bytes, and in the order given if the kind has one.
func trips[V any](t *testing.T, kind persist.Kind, values ...V) {
	t.Helper()
	c := of[V](t)
	require.Equal(t, kind, c.Kind)
	var last []byte
	for i, v := range values {
		b, err := c.Append([]byte("before"), v)
		require.NoError(t, err)
		b, found := bytes.CutPrefix(b, []byte("before"))
		require.True(t, found)
		back, err := c.Decode(b)
		require.NoError(t, err, "%v: %x", v, b)
		assert.Equal(t, v, back)
		_, err = c.DecodeKey(b)
		require.NoError(t, err)
		if kind != persist.CBOR && kind != persist.MarshalBinary && i > 0 {
			assert.Negative(t, bytes.Compare(last, b), "%v", v)
		}
		last = b
		_, err = Value(kind, b)
		require.NoError(t, err)
		if delimited(kind) {
			_, err = c.Decode(append(b, 0))
			require.Error(t, err, "trailing byte")
		}
	}
}

func TestRoundTripBasic(t *testing.T) {
	numbers := []int64{math.MinInt64, math.MinInt64 + 1, -1 << 56, -1<<56 + 1, math.MinInt32 - 1, math.MinInt32, -1 << 24, -65537, -65536, -65535, -257, -256, -255,
		-129, -128, -121, -120, -119, -1, 0, 1, 119, 120, 127, 128, 255, 256, 65535, 65536, 1<<24 - 1, 1 << 24, math.MaxInt32, math.MaxUint32, 1<<56 - 1, 1 << 56, math.MaxInt64}
	trips(t, persist.Int64, numbers...)
	trips(t, persist.Int64, math.MinInt, -1, 0, 7, math.MaxInt)
	trips[namedInt](t, persist.Int64, math.MinInt, -1, 0, 7, math.MaxInt)
	trips[int8](t, persist.Int8, -128, -121, -120, 0, 119, 120, 127)
	trips[int16](t, persist.Int16, math.MinInt16, -256, 255, math.MaxInt16)
	trips[namedInt16](t, persist.Int16, math.MinInt16, 0, math.MaxInt16)
	trips[int32](t, persist.Int32, math.MinInt32, 0, math.MaxInt32)
	trips[uint](t, persist.Uint64, 0, 119, 120, 255, 256, math.MaxUint)
	trips[namedUint](t, persist.Uint64, 0, math.MaxUint)
	trips[uintptr](t, persist.Uint64, 0, math.MaxUint)
	trips[uint64](t, persist.Uint64, 0, 119, 120, 255, 256, 1<<63-1, 1<<63, math.MaxUint64)
	trips[uint8](t, persist.Uint8, 0, 119, 120, 255)
	trips[uint16](t, persist.Uint16, 0, 255, 256, math.MaxUint16)
	trips[uint32](t, persist.Uint32, 0, math.MaxUint16+1, math.MaxUint32)
	trips(t, persist.Float64, math.Inf(-1), -math.MaxFloat64, -1, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, 1.5, math.MaxFloat64, math.Inf(1))
	trips(t, persist.Float32, float32(math.Inf(-1)), -math.MaxFloat32, -1, 0, math.SmallestNonzeroFloat32, 1.5, math.MaxFloat32)
	trips[namedFloat](t, persist.Float32, -1, 0, 1.5)
	trips(t, persist.Bool, false, true)
	trips[namedBool](t, persist.Bool, false, true)
	trips(t, persist.String, "", "\x00", "\x00\x01", "a", "a\x00", "a\x00b", "ab", "\xff", "\xff\xff")
	trips[namedString](t, persist.String, "", "a")
	trips(t, persist.Bytes, nil, []byte{0}, []byte{0, 255}, []byte{255})
	trips[namedBytes](t, persist.Bytes, nil, namedBytes{1})
	trips[[]namedByte](t, persist.Bytes, nil, []namedByte{1})
	trips(t, persist.Time, time.Time{}, time.Unix(-1, 999_999_999).UTC(), time.Unix(0, 0).UTC(), time.Unix(0, 1).UTC(), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC))
	trips(t, persist.Empty, struct{}{})
	trips[nothing](t, persist.Empty, nothing{})
}

func TestExactBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "80", 1: "81", 119: "f7", 120: "f878", 255: "f8ff", 256: "f90100", math.MaxInt64: "ff7fffffffffffffff",
		-1: "7f", -120: "08", -121: "0787", -256: "0700", -257: "06feff", math.MinInt64: "008000000000000000"} {
		assert.Equal(t, want, fmt.Sprintf("%x", appendInt(nil, n)), "%d", n)
		if n >= 0 {
			assert.Equal(t, want, fmt.Sprintf("%x", appendUint(nil, uint64(n))), "%d", n)
		}
	}
	assert.Equal(t, "ffffffffffffffffff", fmt.Sprintf("%x", appendUint(nil, math.MaxUint64)))
	assert.Equal(t, "8000000000000000", fmt.Sprintf("%x", appendFloat64(nil, math.Copysign(0, -1))))
	assert.Equal(t, "80000000", fmt.Sprintf("%x", appendFloat32(nil, float32(math.Copysign(0, -1)))))
	assert.Equal(t, "bff0000000000000", fmt.Sprintf("%x", appendFloat64(nil, 1)))
	assert.Equal(t, "400fffffffffffff", fmt.Sprintf("%x", appendFloat64(nil, -1)))
	assert.Equal(t, "800000000000000100000002", fmt.Sprintf("%x", appendTime(nil, time.Unix(1, 2))))
	assert.Equal(t, "c074323030302d30312d30325430303a30303a30305a", cborHex(t, [1]time.Time{time.Date(2000, 1, 2, 1, 0, 0, 0, time.FixedZone("", 3600))})[2:])
	assert.Equal(t, "a261410161620a", cborHex(t, struct {
		B int `cbor:"b"`
		A int
	}{10, 1}), "deterministic")
}

func cborHex[V any](t *testing.T, v V) string {
	b, err := of[V](t).Append(nil, v)
	require.NoError(t, err)
	return fmt.Sprintf("%x", b)
}

func TestNaN(t *testing.T) {
	for _, bits := range []uint64{math.Float64bits(math.NaN()), 0x7ff0000000000001, 0xfff8000000000002, math.MaxUint64} {
		f, err := decodeFloat64(appendFloat64(nil, math.Float64frombits(bits)))
		require.NoError(t, err)
		assert.Equal(t, bits, math.Float64bits(f))
	}
	for _, bits := range []uint32{math.Float32bits(float32(math.NaN())), 0x7f800001, math.MaxUint32} {
		f, err := decodeFloat32(appendFloat32(nil, math.Float32frombits(bits)))
		require.NoError(t, err)
		assert.Equal(t, bits, math.Float32bits(f))
	}
}

func TestTimeForgetsZoneAndClock(t *testing.T) {
	now := time.Now().In(time.FixedZone("elsewhere", 3600))
	back, err := decodeTime(appendTime(nil, now))
	require.NoError(t, err)
	assert.Equal(t, now.Round(0).UTC(), back)
}

func TestHostileBytes(t *testing.T) {
	refuses := func(kind persist.Kind, bad ...string) {
		t.Helper()
		for _, b := range bad {
			_, err := Value(kind, []byte(b))
			assert.Error(t, err, "%s %x", kind, b)
		}
	}
	refuses(persist.Int64, "", "\xf8", "\xf8\x00", "\xf8\x77", "\xf9\x00\xff", "\xff\x00\xff\xff\xff\xff\xff\xff\xff", "\xff\x80\x00\x00\x00\x00\x00\x00\x00",
		"\xff\x80\x00\x00\x00\x00\x00\x00", "\x07", "\x07\xff", "\x07\x88", "\x06\xff\x00", "\x00\x7f\xff\xff\xff\xff\xff\xff\xff", "\x00\xff\xff\xff\xff\xff\xff\xff\xff", "\x80\x80", "\xf8\x80\x00")
	refuses(persist.Int8, "\xf8\x80", "\x07\x7f", "\xf9\x01\x00")
	refuses(persist.Int16, "\xf9\x80\x00", "\x06\x7f\xff")
	refuses(persist.Int32, "\xfb\x80\x00\x00\x00", "\x04\x7f\xff\xff\xff")
	refuses(persist.Uint64, "", "\x7f", "\x00\x80\x00\x00\x00\x00\x00\x00\x00", "\xf8\x77", "\xf9\x00\xff", "\xff\x00\xff\xff\xff\xff\xff\xff\xff", "\x80\x80")
	refuses(persist.Uint8, "\xf9\x01\x00")
	refuses(persist.Uint16, "\xfa\x01\x00\x00")
	refuses(persist.Uint32, "\xfc\x01\x00\x00\x00\x00")
	refuses(persist.Float64, "", "\x80", "\x7f\xff\xff\xff\xff\xff\xff\xff", "123456789")
	refuses(persist.Float32, "", "\x7f\xff\xff\xff", "12345")
	refuses(persist.Bool, "", "\x02", "\x00\x00")
	refuses(persist.Time, "", "123456789012\x00", "\x80\x00\x00\x00\x00\x00\x00\x00\x3b\x9a\xca\x00")
	refuses(persist.Empty, "\x00")
	refuses(persist.CBOR, "", "\x81", "\x01\x02", "\x9f\xff", "\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", "\xbb\x7f\xff\xff\xff\xff\xff\xff\xff", strings.Repeat("\x81", 70_000)+"\x01")
	refuses(persist.JSON, "1")
	refuses("int128", "1")
	refuses("", "1")
}

func TestOrder(t *testing.T) {
	checkOrder(t, rapid.Int64(), cmp.Compare[int64])
	checkOrder(t, rapid.Int8(), cmp.Compare[int8])
	checkOrder(t, rapid.Int16(), cmp.Compare[int16])
	checkOrder(t, rapid.Int32(), cmp.Compare[int32])
	checkOrder(t, rapid.Uint64(), cmp.Compare[uint64])
	checkOrder(t, rapid.Uint16(), cmp.Compare[uint16])
	checkOrder(t, rapid.Float64(), cmp.Compare[float64])
	checkOrder(t, rapid.Float32(), cmp.Compare[float32])
	checkOrder(t, stringGen, cmp.Compare[string])
	checkOrder(t, timeGen, time.Time.Compare)
}

var stringGen = rapid.Map(rapid.SliceOf(rapid.SampledFrom([]byte{0, 1, 2, 'a', 0xfe, 0xff})), func(b []byte) string { return string(b) })

var timeGen = rapid.Custom(func(t *rapid.T) time.Time {
	return time.Unix(rapid.Int64Range(-1<<60, 1<<60).Draw(t, "seconds"), rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds")).UTC()
})

// checkOrder checks the order of bytes, alone, and as the left and the right part of a key.
func checkOrder[V any](t *testing.T, gen *rapid.Generator[V], compare func(x, y V) int) {
	t.Helper()
	c, s := of[V](t), of[string](t)
	rapid.Check(t, func(t *rapid.T) {
		x, y := gen.Draw(t, "x"), gen.Draw(t, "y")
		p, q := stringGen.Draw(t, "p"), stringGen.Draw(t, "q")
		append1 := func(v V) []byte { b, err := c.Append(nil, v); require.NoError(t, err); return b }
		assert.Equal(t, compare(x, y), bytes.Compare(append1(x), append1(y)), "alone")
		pair := cmp.Or(compare(x, y), cmp.Compare(p, q))
		assert.Equal(t, pair, bytes.Compare(appendKey(t, c, x, s, p), appendKey(t, c, y, s, q)), "left")
		pair = cmp.Or(cmp.Compare(p, q), compare(x, y))
		assert.Equal(t, pair, bytes.Compare(appendKey(t, s, p, c, x), appendKey(t, s, q, c, y)), "right")
		l, r, err := SplitKey(c.Kind, appendKey(t, c, x, s, p))
		require.NoError(t, err)
		assert.Equal(t, append1(x), append([]byte(nil), l...))
		assert.Equal(t, p, string(r))
		_, err = c.Decode(l)
		require.NoError(t, err)
	})
}

func appendKey[A, B any](t require.TestingT, left *typedCodec[A], l A, right *typedCodec[B], r B) []byte {
	key, err := appendEdgeKey(nil, left, l, right, r)
	require.NoError(t, err)
	return key
}

func TestSplitKeyRefuses(t *testing.T) {
	for kind, keys := range map[persist.Kind][]string{
		persist.Int64:   {"", "\xf8", "\x00\x01\x02"},
		persist.Float32: {"", "123"},
		persist.Float64: {"1234567"},
		persist.Bool:    {""},
		persist.Time:    {"12345678901"},
		persist.String:  {"", "a", "a\x00", "a\x00\x02", "a\x00\xff", "a\x00\x00\x01", "a\x00\x02b\x00\x01"},
		persist.CBOR:    {"", "\x00"},
		"codec:x":       {"\x00"},
	} {
		for _, key := range keys {
			_, _, err := SplitKey(kind, []byte(key))
			assert.Error(t, err, "%s %x", kind, key)
		}
	}
	l, r, err := SplitKey(persist.Empty, []byte("abc"))
	require.NoError(t, err)
	assert.Empty(t, l)
	assert.Equal(t, "abc", string(r))
}

func TestSplitKeySharesNoRoom(t *testing.T) {
	for _, key := range [][]byte{[]byte("a\x00\x01b"), []byte("\x81b")} {
		key, kind := slices.Grow(key, 100), persist.String
		if key[0] == 0x81 {
			kind = persist.Int64
		}
		l, r, err := SplitKey(kind, key)
		require.NoError(t, err)
		_ = append(l, "overwritten"...)
		assert.Equal(t, "b", string(r))
	}
}

func TestAppendKeepsOnError(t *testing.T) {
	failing := customOf("failing", func([]byte, int) ([]byte, error) { return nil, errors.New("no") }, nil)
	strings := of[string](t)
	b, err := appendEdgeKey([]byte("before"), failing, 1, strings, "x")
	require.Error(t, err)
	assert.Equal(t, "before", string(b))
	b, err = appendEdgeKey([]byte("before"), strings, "x", failing, 1)
	require.Error(t, err)
	assert.Equal(t, "before", string(b))
	b, err = of[failingBinary](t).Append([]byte("before"), failingBinary{})
	require.Error(t, err)
	assert.Equal(t, "before", string(b))
	b, err = of[[]failingBinary](t).Append([]byte("before"), make([]failingBinary, 1))
	require.Error(t, err)
	assert.Equal(t, "before", string(b))
}

type failingBinary struct{ X int }

func (failingBinary) MarshalBinary() ([]byte, error)  { return []byte("half"), errors.New("no") }
func (*failingBinary) UnmarshalBinary(b []byte) error { return errors.New("no") }

// kept implements MarshalBinary and no BinaryAppender, by pointer.
type kept struct{ s string }

func (k *kept) MarshalBinary() ([]byte, error) { return []byte("k" + k.s), nil }
func (k *kept) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != 'k' && b[0] != 'K' {
		return errors.New("not kept")
	}
	k.s = string(b[1:])
	return nil
}

type binaryInt int

func (i binaryInt) MarshalBinary() ([]byte, error)  { return []byte(strings.Repeat("|", int(i))), nil }
func (i *binaryInt) UnmarshalBinary(b []byte) error { *i = binaryInt(len(b)); return nil }

func TestMarshalBinary(t *testing.T) {
	trips(t, persist.MarshalBinary, kept{"x"}, kept{""})
	trips[binaryInt](t, persist.MarshalBinary, 0, 3)
	trips(t, persist.MarshalBinary, netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1%eth0"), netip.Addr{})
	u, err := url.Parse("https://a:b@example.org/x?y#z")
	require.NoError(t, err)
	trips(t, persist.MarshalBinary, *u)
	trips(t, persist.CBOR, u, nil)

	c := of[kept](t)
	_, err = c.Decode([]byte("x"))
	require.Error(t, err)
	v, err := c.Decode([]byte("Kx"))
	require.NoError(t, err)
	assert.Equal(t, kept{"x"}, v)
	_, err = c.DecodeKey([]byte("Kx"))
	require.ErrorContains(t, err, "would be written as")
}

func TestCustom(t *testing.T) {
	c := customOf("hex", func(b []byte, v chan int) ([]byte, error) { return append(b, byte(cap(v))), nil },
		func(b []byte) (chan int, error) {
			if len(b) != 1 {
				return nil, errors.New("not hex")
			}
			return make(chan int, b[0]), nil
		})
	assert.Equal(t, persist.Kind("codec:hex"), c.Kind)
	key := appendKey(t, c, make(chan int), of[int](t), 7)
	assert.Equal(t, "\x00\xff\x00\x01\x87", string(key))
	l, _, err := SplitKey(c.Kind, key)
	require.NoError(t, err)
	v, err := c.DecodeKey(l)
	require.NoError(t, err)
	assert.Zero(t, cap(v))

	assert.Equal(t, []persist.Column{{Name: "x", Kind: persist.Bytes}}, c.Columns("x"))
	columns, err := toColumns(c, make(chan int, 3))
	require.NoError(t, err)
	assert.Equal(t, []any{[]byte{3}}, columns)
	v, err = fromColumns(c, "\x05")
	require.NoError(t, err)
	assert.Equal(t, 5, cap(v))
	_, err = fromColumns(c, "")
	require.Error(t, err)
	raw, err := Value(c.Kind, []byte{1})
	require.NoError(t, err)
	assert.Equal(t, []byte{1}, raw)
}

func TestValue(t *testing.T) {
	for _, x := range []struct {
		kind persist.Kind
		b    string
		want any
	}{
		{persist.Int8, "\x7f", int64(-1)},
		{persist.Int64, "\x7f", int64(-1)},
		{persist.Uint16, "\x81", uint64(1)},
		{persist.Float32, "\xbf\x80\x00\x00", float32(1)},
		{persist.Float64, "\xbf\xf0\x00\x00\x00\x00\x00\x00", 1.0},
		{persist.Bool, "\x01", true},
		{persist.String, "x", "x"},
		{persist.Bytes, "x", []byte("x")},
		{persist.MarshalBinary, "x", []byte("x")},
		{persist.Time, string(appendTime(nil, time.Unix(1, 2))), time.Unix(1, 2).UTC()},
		{persist.Empty, "", struct{}{}},
		{persist.CBOR, "\xa1\x01\x82\x02\x41x", map[string]any{"1": []any{uint64(2), []byte("x")}}},
		{persist.CBOR, "\xa1\x41\xfe\x20", map[string]any{"fe": int64(-1)}},
		{persist.CBOR, "\x81\xa1\xa1\x01\x02\x03", "[{{1: 2}: 3}]"},
		{persist.CBOR, "\xa2\x01\x02\x61\x31\x03", `{1: 2, "1": 3}`},
		{persist.CBOR, "\xa1\xa1\x01\x02\x61\xff", []byte("\xa1\xa1\x01\x02\x61\xff")},
		{persist.CBOR, "\xf6", nil},
	} {
		got, err := Value(x.kind, []byte(x.b))
		require.NoError(t, err, "%s %x", x.kind, x.b)
		assert.Equal(t, x.want, got, "%s %x", x.kind, x.b)
	}
}

func TestNothingIsKept(t *testing.T) {
	same := func(kind persist.Kind, decode func(b []byte) (any, error), b string) {
		mutable := []byte(b)
		v, err := decode(mutable)
		require.NoError(t, err, kind)
		before := fmt.Sprintf("%#v", v)
		for i := range mutable {
			mutable[i] = 'Z'
		}
		assert.Equal(t, before, fmt.Sprintf("%#v", v), kind)
	}
	same("bytes", func(b []byte) (any, error) { return of[[]byte](t).Decode(b) }, "abc")
	same("string", func(b []byte) (any, error) { return of[string](t).Decode(b) }, "abc")
	same("cbor", func(b []byte) (any, error) { return of[[][]byte](t).Decode(b) }, "\x81\x43abc")
	same("cbor string", func(b []byte) (any, error) { return of[[]string](t).Decode(b) }, "\x81\x63abc")
	for _, kind := range []persist.Kind{persist.Bytes, persist.MarshalBinary, persist.String, "codec:x"} {
		same(kind, func(b []byte) (any, error) { return Value(kind, b) }, "abc")
	}
	same("any cbor", func(b []byte) (any, error) { return Value(persist.CBOR, b) }, "\x81\x43abc")
	same("bytes column", func(b []byte) (any, error) { return fromColumns(of[[]byte](t), b) }, "abc")
	same("string column", func(b []byte) (any, error) { return fromColumns(of[string](t), b) }, "abc")
	same("json column", func(b []byte) (any, error) { return fromColumns(of[[]string](t), b) }, `["abc"]`)
}

func TestAllocations(t *testing.T) {
	if testing.CoverMode() != "" {
		t.Skip("counters are in the way")
	}
	ints, texts := of[int64](t), of[string](t)
	key, value := make([]byte, 0, 100), make([]byte, 0, 100)
	zero := func(what string, f func()) {
		t.Helper()
		assert.Zero(t, testing.AllocsPerRun(100, f), what)
	}
	pointer := func(v any) unsafe.Pointer { return reflect.ValueOf(v).UnsafePointer() }
	n := [6]int64{1 << 40, 77, -123456}
	zero("int edge", func() {
		key, _ := AppendKey(key, ints.Codec, pointer(&n[0]), ints.Codec, pointer(&n[1]))
		value, _ := ints.Codec.Append(value, pointer(&n[2]))
		l, r, _ := SplitKey(ints.Kind, key)
		_ = ints.Codec.DecodeKey(l, pointer(&n[3]))
		_ = ints.Codec.DecodeKey(r, pointer(&n[4]))
		err := ints.Codec.Decode(value, pointer(&n[5]))
		if [3]int64(n[:3]) != [3]int64(n[3:]) || err != nil {
			t.Fatal(n, err)
		}
	})
	zeros, left, right := "left\x00\x00", "left", "right"
	zero("string edge out", func() {
		key, _ := AppendKey(key, texts.Codec, pointer(&zeros), texts.Codec, pointer(&right))
		_, _, _ = SplitKey(ints.Kind, key)
	})
	zero("string split", func() {
		key, _ := AppendKey(key, texts.Codec, pointer(&left), texts.Codec, pointer(&right))
		l, r, _ := SplitKey(texts.Kind, key)
		if string(l) != "left" || string(r) != "right" {
			t.Fatal(l, r)
		}
	})
	columns := []any{int64(1 << 40), int64(7), "name", []byte("0123456789abcdef"), 1.5, true, time.Unix(1, 2)}
	type fields struct {
		A int64
		B int8
		C string
		D [16]byte
		E float64
		F bool
		G time.Time
	}
	var v fields
	structs := of[fields](t)
	zero("columns in", func() {
		if err := structs.FromColumns(columns, &v); err != nil || v.A != 1<<40 {
			t.Fatal(v, err)
		}
	})
	zero("column in", func() {
		n[5] = 0
		if err := ints.FromColumns(columns[:1], &n[5]); err != nil || n[5] != 1<<40 {
			t.Fatal(n, err)
		}
	})
	out := make([]any, 0, 10)
	assert.Equal(t, 5.0, testing.AllocsPerRun(100, func() { out, _ = structs.AppendColumns(out[:0], &v) }), "a box for each but the small number and the bool")
	b := []byte("some text")
	assert.Equal(t, 1.0, testing.AllocsPerRun(100, func() { _ = texts.Codec.Decode(b, pointer(&left)) }), "the string itself")
}
