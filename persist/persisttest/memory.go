package persisttest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/seed-250bd433/junction/persist"
)

// Memory is a place in memory at which stores keep their rows, for tests of a graph: they fail,
// wait and count as they are told. All that is at the place stands in the Memory, so that a store
// which is forgotten without Close has crashed and lost nothing.
//
// Several stores can be loaded at once, and the Append of whoever comes second is an ErrConflict,
// until it is refreshed; after Exclude, the second Load is an ErrInUse. Outside changes rows
// behind the backs of all. The methods of a Memory may be called by several goroutines, but not
// by a Loader.
type Memory struct {
	form persist.Form

	mu        sync.Mutex
	exclusive bool
	loaded    map[*memoryStore]bool
	schema    persist.Schema                  // as recorded; a relation that is not in it has no rows
	rows      map[string]map[string]memoryRow // by relation and key
	revision  uint64
	failures  []failure // of the next Appends
	loadErrs  []error   // of the next Loads
	gate      *gate     // that holds Appends; nil if none does
	appends   int
	commits   int
}

type memoryRow struct {
	key, value []byte
	columns    []any
}

// NewMemory returns an empty place whose stores are of a form.
func NewMemory(form persist.Form) *Memory {
	return &Memory{form: form, loaded: map[*memoryStore]bool{}, rows: map[string]map[string]memoryRow{}}
}

// Open returns a store of the place.
func (m *Memory) Open() persist.Store { return &memoryStore{place: m} }

// Exclude has a store that is loaded keep others out until it is closed or abandoned.
func (m *Memory) Exclude() {
	defer m.lock()()
	m.exclusive = true
}

// Abandon ends a store, which may be under Strict, as a crash would. It appends nothing any more.
func (m *Memory) Abandon(store persist.Store) {
	if strict, ok := store.(interface{ watched() persist.Store }); ok {
		store = strict.watched()
	}
	defer m.lock()()
	m.end(store.(*memoryStore))
}

// Rows returns the rows of a relation: values by keys. Of columns, a key is the first two and the
// value is the rest, in text: `"ann", 7` and `true, nil`.
func (m *Memory) Rows(relation string) map[string]string {
	defer m.lock()()
	rows := map[string]string{}
	for key, r := range m.rows[relation] {
		rows[key] = r.text()
	}
	return rows
}

func (r memoryRow) text() string {
	if r.columns != nil {
		return format(r.columns[2:])
	}
	return string(r.value)
}

// Revision returns that of the last commit.
func (m *Memory) Revision() uint64 {
	defer m.lock()()
	return m.revision
}

// Appends returns how many Appends wrote something, and how many commits they did.
func (m *Memory) Appends() (appends, commits int) {
	defer m.lock()()
	return m.appends, m.commits
}

// Loaded returns how many stores are loaded and neither closed nor abandoned.
func (m *Memory) Loaded() int {
	defer m.lock()()
	return len(m.loaded)
}

// lock locks the place and returns what unlocks it.
func (m *Memory) lock() (unlock func()) {
	m.mu.Lock()
	return m.mu.Unlock
}

// end gives back what a store holds.
func (m *Memory) end(s *memoryStore) {
	s.schema = nil
	delete(m.loaded, s)
}

// count returns how many rows there are of a recorded relation.
func (m *Memory) count(relation int) int { return len(m.rows[m.schema.Relations[relation].Name]) }

// give gives all rows of a relation to a Loader, in ascending order of keys.
func (m *Memory) give(ctx context.Context, schema *persist.Schema, relation int, into persist.Loader) error {
	name := schema.Relations[relation].Name
	for _, r := range slices.SortedFunc(maps.Values(m.rows[name]), compareKeys) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := m.giveRow(relation, r, into); err != nil {
			return fmt.Errorf("persisttest: a row of relation %q: %w", name, err)
		}
	}
	return nil
}

// compareKeys compares rows by their keys.
func compareKeys(x, y memoryRow) int {
	if x.columns == nil {
		return bytes.Compare(x.key, y.key)
	}
	return cmp.Or(compareColumns(x.columns[0], y.columns[0]), compareColumns(x.columns[1], y.columns[1]))
}

func (m *Memory) giveRow(relation int, r memoryRow, into persist.Loader) error {
	if m.form == persist.Columns {
		return into.LoadColumns(relation, copied(r.columns))
	}
	return into.LoadBinary(relation, slices.Clone(r.key), slices.Clone(r.value))
}

// write makes the changes of commits true.
func (m *Memory) write(schema *persist.Schema, commits []*persist.Commit) {
	for _, c := range commits {
		for _, b := range c.Batches {
			relation := schema.Relations[b.Relation()].Name
			if m.rows[relation] == nil {
				m.rows[relation] = map[string]memoryRow{}
			}
			m.change(m.rows[relation], b)
		}
	}
}

// noteAppend notes that commits were written. A graph counts what it took by Refresh, and not
// which commits of others that was.
func (m *Memory) noteAppend(commits []*persist.Commit) {
	m.revision = max(m.revision+uint64(len(commits)), commits[len(commits)-1].Revision)
	m.appends++
	m.commits += len(commits)
}

func (m *Memory) change(rows map[string]memoryRow, b persist.Batch) {
	for i := range b.Len() {
		var r memoryRow
		var key string
		if m.form == persist.Columns {
			r.columns = copied(b.AppendColumns(nil, i))
			key = format(r.columns[:2])
		} else {
			r.key, r.value = b.AppendBinary(nil, nil, i)
			key = string(r.key)
		}
		if b.Deleted(i) {
			delete(rows, key)
		} else {
			rows[key] = r
		}
	}
}

// memoryStore is a store of a Memory, whose lock guards it.
type memoryStore struct {
	place    *Memory
	schema   *persist.Schema // as declared; nil if the store is not loaded
	revision uint64          // of the place, as the store knows it
	failed   error           // of an Append of which it is not known whether it was written: no later one is
}

var errNotLoaded = errors.New("persisttest: the store is not loaded, or closed")

func (s *memoryStore) Form() persist.Form { return s.place.form }

func (s *memoryStore) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	m := s.place
	defer m.lock()()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if m.exclusive && len(m.loaded) > 0 {
		return 0, fmt.Errorf("%w by another store of this Memory", persist.ErrInUse)
	}
	if err := schema.Fit(&m.schema, m.count); err != nil {
		return 0, err
	}
	for i := range schema.Relations {
		if err := m.give(ctx, schema, i, into); err != nil {
			return 0, err
		}
	}
	if err := m.nextLoadErr(); err != nil {
		return 0, err
	}
	m.schema = *cloned(schema)
	s.schema, s.revision = schema, m.revision
	m.loaded[s] = true
	return m.revision, nil
}

func (s *memoryStore) Append(ctx context.Context, commits []*persist.Commit) error {
	m := s.place
	if err := m.wait(ctx); err != nil {
		return persist.Refused(err)
	}
	defer m.lock()()
	switch {
	case s.failed != nil:
		return s.failed
	case s.schema == nil:
		return persist.Refused(errNotLoaded)
	case m.revision != s.revision:
		return fmt.Errorf("%w: it was at revision %d, and is at %d", persist.ErrConflict, s.revision, m.revision)
	}
	f := m.nextFailure()
	if f.err == nil || f.written {
		m.write(s.schema, commits)
		m.noteAppend(commits)
		s.revision = m.revision
	}
	if f.err != nil && !errors.Is(f.err, persist.ErrRefused) {
		s.failed = persist.Unknown(f.err)
		return s.failed
	}
	return f.err
}

func (s *memoryStore) Close() error {
	defer s.place.lock()()
	s.place.end(s)
	return nil
}
