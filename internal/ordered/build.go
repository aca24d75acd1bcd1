package ordered

// Build returns the map of ascending entries, in O(n). It copies them: an array gets just its size, and the parts
// of a tree are filled evenly to seven eighths, which leaves room for what comes later.
func (kd *Kind[K, V]) Build(sorted []Entry[K, V]) View[K, V] {
	if len(sorted) <= kd.maxRun {
		return View[K, V]{run: append([]Entry[K, V](nil), sorted...)}
	}
	a := kd.Assemble(len(sorted))
	for len(sorted) > 0 {
		run := a.runs.next(kd.fullPart())
		n := copy(run[:cap(run)], sorted)
		sorted = sorted[n:]
	}
	m := kd.Assembled(&a)
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
	if len(batch) == 1 || m.len == inTree && len(batch)*16 < m.Len() {
		for _, e := range batch {
			switch kd.Put(m, e.Key, e.Value, same) {
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

// union appends to dst the entries of a view and of a batch, in order. Where both have a key, the batch's value stands.
func (kd *Kind[K, V]) union(dst []Entry[K, V], v View[K, V], batch []Entry[K, V], same func(x, y V) bool) (_ []Entry[K, V], updated int) {
	for c := kd.Cursor(v); c.Valid(); c.Next() {
		e := c.Entry()
		for len(batch) > 0 && kd.compare(batch[0].Key, e.Key) < 0 {
			dst, batch = append(dst, batch[0]), batch[1:]
		}
		if len(batch) > 0 && kd.compare(batch[0].Key, e.Key) == 0 {
			if same == nil || !same(e.Value, batch[0].Value) {
				e.Value = batch[0].Value
				updated++
			}
			batch = batch[1:]
		}
		dst = append(dst, e)
	}
	return append(dst, batch...), updated
}
