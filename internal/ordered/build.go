package ordered

// Build returns the map of ascending entries, in O(n). It copies them: an array gets just its size, and the parts
// of a tree are filled evenly to seven eighths, which leaves room for what comes later.
func (kd *Kind[K, V]) Build(sorted []Entry[K, V]) View[K, V] {
	if len(sorted) <= kd.maxRun {
		return View[K, V]{run: append([]Entry[K, V](nil), sorted...)}
	}
	a := kd.Assemble(len(sorted))
	rest := sorted
	for _, run := range a.runs.all {
		rest = rest[copy(run, rest):]
	}
	m := kd.Assembled(&a, len(sorted))
	return m.View()
}

// Merge puts a batch of entries, ascending and each key once, into the map and says how many were added and
// updated. It takes O(n + batch), or O(batch log n) where the batch is the much smaller one. The scratch slice is
// used and returned for the next call.
func (kd *Kind[K, V]) Merge(m *Map[K, V], batch []Entry[K, V], same func(x, y V) bool, scratch []Entry[K, V]) (added, updated int, _ []Entry[K, V]) {
	if m.Len() == 0 {
		m.set(kd.Build(batch))
		return len(batch), 0, scratch
	}
	if kd.oneByOne(m, len(batch)) {
		for i := range batch {
			switch kd.Put(m, batch[i].Key, batch[i].Value, same) {
			case Added:
				added++
			case Updated:
				updated++
			}
		}
		return added, updated, scratch
	}
	scratch, updated = kd.union(scratch[:0], m.View(), batch, same)
	added = len(scratch) - m.Len()
	if added+updated > 0 {
		m.set(kd.Build(scratch))
	}
	return added, updated, scratch
}

// oneByOne reports whether a batch is so small that each of its keys is better put or deleted by itself. An array that has to be copied anyway
// is copied to its new size.
func (kd *Kind[K, V]) oneByOne(m *Map[K, V], batch int) bool {
	if m.len == inTree {
		return batch*16 < m.Len()
	}
	return batch == 1 && !m.isFrozen()
}

// union appends to dst the entries of a view and of a batch, in order. Where both have a key, the batch's value stands.
func (kd *Kind[K, V]) union(dst []Entry[K, V], v View[K, V], batch []Entry[K, V], same func(x, y V) bool) (_ []Entry[K, V], updated int) {
	dst, rest := kd.splice(dst, v, batch, func(dst []Entry[K, V], old, e *Entry[K, V]) []Entry[K, V] {
		switch {
		case old == nil:
			return append(dst, *e)
		case same != nil && same(old.Value, e.Value):
			return append(dst, *old)
		}
		updated++
		return append(dst, Entry[K, V]{e.Value, old.Key})
	})
	return append(dst, rest...), updated
}

// Subtract takes the keys of a batch, ascending and each once, out of the map and says how many were there. It takes what Merge does,
// and uses a scratch slice as that does.
func (kd *Kind[K, V]) Subtract(m *Map[K, V], batch []Entry[K, V], scratch []Entry[K, V]) (removed int, _ []Entry[K, V]) {
	if kd.oneByOne(m, len(batch)) {
		for i := range batch {
			if kd.Delete(m, batch[i].Key) {
				removed++
			}
		}
		return removed, scratch
	}
	scratch = kd.difference(scratch[:0], m.View(), batch)
	removed = m.Len() - len(scratch)
	if removed > 0 {
		m.set(kd.Build(scratch))
	}
	return removed, scratch
}

// difference appends to dst the entries of a view whose keys are not in a batch, in order.
func (kd *Kind[K, V]) difference(dst []Entry[K, V], v View[K, V], batch []Entry[K, V]) []Entry[K, V] {
	dst, _ = kd.splice(dst, v, batch, func(dst []Entry[K, V], _, _ *Entry[K, V]) []Entry[K, V] { return dst })
	return dst
}

// splice appends to dst the entries of a view, in order, and for each of a batch what put appends: at its place and, if it is there, instead of
// the old entry. It returns what of the batch is above the view. It searches for each of the batch and copies what is between them, since most
// batches are much shorter than the view.
func (kd *Kind[K, V]) splice(dst []Entry[K, V], v View[K, V], batch []Entry[K, V], put func(dst []Entry[K, V], old, e *Entry[K, V]) []Entry[K, V]) (_, rest []Entry[K, V]) {
	for run := range v.Runs {
		for len(batch) > 0 {
			i, found := kd.search(run, batch[0].Key)
			if i == len(run) {
				break
			}
			dst = append(dst, run[:i]...)
			var old *Entry[K, V]
			if run = run[i:]; found {
				old, run = &run[0], run[1:]
			}
			dst, batch = put(dst, old, &batch[0]), batch[1:]
		}
		dst = append(dst, run...)
	}
	return dst, batch
}
