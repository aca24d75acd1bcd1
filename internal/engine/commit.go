package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// Commit is one atomic set of changes.
type Commit struct {
	persist persist.Commit
	kept    bool       // by the feed, so that it must not be used again
	alone   [1]*Commit // itself, if it is the one commit of an Append
}

// Revision returns the number of the commit.
func (c *Commit) Revision() uint64 { return c.persist.Revision }

// Len returns the number of edges that changed.
func (c *Commit) Len() (n int) {
	for _, batch := range c.persist.Batches {
		n += batch.Len()
	}
	return n
}

// Keep says that the feed has the commit. Its rows, which the store has, are not needed any more.
func (c *Commit) Keep() {
	c.kept = true
	for _, batch := range c.persist.Batches {
		batch.(*changes).rows = Rows{}
	}
}

// commit makes commits durable, if there is a store, and then visible, by install.
//
// What makes it safe:
//  1. The caller has the turn, so that the live state is what the commits were made from until
//     they are installed.
//  2. The store is asked first and outside mu: no reader waits for it, and nobody has seen what
//     it refuses.
//  3. Once the store has them, nothing can fail: revision, live state and feed change in one
//     critical section.
//  4. appending keeps Close away from a store that is at work.
//
// Wait returns when there is something to install; nil if there is already.
func (g *Graph) commit(ctx context.Context, commits []*Commit, wait, install func()) error {
	if err := g.beginInstall(ctx, commits, wait); err != nil {
		return err
	}
	defer g.endInstall(commits)
	install()
	return nil
}

// beginInstall makes commits durable. If it succeeds, the caller has appending and mu, installs
// them, and calls endInstall. Commits may be nil without a store and a
// watcher: the revision counts, and nothing is described.
func (g *Graph) beginInstall(ctx context.Context, commits []*Commit, wait func()) error {
	g.appending.Lock()
	installing := false
	defer func() {
		if !installing { // also if the store panics
			g.appending.Unlock()
		}
	}()
	if g.opts.Store != nil { // after which even Close cannot refuse the commits
		if err := g.append(ctx, commits); err != nil {
			return err
		}
	}
	if wait != nil { // not under mu, where readers would wait, too
		wait()
	}
	g.mu.Lock()
	if g.opts.Store == nil {
		if err := g.mayInstall(commits); err != nil {
			g.mu.Unlock()
			return err
		}
	}
	installing = true
	return nil
}

// mayInstall returns what speaks against commits in memory.
func (g *Graph) mayInstall(commits []*Commit) error {
	if g.writeErr == nil && g.watched && commits == nil {
		return errWatched
	}
	return g.writeErr
}

// endInstall ends what beginInstall began.
func (g *Graph) endInstall(commits []*Commit) {
	g.installed(commits)
	g.mu.Unlock()
	g.appending.Unlock()
}

// installed counts and publishes the commits that were installed. The caller has mu.
func (g *Graph) installed(commits []*Commit) {
	g.revision += uint64(max(len(commits), 1))
	g.publish(commits)
}

// errWatched says that somebody began to watch before a commit was described.
var errWatched = errors.New("junction: watched meanwhile")

// append asks the store. An error that is no refusal ends all writing.
func (g *Graph) append(ctx context.Context, commits []*Commit) (err error) {
	if err := g.refused(); err != nil {
		return err
	}
	g.appended = g.appended[:0]
	for _, c := range commits {
		g.appended = append(g.appended, &c.persist)
	}
	known := false
	err = errPanicked
	defer func() {
		clear(g.appended)
		if !known { // also if the store panicked
			err = g.fail(err)
		}
	}()
	err = g.opts.Store.Append(ctx, g.appended)
	known = err == nil || isRefusal(err)
	if err != nil {
		err = fmt.Errorf("junction: not committed: %w", err)
	}
	return err
}

// isRefusal reports whether an Append failed and wrote nothing.
func isRefusal(err error) bool {
	return errors.Is(err, persist.ErrRefused) && !errors.Is(err, persist.ErrUnknown)
}

// fail ends all writing after an Append whose outcome nobody knows.
func (g *Graph) fail(err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	err = fmt.Errorf("%w: close the graph and open it anew to see what is durable: %w", ErrStoreFailed, err)
	if g.writeErr != ErrClosed {
		g.writeErr = err
	}
	return err
}

// errPanicked is what fail is told if the store did not return.
var errPanicked = errors.New("the store panicked")
