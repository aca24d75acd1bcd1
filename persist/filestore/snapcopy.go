package filestore

import (
	"cmp"
	"slices"
)

// snapCopy is what is found of a snapshot that is salvaged.
type snapCopy struct {
	owner  *owner
	blocks []block
	footer *footer
	fault  error // why it is not whole; set by finish
}

// block is a block of a snapshot, with its least and greatest key.
type block struct {
	frame
	file        *file // where it stands, with the header of the snapshot
	relation    int
	rows        int
	first, last string
}

// copyOf returns the copy of a snapshot.
func (s *salvager) copyOf(o *owner) *snapCopy {
	for _, c := range s.copies {
		if c.owner == o {
			return c
		}
	}
	c := &snapCopy{owner: o}
	s.copies = append(s.copies, c)
	return c
}

// take adds a frame after checking everything in it.
func (c *snapCopy) take(f *file, fr *frame) (err error) {
	if fr.kind == footerFrame {
		if foot, err := f.readFooter(fr); err != nil {
			return err
		} else if len(foot.counts) == len(f.header.schema.Relations) {
			c.footer = foot
		}
		return nil
	}
	b, at, err := f.readBlock(fr)
	if err != nil {
		return err
	}
	found := block{frame: *fr, file: f, relation: b.relation, rows: b.rows}
	first := true
	err = f.eachRow(b, at, func(r *row) {
		if first {
			found.first, first = string(r.key), false
		}
		found.last = string(r.key)
	})
	if err == nil && !first {
		c.blocks = append(c.blocks, found)
	}
	return err
}

// finish puts the blocks into the order of their keys, and finds out whether all are there.
func (c *snapCopy) finish() {
	slices.SortStableFunc(c.blocks, func(a, b block) int {
		return cmp.Or(cmp.Compare(a.relation, b.relation), cmp.Compare(a.first, b.first))
	})
	// A block may be there twice.
	c.blocks = slices.CompactFunc(c.blocks, func(a, b block) bool { // b comes before a
		return a.relation == b.relation && a.first <= b.last
	})
	in := c.owner.source.file
	if c.footer == nil {
		c.fault = in.damage(in.size, "the file ends without its footer")
		return
	}
	counts := make([]uint64, len(c.owner.schema.Relations))
	for _, b := range c.blocks {
		counts[b.relation] += uint64(b.rows)
	}
	c.fault = c.footer.compare(in, uint64(len(c.blocks)), counts)
}

// spans returns the blocks of each relation that has any.
func (c *snapCopy) spans() (spans []*span) {
	for i := range c.blocks {
		b := &c.blocks[i]
		if n := len(spans); n == 0 || spans[n-1].relation != b.relation {
			spans = append(spans, &span{relation: b.relation})
		}
		spans[len(spans)-1].add(b.file, &b.frame, b.rows)
	}
	return spans
}
