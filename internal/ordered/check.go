package ordered

import (
	"errors"
	"fmt"
)

// Check verifies what must hold of a map and returns every violation, joined. O(n).
func (kd *Order) Check(v View) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if v.tree == nil {
		if v.run.Len > kd.maxRun {
			fail("array of %d entries, at most %d allowed", v.run.Len, kd.maxRun)
		}
		kd.checkRun(v.run, nil, fail)
		return errors.Join(errs...)
	}
	if v.run.Len > 0 {
		fail("both an array of %d entries and a tree", v.run.Len)
	}
	if v.tree.len <= kd.minTree {
		fail("tree of %d entries, more than %d wanted", v.tree.len, kd.minTree)
	}
	n := 0
	var last Pointer
	v.tree.dir.ascend(func(s span) bool {
		part := s.part
		run := part.run
		n += run.Len
		first := kd.key.Any(s.first)
		switch {
		case run.Len == 0:
			fail("empty part at %v", first)
			return true
		case run.Len > kd.maxRun:
			fail("part of %d entries at %v, at most %d allowed", run.Len, first, kd.maxRun)
		}
		if last != nil && kd.Compare(last, s.first) >= 0 {
			fail("part at %v begins within the one before, which ends at %v", first, kd.key.Any(last))
		}
		if kd.Compare(s.first, kd.KeyAt(run, 0)) > 0 {
			fail("part at %v holds the lower key %v", first, kd.key.Any(kd.KeyAt(run, 0)))
		}
		if kd.Compare(s.first, part.first) != 0 {
			fail("part at %v says that it is at %v", first, kd.key.Any(part.first))
		}
		last = kd.checkRun(run, last, fail)
		return true
	})
	if n != v.tree.len {
		fail("tree says %d entries and has %d", v.tree.len, n)
	}
	return errors.Join(errs...)
}

func (kd *Order) checkRun(run Run, last Pointer, fail func(string, ...any)) Pointer {
	for i := range run.Len {
		k := kd.KeyAt(run, i)
		if last != nil && kd.Compare(last, k) >= 0 {
			fail("key %v stands behind %v", kd.key.Any(k), kd.key.Any(last))
		}
		last = k
	}
	return last
}
