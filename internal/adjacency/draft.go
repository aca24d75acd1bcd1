package adjacency

import (
	"slices"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Draft is a side as a transaction has changed it: private copies of the slots that it touched,
// over a live side that stands still for as long as the draft is written. Dropping the draft undoes
// everything; Install makes it true.
//
// What holds at all times:
//   - a slot in touched stands for its node; an empty one says that the node is gone
//   - without a base, touched holds no empty slot: it is the whole side
//   - the nodes in fresh, each of them once, are not yet in the order of touched, or there with
//     another slot; they are in its index unless unindexed says that none of them is
type Draft struct {
	same      ordered.Same
	reflexive bool
	written   *Live // unless reflexive: the edges that were written, since their values do not tell
	live      *Live
	base      *Live // live, or nil if nothing of it is left or it was empty
	touched   *Live
	fresh     []patch
	unindexed bool
	nodes     int
	entries   int
	loops     int
	writes    int // edges that were put or taken away, each time
}

// patch is what becomes of a node: the slot that it has in the draft in place of the live side's.
type patch struct {
	key    Pointer // which the draft owns
	before *Slot   // the node's slot in the live side, or in touched if its order has the node; or nil
	slot   *Slot
}

// NewDraft returns a draft without changes. By same it tells in the end which edges have another
// value; reflexive says whether every value is the same as itself, so that this tells it all.
// Written is the kind of sets of neighbours, nil if reflexive.
func NewDraft(live *Live, same ordered.Same, reflexive bool, written *ordered.Order) *Draft {
	d := NoDraft(live)
	d.same, d.reflexive = same, reflexive || live.entries == 0 // an empty side has no values to replace
	d.nodes, d.entries, d.loops = live.Nodes(), live.entries, live.loops
	if d.nodes > 0 {
		d.base = live
	}
	if !d.reflexive {
		d.written = New(live.keys, written, ordered.DefaultLimits)
	}
	return d
}

// NoDraft returns a draft that is empty and will not be installed, without a look at the live side.
func NoDraft(live *Live) *Draft {
	return &Draft{live: live, reflexive: true, touched: live.sibling()}
}

// Find returns the slot of a node, nil or empty if there is no such node.
func (d *Draft) Find(k Pointer) *Slot {
	if d.unindexed {
		d.enterFresh()
	}
	if slot := d.touched.Find(k); slot != nil || d.base == nil {
		return slot
	}
	return d.base.Find(k)
}

// Get returns the through value of k and n.
func (d *Draft) Get(k, n Pointer) Pointer { return get(d.live.neighbours, d.Find(k), n) }

// Put relates k to n.
func (d *Draft) Put(k Pointer, p Place, n, through Pointer, same ordered.Same) ordered.Outcome {
	if p.isSame(d.live.neighbours, through, same) {
		return ordered.Unchanged
	}
	before := p.Slot.Degree()
	slot := d.own(k, p.Slot)
	outcome := p.write(d.live.neighbours, slot, n, through)
	d.count(before, slot.Len())
	d.writes++
	d.wrote(k, n)
	return outcome
}

// Merge adds the edges of a standalone side.
func (d *Draft) Merge(o *Live, same ordered.Same) (added, updated int) {
	d.wroteAll(o)
	if d.isBlank() {
		d.touched.become(o, o.entries)
		d.nodes, d.entries = o.Nodes(), o.entries
		added = o.entries
	} else {
		m := merger{kind: d.live.neighbours, same: same}
		d.apply(o, &m)
		added, updated = m.added, m.updated
	}
	d.writes += added + updated
	return added, updated
}

// isBlank reports whether the draft is empty and need not remember how keys are written: with a
// comparison function, a node that is removed and added again keeps its first key.
func (d *Draft) isBlank() bool {
	return d.nodes == 0 && d.base == nil && (d.live.index.exists() || d.live.Nodes() == 0)
}

// Subtract removes the edges of a standalone side that exist, whatever their values.
func (d *Draft) Subtract(o *Live) (removed int) {
	m := merger{kind: d.live.neighbours, subtract: true}
	d.apply(o, &m)
	d.writes += m.removed
	return m.removed
}

// apply merges the nodes of a standalone side into the draft, or subtracts them. If the draft has
// touched nothing yet, its nodes are put into its index only when it is asked for one: most drafts
// never are.
func (d *Draft) apply(o *Live, m *merger) {
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
func (d *Draft) borrow(slot *Slot) ordered.Map {
	switch {
	case slot == nil:
		return ordered.Map{}
	case slot.owner == d.touched.owner.Load():
		return slot.Map
	default:
		return slot.Borrow()
	}
}

// replace sets the neighbours of a node, which had before of them. It may keep the pointer k.
func (d *Draft) replace(k Pointer, slot *Slot, before int, neighbours ordered.Map) {
	d.touched.changed()
	d.count(before, neighbours.Len())
	if owner := d.touched.owner.Load(); slot != nil && slot.owner == owner {
		slot.Map = neighbours
	} else {
		d.touch(d.CanonicalKey(k), true, slot, &Slot{neighbours, owner})
	}
	if neighbours.Len() == 0 {
		d.forget(k)
	}
}

// CanonicalKey returns the key of a node as the live side has it, even if the draft has taken the
// node away, or else as the draft has.
func (d *Draft) CanonicalKey(k Pointer) Pointer {
	if !d.live.index.exists() && d.live.Find(k) == nil {
		return d.touched.CanonicalKey(k)
	}
	return d.live.CanonicalKey(k)
}

// own returns a slot of a node that may be changed. A node that comes back is named as it was.
func (d *Draft) own(k Pointer, slot *Slot) *Slot {
	d.touched.changed()
	if owner := d.touched.owner.Load(); slot == nil || slot.owner != owner {
		own := slot.share(owner)
		d.touch(d.CanonicalKey(k), false, slot, own)
		return own
	}
	return slot
}

// touch gives a node a slot in place of the one that it has. Where there is a hash it does not look
// for the place in the order: most drafts are put in order once, when they are done, which takes a
// third of the time. Kept says that the key is on the heap and never changes.
func (d *Draft) touch(k Pointer, kept bool, before, slot *Slot) {
	if !d.touched.index.exists() {
		d.touched.set(k, slot)
		return
	}
	if !d.unindexed {
		d.touched.index.put(k, slot)
	}
	if !kept {
		k = d.live.keys.Type.Box(k)
	}
	if len(d.fresh) == cap(d.fresh) {
		d.fresh = doubled(d.fresh)
	}
	d.fresh = append(d.fresh, patch{k, before, slot})
}

// enterFresh puts the nodes in fresh into the index.
func (d *Draft) enterFresh() {
	d.touched.index = newIndex(d.touched.keys, len(d.fresh))
	for _, p := range d.fresh {
		d.touched.index.put(p.key, p.slot)
	}
	d.unindexed = false
}

// listed reports whether fresh has all nodes that were touched, and what they were.
func (d *Draft) listed() bool {
	return d.base != nil && d.touched.index.exists() && d.touched.Nodes() == 0
}

// sortFresh sorts fresh by key.
func (d *Draft) sortFresh() {
	byKey := func(x, y patch) int { return d.live.keys.Compare(x.key, y.key) }
	if !slices.IsSortedFunc(d.fresh, byKey) {
		slices.SortFunc(d.fresh, byKey)
	}
}

// inOrder returns touched with its order complete.
func (d *Draft) inOrder() *Live {
	if len(d.fresh) == 0 {
		return d.touched
	}
	if d.unindexed {
		d.enterFresh()
	}
	d.sortFresh()
	var entries ordered.Run
	for _, p := range d.fresh {
		entries = d.live.nodes.Append(entries, p.key, raw.Hide(Pointer(&p.slot)))
	}
	d.live.nodes.Merge(&d.touched.order, entries, nil, ordered.Run{})
	d.fresh = nil
	return d.touched
}

// Delete takes the edge at a place away.
func (d *Draft) Delete(k Pointer, p Place) {
	if p.Slot.Len() == 1 {
		d.Drop(k, p.Slot)
		return
	}
	d.live.neighbours.Remove(&d.own(k, p.Slot).Map, p.Place)
	d.entries--
	d.writes++
}

// Drop takes a node with all its edges away.
func (d *Draft) Drop(k Pointer, slot *Slot) {
	d.count(slot.Degree(), 0)
	d.writes += slot.Degree()
	d.own(k, slot).Map = ordered.Map{}
	d.forget(k)
}

// forget lets go of a node whose slot is empty, unless that hides one of the base.
func (d *Draft) forget(k Pointer) {
	if d.base == nil || d.base.Find(k) == nil {
		d.inOrder().Drop(k, nil)
	}
}

// Clear takes everything away.
func (d *Draft) Clear() {
	d.writes += d.entries
	d.base, d.nodes, d.entries, d.loops = nil, 0, 0, 0
	d.fresh, d.unindexed = nil, false
	d.touched.Clear()
}

// Freeze returns the draft as it is now.
func (d *Draft) Freeze() Nodes {
	n := Nodes{kind: d.live.nodes, touched: d.inOrder().Frozen().order.View()}
	if d.base != nil {
		n.base = d.base.Frozen().order.View()
	}
	return n
}

// Changes yields what the draft changes, net, by node and neighbour, with pointers to the entries
// before and after: nil where there is none. It shows the draft as it is when the loop begins,
// whatever the loop does.
func (d *Draft) Changes(yield func(k, before, after Pointer) bool) {
	var written pairs
	if !d.reflexive {
		written = d.written.Frozen()
	}
	d.changes(d.live.Frozen(), d.inOrder().Frozen(), written, yield)
}

// ChangesNow is Changes for a loop during which nobody writes: it freezes nothing, so that nothing
// has to be copied afterwards.
func (d *Draft) ChangesNow(yield func(k, before, after Pointer) bool) {
	if !d.listed() {
		d.changes(d.live, d.inOrder(), d.written, yield)
		return
	}
	d.sortFresh()
	for _, p := range d.fresh {
		if !d.diff(p.key, p.before, p.slot, d.written, yield) {
			return
		}
	}
}

// content is a side, live or frozen.
type content interface {
	Find(Pointer) *Slot
	slots() ordered.View
}

func (s *Live) slots() ordered.View   { return s.order.View() }
func (f *Frozen) slots() ordered.View { return f.order.View() }

func (d *Draft) changes(before, after content, written pairs, yield func(k, before, after Pointer) bool) {
	nodes := Nodes{kind: d.live.nodes, base: after.slots()}
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

// Changed reports whether the draft differs from the live side. It takes O(1) where the first node
// that was touched is changed, and looks at all of them only where everything was undone.
func (d *Draft) Changed() bool {
	if d.writes == 0 {
		return false
	}
	if d.nodes != d.live.Nodes() || d.entries != d.live.entries {
		return true
	}
	changed := false
	d.ChangesNow(func(_, _, _ Pointer) bool {
		changed = true
		return false
	})
	return changed
}

// diff yields what became of the edges of one node, and reports whether yield wanted it all.
func (d *Draft) diff(k Pointer, before, after *Slot, written pairs, yield func(k, before, after Pointer) bool) (goOn bool) {
	goOn = true
	d.live.neighbours.Diff(before.view(), after.view(), d.same, func(x, y Pointer) bool {
		if x != nil && y != nil && !d.reflexive {
			if written.Get(k, d.live.neighbours.KeyOf(y)) == nil {
				return true
			}
		}
		goOn = yield(k, x, y)
		return goOn
	})
	return goOn
}

// pairs is a set of pairs: a side, live or frozen, without through values.
type pairs interface {
	Get(k, n Pointer) Pointer
}

// wrote notes that an edge was written.
func (d *Draft) wrote(k, n Pointer) {
	if !d.reflexive {
		p := Locate(d.written, k, n)
		d.written.Put(k, p, n, n, nil)
	}
}

// wroteAll notes that the edges of a side were written.
func (d *Draft) wroteAll(o *Live) {
	if d.reflexive {
		return
	}
	b := d.written.Builder()
	kind := d.written.neighbours
	var batch ordered.Run
	for k, slot := range o.All {
		batch.Len = 0
		for run := range slot.View().Runs {
			for i := range run.Len {
				n := o.neighbours.KeyAt(run, i)
				batch = kind.Append(batch, n, n)
			}
		}
		b.AddNode(k, batch)
	}
	d.written.Merge(b.Side(), nil)
}

// Nodes returns the number of nodes, in O(1).
func (d *Draft) Nodes() int { return d.nodes }

// MostChanges returns how many edges Changes yields at most, in O(1).
func (d *Draft) MostChanges() int { return min(d.writes, d.live.entries+d.entries) }

// Entries returns the number of edges, in O(1).
func (d *Draft) Entries() int { return d.entries }

// Loops returns the number of edges that join a node to itself.
func (d *Draft) Loops() int { return d.loops }

// AddLoops changes that number.
func (d *Draft) AddLoops(n int) { d.loops += n }

// NeighbourOrder returns the kind of the maps in the slots.
func (d *Draft) NeighbourOrder() *ordered.Order { return d.live.neighbours }

// IsFor reports whether the draft is over this side.
func (d *Draft) IsFor(side any) bool { return side == any(d.live) }

// Base returns the side under the draft.
func (d *Draft) Base() *Live { return d.live }

// Install makes the draft the live state: O(1) where it replaces everything, O(touched) otherwise.
// The caller keeps readers out; the draft is not used again.
func (d *Draft) Install() {
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
		d.install(p.key, p.before, p.slot)
	}
	s.entries = d.entries
}

// install gives a node of the live side what it has in the draft. At is its slot there or, if the
// node was installed already, the one that it had then.
func (d *Draft) install(k Pointer, at, slot *Slot) {
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

func (d *Draft) count(before, after int) {
	d.entries += after - before
	switch {
	case before == 0 && after > 0:
		d.nodes++
	case before > 0 && after == 0:
		d.nodes--
	}
}
