package persisttest

import (
	"context"
	"errors"

	"github.com/seed-250bd433/junction/persist"
)

// writerCases are about two stores that are open at one place.
func writerCases() []testCase {
	return []testCase{
		{name: "Second writer/the first is faster", test: func(c *check) { testSecondWriter(c, false) }},
		{name: "Second writer/the second is faster", test: func(c *check) { testSecondWriter(c, true) }},
	}
}

// testSecondWriter loads a second store beside the first. Either that fails, or one of them
// cannot append.
func testSecondWriter(c *check, secondFirst bool) {
	first := c.start(library())
	first.append(commit{first.put("likes", 1, 1, 1)})
	store := c.opened()
	second, err := c.load(store, library())
	switch {
	case err != nil:
		c.provesExclusion(first, store, err)
	case secondFirst:
		c.provesDetection(second, first)
	default:
		c.provesDetection(first, second)
	}
}

// provesExclusion proves that the first writer goes on, and that the second takes over when it
// has closed.
func (c *check) provesExclusion(first *writer, second persist.Store, err error) {
	if !errors.Is(err, persist.ErrInUse) {
		breakf(oneWriter, "Load of a place that another store has open failed, and not with ErrInUse: %v", err)
	}
	first.append(commit{first.put("likes", 1, 2, 2)})
	c.close(first.store)
	next := c.resumeWith(second, oneWriter, first.schema, first.rows, first.revision)
	next.append(commit{next.put("likes", 1, 3, 3)})
	next.reopen(oneWriter)
}

// provesDetection proves that of two writers who append the same revision only one does, that the
// other one is told, again and again, and that nothing of what it appended is found.
func (c *check) provesDetection(faster, slower *writer) {
	errs := [2]error{
		faster.try(context.Background(), commit{faster.put("likes", 1, 2, 2)}),
		slower.try(context.Background(), commit{slower.put("likes", 2, 1, 3)}),
	}
	if errs[0] != nil { // the later Load may have fenced the faster writer off
		faster, slower = slower, faster
		errs[0], errs[1] = errs[1], errs[0]
	}
	if errs[0] != nil || errs[1] == nil {
		breakf(oneWriter, "Two stores were loaded at the same revision, and one Append of two should have failed: %v; %v", errs[0], errs[1])
	}
	mustConflict(errs[1])
	faster.append(commit{faster.put("likes", 1, 3, 4)})
	mustConflict(slower.try(context.Background(), commit{slower.put("likes", 2, 2, 5)}))
	c.close(slower.store)
	faster.reopen(oneWriter)
}

func mustConflict(err error) {
	if !errors.Is(err, persist.ErrConflict) {
		breakf(oneWriter, "The Append of the writer who came second failed with no ErrConflict: %v", err)
	}
}
