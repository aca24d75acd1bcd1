package codec

import (
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// columnsOfType returns the codec of a type that can be stored as columns.
func columnsOfType[V any](t testing.TB) *typedCodec[V] {
	t.Helper()
	c, err := ofType[V]()
	require.NoError(t, err)
	require.NoError(t, c.Err(persist.Columns))
	return c
}

// toColumns returns the columns of a value.
func toColumns[V any](c *typedCodec[V], v V) ([]any, error) { return c.AppendColumns(nil, &v) }

// fromColumns returns the value of columns.
func fromColumns[V any](c *typedCodec[V], columns ...any) (v V, err error) {
	err = c.FromColumns(columns, &v)
	return v, err
}

// storesAs checks the columns of a value, and that it comes back from them.
func storesAs[V any](t *testing.T, v V, columns []persist.Column, want ...any) {
	t.Helper()
	c := columnsOfType[V](t)
	assert.Equal(t, columns, c.Columns("v"))
	got, err := c.AppendColumns([]any{"before"}, &v)
	require.NoError(t, err)
	require.Equal(t, append([]any{"before"}, want...), got)
	for _, x := range got {
		assert.True(t, driver.IsValue(x), "%T", x)
	}
	back, err := fromColumns(c, got[1:]...)
	require.NoError(t, err)
	assert.Equal(t, v, back)
	_, err = fromColumns(c, got...)
	require.Error(t, err, "one too many")
}

func one(kind persist.Kind) []persist.Column { return []persist.Column{{Name: "v", Kind: kind}} }

func orNull(kind persist.Kind) []persist.Column {
	return []persist.Column{{Name: "v", Kind: kind, Nullable: true}}
}

func TestScalarColumns(t *testing.T) {
	storesAs(t, -5, one(persist.Int64), int64(-5))
	storesAs(t, namedInt16(-5), one(persist.Int16), int64(-5))
	storesAs(t, namedUint(5), one(persist.Uint64), int64(5))
	storesAs(t, uint64(math.MaxInt64), one(persist.Uint64), int64(math.MaxInt64))
	storesAs(t, float32(1.5), one(persist.Float32), 1.5)
	storesAs(t, namedFloat(1.5), one(persist.Float32), 1.5)
	storesAs(t, math.Inf(1), one(persist.Float64), math.Inf(1))
	storesAs(t, namedBool(true), one(persist.Bool), true)
	storesAs(t, namedString("x"), one(persist.String), "x")
	storesAs(t, namedBytes("x"), one(persist.Bytes), []byte("x"))
	storesAs(t, []byte(nil), one(persist.Bytes), []byte{})
	storesAs(t, time.Unix(1, 2).UTC(), one(persist.Time), time.Unix(1, 2).UTC())
	storesAs(t, nothing{}, []persist.Column{})
	storesAs(t, sql.NullString{String: "x", Valid: true}, orNull(persist.Driver), "x")
	storesAs(t, sql.NullString{}, orNull(persist.Driver), nil)
	storesAs(t, sql.Null[int64]{V: 4, Valid: true}, orNull(persist.Driver), int64(4))
	storesAs(t, netip.MustParseAddr("192.0.2.1"), one(persist.String), "192.0.2.1")
	storesAs(t, *big.NewRat(1, 3), one(persist.String), "1/3")
	storesAs(t, url.URL{Scheme: "a", Host: "b"}, one(persist.Bytes), []byte("a://b"))
	storesAs(t, kept{"x"}, one(persist.Bytes), []byte("kx"))
	storesAs(t, binaryInt(3), one(persist.Int64), int64(3))
	storesAs(t, []string{"a<b", "\ufffd", `\ufffd`}, one(persist.JSON), "[\"a<b\",\"\ufffd\",\"\\\\ufffd\"]")
	storesAs(t, map[string]int(nil), one(persist.JSON), "null")
	storesAs(t, map[netip.Addr]int{netip.MustParseAddr("::1"): 2}, one(persist.JSON), `{"::1":2}`)
	storesAs(t, [2]int{1, 2}, one(persist.JSON), `[1,2]`)
	storesAs(t, json.RawMessage(`{"a":1}`), one(persist.JSON), `{"a":1}`)
	storesAs(t, new(7), orNull(persist.Int64), int64(7))
	storesAs(t, (*int)(nil), orNull(persist.Int64), nil)
	storesAs(t, (*time.Time)(nil), orNull(persist.Time), nil)
	storesAs(t, &sql.NullInt64{Int64: 1, Valid: true}, orNull(persist.Driver), int64(1))
	storesAs(t, &point{1, 2}, one(persist.JSON), `{"X":1,"Y":2}`)

	now := time.Now()
	columns, err := toColumns(columnsOfType[time.Time](t), now)
	require.NoError(t, err)
	assert.Equal(t, now.Round(0).UTC(), columns[0])
	columns, err = toColumns(columnsOfType[float64](t), math.Copysign(0, -1))
	require.NoError(t, err)
	assert.False(t, math.Signbit(columns[0].(float64)))
}

type (
	Audit struct {
		CreatedAt time.Time
		by
	}
	by  struct{ UserID uint32 }
	row struct {
		Audit
		time.Month
		Renamed    string `db:"Name,pk"`
		HTTPServer bool
		Skipped    int `db:"-"`
		hidden     int `db:"-"` //lint:ignore U1000 it is there to be left out
		_          int
		Empty      nothing
		Maybe      *float64
		Text       sql.NullString
		Addr       netip.Addr
		List       []int
		Point      point
		PointPtr   *point
		Raw        json.RawMessage
		Data       []byte
		X1         int8
	}
)

func TestStructColumns(t *testing.T) {
	want := []persist.Column{
		{Name: "created_at", Kind: persist.Time},
		{Name: "user_id", Kind: persist.Uint32},
		{Name: "month", Kind: persist.Int64},
		{Name: "Name", Kind: persist.String},
		{Name: "http_server", Kind: persist.Bool},
		{Name: "maybe", Kind: persist.Float64, Nullable: true},
		{Name: "text", Kind: persist.Driver, Nullable: true},
		{Name: "addr", Kind: persist.String},
		{Name: "list", Kind: persist.JSON},
		{Name: "point", Kind: persist.JSON},
		{Name: "point_ptr", Kind: persist.JSON},
		{Name: "raw", Kind: persist.JSON},
		{Name: "data", Kind: persist.Bytes},
		{Name: "x1", Kind: persist.Int8},
	}
	at := time.Unix(1, 2).UTC()
	storesAs(t, row{
		Audit: Audit{at, by{7}}, Month: 3, Renamed: "x", HTTPServer: true, Maybe: new(2.5), Text: sql.NullString{String: "t", Valid: true},
		Addr: netip.MustParseAddr("::1"), List: []int{1}, Point: point{1, 2}, PointPtr: &point{}, Raw: json.RawMessage(`[]`), Data: []byte{1}, X1: -1,
	}, want, at, int64(7), int64(3), "x", true, 2.5, "t", "::1", "[1]", `{"X":1,"Y":2}`, `{"X":0,"Y":0}`, "[]", []byte{1}, int64(-1))

	storesAs(t, stamped{time.Unix(1, 2).UTC(), 3}, []persist.Column{{Name: "time", Kind: persist.Time}, {Name: "n", Kind: persist.Int64}}, at, int64(3))
	storesAs(t, struct{ _ int }{}, []persist.Column{})

	c := columnsOfType[row](t)
	columns, err := toColumns(c, row{})
	require.NoError(t, err)
	columns[8], columns[13] = nil, int64(128)
	_, err = fromColumns(c, columns...)
	require.EqualError(t, err, `column "x1": 128 does not fit int8`)
	columns[13] = nil
	_, err = fromColumns(c, columns...)
	require.EqualError(t, err, `column "x1": NULL in a column that is not nullable`)
}

type (
	hash    [4]byte
	uuid    [16]byte
	tagged  [16]byte
	flags   [3]namedByte
	Tracked struct {
		ID        uuid                `db:"track_id"`
		UpdatedAt sql.Null[time.Time] `db:"updated"`
	}
	nullables struct {
		Tracked
		Parent *uuid
		Score  sql.Null[int]
		Note   sql.NullString
		Count  *uint16
		At     *time.Time
		Name   *string
		Photo  *[]byte
	}
)

func (u tagged) MarshalText() ([]byte, error)  { return []byte("t" + string(u[:1])), nil }
func (u *tagged) UnmarshalText(b []byte) error { return copyAll(u[:1], b[1:]) }

func copyAll(to, from []byte) error { copy(to, from); return nil }

func TestArrayColumns(t *testing.T) {
	sixteen := []byte("0123456789abcdef")
	storesAs(t, uuid(sixteen), one(persist.UUID), sixteen)
	storesAs(t, [16]byte{}, one(persist.UUID), make([]byte, 16))
	storesAs(t, hash{1, 0, 3}, one(persist.Bytes), []byte{1, 0, 3, 0})
	storesAs(t, flags{1, 2, 3}, one(persist.Bytes), []byte{1, 2, 3})
	storesAs(t, [32]byte{7}, one(persist.Bytes), append([]byte{7}, make([]byte, 31)...))
	storesAs(t, [0]byte{}, one(persist.Bytes), []byte{})
	storesAs(t, tagged{'x'}, one(persist.String), "tx")
	storesAs(t, [16]int8{}, one(persist.JSON), "[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]")
	parent := uuid(sixteen)
	storesAs(t, &parent, orNull(persist.UUID), sixteen)
	storesAs(t, (*uuid)(nil), orNull(persist.UUID), nil)

	id := uuid{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10}
	gives(t, id, id[:], string(id[:]), "01234567-89ab-cdef-fedc-ba9876543210", []byte("01234567-89AB-CDEF-FEDC-BA9876543210"), "0123456789abcdeffedcba9876543210", []byte("0123456789ABCDEFfedcba9876543210"))
	gives(t, uuid(sixteen), "0123456789abcdef", []byte("0123456789abcdef")) // 16 bytes are the bytes
	gives(t, hash{1, 2, 3, 4}, []byte{1, 2, 3, 4}, "\x01\x02\x03\x04")
	gives(t, [32]byte([]byte("0123456789abcdeffedcba9876543210")), "0123456789abcdeffedcba9876543210")
	refusesColumn[uuid](t, nil, int64(1), "", []byte{}, "0123", "01234567-89ab-cdef-fedc-ba987654321", "0123456789abcdeffedcba987654321g", "g123456789abcdeffedcba9876543210",
		"012345678-9ab-cdef-fedc-ba9876543210", "{01234567-89ab-cdef-fedc-ba9876543210}", "01234567-89ab-cdef-fedc-ba9876543-10", "------------------------------------", make([]byte, 15), make([]byte, 17))
	refusesColumn[hash](t, nil, "", []byte{1, 2, 3}, []byte{1, 2, 3, 4, 5}, "01020304", int64(1))
	_, err := fromColumns(of[hash](t), []byte{1})
	require.EqualError(t, err, "1 bytes, not 4")
	require.Equal(t, persist.CBOR, of[uuid](t).Kind, "the bytes are what they were")
}

func TestNullableColumns(t *testing.T) {
	want := []persist.Column{
		{Name: "track_id", Kind: persist.UUID},
		{Name: "updated", Kind: persist.Driver, Nullable: true},
		{Name: "parent", Kind: persist.UUID, Nullable: true},
		{Name: "score", Kind: persist.Driver, Nullable: true},
		{Name: "note", Kind: persist.Driver, Nullable: true},
		{Name: "count", Kind: persist.Uint16, Nullable: true},
		{Name: "at", Kind: persist.Time, Nullable: true},
		{Name: "name", Kind: persist.String, Nullable: true},
		{Name: "photo", Kind: persist.Bytes, Nullable: true},
	}
	storesAs(t, nullables{}, want, make([]byte, 16), nil, nil, nil, nil, nil, nil, nil, nil)
	at, id := time.Unix(1, 2).UTC(), uuid{1}
	storesAs(t, nullables{
		Tracked{id, sql.Null[time.Time]{V: at, Valid: true}}, &id, sql.Null[int]{V: 5, Valid: true}, sql.NullString{String: "", Valid: true},
		new(uint16(7)), &at, new(""), new([]byte{1}),
	}, want, id[:], at, id[:], int64(5), "", int64(7), at, "", []byte{1})
}

// TestFromColumnsOverAnother leaves nothing of the value that was there.
func TestFromColumnsOverAnother(t *testing.T) {
	type fields struct {
		Count   *int
		Words   map[string]int
		Skipped int `db:"-"`
	}
	c := columnsOfType[fields](t)
	v := fields{new(1), map[string]int{"old": 1}, 7}
	old := v.Words
	require.NoError(t, c.FromColumns([]any{nil, `{"new":2}`}, &v))
	require.Equal(t, fields{Words: map[string]int{"new": 2}}, v)
	require.Equal(t, map[string]int{"old": 1}, old)
	require.Error(t, c.FromColumns([]any{int64(1), "["}, &v))
	require.Zero(t, v)
	v.Skipped = 1
	require.Error(t, c.FromColumns(nil, &v))
	require.Zero(t, v)
}

func TestSnake(t *testing.T) {
	for name, want := range map[string]string{"A": "a", "ID": "id", "UserID": "user_id", "HTTPServer": "http_server", "X1": "x1", "ÄrgerÜber": "ärger_über", "A_B": "a_b", "aB": "a_b", "SHA256Sum": "sha256_sum"} {
		assert.Equal(t, want, snake(name))
	}
}

func TestWhatDriversGive(t *testing.T) {
	gives(t, int64(-7), int64(-7), int32(-7), -7.0, float32(-7), "-7", []byte("-7"))
	gives(t, int8(7), int64(7), uint64(7))
	gives(t, uint64(7), int64(7), uint64(7), 7.0, "7", []byte("7"))
	gives(t, uint64(math.MaxUint64), uint64(math.MaxUint64), "18446744073709551615", []byte("18446744073709551615"))
	gives(t, 7.0, int64(7), 7.0, float32(7), "7", []byte("7.0"), "7e0")
	gives(t, float32(0.1), float64(float32(0.1)), "0.1", float32(0.1))
	gives(t, true, true, int64(1), "1", []byte("t"), "true", []byte{1}, []byte("TRUE"))
	gives(t, false, false, int64(0), "0", "f", []byte("false"), []byte{0})
	gives(t, "x", "x", []byte("x"))
	gives(t, []byte("x"), "x", []byte("x"))
	gives(t, []byte(nil), "", []byte{}, []byte(nil))
	gives(t, []int{1}, "[1]", []byte(" [1] "))
	gives(t, []int(nil), nil, "null")
	at := time.Date(2001, 2, 3, 4, 5, 6, 7_000_000, time.UTC)
	gives(t, at, at, at.In(time.FixedZone("", 3600)), "2001-02-03T04:05:06.007Z", []byte("2001-02-03T05:05:06.007+01:00"), "2001-02-03 04:05:06.007", "2001-02-03 04:05:06.007000000Z",
		"2001-02-03 06:05:06.007+02:00", "2001-02-03 06:05:06.007+02", "2001-02-03T04:05:06.007", at.String(), at.In(time.FixedZone("CET", 3600)).String())
	gives(t, at.Truncate(24*time.Hour), "2001-02-03")
	gives(t, new(7), int64(7), "7")
	gives(t, (*int)(nil), nil)
	gives(t, sql.NullInt64{Int64: 7, Valid: true}, int64(7), "7", []byte("7"))
	gives(t, sql.NullInt64{}, nil)
	gives(t, netip.MustParseAddr("::1"), "::1", []byte("::1"))

	refusesColumn[int64](t, nil, "", "x", "1.5", 1.5, 1e18, math.NaN(), math.Inf(1), uint64(1<<63), true, []byte(nil), "9223372036854775808", time.Now())
	refusesColumn[int8](t, int64(128), int64(-129), "128")
	refusesColumn[uint8](t, int64(256), int64(-1), "-1", nil, -1.0)
	refusesColumn[uint64](t, int64(-1), "-1", "18446744073709551616", 1.5)
	refusesColumn[float64](t, nil, "x", true)
	refusesColumn[float32](t, 1e300, "1e300")
	refusesColumn[bool](t, nil, int64(2), "2", "x", "", 0.5)
	refusesColumn[string](t, nil, int64(1), time.Now())
	refusesColumn[[]byte](t, nil, int64(1))
	refusesColumn[time.Time](t, nil, int64(1), "", "yesterday", "2001-02-30")
	refusesColumn[[]int](t, int64(1), "", "[1", "[1]x", `["a"]`)
	refusesColumn[*int8](t, int64(128), "x")
	refusesColumn[netip.Addr](t, nil, "x")
	refusesColumn[kept](t, nil, "x")
	refusesColumn[sql.NullInt64](t, "x")
}

func gives[V any](t *testing.T, want V, columns ...any) {
	t.Helper()
	c := columnsOfType[V](t)
	for _, x := range columns {
		got, err := fromColumns(c, x)
		require.NoError(t, err, "%T %v", x, x)
		assert.Equal(t, want, got, "%T %v", x, x)
	}
}

func refusesColumn[V any](t *testing.T, columns ...any) {
	t.Helper()
	c := columnsOfType[V](t)
	for _, x := range columns {
		v, err := fromColumns(c, x)
		var none V
		assert.Error(t, err, "%T %v", x, x)
		assert.Equal(t, none, v)
	}
}

type badValuer struct{ X int }

func (badValuer) Value() (driver.Value, error) { return 7, nil }
func (*badValuer) Scan(any) error              { return nil }

func TestColumnsThatCannotBe(t *testing.T) {
	cannot := func(_ []any, err error) string { require.Error(t, err); return err.Error() }
	assert.Contains(t, cannot(toColumns(of[uint64](t), 1<<63)), "9223372036854775808 is more than an integer column holds (9223372036854775807)")
	assert.Contains(t, cannot(toColumns(of[float64](t), math.NaN())), "NaN")
	assert.Contains(t, cannot(toColumns(of[[]string](t), []string{"\xff"})), "not UTF-8")
	assert.Contains(t, cannot(toColumns(of[[]string](t), []string{`\\`, "\\\xff"})), "not UTF-8")
	assert.Contains(t, cannot(toColumns(of[[]float64](t), []float64{math.NaN()})), "NaN")
	assert.Contains(t, cannot(toColumns(of[badValuer](t), badValuer{})), "returned a int, which no driver takes")
	columns, err := of[struct{ A, B uint64 }](t).AppendColumns([]any{"before"}, &struct{ A, B uint64 }{1, 1 << 63})
	require.ErrorContains(t, err, `column "b"`)
	assert.Equal(t, []any{"before"}, columns)
}

func columnsErr[V any](t *testing.T) error {
	c, err := ofType[V]()
	if err != nil {
		return err
	}
	err = c.Err(persist.Columns)
	if err != nil {
		var v V
		columns, appendErr := c.AppendColumns([]any{"x"}, &v)
		assert.Equal(t, err, appendErr)
		assert.Equal(t, []any{"x"}, columns)
		_, fromErr := fromColumns(c)
		assert.Equal(t, err, fromErr)
		assert.Empty(t, c.Columns("v"))
	}
	return err
}

func TestRefusalsColumns(t *testing.T) {
	refuses := func(err error, want ...string) {
		t.Helper()
		for _, w := range want {
			require.ErrorContains(t, err, w)
		}
	}
	refuses(columnsErr[struct {
		A int
		x int `cbor:"-"`
	}](t), ".x is not exported", "`db:\"-\"`")
	refuses(columnsErr[struct{ C chan int }](t), ".C is of kind chan")
	refuses(columnsErr[struct {
		ID  int
		Id2 int `db:"id"`
	}](t), ".Id2 has the column name of", ".ID")
	refuses(columnsErr[struct {
		A int `db:"x"`
		B int `db:"X"`
	}](t), "has the column name of")
	refuses(columnsErr[struct{ *Pointed }](t), "embedded pointer")
	refuses(columnsErr[map[point]int](t), "is a map by codec.point")
	refuses(columnsErr[map[bool]int](t), "is a map by bool")
	refuses(columnsErr[struct{ M []struct{ x int } }](t), ".M[].x is not exported", "`json:\"-\"`")
	refuses(columnsErr[[]struct{ X any }](t), "interface")
	refuses(columnsErr[[]stamped](t), "json.Marshaler or json.Unmarshaler by an embedded field")
	assert.NoError(t, columnsErr[struct {
		*Pointed `db:"p"`
		C        chan int `db:"-" cbor:"-"`
	}](t))

	// One form does not keep the other from working.
	c := columnsOfType[onlyColumns](t)
	require.ErrorContains(t, c.Err(persist.Binary), "x is not exported")
	columns, err := toColumns(c, onlyColumns{7})
	require.NoError(t, err)
	assert.Equal(t, []any{int64(7)}, columns)
	trips(t, persist.CBOR, map[point]int{{1, 2}: 3})
}

type onlyColumns struct{ x int64 }

func (o onlyColumns) Value() (driver.Value, error) { return o.x, nil }
func (o *onlyColumns) Scan(x any) error            { o.x = x.(int64); return nil }

type (
	deep1 struct{ deep2 }
	deep2 struct{ deep3 }
	deep3 struct{ deep4 }
	deep4 struct{ A, B, C int }

	ownJSON struct{ X int }
)

func (o ownJSON) MarshalJSON() ([]byte, error) { return json.Marshal(-o.X) }
func (o *ownJSON) UnmarshalJSON(b []byte) error {
	err := json.Unmarshal(b, &o.X)
	o.X = -o.X
	return err
}

func TestColumnsOfStructsInStructs(t *testing.T) {
	storesAs(t, deep1{deep2{deep3{deep4{1, 2, 3}}}}, []persist.Column{{Name: "a", Kind: persist.Int64}, {Name: "b", Kind: persist.Int64}, {Name: "c", Kind: persist.Int64}},
		int64(1), int64(2), int64(3))
	storesAs(t, ownJSON{7}, one(persist.JSON), "-7")
}
