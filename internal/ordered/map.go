// Package ordered holds the one data structure of junction: a sorted map that is an array while it
// is small, a B-tree of arrays when it grows, and can be frozen in O(1).
//
// Adjacency is made of it twice: the neighbours of a node are a Map from neighbour to through
// value, and the nodes of a side are a Map from key to slot.
package ordered

import (
	"math"
	"sync/atomic"
	"unsafe"
)

// View is the immutable reading side of a Map: what Freeze returned, for as long as anybody holds
// it. The zero View is empty. Its methods never write, so any number of goroutines may use one.
type View struct {
	run  Run // all entries, ascending, while tree is nil
	tree *tree
}

// Map is a sorted map. The zero Map is empty and ready to use. Operations that know keys and
// values are methods of the Kind that the map's makers share.
//
// A relation has a Map for each of its nodes, so its size counts: with 16 bytes instead of the 40
// of a View and a flag, a slot takes 24 bytes and not 48. Only the methods from View to Len know
// the layout.
//
// What holds at all times:
//   - body points to the first of cap entries, of which len are in use; or, if len is inTree, to
//     a tree of more than Kind.minTree entries
//   - a frozen map shares its array or its tree with at least one View, and copies before it
//     changes either
type Map struct {
	body     Pointer
	len, cap uint16
	frozen   uint32 // atomic, because readers freeze side by side; cleared only by the writer
}

// inTree is the length that says that there is a tree. Arrays are shorter: see Limits.
const inTree = math.MaxUint16

// View returns what the map holds, for as long as the map is not changed.
func (m *Map) View() View {
	if m.len == inTree {
		return View{tree: m.tree()}
	}
	return View{run: m.array()}
}

// array returns the entries of a map without a tree.
func (m *Map) array() Run { return Run{m.body, int(m.len), int(m.cap)} }

// tree returns the tree of a map that has one.
func (m *Map) tree() *tree { return (*tree)(m.body) }

// setRun makes an array, which the map may change, the content of the map.
func (m *Map) setRun(run Run) {
	*m = Map{body: run.P, len: uint16(run.Len), cap: uint16(min(run.Cap, inTree))}
}

// setTree makes a tree, which the map may change, the content of the map.
func (m *Map) setTree(t *tree) { *m = Map{body: unsafe.Pointer(t), len: inTree} }

// set makes a new view, which nobody else has, the content of the map.
func (m *Map) set(v View) {
	if v.tree != nil {
		m.setTree(v.tree)
	} else {
		m.setRun(v.run)
	}
}

// Len returns the number of entries, in O(1).
func (m *Map) Len() int {
	if m.len == inTree {
		return m.tree().len
	}
	return int(m.len)
}

// hasRoom reports whether the array can take one more entry in place. A map that is a tree has
// none.
func (m *Map) hasRoom() bool { return m.len < m.cap && m.frozen == 0 }

// insertInPlace inserts an entry at i into an array that has room.
func (kd *Order) insertInPlace(m *Map, i int, k, value Pointer) {
	n := int(m.len)
	m.len++
	at := unsafe.Add(m.body, uintptr(i)*kd.size)
	if i < n {
		kd.entries.Move(unsafe.Add(at, kd.size), at, n-i)
	}
	kd.write(at, k, value)
}

// staysFull reports whether one entry can be removed from the array in place without leaving most
// of it unused. A map that is a tree has no array.
func (m *Map) staysFull() bool {
	return m.len <= m.cap && int(m.len) > int(m.cap)/2-4 && m.frozen == 0
}

// removeInPlace removes entry i from an array.
func (kd *Order) removeInPlace(m *Map, i int) {
	m.len--
	kd.closeGap(m.body, i, int(m.len))
}

// closeGap moves the entries behind i, up to entry n, to the front, and clears n.
func (kd *Order) closeGap(array Pointer, i, n int) {
	at := unsafe.Add(array, uintptr(i)*kd.size)
	if i < n {
		kd.entries.Move(at, unsafe.Add(at, kd.size), n-i)
	}
	kd.entries.Clear(unsafe.Add(array, uintptr(n)*kd.size), 1)
}

// isFrozen reports whether a change must copy first.
func (m *Map) isFrozen() bool { return m.frozen != 0 }

// Outcome says what a Put did.
type Outcome uint8

// The outcomes of a Put.
const (
	Unchanged Outcome = iota // the key was there with an equal value; nothing changed
	Updated                  // the key was there with another value
	Added                    // the key was not there
)

// owners numbers the owners of shared memory, which they may change in place: trees, and the sides
// that hold slots.
var owners atomic.Uint64

// NewOwner returns a number that no other owner in the process has or had.
func NewOwner() uint64 { return owners.Add(1) }

// ViewOf returns a view of ascending entries, which must not be changed afterwards.
func ViewOf(sorted Run) View { return View{run: sorted} }

// Len returns the number of entries, in O(1).
func (v View) Len() int {
	if v.tree != nil {
		return v.tree.len
	}
	return v.run.Len
}

// Run returns all entries of a map that is a single array, and an empty run for one that is a tree.
func (v View) Run() Run { return v.run }

// HasTree reports whether there is more than Run returns.
func (v View) HasTree() bool { return v.tree != nil }

// Runs yields all entries in order, as the arrays in which they stand.
func (v View) Runs(yield func(Run) bool) {
	if v.tree != nil {
		v.tree.dir.ascend(func(s span) bool { return yield(s.part.run) })
	} else if v.run.Len > 0 {
		yield(v.run)
	}
}

// RunsBackward is Runs in descending order.
func (v View) RunsBackward(yield func(Run) bool) {
	if v.tree != nil {
		v.tree.dir.descend(func(s span) bool { return yield(s.part.run) })
	} else if v.run.Len > 0 {
		yield(v.run)
	}
}

// Ends returns the first and the last key of a view that has any.
func (kd *Order) Ends(v View) (first, last Pointer) {
	return kd.KeyOf(kd.First(v)), kd.KeyOf(kd.Last(v))
}

// First returns the first entry of a view that has any.
func (kd *Order) First(v View) Pointer {
	run := v.run
	if v.tree != nil {
		lowest, _ := v.tree.dir.min()
		run = lowest.part.run
	}
	return kd.At(run, 0)
}

// Last returns the last entry of a view that has any.
func (kd *Order) Last(v View) Pointer {
	run := v.run
	if v.tree != nil {
		highest, _ := v.tree.dir.max()
		run = highest.part.run
	}
	return kd.At(run, run.Len-1)
}

// All yields all entries in order.
func (kd *Order) All(v View, yield func(e Pointer) bool) bool {
	for run := range v.Runs {
		for i := range run.Len {
			if !yield(kd.At(run, i)) {
				return false
			}
		}
	}
	return true
}

// AppendTo appends all entries to an array.
func (kd *Order) AppendTo(v View, run Run) Run {
	for r := range v.Runs {
		run = kd.append(run, r)
	}
	return run
}

// append appends a run to another.
func (kd *Order) append(dst, src Run) Run {
	if src.Len == 0 {
		return dst
	}
	dst = kd.room(dst, src.Len)
	kd.entries.Move(kd.At(dst, dst.Len), src.P, src.Len)
	dst.Len += src.Len
	return dst
}

// room returns a run that has room for n more entries.
func (kd *Order) room(r Run, n int) Run {
	if r.Len+n <= r.Cap {
		return r
	}
	larger := Run{Len: r.Len}
	larger.P, larger.Cap = kd.entries.Grow(max(r.Len+n, r.Len*2, 4))
	kd.entries.Move(larger.P, r.P, r.Len)
	return larger
}

// Append appends an entry to a run.
func (kd *Order) Append(r Run, k, value Pointer) Run {
	r = kd.room(r, 1)
	kd.write(kd.At(r, r.Len), k, value)
	r.Len++
	return r
}

// AppendRows appends n entries whose keys stand stride bytes apart, and so do their values.
func (kd *Order) AppendRows(r Run, keys, values Pointer, stride uintptr, n int) Run {
	r = kd.room(r, n)
	at := kd.At(r, r.Len)
	r.Len += n
	if kd.layout == words {
		e := unsafe.Slice((*[2]uint64)(at), n)
		for i := range e {
			offset := uintptr(i) * stride
			e[i] = [2]uint64{*(*uint64)(unsafe.Add(values, offset)), *(*uint64)(unsafe.Add(keys, offset))}
		}
		return r
	}
	for i := range n {
		offset := uintptr(i) * stride
		kd.write(unsafe.Add(at, uintptr(i)*kd.size), unsafe.Add(keys, offset), unsafe.Add(values, offset))
	}
	return r
}

// Capacity returns the number of entries that the allocated arrays could hold, in O(1) for an array
// and O(n/run) for a tree.
func (v View) Capacity() int {
	if v.tree == nil {
		return v.run.Cap
	}
	n := 0
	v.tree.dir.ascend(func(s span) bool { n += s.part.run.Cap; return true })
	return n
}

// Freeze returns a view of the map as it is now. The next change of the map copies what the view
// shares: an array whole, of a tree the path and the part that changes. Freeze takes O(1) and
// allocates nothing. Any number of goroutines may freeze a map concurrently, but not while it is
// being written.
func (m *Map) Freeze() View {
	if atomic.LoadUint32(&m.frozen) == 0 {
		atomic.StoreUint32(&m.frozen, 1)
	}
	return m.View()
}

// Share returns a second map of the same entries. Both copy before they change.
func (m *Map) Share() Map {
	m.Freeze()
	return Map{body: m.body, len: m.len, cap: m.cap, frozen: 1}
}

// Borrow is like Share but leaves an array in m unmarked, which saves a write to m. The result must
// be changed (which copies the array) or discarded before m changes.
func (m *Map) Borrow() Map {
	if m.len == inTree {
		return m.Share()
	}
	return Map{body: m.body, len: m.len, cap: m.cap, frozen: 1}
}

// grow returns an empty array for n entries and some more: a third, four at least unless n is 0,
// and what the allocator would waste anyway.
func (kd *Order) grow(n int) (r Run) {
	switch {
	case n == 0:
		n = 1
	case n < 4:
		n = 4
	default:
		n += max(n/3, 4)
	}
	r.P, r.Cap = kd.entries.Grow(n)
	return r
}

// exactly returns an empty array for n entries, and what the allocator would waste anyway.
func (kd *Order) exactly(n int) (r Run) {
	if n > 0 {
		r.P, r.Cap = kd.entries.Grow(n)
	}
	return r
}

func (kd *Order) clone(r Run) Run { return kd.append(kd.exactly(r.Len), r) }

// insertAt returns run with an entry put in at i. It works in place if it may and there is room.
func (kd *Order) insertAt(r Run, i int, k, value Pointer, inPlace bool) Run {
	n := r.Len
	if !inPlace || n == r.Cap {
		grown := kd.grow(n)
		grown.Len = n + 1
		kd.entries.Move(grown.P, r.P, i)
		if i < n {
			kd.entries.Move(kd.At(grown, i+1), kd.At(r, i), n-i)
		}
		kd.write(kd.At(grown, i), k, value)
		return grown
	}
	r.Len++
	if i < n {
		kd.entries.Move(kd.At(r, i+1), kd.At(r, i), n-i)
	}
	kd.write(kd.At(r, i), k, value)
	return r
}

// deleteAt returns run without entry i. It works in place if it may, and gives memory back when
// half of it is unused.
func (kd *Order) deleteAt(r Run, i int, inPlace bool) Run {
	n := r.Len - 1
	if !inPlace || n < r.Cap/2-4 {
		small := kd.grow(n)
		small.Len = n
		kd.entries.Move(small.P, r.P, i)
		if i < n {
			kd.entries.Move(kd.At(small, i), kd.At(r, i+1), n-i)
		}
		return small
	}
	kd.closeGap(r.P, i, n)
	r.Len = n
	return r
}

// tree is a map too large for one array: a B-tree whose items are arrays. It is about as fast to
// read as one array, and a change moves at most Kind.maxRun entries. Snapshots are the B-tree's own
// copy on write.
//
// What holds at all times:
//   - the parts, in the order of the directory, are one ascending sequence of len entries; none is
//     empty
//   - a part's first is above every key of the parts before it, and not above its own
//   - a part whose owner is not the tree's may be shared, and is copied before it changes
type tree struct {
	dir   directory
	len   int
	owner uint64
}

// span is an item of the directory: a part, the key from which on the part is responsible, and a
// number that orders as keys do. The key of a span to search for may be a hidden pointer.
type span struct {
	prefix uint64
	first  Pointer
	part   *part
}

type part struct {
	prefix uint64
	first  Pointer // a key by itself
	owner  uint64
	run    Run
}

func (p *part) span() span { return span{p.prefix, p.first, p} }

func (kd *Order) newTree() *tree {
	return &tree{dir: newDirectory(kd.degree, kd.keys.less()), owner: NewOwner()}
}

// less returns the order of spans.
func (k *Keys) less() func(x, y span) bool {
	switch {
	case k.exact:
		return func(x, y span) bool { return x.prefix < y.prefix }
	case k.prefix != nil:
		return func(x, y span) bool {
			return x.prefix < y.prefix || x.prefix == y.prefix && k.compare(x.first, y.first) < 0
		}
	default:
		return func(x, y span) bool { return k.compare(x.first, y.first) < 0 }
	}
}

// spanAt returns a span to look for a key.
func (kd *Order) spanAt(k Pointer) span {
	s := span{first: k}
	if kd.keys.prefix != nil {
		s.prefix = kd.keys.prefix(k)
	}
	return s
}

// newPart returns a part that is responsible for the keys from one on, of which it takes a copy.
func (kd *Order) newPart(first Pointer, owner uint64, run Run) *part {
	p := &part{owner: owner, run: run}
	kd.setFirst(p, first)
	return p
}

func (kd *Order) setFirst(p *part, first Pointer) {
	s := kd.spanAt(kd.key.Box(first))
	p.prefix, p.first = s.prefix, s.first
}

// add makes an array, which follows all that are there, the last part.
func (kd *Order) add(t *tree, run Run) {
	t.dir.replaceOrInsert(kd.newPart(kd.KeyAt(run, 0), t.owner, run).span())
	t.len += run.Len
}

// seek returns the part that is responsible for k.
func (kd *Order) seek(t *tree, k Pointer) (at *part) {
	t.dir.descendLessOrEqual(kd.spanAt(k), func(s span) bool { at = s.part; return false })
	if at == nil {
		s, _ := t.dir.min()
		at = s.part
	}
	return at
}

// after returns the part behind p, nil if p is the last.
func (t *tree) after(p *part) (next *part) {
	t.dir.ascendGreaterOrEqual(p.span(), func(s span) bool {
		if s.part == p {
			return true
		}
		next = s.part
		return false
	})
	return next
}

// before returns the part in front of p, nil if p is the first.
func (t *tree) before(p *part) (prev *part) {
	t.dir.descendLessOrEqual(p.span(), func(s span) bool {
		if s.part == p {
			return true
		}
		prev = s.part
		return false
	})
	return prev
}

// thaw returns the map's tree, made its own if it was shared.
func (m *Map) thaw() *tree {
	t := m.tree()
	if m.isFrozen() {
		t = &tree{dir: t.dir.clone(), len: t.len, owner: NewOwner()}
		m.setTree(t)
	}
	return t
}

// own returns p, or a copy in its place if the tree may not change it.
func (kd *Order) own(t *tree, p *part) *part {
	if p.owner != t.owner {
		p = &part{prefix: p.prefix, first: p.first, owner: t.owner, run: kd.append(kd.grow(p.run.Len), p.run)}
		t.dir.replaceOrInsert(p.span())
	}
	return p
}

func (kd *Order) insertTree(m *Map, at Place, k, value Pointer) {
	t := m.thaw()
	p := kd.own(t, at.part)
	if at.i == 0 && kd.Compare(k, p.first) < 0 {
		t.dir.delete(p.span())
		kd.setFirst(p, k)
		t.dir.replaceOrInsert(p.span())
	}
	p.run = kd.insertAt(p.run, at.i, k, value, true)
	t.len++
	if p.run.Len > kd.maxRun {
		kd.split(t, p, at.i)
	}
}

// split moves the upper half of a part to a new one. If the entry that made it too large stands at
// its end, just that entry moves, so that ascending insertion leaves full parts behind.
func (kd *Order) split(t *tree, p *part, inserted int) {
	run := p.run
	cut := run.Len / 2
	if inserted == run.Len-1 {
		cut = inserted
	}
	upper := kd.newPart(kd.KeyAt(run, cut), t.owner, kd.append(kd.grow(run.Len-cut), kd.From(run, cut)))
	kd.entries.Clear(kd.At(run, cut), run.Len-cut)
	p.run = run.To(cut)
	t.dir.replaceOrInsert(upper.span())
}

func (kd *Order) removeTree(m *Map, at Place) {
	t := m.thaw()
	p := kd.own(t, at.part)
	p.run = kd.deleteAt(p.run, at.i, true)
	t.len--
	switch n := p.run.Len; {
	case t.len <= kd.minTree:
		m.setRun(kd.AppendTo(View{tree: t}, kd.exactly(t.len)))
	case n == 0:
		t.dir.delete(p.span())
	case n == kd.maxRun/4 || n == kd.maxRun/8: // not at every removal, which would cost more than it
		kd.mergeAround(t, p)
	}
}

// mergeAround joins a part that has become small with a neighbour, if the two leave room in one
// array.
func (kd *Order) mergeAround(t *tree, p *part) {
	for _, pair := range [2][2]*part{{p, t.after(p)}, {t.before(p), p}} {
		lower, upper := pair[0], pair[1]
		if lower == nil || upper == nil || lower.run.Len+upper.run.Len > kd.maxRun*3/4 {
			continue
		}
		lower = kd.own(t, lower)
		lower.run = kd.append(lower.run, upper.run)
		t.dir.delete(upper.span())
		return
	}
}
