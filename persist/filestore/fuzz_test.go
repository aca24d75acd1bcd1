package filestore

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// FuzzRecord gives the decoder a record whose checksum is right, whatever is in it. It is refused
// as damaged, or has rows that are the same after they were written to a snapshot and read again.
func FuzzRecord(f *testing.F) {
	var e encoder
	e.relations, e.limit = 2, maxPayload
	for _, commits := range [][]*persist.Commit{
		{commit(1)},
		{commit(1, batchOf(0, put("a", "1"), put("ab", ""), del("b")))},
		{commit(1, batchOf(1, put("", "")), batchOf(0, del("z"), put("a", "x"))), commit(2, batchOf(0, put("z", "y")))},
	} {
		record, err := e.commits(commits)
		require.NoError(f, err)
		f.Add(slices.Clone(record[frameHeader:]))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		disk := diskWithRecord(t, payload)
		s, rows, rev, err := tryLoad(disk)
		if err != nil {
			require.ErrorIs(t, err, persist.ErrDamaged)
			return
		}
		require.NoError(t, s.Compact(context.Background()))
		require.NoError(t, s.Close())
		s, got, again, err := tryLoad(disk)
		require.NoError(t, err)
		require.Equal(t, rev, again)
		require.Equal(t, rows, got)
		require.NoError(t, s.Close())
	})
}

// diskWithRecord returns a disk with a log of one record, whose checksum is right.
func diskWithRecord(t testing.TB, payload []byte) *crashfs.FS {
	t.Helper()
	h := header{kind: logFile, number: 1, schema: *twoRelations}
	head, err := h.encode()
	require.NoError(t, err)
	record := append(make([]byte, frameHeader), payload...)
	finishFrame(record, h.seed(), int64(len(head)), 1)
	return (&history{files: map[string]string{logFile.name(1): string(head) + string(record)}}).disk(t)
}

func tryLoad(disk *crashfs.FS) (*Store, rowsOf, uint64, error) {
	s, c := New("/store", quiet(Options{fs: disk})), collect(2)
	rev, err := s.Load(context.Background(), twoRelations, c)
	return s, c.rows, rev, err
}

// FuzzRecover does to the files of a store what its input says, with flips, cuts, copies and
// garbage. What is loaded then was there once, or it is refused as damaged; Inspect sees the same;
// and Salvage gets along with all of it.
func FuzzRecover(f *testing.F) {
	histories := []*history{recordCompacted(f, false), recordCompacted(f, true), leftBehind(f)}
	f.Add([]byte{})
	for op := range byte(opCount) {
		f.Add([]byte{op, op, 1, 200, 9})
		f.Add([]byte{2, op, 0, 250, 9, 0, 1, 3, 7})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		h := &history{}
		if len(data) > 0 {
			*h = *histories[int(data[0])%len(histories)]
			data = data[1:]
		}
		h.files = maps.Clone(h.files)
		for len(data) >= 5 && len(data) < 5*64 {
			h.edit(data[0], data[1], int(data[2])<<8|int(data[3]), data[4], data[5:])
			data = data[5:]
		}
		rev, _, err := h.loadIfAny(t)
		info, failed := Inspect(context.Background(), "/store", &Options{fs: h.disk(t)})
		require.Equal(t, err == nil, failed == nil, "%v and %v", err, failed)
		if err == nil {
			require.Equal(t, rev, info.Revision)
		}
		_, err = Salvage(context.Background(), "/store", "/salvaged", &Options{fs: h.disk(t)})
		require.True(t, err == nil || errors.Is(err, persist.ErrDamaged) || errors.Is(err, persist.ErrVersion), "%v", err)
	})
}

// loadIfAny is loadAny, but for a directory from which all is gone.
func (h *history) loadIfAny(t *testing.T) (uint64, *TornTail, error) {
	if len(h.files) == 0 {
		return 0, nil, nil
	}
	return h.loadAny(t, h.disk(t))
}

// leftBehind is a history with what a compaction removes last.
func leftBehind(t testing.TB) *history {
	h := recordCompacted(t, false)
	disk := h.disk(t)
	s, _, _ := load(t, "/store", Options{fs: disk}, twoRelations)
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
	maps.Copy(h.files, filesOn(t, disk))
	return h
}

const opCount = 11

// edit changes a file.
func (h *history) edit(op, which byte, at int, value byte, rest []byte) {
	names := slices.Sorted(maps.Keys(h.files))
	if len(names) == 0 {
		return
	}
	name := names[int(which)%len(names)]
	b := []byte(h.files[name])
	at = min(at, len(b))
	other := h.files[names[int(value)%len(names)]]
	switch op % opCount {
	case 0:
		if at < len(b) {
			b[at] ^= value
		}
	case 1:
		b = b[:at]
	case 2:
		b = append(b, rest...)
	case 3:
		delete(h.files, name)
		return
	case 4:
		b = []byte(other)
	case 5:
		b = slices.Insert(b, at, rest...)
	case 6:
		b = append(b[:at:at], other[min(at, len(other)):]...)
	case 7:
		b = append(b, other[min(at, len(other)):]...)
	case 8:
		b = slices.Delete(b, at, min(at+1+int(value), len(b)))
	case 9:
		b = movePiece(b, at, int(value), rest)
	case 10:
		to := min(at+1+int(value), len(b))
		b = slices.Concat(b[:at], b[to:], b[at:to])
	}
	h.files[name] = string(b)
}

// movePiece moves n + 1 bytes to a place that rest gives.
func movePiece(b []byte, at, n int, rest []byte) []byte {
	end := min(at+1+n, len(b))
	piece := slices.Clone(b[at:end])
	b = slices.Delete(b, at, end)
	to := 0
	if len(rest) > 0 {
		to = len(b) * int(rest[0]) / 256
	}
	return slices.Insert(b, to, piece...)
}
