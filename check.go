package junction

import (
	"errors"
	"fmt"
	"reflect"
)

// Check verifies every invariant of every relation and returns all violations, joined: both sides mirror each other, keys
// stand in order, counts are right, trees and tables agree. A violation is a defect of this library, or of a comparison
// function, or memory that somebody changed behind its back. O(edges log degree); writers wait for it.
func (g *Graph) Check() error {
	g.mustExist()
	g.mu.RLock()
	defer g.mu.RUnlock()
	var errs []error
	for _, r := range g.relations {
		if err := r.check(); err != nil {
			errs = append(errs, fmt.Errorf("junction: relation %q: %w", r.label(), err))
		}
	}
	return errors.Join(errs...)
}

func (r *relation) check() error {
	v := r.v
	errs := []error{within("left", v.left.Live().Check()), within("right", v.right.Live().Check())}
	if n, mirrored := v.left.Entries(), v.right.Entries(); n != mirrored {
		errs = append(errs, fmt.Errorf("%d edges on the left and %d on the right", n, mirrored))
	}
	errs = append(errs, v.mirror("left"), v.other.mirror("right"))
	if v.rel.undirected {
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
func (v *view) mirror(where string) error {
	var errs []error
	kind := v.kind()
	keys, others, values := v.lefts().Type, v.rights().Type, kind.Value()
	for k, slot := range v.left.Live().All {
		kind.All(slot.View(), func(e pointer) bool {
			n := kind.KeyOf(e)
			name, otherName := keys.Any(k), others.Any(n)
			other := v.right.Find(n)
			if other == nil {
				errs = append(errs, fmt.Errorf("%s edge %v-%v: no node %v on the other side", where, name, otherName, otherName))
				return true
			}
			switch mirrored := v.right.Neighbours().Get(&other.Map, k); {
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

// identical reports whether two values are copies of one, as far as can be told: it takes a NaN for itself.
func identical(x, y any) bool {
	return reflect.DeepEqual(x, y) || !reflect.DeepEqual(x, x)
}

func (r *relation) checkLoops() error {
	v := r.v
	loops := 0
	for a, slot := range v.left.Live().All {
		if v.kind().Get(&slot.Map, a) != nil {
			loops++
		}
	}
	if loops != v.left.Loops() {
		return fmt.Errorf("counts %d loops and has %d", v.left.Loops(), loops)
	}
	return nil
}
