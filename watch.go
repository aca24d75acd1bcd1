package junction

import (
	"context"
	"iter"

	"github.com/seed-250bd433/junction/internal/engine"
)

// Watch returns the graph as it is now and a sequence of every commit after that, in order and
// without a gap, each after it is durable (if there is a store). Begin with what the snapshot
// shows, then follow the commits:
//
//	snap, commits := g.Watch(ctx)
//	for edge := range members.At(snap).Edges() { ... }
//	for commit, err := range commits {
//		if err != nil { ... }
//		for change := range members.ChangesIn(commit) { ... }
//	}
//
// The sequence waits for the next commit. It ends with an error: that of the context when it is
// done; ErrNotOpen before Open; ErrClosed when the graph is closed and all commits were
// delivered; ErrLagged when the watcher has fallen behind by more than Options.WatchBuffer
// changes, so that commits were missed: watch again, from a new snapshot. A watcher that waits
// for the next commit is not behind, however large the commits are. The sequence is for one loop:
// leaving it ends the watch, and a second loop gets an ErrLagged that says so. A watch that is
// never looped over lasts until its context is done.
//
// A writer never waits for a watcher, and what it does for all of them takes O(1). While there is
// one, commits record what they changed, which in memory they otherwise do not. There is no
// goroutine behind a watch. Commits are shared by all watchers and must not be changed.
func (g *Graph) Watch(ctx context.Context) (*Snapshot, iter.Seq2[*Commit, error]) {
	snap, commits := g.engine().Watch(ctx)
	return (*Snapshot)(snap), func(yield func(*Commit, error) bool) {
		commits(func(c *engine.Commit, err error) bool { return yield((*Commit)(c), err) })
	}
}

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
