package main

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/seed-250bd433/junction/persist"
)

// format writes rows, of values that plain has made.
type format interface {
	begin() error
	row(left, right, through any) error
	end() error
}

var formats = map[string]func(w io.Writer, r *persist.Relation) format{
	"jsonl": func(w io.Writer, _ *persist.Relation) format { return jsonLines{newJSON(w)} },
	"csv":   func(w io.Writer, _ *persist.Relation) format { return csvTable{csv.NewWriter(w)} },
	"dot":   func(w io.Writer, r *persist.Relation) format { return dotGraph{w, r} },
}

type jsonLines struct{ *json.Encoder }

func newJSON(w io.Writer) *json.Encoder {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e
}

func (jsonLines) begin() error { return nil }
func (jsonLines) end() error   { return nil }

func (j jsonLines) row(left, right, through any) error {
	return j.Encode(struct {
		Left    any `json:"left"`
		Right   any `json:"right"`
		Through any `json:"through"`
	}{left, right, through})
}

type csvTable struct{ *csv.Writer }

func (c csvTable) begin() error { return c.Write([]string{"left", "right", "through"}) }

func (c csvTable) row(left, right, through any) error {
	return c.Write([]string{cell(left), cell(right), cell(through)})
}

func (c csvTable) end() error {
	c.Flush()
	return c.Error()
}

type dotGraph struct {
	w io.Writer
	*persist.Relation
}

func (d dotGraph) begin() error {
	kind := "digraph"
	if d.Undirected {
		kind = "graph"
	}
	_, err := fmt.Fprintf(d.w, "%s %s {\n", kind, quoteDOT(text(d.Name)))
	return err
}

func (d dotGraph) row(left, right, through any) error {
	arrow, label := "->", ""
	if d.Undirected {
		arrow = "--"
	}
	if through != nil {
		label = " [label=" + quoteDOT(cell(through)) + "]"
	}
	_, err := fmt.Fprintf(d.w, "\t%s %s %s%s\n", quoteDOT(cell(left)), arrow, quoteDOT(cell(right)), label)
	return err
}

func (d dotGraph) end() error {
	_, err := io.WriteString(d.w, "}\n")
	return err
}

// In a quoted string \" is a quote. What a backslash and an ampersand begin is read when the
// string is drawn. Graphviz takes a NUL for the end of its input.
var escapeDOT = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "&", "&amp;", "\x00", "\u2400")

func quoteDOT(s string) string { return `"` + escapeDOT.Replace(s) + `"` }

// cell returns a value as it stands in a table: a string as it is, anything else as JSON.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	var b bytes.Buffer
	_ = newJSON(&b).Encode(v) // of what plain makes it never fails
	return strings.TrimSuffix(b.String(), "\n")
}

// plain returns what codec.Value has decoded as JSON has it.
func plain(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, uint64:
		return v
	case struct{}:
		return nil
	case string:
		return text(v)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case float32:
		return finite(v, float64(v))
	case float64:
		return finite(v, v)
	case big.Int:
		return json.Number(v.String())
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			m[text(k)] = plain(e)
		}
		return m
	}
	return text(fmt.Sprint(v)) // what CBOR has beyond that
}

// finite returns a number itself if JSON has it.
func finite(v any, f float64) any {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return v
}

const base64Prefix = "base64:"

// text returns a string, or in its place one that is UTF-8, and that no other string gives.
func text(s string) string {
	if utf8.ValidString(s) && !strings.HasPrefix(s, base64Prefix) {
		return s
	}
	return base64Prefix + base64.StdEncoding.EncodeToString([]byte(s))
}
