package adjacency

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Check verifies what must hold of a side by itself and returns every violation, joined.
func (s *Side[K, N, T]) Check() error {
	errs := []error{s.nodes.Check(s.order.View())}
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	entries := 0
	for k, slot := range s.order.View().All {
		entries += slot.Len()
		if slot.Len() == 0 {
			fail("node %v has no edges", k)
		}
		if s.index.exists() && s.index.get(k) != slot {
			fail("node %v has another slot in the index than in the order", k)
		}
		if err := s.neighbours.Check(slot.View()); err != nil {
			fail("node %v: %w", k, err)
		}
	}
	if s.index.exists() && s.index.len() != s.order.Len() {
		fail("index holds %d nodes and the order %d", s.index.len(), s.order.Len())
	}
	if entries != s.entries {
		fail("counts %d edges and has %d", s.entries, entries)
	}
	return errors.Join(errs...)
}

// All yields the live nodes in key order. The caller keeps writers out.
func (s *Side[K, N, T]) All(yield func(K, *Slot[N, T]) bool) { s.order.View().All(yield) }

// Bytes returns about how much memory the side occupies, in O(nodes).
func (s *Side[K, N, T]) Bytes() int {
	var node ordered.Entry[K, *Slot[N, T]]
	var edge ordered.Entry[N, T]
	nodes := s.order.View().Capacity()
	if s.index.exists() {
		nodes += s.index.len() * 8 / 7 // a table is seven eighths full at the most
	}
	slots, edges := 0, 0
	for _, slot := range s.order.View().All {
		slots++
		edges += slot.View().Capacity()
	}
	return nodes*int(unsafe.Sizeof(node)) + slots*int(unsafe.Sizeof(Slot[N, T]{})) + edges*int(unsafe.Sizeof(edge))
}
