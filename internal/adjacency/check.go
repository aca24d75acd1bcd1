package adjacency

import (
	"errors"
	"fmt"
	"unsafe"
)

// Check verifies what must hold of a side by itself and returns every violation, joined.
func (s *Side) Check() error {
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
	if s.index.integers != nil {
		errs = append(errs, s.index.integers.check())
	}
	if entries != s.entries {
		fail("counts %d edges and has %d", s.entries, entries)
	}
	return errors.Join(errs...)
}

// check verifies what must hold of a table and returns every violation, joined.
func (t *table) check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("index: "+format, args...)) }
	if len(t.segments) != 1<<t.depth || t.depth < 1 {
		fail("%d segments at depth %d", len(t.segments), t.depth)
		return errors.Join(errs...)
	}
	entries := 0
	for i := 0; i < len(t.segments); {
		s := t.segments[i]
		places := 1 << (t.depth - s.depth)
		if s.depth > t.depth || i%places != 0 {
			fail("a segment of depth %d begins at place %d of %d", s.depth, i, len(t.segments))
			break
		}
		for _, other := range t.segments[i : i+places] {
			if other != s {
				fail("place %d to %d have more than one segment", i, i+places)
			}
		}
		entries += t.checkSegment(s, fail)
		i += places
	}
	if entries != t.entries {
		fail("counts %d entries and has %d", t.entries, entries)
	}
	return errors.Join(errs...)
}

// checkSegment verifies one segment and returns how many entries it has.
func (t *table) checkSegment(s *segment, fail func(format string, args ...any)) (used int) {
	var none *Slot
	for i, c := range s.cells {
		if c.value == none {
			continue
		}
		used++
		if h := t.hash(c.key); t.segment(h) != s || s.find(h, c.key) != i {
			fail("key %#x is not where it is looked for", c.key)
		}
	}
	if used != s.used || used > len(s.cells)*3/4 {
		fail("counts %d used cells of %d, and has %d", s.used, len(s.cells), used)
	}
	return used
}

// All yields the live nodes in key order. The caller keeps writers out.
func (s *Side) All(yield func(Pointer, *Slot) bool) {
	Nodes{kind: s.nodes, base: s.order.View()}.All(yield)
}

// Bytes returns about how much memory the side occupies, in O(nodes).
func (s *Side) Bytes() int {
	nodes := s.order.View().Capacity() + s.index.capacity()
	slots, edges := 0, 0
	for _, slot := range s.All {
		slots++
		edges += slot.View().Capacity()
	}
	return nodes*int(s.nodes.Size()) + slots*int(unsafe.Sizeof(Slot{})) + edges*int(s.neighbours.Size())
}
