package junction

import "github.com/seed-250bd433/junction/internal/engine"

// Snapshot is a graph at one revision: m.At(snap) is the relation m as it was. It never changes,
// holds no lock, needs no Close and can be read by any number of goroutines. What it shares with
// later states is kept in memory for as long as the snapshot is; what changes after it is copied
// first, once.
type Snapshot engine.Snapshot

func (s *Snapshot) engine() *engine.Snapshot { return (*engine.Snapshot)(s) }

// Revision returns the number of the last commit that the snapshot shows.
func (s *Snapshot) Revision() uint64 { return s.engine().Revision() }

// String describes the snapshot in a few words: its revision.
func (s *Snapshot) String() string { return s.engine().String() }

// MarshalJSON returns an error: a snapshot is written by package transfer.
func (s *Snapshot) MarshalJSON() ([]byte, error) { return nil, errNoJSON }
