package transfer_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/transfer"
)

// text holds everything that is hard to write.
var text = []string{"", "a", `"`, `""`, "a,b", "line\nfeed", "\r", "\n", "é\u2028<&>", "\x00", " ", "=1", "null", "\ufffd", `\ufffd`, `\`, "\ufeff", strings.Repeat("long ", 20_000)}

type key string

type grant struct {
	Role    string `json:"role"`
	Since   time.Time
	Level   int8
	Weight  float64 `json:",omitempty"`
	OK      bool
	Tags    []string       `json:"tags"`
	More    map[string]int `json:"more"`
	Pointer *int
	//lint:ignore U1000 it is not written
	hidden int
}

// formats are the two formats, for any types.
func requireRoundTrip[A, B, T any](t *testing.T, m *junction.ManyToMany[A, B, T], empty func() *junction.ManyToMany[A, B, T]) {
	t.Helper()
	for name, f := range map[string]struct {
		write func(io.Writer, *junction.ManyToMany[A, B, T]) error
		read  func(io.Reader, *junction.ManyToMany[A, B, T], *transfer.Options) (junction.Counts, error)
	}{
		"JSON": {transfer.WriteJSON[A, B, T], transfer.ReadJSON[A, B, T]},
		"CSV":  {transfer.WriteCSV[A, B, T], transfer.ReadCSV[A, B, T]},
	} {
		var written bytes.Buffer
		require.NoError(t, f.write(&written, m), name)
		for _, o := range []*transfer.Options{nil, {Chunk: 1}, {Chunk: 7}, {Chunk: 1 << 30}} {
			back := empty()
			c, err := f.read(bytes.NewReader(written.Bytes()), back, o)
			require.NoError(t, err, name)
			require.Equal(t, junction.Counts{Added: m.Len()}, c, name)
			var again bytes.Buffer
			require.NoError(t, f.write(&again, back))
			require.Equal(t, written.String(), again.String(), name)
			require.Equal(t, slices.Collect(m.Edges()), slices.Collect(back.Edges()), name)
		}
		back := empty()
		_, err := f.read(iotest.OneByteReader(bytes.NewReader(written.Bytes())), back, nil)
		require.NoError(t, err, name)
		require.Equal(t, m.Len(), back.Len(), name)
	}
}

func TestRoundTrip(t *testing.T) {
	t.Run("text", func(t *testing.T) {
		empty := junction.New[key, string, struct{}]
		m := empty()
		requireRoundTrip(t, m, empty)
		for _, s := range text {
			_, err := m.Left(key(s)).Link(text...)
			require.NoError(t, err)
		}
		requireRoundTrip(t, m, empty)
	})
	t.Run("numbers", func(t *testing.T) {
		empty := junction.New[uint64, int8, float64]
		m := empty()
		for i, f := range []float64{0, 0.1, -1e300, math.MaxFloat64, math.SmallestNonzeroFloat64, 1 << 53} {
			_, err := m.Add(math.MaxUint64-uint64(i), math.MinInt8+int8(i), f)
			require.NoError(t, err)
		}
		requireRoundTrip(t, m, empty)
	})
	t.Run("structs", func(t *testing.T) {
		empty := func() *junction.ManyToMany[key, float32, grant] { return junction.New[key, float32, grant]() }
		m := empty()
		one := 1
		at := time.Date(2026, 3, 1, 12, 0, 0, 1, time.UTC)
		for i, g := range []grant{{}, {Role: "x,\"y\"", Since: at, Level: -1, Weight: 0.1, OK: true, Tags: []string{"a", ""}, More: map[string]int{"": 1}, Pointer: &one}} {
			_, err := m.Add("k", float32(i)/3, g)
			require.NoError(t, err)
		}
		requireRoundTrip(t, m, empty)
	})
	t.Run("undirected", func(t *testing.T) {
		empty := junction.NewUndirected[key, []byte]
		m := empty()
		for _, pair := range [][2]key{{"b", "a"}, {"a", "a"}, {"c", "b"}} {
			_, err := m.Add(pair[0], pair[1], []byte{0, 255})
			require.NoError(t, err)
		}
		requireRoundTrip(t, m, empty)
	})
	t.Run("keys with a text form", func(t *testing.T) {
		empty := func() *junction.ManyToMany[time.Time, bool, any] {
			return junction.NewFunc[time.Time, bool, any](time.Time.Compare, func(x, y bool) int {
				switch {
				case x == y:
					return 0
				case y:
					return -1
				}
				return 1
			})
		}
		m := empty()
		for i, v := range []any{nil, "x", 1.5, []any{"y", nil}} {
			_, err := m.Add(time.Date(2026, 1, 1+i, 0, 0, 0, 1, time.UTC), i%2 == 0, v)
			require.NoError(t, err)
		}
		requireRoundTrip(t, m, empty)
	})
}

// TestRefused: what would not read back the same is not written.
func TestRefused(t *testing.T) {
	holding := func(k, v string) *junction.ManyToMany[key, string, string] {
		m := junction.New[key, string, string]()
		_, err := m.Add(key(k), "x", v)
		require.NoError(t, err)
		return m
	}
	require.ErrorIs(t, transfer.WriteJSON(io.Discard, holding("\xff", "")), transfer.ErrValue)
	require.ErrorIs(t, transfer.WriteJSON(io.Discard, holding("", "a\xffb")), transfer.ErrValue)
	require.ErrorIs(t, transfer.WriteCSV(io.Discard, holding("a\r\nb", "")), transfer.ErrValue)
	require.NoError(t, transfer.WriteCSV(io.Discard, holding("\xff", "a\rb")))
	floats := junction.New[key, key, float64]()
	_, err := floats.Add("a", "b", math.NaN())
	require.NoError(t, err)
	require.ErrorIs(t, transfer.WriteJSON(io.Discard, floats), transfer.ErrValue)
	var out bytes.Buffer
	require.NoError(t, transfer.WriteCSV(&out, floats))
	back := junction.New[key, key, float64]()
	_, err = transfer.ReadCSV(&out, back, nil)
	require.NoError(t, err)
	f, _ := back.Get("a", "b")
	require.True(t, math.IsNaN(f))
	functions := junction.New[key, key, func()]()
	_, err = functions.Add("a", "b", func() {})
	require.NoError(t, err)
	require.ErrorIs(t, transfer.WriteJSON(io.Discard, functions), transfer.ErrValue)
	require.ErrorIs(t, transfer.WriteCSV(io.Discard, functions), transfer.ErrValue)
	twice := junction.New[key, key, struct{ Left, left, Right int }]()
	require.NoError(t, transfer.WriteCSV(io.Discard, twice))
	clash := junction.New[key, key, struct {
		X int `json:"left"`
	}]()
	require.ErrorContains(t, transfer.WriteCSV(io.Discard, clash), "one name")
	full := errors.New("no space left")
	require.ErrorIs(t, transfer.WriteJSON(iotestWriter{full}, holding("a", "b")), full)
	require.ErrorIs(t, transfer.WriteCSV(iotestWriter{full}, holding("a", "b")), full)
}

type iotestWriter struct{ err error }

func (w iotestWriter) Write([]byte) (int, error) { return 0, w.err }

// TestEscapes holds that characters may be written as escapes of both halves, and backslashes too.
func TestEscapes(t *testing.T) {
	m := junction.New[string, int, int]()
	_, err := transfer.ReadJSON(strings.NewReader(`{"left":"\ud83d\ude00\\ud800","right":1,"through":1}`), m, nil)
	require.NoError(t, err)
	require.True(t, m.Has("\U0001f600\\ud800", 1))
}

// TestMalformed: the error names the line, and nothing is changed, unless in chunks before it.
func TestMalformed(t *testing.T) {
	type value struct {
		Role string `json:"role"`
		N    int    `json:"n"`
	}
	good := `{"left":"a","right":1,"through":{"role":"x","n":1}}` + "\n\n"
	for name, bad := range map[string]string{
		"cut":                 `{"left":"a","right":1,"thro`,
		"no JSON":             `left,right`,
		"not UTF-8":           "{\"left\":\"\xff\",\"right\":1}",
		"half a character":    `{"left":"\ud800","right":1}`,
		"the other half":      `{"left":"x\\\udc00\ud83d\ude00","right":1}`,
		"another value":       `[1]`,
		"more behind":         `{"left":"a","right":1}}`,
		"two on a line":       `{"left":"a","right":1}{"left":"a","right":2}`,
		"no left":             `{"right":1}`,
		"null":                `{"left":null,"right":1}`,
		"wrong type":          `{"left":"a","right":"1"}`,
		"out of range":        `{"left":"a","right":128}`,
		"fraction":            `{"left":"a","right":1.5}`,
		"unknown member":      `{"left":"a","right":1,"thruogh":{}}`,
		"unknown field":       `{"left":"a","right":1,"through":{"rol":"x"}}`,
		"value of wrong type": `{"left":"a","right":1,"through":7}`,
		"of a graph":          `{"relation":"m","left":"a","right":1}`,
	} {
		m := junction.New[key, int8, value]()
		c, err := transfer.ReadJSON(strings.NewReader(good+bad+"\n"+good), m, nil)
		require.ErrorIs(t, err, transfer.ErrFormat, name)
		require.ErrorContains(t, err, "line 3", name)
		require.Zero(t, c, name)
		require.Zero(t, m.Len(), name)
		c, err = transfer.ReadJSON(strings.NewReader(good+bad), m, &transfer.Options{Chunk: 1})
		require.ErrorIs(t, err, transfer.ErrFormat, name)
		require.Equal(t, junction.Counts{Added: 1}, c, name)
		require.Equal(t, 1, m.Len(), name)
	}
	head := "left,right,role,n\na,1,x,1\n"
	for name, bad := range map[string]string{
		"too few":        "a,1,x",
		"too many":       "a,1,x,1,1",
		"wrong type":     "a,b,x,1",
		"out of range":   "a,128,x,1",
		"empty number":   "a,,x,1",
		"a quote":        `a,1,"x`,
		"a quote inside": `a,1,x"y,1`,
	} {
		m := junction.New[key, int8, value]()
		c, err := transfer.ReadCSV(strings.NewReader(head+bad), m, nil)
		require.ErrorIs(t, err, transfer.ErrFormat, name)
		require.ErrorContains(t, err, "line 3", name)
		require.Zero(t, c, name)
		require.Zero(t, m.Len(), name)
	}
	for name, head := range map[string]string{
		"empty": "", "unknown": "left,right,rule\n", "twice": "left,right,role,role\n", "no left": "right,role\n", "no right": "left\n", "another": "a,1,x,1\n",
	} {
		m := junction.New[key, int8, value]()
		_, err := transfer.ReadCSV(strings.NewReader(head), m, nil)
		require.ErrorIs(t, err, transfer.ErrFormat, name)
		require.ErrorContains(t, err, "line 1", name)
	}
	m := junction.New[key, int8, value]()
	_, err := transfer.ReadCSV(strings.NewReader("\ufeffn,right,left\n1,2,a\n"), m, nil)
	require.NoError(t, err)
	v, ok := m.Get("a", 2)
	require.Equal(t, value{N: 1}, v)
	require.True(t, ok)
	broken := errors.New("broken")
	for _, read := range []func(io.Reader, *junction.ManyToMany[key, int8, value], *transfer.Options) (junction.Counts, error){
		transfer.ReadJSON[key, int8, value], transfer.ReadCSV[key, int8, value],
	} {
		_, err := read(io.MultiReader(strings.NewReader("\n"), iotest.ErrReader(broken)), m, nil)
		require.ErrorIs(t, err, broken)
		require.NotErrorIs(t, err, transfer.ErrFormat)
	}
}

func TestGraph(t *testing.T) {
	type graph struct {
		g       *junction.Graph
		members *junction.ManyToMany[key, int, grant]
		friends *junction.ManyToMany[key, key, struct{}]
	}
	open := func() (g graph) {
		g.g = junction.NewGraph(nil)
		g.members = junction.Relate[key, int, grant](g.g, "members")
		g.friends = junction.RelateUndirected[key, struct{}](g.g, "friends")
		return g
	}
	parts := func(g graph) []transfer.Relation {
		return []transfer.Relation{transfer.Of(g.members), transfer.Of(g.friends)}
	}
	from := open()
	_, err := from.members.Add("a", 1, grant{Role: "x"})
	require.NoError(t, err)
	_, err = from.friends.Add("b", "a", struct{}{})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, transfer.WriteGraph(&out, parts(from)...))

	to := open()
	c, err := transfer.ReadGraph(t.Context(), bytes.NewReader(out.Bytes()), parts(to)...)
	require.NoError(t, err)
	require.Equal(t, junction.Counts{Added: 2}, c)
	require.EqualValues(t, 1, to.g.Revision(), "one commit")
	require.Equal(t, slices.Collect(from.members.Edges()), slices.Collect(to.members.Edges()))
	require.True(t, to.friends.Has("a", "b"))

	for name, bad := range map[string]string{
		"unknown relation": `{"relation":"x","left":"a","right":1}`,
		"no relation":      `{"left":"a","right":1}`,
		"no JSON":          `{`,
		"wrong type":       `{"relation":"members","left":"a","right":"b"}`,
	} {
		to := open()
		c, err := transfer.ReadGraph(t.Context(), strings.NewReader(out.String()+bad), parts(to)...)
		require.ErrorIs(t, err, transfer.ErrFormat, name)
		require.ErrorContains(t, err, "line 3", name)
		require.Zero(t, c, name)
		require.Zero(t, to.members.Len()+to.friends.Len(), name)
	}
	require.NoError(t, transfer.WriteGraph(io.Discard))
	require.ErrorContains(t, transfer.WriteGraph(io.Discard, transfer.Of(from.members), transfer.Of(to.members)), "different graphs")
	require.ErrorContains(t, transfer.WriteGraph(io.Discard, transfer.Of(from.members), transfer.Of(from.members)), "twice")
}
