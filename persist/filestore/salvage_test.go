package filestore

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

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
