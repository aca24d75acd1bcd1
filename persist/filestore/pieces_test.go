package filestore

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// edit is a change of a file that removes, inserts, moves or exchanges pieces.
type edit struct {
	name    string
	content string
	what    string
}

// boundaries returns where the frames of a file begin and end, and where the file does.
func boundaries(t testing.TB, name, content string) []int {
	t.Helper()
	at := []int{0}
	for _, fr := range parseAll(t, name, content) {
		at = append(at, int(fr.at))
	}
	return append(at, len(content))
}

// edits calls a function with every edit of a file at four of some places, in order.
func edits(name, b string, at []int, do func(edit)) {
	i, j, k, l := at[0], at[1], at[2], at[3]
	for _, e := range []edit{
		{name, b[:i] + b[j:], fmt.Sprintf("delete %d to %d", i, j)},
		{name, b[:k] + b[i:j] + b[k:], fmt.Sprintf("copy %d to %d to %d", i, j, k)},
		{name, b[:i] + b[k:l] + b[i:], fmt.Sprintf("copy %d to %d to %d", k, l, i)},
		{name, b[:i] + strings.Repeat("\x00", j-i) + b[i:], fmt.Sprintf("insert %d zeros at %d", j-i, i)},
		{name, b[:i] + b[j:k] + b[i:j] + b[k:], fmt.Sprintf("move %d to %d to %d", i, j, k)},
		{name, b[:i] + b[k:l] + b[j:k] + b[i:j] + b[l:], fmt.Sprintf("exchange %d to %d with %d to %d", i, j, k, l)},
		{name, b[:i] + b[k:l] + b[j:], fmt.Sprintf("overwrite %d to %d with %d to %d", i, j, k, l)},
	} {
		if e.content != b {
			do(e)
		}
	}
}

// TestPiecesThatMoved removes, inserts, moves and exchanges pieces of every file. No record that is
// still there is lost silently: Load gives all commits or refuses, Inspect agrees with it, and
// Salvage gets every record that is whole, wherever it is.
func TestPiecesThatMoved(t *testing.T) {
	for name, h := range pieceHistories(t) {
		t.Run(name, func(t *testing.T) {
			o := newOracle(t, h)
			o.unsynced = strings.HasPrefix(name, "never")
			rnd := rand.New(rand.NewPCG(1, 2))
			for name, b := range h.files {
				at := boundaries(t, name, b)
				for range pick(6, 200) {
					edits(name, b, sortedSample(rnd, at), o.check)
				}
				for range pick(6, 200) {
					edits(name, b, randomPlaces(rnd, len(b)), o.check)
				}
				for i := 0; i < len(b); i += pick(131, 3) {
					for _, n := range []int{1, 8, 20, 100} {
						o.check(edit{name, b[:i] + b[min(i+n, len(b)):], fmt.Sprintf("delete %d bytes at %d", n, i)})
					}
				}
			}
		})
	}
}

func pieceHistories(t *testing.T) map[string]*history {
	compacted := func(o Options, crash bool, pad int) *history {
		return recordPadded(t, o, crash, 9, pad, func(s *Store, rev uint64) {
			switch rev {
			case 4:
				require.NoError(t, s.Compact(context.Background()))
			case 6:
				require.NoError(t, s.sealNow())
			}
		})
	}
	one := func(compact bool) *history {
		return recordPadded(t, Options{}, false, 6, 10, func(s *Store, rev uint64) {
			if compact && rev == 6 {
				require.NoError(t, s.Compact(context.Background()))
			}
		})
	}
	return map[string]*history{
		"one log":           one(false),
		"one snapshot":      one(true),
		"closed":            compacted(Options{}, false, 0),
		"crashed":           compacted(Options{}, true, 0),
		"closed, wide":      compacted(Options{}, false, 100),
		"crashed, wide":     compacted(Options{}, true, 100),
		"never synced":      compacted(Options{Sync: SyncNever()}, false, 0),
		"never synced wide": compacted(Options{Sync: SyncNever()}, false, 100),
	}
}

// pick returns short in short mode and otherwise long.
func pick(short, long int) int {
	if testing.Short() {
		return short
	}
	return long
}

// sortedSample returns four of some places, which may be the same, in order.
func sortedSample(rnd *rand.Rand, at []int) []int {
	places := make([]int, 4)
	for i := range places {
		places[i] = at[rnd.IntN(len(at))]
	}
	slices.Sort(places)
	return places
}

func randomPlaces(rnd *rand.Rand, n int) []int {
	places := make([]int, 4)
	for i := range places {
		places[i] = rnd.IntN(n + 1)
	}
	slices.Sort(places)
	return places
}

// oracle knows what must be found in a history whose files were changed.
type oracle struct {
	t      *testing.T
	h      *history
	frames map[string][]known // of each file
	// unsynced is true if only the seal shows that the records were on the disk.
	unsynced bool
}

// known is a frame of a history.
type known struct {
	bytes  string
	kind   byte
	upTo   uint64 // it shows that this commit was written
	commit uint64 // that it has, or 0
}

func newOracle(t *testing.T, h *history) *oracle {
	o := &oracle{t: t, h: h, frames: map[string][]known{}}
	for name, b := range h.files {
		for _, fr := range parseAll(t, name, b) {
			k := known{bytes: b[fr.at:fr.end()], kind: fr.kind, upTo: fr.revision - 1}
			switch fr.kind {
			case commitsFrame:
				k.commit, k.upTo = fr.revision, fr.revision
			case blockFrame, footerFrame:
				k.upTo = fr.revision
			}
			o.frames[name] = append(o.frames[name], k)
		}
	}
	return o
}

// check loads, inspects and salvages the files after an edit.
func (o *oracle) check(e edit) {
	t := o.t
	t.Helper()
	changed := &history{files: maps.Clone(o.h.files), states: o.h.states}
	changed.files[e.name] = e.content
	note := fmt.Sprintf("%s: %s", e.name, e.what)

	rev, _, err := changed.loadAny(t, changed.disk(t))
	info, failed := Inspect(context.Background(), "/store", &Options{fs: changed.disk(t)})
	require.Equal(t, err == nil, failed == nil, "%s: %v and %v", note, err, failed)
	if err == nil {
		require.Equal(t, rev, info.Revision, note)
		for _, k := range o.survivors(changed) {
			if k.kind == sealFrame || !o.unsynced {
				require.LessOrEqual(t, k.upTo, rev, "%s: a record is ignored", note)
			}
		}
	}
	o.salvage(changed, note)
}

// survivors returns the frames that are still somewhere in the files.
func (o *oracle) survivors(changed *history) (all []known) {
	for _, name := range slices.Sorted(maps.Keys(o.frames)) {
		for _, k := range o.frames[name] {
			for _, content := range changed.files {
				if strings.Contains(content, k.bytes) {
					all = append(all, k)
					break
				}
			}
		}
	}
	return all
}

func (o *oracle) salvage(changed *history, note string) {
	t := o.t
	opts := quiet(Options{fs: changed.disk(t)})
	r, err := Salvage(context.Background(), "/store", "/salvaged", opts)
	if isVersion(err) || err != nil && !o.hasHeader(changed) {
		return
	}
	require.NoError(t, err, note)
	c := collect(2)
	s := New("/salvaged", opts)
	rev, err := s.Load(context.Background(), twoRelations, c)
	require.NoError(t, err, note)
	require.NoError(t, s.Close())
	require.Equal(t, o.expect(changed), c.rows, "%s: %v", note, r.Lost)
	if r.Exact {
		require.Equal(t, o.h.states[rev], c.rows, note)
	}
	if !r.Exact {
		require.NotEmpty(t, r.Lost, note)
	}
}

// hasHeader reports whether any header is whole.
func (o *oracle) hasHeader(changed *history) bool {
	for name, b := range o.h.files {
		head := b[:boundaries(o.t, name, b)[1]]
		for _, content := range changed.files {
			if strings.Contains(content, head) {
				return true
			}
		}
	}
	return false
}

// expect returns the rows that the whole records and blocks have, in the order of revisions.
func (o *oracle) expect(changed *history) rowsOf {
	rows := newRows(2)
	survivors := o.survivors(changed)
	for _, k := range survivors {
		if k.kind == blockFrame {
			relation := k.bytes[frameHeader+1]
			maps.Copy(rows[relation], o.h.states[k.upTo][relation])
		}
	}
	slices.SortFunc(survivors, func(a, b known) int { return int(a.commit) - int(b.commit) })
	for _, k := range survivors {
		if k.commit > 0 {
			rows.apply(o.commitOf(k.commit))
		}
	}
	return rows
}

// commitOf returns the commit of a revision as a history has made it.
func (o *oracle) commitOf(rev uint64) *persist.Commit {
	return o.h.commits[rev-1]
}

func isVersion(err error) bool {
	return err != nil && strings.Contains(err.Error(), persist.ErrVersion.Error())
}
