package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
)

// plainOf returns a value that a driver gave for a column as JSON has it.
func plainOf(kind persist.Kind, v any) any {
	if s, isText := textOf(v); isText {
		return plainText(kind, s)
	}
	switch v := v.(type) {
	case int64:
		switch kind {
		case persist.Bool:
			return v != 0
		case persist.String: // a decimal number of SQLite
			return strconv.FormatInt(v, 10)
		}
	case float64:
		if kind == persist.String {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return v
}

func textOf(v any) (s string, isText bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []byte:
		return string(v), true
	}
	return "", false
}

// plainText is plainOf for what came as text or bytes.
func plainText(kind persist.Kind, s string) any {
	switch {
	case kind == persist.JSON && json.Valid([]byte(s)):
		return json.RawMessage(s)
	case kind == persist.Bytes:
		return base64.StdEncoding.EncodeToString([]byte(s))
	case kind == persist.UUID && len(s) == 16:
		h := hex.EncodeToString([]byte(s))
		return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
	case kind == persist.Bool && len(s) == 1: // a bit
		return s != "\x00" && s != "0"
	case !utf8.ValidString(s), strings.HasPrefix(s, base64Prefix):
		return base64Prefix + base64.StdEncoding.EncodeToString([]byte(s))
	}
	return s
}

const base64Prefix = "base64:"

// cell returns a value of plainOf as it stands in a table: a string as it is, all else as JSON.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v) // never, of what plainOf returns
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// grouped formats a number that is not negative with commas: 1,234,567.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// visible returns a name, quoted unless it is one printable word.
func visible(name string) string {
	if q := strconv.QuoteToGraphic(name); q != `"`+name+`"` || name == "" || strings.ContainsFunc(name, unicode.IsSpace) {
		return q
	}
	return name
}

func visibleAll(names []string) (all []string) {
	for _, name := range names {
		all = append(all, visible(name))
	}
	return all
}
