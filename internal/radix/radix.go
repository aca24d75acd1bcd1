// Package radix sorts records by an unsigned integer key, in linear time.
package radix

// Record is a row to sort: its key, another key that travels along, and where the row's data stand.
type Record struct {
	Key, Other uint32
	At         int
}

const (
	digitBits = 11 // 2,048 counters of 8 bytes stay in the first-level cache, and 17-bit keys need two passes
	digits    = 1 << digitBits
)

// Sort sorts records by key, stably, in O(n) for each 11 bits in which keys differ. It uses tmp,
// which must be as long, and returns the sorted slice and the spare one: the two it got, in either
// order.
func Sort(records, tmp []Record) (sorted, spare []Record) {
	if len(records) == 0 {
		return records, tmp
	}
	var differ uint32
	ascending := true
	for i := 1; i < len(records); i++ {
		differ |= records[i].Key ^ records[0].Key
		ascending = ascending && records[i-1].Key <= records[i].Key
	}
	if ascending {
		return records, tmp
	}
	for shift := 0; shift < 32; shift += digitBits {
		if differ>>shift&(digits-1) != 0 {
			pass(records, tmp, shift)
			records, tmp = tmp, records
		}
	}
	return records, tmp
}

// pass distributes records to dst by one digit.
func pass(records, dst []Record, shift int) {
	var ends [digits]int
	for i := range records {
		ends[records[i].Key>>shift&(digits-1)]++
	}
	sum := 0
	for d, n := range ends {
		ends[d] = sum
		sum += n
	}
	for i := range records {
		d := records[i].Key >> shift & (digits - 1)
		dst[ends[d]] = records[i]
		ends[d]++
	}
}

// Flip exchanges Key and Other in every record.
func Flip(records []Record) {
	for i := range records {
		r := &records[i]
		r.Key, r.Other = r.Other, r.Key
	}
}
