package sqlstore

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// decimalText is a decimal number as databases give it back.
var decimalText = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// anyScale is the scale of a column that keeps as many digits after the point as a number has.
const anyScale = -1

// decimal returns the conversions of a column of decimal numbers: of texts, and of floats that are
// exact in it.
func (c *column) decimal() (toDB, fromDB func(any) (any, error)) {
	switch c.Kind {
	case persist.String:
		return decimalOf(c.live.scale), nil
	case persist.Float64:
		return decimalFloat(c.live.scale), exactFloat
	}
	return nil, nil
}

// decimalOf refuses text that a column of decimal numbers would give back as another one.
func decimalOf(scale int) func(any) (any, error) {
	return func(v any) (any, error) {
		s, ok := v.(string)
		switch {
		case !ok:
			return v, nil
		case !decimalText.MatchString(s) || strings.Trim(s, "-0.") == "" && s[0] == '-':
			return nil, fmt.Errorf("%q is no decimal number as the column would give it back", s)
		case scale != anyScale && fraction(s) != scale:
			return nil, fmt.Errorf("%q has %d digits after the point, and the column gives back %d", s, fraction(s), scale)
		}
		return v, nil
	}
}

// fraction returns the number of digits after the point.
func fraction(s string) int {
	_, digits, _ := strings.Cut(s, ".")
	return len(digits)
}

// decimalFloat writes a float as the shortest decimal number that is the same float, and refuses
// one with more digits than the column keeps.
func decimalFloat(scale int) func(any) (any, error) {
	return func(v any) (any, error) {
		f, ok := v.(float64)
		if !ok {
			return v, nil
		}
		s := strconv.FormatFloat(f, 'f', -1, 64)
		switch {
		case math.IsInf(f, 0):
			return nil, errors.New("the column holds no infinity")
		case scale != anyScale && fraction(s) > scale:
			return nil, fmt.Errorf("%s has %d digits after the point, and the column keeps %d", s, fraction(s), scale)
		}
		return s, nil
	}
}

// exactFloat reads a decimal number as a float, and refuses one that no float is.
func exactFloat(v any) (any, error) {
	s, ok := text(v)
	if !ok {
		return v, nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) || strconv.FormatFloat(f, 'f', -1, 64) != shortest(s) {
		return nil, fmt.Errorf("has %s, which a float64 does not hold exactly: use a string", s)
	}
	return f, nil
}

// shortest returns a decimal number without zeros at the end of its fraction.
func shortest(s string) string {
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if s == "-0" {
		return "0"
	}
	return s
}
