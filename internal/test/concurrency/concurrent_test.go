package concurrency_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

// The tests in this file do a given amount of work, not work for a given time. Run them with -race.

// workers run side by side. They report by Errorf and not by require, which may not be called
// outside the test's goroutine.
type workers struct{ sync.WaitGroup }

// repeat runs fn n times in each of count goroutines.
func (w *workers) repeat(count, n int, fn func(worker, round int)) {
	for worker := range count {
		w.Go(func() {
			for round := range n {
				fn(worker, round)
			}
		})
	}
}

func noError(t *testing.T, err error) {
	if err != nil {
		t.Errorf("unexpected error: %v", err)
	}
}

// stripes are two relations of one graph in which a commit writes a stripe: the edges from one
// left key to all of its right keys, in the first relation, in the second, or in both, every edge
// with the commit's own stamp. So a stripe whose stamps differ, or that is not all there, is half
// a commit.
type stripes struct {
	g             *junction.Graph
	first, second *junction.ManyToMany[int, int, int]
	stamp         atomic.Int64
}

// width is the number of edges of a stripe: of every other one more than the number up to which a
// call works in place.
func width(left int) int { return 5 + left%2*100 }

const forbidden = -1 // the stamp of what is rolled back

func newStripes() *stripes {
	g := junction.NewGraph(nil)
	return &stripes{
		g:      g,
		first:  junction.Relate[int, int, int](g, "first"),
		second: junction.Relate[int, int, int](g, "second"),
	}
}

func keys(left int) (ks []int) {
	for k := range width(left) {
		ks = append(ks, k)
	}
	return ks
}

func stripe(left int, stamp int) iter.Seq[junction.Edge[int, int, int]] {
	return func(yield func(junction.Edge[int, int, int]) bool) {
		for _, k := range keys(left) {
			if !yield(junction.Edge[int, int, int]{Left: left, Right: k, Through: stamp}) {
				return
			}
		}
	}
}

func neighboursOf(left int, stamp int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for _, k := range keys(left) {
			if !yield(k, stamp) {
				return
			}
		}
	}
}

// write makes one commit: each round in another way. A worker has a small and a large stripe of
// its own; nobody else writes them.
func (s *stripes) write(t *testing.T, worker, round int) {
	left, stamp := 2*worker+round/8%2, int(s.stamp.Add(1))
	var err error
	switch round % 8 {
	case 0:
		err = s.g.Update(t.Context(), func(tx *junction.Tx) error { return s.writeBoth(tx, left, stamp) })
	case 1:
		err = s.writeByHand(t.Context(), left, stamp)
	case 2:
		err = s.fail(t.Context(), left)
	case 3:
		_, err = s.first.AddAll(stripe(left, stamp))
	case 4:
		_, err = s.first.Left(left).AddEach(keys(left), stamp)
	case 5:
		_, err = s.first.Left(left).Set(neighboursOf(left, stamp))
	case 6:
		_, err = s.first.Left(left).ModifyAll(func(int, int, bool) (int, bool) { return stamp, true }, keys(left)...)
	case 7:
		_, err = s.first.RemoveLeft(left)
	}
	noError(t, err)
}

func (s *stripes) writeBoth(tx *junction.Tx, left int, stamp int) error {
	_, err1 := s.first.In(tx).AddAll(stripe(left, stamp))
	_, err2 := s.second.In(tx).Left(left).Set(neighboursOf(left, stamp))
	return errors.Join(err1, err2)
}

func (s *stripes) writeByHand(ctx context.Context, left int, stamp int) error {
	tx, err := s.g.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := s.first.In(tx).RemoveLeft(left); err != nil {
		return err
	}
	if err := s.writeBoth(tx, left, stamp); err != nil {
		return err
	}
	return tx.Commit()
}

// fail writes what nobody may ever see.
func (s *stripes) fail(ctx context.Context, left int) error {
	planned := errors.New("planned")
	err := s.g.Update(ctx, func(tx *junction.Tx) error {
		if err := s.writeBoth(tx, left, forbidden); err != nil {
			return err
		}
		return planned
	})
	if errors.Is(err, planned) {
		return nil
	}
	return fmt.Errorf("rolled back with %w", err)
}

// wholeStripe returns what is wrong with the neighbours of a left key.
func wholeStripe(left int, neighbours iter.Seq2[int, int]) error {
	count, stamp := 0, 0
	for _, through := range neighbours {
		if count > 0 && through != stamp {
			return fmt.Errorf("stripe %d has stamps %d and %d", left, stamp, through)
		}
		count, stamp = count+1, through
	}
	if count != 0 && count != width(left) || stamp == forbidden {
		return fmt.Errorf("stripe %d has %d edges of %d, with stamp %d", left, count, width(left), stamp)
	}
	return nil
}

// wholeRelation looks at all stripes in one loop over edges.
func wholeRelation(edges iter.Seq[junction.Edge[int, int, int]]) error {
	byLeft := map[int][]int{}
	for e := range edges {
		byLeft[e.Left] = append(byLeft[e.Left], e.Through)
	}
	for left, stamps := range byLeft {
		neighbours := func(yield func(int, int) bool) {
			for k, stamp := range stamps {
				if !yield(k, stamp) {
					return
				}
			}
		}
		if err := wholeStripe(left, neighbours); err != nil {
			return err
		}
	}
	return nil
}

// read looks at the live relations in one of several ways.
func (s *stripes) read(t *testing.T, worker, round, lefts int) {
	left := (worker + round) % lefts
	switch round % 6 {
	case 0:
		noError(t, wholeStripe(left, s.first.Left(left).All()))
	case 1:
		noError(t, wholeStripe(left, s.second.Left(left).Backward()))
	case 2:
		noError(t, wholeRelation(s.first.Edges()))
	case 3:
		both := junction.And(s.second.Left(left), s.second.Left(left)).Count()
		if both != 0 && both != width(left) {
			t.Errorf("And of stripe %d and itself has %d keys of %d", left, both, width(left))
		}
	case 4:
		ks := keys(left)
		if c := s.first.Left(left).Count(); c != 0 && c != len(ks) {
			t.Errorf("stripe %d counts %d of %d", left, c, len(ks))
		}
		s.first.Left(left).HasAll(ks...)
		s.first.Has(left, ks[0])
	case 5:
		noError(t, wholeSnapshot(s, s.g.Snapshot()))
	}
}

// wholeSnapshot returns what is wrong with a snapshot: half a commit, or sides that do not mirror
// each other.
func wholeSnapshot(s *stripes, snap *junction.Snapshot) error {
	for _, r := range []*junction.ManyToMany[int, int, int]{s.first.At(snap), s.second.At(snap)} {
		if err := errors.Join(wholeRelation(r.Edges()), mirrored(r)); err != nil {
			return err
		}
	}
	return nil
}

// mirrored compares the edges as the right side has them with those of the left side.
func mirrored(r *junction.ManyToMany[int, int, int]) error {
	edges := 0
	for right, degree := range r.Rights() {
		n := 0
		for left, through := range r.Right(right).All() {
			n++
			if got, ok := r.Get(left, right); !ok || got != through {
				return fmt.Errorf("edge %d-%d is %d on the right, and %d, %v on the left", left, right, through, got, ok)
			}
		}
		if n != degree {
			return fmt.Errorf("right node %d has the degree %d and %d neighbours", right, degree, n)
		}
		edges += n
	}
	if edges != r.Len() || edges != len(slices.Collect(r.Edges())) {
		return fmt.Errorf("%d edges on the right, %d on the left, %d counted", edges, len(slices.Collect(r.Edges())), r.Len())
	}
	return nil
}

// TestReadersSeeWholeCommits runs everything together: single writes, bulk writes and
// transactions, those that fail included, beside readers, loops and snapshots.
func TestReadersSeeWholeCommits(t *testing.T) {
	s := newStripes()
	const writers, readers = 3, 3
	var w workers
	w.repeat(writers, fixture.Rounds(1600), func(worker, round int) { s.write(t, worker, round) })
	w.repeat(readers, fixture.Rounds(2000), func(worker, round int) { s.read(t, worker, round, 2*writers) })
	w.repeat(1, fixture.Rounds(1000), func(_, _ int) { noError(t, s.g.Check()); s.g.Stats() })
	w.Wait()
	require.NoError(t, s.g.Check())
	require.NoError(t, wholeSnapshot(s, s.g.Snapshot()))
}

// TestBothRelationsCommitTogether holds that a snapshot shows a transaction in all of its
// relations or in none, and that And looks at the nodes of a graph at one moment.
func TestBothRelationsCommitTogether(t *testing.T) {
	s := newStripes()
	const lefts = 2
	var w workers
	w.repeat(lefts, fixture.Rounds(1500), func(left, _ int) {
		stamp := int(s.stamp.Add(1))
		noError(t, s.g.Update(t.Context(), func(tx *junction.Tx) error {
			if stamp%3 == 0 {
				_, err1 := s.first.In(tx).RemoveLeft(left)
				_, err2 := s.second.In(tx).RemoveLeft(left)
				return errors.Join(err1, err2)
			}
			return s.writeBoth(tx, left, stamp)
		}))
	})
	w.repeat(3, fixture.Rounds(3000), func(worker, round int) {
		left := round % lefts
		snap := s.g.Snapshot()
		x, okX := s.first.At(snap).Get(left, 0)
		y, okY := s.second.At(snap).Get(left, 0)
		if x != y || okX != okY {
			t.Errorf("stamp %d, %v in one relation and %d, %v in the other", x, okX, y, okY)
		}
		common := junction.And(s.first.Left(left), s.second.Left(left)).Count()
		all := junction.Or(s.first.Left(left), s.second.Left(left)).Count()
		none := junction.Minus(s.first.Left(left), s.second.Left(left)).Count()
		if common != 0 && common != width(left) || all != 0 && all != width(left) || none != 0 {
			t.Errorf("half a commit: %d in both, %d in any, %d in one only", common, all, none)
		}
	})
	w.Wait()
	require.NoError(t, s.g.Check())
}

// TestSnapshotsNeverChange reads every snapshot when it is taken and once more when all writing
// is over.
func TestSnapshotsNeverChange(t *testing.T) {
	s := newStripes()
	type kept struct {
		snap  *junction.Snapshot
		edges [2][]junction.Edge[int, int, int]
	}
	all := make(chan kept, 1000)
	edgesAt := func(snap *junction.Snapshot) [2][]junction.Edge[int, int, int] {
		return [2][]junction.Edge[int, int, int]{slices.Collect(s.first.At(snap).Edges()), slices.Collect(s.second.At(snap).Edges())}
	}
	var w workers
	w.repeat(3, fixture.Rounds(160), func(worker, round int) { s.write(t, worker, round) })
	w.repeat(2, fixture.Rounds(120), func(_, _ int) {
		snap := s.g.Snapshot()
		all <- kept{snap, edgesAt(snap)}
	})
	w.Wait()
	close(all)
	atRevision := map[uint64][2][]junction.Edge[int, int, int]{}
	for k := range all {
		require.Equal(t, k.edges, edgesAt(k.snap))
		require.NoError(t, wholeSnapshot(s, k.snap))
		if other, ok := atRevision[k.snap.Revision()]; ok {
			require.Equal(t, other, k.edges, "two snapshots of one revision")
		}
		atRevision[k.snap.Revision()] = k.edges
	}
}

// TestRevisionsOnlyRise holds that revisions count commits, and that whoever sees a commit sees
// its revision.
func TestRevisionsOnlyRise(t *testing.T) {
	g := junction.NewGraph(nil)
	r := junction.Relate[int, int, int](g, "r")
	const writers = 3
	n := fixture.Rounds(4000)
	var w workers
	w.repeat(writers, n, func(worker, round int) {
		before := g.Revision()
		write := func(r *junction.ManyToMany[int, int, int]) error {
			_, err := r.Add(worker, 0, round+1)
			return err
		}
		if round%2 == 0 {
			noError(t, write(r))
		} else {
			noError(t, g.Update(t.Context(), func(tx *junction.Tx) error { return write(r.In(tx)) }))
		}
		if after := g.Revision(); after <= before {
			t.Errorf("revision %d before and %d after a commit", before, after)
		}
	})
	w.repeat(2, n, func(_, _ int) {
		low := g.Snapshot()
		high := g.Snapshot()
		commits := 0 // each writer's last value is the number of its commits
		for _, through := range r.At(high).Right(0).All() {
			commits += through
		}
		if low.Revision() > high.Revision() || uint64(commits) != high.Revision() {
			t.Errorf("revisions %d and then %d, which shows %d commits", low.Revision(), high.Revision(), commits)
		}
	})
	w.Wait()
	require.EqualValues(t, writers*n, g.Revision())
}

// TestLoopsMayDoAnything writes, opens transactions and loops again inside loops, in several
// goroutines that do the same. If a loop held a lock, this would never end.
func TestLoopsMayDoAnything(t *testing.T) {
	g := junction.NewGraph(nil)
	r := junction.Relate[int, int, int](g, "r")
	_, err := r.AddAll(func(yield func(junction.Edge[int, int, int]) bool) {
		for i := range 2000 {
			if !yield(junction.Edge[int, int, int]{Left: i % 3, Right: i, Through: 1}) {
				return
			}
		}
	})
	require.NoError(t, err)
	var w workers
	w.repeat(4, fixture.Rounds(80), func(worker, round int) {
		body := func(k int) bool {
			disturb(t, r, worker, k)
			return k < 40
		}
		switch round % 8 {
		case 0:
			r.Edges()(func(e junction.Edge[int, int, int]) bool { return body(e.Right) })
		case 1:
			r.Lefts()(func(k, _ int) bool { return body(k) })
		case 2:
			r.Rights()(func(k, _ int) bool { return body(k) })
		case 3:
			r.Left(worker % 3).All()(func(k int, _ int) bool { return body(k) })
		case 4:
			r.Left(worker % 3).Backward()(func(k int, _ int) bool { return body(2000 - k) })
		case 5:
			r.Left(0).Range(junction.From(3))(func(k int, _ int) bool { return body(k) })
		case 6:
			junction.Or(r.Left(0), r.Left(1)).Keys()(body)
		case 7:
			junction.Minus(junction.Or(r.Left(0), r.Left(1)), r.Left(2)).Keys()(body)
		}
	})
	w.Wait()
	require.NoError(t, g.Check())
}

// disturb writes the relation in one of several ways.
func disturb(t *testing.T, r *junction.ManyToMany[int, int, int], worker, k int) {
	var err error
	switch k % 5 {
	case 0:
		_, err = r.Add(worker, k, worker)
	case 1:
		_, err = r.Remove(worker%3, k)
	case 2:
		err = r.Graph().Update(t.Context(), func(tx *junction.Tx) error {
			for n := range r.In(tx).Right(k).Keys() {
				if _, err := r.In(tx).Add(n, k+1, 2); err != nil {
					return err
				}
			}
			return nil
		})
	case 3:
		_, err = r.Right(k).Modify(worker, func(old int, ok bool) (int, bool) {
			return old + r.Left(worker).Count(), true
		})
	case 4:
		_, err = r.Left(worker).AddAll(r.Left(k % 3).Range(junction.From(k).Below(k + 30)))
	}
	noError(t, err)
}

// TestLoopsOutliveTheirTransaction begins loops inside a transaction and goes on with them after
// its commit, beside writers. They show the transaction as it was when they began.
func TestLoopsOutliveTheirTransaction(t *testing.T) {
	for _, left := range []int{0, 1} {
		for _, cleared := range []bool{false, true} {
			s := newStripes()
			_, err := s.first.AddAll(stripe(left, 1))
			require.NoError(t, err)
			_, err = s.first.Add(left+2, 1, 7)
			require.NoError(t, err)
			tx, err := s.g.Begin(t.Context())
			require.NoError(t, err)
			in := s.first.In(tx)
			if cleared { // so that the commit exchanges the relation whole
				_, err = in.Clear()
				require.NoError(t, err)
			}
			_, err = in.AddAll(stripe(left, 2))
			require.NoError(t, err)

			_, err = in.Add(left+2, 2, 8) // a node that is not written again before the commit, but right after it
			require.NoError(t, err)
			wantEdges, wantChanges := slices.Collect(in.Edges()), slices.Collect(in.Changes())
			nextEdge, stopEdges := iter.Pull(in.Edges())
			defer stopEdges()
			nextChange, stopChanges := iter.Pull(in.Changes())
			defer stopChanges()
			edge, _ := nextEdge()
			change, _ := nextChange()
			gotEdges, gotChanges := []junction.Edge[int, int, int]{edge}, []junction.Change[int, int, int]{change}

			_, err = in.Left(left).Remove(2, 3) // the loops have begun
			require.NoError(t, err)
			require.NoError(t, tx.Commit())
			var w workers
			w.repeat(1, 50, func(_, round int) {
				_, err := s.first.Add(left, round%9, round)
				noError(t, err)
				_, err = s.first.Add(round%5, round%7, round)
				noError(t, err)
				_, err = s.first.Add(left+2, 2, round)
				noError(t, err)
			})
			if left == 0 { // else side by side
				w.Wait()
			}
			for e, ok := nextEdge(); ok; e, ok = nextEdge() {
				gotEdges = append(gotEdges, e)
			}
			for c, ok := nextChange(); ok; c, ok = nextChange() {
				gotChanges = append(gotChanges, c)
			}
			w.Wait()
			require.Equal(t, wantEdges, gotEdges)
			require.Equal(t, wantChanges, gotChanges)
			require.NoError(t, s.g.Check())
		}
	}
}

// TestNoUpdateIsLost counts: whatever reads, changes and writes in one commit must do so alone.
func TestNoUpdateIsLost(t *testing.T) {
	g := junction.NewGraph(nil)
	r := junction.Relate[string, string, int](g, "r")
	increment := func(old int, _ bool) (int, bool) { return old + 1, true }
	const counters = 5
	n := fixture.Rounds(1000)
	var w workers
	w.repeat(counters, n, func(worker, _ int) {
		switch worker {
		case 0:
			_, err := r.Left("a").Modify("b", increment)
			noError(t, err)
		case 1:
			_, err := r.Right("b").Modify("a", increment)
			noError(t, err)
		case 2:
			_, err := r.Left("a").ModifyAll(func(_ string, old int, ok bool) (int, bool) { return increment(old, ok) }, "b", "c")
			noError(t, err)
		case 3:
			noError(t, g.Update(t.Context(), func(tx *junction.Tx) error {
				old, _ := r.In(tx).Get("a", "b")
				_, err := r.In(tx).Add("a", "b", old+1)
				return err
			}))
		case 4:
			tx, err := g.Begin(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			_, err = r.In(tx).Inverse().Left("b").Modify("a", increment)
			noError(t, err)
			noError(t, tx.Commit())
		}
	})
	w.repeat(2, n, func(worker, round int) { // goes between them
		_, err := r.Add("a", fmt.Sprint(worker), round)
		noError(t, err)
	})
	w.Wait()
	sum, _ := r.Get("a", "b")
	require.EqualValues(t, counters*n, sum)
	require.NoError(t, g.Check())
}

// The tests below run in a bubble, in which synctest.Wait returns when all others have ended or
// wait for each other. The bubble fails if a goroutine is left behind in it.

// TestWritersWaitForTheirTurn holds that while a transaction is open, every kind of write waits,
// nothing that it does is seen, and that they all come through after it.
func TestWritersWaitForTheirTurn(t *testing.T) {
	for name, finish := range map[string]func(tx *junction.Tx) error{
		"commit":   (*junction.Tx).Commit,
		"rollback": func(tx *junction.Tx) error { tx.Rollback(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStripes()
				tx, err := s.g.Begin(t.Context())
				require.NoError(t, err)
				_, err = s.first.In(tx).Add(-1, -1, 1)
				require.NoError(t, err)

				var done atomic.Int64
				var w workers
				w.repeat(4, 8, func(worker, round int) {
					s.write(t, worker, round)
					done.Add(1)
				})
				synctest.Wait()
				require.Zero(t, done.Load(), "writes that did not wait")
				require.Zero(t, s.first.Len()+s.second.Len())
				require.Zero(t, s.g.Revision())
				require.Zero(t, s.g.Snapshot().Revision())
				require.Equal(t, 1, s.first.In(tx).Len())

				require.NoError(t, finish(tx))
				w.Wait()
				require.EqualValues(t, 4*8, done.Load())
				require.Equal(t, name == "commit", s.first.Has(-1, -1))
				require.NoError(t, s.g.Check())
			})
		})
	}
}

// TestWaitingEnds holds that whoever waits for a turn stops when its context ends or the graph is
// closed, and that it does not take the turn with it.
func TestWaitingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStripes()
		tx, err := s.g.Begin(t.Context())
		require.NoError(t, err)

		ctx, cancel := context.WithCancel(t.Context())
		results := make(chan error, 100)
		var w workers
		w.repeat(3, 1, func(_, _ int) {
			_, err := s.g.Begin(ctx)
			results <- err
		})
		w.repeat(3, 1, func(_, _ int) {
			results <- s.g.Update(ctx, func(*junction.Tx) error { panic("must not run") })
		})
		synctest.Wait()
		require.Empty(t, results)
		cancel()
		w.Wait()
		for range 6 {
			require.ErrorIs(t, <-results, context.Canceled)
		}

		tx.Rollback()
		tx, err = s.g.Begin(t.Context())
		require.NoError(t, err)
		w.repeat(3, 1, func(left, _ int) {
			_, err := s.first.Add(left, left, 1)
			results <- err
		})
		w.repeat(3, 1, func(left, _ int) {
			_, err := s.first.AddAll(stripe(2*left+1, 1))
			results <- err
		})
		synctest.Wait()
		require.Empty(t, results)
		require.NoError(t, s.g.Close())
		w.Wait()
		for range 6 {
			require.ErrorIs(t, <-results, junction.ErrClosed)
		}
		require.ErrorIs(t, tx.Commit(), junction.ErrClosed)
		require.Zero(t, s.first.Len())
	})
}

// TestGoexitEndsTransaction holds that a goroutine that ends inside Update, as t.FailNow does,
// leaves nothing behind: no change, and no turn that nobody gives back.
func TestGoexitEndsTransaction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStripes()
		var w workers
		w.Go(func() {
			_ = s.g.Update(t.Context(), func(tx *junction.Tx) error {
				noError(t, s.writeBoth(tx, 1, forbidden))
				runtime.Goexit()
				return nil
			})
		})
		w.Wait()
		require.Zero(t, s.first.Len())
		_, err := s.first.Add(1, 1, 1)
		require.NoError(t, err)
	})
}

// TestFinishedTransactionBesideWriters holds that a transaction which is over refuses, and does
// not look at a live state that others are writing.
func TestFinishedTransactionBesideWriters(t *testing.T) {
	s := newStripes()
	tx, err := s.g.Begin(t.Context())
	require.NoError(t, err)
	require.NoError(t, tx.Commit())
	var w workers
	w.repeat(1, fixture.Rounds(100), func(_, round int) { s.write(t, 0, round) })
	w.repeat(2, fixture.Rounds(100), func(_, _ int) {
		if _, err := s.first.In(tx).Add(1, 1, forbidden); !errors.Is(err, junction.ErrTxDone) {
			t.Errorf("write through a finished transaction: %v", err)
		}
	})
	w.Wait()
	require.NoError(t, wholeRelation(s.first.Edges()))
}

// TestFailedCommitCountsNothing holds that a call whose commit fails reports no changes.
func TestFailedCommitCountsNothing(t *testing.T) {
	s := newStripes()
	c, err := s.first.Left(1).Modify(1, func(int, bool) (int, bool) {
		noError(t, s.g.Close())
		return 1, true
	})
	require.ErrorIs(t, err, junction.ErrClosed)
	require.Zero(t, s.first.Len())
	require.Zero(t, c)
}
