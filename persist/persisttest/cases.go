package persisttest

import (
	"fmt"
	"math/rand/v2"
)

// storeCases are those of TestStore.
func storeCases() []testCase {
	cases := []testCase{
		{name: "Empty", test: testEmpty},
		{name: "Changes", test: testChanges},
		{name: "Several commits in an Append", test: testSeveralCommits},
		{name: "Large commit", test: testLargeCommit},
		{name: "Many commits", test: testManyCommits},
		{name: "Crash", needs: abandon, test: testCrash},
	}
	for seed := range uint64(6) {
		cases = append(cases, testCase{name: fmt.Sprintf("Random program/seed %d", seed), test: func(c *check) { testRandom(c, seed) }})
	}
	cases = append(cases, valueCases()...)
	cases = append(cases, schemaCases()...)
	cases = append(cases, loadCases()...)
	cases = append(cases, writerCases()...)
	cases = append(cases, refreshCases()...)
	return append(cases, hangCases()...)
}

func abandon(p Place) string {
	if p.Abandon == nil {
		return "no Place.Abandon"
	}
	return ""
}

// testEmpty is about a place at which nothing was appended, however often it is opened.
func testEmpty(c *check) {
	w := c.start(library()).reopen(state)
	w = w.reopenAs(fit, reordered(library(), 2))
	w = w.reopenAs(fit, schemaOf())
	w.reopenAs(fit, library())
}

// testChanges takes a few rows through their lives: put, given another value, deleted, put again.
func testChanges(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1)})
	w.append(commit{w.put("likes", 1, 2, 1), w.put("likes", 2, 1, 1), w.put("friends", 2, 1, 0), w.put("friends", 3, 3, 0)})
	w = w.reopen(durable)
	w.append(commit{w.put("likes", 1, 1, 2), w.remove("likes", 1, 2), w.put("likes", 1, 3, 0)})
	w.append(commit{w.put("order", 1, 1, 0), w.put("order", 1, 2, 1), w.remove("friends", 1, 2)})
	w = w.reopen(whole)
	w = w.reopen(state)
	w.append(commit{w.put("likes", 1, 2, 3), w.put("order", 1, 1, 1), w.put("order", 1, 2, 3)})
	w = w.reopen(state)
	w.append(commit{w.remove("likes", 1, 1), w.remove("likes", 1, 2), w.remove("likes", 2, 1), w.remove("likes", 1, 3)})
	w.append(commit{w.remove("friends", 3, 3), w.remove("order", 1, 1), w.remove("order", 1, 2)})
	w = w.reopen(state)
	w.append(commit{w.put("likes", 1, 1, 4)})
	w.reopen(state)
}

// testSeveralCommits has commits of one Append change the same rows.
func testSeveralCommits(c *check) {
	w := c.start(library())
	w.append(
		commit{w.put("likes", 1, 1, 1), w.put("likes", 2, 2, 1), w.put("friends", 1, 2, 0)},
		commit{w.remove("likes", 1, 1), w.put("likes", 2, 2, 2), w.remove("friends", 1, 2)},
		commit{w.put("likes", 1, 1, 3), w.remove("likes", 2, 2), w.put("order", 1, 1, 1)},
		commit{w.put("likes", 1, 1, 4), w.put("friends", 1, 2, 0), w.put("order", 1, 1, 2)},
	)
	w = w.reopen(whole)
	w.append(commit{w.remove("likes", 1, 1)}, commit{w.remove("order", 1, 1)}, commit{w.put("likes", 1, 1, 5)})
	w.reopen(whole)
}

// testLargeCommit puts many rows at once, changes one half, and deletes the other.
func testLargeCommit(c *check) {
	w := c.start(library())
	var puts, changes commit
	for i := range c.size.rows {
		puts = append(puts, w.put("likes", i/100, i%100, i))
		if i%2 == 0 {
			changes = append(changes, w.put("likes", i/100, i%100, i+1))
		} else {
			changes = append(changes, w.remove("likes", i/100, i%100))
		}
	}
	w.append(puts)
	w = w.reopen(whole)
	w.append(changes)
	w.reopen(whole)
}

func testManyCommits(c *check) {
	w := c.start(library())
	for i := range c.size.commits {
		w.append(commit{w.put("likes", i%97, i%89, i), w.put("order", i, 0, i)})
	}
	w = w.reopen(durable)
	for i := range c.size.commits / 4 {
		w.append(commit{w.remove("order", i, 0)})
	}
	w.reopen(durable)
}

// testCrash ends stores without Close: after Load alone, after an Append, after several, and
// after a Load that followed a crash.
func testCrash(c *check) {
	w := c.start(library()).crash()
	w.append(commit{w.put("likes", 1, 1, 1)})
	w = w.crash().crash()
	w.append(commit{w.put("likes", 1, 1, 2), w.put("friends", 1, 2, 0)}, commit{w.put("likes", 1, 2, 1)})
	w.append(commit{w.remove("likes", 1, 1)})
	w = w.crash()
	w.append(commit{w.put("likes", 1, 1, 3)})
	w.reopen(state).crash()
}

// testRandom runs a random program beside the model: commits of random changes, with the place
// opened again in between, after a crash, or with the relations declared in another order.
func testRandom(c *check, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 0))
	w := c.start(library())
	for range c.size.steps {
		switch n := random.IntN(12); {
		case n == 0:
			w = w.reopen(state)
		case n == 1:
			w = w.reopenAs(state, reordered(library(), random.Perm(3)...))
		case n == 2 && c.place.Abandon != nil:
			w = w.crash()
		default:
			w.append(w.randomCommits(random)...)
		}
	}
	w.reopen(state)
}

func (w *writer) randomCommits(random *rand.Rand) (commits []commit) {
	pending := w.rows.after()
	for range 1 + random.IntN(3) {
		changes := w.randomCommit(random, pending)
		pending.apply(changes)
		commits = append(commits, changes)
	}
	return commits
}

// randomCommit returns changes of up to 30 of the 64 rows of each relation.
func (w *writer) randomCommit(random *rand.Rand, before rows) (changes commit) {
	touched := map[string]bool{}
	for range 1 + random.IntN(30) {
		relation := &w.schema.Relations[random.IntN(len(w.schema.Relations))]
		ch := put(relation.Name, w.rowIn(relation, random.IntN(8), random.IntN(8), random.IntN(1000)))
		if id := ch.relation + ch.row.key; !touched[id] {
			touched[id] = true
			ch.deleted = before.has(ch) && random.IntN(3) == 0
			changes = append(changes, ch)
		}
	}
	return changes
}
