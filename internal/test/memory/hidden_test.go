package memory_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// The library leaves keys and values that it is given on the caller's stack, where it can. The
// tests here hold that it reads them from the place to which the stack has moved, and keeps no
// pointer to them. Each key and value has a sum, so that one that is read from freed memory is
// found out.

type (
	stackKey   struct{ number, sum int }
	stackValue struct {
		text *string
		sum  int
	}
	stackRelation = junction.ManyToMany[stackKey, stackKey, stackValue]
)

func keyOf(n int) stackKey { return stackKey{n, n*31 + 7} }

func valueOf(n int) stackValue {
	s := fmt.Sprint(n)
	return stackValue{&s, n*31 + 7}
}

// stackMover is a caller whose functions make the stack move in the middle of a call.
type stackMover struct {
	calls  atomic.Uint64
	broken atomic.Uint64 // keys and values that were read from the wrong place
}

func (m *stackMover) compare(x, y stackKey) int {
	m.move()
	if x != keyOf(x.number) || y != keyOf(y.number) {
		m.broken.Add(1)
	}
	return cmp.Compare(x.number, y.number)
}

func (m *stackMover) equal(x, y stackValue) bool {
	m.move()
	for _, v := range []stackValue{x, y} {
		if v.text != nil && fmt.Sprint((v.sum-7)/31) != *v.text {
			m.broken.Add(1)
		}
	}
	return x.sum == y.sum
}

// move makes the stack grow, so that it moves, overwrites the stacks that were freed, and at times
// collects garbage, so that stacks shrink.
func (m *stackMover) move() {
	switch n := m.calls.Add(1); {
	case n%499 == 0:
		runtime.GC()
	case n%7 == 0:
		useStack(400)
		var others sync.WaitGroup
		for _, depth := range []int{2, 4, 10, 25, 60} {
			others.Go(func() { useStack(depth) })
		}
		others.Wait()
	}
}

// useStack overwrites depth times a quarter of a kilobyte of the stack.
//
//go:noinline
func useStack(depth int) (sum byte) {
	var room [256]byte
	for i := range room {
		room[i] = 0xAA
	}
	if depth > 0 {
		sum = useStack(depth - 1)
	}
	return sum + room[depth%256]
}

// onItsOwnStack runs a function in a goroutine, whose stack is small at first.
func onItsOwnStack(do func()) {
	var worker sync.WaitGroup
	worker.Go(do)
	worker.Wait()
}

// stackCalls are the calls that take keys and values, each for a node and a neighbour, and on a
// model of the node. They keep what they are given in variables, which stay on the stack.
var stackCalls = map[string]func(r *stackRelation, a, b int, model map[int]int) error{
	"Add": func(r *stackRelation, a, b int, model map[int]int) error {
		model[b] = a + b
		_, err := r.Add(keyOf(a), keyOf(b), valueOf(a+b))
		return err
	},
	"Insert": func(r *stackRelation, a, b int, model map[int]int) error {
		err := r.Insert(keyOf(a), keyOf(b), valueOf(b))
		if _, ok := model[b]; ok {
			if err == nil {
				return fmt.Errorf("inserted %d %d twice", a, b)
			}
			return nil
		}
		model[b] = b
		return err
	},
	"Remove": func(r *stackRelation, a, b int, model map[int]int) error {
		delete(model, b)
		_, err := r.Remove(keyOf(a), keyOf(b))
		return err
	},
	"Node.Add": func(r *stackRelation, a, b int, model map[int]int) error {
		model[b] = a
		_, err := r.Left(keyOf(a)).Add(keyOf(b), valueOf(a))
		return err
	},
	"Node.AddEach": func(r *stackRelation, a, b int, model map[int]int) error {
		model[b], model[b+1] = 3, 3
		_, err := r.Left(keyOf(a)).AddEach([]stackKey{keyOf(b), keyOf(b + 1)}, valueOf(3))
		return err
	},
	"Node.Set": func(r *stackRelation, a, b int, model map[int]int) error {
		clear(model)
		model[b], model[b+2] = 5, 6
		_, err := r.Left(keyOf(a)).Set(func(yield func(stackKey, stackValue) bool) {
			_ = yield(keyOf(b), valueOf(5)) && yield(keyOf(b+2), valueOf(6))
		})
		return err
	},
	"Node.Remove": func(r *stackRelation, a, b int, model map[int]int) error {
		delete(model, b)
		delete(model, b+1)
		_, err := r.Left(keyOf(a)).Remove(keyOf(b), keyOf(b+1))
		return err
	},
	"Node.Clear": func(r *stackRelation, a, b int, model map[int]int) error {
		if b%5 > 0 {
			return nil
		}
		clear(model)
		_, err := r.Left(keyOf(a)).Clear()
		return err
	},
	"Node.Modify": func(r *stackRelation, a, b int, model map[int]int) error {
		_, err := r.Left(keyOf(a)).Modify(keyOf(b), func(old stackValue, ok bool) (stackValue, bool) {
			useStack(200)
			return valueOf(9), !ok
		})
		if _, ok := model[b]; ok {
			delete(model, b)
		} else {
			model[b] = 9
		}
		return err
	},
	"AddAll": func(r *stackRelation, a, b int, model map[int]int) error {
		model[b], model[b+3] = 1, 2
		_, err := r.AddAll(func(yield func(junction.Edge[stackKey, stackKey, stackValue]) bool) {
			_ = yield(junction.Edge[stackKey, stackKey, stackValue]{Left: keyOf(a), Right: keyOf(b), Through: valueOf(1)}) &&
				yield(junction.Edge[stackKey, stackKey, stackValue]{Left: keyOf(a), Right: keyOf(b + 3), Through: valueOf(2)})
		})
		return err
	},
	"RemoveAll": func(r *stackRelation, a, b int, model map[int]int) error {
		delete(model, b)
		_, err := r.RemoveAll(func(yield func(stackKey, stackKey) bool) { yield(keyOf(a), keyOf(b)) })
		return err
	},
	"Update": func(r *stackRelation, a, b int, model map[int]int) error {
		model[b] = a
		return r.Graph().Update(context.Background(), func(tx *junction.Tx) error {
			_, err := r.In(tx).Add(keyOf(a), keyOf(b), valueOf(a))
			if err == nil && !r.In(tx).Has(keyOf(a), keyOf(b)) {
				err = fmt.Errorf("%d %d is not in the transaction", a, b)
			}
			return err
		})
	},
	"reads": func(r *stackRelation, a, b int, model map[int]int) error {
		return errOfReads(r, a, b, model)
	},
	"reads at a snapshot": func(r *stackRelation, a, b int, model map[int]int) error {
		return errOfReads(r.At(r.Graph().Snapshot()), a, b, model)
	},
}

// errOfReads returns in what a node differs from its model.
func errOfReads(r *stackRelation, a, b int, model map[int]int) error {
	want, there := model[b]
	got, ok := r.Get(keyOf(a), keyOf(b))
	node := r.Left(keyOf(a))
	switch {
	case ok != there || ok && got.sum != valueOf(want).sum:
		return fmt.Errorf("%d %d is %v", a, b, got)
	case r.Has(keyOf(a), keyOf(b)) != there || node.Has(keyOf(b)) != there || node.HasAll(keyOf(b), keyOf(b)) != there:
		return fmt.Errorf("%d %d is there, or not, as it is asked for", a, b)
	case node.Count() != len(model):
		return fmt.Errorf("%d has %d neighbours, not %d", a, node.Count(), len(model))
	}
	keys := slices.Sorted(maps.Keys(model))
	bounded := junction.From(keyOf(b - 3)).To(keyOf(b + 3))
	between := slices.DeleteFunc(slices.Clone(keys), func(k int) bool { return k < b-3 || k > b+3 })
	if err := errOfLoop("All", node.All(), keys, model); err != nil {
		return err
	}
	if err := errOfLoop("Range", node.Range(bounded), between, model); err != nil {
		return err
	}
	slices.Reverse(between)
	return errOfLoop("RangeBackward", node.RangeBackward(bounded), between, model)
}

func errOfLoop(name string, loop iter.Seq2[stackKey, stackValue], want []int, model map[int]int) error {
	i := 0
	for k, v := range loop {
		useStack(100)
		if i == len(want) || k != keyOf(want[i]) || v.sum != valueOf(model[k.number]).sum || *v.text != fmt.Sprint(model[k.number]) {
			return fmt.Errorf("%s: %v is no. %d of %v", name, k, i, want)
		}
		i++
	}
	if i != len(want) {
		return fmt.Errorf("%s ends after %d of %v", name, i, want)
	}
	return nil
}

// TestVariablesOfCallersMove runs every call while the stack moves, in goroutines that have a node
// each, on relations in memory and with a store. A pointer that is kept ends the process.
func TestVariablesOfCallersMove(t *testing.T) {
	declare := map[string]func(m *stackMover) *stackRelation{
		"memory": func(m *stackMover) *stackRelation {
			return junction.RelateFunc[stackKey, stackKey, stackValue](junction.NewGraph(nil), "", m.compare, m.compare, junction.Equal(m.equal))
		},
		"store": func(m *stackMover) *stackRelation {
			g := junction.NewGraph(&junction.Options{Store: persisttest.NewMemory(persist.Binary).Open()})
			r := junction.RelateFunc[stackKey, stackKey, stackValue](g, "r", m.compare, m.compare, junction.Equal(m.equal), stackKeyCodec, stackValueCodec)
			require.NoError(t, g.Open(context.Background()))
			return r
		},
	}
	names := slices.Sorted(maps.Keys(stackCalls))
	for name, declare := range declare {
		t.Run(name, func(t *testing.T) {
			const nodes = 6
			rounds := 200
			if testing.Short() {
				rounds = 40
			}
			var mover stackMover
			r := declare(&mover)
			var workers sync.WaitGroup
			for a := range nodes {
				workers.Go(func() {
					rnd := rand.New(rand.NewPCG(uint64(a), 1))
					model := map[int]int{}
					for range rounds {
						name := names[rnd.IntN(len(names))]
						b := rnd.IntN(30)
						var err error
						onItsOwnStack(func() { err = stackCalls[name](r, a, b, model) })
						if err != nil {
							t.Errorf("%s of %d %d: %v", name, a, b, err)
							return
						}
					}
					if err := errOfReads(r, a, 3, model); err != nil {
						t.Error(err)
					}
				})
			}
			workers.Wait()
			runtime.GC() // which finds pointers to the stacks of goroutines that have ended
			runtime.GC()
			require.NoError(t, r.Graph().Check())
			require.Zero(t, mover.broken.Load(), "keys and values that were not where they were read")
			require.NoError(t, r.Graph().Close())
		})
	}
}

var (
	stackKeyCodec = junction.Codec("stack key",
		func(b []byte, k stackKey) ([]byte, error) { return append(b, byte(k.number)), nil },
		func(b []byte) (stackKey, error) { return keyOf(int(b[0])), nil })
	stackValueCodec = junction.Codec("stack value",
		func(b []byte, v stackValue) ([]byte, error) { return append(b, *v.text...), nil },
		func(b []byte) (stackValue, error) { s := string(b); return stackValue{text: &s}, nil })
)

// TestComparisonThatPanics holds that a panic of a comparison function comes out of the call that
// it interrupts, and leaves the relation unlocked, wherever it strikes.
func TestComparisonThatPanics(t *testing.T) {
	for name, call := range stackCalls {
		t.Run(name, func(t *testing.T) {
			for fuse := range 40 {
				left, lit := fuse, false
				compare := func(x, y stackKey) int {
					if left--; lit && left < 0 {
						useStack(100)
						panic("comparison")
					}
					return cmp.Compare(x.number, y.number)
				}
				r := junction.NewFunc[stackKey, stackKey, stackValue](compare, compare)
				model := map[int]int{}
				for b := range 12 {
					require.NoError(t, stackCalls["Add"](r, 1, b, model))
				}
				left, lit = fuse, true
				onItsOwnStack(func() {
					defer func() {
						if p := recover(); p != nil {
							require.Equal(t, "comparison", p)
						}
					}()
					_ = call(r, 1, 5, model)
				})
				lit = false
				r.Has(keyOf(1), keyOf(1)) // takes the lock
				_, err := r.Add(keyOf(2), keyOf(2), valueOf(2))
				require.NoError(t, err)
			}
		})
	}
}
