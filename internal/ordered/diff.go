package ordered

// Diff yields, in key order, every key that is in only one of two views or has another value in them, with pointers
// to its entries: nil where a view has none. Parts that both views share are passed over without a look inside, so that
// the cost is O(parts + changed), not O(n).
func (kd *Kind[K, V]) Diff(before, after View[K, V], same func(x, y V) bool, yield func(before, after *Entry[K, V]) bool) {
	x, y := kd.Cursor(before), kd.Cursor(after)
	for x.Valid() && y.Valid() {
		if &x.run[0] == &y.run[0] && len(x.run) == len(y.run) {
			x.skip(len(x.run))
			y.skip(len(y.run))
			continue
		}
		old, now := &x.run[0], &y.run[0]
		switch c := kd.compare(old.Key, now.Key); {
		case c < 0:
			now = nil
			x.Next()
		case c > 0:
			old = nil
			y.Next()
		default:
			x.Next()
			y.Next()
			if same(old.Value, now.Value) {
				continue
			}
		}
		if !yield(old, now) {
			return
		}
	}
	for ; x.Valid(); x.Next() {
		if !yield(&x.run[0], nil) {
			return
		}
	}
	for ; y.Valid(); y.Next() {
		if !yield(nil, &y.run[0]) {
			return
		}
	}
}
