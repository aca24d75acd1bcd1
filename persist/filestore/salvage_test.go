package filestore

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

func TestInspect(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir() + "/store"
	_, err := Inspect(ctx, dir, nil)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.Mkdir(dir, 0o700))
	info, err := Inspect(ctx, dir, nil)
	require.NoError(t, err)
	require.Equal(t, &Info{}, info)

	h := recordCompacted(t, true)
	h.files[snapshotFile.name(3)+tempSuffix] = "half"
	h.write(t, dir)
	info, err = Inspect(ctx, dir, nil)
	require.NoError(t, err)
	require.Equal(t, &Info{
		Schema: *twoRelations, Revision: 9, Rows: []int{5, 1},
		Files: []FileInfo{
			{logFile.name(2), int64(len(h.files[logFile.name(2)])), 5, true},
			{snapshotFile.name(2), int64(len(h.files[snapshotFile.name(2)])), 4, true},
			{logFile.name(3), int64(len(h.files[logFile.name(3)])), 8, true},
			{snapshotFile.name(3) + tempSuffix, 4, 0, false},
		},
	}, info)
	require.Equal(t, h.files, filesIn(t, dir))
	require.NoFileExists(t, filepath.Join(dir, lockName))

	log := h.files[logFile.name(3)]
	h.files[logFile.name(3)] = log[:len(log)-1]
	h.write(t, dir)
	info, err = Inspect(ctx, dir, nil)
	require.NoError(t, err)
	require.NotNil(t, info.Torn)
	require.EqualValues(t, 8, info.Revision)

	// What it says is enough to load.
	s := New(dir, quiet(Options{}))
	c := collect(2)
	_, err = s.Load(ctx, &info.Schema, c)
	require.NoError(t, err)
	require.Equal(t, h.states[8], c.rows)
	require.NoError(t, s.Close())
}

// write gives a directory the files of a history.
func (h *history) write(t testing.TB, dir string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o700))
	for name := range filesIn(t, dir) {
		require.NoError(t, os.Remove(filepath.Join(dir, name)))
	}
	for name, b := range h.files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(b), 0o600))
	}
}

// salvage copies the files of a history into a new store and loads that.
func (h *history) salvage(t testing.TB) (*Report, rowsOf, uint64) {
	t.Helper()
	dir, to := t.TempDir(), t.TempDir()+"/salvaged"
	h.write(t, dir)
	r, err := Salvage(context.Background(), dir, to, nil)
	require.NoError(t, err)
	require.Equal(t, h.files, filesIn(t, dir))
	require.NoFileExists(t, filepath.Join(dir, lockName))
	s, rows, rev := load(t, to, Options{}, twoRelations)
	require.Equal(t, r.Revision, rev)
	total := 0
	for _, n := range r.Rows {
		total += n
	}
	require.Equal(t, len(rows[0])+len(rows[1]), total)
	mustAppend(t, s, commit(rev+1, batchOf(0, put("goes", "on"))))
	require.NoError(t, s.Close())
	return r, rows, rev
}

func TestSalvage(t *testing.T) {
	base := recordCompacted(t, false)
	damaged := func(name string, change func(string) string) *history {
		h := &history{files: maps.Clone(base.files), states: base.states}
		if b := change(h.files[name]); b == "" {
			delete(h.files, name)
		} else {
			h.files[name] = b
		}
		return h
	}
	gone := func(string) string { return "" }
	flip := func(what string) func(string) string {
		return func(b string) string {
			require.Contains(t, b, what)
			return strings.Replace(b, what, strings.ToUpper(what), 1)
		}
	}

	r, rows, rev := base.salvage(t)
	require.Equal(t, &Report{Schema: *twoRelations, Revision: 9, Rows: []int{5, 1}, Exact: true}, r)
	require.Equal(t, base.states[9], rows)
	require.EqualValues(t, 9, rev)

	// A commit in the middle of a log is lost: what follows is there.
	r, rows, rev = damaged(logFile.name(2), flip("value6")).salvage(t)
	require.False(t, r.Exact)
	require.EqualValues(t, 9, rev)
	require.Len(t, r.Lost, 1)
	require.Equal(t, logFile.name(2), r.Lost[0].File)
	require.NotZero(t, r.Lost[0].Bytes)
	require.Contains(t, r.Lost[0].String(), "checksum")
	require.Equal(t, "value2", rows[0]["key2"], "as it was before")
	require.Equal(t, "9", rows[0]["last"])

	// The last one, of which only the seal tells.
	r, rows, rev = damaged(logFile.name(3), flip("value9")).salvage(t)
	require.False(t, r.Exact)
	require.EqualValues(t, 9, rev)
	require.Equal(t, base.states[8], rows)
	require.Len(t, r.Lost, 1)

	// The snapshot has a block for each relation: one is lost.
	r, rows, rev = damaged(snapshotFile.name(2), flip("value3")).salvage(t)
	require.False(t, r.Exact)
	require.EqualValues(t, 9, rev)
	require.Equal(t, base.states[9], rows, "what is lost was changed later")
	require.Len(t, r.Lost, 2)

	// Files that are not there, or whose header is not.
	for name, change := range map[string]func(string) string{"gone": gone, "header": flip("relations")} {
		for file, lost := range map[string]string{snapshotFile.name(2): "value3", logFile.name(2): "value6", logFile.name(3): "value9"} {
			t.Run(name+" "+file, func(t *testing.T) {
				r, rows, _ := damaged(file, change).salvage(t)
				require.NotContains(t, rows[0], lost)
				if file != logFile.name(3) {
					require.False(t, r.Exact)
					require.NotEmpty(t, r.Lost)
				}
			})
		}
	}
}

func TestSalvageRefuses(t *testing.T) {
	ctx := context.Background()
	dir, to := t.TempDir(), t.TempDir()
	_, err := Salvage(ctx, dir, to+"/new", nil)
	require.ErrorIs(t, err, persist.ErrDamaged)
	require.ErrorContains(t, err, "nothing was found")
	require.NoDirExists(t, to+"/new")

	h := recordCompacted(t, false)
	h.write(t, dir)
	require.NoError(t, os.WriteFile(to+"/file", nil, 0o600))
	_, err = Salvage(ctx, dir, to, nil)
	require.ErrorContains(t, err, "not empty")
	_, err = Salvage(ctx, dir, dir, nil)
	require.ErrorContains(t, err, "not empty")
	require.Equal(t, h.files, filesIn(t, dir))
}

// TestSalvageFlips flips a bit of every byte: whatever is salvaged was written once.
func TestSalvageFlips(t *testing.T) {
	h := recordCompacted(t, true)
	files := h.files
	written := map[string]map[string]bool{}
	for _, state := range h.states {
		for _, rows := range state {
			for k, v := range rows {
				if written[k] == nil {
					written[k] = map[string]bool{}
				}
				written[k][v] = true
			}
		}
	}
	for name := range files {
		for i := range files[name] {
			if 8 <= i && i < 16 {
				continue // another version
			}
			b := []byte(files[name])
			b[i] ^= 0x10
			h.files = maps.Clone(files)
			h.files[name] = string(b)
			o := quiet(Options{fs: h.disk(t)})
			r, err := Salvage(context.Background(), "/store", "/salvaged", o)
			require.NoError(t, err)
			require.NotEmpty(t, r.Lost)
			s := New("/salvaged", o)
			c := collect(2)
			rev, err := s.Load(context.Background(), twoRelations, c)
			require.NoError(t, err)
			require.NoError(t, s.Close())
			if r.Exact {
				require.Equal(t, h.states[rev], c.rows)
			}
			for _, rows := range c.rows {
				for k, v := range rows {
					require.True(t, written[k][v])
				}
			}
		}
	}
}

// TestSalvageNamesWhatIsMissing has logs that end between two records although more was written.
func TestSalvageNamesWhatIsMissing(t *testing.T) {
	cut := func(h *history, name string, from, to int) *history {
		at := boundaries(t, name, h.files[name])
		b := h.files[name]
		changed := &history{files: maps.Clone(h.files), states: h.states}
		changed.files[name] = b[:at[from]] + b[at[to]:]
		return changed
	}
	base := recordCompacted(t, false)
	log2, log3 := logFile.name(2), logFile.name(3)

	// Log 2 has commits 5 to 7 and a seal.
	r, _, rev := cut(base, log2, 2, 5).salvage(t)
	require.EqualValues(t, 9, rev)
	require.False(t, r.Exact)
	require.Len(t, r.Lost, 1)
	require.Equal(t, log2, r.Lost[0].File)
	require.Zero(t, r.Lost[0].Bytes)
	require.Equal(t, "the file ends here; commits 6 to 7 are missing", r.Lost[0].Why)

	// A record is missing between others.
	r, rows, _ := cut(base, log2, 2, 3).salvage(t)
	require.Len(t, r.Lost, 1)
	require.Equal(t, "commit 6 is missing", r.Lost[0].Why)
	require.Equal(t, "value2", rows[0]["key2"])

	// The last commit is missing before the seal, which says so.
	r, _, rev = cut(base, log3, 2, 3).salvage(t)
	require.EqualValues(t, 9, rev)
	require.Len(t, r.Lost, 1)
	require.Equal(t, "commit 9 is missing", r.Lost[0].Why)

	// A whole log is missing.
	gone := &history{files: maps.Clone(base.files), states: base.states}
	delete(gone.files, log2)
	r, _, _ = gone.salvage(t)
	require.Equal(t, []Loss{{File: log2, Why: "the file is missing; commits 5 to 7 are missing"}}, r.Lost)
}

// TestSalvageFilesUnderOtherNames exchanges, copies and moves whole files: nothing is lost.
func TestSalvageFilesUnderOtherNames(t *testing.T) {
	base := recordCompacted(t, false)
	log2, log3, snap := logFile.name(2), logFile.name(3), snapshotFile.name(2)
	for name, files := range map[string]map[string]string{
		"exchanged": {log2: base.files[log3], log3: base.files[log2], snap: base.files[snap]},
		"copied":    {log2: base.files[log2], log3: base.files[log3], logFile.name(9): base.files[log2], snap: base.files[snap]},
		"renamed":   {log2: base.files[log2], logFile.name(1): base.files[log3], snapshotFile.name(7): base.files[snap]},
		"joined":    {log2: base.files[log2] + base.files[log3], snap: base.files[snap]},
		"shifted":   {log2: "x" + base.files[log2], log3: "yy" + base.files[log3], snap: "zzz" + base.files[snap]},
	} {
		h := &history{files: files, states: base.states}
		r, rows, rev := h.salvage(t)
		require.EqualValues(t, 9, rev, name)
		require.Equal(t, base.states[9], rows, name)
		require.True(t, r.Exact, name)
	}
}

// TestSalvageAcrossFiles exchanges what is in two files, but not their headers, and moves records
// and blocks into a third one.
func TestSalvageAcrossFiles(t *testing.T) {
	base := recordCompacted(t, false)
	log2, log3, snap := logFile.name(2), logFile.name(3), snapshotFile.name(2)
	cut := func(name string) (head, body string) {
		at := boundaries(t, name, base.files[name])[1]
		return base.files[name][:at], base.files[name][at:]
	}
	head2, body2 := cut(log2)
	head3, body3 := cut(log3)
	headSnap, bodySnap := cut(snap)
	for name, files := range map[string]map[string]string{
		"exchanged": {log2: head2 + body3, log3: head3 + body2, snap: base.files[snap]},
		"into one":  {log2: head2, log3: head3 + "x" + body2 + bodySnap + "y" + body3, snap: headSnap},
		"turned":    {log2: head2 + bodySnap, log3: head3 + body2, snap: headSnap + body3},
	} {
		h := &history{files: files, states: base.states}
		r, rows, rev := h.salvage(t)
		require.EqualValues(t, 9, rev, name)
		require.Equal(t, base.states[9], rows, name)
		require.True(t, r.Exact, name)
	}
}

// TestSalvageTwoStores has files of two stores in one directory.
func TestSalvageTwoStores(t *testing.T) {
	large := recordPadded(t, Options{}, false, 9, 100, nil)
	small := recordCompacted(t, false)
	for _, foreign := range slices.Sorted(maps.Keys(small.files)) {
		h := &history{files: maps.Clone(large.files), states: large.states}
		h.files[foreign] = small.files[foreign]
		r, rows, rev := h.salvage(t)
		require.EqualValues(t, 9, rev)
		require.Equal(t, large.states[9], rows)
		require.True(t, r.Exact)
		require.Equal(t, foreign, r.Lost[0].File)
		require.EqualValues(t, len(small.files[foreign]), r.Lost[0].Bytes)
		require.Regexp(t, "it belongs to store [0-9a-f]{32}; copied is store [0-9a-f]{32}, which has more bytes", r.Lost[0].Why)
	}
}

// TestSalvageWithoutHeaders destroys the header of each file in turn. The others tell what it was.
func TestSalvageWithoutHeaders(t *testing.T) {
	base := recordCompacted(t, false)
	for name, b := range base.files {
		for _, change := range []string{b[1:], "x" + b[1:], strings.Replace(b, "relations", "RELATIONS", 1)} {
			h := &history{files: maps.Clone(base.files), states: base.states}
			h.files[name] = change
			r, rows, rev := h.salvage(t)
			require.EqualValues(t, 9, rev)
			require.Equal(t, base.states[9], rows)
			require.False(t, r.Exact, "what the header said is a guess")
			require.Equal(t, name, r.Lost[0].File)
			require.Zero(t, r.Lost[0].Offset)
		}
	}
}

// TestSalvageAgain salvages into a directory in which earlier attempts failed or were killed.
func TestSalvageAgain(t *testing.T) {
	h := recordCompacted(t, false)
	for _, kind := range []crashfs.Kind{crashfs.Create, crashfs.Write, crashfs.Sync, crashfs.Rename, crashfs.SyncDir} {
		disk := h.disk(t)
		o := quiet(Options{fs: disk})
		disk.Fail(func(op crashfs.Op) error {
			if op.Kind == kind && strings.HasPrefix(op.Name, "/salvaged/") {
				return syscall.ENOSPC
			}
			return nil
		})
		_, err := Salvage(t.Context(), "/store", "/salvaged", o)
		disk.Fail(nil)
		if err != nil {
			_, err = Salvage(t.Context(), "/store", "/salvaged", o)
		}
		require.NoError(t, err, kind)
	}

	dir := t.TempDir()
	h.write(t, dir)
	to := t.TempDir()
	// A kill leaves these.
	for _, name := range []string{lockName, snapshotFile.name(1) + tempSuffix} {
		require.NoError(t, os.WriteFile(filepath.Join(to, name), []byte("half"), 0o600))
	}
	_, err := Salvage(t.Context(), dir, to, nil)
	require.NoError(t, err)
	require.Equal(t, []string{snapshotFile.name(1)}, namesIn(t, to))
	_, err = Salvage(t.Context(), dir, to, nil)
	require.ErrorContains(t, err, "is not empty")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Salvage(ctx, dir, to+"/other", nil)
	require.ErrorIs(t, err, context.Canceled)
	_, err = Salvage(t.Context(), dir, to+"/other", nil)
	require.NoError(t, err)
}

// TestSalvageRelationThatChanged has rows from before a relation was emptied and declared anew.
func TestSalvageRelationThatChanged(t *testing.T) {
	disk := crashfs.New()
	s, _, _ := load(t, "/store", Options{fs: disk, separate: true}, twoRelations)
	mustAppend(t, s, commit(1, batchOf(1, put("old", "1"))))
	require.NoError(t, s.sealNow())
	mustAppend(t, s, commit(2, batchOf(1, del("old"))))
	require.NoError(t, s.Close())
	changed := schemaOf("likes", "knows")
	changed.Relations[1].Left = persist.String
	s, _, _ = load(t, "/store", Options{fs: disk, separate: true}, changed)
	mustAppend(t, s, commit(3, batchOf(1, put("new", "3"))))
	require.NoError(t, s.Close())
	h := &history{files: filesOn(t, disk)}
	require.Contains(t, h.files, logFile.name(2), "%v", slices.Collect(maps.Keys(h.files)))
	delete(h.files, logFile.name(2)) // with the deletion

	dir, to := t.TempDir(), t.TempDir()+"/to"
	h.write(t, dir)
	r, err := Salvage(t.Context(), dir, to, nil)
	require.NoError(t, err)
	require.False(t, r.Exact)
	_, rows, _ := load(t, to, Options{}, changed)
	require.Equal(t, rowsOf{{}, {"new": "3"}}, rows)
}

// TestSalvageManyBlocks holds that a snapshot of several blocks a relation is salvaged whole.
func TestSalvageManyBlocks(t *testing.T) {
	dir, to := t.TempDir()+"/store", t.TempDir()+"/salvaged"
	s, _, _ := load(t, dir, Options{}, twoRelations)
	for rev := range uint64(20) {
		rows := make([]change, 100)
		for i := range rows {
			rows[i] = put(fmt.Sprintf("key%d-%d", rev, i), strings.Repeat("value", 40))
		}
		mustAppend(t, s, commit(rev+1, batchOf(int(rev%2), rows...)))
	}
	require.NoError(t, s.Compact(context.Background()))
	require.NoError(t, s.Close())
	_, want, _ := load(t, dir, Options{ReadOnly: true}, twoRelations)

	r, err := Salvage(context.Background(), dir, to, nil)
	require.NoError(t, err)
	require.Empty(t, r.Lost)
	require.Equal(t, []int{1000, 1000}, r.Rows)
	require.True(t, r.Exact)
	_, have, rev := load(t, to, Options{}, twoRelations)
	require.EqualValues(t, 20, rev)
	require.Equal(t, want, have)
}

// TestSalvageOfOneLog flips each bit of the header of a store that has one file, in turn: what the
// header was can be told, and all records are there.
func TestSalvageOfOneLog(t *testing.T) {
	base := record(t, Options{}, false, 9, func(*Store, uint64) {})
	require.Len(t, base.files, 1)
	name := logFile.name(1)
	header := headerFixed + int(binary.LittleEndian.Uint32([]byte(base.files[name])[20:])) + headerSum
	for bit := range 8 * header {
		b := []byte(base.files[name])
		b[bit/8] ^= 1 << (bit % 8)
		h := &history{files: map[string]string{name: string(b)}, states: base.states}
		r, rows, rev := h.salvage(t)
		require.EqualValues(t, 9, rev, "bit %d", bit)
		require.Equal(t, base.states[9], rows)
		require.Len(t, r.Lost, 1)
		require.Contains(t, r.Lost[0].String(), "corrected")
		require.True(t, r.Exact)
	}
}
