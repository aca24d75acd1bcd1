package persisttest

import (
	"errors"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// schemaCases are about declarations that change between one Load and the next.
func schemaCases() []testCase {
	return []testCase{
		misfitCase("left key", likesOf(persist.Bytes, persist.Int64, persist.String), `"likes"`, "bytes", "string"),
		misfitCase("right key", likesOf(persist.String, persist.Float64, persist.String), `"likes"`, "float64", "int64"),
		misfitCase("value", likesOf(persist.String, persist.Int64, persist.Int64), `"likes"`, "string", "int64"),
		misfitCase("undirected", likesAs(func(r *persist.Relation) { r.Undirected = true }), `"likes"`),
		undeclaredCase("missing", reordered(library(), 2, 1), `"likes"`, `"order"`),
		undeclaredCase("renamed", likesAs(func(r *persist.Relation) { r.Name = "loves" }), `"likes"`, `"loves"`),
		undeclaredCase("none", schemaOf(), `"likes"`),
		{name: "Relations without rows", test: testEmptyRelations},
		{name: "Relations in another order", test: testOrder},
		{name: "New relation", test: testNewRelation},
		{name: "Relation emptied and changed", test: testEmptiedRelation},
	}
}

// likesAs returns the library with another relation in the place of its first.
func likesAs(alter func(r *persist.Relation)) *persist.Schema {
	schema := library()
	alter(&schema.Relations[0])
	return schema
}

// likesOf returns the library with other kinds in its first relation.
func likesOf(left, right, through persist.Kind) *persist.Schema {
	return likesAs(func(r *persist.Relation) { *r = simple(r.Name, left, right, through) })
}

// misfitCase declares what does not fit the rows of "likes". The error must say all of says, and
// the right declaration must find everything as it was: on the same store and on another.
func misfitCase(name string, declared *persist.Schema, says ...string) testCase {
	return testCase{name: "Misfit/" + name, test: func(c *check) {
		w := c.start(library())
		w.append(commit{w.put("likes", 1, 1, 1), w.put("likes", 1, 2, 2)})
		w.append(commit{w.put("likes", 1, 1, 3)})
		c.close(w.store)
		store := c.opened()
		c.mustNotFit(store, declared, says)
		c.mustNotFit(store, declared, says)
		next := c.resumeWith(store, misfit, library(), w.rows, w.revision)
		next.append(commit{next.put("likes", 2, 2, 1)})
		next = next.reopen(misfit)
		c.close(next.store)
		store = c.opened()
		c.mustNotFit(store, declared, says)
		c.resume(misfit, library(), next.rows, next.revision) // the store whose Load failed has let go
	}}
}

// undeclaredCase declares no relation "likes", of which there are rows. That does not fit, unless
// relations are kept apart.
func undeclaredCase(name string, declared *persist.Schema, says ...string) testCase {
	otherwise := misfitCase(name, declared, says...)
	return testCase{name: otherwise.name, test: func(c *check) {
		if !c.place.Apart {
			otherwise.test(c)
			return
		}
		w := c.start(library())
		w.append(commit{w.put("likes", 1, 1, 1), w.put("likes", 1, 2, 2)})
		c.close(w.store)
		for range 2 {
			without, err := c.load(c.opened(), declared)
			if err != nil {
				breakf(fit, "Relations are kept apart, and Load refused %s: %v", shapes(declared), err)
			}
			c.close(without.store)
		}
		w = c.resume(fit, library(), w.rows, w.revision)
		w.append(commit{w.put("likes", 2, 2, 1)})
		w.reopen(fit)
	}}
}

func (c *check) mustNotFit(store persist.Store, declared *persist.Schema, says []string) {
	_, err := c.load(store, declared)
	if err == nil {
		breakf(misfit, "Load took %s, and the store holds rows of %s.", shapes(declared), shapes(reordered(library(), 0)))
	}
	if !errors.Is(err, persist.ErrSchema) {
		breakf(misfit, "The error of Load is no ErrSchema: %v", err)
	}
	for _, part := range says {
		if !strings.Contains(err.Error(), part) {
			breakf(misfit, "The error of Load does not name %s: %v", part, err)
		}
	}
}

// testEmptyRelations has relations without rows go, come back, and come back as something else.
func testEmptyRelations(c *check) {
	w := c.start(library())
	w.append(commit{w.put("friends", 1, 2, 0)})
	w = w.reopenAs(fit, reordered(library(), 1))
	w.append(commit{w.put("friends", 1, 3, 0)})
	w = w.reopenAs(fit, likesOf(persist.Int64, persist.String, persist.Float64))
	w.append(commit{w.put("likes", 1, 1, 1), w.remove("friends", 1, 2)})
	w.reopen(fit)
}

// testEmptiedRelation has a relation lose its rows before it goes or changes.
func testEmptiedRelation(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1), w.put("order", 1, 1, 1), w.put("friends", 1, 1, 0)})
	w = w.reopen(state)
	w.append(commit{w.remove("likes", 1, 1)}, commit{w.remove("order", 1, 1)})
	w = w.reopenAs(fit, reordered(library(), 1))
	w = w.reopenAs(fit, likesOf(persist.Int64, persist.Int64, persist.Bytes))
	w.append(commit{w.put("likes", 1, 1, 2), w.put("likes", 1, 2, 3)})
	w.reopen(fit)
}

// testOrder holds that a relation is known by its name, and its number is that of the last Load.
func testOrder(c *check) {
	w := c.start(library())
	w.append(commit{w.put("likes", 1, 1, 1), w.put("friends", 1, 2, 0), w.put("order", 1, 1, 1)})
	for i, order := range [][]int{{2, 1, 0}, {1, 0, 2}, {2, 0, 1}, {0, 1, 2}} {
		w = w.reopenAs(fit, reordered(library(), order...))
		w.append(commit{w.put("order", 2, i, i), w.put("likes", 2, i, i), w.put("friends", 7, i, 0)})
		w.append(commit{w.put("likes", 2, i, i+1), w.remove("friends", i, 7)})
		w = w.reopen(fit)
	}
}

// testNewRelation declares relations one after the other, each in front of those that were there.
func testNewRelation(c *check) {
	w := c.start(reordered(library(), 2))
	w.append(commit{w.put("order", 1, 1, 1)})
	w = w.reopenAs(fit, reordered(library(), 1, 2))
	w.append(commit{w.put("friends", 1, 1, 0), w.put("order", 1, 2, 1)})
	w = w.reopenAs(fit, library())
	w.append(commit{w.put("likes", 1, 1, 1), w.put("order", 1, 2, 2)})
	w.reopen(fit)
}
