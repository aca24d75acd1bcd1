package filestore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// readSnapshot reads a snapshot, from which the view begins. If it fails the view is as before.
func (v *view) readSnapshot(ctx context.Context, number uint64) error {
	f, err := v.open(snapshotFile, number)
	if err != nil {
		return err
	}
	r := snapshotReader{view: v, file: f, counts: make([]uint64, len(f.header.schema.Relations))}
	if err := r.frames(ctx); err != nil {
		return err
	}
	v.snapshot, v.revision = f, f.header.before
	places := v.admit(f)
	for _, s := range r.spans {
		v.addRun(places[s.relation], run{s.rows, func(chunk int) cursor { return newBlockCursor(f, s.from, s.to, chunk) }})
	}
	return nil
}

// span is blocks of one relation that stand one after another.
type span struct {
	relation int
	rows     int
	from, to int64
}

// snapshotReader verifies a snapshot and finds the spans of its relations.
type snapshotReader struct {
	*view
	file   *file
	spans  []span
	counts []uint64 // rows of each relation
	blocks uint64
}

func (r *snapshotReader) frames(ctx context.Context) error {
	for at := r.file.body; at < r.file.size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		fr, err := r.file.readFrame(at)
		switch {
		case isBad(err) && r.lost != nil:
			if at, err = r.leap(at, err.Error()); err != nil {
				return err
			}
			continue
		case isBad(err):
			return r.file.damage(at, err.Error())
		case err != nil:
			return err
		}
		if fr.kind == footerFrame {
			return r.footer(&fr)
		}
		if err := r.block(&fr); err != nil {
			return err
		}
		at = fr.end()
	}
	r.inexact = true
	return r.pass(r.file.damage(r.file.size, "the file ends without its footer"))
}

// leap returns the place of the next good frame, or the end.
func (r *snapshotReader) leap(at int64, why string) (int64, error) {
	next, found, err := r.file.search(at+1, r.file.header.before, func(*frame) bool { return true })
	if err != nil {
		return 0, err
	}
	end := r.file.size
	if found {
		end = next.at
	}
	r.inexact = true
	r.lost(r.file.loss(at, end, why))
	return end, nil
}

// block adds a block to the spans.
func (r *snapshotReader) block(fr *frame) error {
	b, _, err := r.file.readBlock(fr)
	if err != nil {
		return err
	}
	r.blocks++
	r.counts[b.relation] += uint64(b.rows)
	if n := len(r.spans); n > 0 {
		last := &r.spans[n-1]
		if last.relation > b.relation {
			return r.file.damage(fr.at, errOrder.Error())
		}
		if last.relation == b.relation && last.to == fr.at {
			last.rows += b.rows
			last.to = fr.end()
			return nil
		}
	}
	r.spans = append(r.spans, span{b.relation, b.rows, fr.at, fr.end()})
	return nil
}

// footer checks that nothing is missing.
func (r *snapshotReader) footer(fr *frame) error {
	d := payload{f: r.file, at: fr.payload() + 1, end: fr.end()}
	counts := make([]uint64, 0, len(r.counts))
	for n := d.uvarint(); uint64(len(counts)) < n && d.err == nil; {
		counts = append(counts, d.uvarint())
	}
	blocks := d.uvarint()
	switch {
	case d.err != nil:
		return d.err
	case fr.revision != r.file.header.before || d.at != d.end || d.end != r.file.size:
		return r.file.damage(fr.at, "its footer is impossible")
	case blocks != r.blocks || !slices.Equal(counts, r.counts):
		r.inexact = true
		return r.pass(r.file.damage(fr.at, fmt.Sprintf("its footer speaks of %d blocks with rows %d, and there are %d with %d", blocks, counts, r.blocks, r.counts)))
	}
	return nil
}

// readBlock reads the beginning of a block, and returns where its rows are.
func (f *file) readBlock(fr *frame) (batch, int64, error) {
	d := payload{f: f, at: fr.payload() + 1, end: fr.end()}
	b := d.batch(len(f.header.schema.Relations))
	if d.err == nil && (fr.kind != blockFrame || fr.revision != f.header.before || !b.ascending || d.at+b.length != d.end) {
		d.err = f.damage(fr.at, "it is no block of this snapshot")
	}
	return b, d.at, d.err
}

// blockSize is when a block is full.
const blockSize = 64 << 10

// snapshotWriter writes a snapshot. It has its name when finish returns nil.
type snapshotWriter struct {
	*inFlight
	seed     uint32
	revision uint64
	size     int64 // written

	buf      []byte // the block that is being filled, empty or begun
	begin    int    // of its rows
	inBlock  int    // rows
	relation int
	prev     []byte
	counts   []uint64 // rows of each relation
	blocks   uint64
}

func newSnapshotWriter(dir vfs.Dir, h *header) (*snapshotWriter, error) {
	head, err := h.encode()
	if err != nil {
		return nil, err
	}
	temp, err := createTemp(dir, snapshotFile.name(h.number))
	if err != nil {
		return nil, err
	}
	w := &snapshotWriter{inFlight: temp, seed: h.seed(), revision: h.before, counts: make([]uint64, len(h.schema.Relations))}
	if err := w.write(head); err != nil {
		w.abandon()
		return nil, err
	}
	return w, nil
}

func (w *snapshotWriter) write(b []byte) error {
	n, err := w.Write(b)
	w.size += int64(n)
	return err
}

// add adds a row. Relations come in order, and so do the keys of each.
func (w *snapshotWriter) add(relation int, key, value []byte) error {
	if len(w.buf) >= blockSize || relation != w.relation {
		if err := w.flush(); err != nil {
			return err
		}
	}
	if len(w.buf) == 0 {
		w.relation, w.inBlock, w.prev = relation, 0, w.prev[:0]
		w.buf, w.begin = beginBatch(beginFrame(w.buf, blockFrame), relation)
	}
	w.buf, _ = appendRow(w.buf, w.prev, key, value, false)
	w.prev = append(w.prev[:0], key...)
	w.inBlock++
	w.counts[relation]++
	return nil
}

// flush writes the block, if one is begun.
func (w *snapshotWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	endBatch(w.buf, w.begin, w.inBlock, true)
	w.blocks++
	return w.writeFrame()
}

func (w *snapshotWriter) writeFrame() error {
	finishFrame(w.buf, w.seed, 0, w.revision)
	err := w.write(w.buf)
	w.buf = w.buf[:0]
	return err
}

// finish writes the footer and makes the snapshot durable.
func (w *snapshotWriter) finish() error {
	if err := w.flush(); err != nil {
		return err
	}
	w.buf = beginFrame(w.buf, footerFrame)
	w.buf = binary.AppendUvarint(w.buf, uint64(len(w.counts)))
	for _, n := range w.counts {
		w.buf = binary.AppendUvarint(w.buf, n)
	}
	w.buf = binary.AppendUvarint(w.buf, w.blocks)
	if err := w.writeFrame(); err != nil {
		return err
	}
	return errors.Join(w.install(), w.Close())
}

// rows returns how many rows of each relation were written.
func (w *snapshotWriter) rows() (counts []int) {
	for _, n := range w.counts {
		counts = append(counts, int(n))
	}
	return counts
}
