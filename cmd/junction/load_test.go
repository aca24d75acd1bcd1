package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLoad: what dump has written makes a directory with the same rows, of every kind, which the
// same program opens.
func TestLoad(t *testing.T) {
	from := newStore(t)
	file, to := filepath.Join(t.TempDir(), "dump"), filepath.Join(t.TempDir(), "to")
	require.Empty(t, succeed(t, "dump", "-format", "exact", "-o", file, from))
	require.Regexp(t, `^ok: \d+ rows, revision 1\n$`, succeed(t, "load", file, to))
	for _, relation := range []string{"follows", "grades", "meets at", "papers", "nothing", "notes"} {
		require.Equal(t, succeed(t, "dump", "-relation", relation, from), succeed(t, "dump", "-relation", relation, to))
	}
	require.Contains(t, succeed(t, "check", to), "ok: ")
	g, _ := open(t, to)
	require.NoError(t, g.Check())
	require.NoError(t, g.Close())

	again := succeed(t, "dump", "-format", "exact", to)
	written, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(written), again)
}

func TestLoadLarge(t *testing.T) {
	from := newOneRelation(t, 200_000)                          // several commits
	file, to := filepath.Join(t.TempDir(), "dump"), t.TempDir() // which is empty
	require.Empty(t, succeed(t, "dump", "-format", "exact", "-o", file, from))
	require.Contains(t, succeed(t, "load", file, to), "ok: 200,000 rows, revision 3")
	require.Equal(t, succeed(t, "dump", from), succeed(t, "dump", to))
}

// TestLoadMalformed: nothing is left of a load that fails.
func TestLoadMalformed(t *testing.T) {
	whole := succeed(t, "dump", "-format", "exact", newOneRelation(t, 3))
	lines := strings.SplitAfter(whole, "\n")
	lines = lines[:len(lines)-1]
	require.Len(t, lines, 5)
	with := func(i int, line string) string {
		changed := append([]string{}, lines...)
		changed[i] = line
		return strings.Join(changed, "")
	}
	for name, c := range map[string]struct{ input, want string }{
		"empty":             {"", "it is empty"},
		"another file":      {"left,right\n", "line 1"},
		"another dump":      {`{"left":1,"right":1,"through":1}` + "\n", "line 1"},
		"no version":        {"{}\n", "line 1"},
		"a later version":   {with(0, strings.Replace(lines[0], `"junction":1`, `"junction":2`, 1)), "version 2"},
		"cut in a line":     {whole[:len(lines[0])+len(lines[1])+10], "line 3"},
		"cut between lines": {strings.Join(lines[:3], ""), "after line 3"},
		"a line is gone":    {with(2, ""), "there are 2 rows, and were 3"},
		"a row twice":       {with(2, lines[1]), "1 have the key of another one"},
		"no base64":         {with(1, `{"relation":0,"key":"%"}`+"\n"), "line 2"},
		"an unknown member": {with(1, `{"relation":0,"key":"AA==","vlaue":""}`+"\n"), "line 2"},
		"no relation":       {with(1, `{"key":"AA==","value":""}`+"\n"), "line 2"},
		"another relation":  {with(1, strings.Replace(lines[1], `"relation":0`, `"relation":1`, 1)), "line 2"},
		"a key too short":   {with(1, `{"relation":0,"key":"AA==","value":"AA=="}`+"\n"), "line 2"},
		"more behind":       {whole + "\n", "line 5"},
		"more on a line":    {with(1, strings.TrimSpace(lines[1])+"}\n"), "line 2"},
	} {
		t.Run(name, func(t *testing.T) {
			parent := t.TempDir()
			file := filepath.Join(parent, "dump")
			require.NoError(t, os.WriteFile(file, []byte(c.input), 0o666))
			status, stdout, stderr := command("load", file, filepath.Join(parent, "to"))
			require.Equal(t, 1, status)
			require.Empty(t, stdout)
			require.Contains(t, stderr, c.want)
			entries, err := os.ReadDir(parent)
			require.NoError(t, err)
			require.Len(t, entries, 1)
		})
	}
	file := filepath.Join(t.TempDir(), "dump")
	require.NoError(t, os.WriteFile(file, []byte(whole), 0o666))
	full := newOneRelation(t, 1)
	status, _, stderr := command("load", file, full)
	require.Equal(t, 1, status)
	require.Contains(t, stderr, "is not empty")
	require.Contains(t, succeed(t, "check", full), "ok: ")
	status, _, _ = command("load", file, file)
	require.Equal(t, 1, status)
	status, _, _ = command("load", filepath.Join(t.TempDir(), "none"), filepath.Join(t.TempDir(), "to"))
	require.Equal(t, 1, status)
	for _, args := range [][]string{{"load", file}, {"dump", "-format", "exact", "-relation", "pairs", full}} {
		status, _, _ := command(args...)
		require.Equal(t, 2, status)
	}
}
