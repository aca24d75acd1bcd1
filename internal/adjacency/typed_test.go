package adjacency

import (
	"reflect"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// typedSide is a Side with the types of its keys and values, for tests that are easier to read with
// them.
type typedSide[K, N, T any] struct{ *Live }

// edge is an edge of a typedSide.
type edge[K, N, T any] struct {
	Key       K
	Neighbour N
	Value     T
}

func naturalSide[K, N, T any](l ordered.Limits) *typedSide[K, N, T] {
	return sideOf[K, N, T](ordered.Natural(reflect.TypeFor[K]()), ordered.Natural(reflect.TypeFor[N]()), l)
}

func funcSide[K, N, T any](compareK func(x, y K) int, compareN func(x, y N) int, l ordered.Limits) *typedSide[K, N, T] {
	return sideOf[K, N, T](funcKeys(compareK), funcKeys(compareN), l)
}

func funcKeys[K any](compare func(x, y K) int) *ordered.Keys {
	return ordered.Func(raw.TypeOf[K](), func(x, y Pointer) int { return compare(*(*K)(x), *(*K)(y)) }, ordered.LayoutOf[K, Pointer]())
}

func sideOf[K, N, T any](keys, neighbours *ordered.Keys, l ordered.Limits) *typedSide[K, N, T] {
	return &typedSide[K, N, T]{New(keys, ordered.KindOf[N, T](neighbours, raw.TypeOf[T](), l), l)}
}

// sameOf returns a function of values as one of pointers to them.
func sameOf[T any](same func(x, y T) bool) ordered.Same {
	return func(x, y Pointer) bool { return same(*(*T)(x), *(*T)(y)) }
}

// entriesOf returns a run as the entries that it shares.
func entriesOf[K, V any](run ordered.Run) []ordered.Entry[K, V] {
	return unsafe.Slice((*ordered.Entry[K, V])(run.P), run.Len)
}

// put relates k to n in a state.
func put[K, N, T any](s Side, k K, n N, value T, same ordered.Same) ordered.Outcome {
	return s.Put(Pointer(&k), Locate(s, Pointer(&k), Pointer(&n)), Pointer(&n), Pointer(&value), same)
}

// drop takes a node out of a state.
func drop[K any](s Side, k K) { s.Drop(Pointer(&k), s.Find(Pointer(&k))) }

// value returns the through value of k and n in a state, and whether there is one.
func value[T, K, N any](s Side, k K, n N) (through T, ok bool) {
	if p := s.Get(Pointer(&k), Pointer(&n)); p != nil {
		return *(*T)(p), true
	}
	return through, false
}

func (s *typedSide[K, N, T]) Find(k K) *Slot { return s.Live.Find(Pointer(&k)) }

// neighboursOf returns the neighbours of a node that has few enough for one array.
func (s *typedSide[K, N, T]) neighboursOf(k K) []ordered.Entry[N, T] {
	return entriesOf[N, T](s.Find(k).View().Run())
}

// edges returns all edges of a side, as they stand.
func (s *typedSide[K, N, T]) edges() (list []edge[K, N, T]) {
	for k, slot := range s.All {
		for run := range slot.View().Runs {
			for _, e := range entriesOf[N, T](run) {
				list = append(list, edge[K, N, T]{*(*K)(k), e.Key, e.Value})
			}
		}
	}
	return list
}

// bulk returns a side of edges, which ascend, as a Builder of s makes it.
func (s *typedSide[K, N, T]) bulk(edges ...edge[K, N, T]) *Live {
	var e edge[K, N, T]
	row := Row{Of: raw.TypeOf[edge[K, N, T]](), Right: unsafe.Offsetof(e.Neighbour), Through: unsafe.Offsetof(e.Value)}
	b := s.Builder()
	if n := b.AddAll(&Edges{&row, Pointer(unsafe.SliceData(edges)), len(edges)}); n != len(edges) {
		panic("edges out of order")
	}
	return b.Side()
}
