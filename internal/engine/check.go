package engine

import (
	"errors"
	"fmt"
	"reflect"
)

// Check verifies every invariant.
func (g *Graph) Check() error {
	g.MustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	var errs []error
	for _, r := range g.relations {
		if err := r.check(); err != nil {
			errs = append(errs, fmt.Errorf("junction: relation %q: %w", r.Name, err))
		}
	}
	return errors.Join(errs...)
}

func (r *Decl) check() error {
	v := r.live
	errs := []error{within("left", v.Left.Base().Check()), within("right", v.Right.Base().Check())}
	if n, mirrored := v.Left.Entries(), v.Right.Entries(); n != mirrored {
		errs = append(errs, fmt.Errorf("%d edges on the left and %d on the right", n, mirrored))
	}
	errs = append(errs, v.mirror("left"), v.other.mirror("right"))
	if v.Undirected {
		errs = append(errs, r.checkLoops())
	}
	return errors.Join(errs...)
}

func within(where string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}

// mirror verifies that every edge of one side is on the other, with the same value.
func (v *Relation) mirror(where string) error {
	var errs []error
	kind := v.Kind()
	keys, others, values := v.lefts().Type, v.rights().Type, kind.Value()
	for k, slot := range v.Left.Base().All {
		kind.All(slot.View(), func(e pointer) bool {
			n := kind.KeyOf(e)
			name, otherName := keys.Any(k), others.Any(n)
			other := v.Right.Find(n)
			if other == nil {
				errs = append(errs, fmt.Errorf("%s edge %v-%v: no node %v on the other side", where, name, otherName, otherName))
				return true
			}
			switch mirrored := v.Right.NeighbourOrder().Get(&other.Map, k); {
			case mirrored == nil:
				errs = append(errs, fmt.Errorf("%s edge %v-%v is missing on the other side", where, name, otherName))
			case !identical(values.Any(e), values.Any(mirrored)):
				errs = append(errs, fmt.Errorf("%s edge %v-%v has the value %v, and %v on the other side", where, name, otherName, values.Any(e), values.Any(mirrored)))
			}
			return true
		})
	}
	return errors.Join(errs...)
}

// identical reports whether two values are copies of one, as far as can be told: it takes a NaN
// for itself.
func identical(x, y any) bool {
	return reflect.DeepEqual(x, y) || !reflect.DeepEqual(x, x)
}

func (r *Decl) checkLoops() error {
	v := r.live
	loops := 0
	for a, slot := range v.Left.Base().All {
		if v.Kind().Get(&slot.Map, a) != nil {
			loops++
		}
	}
	if loops != v.Left.Loops() {
		return fmt.Errorf("counts %d loops and has %d", v.Left.Loops(), loops)
	}
	return nil
}
