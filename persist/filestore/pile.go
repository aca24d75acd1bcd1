package filestore

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// pile is rows of one relation in memory, in the order in which they were written. run sorts them.
type pile struct {
	bytes []byte // for each row: 1 if it is deleted or 0, its key, its value
	rows  []piled
}

// piled is the place of a row in a pile.
type piled struct {
	head       uint64 // beginning of the key, which decides most comparisons
	at         int    // offset in bytes; it is greater for a newer row
	key, value uint32 // lengths
}

func (p *pile) add(r *row) {
	at := len(p.bytes)
	p.bytes = append(p.bytes, flagOf(r.deleted))
	p.bytes = append(p.bytes, r.key...)
	p.bytes = append(p.bytes, r.value...)
	p.rows = append(p.rows, piled{headOf(r.key), at, uint32(len(r.key)), uint32(len(r.value))})
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
func (p *pile) run() run {
	slices.SortFunc(p.rows, func(a, b piled) int {
		if c := cmp.Compare(a.head, b.head); c != 0 {
			return c
		}
		if c := bytes.Compare(p.key(a), p.key(b)); c != 0 {
			return c
		}
		return cmp.Compare(b.at, a.at)
	})
	p.rows = slices.CompactFunc(p.rows, func(a, b piled) bool {
		return a.head == b.head && bytes.Equal(p.key(a), p.key(b))
	})
	return run{rows: len(p.rows), open: func(int) cursor { return &pileCursor{pile: p} }}
}

func (p *pile) key(r piled) []byte { return p.bytes[r.at+1 : r.at+1+int(r.key)] }

// pileCursor goes over the rows of a sorted pile.
type pileCursor struct {
	pile *pile
	read int
	row  row
}

func (c *pileCursor) next() (bool, error) {
	if c.read == len(c.pile.rows) {
		return false, nil
	}
	r := c.pile.rows[c.read]
	c.read++
	key := r.at + 1
	value := key + int(r.key)
	c.row.key = c.pile.bytes[key:value:value]
	c.row.value = c.pile.bytes[value : value+int(r.value) : value+int(r.value)]
	c.row.deleted = c.pile.bytes[r.at] != 0
	return true, nil
}

func (c *pileCursor) current() *row { return &c.row }
