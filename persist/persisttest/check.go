package persisttest

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"

	"github.com/seed-250bd433/junction/persist"
)

// testCase is one case of the kit.
type testCase struct {
	name  string
	form  persist.Form                // the form that it is about; 0 if it is about both
	needs func(p Place) (lack string) // what the place must offer; nil if nothing
	test  func(c *check)
}

// check is one run of a case at a place of its own. It stands for the graph, and keeps to all
// that a store may rely on.
type check struct {
	place Place
	size  size
	form  persist.Form
	open  []persist.Store // not closed yet

	misuse atomic.Bool // whether a batch was read when Append had returned
	// columns are those behind the key of all rows that were put, by relation and by their text.
	columns map[[2]string][]any
}

// run tries a place and returns the first rule that was broken, or why it was not tried.
func (tc testCase) run(place Place, size size) (skipped string, err error) {
	c := &check{place: place, size: size}
	defer func() {
		switch v := recover().(type) {
		case nil: // all is well, or Open has ended the test
			c.giveUp()
		case *violation:
			err = v
			c.giveUp()
		default:
			panic(v)
		}
	}()
	if tc.needs != nil {
		if lack := tc.needs(place); lack != "" {
			return lack, nil
		}
	}
	c.findForm()
	if tc.form != 0 && tc.form != c.form {
		return "the form of the store is " + c.form.String(), nil
	}
	tc.test(c)
	c.giveUp()
	c.findMisuse()
	return "", nil
}

// findForm also is the proof that a store which was not loaded can be closed.
func (c *check) findForm() {
	store := c.place.Open()
	c.form = store.Form()
	if c.form != persist.Binary && c.form != persist.Columns {
		breakf(oneForm, "It is %d.", c.form)
	}
	if err := store.Close(); err != nil {
		breakf(closing, "Close of a store that was not loaded failed: %v", err)
	}
}

// giveUp closes what the case left open when it ended.
func (c *check) giveUp() {
	for _, store := range c.open {
		_ = store.Close() // the case has been judged
	}
	c.open = nil
}

// opened returns a new store at the place.
func (c *check) opened() persist.Store {
	store := c.place.Open()
	if form := store.Form(); form != c.form {
		breakf(oneForm, "It was %v and is %v.", c.form, form)
	}
	c.open = append(c.open, store)
	return store
}

// close closes a store that should close well.
func (c *check) close(store persist.Store) {
	if err := c.forget(store).Close(); err != nil {
		breakf(closing, "Close failed: %v", err)
	}
}

// forget takes a store out of those that are open.
func (c *check) forget(store persist.Store) persist.Store {
	c.open = slices.DeleteFunc(c.open, func(s persist.Store) bool { return s == store })
	return store
}

func (c *check) findMisuse() {
	if c.misuse.Load() {
		breakf(lifetime, "A batch was read when Append had returned.")
	}
}

// load loads a store. The writer has what it was given.
func (c *check) load(store persist.Store, schema *persist.Schema) (*writer, error) {
	return c.loadBy(context.Background(), store, &loader{schema: schema})
}

func (c *check) loadBy(ctx context.Context, store persist.Store, l *loader) (*writer, error) {
	l.form, l.rows, l.afterEnd, l.twice = c.form, rows{}, loading, once
	before := cloned(l.schema)
	revision, err := store.Load(ctx, l.schema, l)
	l.ended = true
	if l.broken != nil {
		panic(l.broken)
	}
	if !reflect.DeepEqual(before, l.schema) {
		breakf(schemaKept, "It was %s and is %s.", shapes(before), shapes(l.schema))
	}
	if form := store.Form(); form != c.form {
		breakf(oneForm, "It was %v before Load and is %v.", c.form, form)
	}
	if err != nil {
		return nil, err
	}
	return &writer{check: c, store: store, schema: l.schema, revision: revision, rows: l.rows}, nil
}

// start opens and loads a store at a place that nobody has written to.
func (c *check) start(schema *persist.Schema) *writer {
	return c.resume(state, schema, rows{}, 0)
}

// resume opens and loads a store, which must have what is wanted by a rule.
func (c *check) resume(r rule, schema *persist.Schema, want rows, revision uint64) *writer {
	return c.resumeWith(c.opened(), r, schema, want, revision)
}

func (c *check) resumeWith(store persist.Store, r rule, schema *persist.Schema, want rows, revision uint64) *writer {
	w, err := c.load(store, schema)
	if err != nil {
		breakf(r, "Load failed: %v", err)
	}
	if w.revision != revision {
		breakf(r, "Load returned revision %d, and the last commit is %d.", w.revision, revision)
	}
	if diff := want.diff(w.rows); diff != "" {
		breakf(r, "At revision %d:\n%s", revision, diff)
	}
	return w
}
