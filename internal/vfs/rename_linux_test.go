package vfs

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRenameWithoutTheCall renames where the system has no renaming that does not replace.
func TestRenameWithoutTheCall(t *testing.T) {
	number := renameat2[runtime.GOARCH]
	delete(renameat2, runtime.GOARCH)
	defer func() { renameat2[runtime.GOARCH] = number }()
	path := t.TempDir()
	dir, err := OS.OpenDir(path)
	require.NoError(t, err)
	defer dir.Close()
	for _, name := range []string{"a", "b"} {
		require.NoError(t, os.WriteFile(filepath.Join(path, name), []byte(name), 0o600))
	}
	require.ErrorIs(t, dir.Rename("a", "b"), fs.ErrExist)
	require.NoError(t, dir.Rename("a", "c"))
	require.ErrorIs(t, dir.Rename("a", "d"), fs.ErrNotExist)
	entries, err := dir.List()
	require.NoError(t, err)
	require.Equal(t, []Entry{{"b", true}, {"c", true}}, entries)
	for name, want := range map[string]string{"b": "b", "c": "a"} {
		b, err := os.ReadFile(filepath.Join(path, name))
		require.NoError(t, err)
		require.Equal(t, want, string(b))
	}
}
