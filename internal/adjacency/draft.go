package adjacency

import (
	"slices"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Draft is a side as a transaction has changed it: private copies of the slots that it touched, over a live side that
// stands still for as long as the draft is written. Dropping the draft undoes everything; Install makes it true.
//
// What holds at all times:
//   - a slot in touched stands for its node; an empty one says that the node is gone
//   - without a base, touched holds no empty slot: it is the whole side
//   - the nodes in fresh, each of them once, are not yet in the order of touched, or there with another slot; they are in its index
//     unless unindexed says that none of them is
type Draft[K, N, T any] struct {
	same      func(x, y T) bool
	reflexive bool
	written   *Side[K, N, struct{}] // unless reflexive: the edges that were written, since their values do not tell
	live      *Side[K, N, T]
	base      *Side[K, N, T] // live, or nil if nothing of it is left or it was empty
	touched   *Side[K, N, T]
	fresh     []patch[K]
	unindexed bool
	nodes     int
	entries   int
	loops     int
	writes    int // edges that were put or taken away, each time
}

// patch is what becomes of a node: the slot that it has in the draft in place of the live side's.
type patch[K any] struct {
	key    K
	before ref // that it had: in the live side or, if the node is in the order of touched, there; none if there was no such node
	slot   ref
}

// NewDraft returns a draft without changes. By same it tells in the end which edges have another value; reflexive says
// whether every value is the same as itself, so that this tells it all.
func NewDraft[K, N, T any](live *Side[K, N, T], same func(x, y T) bool, reflexive bool) *Draft[K, N, T] {
	d := NoDraft(live)
	d.same, d.reflexive = same, reflexive || live.entries == 0 // where nothing was, nothing is written over
	d.nodes, d.entries, d.loops = live.Nodes(), live.entries, live.loops
	if d.nodes > 0 {
		d.base = live
	}
	if !d.reflexive {
		d.written = NewFunc[K, N, struct{}](live.nodes.Compare, live.neighbours.Compare, ordered.DefaultLimits)
	}
	return d
}

// NoDraft returns a draft that is empty and will not be installed, without a look at the live side.
func NoDraft[K, N, T any](live *Side[K, N, T]) *Draft[K, N, T] {
	return &Draft[K, N, T]{live: live, reflexive: true, touched: live.sibling()}
}

// Find returns the slot of a node, nil or empty if there is no such node.
func (d *Draft[K, N, T]) Find(k K) *Slot[N, T] {
	if d.unindexed {
		d.enterFresh()
	}
	if slot := d.touched.Find(k); slot != nil || d.base == nil {
		return slot
	}
	return d.base.Find(k)
}

// Get returns the through value of k and n.
func (d *Draft[K, N, T]) Get(k K, n N) (T, bool) { return get(d.live.neighbours, d.Find(k), n) }

// Put relates k to n.
func (d *Draft[K, N, T]) Put(k K, p Place[N, T], n N, through T, same func(x, y T) bool) ordered.Outcome {
	if p.isSame(through, same) {
		return ordered.Same
	}
	before := p.Slot.Degree()
	slot := d.own(k, p.Slot)
	outcome := p.write(d.live.neighbours, slot, n, through)
	d.count(before, slot.Len())
	d.writes++
	d.wrote(k, n)
	return outcome
}

// Merge adds the edges of a side that was built aside.
func (d *Draft[K, N, T]) Merge(o *Side[K, N, T], same func(x, y T) bool) (added, updated int) {
	d.wroteAll(o)
	if d.isBlank() {
		d.touched.become(o, o.entries)
		d.nodes, d.entries = o.Nodes(), o.entries
		added = o.entries
	} else {
		m := merger[N, T]{kind: d.live.neighbours, same: same}
		d.apply(o, &m)
		added, updated = m.added, m.updated
	}
	d.writes += added + updated
	return added, updated
}

// isBlank reports whether the draft is empty and has no names of nodes to keep: those of a live side with a comparison function
// are kept for nodes that come back.
func (d *Draft[K, N, T]) isBlank() bool {
	return d.nodes == 0 && d.base == nil && (d.live.index.exists() || d.live.Nodes() == 0)
}

// Subtract takes the edges of a side that was built aside away, where they are there, whatever their values.
func (d *Draft[K, N, T]) Subtract(o *Side[K, N, T]) (removed int) {
	m := merger[N, T]{kind: d.live.neighbours, subtract: true}
	d.apply(o, &m)
	d.writes += m.removed
	return m.removed
}

// apply has a merger change the nodes of a side that was built aside. A draft that has touched nothing yet puts them into its index when it is
// asked for a node, as most are never.
func (d *Draft[K, N, T]) apply(o *Side[K, N, T], m *merger[N, T]) {
	find := d.Find
	if d.listed() && len(d.fresh) == 0 {
		d.unindexed = true
		find = d.base.Find
	}
	d.fresh = slices.Grow(d.fresh, o.Nodes())
	for k, batch := range o.All {
		slot := find(k)
		neighbours := d.borrow(slot)
		before := neighbours.Len()
		if m.apply(&neighbours, batch) {
			d.replace(k, slot, before, neighbours)
		}
	}
}

// borrow returns the neighbours of a node, as a map to change and then replace them.
func (d *Draft[K, N, T]) borrow(slot *Slot[N, T]) ordered.Map[N, T] {
	switch {
	case slot == nil:
		return ordered.Map[N, T]{}
	case slot.owner == d.touched.owner.Load():
		return slot.Map
	default:
		return slot.Borrow()
	}
}

// replace gives a node, which had so many neighbours before, others.
func (d *Draft[K, N, T]) replace(k K, slot *Slot[N, T], before int, neighbours ordered.Map[N, T]) {
	d.touched.changed()
	d.count(before, neighbours.Len())
	if owner := d.touched.owner.Load(); slot != nil && slot.owner == owner {
		slot.Map = neighbours
	} else {
		d.touch(d.Spelling(k), slot, &Slot[N, T]{neighbours, owner})
	}
	if neighbours.Len() == 0 {
		d.forget(k)
	}
}

// Spelling returns the key of a node as the live side has it, even if the draft has taken the node away, or else as the draft has.
func (d *Draft[K, N, T]) Spelling(k K) K {
	if !d.live.index.exists() && d.live.Find(k) == nil {
		return d.touched.Spelling(k)
	}
	return d.live.Spelling(k)
}

// own returns a slot of a node that may be changed. A node that comes back is named as it was.
func (d *Draft[K, N, T]) own(k K, slot *Slot[N, T]) *Slot[N, T] {
	d.touched.changed()
	if owner := d.touched.owner.Load(); slot == nil || slot.owner != owner {
		own := slot.share(owner)
		d.touch(d.Spelling(k), slot, own)
		return own
	}
	return slot
}

// touch gives a node a slot in place of the one that it has. Where there is a hash it does not look for the place in the order: most drafts are
// put in order once, when they are done, which takes a third of the time.
func (d *Draft[K, N, T]) touch(k K, before, slot *Slot[N, T]) {
	if !d.touched.index.exists() {
		d.touched.set(k, slot)
		return
	}
	if !d.unindexed {
		d.touched.index.put(k, refTo(slot))
	}
	if len(d.fresh) == cap(d.fresh) {
		d.fresh = doubled(d.fresh)
	}
	d.fresh = append(d.fresh, patch[K]{k, refTo(before), refTo(slot)})
}

// doubled gives a list that is full room for as much again. Append gives a long one so little that it is copied four times as much.
func doubled[E any](list []E) []E { return slices.Grow(list, max(len(list), 16)) }

// enterFresh puts the nodes in fresh into the index.
func (d *Draft[K, N, T]) enterFresh() {
	d.touched.index = d.touched.newIndex(len(d.fresh))
	for _, p := range d.fresh {
		d.touched.index.put(p.key, p.slot)
	}
	d.unindexed = false
}

// listed reports whether fresh has all nodes that were touched, and what they were.
func (d *Draft[K, N, T]) listed() bool {
	return d.base != nil && d.touched.index.exists() && d.touched.Nodes() == 0
}

// sortFresh sorts fresh by key.
func (d *Draft[K, N, T]) sortFresh() {
	byKey := func(x, y patch[K]) int { return d.live.nodes.Compare(x.key, y.key) }
	if !slices.IsSortedFunc(d.fresh, byKey) {
		slices.SortFunc(d.fresh, byKey)
	}
}

// inOrder returns touched with its order complete.
func (d *Draft[K, N, T]) inOrder() *Side[K, N, T] {
	if len(d.fresh) == 0 {
		return d.touched
	}
	if d.unindexed {
		d.enterFresh()
	}
	d.sortFresh()
	entries := make([]ordered.Entry[K, ref], len(d.fresh))
	for i, p := range d.fresh {
		entries[i] = ordered.Entry[K, ref]{Value: p.slot, Key: p.key}
	}
	d.live.nodes.Merge(&d.touched.order, entries, nil, nil)
	d.fresh = nil
	return d.touched
}

// Delete takes the edge at a place away.
func (d *Draft[K, N, T]) Delete(k K, p Place[N, T]) {
	if p.Slot.Len() == 1 {
		d.Drop(k, p.Slot)
		return
	}
	d.live.neighbours.Remove(&d.own(k, p.Slot).Map, p.Place)
	d.entries--
	d.writes++
}

// Drop takes a node with all its edges away.
func (d *Draft[K, N, T]) Drop(k K, slot *Slot[N, T]) {
	d.count(slot.Degree(), 0)
	d.writes += slot.Degree()
	d.own(k, slot).Map = ordered.Map[N, T]{}
	d.forget(k)
}

// forget lets go of a node whose slot is empty, unless that hides one of the base.
func (d *Draft[K, N, T]) forget(k K) {
	if d.base == nil || d.base.Find(k) == nil {
		d.inOrder().Drop(k, nil)
	}
}

// Clear takes everything away.
func (d *Draft[K, N, T]) Clear() {
	d.writes += d.entries
	d.base, d.nodes, d.entries, d.loops = nil, 0, 0, 0
	d.fresh, d.unindexed = nil, false
	d.touched.Clear()
}

// Freeze returns the draft as it is now.
func (d *Draft[K, N, T]) Freeze() Nodes[K, N, T] {
	n := Nodes[K, N, T]{kind: d.live.nodes, touched: d.inOrder().Frozen().order.View()}
	if d.base != nil {
		n.base = d.base.Frozen().order.View()
	}
	return n
}

// Changes yields what the draft changes, net, by node and neighbour, with pointers to the entries before and after: nil
// where there is none. It shows the draft as it is when the loop begins, whatever the loop does.
func (d *Draft[K, N, T]) Changes(yield func(k K, before, after *ordered.Entry[N, T]) bool) {
	var written pairs[K, N]
	if !d.reflexive {
		written = d.written.Frozen()
	}
	d.changes(d.live.Frozen(), d.inOrder().Frozen(), written, yield)
}

// ChangesNow is Changes for a loop during which nobody writes: it freezes nothing, so that nothing has to be copied afterwards.
func (d *Draft[K, N, T]) ChangesNow(yield func(k K, before, after *ordered.Entry[N, T]) bool) {
	if !d.listed() {
		d.changes(d.live, d.inOrder(), d.written, yield)
		return
	}
	d.sortFresh()
	for _, p := range d.fresh {
		if !d.diff(p.key, slotAt[N, T](p.before), slotAt[N, T](p.slot), d.written, yield) {
			return
		}
	}
}

// content is a side, live or frozen.
type content[K, N, T any] interface {
	Find(K) *Slot[N, T]
	slots() ordered.View[K, ref]
}

func (s *Side[K, N, T]) slots() ordered.View[K, ref]   { return s.order.View() }
func (f *Frozen[K, N, T]) slots() ordered.View[K, ref] { return f.order.View() }

func (d *Draft[K, N, T]) changes(before, after content[K, N, T], written pairs[K, N], yield func(k K, before, after *ordered.Entry[N, T]) bool) {
	nodes := Nodes[K, N, T]{kind: d.live.nodes, base: after.slots()}
	if d.base == nil { // whatever touched does not hold is gone
		nodes.base, nodes.touched = before.slots(), nodes.base
	}
	for k, slot := range nodes.All {
		if d.base == nil {
			slot = after.Find(k) // and not what the node had before
		}
		if !d.diff(k, before.Find(k), slot, written, yield) {
			return
		}
	}
}

// Changed reports whether the draft differs from the live side. It takes O(1) where the first node that was touched is
// changed, and looks at all of them only where everything was undone.
func (d *Draft[K, N, T]) Changed() bool {
	if d.writes == 0 {
		return false
	}
	if d.nodes != d.live.Nodes() || d.entries != d.live.entries {
		return true
	}
	changed := false
	d.ChangesNow(func(_ K, _, _ *ordered.Entry[N, T]) bool {
		changed = true
		return false
	})
	return changed
}

// diff yields what became of the edges of one node, and reports whether yield wanted it all.
func (d *Draft[K, N, T]) diff(k K, before, after *Slot[N, T], written pairs[K, N], yield func(k K, before, after *ordered.Entry[N, T]) bool) (goOn bool) {
	goOn = true
	d.live.neighbours.Diff(before.view(), after.view(), d.same, func(x, y *ordered.Entry[N, T]) bool {
		if x != nil && y != nil && !d.reflexive {
			if _, ok := written.Get(k, y.Key); !ok {
				return true
			}
		}
		goOn = yield(k, x, y)
		return goOn
	})
	return goOn
}

// pairs is a set of pairs: a side, live or frozen, without through values.
type pairs[K, N any] interface {
	Get(K, N) (struct{}, bool)
}

// wrote notes that an edge was written.
func (d *Draft[K, N, T]) wrote(k K, n N) {
	if !d.reflexive {
		p := Locate(d.written, k, n)
		d.written.Put(k, p, n, struct{}{}, nil)
	}
}

// wroteAll notes that the edges of a side were written.
func (d *Draft[K, N, T]) wroteAll(o *Side[K, N, T]) {
	if d.reflexive {
		return
	}
	b := d.written.Builder(o.Nodes())
	var batch []ordered.Entry[N, struct{}]
	for k, slot := range o.All {
		batch = batch[:0]
		for n := range slot.View().All {
			batch = append(batch, ordered.Entry[N, struct{}]{Key: n})
		}
		b.AddNode(k, batch)
	}
	d.written.Merge(b.Side(), nil)
}

// Nodes returns the number of nodes, in O(1).
func (d *Draft[K, N, T]) Nodes() int { return d.nodes }

// MostChanges returns how many edges Changes yields at most, in O(1).
func (d *Draft[K, N, T]) MostChanges() int { return min(d.writes, d.live.entries+d.entries) }

// Entries returns the number of edges, in O(1).
func (d *Draft[K, N, T]) Entries() int { return d.entries }

// Loops returns the number of edges that join a node to itself.
func (d *Draft[K, N, T]) Loops() int { return d.loops }

// AddLoops changes that number.
func (d *Draft[K, N, T]) AddLoops(n int) { d.loops += n }

// Neighbours returns the kind of the maps in the slots.
func (d *Draft[K, N, T]) Neighbours() *ordered.Kind[N, T] { return d.live.neighbours }

// Of reports whether the draft is one of a side.
func (d *Draft[K, N, T]) Of(side any) bool { return side == any(d.live) }

// Live returns the side under the draft.
func (d *Draft[K, N, T]) Live() *Side[K, N, T] { return d.live }

// Install makes the draft the live state: O(1) where it replaces everything, O(touched) otherwise. The caller keeps
// readers out; the draft is not used again.
func (d *Draft[K, N, T]) Install() {
	s := d.live
	s.loops = d.loops
	if d.base == nil {
		s.become(d.inOrder(), d.entries)
		return
	}
	s.changed()
	for k, slot := range d.touched.All {
		d.install(k, s.Find(k), slot)
	}
	for _, p := range d.fresh {
		d.install(p.key, slotAt[N, T](p.before), slotAt[N, T](p.slot))
	}
	s.entries = d.entries
}

// install gives a node of the live side what it has in the draft. At is its slot there or, if the node was installed already, the one that
// it had then.
func (d *Draft[K, N, T]) install(k K, at, slot *Slot[N, T]) {
	s := d.live
	owner := s.owner.Load()
	shared := slot.owner != d.touched.owner.Load() // by a loop over the draft
	switch {
	case slot.Len() == 0 && at != nil:
		s.Drop(k, at)
	case slot.Len() == 0:
	case at != nil && at.owner == owner && shared:
		at.Map = slot.Share()
	case at != nil && at.owner == owner:
		at.Map = slot.Map
	case shared:
		s.set(k, slot.share(owner))
	default:
		slot.owner = owner
		s.set(k, slot)
	}
}

func (d *Draft[K, N, T]) count(before, after int) {
	d.entries += after - before
	switch {
	case before == 0 && after > 0:
		d.nodes++
	case before > 0 && after == 0:
		d.nodes--
	}
}
