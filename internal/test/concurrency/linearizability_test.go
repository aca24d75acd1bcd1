package concurrency_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"
	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

// The tests below record what several clients do to one relation and what they get, and let
// porcupine search for an order of these operations, one at a time, that explains it all and in
// which an operation that ended before another began comes first. If there is none, the relation
// let somebody see what never was.

// grid is the state of a relation between lefts 0 to 2 and rights 0 to 2: the through values, 0
// where there is no edge.
type grid [3][3]int

// action is what a client does: the input of an operation.
type action struct {
	do          string
	left, right int
	value       int
	row         [3]int
}

// outcome is what it gets. Each action fills what it has.
type outcome struct {
	value  int
	ok     bool
	counts junction.Counts
	row    [3]int
	all    grid
}

// pairActions touch one pair; the others several.
var (
	pairActions = []string{"add", "insert", "remove", "get", "has", "increment"}
	allActions  = append(slices.Clone(pairActions), "set", "setRight", "list", "listRight", "common",
		"edges", "snapshot", "move", "sum", "addAll", "rollback", "len", "increment row")
)

// apply is the sequential relation: what an action makes of a state, and what it gets.
func (g grid) apply(a action) (grid, outcome) {
	var out outcome
	switch a.do {
	case "get", "has":
		out.value, out.ok = g[a.left][a.right], g[a.left][a.right] != 0
		if a.do == "has" {
			out.value = 0
		}
	case "add":
		g, out.counts = g.put(a.left, a.right, a.value)
	case "remove":
		g, out.counts = g.put(a.left, a.right, 0)
	case "insert":
		if out.ok = g[a.left][a.right] == 0; out.ok {
			g[a.left][a.right] = a.value
		}
	case "increment":
		out.value = g[a.left][a.right]
		g[a.left][a.right]++
	case "increment row":
		out.row = g[a.left]
		for right := range g[a.left] {
			g[a.left][right]++
		}
	case "set":
		g, out.counts = g.putAll(func(left, right int) (int, bool) { return a.row[right], left == a.left })
	case "setRight":
		g, out.counts = g.putAll(func(left, right int) (int, bool) { return a.row[left], right == a.right })
	case "addAll":
		g, out.counts = g.putAll(func(left, right int) (int, bool) { return a.row[right], a.row[right] != 0 })
	case "list":
		out.row = g[a.left]
	case "listRight":
		out.row = g.column(a.right)
	case "common":
		for right := range out.row {
			if g[0][right] != 0 && g[1][right] != 0 {
				out.row[right] = 1
			}
		}
	case "edges", "snapshot":
		out.all = g
	case "len":
		out.value = g.len()
	case "sum":
		for _, row := range g {
			out.value += row[0] + row[1] + row[2]
		}
	case "move": // the value of a pair to the same right of the next left
		out.value = g[a.left][a.right]
		to := (a.left + 1) % 3
		g[a.left][a.right], g[to][a.right] = 0, g[to][a.right]+out.value
	case "rollback":
	}
	return g, out
}

func (g grid) put(left, right int, value int) (grid, junction.Counts) {
	return g.putAll(func(l, r int) (int, bool) { return value, l == left && r == right })
}

// putAll gives pairs the value that they are to have, where they are to be changed.
func (g grid) putAll(value func(left, right int) (int, bool)) (grid, junction.Counts) {
	var c junction.Counts
	for left := range g {
		for right := range g[left] {
			v, ok := value(left, right)
			switch old := g[left][right]; {
			case !ok || old == v:
				continue
			case old == 0:
				c.Added++
			case v == 0:
				c.Removed++
			default:
				c.Updated++
			}
			g[left][right] = v
		}
	}
	return g, c
}

func (g grid) column(right int) (column [3]int) {
	for left := range g {
		column[left] = g[left][right]
	}
	return column
}

func (g grid) len() (n int) {
	for _, row := range g {
		for _, v := range row {
			if v != 0 {
				n++
			}
		}
	}
	return n
}

// sequential is the model that histories are judged by.
var sequential = porcupine.Model{
	Init: func() any { return grid{} },
	Step: func(state, input, output any) (bool, any) {
		next, want := state.(grid).apply(input.(action))
		return want == output.(outcome), next
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %+v", input, output) },
	DescribeState:     func(state any) string { return fmt.Sprint(state) },
}

// byPair is the model of histories whose actions touch one pair each: every pair is judged by
// itself, so that histories may be long.
func byPair() porcupine.Model {
	m := sequential
	m.Partition = func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, 9)
		for _, op := range history {
			a := op.Input.(action)
			parts[a.left*3+a.right] = append(parts[a.left*3+a.right], op)
		}
		return parts
	}
	return m
}

// perform does an action to a relation.
func perform(r *junction.ManyToMany[int, int, int], a action) (out outcome, err error) {
	increment := func(_ int, old int, _ bool) (int, bool) { return old + 1, true }
	switch a.do {
	case "get":
		out.value, out.ok = r.Get(a.left, a.right)
	case "has":
		out.ok = r.Right(a.right).Has(a.left)
	case "add":
		out.counts, err = r.Add(a.left, a.right, a.value)
	case "remove":
		out.counts, err = r.Right(a.right).Remove(a.left)
	case "insert":
		err = r.Insert(a.left, a.right, a.value)
		if out.ok = err == nil; errors.Is(err, junction.ErrExists) {
			err = nil
		}
	case "increment":
		_, err = r.Left(a.left).Modify(a.right, func(old int, ok bool) (int, bool) {
			out.value = old
			return increment(0, old, ok)
		})
	case "increment row":
		_, err = r.Left(a.left).ModifyAll(func(right int, old int, ok bool) (int, bool) {
			out.row[right] = old
			return increment(right, old, ok)
		}, 0, 1, 2)
	case "set":
		out.counts, err = r.Left(a.left).Set(a.related)
	case "setRight":
		out.counts, err = r.Right(a.right).Set(a.related)
	case "addAll":
		out.counts, err = r.AddAll(a.edges)
	case "list":
		out.row = rowOf(r.Left(a.left))
	case "listRight":
		out.row = rowOf(r.Right(a.right))
	case "common":
		for right := range junction.And(r.Left(0), r.Left(1)).Keys() {
			out.row[right] = 1
		}
	case "edges":
		out.all = gridOf(r)
	case "snapshot":
		out.all = gridOf(r.At(r.Graph().Snapshot()))
	case "len":
		out.value = r.Len()
	default:
		return inTransaction(r, a)
	}
	return out, err
}

var errUndo = errors.New("undo")

// inTransaction does an action that takes several calls.
func inTransaction(live *junction.ManyToMany[int, int, int], a action) (out outcome, err error) {
	err = live.Graph().Update(context.Background(), func(tx *junction.Tx) error {
		r := live.In(tx)
		switch a.do {
		case "move":
			var err error
			out.value, err = move(r, a)
			return err
		case "sum":
			for e := range r.Edges() {
				out.value += e.Through
			}
			return nil
		}
		if _, err := r.Clear(); err != nil { // "rollback"
			return err
		}
		if _, err := r.AddAll(a.edges); err != nil {
			return err
		}
		return errUndo
	})
	if errors.Is(err, errUndo) {
		err = nil
	}
	return out, err
}

func move(r *junction.ManyToMany[int, int, int], a action) (value int, err error) {
	value, ok := r.Get(a.left, a.right)
	if !ok {
		return 0, nil
	}
	if _, err := r.Remove(a.left, a.right); err != nil {
		return value, err
	}
	to := (a.left + 1) % 3
	there, _ := r.Get(to, a.right)
	_, err = r.Add(to, a.right, there+value)
	return value, err
}

// related yields the row of an action as neighbours.
func (a action) related(yield func(int, int) bool) {
	for k, v := range a.row {
		if v != 0 && !yield(k, v) {
			return
		}
	}
}

// edges yields the row of an action for every left.
func (a action) edges(yield func(junction.Edge[int, int, int]) bool) {
	for left := range 3 {
		for right, v := range a.row {
			if v != 0 && !yield(junction.Edge[int, int, int]{Left: left, Right: right, Through: v}) {
				return
			}
		}
	}
}

func rowOf(n junction.Node[int, int, int]) (row [3]int) {
	for k, v := range n.All() {
		row[k] = v
		runtime.Gosched() // so that others write in the middle of the loop
	}
	return row
}

func gridOf(r *junction.ManyToMany[int, int, int]) (g grid) {
	for e := range r.Edges() {
		g[e.Left][e.Right] = e.Through
		runtime.Gosched()
	}
	return g
}

// record lets clients act side by side and returns what happened. A counter serves as the clock:
// it tells what came before what, and that is all that a judgement needs.
func record(t *testing.T, r *junction.ManyToMany[int, int, int], clients, actions int, seed uint64, kinds []string) []porcupine.Operation {
	var clock atomic.Int64
	histories := make([][]porcupine.Operation, clients)
	start := make(chan struct{})
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			random := rand.New(rand.NewPCG(seed, uint64(client)))
			<-start
			for range actions {
				op := porcupine.Operation{ClientId: client, Input: randomAction(random, kinds), Call: clock.Add(1)}
				out, err := perform(r, op.Input.(action))
				op.Output, op.Return = out, clock.Add(1)
				if err != nil {
					t.Errorf("%+v: %v", op.Input, err)
				}
				histories[client] = append(histories[client], op)
				if random.IntN(3) == 0 {
					runtime.Gosched()
				}
			}
		})
	}
	close(start)
	wait.Wait()
	return slices.Concat(histories...)
}

func randomAction(random *rand.Rand, kinds []string) action {
	a := action{
		do:    kinds[random.IntN(len(kinds))],
		left:  random.IntN(3),
		right: random.IntN(3),
		value: 1 + random.IntN(4),
	}
	for i := range a.row {
		a.row[i] = random.IntN(4) // 0 for none
	}
	return a
}

// TestPairsAreLinearizable judges long histories of actions on single pairs.
func TestPairsAreLinearizable(t *testing.T) {
	for seed := range uint64(fixture.Rounds(200)) {
		r := junction.New[int, int, int]()
		history := record(t, r, 4, 150, seed, pairActions)
		judge(t, byPair(), history, seed)
		require.NoError(t, r.Graph().Check())
	}
}

// TestRelationIsLinearizable judges many short histories of actions of all kinds: on pairs, on
// nodes from both ends, on the whole relation, in one call or in a transaction.
func TestRelationIsLinearizable(t *testing.T) {
	for seed := range uint64(fixture.Rounds(6000)) {
		r := junction.New[int, int, int]()
		history := record(t, r, 4, 8, seed, allActions)
		judge(t, sequential, history, seed)
		require.NoError(t, r.Graph().Check())
	}
}

func judge(t *testing.T, m porcupine.Model, history []porcupine.Operation, seed uint64) {
	if porcupine.CheckOperations(m, history) {
		return
	}
	slices.SortFunc(history, func(x, y porcupine.Operation) int { return int(x.Call - y.Call) })
	for _, op := range history {
		t.Logf("client %d, %d to %d: %s", op.ClientId, op.Call, op.Return, m.DescribeOperation(op.Input, op.Output))
	}
	t.Fatalf("no order explains the history of seed %d", seed)
}

// TestJudgeRejects shows that the judge would find what it is there to find: each history is made
// by hand, once as it may be and once as it may not.
func TestJudgeRejects(t *testing.T) {
	at := func(client int, call, end int64, a action, out outcome) porcupine.Operation {
		return porcupine.Operation{ClientId: client, Call: call, Return: end, Input: a, Output: out}
	}
	added, updated := outcome{counts: junction.Counts{Added: 1}}, outcome{counts: junction.Counts{Updated: 1}}
	add := func(value int) action { return action{do: "add", value: value} }
	get, increment := action{do: "get"}, action{do: "increment"}
	saw := func(value int) outcome { return outcome{value: value, ok: value != 0} }
	setRow := action{do: "set", row: [3]int{1, 2, 3}}
	setOutcome := outcome{counts: junction.Counts{Added: 3}}

	for name, c := range map[string]struct{ right, wrong []porcupine.Operation }{
		"a stale read": {
			right: []porcupine.Operation{at(0, 1, 4, add(5), added), at(1, 2, 3, get, saw(0)), at(1, 5, 6, get, saw(5))},
			wrong: []porcupine.Operation{at(0, 1, 2, add(5), added), at(1, 3, 4, get, saw(0))},
		},
		"a read that goes back": {
			right: []porcupine.Operation{at(0, 1, 8, add(5), added), at(1, 2, 3, get, saw(0)), at(2, 4, 5, get, saw(5))},
			wrong: []porcupine.Operation{at(0, 1, 8, add(5), added), at(1, 2, 3, get, saw(5)), at(2, 4, 5, get, saw(0))},
		},
		"a lost update": {
			right: []porcupine.Operation{at(0, 1, 4, increment, outcome{}), at(1, 2, 3, increment, outcome{value: 1})},
			wrong: []porcupine.Operation{at(0, 1, 4, increment, outcome{}), at(1, 2, 3, increment, outcome{})},
		},
		"half a commit": {
			right: []porcupine.Operation{at(0, 1, 4, setRow, setOutcome), at(1, 2, 3, action{do: "list"}, outcome{row: [3]int{1, 2, 3}})},
			wrong: []porcupine.Operation{at(0, 1, 4, setRow, setOutcome), at(1, 2, 3, action{do: "list"}, outcome{row: [3]int{1, 2, 0}})},
		},
		"what was rolled back": {
			right: []porcupine.Operation{at(0, 1, 4, action{do: "rollback", row: [3]int{7, 7, 7}}, outcome{}), at(1, 2, 3, get, saw(0))},
			wrong: []porcupine.Operation{at(0, 1, 4, action{do: "rollback", row: [3]int{7, 7, 7}}, outcome{}), at(1, 2, 3, get, saw(7))},
		},
		"wrong counts": {
			right: []porcupine.Operation{at(0, 1, 4, add(5), added), at(1, 2, 3, add(6), updated)},
			wrong: []porcupine.Operation{at(0, 1, 4, add(5), added), at(1, 2, 3, add(6), added)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			require.True(t, porcupine.CheckOperations(sequential, c.right), "right")
			require.False(t, porcupine.CheckOperations(sequential, c.wrong), "wrong")
		})
	}
}

// TestJudgeRejectsRelationWithoutTransactions judges what happens if the steps of a transaction
// are commits of their own: then histories come up that no order explains. So the schedules of
// these tests do find such faults.
func TestJudgeRejectsRelationWithoutTransactions(t *testing.T) {
	for seed := range uint64(5000) {
		r := junction.New[int, int, int]()
		if !porcupine.CheckOperations(sequential, recordTorn(r, seed)) {
			return
		}
	}
	t.Fatal("every history was explained")
}

// recordTorn is record for one client who moves a value without a transaction and one who looks on.
func recordTorn(r *junction.ManyToMany[int, int, int], seed uint64) []porcupine.Operation {
	var clock atomic.Int64
	histories := make([][]porcupine.Operation, 2)
	act := func(client int, a action, do func() outcome) {
		op := porcupine.Operation{ClientId: client, Input: a, Call: clock.Add(1)}
		op.Output = do()
		op.Return = clock.Add(1)
		histories[client] = append(histories[client], op)
	}
	put := action{do: "add", value: 1}
	act(0, put, func() outcome { out, _ := perform(r, put); return out })
	var wait sync.WaitGroup
	wait.Go(func() {
		for left := range 3 {
			a := action{do: "move", left: left}
			act(0, a, func() outcome { value, _ := moveInSteps(r, a); return outcome{value: value} })
		}
	})
	wait.Go(func() {
		for range 3 + seed%5 {
			a := action{do: "snapshot"}
			act(1, a, func() outcome { out, _ := perform(r, a); return out })
		}
	})
	wait.Wait()
	return slices.Concat(histories...)
}

// moveInSteps is move with a commit for each step.
func moveInSteps(r *junction.ManyToMany[int, int, int], a action) (int, error) {
	value, _ := r.Get(a.left, a.right)
	_, err1 := r.Remove(a.left, a.right)
	runtime.Gosched()
	_, err2 := r.Add((a.left+1)%3, a.right, value)
	return value, errors.Join(err1, err2)
}
