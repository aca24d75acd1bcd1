package persisttest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/seed-250bd433/junction/persist"
)

// loadCases are about a Load or an Append that is ended from outside, and about Close.
func loadCases() []testCase {
	return []testCase{
		{name: "Close", test: testClose},
		{name: "Loader that fails", test: testLoaderError},
		{name: "Load with a cancelled context", test: testLoadCancelled},
		{name: "Append with a cancelled context", test: testAppendCancelled},
		{name: "Append whose context ends while it reads", test: testAppendCancelledMidway},
	}
}

var errLoader = errors.New("persisttest: the Loader takes no more")

// testClose closes stores in all the ways there are, and opens the place after each.
func testClose(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	c.close(w.store)
	c.close(c.opened())
	w = c.resume(closing, w.schema, w.rows, w.revision)
	c.close(w.store)
	failed := c.opened()
	if _, err := c.load(failed, likesOf(persist.Bytes, persist.Int64, persist.String)); err == nil {
		breakf(misfit, "Load took a declaration of other kinds, and there are rows.")
	}
	c.close(failed)
	w = c.resume(closing, w.schema, w.rows, w.revision)
	w.append(commit{w.put("likes", 1, 2, 1)})
	w.reopen(closing)
}

// testLoaderError has the Loader fail at the first row, at the last and in between.
func testLoaderError(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1), w.put("likes", 1, 2, 1), w.put("friends", 1, 1, 0), w.put("order", 1, 1, 1)})
	w.append(commit{w.put("likes", 1, 1, 2)})
	c.close(w.store)
	store := c.opened()
	for takes := range 4 {
		_, err := c.loadBy(context.Background(), store, &loader{schema: library(), fail: errLoader, takes: takes})
		if !errors.Is(err, errLoader) {
			breakf(loading, "The Loader failed at row %d with %q, and Load returned: %v", takes+1, errLoader, err)
		}
	}
	c.loadsAgain(store, w)
}

// loadsAgain proves that a store whose Load failed holds on to nothing, and can be loaded.
func (c *check) loadsAgain(store persist.Store, w *writer) {
	other := c.resume(loading, w.schema, w.rows, w.revision)
	c.close(other.store)
	again := c.resumeWith(store, reloading, w.schema, w.rows, w.revision)
	again.append(commit{again.put("likes", 5, 5, 5)})
	again.reopen(reloading)
}

func testLoadCancelled(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1), w.put("likes", 1, 2, 1)})
	c.close(w.store)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	store := c.opened()
	if _, err := c.loadBy(ctx, store, &loader{schema: library()}); err == nil {
		breakf(loading, "The context was cancelled before Load, and it returned no error.")
	}
	c.loadsAgain(store, w)
}

func testAppendCancelled(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for range 2 {
		err := w.try(ctx, commit{w.put("likes", 1, 1, 2), w.put("likes", 1, 2, 2)}, commit{w.put("friends", 1, 2, 0)})
		if !errors.Is(err, persist.ErrRefused) {
			breakf(refusing, "The context was cancelled before Append, and the error is no ErrRefused: %v", err)
		}
	}
	w.settleRefused()
}

// testAppendCancelledMidway has the context end when the store reads a row. It may notice or not,
// but must know what it says.
func testAppendCancelledMidway(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	commits := []commit{{w.put("likes", 1, 1, 2), w.put("likes", 1, 2, 2)}, {w.put("likes", 1, 3, 2), w.put("friends", 1, 2, 0)}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	err := w.tryDelivery(ctx, w.newDelivery(commits).endingAt(3, cancel), commits)
	w.settle(err, commits...)
}

// endingAt has a context end when the store asks for the nth row.
func (d *delivery) endingAt(n int32, cancel func()) *delivery {
	var asked atomic.Int32
	for _, c := range d.commits {
		for _, b := range c.Batches {
			b.(*batch).read = func() {
				if asked.Add(1) == n {
					cancel()
				}
			}
		}
	}
	return d
}
