package filestore

import (
	"bytes"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// memory is a file in memory. It counts the bytes that are read.
type memory struct {
	vfs.File
	bytes []byte
	read  int64
}

func (m *memory) ReadAt(b []byte, at int64) (int, error) {
	n := copy(b, m.bytes[at:])
	m.read += int64(n)
	return n, nil
}

func fileInMemory(b []byte) (*file, *memory) {
	m := &memory{bytes: b}
	h := header{kind: logFile, number: 1}
	return &file{window: window{file: m, path: "memory", size: int64(len(b)), chunk: 128 << 10}, seed: h.seed()}, m
}

// frameOf returns a good frame of the file in memory.
func frameOf(payload string, synced int64, revision uint64) []byte {
	h := header{kind: logFile, number: 1}
	b := append(beginFrame(nil, commitsFrame), payload...)
	finishFrame(b, h.seed(), synced, revision)
	return b
}

func acceptAll(*found) bool { return true }

// TestSearch finds frames among bytes that look like headers.
func TestSearch(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b []byte
		var want []int64
		size := rapid.IntRange(0, 30_000).Draw(t, "size")
		for len(b) < size {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				b = append(b, rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "garbage")...)
			case 1:
				b = append(b, lookalikes(rapid.IntRange(0, 9000).Draw(t, "bytes"), size)...)
			case 2:
				b = append(b, make([]byte, rapid.IntRange(0, 9000).Draw(t, "zeros"))...)
			case 3:
				want = append(want, int64(len(b)))
				b = append(b, frameOf("\x01\x00"+string(make([]byte, rapid.IntRange(0, 9000).Draw(t, "payload"))), 0, 7)...)
			}
		}
		f, _ := fileInMemory(b)
		s := newSearcher(f, f.seed)
		for at := int64(0); ; {
			next, err := s.next(t.Context(), at, acceptAll)
			require.NoError(t, err)
			if next == nil {
				require.Empty(t, want)
				return
			}
			require.NotEmpty(t, want)
			require.Equal(t, want[0], next.at)
			want, at = want[1:], next.end()
		}
	})
}

// lookalikes returns bytes that are made of headers of frames that end with a file of some size.
func lookalikes(n, size int) []byte {
	b := make([]byte, n)
	le := binary.LittleEndian
	for i := 0; i+frameHeader < n; i += frameHeader + 1 {
		le.PutUint32(b[i:], uint32(i))
		le.PutUint32(b[i+4:], uint32(size-i-frameHeader))
		le.PutUint64(b[i+16:], 3)
		b[i+frameHeader] = commitsFrame
	}
	return b
}

// dense returns bytes in which as many offsets as can be look like a header.
func dense(n, _ int) []byte {
	b := make([]byte, n)
	for i := 0; i < n; i += 6 {
		b[i] = 1 + byte(i/6%3)
	}
	return b
}

// forged returns headers that end with the file, and what could be a commit after each.
func forged(n, size int) []byte {
	b := make([]byte, n)
	le := binary.LittleEndian
	const period = frameHeader + 13
	for i := 0; i+period < n; i += period {
		le.PutUint32(b[i:], uint32(i))
		le.PutUint32(b[i+4:], uint32(size-i-frameHeader))
		le.PutUint64(b[i+16:], 3)
		copy(b[i+frameHeader:], []byte{commitsFrame, 1, 1, 0, 1, 1, 0, 0, 0, 9})
	}
	return b
}

// scattered is lookalikes with ends in random order.
func scattered(n, size int) []byte {
	b := lookalikes(n, size)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := 0; i+frameHeader < n; i += frameHeader + 1 {
		binary.LittleEndian.PutUint32(b[i+4:], uint32(1+rnd.IntN(size-i-frameHeader)))
	}
	return b
}

func random(n, _ int) []byte {
	b := make([]byte, n)
	rnd := rand.NewChaCha8([32]byte{})
	_, _ = rnd.Read(b)
	return b
}

// TestSearchIsLinear counts the bytes that a search reads, whatever the file is made of.
func TestSearchIsLinear(t *testing.T) {
	for _, size := range []int{1 << 20, pick(2<<20, 8<<20)} {
		for name, fill := range fillers {
			f, m := fileInMemory(fill(size, size))
			next, err := newSearcher(f, f.seed).next(t.Context(), 0, acceptAll)
			require.NoError(t, err)
			require.Nil(t, next)
			require.Less(t, m.read, int64(50*size), name)
		}
	}
}

var fillers = map[string]func(n, size int) []byte{"random": random, "headers": lookalikes, "scattered headers": scattered, "dense headers": dense, "records": forged}

// TestMovedHeadersAreFew has a file that is made of what looks like large headers.
func TestMovedHeadersAreFew(t *testing.T) {
	const size = 1 << 20
	fake := append([]byte(magic), make([]byte, headerFixed-len(magic))...)
	binary.LittleEndian.PutUint32(fake[8:], formatVersion)
	binary.LittleEndian.PutUint32(fake[20:], size/2)
	f, m := fileInMemory(bytes.Repeat(fake, size/headerFixed))
	head, h := logHead(t)
	copy(m.bytes[100:], head)
	found, err := f.movedHeaders(t.Context())
	require.NoError(t, err)
	require.Less(t, m.read, int64(30*size))
	require.Equal(t, []movedHeader{{*h, 100 + int64(len(head))}}, found)
}

// TestSearchEnds cancels a search.
func TestSearchEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	f, m := fileInMemory(lookalikes(1<<20, 1<<20))
	_, err := newSearcher(f, f.seed).next(ctx, 0, acceptAll)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, m.read)
}

// TestFramesThatOverlap has a frame of which the first byte is missing and that before it another
// one ends with, as if by chance.
func TestFramesThatOverlap(t *testing.T) {
	head, h := logHead(t)
	payload := func(value int) []byte {
		return []byte{1, 1, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 2, 'k', 2, byte(value >> 8), byte(value)}
	}
	var records []byte
	for value := range 1 << 16 {
		first := append(beginFrame(nil, commitsFrame), payload('x')...)
		finishFrame(first, h.seed(), int64(len(head)), 1)
		second := append(beginFrame(nil, commitsFrame), payload(value)...)
		finishFrame(second, h.seed(), int64(len(head)+len(first)), 2)
		if second[0] == 'x' {
			records = slices.Concat(first, second[1:])
		}
	}
	require.NotNil(t, records)
	disk := (&history{files: map[string]string{logFile.name(1): string(head) + string(records)}}).disk(t)
	_, _, _, err := tryLoad(disk)
	require.ErrorContains(t, err, "is the next one")
	r, err := Salvage(t.Context(), "/store", "/salvaged", quiet(Options{fs: disk}))
	require.NoError(t, err)
	require.EqualValues(t, 2, r.Revision)
	require.True(t, r.Exact)
}

func logHead(t testing.TB) ([]byte, *header) {
	h := &header{kind: logFile, number: 1, schema: *twoRelations}
	head, err := h.encode()
	require.NoError(t, err)
	return head, h
}

// BenchmarkLoadTorn opens a log that ends in 16 MiB of a record that is torn, alternately made of
// random bytes and of bytes that look like headers. It reports the ratio of the times.
func BenchmarkLoadTorn(b *testing.B) {
	const size = 16 << 20
	plain := random(size, size)
	for name, fill := range fillers {
		b.Run(name, func(b *testing.B) {
			other := fill(size, size)
			var base, took time.Duration
			for b.Loop() {
				base += loadTorn(b, plain)
				took += loadTorn(b, other)
			}
			b.ReportMetric(float64(took)/float64(base), "x-random")
			b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms/load")
		})
	}
}

// loadTorn returns how long it takes to open a log that ends in some bytes.
func loadTorn(b *testing.B, end []byte) time.Duration {
	head, _ := logHead(b)
	dir := filepath.Join(b.TempDir(), "store")
	require.NoError(b, os.MkdirAll(dir, 0o700))
	require.NoError(b, os.WriteFile(filepath.Join(dir, logFile.name(1)), slices.Concat(head, end), 0o600))
	s := New(dir, quiet(Options{}))
	begin := time.Now()
	_, err := s.Load(b.Context(), twoRelations, collect(2))
	took := time.Since(begin)
	require.NoError(b, err)
	require.NotNil(b, s.Stats().Torn)
	require.NoError(b, s.Close())
	return took
}
