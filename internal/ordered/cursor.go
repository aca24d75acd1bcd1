package ordered

import "github.com/seed-250bd433/junction/internal/raw"

// Cursor walks a view. It can move on entry by entry, copy keys out in batches, or filter a batch
// of somebody else's keys: a merge where the two are of similar length, and jumps where the view is
// much longer.
type Cursor struct {
	kd    *Order
	v     View
	run   Run   // what is left of the array or part; empty at the end
	at    *part // where in a tree
	ahead parts // the parts behind at
	high  Bound // where it ends
}

// parts is a queue of parts that were looked up together: the directory is slow to step through one
// by one. Each look-up brings twice as many as the one before, so that a cursor that jumps pays for
// few in vain.
type parts struct {
	buffer     [16]*part
	begin, end int
	wanted     int
}

// next takes the part behind p, nil if p is the last.
func (q *parts) next(t *tree, p *part) *part {
	if q.begin == q.end {
		q.begin, q.end = 0, 0
		q.wanted = min(max(1, 2*q.wanted), len(q.buffer))
		t.dir.ascendGreaterOrEqual(p.span(), func(s span) bool {
			if s.part != p {
				q.buffer[q.end] = s.part
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
func (kd *Order) Cursor(v View) Cursor {
	c := Cursor{kd: kd, v: v, run: v.run}
	if v.tree != nil {
		first, _ := v.tree.dir.min()
		c.at = first.part
		c.run = c.at.run
	}
	return c
}

// CursorIn returns a cursor at the first entry within bounds, whose keys it keeps. It ends with the
// last one within them.
func (kd *Order) CursorIn(v View, b *Bounds) Cursor {
	c := kd.Cursor(v)
	c.high = b.High
	if b.Low.Key == nil || !c.Valid() {
		c.cut()
		return c
	}
	if c.v.tree != nil {
		c.jump(b.Low.Key)
	} else {
		c.cut()
	}
	c.skip(kd.position(c.run, b.Low.Key, b.Low.Open))
	return c
}

// cut ends the cursor with the array or part in which it stands if the high end is in it.
func (c *Cursor) cut() {
	if c.high.Key == nil || !c.Valid() {
		return
	}
	if n := c.kd.position(c.run, c.high.Key, !c.high.Open); n < c.run.Len {
		c.run = c.run.To(n)
		c.v = View{}
	}
}

// Valid reports whether the cursor stands at an entry.
func (c *Cursor) Valid() bool { return c.run.Len > 0 }

// Entry returns the entry at which a valid cursor stands.
func (c *Cursor) Entry() Pointer { return c.run.P }

// Key returns its key.
func (c *Cursor) Key() Pointer { return c.kd.KeyOf(c.run.P) }

// Next moves to the next entry.
func (c *Cursor) Next() { c.skip(1) }

// skip moves over n of the entries left in the array, and into the next part at its end.
func (c *Cursor) skip(n int) {
	c.run = c.kd.From(c.run, n)
	if c.run.Len == 0 && c.v.tree != nil {
		c.at = c.ahead.next(c.v.tree, c.at)
		if c.at == nil {
			c.v = View{}
			return
		}
		c.run = c.at.run
		c.cut()
	}
}

// Fill copies the next keys to an array and moves behind them. It returns less than there is room
// for only at the end.
func (c *Cursor) Fill(dst Pointer, room int) int {
	n := 0
	kd := c.kd
	for n < room && c.Valid() {
		run := c.run.To(min(c.run.Len, room-n))
		kd.keys.gather(raw.At(dst, n, kd.key.Size), kd.KeyAt(run, 0), kd.size, run.Len)
		n += run.Len
		c.skip(run.Len)
	}
	return n
}

// Filter moves those of n ascending keys that are in the view (keep), or that are not (!keep), to
// the front of the array and returns their number. Keys must not be below the last key of the call
// before.
func (c *Cursor) Filter(keys Pointer, n int, keep bool) int {
	kept, used := 0, 0
	kd := c.kd
	size := kd.key.Size
	for used < n && c.Valid() {
		rest := raw.At(keys, used, size)
		if !c.seek(rest, n-used) {
			break
		}
		k, u, skipped := kd.keys.filter(rest, n-used, kd.KeyOf(c.run.P), kd.size, c.run.Len, keep)
		if kept != used && k > 0 {
			kd.key.Move(raw.At(keys, kept, size), rest, k)
		}
		kept += k
		used += u
		c.skip(skipped)
	}
	if !keep && used < n {
		kd.key.Move(raw.At(keys, kept, size), raw.At(keys, used, size), n-used)
		kept += n - used
	}
	return kept
}

func (c *Cursor) lastKey() Pointer { return c.kd.KeyAt(c.run, c.run.Len-1) }

// seek moves to the first entry not below k and reports whether there is one. While the run is
// short for the number of keys it only leaves parts that end below k, because the merge that
// follows is cheaper than a search.
func (c *Cursor) seek(k Pointer, keys int) bool {
	kd := c.kd
	if kd.Compare(c.lastKey(), k) < 0 {
		if c.v.tree == nil {
			c.run = Run{}
			return false
		}
		c.jump(k)
		if c.Valid() && kd.Compare(c.lastKey(), k) < 0 {
			c.skip(c.run.Len)
			return c.Valid()
		}
	}
	const gallop = 8
	if !c.Valid() {
		return false
	}
	if c.run.Len > gallop*keys {
		i, _ := kd.find(c.run, k)
		c.run = kd.From(c.run, i)
	}
	return true
}

// jump moves to the part of the tree that is responsible for k.
func (c *Cursor) jump(k Pointer) {
	c.at = c.kd.seek(c.v.tree, k)
	c.run = c.at.run
	c.ahead.begin, c.ahead.end, c.ahead.wanted = 0, 0, 0
	c.cut()
}

// Bounds limit a range of keys. The zero Bounds limit nothing.
type Bounds struct {
	Low, High Bound
}

// Bound is one end of a range.
type Bound struct {
	Open bool // the key itself is outside
	Key  Pointer
}

// Range yields the runs within bounds in order, in O(log n) and O(1) an entry. It reports whether
// yield wanted them all. The keys of the bounds may be hidden ones.
func (kd *Order) Range(v View, b *Bounds, yield func(Run) bool) bool {
	for c := kd.CursorIn(v, b); c.Valid(); c.skip(c.run.Len) {
		if !yield(c.run) {
			return false
		}
	}
	return true
}

// RangeBackward is Range in descending order: the runs descend, and are to be read from their ends.
func (kd *Order) RangeBackward(v View, b *Bounds, yield func(Run) bool) {
	part := func(run Run) bool {
		low, high := 0, run.Len
		if b.High.Key != nil {
			high = kd.position(run, b.High.Key, !b.High.Open)
		}
		if b.Low.Key != nil {
			low = kd.position(run, b.Low.Key, b.Low.Open)
		}
		if low < high && !yield(kd.From(run.To(high), low)) {
			return false
		}
		return low == 0
	}
	switch {
	case v.tree == nil:
		part(v.run)
	case b.High.Key != nil:
		v.tree.dir.descendLessOrEqual(kd.seek(v.tree, b.High.Key).span(), func(s span) bool { return part(s.part.run) })
	default:
		v.tree.dir.descend(func(s span) bool { return part(s.part.run) })
	}
}

// KeyBefore returns the key that stands n entries before the end of bounds, the first one in them
// if there are fewer, and nil if there are none.
func (kd *Order) KeyBefore(v View, b *Bounds, n int) (k Pointer) {
	kd.RangeBackward(v, b, func(run Run) bool {
		k = kd.KeyAt(run, max(0, run.Len-n))
		n -= run.Len
		return n > 0
	})
	return k
}

// position returns the number of entries below k, or below and at it.
func (kd *Order) position(run Run, k Pointer, andAt bool) int {
	i, found := kd.find(run, k)
	if found && andAt {
		i++
	}
	return i
}

// Diff yields, in key order, every key that is in only one of two views or has another value in
// them, with pointers to its entries: nil where a view has none. Parts that both views share are
// passed over without a look inside, so that the cost is O(parts + changed), not O(n).
func (kd *Order) Diff(before, after View, same Same, yield func(before, after Pointer) bool) {
	if before.tree != nil || after.tree != nil {
		kd.diffTrees(before, after, same, yield)
		return
	}
	// Without cursors, which are large for the few entries of most maps.
	i, j, goOn := kd.diffRuns(before.run, after.run, same, yield)
	if goOn && kd.onlyIn(kd.From(before.run, i), func(e Pointer) bool { return yield(e, nil) }) {
		kd.onlyIn(kd.From(after.run, j), func(e Pointer) bool { return yield(nil, e) })
	}
}

func (kd *Order) diffTrees(before, after View, same Same, yield func(before, after Pointer) bool) {
	x, y := kd.Cursor(before), kd.Cursor(after)
	for x.Valid() && y.Valid() {
		i, j, goOn := kd.diffRuns(x.run, y.run, same, yield)
		if !goOn {
			return
		}
		x.skip(i)
		y.skip(j)
	}
	for ; x.Valid(); x.skip(x.run.Len) {
		if !kd.onlyIn(x.run, func(e Pointer) bool { return yield(e, nil) }) {
			return
		}
	}
	for ; y.Valid(); y.skip(y.run.Len) {
		if !kd.onlyIn(y.run, func(e Pointer) bool { return yield(nil, e) }) {
			return
		}
	}
}

// diffRuns is Diff until one of two arrays ends, and says how far it got in each.
func (kd *Order) diffRuns(x, y Run, same Same, yield func(before, after Pointer) bool) (i, j int, goOn bool) {
	if x.Len > 0 && x.Len == y.Len && x.P == y.P {
		return x.Len, y.Len, true
	}
	for i < x.Len && j < y.Len {
		old, now := kd.At(x, i), kd.At(y, j)
		switch c := kd.Compare(kd.KeyOf(old), kd.KeyOf(now)); {
		case c < 0:
			now = nil
			i++
		case c > 0:
			old = nil
			j++
		default:
			i++
			j++
			if same(old, now) {
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
func (kd *Order) onlyIn(run Run, yield func(Pointer) bool) bool {
	for i := range run.Len {
		if !yield(kd.At(run, i)) {
			return false
		}
	}
	return true
}
