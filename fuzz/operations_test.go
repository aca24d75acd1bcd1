package fuzz

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"reflect"
	"testing"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/model"
)

// FuzzOperations states the law that a relation holds what its model holds: whatever operations
// the input names, each counts what the model's counts, and afterwards the relation, and every
// snapshot taken on the way, reads as the model did then.
//
// The input is a program: four bytes an operation, as decode reads them.
func FuzzOperations(f *testing.F) {
	f.Fuzz(func(t *testing.T, program []byte) {
		const limit = 48 // operations; a longer program finds nothing that a shorter one does not
		m := newMachine(t)
		for len(program) >= size && m.steps < limit {
			m.step(decode(program))
			program = program[size:]
		}
		m.finish()
	})
}

// size is that of an encoded operation.
const size = 4

// operation is one that was decoded.
type operation struct {
	code  byte // the operation, modulo the number of operations; from 128 on, from the right end
	key   int  // a node at the end named
	keys  []int
	value int64
}

// decode reads an operation. The third byte names one key at the other end, and the fourth how
// many follow: up to 15, or hundreds, so that few bytes are enough for nodes and batches of every
// size.
func decode(b []byte) operation {
	o := operation{code: b[0], key: int(b[1] % 32), value: int64(b[3] % 5)}
	count := int(b[3] % 16)
	if b[3] >= 192 {
		count = int(b[3]-191) * 6
	}
	stride := 1 + int(b[3]/16%4)
	for i := range count {
		o.keys = append(o.keys, int(b[2])+i*stride)
	}
	return o
}

func (o operation) fromRight() bool { return o.code >= 128 }

type (
	edge      = model.Edge[int, int, int64]
	neighbour = model.Neighbour[int, int64]
	relation  = junction.ManyToMany[int, int, int64]
	reference = model.Relation[int, int, int64]
)

// machine runs operations on a relation and on its model.
type machine struct {
	t        *testing.T
	steps    int
	relation *relation
	model    *reference
	revision uint64
	kept     []snapshot

	tx    *junction.Tx
	draft *reference // the model as the transaction sees it
}

// snapshot is one with a copy of the model.
type snapshot struct {
	junction *junction.Snapshot
	model    *reference
}

func newMachine(t *testing.T) *machine {
	return &machine{
		t:        t,
		relation: junction.New[int, int, int64](),
		model: model.New(model.Rules[int, int, int64]{
			CompareA: cmp.Compare[int],
			CompareB: cmp.Compare[int],
			Same:     func(x, y int64) bool { return x == y },
		}),
	}
}

// now is the relation and the model that operations go to: those of the transaction, if there is
// one.
func (m *machine) now() (*relation, *reference) {
	if m.tx != nil {
		return m.relation.In(m.tx), m.draft
	}
	return m.relation, m.model
}

func (m *machine) step(o operation) {
	m.steps++
	r, ref := m.now()
	first := 0
	if len(o.keys) > 0 {
		first = o.keys[0]
	}
	a, b, far, back := o.key, first, r.Left(o.key), ref.Left(o.key)
	if o.fromRight() {
		a, b, far, back = first, o.key, r.Right(o.key), ref.Right(o.key)
	}
	switch o.code % 128 % 20 {
	case 0:
		m.wrote(r.Add(a, b, o.value))(ref.Add(a, b, o.value))
	case 1:
		m.wrote(r.Remove(a, b))(ref.Remove(a, b))
	case 2:
		m.insert(r, ref, a, b, o.value)
	case 3:
		edges := o.edges()
		m.wrote(r.AddAll(sequence(edges)))(ref.AddAll(edges))
	case 4:
		edges := o.edges()
		m.wrote(r.RemoveAll(keysOf(edges)))(ref.RemoveAll(edges))
	case 5:
		m.wrote(far.AddEach(o.keys, o.value))(back.AddEach(o.keys, o.value))
	case 6:
		m.wrote(far.Link(o.keys...))(back.Link(o.keys...))
	case 7:
		m.wrote(far.AddAll(pairs(o.neighbours())))(back.AddAll(o.neighbours()))
	case 8:
		m.wrote(far.Set(pairs(o.neighbours())))(back.Set(o.neighbours()))
	case 9:
		m.wrote(far.SetKeys(o.keys...))(back.SetKeys(o.keys...))
	case 10:
		m.wrote(far.ModifyAll(o.modify, o.keys...))(back.ModifyAll(o.modify, o.keys...))
	case 11:
		m.wrote(far.Remove(o.keys...))(back.Remove(o.keys...))
	case 12:
		m.wrote(far.Clear())(back.Clear())
	case 13:
		m.wrote(r.Clear())(ref.Clear())
	case 14:
		m.kept = append(m.kept, snapshot{m.relation.Graph().Snapshot(), m.model.Clone()})
	case 15:
		m.begin()
	case 16:
		m.end(true)
	case 17:
		m.end(false)
	case 18:
		m.compare(r, ref)
	case 19:
		m.removeInLoop(r, ref)
	}
	if got := m.relation.Graph().Revision(); got != m.revision {
		m.t.Fatalf("revision %d, want %d", got, m.revision)
	}
}

// edges spreads the keys over a few nodes.
func (o operation) edges() (edges []edge) {
	for i, k := range o.keys {
		e := edge{Left: o.key + i%3, Right: k, Through: o.value + int64(i%2)}
		if o.fromRight() {
			e.Left, e.Right = e.Right, e.Left
		}
		edges = append(edges, e)
	}
	return edges
}

func (o operation) neighbours() (list []neighbour) {
	for i, k := range o.keys {
		list = append(list, neighbour{Key: k, Through: o.value + int64(i%2)})
	}
	return list
}

// modify toggles every third key and gives a new value to the others.
func (o operation) modify(k int, old int64, ok bool) (int64, bool) {
	return old + o.value, !ok || k%3 != 0
}

func sequence(edges []edge) iter.Seq[junction.Edge[int, int, int64]] {
	return func(yield func(junction.Edge[int, int, int64]) bool) {
		for _, e := range edges {
			if !yield(junction.Edge[int, int, int64](e)) {
				return
			}
		}
	}
}

func keysOf(edges []edge) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for _, e := range edges {
			if !yield(e.Left, e.Right) {
				return
			}
		}
	}
}

func pairs(neighbours []neighbour) iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for _, e := range neighbours {
			if !yield(e.Key, e.Through) {
				return
			}
		}
	}
}

// wrote compares what a call returned with what the model counts.
func (m *machine) wrote(got junction.Counts, err error) func(want model.Counts) {
	return func(want model.Counts) {
		if err != nil || got != junction.Counts(want) {
			m.t.Fatalf("counts %v, %v, want %v", got, err, want)
		}
		if m.tx == nil && !got.IsZero() {
			m.revision++
		}
	}
}

func (m *machine) insert(r *relation, ref *reference, a, b int, value int64) {
	err := r.Insert(a, b, value)
	want, ok := ref.Insert(a, b, value)
	if !ok {
		if !errors.Is(err, junction.ErrExists) {
			m.t.Fatalf("Insert of an edge that exists: %v", err)
		}
		return
	}
	m.wrote(junction.Counts(want), err)(want)
}

func (m *machine) begin() {
	if m.tx != nil {
		return
	}
	tx, err := m.relation.Graph().Begin(context.Background())
	if err != nil {
		m.t.Fatal(err)
	}
	m.tx, m.draft = tx, m.model.Clone()
}

// end commits, or rolls back, and compares what the transaction says it changed.
func (m *machine) end(commit bool) {
	if m.tx == nil {
		return
	}
	var changes []model.Change[int, int, int64]
	for c := range m.relation.In(m.tx).Changes() {
		changes = append(changes, model.Change[int, int, int64]{Kind: c.Kind.String(), Left: c.Left, Right: c.Right, Before: c.Before, After: c.After})
	}
	equal(m.t, "changes", m.draft.ChangesSince(m.model), changes)
	if commit {
		if err := m.tx.Commit(); err != nil {
			m.t.Fatal(err)
		}
		m.model = m.draft
		if len(changes) > 0 {
			m.revision++
		}
	}
	m.tx.Rollback()
	m.tx = nil
}

// removeInLoop removes some of the edges over which it loops, all of which it must see.
func (m *machine) removeInLoop(r *relation, ref *reference) {
	want := ref.Edges()
	var got []edge
	for e := range r.Edges() {
		got = append(got, edge(e))
		if len(got)%7 == 0 {
			m.wrote(r.Remove(e.Left, e.Right))(ref.Remove(e.Left, e.Right))
		}
	}
	equal(m.t, "edges in a loop that removes", want, got)
}

// finish compares everything that is left.
func (m *machine) finish() {
	m.end(true)
	m.compare(m.relation, m.model)
	for _, s := range m.kept {
		m.compare(m.relation.At(s.junction), s.model)
	}
	if err := m.relation.Graph().Check(); err != nil {
		m.t.Fatal(err)
	}
}

func (m *machine) compare(r *relation, ref *reference) {
	var edges []edge
	for e := range r.Edges() {
		edges = append(edges, edge(e))
	}
	equal(m.t, "edges", ref.Edges(), edges)
	equal(m.t, "lefts", ref.Lefts(), listings(r.Lefts(), r.Left))
	equal(m.t, "rights", ref.Rights(), listings(r.Rights(), r.Right))
	if r.Len() != len(edges) {
		m.t.Fatalf("Len is %d of %d edges", r.Len(), len(edges))
	}
	for _, e := range edges {
		if through, ok := r.Get(e.Left, e.Right); !ok || through != e.Through || !r.Right(e.Right).Has(e.Left) {
			m.t.Fatalf("edge %v: got %v, %v", e, through, ok)
		}
	}
}

func listings(nodes iter.Seq2[int, int], node func(int) junction.Node[int, int, int64]) (list []model.Listing[int, int, int64]) {
	for k, degree := range nodes {
		l := model.Listing[int, int, int64]{Key: k}
		for n, through := range node(k).All() {
			l.Neighbours = append(l.Neighbours, neighbour{Key: n, Through: through})
		}
		if degree == len(l.Neighbours) && degree == node(k).Count() {
			list = append(list, l)
		}
	}
	return list
}

func equal[E any](t *testing.T, what string, want, got []E) {
	t.Helper()
	if len(want)+len(got) > 0 && !reflect.DeepEqual(want, got) {
		t.Fatalf("%s differ:\nwant %v\n got %v", what, want, got)
	}
}
