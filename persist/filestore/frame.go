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
	// maxPayload is what fits the length of a frame.
	maxPayload = math.MaxUint32
)

var errSum = errors.New("its checksum is wrong")

// frame is one checksummed piece of a file: of a log a record, of a snapshot a block of rows or the footer.
type frame struct {
	at       int64
	length   int64  // of the payload
	synced   int64  // how far the file was known to be on the disk when this was written
	revision uint64 // commits: the first one's. Mark and seal: the next one's. Block and footer: the snapshot's
	kind     byte
}

func (f *frame) payload() int64 { return f.at + frameHeader }
func (f *frame) end() int64     { return f.at + frameHeader + f.length }

// beginFrame appends to dst an unfinished frame without its payload.
func beginFrame(dst []byte, kind byte) []byte {
	var header [frameHeader]byte
	return append(append(dst, header[:]...), kind)
}

// finishFrame completes a frame, whose payload is there.
func finishFrame(b []byte, seed uint32, synced int64, revision uint64) {
	le := binary.LittleEndian
	le.PutUint32(b[4:], uint32(len(b)-frameHeader))
	le.PutUint64(b[8:], uint64(synced))
	le.PutUint64(b[16:], revision)
	le.PutUint32(b, crc32.Update(seed, castagnoli, b[4:]))
}

// errBad says that there is no frame at an offset, and why.
type errBad struct{ why string }

func (e *errBad) Error() string { return e.why }

var (
	errCut    = &errBad{"the file ends within a record"}
	errLength = &errBad{"a length is impossible"}
	errHeader = &errBad{"its header is impossible"}
	errCheck  = &errBad{errSum.Error()}
	errSealed = &errBad{"the log is sealed before it ends"}
)

// readFrame reads and checks the frame at an offset. The error is an *errBad if there is no good one, and otherwise
// that of reading.
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
	return fr, f.checkSum(&fr, binary.LittleEndian.Uint32(b))
}

func parseFrame(b []byte, at int64) frame {
	le := binary.LittleEndian
	return frame{
		at:       at,
		length:   int64(le.Uint32(b[4:])),
		synced:   int64(le.Uint64(b[8:])),
		revision: le.Uint64(b[16:]),
		kind:     b[frameHeader],
	}
}

// check finds what cannot be without reading the payload.
func (f *frame) check(size int64) error {
	switch {
	case f.length == 0:
		return errLength
	case f.end() > size:
		return errCut
	case f.synced < 0 || f.synced > f.at || f.kind == 0 || f.kind >= frameKinds:
		return errHeader
	}
	return nil
}

// checkSum reads the whole frame, which stays in the window if it is not larger than that.
func (f *file) checkSum(fr *frame, sum uint32) error {
	got, err := uint32(0), error(nil)
	if fr.length <= smallPayload {
		var b []byte
		if b, err = f.bytes(fr.at, int(frameHeader+fr.length)); err == nil {
			got = crc32.Update(f.seed, castagnoli, b[4:])
		}
	} else {
		got, err = f.sum(f.seed, fr.at+4, fr.end())
	}
	if err != nil {
		return err
	}
	if got != sum {
		return errCheck
	}
	return nil
}

// search looks byte by byte for a good frame, at or after an offset, that is accepted. Its revision must be the given
// one or not much later: that makes most offsets cheap to pass over.
func (f *file) search(from int64, revision uint64, accept func(*frame) bool) (frame, bool, error) {
	for at := from; f.size-at > frameHeader; at++ {
		b, err := f.bytes(at, frameHeader+1)
		if err != nil {
			return frame{}, false, err
		}
		fr := parseFrame(b, at)
		if fr.revision-revision > uint64(f.size) || fr.check(f.size) != nil || !accept(&fr) {
			continue
		}
		switch err := f.checkSum(&fr, binary.LittleEndian.Uint32(b)); {
		case err == nil:
			return fr, true, nil
		case !isBad(err):
			return frame{}, false, err
		}
	}
	return frame{}, false, nil
}

func isBad(err error) bool {
	var bad *errBad
	return errors.As(err, &bad)
}
