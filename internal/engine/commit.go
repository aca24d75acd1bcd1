package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
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

// keep says that the feed has the commit. Its rows, which the store has, are not needed any more.
func (c *Commit) Keep() {
	c.kept = true
	for _, batch := range c.persist.Batches {
		batch.(*changes).rows = Rows{}
	}
}

// changesIn yields what a commit changed in the relation.
func (v *Relation) changesIn(c *Commit, yield func(k Kind, a, b, before, after pointer) bool) {
	for _, batch := range c.persist.Batches {
		set := batch.(*changes)
		if set.recorder != v.recorder {
			continue
		}
		l, declared := &set.list, v.isDeclared()
		for i, k := range l.kinds {
			a, b := l.left.At(i), l.right.At(i)
			if !declared {
				a, b = b, a
			}
			if !yield(k, a, b, l.before.At(i), l.after.At(i)) {
				return
			}
		}
		return
	}
}

// changes is what a commit changes in one relation. It is a persist.Batch. It has no type parameters, nor has a recorder: what
// has them is compiled once more for each relation of a program, and each direction.
type changes struct {
	recorder *recorder
	list     changeList
	rows     Rows
	whole    bool // listed at once, and not recorded one by one: there may be many
}

// Relation is the place of the relation in the schema.
func (c *changes) Relation() int { return c.recorder.place }

// Len is the number of edges.
func (c *changes) Len() int { return len(c.list.kinds) }

// Deleted reports whether edge i is removed.
func (c *changes) Deleted(i int) bool { return c.rows.deleted[i] }

// AppendBinary appends row i.
func (c *changes) AppendBinary(key, value []byte, i int) (k, v []byte) {
	return c.rows.AppendBinary(key, value, i)
}

// AppendColumns appends row i.
func (c *changes) AppendColumns(columns []any, i int) []any {
	return c.rows.AppendColumns(columns, i)
}

// AppendBefore appends the columns behind the key of row i as they were, and reports whether the
// row was there.
func (c *changes) AppendBefore(columns []any, i int) (before []any, was bool) {
	return c.rows.appendBefore(columns, i), c.list.kinds[i] != Added
}

// recorder records the changes of a relation, one by one as they are made, for a commit that is being made. Whoever makes it has
// the graph to itself.
type recorder struct {
	g       *Graph
	place   int             // in the schema
	left    *adjacency.Live // the left side, as declared
	of      *Decl
	current *changes   // being recorded
	spares  []*changes // of commits that nobody kept
	whole   *changes   // likewise, one that was listed at once
}

// How much a recorder keeps to be used again.
const (
	maxSpares    = 64      // as many as calls often share an Append
	maxKept      = 1 << 14 // so many edges may a list have room for
	maxKeptBytes = 1 << 20 // and their rows for so much
)

// begin returns the changes that are being recorded.
func (j *recorder) begin() *changes {
	if j.current == nil {
		if n := len(j.spares); n > 0 {
			j.current, j.spares = j.spares[n-1], j.spares[:n-1]
		} else {
			j.current = j.newChanges()
		}
		j.g.recorded = append(j.g.recorded, j)
	}
	return j.current
}

func (j *recorder) newChanges() *changes {
	return &changes{recorder: j, list: newChangeList(j.of.live.Types)}
}

// takeWhole returns changes without any, for those that are listed at once.
func (j *recorder) takeWhole() *changes {
	c := j.whole
	j.whole = nil
	if c == nil {
		c = j.newChanges()
		c.whole = true
	}
	return c
}

func (j *recorder) take() *changes {
	c := j.current
	j.current = nil
	return c
}

// giveBack lets the recorder use changes again which nobody has any more.
func (c *changes) giveBack() {
	j := c.recorder
	switch {
	case c.whole:
		j.whole = c
	case len(j.spares) < maxSpares && c.Len() <= inPlace:
		j.spares = append(j.spares, c)
	default:
		return
	}
	c.list.reset()
	c.rows.Clear()
}

// takeRecorded appends to a slice what was recorded since it was called last.
func (g *Graph) takeRecorded(batches []persist.Batch) []persist.Batch {
	for _, j := range g.recorded {
		batches = append(batches, j.take())
	}
	clear(g.recorded)
	g.recorded = g.recorded[:0]
	return batches
}

// reuse takes back batches that nobody has any more, and returns their slice.
func (g *Graph) reuse(batches []persist.Batch) []persist.Batch {
	for _, b := range batches {
		b.(*changes).giveBack()
	}
	clear(batches)
	return batches[:0]
}

// notePut records what put is about to do at a place.
func (v *Relation) notePut(a, b pointer, at adjacency.Place, through pointer, same ordered.Same) {
	if !at.Found {
		v.note(Added, a, b, nil, through)
	} else if old := at.Entry(v.Kind()); same == nil || !same(old, through) {
		v.note(Updated, a, b, old, through)
	}
}

// noteDelete records what delete is about to do at a place.
func (v *Relation) noteDelete(a, b pointer, at adjacency.Place) {
	if at.Found {
		v.note(Removed, a, b, at.Entry(v.Kind()), nil)
	}
}

// spell names the nodes of a change as they were written first: to a store, keys are the same if their bytes are.
func (v *Relation) spell(a, b pointer) (pointer, pointer) {
	a, b = v.Left.CanonicalKey(a), v.Right.CanonicalKey(b)
	if v.isLoop(a, b) {
		b = a
	}
	return a, b
}

// note records a change in the direction in which the relation was declared.
func (v *Relation) note(k Kind, a, b, before, after pointer) {
	a, b = v.spell(a, b)
	if v.Undirected && v.below(b, a) || !v.isDeclared() {
		a, b = b, a
	}
	v.recorder.begin().list.append(k, a, b, before, after)
}

// writeEdge commits a write of one edge: by itself if nobody else writes, and together with the others if somebody does. By itself it needs no
// draft and allocates nothing: it notes on the live state what it will do, and does it when that is durable.
func (v *Relation) writeEdge(a, b, through pointer, same ordered.Same, remove bool) (c Counts, err error) {
	g := v.G
	if !g.enterAlone() {
		return v.shareEdge(a, b, through, same, remove)
	}
	defer g.leave()
	left, right := adjacency.LocateBoth(v.Left, v.Right, a, b)
	if remove {
		v.noteDelete(a, b, left)
	} else {
		v.notePut(a, b, left, through, same)
	}
	commit := g.takeAlone()
	if commit == nil {
		return c, g.refused()
	}
	defer g.giveBack(commit)
	if err := g.encode(commit.persist.Batches); err != nil {
		return c, err
	}
	if err := g.beginInstall(context.Background(), commit.alone[:], nil); err != nil {
		return c, err
	}
	defer g.endInstall(commit.alone[:])
	if remove {
		v.deleteAt(a, b, left, right, &c)
	} else {
		v.putAt(a, b, left, right, through, nil, &c)
	}
	return c, nil
}

// shareEdge is writeEdge together with others: another goroutine may run it.
func (v *Relation) shareEdge(a, b, through pointer, same ordered.Same, remove bool) (Counts, error) {
	left, right, value := v.lefts().Type.Box(a), v.rights().Type.Box(b), pointer(nil)
	if !remove {
		value = v.Kind().Value().Box(through)
	}
	return v.share(func(v *Relation, c *Counts) {
		if remove {
			v.delete(left, right, c)
		} else {
			v.put(left, right, value, same, c)
		}
	})
}

// commit makes commits durable, if there is a store, and then visible, by install.
//
// What makes it safe:
//  1. The caller has the turn, so that the live state is what the commits were made from until they are installed.
//  2. The store is asked first and outside mu: no reader waits for it, and nobody has seen what it refuses.
//  3. Once the store has them, nothing can fail: revision, live state and feed change in one critical section.
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

// beginInstall makes commits durable. If it succeeds, the caller has appending and mu, installs them, and calls endInstall. Without a
// store and a watcher there may be no commits: then it is a revision that nobody asks about.
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
