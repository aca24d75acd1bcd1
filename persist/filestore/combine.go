package filestore

import (
	"hash/crc32"
	"sync"
)

// A CRC register holds a polynomial over GF(2) modulo that of CRC-32C, bit 31 for x to the power
// of 0. Reading n bytes multiplies the register by x to the power of 8n and adds what the bytes
// contribute. So the checksum of any part of a file follows from the registers of two prefixes.
const (
	reversedCastagnoli = 0x82f63b78
	polynomialOne      = 1 << 31
	digitBits          = 12
)

// advance returns the register after some bytes. Unlike crc32.Update it does not invert it.
func advance(register uint32, b []byte) uint32 {
	return ^crc32.Update(^register, castagnoli, b)
}

// multiply returns a product of two polynomials. It takes four bits of a at a time: a search may
// multiply for every few bytes of a file.
func multiply(a, b uint32) uint32 {
	x0, x1, x2, x3 := uint64(b)<<32, uint64(b)<<31, uint64(b)<<30, uint64(b)<<29
	multiples := [16]uint64{ // of b, by all polynomials of degree 3
		0, x3, x2, x2 ^ x3, x1, x1 ^ x3, x1 ^ x2, x1 ^ x2 ^ x3,
		x0, x0 ^ x3, x0 ^ x2, x0 ^ x2 ^ x3, x0 ^ x1, x0 ^ x1 ^ x3, x0 ^ x1 ^ x2, x0 ^ x1 ^ x2 ^ x3,
	}
	var product uint64 // bit 63 for x to the power of 0
	for shift := 0; shift < 32; shift += 4 {
		product ^= multiples[a>>(28-shift)&15] >> shift
	}
	return uint32(product>>32) ^ advance(uint32(product), fourZeros)
}

var fourZeros = make([]byte, 4)

// inverses returns x to the power of -8n for n in 0 to 4095, then for n in multiples of 4096, and
// then for n in multiples of 4096 * 4096.
var inverses = sync.OnceValue(func() *[3][1 << digitBits]uint32 {
	powers := new([3][1 << digitBits]uint32)
	step := uint32(polynomialOne)
	for range 8 {
		step = divideByX(step)
	}
	for digit := range powers {
		power := uint32(polynomialOne)
		for i := range powers[digit] {
			powers[digit][i] = power
			power = multiply(power, step)
		}
		step = power
	}
	return powers
})

// divideByX is the inverse of a multiplication by x.
func divideByX(a uint32) uint32 {
	if a>>31 == 0 {
		return a << 1
	}
	return (a^reversedCastagnoli)<<1 | 1
}

// retreat is the inverse of advancing a register by n zero bytes, fewer than 1<<36.
func retreat(register uint32, n int64) uint32 {
	powers := inverses()
	for digit := 0; n > 0; digit++ {
		if i := n & (1<<digitBits - 1); i != 0 {
			register = multiply(powers[digit][i], register)
		}
		n >>= digitBits
	}
	return register
}
