package raw

import (
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"weak"

	"github.com/stretchr/testify/require"
)

// object is something on the heap that only values under test point to.
type object struct {
	number int
	_      [24]byte
}

// holder is a type whose values hold an object.
type holder[V any] struct {
	make func(o *object) V
	get  func(v V) *object
}

// testHolders runs a test for types that hold a pointer in every way in which a type can.
func testHolders(t *testing.T, test func(t *testing.T, h tester)) {
	run := func(name string, h tester) { t.Run(name, func(t *testing.T) { test(t, h) }) }
	run("pointer", holder[*object]{func(o *object) *object { return o }, func(v *object) *object { return v }})
	run("interface", holder[any]{func(o *object) any { return o }, func(v any) *object { return v.(*object) }})
	run("slice", holder[[]*object]{func(o *object) []*object { return []*object{o} }, func(v []*object) *object { return v[0] }})
	run("array", holder[[3]*object]{func(o *object) [3]*object { return [3]*object{1: o} }, func(v [3]*object) *object { return v[1] }})
	run("map", holder[map[int]*object]{func(o *object) map[int]*object { return map[int]*object{1: o} }, func(v map[int]*object) *object { return v[1] }})
	run("func", holder[func() *object]{func(o *object) func() *object { return func() *object { return o } }, func(v func() *object) *object { return v() }})
	run("struct", holder[mixed]{func(o *object) mixed { return mixed{A: 1, P: &o.number, X: o} }, func(v mixed) *object { return v.X.(*object) }})
	run("structs", holder[nested]{func(o *object) nested { return nested{1: {X: o}} }, func(v nested) *object { return v[1].X.(*object) }})
	run("entry", holder[entry]{func(o *object) entry { return entry{o, 7} }, func(v entry) *object { return v.value }})
}

// entry is padded behind its key.
type entry struct {
	value *object
	key   uint32
}

// tester does with the values of a holder what a test wants.
type tester interface {
	of() *Type
	write(p Pointer, o *object) // by the Type
	read(p Pointer) *object
}

func (h holder[V]) of() *Type { return TypeOf[V]() }

func (h holder[V]) write(p Pointer, o *object) {
	v := h.make(o)
	h.of().Set(p, Hide(Pointer(&v)))
}

func (h holder[V]) read(p Pointer) *object { return h.get(*(*V)(p)) }

// TestCollectorSeesPointers holds that the collector keeps what values in arrays, boxes and lists
// point to, as long as it is there and no longer.
func TestCollectorSeesPointers(t *testing.T) {
	testHolders(t, func(t *testing.T, h tester) {
		const n = 100
		of := h.of()
		l := List{Of: of}
		var alive []weak.Pointer[object]
		for i := range n {
			o := &object{number: i}
			alive = append(alive, weak.Make(o))
			box := of.New()
			h.write(box, o)
			l.Append(box)
		}
		boxes := of.BoxAll(l.P, n)
		l.Reset()
		collect()
		for i, w := range alive {
			require.NotNil(t, w.Value(), i)
			require.Equal(t, i, h.read(At(boxes, i, of.Size)).number)
		}
		of.Clear(boxes, n/2)
		collect()
		for i, w := range alive {
			require.Equal(t, i >= n/2, w.Value() != nil, i)
		}
		runtime.KeepAlive(l)
		runtime.KeepAlive(boxes)
	})
}

// collect frees what nobody points to. The second round empties pools that survive one.
func collect() {
	runtime.GC()
	runtime.GC()
}

// TestCollectorSeesMoves holds that the collector, while it marks, is told of pointers that move:
// from an array that it has yet to look at to one that it has seen already.
func TestCollectorSeesMoves(t *testing.T) {
	testHolders(t, func(t *testing.T, h tester) {
		rounds := 300
		if testing.Short() {
			rounds = 30
		}
		stop := make(chan struct{})
		var collector sync.WaitGroup
		collector.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					runtime.GC()
				}
			}
		})
		const n = 200
		of := h.of()
		ring, _ := of.Grow(n)
		for i := range n {
			h.write(At(ring, i, of.Size), &object{number: i})
		}
		for range rounds {
			other, _ := of.Grow(n)
			of.Move(Add(other, of.Size), ring, n-1) // by one, round the end
			of.Set(other, At(ring, n-1, of.Size))
			of.Clear(ring, n)
			ring = other
			of.Move(Add(ring, of.Size), ring, n-1) // overlapping, which doubles the first
			h.write(ring, &object{number: h.read(At(ring, 1, of.Size)).number})
		}
		close(stop)
		collector.Wait()
		debug.FreeOSMemory()
		for i := range n {
			number := h.read(At(ring, i, of.Size)).number
			require.True(t, 0 <= number && number < n, number)
		}
	})
}

// deep makes the stack grow by some hundred bytes a level, and does something at its end.
//
//go:noinline
func deep(levels int, do func()) byte {
	var room [256]byte
	if levels == 0 {
		do()
		return room[0]
	}
	room[levels%256] = deep(levels-1, do)
	return room[(levels+1)%256]
}

// overStack overwrites what a function has left on the stack below the caller's frame.
//
//go:noinline
func overStack() byte {
	var room [4096]byte
	for i := range room {
		room[i] = 0xAA
	}
	return room[len(room)-1]
}

// TestHiddenPointerFollowsTheStack holds that a hidden pointer goes with the variable when the
// stack grows, and when the collector shrinks it.
func TestHiddenPointerFollowsTheStack(t *testing.T) {
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for i := range 30 {
				key := [4]int{i, 1, 2, 3}
				hidden := Hide(Pointer(&key))
				at := uintptr(hidden)
				deep(10, func() {})
				deep(2000, runtime.GC)
				runtime.GC() // which halves a stack of which a quarter is used
				runtime.GC()
				(*[4]int)(hidden)[1]++
				_ = at // the stack has moved, most likely: not for sure, so that nothing is required of it
				require.Equal(t, [4]int{i, 2, 2, 3}, key)
				require.Equal(t, key, *(*[4]int)(hidden))
			}
		})
	}
	workers.Wait()
}

// TestHideAllocatesNothing holds what Hide is for.
func TestHideAllocatesNothing(t *testing.T) {
	read := func(p Pointer) int { return *(*int)(p) }
	for i := range 2 { // so that the compiler does not know which function it calls
		f := []func(Pointer) int{read, func(Pointer) int { return 0 }}[i]
		require.Zero(t, testing.AllocsPerRun(100, func() {
			key := i
			f(Hide(Pointer(&key)))
		}))
	}
}

// TestWhatHiddenValuesPointToMayBeKept holds that only the variable stays on the stack: a string in
// it that is made of bytes on the stack can be kept.
func TestWhatHiddenValuesPointToMayBeKept(t *testing.T) {
	texts, numbers := TypeOf[string](), TypeOf[*[4]int]()
	boxText := func(i int) Pointer {
		var room [16]byte
		for j := range room {
			room[j] = byte('a' + i)
		}
		s := string(room[:])
		return texts.Box(Hide(Pointer(&s)))
	}
	boxNumber := func(i int) Pointer {
		n := [4]int{i}
		p := &n
		return numbers.Box(Hide(Pointer(&p)))
	}
	var text, number []Pointer
	for i := range 20 {
		text, number = append(text, boxText(i)), append(number, boxNumber(i))
		overStack()
		collect()
	}
	for i := range text {
		require.Equal(t, byte('a'+i), (*(*string)(text[i]))[15])
		require.Equal(t, i, (**(**[4]int)(number[i]))[0])
	}
}

var kept Pointer

// TestKeptPointersAreFound holds that a program in which a hidden pointer is kept crashes, if the
// stack that it points to is freed before a collection. The stress test in the root relies on it.
func TestKeptPointersAreFound(t *testing.T) {
	if os.Getenv("KEEP") == "" {
		c := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		c.Env = append(os.Environ(), "KEEP=1")
		out, err := c.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "found bad pointer in Go heap")
		return
	}
	var worker sync.WaitGroup
	for range 100 {
		worker.Go(func() {
			deep(2000, func() {
				key := 7
				hidden := Hide(Pointer(&key))
				kept = hidden // against rule 5
			})
		})
		worker.Wait()
		collect()
		debug.FreeOSMemory()
	}
}
