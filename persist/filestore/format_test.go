package filestore

import (
	"encoding/hex"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

var updatePage = flag.Bool("update", false, "write the example of docs/FORMAT.md")

const formatPage = "../../docs/FORMAT.md"

// TestFormatPage reads the log that the page on the format has as an example.
func TestFormatPage(t *testing.T) {
	h := header{kind: logFile, number: 1, schema: *schemaOf("knows")}
	for i := range h.store {
		h.store[i] = byte(i)
	}
	head, err := h.encode()
	require.NoError(t, err)
	e := encoder{relations: 1, limit: maxPayload}
	record, err := e.commits([]*persist.Commit{commit(1, batchOf(0, put("\x81\x82", "hi")))})
	require.NoError(t, err)
	finishFrame(record, h.seed(), int64(len(head)), 1)
	want := string(head) + string(record)
	seal := beginFrame(nil, sealFrame)
	finishFrame(seal, h.seed(), int64(len(want)), 2)
	want += string(seal)

	page, err := os.ReadFile(formatPage)
	require.NoError(t, err)
	text, example, _ := strings.Cut(string(page), "a seal follows.\n\n")
	if *updatePage {
		example = dump(want)
		require.NoError(t, os.WriteFile(formatPage, []byte(text+"a seal follows.\n\n"+example), 0o666))
	}
	require.Equal(t, dump(want), example)

	disk := (&history{files: map[string]string{logFile.name(1): want}}).disk(t)
	s := New("/store", quiet(Options{fs: disk}))
	c := collect(1)
	_, err = s.Load(t.Context(), schemaOf("knows"), c)
	require.NoError(t, err)
	require.Equal(t, rowsOf{{"\x81\x82": "hi"}}, c.rows)
	require.NoError(t, s.Close())
}

// dump returns bytes as lines of a Markdown block.
func dump(b string) string {
	var out strings.Builder
	for _, line := range strings.SplitAfter(hex.Dump([]byte(b)), "\n") {
		if line != "" {
			out.WriteString("    " + line)
		}
	}
	return out.String()
}
