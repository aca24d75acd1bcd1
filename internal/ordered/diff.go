package ordered

// Diff yields, in key order, every key that is in only one of two views or has another value in them, with pointers
// to its entries: nil where a view has none. Parts that both views share are passed over without a look inside, so that
// the cost is O(parts + changed), not O(n).
func (kd *Kind[K, V]) Diff(before, after View[K, V], same func(x, y V) bool, yield func(before, after *Entry[K, V]) bool) {
	if before.tree != nil || after.tree != nil {
		kd.diffTrees(before, after, same, yield)
		return
	}
	i, j, goOn := kd.diffRuns(before.run, after.run, same, yield) // without cursors, which are large for the few entries of most maps
	if goOn && onlyIn(before.run[i:], func(e *Entry[K, V]) bool { return yield(e, nil) }) {
		onlyIn(after.run[j:], func(e *Entry[K, V]) bool { return yield(nil, e) })
	}
}

func (kd *Kind[K, V]) diffTrees(before, after View[K, V], same func(x, y V) bool, yield func(before, after *Entry[K, V]) bool) {
	x, y := kd.Cursor(before), kd.Cursor(after)
	for x.Valid() && y.Valid() {
		i, j, goOn := kd.diffRuns(x.run, y.run, same, yield)
		if !goOn {
			return
		}
		x.skip(i)
		y.skip(j)
	}
	for ; x.Valid(); x.skip(len(x.run)) {
		if !onlyIn(x.run, func(e *Entry[K, V]) bool { return yield(e, nil) }) {
			return
		}
	}
	for ; y.Valid(); y.skip(len(y.run)) {
		if !onlyIn(y.run, func(e *Entry[K, V]) bool { return yield(nil, e) }) {
			return
		}
	}
}

// diffRuns is Diff until one of two arrays ends, and says how far it got in each.
func (kd *Kind[K, V]) diffRuns(x, y []Entry[K, V], same func(x, y V) bool, yield func(before, after *Entry[K, V]) bool) (i, j int, goOn bool) {
	if len(x) > 0 && len(x) == len(y) && &x[0] == &y[0] {
		return len(x), len(y), true
	}
	for i < len(x) && j < len(y) {
		old, now := &x[i], &y[j]
		switch c := kd.compare(old.Key, now.Key); {
		case c < 0:
			now = nil
			i++
		case c > 0:
			old = nil
			j++
		default:
			i++
			j++
			if same(old.Value, now.Value) {
				continue
			}
		}
		if !yield(old, now) {
			return i, j, false
		}
	}
	return i, j, true
}

// onlyIn yields all entries and reports whether yield wanted them all.
func onlyIn[K, V any](run []Entry[K, V], yield func(*Entry[K, V]) bool) bool {
	for i := range run {
		if !yield(&run[i]) {
			return false
		}
	}
	return true
}
