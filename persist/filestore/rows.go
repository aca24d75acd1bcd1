package filestore

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// A batch is rows of one relation. docs/FORMAT.md describes its bytes.

const (
	flagAscending   = 1
	batchFixed      = 9 // bytes of a batch between its relation and its rows
	maxBatchHeader  = binary.MaxVarintLen64 + batchFixed
	minRow          = 2 // bytes of the shortest row
	maxRowHeader    = 3 * binary.MaxVarintLen64
	offFlags        = -9 // offsets from the beginning of the rows
	offRows, offLen = -8, -4
)

// beginBatch appends the beginning of a batch. The caller appends the rows and calls endBatch.
func beginBatch(dst []byte, relation int) (_ []byte, rows int) {
	dst = binary.AppendUvarint(dst, uint64(relation))
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	return dst, len(dst)
}

// endBatch completes a batch whose rows begin at an offset of b.
func endBatch(b []byte, at, rows int, ascending bool) {
	if ascending {
		b[at+offFlags] = flagAscending
	}
	binary.LittleEndian.PutUint32(b[at+offRows:], uint32(rows))
	binary.LittleEndian.PutUint32(b[at+offLen:], uint32(len(b)-at))
}

// appendRow appends a row that follows one with the key prev. It reports whether its key is
// greater.
func appendRow(dst, prev, key, value []byte, deleted bool) (_ []byte, above bool) {
	shared := commonPrefix(prev, key)
	rest := key[shared:]
	above = len(rest) > 0 && (shared == len(prev) || rest[0] > prev[shared])
	dst = appendUvarint(dst, uint64(shared))
	if deleted {
		dst = appendUvarint(dst, uint64(len(rest))<<1|1)
		return append(dst, rest...), above
	}
	dst = appendUvarint(dst, uint64(len(rest))<<1)
	dst = append(dst, rest...)
	dst = appendUvarint(dst, uint64(len(value)))
	return append(dst, value...), above
}

// appendUvarint is binary.AppendUvarint with the common case inlined.
func appendUvarint(dst []byte, x uint64) []byte {
	if x < 0x80 {
		return append(dst, byte(x))
	}
	return binary.AppendUvarint(dst, x)
}

func commonPrefix(a, b []byte) int {
	n := min(len(a), len(b))
	i := 0
	for ; i+8 <= n; i += 8 {
		if d := binary.LittleEndian.Uint64(a[i:]) ^ binary.LittleEndian.Uint64(b[i:]); d != 0 {
			return i + bits.TrailingZeros64(d)/8
		}
	}
	for i < n && a[i] == b[i] {
		i++
	}
	return i
}

var (
	errShort = errors.New("a row is cut off")
	errRow   = errors.New("a row is impossible")
	errOrder = errors.New("rows are out of order")
	errBatch = errors.New("a batch is impossible")
)

// row is a row that was read. Its slices are valid until the next row is read.
type row struct {
	key, value []byte
	deleted    bool
	above      bool // its key is greater than that of the row before
}

// reset makes the next row the first one of a batch.
func (r *row) reset() { r.key = r.key[:0] }

// decode replaces r by the row at the beginning of b, which follows r in its batch. It returns the
// length of the row, or errShort if b must be longer.
func (r *row) decode(b []byte) (n int, err error) {
	shared, n := uvarint(b, 0)
	rest, n := uvarint(b, n)
	switch {
	case n < 0:
		return 0, shortOr(b)
	case shared > uint64(len(r.key)):
		return 0, errRow
	case rest>>1 > uint64(len(b)-n):
		return 0, errShort
	}
	end := n + int(rest>>1)
	suffix := b[n:end]
	deleted := rest&1 != 0
	var value []byte
	if !deleted {
		length, at := uvarint(b, end)
		switch {
		case at < 0:
			return 0, shortOr(b[end:])
		case length > uint64(len(b)-at):
			return 0, errShort
		}
		end = at + int(length)
		value = b[at:end:end]
	}
	r.above = len(suffix) > 0 && (shared == uint64(len(r.key)) || suffix[0] > r.key[shared])
	r.key = append(r.key[:shared], suffix...)
	r.value, r.deleted = value, deleted
	return end, nil
}

// uvarint reads the number at an offset of b. It returns the offset after it, or a negative one if
// there is no number.
func uvarint(b []byte, at int) (uint64, int) {
	if uint(at) < uint(len(b)) && b[at] < 0x80 {
		return uint64(b[at]), at + 1
	}
	if at < 0 || at > len(b) {
		return 0, -1
	}
	x, n := binary.Uvarint(b[at:])
	if n <= 0 {
		return 0, -1
	}
	return x, at + n
}

// shortOr returns errShort if a number may be cut off, and errRow if it is too large.
func shortOr(b []byte) error {
	if len(b) >= maxRowHeader {
		return errRow
	}
	return errShort
}

// batch is what the beginning of a batch says.
type batch struct {
	relation  int
	ascending bool
	rows      int
	length    int64 // of the rows
}

// decodeBatch reads the beginning of a batch. The file has the given number of relations, and left
// is the most bytes that the batch can have.
func decodeBatch(b []byte, left int64, relations int) (_ batch, n int, err error) {
	relation, n := uvarint(b, 0)
	if n < 0 || len(b)-n < batchFixed || relation >= uint64(relations) || b[n]&^flagAscending != 0 {
		return batch{}, 0, errBatch
	}
	rows, length := int64(binary.LittleEndian.Uint32(b[n+1:])), int64(binary.LittleEndian.Uint32(b[n+5:]))
	h := batch{relation: int(relation), ascending: b[n]&flagAscending != 0, rows: int(rows), length: length}
	n += batchFixed
	if length > left-int64(n) || rows*minRow > length {
		return batch{}, 0, errBatch
	}
	return h, n, nil
}
