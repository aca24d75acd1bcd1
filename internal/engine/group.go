package engine

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// call is a write to a graph with a store that waits for its commit. Calls that wait at the same
// time share one Append: whoever has the turn leads, and commits for all. Each call is a commit
// of its own all the same, and fails alone if it is to blame: for what it returns, for a value
// that cannot be encoded, or for a row that the store refuses.
type call struct {
	write func(tx *Tx) error // may run more than once, each time in another transaction
	done  chan struct{}      // closed when what follows is final

	settled  bool // what follows is final
	err      error
	panicked any // what write panicked with, if it did
}

// run runs the call's write as part of a transaction and makes rows of what it changed.
func (c *call) run(tx *Tx) (batches []persist.Batch) {
	defer func() { c.panicked = recover() }()
	c.err = c.write(tx)
	batches = tx.g.takeRecorded(nil)
	if c.err == nil {
		c.err = tx.g.encode(batches)
	}
	return batches
}

// errAbandoned says that the goroutine which committed for several calls ended, by runtime.Goexit
// in a function of its caller.
var errAbandoned = errors.New("junction: not committed: the goroutine that led the commit has ended")

// share makes a write a commit of its own that is appended together with those of others who
// wait. It returns when the commit is durable and visible, or has failed.
func (g *Graph) share(write func(tx *Tx) error) error {
	c := &call{write: write, done: make(chan struct{})}
	g.calls.Add(c)
	if g.takeTurn() {
		g.lead()
	} else {
		g.await(c)
	}
	if c.panicked != nil {
		panic(c.panicked)
	}
	return c.err
}

// await waits until a call is ended, by somebody else or by leading itself.
func (g *Graph) await(c *call) {
	w := g.beginWait(g.opts.BusyTimeout)
	defer w.stop()
	select {
	case g.turn <- struct{}{}:
		g.lead()
		<-c.done // by this leader, or by the one before
	case <-c.done:
	case <-w.C:
		g.giveUp(c, w.busy())
	case <-g.life.Done():
		g.giveUp(c, ErrClosed)
	}
}

// giveUp ends a call that nobody has taken, or waits for whoever has.
func (g *Graph) giveUp(c *call, why error) {
	if g.calls.withdraw(c) {
		c.err = why
		return
	}
	<-c.done
}

// lead commits the calls that wait and gives back the turn. Every call that was taken is ended,
// even if the store panics.
func (g *Graph) lead() {
	defer g.leave()
	if g.crowded {
		g.gather()
	}
	began := time.Now()
	list := g.calls.take()
	defer func() {
		for _, c := range list {
			if !c.settled && c.err == nil {
				c.err = cmp.Or(g.refused(), errAbandoned)
			}
			close(c.done)
		}
	}()
	g.commitCalls(list)
	g.crowded = len(list) > 1 && time.Since(began) > worthGathering
}

// worthGathering is how long a shared commit takes at least for the next one to wait for those
// who shared it: gathering takes some 10 µs.
const worthGathering = 100 * time.Microsecond

// gather lets those who were woken by the last commit come back with their next call, as long as
// more and more come. Without it, the first to come back would have an Append to itself while all
// others wait for the one after: half as many commits a second.
func (g *Graph) gather() {
	const patience = 50
	waiting := 0
	for idle := 0; idle < patience; idle++ {
		if n := g.calls.len(); n > waiting {
			waiting, idle = n, 0
		}
		runtime.Gosched()
	}
}

// commitCalls runs calls in one transaction, of which each call's part becomes a commit, and
// appends these. The store may refuse them for the sake of one, and cannot say which: then the
// calls are run again by halves, and so on, until those that it refuses are alone. With n calls
// of which k are to blame, that takes some 2k log n Appends, and 2n-1 if it takes none.
func (g *Graph) commitCalls(list []*call) {
	tx, commits := g.runSound(list)
	err := g.refused()
	if err == nil && len(commits) > 0 {
		err = g.commit(tx.ctx, commits, nil, tx.install)
	}
	for _, c := range commits {
		if !c.kept {
			g.reuse(c.persist.Batches)
		}
	}
	if len(list) > 1 && isRefusal(err) && !errors.Is(err, persist.ErrConflict) {
		half := len(list) / 2
		g.commitCalls(list[:half])
		g.commitCalls(list[half:])
		return
	}
	for _, c := range list {
		if c.err == nil {
			c.err = err
		}
		c.settled = true
	}
}

// runSound is runCalls of those calls that leave no traces if they fail: where one does, all are
// run once more without it.
func (g *Graph) runSound(list []*call) (*Tx, []*Commit) {
	list = slices.Clone(list)
	tx, commits, spoilt := g.runCalls(list)
	for spoilt >= 0 {
		list = slices.Delete(list, spoilt, spoilt+1)
		tx, commits, spoilt = g.runCalls(list)
	}
	return tx, commits
}

// runCalls runs calls one after another. It ends early at one that has left traces though it
// failed.
func (g *Graph) runCalls(list []*call) (tx *Tx, commits []*Commit, spoilt int) {
	tx = &Tx{g: g, ctx: context.Background(), recording: true}
	for i, c := range list {
		batches := c.run(tx)
		switch {
		case c.panicked != nil || c.err != nil && len(batches) > 0:
			g.takeRecorded(nil) // what it had recorded when it panicked
			return tx, nil, i
		case len(batches) > 0:
			revision := g.revision + uint64(len(commits)) + 1
			commits = append(commits, &Commit{persist: persist.Commit{Revision: revision, Batches: batches}})
		}
	}
	return tx, commits, -1
}

// enterAlone takes the turn if nobody has it or waits for it.
func (g *Graph) enterAlone() bool {
	if !g.takeTurn() {
		return false
	}
	if g.crowded || g.calls.len() > 0 {
		g.leave()
		return false
	}
	return true
}

// takeAlone makes a commit of what was recorded, nil if that is nothing. It is for whoever is
// alone, and gives it back.
func (g *Graph) takeAlone() *Commit {
	if len(g.recorded) == 0 {
		return nil
	}
	c := g.spare
	if c == nil {
		c = new(Commit)
		c.alone[0] = c
	}
	g.spare = nil
	c.persist.Revision, c.persist.Batches = g.revision+1, g.takeRecorded(c.persist.Batches)
	return c
}

// giveBack lets a commit be used again, unless the feed keeps it.
func (g *Graph) giveBack(c *Commit) {
	if !c.kept {
		c.persist.Batches = g.reuse(c.persist.Batches)
		g.spare = c
	}
}

// calls are those that wait, in the order in which they came.
type calls struct {
	mu   sync.Mutex
	list []*call
}

func (q *calls) Add(c *call) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.list = append(q.list, c)
}

// take returns all calls and leaves none.
func (q *calls) take() []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.list
	q.list = nil
	return list
}

// withdraw takes a call out and reports whether it was there.
func (q *calls) withdraw(c *call) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.list)
	q.list = slices.DeleteFunc(q.list, func(waiting *call) bool { return waiting == c })
	return len(q.list) < n
}

func (q *calls) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.list)
}
