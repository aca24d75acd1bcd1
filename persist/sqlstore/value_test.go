package sqlstore

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestConversions holds that a value is written as it is or in a form that means the same, and
// refused if the column would hold another one.
func TestConversions(t *testing.T) {
	type conversion = func(any) (any, error)
	refusal := func(text string) error { return refusedBy(text) }
	noon := time.Date(2024, 2, 29, 12, 0, 0, 120_000_000, time.FixedZone("", -5*3600))
	sixteen := []byte("0123456789abcdef")
	const uuid = "30313233-3435-3637-3839-616263646566"
	tests := map[string]struct {
		convert  conversion
		in, want any // an error that is wanted says so by its text
	}{
		"int8":                    {within(8, false), int64(-128), int64(-128)},
		"int8, too small":         {within(8, false), int64(-129), refusal("-129 is not between -128 and 127")},
		"int8, too large":         {within(8, false), int64(128), refusal("not between")},
		"uint8":                   {within(8, true), int64(255), int64(255)},
		"uint8, negative":         {within(8, true), int64(-1), refusal("between 0 and 255")},
		"uint8, too large":        {within(8, true), int64(256), refusal("between 0 and 255")},
		"mediumint":               {within(24, false), int64(1 << 23), refusal("between -8388608 and 8388607")},
		"int32":                   {within(32, false), int64(math.MinInt32), int64(math.MinInt32)},
		"int32, too small":        {within(32, false), int64(math.MinInt32 - 1), refusal("not between")},
		"uint64":                  {within(64, true), int64(math.MaxInt64), int64(math.MaxInt64)},
		"uint64, negative":        {within(64, true), int64(-1), refusal("not between")},
		"no integer":              {within(8, false), "300", "300"},
		"characters, not bytes":   {atMost(3), "äöü", "äöü"},
		"a space too many":        {atMost(3), "äöü ", refusal("of 4 characters is longer than 3")},
		"exactly":                 {exactly(3), "äöü", "äöü"},
		"exactly, shorter":        {exactly(3), "ab", refusal("exactly 3")},
		"exactly, with a space":   {exactly(3), "ab ", refusal("exactly 3")},
		"bytes of a length":       {ofLength(2), []byte("ab"), []byte("ab")},
		"bytes, fewer":            {ofLength(2), []byte("a"), refusal("1 bytes")},
		"text":                    {isText(true), "a\x00b", "a\x00b"},
		"NUL":                     {isText(false), "a\x00b", refusal("NUL")},
		"not UTF-8":               {isText(true), "\xff", refusal("not UTF-8")},
		"half of a surrogate":     {isText(true), "\xed\xa0\x80", refusal("not UTF-8")},
		"time in UTC":             {instant(mysqlTime, 6), noon, "2024-02-29 17:00:00.12"},
		"time of the unit":        {instant(mysqlTime, 2), noon, "2024-02-29 17:00:00.12"},
		"time, too fine":          {instant(mysqlTime, 1), noon, refusal("finer than the 100ms")},
		"time, seconds":           {instant(mysqlTime, 0), noon, refusal("finer than the 1s")},
		"time, year 10000":        {instant(mysqlTime, 0), time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), refusal("years")},
		"year 10000 only in UTC":  {instant(mysqlTime, 0), time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -7200)), refusal("years")},
		"before the year 0":       {instant(mysqlTime, 0), time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC), refusal("years")},
		"UUID as text":            {uuidText, sixteen, uuid},
		"bytes that are no UUID":  {uuidText, sixteen[:3], sixteen[:3]},
		"canonical UUID":          {canonicalUUID, uuid, uuid},
		"canonical, as bytes":     {canonicalUUID, []byte(uuid), []byte(uuid)},
		"UUID in upper case":      {canonicalUUID, "30313233-3435-3637-3839-61626364656F", refusal("no UUID")},
		"UUID without hyphens":    {canonicalUUID, "30313233343536373839616263646566", refusal("no UUID")},
		"UUID, other hyphens":     {canonicalUUID, "3031323334-35-3637-3839-616263646566", refusal("no UUID")},
		"text that is no UUID":    {canonicalUUID, "", refusal("no UUID")},
		"JSON":                    {noBareNumber, `"1"`, `"1"`},
		"JSON, a number":          {noBareNumber, "-1", refusal("just a number")},
		"text to bytes":           {textAsBytes, "a ", []byte("a ")},
		"space at the end":        {noSpaceAtEnd, "a ", refusal("ends with a space")},
		"space in the middle":     {noSpaceAtEnd, "a b", "a b"},
		"a key of the type":       {only[int64], int64(1), int64(1)},
		"a key of another type":   {only[int64], "1", refusal(`has "1" (a string) as key`)},
		"one after the other":     {chain(nil, textAsBytes, ofLength(2)), "ab", []byte("ab")},
		"one that refuses":        {chain(textAsBytes, ofLength(2)), "abc", refusal("3 bytes")},
		"wall clock":              {wallClock, "2024-02-29 17:00:00.12", noon.UTC()},
		"wall clock, elsewhere":   {wallClock, time.Date(2024, 2, 29, 17, 0, 0, 120_000_000, noon.Location()), noon.UTC()},
		"wall clock, no date":     {wallClock, []byte("0000-00-00 00:00:00"), refusal("out of range")},
		"a date":                  {date, noon.Truncate(24 * time.Hour), "2024-02-29"},
		"a date with a time":      {date, noon, refusal("has a time of day")},
		"a wall's date":           {wallClock, []byte("2024-02-29"), noon.Truncate(24 * time.Hour).UTC()},
		"a year":                  {yearOnly, int64(2155), int64(2155)},
		"no year":                 {yearOnly, int64(1900), refusal("no year")},
		"decimal":                 {decimalOf(2), "-0.50", "-0.50"},
		"decimal, of any scale":   {decimalOf(anyScale), "1.2300", "1.2300"},
		"decimal, too short":      {decimalOf(2), "1.5", refusal("gives back 2")},
		"decimal with a plus":     {decimalOf(anyScale), "+1", refusal("no decimal number")},
		"decimal, with zeros":     {decimalOf(anyScale), "01", refusal("no decimal number")},
		"decimal, minus zero":     {decimalOf(2), "-0.00", refusal("no decimal number")},
		"decimal, an exponent":    {decimalOf(anyScale), "1e3", refusal("no decimal number")},
		"a float as decimal":      {decimalFloat(2), 0.25, "0.25"},
		"a large float":           {decimalFloat(0), 1e21, "1000000000000000000000"},
		"a float, too fine":       {decimalFloat(2), 0.125, refusal("keeps 2")},
		"an infinity":             {decimalFloat(2), math.Inf(1), refusal("infinity")},
		"a decimal as float":      {exactFloat, []byte("12.50"), 12.5},
		"a decimal no float is":   {exactFloat, "0.10000000000000000001", refusal("does not hold exactly")},
		"a NaN":                   {exactFloat, "NaN", refusal("does not hold exactly")},
		"an address":              {canonical("address", spellInet), "10.0.0.1", "10.0.0.1"},
		"an address, its network": {canonical("address", spellInet), "10.0.0.1/8", "10.0.0.1/8"},
		"an address, all bits":    {canonical("address", spellInet), "10.0.0.1/32", refusal(`give back as "10.0.0.1"`)},
		"an address, long":        {canonical("address", spellInet), "2001:DB8:0::1", refusal(`"2001:db8::1"`)},
		"no address":              {canonical("address", spellInet), "10.0.0", refusal("is no address")},
		"a network":               {canonical("network", spellNetwork), "10.0.0.0/8", "10.0.0.0/8"},
		"no network":              {canonical("network", spellNetwork), "10.0.0.1/8", refusal("is no network")},
		"a MAC address":           {canonical("MAC address", spellMAC), "08:00:2B:01:02:03", refusal(`"08:00:2b:01:02:03"`)},
		"an interval":             {canonical("interval", spellInterval), "1 year 2 mons 3 days 04:05:06.5", "1 year 2 mons 3 days 04:05:06.5"},
		"an interval, in words":   {canonical("interval", spellInterval), "90 minutes", refusal("is no interval")},
		"a time of day":           {canonical("time of day", spellTimeOfDay), "04:05:06.50", refusal(`"04:05:06.5"`)},
		"one of an enumeration":   {oneOf(membersOf("enum('a','it''s')")), "it's", "it's"},
		"none of it":              {oneOf(membersOf("enum('a','it''s') COLLATE x")), "A", refusal(`none of ["a" "it's"]`)},
		"a set":                   {setOf(membersOf("set('a','b','c')")), "a,c", "a,c"},
		"an empty set":            {setOf(membersOf("set('a','b','c')")), "", ""},
		"a set, in another order": {setOf(membersOf("set('a','b','c')")), "c,a", refusal("in this order")},
		"a set, twice":            {setOf(membersOf("set('a','b','c')")), "a,a", refusal("in this order")},
		"instant, as an ORM":      {new(timeForm).read, "2024-02-29 12:00:00.120 -05:00", noon.UTC()},
		"instant, with a T":       {new(timeForm).read, "2024-02-29T17:00:00.12Z", noon.UTC()},
		"instant, without a zone": {new(timeForm).read, []byte("2024-02-29 17:00:00.12"), noon.UTC()},
		"instant, named UTC":      {new(timeForm).read, "2024-02-29 17:00:00.12 UTC", noon.UTC()},
		"instant, of a name":      {new(timeForm).read, "2024-02-29 17:00:00.12 EST", refusal("is no time")},
		"instant, as number":      {new(timeForm).read, noon.UnixMilli(), noon.UTC()},
		"instant, of a unit":      {(&timeForm{unit: time.Millisecond}).read, int64(120), time.UnixMilli(120).UTC()},
		"instant, as days":        {new(timeForm).read, 2460370.2, refusal("is no time")},
		"no instant":              {new(timeForm).read, "today", refusal(`has "today", which is no time`)},
		"no instant, for a type":  {new(timeForm).tryRead, "today", "today"},
		"number, as text":         {numberText, "-1.5", "-1.5"},
		"number, with zeros":      {numberText, "1.50", refusal(`give back as "1.5"`)},
		"number, too long":        {numberText, "0.1000000000000000000001", refusal("floats")},
		"text of a number":        {textOfNumber, 1e21, "1000000000000000000000"},
		"no time for instant":     {instant(mysqlTime, 0), "x", "x"},
		"no text for exactly":     {exactly(3), int64(1), int64(1)},
		"no text for canonical":   {canonicalUUID, int64(1), int64(1)},
		"a number is no JSON yet": {noBareNumber, int64(1), int64(1)},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := test.convert(test.in)
			if want, is := test.want.(refusedBy); is {
				require.ErrorContains(t, err, string(want))
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
	require.Nil(t, within(64, false), "all are")
	requireSpelling(t, uuid, sixteen)
	require.Nil(t, atMost(0), "no limit")
	require.Nil(t, chain(nil, nil))
}

// refusedBy is the text of an error.
type refusedBy string

func (r refusedBy) Error() string { return string(r) }

// requireSpelling checks that UUIDs are spelled as the first rows that were read, and that a row of
// another spelling is refused.
func requireSpelling(t *testing.T, uuid string, bytes []byte) {
	t.Helper()
	plain := strings.ReplaceAll(uuid, "-", "")
	for _, form := range []string{uuid, plain, strings.ToUpper(uuid), strings.ToUpper(plain)} {
		u := new(uuidSpelling)
		none, err := u.read(strings.Repeat("0", 8) + form[8:])
		require.NoError(t, err)
		require.NotEqual(t, bytes, none)
		read, err := u.read([]byte(form))
		require.NoError(t, err)
		require.Equal(t, bytes, read)
		written, err := u.write(bytes)
		require.NoError(t, err)
		require.Equal(t, form, written)
		for _, other := range []string{uuid, plain, strings.ToUpper(uuid), strings.ToUpper(plain)} {
			_, err := u.read(other)
			require.Equal(t, other == form, err == nil, "%s and %s: %v", form, other, err)
			_, err = readUUID(other)
			require.NoError(t, err)
		}
	}
	for _, bad := range []any{"", "x", uuid + "0", "3031323334-35-3637-3839-616263646566", int64(1), nil} {
		_, err := readUUID(bad)
		require.Error(t, err, bad)
	}
	written, err := new(uuidSpelling).write(bytes)
	require.NoError(t, err)
	require.Equal(t, uuid, written)
}
