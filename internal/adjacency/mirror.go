package adjacency

import (
	"runtime"
	"sync"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Far is what is known of the neighbours of a side before it is mirrored. The zero Far is nothing.
type Far struct {
	Of   []uint32 // the place in Keys of each edge's neighbour, by node and neighbour
	Keys raw.List // all neighbours, each once, ascending
}

func (f *Far) isKnown() bool { return f.Keys.Len > 0 }

// rankFar ranks the neighbours of a side by their comparison function.
func rankFar(near, like *Live) Far {
	keys := raw.List{Of: like.keys.Type}
	keys.Room(near.entries)
	for _, slot := range near.All {
		for run := range slot.View().Runs {
			like.keys.Gather(keys.At(keys.Len), near.neighbours.KeyAt(run, 0), near.neighbours.Size(), run.Len)
			keys.Len += run.Len
		}
	}
	ranks := like.keys.Rank(keys.P, keys.Len)
	return Far{ranks.Of, ranks.Distinct}
}

// Mirror returns the other side of a relation of which near is one, in the kinds of like.
//
// It passes over near twice: to number the far nodes and count their degrees, unless far tells the
// numbers, and to write each edge to the place where it stays. Meanwhile it needs 4 bytes an edge
// and about 70 a node, and with a comparison function a copy of each edge's key. It cuts a large
// near into pieces, for as many goroutines as can run at once.
func Mirror(near, like *Live, far Far) *Live {
	if like.keys.Hash == ordered.NoHash {
		far = rankFar(near, like)
	}
	return mirror(near, like, far, min(near.entries/worthAPiece, runtime.GOMAXPROCS(0)))
}

// worthAPiece is how many edges a goroutine has at least. With 10,000 each, two took as long as
// one.
const worthAPiece = 32_768

func mirror(near, like *Live, far Far, mostPieces int) *Live {
	pieces := pieces(near, like, far, mostPieces)
	each(pieces, (*piece).census)
	keys, degrees := far.Keys, []uint32(nil)
	if far.isKnown() {
		degrees = allotKnown(pieces)
	} else {
		keys, degrees = allot(pieces)
	}
	maps := make([]ordered.Assembly, keys.Len)
	for i := range maps {
		maps[i] = like.neighbours.Assemble(int(degrees[i]))
	}
	each(pieces, func(p *piece) { p.fill(maps, like.neighbours) })
	return assembled(like, keys, maps, degrees, far.isKnown())
}

// assembled returns the side whose nodes have the keys and the maps; ascending says that the keys
// are in order.
func assembled(like *Live, keys raw.List, maps []ordered.Assembly, degrees []uint32, ascending bool) *Live {
	b := like.Builder()
	add := func(i int) {
		slot := b.slot()
		slot.Map = like.neighbours.Assembled(&maps[i], int(degrees[i]))
		b.add(keys.At(i), slot)
	}
	if ascending {
		for i := range keys.Len {
			add(i)
		}
		return b.Side()
	}
	for _, r := range inOrder(like.keys.Ordinals(keys.P, keys.Len)) {
		add(r.At)
	}
	return b.Side()
}

// piece is a stretch of the nodes of a side that is mirrored.
type piece struct {
	near    *Live
	nodes   ordered.Run
	shares  bool     // there are other pieces
	numbers numbers  // of the far nodes, as they turn up; nil if they are known
	degrees []uint32 // of each far node in the piece, and later in the pieces before
	farOf   []uint32 // of each edge, the number of its far node
	places  []uint32 // of the far nodes among all; nil if they are the numbers
}

// pieces cuts a side into one piece at least.
func pieces(near, like *Live, far Far, most int) []*piece {
	nodes := near.nodes.AppendTo(near.order.View(), ordered.Run{})
	newNumbers := func() numbers { return nil }
	if !far.isKnown() {
		var mostNumbers int
		newNumbers, mostNumbers = numbersOf(near, like)
		most = min(most, mostNumbers)
	}
	n := max(1, min(most, nodes.Len))
	pieces := make([]*piece, n)
	for i := range pieces {
		begin, end := nodes.Len*i/n, nodes.Len*(i+1)/n
		pieces[i] = &piece{near: near, nodes: near.nodes.From(nodes.To(end), begin), numbers: newNumbers(), shares: n > 1}
	}
	if far.isKnown() {
		deal(pieces, far)
	}
	return pieces
}

// deal gives each piece the numbers of its edges.
func deal(pieces []*piece, far Far) {
	rest := far.Of
	for i, p := range pieces {
		n := len(rest)
		if i+1 < len(pieces) {
			n = p.edges()
		}
		p.farOf, rest = rest[:n], rest[n:]
		p.degrees = make([]uint32, far.Keys.Len)
	}
}

// edges returns how many edges the piece has.
func (p *piece) edges() (n int) {
	for i := range p.nodes.Len {
		n += slotAt(p.near.nodes.At(p.nodes, i)).Len()
	}
	return n
}

// each calls a function with every piece, in goroutines of their own.
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
	if p.numbers == nil {
		for _, n := range p.farOf {
			p.degrees[n]++
		}
		return
	}
	p.farOf = make([]uint32, 0, p.edges())
	kind, near := p.near.nodes, p.near.neighbours
	for i := range p.nodes.Len {
		for run := range slotAt(kind.At(p.nodes, i)).View().Runs {
			from := len(p.farOf)
			p.farOf = p.farOf[:from+run.Len]
			numbers := p.farOf[from:]
			p.numbers.NumberAll(numbers, near.KeyAt(run, 0), near.Size())
			p.count(numbers)
		}
	}
}

func (p *piece) count(numbers []uint32) {
	for _, n := range numbers {
		if int(n) >= len(p.degrees) {
			p.degrees = append(p.degrees, make([]uint32, max(64, len(p.degrees)))...)
		}
		p.degrees[n]++
	}
}

// allot returns the keys and the degrees of all far nodes. It turns the degrees of each piece into
// those of the pieces before, which say where the piece's own edges begin.
func allot(pieces []*piece) (keys raw.List, degrees []uint32) {
	first := pieces[0]
	all := first.numbers
	if len(pieces) == 1 {
		return *all.List(), first.degrees
	}
	for _, p := range pieces {
		own := *p.numbers.List()
		p.places = make([]uint32, own.Len)
		all.NumberAll(p.places, own.P, own.Of.Size)
		degrees = append(degrees, make([]uint32, all.List().Len-len(degrees))...)
		for i, n := range p.places {
			p.degrees[i], degrees[n] = degrees[n], degrees[n]+p.degrees[i]
		}
	}
	return *all.List(), degrees
}

// allotKnown is allot where all pieces have the same numbers.
func allotKnown(pieces []*piece) (degrees []uint32) {
	if len(pieces) == 1 {
		return pieces[0].degrees
	}
	degrees = make([]uint32, len(pieces[0].degrees))
	for _, p := range pieces {
		for i, n := range p.degrees {
			p.degrees[i], degrees[i] = degrees[i], degrees[i]+n
		}
	}
	return degrees
}

// fill puts the edges of a piece into the maps of the far nodes.
func (p *piece) fill(maps []ordered.Assembly, far *ordered.Order) {
	if p.shares {
		maps = p.own(maps)
	}
	farOf := p.farOf
	nodes, near := p.near.nodes, p.near.neighbours
	for i := range p.nodes.Len {
		k := nodes.KeyAt(p.nodes, i)
		for run := range slotAt(nodes.At(p.nodes, i)).View().Runs {
			far.Scatter(maps, farOf[:run.Len], k, near, run)
			farOf = farOf[run.Len:]
		}
	}
}

// own returns the piece's shares of the maps.
func (p *piece) own(maps []ordered.Assembly) []ordered.Assembly {
	if p.places == nil {
		own := make([]ordered.Assembly, len(maps))
		for i := range own {
			own[i] = maps[i].From(int(p.degrees[i]))
		}
		return own
	}
	own := make([]ordered.Assembly, len(p.places))
	for i, place := range p.places {
		own[i] = maps[place].From(int(p.degrees[i]))
	}
	return own
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
