package persisttest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rows is the model of a store: the value of each row by relation and key, in text. An empty
// relation is as good as none.
type rows map[string]map[string]string

func (s rows) put(relation, key, value string) {
	if s[relation] == nil {
		s[relation] = map[string]string{}
	}
	s[relation][key] = value
}

func (s rows) apply(changes commit) {
	for _, ch := range changes {
		if ch.deleted {
			delete(s[ch.relation], ch.row.key)
		} else {
			s.put(ch.relation, ch.row.key, ch.row.value)
		}
	}
}

// after returns the rows as they are after commits. Those before stay as they are.
func (s rows) after(commits ...commit) rows {
	next := rows{}
	for relation, of := range s {
		next[relation] = maps.Clone(of)
	}
	for _, changes := range commits {
		next.apply(changes)
	}
	return next
}

func (s rows) has(ch change) bool {
	_, ok := s[ch.relation][ch.row.key]
	return ok
}

// diff says what is other in got than it should be, with a few of the rows; "" if nothing is.
func (s rows) diff(got rows) string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, relation := range sortedKeys(s, got) {
		for _, key := range sortedKeys(s[relation], got[relation]) {
			want, wanted := s[relation][key]
			have, had := got[relation][key]
			switch {
			case !had:
				add("relation %q lacks row [%s: %s]", relation, brief(key), brief(want))
			case !wanted:
				add("relation %q has row [%s: %s], which should not be there", relation, brief(key), brief(have))
			case have != want:
				add("relation %q has row [%s: %s], and not [%[2]s: %[4]s]", relation, brief(key), brief(have), brief(want))
			}
		}
	}
	if most := 5; len(lines) > most {
		lines = append(lines[:most], fmt.Sprintf("and %d more", len(lines)-most))
	}
	return strings.Join(lines, "\n")
}

func sortedKeys[V any](x, y map[string]V) []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(x)), maps.Keys(y))
	slices.Sort(all)
	return slices.Compact(all)
}

// brief returns text to be read: what is not text is quoted, and what is long is cut.
func brief(text string) string {
	const most = 120
	if len(text) > most {
		return fmt.Sprintf("%s... (%d bytes)", brief(strings.ToValidUTF8(text[:most], "")), len(text))
	}
	for _, r := range text {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return strconv.Quote(text)
		}
	}
	return text
}
