package ordered

import (
	"cmp"
	"reflect"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// The types below are the package's with the types of keys and values, for tests that are easier to
// read with them. They hide pointers to their arguments, as the callers of this package do.

type typedOrder[K, V any] struct{ *Order }

type typedMap[K, V any] struct{ Map }

type typedView[K, V any] struct{ View }

type typedCursor[K, V any] struct{ Cursor }

// typedBound is an end of a range; Set says that there is one.
type typedBound[K any] struct {
	Set, Open bool
	Key       K
}

type typedBounds[K any] struct{ Low, High typedBound[K] }

func naturalOrder[K cmp.Ordered, V any](l Limits) *typedOrder[K, V] {
	return &typedOrder[K, V]{KindOf[K, V](Natural(reflect.TypeFor[K]()), raw.TypeOf[V](), l)}
}

func funcOrder[K, V any](compare func(x, y K) int, l Limits) *typedOrder[K, V] {
	keys := Func(raw.TypeOf[K](), func(x, y Pointer) int { return compare(*(*K)(x), *(*K)(y)) }, LayoutOf[K, Pointer]())
	return &typedOrder[K, V]{KindOf[K, V](keys, raw.TypeOf[V](), l)}
}

// sameOf returns a function of values as one of pointers to them.
func sameOf[V any](same func(x, y V) bool) Same {
	if same == nil {
		return nil
	}
	return func(x, y Pointer) bool { return same(*(*V)(x), *(*V)(y)) }
}

func hide[V any](v *V) Pointer { return raw.Hide(Pointer(v)) }

// runFrom returns entries as a run, which shares their memory.
func runFrom[K, V any](entries []Entry[K, V]) Run {
	return Run{Pointer(unsafe.SliceData(entries)), len(entries), cap(entries)}
}

// entriesOf returns a run as the entries that it shares.
func entriesOf[K, V any](run Run) []Entry[K, V] {
	return unsafe.Slice((*Entry[K, V])(run.P), run.Cap)[:run.Len]
}

func (kd *typedOrder[K, V]) Compare(x, y K) int { return kd.Order.Compare(hide(&x), hide(&y)) }

func (kd *typedOrder[K, V]) Valid(k K) bool { return kd.Keys().Valid(hide(&k)) }

func (kd *typedOrder[K, V]) Get(m *typedMap[K, V], k K) (value V, ok bool) {
	if p := kd.Order.Get(&m.Map, hide(&k)); p != nil {
		return *(*V)(p), true
	}
	return value, false
}

func (kd *typedOrder[K, V]) Locate(m *typedMap[K, V], k K) Place {
	return kd.Order.Locate(&m.Map, hide(&k))
}

func (kd *typedOrder[K, V]) Entry(m *typedMap[K, V], p Place) Entry[K, V] {
	return *(*Entry[K, V])(kd.Order.Entry(&m.Map, p))
}

func (kd *typedOrder[K, V]) Insert(m *typedMap[K, V], p Place, k K, value V) {
	kd.Order.Insert(&m.Map, p, hide(&k), hide(&value))
}

func (kd *typedOrder[K, V]) Replace(m *typedMap[K, V], p Place, value V) {
	kd.Order.Replace(&m.Map, p, hide(&value))
}

func (kd *typedOrder[K, V]) Remove(m *typedMap[K, V], p Place) { kd.Order.Remove(&m.Map, p) }

func (kd *typedOrder[K, V]) Put(m *typedMap[K, V], k K, value V, same func(x, y V) bool) Outcome {
	return kd.Order.Put(&m.Map, hide(&k), hide(&value), sameOf(same))
}

func (kd *typedOrder[K, V]) Delete(m *typedMap[K, V], k K) bool {
	return kd.Order.Delete(&m.Map, hide(&k))
}

func (kd *typedOrder[K, V]) Build(sorted []Entry[K, V]) typedView[K, V] {
	return typedView[K, V]{kd.Order.Build(runFrom(sorted))}
}

func (kd *typedOrder[K, V]) Merge(m *typedMap[K, V], batch []Entry[K, V], same func(x, y V) bool, scratch []Entry[K, V]) (added, updated int, _ []Entry[K, V]) {
	added, updated, run := kd.Order.Merge(&m.Map, runFrom(batch), sameOf(same), runFrom(scratch))
	return added, updated, entriesOf[K, V](run)
}

func (kd *typedOrder[K, V]) Subtract(m *typedMap[K, V], batch, scratch []Entry[K, V]) (removed int, _ []Entry[K, V]) {
	removed, run := kd.Order.Subtract(&m.Map, runFrom(batch), runFrom(scratch))
	return removed, entriesOf[K, V](run)
}

func (kd *typedOrder[K, V]) Sort(entries []Entry[K, V]) []Entry[K, V] {
	return entriesOf[K, V](kd.Order.Sort(runFrom(entries)))
}

func (kd *typedOrder[K, V]) Ordinals(keys []K) []uint32 {
	return kd.Keys().Ordinals(Pointer(unsafe.SliceData(keys)), len(keys))
}

func (kd *typedOrder[K, V]) Check(v typedView[K, V]) error { return kd.Order.Check(v.View) }

func (kd *typedOrder[K, V]) Diff(before, after typedView[K, V], same func(x, y V) bool, yield func(before, after *Entry[K, V]) bool) {
	kd.Order.Diff(before.View, after.View, sameOf(same), func(x, y Pointer) bool {
		return yield((*Entry[K, V])(x), (*Entry[K, V])(y))
	})
}

// bounds returns the bounds without their types. They share b's memory.
func (b *typedBounds[K]) bounds() (untyped Bounds) {
	untyped.Low.Open, untyped.High.Open = b.Low.Open, b.High.Open
	if b.Low.Set {
		untyped.Low.Key = hide(&b.Low.Key)
	}
	if b.High.Set {
		untyped.High.Key = hide(&b.High.Key)
	}
	return untyped
}

func (kd *typedOrder[K, V]) Range(v typedView[K, V], b typedBounds[K], yield func(K, V) bool) bool {
	untyped := b.bounds()
	return kd.Order.Range(v.View, &untyped, func(run Run) bool { return each(run, yield) })
}

func (kd *typedOrder[K, V]) RangeBackward(v typedView[K, V], b typedBounds[K], yield func(K, V) bool) {
	untyped := b.bounds()
	kd.Order.RangeBackward(v.View, &untyped, func(run Run) bool { return eachBackward(run, yield) })
}

func (kd *typedOrder[K, V]) Cursor(v typedView[K, V]) typedCursor[K, V] {
	return typedCursor[K, V]{kd.Order.Cursor(v.View)}
}

func (c *typedCursor[K, V]) Entry() Entry[K, V] { return *(*Entry[K, V])(c.Cursor.Entry()) }

func (c *typedCursor[K, V]) Fill(dst []K) int {
	return c.Cursor.Fill(raw.Hide(Pointer(unsafe.SliceData(dst))), len(dst))
}

func (c *typedCursor[K, V]) Filter(keys []K, keep bool) []K {
	return keys[:c.Cursor.Filter(raw.Hide(Pointer(unsafe.SliceData(keys))), len(keys), keep)]
}

func (m *typedMap[K, V]) View() typedView[K, V] { return typedView[K, V]{m.Map.View()} }

func (m *typedMap[K, V]) Freeze() typedView[K, V] { return typedView[K, V]{m.Map.Freeze()} }

func (m *typedMap[K, V]) Share() typedMap[K, V] { return typedMap[K, V]{m.Map.Share()} }

func (m *typedMap[K, V]) Borrow() typedMap[K, V] { return typedMap[K, V]{m.Map.Borrow()} }

func (v typedView[K, V]) Run() []Entry[K, V] { return entriesOf[K, V](v.View.Run()) }

// Each yields all entries in order and reports whether yield wanted them all.
func (v typedView[K, V]) Each(yield func(K, V) bool) bool {
	for run := range v.Runs {
		if !each(run, yield) {
			return false
		}
	}
	return true
}

func (v typedView[K, V]) All(yield func(K, V) bool) { v.Each(yield) }

func (v typedView[K, V]) Backward(yield func(K, V) bool) {
	for run := range v.RunsBackward {
		if !eachBackward(run, yield) {
			return
		}
	}
}

func each[K, V any](run Run, yield func(K, V) bool) bool {
	for _, e := range entriesOf[K, V](run) {
		if !yield(e.Key, e.Value) {
			return false
		}
	}
	return true
}

func eachBackward[K, V any](run Run, yield func(K, V) bool) bool {
	entries := entriesOf[K, V](run)
	for i := len(entries) - 1; i >= 0; i-- {
		if !yield(entries[i].Key, entries[i].Value) {
			return false
		}
	}
	return true
}
