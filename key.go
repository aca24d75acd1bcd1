package junction

import "cmp"

// Key is the constraint of keys that have a natural order: numbers, strings and arrays of bytes,
// and defined types of these kinds, such as
//
//	type UserID int64
//	type Email string
//	type DocumentID [16]byte
//
// and uuid.UUID. Numbers and strings are ordered by <, arrays of bytes as bytes.Compare orders
// them. A node is found by a hash, in O(1). Keys of other types, and keys in another order, need
// a comparison function: see [NewFunc].
//
// Go has no constraint for arrays of any length, so the lengths are those of common identifiers
// and hashes: IPv4 addresses (4), MAC addresses (6), 64-bit identifiers (8), object identifiers
// (12), UUIDs, ULIDs, IPv6 addresses and MD5 (16), SHA-1 and KSUIDs (20), 192-bit identifiers
// (24), and SHA-2 and SHA-3 of 224, 256, 384 and 512 bits (28, 32, 48, 64). A [16]byte is as fast
// as an integer to hash and to compare; the other lengths take about what a string takes.
type Key interface {
	cmp.Ordered |
		~[4]byte | ~[6]byte | ~[8]byte | ~[12]byte | ~[16]byte | ~[20]byte | ~[24]byte |
		~[28]byte | ~[32]byte | ~[48]byte | ~[64]byte
}
