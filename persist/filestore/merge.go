package filestore

import (
	"bytes"
	"container/heap"
	"context"
)

// run is rows of one relation in ascending order of keys, with each key once.
type run struct {
	rows int
	open func(chunk int) cursor // chunk is how many bytes the cursor reads at once
}

// merge calls emit with the rows of runs in ascending order of keys. The runs are in order of age,
// the oldest first. The row of a key is that of the newest run which has the key. Deleted rows are
// left out.
func merge(ctx context.Context, runs []run, m *meter, emit func(key, value []byte) error) error {
	step := func() error {
		m.add()
		if m.done&0x3ff == 0 {
			return ctx.Err()
		}
		return nil
	}
	if len(runs) == 1 {
		return each(runs[0].open(chunkFor(1)), step, emit)
	}
	return mergeMany(runs, step, emit)
}

// chunkFor returns a chunk that bounds the memory for reading many runs at once.
func chunkFor(runs int) int { return min(max((4<<20)/runs, 4<<10), 128<<10) }

func each(c cursor, step func() error, emit func(key, value []byte) error) error {
	r := c.current()
	for {
		ok, err := c.next()
		if !ok || err != nil {
			return err
		}
		if !r.deleted {
			if err := emit(r.key, r.value); err != nil {
				return err
			}
		}
		if err := step(); err != nil {
			return err
		}
	}
}

func mergeMany(runs []run, step func() error, emit func(key, value []byte) error) error {
	var h heads
	for i, r := range runs {
		c := r.open(chunkFor(len(runs)))
		ok, err := c.next()
		if err != nil {
			return err
		}
		if ok {
			h = append(h, head{c.current(), c, i})
		}
	}
	heap.Init(&h)
	var last []byte
	for first := true; len(h) > 0; {
		r := h[0].row
		if first || !bytes.Equal(r.key, last) {
			first = false
			last = append(last[:0], r.key...)
			if !r.deleted {
				if err := emit(r.key, r.value); err != nil {
					return err
				}
			}
		}
		if err := h.advance(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// head is the next row of a run.
type head struct {
	row    *row
	cursor cursor
	age    int // index of the run
}

// heads is a heap: the least key is first, and among equal keys the newest row.
type heads []head

func (h heads) Len() int      { return len(h) }
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(any)     { panic("filestore: runs are only taken away") }

func (h heads) Less(i, j int) bool {
	if c := bytes.Compare(h[i].row.key, h[j].row.key); c != 0 {
		return c < 0
	}
	return h[i].age > h[j].age
}

func (h *heads) Pop() any {
	*h = (*h)[:len(*h)-1]
	return nil
}

// advance goes to the next row of the first run.
func (h *heads) advance() error {
	ok, err := (*h)[0].cursor.next()
	if err != nil {
		return err
	}
	if ok {
		heap.Fix(h, 0)
	} else {
		heap.Remove(h, 0)
	}
	return nil
}
