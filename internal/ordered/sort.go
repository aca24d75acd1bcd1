package ordered

import "slices"

// stableOrder returns the places of n things in the order of compare.
func stableOrder(n int, compare func(x, y int) int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, compare)
	return order
}
