package filestore

import (
	"context"
	"fmt"
)

// readLog reads a log, which must continue at the revision of the view. The caller must judge
// how it ends: by the log that follows, or by tail.judge.
func (v *view) readLog(ctx context.Context, number uint64) error {
	f, err := v.open(logFile, number)
	if err != nil {
		return err
	}
	if err := v.follow(f); err != nil {
		return err
	}
	v.logs = append(v.logs, f)
	r := logReader{view: v, file: f, places: v.admit(&f.header), at: f.body}
	if err := r.records(ctx); err != nil {
		return err
	}
	v.tail = tail{f, r.sealed, r.at, r.torn}
	return nil
}

// follow checks the revision at which a log begins. It shows that nothing is missing between two
// logs even if the first one lost its seal.
func (v *view) follow(f *file) error {
	before := f.header.before
	switch {
	case before == v.revision:
		return nil
	case v.tail.file != nil && !v.tail.sealed:
		return v.tail.damage()
	}
	return f.damage(0, fmt.Sprintf("it begins after revision %d, and what is before it ends at %d", before, v.revision))
}

// logReader reads the records of one log.
type logReader struct {
	*view
	file   *file
	places []int // for each relation of the file, its place in the view
	at     int64
	sealed bool
	torn   string
}

// records reads up to the first record that is not good.
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

var errBlock = &errBad{"it is a block of the snapshot that has the same number"}

// take adds a record whose checksum is right. It is damage if the record is not where it was
// written: a crash moves nothing. But a crash may leave blocks of a snapshot that was removed.
func (r *logReader) take(fr *frame) error {
	if fr.fileKind() == snapshotFile && fr.revision == r.file.header.before {
		return errBlock
	}
	if fr.revision != r.revision+1 {
		return r.file.damage(fr.at, fmt.Sprintf("its revision is %d and not %d", fr.revision, r.revision+1))
	}
	if fr.synced > fr.at {
		return r.file.damage(fr.at, fmt.Sprintf("its record was written at offset %d or later; bytes before it are missing", fr.synced))
	}
	switch fr.kind {
	case commitsFrame:
		return r.commits(fr)
	case sealFrame:
		r.sealed = true
	}
	return r.file.checkEmpty(fr)
}

// checkEmpty checks a record without commits.
func (f *file) checkEmpty(fr *frame) error {
	if (fr.kind == markFrame || fr.kind == sealFrame) && fr.length == 1 {
		return nil
	}
	return f.damage(fr.at, fmt.Sprintf("a log has no record of kind %d with %d bytes", fr.kind, fr.length))
}

// commits adds the batches of a record.
func (r *logReader) commits(fr *frame) error {
	n, err := r.file.commits(fr, func(b batch, at int64) error {
		return r.addBatch(r.file, r.places[b.relation], b, at)
	})
	r.revision += n
	return err
}
