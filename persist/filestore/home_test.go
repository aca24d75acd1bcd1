package filestore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// place is where a test keeps a store whose path comes to mean something else.
type place struct {
	root string // an absolute path
	path string // of the store, for New
	kept string // where the directory of the store is in the end; empty if it is gone
}

// moves are what may become of the path of an open store.
var moves = map[string]func(t *testing.T, at *place){
	"nothing": func(*testing.T, *place) {},
	"a symlink on the way is switched": func(t *testing.T, at *place) {
		require.NoError(t, os.Mkdir(filepath.Join(at.root, "release2"), 0o755))
		require.NoError(t, os.Remove(filepath.Join(at.root, "current")))
		require.NoError(t, os.Symlink("release2", filepath.Join(at.root, "current")))
	},
	"it is renamed": func(t *testing.T, at *place) {
		at.kept = filepath.Join(at.root, "elsewhere")
		require.NoError(t, os.Rename(filepath.Join(at.root, "release1/store"), at.kept))
	},
	"it is renamed and another takes its name": func(t *testing.T, at *place) {
		at.kept = filepath.Join(at.root, "elsewhere")
		require.NoError(t, os.Rename(filepath.Join(at.root, "release1/store"), at.kept))
		require.NoError(t, os.Mkdir(filepath.Join(at.root, "release1/store"), 0o755))
	},
	"the working directory changes": func(t *testing.T, at *place) { t.Chdir(t.TempDir()) },
	"it is removed": func(t *testing.T, at *place) {
		at.kept = ""
		require.NoError(t, os.RemoveAll(filepath.Join(at.root, "release1/store")))
	},
	"its LOCK is removed": func(t *testing.T, at *place) {
		require.NoError(t, os.Remove(filepath.Join(at.root, "release1/store", lockName)))
	},
	"its LOCK is replaced": func(t *testing.T, at *place) {
		lock := filepath.Join(at.root, "release1/store", lockName)
		require.NoError(t, os.WriteFile(lock+"2", nil, 0o600))
		require.NoError(t, os.Rename(lock+"2", lock))
	},
}

// newPlace makes root/release1, to which root/current points, and goes there. The path of the store
// is relative and passes the link.
func newPlace(t *testing.T) *place {
	at := &place{root: t.TempDir(), path: "current/store"}
	require.NoError(t, os.Mkdir(filepath.Join(at.root, "release1"), 0o755))
	require.NoError(t, os.Symlink("release1", filepath.Join(at.root, "current")))
	t.Chdir(at.root)
	at.kept = filepath.Join(at.root, "release1/store")
	return at
}

// appendMore appends until an error, and returns how many commits were acknowledged.
func appendMore(s *Store, from, n uint64) (acked uint64, err error) {
	for rev := from; rev < from+n; rev++ {
		c := commit(rev, batchOf(0, put(fmt.Sprint("key", rev), strings.Repeat("v", 50))))
		if err := s.Append(context.Background(), []*persist.Commit{c}); err != nil {
			return rev - 1, err
		}
	}
	return from + n - 1, nil
}

// TestPathMoves lets the path of an open store mean something else: what was acknowledged is in
// the directory that was opened, or the next call says that it is not the store's any more.
// Another store at the path is not touched.
func TestPathMoves(t *testing.T) {
	for _, policy := range policies {
		for name, move := range moves {
			t.Run(policy.String()+"/"+name, func(t *testing.T) { testMove(t, policy, move) })
		}
	}
}

func testMove(t *testing.T, policy SyncPolicy, move func(*testing.T, *place)) {
	ctx := context.Background()
	at := newPlace(t)
	o := Options{Sync: policy, SegmentSize: 1000}
	s, _, _ := load(t, at.path, o, oneRelation)
	acked, err := appendMore(s, 1, 5)
	require.NoError(t, err)

	move(t, at)
	lost := at.kept == "" || s.home.check() != nil
	var other *Store
	if info, err := os.Stat(at.path); err == nil && info.IsDir() && !lost {
		if inner, err := os.Stat(at.kept); err != nil || !os.SameFile(info, inner) {
			other, _, _ = load(t, at.path, o, oneRelation)
		}
	} else if errors.Is(err, os.ErrNotExist) {
		_ = os.MkdirAll(filepath.Dir(at.path), 0o755)
	}
	if other != nil {
		_, err := appendMore(other, 1, 40)
		require.NoError(t, err)
	}
	more, err := appendMore(s, acked+1, 40)
	compactErr, closeErr := s.Compact(ctx), s.Close()
	if lost {
		require.ErrorIs(t, errors.Join(err, compactErr), ErrRemoved)
		require.ErrorIs(t, closeErr, ErrRemoved)
	} else {
		require.NoError(t, errors.Join(err, compactErr, closeErr))
		_, rows, rev := load(t, at.kept, Options{}, oneRelation)
		require.Equal(t, more, rev)
		require.Len(t, rows[0], int(more))
	}
	if other != nil {
		require.NoError(t, other.Close())
		_, rows, rev := load(t, at.path, Options{}, oneRelation)
		require.EqualValues(t, 40, rev)
		require.Len(t, rows[0], 40)
	}
}

// TestLockLostIsRefused takes the LOCK away and brings it back: nothing is written in between, and
// the store goes on.
func TestLockLostIsRefused(t *testing.T) {
	disk := crashfs.New()
	s, _, _ := load(t, "/store", Options{fs: disk}, oneRelation)
	require.NoError(t, disk.Rename("/store/LOCK", "/LOCK"))
	before := filesOn(t, disk)
	err := s.Append(context.Background(), []*persist.Commit{commit(1, batchOf(0, put("a", "1")))})
	require.ErrorIs(t, err, ErrRemoved)
	require.ErrorIs(t, err, persist.ErrRefused)
	require.ErrorContains(t, err, "/store")
	require.ErrorIs(t, s.Compact(context.Background()), ErrRemoved)
	require.Equal(t, before, filesOn(t, disk))
	require.NoError(t, disk.Rename("/LOCK", "/store/LOCK"))
	mustAppend(t, s, commit(1, batchOf(0, put("a", "1"))))
	require.NoError(t, s.Close())
}

// TestForeignFileIsNotReplaced puts a file where the store is about to write one.
func TestForeignFileIsNotReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	s, _, _ := load(t, dir, Options{}, oneRelation)
	for _, name := range []string{logFile.name(1), snapshotFile.name(2)} {
		foreign := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(foreign, []byte("foreign"), 0o600))
		err := s.Append(context.Background(), []*persist.Commit{commit(1, batchOf(0, put("a", "1")))})
		if err == nil {
			err = s.Compact(context.Background())
		}
		require.ErrorIs(t, err, os.ErrExist)
		require.ErrorContains(t, err, name)
		b, err := os.ReadFile(foreign)
		require.NoError(t, err)
		require.Equal(t, "foreign", string(b))
		require.NoError(t, os.Remove(foreign))
	}
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
}

func TestEmptyPath(t *testing.T) {
	t.Chdir(t.TempDir())
	require.ErrorIs(t, loadErr(t, "", Options{}, oneRelation), errNoPath)
	_, err := Inspect(context.Background(), "", nil)
	require.ErrorIs(t, err, errNoPath)
	_, err = Salvage(context.Background(), "", "to", nil)
	require.ErrorIs(t, err, errNoPath)
	_, err = Salvage(context.Background(), ".", "", nil)
	require.Error(t, err)
	require.Empty(t, namesIn(t, "."))
	require.NoFileExists(t, lockName)
}
