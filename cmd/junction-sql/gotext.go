package main

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// goTypes are the types of columns by kinds.
var goTypes = map[persist.Kind]string{
	persist.Int64: "int64", persist.Bool: "bool", persist.Float32: "float32", persist.Float64: "float64", persist.String: "string",
	persist.Bytes: "[]byte", persist.UUID: "[16]byte", persist.Time: "time.Time", persist.JSON: "json.RawMessage",
}

// goNull reports whether values of a kind that may be NULL are a sql.Null: comparable, and taken by
// all drivers.
func goNull(kind persist.Kind) bool {
	return kind != persist.Bytes && kind != persist.UUID && kind != persist.JSON
}

// fieldType returns the type of a field for a column.
func fieldType(c sqlstore.ColumnInfo) string {
	typ := goTypes[c.Kind]
	switch {
	case !c.Nullable || c.Kind == persist.JSON:
		return typ
	case c.Kind == persist.Float32:
		return "sql.Null[float64]"
	case goNull(c.Kind):
		return "sql.Null[" + typ + "]"
	}
	return "*" + typ
}

// names gives out the identifiers of a file, each once.
type names map[string]bool

// take returns a name that nobody has taken, and is like a given one.
func (n names) take(name string) string {
	free := name
	for i := 2; n[free]; i++ {
		free = name + strconv.Itoa(i)
	}
	n[free] = true
	return free
}

var initialisms = map[string]string{"Id": "ID", "Uuid": "UUID", "Url": "URL", "Uri": "URI", "Ip": "IP", "Api": "API"}

// exported returns an exported Go identifier for a name of the database: UserID for user_id, userId
// and USER_ID.
func exported(name string) string {
	if name == strings.ToUpper(name) {
		name = strings.ToLower(name)
	}
	var text strings.Builder
	for _, word := range words(name) {
		first, size := utf8.DecodeRuneInString(word)
		word = string(unicode.ToUpper(first)) + word[size:]
		if other, ok := initialisms[word]; ok {
			word = other
		}
		text.WriteString(word)
	}
	if first, _ := utf8.DecodeRuneInString(text.String()); !unicode.IsUpper(first) {
		return "X" + text.String()
	}
	return text.String()
}

// words splits a name where it has another sign than a letter or digit, and before an upper-case
// letter that follows a lower-case one.
func words(name string) (all []string) {
	var word []rune
	end := func() {
		if len(word) > 0 {
			all, word = append(all, string(word)), nil
		}
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == utf8.RuneError {
			end()
			continue
		}
		if unicode.IsUpper(r) && len(word) > 0 && unicode.IsLower(word[len(word)-1]) {
			end()
		}
		word = append(word, r)
	}
	end()
	return all
}

// goTag returns the tag of a field for a column.
func goTag(column string) string {
	tag := "db:" + strconv.Quote(column)
	if strconv.CanBackquote(tag) {
		return "`" + tag + "`"
	}
	return strconv.Quote(tag)
}

// goValues returns sqlstore.Values as Go has them.
func goValues(values sqlstore.Values) string {
	var texts []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		texts = append(texts, fmt.Sprintf("%q: %s", name, goValue(values[name])))
	}
	return "sqlstore.Values{" + strings.Join(texts, ", ") + "}"
}

func goValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "nil"
	case sqlstore.SQL:
		return fmt.Sprintf("sqlstore.SQL(%q)", string(v))
	case string:
		return strconv.Quote(v)
	case []byte:
		return fmt.Sprintf("[]byte(%q)", v)
	case int64, float64, bool:
		return fmt.Sprint(v)
	}
	return "time.Now" // the only function that derive gives
}

// comment returns a text as lines of a comment, of up to 100 characters.
func comment(text string) string {
	var lines strings.Builder
	width := 0
	for line := range strings.SplitSeq(text, "\n") {
		for word := range strings.FieldsSeq(strings.TrimPrefix(line, "junction: ")) {
			if n := utf8.RuneCountInString(word) + 1; width == 0 || width+n > 100 {
				lines.WriteString(separator(width, "", "\n") + "//")
				width = 2 + n
			} else {
				width += n
			}
			lines.WriteString(" " + word)
		}
		lines.WriteString("\n")
		width = 0
	}
	return lines.String()
}

func separator(width int, first, other string) string {
	if width == 0 {
		return first
	}
	return other
}
