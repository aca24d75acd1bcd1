package sqlstore

import (
	"encoding/hex"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// encodings are values, and how PostgreSQL reads them in an array and in COPY.
var encodings = []struct {
	value         any
	binary        bool
	array, copied string
}{
	{nil, false, `NULL`, `\N`},
	{"NULL", false, `"NULL"`, `NULL`},
	{`\N`, false, `"\\N"`, `\\N`},
	{"", false, `""`, ``},
	{`{a, "b"\}`, false, `"{a, \"b\"\\}"`, `{a, "b"\\}`},
	{"a\tb\nc\rd", false, "\"a\tb\nc\rd\"", `a\tb\nc\rd`},
	{`\.`, false, `"\\."`, `\\.`},
	{"🙂 ", false, `"🙂 "`, `🙂 `},
	{int64(math.MinInt64), false, "-9223372036854775808", "-9223372036854775808"},
	{true, false, "true", "true"},
	{5e-324, false, "5e-324", "5e-324"},
	{math.Inf(1), false, "Infinity", "Infinity"},
	{math.Inf(-1), false, "-Infinity", "-Infinity"},
	{[]byte{0, 0x5c, 0xff}, true, `"\\x005cff"`, `\\x005cff`},
	{[]byte{}, true, `"\\x"`, `\\x`},
	{[]byte(`a"b\`), false, `"a\"b\\"`, `a"b\\`},
	{time.Date(2024, 2, 29, 12, 0, 0, 1000, time.FixedZone("", 3600)), false, `"2024-02-29T11:00:00.000001Z"`, `2024-02-29T11:00:00.000001Z`},
	{int32(7), false, `"7"`, `7`},
}

// TestEncodings holds that each value has the text of which PostgreSQL makes the same value, in
// arrays and in COPY.
func TestEncodings(t *testing.T) {
	for _, test := range encodings {
		var a array
		require.Equal(t, len(a.text)+len(test.array)+1, a.add(test.value, test.binary), "the size")
		require.Equal(t, "{"+test.array+"}", a.take())
		require.Equal(t, test.copied, string(appendCopied(nil, test.value, test.binary)))
	}
	var a array
	a.add("x", false)
	a.take()
	a.add(int64(1), false)
	a.add(nil, false)
	require.Equal(t, "{1,NULL}", a.take(), "it is empty after it was taken")
}

// TestCopyReader holds that all rows come whole and once, however they are read.
func TestCopyReader(t *testing.T) {
	d := &diff{mapping: &mapping{columns: make([]column, 3)}}
	var want strings.Builder
	for n := range int64(9000) { // more than is made at once
		d.inserts = append(d.inserts, len(d.values))
		d.values = append(d.values, n, "a\tb", nil)
		want.WriteString(strconv.FormatInt(n, 10) + `	a\tb	\N` + "\n")
	}
	require.Greater(t, want.Len(), copyBytes)
	for name, limit := range map[string]func(io.Reader) io.Reader{"whole": func(r io.Reader) io.Reader { return r }, "by bytes": iotest.OneByteReader} {
		text, err := io.ReadAll(limit(&copyReader{diff: d, rest: d.inserts}))
		require.NoError(t, err)
		require.Equal(t, want.String(), string(text), name)
	}
}

// FuzzArray holds that what PostgreSQL reads from an array are the values that were put, whatever
// they are.
func FuzzArray(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, first, second string, data []byte) {
		var texts, binary array
		for _, v := range []any{first, nil, []byte(second), int64(len(data))} {
			texts.add(v, false)
		}
		binary.add(data, true)
		n := strconv.Itoa(len(data))
		require.Equal(t, []*string{&first, nil, &second, &n}, readArray(t, texts.take()))
		elements := readArray(t, binary.take())
		require.Len(t, elements, 1)
		require.Equal(t, `\x`+hex.EncodeToString(data), *elements[0])
	})
}

// FuzzCopy holds that what PostgreSQL reads by COPY are the values that were put, whatever they
// are.
func FuzzCopy(f *testing.F) {
	seed(f)
	columns := []column{{}, {}, {}, {live: liveColumn{typ: "bytea"}}}
	f.Fuzz(func(t *testing.T, first, second string, data []byte) {
		values := []any{first, nil, []byte(second), data}
		rows := &copyReader{diff: &diff{mapping: &mapping{columns: columns}, values: append(values, values...)}, rest: []int{0, 4}}
		text, err := io.ReadAll(rows)
		require.NoError(t, err)
		binary := `\x` + hex.EncodeToString(data)
		row := []*string{&first, nil, &second, &binary}
		require.Equal(t, [][]*string{row, row}, readCopy(t, string(text)))
	})
}

func seed(f *testing.F) {
	for _, test := range encodings {
		if s, ok := text(test.value); ok {
			f.Add(s, test.copied, []byte(test.array))
		}
	}
}

// readArray reads the text form of an array as the manual of PostgreSQL tells, of the elements
// that are written here.
func readArray(t *testing.T, s string) (elements []*string) {
	require.True(t, strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}"), s)
	for s = s[1:]; s != ""; s = s[1:] { // beyond the comma or the bracket
		var element string
		isQuoted := s[0] == '"'
		if isQuoted {
			for s = s[1:]; s[0] != '"'; s = s[1:] {
				if s[0] == '\\' {
					s = s[1:]
				}
				element += s[:1]
			}
			s = s[1:]
		} else {
			element = s[:strings.IndexAny(s, ",}")]
			s = s[len(element):]
			require.NotContains(t, element, `"`)
		}
		if isQuoted || element != "NULL" {
			elements = append(elements, &element)
		} else {
			elements = append(elements, nil)
		}
		require.Equal(t, len(s) == 1, s[0] == '}')
	}
	return elements
}

var copyEscapes = map[byte]string{'\\': `\`, 'n': "\n", 'r': "\r", 't': "\t"}

// readCopy reads the text format of COPY as the manual of PostgreSQL tells, of the escapes that
// are written here.
func readCopy(t *testing.T, s string) (rows [][]*string) {
	require.NotContains(t, s, "\r")
	for line := range strings.Lines(s) {
		var row []*string
		for field := range strings.SplitSeq(strings.TrimSuffix(line, "\n"), "\t") {
			if field == `\N` {
				row = append(row, nil)
				continue
			}
			var element strings.Builder
			for i := 0; i < len(field); i++ {
				if field[i] != '\\' {
					element.WriteByte(field[i])
					continue
				}
				i++
				require.Contains(t, copyEscapes, field[i])
				element.WriteString(copyEscapes[field[i]])
			}
			value := element.String()
			row = append(row, &value)
		}
		rows = append(rows, row)
	}
	return rows
}

// batch is a batch of rows of two keys and a value; a row whose value is nil is deleted.
type batch struct {
	relation int
	rows     [][3]any
	before   map[int]any // the old values of rows that were there
}

func (b *batch) Relation() int      { return b.relation }
func (b *batch) Len() int           { return len(b.rows) }
func (b *batch) Deleted(i int) bool { return b.rows[i][2] == nil }
func (b *batch) AppendBinary(key, value []byte, _ int) (k, v []byte) {
	return key, value
}

func (b *batch) AppendColumns(columns []any, i int) []any {
	if b.Deleted(i) {
		return append(columns, b.rows[i][:2]...)
	}
	return append(columns, b.rows[i][:]...)
}

func (b *batch) AppendBefore(columns []any, i int) (before []any, was bool) {
	if b.before[i] == nil {
		return columns, false
	}
	return append(columns, b.before[i]), true
}

var _ persist.Batch = (*batch)(nil)
