package persisttest

import (
	"context"
	"errors"
	"math/rand/v2"

	"github.com/seed-250bd433/junction/persist"
)

// refreshCases are about stores whose rows other programs change too.
func refreshCases() []testCase {
	return []testCase{
		{name: "Refresh/nothing changed", needs: refresher, test: testRefresh},
		{name: "Refresh/others changed rows", needs: outside, test: testOutside},
		{name: "Refresh/others changed what is appended", needs: outside, test: testOutsideUnseen},
		{name: "Refresh/random program", needs: outside, test: testOutsideRandom},
		{name: "Refresh/Differ that fails", needs: outside, test: testDifferError},
		{name: "Refresh/cancelled context", needs: refresher, test: testRefreshCancelled},
	}
}

func refresher(p Place) string {
	store := p.Open()
	defer func() { _ = store.Close() }()
	if _, ok := store.(persist.Refresher); !ok {
		return "the store is no persist.Refresher"
	}
	return ""
}

func outside(p Place) string {
	if p.Outside == nil {
		return "no Place.Outside"
	}
	return refresher(p)
}

// testRefresh has nobody but the store change rows.
func testRefresh(c *check) {
	w := c.start(library())
	w.refresh(moment)
	w.append(commit{w.put("likes", 1, 1, 1), w.put("friends", 2, 1, 0), w.put("order", 1, 1, 0)}, commit{w.put("likes", 1, 2, 1)})
	w.refresh(moment)
	w.refresh(moment)
	w.append(commit{w.put("likes", 1, 1, 2), w.remove("likes", 1, 2)})
	w.refresh(moment)
	w = w.reopen(durable)
	w.refresh(moment)
	w.append(commit{w.remove("likes", 1, 1), w.remove("friends", 1, 2), w.remove("order", 1, 1)})
	w.refresh(moment)
	w.reopen(durable)
}

// testOutside has others change rows before and after each Append, in every way there is.
func testOutside(c *check) {
	w := c.start(library())
	w.outside(commit{w.put("likes", 1, 1, 1), w.put("likes", 1, 2, 1), w.put("friends", 1, 2, 0)})
	w.refresh(moment)
	w.append(commit{w.put("likes", 1, 3, 1), w.remove("likes", 1, 1)})
	w.outside(commit{w.put("likes", 1, 2, 2), w.remove("friends", 1, 2), w.put("order", 1, 1, 1)})
	w.outside(commit{w.put("likes", 1, 2, 3), w.put("order", 1, 2, 0)})
	w.refresh(moment)
	w.refresh(moment)
	w.append(commit{w.remove("likes", 1, 2), w.put("order", 1, 2, 3)})
	w = w.reopen(durable)
	w.outside(commit{w.put("likes", 2, 2, 2)})
	w.refresh(moment)
	w.refresh(moment)
	w.outside(commit{w.remove("likes", 2, 2)})
	w.reopen(state)
}

// testOutsideUnseen appends changes of rows that others have changed without a Refresh in between.
func testOutsideUnseen(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1), w.put("likes", 1, 2, 1), w.put("likes", 1, 3, 1)})
	w.outside(commit{w.remove("likes", 1, 1), w.remove("likes", 1, 2), w.put("likes", 1, 3, 2), w.put("likes", 1, 4, 2)})
	w.append(commit{w.remove("likes", 1, 1), w.put("likes", 1, 2, 3), w.put("likes", 1, 4, 3), w.remove("likes", 1, 3)})
	w.refresh(beside)
	w.reopen(beside)
}

// testOutsideRandom has a graph and others write by turns, to rows of their own and to those of
// each other.
func testOutsideRandom(c *check) {
	random := rand.New(rand.NewPCG(8, 0))
	w := c.start(library())
	for range c.size.steps {
		switch random.IntN(6) {
		case 0:
			w = w.reopen(state)
		case 1, 2:
			w.outside(w.randomCommit(random, w.rows))
		case 3:
			w.refresh(moment)
		default:
			w.refresh(moment)
			w.append(w.randomCommits(random)...)
		}
	}
	w.refresh(moment)
	w.reopen(state)
}

// testDifferError has the Differ fail at the first row and in between. The next Refresh gives
// everything.
func testDifferError(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	w.outside(commit{w.put("likes", 1, 1, 2), w.put("likes", 1, 2, 2), w.put("friends", 1, 2, 0), w.put("order", 1, 1, 1)})
	for takes := range 4 {
		if err := w.tryRefresh(context.Background(), &differ{loader: loader{fail: errLoader, takes: takes}}); !errors.Is(err, errLoader) {
			breakf(refreshing, "The Differ failed at row %d with %q, and Refresh returned: %v", takes+1, errLoader, err)
		}
	}
	w.refresh(refreshing)
	w.append(commit{w.put("likes", 1, 1, 3)})
	w.reopen(refreshing)
}

func testRefreshCancelled(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := w.tryRefresh(ctx, &differ{}); err == nil {
		breakf(refreshing, "The context was cancelled before Refresh, and it returned no error.")
	}
	w.refresh(refreshing)
	w.append(commit{w.put("likes", 1, 1, 2)})
	w.reopen(refreshing)
}
