package filestore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// oneRelation and twoRelations are schemas for tests.
var (
	oneRelation  = schemaOf("likes")
	twoRelations = schemaOf("likes", "knows")
)

func schemaOf(names ...string) *persist.Schema {
	s := &persist.Schema{}
	for _, name := range names {
		s.Relations = append(s.Relations, persist.Relation{Name: name, Left: persist.Int64, Right: persist.Int64, Through: persist.String})
	}
	return s
}

// change is a row of a batch.
type change struct {
	key, value string
	deleted    bool
}

func put(key, value string) change { return change{key: key, value: value} }
func del(key string) change        { return change{key: key, deleted: true} }

// changes is a batch.
type changes struct {
	relation int
	rows     []change
}

func (c *changes) Relation() int      { return c.relation }
func (c *changes) Len() int           { return len(c.rows) }
func (c *changes) Deleted(i int) bool { return c.rows[i].deleted }
func (c *changes) AppendBinary(key, value []byte, i int) (k, v []byte) {
	return append(key, c.rows[i].key...), append(value, c.rows[i].value...)
}
func (c *changes) AppendColumns([]any, int) []any { panic("a file store reads bytes") }
func (c *changes) AppendBefore([]any, int) ([]any, bool) {
	panic("a file store asks for no old value")
}

func commit(revision uint64, batches ...persist.Batch) *persist.Commit {
	return &persist.Commit{Revision: revision, Batches: batches}
}

func batchOf(relation int, rows ...change) persist.Batch {
	return &changes{relation, rows}
}

// edges is a batch of pairs of integers, for benchmarks.
type edges struct{ pairs [][2]uint64 }

func (e *edges) Relation() int    { return 0 }
func (e *edges) Len() int         { return len(e.pairs) }
func (e *edges) Deleted(int) bool { return false }
func (e *edges) AppendBinary(key, value []byte, i int) (k, v []byte) {
	key = binary.BigEndian.AppendUint64(key, e.pairs[i][0]^1<<63)
	key = binary.BigEndian.AppendUint64(key, e.pairs[i][1]^1<<63)
	return key, binary.AppendVarint(value, int64(e.pairs[i][0]&63))
}
func (e *edges) AppendColumns([]any, int) []any { panic("a file store reads bytes") }
func (e *edges) AppendBefore([]any, int) ([]any, bool) {
	panic("a file store asks for no old value")
}

// rowsOf is the rows of a graph, by relation and key.
type rowsOf []map[string]string

func newRows(relations int) rowsOf {
	r := make(rowsOf, relations)
	for i := range r {
		r[i] = map[string]string{}
	}
	return r
}

func (r rowsOf) clone() rowsOf {
	var c rowsOf
	for _, m := range r {
		c = append(c, maps.Clone(m))
	}
	return c
}

// apply does what a commit says.
func (r rowsOf) apply(c *persist.Commit) {
	for _, b := range c.Batches {
		for i := range b.Len() {
			k, v := b.AppendBinary(nil, nil, i)
			if b.Deleted(i) {
				delete(r[b.Relation()], string(k))
			} else {
				r[b.Relation()][string(k)] = string(v)
			}
		}
	}
}

// collector is a loader that holds to what a store has promised of the order.
type collector struct {
	rows     rowsOf
	relation int
	last     []byte
	fail     error
}

func collect(relations int) *collector {
	return &collector{rows: newRows(relations), relation: -1}
}

func (c *collector) LoadBinary(relation int, key, value []byte) error {
	if c.fail != nil {
		return c.fail
	}
	if relation == c.relation && bytes.Compare(c.last, key) >= 0 {
		return fmt.Errorf("key %q comes after %q", key, c.last)
	}
	c.relation, c.last = relation, append(c.last[:0], key...)
	c.rows[relation][string(key)] = string(value)
	return nil
}

func (c *collector) LoadColumns(int, []any) error { panic("a file store gives bytes") }

func quiet(o Options) *Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return &o
}

// load loads a new store of a directory, which is closed when the test ends.
func load(t testing.TB, dir string, o Options, schema *persist.Schema) (*Store, rowsOf, uint64) {
	t.Helper()
	s := New(dir, quiet(o))
	c := collect(len(schema.Relations))
	rev, err := s.Load(context.Background(), schema, c)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s, c.rows, rev
}

// abandon ends a store as a crash of the program does: nothing is written any more.
func (s *Store) abandon() {
	s.stop()
	s.turn <- struct{}{}
	s.io.Lock()
	defer s.io.Unlock()
	s.timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = stateClosed
	if s.log != nil {
		_ = s.log.file.Close()
		s.log = nil
	}
	_ = s.reserve.close()
	_ = s.home.Close()
}

func mustAppend(t testing.TB, s *Store, commits ...*persist.Commit) {
	t.Helper()
	require.NoError(t, s.Append(context.Background(), commits))
}

// filesIn returns the contents of a directory but for the lock.
func filesIn(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	found := map[string]string{}
	for _, e := range entries {
		if e.Name() != lockName && e.Name() != reserveName {
			b, err := os.ReadFile(filepath.Join(dir, e.Name()))
			require.NoError(t, err)
			found[e.Name()] = string(b)
		}
	}
	return found
}

func namesIn(t testing.TB, dir string) []string {
	t.Helper()
	return slices.Sorted(maps.Keys(filesIn(t, dir)))
}

var errOnPurpose = errors.New("failed on purpose")

func asList(commits ...*persist.Commit) []*persist.Commit { return commits }

func seconds(do func()) float64 {
	start := time.Now()
	do()
	return time.Since(start).Seconds()
}
