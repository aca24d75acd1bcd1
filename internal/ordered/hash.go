package ordered

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"math/rand/v2"
	"unsafe"
)

// Hash says how keys are hashed.
type Hash uint8

// The ways to hash a key.
const (
	NoHash Hash = iota // keys have a comparison function
	Words              // Word returns the whole key: numbers, and arrays of 4 and 8 bytes
	Pairs              // Pair returns the whole key: arrays of 16 bytes
	Texts              // Text returns the whole key: strings and other arrays of bytes
)

// Form says how a key becomes a word. Those that are not named here are the size of an integer or
// an array of bytes.
type Form uint8

const (
	formFloat32 Form = 32
	formFloat64 Form = 64
)

// Word returns the 64 bits that a key of a form has, and no other key of its type.
func Word(k Pointer, form Form) uint64 {
	switch form {
	case 8: // an array of bytes may have any alignment
		return binary.NativeEndian.Uint64((*[8]byte)(k)[:])
	case 4:
		return uint64(binary.NativeEndian.Uint32((*[4]byte)(k)[:]))
	}
	return otherWord(k, form)
}

func otherWord(k Pointer, form Form) uint64 {
	switch form {
	case 2:
		return uint64(*(*uint16)(k))
	case 1:
		return uint64(*(*uint8)(k))
	case formFloat32:
		return math.Float64bits(float64(*(*float32)(k)) + 0) // -0 becomes 0
	case formFloat64:
		return math.Float64bits(*(*float64)(k) + 0)
	}
	panic("junction: internal error: no such form of a key")
}

// Pair returns the 128 bits of an array of 16 bytes.
func Pair(k Pointer) [2]uint64 {
	b := (*[16]byte)(k)
	return [2]uint64{binary.NativeEndian.Uint64(b[:8]), binary.NativeEndian.Uint64(b[8:])}
}

// Text returns a string or, as a string that shares its memory, an array of bytes.
func (k *Keys) Text(p Pointer) string {
	if k.Type.Plain() {
		return unsafe.String((*byte)(p), k.Type.Size)
	}
	return *(*string)(p)
}

// What hashes depend on is drawn for each process, so that nobody can choose keys that collide.
var (
	seed     = [2]uint64{rand.Uint64(), rand.Uint64()}
	textSeed = maphash.MakeSeed()
)

// HashWord returns the hash of a word. It multiplies as wyhash does.
func HashWord(w uint64) uint64 {
	high, low := bits.Mul64(w^seed[0], 0x9E3779B97F4A7C15)
	return high ^ low
}

// HashPair returns the hash of a pair of words.
func HashPair(p [2]uint64) uint64 {
	high, low := bits.Mul64(p[0]^seed[0], p[1]^seed[1])
	return high ^ low
}

// HashText returns the hash of a text.
func HashText(s string) uint64 { return maphash.String(textSeed, s) }
