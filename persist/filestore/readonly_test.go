package filestore

import (
	"context"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// readOnly makes a disk refuse every change.
func readOnly(disk *crashfs.FS) {
	disk.Fail(func(op crashfs.Op) error {
		switch op.Kind {
		case crashfs.Open, crashfs.Read, crashfs.ReadDir, crashfs.Lock, crashfs.Close:
			return nil
		}
		return syscall.EROFS
	})
}

// TestReadOnly reads what a crash has left on a disk that cannot be written: the rows are there,
// and nothing is changed.
func TestReadOnly(t *testing.T) {
	ctx := context.Background()
	for _, withLock := range []bool{true, false} {
		h := recordCompacted(t, true)
		last := logFile.name(3)
		h.files[last] += "torn"
		disk := h.disk(t)
		if withLock {
			require.NoError(t, disk.WriteFile("/store/"+lockName, nil))
		}
		readOnly(disk)
		err := loadErr(t, "/store", Options{fs: disk}, twoRelations)
		require.ErrorIs(t, err, syscall.EROFS)
		require.ErrorContains(t, err, "Options.ReadOnly")
		before := disk.Boundaries()
		s, rows, rev := load(t, "/store", Options{fs: disk, ReadOnly: true}, twoRelations)
		require.EqualValues(t, 9, rev)
		require.Equal(t, h.states[9], rows)
		require.Equal(t, last, s.Stats().Torn.File)
		require.EqualValues(t, 9, s.Stats().Revision)

		require.ErrorIs(t, s.Append(ctx, asList(commit(10, batchOf(0, put("a", ""))))), ErrReadOnly)
		require.ErrorIs(t, s.Append(ctx, asList(commit(10))), persist.ErrRefused)
		require.ErrorIs(t, s.Compact(ctx), ErrReadOnly)
		require.NoError(t, s.Close())
		require.Equal(t, before, disk.Boundaries(), "nothing is changed, or tried")
	}
}

// TestReadOnlyShares holds who keeps whom out.
func TestReadOnlyShares(t *testing.T) {
	disk := crashfs.New()
	writer, _, _ := load(t, "/store", Options{fs: disk}, oneRelation)
	mustAppend(t, writer, commit(1, batchOf(0, put("a", "1"))))
	require.ErrorIs(t, loadErr(t, "/store", Options{fs: disk, ReadOnly: true}, oneRelation), persist.ErrInUse)
	require.NoError(t, writer.Close())

	reader, rows, _ := load(t, "/store", Options{fs: disk, ReadOnly: true}, oneRelation)
	require.Equal(t, rowsOf{{"a": "1"}}, rows)
	load(t, "/store", Options{fs: disk, ReadOnly: true}, oneRelation)
	writer, _, _ = load(t, "/store", Options{fs: disk}, oneRelation)
	mustAppend(t, writer, commit(2, batchOf(0, put("a", "2"))))
	require.NoError(t, writer.Close())
	require.EqualValues(t, 1, reader.Stats().Revision, "it stays as it was loaded")

	// While it loads, nobody may write.
	inUse := &whileLoading{collect(1), func() error {
		_, err := New("/store", quiet(Options{fs: disk})).Load(context.Background(), oneRelation, collect(1))
		return err
	}}
	_, err := New("/store", quiet(Options{fs: disk, ReadOnly: true})).Load(context.Background(), oneRelation, inUse)
	require.ErrorIs(t, err, persist.ErrInUse)
}

// whileLoading is a loader that does something at each row.
type whileLoading struct {
	*collector
	do func() error
}

func (w *whileLoading) LoadBinary(int, []byte, []byte) error { return w.do() }

func TestReadOnlyOfNothing(t *testing.T) {
	disk := crashfs.New()
	require.ErrorIs(t, loadErr(t, "/store", Options{fs: disk, ReadOnly: true}, oneRelation), fs.ErrNotExist)
	require.NoError(t, disk.Mkdir("/store"))
	_, rows, rev := load(t, "/store", Options{fs: disk, ReadOnly: true}, oneRelation)
	require.Equal(t, newRows(1), rows)
	require.Zero(t, rev)
	require.Empty(t, disk.Files())
}
