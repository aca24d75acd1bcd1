package ordered

import "slices"

// Cursor walks a view. It can move on entry by entry, copy keys out in batches, or filter a batch of somebody
// else's keys: a merge where the two are of similar length, and jumps where the view is much longer.
type Cursor[K, V any] struct {
	kd    *Kind[K, V]
	v     View[K, V]
	run   []Entry[K, V] // what is left of the array or part; empty at the end
	at    *part[K, V]   // where in a tree
	ahead parts[K, V]   // the parts behind at
}

// parts is a queue of parts that were looked up together: the directory is slow to step through one by one. Each look-up
// brings twice as many as the one before, so that a cursor that jumps pays for few in vain.
type parts[K, V any] struct {
	buffer     [16]*part[K, V]
	begin, end int
	wanted     int
}

// next takes the part behind p, nil if p is the last.
func (q *parts[K, V]) next(t *tree[K, V], p *part[K, V]) *part[K, V] {
	if q.begin == q.end {
		q.begin, q.end = 0, 0
		q.wanted = min(max(1, 2*q.wanted), len(q.buffer))
		t.dir.AscendGreaterOrEqual(p.span(), func(s span[K]) bool {
			if next := t.part(s); next != p {
				q.buffer[q.end] = next
				q.end++
			}
			return q.end < q.wanted
		})
		if q.end == 0 {
			return nil
		}
	}
	q.begin++
	return q.buffer[q.begin-1]
}

// Cursor returns a cursor at the first entry.
func (kd *Kind[K, V]) Cursor(v View[K, V]) Cursor[K, V] {
	c := Cursor[K, V]{kd: kd, v: v, run: v.run}
	if v.tree != nil {
		first, _ := v.tree.dir.Min()
		c.at = v.tree.part(first)
		c.run = c.at.run
	}
	return c
}

// Valid reports whether the cursor stands at an entry.
func (c *Cursor[K, V]) Valid() bool { return len(c.run) > 0 }

// Entry returns the entry at which a valid cursor stands.
func (c *Cursor[K, V]) Entry() Entry[K, V] { return c.run[0] }

// Next moves to the next entry.
func (c *Cursor[K, V]) Next() { c.skip(1) }

// skip moves over n of the entries left in the array, and into the next part at its end.
func (c *Cursor[K, V]) skip(n int) {
	c.run = c.run[n:]
	if len(c.run) == 0 && c.v.tree != nil {
		c.at = c.ahead.next(c.v.tree, c.at)
		if c.at == nil {
			c.v = View[K, V]{}
			return
		}
		c.run = c.at.run
	}
}

// Fill copies the next keys to dst and moves behind them. It returns less than len(dst) only at the end.
func (c *Cursor[K, V]) Fill(dst []K) int {
	n := 0
	for n < len(dst) && c.Valid() {
		run := c.run[:min(len(c.run), len(dst)-n)]
		for i := range run {
			dst[n+i] = run[i].Key
		}
		n += len(run)
		c.skip(len(run))
	}
	return n
}

// Filter moves those of the ascending keys that are in the view (keep), or that are not (!keep), to the front of
// keys and returns them. Keys must not be below the last key of the call before.
func (c *Cursor[K, V]) Filter(keys []K, keep bool) []K {
	kept, rest := 0, keys
	for len(rest) > 0 && c.Valid() {
		if !c.seek(rest[0], len(rest)) {
			break
		}
		n, used, skipped := c.kd.filter(rest, c.run, keep)
		kept += copy(keys[kept:], rest[:n])
		rest = rest[used:]
		c.skip(skipped)
	}
	if !keep {
		kept += copy(keys[kept:], rest)
	}
	return keys[:kept]
}

// seek moves to the first entry not below k and reports whether there is one. While the run is short for the number of
// keys it only leaves parts that end below k, because the merge that follows is cheaper than a search.
func (c *Cursor[K, V]) seek(k K, keys int) bool {
	kd := c.kd
	if kd.compare(c.run[len(c.run)-1].Key, k) < 0 {
		if c.v.tree == nil {
			c.run = nil
			return false
		}
		c.jump(k)
		if kd.compare(c.run[len(c.run)-1].Key, k) < 0 {
			c.skip(len(c.run))
			return c.Valid()
		}
	}
	const gallop = 8
	if len(c.run) > gallop*keys {
		i, _ := kd.search(c.run, k)
		c.run = c.run[i:]
	}
	return true
}

// jump moves to the part of the tree that is responsible for k.
func (c *Cursor[K, V]) jump(k K) {
	c.at = c.kd.seek(c.v.tree, k)
	c.run = c.at.run
	c.ahead.begin, c.ahead.end, c.ahead.wanted = 0, 0, 0
}

// Bounds limit a range of keys. The zero Bounds limit nothing.
type Bounds[K any] struct {
	Low, High Bound[K]
}

// Bound is one end of a range.
type Bound[K any] struct {
	Set, Open bool // Open: the key itself is outside
	Key       K
}

// Range yields the entries within bounds in order, in O(log n) and O(1) an entry. It reports whether yield wanted
// them all.
func (kd *Kind[K, V]) Range(v View[K, V], b Bounds[K], yield func(K, V) bool) bool {
	c := kd.Cursor(v)
	if b.Low.Set && c.Valid() {
		if c.v.tree != nil {
			c.jump(b.Low.Key)
		}
		c.skip(kd.position(c.run, b.Low.Key, b.Low.Open))
	}
	for c.Valid() {
		run := c.run
		if b.High.Set {
			run = run[:kd.position(run, b.High.Key, !b.High.Open)]
		}
		if !each(run, yield) {
			return false
		}
		if len(run) < len(c.run) {
			return true
		}
		c.skip(len(run))
	}
	return true
}

// RangeBackward is Range in descending order.
func (kd *Kind[K, V]) RangeBackward(v View[K, V], b Bounds[K], yield func(K, V) bool) {
	part := func(run []Entry[K, V]) bool {
		low, high := 0, len(run)
		if b.High.Set {
			high = kd.position(run, b.High.Key, !b.High.Open)
		}
		if b.Low.Set {
			low = kd.position(run, b.Low.Key, b.Low.Open)
		}
		return eachBackward(run[min(low, high):high], yield) && low == 0
	}
	switch {
	case v.tree == nil:
		part(v.run)
	case b.High.Set:
		v.tree.dir.DescendLessOrEqual(kd.seek(v.tree, b.High.Key).span(), func(s span[K]) bool { return part(v.tree.part(s).run) })
	default:
		v.tree.dir.Descend(func(s span[K]) bool { return part(v.tree.part(s).run) })
	}
}

// position returns the number of entries below k, or below and at it.
func (kd *Kind[K, V]) position(run []Entry[K, V], k K, andAt bool) int {
	i, found := kd.search(run, k)
	if found && andAt {
		i++
	}
	return i
}

// Sort sorts entries by key, keeps of each key the last one given, and returns what is left. It works in place.
func (kd *Kind[K, V]) Sort(entries []Entry[K, V]) []Entry[K, V] {
	byKey := func(x, y Entry[K, V]) int { return kd.compare(x.Key, y.Key) }
	if !slices.IsSortedFunc(entries, byKey) {
		slices.SortStableFunc(entries, byKey)
	}
	n := 0
	for i, e := range entries {
		if i > 0 && kd.compare(entries[n-1].Key, e.Key) == 0 {
			entries[n-1].Value = e.Value
			continue
		}
		entries[n] = e
		n++
	}
	clear(entries[n:])
	return entries[:n]
}
