package persisttest

import (
	"context"
	"errors"

	"github.com/seed-250bd433/junction/persist"
)

// faultCases are those of TestFaults.
func faultCases() []testCase {
	return []testCase{
		{name: "Refuse/first Append", needs: fail, test: func(c *check) { testFault(c, Refuse, 0) }},
		{name: "Refuse/later Append", needs: fail, test: func(c *check) { testFault(c, Refuse, 3) }},
		{name: "Refuse/again and again", needs: fail, test: testRefusedAgain},
		{name: "Doubt/first Append", needs: fail, test: func(c *check) { testFault(c, Doubt, 0) }},
		{name: "Doubt/later Append", needs: fail, test: func(c *check) { testFault(c, Doubt, 3) }},
		{name: "Doubt/time and again", needs: fail, test: testDoubtAgain},
		{name: "Damage", needs: harm, test: testDamage},
	}
}

func fail(p Place) string {
	if p.Fail == nil {
		return "no Place.Fail"
	}
	return ""
}

func harm(p Place) string {
	if p.Damage == nil {
		return "no Place.Damage"
	}
	return ""
}

// testFault has an Append of several commits fail, after some that did not.
func testFault(c *check, fault Fault, earlier int) {
	w := c.start(library())
	for i := range earlier {
		w.append(commit{w.put("likes", 1, i, i), w.put("friends", 1, i, 0)})
	}
	w.suffer(fault, w.mixed())
}

// mixed returns commits that touch what may be there, and several relations.
func (w *writer) mixed() []commit {
	first := commit{w.put("likes", 1, 0, 7), w.put("likes", 3, 3, 3), w.put("order", 1, 1, 1)}
	if gone := w.remove("friends", 1, 0); w.rows.has(gone) {
		first = append(first, gone)
	}
	return []commit{first, {w.put("likes", 4, 4, 4)}, {w.remove("likes", 3, 3), w.put("likes", 4, 4, 5)}}
}

// suffer has one Append fail, and judges it.
func (w *writer) suffer(fault Fault, commits []commit) *writer {
	w.place.Fail(w.store, fault)
	err := w.try(context.Background(), commits...)
	if err == nil {
		breakf(handedIn, "Fail was called, and the next Append did not fail.")
	}
	if fault == Refuse && !errors.Is(err, persist.ErrRefused) {
		breakf(refused, "Append failed before anything was written, and the error is no ErrRefused: %v", err)
	}
	return w.settle(err, commits...)
}

// testRefusedAgain has several Appends in a row refused.
func testRefusedAgain(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 0, 0)})
	for range 3 {
		w.place.Fail(w.store, Refuse)
		if err := w.try(context.Background(), w.mixed()...); !errors.Is(err, persist.ErrRefused) {
			breakf(refused, "Append failed before anything was written, and the error is no ErrRefused: %v", err)
		}
	}
	w.settleRefused()
}

// testDoubtAgain has every other Append fail in doubt.
func testDoubtAgain(c *check) {
	w := c.start(library())
	for i := range 5 {
		w.append(commit{w.put("likes", 6, i, i)})
		w = w.suffer(Doubt, []commit{{w.put("likes", 7, i, i)}, {w.put("order", 7, i, i), w.put("likes", 6, i, i+1)}})
	}
}

// testDamage changes what was written. The store must not load, and say why each time it is asked.
func testDamage(c *check) {
	w := c.start(library())
	for i := range 10 {
		w.append(commit{w.put("likes", 1, i, i), w.put("order", i, i, i)})
	}
	c.close(w.store)
	c.place.Damage()
	for range 2 {
		store := c.opened()
		if _, err := c.load(store, library()); !errors.Is(err, persist.ErrDamaged) {
			breakf(damage, "The place was damaged, and Load returned: %v", err)
		}
	}
}
