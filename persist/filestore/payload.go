package filestore

// payload reads the contents of a frame through the window of its file.
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

// peek returns the next bytes: enough for a number or the beginning of a batch, or all that are
// left.
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

// commits calls a function for each batch of a record, and returns how many commits it has.
func (f *file) commits(fr *frame, do func(b batch, at int64) error) (commits uint64, err error) {
	d := payload{f: f, at: fr.payload() + 1, end: fr.end()}
	commits = d.uvarint()
	for i := uint64(0); i < commits && d.err == nil; i++ {
		batches := d.uvarint()
		for j := uint64(0); j < batches && d.err == nil; j++ {
			if b := d.batch(len(f.header.schema.Relations)); d.err == nil {
				d.err = do(b, d.at)
				d.at += b.length
			}
		}
	}
	if d.err == nil && d.at != d.end {
		d.err = f.damage(d.at, errBatch.Error())
	}
	return commits, d.err
}

// run returns the rows of an ascending batch, which are read from the file when they are needed.
func (f *file) run(b batch, at int64) run {
	return run{b.rows, func(chunk int) cursor {
		w := f.another(chunk)
		c := &batchCursor{window: &w}
		c.begin(b, at)
		return c
	}}
}
