package adjacency

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/radix"
)

// Mirror returns the other side of a relation of which near is one, in the kinds of like. It goes through near twice: to
// count the degrees, and to put each edge where it stays. Meanwhile it needs 4 bytes an edge and some 60 a node.
func Mirror[K, N, T any](near *Side[K, N, T], like *Side[N, K, T]) *Side[N, K, T] {
	keys, degrees, farOf := census(near, like)
	maps := make([]ordered.Assembly[K, T], len(keys))
	for i, n := range degrees {
		maps[i] = like.neighbours.Assemble(int(n))
	}
	for k, slot := range near.All {
		for run := range slot.View().Runs {
			for i, far := range farOf[:len(run)] {
				like.neighbours.Append(&maps[far], ordered.Entry[K, T]{Value: run[i].Value, Key: k})
			}
			farOf = farOf[len(run):]
		}
	}
	b := like.Builder(len(keys))
	for _, r := range inOrder(like.nodes.Ordinals(keys)) {
		slot := b.slot()
		slot.Map = like.neighbours.Assembled(&maps[r.At])
		b.add(keys[r.At], slot)
	}
	return b.Side()
}

// census numbers the nodes of the other side as they turn up. It returns their keys and degrees, and of each edge the number of
// its far node.
func census[K, N, T any](near *Side[K, N, T], like *Side[N, K, T]) (keys []N, degrees, farOf []uint32) {
	numbers := numbersOf(near, like)
	farOf = make([]uint32, 0, near.entries)
	for _, slot := range near.All {
		for run := range slot.View().Runs {
			for i := range run {
				n := numbers.of(run[i].Key)
				if int(n) == len(keys) {
					keys, degrees = append(keys, run[i].Key), append(degrees, 0)
				}
				degrees[n]++
				farOf = append(farOf, n)
			}
		}
	}
	return keys, degrees, farOf
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

func numbersOf[K, N, T any](near *Side[K, N, T], like *Side[N, K, T]) *numbers[N] {
	if like.newIndex != nil && isInteger[N]() && near.entries > 0 {
		if low, width := near.window(); width <= uint64(2*near.entries) {
			var n N
			return &numbers[N]{window: make([]uint32, width+1), low: bitsOf(low), mask: 1<<(8*unsafe.Sizeof(n)) - 1}
		}
	}
	return &numbers[N]{others: like.newRanks()}
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

func (x *numbers[N]) of(key N) uint32 {
	if x.window != nil {
		number := &x.window[(bitsOf(key)-x.low)&x.mask]
		if *number == 0 {
			x.given++
			*number = x.given
		}
		return *number - 1
	}
	number := x.others.get(key)
	if number == 0 {
		x.given++
		number = x.given
		x.others.put(key, number)
	}
	return number - 1
}
