package codec

import (
	"bytes"
	"encoding/json"
	"math/big"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

type (
	point struct{ X, Y int }
	base  struct {
		ID   int
		Note string `cbor:"n"`
	}
	level string // by text
	tree  struct {
		Name string
		Kids []*tree
		Up   map[string]tree
	}
	nest []nest

	everything struct {
		base
		*Pointed
		I8     int8
		U64    uint64
		F32    float32
		F64    float64
		B      bool
		S      string
		Raw    []byte
		ID16   [16]byte
		Point  point
		Points []point
		Array  [3]point
		Ptr    *point
		PtrInt *int
		ByName map[string][]int
		ByID   map[[16]byte]string
		ByPt   map[point]bool
		Nested map[int]map[string]point
		At     time.Time
		Zero   time.Time
		AtPtr  *time.Time
		Big    big.Int
		BigPtr *big.Int
		Rat    big.Rat
		Level  level
		Kept   kept
		Levels map[level]kept
		URL    *url.URL
		Nil    []int
		None   []int
		Raws   cbor.RawMessage
		JSON   json.RawMessage
		_      int
		hidden int      `cbor:"-"` //lint:ignore U1000 it is there to be left out
		Chan   chan int `cbor:"-"`
		Tree   tree
	}
	Pointed struct{ P string }
)

func (l level) MarshalText() ([]byte, error) { return []byte("level " + l), nil }
func (l *level) UnmarshalText(b []byte) error {
	text, found := bytes.CutPrefix(b, []byte("level "))
	if !found {
		return assert.AnError
	}
	*l = level(text)
	return nil
}

func TestRoundTripCBOR(t *testing.T) {
	trips(t, persist.CBOR, point{}, point{1, -2})
	trips(t, persist.CBOR, [16]byte{}, [16]byte{1, 15: 255})
	trips(t, persist.CBOR, [3]int{1, 2, 3})
	trips(t, persist.CBOR, nil, []string{}, []string{"", "\xff not UTF-8"})
	trips(t, persist.CBOR, nil, map[string]int{}, map[string]int{"a": 1, "b": 2})
	trips(t, persist.CBOR, nil, new(int))
	trips(t, persist.CBOR, new("x"), nil)
	trips(t, persist.CBOR, [][]byte{nil, {}, {1}})
	trips(t, persist.CBOR, [2]time.Time{{}, time.Date(9999, 1, 2, 3, 4, 5, 6, time.UTC)})
	trips(t, persist.CBOR, *new(big.Int).Lsh(big.NewInt(-3), 100), *big.NewInt(-7))
	trips(t, persist.CBOR, nest{{}, {{}, {}}})

	seven, at := 7, time.Unix(1, 2).UTC()
	trips(t, persist.CBOR, everything{}.with(func(e *everything) { e.Raws, e.Rat = cbor.RawMessage{0xf6}, *big.NewRat(0, 1) }), everything{
		base: base{1, "n"}, Pointed: &Pointed{"p"}, I8: -128, U64: 1<<64 - 1, F32: 1.1, F64: 1.1, B: true, S: "\x00é", Raw: []byte{1}, ID16: [16]byte{3},
		Point: point{1, 2}, Points: []point{{1, 2}, {}}, Array: [3]point{2: {1, 2}}, Ptr: &point{}, PtrInt: &seven,
		ByName: map[string][]int{"": nil, "a": {}, "b": {1}}, ByID: map[[16]byte]string{{}: "", {1}: "x"}, ByPt: map[point]bool{{1, 2}: true, {}: false},
		Nested: map[int]map[string]point{-1: nil, 1: {"x": {1, 2}}}, At: at, AtPtr: &at, Big: *new(big.Int).Lsh(big.NewInt(1), 70), BigPtr: big.NewInt(5),
		Rat: *big.NewRat(1, 3), Level: "high", Kept: kept{"k"}, Levels: map[level]kept{"low": {"x"}}, URL: &url.URL{Scheme: "a", Host: "b"},
		None: []int{}, Raws: cbor.RawMessage{0x01}, JSON: json.RawMessage(`{}`), Tree: tree{"t", []*tree{{Name: "kid"}, nil}, map[string]tree{"u": {}}},
	})
}

func (e everything) with(f func(*everything)) everything { f(&e); return e }

func TestLargeCBOR(t *testing.T) {
	c := of[[]int8](t)
	b, err := c.Append(nil, make([]int8, 200_000))
	require.NoError(t, err)
	back, err := c.Decode(b)
	require.NoError(t, err)
	assert.Len(t, back, 200_000)

	m := map[int]bool{}
	for i := range 200_000 {
		m[i] = true
	}
	byInt := of[map[int]bool](t)
	b, err = byInt.Append(nil, m)
	require.NoError(t, err)
	all, err := byInt.Decode(b)
	require.NoError(t, err)
	assert.Len(t, all, 200_000)
}

func TestDeepCBOR(t *testing.T) {
	deep := func(levels int) (v nest) {
		for range levels {
			v = nest{v}
		}
		return v
	}
	c := of[nest](t)
	for _, levels := range []int{100, maxDepth - 1} {
		b, err := c.Append(nil, deep(levels))
		require.NoError(t, err)
		back, err := c.Decode(b)
		require.NoError(t, err)
		again, err := c.Append(nil, back)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(b, again))
		columns, err := toColumns(c, back)
		require.NoError(t, err)
		_, err = fromColumns(c, columns...)
		require.NoError(t, err)
	}
	inItself := nest{nil}
	inItself[0] = inItself
	for _, v := range []nest{deep(maxDepth), inItself} {
		_, err := c.Append(nil, v)
		require.ErrorIs(t, err, errDeep)
		_, err = toColumns(c, v)
		require.ErrorIs(t, err, errDeep)
	}
	loop := &tree{}
	loop.Kids = []*tree{loop}
	_, err := of[*tree](t).Append(nil, loop)
	require.ErrorIs(t, err, errDeep)
	byMap := tree{Up: map[string]tree{}}
	byMap.Up["x"] = byMap
	_, err = of[tree](t).Append(nil, byMap)
	require.ErrorIs(t, err, errDeep)

	// What hostile bytes make of it must not end the program.
	b := []byte(strings.Repeat("\x81", 65_535) + "\xf6")
	_, err = c.Decode(b)
	require.NoError(t, err)
	_, err = Value(persist.CBOR, b)
	require.NoError(t, err)
}

func TestYearOutOfRange(t *testing.T) {
	_, err := of[[1]time.Time](t).Append(nil, [1]time.Time{time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)})
	require.ErrorContains(t, err, "year")
}

func TestSchemaEvolution(t *testing.T) {
	type v1 struct {
		A int
		B string
		C struct{ D, E int }
	}
	type v2 struct {
		B string
		C struct{ E, F int }
		G []int
		X string `cbor:"a"` // no other case of A
	}
	old := v1{A: 1, B: "b"}
	old.C.D, old.C.E = 2, 3
	b, err := of[v1](t).Append(nil, old)
	require.NoError(t, err)
	got, err := of[v2](t).Decode(b)
	require.NoError(t, err)
	want := v2{B: "b"}
	want.C.E = 3
	assert.Equal(t, want, got)
	_, err = of[v2](t).DecodeKey(b)
	require.ErrorContains(t, err, "did codec.v2 change")

	_, err = of[struct{ A string }](t).Decode(b)
	require.Error(t, err, "another type")
	_, err = of[struct{ A int8 }](t).Decode([]byte("\xa1\x61A\x19\x01\x00"))
	require.Error(t, err, "out of range")
}

type (
	outOnly      struct{ X int }
	inOnlyString string
	inOnlyInt    int
	cborInOnly   struct{ X int }
	unexportedEm struct{ X int }
	stamped      struct {
		time.Time
		N int
	}
	stampedOwn struct {
		time.Time
		N int
	}
	stampOnly struct{ time.Time }
	twoBases  struct {
		base
		other
	}
	other struct{ ID int }
)

func (outOnly) MarshalText() ([]byte, error)        { return nil, nil }
func (*inOnlyString) UnmarshalText([]byte) error    { return nil }
func (*inOnlyInt) UnmarshalText([]byte) error       { return nil }
func (*cborInOnly) UnmarshalCBOR(b []byte) error    { return nil }
func (s stampedOwn) MarshalBinary() ([]byte, error) { return []byte{byte(s.N)}, nil }
func (s *stampedOwn) UnmarshalBinary(b []byte) error {
	s.N = int(b[0])
	return nil
}

func TestRefusalsCBOR(t *testing.T) {
	refuses := func(err error, want ...string) {
		t.Helper()
		for _, w := range want {
			require.ErrorContains(t, err, w)
		}
	}
	refuses(bytesErr[struct {
		A struct{ B []map[string]struct{ mu int } }
	}](t), ".A.B[][].mu is not exported", "`cbor:\"-\"`", "BinaryMarshaler", "Codec")
	refuses(bytesErr[struct{ C chan int }](t), ".C is of kind chan")
	refuses(bytesErr[map[string]func()](t), "[] is of kind func")
	refuses(bytesErr[[]complex128](t), "kind complex128")
	refuses(bytesErr[any](t), "interface {} is of kind interface")
	refuses(bytesErr[error](t), "interface")
	refuses(bytesErr[map[any]int](t), "[key] is of kind interface")
	refuses(bytesErr[map[*int]int](t), "is a map by *int")
	refuses(bytesErr[[1]uintptr](t), "uintptr")
	refuses(bytesErr[**int](t), "pointer to a pointer")
	refuses(bytesErr[struct{ *unexportedEm }](t), "embedded pointer that is not exported")
	refuses(bytesErr[struct {
		level2
		N int
	}](t), ".level2 is not exported")
	refuses(bytesErr[twoBases](t), ".other.ID has the name of codec.twoBases.base.ID")
	refuses(bytesErr[struct {
		A int `cbor:"x"`
		B int `json:"x"`
	}](t), ".B has the name of")
	refuses(bytesErr[stamped](t), "by an embedded field, which leaves its other fields out")
	refuses(bytesErr[[]stamped](t), "codec.stamped implements encoding.BinaryMarshaler or encoding.BinaryUnmarshaler by an embedded field")
	refuses(bytesErr[struct {
		time.Time
		netip.Addr
	}](t), "is embedded and not a struct of plain fields")
	refuses(bytesErr[struct{ A outOnly }](t), "implements encoding.TextMarshaler and not encoding.TextUnmarshaler")
	refuses(bytesErr[[]inOnlyString](t), "implements encoding.TextUnmarshaler and not encoding.TextMarshaler")
	refuses(bytesErr[cborInOnly](t), "implements cbor.Unmarshaler and not cbor.Marshaler")
	refuses(bytesErr[time.Location](t), "name is not exported")
	refuses(bytesErr[selfEmbedded](t), "is embedded in itself")

	assert.NoError(t, bytesErr[[]inOnlyInt](t))
	assert.NoError(t, bytesErr[inOnlyString](t))
	assert.NoError(t, bytesErr[struct{ unexportedEm }](t))
	assert.NoError(t, bytesErr[struct {
		N  int
		At time.Time
		time.Month
	}](t))
	trips(t, persist.MarshalBinary, stampOnly{time.Unix(1, 2).UTC()})
	trips(t, persist.CBOR, struct{ level }{"x"})
	trips(t, persist.MarshalBinary, stampedOwn{N: 3})
	trips(t, persist.CBOR, []stampedOwn{{N: 3}})
	type named struct {
		time.Time  `cbor:"at"`
		netip.Addr `cbor:"ip"`
	}
	trips(t, persist.CBOR, named{time.Unix(1, 2).UTC(), netip.MustParseAddr("::1")})
	type byNumber struct {
		_ struct{} `cbor:",toarray"`
		A int      `cbor:"1,keyasint"`
		B int      `cbor:"1"`
	}
	trips(t, persist.CBOR, byNumber{A: 1, B: 2})
}

type level2 int

type selfEmbedded struct {
	X             int
	*selfEmbedded //lint:ignore U1000 it is there to be refused
}

func bytesErr[V any](t *testing.T) error {
	c, err := ofType[V]()
	if err != nil {
		return err
	}
	err = c.Err(persist.Binary)
	if err != nil {
		var v V
		b, appendErr := c.Append([]byte("x"), v)
		assert.Equal(t, err, appendErr)
		assert.Equal(t, "x", string(b))
		_, decodeErr := c.Decode(nil)
		assert.Equal(t, err, decodeErr)
	}
	return err
}

// tiny's methods are so small that the compiler inlines them where they are promoted.
type tiny struct{ X int }

func (tiny) MarshalBinary() ([]byte, error)  { return nil, nil }
func (*tiny) UnmarshalBinary(b []byte) error { return nil }

type tinyOwn struct {
	tiny
	N int
}

func (tinyOwn) MarshalBinary() ([]byte, error)  { return nil, nil }
func (*tinyOwn) UnmarshalBinary(b []byte) error { return nil }

type tinyHalf struct {
	tiny
	N int
}

func (tinyHalf) MarshalBinary() ([]byte, error) { return nil, nil }

func TestPromoted(t *testing.T) {
	type far struct{ tiny }
	assert.ErrorContains(t, bytesErr[struct {
		tiny
		N int
	}](t), "by an embedded field")
	assert.ErrorContains(t, bytesErr[struct {
		*tiny
		N int
	}](t), "by an embedded field")
	assert.ErrorContains(t, bytesErr[struct {
		far
		N int
	}](t), "by an embedded field")
	assert.ErrorContains(t, bytesErr[tinyHalf](t), "by an embedded field")
	assert.NoError(t, bytesErr[tinyOwn](t))
	assert.NoError(t, bytesErr[far](t))
}

func TestRefusesBoth(t *testing.T) {
	_, err := ofType[struct{ C chan int }]()
	require.ErrorContains(t, err, "values of type struct { C chan int } cannot be stored: not as bytes, since struct { C chan int }.C is of kind chan")
	require.ErrorContains(t, err, "and not as columns, since")
}
