package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"reflect"
	"time"
)

// A number begins with a header byte. From minSmall to maxSmall the header is the number, with a
// bias; beyond, it counts the bytes that follow, up for positive numbers and down for negative
// ones.
const (
	bias     = 0x80
	minSmall = -120 // header 0x08
	maxSmall = 119  // header 0xf7
)

var (
	errNumber  = errors.New("malformed number")
	errMinimal = errors.New("number is not in its own form")
)

func appendInt(b []byte, n int64) []byte {
	if minSmall <= n && n <= maxSmall {
		return append(b, byte(n+bias))
	}
	if n < 0 {
		k := size(uint64(^n))
		return appendLow(append(b, byte(minSmall+bias-k)), uint64(n), k)
	}
	return appendLarge(b, uint64(n))
}

func appendUint(b []byte, n uint64) []byte {
	if n <= maxSmall {
		return append(b, byte(n+bias))
	}
	return appendLarge(b, n)
}

func appendLarge(b []byte, n uint64) []byte {
	k := size(n)
	return appendLow(append(b, byte(maxSmall+bias+k)), n, k)
}

// appendLow appends the low k bytes of n. Writing all eight and taking some back is quicker than
// writing k.
func appendLow(b []byte, n uint64, k int) []byte {
	end := len(b) + k
	return binary.BigEndian.AppendUint64(b, n<<(64-8*k))[:end]
}

// size returns in how many bytes a number fits.
func size(n uint64) int { return (bits.Len64(n) + 7) / 8 }

// numberLen returns the length of a number, by its header.
func numberLen(header byte) int {
	switch n := int(header) - bias; {
	case n > maxSmall:
		return 1 + n - maxSmall
	case n < minSmall:
		return 1 + minSmall - n
	}
	return 1
}

func decodeInt(b []byte) (int64, error) {
	switch {
	case len(b) == 0 || len(b) != numberLen(b[0]):
		return 0, errNumber
	case len(b) == 1:
		return int64(b[0]) - bias, nil
	}
	low := low(b[1:])
	if b[0] > bias {
		switch {
		case low > math.MaxInt64:
			return 0, fmt.Errorf("%d does not fit int64", low)
		case low <= maxSmall || b[1] == 0:
			return 0, errMinimal
		}
		return int64(low), nil
	}
	low |= ^uint64(0) << (8 * (len(b) - 1)) // nothing for eight bytes, which have the sign with them
	n := int64(low)
	if n >= minSmall || b[1] == 0xff { // n >= 0 did not fit
		return 0, errMinimal
	}
	return n, nil
}

func decodeUint(b []byte) (uint64, error) {
	switch {
	case len(b) == 0 || len(b) != numberLen(b[0]):
		return 0, errNumber
	case b[0] < bias:
		return 0, errors.New("number is negative")
	case len(b) == 1:
		return uint64(b[0]) - bias, nil
	}
	n := low(b[1:])
	if n <= maxSmall || b[1] == 0 {
		return 0, errMinimal
	}
	return n, nil
}

// low returns the number made of one to eight bytes. Two reads that overlap are quicker than a read
// for each byte.
func low(b []byte) uint64 {
	switch k := len(b); {
	case k >= 4:
		return uint64(binary.BigEndian.Uint32(b))<<(8*(k-4)) | uint64(binary.BigEndian.Uint32(b[k-4:]))
	case k >= 2:
		return uint64(binary.BigEndian.Uint16(b))<<(8*(k-2)) | uint64(binary.BigEndian.Uint16(b[k-2:]))
	default:
		return uint64(b[0])
	}
}

func decodeSigned[R int | int8 | int16 | int32 | int64](b []byte) (R, error) {
	n, err := decodeInt(b)
	if err == nil && int64(R(n)) != n {
		return 0, fmt.Errorf("%d does not fit %v", n, reflect.TypeFor[R]())
	}
	return R(n), err
}

func decodeUnsigned[R uint | uint8 | uint16 | uint32 | uint64 | uintptr](b []byte) (R, error) {
	n, err := decodeUint(b)
	if err == nil && uint64(R(n)) != n {
		return 0, fmt.Errorf("%d does not fit %v", n, reflect.TypeFor[R]())
	}
	return R(n), err
}

const (
	sign32 = 1 << 31
	sign64 = 1 << 63
)

var errNegativeZero = errors.New("-0 is not written")

func appendFloat32(b []byte, f float32) []byte {
	u := math.Float32bits(f)
	switch {
	case f == 0: // or -0
		u = sign32
	case u&sign32 != 0:
		u = ^u
	default:
		u |= sign32
	}
	return binary.BigEndian.AppendUint32(b, u)
}

func decodeFloat32(b []byte) (float32, error) {
	if len(b) != 4 {
		return 0, wrongLen(b, 4)
	}
	u := binary.BigEndian.Uint32(b)
	switch {
	case u == sign32-1:
		return 0, errNegativeZero
	case u&sign32 != 0:
		u &^= sign32
	default:
		u = ^u
	}
	return math.Float32frombits(u), nil
}

func appendFloat64(b []byte, f float64) []byte {
	u := math.Float64bits(f)
	switch {
	case f == 0: // or -0
		u = sign64
	case u&sign64 != 0:
		u = ^u
	default:
		u |= sign64
	}
	return binary.BigEndian.AppendUint64(b, u)
}

func decodeFloat64(b []byte) (float64, error) {
	if len(b) != 8 {
		return 0, wrongLen(b, 8)
	}
	u := binary.BigEndian.Uint64(b)
	switch {
	case u == sign64-1:
		return 0, errNegativeZero
	case u&sign64 != 0:
		u &^= sign64
	default:
		u = ^u
	}
	return math.Float64frombits(u), nil
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func decodeBool(b []byte) (bool, error) {
	switch {
	case len(b) != 1:
		return false, wrongLen(b, 1)
	case b[0] > 1:
		return false, fmt.Errorf("%#02x is no bool", b[0])
	}
	return b[0] == 1, nil
}

func appendString(b []byte, s string) []byte { return append(b, s...) }

func decodeString(b []byte) (string, error) { return string(b), nil }

func appendBytes(b, v []byte) []byte { return append(b, v...) }

func decodeBytes(b []byte) ([]byte, error) { return append([]byte(nil), b...), nil }

const timeLen = 12

func appendTime(b []byte, t time.Time) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(t.Unix())^sign64)
	return binary.BigEndian.AppendUint32(b, uint32(t.Nanosecond()))
}

func decodeTime(b []byte) (t time.Time, err error) {
	if len(b) != timeLen {
		return t, wrongLen(b, timeLen)
	}
	nanoseconds := binary.BigEndian.Uint32(b[8:])
	if nanoseconds > 999_999_999 {
		return t, fmt.Errorf("%d nanoseconds are more than a second", nanoseconds)
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b)^sign64), int64(nanoseconds)).UTC(), nil
}

func appendEmpty(b []byte, _ struct{}) []byte { return b }

func decodeEmpty(b []byte) (struct{}, error) {
	if len(b) != 0 {
		return struct{}{}, wrongLen(b, 0)
	}
	return struct{}{}, nil
}

func wrongLen(b []byte, want int) error { return fmt.Errorf("%d bytes, not %d", len(b), want) }
