package filestore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// memtable is rows of one relation in memory, in the order in which they were written. run sorts
// them.
type memtable struct {
	bytes []byte // for each row: 1 if it is deleted or 0, its key, its value
	rows  []memRow
}

// memRow is the place of a row in a memtable.
type memRow struct {
	head       uint64 // beginning of the key, which decides most comparisons
	at         int    // offset in bytes; it is greater for a newer row
	key, value uint32 // lengths
}

func (m *memtable) add(r *row) {
	at := len(m.bytes)
	m.bytes = append(m.bytes, flagOf(r.deleted))
	m.bytes = append(m.bytes, r.key...)
	m.bytes = append(m.bytes, r.value...)
	m.rows = append(m.rows, memRow{headOf(r.key), at, uint32(len(r.key)), uint32(len(r.value))})
}

func flagOf(b bool) byte {
	if b {
		return 1
	}
	return 0
}

// headOf returns a number that is not greater for a smaller key.
func headOf(key []byte) uint64 {
	// The middle of a key of two integers differs most, but only its beginning is in order.
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	var b [8]byte
	copy(b[:], key)
	return binary.BigEndian.Uint64(b[:])
}

// run sorts the rows and keeps the newest one of each key.
func (m *memtable) run() run {
	slices.SortFunc(m.rows, func(a, b memRow) int {
		if c := cmp.Compare(a.head, b.head); c != 0 {
			return c
		}
		if c := bytes.Compare(m.key(a), m.key(b)); c != 0 {
			return c
		}
		return cmp.Compare(b.at, a.at)
	})
	m.rows = slices.CompactFunc(m.rows, func(a, b memRow) bool {
		return a.head == b.head && bytes.Equal(m.key(a), m.key(b))
	})
	return run{rows: len(m.rows), open: func(int) cursor { return &memCursor{memtable: m} }}
}

func (m *memtable) key(r memRow) []byte { return m.bytes[r.at+1 : r.at+1+int(r.key)] }

// memCursor goes over the rows of a sorted memtable.
type memCursor struct {
	memtable *memtable
	read     int
	row      row
}

func (c *memCursor) next() (bool, error) {
	if c.read == len(c.memtable.rows) {
		return false, nil
	}
	r := c.memtable.rows[c.read]
	c.read++
	key := r.at + 1
	value := key + int(r.key)
	c.row.key = c.memtable.bytes[key:value:value]
	c.row.value = c.memtable.bytes[value : value+int(r.value) : value+int(r.value)]
	c.row.deleted = c.memtable.bytes[r.at] != 0
	return true, nil
}

func (c *memCursor) current() *row { return &c.row }
