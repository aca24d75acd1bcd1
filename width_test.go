package junction_test

import (
	"bufio"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// widest is how many columns a line of a comment or of a page may have; a tab counts as four.
const widest = 100

// TestWidth holds the width of comments and pages. Code, tables, links and lines that cannot be
// broken are left out.
func TestWidth(t *testing.T) {
	var wide []string
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if name := entry.Name(); name == "testdata" || strings.HasPrefix(name, ".") && file != "." {
				return filepath.SkipDir
			}
			return nil
		}
		switch filepath.Ext(file) {
		case ".go":
			wide = append(wide, wideLines(t, file, comments())...)
		case ".md":
			code := false
			wide = append(wide, wideLines(t, file, func(line string) bool {
				if strings.HasPrefix(line, "```") {
					code = !code
				}
				return !code && !strings.HasPrefix(line, "|")
			})...)
		}
		return nil
	})
	require.NoError(t, err)
	require.Empty(t, wide, "lines wider than %d columns", widest)
}

// comments returns a function that reports whether a line is prose of a comment: neither code in it
// nor the output of an Example.
func comments() func(line string) bool {
	output := false
	return func(line string) bool {
		text, ok := strings.CutPrefix(strings.TrimSpace(line), "//")
		output = ok && (output || strings.HasSuffix(text, "utput:"))
		return ok && !output && strings.HasPrefix(text, " ")
	}
}

// wideLines returns the lines of prose in a file that are too wide.
func wideLines(t *testing.T, file string, prose func(line string) bool) (wide []string) {
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		line := strings.ReplaceAll(lines.Text(), "\t", "    ")
		if prose(lines.Text()) && utf8.RuneCountInString(line) > widest && len(strings.Fields(line)) > 3 && !strings.Contains(line, "://") {
			wide = append(wide, fmt.Sprintf("%s:%d: %s", filepath.ToSlash(file), n, strings.TrimSpace(line)))
		}
	}
	require.NoError(t, lines.Err())
	return wide
}
