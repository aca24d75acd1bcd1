package engine

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
	"github.com/seed-250bd433/junction/persist"
)

// Decl is the declaration of a relation: what its two directions, and all that are bound to a
// transaction or a snapshot, have in common. It never changes once it is declared.
type Decl struct {
	G          *Graph
	Name       string
	Undirected bool
	Types      [3]*raw.Type // of left keys, right keys and through values

	Same      ordered.Same // whether a value over another is no update
	Reflexive bool         // every value is the same as itself
	Pure      bool         // no function of the caller compares keys or values
	natural   bool         // no function of the caller compares keys
	allValid  bool         // every value of the key types can be a key

	sets     [2]*ordered.Order // of right and of left keys
	rows     [2]adjacency.Row  // as declared, and the other way round
	Codecs   []*codec.Codec    // of rules
	Codec    *edgeCodec        // nil without a store
	live     *Relation
	recorder *recorder
	faults   error // why it cannot be written
}

// Rule refines a relation when it is declared.
type Rule func(*Decl) error

// Declare declares a relation. A faulty one is empty, and its writes report the faults.
func Declare(g *Graph, name string, rules []Rule, lefts, rights *ordered.Keys, t types, undirected bool, faults ...error) *Relation {
	g.MustExist()
	l := g.opts.Limits
	left := adjacency.New(lefts, ordered.NewOrder(rights, t.through, t.right, l), l)
	right := left
	if !undirected {
		right = adjacency.New(rights, ordered.NewOrder(lefts, t.through, t.left, l), l)
	}
	d := &Decl{G: g, Name: name, Undirected: undirected}
	d.Types = [3]*raw.Type{lefts.Type, rights.Type, t.through}
	d.sets = [2]*ordered.Order{ordered.OfKeys(rights, ordered.DefaultLimits), ordered.OfKeys(lefts, ordered.DefaultLimits)}
	d.rows = t.rows
	d.Same, d.Reflexive = SameByType(t.through, t.equal)
	d.natural = lefts.IsNatural() && rights.IsNatural()
	d.Pure = d.natural
	for _, rule := range rules {
		if rule == nil {
			faults = append(faults, errors.New("nil Rule"))
			continue
		}
		faults = append(faults, rule(d))
	}
	d.live = newRelation(d, scope{plain: d.natural}, left, right)
	d.allValid = lefts.AllValid() && rights.AllValid()
	d.recorder = &recorder{g: g, left: left, of: d}
	if g.opts.Store != nil {
		codec, err := newEdgeCodec(d, g.opts.Store.Form())
		d.Codec, faults = codec, append(faults, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	faults = append(faults, g.mayDeclare(name))
	if fault := errors.Join(faults...); fault != nil {
		d.faults = faulty(name, fault)
	}
	g.relations = append(g.relations, d)
	return d.live
}

// mayDeclare returns what speaks against another relation of a name. The caller has the lock.
func (g *Graph) mayDeclare(name string) error {
	switch {
	case slices.ContainsFunc(g.relations, func(d *Decl) bool { return d.Name == name }):
		return errors.New("a relation of this name is declared already")
	case g.opts.Store == nil:
		return nil
	case g.loading || g.writeErr != ErrNotOpen:
		return errors.New("a graph with a store takes no more relations after Open")
	}
	return needsName(name)
}

// needsName returns what speaks against a relation of a name in a store.
func needsName(name string) error {
	if name == "" {
		return errors.New("a relation that a store keeps needs a name")
	}
	return nil
}

func faulty(name string, fault error) error {
	return fmt.Errorf("%w of relation %q: %w", ErrDeclaration, name, fault)
}

var ErrNilComparison = errors.New("nil comparison function")

// ReflectTypes returns the types of left keys, right keys and through values.
func (d *Decl) ReflectTypes() [3]reflect.Type {
	return [3]reflect.Type{d.Types[0].Of, d.Types[1].Of, d.Types[2].Of}
}

// freeze returns both sides as they are now.
func (d *Decl) freeze() frozenPair {
	return frozenPair{d.live.Left.Base().Frozen(), d.live.Right.Base().Frozen()}
}

// shape is what a store sees of the relation, or what is wrong with the declaration: by the
// columns of one if there is none.
func (d *Decl) shape() (none persist.Relation, err error) {
	codec := d.Codec
	if d.faults != nil {
		return none, d.faults
	}
	if codec == nil {
		codec, err = newEdgeCodec(d, persist.Columns)
		if err = errors.Join(err, needsName(d.Name)); err != nil {
			return none, faulty(d.Name, err)
		}
	}
	return codec.shape(d.Name, d.Undirected), nil
}
