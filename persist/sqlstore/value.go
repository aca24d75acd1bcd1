package sqlstore

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
)

// chain returns the conversion that does several, one after the other, without those that are nil.
func chain(conversions ...func(any) (any, error)) func(any) (any, error) {
	var all []func(any) (any, error)
	for _, f := range conversions {
		if f != nil {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil
	}
	return func(v any) (_ any, err error) {
		for _, f := range all {
			if v, err = f(v); err != nil {
				return nil, err
			}
		}
		return v, nil
	}
}

// within refuses integers that a column of a number of bits does not hold.
func within(bits int, unsigned bool) func(any) (any, error) {
	low, high := int64(-1)<<(bits-1), int64(1)<<(bits-1)-1
	switch {
	case bits == 64 && !unsigned:
		return nil
	case bits == 64:
		low = 0 // a graph gives no more than an int64
	case unsigned:
		low, high = 0, int64(1)<<bits-1
	}
	return func(v any) (any, error) {
		if n, ok := v.(int64); ok && (n < low || n > high) {
			return nil, fmt.Errorf("%d is not between %d and %d", n, low, high)
		}
		return v, nil
	}
}

// atMost refuses text of more characters than a column holds. Databases would silently cut off
// spaces at its end.
func atMost(characters int) func(any) (any, error) {
	if characters == 0 {
		return nil
	}
	return func(v any) (any, error) {
		if s, ok := v.(string); ok && len(s) > characters && utf8.RuneCountInString(s) > characters {
			return nil, fmt.Errorf("a text of %d characters is longer than %d", utf8.RuneCountInString(s), characters)
		}
		return v, nil
	}
}

// exactly refuses text of another length than a column of fixed length, which would add spaces.
func exactly(characters int) func(any) (any, error) {
	return func(v any) (any, error) {
		if s, ok := v.(string); ok && (utf8.RuneCountInString(s) != characters || strings.HasSuffix(s, " ")) {
			return nil, fmt.Errorf("%q does not fill a column of exactly %d characters", s, characters)
		}
		return v, nil
	}
}

// ofLength refuses bytes of another length than a column of fixed length, which would add zeros.
func ofLength(n int) func(any) (any, error) {
	return func(v any) (any, error) {
		if b, ok := v.([]byte); ok && len(b) != n {
			return nil, fmt.Errorf("%d bytes do not fill a column of exactly %d", len(b), n)
		}
		return v, nil
	}
}

// isText refuses text that is not UTF-8, and text with a NUL unless the database holds it.
func isText(nul bool) func(any) (any, error) {
	return func(v any) (any, error) {
		s, ok := v.(string)
		switch {
		case ok && !utf8.ValidString(s):
			return nil, fmt.Errorf("%q is not UTF-8", s)
		case ok && !nul && strings.IndexByte(s, 0) >= 0:
			return nil, fmt.Errorf("%q has a NUL, which the database cannot hold in text", s)
		}
		return v, nil
	}
}

// times returns the conversion of a column's times, and nil if none of its values can be a time.
func (c *column) times(layout string, digits int) func(any) (any, error) {
	switch {
	case c.Kind != persist.Time && c.Kind != persist.Driver:
		return nil
	case c.live.typ == "date":
		return date
	}
	return instant(layout, digits)
}

// date writes midnight in UTC as a date, and refuses any other time of day.
func date(v any) (any, error) {
	t, ok := v.(time.Time)
	if !ok {
		return v, nil
	}
	if t = t.UTC(); !t.Equal(t.Truncate(24 * time.Hour)) {
		return nil, fmt.Errorf("%v has a time of day, and the column keeps dates, which are midnight in UTC", t)
	}
	return instant(time.DateOnly, 0)(t)
}

// instant writes times in UTC by a layout, and refuses what is finer than the column keeps.
func instant(layout string, digits int) func(any) (any, error) {
	unit := time.Second
	for range digits {
		unit /= 10
	}
	return func(v any) (any, error) {
		t, ok := v.(time.Time)
		if !ok {
			return v, nil
		}
		t = t.UTC()
		switch {
		case t.Nanosecond()%int(unit) != 0:
			return nil, fmt.Errorf("%v is finer than the %v that the column keeps: use time.Time.Truncate", t, unit)
		case t.Year() < 0 || t.Year() > 9999:
			return nil, fmt.Errorf("%v is not between the years 0 and 9999", t)
		}
		return t.Format(layout), nil
	}
}

// uuidText writes the 16 bytes of a UUID as text.
func uuidText(v any) (any, error) {
	b, ok := v.([]byte)
	if !ok || len(b) != 16 {
		return v, nil
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// canonicalUUID refuses text that is not a UUID as databases give it back.
func canonicalUUID(v any) (any, error) {
	s, ok := text(v)
	if !ok {
		return v, nil
	}
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err == nil && len(b) == 16 {
		if canonical, _ := uuidText(b); canonical == s {
			return v, nil
		}
	}
	return nil, fmt.Errorf("%q is no UUID in lower case and with hyphens", s)
}

func text(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

var errNumberAsJSON = errors.New("the column would turn JSON that is just a number into a number: make it TEXT")

// noBareNumber refuses JSON that is just a number.
func noBareNumber(v any) (any, error) {
	if s, ok := text(v); ok && s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9') {
		return nil, errNumberAsJSON
	}
	return v, nil
}

// textAsBytes writes text as its bytes, to a column that has no characters.
func textAsBytes(v any) (any, error) {
	if s, ok := v.(string); ok {
		return []byte(s), nil
	}
	return v, nil
}

// noSpaceAtEnd refuses text that a column of fixed length gives back shorter.
func noSpaceAtEnd(v any) (any, error) {
	if s, ok := v.(string); ok && strings.HasSuffix(s, " ") {
		return nil, fmt.Errorf("%q ends with a space, which a column of fixed length loses", s)
	}
	return v, nil
}

// only refuses values that were read and are of another Go type. SQLite keeps values of any type
// in any column, and finds a row only by a value of the same type.
func only[V any](v any) (any, error) {
	if _, ok := v.(V); !ok {
		return nil, fmt.Errorf("has %v (a %T) as key, and a row would be found by a %T", show(v), v, *new(V))
	}
	return v, nil
}
