package filestore

import (
	"bytes"
	"errors"
)

// cursor goes over rows.
type cursor interface {
	// next goes to the next row, and reports whether there is one.
	next() (bool, error)
	// current returns the row, good until next is called.
	current() *row
}

// batchCursor goes over the rows of a batch in a file, a window at a time.
type batchCursor struct {
	*window
	row
	batch
	at   int64  // of the next row
	end  int64  // of the rows
	cur  []byte // the bytes in memory, from at on
	read int    // rows so far
}

func (c *batchCursor) begin(b batch, at int64) {
	c.row.reset()
	c.batch, c.at, c.end, c.cur, c.read = b, at, at+b.length, nil, 0
}

func (c *batchCursor) current() *row { return &c.row }

func (c *batchCursor) next() (bool, error) {
	if c.read == c.rows {
		if c.at != c.end {
			return false, c.damage(c.at, errBatch.Error())
		}
		return false, nil
	}
	n, err := c.row.decode(c.cur)
	for err == errShort {
		if err = c.more(); err == nil {
			n, err = c.row.decode(c.cur)
		}
	}
	if err == nil && c.ascending && !c.above && c.read > 0 {
		err = errOrder
	}
	if err != nil {
		return false, c.fault(err)
	}
	c.at += int64(n)
	c.cur = c.cur[n:]
	c.read++
	return true, nil
}

// more reads more of the batch into cur.
func (c *batchCursor) more() (err error) {
	left := c.end - c.at
	if int64(len(c.cur)) == left {
		return errRow
	}
	c.cur, err = c.bytes(c.at, int(min(left, int64(max(2*len(c.cur), c.chunk)))))
	return err
}

func (c *batchCursor) fault(err error) error {
	if errors.Is(err, errRow) || errors.Is(err, errOrder) {
		return c.damage(c.at, err.Error())
	}
	return err
}

// extent is a part of a file that consists of whole blocks.
type extent struct {
	file     *file
	from, to int64
}

// blockCursor goes over the rows of one relation in a snapshot. It verifies the blocks again as it
// reads them.
type blockCursor struct {
	extents []extent // still to read
	chunk   int
	file    file // of the current extent, with a window of its own
	rows    batchCursor
	at      int64 // of the next block
	end     int64
	last    []byte // greatest key of the block before
}

func newBlockCursor(extents []extent, chunk int) *blockCursor {
	return &blockCursor{extents: extents, chunk: chunk}
}

func (c *blockCursor) current() *row { return &c.rows.row }

func (c *blockCursor) next() (bool, error) {
	ok, err := c.rows.next()
	for !ok && err == nil && c.more() {
		if err = c.nextBlock(); err == nil {
			ok, err = c.rows.next()
		}
		if ok && len(c.last) > 0 && bytes.Compare(c.rows.key, c.last) <= 0 {
			err = c.file.damage(c.rows.at, errOrder.Error())
		}
	}
	return ok && err == nil, err
}

// more reports whether there is another block, at c.at.
func (c *blockCursor) more() bool {
	if c.at == c.end && len(c.extents) > 0 {
		e := c.extents[0]
		c.extents = c.extents[1:]
		c.file = *e.file
		c.file.window = e.file.another(c.chunk)
		c.rows.window = &c.file.window
		c.at, c.end = e.from, e.to
	}
	return c.at < c.end
}

func (c *blockCursor) nextBlock() error {
	fr, err := c.file.readFrame(c.at)
	if isBad(err) {
		return c.file.damage(c.at, err.Error())
	}
	if err != nil {
		return err
	}
	b, at, err := c.file.readBlock(&fr)
	if err != nil {
		return err
	}
	c.last = append(c.last[:0], c.rows.key...)
	c.rows.begin(b, at)
	c.at = fr.end()
	return nil
}
