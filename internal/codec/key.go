package codec

import (
	"bytes"
	"errors"
	"slices"
	"unsafe"

	"github.com/seed-250bd433/junction/persist"
)

// What follows a 0x00 in an escaped left key.
const (
	escaped = 0xff // it belongs to the key
	end     = 0x01 // the key ended before it
)

var errKey = errors.New("malformed key")

// AppendKey appends the key of an edge. Keys of kinds with a natural order are ordered by
// bytes.Compare as (left, right) is. If it fails it returns b as it was.
func AppendKey(b []byte, left *Codec, l unsafe.Pointer, right *Codec, r unsafe.Pointer) ([]byte, error) {
	key, err := left.Append(b, l)
	if err != nil {
		return b, err
	}
	if !left.delimited {
		key = escape(key, len(b))
	}
	if key, err = right.Append(key, r); err != nil {
		return b, err
	}
	return key, nil
}

// escape escapes and ends the left key that begins at start.
func escape(b []byte, start int) []byte {
	if zeros := bytes.Count(b[start:], []byte{0}); zeros > 0 {
		from := len(b)
		b = slices.Grow(b, zeros+2)[:from+zeros]
		for to := len(b); to > from; { // from the back, until no zeros are left to make room for
			from--
			to--
			if b[to] = b[from]; b[to] == 0 {
				b[to] = escaped
				to--
				b[to] = 0
			}
		}
	}
	return append(b, 0, end)
}

// SplitKey returns the bytes of the two keys of an edge. They share memory with key, except for a
// left key that held a 0x00.
func SplitKey(left persist.Kind, key []byte) (l, r []byte, err error) {
	n := 0
	switch left {
	case persist.Int8, persist.Int16, persist.Int32, persist.Int64, persist.Uint8, persist.Uint16, persist.Uint32, persist.Uint64:
		if len(key) == 0 {
			return nil, nil, errKey
		}
		n = numberLen(key[0])
	case persist.Float32:
		n = 4
	case persist.Float64:
		n = 8
	case persist.Bool:
		n = 1
	case persist.Time:
		n = timeLen
	case persist.Empty:
	default:
		return unescape(key)
	}
	if n > len(key) {
		return nil, nil, errKey
	}
	return key[:n:n], key[n:], nil
}

func unescape(key []byte) (l, r []byte, err error) {
	for rest := key; ; {
		i := bytes.IndexByte(rest, 0)
		if i < 0 || i+1 == len(rest) {
			return nil, nil, errKey
		}
		next := rest[i+1]
		switch {
		case next == end && l == nil: // nothing was escaped
			return key[:i:i], rest[i+2:], nil
		case next == end:
			return append(l, rest[:i]...), rest[i+2:], nil
		case next != escaped:
			return nil, nil, errKey
		}
		l = append(l, rest[:i+1]...)
		rest = rest[i+2:]
	}
}
