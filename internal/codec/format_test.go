package codec

import (
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// TestFormatPage decodes the examples of the page on the format of a directory. The kinds in it
// have one encoding of each value.
func TestFormatPage(t *testing.T) {
	page, err := os.ReadFile("../../docs/FORMAT.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| (\w+) \| (.+) \| ((?:[0-9a-f]{2} ?)+) \|$`).FindAllStringSubmatch(string(page), -1)
	require.Greater(t, len(rows), 10)
	for _, row := range rows {
		b, err := hex.DecodeString(strings.ReplaceAll(row[3], " ", ""))
		require.NoError(t, err)
		v, err := Value(persist.Kind(row[1]), b)
		require.NoError(t, err, row[0])
		require.Equal(t, row[2], fmt.Sprint(v), row[0])
	}
}
