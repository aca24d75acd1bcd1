package junction_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadme holds that the code in the pages is code of the Examples, line by line and in one
// piece, so that it compiles and does what it says.
func TestReadme(t *testing.T) {
	for page, examples := range map[string]string{
		"README.md":       "example_test.go",
		"docs/RECIPES.md": "recipes_test.go",
	} {
		text, err := os.ReadFile(page)
		require.NoError(t, err)
		code, err := os.ReadFile(examples)
		require.NoError(t, err)
		blocks := strings.Split(string(text), "```go\n")[1:]
		require.NotEmpty(t, blocks)
		for _, block := range blocks {
			block, _, ended := strings.Cut(block, "```")
			require.True(t, ended, page)
			require.Contains(t, flush(string(code)), flush(block), page)
		}
	}
}

// flush takes away indentation.
func flush(code string) string {
	lines := strings.Split(strings.TrimSpace(code), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}
