package filestore

import (
	"hash/crc32"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestRetreat computes the seed of a checksum from the checksum and the registers of two prefixes.
func TestRetreat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 10_000).Draw(t, "bytes")
		seed := rapid.Uint32().Draw(t, "seed")
		from := rapid.IntRange(0, len(b)).Draw(t, "from")
		to := rapid.IntRange(from, len(b)).Draw(t, "to")
		sum := crc32.Update(seed, castagnoli, b[from:to])
		before, after := advance(0, b[:from]), advance(0, b[:to])
		require.Equal(t, seed, ^(before ^ retreat(^sum^after, int64(to-from))))
	})
}

func TestRetreatFar(t *testing.T) {
	zeros := make([]byte, 1<<20)
	register := uint32(12345)
	for range 40 {
		register = advance(register, zeros)
	}
	require.EqualValues(t, 12345, retreat(register, 40<<20))
}

func BenchmarkRetreat(b *testing.B) {
	register := uint32(1)
	for b.Loop() {
		register = retreat(register, 0xabcdef)
	}
}
