package persisttest

import (
	"math"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// valueCases are about what is in a row.
func valueCases() []testCase {
	return []testCase{
		{name: "Binary keys", form: persist.Binary, test: testBinaryKeys},
		{name: "Binary values", form: persist.Binary, test: testBinaryValues},
		{name: "String keys", form: persist.Columns, test: testStringKeys},
		{name: "Number and time keys", form: persist.Columns, test: testNumberKeys},
		{name: "UUID keys", form: persist.Columns, test: testUUIDKeys},
		{name: "Column values", form: persist.Columns, test: testColumnValues},
		{name: "Some columns change", form: persist.Columns, test: testSomeColumns},
		{name: "Nil in columns", form: persist.Columns, test: testNil},
		{name: "Long values", test: testLongValues},
	}
}

const mebibyte = 1 << 20

// valuesOf returns a schema of one relation, "values".
func valuesOf(left, right, through persist.Kind) *persist.Schema {
	return schemaOf(simple("values", left, right, through))
}

// lives puts rows of the relation "values", gives them the values of their neighbours, and
// deletes every other one.
func (w *writer) lives(all []row) {
	var puts, changes, removals commit
	for i, r := range all {
		next := all[(i+1)%len(all)]
		puts = append(puts, put("values", r))
		other := row{key: r.key, value: next.value}
		if r.columns != nil {
			other.columns = append(copied(r.columns[:2]), next.columns[2:]...)
		}
		changes = append(changes, put("values", other))
		if i%2 == 1 {
			removals = append(removals, remove("values", r))
		}
	}
	for _, changes := range []commit{puts, changes, removals} {
		w.append(changes)
		w = w.reopen(state)
	}
}

func testBinaryKeys(c *check) {
	keys := []string{"", "\x00", "\x00\x00", "\x00\xff", "\xff", "\xff\xff", "\xff\x00", "a", "a\x00", "A", "a ", "\n", `"`, "é", "e\u0301",
		strings.Repeat("\xff", 300), strings.Repeat("\xff", 301), strings.Repeat("k", 70_000)}
	var all []row
	for _, key := range keys {
		all = append(all, row{key: key, value: "of " + key})
	}
	c.start(valuesOf(persist.String, persist.String, persist.String)).lives(all)
}

func testBinaryValues(c *check) {
	values := []string{"", "\x00", "\xff", "\x00\xff\x00", "text", "\n", strings.Repeat("\x00", 1000), strings.Repeat("v", 70_000)}
	var all []row
	for i, value := range values {
		all = append(all, row{key: string(rune('a' + i)), value: value})
	}
	c.start(valuesOf(persist.String, persist.String, persist.String)).lives(all)
}

// texts are strings that are easily taken for others or for something else.
func (c *check) texts() []string {
	texts := []string{"", " ", "a", "A", "a ", " a", "á", "e\u0301", "é", "ß", "ss", "\n", "\t", "'", `"`, "`", `\`, "%", "_", "?", "$1", ";--",
		"NULL", "0", "00", "0.0", "世界", "🙂", "2026-01-02T03:04:05Z", strings.Repeat("long", 50)}
	if !c.place.NoNUL {
		texts = append(texts, "\x00", "a\x00b", "a\x00")
	}
	return texts
}

// testStringKeys holds that keys are compared byte by byte, and not by the rules of a language.
func testStringKeys(c *check) {
	var all []row
	for i, text := range c.texts() {
		all = append(all, rowOf(text, "", int64(i)), rowOf("", text+".", int64(-i)))
	}
	c.start(valuesOf(persist.String, persist.String, persist.Int64)).lives(all)
}

func testNumberKeys(c *check) {
	zone := time.FixedZone("somewhere", 5*3600+1800)
	var all []row
	for i, n := range []int64{0, 1, -1, 127, -128, math.MaxInt32, math.MinInt32, 1<<53 + 1, math.MaxInt64, math.MinInt64, math.MaxInt64 - 1} {
		all = append(all, rowOf(n, c.instant(i), "utc"), rowOf(n, c.instant(i-1000).In(zone), "elsewhere"))
	}
	unit := max(c.place.TimeUnit, 1)
	all = append(all, rowOf(int64(0), c.instant(50).Add(unit), "later by a unit"), rowOf(int64(0), c.instant(50), "sooner"))
	c.start(valuesOf(persist.Int64, persist.Time, persist.String)).lives(all)
}

// testUUIDKeys has keys of 16 bytes, some of which could be taken for text or for numbers.
func testUUIDKeys(c *check) {
	uuids := []string{strings.Repeat("\x00", 16), strings.Repeat("\xff", 16), "0123456789abcdef", "0123456789ABCDEF", "\x00-23456789abcdef", "0123456789abcd\x00\x00",
		"0000000000000001", "-1-1-1-1-1-1-1-1", "                ", "\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10"}
	var all []row
	for i, uuid := range uuids {
		all = append(all, rowOf([]byte(uuid), []byte(uuids[len(uuids)-1-i]), int64(i)), rowOf([]byte(uuids[0]), []byte(uuid[1:]+"."), int64(-i)))
	}
	schema := valuesOf(persist.CBOR, persist.CBOR, persist.Int64)
	schema.Relations[0].Columns[0].Kind, schema.Relations[0].Columns[1].Kind = persist.UUID, persist.UUID
	c.start(schema).lives(all)
}

// everyKind has a column of every kind that tells something of its values. Those that tell
// nothing are any of these.
func everyKind() *persist.Schema {
	return schemaOf(persist.Relation{
		Name: "values", Left: persist.Bytes, Right: persist.Int64, Through: persist.CBOR,
		Columns: []persist.Column{
			{Name: "left", Kind: persist.Bytes},
			{Name: "right", Kind: persist.Int64},
			{Name: "an int", Kind: persist.Int64, Nullable: true},
			{Name: "a float", Kind: persist.Float64, Nullable: true},
			{Name: "a bool", Kind: persist.Bool, Nullable: true},
			{Name: "a string", Kind: persist.String, Nullable: true},
			{Name: "bytes", Kind: persist.Bytes, Nullable: true},
			{Name: "a time", Kind: persist.Time, Nullable: true},
			{Name: "json", Kind: persist.JSON, Nullable: true},
			{Name: "a uuid", Kind: persist.UUID, Nullable: true},
		},
	})
}

func testColumnValues(c *check) {
	zone := time.FixedZone("somewhere", -3*3600)
	ints := []int64{0, 1, -1, 1<<53 + 1, math.MaxInt64, math.MinInt64}
	floats := []float64{0, 1, -1.5, 0.1, 1e100, math.MaxFloat64, -math.MaxFloat64, math.Pi, 1 << 53}
	blobs := [][]byte{{}, {0}, {0xff, 0x00, 0xff}, []byte("text"), []byte("'\"\\")}
	times := []time.Time{
		{}, c.instant(0), c.instant(1).In(zone), time.Unix(0, 0),
		time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC), time.Date(2200, 1, 1, 0, 0, 0, 0, zone),
	}
	texts := c.texts()
	var all []row
	for i := range texts {
		key := []byte{byte(i), 0x00, 0xff}
		all = append(all, rowOf(key[:i%4], int64(i), ints[i%len(ints)], floats[i%len(floats)], i%2 == 0, texts[i],
			blobs[i%len(blobs)], times[i%len(times)], `{"a": 1}`, c.valueOf(persist.UUID, i)))
	}
	c.start(everyKind()).lives(all)
}

// testSomeColumns changes one column of each row, another one in each, to a value and to nil: in
// one commit, and in several of one Append that meet in a row.
func testSomeColumns(c *check) {
	w := c.start(everyKind())
	columns := w.schema.Relations[0].Columns[2:]
	row := func(i, changed, v int) change {
		r := w.row("values", i, i, 1)
		if v%3 == 0 {
			r.columns[2+changed] = nil
		} else {
			r.columns[2+changed] = w.valueOf(columns[changed].Kind, v)
		}
		return put("values", rowOf(r.columns...))
	}
	commitOf := func(changed func(i int) int, v int) (changes commit) {
		for i := range columns {
			changes = append(changes, row(i, changed(i), v))
		}
		return changes
	}
	same := func(i int) int { return i }
	next := func(i int) int { return (i + 1) % len(columns) }
	w.append(commitOf(same, 1))
	w.append(commitOf(same, 4))
	w = w.reopen(durable)
	w.append(commitOf(next, 3))
	w = w.reopen(durable)
	w.append(commitOf(same, 7), commitOf(next, 8), commit{row(0, 0, 3)}, commit{w.remove("values", 1, 1)}, commit{row(1, 0, 7)})
	w = w.reopen(whole)
	w.append(commitOf(same, 3), commitOf(next, 8))
	w.reopen(whole)
}

// testNil holds nil apart from what is empty or zero.
func testNil(c *check) {
	full := []any{int64(0), 0.0, false, "", []byte{}, c.instant(0), `""`, make([]byte, 16)}
	all := []row{rowOf(append([]any{[]byte{1}, int64(0)}, full...)...), rowOf([]byte{2}, int64(0), nil, nil, nil, nil, nil, nil, nil, nil)}
	for i := range full {
		columns := append([]any{[]byte{3}, int64(i)}, full...)
		columns[2+i] = nil
		all = append(all, rowOf(columns...))
	}
	c.start(everyKind()).lives(all)
}

func testLongValues(c *check) {
	all := []row{
		rowOf("a", int64(1), strings.Repeat("x", mebibyte)),
		rowOf("b", int64(1), strings.Repeat("y", mebibyte+1)),
		rowOf("c", int64(1), ""),
		rowOf("d", int64(1), strings.Repeat("é", mebibyte)),
	}
	c.start(valuesOf(persist.String, persist.Int64, persist.String)).lives(all)
}
