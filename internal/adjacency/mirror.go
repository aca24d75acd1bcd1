package adjacency

import (
	"math"
	"runtime"
	"slices"
	"sync"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
)

// Mirror returns the other side of a relation of which near is one, in the kinds of like. It goes through near twice: to
// count the degrees, and to put each edge where it stays. Meanwhile it needs 4 bytes an edge and some 70 a node. A large near is
// cut into pieces, for as many goroutines as can run at once, unless a function of the caller's compares keys.
func Mirror[K, N, T any](near *Side[K, N, T], like *Side[N, K, T]) *Side[N, K, T] {
	return mirror(near, like, min(near.entries/worthAPiece, runtime.GOMAXPROCS(0)))
}

// worthAPiece is how many edges a goroutine has at least. For 10,000 each, two took as long as one did.
const worthAPiece = 32_768

func mirror[K, N, T any](near *Side[K, N, T], like *Side[N, K, T], mostPieces int) *Side[N, K, T] {
	pieces := pieces(near, like, mostPieces)
	each(pieces, (*piece[K, N, T]).census)
	keys, degrees := allot(pieces)
	maps := make([]ordered.Assembly[K, T], len(keys))
	for i, n := range degrees {
		maps[i] = like.neighbours.Assemble(int(n))
	}
	each(pieces, func(p *piece[K, N, T]) { p.fill(maps) })
	b := like.Builder(len(keys))
	for _, r := range inOrder(like.nodes.Ordinals(keys)) {
		slot := b.slot()
		slot.Map = like.neighbours.Assembled(&maps[r.At], int(degrees[r.At]))
		b.add(keys[r.At], slot)
	}
	return b.Side()
}

// piece is a stretch of the nodes of a side that is mirrored.
type piece[K, N, T any] struct {
	nodes   []ordered.Entry[K, ref]
	numbers *numbers[N] // of the far nodes, as they turn up
	keys    []N         // of these
	degrees []uint32    // how many edges of the piece each has, and later how many those of the pieces before
	farOf   []uint32    // of each edge, the number of its far node
	places  []uint32    // of the far nodes among all; nil if there is one piece
}

// pieces cuts a side into one piece at least.
func pieces[K, N, T any](near *Side[K, N, T], like *Side[N, K, T], most int) []*piece[K, N, T] {
	nodes := near.order.View().AppendTo(make([]ordered.Entry[K, ref], 0, near.Nodes()))
	newNumbers, mostNumbers := numbersOf(near, like)
	n := max(1, min(most, mostNumbers, len(nodes)))
	list := make([]*piece[K, N, T], n)
	for i := range list {
		begin, end := len(nodes)*i/n, len(nodes)*(i+1)/n
		list[i] = &piece[K, N, T]{nodes: nodes[begin:end], numbers: newNumbers(), farOf: make([]uint32, 0, near.entries/n)}
	}
	return list
}

// each does something with every piece, in goroutines beside each other.
func each[P any](pieces []P, do func(P)) {
	var others sync.WaitGroup
	for _, p := range pieces[1:] {
		others.Go(func() { do(p) })
	}
	do(pieces[0])
	others.Wait()
}

// census numbers the far nodes of a piece and counts their edges.
func (p *piece[K, N, T]) census() {
	for _, node := range p.nodes {
		for run := range slotAt[N, T](node.Value).View().Runs {
			p.count(run)
		}
	}
}

func (p *piece[K, N, T]) count(run []ordered.Entry[N, T]) {
	degrees, farOf := p.degrees, p.farOf
	for i := range run {
		n := p.numbers.of(run[i].Key)
		if int(n) == len(degrees) {
			p.keys, degrees = append(p.keys, run[i].Key), append(degrees, 0)
		}
		degrees[n]++
		farOf = append(farOf, n)
	}
	p.degrees, p.farOf = degrees, farOf
}

// allot returns the keys and the degrees of all far nodes, and tells each piece where in these its own begin.
func allot[K, N, T any](pieces []*piece[K, N, T]) (keys []N, degrees []uint32) {
	first := pieces[0]
	if len(pieces) == 1 {
		return first.keys, first.degrees
	}
	keys, degrees = slices.Clone(first.keys), make([]uint32, len(first.keys))
	for _, p := range pieces {
		p.places = make([]uint32, len(p.keys))
		for i, k := range p.keys {
			n := first.numbers.of(k)
			if int(n) == len(keys) {
				keys, degrees = append(keys, k), append(degrees, 0)
			}
			p.places[i] = n
			p.degrees[i], degrees[n] = degrees[n], degrees[n]+p.degrees[i]
		}
	}
	return keys, degrees
}

// fill puts the edges of a piece into the maps of the far nodes.
func (p *piece[K, N, T]) fill(maps []ordered.Assembly[K, T]) {
	own := maps
	if p.places != nil {
		own = make([]ordered.Assembly[K, T], len(p.places))
		for i, place := range p.places {
			own[i] = maps[place].From(int(p.degrees[i]))
		}
	}
	farOf := p.farOf
	for _, node := range p.nodes {
		for run := range slotAt[N, T](node.Value).View().Runs {
			for i, far := range farOf[:len(run)] {
				own[far].Append(ordered.Entry[K, T]{Value: run[i].Value, Key: node.Key})
			}
			farOf = farOf[len(run):]
		}
	}
}

// inOrder returns the places of ordinals in ascending order.
func inOrder(ordinals []uint32) []radix.Record {
	order := make([]radix.Record, len(ordinals))
	for i, ordinal := range ordinals {
		order[i] = radix.Record{Key: ordinal, At: i}
	}
	order, _ = radix.Sort(order, make([]radix.Record, len(order)))
	return order
}

// numbers gives keys numbers from 0 in the order in which they turn up. Integers that are not far apart need no hash.
type numbers[N any] struct {
	given  uint32
	window []uint32 // number + 1 of each key from low on; or else
	low    uint64
	mask   uint64
	others index[N, uint32]
}

// numbersOf returns a function that begins numbers for the far nodes of a side, and how many of them there may be at once: their windows are
// to take 8 bytes an edge at most, and functions of the caller's are to run in one goroutine.
func numbersOf[K, N, T any](near *Side[K, N, T], like *Side[N, K, T]) (begin func() *numbers[N], most int) {
	if like.newIndex == nil {
		return func() *numbers[N] { return &numbers[N]{others: like.newRanks()} }, 1
	}
	if isInteger[N]() && near.entries > 0 {
		if low, width := near.window(); width < uint64(2*near.entries) {
			var n N
			return func() *numbers[N] {
				return &numbers[N]{window: make([]uint32, width+1), low: bitsOf(low), mask: 1<<(8*unsafe.Sizeof(n)) - 1}
			}, 2 * near.entries / int(width+1)
		}
	}
	return func() *numbers[N] { return &numbers[N]{others: like.newRanks()} }, math.MaxInt
}

// window returns the lowest of the neighbours, which are integers, and how far above it the highest is.
func (s *Side[K, N, T]) window() (low N, width uint64) {
	var high N
	first := true
	for _, slot := range s.All {
		lowest, highest := slot.View().Ends()
		if first || s.neighbours.Compare(lowest, low) < 0 {
			low = lowest
		}
		if first || s.neighbours.Compare(highest, high) > 0 {
			high = highest
		}
		first = false
	}
	return low, (bitsOf(high) - bitsOf(low)) & (1<<(8*unsafe.Sizeof(low)) - 1)
}

// of returns the number of a key. It is small enough to be inlined.
func (x *numbers[N]) of(key N) uint32 {
	if x.window != nil {
		if number := x.window[x.place(key)]; number > 0 {
			return number - 1
		}
	}
	return x.give(key)
}

func (x *numbers[N]) place(key N) uint64 { return (bitsOf(key) - x.low) & x.mask }

// give returns the number of a key that may be new.
func (x *numbers[N]) give(key N) uint32 {
	if x.window != nil {
		x.given++
		x.window[x.place(key)] = x.given
		return x.given - 1
	}
	number := x.others.get(key)
	if number == 0 {
		x.given++
		number = x.given
		x.others.put(key, number)
	}
	return number - 1
}
