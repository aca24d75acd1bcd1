package filestore

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
)

// What a frame holds: the first byte of its payload.
const (
	commitsFrame byte = iota + 1
	markFrame
	sealFrame
	blockFrame  // of a snapshot
	footerFrame // of a snapshot
	frameKinds
)

const (
	frameHeader = 24
	// maxPayload is the largest payload whose length fits in a frame's header.
	maxPayload = math.MaxUint32
	// maxFileSize and maxRevision are out of reach. They make most bytes that are not a frame easy
	// to tell from one.
	maxFileSize = 1 << 48
	maxRevision = 1 << 48
)

var errSum = errors.New("its checksum is wrong")

// frame is a checksummed piece of a file: a record of a log, or a block or the footer of a
// snapshot.
type frame struct {
	at     int64
	sum    uint32
	length int64 // of the payload
	synced int64 // how much of the file was known to be on the disk when this was written
	// revision is that of the first commit, of the next one (mark and seal), or of the snapshot.
	revision uint64
	kind     byte
}

// fileKind returns the kind of file that has such frames.
func (f *frame) fileKind() fileKind {
	if f.kind >= blockFrame {
		return snapshotFile
	}
	return logFile
}

func (f *frame) payload() int64 { return f.at + frameHeader }
func (f *frame) end() int64     { return f.at + frameHeader + f.length }

// beginFrame appends to dst an unfinished frame without its payload.
func beginFrame(dst []byte, kind byte) []byte {
	var header [frameHeader]byte
	return append(append(dst, header[:]...), kind)
}

// finishFrame completes a frame that has its payload.
func finishFrame(b []byte, seed uint32, synced int64, revision uint64) {
	le := binary.LittleEndian
	le.PutUint32(b[4:], uint32(len(b)-frameHeader))
	le.PutUint64(b[8:], uint64(synced))
	le.PutUint64(b[16:], revision)
	le.PutUint32(b, crc32.Update(seed, castagnoli, b[4:]))
}

// errBad says why there is no good frame at an offset.
type errBad struct{ why string }

func (e *errBad) Error() string { return e.why }

var (
	errCut    = &errBad{"the file ends within a record"}
	errLength = &errBad{"a length is impossible"}
	errHeader = &errBad{"its header is impossible"}
	errCheck  = &errBad{errSum.Error()}
	errSealed = &errBad{"the log is sealed before it ends"}
)

func isBad(err error) bool {
	var bad *errBad
	return errors.As(err, &bad)
}

// readFrame reads and checks the frame at an offset. The error is an *errBad if there is no good
// one, and otherwise that of reading. A frame that is good may still be in the wrong place.
func (f *file) readFrame(at int64) (frame, error) {
	if f.size-at <= frameHeader {
		return frame{}, errCut
	}
	b, err := f.bytes(at, frameHeader+1)
	if err != nil {
		return frame{}, err
	}
	fr := parseFrame(b, at)
	if err := fr.check(f.size); err != nil {
		return frame{}, err
	}
	return fr, f.checkSum(&fr)
}

// parseFrame reads the header of a frame and the first byte of its payload.
func parseFrame(b []byte, at int64) frame {
	le := binary.LittleEndian
	return frame{
		at:       at,
		sum:      le.Uint32(b),
		length:   int64(le.Uint32(b[4:])),
		synced:   int64(le.Uint64(b[8:])),
		revision: le.Uint64(b[16:]),
		kind:     b[frameHeader],
	}
}

// check finds what is wrong with a frame without reading its payload. A frame that says that more
// of the file was on the disk than stands before it may have been moved; its place is not checked.
func (f *frame) check(size int64) error {
	switch {
	case f.length == 0:
		return errLength
	case f.end() > size:
		return errCut
	case uint64(f.synced) >= maxFileSize || f.revision >= maxRevision || f.kind == 0 || f.kind >= frameKinds:
		return errHeader
	}
	return nil
}

// maxPayloadHeader is how much of a payload mayBegin looks at.
const maxPayloadHeader = 1 + 2*binary.MaxVarintLen64 + maxBatchHeader

// mayBegin reports whether the payload of the frame may begin with some bytes. It is quick, and
// true for few bytes that do not.
func (f *frame) mayBegin(payload []byte) bool {
	switch f.kind {
	case markFrame, sealFrame:
		return f.length == 1
	case blockFrame:
		_, _, err := decodeBatch(payload[1:], f.length-1, math.MaxInt32)
		return err == nil
	case commitsFrame:
		commits, at := uvarint(payload, 1)
		batches, at := uvarint(payload, at)
		if at < 0 || commits == 0 || batches == 0 {
			return at > 0 && commits > 0
		}
		_, _, err := decodeBatch(payload[at:], f.length-int64(at), math.MaxInt32)
		return err == nil
	}
	return true
}

// checkSum reads the whole frame. The window keeps it if it is small.
func (f *file) checkSum(fr *frame) error {
	got, err := f.frameSum(f.seed, fr)
	if err == nil && got != fr.sum {
		err = errCheck
	}
	return err
}

// frameSum returns the checksum of a frame, begun with a seed.
func (f *file) frameSum(seed uint32, fr *frame) (uint32, error) {
	if fr.length > smallPayload {
		return f.sum(seed, fr.at+4, fr.end())
	}
	b, err := f.bytes(fr.at, int(frameHeader+fr.length))
	if err != nil {
		return 0, err
	}
	return crc32.Update(seed, castagnoli, b[4:]), nil
}
