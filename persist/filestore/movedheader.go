package filestore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

	"github.com/seed-250bd433/junction/persist"
)

// movedHeader is a whole header that is not at the beginning of a file.
type movedHeader struct {
	header
	end int64
}

// movedHeaders returns the whole headers in a file that are not at its beginning: bytes may have
// been inserted before one, or a file may have been appended to another. It reads no more than a
// few times the bytes of the file, and ignores what looks like a header after that.
func (f *file) movedHeaders(ctx context.Context) (found []movedHeader, err error) {
	scan := f.another(f.chunk)
	budget := 4 * f.size
	for from := int64(1); f.size-from >= headerFixed+headerSum; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		b, err := scan.bytes(from, int(min(int64(f.chunk), f.size-from)))
		if err != nil {
			return nil, err
		}
		for _, at := range allOf(b, magic) {
			h, err := f.movedHeader(from+int64(at), &budget)
			if err != nil {
				return nil, err
			}
			if h != nil {
				found = append(found, *h)
			}
		}
		from += int64(len(b) - len(magic) + 1)
	}
	return found, nil
}

// allOf returns where a string begins in b.
func allOf(b []byte, s string) (at []int) {
	for from := 0; ; from++ {
		i := bytes.Index(b[from:], []byte(s))
		if i < 0 {
			return at
		}
		from += i
		at = append(at, from)
	}
}

// movedHeader returns the header at an offset, or nil if there is none or it is over budget.
func (f *file) movedHeader(at int64, budget *int64) (*movedHeader, error) {
	if f.size-at < headerFixed {
		return nil, nil
	}
	b, err := f.bytes(at, headerFixed)
	if err != nil {
		return nil, err
	}
	*budget -= headerFixed + int64(binary.LittleEndian.Uint32(b[20:]))
	if *budget < 0 {
		return nil, nil
	}
	h, end, err := f.headerAt(at)
	if errors.Is(err, persist.ErrDamaged) || errors.Is(err, persist.ErrVersion) {
		return nil, nil
	}
	return &movedHeader{h, end}, err
}
