package adjacency

import (
	"math"
	"runtime"
	"sync"
	"unsafe"

	"github.com/seed-250bd433/junction/internal/intmap"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Mirror returns the other side of a relation of which near is one, in the kinds of like. It goes through near twice: to
// count the degrees, and to put each edge where it stays. Meanwhile it needs 4 bytes an edge and some 70 a node. A large near is
// cut into pieces, for as many goroutines as can run at once, unless a function of the caller's compares keys.
func Mirror(near, like *Side) *Side {
	return mirror(near, like, min(near.entries/worthAPiece, runtime.GOMAXPROCS(0)))
}

// worthAPiece is how many edges a goroutine has at least. For 10,000 each, two took as long as one did.
const worthAPiece = 32_768

func mirror(near, like *Side, mostPieces int) *Side {
	pieces := pieces(near, like, mostPieces)
	each(pieces, (*piece).census)
	keys, degrees := allot(pieces)
	maps := make([]ordered.Assembly, keys.n)
	for i, n := range degrees {
		maps[i] = like.neighbours.Assemble(int(n))
	}
	each(pieces, func(p *piece) { p.fill(maps, like.neighbours) })
	b := like.Builder()
	for _, r := range inOrder(like.keys.Ordinals(keys.p, keys.n)) {
		slot := b.slot()
		slot.Map = like.neighbours.Assembled(&maps[r.At], int(degrees[r.At]))
		b.add(keys.at(r.At), slot)
	}
	return b.Side()
}

// list is a growing array of keys.
type list struct {
	of     *raw.Type
	p      Pointer
	n, cap int
}

func (l *list) at(i int) Pointer { return raw.At(l.p, i, l.of.Size) }

func (l *list) append(k Pointer) {
	if l.n == l.cap {
		p, room := l.of.Grow(max(16, 2*l.n))
		l.of.Move(p, l.p, l.n)
		l.p, l.cap = p, room
	}
	l.of.Set(l.at(l.n), k)
	l.n++
}

// piece is a stretch of the nodes of a side that is mirrored.
type piece struct {
	near    *Side
	nodes   ordered.Run
	numbers *numbers // of the far nodes, as they turn up
	keys    list     // of these
	degrees []uint32 // how many edges of the piece each has, and later how many those of the pieces before
	farOf   []uint32 // of each edge, the number of its far node
	places  []uint32 // of the far nodes among all; nil if there is one piece
}

// pieces cuts a side into one piece at least.
func pieces(near, like *Side, most int) []*piece {
	nodes := near.nodes.AppendTo(near.order.View(), ordered.Run{})
	newNumbers, mostNumbers := numbersOf(near, like)
	n := max(1, min(most, mostNumbers, nodes.Len))
	pieces := make([]*piece, n)
	for i := range pieces {
		begin, end := nodes.Len*i/n, nodes.Len*(i+1)/n
		pieces[i] = &piece{near: near, nodes: near.nodes.From(nodes.To(end), begin), numbers: newNumbers(),
			keys: list{of: like.keys.Type}, farOf: make([]uint32, 0, near.entries/n)}
	}
	return pieces
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
func (p *piece) census() {
	kind := p.near.nodes
	for i := range p.nodes.Len {
		for run := range slotAt(kind.At(p.nodes, i)).View().Runs {
			p.count(run)
		}
	}
}

func (p *piece) count(run ordered.Run) {
	degrees, farOf := p.degrees, p.farOf
	kind := p.near.neighbours
	x := p.numbers
	at, step := kind.KeyAt(run, 0), kind.Size()
	windowed := x.window != nil && x.size == 8
	for i := range run.Len {
		k := unsafe.Add(at, uintptr(i)*step)
		var n uint32
		if windowed {
			if n = x.window[(*(*uint64)(k)-x.low)&x.mask]; n > 0 {
				n--
			} else {
				n = x.give(k)
			}
		} else {
			n = x.of(k)
		}
		if int(n) == len(degrees) {
			p.keys.append(k)
			degrees = append(degrees, 0)
		}
		degrees[n]++
		farOf = append(farOf, n)
	}
	p.degrees, p.farOf = degrees, farOf
}

// allot returns the keys and the degrees of all far nodes, and tells each piece where in these its own begin.
func allot(pieces []*piece) (keys *list, degrees []uint32) {
	first := pieces[0]
	if len(pieces) == 1 {
		return &first.keys, first.degrees
	}
	keys = &list{of: first.keys.of}
	for i := range first.keys.n {
		keys.append(first.keys.at(i))
	}
	degrees = make([]uint32, first.keys.n)
	for _, p := range pieces {
		p.places = make([]uint32, p.keys.n)
		for i := range p.keys.n {
			k := p.keys.at(i)
			n := first.numbers.of(k)
			if int(n) == keys.n {
				keys.append(k)
				degrees = append(degrees, 0)
			}
			p.places[i] = n
			p.degrees[i], degrees[n] = degrees[n], degrees[n]+p.degrees[i]
		}
	}
	return keys, degrees
}

// fill puts the edges of a piece into the maps of the far nodes.
func (p *piece) fill(maps []ordered.Assembly, far *ordered.Kind) {
	own := maps
	if p.places != nil {
		own = make([]ordered.Assembly, len(p.places))
		for i, place := range p.places {
			own[i] = maps[place].From(int(p.degrees[i]))
		}
	}
	farOf := p.farOf
	nodes, near := p.near.nodes, p.near.neighbours
	for i := range p.nodes.Len {
		k := nodes.KeyAt(p.nodes, i)
		for run := range slotAt(nodes.At(p.nodes, i)).View().Runs {
			far.Scatter(own, farOf[:run.Len], k, near, run)
			farOf = farOf[run.Len:]
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
type numbers struct {
	given    uint32
	window   []uint32 // number + 1 of each key from low on; or else
	low      uint64
	mask     uint64
	size     uintptr
	integers *intmap.Map[uint32] // or else
	hash     ordered.Numbers
	kind     *ordered.Kind // or else a map to numbers that stand elsewhere
	sorted   ordered.Map
}

// numbersOf returns a function that begins numbers for the far nodes of a side, and how many of them there may be at once: their windows are
// to take 8 bytes an edge at most, and functions of the caller's are to run in one goroutine.
func numbersOf(near, like *Side) (begin func() *numbers, most int) {
	size := like.keys.Type.Size
	switch {
	case like.keys.Integer:
		if near.entries > 0 {
			if low, width := near.window(); width < uint64(2*near.entries) {
				return func() *numbers {
					return &numbers{window: make([]uint32, width+1), low: low, mask: 1<<(8*size) - 1, size: size}
				}, 2 * near.entries / int(width+1)
			}
		}
		return func() *numbers { return &numbers{integers: intmap.New[uint32](0), size: size} }, math.MaxInt
	case like.keys.NewNumbers != nil:
		return func() *numbers { return &numbers{hash: like.keys.NewNumbers()} }, math.MaxInt
	}
	return func() *numbers { return &numbers{kind: like.nodes} }, 1
}

// window returns the lowest of the neighbours, which are integers, and how far above it the highest is.
func (s *Side) window() (low, width uint64) {
	var lowest, highest Pointer
	for _, slot := range s.All {
		first, last := s.neighbours.Ends(slot.View())
		if lowest == nil || s.neighbours.Compare(first, lowest) < 0 {
			lowest = first
		}
		if highest == nil || s.neighbours.Compare(last, highest) > 0 {
			highest = last
		}
	}
	size := s.neighbours.Keys().Type.Size
	low = bitsOf(lowest, size)
	return low, (bitsOf(highest, size) - low) & (1<<(8*size) - 1)
}

// of returns the number of a key.
func (x *numbers) of(key Pointer) uint32 {
	if x.window != nil {
		if number := x.window[x.place(key)]; number > 0 {
			return number - 1
		}
	}
	return x.give(key)
}

func (x *numbers) place(key Pointer) uint64 { return (bitsOf(key, x.size) - x.low) & x.mask }

// give returns the number of a key that may be new.
func (x *numbers) give(key Pointer) uint32 {
	switch {
	case x.window != nil:
		x.given++
		x.window[x.place(key)] = x.given
		return x.given - 1
	case x.integers != nil:
		bits := bitsOf(key, x.size)
		number := x.integers.Get(bits)
		if number == 0 {
			x.given++
			number = x.given
			x.integers.Put(bits, number)
		}
		return number - 1
	case x.hash != nil:
		number := x.hash.Get(key)
		if number == 0 {
			x.given++
			number = x.given
			x.hash.Put(key, number)
		}
		return number - 1
	}
	at := x.kind.Locate(&x.sorted, key)
	if at.Found {
		return **(**uint32)(x.kind.Entry(&x.sorted, at))
	}
	number := new(uint32)
	*number = x.given
	x.given++
	x.kind.Insert(&x.sorted, at, key, raw.Hide(Pointer(&number)))
	return *number
}
