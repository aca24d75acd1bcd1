package junction

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// ManyToMany is a relation between left keys of type A and right keys of type B, with a through value of type T on
// every edge. It is ordered and fast from both ends.
//
// A ManyToMany is bound to a state: to the live one, as it is made; to a transaction, by In; or to a snapshot, by At.
// It reads and writes alike in all three, except that a snapshot refuses writes.
//
// Reads return no error and do no I/O. A live relation may be read and written by any number of goroutines; a read sees
// whole commits. A loop shows the relation as it was when the loop began, holds no lock, and its body may do
// anything: write the relation, open a transaction, take its time.
//
// The zero ManyToMany is not usable.
//
// Both sides keep every through value, so that listing from either end is one sequential scan. A large T belongs
// behind a pointer. What a key or a value points to is shared with the caller and must not be changed.
type ManyToMany[A, B, T any] struct {
	rel   *binding[T]
	left  adjacency.State[A, B, T]
	right adjacency.State[B, A, T] // left itself if the relation is undirected
}

// New returns an empty relation by itself, in memory, with the keys of both sides in their natural order.
func New[A, B cmp.Ordered, T any]() *ManyToMany[A, B, T] {
	return must(Relate[A, B, T](NewGraph(nil), ""))
}

// NewFunc returns an empty relation by itself, in memory, with the keys of each side ordered by a comparison function as
// slices.SortFunc wants it. Keys that compare equal are the same key, and either may be shown. A lookup takes O(log n)
// calls of a function, not O(1); for a side that has no order of its own, give cmp.Compare.
//
// The functions run while the relation is locked: they must be pure and quick, should not allocate, and must not call the
// relation. If one panics, the call that it interrupts may be left half done. NewFunc panics if one is nil.
func NewFunc[A, B, T any](compareA func(x, y A) int, compareB func(x, y B) int) *ManyToMany[A, B, T] {
	return must(RelateFunc[A, B, T](NewGraph(nil), "", compareA, compareB))
}

// NewUndirected returns an empty symmetric relation by itself: see RelateUndirected.
func NewUndirected[A cmp.Ordered, T any]() *ManyToMany[A, A, T] {
	return must(RelateUndirected[A, T](NewGraph(nil), ""))
}

// NewUndirectedFunc is NewUndirected with a comparison function, under the conditions of NewFunc.
func NewUndirectedFunc[A, T any](compare func(x, y A) int) *ManyToMany[A, A, T] {
	return must(RelateUndirectedFunc[A, T](NewGraph(nil), "", compare))
}

// Relate declares a relation of a graph, with the keys of both sides in their natural order. The name must be unique
// in the graph. A faulty declaration returns a relation all the same, which is empty and whose writes report the fault, as
// Graph.Open does.
func Relate[A, B cmp.Ordered, T any](g *Graph, name string, rules ...Rule) *ManyToMany[A, B, T] {
	return declare(g, name, rules,
		adjacency.NewOrdered[A, B, T](g.opts.limits),
		adjacency.NewOrdered[B, A, T](g.opts.limits))
}

// RelateFunc is Relate with comparison functions, under the conditions of NewFunc.
func RelateFunc[A, B, T any](g *Graph, name string, compareA func(x, y A) int, compareB func(x, y B) int, rules ...Rule) *ManyToMany[A, B, T] {
	var fault error
	if compareA == nil || compareB == nil {
		fault, compareA, compareB = errNilComparison, allEqual[A], allEqual[B]
	}
	return declare(g, name, rules,
		adjacency.NewFunc[A, B, T](compareA, compareB, g.opts.limits),
		adjacency.NewFunc[B, A, T](compareB, compareA, g.opts.limits), fault)
}

// RelateUndirected declares a symmetric relation of a graph, such as friends: an edge is the same edge whichever way it
// is written, and from either node the other is a neighbour. Left and right are one side, so that Left and Right,
// Lefts and Rights are the same. Edges and Changes show each edge once, with the lower key as Left. A node may be
// related to itself.
func RelateUndirected[A cmp.Ordered, T any](g *Graph, name string, rules ...Rule) *ManyToMany[A, A, T] {
	side := adjacency.NewOrdered[A, A, T](g.opts.limits)
	return declare(g, name, rules, side, side)
}

// RelateUndirectedFunc is RelateUndirected with a comparison function, under the conditions of NewFunc.
func RelateUndirectedFunc[A, T any](g *Graph, name string, compare func(x, y A) int, rules ...Rule) *ManyToMany[A, A, T] {
	var fault error
	if compare == nil {
		fault, compare = errNilComparison, allEqual[A]
	}
	side := adjacency.NewFunc[A, A, T](compare, compare, g.opts.limits)
	return declare(g, name, rules, side, side, fault)
}

func declare[A, B, T any](g *Graph, name string, rules []Rule, left *adjacency.Side[A, B, T], right *adjacency.Side[B, A, T], faults ...error) *ManyToMany[A, B, T] {
	b := &binding[T]{g: g, name: name, undirected: any(left) == any(right)}
	b.types = [3]reflect.Type{reflect.TypeFor[A](), reflect.TypeFor[B](), reflect.TypeFor[T]()}
	b.same, b.reflexive = sameByType[T]()
	b.plain = left.Neighbours().IsNatural() && right.Neighbours().IsNatural()
	b.pure = b.plain
	for _, rule := range rules {
		if rule == nil {
			faults = append(faults, errors.New("nil Rule"))
			continue
		}
		faults = append(faults, rule.apply(b))
	}
	m := &ManyToMany[A, B, T]{b, left, right}
	b.allValid = left.Neighbours().AllValid() && right.Neighbours().AllValid()
	r := &relation[A, B, T]{m: m}
	b.journal = &journal{g: g, left: left, methods: r}
	if g.opts.Store != nil {
		codec, err := newEdgeCodec[A, B, T](g.opts.Store.Form(), b.codecs)
		r.codec, faults = codec, append(faults, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	faults = append(faults, g.mayDeclare(name))
	if fault := errors.Join(faults...); fault != nil {
		b.faults = faulty(name, fault)
	}
	g.relations = append(g.relations, r)
	return m
}

// mayDeclare returns what speaks against another relation of a name. The caller has the lock.
func (g *Graph) mayDeclare(name string) error {
	switch {
	case slices.ContainsFunc(g.relations, func(d declared) bool { return d.label() == name }):
		return errors.New("a relation of this name is declared already")
	case g.opts.Store == nil:
		return nil
	case g.loading || g.refusal != ErrNotOpen:
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

// allEqual stands for a nil comparison function in a relation that will always be empty.
func allEqual[K any](_, _ K) int { return 0 }

// must panics on a faulty declaration that its program must mend.
func must[A, B, T any](m *ManyToMany[A, B, T]) *ManyToMany[A, B, T] {
	if m.rel.faults != nil {
		panic(m.rel.faults.Error())
	}
	return m
}

// Len returns the number of edges, in O(1).
func (m *ManyToMany[A, B, T]) Len() int {
	m.rel.rlock()
	defer m.rel.runlock()
	return m.len()
}

func (m *ManyToMany[A, B, T]) len() int {
	if m.rel.undirected {
		return (m.left.Entries() + m.left.Loops()) / 2
	}
	return m.left.Entries()
}

// Has reports whether a and b are related, in O(1) and a binary search of a's neighbours.
func (m *ManyToMany[A, B, T]) Has(a A, b B) bool {
	_, ok := m.Get(a, b)
	return ok
}

// Get returns the through value of a and b and whether they are related, at the cost of Has.
func (m *ManyToMany[A, B, T]) Get(a A, b B) (through T, ok bool) {
	if m.rel.plain { // nothing in between can panic, and without a defer a lookup takes a tenth less
		m.rel.g.mu.RLock()
		through, ok = m.left.Get(a, b)
		m.rel.g.mu.RUnlock()
		return through, ok
	}
	m.rel.rlock()
	defer m.rel.runlock()
	return m.left.Get(a, b)
}

// Edges returns all edges, by left key and then right key. Beginning to loop costs O(1); a live relation that is written
// afterwards copies each node that it changes, once.
func (m *ManyToMany[A, B, T]) Edges() iter.Seq[Edge[A, B, T]] {
	return func(yield func(Edge[A, B, T]) bool) {
		kind := m.left.Neighbours()
		for a, slot := range m.nodes().All {
			emit := func(b B, through T) bool { return yield(Edge[A, B, T]{a, b, through}) }
			goOn := true
			if m.rel.undirected {
				goOn = kind.Range(slot.View(), m.atOrAbove(a), emit)
			} else {
				goOn = slot.View().Each(emit)
			}
			if !goOn {
				return
			}
		}
	}
}

// Lefts returns the nodes of the left side in key order, each with its degree, at the cost of Edges.
func (m *ManyToMany[A, B, T]) Lefts() iter.Seq2[A, int] {
	return func(yield func(A, int) bool) {
		for a, slot := range m.nodes().All {
			if !yield(a, slot.Len()) {
				return
			}
		}
	}
}

// Rights is Lefts for the right side.
func (m *ManyToMany[A, B, T]) Rights() iter.Seq2[B, int] { return m.Inverse().Lefts() }

// NumLefts returns the number of nodes of the left side, in O(1).
func (m *ManyToMany[A, B, T]) NumLefts() int {
	m.rel.rlock()
	defer m.rel.runlock()
	return m.left.Nodes()
}

// NumRights returns the number of nodes of the right side, in O(1).
func (m *ManyToMany[A, B, T]) NumRights() int {
	m.rel.rlock()
	defer m.rel.runlock()
	return m.right.Nodes()
}

// Left returns the left node of a key, whether or not it has edges. It costs nothing.
func (m *ManyToMany[A, B, T]) Left(a A) Node[A, B, T] {
	return Node[A, B, T]{ManyToMany[A, B, T]{m.rel, m.left, m.right}, a}
}

// Right returns the right node of a key, whether or not it has edges. It costs nothing.
func (m *ManyToMany[A, B, T]) Right(b B) Node[B, A, T] {
	return Node[B, A, T]{ManyToMany[B, A, T]{m.rel, m.right, m.left}, b}
}

// Inverse returns the same relation seen from the other side: its left is right, and a write to one is a write to
// both. It costs O(1).
func (m *ManyToMany[A, B, T]) Inverse() *ManyToMany[B, A, T] {
	return &ManyToMany[B, A, T]{m.rel, m.right, m.left}
}

// In returns the relation as a transaction sees and changes it. It panics if the transaction is of another graph.
// After the transaction's end its writes return ErrTxDone and its reads panic.
func (m *ManyToMany[A, B, T]) In(tx *Tx) *ManyToMany[A, B, T] {
	if tx == nil || tx.g != m.rel.g {
		panic(fmt.Sprintf("junction: In of relation %q with a transaction of another graph: declare relations that commit together in one graph, by Relate", m.rel.name))
	}
	b := *m.rel
	b.tx, b.snap, b.plain = tx, nil, false
	return &ManyToMany[A, B, T]{&b, draftOf(tx, m.left.Live(), m.rel), draftOf(tx, m.right.Live(), m.rel)}
}

// At returns the relation as a snapshot shows it. It panics if the snapshot is of another graph. Its writes return
// ErrReadOnly. A lookup takes O(log n).
func (m *ManyToMany[A, B, T]) At(s *Snapshot) *ManyToMany[A, B, T] {
	if s == nil || s.g != m.rel.g {
		panic(fmt.Sprintf("junction: At of relation %q with a snapshot of another graph: take it from the relation's own, by m.Graph().Snapshot()", m.rel.name))
	}
	b := *m.rel
	b.tx, b.snap, b.plain = nil, s, false
	return &ManyToMany[A, B, T]{&b, frozenOf(s, m.left.Live()), frozenOf(s, m.right.Live())}
}

// Graph returns the graph of the relation, for its transactions and snapshots; New makes one for the relation alone.
func (m *ManyToMany[A, B, T]) Graph() *Graph { return m.rel.g }

// Name returns the name under which the relation was declared, "" for one that New made.
func (m *ManyToMany[A, B, T]) Name() string { return m.rel.name }

// Changes returns what a relation in a transaction has changed so far, net, by left key and then right key: an edge that
// was added and removed again is not in it. Of a relation that is not in a transaction it is empty.
// It costs O(nodes touched and their degrees); of large nodes it passes over what did not change.
func (m *ManyToMany[A, B, T]) Changes() iter.Seq[Change[A, B, T]] {
	return func(yield func(Change[A, B, T]) bool) {
		m.rel.rlock()
		if m.rel.tx == nil {
			m.rel.runlock()
			return
		}
		m.left.(*adjacency.Draft[A, B, T]).Changes(m.shown(yield))
	}
}

// shown turns pairs of entries into changes; those of an undirected relation come twice, and it passes one of them.
func (m *ManyToMany[A, B, T]) shown(yield func(Change[A, B, T]) bool) func(a A, before, after *ordered.Entry[B, T]) bool {
	return func(a A, before, after *ordered.Entry[B, T]) bool {
		c := change[A](a, before, after)
		return m.rel.undirected && m.below(c.Right, a) || yield(c)
	}
}

func change[A, B, T any](a A, before, after *ordered.Entry[B, T]) Change[A, B, T] {
	switch {
	case before == nil:
		return Change[A, B, T]{Kind: Added, Left: a, Right: after.Key, After: after.Value}
	case after == nil:
		return Change[A, B, T]{Kind: Removed, Left: a, Right: before.Key, Before: before.Value}
	default:
		return Change[A, B, T]{Kind: Updated, Left: a, Right: after.Key, Before: before.Value, After: after.Value}
	}
}

// Add relates a to b. If they are related already, the edge gets this through value. Outside a transaction it is a
// commit of its own. O(1) and a binary search on either side; with a store, its Append comes on top, which calls that run at
// the same time share.
//
// The errors are those of every write: ErrKey, ErrReadOnly, ErrTxDone, ErrBusy, ErrClosed, ErrDeclaration; and with a
// store ErrNotOpen, ErrValue, ErrStoreFailed, and the store's refusal (persist.ErrRefused).
func (m *ManyToMany[A, B, T]) Add(a A, b B, through T) (c Counts, err error) {
	if err := m.checkKeys(a, b); err != nil {
		return c, err
	}
	if m.rel.isStored() {
		return m.writeEdge(a, b, through, m.rel.same, false)
	}
	if err := m.rel.lock(); err != nil {
		return c, err
	}
	defer m.rel.unlock(&c)
	m.put(a, b, through, m.rel.same, &c)
	return c, nil
}

// Insert relates a to b, or returns ErrExists if they are related already. It costs what Add does.
func (m *ManyToMany[A, B, T]) Insert(a A, b B, through T) error {
	if err := m.checkKeys(a, b); err != nil {
		return err
	}
	c, err := m.insert(a, b, through)
	if err == nil && c.Added == 0 {
		err = fmt.Errorf("%w: %v and %v in relation %q", ErrExists, a, b, m.rel.name)
	}
	return err
}

func (m *ManyToMany[A, B, T]) insert(a A, b B, through T) (c Counts, err error) {
	if m.rel.isStored() {
		return m.writeEdge(a, b, through, keep, false)
	}
	if err := m.rel.lock(); err != nil {
		return c, err
	}
	defer m.rel.unlock(&c)
	m.put(a, b, through, keep, &c)
	return c, nil
}

// keep makes put leave an edge that exists as it is.
func keep[T any](_, _ T) bool { return true }

// Remove takes the edge between a and b away, if there is one. It costs what Add does.
func (m *ManyToMany[A, B, T]) Remove(a A, b B) (c Counts, err error) {
	if m.rel.isStored() {
		var none T
		return m.writeEdge(a, b, none, nil, true)
	}
	if err := m.rel.lock(); err != nil {
		return c, err
	}
	defer m.rel.unlock(&c)
	m.delete(a, b, &c)
	return c, nil
}

// RemoveLeft takes a left node away, with all its edges. It costs what removing each would, and is one commit.
func (m *ManyToMany[A, B, T]) RemoveLeft(a A) (Counts, error) { return m.Left(a).Clear() }

// RemoveRight takes a right node away, with all its edges. It costs what removing each would, and is one commit.
func (m *ManyToMany[A, B, T]) RemoveRight(b B) (Counts, error) { return m.Right(b).Clear() }

// Clear takes all edges away, in O(1); in O(n) if there is a store or somebody watches.
func (m *ManyToMany[A, B, T]) Clear() (Counts, error) {
	return m.write(math.MaxInt, func(m *ManyToMany[A, B, T], c *Counts) {
		if c.Removed = m.len(); c.Removed > 0 {
			m.left.Clear()
			m.right.Clear()
		}
	})
}

// put relates a to b on both sides. The caller has the lock.
func (m *ManyToMany[A, B, T]) put(a A, b B, through T, same func(x, y T) bool, c *Counts) {
	left, right := adjacency.LocateBoth(m.left, m.right, a, b)
	if m.rel.recording() {
		m.notePut(a, b, left, through, same)
	}
	m.putAt(a, b, left, right, through, same, c)
}

// putAt is put at the places where the edge is, or would be.
func (m *ManyToMany[A, B, T]) putAt(a A, b B, left adjacency.Place[B, T], right adjacency.Place[A, T], through T, same func(x, y T) bool, c *Counts) {
	switch m.left.Put(a, left, b, through, same) {
	case ordered.Same:
		return
	case ordered.Added:
		c.Added++
	case ordered.Updated:
		c.Updated++
	}
	if !m.rel.undirected || !m.isLoop(a, b) {
		m.right.Put(b, right, a, through, nil)
	} else if !left.Found {
		m.left.AddLoops(1)
	}
}

// delete takes the edge between a and b away on both sides. The caller has the lock.
func (m *ManyToMany[A, B, T]) delete(a A, b B, c *Counts) {
	left, right := adjacency.LocateBoth(m.left, m.right, a, b)
	if m.rel.recording() {
		m.noteDelete(a, b, left)
	}
	m.deleteAt(a, b, left, right, c)
}

// deleteAt is delete at the places where the edge is, or would be.
func (m *ManyToMany[A, B, T]) deleteAt(a A, b B, left adjacency.Place[B, T], right adjacency.Place[A, T], c *Counts) {
	if !left.Found {
		return
	}
	c.Removed++
	m.left.Delete(a, left)
	if m.rel.undirected && m.isLoop(a, b) {
		m.left.AddLoops(-1)
	} else {
		m.right.Delete(b, right)
	}
}

// isLoop reports whether an edge of an undirected relation joins a node to itself, so that it is stored once.
func (m *ManyToMany[A, B, T]) isLoop(a A, b B) bool {
	return m.rel.undirected && m.left.Neighbours().Compare(any(a).(B), b) == 0
}

// below reports whether b is below a in an undirected relation, where both are of one type.
func (m *ManyToMany[A, B, T]) below(b B, a A) bool {
	return m.left.Neighbours().Compare(b, any(a).(B)) < 0
}

// atOrAbove are the bounds within which an undirected relation shows the edges of a node.
func (m *ManyToMany[A, B, T]) atOrAbove(a A) ordered.Bounds[B] {
	return ordered.Bounds[B]{Low: ordered.Bound[B]{Set: true, Key: any(a).(B)}}
}

func (m *ManyToMany[A, B, T]) checkKeys(a A, b B) error {
	if m.rel.allValid {
		return nil
	}
	return m.checkEach(a, b)
}

func (m *ManyToMany[A, B, T]) checkEach(a A, b B) error {
	if !m.right.Neighbours().Valid(a) {
		return fmt.Errorf("%w: %v in relation %q", ErrKey, a, m.rel.name)
	}
	if !m.left.Neighbours().Valid(b) {
		return fmt.Errorf("%w: %v in relation %q", ErrKey, b, m.rel.name)
	}
	return nil
}

// nodes returns the nodes of the left side as they are now.
func (m *ManyToMany[A, B, T]) nodes() adjacency.Nodes[A, B, T] {
	m.rel.rlock()
	defer m.rel.runlock()
	return m.left.Freeze()
}
