package engine

import (
	"fmt"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Relation is a ManyToMany without its types. What a relation does stands here, and not with
// ManyToMany and Node: the methods of those are compiled anew for each type of relation and each
// direction in each package that mentions it, and so do nothing but give keys and values as
// pointers.
//
// The pointers are hidden ones (see raw.Hide): they are good as long as the call lasts and must
// not be kept, not even by a closure. What is kept is boxed first.
type Relation struct {
	*Decl
	scope
	Left  adjacency.Side
	Right adjacency.Side // left itself if the relation is undirected
	other *Relation      // the same relation, seen from the other side
}

// MustExist panics if a relation or a node was not made by this package.
func (v *Relation) MustExist() {
	if v == nil {
		panic(zeroRelation)
	}
}

const zeroRelation = "junction: zero ManyToMany or Node: make a relation by New, Relate or Open, and a node by its Left or Right"

// Opposite returns the relation seen from the other side.
func (v *Relation) Opposite() *Relation {
	v.MustExist()
	return v.other
}

// Bound returns what the relation is bound to.
func (v *Relation) Bound() *Decl {
	v.MustExist()
	return v.Decl
}

func newRelation(d *Decl, s scope, left, right adjacency.Side) *Relation {
	pair := new([2]Relation)
	pair[0] = Relation{d, s, left, right, &pair[1]}
	pair[1] = Relation{d, s, right, left, &pair[0]}
	return &pair[0]
}

// Must panics on a faulty declaration that its program must mend.
func (v *Relation) Must() *Relation {
	if v.faults != nil {
		panic(v.faults.Error())
	}
	return v
}

// lefts and rights are the keys of both sides, and kind is that of the neighbours of a left node.
func (v *Relation) lefts() *ordered.Keys  { return v.Right.NeighbourOrder().Keys() }
func (v *Relation) rights() *ordered.Keys { return v.Left.NeighbourOrder().Keys() }
func (v *Relation) Kind() *ordered.Order  { return v.Left.NeighbourOrder() }

// isDeclared reports whether the view's left side is the one that was declared as left.
func (v *Relation) isDeclared() bool { return v.recorder.left == v.Left.Base() }

func (v *Relation) Size() int {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.len()
}

func (v *Relation) len() int {
	if v.Undirected {
		return (v.Left.Entries() + v.Left.Loops()) / 2
	}
	return v.Left.Entries()
}

// Lookup looks an edge up and returns its value, nil if there is none. It is to be copied before
// end.
func (v *Relation) Lookup(a0, b0 pointer) pointer {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	if v.plain { // nothing in between can panic, and without a defer a lookup takes a tenth less
		v.G.mu.RLock()
		return v.Left.Get(a, b)
	}
	return v.lookupOther(a, b)
}

func (v *Relation) lookupOther(a, b pointer) (value pointer) {
	v.rlock()
	returns := false
	defer func() {
		if !returns {
			v.runlock()
		}
	}()
	value = v.Left.Get(a, b)
	returns = true
	return value
}

// End ends what Lookup began.
func (v *Relation) End() {
	if v.plain {
		v.G.mu.RUnlock()
	} else {
		v.runlock()
	}
}

func (v *Relation) Has(a, b pointer) bool {
	ok := v.Lookup(a, b) != nil
	v.End()
	return ok
}

func (v *Relation) HasAll(a0, ks0 pointer, n int) bool {
	v.MustExist()
	return v.find(raw.Hide(a0), raw.Hide(ks0), n, false) == n
}

func (v *Relation) HasAny(a0, ks0 pointer, n int) bool {
	v.MustExist()
	return v.find(raw.Hide(a0), raw.Hide(ks0), n, true) < n
}

// find returns the index of the first of n keys that is a neighbour, or that is none; n if there is
// no such key.
func (v *Relation) find(a, ks pointer, n int, neighbour bool) int {
	v.rlock()
	defer v.runlock()
	size := v.rights().Type.Size
	for i := range n {
		if (v.Left.Get(a, raw.At(ks, i, size)) != nil) == neighbour {
			return i
		}
	}
	return n
}

// BeginEnd is begin for the first or the last neighbour, and returns its entry.
func (v *Relation) BeginEnd(a0 pointer, last bool) (entry pointer) {
	v.MustExist()
	a := raw.Hide(a0)
	v.rlock()
	returns := false
	defer func() {
		if !returns { // a comparison function of the caller's panicked
			v.runlock()
		}
	}()
	if slot := v.Left.Find(a); slot.Degree() > 0 {
		entry = v.Kind().First(slot.View())
		if last {
			entry = v.Kind().Last(slot.View())
		}
	}
	returns = true
	return entry
}

func (v *Relation) NumNodes() int {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.Left.Nodes()
}

// Edges yields the edges of each left node in order, as arrays: of an undirected relation, each
// edge once.
func (v *Relation) Edges(yield func(a pointer, run ordered.Run) bool) {
	v.MustExist()
	kind := v.Kind()
	for a, slot := range v.Nodes().All {
		emit := func(run ordered.Run) bool { return yield(a, run) }
		if v.Undirected {
			if !kind.Range(slot.View(), &ordered.Bounds{Low: ordered.Bound{Key: a}}, emit) {
				return
			}
			continue
		}
		goOn := true
		for run := range slot.View().Runs {
			if goOn = emit(run); !goOn {
				break
			}
		}
		if !goOn {
			return
		}
	}
}

// Nodes returns the nodes of the left side as they are now.
func (v *Relation) Nodes() adjacency.Nodes {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.Left.Freeze()
}

func (v *Relation) In(tx *Tx) *Relation {
	v.MustExist()
	if tx == nil || tx.g != v.G {
		panic(fmt.Sprintf("junction: In of relation %q with a transaction of another graph: declare relations that commit together in one graph, by Relate", v.Name))
	}
	return newRelation(v.Decl, scope{Tx: tx}, draftOf(tx, v.Left.Base(), v.Decl), draftOf(tx, v.Right.Base(), v.Decl))
}

func (v *Relation) At(s *Snapshot) *Relation {
	v.MustExist()
	if s == nil || s.g != v.G {
		panic(fmt.Sprintf("junction: At of relation %q with a snapshot of another graph: take it from the relation's own, by m.Graph().Snapshot()", v.Name))
	}
	return newRelation(v.Decl, scope{snap: s}, frozenOf(s, v.Left.Base()), frozenOf(s, v.Right.Base()))
}

// Changes yields what a commit has changed or, if there is none, what a transaction has so far.
func (v *Relation) Changes(in *Commit, yield func(k Kind, a, b, before, after pointer) bool) {
	v.MustExist()
	if in != nil {
		v.changesIn(in, yield)
		return
	}
	v.rlock()
	if v.Tx == nil {
		v.runlock()
		return
	}
	v.Left.(*adjacency.Draft).Changes(v.shown(yield))
}

// shown turns pairs of entries into changes; those of an undirected relation come twice, and it
// passes one of them.
func (v *Relation) shown(yield func(k Kind, a, b, before, after pointer) bool) func(a, before, after pointer) bool {
	kind := v.Kind()
	return func(a, before, after pointer) bool {
		k, b := Updated, pointer(nil)
		switch {
		case before == nil:
			k, b = Added, kind.KeyOf(after)
		case after == nil:
			k, b = Removed, kind.KeyOf(before)
		default:
			b = kind.KeyOf(after)
		}
		return v.Undirected && v.below(b, a) || yield(k, a, b, before, after)
	}
}
