package persisttest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync/atomic"

	"github.com/seed-250bd433/junction/persist"
)

// Strict returns a store that does what another one does, and panics when its caller breaks what
// a store may rely on. It is for tests of a graph, and keeps the keys of all rows. It is a
// persist.Refresher, and a persist.Waiter, if the other one is.
func Strict(store persist.Store) persist.Store {
	s := &strictStore{Store: store}
	switch store := store.(type) {
	case persist.Waiter:
		return &strictWaiter{strictRefresher{s, store}, store}
	case persist.Refresher:
		return &strictRefresher{s, store}
	}
	return s
}

type strictStore struct {
	persist.Store
	busy      atomic.Bool
	ready     atomic.Bool  // loaded and not closed
	waits     atomic.Int32 // that run
	loaded    bool
	closed    bool
	doubt     bool // an Append failed and was not refused, so that nobody knows what follows
	schema    *persist.Schema
	revision  uint64
	refreshes uint64            // since that revision: each may be one more
	there     []map[string]bool // the rows that are there, by declared relation and key
}

func (s *strictStore) watched() persist.Store { return s.Store }

func (s *strictStore) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	defer s.enter()()
	s.must(1, !s.loaded && !s.closed, "Load after a Load that did not fail, or after Close")
	s.schema, s.there = cloned(schema), emptyMaps(len(schema.Relations))
	revision, err := s.Store.Load(ctx, schema, &strictLoader{into, s.schema, s.there})
	s.loaded, s.revision = err == nil, revision
	s.ready.Store(s.loaded)
	return revision, err
}

func (s *strictStore) Append(ctx context.Context, commits []*persist.Commit) error {
	defer s.enter()()
	s.must(1, s.loaded && !s.closed, "Append before Load or after Close")
	s.must(2, len(commits) > 0, "Append of no commit")
	changed := s.check(commits)
	err := s.Store.Append(ctx, commits)
	switch {
	case err == nil:
		s.revision, s.refreshes = commits[len(commits)-1].Revision, 0
		for i := range changed {
			maps.Copy(s.there[i], changed[i])
		}
	case !errors.Is(err, persist.ErrRefused):
		s.doubt = true
	}
	return err
}

// check checks commits and returns which rows are there after them and which are not, of those
// that they change.
func (s *strictStore) check(commits []*persist.Commit) (changed []map[string]bool) {
	if s.doubt {
		return nil
	}
	changed = emptyMaps(len(s.there))
	next := s.revision + 1
	if first := commits[0].Revision; next < first && first <= next+s.refreshes {
		next = first
	}
	for i, c := range commits {
		want := next + uint64(i)
		s.must(2, c.Revision == want, "revision %d where %d follows", c.Revision, want)
		s.checkCommit(c, changed)
	}
	return changed
}

func (s *strictStore) Close() error {
	defer s.enter()()
	s.must(1, !s.closed, "Close after Close")
	s.closed = true
	s.ready.Store(false)
	s.must(1, s.waits.Load() == 0, "Close while Wait runs")
	return s.Store.Close()
}

// enter returns what leaves: nobody else is in between.
func (s *strictStore) enter() (leave func()) {
	s.must(1, s.busy.CompareAndSwap(false, true), "a call beside another")
	return func() { s.busy.Store(false) }
}

func (s *strictStore) checkCommit(c *persist.Commit, changed []map[string]bool) {
	var relations []int
	for _, b := range c.Batches {
		relation := b.Relation()
		s.must(3, relation >= 0 && relation < len(s.there), "a batch of relation %d, which is not declared", relation)
		s.must(3, !slices.Contains(relations, relation), "two batches of relation %d in a commit", relation)
		s.must(3, b.Len() > 0, "an empty batch of relation %d", relation)
		relations = append(relations, relation)
		s.checkBatch(b, changed[relation])
	}
}

func (s *strictStore) checkBatch(b persist.Batch, changed map[string]bool) {
	seen := map[string]bool{}
	for i := range b.Len() {
		key := keyOf(s.Form(), b, i)
		there, known := changed[key]
		if !known {
			there = s.there[b.Relation()][key]
		}
		s.must(3, !seen[key], "row %q of relation %d twice in a batch", key, b.Relation())
		s.must(3, !b.Deleted(i) || there, "row %q of relation %d is deleted and not there", key, b.Relation())
		s.checkBefore(b, i, key, there)
		seen[key] = true
		changed[key] = !b.Deleted(i)
	}
}

// checkBefore checks what a batch says of a row as it was.
func (s *strictStore) checkBefore(b persist.Batch, i int, key string, there bool) {
	columns, was := b.AppendBefore(nil, i)
	s.must(3, was == there, "row %q of relation %d was there: AppendBefore says %v, and it is %v", key, b.Relation(), was, there)
	width := len(s.schema.Relations[b.Relation()].Columns) - 2
	if s.Form() == persist.Binary || !was || b.Deleted(i) {
		width = 0
	}
	s.must(3, len(columns) == 0 || len(columns) == width, "row %q of relation %d had %d columns behind its key, and not %d", key, b.Relation(), len(columns), width)
}

func (s *strictStore) must(rule int, holds bool, detail string, args ...any) {
	if !holds {
		panic(fmt.Sprintf("persist, what a store may rely on, %d: %s", rule, fmt.Sprintf(detail, args...)))
	}
}

func emptyMaps(n int) []map[string]bool {
	all := make([]map[string]bool, n)
	for i := range all {
		all[i] = map[string]bool{}
	}
	return all
}

func keyOf(form persist.Form, b persist.Batch, i int) string {
	if form == persist.Columns {
		return format(b.AppendColumns(nil, i)[:2])
	}
	key, _ := b.AppendBinary(nil, nil, i)
	return string(key)
}

// strictLoader notes the rows that it passes on.
type strictLoader struct {
	persist.Loader
	schema *persist.Schema
	there  []map[string]bool
}

func (l *strictLoader) LoadBinary(relation int, key, value []byte) error {
	l.there[relation][string(key)] = true
	return l.Loader.LoadBinary(relation, key, value)
}

func (l *strictLoader) LoadColumns(relation int, columns []any) error {
	l.there[relation][l.keyOf(relation, columns)] = true
	return l.Loader.LoadColumns(relation, columns)
}

// keyOf returns the key of columns that the store gave.
func (l *strictLoader) keyOf(relation int, columns []any) string {
	return format(normal(&l.schema.Relations[relation], columns[:2]))
}
