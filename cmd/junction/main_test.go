package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"log/slog"
	"maps"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/persist/filestore"
)

var update = flag.Bool("update", false, "write the golden files")

// TestMain is also the program itself, for tests that need a process.
func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

const asProgram = "JUNCTION_TEST_PROGRAM"

// process returns the program as a process that has not begun.
func process(t *testing.T, args ...string) *exec.Cmd {
	self, err := os.Executable()
	require.NoError(t, err)
	p := exec.Command(self, args...)
	p.Env = append(os.Environ(), asProgram+"=1")
	return p
}

// command runs the program.
func command(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(context.Background(), args, &out, &errs, false)
	return status, out.String(), errs.String()
}

// succeed runs the program, which says nothing on standard error.
func succeed(t *testing.T, args ...string) (stdout string) {
	t.Helper()
	status, stdout, stderr := command(args...)
	require.Zero(t, status, stderr)
	require.Empty(t, stderr)
	return stdout
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o666))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

var sizes = regexp.MustCompile(`([\d,]+) bytes|(?m:(\.log|\.snap|^bytes) +[\d,]+)`)

// sizeless replaces sizes, which say nothing about this package.
func sizeless(s string) string {
	return sizes.ReplaceAllStringFunc(s, func(m string) string { return regexp.MustCompile(`\b[\d,]+( |$)`).ReplaceAllString(m, "N$1") })
}

var instant = time.Date(2026, 3, 4, 5, 6, 7, 89, time.UTC)

type paper struct {
	Title   string
	Pages   uint64
	Score   float64
	At      time.Time
	Digest  []byte
	Big     big.Int
	Marks   map[int]float64
	Authors []string
	None    *int
}

// open opens a graph in a directory that is not there yet, or of the same shape.
func open(t *testing.T, dir string) (*junction.Graph, func(g *junction.Graph)) {
	t.Helper()
	g := junction.NewGraph(&junction.Options{Store: filestore.New(dir, &filestore.Options{Logger: slog.New(slog.DiscardHandler)})})
	follows := junction.Relate[string, string, struct{}](g, "follows")
	grades := junction.Relate[uint64, int64, float64](g, "grades")
	meets := junction.RelateUndirected[string, time.Time](g, "meets at")
	papers := junction.RelateFunc[[]byte, float32, paper](g, "papers", bytes.Compare, func(x, y float32) int { return int(x - y) })
	junction.Relate[int16, int8, string](g, "nothing")
	notes := junction.RelateUndirected[int, any](g, "notes", junction.Codec("note",
		func(b []byte, v any) ([]byte, error) { return append(b, v.(string)...), nil },
		func(b []byte) (any, error) { return string(b), nil }))
	require.NoError(t, g.Open(t.Context()))
	return g, func(g *junction.Graph) {
		require.NoError(t, g.Update(t.Context(), func(tx *junction.Tx) error {
			must := func(_ junction.Counts, err error) { require.NoError(t, err) }
			for _, key := range []string{"", "ada", `"quoted"`, "two\nlines", "crlf\r\n", "a,b", "\xff", "nul\x00", `back\slash`, "<&>", "base64:", "é\u2028", "=1+1"} {
				must(follows.In(tx).Add(key, key, struct{}{}))
				must(follows.In(tx).Add("ada", key, struct{}{}))
			}
			must(grades.In(tx).Add(math.MaxUint64, math.MinInt64, 0.1))
			must(grades.In(tx).Add(1<<53+1, 1, math.NaN()))
			must(grades.In(tx).Add(7, 1, math.Inf(1)))
			must(grades.In(tx).Add(7, 2, math.Inf(-1)))
			must(grades.In(tx).Add(7, -2, 1e21))
			must(meets.In(tx).Add("grace", "ada", instant))
			must(meets.In(tx).Add("ada", "alan", time.Time{}))
			must(papers.In(tx).Add([]byte{0, 255}, 0.1, paper{
				Title: "on <b>\xff", Pages: math.MaxUint64, Score: math.NaN(), At: instant, Digest: []byte{1, 2},
				Big: *new(big.Int).Lsh(big.NewInt(1), 70), Marks: map[int]float64{-1: math.Inf(1), 2: 3}, Authors: []string{"ada", ""},
			}))
			must(papers.In(tx).Add(nil, 2, paper{}))
			must(notes.In(tx).Add(2, 1, "opaque"))
			return nil
		}))
	}
}

// newStore returns the directory of a store with rows of all kinds.
func newStore(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	g, fill := open(t, dir)
	fill(g)
	require.NoError(t, g.Close())
	return dir
}

// newOneRelation returns the directory of a store with one relation, called pairs.
func newOneRelation(t *testing.T, rows int) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "store")
	m, err := junction.Open[int, int, int](t.Context(), "pairs", filestore.New(dir, nil))
	require.NoError(t, err)
	_, err = m.AddAll(func(yield func(junction.Edge[int, int, int]) bool) {
		for i := 0; i < rows && yield(junction.Edge[int, int, int]{Left: i / 100, Right: i, Through: i}); i++ {
		}
	})
	require.NoError(t, err)
	require.NoError(t, m.Graph().Close())
	return dir
}

// filesIn returns what is in a directory.
func filesIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	files := map[string]string{}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		files[e.Name()] = string(b)
	}
	return files
}

// firstFile returns the path of the first log or snapshot.
func firstFile(t *testing.T, dir string) string {
	t.Helper()
	return filepath.Join(dir, slices.Min(slices.Collect(maps.Keys(filesIn(t, dir)))))
}

// damage changes the middle of the first file.
func damage(t *testing.T, dir string) {
	t.Helper()
	path := firstFile(t, dir)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[len(b)-100] ^= 1
	require.NoError(t, os.WriteFile(path, b, 0o666))
}

// tear adds to the last log what a crash could leave.
func tear(t *testing.T, dir string) {
	t.Helper()
	path := firstFile(t, dir)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(b[:len(b)-25], "torn"...), 0o666)) // a seal is 25 bytes
}

func TestStat(t *testing.T) {
	dir := newStore(t)
	before := filesIn(t, dir)
	golden(t, "stat", sizeless(succeed(t, "stat", dir)))

	var s stat
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "stat", "-json", dir)), &s))
	require.EqualValues(t, 1, s.Revision)
	require.Len(t, s.Relations, 6)
	require.Equal(t, statRelation{"meets at", 2, true, "string", "string", "time"}, s.Relations[2])
	require.Equal(t, []statFile{{filepath.Base(firstFile(t, dir)), s.Bytes, true, 1}}, s.Files)
	require.EqualValues(t, len(before[s.Files[0].Name]), s.Bytes)
	require.Equal(t, before, filesIn(t, dir))
}

func TestStatEmpty(t *testing.T) {
	dir := t.TempDir()
	require.Equal(t, "revision  0\nrows      0\nbytes     0\n", succeed(t, "stat", dir))
	require.JSONEq(t, `{"revision":0,"rows":0,"bytes":0,"relations":[],"files":[]}`, succeed(t, "stat", "-json", dir))
	require.Equal(t, "ok: revision 0, 0 rows, 0 files, 0 bytes\n", succeed(t, "check", dir))
	require.Equal(t, "ok: there is nothing to compact\n", succeed(t, "compact", dir))
	require.Empty(t, filesIn(t, dir))
	status, _, stderr := command("dump", dir)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "there are no relations")
	status, _, stderr = command("salvage", dir, filepath.Join(t.TempDir(), "to"))
	require.Equal(t, 3, status)
	require.Contains(t, stderr, "nothing was found")
}

func TestCheck(t *testing.T) {
	dir := newStore(t)
	require.Equal(t, "ok: revision 1, 35 rows, 1 file, N bytes\n", sizeless(succeed(t, "check", dir)))

	tear(t, dir)
	half := filepath.Join(dir, "0000000000000002.snap.tmp")
	require.NoError(t, os.WriteFile(half, []byte("half"), 0o666))
	before := filesIn(t, dir)
	stdout := succeed(t, "check", dir)
	require.Regexp(t, `^torn tail: 0000000000000001\.log, offset \d+, 4 bytes: .+
not in use, and not checked: 0000000000000002\.snap\.tmp
ok: revision 1, 35 rows, 2 files, [\d,]+ bytes
$`, stdout)
	stdout = succeed(t, "stat", dir)
	require.Regexp(t, `(?m)^torn tail +0000000000000001\.log, offset \d+, 4 bytes: `, stdout)
	require.Regexp(t, `(?m)^0000000000000002\.snap\.tmp +4 +nothing of use$`, stdout)
	var s stat
	require.NoError(t, json.Unmarshal([]byte(succeed(t, "stat", "-json", dir)), &s))
	require.EqualValues(t, 4, s.Torn.Bytes)
	require.Equal(t, before, filesIn(t, dir))
}

func TestCheckDamage(t *testing.T) {
	dir := newStore(t)
	damage(t, dir)
	before := filesIn(t, dir)
	status, stdout, stderr := command("check", dir)
	require.Equal(t, 3, status)
	require.Regexp(t, `^damaged: .*0000000000000001\.log, offset \d+: .+\n$`, stdout)
	require.Equal(t, "junction: store is damaged\n", stderr)
	for _, name := range []string{"stat", "dump", "compact"} {
		status, stdout, stderr := command(name, dir)
		require.Equal(t, 3, status, name)
		require.Empty(t, stdout)
		require.Regexp(t, `^junction: store is damaged: .*0000000000000001\.log, offset \d+: `, stderr)
	}
	require.Equal(t, before, filesIn(t, dir))
}

// A damaged snapshot is told even if an older one and its logs have all that it had.
func TestCheckPassedOver(t *testing.T) {
	dir := newStore(t)
	log := firstFile(t, dir)
	old, err := os.ReadFile(log)
	require.NoError(t, err)
	succeed(t, "compact", dir)
	damage(t, dir)
	require.NoError(t, os.WriteFile(log, old, 0o666))
	status, stdout, stderr := command("check", dir)
	require.Equal(t, 3, status)
	require.Regexp(t, `(?m)^damaged: .*0000000000000002\.snap, offset \d+: .+\nnothing is lost: `, stdout)
	require.Equal(t, "junction: store is damaged\n", stderr)
	require.Regexp(t, `(?m)^passed over +junction: store is damaged: .*\.snap`, succeed(t, "stat", dir))

	status, stdout, stderr = command("compact", dir) // mends it
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, "ok: revision 1, ")
	require.Contains(t, stderr, "a damaged snapshot was passed over")
	require.Contains(t, succeed(t, "check", dir), "ok: ")
}

func TestDump(t *testing.T) {
	dir := newStore(t)
	tear(t, dir) // a dump is not what mends it
	before := filesIn(t, dir)
	for _, relation := range []string{"follows", "grades", "meets at", "papers", "nothing", "notes"} {
		for _, format := range []string{"jsonl", "csv", "dot"} {
			name := strings.ReplaceAll(relation, " ", "-") + "." + format
			t.Run(name, func(t *testing.T) {
				stdout := succeed(t, "dump", "-relation", relation, "-format", format, dir)
				golden(t, name, stdout)
				file := filepath.Join(t.TempDir(), "out")
				require.Empty(t, succeed(t, "dump", "-relation", relation, "-format", format, "-o", file, dir))
				require.Equal(t, map[string]string{"out": stdout}, filesIn(t, filepath.Dir(file)))
			})
		}
	}
	require.Equal(t, before, filesIn(t, dir))
}

// What is written is what others can read.
func TestDumpIsWellFormed(t *testing.T) {
	dir := newStore(t)
	for _, relation := range []string{"follows", "grades", "papers"} {
		lines := succeed(t, "dump", "-relation", relation, dir)
		table := succeed(t, "dump", "-relation", relation, "-format", "csv", dir)
		records, err := csv.NewReader(strings.NewReader(table)).ReadAll()
		require.NoError(t, err)
		rows := 0
		for d := json.NewDecoder(strings.NewReader(lines)); ; rows++ {
			var row struct{ Left, Right, Through any }
			err := d.Decode(&row)
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
		}
		require.Len(t, records, rows+1)
	}
}

func TestDumpOneRelation(t *testing.T) {
	dir := newOneRelation(t, 3)
	const want = `{"left":0,"right":0,"through":0}
{"left":0,"right":1,"through":1}
{"left":0,"right":2,"through":2}
`
	require.Equal(t, want, succeed(t, "dump", dir))
	require.Equal(t, want, succeed(t, "dump", "-relation", "pairs", dir))
	require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
	succeed(t, "stat", dir)
	succeed(t, "check", dir)
	require.NoFileExists(t, filepath.Join(dir, lockName))
	require.Equal(t, want, succeed(t, "dump", dir))
}

func TestDumpChoice(t *testing.T) {
	dir := newStore(t)
	const names = `["follows" "grades" "meets at" "papers" "nothing" "notes"]`
	for _, args := range [][]string{{"dump", dir}, {"dump", "-relation", "grade", dir}} {
		status, stdout, stderr := command(args...)
		require.Equal(t, 1, status)
		require.Empty(t, stdout)
		require.Contains(t, stderr, names)
	}
}

// A dump that fails leaves the file of an earlier one alone, and nothing else.
func TestDumpFile(t *testing.T) {
	dir := newOneRelation(t, 1000)
	out := t.TempDir()
	file := filepath.Join(out, "f")
	require.NoError(t, os.WriteFile(file, []byte("old"), 0o600))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var stderr bytes.Buffer
	require.Equal(t, 1, run(ctx, []string{"dump", "-o", file, dir}, io.Discard, &stderr, false))
	require.Equal(t, "junction: interrupted\n", stderr.String())
	err := writeFile(file, func(w io.Writer) error {
		_, err := io.WriteString(w, "new")
		return errors.Join(err, errLost)
	})
	require.ErrorIs(t, err, errLost)
	require.Equal(t, map[string]string{"f": "old"}, filesIn(t, out))

	succeed(t, "dump", "-o", file, dir)
	require.Len(t, filesIn(t, out), 1)
	require.Equal(t, 1000, strings.Count(filesIn(t, out)["f"], "\n"))
	if runtime.GOOS != "windows" {
		info, err := os.Stat(file)
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode())

		link := filepath.Join(t.TempDir(), "link")
		require.NoError(t, os.Symlink(file, link))
		status, _, errs := command("dump", "-o", link, dir)
		require.Equal(t, 1, status)
		require.Contains(t, errs, "not a regular file")
	}
	for _, path := range []string{out, filepath.Join(out, "none", "f")} {
		status, _, errs := command("dump", "-o", path, dir)
		require.Equal(t, 1, status, errs)
	}
	require.Len(t, filesIn(t, out), 1)
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestWriteErrors(t *testing.T) {
	dir := newOneRelation(t, 10_000)
	for _, args := range [][]string{
		{"help"}, {"help", "stat"}, {"stat", "-h"}, {"version"}, {"stat", dir}, {"stat", "-json", dir}, {"check", dir}, {"compact", dir},
		{"dump", dir}, {"dump", "-format", "csv", dir}, {"dump", "-format", "dot", dir}, {"salvage", dir, filepath.Join(t.TempDir(), "to")},
	} {
		var stderr bytes.Buffer
		require.Equal(t, 1, run(t.Context(), args, fullDisk{}, &stderr, false), args)
		require.Contains(t, stderr.String(), "no space left", args)
	}
	require.Contains(t, succeed(t, "check", dir), "ok: revision 1, 10,000 rows, ")
}

// cancelling cancels a context when something is written.
type cancelling struct{ cancel func() }

func (c cancelling) Write(b []byte) (int, error) {
	c.cancel()
	return len(b), nil
}

func TestInterrupted(t *testing.T) {
	dir := newOneRelation(t, 20_000)
	for _, args := range [][]string{{"stat", dir}, {"check", dir}, {"compact", dir}, {"dump", dir}, {"salvage", dir, filepath.Join(t.TempDir(), "to")}} {
		before := filesIn(t, dir)
		ctx, cancel := context.WithCancel(t.Context())
		if args[0] != "dump" { // which is to be interrupted on its way
			cancel()
		}
		var stderr bytes.Buffer
		require.Equal(t, 1, run(ctx, args, cancelling{cancel}, &stderr, false), args)
		require.Equal(t, "junction: interrupted\n", stderr.String())
		require.Equal(t, before, filesIn(t, dir))
	}
}

func TestCompactInterrupted(t *testing.T) {
	dir := newOneRelation(t, 70_000)
	want := succeed(t, "dump", dir)
	for _, stage := range []string{"loading", "compacting"} {
		ctx, cancel := context.WithCancel(t.Context())
		stderr := &trigger{when: stage, do: cancel}
		require.Equal(t, 1, run(ctx, []string{"compact", dir}, io.Discard, stderr, true))
		require.Contains(t, stderr.String(), "junction: interrupted\n")
		require.Equal(t, want, succeed(t, "dump", dir), stage)
		require.Contains(t, succeed(t, "check", dir), "1 file,")
	}
}

// trigger does something when it is told a word.
type trigger struct {
	bytes.Buffer
	when string
	do   func()
}

func (t *trigger) Write(b []byte) (int, error) {
	if strings.Contains(string(b), t.when) {
		t.do()
	}
	return t.Buffer.Write(b)
}

func TestProgress(t *testing.T) {
	dir := newOneRelation(t, 70_000)
	var stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"compact", dir}, io.Discard, &stderr, true))
	var want strings.Builder
	for _, stage := range []string{"inspecting", "loading", "compacting"} {
		line := stage + " 65,536 of 70,000 rows"
		want.WriteString("\r" + line + "\r" + strings.Repeat(" ", len(line)) + "\r")
	}
	require.Equal(t, want.String(), stderr.String())

	s := &screen{w: &stderr, on: true}
	stderr.Reset()
	s.show(filestore.Progress{Stage: "load", Done: 9, Total: 10})
	s.show(filestore.Progress{Stage: "load", Done: 1, Total: 2}) // which covers all of the line before
	_, _ = io.WriteString(s, "message\n")
	require.Equal(t, "\rloading 9 of 10 rows\rloading 1 of 2 rows \r                    \rmessage\n", stderr.String())
}

func TestCompact(t *testing.T) {
	dir := newStore(t)
	before := succeed(t, "dump", "-relation", "papers", dir)
	require.Equal(t, "ok: revision 1, N bytes before, N bytes after\n", sizeless(succeed(t, "compact", dir)))
	require.Len(t, filesIn(t, dir), 2)
	require.Regexp(t, `(?m)^0000000000000002\.snap +[\d,]+ +all rows at revision 1$`, succeed(t, "stat", dir))
	require.Equal(t, before, succeed(t, "dump", "-relation", "papers", dir))
	require.Equal(t, "ok: revision 1, N bytes before, N bytes after\n", sizeless(succeed(t, "compact", dir)))
	g, fill := open(t, dir) // it is still a store for its program
	fill(g)
	require.NoError(t, g.Close())
}

func TestBackup(t *testing.T) {
	dir := newStore(t)
	before := filesIn(t, dir)
	to := filepath.Join(t.TempDir(), "to")
	require.Regexp(t, `^ok: revision 1, \d+ rows\n$`, succeed(t, "backup", dir, to))
	require.Equal(t, before, filesIn(t, dir))
	for _, relation := range []string{"follows", "papers"} {
		require.Equal(t, succeed(t, "dump", "-relation", relation, dir), succeed(t, "dump", "-relation", relation, to))
	}
	status, _, stderr := command("backup", dir, to)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "is not empty")
	g, fill := open(t, to) // it is a store for the program
	fill(g)
	require.NoError(t, g.Close())
}

func TestRenameAndDrop(t *testing.T) {
	dir := newStore(t)
	papers, follows := succeed(t, "dump", "-relation", "papers", dir), succeed(t, "dump", "-relation", "follows", dir)
	require.Regexp(t, `^ok: relation "two words" has \d+ rows?\n$`, succeed(t, "rename", dir, "papers", "two words"))
	require.Equal(t, papers, succeed(t, "dump", "-relation", "two words", dir))
	require.Regexp(t, `^ok: relation "two words" is gone, with \d+ rows?\n$`, succeed(t, "drop", dir, "two words"))
	require.NotContains(t, succeed(t, "stat", dir), "two words")
	require.Equal(t, follows, succeed(t, "dump", "-relation", "follows", dir))
	for _, args := range [][]string{{"rename", dir, "none", "new"}, {"drop", dir, "none"}} {
		status, _, stderr := command(args...)
		require.Equal(t, 1, status)
		require.Contains(t, stderr, `has no relation "none"`)
	}
}

func TestCompactTorn(t *testing.T) {
	dir := newStore(t)
	tear(t, dir)
	status, stdout, stderr := command("compact", dir)
	require.Zero(t, status)
	require.Contains(t, stdout, "ok: revision 1, ")
	require.Contains(t, stderr, "torn tail")
	require.NotContains(t, succeed(t, "check", dir), "torn")
}

func TestSalvage(t *testing.T) {
	dir := newStore(t)
	to := filepath.Join(t.TempDir(), "to")
	golden(t, "salvage", succeed(t, "salvage", dir, to))
	for _, relation := range []string{"follows", "papers"} {
		require.Equal(t, succeed(t, "dump", "-relation", relation, dir), succeed(t, "dump", "-relation", relation, to))
	}

	status, _, stderr := command("salvage", dir, to)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "is not empty")

	tear(t, dir)
	before := filesIn(t, dir)
	status, stdout, stderr := command("salvage", dir, filepath.Join(t.TempDir(), "to"))
	require.Equal(t, 3, status)
	require.Regexp(t, `^left out: 0000000000000001\.log, offset \d+, 4 bytes: `, stdout)
	require.Contains(t, stdout, "as it was at revision 1\n")
	require.Equal(t, "junction: something was left out\n", stderr)
	require.Equal(t, before, filesIn(t, dir))
}

func TestSalvageInexact(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	m, err := junction.Open[int, int, string](t.Context(), "pairs", filestore.New(dir, nil))
	require.NoError(t, err)
	for i := range 3 {
		_, err := m.Add(i, i, strings.Repeat("x", 100))
		require.NoError(t, err)
	}
	require.NoError(t, m.Graph().Close())
	path := firstFile(t, dir)
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[len(b)-25-200] ^= 1 // in the second of three
	require.NoError(t, os.WriteFile(path, b, 0o666))
	status, stdout, _ := command("salvage", dir, filepath.Join(t.TempDir(), "to"))
	require.Equal(t, 3, status)
	require.Contains(t, stdout, "copied: relation pairs, 2 rows\nup to revision 3, but not as it was then: ")
}

func TestInUse(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "store")
	g, fill := open(t, dir)
	fill(g)
	for _, args := range [][]string{{"stat", dir}, {"check", dir}, {"dump", "-relation", "notes", dir}, {"compact", dir}, {"salvage", dir, filepath.Join(t.TempDir(), "to")}} {
		status, stdout, stderr := command(args...)
		require.Equal(t, 4, status, args)
		require.Empty(t, stdout)
		require.Contains(t, stderr, "junction: store is in use: "+dir)
	}
	require.NoError(t, g.Close())
}

// A directory that somebody changes after it was inspected is not dumped as if it were whole.
func TestDumpChanged(t *testing.T) {
	for name, change := range map[string]func(m *junction.ManyToMany[int, int, int]){
		"more":  func(m *junction.ManyToMany[int, int, int]) { _, _ = m.Add(-1, 0, 0) },
		"fewer": func(m *junction.ManyToMany[int, int, int]) { _, _ = m.Remove(0, 0) },
		"other": func(m *junction.ManyToMany[int, int, int]) { _, _ = m.Add(0, 0, 1) },
		"none":  func(m *junction.ManyToMany[int, int, int]) { _, _ = m.Clear() },
	} {
		t.Run(name, func(t *testing.T) {
			dir := newOneRelation(t, 10)
			p := &program{t.Context(), io.Discard, &screen{w: io.Discard}}
			info, err := p.inspect(dir)
			require.NoError(t, err)
			m, err := junction.Open[int, int, int](t.Context(), "pairs", filestore.New(dir, nil))
			require.NoError(t, err)
			change(m)
			require.NoError(t, m.Graph().Close())
			err = p.writeRelation(io.Discard, dumpOptions{format: "jsonl", dir: dir}, info, 0)
			require.ErrorIs(t, err, errChanged)
		})
	}
}

// A key or value that its kind does not have is damage, whatever the checksums say.
func TestDumpUnreadable(t *testing.T) {
	dir := newOneRelation(t, 1)
	info, err := filestore.Inspect(t.Context(), dir, nil)
	require.NoError(t, err)
	for _, kind := range []string{"bool", "string", "new"} {
		shape := info.Schema.Relations[0]
		shape.Through = "string"
		switch kind {
		case "bool":
			shape.Through = "bool"
		case "string":
			shape.Left = "string" // which the key does not end
		case "new":
			shape.Right = "new"
		}
		d := &dumper{shape: &shape, to: jsonLines{newJSON(io.Discard)}}
		err := d.LoadBinary(0, []byte{0x80, 0x80}, []byte("text"))
		require.ErrorContains(t, err, "the row with the key 8080 cannot be read", kind)
	}
}

func TestFaults(t *testing.T) {
	foreign := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(foreign, "notes.txt"), nil, 0o666))
	missing := filepath.Join(t.TempDir(), "none")
	newer := newOneRelation(t, 1)
	b, err := os.ReadFile(firstFile(t, newer))
	require.NoError(t, err)
	b[8] = 99
	require.NoError(t, os.WriteFile(firstFile(t, newer), b, 0o666))

	for _, name := range []string{"stat", "check", "dump", "compact", "salvage"} {
		for dir, want := range map[string]string{
			missing:   "none: ",
			foreign:   `it holds ["notes.txt"]`,
			"main.go": "not a directory",
			newer:     "format version 99",
		} {
			args := []string{name, dir}
			if name == "salvage" {
				args = append(args, filepath.Join(t.TempDir(), "to"))
			}
			status, stdout, stderr := command(args...)
			require.Equal(t, 1, status, "%q %s", args, stderr)
			require.Empty(t, stdout)
			require.Contains(t, stderr, want, "%q", args)
		}
	}
	require.NoFileExists(t, missing)
	require.Len(t, filesIn(t, foreign), 1)
}

func TestWrongUsage(t *testing.T) {
	dir := newOneRelation(t, 1)
	before := filesIn(t, dir)
	link := filepath.Join(t.TempDir(), "link")
	if os.Symlink(dir, link) != nil {
		link = dir
	}
	tests := []struct {
		want string
		args []string
	}{
		{"want a command", nil},
		{`no command "state"`, []string{"state", dir}},
		{`no command "-json"`, []string{"-json", dir}},
		{`no command "me"`, []string{"help", "me"}},
		{"want DIR after the options, not []", []string{"stat"}},
		{"want DIR after the options, not [", []string{"check", dir, dir}},
		{"want DIR after the options, not [", []string{"stat", dir, "-json"}},
		{"want FROM and TO after the options, not [", []string{"salvage", dir}},
		{"DIR is empty", []string{"compact", ""}},
		{"TO is empty", []string{"salvage", dir, ""}},
		{"-json", []string{"check", "-json", dir}},
		{"-depth", []string{"dump", "-depth", "1", dir}},
		{"-relation", []string{"dump", "-relation"}},
		{`-format is jsonl, csv, dot or exact, not "xml"`, []string{"dump", "-format", "xml", dir}},
		{"which may hold nothing else", []string{"dump", "-o", filepath.Join(dir, "out"), dir}},
		{"which may hold nothing else", []string{"dump", "-o", filepath.Join(link, "out"), dir}},
		{"which may hold nothing else", []string{"dump", "-o", filepath.Join(dir, lockName), link}},
		{"which must stay as it is", []string{"salvage", dir, filepath.Join(dir, "to")}},
		{"which must stay as it is", []string{"salvage", dir, filepath.Join(link, "to")}},
		{"which must stay as it is", []string{"salvage", dir, dir}},
	}
	for _, test := range tests {
		status, stdout, stderr := command(test.args...)
		require.Equal(t, 2, status, "%q", test.args)
		require.Empty(t, stdout)
		require.True(t, strings.HasPrefix(stderr, "junction: ") && strings.HasSuffix(stderr, "\njunction help prints the usage.\n"), stderr)
		require.Contains(t, stderr, test.want)
	}
	require.Equal(t, before, filesIn(t, dir))
}

func TestUsage(t *testing.T) {
	for _, help := range []string{"help", "-h", "-help", "--help"} {
		require.Equal(t, usage, succeed(t, help))
	}
	for _, c := range subcommands {
		require.Contains(t, usage, "\n  "+c.name+" ")
		require.Equal(t, c.usage, succeed(t, c.name, "-h"))
		require.Equal(t, c.usage, succeed(t, c.name, "--help"))
		require.Equal(t, c.usage, succeed(t, "help", c.name))
		require.True(t, strings.HasPrefix(c.usage, "usage: junction "+c.name+" "))
	}
	require.Regexp(t, `^junction \(?\w+.*\n$`, succeed(t, "version"))
}

// What cannot be written can be read, as far as that goes.
func TestReadOnly(t *testing.T) {
	if os.Geteuid() <= 0 {
		t.Skip("nothing is read-only for this user")
	}
	dir := newOneRelation(t, 3)
	require.NoError(t, os.Chmod(filepath.Join(dir, lockName), 0o400))
	require.NoError(t, os.Chmod(dir, 0o500))
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	require.Contains(t, succeed(t, "stat", dir), "pairs")
	require.Contains(t, succeed(t, "check", dir), "ok: ")
	require.Contains(t, succeed(t, "dump", dir), "left")
	succeed(t, "salvage", dir, filepath.Join(t.TempDir(), "to"))
}

// A dump changes nothing, and needs no LOCK.
func TestDumpChangesNothing(t *testing.T) {
	dir := newStore(t)
	tear(t, dir)
	require.NoError(t, os.Remove(filepath.Join(dir, lockName)))
	before := filesIn(t, dir)
	succeed(t, "dump", "-relation", "papers", dir)
	require.Equal(t, before, filesIn(t, dir))
}

// CBOR has values that no encoder of this module makes.
func TestPlain(t *testing.T) {
	for want, v := range map[string]any{
		`[null,true,-1,1,0.1,"NaN"]`:             []any{nil, true, int64(-1), uint64(1), float32(0.1), float32(math.NaN())},
		`{"a":{"b":"AQ=="},"base64:/w==":[]}`:    map[string]any{"\xff": []any{}, "a": map[string]any{"b": []byte{1}}},
		`"base64:YmFzZTY0Og=="`:                  "base64:",
		`"base64"`:                               "base64",
		`"{7 [1]}"`:                              struct{ Number, Content any }{7, []any{1}},
		`"10000-01-01T00:00:00Z"`:                time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		`"2026-03-04T04:06:07.000000089Z"`:       instant.Add(-time.Hour).In(time.FixedZone("", 3600)),
		`{"left":"<&>","right":"","through":[]}`: map[string]any{"left": "<&>", "right": "", "through": []any(nil)},
	} {
		v = plain(v)
		if s, ok := v.(string); ok {
			require.JSONEq(t, want, `"`+cell(s)+`"`)
		} else {
			require.Equal(t, want, cell(v))
		}
	}
}

func TestVisible(t *testing.T) {
	for name, want := range map[string]string{
		"members": "members", "é": "é", "": `""`, "two words": `"two words"`, "\x1b[31m": `"\x1b[31m"`, "a\xff": `"a\xff"`, `"`: `"\""`, "tab\t": `"tab\t"`,
	} {
		require.Equal(t, want, visible(name))
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", math.MaxInt64: "9,223,372,036,854,775,807"} {
		require.Equal(t, want, grouped(n))
	}
}
