package filestore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// readSnapshot begins the view with a snapshot. If it fails, the view does not change.
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
	places := v.admit(&f.header)
	for _, s := range r.spans {
		v.addRun(places[s.relation], s.run())
	}
	return nil
}

// span is the blocks of one relation in the order of their keys.
type span struct {
	relation int
	rows     int
	extents  []extent
}

func (s *span) run() run {
	return run{s.rows, func(chunk int) cursor { return newBlockCursor(s.extents, chunk) }}
}

// add adds a block whose keys are greater than all before.
func (s *span) add(f *file, fr *frame, rows int) {
	s.rows += rows
	if n := len(s.extents); n > 0 && s.extents[n-1].file == f && s.extents[n-1].to == fr.at {
		s.extents[n-1].to = fr.end()
		return
	}
	s.extents = append(s.extents, extent{f, fr.at, fr.end()})
}

// snapshotReader verifies a snapshot and finds the spans of its relations.
type snapshotReader struct {
	*view
	file   *file
	spans  []span
	counts []uint64 // for each relation, its rows
	blocks uint64
}

func (r *snapshotReader) frames(ctx context.Context) error {
	for at := r.file.body; at < r.file.size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		fr, err := r.file.readFrame(at)
		if isBad(err) {
			return r.file.damage(at, err.Error())
		}
		if err != nil {
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
	return r.file.damage(r.file.size, "the file ends without its footer")
}

// block adds a block to the spans.
func (r *snapshotReader) block(fr *frame) error {
	b, _, err := r.file.readBlock(fr)
	if err != nil {
		return err
	}
	r.blocks++
	r.counts[b.relation] += uint64(b.rows)
	switch n := len(r.spans); {
	case n == 0 || r.spans[n-1].relation < b.relation:
		r.spans = append(r.spans, span{relation: b.relation})
	case r.spans[n-1].relation > b.relation:
		return r.file.damage(fr.at, errOrder.Error())
	}
	r.spans[len(r.spans)-1].add(r.file, fr, b.rows)
	return nil
}

// footer checks that nothing is missing.
func (r *snapshotReader) footer(fr *frame) error {
	f, err := r.file.readFooter(fr)
	switch {
	case err != nil:
		return err
	case fr.end() != r.file.size:
		return r.file.damage(fr.end(), "the file goes on after its footer")
	}
	return f.compare(r.file, r.blocks, r.counts)
}

// footer is what the last frame of a snapshot says.
type footer struct {
	at     int64
	counts []uint64 // for each relation, its rows
	blocks uint64
}

func (f *file) readFooter(fr *frame) (*footer, error) {
	d := payload{f: f, at: fr.payload() + 1, end: fr.end()}
	foot := &footer{at: fr.at}
	for n := d.uvarint(); uint64(len(foot.counts)) < n && d.err == nil; {
		foot.counts = append(foot.counts, d.uvarint())
	}
	foot.blocks = d.uvarint()
	if d.err == nil && (fr.kind != footerFrame || fr.revision != f.header.before || d.at != d.end) {
		d.err = f.damage(fr.at, "its footer is impossible")
	}
	return foot, d.err
}

// compare returns an error if a snapshot does not have the blocks and rows that its footer says.
func (f *footer) compare(in *file, blocks uint64, counts []uint64) error {
	if blocks == f.blocks && slices.Equal(counts, f.counts) {
		return nil
	}
	return in.damage(f.at, fmt.Sprintf("its footer speaks of %d blocks with rows %d, and there are %d with %d", f.blocks, f.counts, blocks, counts))
}

// readBlock reads the beginning of a block. It returns the offset of its rows.
func (f *file) readBlock(fr *frame) (batch, int64, error) {
	d := payload{f: f, at: fr.payload() + 1, end: fr.end()}
	b := d.batch(len(f.header.schema.Relations))
	if d.err == nil && (fr.kind != blockFrame || fr.revision != f.header.before || !b.ascending || d.at+b.length != d.end) {
		d.err = f.damage(fr.at, "it is no block of this snapshot")
	}
	return b, d.at, d.err
}

// blockSize is the size at which a block is full.
const blockSize = 64 << 10

// snapshotWriter writes a snapshot. The file gets its name in finish.
type snapshotWriter struct {
	*inFlight
	seed     uint32
	revision uint64
	size     int64 // written

	buf      []byte // the block that is being filled; empty if none is
	begin    int    // where its rows begin in buf
	inBlock  int    // its rows
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

// add adds a row. Relations must be in order, and the keys of each relation.
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
