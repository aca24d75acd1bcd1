package fuzz

import (
	"maps"
	"slices"
	"testing"

	"github.com/seed-250bd433/junction"
)

// FuzzSets states the law that And, Or and Minus are intersection, union and difference: any
// expression over nodes, however deep, yields what the same expression yields over plain sets, in
// ascending order and each key once.
//
// The input fills nodes with stretches of keys, three bytes each; a 0 ends that. The rest is an
// expression in postfix order, one byte for each node or operation.
func FuzzSets(f *testing.F) {
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 400 {
			return
		}
		r := junction.New[int, int, struct{}]()
		expression, sets := fill(t, r, input)
		got, want := evaluate(r, sets, expression)
		keys := slices.Collect(got.Keys())
		if sorted := slices.Sorted(maps.Keys(want)); !slices.Equal(sorted, keys) {
			t.Fatalf("want %v, got %v", sorted, keys)
		}
		if again := got.Count(); again != len(want) {
			t.Fatalf("counts %d, and yields %d", again, len(want))
		}
	})
}

// nodes is how many nodes there are, at most.
const nodes = 6

type set = map[int]bool

// fill relates nodes to stretches of keys, up to a thousand each, so that there are arrays and
// trees, dense and sparse.
func fill(t *testing.T, r *junction.ManyToMany[int, int, struct{}], input []byte) (rest []byte, sets [nodes]set) {
	for len(input) >= 3 && input[0] != 0 {
		node, from, count, stride := int(input[0])%nodes, int(input[1])*8, 1+int(input[2]/8)*32, 1+int(input[2]%8)
		if sets[node] == nil {
			sets[node] = set{}
		}
		var keys []int
		for i := range count {
			keys = append(keys, from+i*stride)
			sets[node][from+i*stride] = true
		}
		if _, err := r.Left(node).Link(keys...); err != nil {
			t.Fatal(err)
		}
		input = input[3:]
	}
	if len(input) > 0 {
		input = input[1:]
	}
	return input, sets
}

// evaluate reads an expression: a byte below 128 is a node, by its remainder; one above is an
// operation on the last one to four operands. What is left at the end is united.
func evaluate(r *junction.ManyToMany[int, int, struct{}], sets [nodes]set, expression []byte) (junction.Combination[int], set) {
	var operands []junction.Set[int]
	var values []set
	for _, b := range expression {
		if b < 128 {
			operands = append(operands, r.Left(int(b)%nodes))
			values = append(values, sets[b%nodes])
			continue
		}
		at := max(0, len(operands)-1-int(b/4%4))
		combination, value := apply(b%4, operands[at:], values[at:])
		operands, values = append(operands[:at:at], combination), append(values[:at:at], value)
	}
	return junction.Or(operands...), union(values)
}

func apply(operation byte, operands []junction.Set[int], values []set) (junction.Set[int], set) {
	switch {
	case operation == 0:
		return junction.And(operands...), intersection(values)
	case operation == 1 && len(operands) > 0:
		return junction.Minus(operands[0], operands[1:]...), difference(values)
	case operation == 2:
		return junction.Combination[int]{}, nil // empty, and what it should have combined is dropped
	default:
		return junction.Or(operands...), union(values)
	}
}

// The operations as anybody would write them.

func union(sets []set) set {
	all := set{}
	for _, s := range sets {
		maps.Copy(all, s)
	}
	return all
}

func intersection(sets []set) set {
	common := union(sets)
	maps.DeleteFunc(common, func(k int, _ bool) bool {
		return slices.ContainsFunc(sets, func(s set) bool { return !s[k] })
	})
	return common
}

func difference(sets []set) set {
	others := union(sets[1:])
	left := maps.Clone(sets[0])
	maps.DeleteFunc(left, func(k int, _ bool) bool { return others[k] })
	return left
}
