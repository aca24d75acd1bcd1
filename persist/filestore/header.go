package filestore

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"github.com/seed-250bd433/junction/persist"
)

// The header of a file, which docs/FORMAT.md describes.
const (
	magic         = "\x89jnct\r\n\x1a"
	formatVersion = 1
	knownFeatures = 0  // bits of the features that this version knows
	headerFixed   = 56 // bytes before the schema
	headerSum     = 4  // bytes after it
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what the beginning of a file says.
type header struct {
	kind   fileKind
	store  [16]byte // UUID of the store
	number uint64
	before uint64 // revision before the first record, or that a snapshot shows
	schema persist.Schema
}

// newStoreID returns a random UUID, version 4.
func newStoreID() (id [16]byte) {
	_, _ = rand.Read(id[:]) // never fails
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

// seed is what the checksums of a file begin with, so that a frame of another file is never right.
func (h *header) seed() uint32 {
	sum := crc32.Update(0, castagnoli, h.store[:])
	return crc32.Update(sum, castagnoli, binary.LittleEndian.AppendUint64(nil, h.number))
}

// encode returns the bytes of a header.
func (h *header) encode() ([]byte, error) {
	schema, err := json.Marshal(&h.schema)
	if err != nil {
		return nil, fmt.Errorf("filestore: cannot record the schema: %w", err)
	}
	le := binary.LittleEndian
	b := append(make([]byte, 0, headerFixed+len(schema)+headerSum), magic...)
	b = le.AppendUint32(b, formatVersion)
	b = le.AppendUint32(b, knownFeatures)
	b = le.AppendUint32(b, uint32(h.kind))
	b = le.AppendUint32(b, uint32(len(schema)))
	b = append(b, h.store[:]...)
	b = le.AppendUint64(b, h.number)
	b = le.AppendUint64(b, h.before)
	b = append(b, schema...)
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli)), nil
}

// readHeader reads and checks the header of a file, which must be of the kind and number that its
// name says, and returns its size.
func (f *file) readHeader(kind fileKind, number uint64) (size int64, err error) {
	if size, err = f.decodeHeader(); err != nil {
		return 0, err
	}
	if f.header.kind != kind || f.header.number != number {
		return 0, f.damage(0, fmt.Sprintf("its header is that of %s", f.header.kind.name(f.header.number)))
	}
	return size, nil
}

// decodeHeader reads the header of a file of any name.
func (f *file) decodeHeader() (size int64, err error) {
	f.header, size, err = f.headerAt(0)
	return size, err
}

// headerAt reads a header at any offset. It returns the offset of what follows.
func (f *file) headerAt(at int64) (h header, end int64, err error) {
	fixed, err := f.bytes(at, int(min(headerFixed, f.size-at)))
	if err != nil {
		return h, 0, err
	}
	if err := f.checkVersion(fixed); err != nil {
		return h, 0, err
	}
	if len(fixed) < headerFixed {
		return h, 0, f.damage(at, "the file ends in its header")
	}
	size := headerFixed + int64(binary.LittleEndian.Uint32(fixed[20:])) + headerSum
	if size > f.size-at {
		return h, 0, f.damage(at, "the file ends in its header")
	}
	b, err := f.bytes(at, int(size))
	if err != nil {
		return h, 0, err
	}
	if err := h.decode(b); err != nil {
		return h, 0, f.damage(at, "its header: "+err.Error())
	}
	return h, at + size, nil
}

// checkVersion must be called first: nothing else is known of a file in another format.
func (f *file) checkVersion(b []byte) error {
	if len(b) < 16 || !bytes.HasPrefix(b, []byte(magic)) {
		return f.damage(0, "it does not begin as a file of a store does")
	}
	if v := binary.LittleEndian.Uint32(b[8:]); v != formatVersion {
		return fmt.Errorf("%w: %s has format version %d; this program knows %d", persist.ErrVersion, f.path, v, formatVersion)
	}
	if bits := binary.LittleEndian.Uint32(b[12:]) &^ knownFeatures; bits != 0 {
		return fmt.Errorf("%w: %s of format version %d has features that this program does not know (bits %#x)", persist.ErrVersion, f.path, formatVersion, bits)
	}
	return nil
}

// decode is the inverse of encode. checkVersion must have accepted b.
func (h *header) decode(b []byte) error {
	le := binary.LittleEndian
	rest := b[:len(b)-headerSum]
	if le.Uint32(b[len(rest):]) != crc32.Checksum(rest, castagnoli) {
		return errSum
	}
	h.kind = fileKind(le.Uint32(b[16:]))
	copy(h.store[:], b[24:])
	h.number = le.Uint64(b[40:])
	h.before = le.Uint64(b[48:])
	if err := json.Unmarshal(rest[headerFixed:], &h.schema); err != nil {
		return fmt.Errorf("its schema: %w", err)
	}
	return nil
}

// longestCorrected is the size up to which a header is corrected: trying all of its bits takes the
// time of checking it as often.
const longestCorrected = 16 << 10

// correctHeader returns the header of a file of which one bit is wrong, and reports whether there
// is such a bit: the one with which version, features and checksum are right.
func (f *file) correctHeader() (h header, end int64, ok bool) {
	b, err := f.bytes(0, int(min(longestCorrected, f.size)))
	if err != nil || len(b) < headerFixed+headerSum {
		return h, 0, false
	}
	b = bytes.Clone(b)
	for bit := range 8 * len(b) {
		b[bit/8] ^= 1 << (bit % 8)
		size := headerFixed + int64(binary.LittleEndian.Uint32(b[20:])) + headerSum
		if int64(bit/8) < size && size <= int64(len(b)) && f.checkVersion(b) == nil && h.decode(b[:size]) == nil {
			return h, size, true
		}
		b[bit/8] ^= 1 << (bit % 8)
	}
	return h, 0, false
}
