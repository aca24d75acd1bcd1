package engine

import (
	"fmt"
	"math"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// view is a ManyToMany without its types. What a relation does stands here, and not with ManyToMany and Node: the methods of those are
// compiled anew for each type of relation and each direction in each package that mentions it, and so do nothing but
// give keys and values as pointers.
//
// The pointers are hidden ones (see raw.Hide): they are good as long as the call lasts and must not be kept, not even by
// a closure. What is kept is boxed first.
type Relation struct {
	*Decl
	scope
	Left  adjacency.Side
	Right adjacency.Side // left itself if the relation is undirected
	other *Relation      // the same relation, seen from the other side
}

// mustExist panics if a relation or a node was not made by this package.
func (v *Relation) MustExist() {
	if v == nil {
		panic(zeroRelation)
	}
}

const zeroRelation = "junction: zero ManyToMany or Node: make a relation by New, Relate or Open, and a node by its Left or Right"

// opposite returns the relation seen from the other side.
func (v *Relation) Opposite() *Relation {
	v.MustExist()
	return v.other
}

// bound returns what the relation is bound to.
func (v *Relation) Bound() *Decl {
	v.MustExist()
	return v.Decl
}

func newRelation(d *Decl, s scope, left, right adjacency.Side) *Relation {
	pair := new([2]Relation)
	pair[0] = Relation{d, s, left, right, &pair[1]}
	pair[1] = Relation{d, s, right, left, &pair[0]}
	return &pair[0]
}

// must panics on a faulty declaration that its program must mend.
func (v *Relation) Must() *Relation {
	if v.faults != nil {
		panic(v.faults.Error())
	}
	return v
}

// lefts and rights are the keys of both sides, and kind is that of the neighbours of a left node.
func (v *Relation) lefts() *ordered.Keys  { return v.Right.NeighbourOrder().Keys() }
func (v *Relation) rights() *ordered.Keys { return v.Left.NeighbourOrder().Keys() }
func (v *Relation) Kind() *ordered.Order  { return v.Left.NeighbourOrder() }

// isDeclared reports whether the view's left side is the one that was declared as left.
func (v *Relation) isDeclared() bool { return v.recorder.left == v.Left.Base() }

func (v *Relation) Size() int {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.len()
}

func (v *Relation) len() int {
	if v.Undirected {
		return (v.Left.Entries() + v.Left.Loops()) / 2
	}
	return v.Left.Entries()
}

// lookup looks an edge up and returns its value, nil if there is none. It is to be copied before end.
func (v *Relation) Lookup(a0, b0 pointer) pointer {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	if v.plain { // nothing in between can panic, and without a defer a lookup takes a tenth less
		v.G.mu.RLock()
		return v.Left.Get(a, b)
	}
	return v.lookupOther(a, b)
}

func (v *Relation) lookupOther(a, b pointer) (value pointer) {
	v.rlock()
	returns := false
	defer func() {
		if !returns {
			v.runlock()
		}
	}()
	value = v.Left.Get(a, b)
	returns = true
	return value
}

// End ends what Lookup began.
func (v *Relation) End() {
	if v.plain {
		v.G.mu.RUnlock()
	} else {
		v.runlock()
	}
}

func (v *Relation) Has(a, b pointer) bool {
	ok := v.Lookup(a, b) != nil
	v.End()
	return ok
}

func (v *Relation) HasAll(a0, ks0 pointer, n int) bool {
	v.MustExist()
	return v.find(raw.Hide(a0), raw.Hide(ks0), n, false) == n
}

func (v *Relation) HasAny(a0, ks0 pointer, n int) bool {
	v.MustExist()
	return v.find(raw.Hide(a0), raw.Hide(ks0), n, true) < n
}

// find returns the index of the first of n keys that is a neighbour, or that is none; n if there is
// no such key.
func (v *Relation) find(a, ks pointer, n int, neighbour bool) int {
	v.rlock()
	defer v.runlock()
	size := v.rights().Type.Size
	for i := range n {
		if (v.Left.Get(a, raw.At(ks, i, size)) != nil) == neighbour {
			return i
		}
	}
	return n
}

// beginEnd is begin for the first or the last neighbour, and returns its entry.
func (v *Relation) BeginEnd(a0 pointer, last bool) (entry pointer) {
	v.MustExist()
	a := raw.Hide(a0)
	v.rlock()
	returns := false
	defer func() {
		if !returns { // a comparison function of the caller's panicked
			v.runlock()
		}
	}()
	if slot := v.Left.Find(a); slot.Degree() > 0 {
		entry = v.Kind().First(slot.View())
		if last {
			entry = v.Kind().Last(slot.View())
		}
	}
	returns = true
	return entry
}

func (v *Relation) NumNodes() int {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.Left.Nodes()
}

// edges yields the edges of each left node in order, as arrays: of an undirected relation, each edge once.
func (v *Relation) Edges(yield func(a pointer, run ordered.Run) bool) {
	v.MustExist()
	kind := v.Kind()
	for a, slot := range v.Nodes().All {
		emit := func(run ordered.Run) bool { return yield(a, run) }
		if v.Undirected {
			if !kind.Range(slot.View(), &ordered.Bounds{Low: ordered.Bound{Key: a}}, emit) {
				return
			}
			continue
		}
		goOn := true
		for run := range slot.View().Runs {
			if goOn = emit(run); !goOn {
				break
			}
		}
		if !goOn {
			return
		}
	}
}

// nodes returns the nodes of the left side as they are now.
func (v *Relation) Nodes() adjacency.Nodes {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.Left.Freeze()
}

func (v *Relation) In(tx *Tx) *Relation {
	v.MustExist()
	if tx == nil || tx.g != v.G {
		panic(fmt.Sprintf("junction: In of relation %q with a transaction of another graph: declare relations that commit together in one graph, by Relate", v.Name))
	}
	return newRelation(v.Decl, scope{Tx: tx}, draftOf(tx, v.Left.Base(), v.Decl), draftOf(tx, v.Right.Base(), v.Decl))
}

func (v *Relation) At(s *Snapshot) *Relation {
	v.MustExist()
	if s == nil || s.g != v.G {
		panic(fmt.Sprintf("junction: At of relation %q with a snapshot of another graph: take it from the relation's own, by m.Graph().Snapshot()", v.Name))
	}
	return newRelation(v.Decl, scope{snap: s}, frozenOf(s, v.Left.Base()), frozenOf(s, v.Right.Base()))
}

// changes yields what a commit has changed or, if there is none, what a transaction has so far.
func (v *Relation) Changes(in *Commit, yield func(k Kind, a, b, before, after pointer) bool) {
	v.MustExist()
	if in != nil {
		v.changesIn(in, yield)
		return
	}
	v.rlock()
	if v.Tx == nil {
		v.runlock()
		return
	}
	v.Left.(*adjacency.Draft).Changes(v.shown(yield))
}

// shown turns pairs of entries into changes; those of an undirected relation come twice, and it passes one of them.
func (v *Relation) shown(yield func(k Kind, a, b, before, after pointer) bool) func(a, before, after pointer) bool {
	kind := v.Kind()
	return func(a, before, after pointer) bool {
		k, b := Updated, pointer(nil)
		switch {
		case before == nil:
			k, b = Added, kind.KeyOf(after)
		case after == nil:
			k, b = Removed, kind.KeyOf(before)
		default:
			b = kind.KeyOf(after)
		}
		return v.Undirected && v.below(b, a) || yield(k, a, b, before, after)
	}
}

func (v *Relation) Add(a0, b0, through0 pointer) (c Counts, err error) {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	through := raw.Hide(through0)
	if !v.allValid {
		if err := v.checkKeys(a, b); err != nil {
			return c, err
		}
	}
	if v.isStored() {
		return v.writeEdge(a, b, through, v.Same, false)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.put(a, b, through, v.Same, &c)
	return c, nil
}

func (v *Relation) Insert(a0, b0, through0 pointer) error {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	through := raw.Hide(through0)
	if err := v.checkKeys(a, b); err != nil {
		return err
	}
	c, err := v.insertNew(a, b, through)
	if err == nil && c.Added == 0 {
		err = fmt.Errorf("%w: %v and %v in relation %q", ErrExists, v.lefts().Type.Any(a), v.rights().Type.Any(b), v.Name)
	}
	return err
}

func (v *Relation) insertNew(a, b, through pointer) (c Counts, err error) {
	if v.isStored() {
		return v.writeEdge(a, b, through, Keep, false)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.put(a, b, through, Keep, &c)
	return c, nil
}

// keep makes put leave an edge that exists as it is.
func Keep(_, _ pointer) bool { return true }

func (v *Relation) Remove(a0, b0 pointer) (c Counts, err error) {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	if v.isStored() {
		return v.writeEdge(a, b, nil, nil, true)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.delete(a, b, &c)
	return c, nil
}

func (v *Relation) Clear() (Counts, error) {
	v.MustExist()
	return v.write(math.MaxInt, func(v *Relation, c *Counts) {
		if c.Removed = v.len(); c.Removed > 0 {
			v.Left.Clear()
			v.Right.Clear()
		}
	})
}

// put relates a to b on both sides. The caller has the lock.
func (v *Relation) put(a, b, through pointer, same ordered.Same, c *Counts) {
	left, right := adjacency.LocateBoth(v.Left, v.Right, a, b)
	if v.recording() {
		v.notePut(a, b, left, through, same)
	}
	v.putAt(a, b, left, right, through, same, c)
}

// putAt is put at the places where the edge is, or would be.
func (v *Relation) putAt(a, b pointer, left, right adjacency.Place, through pointer, same ordered.Same, c *Counts) {
	switch v.Left.Put(a, left, b, through, same) {
	case ordered.Unchanged:
		return
	case ordered.Added:
		c.Added++
	case ordered.Updated:
		c.Updated++
	}
	if !v.Undirected || !v.isLoop(a, b) {
		v.Right.Put(b, right, a, through, nil)
	} else if !left.Found {
		v.Left.AddLoops(1)
	}
}

// delete takes the edge between a and b away on both sides. The caller has the lock.
func (v *Relation) delete(a, b pointer, c *Counts) {
	left, right := adjacency.LocateBoth(v.Left, v.Right, a, b)
	if v.recording() {
		v.noteDelete(a, b, left)
	}
	v.deleteAt(a, b, left, right, c)
}

// deleteAt is delete at the places where the edge is, or would be.
func (v *Relation) deleteAt(a, b pointer, left, right adjacency.Place, c *Counts) {
	if !left.Found {
		return
	}
	c.Removed++
	v.Left.Delete(a, left)
	if v.Undirected && v.isLoop(a, b) {
		v.Left.AddLoops(-1)
	} else {
		v.Right.Delete(b, right)
	}
}

// isLoop reports whether an edge of an undirected relation joins a node to itself, so that it is stored once.
func (v *Relation) isLoop(a, b pointer) bool {
	return v.Undirected && v.Kind().Compare(a, b) == 0
}

// below reports whether b is below a in an undirected relation, where both are of one type.
func (v *Relation) below(b, a pointer) bool { return v.Kind().Compare(b, a) < 0 }

func (v *Relation) checkKeys(a, b pointer) error {
	if v.allValid {
		return nil
	}
	if err := v.checkKey(v.lefts(), a); err != nil {
		return err
	}
	return v.checkKey(v.rights(), b)
}

func (v *Relation) checkKey(side *ordered.Keys, k pointer) error {
	if side.Valid(k) {
		return nil
	}
	return fmt.Errorf("%w: %v in relation %q", ErrKey, side.Type.Any(k), v.Name)
}

// inPlace is the number of edges up to which a write holds the lock from its first edge to its last. A larger one works in a
// draft, and readers wait for its installation only.
const inPlace = 64

// write runs a change of about so many edges as one commit, or as part of the transaction that the relation is bound to.
// The change cannot fail. It has no hidden pointers: it may be kept, and run by another goroutine.
func (v *Relation) write(edges int, change func(v *Relation, c *Counts)) (c Counts, err error) {
	switch {
	case edges > inPlace && v.isLive() && v.faults == nil:
		return v.autoUpdate(func(v *Relation) (c Counts, err error) {
			change(v, &c)
			return c, nil
		})
	case v.isStored():
		return v.share(change)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	change(v, &c)
	return c, nil
}

// autoUpdate runs a write of a live relation in a transaction of its own.
func (v *Relation) autoUpdate(write func(v *Relation) (Counts, error)) (c Counts, err error) {
	err = v.G.autoUpdate(func(tx *Tx) error {
		c, err = write(v.In(tx))
		return err
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// share runs a write of a live relation in a commit that is appended to the store together with those of others.
func (v *Relation) share(change func(v *Relation, c *Counts)) (c Counts, err error) {
	err = v.G.share(func(tx *Tx) error {
		c = Counts{}
		change(v.In(tx), &c)
		return nil
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// What follows is what a node does, whose key is a.

func (v *Relation) Count(a pointer) int {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.Left.Find(raw.Hide(a)).Degree()
}

// freeze returns the neighbours as they are now, for a loop without a lock.
func (v *Relation) Freeze(a pointer) ordered.View {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.frozen(raw.Hide(a))
}

// frozen is freeze for whoever has the lock.
func (v *Relation) frozen(a pointer) ordered.View {
	slot := v.Left.Find(a)
	if slot == nil {
		return ordered.View{}
	}
	return slot.Freeze()
}

// liveCount is the degree of a live node; bound to a transaction or snapshot, nobody needs it.
func (v *Relation) liveCount(a pointer) int {
	if !v.isLive() {
		return 0
	}
	return v.Count(a)
}

// given returns entries of some keys, which all have one value: nil for the zero value.
func (v *Relation) Given(ks0 pointer, n int, through0 pointer) (r ordered.Run) {
	v.MustExist()
	ks, through := raw.Hide(ks0), raw.Hide(through0)
	kind := v.Kind()
	if through == nil {
		through = kind.Value().New()
	}
	size := v.rights().Type.Size
	for i := range n {
		r = kind.Append(r, raw.At(ks, i, size), through)
	}
	return r
}

// sort checks the keys of entries, sorts them, and keeps of each key the last.
func (v *Relation) sort(a pointer, entries ordered.Run) (ordered.Run, error) {
	kind := v.Kind()
	for i := range entries.Len {
		if v.allValid {
			break
		}
		if err := v.checkKeys(a, kind.KeyAt(entries, i)); err != nil {
			return entries, err
		}
	}
	return kind.Sort(entries), nil
}

// putNode relates a node to all entries, of which the last of a key wins; same says which existing edge needs no update.
func (v *Relation) PutNode(a0 pointer, entries ordered.Run, same ordered.Same) (Counts, error) {
	v.MustExist()
	a := raw.Hide(a0)
	sorted, err := v.sort(a, entries)
	if err != nil {
		return Counts{}, err
	}
	key := v.lefts().Type.Box(a)
	return v.write(sorted.Len, func(v *Relation, c *Counts) {
		kind := v.Kind()
		for i := range sorted.Len {
			v.put(key, kind.KeyAt(sorted, i), kind.At(sorted, i), same, c)
		}
	})
}

// setNode is putNode, and removes all other edges.
func (v *Relation) SetNode(a0 pointer, entries ordered.Run, same ordered.Same) (Counts, error) {
	v.MustExist()
	a := raw.Hide(a0)
	sorted, err := v.sort(a, entries)
	if err != nil {
		return Counts{}, err
	}
	key := v.lefts().Type.Box(a)
	return v.write(max(sorted.Len, v.liveCount(key)), func(v *Relation, c *Counts) {
		kind := v.Kind()
		kind.Diff(v.frozen(key), ordered.ViewOf(sorted), same, func(before, after pointer) bool {
			if after == nil {
				v.delete(key, kind.KeyOf(before), c)
			} else {
				v.put(key, kind.KeyOf(after), after, nil, c)
			}
			return true
		})
	})
}

// modify asks decide for each key, with the old value or nil and where to write the new one, and does what it says. Neither the node's key
// nor the others are hidden, and they may be sorted in place.
func (v *Relation) Modify(a, ks pointer, n int, decide func(k, old, now pointer) bool) (c Counts, err error) {
	v.MustExist()
	keys := v.rights()
	size := keys.Type.Size
	for i := range n {
		if err := v.checkKeys(a, raw.At(ks, i, size)); err != nil {
			return c, err
		}
	}
	if v.isLive() && v.faults == nil {
		return v.autoUpdate(func(v *Relation) (Counts, error) { return v.Modify(a, ks, n, decide) })
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	n = keys.SortKeys(ks, n)
	through := v.Kind().Value()
	values := raw.List{Of: through}
	values.Room(n)
	related := make([]bool, n)
	for i := range n {
		k := raw.At(ks, i, size)
		old := v.Lookup(a, k)
		v.End()
		if old != nil {
			old = through.Box(old)
		}
		related[i] = decide(k, old, values.At(i))
		if v.Tx.done { // by decide
			return c, ErrTxDone
		}
	}
	for i := range n {
		if k := raw.At(ks, i, size); related[i] {
			v.put(a, k, values.At(i), v.Same, &c)
		} else {
			v.delete(a, k, &c)
		}
	}
	return c, nil
}

func (v *Relation) RemoveKeys(a0, ks0 pointer, n int) (Counts, error) {
	v.MustExist()
	a, ks := raw.Hide(a0), raw.Hide(ks0)
	if n <= inPlace && !v.isStored() { // nothing has to be kept
		return v.removeNow(a, ks, n)
	}
	key, others := v.lefts().Type.Box(a), v.rights().Type.BoxAll(ks, n)
	return v.write(n, func(v *Relation, c *Counts) { v.deleteAll(key, others, n, c) })
}

func (v *Relation) removeNow(a, ks pointer, n int) (c Counts, err error) {
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.deleteAll(a, ks, n, &c)
	return c, nil
}

func (v *Relation) deleteAll(a, ks pointer, n int, c *Counts) {
	size := v.rights().Type.Size
	for i := range n {
		v.delete(a, raw.At(ks, i, size), c)
	}
}

func (v *Relation) ClearNode(key pointer) (Counts, error) {
	v.MustExist()
	a := v.lefts().Type.Box(raw.Hide(key))
	return v.write(v.liveCount(a), func(v *Relation, c *Counts) {
		now := v.frozen(a)
		if now.Len() == 0 {
			return
		}
		c.Removed += now.Len()
		kind := v.Kind()
		kind.All(now, func(e pointer) bool {
			k := kind.KeyOf(e)
			if v.recording() {
				v.noteDelete(a, k, adjacency.Locate(v.Left, a, k))
			}
			if v.isLoop(a, k) {
				v.Left.AddLoops(-1)
			} else {
				v.Right.Delete(k, adjacency.Locate(v.Right, k, a))
			}
			return true
		})
		v.Left.Drop(a, v.Left.Find(a))
	})
}
