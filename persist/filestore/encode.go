package filestore

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// encoder makes records of commits. It reuses its memory.
type encoder struct {
	record     []byte
	key, value []byte
	prev       []byte
	relations  int
	limit      int64 // of the payload
	large      int64 // size above which the payload is measured first; 0 is largePayload

	most      int64 // size of the payload at which encode stops
	measuring bool  // rows are not kept
	dropped   int64 // their size
}

const (
	// keepBuffer is the size above which memory is not kept for the next commits.
	keepBuffer = 1 << 20
	// largePayload is far below the limit, so that a record that is refused takes little memory.
	largePayload = 64 << 20
)

// errLarge stops encode.
var errLarge = errors.New("filestore: too large for one commit")

// commits returns the unfinished record of commits, which is valid until the next call. A large
// record is measured before it is made: a record above the limit is refused without the memory for
// it, and another one takes no more than it needs.
func (e *encoder) commits(commits []*persist.Commit) ([]byte, error) {
	e.most = min(cmp.Or(e.large, largePayload), e.limit)
	b, err := e.encode(commits)
	if err == errLarge {
		b, err = e.encodeLarge(commits)
	}
	if err == errLarge {
		err = fmt.Errorf("%w: more than %d bytes; split it", err, e.limit)
	}
	if err != nil {
		return nil, err
	}
	e.record = b
	return b, nil
}

func (e *encoder) encodeLarge(commits []*persist.Commit) ([]byte, error) {
	e.record, e.most = nil, e.limit
	e.measuring, e.dropped = true, 0
	b, err := e.encode(commits)
	size := int64(len(b)) + e.dropped
	e.measuring, e.dropped = false, 0
	if err != nil {
		return nil, err
	}
	e.record = make([]byte, 0, size)
	return e.encode(commits)
}

// encode returns the unfinished record. docs/FORMAT.md describes its payload.
func (e *encoder) encode(commits []*persist.Commit) (b []byte, err error) {
	b = beginFrame(e.record[:0], commitsFrame)
	b = binary.AppendUvarint(b, uint64(len(commits)))
	for _, c := range commits {
		b = binary.AppendUvarint(b, uint64(len(c.Batches)))
		for _, rows := range c.Batches {
			if b, err = e.batch(b, rows); err != nil {
				return nil, err
			}
		}
	}
	return b, nil
}

func (e *encoder) batch(b []byte, rows persist.Batch) ([]byte, error) {
	relation, n := rows.Relation(), rows.Len()
	if relation < 0 || relation >= e.relations {
		return nil, fmt.Errorf("filestore: a commit changes relation %d of %d", relation, e.relations)
	}
	b, at := beginBatch(b, relation)
	e.prev = e.prev[:0]
	ascending := true
	for i := range n {
		var above bool
		deleted := rows.Deleted(i)
		e.key, e.value = rows.AppendBinary(e.key[:0], e.value[:0], i)
		b, above = appendRow(b, e.prev, e.key, e.value, deleted)
		ascending = ascending && (above || i == 0)
		e.key, e.prev = e.prev, e.key
		if e.measuring {
			e.dropped += int64(len(b) - at)
			b = b[:at]
		}
		if int64(len(b)-frameHeader)+e.dropped > e.most {
			return nil, errLarge
		}
	}
	endBatch(b, at, n, ascending)
	return b, nil
}

// trim drops large buffers.
func (e *encoder) trim() {
	if cap(e.record) > keepBuffer {
		e.record = nil
	}
	if cap(e.key)+cap(e.prev)+cap(e.value) > keepBuffer {
		e.key, e.prev, e.value = nil, nil, nil
	}
}
