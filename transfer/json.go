package transfer

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/seed-250bd433/junction"
)

// WriteJSON writes the edges of a relation as JSON lines, in their order.
func WriteJSON[A, B, T any](w io.Writer, m *junction.ManyToMany[A, B, T]) error {
	b := bufio.NewWriter(w)
	if err := writeEdges(b, m, ""); err != nil {
		return err
	}
	return b.Flush()
}

// ReadJSON adds the edges in JSON lines to a relation. An edge that is there already gets the value
// that was read.
func ReadJSON[A, B, T any](r io.Reader, m *junction.ManyToMany[A, B, T], o *Options) (junction.Counts, error) {
	return add(m, func(yield func(junction.Edge[A, B, T], error) bool) {
		for line, err := range lines(r) {
			var e junction.Edge[A, B, T]
			if err == nil {
				e, err = parseEdge[A, B, T](line, "")
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}, o)
}

// Relation is a relation of a graph that WriteGraph writes and ReadGraph reads: what Of returns.
type Relation interface {
	name() string
	graph() *junction.Graph
	write(w *bufio.Writer, at *junction.Snapshot) error
	reader(tx *junction.Tx) (add func(line line) error, end func() (junction.Counts, error))
}

// Of returns a relation for WriteGraph and ReadGraph, which know no types.
func Of[A, B, T any](m *junction.ManyToMany[A, B, T]) Relation { return relation[A, B, T]{m} }

// WriteGraph writes the edges of relations of one graph as JSON lines, one relation after the
// other, all at one revision. It writes those that it is given, and no others.
func WriteGraph(w io.Writer, relations ...Relation) error {
	if err := check(relations); err != nil || len(relations) == 0 {
		return err
	}
	b := bufio.NewWriter(w)
	at := relations[0].graph().Snapshot()
	for _, r := range relations {
		if err := r.write(b, at); err != nil {
			return err
		}
	}
	return b.Flush()
}

// ReadGraph adds the edges in JSON lines to relations of one graph, in one transaction: all of them
// or none. Lines of a relation that it is not given are an error.
func ReadGraph(ctx context.Context, r io.Reader, relations ...Relation) (total junction.Counts, err error) {
	if err := check(relations); err != nil || len(relations) == 0 {
		return total, err
	}
	err = relations[0].graph().Update(ctx, func(tx *junction.Tx) error {
		total, err = readInto(tx, r, relations)
		return err
	})
	if err != nil {
		return junction.Counts{}, err
	}
	return total, nil
}

func check(relations []Relation) error {
	for i, r := range relations {
		switch {
		case r.graph() != relations[0].graph():
			return fmt.Errorf("junction/transfer: relations %q and %q are of different graphs", relations[0].name(), r.name())
		case slices.ContainsFunc(relations[:i], func(o Relation) bool { return o.name() == r.name() }):
			return fmt.Errorf("junction/transfer: relation %q is given twice", r.name())
		}
	}
	return nil
}

func readInto(tx *junction.Tx, r io.Reader, relations []Relation) (total junction.Counts, err error) {
	adds := make(map[string]func(line) error, len(relations))
	var ends []func() (junction.Counts, error)
	for _, relation := range relations {
		add, end := relation.reader(tx)
		adds[relation.name()] = add
		ends = append(ends, end)
	}
	for line, err := range lines(r) {
		if err != nil {
			return total, err
		}
		var of struct{ Relation *string }
		if err := json.Unmarshal(line.text, &of); err != nil {
			return total, malformed(line.number, err)
		}
		if of.Relation == nil {
			return total, malformed(line.number, errors.New(`"relation" is missing`))
		}
		add := adds[*of.Relation]
		if add == nil {
			return total, malformed(line.number, fmt.Errorf("there is no relation %q to read it into", *of.Relation))
		}
		if err := add(line); err != nil {
			return total, err
		}
	}
	for _, end := range ends {
		c, err := end()
		if err != nil {
			return total, err
		}
		total.Added += c.Added
		total.Updated += c.Updated
	}
	return total, nil
}

type relation[A, B, T any] struct{ m *junction.ManyToMany[A, B, T] }

func (r relation[A, B, T]) name() string           { return r.m.Name() }
func (r relation[A, B, T]) graph() *junction.Graph { return r.m.Graph() }

func (r relation[A, B, T]) write(w *bufio.Writer, at *junction.Snapshot) error {
	return writeEdges(w, r.m.At(at), r.name())
}

// reader adds edges to the relation in a transaction, when all have come.
func (r relation[A, B, T]) reader(tx *junction.Tx) (func(line) error, func() (junction.Counts, error)) {
	var edges []junction.Edge[A, B, T]
	add := func(line line) error {
		e, err := parseEdge[A, B, T](line, r.name())
		edges = append(edges, e)
		return err
	}
	return add, func() (junction.Counts, error) { return r.m.In(tx).AddAll(slices.Values(edges)) }
}

// row is one line.
type row[A, B, T any] struct {
	Relation string `json:"relation,omitempty"`
	Left     A      `json:"left"`
	Right    B      `json:"right"`
	Through  T      `json:"through"`
}

func writeEdges[A, B, T any](w *bufio.Writer, m *junction.ManyToMany[A, B, T], name string) error {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	for e := range m.Edges() {
		line.Reset()
		err := enc.Encode(row[A, B, T]{name, e.Left, e.Right, e.Through})
		if err == nil && hasReplacement(line.Bytes()) {
			err = errors.New("text that is not UTF-8 is no JSON")
		}
		if err != nil {
			return unwritable(m, e.Left, e.Right, err)
		}
		if _, err := w.Write(line.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// hasReplacement reports whether encoding/json has put \ufffd in the place of bytes that are not
// UTF-8. The character itself it writes as it is.
func hasReplacement(line []byte) bool {
	for i := 0; i < len(line); i++ {
		if line[i] != '\\' {
			continue
		}
		if bytes.HasPrefix(line[i+1:], []byte("ufffd")) {
			return true
		}
		i++ // what is escaped may be a backslash
	}
	return false
}

// parsed is row with members that can be missing.
type parsed[A, B, T any] struct {
	Relation *string          `json:"relation"`
	Left     *json.RawMessage `json:"left"`
	Right    *json.RawMessage `json:"right"`
	Through  *T               `json:"through"`
}

// parseEdge reads a line, which may name the relation.
func parseEdge[A, B, T any](l line, name string) (e junction.Edge[A, B, T], err error) {
	var p parsed[A, B, T]
	dec := json.NewDecoder(bytes.NewReader(l.text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = errors.New("the line ends within a value")
		}
		return e, malformed(l.number, err)
	}
	if len(bytes.TrimSpace(l.text[dec.InputOffset():])) > 0 {
		return e, malformed(l.number, errors.New("there is more behind the object"))
	}
	if p.Relation != nil && name == "" {
		return e, malformed(l.number, fmt.Errorf("the line is of relation %q: read it by ReadGraph", *p.Relation))
	}
	if err := errors.Join(member("left", p.Left, &e.Left), member("right", p.Right, &e.Right)); err != nil {
		return e, malformed(l.number, err)
	}
	if p.Through != nil {
		e.Through = *p.Through
	}
	return e, nil
}

func member(name string, text *json.RawMessage, to any) error {
	if text == nil || string(*text) == "null" {
		return fmt.Errorf("%q is missing", name)
	}
	if err := json.Unmarshal(*text, to); err != nil {
		return fmt.Errorf("%q: %w", name, err)
	}
	return nil
}

// line is a line of input that is not blank.
type line struct {
	number int
	text   []byte
}

// lines returns the lines of an input, each good until the next.
func lines(r io.Reader) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		b := bufio.NewReader(r)
		for n := 1; ; n++ {
			text, err := b.ReadBytes('\n')
			if n == 1 {
				text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
			}
			if err != nil && err != io.EOF {
				yield(line{}, fmt.Errorf("junction/transfer: line %d: %w", n, err))
				return
			}
			text = bytes.TrimSpace(text)
			if fault := checkText(text); fault != nil {
				yield(line{}, malformed(n, fault))
				return
			}
			if len(text) > 0 && !yield(line{n, text}, nil) || err == io.EOF {
				return
			}
		}
	}
}

// half is an escape of half a character, and pair one of both halves.
var (
	half = regexp.MustCompile(`\\u[dD][89a-fA-F][0-9a-fA-F]{2}`)
	pair = regexp.MustCompile(`\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)
)

// checkText refuses a line in which encoding/json would take different texts for one: it reads what
// is not UTF-8, and half a character, as U+FFFD.
func checkText(text []byte) error {
	if !utf8.Valid(text) {
		return errors.New("the line is not UTF-8")
	}
	if bytes.Contains(text, []byte(`\u`)) {
		unescaped := bytes.ReplaceAll(text, []byte(`\\`), nil)
		if half.Match(pair.ReplaceAll(unescaped, nil)) {
			return errors.New("the line has an escape of half a character, such as \\ud800")
		}
	}
	return nil
}
