package engine

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/seed-250bd433/junction/persist"
)

// Watch returns a snapshot and the commits after it.
func (g *Graph) Watch(ctx context.Context) (*Snapshot, iter.Seq2[*Commit, error]) {
	g.MustExist()
	mustHave(ctx)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr == ErrNotOpen {
		return g.snapshot(), func(yield func(*Commit, error) bool) { yield(nil, ErrNotOpen) }
	}
	if err := ctx.Err(); err != nil {
		return g.snapshot(), func(yield func(*Commit, error) bool) { yield(nil, watchEnded(err)) }
	}
	w := &watcher{g: g, ctx: ctx, next: g.revision + 1, wake: make(chan waking, 1)}
	g.feed.join(w)
	g.setWatched()
	stop := context.AfterFunc(ctx, w.leave)
	return g.snapshot(), func(yield func(*Commit, error) bool) {
		if !g.feed.loop(w) {
			yield(nil, errLooped)
			return
		}
		defer stop()
		defer w.leave()
		w.follow(yield)
	}
}

// setWatched notes for the writers whether there is a watcher. The caller has mu.
func (g *Graph) setWatched() {
	g.watched = g.feed.len() > 0
	g.recording = g.watched && g.opts.Store == nil
}

// publish gives commits to the watchers. The caller has mu, so that they come in the order of their
// revisions.
func (g *Graph) publish(commits []*Commit) {
	if g.watched {
		for _, c := range commits {
			c.Keep()
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
	g      *Graph
	ctx    context.Context
	next   uint64      // the revision that it has not seen yet
	wake   chan waking // with room for one
	looped bool        // guarded by feed.mu, as left is
	left   bool
}

// waking is what a watcher that waits is woken with.
type waking struct {
	commits []*Commit  // that follow what it has seen; none at the end of the feed
	others  []*watcher // that it wakes in turn
}

// follow yields commits until there is an error.
func (w *watcher) follow(yield func(*Commit, error) bool) {
	for {
		commits, err := w.g.feed.after(w)
		if err == nil && len(commits) == 0 {
			commits, err = w.wait()
		}
		for _, c := range commits {
			if ctxErr := w.ctx.Err(); ctxErr != nil {
				err = watchEnded(ctxErr)
				break
			}
			if !yield(c, nil) {
				return
			}
			w.next++
		}
		if err != nil {
			yield(nil, err)
			return
		}
	}
}

// wait waits until the feed has changed, and returns the commits that come.
func (w *watcher) wait() ([]*Commit, error) {
	select {
	case woken := <-w.wake:
		woken.wakeOthers()
		if len(woken.commits) > 0 && woken.commits[0].Revision() != w.next {
			return nil, nil // behind a gap: the feed says so
		}
		return woken.commits, nil
	case <-w.ctx.Done():
		if !w.g.feed.forget(w) { // it is being woken, and must wake others
			(<-w.wake).wakeOthers()
		}
		return nil, watchEnded(w.ctx.Err())
	}
}

func watchEnded(err error) error { return fmt.Errorf("junction: watch ended: %w", err) }

// errLooped is the error of the second loop over a watch.
var errLooped = fmt.Errorf("%w: its sequence was looped over before, which ended the watch; call Watch for each loop", ErrLagged)

// wakeOthers wakes two watchers and lets each wake half of the rest, so that no one wakes more.
func (w waking) wakeOthers() {
	half := len(w.others) / 2
	waking{w.commits, w.others[:half]}.wakeFirst()
	waking{w.commits, w.others[half:]}.wakeFirst()
}

func (w waking) wakeFirst() {
	if len(w.others) > 0 {
		w.others[0].wake <- waking{w.commits, w.others[1:]} // does not block: a watcher is woken once
	}
}

// leave ends the watch.
func (w *watcher) leave() {
	w.g.mu.Lock()
	defer w.g.mu.Unlock()
	w.g.feed.drop(w)
	w.g.setWatched()
}

// feed keeps the last commits for the watchers.
//
// What holds at all times:
//   - commits are those with the revisions from first on, without a gap, and none without a watcher
//   - together they have at most limit changes, or there is just one
//   - a watcher is in waiting, or is about to be woken, only while it waits
//   - a watcher in waiting has seen all commits
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

// loop reports whether a loop over a watch is the first.
func (f *feed) loop(w *watcher) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !w.looped
	w.looped = true
	return first
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

// publish adds commits, drops the oldest, and hands the commits to the watchers that wait: these
// would otherwise lag if more commits came before they ran.
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
	woken := f.takeWaiting(commits)
	f.mu.Unlock()
	woken.wakeFirst()
}

// takeWaiting returns what wakes the watchers that wait. The caller has mu.
func (f *feed) takeWaiting(commits []*Commit) waking {
	w := waking{others: f.waiting}
	if len(f.waiting) > 0 {
		w.commits = slices.Clone(commits) // the caller uses its slice again
	}
	f.waiting = nil
	return w
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

// after returns commits that a watcher has not seen, or an error. If there is neither, the watcher
// is put among those that wait.
func (f *feed) after(w *watcher) ([]*Commit, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch seen := int(w.next - f.first); {
	case w.left:
		return nil, watchEnded(w.ctx.Err()) // which ended it: a loop leaves when it returns
	case w.next < f.first:
		return nil, fmt.Errorf("%w: the watcher fell behind: it is at revision %d, and the graph keeps those from %d on (see Options.WatchBuffer)",
			ErrLagged, w.next-1, f.first)
	case seen < len(f.commits):
		return slices.Clone(f.commits[seen:min(len(f.commits), seen+batchOfCommits)]), nil
	case f.closed:
		return nil, ErrClosed
	}
	f.waiting = append(f.waiting, w)
	return nil, nil
}

// batchOfCommits is how many commits a watcher takes at once. What it has taken stays in memory
// even if the feed drops it.
const batchOfCommits = 64

// forget takes a watcher out of those that wait, and reports whether it was there.
func (f *feed) forget(w *watcher) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := len(f.waiting)
	f.waiting = slices.DeleteFunc(f.waiting, func(waiting *watcher) bool { return waiting == w })
	return len(f.waiting) < n
}

// close wakes all watchers, to see that there is no more.
func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	woken := f.takeWaiting(nil)
	f.mu.Unlock()
	woken.wakeFirst()
}
