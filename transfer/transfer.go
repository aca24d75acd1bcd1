package transfer

import (
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/seed-250bd433/junction"
)

// ErrFormat says that the input cannot be read as edges. The error around it names the line.
var ErrFormat = errors.New("junction/transfer: malformed input")

// ErrValue says that a key or a through value cannot be written so that it reads back the same.
var ErrValue = errors.New("junction/transfer: value cannot be written")

// Options say how edges are read. Nil is the same as the zero Options.
type Options struct {
	// Chunk is how many edges are read into one commit. Zero makes one commit of all: if there is
	// an error, nothing is changed. Otherwise the commits before the error stay, and the Counts
	// say what they changed.
	Chunk int
}

// add gives the edges of a sequence to a relation.
func add[A, B, T any](m *junction.ManyToMany[A, B, T], edges iter.Seq2[junction.Edge[A, B, T], error], o *Options) (junction.Counts, error) {
	if o == nil || o.Chunk <= 0 {
		return m.AddAllErr(edges)
	}
	var total junction.Counts
	chunk := make([]junction.Edge[A, B, T], 0, min(o.Chunk, 1<<16))
	commit := func() error {
		c, err := m.AddAll(slices.Values(chunk))
		total.Added += c.Added
		total.Updated += c.Updated
		chunk = chunk[:0]
		return err
	}
	for e, err := range edges {
		if err != nil {
			return total, err
		}
		if chunk = append(chunk, e); len(chunk) == o.Chunk {
			if err := commit(); err != nil {
				return total, err
			}
		}
	}
	return total, commit()
}

func malformed(line int, err error) error {
	return fmt.Errorf("%w: line %d: %w", ErrFormat, line, err)
}

func unwritable[A, B, T any](m *junction.ManyToMany[A, B, T], left A, right B, err error) error {
	return fmt.Errorf("%w: %v and %v in relation %q: %w", ErrValue, left, right, m.Name(), err)
}
