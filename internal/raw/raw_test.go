package raw

import (
	"fmt"
	"reflect"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// The types of values under test are of every class, with and without pointers, and with padding.
type (
	named  int32
	padded struct {
		A, _ byte
		B    int64
	}
	endsSlim struct { // which Go pads, so that no pointer behind the value is made
		P *int
		_ struct{}
	}
	mixed struct {
		A byte
		P *int
		B [3]byte
		S string
		X any
		L []int
	}
	nested [2]mixed
	wide   [40]byte
)

// testTypes runs a test for each type, with some values of it that differ, and none of them zero.
func testTypes(t *testing.T, test func(t *testing.T, c tested)) {
	one, two := 1, 2
	c := make(chan int)
	of := func(c tested) {
		t.Run(c.name(), func(t *testing.T) { test(t, c) })
	}
	of(values[int8](false, 1, 2, -3))
	of(values[int16](false, 1, -2))
	of(values[named](false, 1, -2))
	of(values(false, 1, -2, 3))
	of(values[uint64](false, 1, 1<<63))
	of(values[uintptr](false, 1, 2))
	of(values[float32](false, 1.5, 2))
	of(values(false, 1.5, -2))
	of(values[complex64](false, 1, 2i))
	of(values[complex128](false, 1, 2i))
	of(values(false, true))
	of(values(false, struct{}{}))
	of(values(false, [0]*int{}))
	of(values(false, [3]byte{1, 2, 3}, [3]byte{2: 9}))
	of(values(false, [8]byte{1}, [8]byte{7: 1}))
	of(values(false, [16]byte{1}, [16]byte{15: 1}))
	of(values(false, wide{1}, wide{39: 1}))
	of(values(false, padded{A: 1, B: 2}, padded{B: 1}))
	of(values(true, "a", "bc"))
	of(values(true, &one, &two))
	of(values(true, unsafe.Pointer(&one)))
	of(values(true, map[int]int{1: 2}, map[int]int{}))
	of(values(true, c))
	of(values(true, []int{1}, []int{2, 3}))
	of(values[any](true, 1, "a", &one, [2]string{"x"}))
	of(values[error](true, fmt.Errorf("a")))
	of(values(true, [2]string{"a", "b"}, [2]string{1: "c"}))
	of(values(true, [3]*int{&one}))
	of(values(true, endsSlim{P: &one}))
	of(values(true, mixed{A: 1, P: &one, B: [3]byte{1, 2, 3}, S: "s", X: 7, L: []int{1}}, mixed{X: "x"}))
	of(values(true, nested{{P: &one}, {S: "s"}}, nested{1: {X: &two}}))
}

// tested is a type under test.
type tested interface {
	name() string
	hasPointers() bool
	of() *Type
	sample() int // how many values there are
	value(i int) any
	at(p Pointer, i int) any
	write(p Pointer, i, value int) // as Go does it, at element i
}

type testedType[V any] struct {
	pointers bool
	vs       []V
}

func values[V any](pointers bool, vs ...V) tested { return testedType[V]{pointers, vs} }

func (c testedType[V]) name() string            { return reflect.TypeFor[V]().String() }
func (c testedType[V]) hasPointers() bool       { return c.pointers }
func (c testedType[V]) of() *Type               { return TypeOf[V]() }
func (c testedType[V]) sample() int             { return len(c.vs) }
func (c testedType[V]) value(i int) any         { return c.vs[i%len(c.vs)] }
func (c testedType[V]) at(p Pointer, i int) any { return Slice[V](p, i+1)[i] }
func (c testedType[V]) write(p Pointer, i, value int) {
	Slice[V](p, i+1)[i] = c.vs[value%len(c.vs)]
}

// zeroOf returns the zero value of a type.
func zeroOf(c tested) any { return reflect.Zero(c.of().Of).Interface() }

// filled returns an array of values in turn.
func filled(c tested, n int) Pointer {
	p, _ := c.of().Grow(n)
	for i := range n {
		c.write(p, i, i)
	}
	return p
}

// requireValues requires that element i of an array is value want(i), or zero where it is negative.
func requireValues(t *testing.T, c tested, p Pointer, n int, want func(i int) int) {
	t.Helper()
	for i := range n {
		if w := want(i); w < 0 {
			require.Equal(t, zeroOf(c), c.at(p, i), i)
		} else {
			require.Equal(t, c.value(w), c.at(p, i), i)
		}
	}
}

func TestType(t *testing.T) {
	testTypes(t, func(t *testing.T, c tested) {
		of := c.of()
		require.Equal(t, c.value(0), c.of().Any(filled(c, 1)))
		require.Equal(t, !c.hasPointers(), of.Plain())
		require.Equal(t, c.hasPointers(), HasPointers(of.Of))
		require.Equal(t, of.Of.Size(), of.Size)
	})
	require.True(t, TypeOf[uint64]().IsWord())
	require.True(t, TypeOf[float64]().IsWord())
	for _, of := range []*Type{TypeOf[uint32](), TypeOf[[8]byte](), TypeOf[[2]uint16](), TypeOf[struct{ A, B *int32 }]()} {
		require.False(t, of.IsWord(), of.Of)
	}
}

func TestGrow(t *testing.T) {
	testTypes(t, func(t *testing.T, c tested) {
		of := c.of()
		for _, n := range []int{0, 1, 2, 3, 7, 33, 1000} {
			p, room := of.Grow(n)
			require.GreaterOrEqual(t, room, n)
			if n > 0 {
				require.NotNil(t, p)
				require.Zero(t, uintptr(p)%uintptr(of.Of.Align()))
			}
			requireValues(t, c, p, room, func(int) int { return -1 })
			for i := range room { // all of it can be written
				c.write(p, i, i)
			}
			q, more := of.Grow(n)
			requireValues(t, c, q, more, func(int) int { return -1 })
			requireValues(t, c, p, room, func(i int) int { return i })
		}
		require.NotNil(t, of.New())
		require.Equal(t, zeroOf(c), c.at(of.New(), 0))
	})
}

func TestSet(t *testing.T) {
	testTypes(t, func(t *testing.T, c tested) {
		of := c.of()
		const n = 9
		src := filled(c, n)
		dst, _ := of.Grow(n)
		for i := range n {
			of.Set(At(dst, i, of.Size), At(src, n-1-i, of.Size))
			of.Set(At(dst, i, of.Size), At(dst, i, of.Size)) // itself
		}
		requireValues(t, c, dst, n, func(i int) int { return n - 1 - i })
		requireValues(t, c, src, n, func(i int) int { return i })
		box := of.Box(At(src, 1, of.Size))
		boxes := of.BoxAll(src, n)
		of.Clear(At(src, 2, of.Size), 3)
		of.Clear(src, 0)
		requireValues(t, c, src, n, func(i int) int {
			if 2 <= i && i < 5 {
				return -1
			}
			return i
		})
		requireValues(t, c, box, 1, func(int) int { return 1 })
		requireValues(t, c, boxes, n, func(i int) int { return i })
	})
}

// TestSetUnaligned holds that values without pointers can stand anywhere.
func TestSetUnaligned(t *testing.T) {
	testTypes(t, func(t *testing.T, c tested) {
		of := c.of()
		if c.hasPointers() {
			t.Skip("values with pointers are aligned")
		}
		room := make([]byte, of.Size+8)
		for offset := range uintptr(8) {
			clear(room)
			p := Add(First(room), offset)
			of.Set(p, filled(c, 1))
			require.Equal(t, c.value(0), of.Any(of.Box(p)), offset)
		}
	})
}

func TestMoveOverlapping(t *testing.T) {
	testTypes(t, func(t *testing.T, c tested) {
		of := c.of()
		const n = 12
		for from := range n {
			for to := range n {
				p := filled(c, n)
				count := n - max(from, to)
				of.Move(At(p, to, of.Size), At(p, from, of.Size), count)
				requireValues(t, c, p, n, func(i int) int {
					if to <= i && i < to+count {
						return i - to + from
					}
					return i
				})
			}
		}
		of.Move(nil, nil, 0)
	})
}

func TestList(t *testing.T) {
	testTypes(t, func(t *testing.T, c tested) {
		of := c.of()
		src := filled(c, 5)
		l := List{Of: of}
		for i := range 100 {
			l.Append(At(src, i%5, of.Size))
			if i%10 == 9 {
				l.Append(l.At(0)) // a value of its own, perhaps while it grows
				l.AppendOrZero(nil)
				l.AppendOrZero(At(src, 3, of.Size))
			}
		}
		want := func(i int) int {
			switch round, at := i/13, i%13; at {
			case 10:
				return 0
			case 11:
				return -1
			case 12:
				return 3
			default:
				return (10*round + at) % 5
			}
		}
		require.Equal(t, 130, l.Len)
		requireValues(t, c, l.P, l.Len, want)
		rest := func() {
			t.Helper()
			for i := l.Len; i < l.Cap; i++ {
				require.Equal(t, zeroOf(c), c.at(l.P, i), "what is unused is zero")
			}
		}
		rest()
		room := l.Cap
		l.Reset()
		require.Equal(t, [2]int{0, room}, [2]int{l.Len, l.Cap})
		rest()
		l.Room(2 * room)
		require.GreaterOrEqual(t, l.Cap, 2*room)
		l.AppendOrZero(nil)
		require.Equal(t, zeroOf(c), c.at(l.P, 0))
	})
}

// TestKinds holds that HasPointers knows each kind of type: a new one would be taken for a plain
// one.
func TestKinds(t *testing.T) {
	require.Equal(t, reflect.Kind(26), reflect.UnsafePointer, "Go has a new kind of type: does HasPointers know it?")
	require.False(t, HasPointers(reflect.TypeFor[struct{ _ [0]func() }]()))
	require.True(t, HasPointers(reflect.TypeFor[[1]struct{ _ func() }]()))
}
