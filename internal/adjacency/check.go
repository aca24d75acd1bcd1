package adjacency

import (
	"errors"
	"fmt"
	"unsafe"
)

// Check verifies what must hold of a side by itself and returns every violation, joined.
func (s *Live) Check() error {
	errs := []error{s.nodes.Check(s.order.View())}
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	entries := 0
	for k, slot := range s.All {
		name := s.keys.Type.Any(k)
		entries += slot.Len()
		if slot.Len() == 0 {
			fail("node %v has no edges", name)
		}
		if s.index.exists() && s.index.get(k) != slot {
			fail("node %v has another slot in the index than in the order", name)
		}
		if err := s.neighbours.Check(slot.View()); err != nil {
			fail("node %v: %w", name, err)
		}
	}
	if s.index.exists() && s.index.len() != s.order.Len() {
		fail("index holds %d nodes and the order %d", s.index.len(), s.order.Len())
	}
	if s.index.exists() {
		errs = append(errs, s.index.all().Check())
	}
	if entries != s.entries {
		fail("counts %d edges and has %d", s.entries, entries)
	}
	return errors.Join(errs...)
}

// All yields the live nodes in key order. The caller keeps writers out.
func (s *Live) All(yield func(Pointer, *Slot) bool) {
	Nodes{kind: s.nodes, base: s.order.View()}.All(yield)
}

// Bytes returns about how much memory the side occupies, in O(nodes).
func (s *Live) Bytes() int { return s.Measure()() }

// Measure returns a function that counts Bytes as they are now. Measure itself takes time for the
// index only, and the function may run while the side changes: it reads a frozen state.
func (s *Live) Measure() (bytes func() int) {
	indexed := s.index.bytes()
	frozen := s.Frozen()
	return func() int {
		slots, edges := 0, 0
		for _, slot := range frozen.Freeze().All {
			slots++
			edges += slot.View().Capacity()
		}
		return indexed + frozen.order.View().Capacity()*int(s.nodes.Size()) + slots*int(unsafe.Sizeof(Slot{})) + edges*int(s.neighbours.Size())
	}
}
