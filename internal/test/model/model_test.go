package model_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/internal/model"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// The tests below run random programs on two relations of one graph and on their models, side by
// side. A program is a list of steps, drawn as a value, so that a failing one shrinks to the few
// steps that matter and is printed.
//
// The model is copied whole at every revision. Snapshots are kept while the program goes on, and
// compared at its end with the copy of their revision.

// TestPrograms runs random programs on relations of every make, with small arrays and trees and
// with the usual ones.
func TestPrograms(t *testing.T) {
	for name, run := range variants {
		t.Run(name+"/tiny", func(t *testing.T) { run(t, tiny, smallProgram) })
		t.Run(name+"/little", func(t *testing.T) { run(t, little, smallProgram) })
		t.Run(name+"/default", func(t *testing.T) { run(t, ordered.DefaultLimits, smallProgram) })
	}
}

// tiny limits make trees of a handful of edges; little ones have parts that are joined again, too.
var (
	tiny   = ordered.Limits{MaxRun: 4, Degree: 2}
	little = ordered.Limits{MaxRun: 8, Degree: 2}
)

// TestLimitsOfPrograms holds that relations have the limits of their programs: with tiny ones, a
// node of some neighbours takes other memory.
func TestLimitsOfPrograms(t *testing.T) {
	bytes := func(limits ordered.Limits) int {
		withLimits(t, limits)
		m := junction.New[int64, int64, int64]()
		for k := range int64(100) {
			require.NoError(t, m.Insert(0, k, 0))
		}
		return m.Graph().Stats().Relations[0].Bytes
	}
	require.NotEqual(t, bytes(ordered.DefaultLimits), bytes(tiny))
}

// withLimits has the relations that a test makes from now on have certain limits.
func withLimits(t *testing.T, limits ordered.Limits) {
	engine.DefaultLimits = limits
	t.Cleanup(func() { engine.DefaultLimits = ordered.DefaultLimits })
}

// TestProgramsOfBatches runs programs whose calls touch hundreds of edges, so that they take the
// way of drafts and merges, on many keys and few hubs.
func TestProgramsOfBatches(t *testing.T) {
	for _, name := range []string{"int64", "string", "arrays of bytes", "struct keys", "undirected", "values without =="} {
		t.Run(name+"/little", func(t *testing.T) { variants[name](t, little, largeProgram) })
		t.Run(name+"/default", func(t *testing.T) { variants[name](t, ordered.DefaultLimits, largeProgram) })
	}
}

// variant is a make of relation: its types, made from small numbers, and its rules.
type variant[A, B comparable, T any] struct {
	relate  func(g *junction.Graph, name string) *junction.ManyToMany[A, B, T]
	a       func(int) A
	b       func(int) B
	through func(int) T
	rules   model.Rules[A, B, T]
}

var variants = map[string]func(*testing.T, ordered.Limits, scale){
	"int64": variant[int64, int64, int64]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, int64] {
			return junction.Relate[int64, int64, int64](g, name)
		},
		a:       asInt64,
		b:       asInt64,
		through: asInt64,
		rules:   naturally[int64, int64](equals[int64]),
	}.test,
	"string": variant[string, string, struct{}]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[string, string, struct{}] {
			return junction.Relate[string, string, struct{}](g, name)
		},
		a:       asString,
		b:       asString,
		through: func(int) struct{} { return struct{}{} },
		rules:   naturally[string, string](equals[struct{}]),
	}.test,
	"different types": variant[int8, uint32, string]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int8, uint32, string] {
			return junction.Relate[int8, uint32, string](g, name)
		},
		a:       func(i int) int8 { return int8(15*i - 120) },
		b:       func(i int) uint32 { return uint32(i) * 9999991 },
		through: asString,
		rules:   naturally[int8, uint32](equals[string]),
	}.test,
	"arrays of bytes": variant[[16]byte, [20]byte, string]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[[16]byte, [20]byte, string] {
			return junction.Relate[[16]byte, [20]byte, string](g, name)
		},
		a:       asID,
		b:       func(i int) [20]byte { return [20]byte{byte(i % 5), 19: byte(i)} },
		through: asString,
		rules: model.Rules[[16]byte, [20]byte, string]{
			CompareA: func(x, y [16]byte) int { return bytes.Compare(x[:], y[:]) },
			CompareB: func(x, y [20]byte) int { return bytes.Compare(x[:], y[:]) },
			Same:     equals[string],
		},
	}.test,
	"undirected arrays of bytes": variant[[16]byte, [16]byte, int64]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[[16]byte, [16]byte, int64] {
			return junction.RelateUndirected[[16]byte, int64](g, name)
		},
		a:       asID,
		b:       asID,
		through: asInt64,
		rules: undirected(model.Rules[[16]byte, [16]byte, int64]{
			CompareA: func(x, y [16]byte) int { return bytes.Compare(x[:], y[:]) },
			CompareB: func(x, y [16]byte) int { return bytes.Compare(x[:], y[:]) },
			Same:     equals[int64],
		}),
	}.test,
	"struct keys": variant[point, float64, string]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[point, float64, string] {
			return junction.RelateFunc[point, float64, string](g, name, comparePoints, cmp.Compare[float64])
		},
		a:       asPoint,
		b:       func(i int) float64 { return float64(i-3) / 7 },
		through: asString,
		rules: model.Rules[point, float64, string]{
			CompareA: comparePoints, CompareB: cmp.Compare[float64], Same: equals[string],
		},
	}.test,
	"reversed": variant[int64, int64, int64]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, int64] {
			return junction.RelateFunc[int64, int64, int64](g, name, backwards, backwards)
		},
		a:       asInt64,
		b:       asInt64,
		through: asInt64,
		rules:   model.Rules[int64, int64, int64]{CompareA: backwards, CompareB: backwards, Same: equals[int64]},
	}.test,
	"values without ==": variant[int64, int64, []int]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, []int] {
			return junction.Relate[int64, int64, []int](g, name)
		},
		a:       asInt64,
		b:       asInt64,
		through: asList,
		rules: model.Rules[int64, int64, []int]{
			CompareA: cmp.Compare[int64], CompareB: cmp.Compare[int64],
			Same: func(x, y []int) bool { return false },
		},
	}.test,
	"equal by rule": variant[int64, int64, []int]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, []int] {
			return junction.Relate[int64, int64, []int](g, name, junction.Equal(slices.Equal[[]int]))
		},
		a:       asInt64,
		b:       asInt64,
		through: asList,
		rules:   naturally[int64, int64](slices.Equal[[]int]),
	}.test,
	"times": variant[int64, int64, visit]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, visit] {
			return junction.Relate[int64, int64, visit](g, name)
		},
		a:       asInt64,
		b:       asInt64,
		through: asVisit,
		rules: naturally[int64, int64](func(x, y visit) bool {
			return x.at.Equal(y.at) && x.page == y.page
		}),
	}.test,
	"undirected": variant[int64, int64, int64]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[int64, int64, int64] {
			return junction.RelateUndirected[int64, int64](g, name)
		},
		a:       asInt64,
		b:       asInt64,
		through: asInt64,
		rules:   undirected(naturally[int64, int64](equals[int64])),
	}.test,
	"undirected struct keys": variant[point, point, string]{
		relate: func(g *junction.Graph, name string) *junction.ManyToMany[point, point, string] {
			return junction.RelateUndirectedFunc[point, string](g, name, comparePoints)
		},
		a:       asPoint,
		b:       asPoint,
		through: asString,
		rules: undirected(model.Rules[point, point, string]{
			CompareA: comparePoints, CompareB: comparePoints, Same: equals[string],
		}),
	}.test,
}

// visit is a value that holds a time. Of three, the first two are the same instant.
type visit struct {
	page int
	at   time.Time
}

func asVisit(i int) visit {
	zone := time.FixedZone("east", 3600*(i%3))
	return visit{0, time.Unix(int64(i%3/2), 0).In(zone)}
}

type point struct{ x, y int }

// comparePoints orders points by y, descending, and then x.
func comparePoints(p, q point) int { return cmp.Or(cmp.Compare(q.y, p.y), cmp.Compare(p.x, q.x)) }

func backwards(x, y int64) int { return cmp.Compare(y, x) }

func asInt64(i int) int64   { return int64(i) }
func asString(i int) string { return strings.Repeat("x", i%3) + fmt.Sprint(i/3) }
func asPoint(i int) point   { return point{i / 3, i % 3} }
func asID(i int) [16]byte   { return [16]byte{byte(i % 3), 7: byte(i >> 4), 15: byte(i)} }
func asList(i int) []int    { return []int{i} }

func equals[T comparable](x, y T) bool { return x == y }

func naturally[A, B cmp.Ordered, T any](same func(x, y T) bool) model.Rules[A, B, T] {
	return model.Rules[A, B, T]{CompareA: cmp.Compare[A], CompareB: cmp.Compare[B], Same: same}
}

func undirected[A comparable, T any](rules model.Rules[A, A, T]) model.Rules[A, A, T] {
	rules.Undirected = true
	return rules
}

// scale is the size of programs: how many chapters of about five steps they have, how many keys
// on each side, how many of them one call names, and how many through values there are.
type scale struct{ chapters, keys, keysOfCall, values int }

var (
	smallProgram = scale{chapters: 10, keys: 17, keysOfCall: 12, values: 3} // so few that nodes vanish and come again
	largeProgram = scale{chapters: 3, keys: 400, keysOfCall: 300, values: 3}
)

// step is one operation of a program. What it does not need it ignores.
type step struct {
	Op      op
	Second  bool // on the second relation
	Bound   int  // to a transaction if there is one, to the live state, or to the last snapshot
	Right   bool // from the right end
	Inverse bool // by way of Inverse
	Key     int
	Keys    progression
	Value   int
	Sets    []int // a combination of nodes, in postfix order
}

// progression is a list of keys: ascending, descending or mixed, and with repetitions where it
// goes round.
type progression struct{ From, Count, Stride int }

type op string

const (
	opAdd        op = "Add"
	opAddAll     op = "AddAll"
	opInsert     op = "Insert"
	opRemove     op = "Remove"
	opRemoveAll  op = "RemoveAll"
	opRemoveNode op = "RemoveLeft or RemoveRight"
	opRenameNode op = "Node.Rename"
	opClearAll   op = "Clear"

	opNodeAdd       op = "Node.Add"
	opNodeAddEach   op = "Node.AddEach"
	opNodeLink      op = "Node.Link"
	opNodeAddAll    op = "Node.AddAll"
	opNodeSet       op = "Node.Set"
	opNodeSetKeys   op = "Node.SetKeys"
	opNodeModify    op = "Node.Modify"
	opNodeModifyAll op = "Node.ModifyAll"
	opNodeRemove    op = "Node.Remove"
	opNodeClear     op = "Node.Clear"

	opLoop     op = "loop with writes inside"
	opBegin    op = "Begin"
	opUpdate   op = "Update"
	opEnd      op = "end of transaction"
	opSnapshot op = "Snapshot"
	opQuery    op = "query a node"
	opCombine  op = "And, Or, Minus"
	opCompare  op = "compare everything"
)

// operations is what steps are drawn from, the usual ones more often.
var operations = []op{
	opAdd, opAdd, opAdd, opAddAll, opAddAll, opInsert, opRemove, opRemove, opRemoveAll, opRemoveNode, opRenameNode,
	opNodeAdd, opNodeAddEach, opNodeLink, opNodeAddAll, opNodeSet, opNodeSetKeys, opNodeModify, opNodeModifyAll, opNodeRemove, opNodeClear,
	opLoop, opBegin, opUpdate, opEnd, opEnd, opSnapshot, opSnapshot, opQuery, opQuery, opCombine, opCombine, opCompare, opClearAll,
}

// program generates the steps in chapters, because a generated list has about five elements
// whatever its limit. A failing program still shrinks to no more than it needs.
func (s scale) program() *rapid.Generator[[]step] {
	chapter := rapid.SliceOfN(s.step(), 0, 15)
	return rapid.Custom(func(t *rapid.T) (steps []step) {
		for range s.chapters {
			steps = append(steps, chapter.Draw(t, "chapter")...)
		}
		return steps
	})
}

func (s scale) step() *rapid.Generator[step] {
	keys := rapid.Custom(func(t *rapid.T) progression {
		return progression{
			From:   rapid.IntRange(0, s.keys-1).Draw(t, "from"),
			Count:  rapid.IntRange(0, s.keysOfCall).Draw(t, "count"),
			Stride: rapid.IntRange(-3, 7).Draw(t, "stride"),
		}
	})
	return rapid.Custom(func(t *rapid.T) step {
		return step{
			Op:      rapid.SampledFrom(operations).Draw(t, "op"),
			Second:  rapid.IntRange(0, 3).Draw(t, "second") == 3,
			Bound:   max(0, rapid.IntRange(-10, 2).Draw(t, "bound")),
			Right:   rapid.Bool().Draw(t, "right"),
			Inverse: rapid.Bool().Draw(t, "inverse"),
			Key:     rapid.OneOf(rapid.IntRange(0, 2), rapid.IntRange(0, s.keys-1)).Draw(t, "key"), // 0 to 2 become hubs
			Keys:    keys.Draw(t, "keys"),
			Value:   rapid.IntRange(0, 11).Draw(t, "value"),
			Sets:    rapid.SliceOfN(rapid.IntRange(0, 1023), 2, 16).Draw(t, "sets"),
		}
	})
}

// test checks the law that a relation does what its model does, whatever the program.
func (v variant[A, B, T]) test(t *testing.T, limits ordered.Limits, size scale) {
	withLimits(t, limits)
	rapid.Check(t, func(t *rapid.T) {
		p := v.start(t, size)
		p.steps = size.program().Draw(t, "program")
		p.run()
	})
}

// program is one that runs.
type program[A, B comparable, T any] struct {
	variant[A, B, T]
	t     *rapid.T
	size  scale
	steps []step // those to come

	g         *junction.Graph
	relations [2]subject[A, B, T]
	history   map[uint64]models[A, B, T] // what the models were at each revision
	revision  uint64
	snapshots []*junction.Snapshot

	tx     *junction.Tx
	cancel context.CancelFunc // of the context of tx
}

// subject is a relation with its models.
type subject[A, B comparable, T any] struct {
	relation *junction.ManyToMany[A, B, T]
	live     *model.Relation[A, B, T]
	draft    *model.Relation[A, B, T] // as the open transaction sees it
}

// models are those of both relations.
type models[A, B comparable, T any] [2]*model.Relation[A, B, T]

func (v variant[A, B, T]) start(t *rapid.T, size scale) *program[A, B, T] {
	g := junction.NewGraph(&junction.Options{BusyTimeout: -1})
	p := &program[A, B, T]{variant: v, t: t, size: size, g: g, history: map[uint64]models[A, B, T]{}}
	for i, name := range []string{"first", "second"} {
		p.relations[i] = subject[A, B, T]{relation: v.relate(g, name), live: model.New(v.rules)}
	}
	p.remember()
	return p
}

// run runs all steps, ends what they left open, and compares everything that can be looked at.
func (p *program[A, B, T]) run() {
	for s, ok := p.next(); ok; s, ok = p.next() {
		p.step(s)
	}
	if p.tx != nil {
		p.endManually(committed)
	}
	p.compareStates()
	for _, s := range p.snapshots {
		p.compareSnapshot(s)
	}
}

func (p *program[A, B, T]) next() (s step, ok bool) {
	if len(p.steps) == 0 {
		return s, false
	}
	s, p.steps = p.steps[0], p.steps[1:]
	return s, true
}

func (p *program[A, B, T]) step(s step) {
	state := p.state(s)
	switch s.Op {
	case opBegin:
		p.begin()
	case opUpdate:
		p.update()
	case opEnd:
		if p.tx != nil {
			p.endManually(ending(s.Value % int(endings)))
		}
	case opSnapshot:
		p.snapshots = append(p.snapshots, p.g.Snapshot())
	case opCombine:
		p.combine(s)
	case opCompare:
		p.compareStates()
	case opQuery:
		if s.Right {
			queryNode(p.t, s, p.size, state.relation.Right(p.b(s.Key)), p.model(state).Right(p.b(s.Key)), p.a, p.rules.CompareA)
		} else {
			queryNode(p.t, s, p.size, state.relation.Left(p.a(s.Key)), p.model(state).Left(p.a(s.Key)), p.b, p.rules.CompareB)
		}
	case opLoop:
		p.loop(s, state)
	default:
		p.write(s, state)
	}
	p.compareRevision()
}

// state is a relation in the state that a step is bound to, with the models that tell what it
// holds.
type state[A, B comparable, T any] struct {
	relation *junction.ManyToMany[A, B, T]
	model    **model.Relation[A, B, T] // changes as the relation does
	refusal  error                     // of every write
}

func (p *program[A, B, T]) model(s state[A, B, T]) *model.Relation[A, B, T] { return *s.model }

const (
	toTx = iota
	toLive
	toSnapshot
)

func (p *program[A, B, T]) state(s step) state[A, B, T] {
	i := 0
	if s.Second {
		i = 1
	}
	r := &p.relations[i]
	switch {
	case s.Bound == toSnapshot && len(p.snapshots) > 0:
		snap := p.snapshots[len(p.snapshots)-1]
		m := p.history[snap.Revision()][i]
		return state[A, B, T]{r.relation.At(snap), &m, junction.ErrReadOnly}
	case s.Bound == toTx && p.tx != nil:
		return state[A, B, T]{r.relation.In(p.tx), &r.draft, nil}
	case p.tx != nil:
		return state[A, B, T]{r.relation, &r.live, junction.ErrBusy}
	default:
		return state[A, B, T]{r.relation, &r.live, nil}
	}
}

// wrote compares what a call returned with what the model does in its place.
func (p *program[A, B, T]) wrote(refusal error, got junction.Counts, err error, want func() model.Counts) {
	if refusal != nil {
		require.ErrorIs(p.t, err, refusal)
		require.Zero(p.t, got)
		return
	}
	require.NoError(p.t, err)
	require.Equal(p.t, junction.Counts(want()), got)
	if p.tx == nil && !got.IsZero() {
		p.commit()
	}
}

// commit counts a revision and keeps a copy of it.
func (p *program[A, B, T]) commit() {
	p.revision++
	p.remember()
}

func (p *program[A, B, T]) remember() {
	p.history[p.revision] = models[A, B, T]{p.relations[0].live.Clone(), p.relations[1].live.Clone()}
}

// write makes one write of the relation, from either of its ends.
func (p *program[A, B, T]) write(s step, st state[A, B, T]) {
	if p.rules.Undirected || !s.Inverse {
		writeRelation(p, s, st.refusal, st.relation, p.model(st), p.a, p.b)
		return
	}
	// The model has no Inverse, so it is told the same the other way round.
	writeInverse(p, s, st.refusal, st.relation.Inverse(), p.model(st))
}

// writeRelation makes a write of a relation, or else of one of its nodes.
func writeRelation[A, B comparable, T any](p *program[A, B, T], s step, refusal error, r *junction.ManyToMany[A, B, T], m *model.Relation[A, B, T], keyA func(int) A, keyB func(int) B) {
	a, b, through := keyA(s.Key), keyB(s.Keys.From), p.through(s.Value)
	switch s.Op {
	case opAdd:
		c, err := r.Add(a, b, through)
		p.wrote(refusal, c, err, func() model.Counts { return m.Add(a, b, through) })
	case opInsert:
		p.inserted(refusal, r.Insert(a, b, through), func() (model.Counts, bool) { return m.Insert(a, b, through) })
	case opRemove:
		c, err := r.Remove(a, b)
		p.wrote(refusal, c, err, func() model.Counts { return m.Remove(a, b) })
	case opAddAll:
		edges := p.edges(s)
		c, err := r.AddAll(rootEdges(edges))
		p.wrote(refusal, c, err, func() model.Counts { return m.AddAll(edges) })
	case opRemoveAll:
		edges := p.edges(s)
		c, err := r.RemoveAll(rootPairs(edges))
		p.wrote(refusal, c, err, func() model.Counts { return m.RemoveAll(edges) })
	case opClearAll:
		c, err := r.Clear()
		p.wrote(refusal, c, err, m.Clear)
	case opRemoveNode:
		if s.Right {
			c, err := r.RemoveRight(b)
			p.wrote(refusal, c, err, func() model.Counts { return m.RemoveRight(b) })
			return
		}
		c, err := r.RemoveLeft(a)
		p.wrote(refusal, c, err, func() model.Counts { return m.RemoveLeft(a) })
	case opRenameNode:
		if s.Right {
			to := keyB(s.Keys.Count % p.size.keys)
			c, err := r.Right(b).Rename(to)
			p.renamed(refusal, c, err, func() (model.Counts, bool) { return m.RenameRight(b, to) })
			return
		}
		to := keyA(s.Keys.Count % p.size.keys)
		c, err := r.Left(a).Rename(to)
		p.renamed(refusal, c, err, func() (model.Counts, bool) { return m.RenameLeft(a, to) })
	default:
		if s.Right {
			writeNode(p, s, refusal, r.Right(p.b(s.Key)), m.Right(p.b(s.Key)), keyA, p.rules.CompareA)
			return
		}
		writeNode(p, s, refusal, r.Left(a), m.Left(a), keyB, p.rules.CompareB)
	}
}

// writeInverse does what writeRelation does, by way of Inverse.
func writeInverse[A, B comparable, T any](p *program[A, B, T], s step, refusal error, r *junction.ManyToMany[B, A, T], m *model.Relation[A, B, T]) {
	a, b, through := p.a(s.Key), p.b(s.Keys.From), p.through(s.Value)
	switch s.Op {
	case opAdd:
		c, err := r.Add(b, a, through)
		p.wrote(refusal, c, err, func() model.Counts { return m.Add(a, b, through) })
	case opInsert:
		p.inserted(refusal, r.Insert(b, a, through), func() (model.Counts, bool) { return m.Insert(a, b, through) })
	case opRemove:
		c, err := r.Remove(b, a)
		p.wrote(refusal, c, err, func() model.Counts { return m.Remove(a, b) })
	case opAddAll:
		edges := p.edges(s)
		c, err := r.AddAll(rootEdges(flipped(edges)))
		p.wrote(refusal, c, err, func() model.Counts { return m.AddAll(edges) })
	case opRemoveAll:
		edges := p.edges(s)
		c, err := r.RemoveAll(rootPairs(flipped(edges)))
		p.wrote(refusal, c, err, func() model.Counts { return m.RemoveAll(edges) })
	case opClearAll:
		c, err := r.Clear()
		p.wrote(refusal, c, err, m.Clear)
	case opRemoveNode:
		if s.Right {
			c, err := r.RemoveLeft(b)
			p.wrote(refusal, c, err, func() model.Counts { return m.RemoveRight(b) })
			return
		}
		c, err := r.RemoveRight(a)
		p.wrote(refusal, c, err, func() model.Counts { return m.RemoveLeft(a) })
	case opRenameNode:
		if s.Right {
			to := p.b(s.Keys.Count % p.size.keys)
			c, err := r.Left(b).Rename(to)
			p.renamed(refusal, c, err, func() (model.Counts, bool) { return m.RenameRight(b, to) })
			return
		}
		to := p.a(s.Keys.Count % p.size.keys)
		c, err := r.Right(a).Rename(to)
		p.renamed(refusal, c, err, func() (model.Counts, bool) { return m.RenameLeft(a, to) })
	default:
		if s.Right {
			writeNode(p, s, refusal, r.Left(p.b(s.Key)), m.Right(p.b(s.Key)), p.a, p.rules.CompareA)
			return
		}
		writeNode(p, s, refusal, r.Right(a), m.Left(a), p.b, p.rules.CompareB)
	}
}

// inserted is wrote for Insert, which returns no Counts.
func (p *program[A, B, T]) inserted(refusal, err error, want func() (model.Counts, bool)) {
	if refusal != nil {
		require.ErrorIs(p.t, err, refusal)
		return
	}
	c, ok := want()
	if !ok {
		require.ErrorIs(p.t, err, junction.ErrExists)
		return
	}
	p.wrote(nil, junction.Counts(c), err, func() model.Counts { return c })
}

func (p *program[A, B, T]) renamed(refusal error, got junction.Counts, err error, want func() (model.Counts, bool)) {
	if refusal != nil {
		p.wrote(refusal, got, err, nil)
		return
	}
	c, ok := want()
	if !ok {
		require.ErrorIs(p.t, err, junction.ErrExists)
		require.Zero(p.t, got)
		return
	}
	p.wrote(nil, got, err, func() model.Counts { return c })
}

// edges are those of an AddAll: a stripe across both sides, or the edges of one hub.
func (p *program[A, B, T]) edges(s step) (edges []model.Edge[A, B, T]) {
	spread := s.Value % 4
	for i, k := range s.Keys.list(p.size.keys) {
		hub := (s.Key + i*spread) % p.size.keys
		if s.Right {
			hub, k = k, hub
		}
		edges = append(edges, model.Edge[A, B, T]{Left: p.a(hub), Right: p.b(k), Through: p.through((s.Value + i) % p.size.values)})
	}
	return edges
}

func (g progression) list(keys int) (list []int) {
	for i := range g.Count {
		list = append(list, ((g.From+i*g.Stride)%keys+keys)%keys)
	}
	return list
}

func rootEdges[A, B, T any](edges []model.Edge[A, B, T]) iter.Seq[junction.Edge[A, B, T]] {
	return func(yield func(junction.Edge[A, B, T]) bool) {
		for _, e := range edges {
			if !yield(junction.Edge[A, B, T](e)) {
				return
			}
		}
	}
}

func rootPairs[A, B, T any](edges []model.Edge[A, B, T]) iter.Seq2[A, B] {
	return func(yield func(A, B) bool) {
		for _, e := range edges {
			if !yield(e.Left, e.Right) {
				return
			}
		}
	}
}

func flipped[A, B, T any](edges []model.Edge[A, B, T]) (list []model.Edge[B, A, T]) {
	for _, e := range edges {
		list = append(list, model.Edge[B, A, T]{Left: e.Right, Right: e.Left, Through: e.Through})
	}
	return list
}

func rootNeighbours[N, T any](edges []model.Neighbour[N, T]) iter.Seq2[N, T] {
	return func(yield func(N, T) bool) {
		for _, e := range edges {
			if !yield(e.Key, e.Through) {
				return
			}
		}
	}
}

// writeNode makes a write of a node whose neighbours are of type N.
func writeNode[A, B, K, N comparable, T any](p *program[A, B, T], s step, refusal error, n junction.Node[K, N, T], m model.Node[N, T], key func(int) N, order func(x, y N) int) {
	var ks []N
	var edges []model.Neighbour[N, T]
	for i, k := range s.Keys.list(p.size.keys) {
		ks = append(ks, key(k))
		edges = append(edges, model.Neighbour[N, T]{Key: key(k), Through: p.through((s.Value + i) % p.size.values)})
	}
	k, through := key(s.Keys.From), p.through(s.Value)
	var c junction.Counts
	var err error
	var want func() model.Counts
	switch s.Op {
	case opNodeAdd:
		c, err = n.Add(k, through)
		want = func() model.Counts { return m.Add(k, through) }
	case opNodeAddEach:
		c, err = n.AddEach(ks, through)
		want = func() model.Counts { return m.AddEach(ks, through) }
	case opNodeLink:
		c, err = n.Link(ks...)
		want = func() model.Counts { return m.Link(ks...) }
	case opNodeAddAll:
		c, err = n.AddAll(rootNeighbours(edges))
		want = func() model.Counts { return m.AddAll(edges) }
	case opNodeSet:
		c, err = n.Set(rootNeighbours(edges))
		want = func() model.Counts { return m.Set(edges) }
	case opNodeSetKeys:
		c, err = n.SetKeys(ks...)
		want = func() model.Counts { return m.SetKeys(ks...) }
	case opNodeModify:
		c, err = n.Modify(k, p.modifier(s))
		want = func() model.Counts { return m.Modify(k, p.modifier(s)) }
	case opNodeModifyAll:
		var asked []N
		c, err = n.ModifyAll(func(k N, old T, ok bool) (T, bool) {
			asked = append(asked, k)
			return p.modifier(s)(old, ok)
		}, ks...)
		want = func() model.Counts {
			requireEqual(p.t, "keys asked by ModifyAll", inOrder(ks, order), asked)
			return m.ModifyAll(func(_ N, old T, ok bool) (T, bool) { return p.modifier(s)(old, ok) }, ks...)
		}
	case opNodeRemove:
		c, err = n.Remove(ks...)
		want = func() model.Counts { return m.Remove(ks...) }
	case opNodeClear:
		c, err = n.Clear()
		want = m.Clear
	default:
		p.t.Fatalf("no such operation: %v", s.Op)
	}
	p.wrote(refusal, c, err, want)
}

// modifier adds or updates, removes, toggles, or keeps what is there.
func (p *program[A, B, T]) modifier(s step) func(old T, ok bool) (T, bool) {
	return func(old T, ok bool) (T, bool) {
		switch s.Value % 4 {
		case 0:
			return p.through(s.Value), true
		case 1:
			return old, false
		case 2:
			return p.through(s.Value), !ok
		}
		return old, ok
	}
}

func inOrder[N comparable](ks []N, order func(x, y N) int) []N {
	return slices.Compact(slices.SortedFunc(slices.Values(ks), order))
}

// loop walks a relation or a node while it changes what it walks over, and expects to see it as
// it was before.
func (p *program[A, B, T]) loop(s step, st state[A, B, T]) {
	r, m := st.relation, p.model(st)
	writes := 5 // so that a large program does not take a commit for each of its edges
	change := func(a A, b B) {
		if writes--; writes < 0 {
			return
		}
		c, err := r.Remove(a, b)
		p.wrote(st.refusal, c, err, func() model.Counts { return m.Remove(a, b) })
		other, through := p.b(s.Keys.From), p.through(s.Value)
		c, err = r.Add(a, other, through)
		p.wrote(st.refusal, c, err, func() model.Counts { return m.Add(a, other, through) })
	}
	if s.Right {
		want := m.Edges()
		var got []model.Edge[A, B, T]
		for e := range r.Edges() {
			got = append(got, model.Edge[A, B, T](e))
			change(e.Left, e.Right)
		}
		requireEqual(p.t, "edges in a loop that writes", want, got)
		return
	}
	a := p.a(s.Key)
	want := m.Left(a).All()
	var got []model.Neighbour[B, T]
	for b, through := range r.Left(a).All() {
		got = append(got, model.Neighbour[B, T]{Key: b, Through: through})
		change(a, b)
	}
	requireEqual(p.t, "neighbours in a loop that writes", want, got)
}

// ending is how a transaction ends.
type ending int

const (
	committed ending = iota
	rolledBack
	failed
	panicked
	cancelled
	endings
)

var errPlanned = errors.New("planned failure")

// begin opens a transaction by hand; other steps go on until one ends it.
func (p *program[A, B, T]) begin() {
	if p.tx != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	tx, err := p.g.Begin(ctx)
	require.NoError(p.t, err)
	p.enter(tx, cancel)
}

func (p *program[A, B, T]) endManually(how ending) {
	tx := p.tx
	p.compareChanges()
	switch how {
	case committed:
		require.NoError(p.t, tx.Commit())
	case cancelled:
		p.cancel()
		require.ErrorIs(p.t, tx.Commit(), context.Canceled)
	default:
		tx.Rollback()
	}
	p.leave(how)
	tx.Rollback() // does nothing
	require.ErrorIs(p.t, tx.Commit(), junction.ErrTxDone)
}

// update runs the steps up to the next end of transaction in one.
func (p *program[A, B, T]) update() {
	if p.tx != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	how := committed
	err := p.recovering(&how, func() error {
		return p.g.Update(ctx, func(tx *junction.Tx) error {
			p.enter(tx, cancel)
			how = p.runToEnd()
			p.compareChanges()
			return p.failAs(how)
		})
	})
	switch how {
	case rolledBack, failed:
		require.ErrorIs(p.t, err, errPlanned)
	case cancelled:
		require.ErrorIs(p.t, err, context.Canceled)
	default:
		require.NoError(p.t, err)
	}
	p.leave(how)
}

// runToEnd runs the steps of a transaction and returns how it is to end.
func (p *program[A, B, T]) runToEnd() ending {
	for s, ok := p.next(); ok; s, ok = p.next() {
		if s.Op == opEnd {
			return ending(s.Value % int(endings))
		}
		p.step(s)
	}
	return committed
}

func (p *program[A, B, T]) failAs(how ending) error {
	switch how {
	case rolledBack, failed:
		return fmt.Errorf("with context: %w", errPlanned)
	case panicked:
		panic(errPlanned)
	case cancelled:
		p.cancel()
	}
	return nil
}

// recovering takes the panic that was planned; any other is a finding.
func (p *program[A, B, T]) recovering(how *ending, fn func() error) error {
	defer func() {
		if *how == panicked {
			require.Equal(p.t, errPlanned, recover())
		}
	}()
	return fn()
}

func (p *program[A, B, T]) enter(tx *junction.Tx, cancel context.CancelFunc) {
	p.tx, p.cancel = tx, cancel
	for i := range p.relations {
		p.relations[i].draft = p.relations[i].live.Clone()
	}
}

func (p *program[A, B, T]) leave(how ending) {
	p.cancel()
	p.tx = nil
	if how == committed {
		changed := 0
		for i := range p.relations {
			r := &p.relations[i]
			changed += len(r.draft.ChangesSince(r.live))
			r.live = r.draft
		}
		if changed > 0 { // net: what was undone before the commit is none
			p.commit()
		}
	}
	p.compareRevision()
}

// compareRevision expects a new revision for what changed something, and none for anything else.
func (p *program[A, B, T]) compareRevision() {
	require.Equal(p.t, p.revision, p.g.Revision())
}

// compareChanges compares what the transaction says it changed with the difference of the models.
func (p *program[A, B, T]) compareChanges() {
	for _, r := range p.relations {
		var got []model.Change[A, B, T]
		for c := range r.relation.In(p.tx).Changes() {
			got = append(got, model.Change[A, B, T]{Kind: c.Kind.String(), Left: c.Left, Right: c.Right, Before: c.Before, After: c.After})
		}
		requireEqual(p.t, "changes", r.draft.ChangesSince(r.live), got)
		require.Empty(p.t, slices.Collect(r.relation.Changes()), "changes of a live relation")
	}
}

// compareStates compares the live state, and that of an open transaction, with the models.
func (p *program[A, B, T]) compareStates() {
	require.NoError(p.t, p.g.Check())
	stats := p.g.Stats()
	require.Equal(p.t, p.revision, stats.Revision)
	for i, r := range p.relations {
		p.compareRelation(r.relation, r.live)
		if p.tx != nil {
			p.compareRelation(r.relation.In(p.tx), r.draft)
		}
		got := stats.Relations[i]
		require.Positive(p.t, got.Bytes+1)
		got.Bytes = 0
		want := junction.RelationStats{Name: r.relation.Name(), Edges: r.live.Len(), Lefts: len(r.live.Lefts()), Rights: len(r.live.Rights())}
		require.Equal(p.t, want, got)
	}
}

func (p *program[A, B, T]) compareSnapshot(s *junction.Snapshot) {
	for i, r := range p.relations {
		p.compareRelation(r.relation.At(s), p.history[s.Revision()][i])
	}
}

// compareRelation reads everything there is to read, in every way.
func (p *program[A, B, T]) compareRelation(r *junction.ManyToMany[A, B, T], m *model.Relation[A, B, T]) {
	var edges []model.Edge[A, B, T]
	for e := range r.Edges() {
		edges = append(edges, model.Edge[A, B, T](e))
	}
	requireEqual(p.t, "edges", m.Edges(), edges)
	require.Equal(p.t, m.Len(), r.Len())
	lefts, rights := m.Lefts(), m.Rights()
	require.Equal(p.t, [2]int{len(lefts), len(rights)}, [2]int{r.NumLefts(), r.NumRights()})
	compareSideRanges(p.t, p.rules.CompareA, lefts, r.LeftsIn, r.LeftsBackward)
	compareSideRanges(p.t, p.rules.CompareB, rights, r.RightsIn, r.RightsBackward)
	compareSide(p.t, p.size, "left", lefts, r.Lefts(), r.Left, r.Inverse().Right, p.a, p.b)
	compareSide(p.t, p.size, "right", rights, r.Rights(), r.Right, r.Inverse().Left, p.b, p.a)
}

// compareSideRanges compares ranges of a side's nodes that end at some of them.
func compareSideRanges[K, N comparable, T any](t *rapid.T, order func(x, y K) int, want []model.Listing[K, N, T], forward, backward func(junction.Range[K]) iter.Seq2[K, int]) {
	var keys []K
	for _, l := range want {
		keys = append(keys, l.Key)
	}
	var zero K
	ends := append(keys[:len(keys):len(keys)], zero)
	for i := 0; i < len(ends); i += 1 + len(ends)/3 {
		x, y := ends[i], ends[(i+len(ends)/2)%len(ends)]
		for _, r := range rangesOf(x, y, order) {
			in := filterKeys(keys, r.in...)
			requireEqual(t, "nodes, "+r.what, in, firstsOf(forward(r.r)))
			slices.Reverse(in)
			requireEqual(t, "nodes backward, "+r.what, in, firstsOf(backward(r.r)))
		}
	}
	for k := range backward(junction.Range[K]{}) { // a loop may be left
		require.Equal(t, keys[len(keys)-1], k)
		break
	}
}

func firstsOf[K, V any](seq iter.Seq2[K, V]) (ks []K) {
	for k := range seq {
		ks = append(ks, k)
	}
	return ks
}

func compareSide[K, N comparable, T any](t *rapid.T, size scale, side string, want []model.Listing[K, N, T], nodes iter.Seq2[K, int], node, inverse func(K) junction.Node[K, N, T], keyK func(int) K, keyN func(int) N) {
	type degree struct {
		Key    K
		Degree int
	}
	var wantDegrees, gotDegrees []degree
	neighbours := map[K][]model.Neighbour[N, T]{}
	for _, l := range want {
		wantDegrees = append(wantDegrees, degree{l.Key, len(l.Neighbours)})
		neighbours[l.Key] = l.Neighbours
	}
	for k, d := range nodes {
		gotDegrees = append(gotDegrees, degree{k, d})
	}
	requireEqual(t, side+" nodes", wantDegrees, gotDegrees)
	for i := range size.keys { // also those that are not there
		k := keyK(i)
		compareNode(t, node(k), neighbours[k])
		requireEqual(t, "by way of Inverse", neighbours[k], collectNeighbours(inverse(k).All()))
		comparePairs(t, node(k), neighbours[k], min(size.keys, smallProgram.keys), keyN)
	}
}

func compareNode[K, N comparable, T any](t *rapid.T, n junction.Node[K, N, T], want []model.Neighbour[N, T]) {
	requireEqual(t, "neighbours", want, collectNeighbours(n.All()))
	requireEqual(t, "keys", keysOf(want), slices.Collect(n.Keys()))
	backward := collectNeighbours(n.Backward())
	slices.Reverse(backward)
	requireEqual(t, "neighbours backward", want, backward)
	require.Equal(t, len(want), n.Count())
	require.True(t, n.HasAll(keysOf(want)...))
}

// comparePairs looks up single pairs.
func comparePairs[K, N comparable, T any](t *rapid.T, n junction.Node[K, N, T], want []model.Neighbour[N, T], keys int, key func(int) N) {
	byKey := map[N]T{}
	for _, e := range want {
		byKey[e.Key] = e.Through
	}
	for i := range keys {
		k := key(i)
		wantThrough, wantOK := byKey[k]
		through, ok := n.Get(k)
		if ok != wantOK || n.Has(k) != wantOK || n.HasAll(k) != wantOK || !reflect.DeepEqual(through, wantThrough) {
			t.Fatalf("node %v, neighbour %v: got %v, %v, want %v, %v", n.Key(), k, through, ok, wantThrough, wantOK)
		}
	}
}

// queryNode compares ranges, pages and HasAll of a node with what a filter over all neighbours
// gives.
func queryNode[K, N comparable, T any](t *rapid.T, s step, size scale, n junction.Node[K, N, T], m model.Node[N, T], key func(int) N, order func(x, y N) int) {
	all := m.All()
	x, y := key(s.Keys.From), key(s.Keys.Count%size.keys)
	for _, r := range rangesOf(x, y, order) {
		in := filterNeighbours(all, r.in...)
		requireEqual(t, "range "+r.what, in, collectNeighbours(n.Range(r.r)))
		slices.Reverse(in)
		requireEqual(t, "range backward "+r.what, in, collectNeighbours(n.RangeBackward(r.r)))
	}
	ks := []N{}
	for _, k := range s.Keys.list(size.keys) {
		ks = append(ks, key(k))
	}
	require.Equal(t, containsAll(keysOf(all), ks), n.HasAll(ks...))
	require.Equal(t, slices.ContainsFunc(ks, func(k N) bool { return slices.Contains(keysOf(all), k) }), n.HasAny(ks...))
	compareFirstAndLast(t, n, all)
	comparePages(t, n, all, 1+s.Value)
}

// namedRange is a range of keys, and what its keys fulfil.
type namedRange[N any] struct {
	what string
	r    junction.Range[N]
	in   []func(N) bool
}

// rangesOf returns every make of range with the ends x and y.
func rangesOf[N any](x, y N, order func(x, y N) int) []namedRange[N] {
	from, above := atLeast(order, x), func(k N) bool { return order(k, x) > 0 }
	to, below := atMost(order, y), func(k N) bool { return order(k, y) < 0 }
	return []namedRange[N]{
		{"all", junction.Range[N]{}, nil},
		{"from", junction.From(x), []func(N) bool{from}},
		{"above", junction.Above(x), []func(N) bool{above}},
		{"to", junction.To(y), []func(N) bool{to}},
		{"below", junction.Below(y), []func(N) bool{below}},
		{"from to", junction.From(x).To(y), []func(N) bool{from, to}},
		{"from below", junction.From(x).Below(y), []func(N) bool{from, below}},
		{"above to", junction.Above(x).To(y), []func(N) bool{above, to}},
		{"below above", junction.Below(y).Above(x), []func(N) bool{above, below}},
	}
}

// compareFirstAndLast compares the ends of a node.
func compareFirstAndLast[K, N comparable, T any](t *rapid.T, n junction.Node[K, N, T], all []model.Neighbour[N, T]) {
	var first, last junction.Neighbour[N, T]
	var ok, also bool
	first.Key, first.Through, ok = n.First()
	last.Key, last.Through, also = n.Last()
	require.Equal(t, []bool{len(all) > 0, len(all) > 0}, []bool{ok, also})
	if ok {
		require.Equal(t, all[0], model.Neighbour[N, T](first))
		require.Equal(t, all[len(all)-1], model.Neighbour[N, T](last))
	}
}

func filterKeys[N any](all []N, in ...func(N) bool) (kept []N) {
	for _, k := range all {
		if !slices.ContainsFunc(in, func(in func(N) bool) bool { return !in(k) }) {
			kept = append(kept, k)
		}
	}
	return kept
}

func atLeast[N any](order func(x, y N) int, x N) func(N) bool {
	return func(k N) bool { return order(k, x) >= 0 }
}

func atMost[N any](order func(x, y N) int, y N) func(N) bool {
	return func(k N) bool { return order(k, y) <= 0 }
}

func filterNeighbours[N, T any](all []model.Neighbour[N, T], in ...func(N) bool) (kept []model.Neighbour[N, T]) {
	for _, e := range all {
		if !slices.ContainsFunc(in, func(in func(N) bool) bool { return !in(e.Key) }) {
			kept = append(kept, e)
		}
	}
	return kept
}

func containsAll[N comparable](all, ks []N) bool {
	return !slices.ContainsFunc(ks, func(k N) bool { return !slices.Contains(all, k) })
}

// comparePages reads a node page by page, in both directions, and expects to get every neighbour
// once.
func comparePages[K, N comparable, T any](t *rapid.T, n junction.Node[K, N, T], all []model.Neighbour[N, T], size int) {
	var got []model.Neighbour[N, T]
	page, next, more := junction.Page(n.All(), size)
	for {
		if len(page) > size || more && len(page) < size {
			t.Fatalf("page of %d, %d wanted, more: %v", len(page), size, more)
		}
		for _, e := range page {
			got = append(got, model.Neighbour[N, T](e))
		}
		if !more {
			break
		}
		page, next, more = junction.Page(n.Range(junction.Above(next)), size)
	}
	requireEqual(t, "pages", all, got)
	if page, _, more := junction.Page(n.Backward(), 1); len(page) > 0 {
		require.Equal(t, all[len(all)-1], model.Neighbour[N, T](page[0]))
		require.Equal(t, len(all) > 1, more)
	}
}

// combine compares a random combination of nodes with sets computed naively.
func (p *program[A, B, T]) combine(s step) {
	if s.Right {
		combineNodes(p.t, s, p.size, p.a, p.rules.CompareA, func(code int) (junction.Set[A], []A) {
			st := p.state(stepOfLeaf(code))
			b := p.b(code % p.size.keys)
			return st.relation.Right(b), keysOf(p.model(st).Right(b).All())
		})
		return
	}
	combineNodes(p.t, s, p.size, p.b, p.rules.CompareB, func(code int) (junction.Set[B], []B) {
		st := p.state(stepOfLeaf(code))
		a := p.a(code % p.size.keys)
		return st.relation.Left(a), keysOf(p.model(st).Left(a).All())
	})
}

// stepOfLeaf binds the nodes of a combination to all relations and states.
func stepOfLeaf(code int) step { return step{Second: code%2 == 1, Bound: code / 2 % 3} }

// combineNodes reads codes as a postfix expression: most are leaves, others combine what stands
// before them.
func combineNodes[N comparable](t *rapid.T, s step, size scale, key func(int) N, order func(x, y N) int, leaf func(code int) (junction.Set[N], []N)) {
	type operand struct {
		set  junction.Set[N]
		keys map[N]bool
	}
	var stack []operand
	pop := func(n int) (sets []junction.Set[N], keys []map[N]bool) {
		at := max(0, len(stack)-n)
		for _, o := range stack[at:] {
			sets, keys = append(sets, o.set), append(keys, o.keys)
		}
		stack = stack[:at]
		return sets, keys
	}
	for _, code := range s.Sets {
		rest := code / 8
		switch operands := 2 + rest%2; {
		case code%8 == 4:
			sets, keys := pop(operands)
			stack = append(stack, operand{junction.And(sets...), naiveIntersection(keys)})
		case code%8 == 5:
			sets, keys := pop(operands)
			stack = append(stack, operand{junction.Or(sets...), naiveUnion(keys)})
		case code%8 == 6 && len(stack) > 0:
			sets, keys := pop(operands)
			stack = append(stack, operand{junction.Minus(sets[0], sets[1:]...), naiveDifference(keys)})
		case code%8 == 7:
			stack = append(stack, operand{junction.Or[N](), nil}) // the empty set
		default:
			set, keys := leaf(rest*4 + code%4)
			if rest%7 == 6 { // the same keys as a list
				slices.Reverse(keys)
				set = junction.And(junction.SetOf(append(keys, keys...)...), junction.Or(junction.SetOf(keys...), junction.Minus(set, set)))
			}
			stack = append(stack, operand{set, naiveUnion([]map[N]bool{setOf(keys)})})
		}
	}
	sets, keys := pop(math.MaxInt)
	c := junction.Or(sets...)
	want := slices.SortedFunc(maps.Keys(naiveUnion(keys)), order)
	requireEqual(t, "combination", want, slices.Collect(c.Keys()))
	require.Equal(t, len(want), c.Count())
	for k := range c.Keys() { // a loop may be left
		require.Equal(t, want[0], k)
		break
	}
	x, y := key(s.Keys.From), key(s.Keys.Count%size.keys)
	for _, r := range rangesOf(x, y, order) {
		in := filterKeys(want, r.in...)
		requireEqual(t, "combination, "+r.what, in, slices.Collect(c.Range(r.r)))
		slices.Reverse(in)
		requireEqual(t, "combination backward, "+r.what, in, slices.Collect(c.RangeBackward(r.r)))
	}
	require.Equal(t, slices.Contains(want, x), c.Has(x))
	compareEnds(t, want, c)
}

// compareEnds compares the first and the last key of a combination.
func compareEnds[N comparable](t *rapid.T, want []N, c junction.Combination[N]) {
	low, ok := c.First()
	high, also := c.Last()
	require.Equal(t, len(want) > 0, ok)
	require.Equal(t, ok, also)
	if ok {
		require.Equal(t, []N{want[0], want[len(want)-1]}, []N{low, high})
	}
}

// The three set operations as anybody would write them.

func setOf[N comparable](keys []N) map[N]bool {
	set := map[N]bool{}
	for _, k := range keys {
		set[k] = true
	}
	return set
}

func naiveUnion[N comparable](sets []map[N]bool) map[N]bool {
	all := map[N]bool{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	return all
}

func naiveIntersection[N comparable](sets []map[N]bool) map[N]bool {
	common := naiveUnion(sets)
	maps.DeleteFunc(common, func(k N, _ bool) bool {
		return slices.ContainsFunc(sets, func(s map[N]bool) bool { return !s[k] })
	})
	return common
}

func naiveDifference[N comparable](sets []map[N]bool) map[N]bool {
	left := maps.Clone(sets[0])
	maps.DeleteFunc(left, func(k N, _ bool) bool { return naiveUnion(sets[1:])[k] })
	return left
}

func keysOf[N, T any](neighbours []model.Neighbour[N, T]) (keys []N) {
	for _, e := range neighbours {
		keys = append(keys, e.Key)
	}
	return keys
}

func collectNeighbours[N, T any](neighbours iter.Seq2[N, T]) (list []model.Neighbour[N, T]) {
	for k, through := range neighbours {
		list = append(list, model.Neighbour[N, T]{Key: k, Through: through})
	}
	return list
}

// requireEqual is require.Equal for long lists: quick where they are equal.
func requireEqual[E any](t *rapid.T, what string, want, got []E) {
	if len(want)+len(got) > 0 && !reflect.DeepEqual(want, got) {
		t.Fatalf("%s differ:\nwant %v\n got %v", what, want, got)
	}
}
