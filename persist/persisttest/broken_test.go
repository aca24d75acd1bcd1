package persisttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// brokenStore is a store of a Memory in which each method can be replaced.
type brokenStore struct {
	*memoryStore
	load    func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error)
	add     func(ctx context.Context, commits []*persist.Commit) error
	refresh func(ctx context.Context, into persist.Differ) error
	close   func() error
	form    func() persist.Form
	crash   func()
	shared  *shared
}

// shared is what all stores of one place know.
type shared struct {
	schema *persist.Schema
	ghosts map[string]memoryRow
}

func (s *brokenStore) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	return s.load(ctx, schema, into)
}

func (s *brokenStore) Append(ctx context.Context, commits []*persist.Commit) error {
	return s.add(ctx, commits)
}

func (s *brokenStore) Refresh(ctx context.Context, into persist.Differ) error {
	return s.refresh(ctx, into)
}

func (s *brokenStore) Close() error       { return s.close() }
func (s *brokenStore) Form() persist.Form { return s.form() }

// brokenPlace returns a place whose stores are broken.
func brokenPlace(form persist.Form, breaks func(m *Memory, s *brokenStore)) Place {
	m, shared := NewMemory(form), &shared{}
	place := faultyPlaceOf(m, true)
	place.Open = func() persist.Store {
		inner := m.Open().(*memoryStore)
		s := &brokenStore{inner, inner.Load, inner.Append, inner.Refresh, inner.Close, inner.Form, func() {}, shared}
		breaks(m, s)
		return s
	}
	place.Abandon = func(store persist.Store) {
		s := store.(*brokenStore)
		s.crash()
		m.Abandon(s.memoryStore)
	}
	return place
}

// loaderFuncs is a Loader.
type loaderFuncs struct {
	binary  func(relation int, key, value []byte) error
	columns func(relation int, columns []any) error
}

func (l loaderFuncs) LoadBinary(relation int, key, value []byte) error {
	return l.binary(relation, key, value)
}

func (l loaderFuncs) LoadColumns(relation int, columns []any) error {
	return l.columns(relation, columns)
}

// giveAs has Load give its rows to another Loader.
func (s *brokenStore) giveAs(wrap func(into persist.Loader) loaderFuncs) {
	load := s.load
	s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
		return load(ctx, schema, wrap(into))
	}
}

// giveRows has f give each row, as often as it likes.
func (s *brokenStore) giveRows(f func(give func() error) error) {
	s.giveAs(func(into persist.Loader) loaderFuncs {
		return loaderFuncs{
			func(relation int, key, value []byte) error {
				return f(func() error { return into.LoadBinary(relation, key, value) })
			},
			func(relation int, columns []any) error {
				return f(func() error { return into.LoadColumns(relation, columns) })
			},
		}
	})
}

// giveColumns has Load give what alter makes of each value.
func (s *brokenStore) giveColumns(alter func(v any) any) {
	s.giveAs(func(into persist.Loader) loaderFuncs {
		return loaderFuncs{into.LoadBinary, func(relation int, columns []any) error {
			for i, v := range columns {
				columns[i] = alter(v)
			}
			return into.LoadColumns(relation, columns)
		}}
	})
}

// afterLoad has f change the error of Load.
func (s *brokenStore) afterLoad(f func(err error) error) {
	load := s.load
	s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
		revision, err := load(ctx, schema, into)
		return revision, f(err)
	}
}

// afterAppend has f change the error of an Append, knowing how to undo it.
func (s *brokenStore) afterAppend(f func(commits []*persist.Commit, undo func(), err error) error) {
	add := s.add
	s.add = func(ctx context.Context, commits []*persist.Commit) error {
		undo := undo(s.place)
		return f(commits, undo, add(ctx, commits))
	}
}

// write writes commits past everything that would keep them off, as the state of a revision.
func (s *brokenStore) write(commits []*persist.Commit, revision uint64) {
	defer s.place.lock()()
	s.place.write(s.schema, commits)
	s.place.revision = revision
}

// undo returns what sets a Memory back to what it holds now.
func undo(m *Memory) func() {
	defer m.lock()()
	rows, revision := copyOf(m.rows), m.revision
	return func() {
		defer m.lock()()
		m.rows, m.revision = rows, revision
	}
}

func copyOf(rows map[string]map[string]memoryRow) map[string]map[string]memoryRow {
	clone := map[string]map[string]memoryRow{}
	for name, of := range rows {
		clone[name] = maps.Clone(of)
	}
	return clone
}

// differFuncs is a Differ that gives its rows elsewhere.
type differFuncs struct {
	persist.Differ
	loaderFuncs
	whole func(relation int) error
}

func (d differFuncs) LoadBinary(relation int, key, value []byte) error {
	return d.binary(relation, key, value)
}

func (d differFuncs) LoadColumns(relation int, values []any) error {
	return d.columns(relation, values)
}

func (d differFuncs) Whole(relation int) error { return d.whole(relation) }

// refreshRows has f give what Refresh gives, each row or Whole as often as it likes.
func (s *brokenStore) refreshRows(f func(row bool, give func() error) error) {
	refresh := s.refresh
	s.refresh = func(ctx context.Context, into persist.Differ) error {
		rows := loaderFuncs{
			func(relation int, key, value []byte) error {
				return f(true, func() error { return into.LoadBinary(relation, key, value) })
			},
			func(relation int, columns []any) error {
				return f(true, func() error { return into.LoadColumns(relation, columns) })
			},
		}
		return refresh(ctx, differFuncs{into, rows, func(relation int) error {
			return f(false, func() error { return into.Whole(relation) })
		}})
	}
}

// refreshGone has Refresh say of all rows that they are gone, each after what came says of it.
func (s *brokenStore) refreshGone(came func(relation int, r memoryRow, into persist.Differ) error) {
	s.refresh = func(_ context.Context, into persist.Differ) error {
		for i, relation := range s.schema.Relations {
			for _, r := range s.place.rows[relation.Name] {
				err := came(i, r, into)
				if r.columns != nil {
					err = errors.Join(err, into.GoneColumns(i, r.columns[:2]))
				} else {
					err = errors.Join(err, into.GoneBinary(i, r.key))
				}
				if err != nil {
					return err
				}
			}
		}
		return nil
	}
}

// part is a batch with some of its rows.
type part struct {
	persist.Batch
	rows []int
}

func (p part) Len() int           { return len(p.rows) }
func (p part) Deleted(i int) bool { return p.Batch.Deleted(p.rows[i]) }

func (p part) AppendBinary(k, v []byte, i int) ([]byte, []byte) {
	return p.Batch.AppendBinary(k, v, p.rows[i])
}

func (p part) AppendColumns(columns []any, i int) []any {
	return p.Batch.AppendColumns(columns, p.rows[i])
}

func (p part) AppendBefore(columns []any, i int) ([]any, bool) {
	return p.Batch.AppendBefore(columns, p.rows[i])
}

// appendRows has Append write the wanted rows of the commits, of which there are n, and no others.
func (s *brokenStore) appendRows(wanted func(n, commit, batch int, deleted bool) bool) {
	add := s.add
	s.add = func(ctx context.Context, commits []*persist.Commit) error {
		var others []*persist.Commit
		for n, c := range commits {
			other := &persist.Commit{Revision: c.Revision}
			for j, b := range c.Batches {
				p := part{Batch: b}
				for i := range b.Len() {
					if wanted(len(commits), n, j, b.Deleted(i)) {
						p.rows = append(p.rows, i)
					}
				}
				other.Batches = append(other.Batches, p)
			}
			others = append(others, other)
		}
		return add(ctx, others)
	}
}

// appendNew has Append write the rows to put of which it is to write what there was and what there
// is now, and all rows to delete.
func (s *brokenStore) appendNew(writes func(was bool, before, now []any) bool) {
	add := s.add
	s.add = func(ctx context.Context, commits []*persist.Commit) error {
		var others []*persist.Commit
		for _, c := range commits {
			other := &persist.Commit{Revision: c.Revision}
			for _, b := range c.Batches {
				p := part{Batch: b}
				for i := range b.Len() {
					var now []any
					if s.place.form == persist.Columns {
						now = b.AppendColumns(nil, i)[2:]
					}
					if before, was := b.AppendBefore(nil, i); b.Deleted(i) || writes(was, before, now) {
						p.rows = append(p.rows, i)
					}
				}
				other.Batches = append(other.Batches, p)
			}
			others = append(others, other)
		}
		return add(ctx, others)
	}
}

// breakage is a mistake, and the case that must find it.
type breakage struct {
	name   string
	found  string
	rule   rule
	form   persist.Form // of which the store must be; 0 is any
	breaks func(m *Memory, s *brokenStore)
}

var breakages = []breakage{
	{name: "loses the last Append at Close", found: "Changes", rule: durable, breaks: func(m *Memory, s *brokenStore) {
		last, close := func() {}, s.close
		s.afterAppend(func(_ []*persist.Commit, undo func(), err error) error { last = undo; return err })
		s.close = func() error { last(); return close() }
	}},
	{name: "loses the last Append in a crash", found: "Crash", rule: recovery, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(_ []*persist.Commit, undo func(), err error) error { s.crash = undo; return err })
	}},
	{name: "writes one batch of a commit", found: "Changes", rule: durable, breaks: func(m *Memory, s *brokenStore) {
		s.appendRows(func(_, _, batch int, _ bool) bool { return batch == 0 })
	}},
	{name: "writes all but the last commit of an Append", found: "Several commits in an Append", rule: whole, breaks: func(m *Memory, s *brokenStore) {
		s.appendRows(func(n, commit, _ int, _ bool) bool { return n == 1 || commit < n-1 })
	}},
	{name: "writes no more than a page", found: "Large commit", rule: durable, breaks: func(m *Memory, s *brokenStore) {
		add := s.add
		s.add = func(ctx context.Context, commits []*persist.Commit) error {
			if commits[0].Batches[0].Len() > 100 {
				return persist.Refused(errors.New("too large"))
			}
			return add(ctx, commits)
		}
	}},
	{name: "leaves rows as they were", found: "Changes", rule: whole, breaks: func(m *Memory, s *brokenStore) {
		s.appendNew(func(was bool, before, now []any) bool { return !was })
	}},
	{name: "takes rows for what others were before", form: persist.Columns, found: "Some columns change", rule: durable, breaks: func(m *Memory, s *brokenStore) {
		var last []any
		s.appendNew(func(was bool, before, now []any) bool {
			writes := !was || len(last) == 0 || format(last) != format(now)
			last = before
			return writes
		})
	}},
	{name: "ignores deletions", found: "Changes", rule: whole, breaks: func(m *Memory, s *brokenStore) {
		s.appendRows(func(_, _, _ int, deleted bool) bool { return !deleted })
	}},
	{name: "counts Appends for revisions", found: "Several commits in an Append", rule: whole, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(commits []*persist.Commit, _ func(), err error) error {
			m.revision -= uint64(len(commits) - 1)
			return err
		})
	}},
	{name: "begins at revision 1", found: "Empty", rule: state, breaks: func(m *Memory, s *brokenStore) {
		m.revision = max(m.revision, 1)
	}},
	{name: "gives rows twice", found: "Changes", rule: once, breaks: func(m *Memory, s *brokenStore) {
		s.giveRows(func(give func() error) error { return errors.Join(give(), give()) })
	}},
	{name: "forgets rows", found: "Random program/seed 0", rule: state, breaks: func(m *Memory, s *brokenStore) {
		n := 0
		s.giveRows(func(give func() error) error {
			if n++; n%50 == 0 {
				return nil
			}
			return give()
		})
	}},

	{name: "writes what it refused", found: "Refuse/first Append", rule: refused, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(commits []*persist.Commit, _ func(), err error) error {
			if errors.Is(err, persist.ErrRefused) {
				s.write(commits, m.Revision())
			}
			return err
		})
	}},
	{name: "moves on over what it refused", found: "Refuse/again and again", rule: refused, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(commits []*persist.Commit, _ func(), err error) error {
			if errors.Is(err, persist.ErrRefused) && !errors.Is(err, persist.ErrConflict) {
				m.revision += uint64(len(commits))
			}
			return err
		})
	}},
	{name: "does not say that it refused", found: "Refuse/later Append", rule: refused, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(_ []*persist.Commit, _ func(), err error) error {
			if errors.Is(err, persist.ErrRefused) {
				return errors.New("no")
			}
			return err
		})
	}},
	{name: "refuses what it wrote", found: "Doubt/later Append", rule: refused, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(_ []*persist.Commit, _ func(), err error) error {
			s.failed = nil
			if errors.Is(err, persist.ErrUnknown) {
				return persist.ErrRefused
			}
			return err
		})
	}},
	{name: "goes on in doubt", found: "Doubt/first Append", rule: unknown, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(_ []*persist.Commit, _ func(), err error) error { s.failed = nil; return err })
	}},
	{name: "writes one commit in doubt", found: "Doubt/later Append", rule: whole, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(commits []*persist.Commit, undo func(), err error) error {
			if errors.Is(err, persist.ErrUnknown) && len(commits) > 1 {
				undo()
				s.write(commits[:1], commits[0].Revision)
			}
			return err
		})
	}},
	{name: "finds later what was lost", found: "Doubt/first Append", rule: unknown, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(commits []*persist.Commit, undo func(), err error) error {
			if errors.Is(err, persist.ErrUnknown) && len(commits) > 1 {
				s.shared.ghosts = m.rows["likes"]
				undo()
			}
			if err == nil {
				maps.Copy(m.rows["likes"], s.shared.ghosts)
			}
			return err
		})
	}},

	{name: "does not record the schema", found: "Misfit/left key", rule: misfit, breaks: func(m *Memory, s *brokenStore) {
		m.schema = persist.Schema{}
	}},
	{name: "records names alone", found: "Misfit/undirected", rule: misfit, breaks: func(m *Memory, s *brokenStore) {
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			for i := range m.schema.Relations {
				if j := schema.Index(m.schema.Relations[i].Name); j >= 0 {
					m.schema.Relations[i] = schema.Relations[j]
				}
			}
			return load(ctx, schema, into)
		}
	}},
	{name: "drops what is not declared", found: "Misfit/missing", rule: misfit, breaks: func(m *Memory, s *brokenStore) {
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			maps.DeleteFunc(m.rows, func(name string, _ map[string]memoryRow) bool { return schema.Index(name) < 0 })
			return load(ctx, schema, into)
		}
	}},
	{name: "makes place for what does not fit", found: "Misfit/value", rule: misfit, breaks: func(m *Memory, s *brokenStore) {
		s.afterLoad(func(err error) error {
			if errors.Is(err, persist.ErrSchema) {
				clear(m.rows)
			}
			return err
		})
	}},
	{name: "does not say that it is the schema", found: "Misfit/left key", rule: misfit, breaks: func(m *Memory, s *brokenStore) {
		s.afterLoad(unwrapped)
	}},
	{name: "does not say what does not fit", found: "Misfit/renamed", rule: misfit, breaks: func(m *Memory, s *brokenStore) {
		s.afterLoad(func(err error) error {
			if errors.Is(err, persist.ErrSchema) {
				return persist.ErrSchema
			}
			return err
		})
	}},
	{name: "insists on relations without rows", found: "Relations without rows", rule: fit, breaks: func(m *Memory, s *brokenStore) {
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			if err := schema.Fit(&m.schema, func(int) int { return 1 }); err != nil {
				return 0, err
			}
			return load(ctx, schema, into)
		}
	}},
	{name: "knows relations by number", found: "Relations in another order", rule: fit, form: persist.Binary, breaks: func(m *Memory, s *brokenStore) {
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			if s.shared.schema == nil {
				s.shared.schema = cloned(schema)
			}
			return load(ctx, s.shared.schema, into)
		}
	}},
	{name: "changes the schema", found: "Empty", rule: schemaKept, breaks: func(m *Memory, s *brokenStore) {
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			defer func() { slices.Reverse(schema.Relations) }()
			return load(ctx, schema, into)
		}
	}},

	{name: "swallows the Loader's error", found: "Loader that fails", rule: loading, breaks: func(m *Memory, s *brokenStore) {
		s.giveRows(func(give func() error) error { _ = give(); return nil })
	}},
	{name: "does not wrap the Loader's error", found: "Loader that fails", rule: loading, breaks: func(m *Memory, s *brokenStore) {
		s.afterLoad(unwrapped)
	}},
	{name: "loads in a context that has ended", found: "Load with a cancelled context", rule: loading, breaks: func(m *Memory, s *brokenStore) {
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			return load(context.WithoutCancel(ctx), schema, into)
		}
	}},
	{name: "keeps the place when Load fails", found: "Loader that fails", rule: loading, breaks: func(m *Memory, s *brokenStore) {
		m.Exclude()
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
			delete(m.loaded, s.memoryStore)
			revision, err := load(ctx, schema, into)
			if !errors.Is(err, persist.ErrInUse) {
				m.loaded[s.memoryStore] = true
			}
			return revision, err
		}
	}},
	{name: "does not load again", found: "Load with a cancelled context", rule: reloading, breaks: func(m *Memory, s *brokenStore) {
		var failed error
		load := s.load
		s.load = func(ctx context.Context, schema *persist.Schema, into persist.Loader) (revision uint64, err error) {
			if failed == nil {
				revision, failed = load(ctx, schema, into)
			}
			return revision, failed
		}
	}},
	{name: "appends in a context that has ended", found: "Append with a cancelled context", rule: refusing, breaks: func(m *Memory, s *brokenStore) {
		add := s.add
		s.add = func(ctx context.Context, commits []*persist.Commit) error {
			return add(context.WithoutCancel(ctx), commits)
		}
	}},
	{name: "looks at the context too late", found: "Append whose context ends while it reads", rule: refused, breaks: func(m *Memory, s *brokenStore) {
		add := s.add
		s.add = func(ctx context.Context, commits []*persist.Commit) error {
			return errors.Join(add(ctx, commits), persist.Refused(ctx.Err()))
		}
	}},

	{name: "lets two write", found: "Second writer/the first is faster", rule: oneWriter, breaks: func(m *Memory, s *brokenStore) {
		add := s.add
		s.add = func(ctx context.Context, commits []*persist.Commit) error {
			m.revision = commits[0].Revision - 1
			return add(ctx, commits)
		}
	}},
	{name: "does not say that it is a conflict", found: "Second writer/the second is faster", rule: oneWriter, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(_ []*persist.Commit, _ func(), err error) error {
			if errors.Is(err, persist.ErrConflict) {
				return persist.ErrRefused
			}
			return err
		})
	}},
	{name: "does not say that it is in use", found: "Second writer/the first is faster", rule: oneWriter, breaks: func(m *Memory, s *brokenStore) {
		m.Exclude()
		s.afterLoad(unwrapped)
	}},
	{name: "keeps the place when it is closed", found: "Close", rule: closing, breaks: func(m *Memory, s *brokenStore) {
		m.Exclude()
		s.close = func() error { return nil }
	}},
	{name: "keeps the place when it crashes", found: "Crash", rule: recovery, breaks: func(m *Memory, s *brokenStore) {
		m.Exclude()
		s.crash = func() { m.loaded[nil] = true }
	}},
	{name: "fails to close", found: "Empty", rule: closing, breaks: func(m *Memory, s *brokenStore) {
		s.close = func() error { return errors.New("no") }
	}},
	{name: "gives damaged rows", found: "Damage", rule: damage, breaks: func(m *Memory, s *brokenStore) {
		s.afterLoad(func(err error) error {
			if errors.Is(err, persist.ErrDamaged) {
				return nil
			}
			return err
		})
	}},
	{name: "does not say that it is damaged", found: "Damage", rule: damage, breaks: func(m *Memory, s *brokenStore) {
		s.afterLoad(unwrapped)
	}},

	{name: "tells nothing of others", found: "Refresh/others changed rows", rule: moment, breaks: func(m *Memory, s *brokenStore) {
		s.refresh = func(context.Context, persist.Differ) error { return nil }
	}},
	{name: "does not say what is gone", found: "Refresh/others changed rows", rule: moment, breaks: func(m *Memory, s *brokenStore) {
		s.refreshRows(func(row bool, give func() error) error {
			if !row {
				return nil
			}
			return give()
		})
	}},
	{name: "forgets rows at Refresh", found: "Refresh/nothing changed", rule: moment, breaks: func(m *Memory, s *brokenStore) {
		s.refreshRows(func(row bool, give func() error) error {
			if row {
				return nil
			}
			return give()
		})
	}},
	{name: "gives rows twice at Refresh", found: "Refresh/nothing changed", rule: differing, breaks: func(m *Memory, s *brokenStore) {
		s.refreshRows(func(row bool, give func() error) error {
			if row {
				return errors.Join(give(), give())
			}
			return give()
		})
	}},
	{name: "says twice that all rows come", found: "Refresh/nothing changed", rule: differing, breaks: func(m *Memory, s *brokenStore) {
		s.refreshRows(func(row bool, give func() error) error {
			if !row {
				return errors.Join(give(), give())
			}
			return give()
		})
	}},
	{name: "says that rows are gone which came", found: "Refresh/others changed rows", rule: differing, breaks: func(m *Memory, s *brokenStore) {
		s.refreshGone(func(relation int, r memoryRow, into persist.Differ) error { return m.giveRow(relation, r, into) })
	}},
	{name: "says that all rows are gone", found: "Refresh/others changed rows", rule: moment, breaks: func(m *Memory, s *brokenStore) {
		s.refreshGone(func(int, memoryRow, persist.Differ) error { return nil })
	}},
	{name: "swallows the Differ's error", found: "Refresh/Differ that fails", rule: refreshing, breaks: func(m *Memory, s *brokenStore) {
		s.refreshRows(func(_ bool, give func() error) error { _ = give(); return nil })
	}},
	{name: "does not wrap the Differ's error", found: "Refresh/Differ that fails", rule: refreshing, breaks: func(m *Memory, s *brokenStore) {
		refresh := s.refresh
		s.refresh = func(ctx context.Context, into persist.Differ) error { return unwrapped(refresh(ctx, into)) }
	}},
	{name: "refreshes in a context that has ended", found: "Refresh/cancelled context", rule: refreshing, breaks: func(m *Memory, s *brokenStore) {
		refresh := s.refresh
		s.refresh = func(ctx context.Context, into persist.Differ) error { return refresh(context.WithoutCancel(ctx), into) }
	}},
	{name: "hangs whatever its context says", found: "Hang/Refresh", rule: ends, breaks: func(m *Memory, s *brokenStore) {
		refresh := s.refresh
		s.refresh = func(ctx context.Context, into persist.Differ) error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return refresh(context.WithoutCancel(ctx), into)
		}
	}},
	{name: "yields to others", found: "Refresh/others changed what is appended", rule: beside, breaks: func(m *Memory, s *brokenStore) {
		own, add := copyOf(m.rows), s.add
		s.add = func(ctx context.Context, commits []*persist.Commit) error {
			before := copyOf(m.rows)
			err := add(ctx, commits)
			for name, of := range before {
				for key, r := range of {
					if r.text() != own[name][key].text() {
						m.rows[name][key] = r
					}
				}
			}
			own = copyOf(m.rows)
			return err
		}
	}},

	{name: "keeps batches", found: "Changes", rule: lifetime, breaks: func(m *Memory, s *brokenStore) {
		var kept persist.Batch
		close := s.close
		s.afterAppend(func(commits []*persist.Commit, _ func(), err error) error { kept = commits[0].Batches[0]; return err })
		s.close = func() error {
			if kept != nil {
				_ = kept.Len()
			}
			return close()
		}
	}},
	{name: "keeps commits", found: "Changes", rule: durable, breaks: func(m *Memory, s *brokenStore) {
		var kept *persist.Commit
		close := s.close
		s.afterAppend(func(commits []*persist.Commit, _ func(), err error) error { kept = commits[0]; return err })
		s.close = func() error {
			if kept != nil {
				m.revision = kept.Revision
			}
			return close()
		}
	}},
	{name: "keeps slices", found: "Column values", rule: state, form: persist.Columns, breaks: func(m *Memory, s *brokenStore) {
		s.afterAppend(func(commits []*persist.Commit, _ func(), err error) error {
			for _, b := range commits[0].Batches {
				for i := range b.Len() {
					if columns := b.AppendColumns(nil, i); !b.Deleted(i) && s.failed == nil {
						m.rows[s.schema.Relations[b.Relation()].Name][format(columns[:2])] = memoryRow{columns: columns}
					}
				}
			}
			return err
		})
	}},
	{name: "changes its form", found: "Empty", rule: oneForm, breaks: func(m *Memory, s *brokenStore) {
		s.form = func() persist.Form {
			if len(m.loaded) > 0 {
				return persist.Binary + persist.Columns - m.form
			}
			return m.form
		}
	}},
	{name: "is of no form", found: "Empty", rule: oneForm, breaks: func(m *Memory, s *brokenStore) {
		s.form = func() persist.Form { return 0 }
	}},
	{name: "gives rows in the other form", found: "Changes", rule: oneForm, breaks: func(m *Memory, s *brokenStore) {
		s.giveAs(func(into persist.Loader) loaderFuncs {
			return loaderFuncs{
				func(relation int, key, value []byte) error { return into.LoadColumns(relation, []any{key, value, nil}) },
				func(relation int, columns []any) error { return into.LoadBinary(relation, nil, nil) },
			}
		})
	}},
	{name: "gives the keys alone", found: "Changes", rule: oneForm, form: persist.Columns, breaks: func(m *Memory, s *brokenStore) {
		s.giveAs(func(into persist.Loader) loaderFuncs {
			return loaderFuncs{nil, func(relation int, columns []any) error { return into.LoadColumns(relation, columns[:2]) }}
		})
	}},
	{name: "gives rows of no relation", found: "Changes", rule: state, breaks: func(m *Memory, s *brokenStore) {
		s.giveAs(func(into persist.Loader) loaderFuncs {
			return loaderFuncs{
				func(relation int, key, value []byte) error { return into.LoadBinary(relation+3, key, value) },
				func(relation int, columns []any) error { return into.LoadColumns(-1, columns) },
			}
		})
	}},

	{name: "ends keys at a NUL", found: "Binary keys", rule: once, form: persist.Binary, breaks: func(m *Memory, s *brokenStore) {
		s.giveAs(func(into persist.Loader) loaderFuncs {
			return loaderFuncs{func(relation int, key, value []byte) error {
				key, _, _ = bytes.Cut(key, []byte{0})
				return into.LoadBinary(relation, key, value)
			}, nil}
		})
	}},
	{name: "cuts values", found: "Long values", rule: state, form: persist.Binary, breaks: func(m *Memory, s *brokenStore) {
		s.giveAs(func(into persist.Loader) loaderFuncs {
			return loaderFuncs{func(relation int, key, value []byte) error {
				return into.LoadBinary(relation, key, value[:min(len(value), math.MaxUint16)])
			}, nil}
		})
	}},
	{name: "compares strings without case", found: "String keys", rule: once, form: persist.Columns, breaks: columns(strings.ToLower)},
	{name: "takes nil for empty", found: "Nil in columns", rule: state, form: persist.Columns, breaks: func(m *Memory, s *brokenStore) {
		s.giveColumns(func(v any) any {
			if v == nil {
				return ""
			}
			return v
		})
	}},
	{name: "takes empty for nil", found: "Nil in columns", rule: state, form: persist.Columns, breaks: columns(func(v string) any {
		if v == "" {
			return nil
		}
		return v
	})},
	{name: "keeps microseconds", found: "Column values", rule: state, form: persist.Columns, breaks: columns(microseconds)},
	{name: "keeps wall clocks", found: "Number and time keys", rule: state, form: persist.Columns, breaks: columns(func(v time.Time) time.Time {
		return time.Date(v.Year(), v.Month(), v.Day(), v.Hour(), v.Minute(), v.Second(), v.Nanosecond(), time.UTC)
	})},
	{name: "keeps integers as floats", found: "Number and time keys", rule: state, form: persist.Columns, breaks: columns(func(v int64) int64 { return int64(float64(v)) })},
	{name: "keeps floats in 32 bits", found: "Column values", rule: state, form: persist.Columns, breaks: columns(func(v float64) float64 { return float64(float32(v)) })},
	{name: "gives numbers as text", found: "Changes", rule: durable, form: persist.Columns, breaks: columns(func(v int64) string { return format([]any{v}) })},
	{name: "gives values of its own", found: "Changes", rule: durable, form: persist.Columns, breaks: columns(func(v int64) int { return int(v) })},
}

// columns gives the values of a type as something else.
func columns[V, W any](alter func(v V) W) func(*Memory, *brokenStore) {
	return func(_ *Memory, s *brokenStore) {
		s.giveColumns(func(v any) any {
			if v, ok := v.(V); ok {
				return alter(v)
			}
			return v
		})
	}
}

func microseconds(v time.Time) time.Time { return v.Truncate(time.Microsecond) }

// unwrapped returns an error that says the same and is nothing.
func unwrapped(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(err.Error())
}

// tiny is enough for a store that is broken.
var tiny = size{rows: 200, commits: 20, steps: 20}

func TestBrokenStoresAreFound(t *testing.T) {
	for _, b := range breakages {
		for _, form := range forms {
			if b.form == 0 || b.form == form {
				t.Run(b.name+"/"+form.String(), func(t *testing.T) { b.mustBeFound(t, form) })
			}
		}
	}
}

func (b *breakage) mustBeFound(t *testing.T, form persist.Form) {
	cases := append(storeCases(), faultCases()...)
	i := slices.IndexFunc(cases, func(tc testCase) bool { return tc.name == b.found })
	require.GreaterOrEqual(t, i, 0, "there is no case %q", b.found)
	_, err := cases[i].run(brokenPlace(form, b.breaks), tiny)
	var v *violation
	require.ErrorAs(t, err, &v, "%q should fail", b.found)
	require.Equal(t, b.rule, v.rule, "%v", err)
	t.Log(err)
}

// TestSoundStoresPass has the kit take what drivers give, and what a place says that its stores
// cannot do.
func TestSoundStoresPass(t *testing.T) {
	sound := []breakage{
		{name: "nothing broken", breaks: func(*Memory, *brokenStore) {}},
		{name: "text as bytes", breaks: columns(func(v string) []byte { return []byte(v) })},
		{name: "bytes as text", breaks: columns(func(v []byte) string { return string(v) })},
		{name: "bool as number", breaks: columns(func(v bool) int64 {
			if v {
				return 1
			}
			return 0
		})},
		{name: "UUIDs as text", breaks: columns(func(v []byte) any {
			if len(v) != 16 {
				return v
			}
			return fmt.Sprintf("%X-%X-%X-%X-%X", v[:4], v[4:6], v[6:8], v[8:10], v[10:])
		})},
		{name: "local times", breaks: columns(func(v time.Time) time.Time { return v.In(time.FixedZone("", 3600)) })},
	}
	for _, b := range sound {
		mustPass(t, b.name, func() Place { return brokenPlace(persist.Columns, b.breaks) })
	}
	mustPass(t, "coarse", func() Place {
		place := brokenPlace(persist.Columns, columns(microseconds))
		place.NoNUL, place.TimeUnit = true, time.Microsecond
		return place
	})
}

func mustPass(t *testing.T, name string, fresh func() Place) {
	for _, tc := range append(storeCases(), faultCases()...) {
		_, err := tc.run(fresh(), tiny)
		require.NoError(t, err, "%s: %s", name, tc.name)
	}
}
