package filestore

import (
	"context"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// loadErr returns the error of a Load that must fail, and of which nothing may be left.
func loadErr(t testing.TB, dir string, o Options, schema *persist.Schema) error {
	t.Helper()
	s := New(dir, quiet(o))
	_, err := s.Load(context.Background(), schema, collect(len(schema.Relations)))
	require.Error(t, err)
	require.NoError(t, s.Close())
	return err
}

func TestDirectory(t *testing.T) {
	t.Run("parent is missing", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "no", "store")
		require.ErrorIs(t, loadErr(t, dir, Options{}, oneRelation), fs.ErrNotExist)
		require.NoDirExists(t, filepath.Dir(dir))
	})
	t.Run("is a file", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "store")
		require.NoError(t, os.WriteFile(dir, []byte("x"), 0o600))
		require.ErrorContains(t, loadErr(t, dir, Options{}, oneRelation), "cannot use")
	})
	t.Run("holds foreign files", func(t *testing.T) {
		for _, name := range []string{"notes.txt", "x.tmp", "1.log", "0000000000000000.log", "000000000000000A.log", "0000000000000001.snap.bak", "0000000000000001.log.tmp.tmp"} {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
			require.ErrorContains(t, loadErr(t, dir, Options{}, oneRelation), name)
			require.NoFileExists(t, filepath.Join(dir, lockName))
			_, err := Inspect(context.Background(), dir, nil)
			require.ErrorContains(t, err, name)
		}
	})
	t.Run("may not be written", func(t *testing.T) {
		disk := crashfs.New()
		disk.Fail(func(op crashfs.Op) error {
			if op.Kind == crashfs.Create || op.Kind == crashfs.Mkdir {
				return fs.ErrPermission
			}
			return nil
		})
		require.ErrorIs(t, loadErr(t, "/store", Options{fs: disk}, oneRelation), fs.ErrPermission)
		disk.Fail(nil)
		load(t, "/store", Options{fs: disk}, oneRelation)
	})
}

func TestInUse(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, oneRelation)
	require.ErrorIs(t, loadErr(t, dir, Options{}, oneRelation), persist.ErrInUse)
	require.NoError(t, s.Close())
	load(t, dir, Options{}, oneRelation)
}

// TestOrderOfCalls is about calls that the contract forbids: they do no harm.
func TestOrderOfCalls(t *testing.T) {
	ctx := context.Background()
	s := New(t.TempDir()+"/store", nil)
	require.ErrorIs(t, s.Append(ctx, []*persist.Commit{commit(1)}), persist.ErrRefused)
	require.ErrorIs(t, s.Compact(ctx), ErrNotLoaded)
	require.Zero(t, s.Stats())
	_, err := s.Load(ctx, oneRelation, collect(1))
	require.NoError(t, err)
	_, err = s.Load(ctx, oneRelation, collect(1))
	require.ErrorContains(t, err, "loaded already")
	require.NoError(t, s.Append(ctx, nil))
	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.ErrorIs(t, s.Append(ctx, []*persist.Commit{commit(1)}), persist.ErrRefused)
	require.ErrorIs(t, s.Compact(ctx), ErrClosed)
	_, err = s.Load(ctx, oneRelation, collect(1))
	require.ErrorIs(t, err, ErrClosed)
	require.NoError(t, New("never loaded", nil).Close())
	require.Equal(t, persist.Binary, s.Form())
}

func TestSchema(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, twoRelations)
	mustAppend(t, s, commit(1, batchOf(0, put("l", "1")), batchOf(1, put("k", "2"), put("x", ""))))
	mustAppend(t, s, commit(2, batchOf(1, del("x"))))
	require.NoError(t, s.Close())
	before := filesIn(t, dir)

	// What does not fit is refused, and nothing is touched.
	err := loadErr(t, dir, Options{}, schemaOf("likes"))
	require.ErrorIs(t, err, persist.ErrSchema)
	require.ErrorContains(t, err, `1 rows of relation "knows"`)
	other := schemaOf("knows", "likes")
	other.Relations[0].Left = persist.String
	require.ErrorIs(t, loadErr(t, dir, Options{}, other), persist.ErrSchema)
	require.Equal(t, before, filesIn(t, dir))

	// Relations are known by their names.
	turned := schemaOf("knows", "new", "likes")
	s, rows, _ := load(t, dir, Options{}, turned)
	require.Equal(t, rowsOf{{"k": "2"}, {}, {"l": "1"}}, rows)
	mustAppend(t, s, commit(3, batchOf(0, del("k")), batchOf(1, put("n", ""))))
	require.NoError(t, s.Close())

	// An empty one may change or go.
	changed := schemaOf("likes", "knows", "new")
	changed.Relations[1].Left = persist.String
	s, _, _ = load(t, dir, Options{}, changed)
	mustAppend(t, s, commit(4, batchOf(1, put("k", "text"))))
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
	info, err := Inspect(context.Background(), dir, nil)
	require.NoError(t, err)
	require.Equal(t, persist.String, info.Schema.Relations[info.Schema.Index("knows")].Left)
	_, rows, rev := load(t, dir, Options{}, changed)
	require.Equal(t, rowsOf{{"l": "1"}, {"k": "text"}, {"n": ""}}, rows)
	require.EqualValues(t, 4, rev)
}

func TestRelationThatWentIsForgotten(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, twoRelations)
	mustAppend(t, s, commit(1, batchOf(1, put("k", ""))), commit(2, batchOf(1, del("k"))))
	require.NoError(t, s.Close())
	for rev := uint64(3); rev < 5; rev++ {
		s, _, _ = load(t, dir, Options{}, oneRelation)
		mustAppend(t, s, commit(rev, batchOf(0, put("l", ""))))
		require.NoError(t, s.Compact(context.Background()))
		require.NoError(t, s.Close())
	}
	info, err := Inspect(context.Background(), dir, nil)
	require.NoError(t, err)
	require.Equal(t, *oneRelation, info.Schema)
}

func TestVersion(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, oneRelation)
	mustAppend(t, s, commit(1, batchOf(0, put("l", "1"))))
	require.NoError(t, s.Close())
	path := filepath.Join(dir, logFile.name(1))
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for place, say := range map[int]string{8: "version 7", 12: "bits 0x7"} {
		b := append([]byte(nil), whole...)
		binary.LittleEndian.PutUint32(b[place:], 7)
		require.NoError(t, os.WriteFile(path, b, 0o600))
		err := loadErr(t, dir, Options{}, oneRelation)
		require.ErrorIs(t, err, persist.ErrVersion)
		require.ErrorContains(t, err, say)
		require.ErrorContains(t, err, logFile.name(1))
		_, err = Salvage(context.Background(), dir, t.TempDir(), nil)
		require.ErrorIs(t, err, persist.ErrVersion)
	}
}

func TestLoaderFails(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, oneRelation)
	mustAppend(t, s, commit(1, batchOf(0, put("l", "1"))))
	require.NoError(t, s.Close())
	s = New(dir, nil)
	c := collect(1)
	c.fail = errors.New("no more room")
	_, err := s.Load(context.Background(), oneRelation, c)
	require.ErrorIs(t, err, c.fail)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = s.Load(ctx, oneRelation, collect(1))
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Load(context.Background(), oneRelation, collect(1))
	require.NoError(t, err)
	require.NoError(t, s.Close())
}

func TestRefused(t *testing.T) {
	ctx := context.Background()
	for _, policy := range policies {
		t.Run(policy.String(), func(t *testing.T) {
			disk := crashfs.New()
			s, _, _ := load(t, "/store", Options{fs: disk, Sync: policy}, oneRelation)
			refused := func(err error) {
				t.Helper()
				require.ErrorIs(t, err, persist.ErrRefused)
				require.NotErrorIs(t, err, persist.ErrUnknown)
			}
			one := []*persist.Commit{commit(1, batchOf(0, put("a", "1")))}

			done, cancel := context.WithCancel(ctx)
			cancel()
			err := s.Append(done, one)
			refused(err)
			require.ErrorIs(t, err, context.Canceled)
			refused(s.Append(ctx, []*persist.Commit{commit(2)}))
			refused(s.Append(ctx, []*persist.Commit{commit(1), commit(3)}))
			refused(s.Append(ctx, []*persist.Commit{commit(1, batchOf(1, put("a", "")))}))
			refused(s.Append(ctx, []*persist.Commit{commit(1, batchOf(-1, put("a", "")))}))

			s.enc.limit = 100
			err = s.Append(ctx, []*persist.Commit{commit(1, batchOf(0, put(strings.Repeat("k", 100), "")))})
			refused(err)
			require.ErrorContains(t, err, "too large")
			s.enc.limit = maxPayload

			for _, kind := range []crashfs.Kind{crashfs.Create, crashfs.Write, crashfs.Sync, crashfs.Rename, crashfs.SyncDir} {
				disk.Fail(func(op crashfs.Op) error {
					if op.Kind == kind {
						return syscall.ENOSPC
					}
					return nil
				})
				err := s.Append(ctx, one)
				refused(err)
				require.ErrorIs(t, err, syscall.ENOSPC)
				disk.Fail(nil)
				_, err = Inspect(ctx, "/store", &Options{fs: disk})
				require.NoError(t, err)
			}
			mustAppend(t, s, one...)
			require.NoError(t, s.Close())
			_, rows, rev := load(t, "/store", Options{fs: disk}, oneRelation)
			require.Equal(t, rowsOf{{"a": "1"}}, rows)
			require.EqualValues(t, 1, rev)
		})
	}
}

// TestUnknown is about a log that cannot be written or synced: nothing works any more, and no
// sync is tried again.
func TestUnknown(t *testing.T) {
	ctx := context.Background()
	for _, kind := range []crashfs.Kind{crashfs.Write, crashfs.Sync} {
		t.Run(string(kind), func(t *testing.T) {
			disk := crashfs.New()
			s, _, _ := load(t, "/store", Options{fs: disk}, oneRelation)
			mustAppend(t, s, commit(1, batchOf(0, put("a", "1"))))
			asked := 0
			disk.Fail(func(op crashfs.Op) error {
				if op.Kind == kind {
					asked++
					return syscall.EIO
				}
				return nil
			})
			for range 3 {
				err := s.Append(ctx, []*persist.Commit{commit(2, batchOf(0, put("b", "2")))})
				require.ErrorIs(t, err, persist.ErrUnknown)
				require.NotErrorIs(t, err, persist.ErrRefused)
				require.ErrorIs(t, err, syscall.EIO)
			}
			require.ErrorIs(t, s.Compact(ctx), persist.ErrUnknown)
			require.ErrorIs(t, s.Close(), persist.ErrUnknown)
			require.Equal(t, 1, asked)
			disk.Fail(nil)
			s, rows, rev := load(t, "/store", Options{fs: disk}, oneRelation)
			require.Equal(t, "1", rows[0]["a"])
			require.EqualValues(t, len(rows[0]), rev)
			mustAppend(t, s, commit(rev+1, batchOf(0, put("c", "3"))))
			rows.apply(commit(0, batchOf(0, put("c", "3"))))

			// What Load has shown is on the disk, whatever was there when the sync failed.
			for seed := range uint64(20) {
				_, got, at := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
				require.Equal(t, rev+1, at)
				require.Equal(t, rows, got)
			}
		})
	}
}

func TestCloseFails(t *testing.T) {
	for _, policy := range policies {
		disk := crashfs.New()
		s, _, _ := load(t, "/store", Options{fs: disk, Sync: policy}, oneRelation)
		mustAppend(t, s, commit(1, batchOf(0, put("a", "1"))))
		disk.Fail(func(op crashfs.Op) error {
			if op.Kind == crashfs.Sync {
				return syscall.EIO
			}
			return nil
		})
		require.ErrorIs(t, s.Close(), syscall.EIO)
		disk.Fail(nil)

		// The next program may be shown a seal that is not on the disk.
		s, _, rev := load(t, "/store", Options{fs: disk}, oneRelation)
		require.EqualValues(t, 1, rev)
		mustAppend(t, s, commit(2, batchOf(0, put("b", "2"))))
		for seed := range uint64(20) {
			_, rows, _ := load(t, "/store", Options{fs: disk.Restart(seed)}, oneRelation)
			require.Equal(t, rowsOf{{"a": "1", "b": "2"}}, rows)
		}
	}
}
