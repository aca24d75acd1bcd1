package junction

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/seed-250bd433/junction/internal/adjacency"
)

// Check verifies every invariant of every relation and returns all violations, joined: both sides mirror each other, keys
// stand in order, counts are right, trees and tables agree. A violation is a defect of this library, or of a comparison
// function, or memory that somebody changed behind its back. O(edges log degree); writers wait for it.
func (g *Graph) Check() error {
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

func (r *relation[A, B, T]) check() error {
	m := r.m
	errs := []error{within("left", m.left.Live().Check()), within("right", m.right.Live().Check())}
	if n, mirrored := m.left.Entries(), m.right.Entries(); n != mirrored {
		errs = append(errs, fmt.Errorf("%d edges on the left and %d on the right", n, mirrored))
	}
	errs = append(errs, mirror("left", m.left, m.right), mirror("right", m.right, m.left))
	if m.rel.undirected {
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
func mirror[K, N, T any](where string, near adjacency.State[K, N, T], far adjacency.State[N, K, T]) error {
	var errs []error
	for k, slot := range near.Live().All {
		for n, through := range slot.View().All {
			other := far.Find(n)
			if other == nil {
				errs = append(errs, fmt.Errorf("%s edge %v-%v: no node %v on the other side", where, k, n, n))
				continue
			}
			switch mirrored, ok := far.Neighbours().Get(&other.Map, k); {
			case !ok:
				errs = append(errs, fmt.Errorf("%s edge %v-%v is missing on the other side", where, k, n))
			case !identical(through, mirrored):
				errs = append(errs, fmt.Errorf("%s edge %v-%v has the value %v, and %v on the other side", where, k, n, through, mirrored))
			}
		}
	}
	return errors.Join(errs...)
}

// identical reports whether two values are copies of one, as far as can be told: it takes a NaN for itself.
func identical[T any](x, y T) bool {
	return reflect.DeepEqual(x, y) || !reflect.DeepEqual(x, x)
}

func (r *relation[A, B, T]) checkLoops() error {
	m := r.m
	loops := 0
	for a, slot := range m.left.Live().All {
		if _, ok := m.left.Neighbours().Get(&slot.Map, any(a).(B)); ok {
			loops++
		}
	}
	if loops != m.left.Loops() {
		return fmt.Errorf("counts %d loops and has %d", m.left.Loops(), loops)
	}
	return nil
}
