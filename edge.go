package junction

import (
	"fmt"

	"github.com/seed-250bd433/junction/internal/engine"
)

// Edge is one related pair and its through value. A relation has at most one edge for a pair.
type Edge[A, B, T any] struct {
	Left    A
	Right   B
	Through T
}

// Neighbour is the far end of an edge as seen from a node: a key of the other side and the through
// value.
type Neighbour[N, T any] struct {
	Key     N
	Through T
}

// Change is one edge that a commit or a transaction added, updated or removed.
type Change[A, B, T any] struct {
	Kind   Kind
	Left   A
	Right  B
	Before T // the through value before; the zero T for an added edge
	After  T // the through value after; the zero T for a removed edge
}

// Counts says what a call changed, net: each edge counts once, by its value before the call and its
// value after. The zero Counts means that nothing changed.
type Counts struct{ Added, Updated, Removed int }

// IsZero reports whether nothing changed.
func (c Counts) IsZero() bool { return c == Counts{} }

// Total returns the number of edges that changed.
func (c Counts) Total() int { return c.Added + c.Updated + c.Removed }

// add adds the counts of another call, about other edges.
func (c *Counts) add(o Counts) {
	c.Added += o.Added
	c.Updated += o.Updated
	c.Removed += o.Removed
}

// counted returns what a call of the engine has changed.
func counted(c engine.Counts, err error) (Counts, error) { return Counts(c), err }

// Kind says what became of an edge.
type Kind uint8

// The kinds of change.
const (
	Added Kind = iota + 1
	Updated
	Removed
)

// String returns "added", "updated" or "removed".
func (k Kind) String() string {
	switch k {
	case Added:
		return "added"
	case Updated:
		return "updated"
	case Removed:
		return "removed"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}
