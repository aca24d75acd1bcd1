package hashtable

import (
	"errors"
	"fmt"
)

// Check verifies what must hold of a table and returns all violations, joined.
func (m *Map[K, V]) Check() error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf("index: "+format, args...)) }
	if len(m.segments) != 1<<m.depth || m.depth < 1 {
		fail("%d segments at depth %d", len(m.segments), m.depth)
		return errors.Join(errs...)
	}
	entries := 0
	for i := 0; i < len(m.segments); {
		s := m.segments[i]
		places := 1 << (m.depth - s.depth)
		if s.depth > m.depth || i%places != 0 {
			fail("a segment of depth %d begins at place %d of %d", s.depth, i, len(m.segments))
			break
		}
		for _, other := range m.segments[i : i+places] {
			if other != s {
				fail("place %d to %d have more than one segment", i, i+places)
			}
		}
		entries += m.checkSegment(s, fail)
		i += places
	}
	if entries != m.entries {
		fail("counts %d entries and has %d", m.entries, entries)
	}
	return errors.Join(errs...)
}

// checkSegment verifies one segment and returns how many entries it has.
func (m *Map[K, V]) checkSegment(s *segment[K, V], fail func(format string, args ...any)) (used int) {
	var none V
	for i, c := range s.cells {
		if c.value == none {
			continue
		}
		used++
		if h := m.hash(c.key); m.segment(h) != s || s.find(h, c.key) != i {
			fail("key %#v is not where it is looked for", c.key)
		}
	}
	if used != s.used || used > len(s.cells)*3/4 {
		fail("counts %d used cells of %d, and has %d", s.used, len(s.cells), used)
	}
	return used
}
