package filestore

import (
	"context"
	"fmt"
)

// readLog reads a log, which must go on at the revision of the view. How it ends must be judged: by the log that
// follows, or by judgeTail.
func (v *view) readLog(ctx context.Context, number uint64) error {
	f, err := v.open(logFile, number)
	if err == nil {
		err = v.follow(f)
	}
	if err != nil {
		return v.pass(err)
	}
	v.logs = append(v.logs, f)
	r := logReader{view: v, file: f, places: v.admit(f), at: f.body}
	r.rows.window = &f.window
	if err := r.records(ctx); err != nil {
		return err
	}
	v.tail = tail{f, r.sealed, r.at, r.torn}
	return nil
}

// follow checks the revision at which a log begins: it shows that nothing is missing between the logs, even if the one
// before lost its seal.
func (v *view) follow(f *file) error {
	before := f.header.before
	switch {
	case before == v.revision:
		return nil
	case v.lost != nil && before > v.revision:
		v.revision, v.inexact = before, true
		return nil
	case v.tail.file != nil && !v.tail.sealed:
		return v.tail.damage()
	}
	return f.damage(0, fmt.Sprintf("it begins after revision %d, and what is before it ends at %d", before, v.revision))
}

// damage says that a log does not end as it should.
func (t *tail) damage() error {
	if t.torn == "" {
		return t.file.damage(t.end, "the file ends here, without its seal")
	}
	return t.file.damage(t.end, t.torn)
}

// judgeTail tells a torn tail, which is none of the store's fault, from damage: if a later record says that what is bad
// was on the disk, it was acknowledged, or could have been.
func (v *view) judgeTail() error {
	t := &v.tail
	if t.torn == "" || v.lost != nil {
		return nil
	}
	later, found, err := t.file.search(t.end+1, v.revision+1, func(f *frame) bool { return f.synced > t.end })
	if err != nil {
		return err
	}
	if found {
		return t.file.damage(t.end, fmt.Sprintf("%s, and the record at %d says that it was on the disk", t.torn, later.at))
	}
	return nil
}

// logReader reads the records of one log.
type logReader struct {
	*view
	file   *file
	places []int // of the file's relations in the view
	rows   batchCursor
	at     int64
	sealed bool
	torn   string
}

// records reads as far as all is good.
func (r *logReader) records(ctx context.Context) error {
	for r.at < r.file.size && r.torn == "" {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.record(); isBad(err) {
			r.torn = err.Error()
		} else if err != nil {
			return err
		}
		if r.torn != "" && r.lost != nil {
			if err := r.leap(); err != nil {
				return err
			}
		}
	}
	return nil
}

// record reads a record. Nothing follows a seal.
func (r *logReader) record() error {
	if r.sealed {
		return errSealed
	}
	fr, err := r.file.readFrame(r.at)
	if err != nil {
		return err
	}
	if err := r.take(&fr); err != nil {
		return err
	}
	r.at = fr.end()
	return nil
}

// leap goes on at the next good record, if there is one.
func (r *logReader) leap() error {
	next, found, err := r.file.search(r.at+1, r.revision+1, func(*frame) bool { return true })
	if err != nil {
		return err
	}
	to := r.file.size
	if found {
		to = next.at
		r.inexact = r.inexact || next.revision != r.revision+1
		r.revision = next.revision - 1
	}
	r.lost(r.file.loss(r.at, to, r.torn))
	r.at, r.torn = to, ""
	return nil
}

// take takes a good record in.
func (r *logReader) take(fr *frame) error {
	if fr.revision != r.revision+1 {
		return r.file.damage(fr.at, fmt.Sprintf("its revision is %d and not %d", fr.revision, r.revision+1))
	}
	switch {
	case fr.kind == commitsFrame:
		return r.commits(fr)
	case fr.kind == sealFrame && fr.length == 1:
		r.sealed = true
		return nil
	case fr.kind == markFrame && fr.length == 1:
		return nil
	}
	return r.file.damage(fr.at, fmt.Sprintf("a log has no record of kind %d with %d bytes", fr.kind, fr.length))
}

// commits takes the batches of a record in.
func (r *logReader) commits(fr *frame) error {
	d := payload{f: r.file, at: fr.payload() + 1, end: fr.end()}
	commits := d.uvarint()
	for i := uint64(0); i < commits && d.err == nil; i++ {
		batches := d.uvarint()
		for j := uint64(0); j < batches && d.err == nil; j++ {
			if b := d.batch(len(r.places)); d.err == nil {
				d.err = r.batch(b, d.at)
				d.at += b.length
			}
		}
	}
	if d.err == nil && d.at != d.end {
		d.err = r.file.damage(d.at, errBatch.Error())
	}
	if d.err == nil {
		r.revision += commits
	}
	return d.err
}

// batch takes the rows of a batch in.
func (r *logReader) batch(b batch, at int64) error {
	relation := r.places[b.relation]
	if b.ascending && b.length > smallPayload {
		r.addRun(relation, r.file.run(b, at))
		return nil
	}
	r.rows.begin(b, at)
	pile := r.pile(relation)
	for {
		if ok, err := r.rows.next(); !ok || err != nil {
			return err
		}
		pile.add(&r.rows.row)
	}
}

// run returns the rows of a batch as they stand in the file.
func (f *file) run(b batch, at int64) run {
	return run{b.rows, func(chunk int) cursor {
		w := f.another(chunk)
		c := &batchCursor{window: &w}
		c.begin(b, at)
		return c
	}}
}

// payload reads what a record or block holds, through the window of its file.
type payload struct {
	f       *file
	at, end int64
	err     error
}

func (p *payload) uvarint() uint64 {
	x, n := uvarint(p.peek(), 0)
	if n < 0 {
		p.fail(errBatch)
		return 0
	}
	p.at += int64(n)
	return x
}

func (p *payload) batch(relations int) batch {
	b, n, err := decodeBatch(p.peek(), p.end-p.at, relations)
	if err != nil {
		p.fail(err)
	}
	p.at += int64(n)
	return b
}

// peek returns as much as a number or the beginning of a batch takes, or all that is left.
func (p *payload) peek() []byte {
	if p.err != nil {
		return nil
	}
	b, err := p.f.bytes(p.at, int(min(maxBatchHeader, p.end-p.at)))
	p.err = err
	return b
}

func (p *payload) fail(err error) {
	if p.err == nil {
		p.err = p.f.damage(p.at, err.Error())
	}
}
