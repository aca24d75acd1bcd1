package junction

import (
	"errors"
	"fmt"
	"math"
	"slices"

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
type view struct {
	rel   *binding
	left  adjacency.State
	right adjacency.State // left itself if the relation is undirected
	other *view           // the same relation, seen from the other side
}

// mustExist panics if a relation or a node was not made by this package.
func (v *view) mustExist() {
	if v == nil {
		panic(zeroRelation)
	}
}

const zeroRelation = "junction: zero ManyToMany or Node: make a relation by New, Relate or Open, and a node by its Left or Right"

// opposite returns the relation seen from the other side.
func (v *view) opposite() *view {
	v.mustExist()
	return v.other
}

// bound returns what the relation is bound to.
func (v *view) bound() *binding {
	v.mustExist()
	return v.rel
}

func newView(b *binding, left, right adjacency.State) *view {
	pair := new([2]view)
	pair[0] = view{b, left, right, &pair[1]}
	pair[1] = view{b, right, left, &pair[0]}
	return &pair[0]
}

func declare(g *Graph, name string, rules []Rule, lefts, rights *ordered.Keys, t types, undirected bool, faults ...error) *view {
	g.mustExist()
	l := g.opts.limits
	left := adjacency.New(lefts, ordered.NewKind(rights, t.through, t.right, l), l)
	right := left
	if !undirected {
		right = adjacency.New(rights, ordered.NewKind(lefts, t.through, t.left, l), l)
	}
	b := &binding{g: g, name: name, undirected: undirected}
	b.types = [3]*raw.Type{lefts.Type, rights.Type, t.through}
	b.sets = [2]*ordered.Kind{ordered.OfKeys(rights, ordered.DefaultLimits), ordered.OfKeys(lefts, ordered.DefaultLimits)}
	b.rows = t.rows
	b.same, b.reflexive = sameByType(t.through, t.equal)
	b.plain = lefts.IsNatural() && rights.IsNatural()
	b.pure = b.plain
	for _, rule := range rules {
		if rule == nil {
			faults = append(faults, errors.New("nil Rule"))
			continue
		}
		faults = append(faults, rule.apply(b))
	}
	v := newView(b, left, right)
	b.allValid = lefts.AllValid() && rights.AllValid()
	r := &relation{v: v}
	b.journal = &journal{g: g, left: left, of: r}
	if g.opts.Store != nil {
		codec, err := newEdgeCodec(b, g.opts.Store.Form())
		r.codec, faults = codec, append(faults, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	faults = append(faults, g.mayDeclare(name))
	if fault := errors.Join(faults...); fault != nil {
		b.faults = faulty(name, fault)
	}
	g.relations = append(g.relations, r)
	return v
}

// mayDeclare returns what speaks against another relation of a name. The caller has the lock.
func (g *Graph) mayDeclare(name string) error {
	switch {
	case slices.ContainsFunc(g.relations, func(d *relation) bool { return d.label() == name }):
		return errors.New("a relation of this name is declared already")
	case g.opts.Store == nil:
		return nil
	case g.loading || g.writeErr != ErrNotOpen:
		return errors.New("a graph with a store takes no more relations after Open")
	}
	return needsName(name)
}

// needsName returns what speaks against a relation of a name in a store.
func needsName(name string) error {
	if name == "" {
		return errors.New("a relation that a store keeps needs a name")
	}
	return nil
}

func faulty(name string, fault error) error {
	return fmt.Errorf("%w of relation %q: %w", ErrDeclaration, name, fault)
}

var errNilComparison = errors.New("nil comparison function")

// must panics on a faulty declaration that its program must mend.
func (v *view) must() *view {
	if v.rel.faults != nil {
		panic(v.rel.faults.Error())
	}
	return v
}

// lefts and rights are the keys of both sides, and kind is that of the neighbours of a left node.
func (v *view) lefts() *ordered.Keys  { return v.right.Neighbours().Keys() }
func (v *view) rights() *ordered.Keys { return v.left.Neighbours().Keys() }
func (v *view) kind() *ordered.Kind   { return v.left.Neighbours() }

// isDeclared reports whether the view's left side is the one that was declared as left.
func (v *view) isDeclared() bool { return v.rel.journal.left == v.left.Live() }

func (v *view) size() int {
	v.mustExist()
	v.rel.rlock()
	defer v.rel.runlock()
	return v.len()
}

func (v *view) len() int {
	if v.rel.undirected {
		return (v.left.Entries() + v.left.Loops()) / 2
	}
	return v.left.Entries()
}

// begin looks an edge up and returns its value, nil if there is none. It is to be copied before end.
func (v *view) begin(a0, b0 pointer) pointer {
	v.mustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	if v.rel.plain { // nothing in between can panic, and without a defer a lookup takes a tenth less
		v.rel.g.mu.RLock()
		return v.left.Get(a, b)
	}
	return v.beginOther(a, b)
}

func (v *view) beginOther(a, b pointer) (value pointer) {
	v.rel.rlock()
	returns := false
	defer func() {
		if !returns {
			v.rel.runlock()
		}
	}()
	value = v.left.Get(a, b)
	returns = true
	return value
}

func (b *binding) end() {
	if b.plain {
		b.g.mu.RUnlock()
	} else {
		b.runlock()
	}
}

func (v *view) has(a, b pointer) bool {
	ok := v.begin(a, b) != nil
	v.rel.end()
	return ok
}

func (v *view) hasAll(a0, ks0 pointer, n int) bool {
	v.mustExist()
	return v.find(raw.Hide(a0), raw.Hide(ks0), n, false) == n
}

func (v *view) hasAny(a0, ks0 pointer, n int) bool {
	v.mustExist()
	return v.find(raw.Hide(a0), raw.Hide(ks0), n, true) < n
}

// find returns the index of the first of n keys that is a neighbour, or that is none; n if there is
// no such key.
func (v *view) find(a, ks pointer, n int, neighbour bool) int {
	v.rel.rlock()
	defer v.rel.runlock()
	size := v.rights().Type.Size
	for i := range n {
		if (v.left.Get(a, raw.At(ks, i, size)) != nil) == neighbour {
			return i
		}
	}
	return n
}

// beginEnd is begin for the first or the last neighbour, and returns its entry.
func (v *view) beginEnd(a0 pointer, last bool) (entry pointer) {
	v.mustExist()
	a := raw.Hide(a0)
	v.rel.rlock()
	returns := false
	defer func() {
		if !returns { // a comparison function of the caller's panicked
			v.rel.runlock()
		}
	}()
	if slot := v.left.Find(a); slot.Degree() > 0 {
		entry = v.kind().First(slot.View())
		if last {
			entry = v.kind().Last(slot.View())
		}
	}
	returns = true
	return entry
}

func (v *view) numNodes() int {
	v.mustExist()
	v.rel.rlock()
	defer v.rel.runlock()
	return v.left.Nodes()
}

// edges yields the edges of each left node in order, as arrays: of an undirected relation, each edge once.
func (v *view) edges(yield func(a pointer, run ordered.Run) bool) {
	v.mustExist()
	kind := v.kind()
	for a, slot := range v.nodes().All {
		emit := func(run ordered.Run) bool { return yield(a, run) }
		if v.rel.undirected {
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
func (v *view) nodes() adjacency.Nodes {
	v.mustExist()
	v.rel.rlock()
	defer v.rel.runlock()
	return v.left.Freeze()
}

func (v *view) in(tx *Tx) *view {
	v.mustExist()
	if tx == nil || tx.g != v.rel.g {
		panic(fmt.Sprintf("junction: In of relation %q with a transaction of another graph: declare relations that commit together in one graph, by Relate", v.rel.name))
	}
	b := *v.rel
	b.tx, b.snap, b.plain = tx, nil, false
	return newView(&b, draftOf(tx, v.left.Live(), v.rel), draftOf(tx, v.right.Live(), v.rel))
}

func (v *view) at(s *Snapshot) *view {
	v.mustExist()
	if s == nil || s.g != v.rel.g {
		panic(fmt.Sprintf("junction: At of relation %q with a snapshot of another graph: take it from the relation's own, by m.Graph().Snapshot()", v.rel.name))
	}
	b := *v.rel
	b.tx, b.snap, b.plain = nil, s, false
	return newView(&b, frozenOf(s, v.left.Live()), frozenOf(s, v.right.Live()))
}

// changes yields what a commit has changed or, if there is none, what a transaction has so far.
func (v *view) changes(in *Commit, yield func(k Kind, a, b, before, after pointer) bool) {
	v.mustExist()
	if in != nil {
		v.changesIn(in, yield)
		return
	}
	v.rel.rlock()
	if v.rel.tx == nil {
		v.rel.runlock()
		return
	}
	v.left.(*adjacency.Draft).Changes(v.shown(yield))
}

// shown turns pairs of entries into changes; those of an undirected relation come twice, and it passes one of them.
func (v *view) shown(yield func(k Kind, a, b, before, after pointer) bool) func(a, before, after pointer) bool {
	kind := v.kind()
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
		return v.rel.undirected && v.below(b, a) || yield(k, a, b, before, after)
	}
}

func (v *view) add(a0, b0, through0 pointer) (c Counts, err error) {
	v.mustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	through := raw.Hide(through0)
	if !v.rel.allValid {
		if err := v.checkKeys(a, b); err != nil {
			return c, err
		}
	}
	if v.rel.isStored() {
		return v.writeEdge(a, b, through, v.rel.same, false)
	}
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	defer v.rel.unlock(&c)
	v.put(a, b, through, v.rel.same, &c)
	return c, nil
}

func (v *view) insert(a0, b0, through0 pointer) error {
	v.mustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	through := raw.Hide(through0)
	if err := v.checkKeys(a, b); err != nil {
		return err
	}
	c, err := v.insertNew(a, b, through)
	if err == nil && c.Added == 0 {
		err = fmt.Errorf("%w: %v and %v in relation %q", ErrExists, v.lefts().Type.Any(a), v.rights().Type.Any(b), v.rel.name)
	}
	return err
}

func (v *view) insertNew(a, b, through pointer) (c Counts, err error) {
	if v.rel.isStored() {
		return v.writeEdge(a, b, through, keep, false)
	}
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	defer v.rel.unlock(&c)
	v.put(a, b, through, keep, &c)
	return c, nil
}

// keep makes put leave an edge that exists as it is.
func keep(_, _ pointer) bool { return true }

func (v *view) remove(a0, b0 pointer) (c Counts, err error) {
	v.mustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	if v.rel.isStored() {
		return v.writeEdge(a, b, nil, nil, true)
	}
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	defer v.rel.unlock(&c)
	v.delete(a, b, &c)
	return c, nil
}

func (v *view) clear() (Counts, error) {
	v.mustExist()
	return v.write(math.MaxInt, func(v *view, c *Counts) {
		if c.Removed = v.len(); c.Removed > 0 {
			v.left.Clear()
			v.right.Clear()
		}
	})
}

// put relates a to b on both sides. The caller has the lock.
func (v *view) put(a, b, through pointer, same ordered.Same, c *Counts) {
	left, right := adjacency.LocateBoth(v.left, v.right, a, b)
	if v.rel.recording() {
		v.notePut(a, b, left, through, same)
	}
	v.putAt(a, b, left, right, through, same, c)
}

// putAt is put at the places where the edge is, or would be.
func (v *view) putAt(a, b pointer, left, right adjacency.Place, through pointer, same ordered.Same, c *Counts) {
	switch v.left.Put(a, left, b, through, same) {
	case ordered.Same_:
		return
	case ordered.Added:
		c.Added++
	case ordered.Updated:
		c.Updated++
	}
	if !v.rel.undirected || !v.isLoop(a, b) {
		v.right.Put(b, right, a, through, nil)
	} else if !left.Found {
		v.left.AddLoops(1)
	}
}

// delete takes the edge between a and b away on both sides. The caller has the lock.
func (v *view) delete(a, b pointer, c *Counts) {
	left, right := adjacency.LocateBoth(v.left, v.right, a, b)
	if v.rel.recording() {
		v.noteDelete(a, b, left)
	}
	v.deleteAt(a, b, left, right, c)
}

// deleteAt is delete at the places where the edge is, or would be.
func (v *view) deleteAt(a, b pointer, left, right adjacency.Place, c *Counts) {
	if !left.Found {
		return
	}
	c.Removed++
	v.left.Delete(a, left)
	if v.rel.undirected && v.isLoop(a, b) {
		v.left.AddLoops(-1)
	} else {
		v.right.Delete(b, right)
	}
}

// isLoop reports whether an edge of an undirected relation joins a node to itself, so that it is stored once.
func (v *view) isLoop(a, b pointer) bool {
	return v.rel.undirected && v.kind().Compare(a, b) == 0
}

// below reports whether b is below a in an undirected relation, where both are of one type.
func (v *view) below(b, a pointer) bool { return v.kind().Compare(b, a) < 0 }

func (v *view) checkKeys(a, b pointer) error {
	if v.rel.allValid {
		return nil
	}
	if err := v.checkKey(v.lefts(), a); err != nil {
		return err
	}
	return v.checkKey(v.rights(), b)
}

func (v *view) checkKey(side *ordered.Keys, k pointer) error {
	if side.Valid(k) {
		return nil
	}
	return fmt.Errorf("%w: %v in relation %q", ErrKey, side.Type.Any(k), v.rel.name)
}

// inPlace is the number of edges up to which a write holds the lock from its first edge to its last. A larger one works in a
// draft, and readers wait for its installation only.
const inPlace = 64

// write runs a change of about so many edges as one commit, or as part of the transaction that the relation is bound to.
// The change cannot fail. It has no hidden pointers: it may be kept, and run by another goroutine.
func (v *view) write(edges int, change func(v *view, c *Counts)) (c Counts, err error) {
	switch {
	case edges > inPlace && v.rel.isLive() && v.rel.faults == nil:
		return v.autoUpdate(func(v *view) (c Counts, err error) {
			change(v, &c)
			return c, nil
		})
	case v.rel.isStored():
		return v.share(change)
	}
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	defer v.rel.unlock(&c)
	change(v, &c)
	return c, nil
}

// autoUpdate runs a write of a live relation in a transaction of its own.
func (v *view) autoUpdate(write func(v *view) (Counts, error)) (c Counts, err error) {
	err = v.rel.g.autoUpdate(func(tx *Tx) error {
		c, err = write(v.in(tx))
		return err
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// share runs a write of a live relation in a commit that is appended to the store together with those of others.
func (v *view) share(change func(v *view, c *Counts)) (c Counts, err error) {
	err = v.rel.g.share(func(tx *Tx) error {
		c = Counts{}
		change(v.in(tx), &c)
		return nil
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// What follows is what a node does, whose key is a.

func (v *view) count(a pointer) int {
	v.mustExist()
	v.rel.rlock()
	defer v.rel.runlock()
	return v.left.Find(raw.Hide(a)).Degree()
}

// freeze returns the neighbours as they are now, for a loop without a lock.
func (v *view) freeze(a pointer) ordered.View {
	v.mustExist()
	v.rel.rlock()
	defer v.rel.runlock()
	return v.frozen(raw.Hide(a))
}

// frozen is freeze for whoever has the lock.
func (v *view) frozen(a pointer) ordered.View {
	slot := v.left.Find(a)
	if slot == nil {
		return ordered.View{}
	}
	return slot.Freeze()
}

// liveCount is the degree of a live node; bound to a transaction or snapshot, nobody needs it.
func (v *view) liveCount(a pointer) int {
	if !v.rel.isLive() {
		return 0
	}
	return v.count(a)
}

// given returns entries of some keys, which all have one value: nil for the zero value.
func (v *view) given(ks0 pointer, n int, through0 pointer) (r ordered.Run) {
	v.mustExist()
	ks, through := raw.Hide(ks0), raw.Hide(through0)
	kind := v.kind()
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
func (v *view) sort(a pointer, entries ordered.Run) (ordered.Run, error) {
	kind := v.kind()
	for i := range entries.Len {
		if v.rel.allValid {
			break
		}
		if err := v.checkKeys(a, kind.KeyAt(entries, i)); err != nil {
			return entries, err
		}
	}
	return kind.Sort(entries), nil
}

// putNode relates a node to all entries, of which the last of a key wins; same says which existing edge needs no update.
func (v *view) putNode(a0 pointer, entries ordered.Run, same ordered.Same) (Counts, error) {
	v.mustExist()
	a := raw.Hide(a0)
	sorted, err := v.sort(a, entries)
	if err != nil {
		return Counts{}, err
	}
	key := v.lefts().Type.Box(a)
	return v.write(sorted.Len, func(v *view, c *Counts) {
		kind := v.kind()
		for i := range sorted.Len {
			v.put(key, kind.KeyAt(sorted, i), kind.At(sorted, i), same, c)
		}
	})
}

// setNode is putNode, and removes all other edges.
func (v *view) setNode(a0 pointer, entries ordered.Run, same ordered.Same) (Counts, error) {
	v.mustExist()
	a := raw.Hide(a0)
	sorted, err := v.sort(a, entries)
	if err != nil {
		return Counts{}, err
	}
	key := v.lefts().Type.Box(a)
	return v.write(max(sorted.Len, v.liveCount(key)), func(v *view, c *Counts) {
		kind := v.kind()
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
func (v *view) modify(a, ks pointer, n int, decide func(k, old, now pointer) bool) (c Counts, err error) {
	v.mustExist()
	keys := v.rights()
	size := keys.Type.Size
	for i := range n {
		if err := v.checkKeys(a, raw.At(ks, i, size)); err != nil {
			return c, err
		}
	}
	if v.rel.isLive() && v.rel.faults == nil {
		return v.autoUpdate(func(v *view) (Counts, error) { return v.modify(a, ks, n, decide) })
	}
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	n = keys.SortKeys(ks, n)
	through := v.kind().Value()
	values := raw.List{Of: through}
	values.Room(n)
	related := make([]bool, n)
	for i := range n {
		k := raw.At(ks, i, size)
		old := v.begin(a, k)
		v.rel.end()
		if old != nil {
			old = through.Box(old)
		}
		related[i] = decide(k, old, values.At(i))
		if v.rel.tx.done { // by decide
			return c, ErrTxDone
		}
	}
	for i := range n {
		if k := raw.At(ks, i, size); related[i] {
			v.put(a, k, values.At(i), v.rel.same, &c)
		} else {
			v.delete(a, k, &c)
		}
	}
	return c, nil
}

func (v *view) removeKeys(a0, ks0 pointer, n int) (Counts, error) {
	v.mustExist()
	a, ks := raw.Hide(a0), raw.Hide(ks0)
	if n <= inPlace && !v.rel.isStored() { // nothing has to be kept
		return v.removeNow(a, ks, n)
	}
	key, others := v.lefts().Type.Box(a), v.rights().Type.BoxAll(ks, n)
	return v.write(n, func(v *view, c *Counts) { v.deleteAll(key, others, n, c) })
}

func (v *view) removeNow(a, ks pointer, n int) (c Counts, err error) {
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	defer v.rel.unlock(&c)
	v.deleteAll(a, ks, n, &c)
	return c, nil
}

func (v *view) deleteAll(a, ks pointer, n int, c *Counts) {
	size := v.rights().Type.Size
	for i := range n {
		v.delete(a, raw.At(ks, i, size), c)
	}
}

func (v *view) clearNode(key pointer) (Counts, error) {
	v.mustExist()
	a := v.lefts().Type.Box(raw.Hide(key))
	return v.write(v.liveCount(a), func(v *view, c *Counts) {
		now := v.frozen(a)
		if now.Len() == 0 {
			return
		}
		c.Removed += now.Len()
		kind := v.kind()
		kind.All(now, func(e pointer) bool {
			k := kind.KeyOf(e)
			if v.rel.recording() {
				v.noteDelete(a, k, adjacency.Locate(v.left, a, k))
			}
			if v.isLoop(a, k) {
				v.left.AddLoops(-1)
			} else {
				v.right.Delete(k, adjacency.Locate(v.right, k, a))
			}
			return true
		})
		v.left.Drop(a, v.left.Find(a))
	})
}
