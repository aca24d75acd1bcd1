package ordered

import (
	"errors"
	"fmt"
)

// Check verifies what must hold of a map and returns every violation, joined. O(n).
func (kd *Kind[K, V]) Check(v View[K, V]) error {
	var errs []error
	fail := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if v.tree == nil {
		if len(v.run) > kd.maxRun {
			fail("array of %d entries, at most %d allowed", len(v.run), kd.maxRun)
		}
		kd.checkRun(v.run, nil, fail)
		return errors.Join(errs...)
	}
	if len(v.run) > 0 {
		fail("both an array of %d entries and a tree", len(v.run))
	}
	if v.tree.len <= kd.minTree {
		fail("tree of %d entries, more than %d wanted", v.tree.len, kd.minTree)
	}
	n := 0
	var last *K
	v.tree.dir.Ascend(func(s span[K]) bool {
		part := v.tree.part(s)
		run := part.run
		n += len(run)
		switch {
		case len(run) == 0:
			fail("empty part at %v", s.first)
			return true
		case len(run) > kd.maxRun:
			fail("part of %d entries at %v, at most %d allowed", len(run), s.first, kd.maxRun)
		}
		if last != nil && kd.compare(*last, s.first) >= 0 {
			fail("part at %v begins within the one before, which ends at %v", s.first, *last)
		}
		if kd.compare(s.first, run[0].Key) > 0 {
			fail("part at %v holds the lower key %v", s.first, run[0].Key)
		}
		if kd.compare(s.first, part.first) != 0 {
			fail("part at %v says that it is at %v", s.first, part.first)
		}
		last = kd.checkRun(run, last, fail)
		return true
	})
	if n != v.tree.len {
		fail("tree says %d entries and has %d", v.tree.len, n)
	}
	return errors.Join(errs...)
}

func (kd *Kind[K, V]) checkRun(run []Entry[K, V], last *K, fail func(string, ...any)) *K {
	for i := range run {
		if last != nil && kd.compare(*last, run[i].Key) >= 0 {
			fail("key %v stands behind %v", run[i].Key, *last)
		}
		last = &run[i].Key
	}
	return last
}
