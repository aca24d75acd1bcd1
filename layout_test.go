package junction_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/seed-250bd433/junction"

// mayImport says which packages of the module the packages of a folder may import, except in
// tests. "*" is every folder below.
//
//	examples, fuzz, bench, transfer → junction → persist ← filestore, sqlstore, persisttest
//	                           └→ internal
var mayImport = map[string][]string{
	".":                  {"internal/adjacency", "internal/codec", "internal/engine", "internal/ordered", "internal/raw", "persist"},
	"internal/engine":    {"internal/adjacency", "internal/codec", "internal/ordered", "internal/radix", "internal/raw", "persist"},
	"internal/adjacency": {"internal/hashtable", "internal/ordered", "internal/radix", "internal/raw"},
	"internal/codec":     {"internal/raw", "persist"},
	"internal/vfs":       {},
	"internal/crashfs":   {"internal/vfs"},
	"internal/ordered":   {"internal/raw"},
	"internal/hashtable": {},
	"internal/radix":     {},
	"internal/raw":       {},
	"internal/model":     {},
	"internal/test/*":    {".", "persist", "persist/persisttest"},
	"examples/*":         {".", "persist", "persist/filestore", "persist/sqlstore"},
	"cmd/junction-sql":   {"persist", "persist/sqlstore"},
	"cmd/*":              {"internal/codec", "internal/vfs", "persist", "persist/filestore"},
	"fuzz":               {".", "internal/model"},
	"transfer":           {"."},
	"bench":              {"."},
	"persist":            {},
	"persist/filestore":  {"internal/vfs", "persist"},
	"persist/*":          {"persist"},
	"persist/sqlstore/*": {"persist", "persist/sqlstore"},
}

// TestLayout holds which way imports run.
func TestLayout(t *testing.T) {
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && file != ".") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		folder := filepath.ToSlash(filepath.Dir(file))
		allowed, known := mayImport[folder]
		if !known {
			allowed, known = mayImport[path.Dir(folder)+"/*"]
		}
		require.True(t, known, "%s: which packages may %s import? Say it in mayImport", file, folder)
		for _, imported := range importsOf(t, file) {
			require.True(t, slices.Contains(allowed, imported), "%s imports %s: %s may import %v of this module", file, imported, folder, allowed)
		}
		return nil
	})
	require.NoError(t, err)
}

// importsOf returns the folders of this module that a file imports.
func importsOf(t *testing.T, file string) (folders []string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	require.NoError(t, err)
	for _, spec := range f.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		require.NoError(t, err)
		switch folder, within := strings.CutPrefix(imported, module+"/"); {
		case within:
			folders = append(folders, folder)
		case imported == module:
			folders = append(folders, ".")
		}
	}
	return folders
}
