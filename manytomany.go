package junction

import (
	"iter"
	"reflect"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// ManyToMany is a relation between left keys of type A and right keys of type B, with a through
// value of type T on every edge. It is ordered and fast from both ends.
//
// A ManyToMany is bound to a state: to the live one, as it is made; to a transaction, by In; or to
// a snapshot, by At. It reads and writes alike in all three, except that a snapshot refuses writes.
//
// Reads return no error and do no I/O. Any number of goroutines may read and write a live relation;
// a read sees whole commits. A loop shows the relation as it was when the loop began, and holds no
// lock. Its body may do anything: write the relation, open a transaction, take its time.
//
// The zero ManyToMany is not usable.
//
// Both sides keep every through value, so that listing from either end is one sequential scan. A
// large T belongs behind a pointer. What a key or a value points to is shared with the caller and
// must not be changed.
type ManyToMany[A, B, T any] struct {
	v *engine.Relation
}

// New returns an empty relation by itself, in memory, with the keys of both sides in their natural
// order.
func New[A, B Key, T any]() *ManyToMany[A, B, T] {
	m := Relate[A, B, T](NewGraph(nil), "")
	m.v.Must()
	return m
}

// NewFunc returns an empty relation by itself, in memory, with the keys of each side ordered by a
// comparison function as slices.SortFunc wants it. Keys that compare equal are the same key, and
// either may be shown. A lookup takes O(log n) calls of a function, not O(1). For a side that is to
// have its natural order, give cmp.Compare.
//
// The functions run while the relation is locked: they must be pure and quick, should not allocate,
// and must not call the relation. If one panics, the call that it interrupts may be left half done.
// NewFunc panics if one is nil.
func NewFunc[A, B, T any](compareA func(x, y A) int, compareB func(x, y B) int) *ManyToMany[A, B, T] {
	m := RelateFunc[A, B, T](NewGraph(nil), "", compareA, compareB)
	m.v.Must()
	return m
}

// NewUndirected returns an empty symmetric relation by itself: see RelateUndirected.
func NewUndirected[A Key, T any]() *ManyToMany[A, A, T] {
	m := RelateUndirected[A, T](NewGraph(nil), "")
	m.v.Must()
	return m
}

// NewUndirectedFunc is NewUndirected with a comparison function, under the conditions of NewFunc.
func NewUndirectedFunc[A, T any](compare func(x, y A) int) *ManyToMany[A, A, T] {
	m := RelateUndirectedFunc[A, T](NewGraph(nil), "", compare)
	m.v.Must()
	return m
}

// Relate declares a relation of a graph, with the keys of both sides in their natural order. The
// name must be unique in the graph. A faulty declaration returns a relation that stays empty: its
// writes and Graph.Open report the fault.
func Relate[A, B Key, T any](g *Graph, name string, rules ...Rule) *ManyToMany[A, B, T] {
	return &ManyToMany[A, B, T]{engine.Declare(g.engine(), name, applied(rules),
		ordered.Natural(reflect.TypeFor[A]()), ordered.Natural(reflect.TypeFor[B]()), engine.TypesOf[A, B, T](rowsOf[A, B, T]()), false)}
}

// RelateFunc is Relate with comparison functions, under the conditions of NewFunc.
func RelateFunc[A, B, T any](g *Graph, name string, compareA func(x, y A) int, compareB func(x, y B) int, rules ...Rule) *ManyToMany[A, B, T] {
	return &ManyToMany[A, B, T]{engine.Declare(g.engine(), name, applied(rules), engine.FuncKeys(compareA), engine.FuncKeys(compareB), engine.TypesOf[A, B, T](rowsOf[A, B, T]()), false, nilComparison(compareA == nil || compareB == nil))}
}

// RelateUndirected declares a symmetric relation of a graph, such as friends: an edge is the same
// edge whichever way it is written, and from either node the other is a neighbour. Left and right
// are one side: Left and Right, Lefts and Rights are the same. Edges and Changes show each edge
// once, with the lower key as Left. A node may be related to itself.
func RelateUndirected[A Key, T any](g *Graph, name string, rules ...Rule) *ManyToMany[A, A, T] {
	keys := ordered.Natural(reflect.TypeFor[A]())
	return &ManyToMany[A, A, T]{engine.Declare(g.engine(), name, applied(rules), keys, keys, engine.TypesOf[A, A, T](rowsOf[A, A, T]()), true)}
}

// RelateUndirectedFunc is RelateUndirected with a comparison function, under the conditions of
// NewFunc.
func RelateUndirectedFunc[A, T any](g *Graph, name string, compare func(x, y A) int, rules ...Rule) *ManyToMany[A, A, T] {
	keys := engine.FuncKeys(compare)
	return &ManyToMany[A, A, T]{engine.Declare(g.engine(), name, applied(rules), keys, keys, engine.TypesOf[A, A, T](rowsOf[A, A, T]()), true, nilComparison(compare == nil))}
}

func nilComparison(is bool) error {
	if is {
		return engine.ErrNilComparison
	}
	return nil
}

// Len returns the number of edges, in O(1).
func (m *ManyToMany[A, B, T]) Len() int { return m.v.Size() }

// Has reports whether a and b are related, in O(1) and a binary search of a's neighbours.
func (m *ManyToMany[A, B, T]) Has(a A, b B) bool { return m.v.Has(pointer(&a), pointer(&b)) }

// Get returns the through value of a and b and whether they are related, at the cost of Has.
func (m *ManyToMany[A, B, T]) Get(a A, b B) (through T, ok bool) {
	if p := m.v.Lookup(pointer(&a), pointer(&b)); p != nil {
		through, ok = *(*T)(p), true
	}
	m.v.End()
	return through, ok
}

// Edges returns all edges, by left key and then right key. Beginning to loop costs O(1); a live
// relation that is written afterwards copies each node that it changes, once.
func (m *ManyToMany[A, B, T]) Edges() iter.Seq[Edge[A, B, T]] {
	return func(yield func(Edge[A, B, T]) bool) { edgesOf(m.v, yield) }
}

//go:noinline
func edgesOf[A, B, T any](v *engine.Relation, yield func(Edge[A, B, T]) bool) {
	v.Edges(func(a pointer, run ordered.Run) bool {
		left := *(*A)(a)
		for _, e := range engine.Entries[B, T](run) {
			if !yield(Edge[A, B, T]{left, e.Key, e.Value}) {
				return false
			}
		}
		return true
	})
}

// Lefts returns the nodes of the left side in key order, each with its degree, at the cost of
// Edges.
func (m *ManyToMany[A, B, T]) Lefts() iter.Seq2[A, int] { return m.LeftsIn(Range[A]{}) }

// Rights is Lefts for the right side.
func (m *ManyToMany[A, B, T]) Rights() iter.Seq2[B, int] { return m.RightsIn(Range[B]{}) }

// LeftsIn returns the nodes of the left side whose keys are in r, in key order, each with its
// degree. Beginning to loop costs O(log n).
func (m *ManyToMany[A, B, T]) LeftsIn(r Range[A]) iter.Seq2[A, int] {
	return func(yield func(A, int) bool) { r := r; nodesOf(m.v, &r, yield) }
}

// RightsIn is LeftsIn for the right side.
func (m *ManyToMany[A, B, T]) RightsIn(r Range[B]) iter.Seq2[B, int] {
	return func(yield func(B, int) bool) { r := r; nodesOf(m.v.Opposite(), &r, yield) }
}

// LeftsBackward is LeftsIn in descending order; the zero Range has all nodes.
func (m *ManyToMany[A, B, T]) LeftsBackward(r Range[A]) iter.Seq2[A, int] {
	return func(yield func(A, int) bool) { r := r; nodesBackward(m.v, &r, yield) }
}

// RightsBackward is LeftsBackward for the right side.
func (m *ManyToMany[A, B, T]) RightsBackward(r Range[B]) iter.Seq2[B, int] {
	return func(yield func(B, int) bool) { r := r; nodesBackward(m.v.Opposite(), &r, yield) }
}

//go:noinline
func nodesOf[A any](v *engine.Relation, r *Range[A], yield func(A, int) bool) {
	b := r.bounds()
	v.Nodes().Range(&b, func(a pointer, slot *adjacency.Slot) bool { return yield(*(*A)(a), slot.Len()) })
}

//go:noinline
func nodesBackward[A any](v *engine.Relation, r *Range[A], yield func(A, int) bool) {
	b := r.bounds()
	v.Nodes().Backward(&b, func(a pointer, slot *adjacency.Slot) bool { return yield(*(*A)(a), slot.Len()) })
}

// NumLefts returns the number of nodes of the left side, in O(1).
func (m *ManyToMany[A, B, T]) NumLefts() int { return m.v.NumNodes() }

// NumRights returns the number of nodes of the right side, in O(1).
func (m *ManyToMany[A, B, T]) NumRights() int { return m.v.Opposite().NumNodes() }

// Left returns the left node of a key, whether or not it has edges, in constant time.
func (m *ManyToMany[A, B, T]) Left(a A) Node[A, B, T] { return Node[A, B, T]{m.v, a} }

// Right returns the right node of a key, whether or not it has edges, in constant time.
func (m *ManyToMany[A, B, T]) Right(b B) Node[B, A, T] { return Node[B, A, T]{m.v.Opposite(), b} }

// Inverse returns the same relation seen from the other side: its left is this one's right, and a
// write to one is a write to both. It costs O(1).
func (m *ManyToMany[A, B, T]) Inverse() *ManyToMany[B, A, T] {
	return &ManyToMany[B, A, T]{m.v.Opposite()}
}

// In returns the relation as a transaction sees and changes it. It panics if the transaction is of
// another graph. After the end of the transaction, writes return ErrTxDone and reads panic.
func (m *ManyToMany[A, B, T]) In(tx *Tx) *ManyToMany[A, B, T] {
	return &ManyToMany[A, B, T]{m.v.In(tx.engine())}
}

// At returns the relation as a snapshot shows it. It panics if the snapshot is of another graph.
// Writes return ErrReadOnly. A lookup takes O(log n).
func (m *ManyToMany[A, B, T]) At(s *Snapshot) *ManyToMany[A, B, T] {
	return &ManyToMany[A, B, T]{m.v.At(s.engine())}
}

// Graph returns the graph of the relation, for its transactions and snapshots. New makes one for
// the relation alone.
func (m *ManyToMany[A, B, T]) Graph() *Graph { return (*Graph)(m.v.Bound().G) }

// Name returns the name under which the relation was declared, "" for one that New made.
func (m *ManyToMany[A, B, T]) Name() string { return m.v.Bound().Name }

// Changes returns what a relation in a transaction has changed so far, net, by left key and then
// right key: an edge that was added and removed again is not in it. Outside a transaction it is
// empty. It costs O(nodes touched and their degrees); in large nodes it skips what did not change.
func (m *ManyToMany[A, B, T]) Changes() iter.Seq[Change[A, B, T]] {
	return func(yield func(Change[A, B, T]) bool) { changesOf(m.v, nil, yield) }
}

// ChangesIn returns what a commit changed in the relation, net: each edge once. The changes of a
// transaction come by left key and then right key, those of a single call in the order in which it
// made them. Nothing is allocated.
func (m *ManyToMany[A, B, T]) ChangesIn(c *Commit) iter.Seq[Change[A, B, T]] {
	if c == nil {
		panic("junction: ChangesIn of a nil Commit: use Changes for what a transaction has changed so far")
	}
	return func(yield func(Change[A, B, T]) bool) { changesOf(m.v, c.engine(), yield) }
}

//go:noinline
func changesOf[A, B, T any](v *engine.Relation, in *engine.Commit, yield func(Change[A, B, T]) bool) {
	v.Changes(in, func(k engine.Kind, a, b, before, after pointer) bool {
		c := Change[A, B, T]{Kind: Kind(k), Left: *(*A)(a), Right: *(*B)(b)}
		if before != nil {
			c.Before = *(*T)(before)
		}
		if after != nil {
			c.After = *(*T)(after)
		}
		return yield(c)
	})
}

// Add relates a to b. If they are related already, the edge gets this through value. Outside a
// transaction it is a commit of its own. It costs O(1) and a binary search on either side; with a
// store, also an Append, which concurrent calls share.
//
// The errors are those of every write: ErrKey, ErrReadOnly, ErrTxDone, ErrBusy, ErrClosed,
// ErrDeclaration; and with a store ErrNotOpen, ErrValue, ErrStoreFailed, and the store's refusal
// (persist.ErrRefused).
func (m *ManyToMany[A, B, T]) Add(a A, b B, through T) (c Counts, err error) {
	return counted(m.v.Add(pointer(&a), pointer(&b), pointer(&through)))
}

// Insert relates a to b, or returns ErrExists if they are related already. Same cost as Add.
func (m *ManyToMany[A, B, T]) Insert(a A, b B, through T) error {
	return m.v.Insert(pointer(&a), pointer(&b), pointer(&through))
}

// Remove removes the edge between a and b, if there is one. Same cost as Add.
func (m *ManyToMany[A, B, T]) Remove(a A, b B) (c Counts, err error) {
	return counted(m.v.Remove(pointer(&a), pointer(&b)))
}

// RemoveLeft removes a left node with all its edges, as one commit, at the cost of removing each.
func (m *ManyToMany[A, B, T]) RemoveLeft(a A) (Counts, error) {
	return counted(m.v.ClearNode(pointer(&a)))
}

// RemoveRight removes a right node with all its edges, as one commit, at the cost of removing each.
func (m *ManyToMany[A, B, T]) RemoveRight(b B) (Counts, error) {
	return counted(m.v.Opposite().ClearNode(pointer(&b)))
}

// Clear removes all edges, in O(1); in O(n) if there is a store or a watcher.
func (m *ManyToMany[A, B, T]) Clear() (Counts, error) { return counted(m.v.Clear()) }

// AddAll relates every pair of a sequence, as one commit; the last of a pair wins. It is the bulk
// loader: it builds both sides of the new edges by themselves and merges nodes whole, which is
// several times faster than one Add for each edge. Edges that come sorted by left and then right
// key are faster still, because no list of them is made.
//
// The sequence is read to its end before anything is locked or changed, so it may read and write
// the relation. A nil sequence is empty. The time is O(n) for integer keys and O(n log n) for
// others, in the number of edges and the degrees of their nodes. Besides the new edges, it takes
// some 10 bytes an edge while it runs, and 80 if they are not sorted. With more than 65,536
// edges, several processors make the right side, unless keys have a comparison function.
//
// A sequence that can fail, such as a reader, belongs to AddAllErr.
func (m *ManyToMany[A, B, T]) AddAll(edges iter.Seq[Edge[A, B, T]]) (c Counts, err error) {
	return counted(takeAll(m.v, edges).AddAll())
}

// AddAllErr is AddAll for a sequence that can fail: all of its edges, or none. It returns the first
// error of the sequence as it is, and reads no further.
func (m *ManyToMany[A, B, T]) AddAllErr(edges iter.Seq2[Edge[A, B, T], error]) (c Counts, err error) {
	in := takeAll(m.v, untilError(edges, &err))
	if err != nil {
		return c, err
	}
	return counted(in.AddAll())
}

// untilError returns the values of a sequence up to the first error, which it writes to err.
func untilError[V any](values iter.Seq2[V, error], err *error) iter.Seq[V] {
	return func(yield func(V) bool) {
		if values == nil {
			return
		}
		for v, e := range values {
			if e != nil {
				*err = e
				return
			}
			if !yield(v) {
				return
			}
		}
	}
}

// takeAll reads edges.
//
//go:noinline
func takeAll[A, B, T any](v *engine.Relation, edges iter.Seq[Edge[A, B, T]]) *engine.Intake {
	in := engine.NewIntake(v)
	var block []Edge[A, B, T]
	n := 0
	if edges == nil {
		edges = func(func(Edge[A, B, T]) bool) {}
	}
	for e := range edges {
		if n == len(block) {
			n = in.More(n)
			block = unsafe.Slice((*Edge[A, B, T])(in.Edges.Last.P), in.Edges.Room)
		}
		block[n] = e
		n++
	}
	in.Edges.Last.Len = n
	return in
}

// RemoveAll removes every pair of a sequence, as one commit: the counterpart of AddAll. Pairs that
// are not related are passed over, and a pair that comes twice counts once. Nodes are changed
// whole, which takes less time than a Remove for each pair in a transaction.
//
// The sequence is read to its end before anything is locked or changed. A nil sequence is empty.
// Time and memory are those of AddAll, in the number of pairs and the degrees of their nodes.
func (m *ManyToMany[A, B, T]) RemoveAll(pairs iter.Seq2[A, B]) (c Counts, err error) {
	return removeAll(m.v, pairs)
}

//go:noinline
func removeAll[A, B any](v *engine.Relation, pairs iter.Seq2[A, B]) (c Counts, err error) {
	in := engine.NewIntake(v)
	if pairs != nil {
		pairs(func(a A, b B) bool {
			in.AddPair(pointer(&a), pointer(&b))
			return true
		})
	}
	return counted(in.RemoveAll())
}

// rowsOf returns where an Edge holds its keys and its value, seen from both ends.
func rowsOf[A, B, T any]() [2]adjacency.Row {
	return [2]adjacency.Row{rowOf[A, B, T](), rowOf[B, A, T]()}
}

func rowOf[A, B, T any]() adjacency.Row {
	var e Edge[A, B, T]
	return adjacency.Row{Of: raw.TypeOf[Edge[A, B, T]](), Right: unsafe.Offsetof(e.Right), Through: unsafe.Offsetof(e.Through)}
}

// String describes the relation in a few words: its name, state and size.
func (m *ManyToMany[A, B, T]) String() string {
	if m == nil || m.v == nil {
		return "junction.ManyToMany (not made by New or Relate)"
	}
	return m.v.Describe()
}

// MarshalJSON returns an error: a relation is written by package transfer.
func (m *ManyToMany[A, B, T]) MarshalJSON() ([]byte, error) { return nil, errNoJSON }

// UnmarshalJSON returns an error: a relation is read by package transfer.
func (m *ManyToMany[A, B, T]) UnmarshalJSON([]byte) error { return errNoJSON }
