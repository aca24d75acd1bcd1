package junction

import (
	"github.com/seed-250bd433/junction/internal/engine"
)

// Commit is one atomic set of changes of a graph, as Watch delivers it. It never changes.
type Commit engine.Commit

func (c *Commit) engine() *engine.Commit { return (*engine.Commit)(c) }

// Revision returns the number of the commit in the graph's history.
func (c *Commit) Revision() uint64 { return c.engine().Revision() }

// Len returns the number of edges that changed, of all relations.
func (c *Commit) Len() int { return c.engine().Len() }

// String describes the commit in a few words: its revision and size.
func (c *Commit) String() string { return c.engine().String() }

// MarshalJSON returns an error: a commit is written by a loop over ManyToMany.ChangesIn.
func (c *Commit) MarshalJSON() ([]byte, error) { return nil, errNoJSON }
