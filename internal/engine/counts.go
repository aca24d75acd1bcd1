package engine

// Counts are those of junction.Counts.
type Counts struct{ Added, Updated, Removed int }

// IsZero reports whether nothing changed.
func (c Counts) IsZero() bool { return c == Counts{} }

// Add adds the counts of another call, about other edges.
func (c *Counts) Add(o Counts) {
	c.Added += o.Added
	c.Updated += o.Updated
	c.Removed += o.Removed
}

// Count counts an edge.
func (c *Counts) Count(k Kind) {
	switch k {
	case Added:
		c.Added++
	case Updated:
		c.Updated++
	case Removed:
		c.Removed++
	}
}

// Kind says what became of an edge.
type Kind uint8

// The kinds of change.
const (
	Added Kind = iota + 1
	Updated
	Removed
)
