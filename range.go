package junction

import (
	"iter"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Range is a range of keys: From, Above, To and Below make one, and its methods of these names
// limit it further, as in From(a).Below(b). The zero Range holds every key. A Range whose low end
// is above its high end is empty.
type Range[N any] struct{ low, high bound[N] }

// bound is one end of a range.
type bound[N any] struct {
	set, open bool // open: the key itself is outside
	key       N
}

// bounds returns the bounds of a range that stays where it is.
func (r *Range[N]) bounds() (b ordered.Bounds) {
	if r.low.set {
		b.Low = ordered.Bound{Open: r.low.open, Key: raw.Hide(pointer(&r.low.key))}
	}
	if r.high.set {
		b.High = ordered.Bound{Open: r.high.open, Key: raw.Hide(pointer(&r.high.key))}
	}
	return b
}

// From returns the range of the keys at and above x.
func From[N any](x N) Range[N] { return Range[N]{}.From(x) }

// Above returns the range of the keys above x: what comes after a cursor.
func Above[N any](x N) Range[N] { return Range[N]{}.Above(x) }

// To returns the range of the keys below and at y.
func To[N any](y N) Range[N] { return Range[N]{}.To(y) }

// Below returns the range of the keys below y.
func Below[N any](y N) Range[N] { return Range[N]{}.Below(y) }

// From returns the range with x as its lowest key.
func (r Range[N]) From(x N) Range[N] {
	r.low = bound[N]{set: true, key: x}
	return r
}

// Above returns the range with everything up to x left out.
func (r Range[N]) Above(x N) Range[N] {
	r.low = bound[N]{set: true, open: true, key: x}
	return r
}

// To returns the range with y as its highest key.
func (r Range[N]) To(y N) Range[N] {
	r.high = bound[N]{set: true, key: y}
	return r
}

// Below returns the range with everything from y on left out.
func (r Range[N]) Below(y N) Range[N] {
	r.high = bound[N]{set: true, open: true, key: y}
	return r
}

// Page returns the first n neighbours of a sequence, the key of the last of them, and whether more
// follow. The key is the cursor with which the next page begins:
//
//	page, next, more := junction.Page(node.All(), 50)
//	page, next, more = junction.Page(node.Range(junction.Above(next)), 50)
//
// Descending, the next page is that of node.RangeBackward(junction.Below(next)). A cursor is a key
// and not a position: it stays right when edges come and go between two pages. If n is below 1, the
// page is empty and more is false. The cost is that of the sequence for n+1 neighbours; the page is
// the one allocation.
func Page[N, T any](neighbours iter.Seq2[N, T], n int) (page []Neighbour[N, T], next N, more bool) {
	if neighbours == nil || n < 1 {
		return nil, next, false
	}
	for k, through := range neighbours {
		if len(page) == n {
			return page, next, true
		}
		page = append(page, Neighbour[N, T]{k, through})
		next = k
	}
	return page, next, false
}

// PageKeys is Page for a sequence of keys, such as Combination.Range returns:
//
//	both := junction.And(node, other)
//	page, next, more := junction.PageKeys(both.Keys(), 50)
//	page, next, more = junction.PageKeys(both.Range(junction.Above(next)), 50)
func PageKeys[N any](keys iter.Seq[N], n int) (page []N, next N, more bool) {
	if keys == nil || n < 1 {
		return nil, next, false
	}
	for k := range keys {
		if len(page) == n {
			return page, next, true
		}
		page = append(page, k)
		next = k
	}
	return page, next, false
}
