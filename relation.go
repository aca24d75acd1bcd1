package junction

import (
	"errors"
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/persist"
)

// declared is a relation as its graph knows it, whatever its types.
type declared interface {
	label() string
	fault() error
	freeze() frozenPair
	check() error
	stats() RelationStats
	shape() (persist.Relation, error)
	loader(place int) relationLoader
	differ() relationDiffer
	changesIn(tx *Tx) *changes
}

// relation is a relation as it was declared. What a graph asks of it stands here and not with ManyToMany, whose methods
// are compiled for both directions.
type relation[A, B, T any] struct {
	m     *ManyToMany[A, B, T] // live
	codec *edgeCodec[A, B, T]  // nil without a store
}

func (r *relation[A, B, T]) label() string { return r.m.rel.name }
func (r *relation[A, B, T]) fault() error  { return r.m.rel.faults }

func (r *relation[A, B, T]) freeze() frozenPair {
	return frozenPair{r.m.left.Live().Frozen(), r.m.right.Live().Frozen()}
}

// shape is what a store sees of the relation, or what is wrong with the declaration: by the columns of one if there is none.
func (r *relation[A, B, T]) shape() (none persist.Relation, err error) {
	b, codec := r.m.rel, r.codec
	if b.faults != nil {
		return none, b.faults
	}
	if codec == nil {
		codec, err = newEdgeCodec[A, B, T](persist.Columns, b.codecs)
		if err = errors.Join(err, needsName(b.name)); err != nil {
			return none, faulty(b.name, err)
		}
	}
	return codec.shape(b.name, b.undirected), nil
}

// changesIn returns what a transaction changes in the relation, nil if it has not looked at it.
func (r *relation[A, B, T]) changesIn(tx *Tx) *changes {
	if !slices.ContainsFunc(tx.drafts, func(d draft) bool { return d.Of(r.m.left.Live()) }) {
		return nil
	}
	if tx.foreseen != nil {
		return tx.foreseen
	}
	m := r.m.In(tx)
	draft := m.left.(*adjacency.Draft[A, B, T])
	set, list := m.listed(draft.MostChanges())
	draft.ChangesNow(m.shown(func(c Change[A, B, T]) bool {
		list = append(list, m.spell(c))
		return true
	}))
	return fill(set, list)
}

// listed returns changes of a commit that are to be listed at once, and a list with room for so many, of which to fill them.
func (m *ManyToMany[A, B, T]) listed(most int) (*changes, []Change[A, B, T]) {
	set := m.rel.journal.takeWhole()
	return set, slices.Grow(*set.list.(*[]Change[A, B, T]), most)
}

// fill makes a list, in the direction in which the relation was declared, the content of changes.
func fill[A, B, T any](set *changes, list []Change[A, B, T]) *changes {
	set.list, set.len = &list, len(list)
	return set
}

func (r *relation[A, B, T]) newList() any { return new([]Change[A, B, T]) }

func (r *relation[A, B, T]) clear(list any) {
	l := list.(*[]Change[A, B, T])
	if cap(*l) > maxKept {
		*l = nil
	}
	clear(*l)
	*l = (*l)[:0]
}

func (r *relation[A, B, T]) encode(list any, to *rows) error {
	l := *list.(*[]Change[A, B, T])
	r.codec.grow(to, len(l))
	for i := range l {
		if err := r.codec.appendRow(to, &l[i]); err != nil {
			return fmt.Errorf("%w: %v and %v in relation %q: %w", ErrValue, l[i].Left, l[i].Right, r.m.rel.name, err)
		}
		to.deleted = append(to.deleted, l[i].Kind == Removed)
	}
	return nil
}
