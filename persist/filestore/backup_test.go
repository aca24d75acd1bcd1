package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// TestBackupWhileWriting copies a store that is written to: the copy is a prefix that has
// everything appended before, and both go on by themselves.
func TestBackupWhileWriting(t *testing.T) {
	ctx := context.Background()
	for _, policy := range policies {
		disk := crashfs.New()
		s, rows, _ := load(t, "/store", Options{fs: disk, Sync: policy, SegmentSize: 3000}, oneRelation)
		states := []rowsOf{rows.clone()}
		var wait sync.WaitGroup
		for rev := uint64(1); rev <= 300; rev++ {
			c := commit(rev, batchOf(0, put(fmt.Sprint(rev%50), fmt.Sprint(rev))))
			rows.apply(c)
			states = append(states, rows.clone())
			mustAppend(t, s, c)
			if rev%60 == 0 {
				wait.Go(func() { require.NoError(t, s.Backup(ctx, fmt.Sprint("/copy", rev))) })
			}
		}
		wait.Wait()
		require.NoError(t, s.Backup(ctx, "/copy300b"))
		require.ErrorContains(t, s.Backup(ctx, "/copy300b"), "is not empty")
		require.NoError(t, s.Close())
		require.ErrorIs(t, s.Backup(ctx, "/late"), ErrClosed)

		for _, least := range []uint64{60, 120, 180, 240, 300} {
			copied, got, rev := load(t, fmt.Sprint("/copy", least), Options{fs: disk}, oneRelation)
			require.GreaterOrEqual(t, rev, least)
			require.Equal(t, states[rev], got)
			mustAppend(t, copied, commit(rev+1, batchOf(0, put("goes on", ""))))
			require.NoError(t, copied.Close())
		}
		require.NoError(t, Backup(ctx, "/store", "/offline", &Options{fs: disk}))
		for _, path := range []string{"/copy300b", "/offline", "/store"} {
			_, got, rev := load(t, path, Options{fs: disk}, oneRelation)
			require.EqualValues(t, 300, rev)
			require.Equal(t, rows, got)
		}
	}
}

// TestBackupFails fails each change on the way: the store is not touched, and another attempt
// succeeds.
func TestBackupFails(t *testing.T) {
	ctx := context.Background()
	h := recordCompacted(t, true)
	for n := 1; ; n++ {
		disk := h.disk(t)
		begin := disk.Boundaries()
		disk.Fail(func(op crashfs.Op) error {
			if op.N == begin+n && op.Kind != crashfs.Read && op.Kind != crashfs.Close {
				return errOnPurpose
			}
			return nil
		})
		err := Backup(ctx, "/store", "/copy", &Options{fs: disk})
		for name, want := range h.files {
			b, err := disk.ReadFile("/store/" + name)
			require.NoError(t, err)
			require.Equal(t, want, string(b))
		}
		if err == nil {
			require.Greater(t, n, 5)
			return
		}
		require.ErrorIs(t, err, errOnPurpose)
		disk.Fail(nil)
		require.NoError(t, Backup(ctx, "/store", "/copy", &Options{fs: disk}))
		_, rows, rev := load(t, "/copy", Options{fs: disk}, twoRelations)
		require.EqualValues(t, 9, rev)
		require.Equal(t, h.states[9], rows)
	}
}

// TestRewriteIsAtomic lets the power fail at each boundary of a renaming and of a dropping.
func TestRewriteIsAtomic(t *testing.T) {
	ctx := context.Background()
	h := recordCompacted(t, true)
	o := &Options{}
	changes := map[string]func(disk *crashfs.FS) error{
		"rename": func(disk *crashfs.FS) error {
			o.fs = disk
			n, err := RenameRelation(ctx, "/store", "knows", "likes2", o)
			require.True(t, err != nil || n == 1)
			return err
		},
		"drop": func(disk *crashfs.FS) error {
			o.fs = disk
			n, err := DropRelation(ctx, "/store", "likes", o)
			require.True(t, err != nil || n == 5)
			return err
		},
	}
	after := map[string]*persist.Schema{"rename": schemaOf("likes", "likes2"), "drop": schemaOf("knows")}
	for name, change := range changes {
		done := h.disk(t)
		require.NoError(t, change(done))
		for n := 1; n <= done.Boundaries(); n++ {
			disk := h.disk(t)
			disk.CrashAt(n, uint64(n))
			_ = change(disk)
			for seed := range uint64(6) {
				again := disk.Restart(seed)
				s := New("/store", quiet(Options{fs: again}))
				c := collect(2)
				rev, err := s.Load(ctx, twoRelations, c)
				if errors.Is(err, persist.ErrSchema) {
					c = collect(2)
					rev, err = s.Load(ctx, after[name], c)
				}
				require.NoError(t, err)
				require.EqualValues(t, 9, rev)
				want := h.states[9]
				if name == "drop" && len(c.rows[0]) == 0 {
					want = rowsOf{{}, want[1]}
				}
				require.Equal(t, want, c.rows, "%s: boundary %d, seed %d", name, n, seed)
				require.NoError(t, s.Close())
			}
		}
		s, _, _ := load(t, "/store", Options{fs: done}, after[name])
		mustAppend(t, s, commit(10, batchOf(0, put("goes on", ""))))
		require.NoError(t, s.Compact(ctx))
		require.NoError(t, s.Close())
	}
}

func TestRewriteErrors(t *testing.T) {
	ctx := context.Background()
	h := recordCompacted(t, false)
	disk := h.disk(t)
	o := &Options{fs: disk}
	rename := func(from, to string) error { _, err := RenameRelation(ctx, "/store", from, to, o); return err }
	require.ErrorIs(t, rename("none", "new"), persist.ErrSchema)
	require.ErrorContains(t, rename("likes", "knows"), "already")
	require.ErrorContains(t, rename("likes", ""), "empty")
	_, err := DropRelation(ctx, "/store", "none", o)
	require.ErrorIs(t, err, persist.ErrSchema)
	_, err = DropRelation(ctx, "/nowhere", "none", o)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, h.files, filesOn(t, disk))
	s, _, _ := load(t, "/store", Options{fs: disk}, twoRelations)
	require.ErrorIs(t, rename("likes", "new"), persist.ErrInUse)
	require.NoError(t, s.Close())

	// Damage of the new snapshot is damage, though older files may be there.
	before := filesOn(t, disk)
	require.NoError(t, rename("likes", "new"))
	for name, b := range filesOn(t, disk) {
		require.True(t, strings.HasSuffix(name, ".snap"))
		before[name] = b[:len(b)-1]
	}
	h.files = before
	require.ErrorIs(t, loadErr(t, "/store", Options{fs: h.disk(t)}, schemaOf("new", "knows")), persist.ErrDamaged)
}

// TestErased holds that after Compact no file has what was removed.
func TestErased(t *testing.T) {
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, oneRelation)
	mustAppend(t, s, commit(1, batchOf(0, put("keep", "1"), put("secretkey", "secretvalue"))))
	require.NoError(t, s.Compact(context.Background()))
	mustAppend(t, s, commit(2, batchOf(0, put("secretkey", "secretvalue2"))))
	mustAppend(t, s, commit(3, batchOf(0, del("secretkey"))))
	require.NoError(t, s.Compact(context.Background()))
	for name, b := range filesIn(t, dir) {
		require.NotContains(t, b, "secret", name)
	}
	require.NoError(t, s.Close())
}

// TestBackupIntoItself holds that a backup is never made in the directory of the store, which could
// not be opened again.
func TestBackupIntoItself(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir() + "/store"
	s, _, _ := load(t, dir, Options{}, twoRelations)
	mustAppend(t, s, commit(1, batchOf(0, put("a", "b"))))
	link := t.TempDir() + "/link"
	require.NoError(t, os.Symlink(dir, link))
	for _, to := range []string{dir, dir + "/sub", dir + "/a/b", link + "/sub", dir + "/../store/sub"} {
		require.ErrorContains(t, s.Backup(ctx, to), "the store's alone", to)
	}
	require.NoError(t, s.Backup(ctx, dir+"-copy"))
	require.NoError(t, s.Close())
	require.ErrorContains(t, Backup(ctx, dir, dir+"/sub", nil), "the store's alone")
	require.NoError(t, Backup(ctx, dir, dir+"/../..copy", nil))
	_, rows, _ := load(t, dir, Options{}, twoRelations)
	require.Equal(t, "b", rows[0]["a"])
}
