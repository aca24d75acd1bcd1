package filestore

import (
	"encoding/binary"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// encoder makes records of commits. It uses its memory again.
type encoder struct {
	record     []byte
	key, value []byte
	prev       []byte
	relations  int
	limit      int64 // of the payload
}

// keepBuffer is the size above which memory is not kept for the next commits.
const keepBuffer = 1 << 20

// commits returns the unfinished record of commits. It is good until the next one.
//
// The payload after its first byte: uvarint number of commits; each: uvarint number of batches; each as rows.go has it.
func (e *encoder) commits(commits []*persist.Commit) ([]byte, error) {
	b := beginFrame(e.record[:0], commitsFrame)
	b = binary.AppendUvarint(b, uint64(len(commits)))
	for _, c := range commits {
		b = binary.AppendUvarint(b, uint64(len(c.Batches)))
		for _, rows := range c.Batches {
			var err error
			if b, err = e.batch(b, rows); err != nil {
				return nil, err
			}
		}
	}
	e.record = b
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
		if size := int64(len(b) - frameHeader); size > e.limit {
			return nil, fmt.Errorf("filestore: too large for one commit: more than %d bytes; split it", e.limit)
		}
	}
	endBatch(b, at, n, ascending)
	return b, nil
}

// trim lets go of large buffers.
func (e *encoder) trim() {
	if cap(e.record) > keepBuffer {
		e.record = nil
	}
	if cap(e.key)+cap(e.prev)+cap(e.value) > keepBuffer {
		e.key, e.prev, e.value = nil, nil, nil
	}
}
