package junction

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/seed-250bd433/junction/persist"
)

// Watch returns the graph as it is now and a sequence of every commit after that, in order and without a gap, each after it is
// durable (if there is a store). Begin with what the snapshot shows, then follow the commits:
//
//	snap, commits := g.Watch(ctx)
//	for edge := range members.At(snap).Edges() { ... }
//	for commit, err := range commits {
//		if err != nil { ... }
//		for change := range members.ChangesIn(commit) { ... }
//	}
//
// The sequence waits for the next commit. It ends with an error: that of the context when it is done; ErrNotOpen before Open; ErrClosed when the
// graph is closed and all commits were delivered; ErrLagged when the watcher has fallen behind by more than
// Options.WatchBuffer changes, so that commits were missed: watch again, from a new snapshot. It is for one loop: leaving it ends the
// watch, and a second one gets ErrLagged. A watch that is never looped over lasts until its context is done.
//
// A writer never waits for a watcher, and what it does for all of them takes O(1). While there is one, commits remember what they changed,
// which in memory they otherwise do not. There is no goroutine behind a watch. Commits are shared by all watchers and must not
// be changed.
func (g *Graph) Watch(ctx context.Context) (*Snapshot, iter.Seq2[*Commit, error]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr == ErrNotOpen {
		return g.snapshot(), func(yield func(*Commit, error) bool) { yield(nil, ErrNotOpen) }
	}
	if err := ctx.Err(); err != nil {
		return g.snapshot(), func(yield func(*Commit, error) bool) { yield(nil, watchEnded(err)) }
	}
	w := &watcher{g: g, ctx: ctx, next: g.revision + 1, wake: make(chan []*watcher, 1)}
	g.feed.join(w)
	g.setWatched()
	stop := context.AfterFunc(ctx, w.leave)
	return g.snapshot(), func(yield func(*Commit, error) bool) {
		defer stop()
		defer w.leave()
		w.follow(yield)
	}
}

// setWatched tells the writers whether anybody watches. The caller has mu.
func (g *Graph) setWatched() {
	g.watched = g.feed.len() > 0
	g.recording = g.watched && g.opts.Store == nil
}

// publish gives commits to the watchers. The caller has mu, so that the order is that of the revisions.
func (g *Graph) publish(commits []*Commit) {
	if g.watched {
		for _, c := range commits {
			c.keep()
		}
		g.feed.publish(commits)
	}
}

// publishRecorded gives the watchers what a write in place has recorded. The caller has mu.
func (g *Graph) publishRecorded() {
	if batches := g.takeRecorded(nil); len(batches) > 0 {
		g.publish([]*Commit{{persist: persist.Commit{Revision: g.revision, Batches: batches}}})
	}
}

// watcher is one loop over the feed.
type watcher struct {
	g    *Graph
	ctx  context.Context
	next uint64          // the revision that it has not seen yet
	wake chan []*watcher // wakes it, and gives it the watchers that it is to wake in turn
	left bool            // guarded by feed.mu
}

// follow yields commits until there is an error.
func (w *watcher) follow(yield func(*Commit, error) bool) {
	for {
		commits, err := w.g.feed.after(w)
		for _, c := range commits {
			if ctxErr := w.ctx.Err(); ctxErr != nil {
				yield(nil, watchEnded(ctxErr))
				return
			}
			if !yield(c, nil) {
				return
			}
			w.next++
		}
		if err == nil && len(commits) == 0 {
			err = w.wait()
		}
		if err != nil {
			yield(nil, err)
			return
		}
	}
}

// wait waits until the feed has changed.
func (w *watcher) wait() error {
	select {
	case others := <-w.wake:
		wakeAll(others)
		return nil
	case <-w.ctx.Done():
		if !w.g.feed.forget(w) { // somebody is about to wake it, and relies on it to wake others
			wakeAll(<-w.wake)
		}
		return watchEnded(w.ctx.Err())
	}
}

func watchEnded(err error) error { return fmt.Errorf("junction: watch ended: %w", err) }

// wakeAll wakes two watchers and lets each wake half of the others, so that whoever begins has done after two.
func wakeAll(watchers []*watcher) {
	half := len(watchers) / 2
	wakeFirst(watchers[:half])
	wakeFirst(watchers[half:])
}

func wakeFirst(watchers []*watcher) {
	if len(watchers) > 0 {
		watchers[0].wake <- watchers[1:] // which has room: a watcher waits once, and is woken once
	}
}

// leave ends the watch.
func (w *watcher) leave() {
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	w.g.feed.drop(w)
	w.g.setWatched()
}

// feed keeps the last commits for those who watch.
//
// What holds at all times:
//   - commits are those with the revisions from first on, without a gap, and none if nobody watches
//   - together they have at most limit changes, or there is just one
//   - a watcher is in waiting, or somebody is about to send to its wake, only while it waits
type feed struct {
	limit int

	mu       sync.Mutex // lock order: Graph.mu, then this
	watchers int
	commits  []*Commit
	first    uint64
	changes  int
	waiting  []*watcher
	closed   bool
}

// len returns the number of watches that have not ended.
func (f *feed) len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watchers
}

func (f *feed) join(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watchers++; f.watchers == 1 {
		f.first = w.next
	}
}

// drop ends a watch. After the last there is nothing to keep.
func (f *feed) drop(w *watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if w.left {
		return
	}
	w.left = true
	if f.watchers--; f.watchers == 0 {
		f.commits, f.changes = nil, 0
	}
}

// publish adds commits, lets go of the oldest, and wakes the first of those who wait.
func (f *feed) publish(commits []*Commit) {
	f.mu.Lock()
	for _, c := range commits {
		if c.Revision() != f.first+uint64(len(f.commits)) { // a call that panicked has left a gap
			f.commits, f.changes, f.first = nil, 0, c.Revision()
		}
		f.commits = append(f.commits, c)
		f.changes += c.Len()
	}
	f.trim()
	waiting := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	wakeFirst(waiting)
}

func (f *feed) trim() {
	n := 0
	for f.changes > f.limit && n < len(f.commits)-1 {
		f.changes -= f.commits[n].Len()
		n++
	}
	if n > 0 {
		clear(f.commits[:n])
		f.commits = f.commits[n:]
		f.first += uint64(n)
	}
}

// after returns the commits that a watcher has not seen. If there are none, it is put among those who wait, or gets an error.
func (f *feed) after(w *watcher) ([]*Commit, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch seen := int(w.next - f.first); {
	case w.left && w.ctx.Err() != nil:
		return nil, watchEnded(w.ctx.Err())
	case w.left || w.next < f.first:
		return nil, fmt.Errorf("%w: it wants revision %d", ErrLagged, w.next)
	case seen < len(f.commits):
		return slices.Clone(f.commits[seen:min(len(f.commits), seen+batchOfCommits)]), nil
	case f.closed:
		return nil, ErrClosed
	}
	f.waiting = append(f.waiting, w)
	return nil, nil
}

// batchOfCommits is how many commits a watcher takes at once: what it has taken is kept in memory though the feed lets go of it.
const batchOfCommits = 64

// forget takes a watcher out of those who wait, and reports whether it was there.
func (f *feed) forget(w *watcher) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.waiting)
	f.waiting = slices.DeleteFunc(f.waiting, func(waiting *watcher) bool { return waiting == w })
	return len(f.waiting) < n
}

// close wakes everybody to see that there is no more.
func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	waiting := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	wakeFirst(waiting)
}
