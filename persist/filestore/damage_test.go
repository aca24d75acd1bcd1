package filestore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
)

// history is a store's files and what its rows were at each revision.
type history struct {
	files   map[string]string
	states  []rowsOf
	commits []*persist.Commit
}

// disk returns a disk with the files of a history, in /store.
func (h *history) disk(t testing.TB) *crashfs.FS {
	t.Helper()
	disk := crashfs.New()
	require.NoError(t, disk.Mkdir("/store"))
	require.NoError(t, disk.SyncDir("/"))
	for name, b := range h.files {
		require.NoError(t, disk.WriteFile("/store/"+name, []byte(b)))
	}
	return disk
}

// filesOn returns the contents of /store but for the lock.
func filesOn(t testing.TB, disk *crashfs.FS) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, name := range disk.Files() {
		if base := filepath.Base(name); base != lockName && base != reserveName {
			b, err := disk.ReadFile(name)
			require.NoError(t, err)
			found[filepath.Base(name)] = string(b)
		}
	}
	return found
}

// record makes a history by some commits, between which something may be done.
func record(t testing.TB, o Options, crash bool, commits int, between func(s *Store, rev uint64)) *history {
	t.Helper()
	return recordPadded(t, o, crash, commits, 0, between)
}

// recordPadded is record with values that grow by some bytes with each commit.
func recordPadded(t testing.TB, o Options, crash bool, commits, pad int, between func(s *Store, rev uint64)) *history {
	t.Helper()
	disk := crashfs.New()
	o.fs, o.separate = disk, true
	s, rows, _ := load(t, "/store", o, twoRelations)
	h := &history{states: []rowsOf{rows.clone()}}
	for rev := uint64(1); rev <= uint64(commits); rev++ {
		c := commit(rev, batchOf(0, put(fmt.Sprint("key", rev%4), fmt.Sprint("value", rev)), put("last", fmt.Sprint(rev)+strings.Repeat(".", pad*int(rev)))))
		if rev%3 == 0 {
			c.Batches = append(c.Batches, batchOf(1, put(fmt.Sprint(rev), ""), del(fmt.Sprint(rev-3))))
		}
		mustAppend(t, s, c)
		rows.apply(c)
		h.states, h.commits = append(h.states, rows.clone()), append(h.commits, c)
		if between != nil {
			between(s, rev)
		}
	}
	if crash {
		s.abandon()
	} else {
		require.NoError(t, s.Close())
	}
	h.files = filesOn(t, disk)
	return h
}

// recordCompacted makes a history of a snapshot and two logs.
func recordCompacted(t testing.TB, crash bool) *history {
	return record(t, Options{}, crash, 9, func(s *Store, rev uint64) {
		switch rev {
		case 4:
			require.NoError(t, s.Compact(context.Background()))
		case 7:
			require.NoError(t, s.sealNow())
		}
	})
}

// loadAny loads files that may be damaged. Rows must be those of some revision, and those of the
// one that Load returns.
func (h *history) loadAny(t testing.TB, disk *crashfs.FS) (rev uint64, torn *TornTail, err error) {
	t.Helper()
	s := New("/store", quiet(Options{fs: disk}))
	c := collect(2)
	rev, err = s.Load(context.Background(), twoRelations, c)
	if err != nil {
		require.True(t, errors.Is(err, persist.ErrDamaged) || errors.Is(err, persist.ErrVersion), "%v", err)
		return 0, nil, err
	}
	require.Less(t, rev, uint64(len(h.states)))
	require.Equal(t, h.states[rev], c.rows)
	torn = s.Stats().Torn
	require.NoError(t, s.Close())
	return rev, torn, nil
}

func TestTornTail(t *testing.T) {
	const commits = 5
	h := record(t, Options{}, true, commits, nil)
	whole := h.files[logFile.name(1)]
	var offsets []int // where records end
	for rev := range commits {
		offsets = append(offsets, len(record(t, Options{}, true, rev+1, nil).files[logFile.name(1)]))
	}
	last := offsets[commits-2]
	for end := last; end < len(whole); end++ {
		for name, tail := range map[string]string{
			"cut":     "",
			"zeros":   string(make([]byte, len(whole)-end)),
			"zeros+":  string(make([]byte, len(whole)-end+3000)),
			"garbage": "\xff" + string(whole[last:end]),
		} {
			h.files[logFile.name(1)] = whole[:end] + tail
			disk := h.disk(t)
			rev, torn, err := h.loadAny(t, disk)
			require.NoError(t, err, "%s at %d", name, end)
			size := end + len(tail)
			if size == last {
				require.Nil(t, torn)
			} else if torn != nil { // a record may end in zeros
				require.Equal(t, TornTail{logFile.name(1), int64(last), int64(size - last), torn.Why}, *torn, name)
				require.EqualValues(t, commits-1, rev)
			}
			// It is cut off for good.
			again, torn, err := h.loadAny(t, disk)
			require.NoError(t, err)
			require.Nil(t, torn)
			require.Equal(t, rev, again)
		}
	}
}

// TestFlips flips every bit of every file: what is loaded then was there once, and a record that
// others say was on the disk is never cut off.
func TestFlips(t *testing.T) {
	for name, h := range map[string]*history{
		"closed": recordCompacted(t, false), "crashed": recordCompacted(t, true),
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(h.files)
			require.Len(t, files, 3)
			names := slices.Sorted(maps.Keys(files))
			for _, name := range names {
				for i := range files[name] {
					b := []byte(files[name])
					b[i] ^= 1 << (i % 8)
					h.files = maps.Clone(files)
					h.files[name] = string(b)
					disk := h.disk(t)
					rev, torn, err := h.loadAny(t, disk)
					if err != nil {
						require.Equal(t, h.files, filesOn(t, disk), "nothing is touched")
						continue
					}
					if torn != nil {
						require.Equal(t, logFile.name(3), torn.File)
						require.GreaterOrEqual(t, rev, uint64(8), "only the last record can be torn")
					} else {
						require.EqualValues(t, 9, rev)
					}
				}
			}
		})
	}
}

func TestFilesThatAreMissing(t *testing.T) {
	h := record(t, Options{}, false, 5, func(s *Store, _ uint64) { require.NoError(t, s.sealNow()) })
	files := maps.Clone(h.files)
	for n := uint64(1); n < 5; n++ {
		h.files = maps.Clone(files)
		delete(h.files, logFile.name(n))
		_, _, err := h.loadAny(t, h.disk(t))
		require.ErrorIs(t, err, persist.ErrDamaged)
		require.ErrorContains(t, err, logFile.name(n))
		require.ErrorContains(t, err, "missing")
	}
	h = recordCompacted(t, false)
	delete(h.files, snapshotFile.name(2))
	_, _, err := h.loadAny(t, h.disk(t))
	require.ErrorContains(t, err, "missing")
}

// TestLogThatIsShort cuts a log that another one follows.
func TestLogThatIsShort(t *testing.T) {
	h := recordCompacted(t, false)
	files := maps.Clone(h.files)
	whole := files[logFile.name(2)]
	const seal = frameHeader + 1
	for end := range whole {
		h.files = maps.Clone(files)
		h.files[logFile.name(2)] = whole[:end]
		rev, _, err := h.loadAny(t, h.disk(t))
		if end < len(whole)-seal {
			require.ErrorIs(t, err, persist.ErrDamaged)
			require.ErrorContains(t, err, logFile.name(2))
		} else {
			require.NoError(t, err, "all commits are there")
			require.EqualValues(t, 9, rev)
		}
	}
}

func TestFilesOfAnotherStore(t *testing.T) {
	h, other := recordCompacted(t, false), recordCompacted(t, false)
	h.files[logFile.name(3)] = other.files[logFile.name(3)]
	_, _, err := h.loadAny(t, h.disk(t))
	require.ErrorContains(t, err, "another store")

	h = recordCompacted(t, false)
	h.files[logFile.name(3)] = h.files[logFile.name(2)]
	_, _, err = h.loadAny(t, h.disk(t))
	require.ErrorContains(t, err, "its header is that of "+logFile.name(2))
}

// TestMark damages the last record that was acknowledged: after a mark it is known to be damage.
func TestMark(t *testing.T) {
	for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(time.Millisecond)} {
		for _, idle := range []time.Duration{idleTime / 2, 3 * idleTime} {
			h := &history{}
			synctest.Test(t, func(t *testing.T) {
				h = record(t, Options{Sync: policy}, true, 3, func(*Store, uint64) { time.Sleep(idle) })
			})
			log := h.files[logFile.name(1)]
			marked := idle > idleTime
			at := len(log) - 1
			if marked {
				at -= frameHeader + 1
			}
			h.files[logFile.name(1)] = log[:at] + string([]byte{log[at] ^ 1}) + log[at+1:]
			rev, torn, err := h.loadAny(t, h.disk(t))
			if marked {
				require.ErrorIs(t, err, persist.ErrDamaged)
				continue
			}
			require.NoError(t, err)
			require.EqualValues(t, 2, rev)
			require.NotNil(t, torn)
		}
	}
}

// TestMarksAreFew: one after a while without commits, and no more.
func TestMarksAreFew(t *testing.T) {
	for _, policy := range policies {
		synctest.Test(t, func(t *testing.T) {
			h := record(t, Options{Sync: policy}, true, 3, func(_ *Store, rev uint64) { time.Sleep(time.Duration(rev) * 2 * time.Hour) })
			marks := 0
			f := parseAll(t, logFile.name(1), h.files[logFile.name(1)])
			for _, fr := range f {
				if fr.kind == markFrame {
					marks++
				}
			}
			if policy.mode == never {
				require.Zero(t, marks)
			} else {
				require.Equal(t, 3, marks)
			}
		})
	}
}

// parseAll returns the frames of a file that is whole.
func parseAll(t testing.TB, name, contents string) (frames []frame) {
	t.Helper()
	h := &history{files: map[string]string{name: contents}}
	kind, number, _ := parseName(name)
	dir, err := h.disk(t).OpenDir("/store")
	require.NoError(t, err)
	f, err := openFile(dir, kind, number)
	require.NoError(t, err)
	defer f.file.Close()
	for at := f.body; at < f.size; {
		fr, err := f.readFrame(at)
		require.NoError(t, err)
		frames = append(frames, fr)
		at = fr.end()
	}
	return frames
}

// TestRecordsOutOfPlace has records whose checksums are right where others should be.
func TestRecordsOutOfPlace(t *testing.T) {
	h := recordCompacted(t, true)
	name := logFile.name(3)
	log := h.files[name]
	frames := parseAll(t, name, log)
	last := log[frames[len(frames)-1].at:]

	// Of the same file, they can only be a mistake.
	h.files[name] = log + last
	_, _, err := h.loadAny(t, h.disk(t))
	require.ErrorIs(t, err, persist.ErrDamaged)
	require.ErrorContains(t, err, "its revision is 9 and not 10")

	// Of another file or store, they are what a crash leaves where nothing was written yet.
	other := recordCompacted(t, true)
	foreign := other.files[name][frames[len(frames)-1].at:]
	f := header{kind: logFile, number: 4}
	copy(f.store[:], log[24:])
	moved := []byte(last)
	finishFrame(moved, f.seed(), 0, 9)
	for _, stale := range []string{foreign, string(moved)} {
		h.files[name] = log[:frames[len(frames)-1].at] + stale
		rev, torn, err := h.loadAny(t, h.disk(t))
		require.NoError(t, err)
		require.EqualValues(t, 8, rev)
		require.NotNil(t, torn)
	}
}

// TestRecordsThatAreImpossible has records whose checksums are right.
func TestRecordsThatAreImpossible(t *testing.T) {
	batch := func(relation, flags, rows byte, bytes string) string {
		return string([]byte{relation, flags, rows, 0, 0, 0, byte(len(bytes)), 0, 0, 0}) + bytes
	}
	for name, payload := range map[string]string{
		"no kind":            "",
		"unknown kind":       "\x06",
		"a block":            "\x04" + batch(0, 1, 1, "\x00\x02a\x00"),
		"a seal with more":   "\x03x",
		"commits cut off":    "\x01\x02\x00",
		"something follows":  "\x01\x01\x00x",
		"unknown relation":   "\x01\x01\x01" + batch(2, 1, 1, "\x00\x02a\x00"),
		"unknown flag":       "\x01\x01\x01" + batch(0, 2, 1, "\x00\x02a\x00"),
		"too many rows":      "\x01\x01\x01" + batch(0, 1, 2, "\x00\x02a\x00"),
		"too few rows":       "\x01\x01\x01" + batch(0, 1, 1, "\x00\x02a\x00\x00\x02b\x00"),
		"not sorted":         "\x01\x01\x01" + batch(0, 1, 2, "\x00\x02b\x00\x00\x02a\x00"),
		"shares too much":    "\x01\x01\x01" + batch(0, 1, 1, "\x01\x02a\x00"),
		"a row that is long": "\x01\x01\x01" + batch(0, 1, 1, "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01a"),
	} {
		_, _, _, err := tryLoad(diskWithRecord(t, []byte(payload)))
		if name == "no kind" || name == "unknown kind" {
			require.NoError(t, err, "as a torn tail may be")
			continue
		}
		require.ErrorIs(t, err, persist.ErrDamaged, name)
	}
}
