package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func runWith(args ...string) (status int, stdout, stderr string) {
	var out, errs strings.Builder
	status = run(args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestWithoutAddress(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	t.Setenv("TMP", temp) // Windows
	for range 2 {
		status, stdout, stderr := runWith()
		require.Zero(t, status, stderr)
		require.Equal(t, firstRun, stdout)
	}
	left, err := filepath.Glob(filepath.Join(temp, "*"))
	require.NoError(t, err)
	require.Empty(t, left, "the file is removed")
}

func TestHelp(t *testing.T) {
	status, stdout, stderr := runWith("-help")
	require.Zero(t, status)
	require.Equal(t, usage, stdout)
	require.Empty(t, stderr)
}

func TestMisuse(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		says string
	}{
		"another flag":        {[]string{"-dir", "x"}, "-dir"},
		"an argument":         {[]string{"sqlite:x.db"}, `want nothing but -db, have ["sqlite:x.db"]`},
		"no scheme":           {[]string{"-db", "membership.db"}, "wants sqlite:FILE, postgres://HOST/DATABASE or mysql://HOST/DATABASE"},
		"unknown scheme":      {[]string{"-db", "oracle://ada:secret@host/x"}, "wants sqlite:FILE, postgres://HOST/DATABASE or mysql://HOST/DATABASE"},
		"SQLite, no file":     {[]string{"-db", "sqlite:"}, "want a file"},
		"SQLite, in memory":   {[]string{"-db", "sqlite::memory:"}, "want a file"},
		"PostgreSQL, port":    {[]string{"-db", "postgres://ada:secret@host:x/y"}, "-db postgres: "},
		"MySQL, no database":  {[]string{"-db", "mysql://ada:secret@host"}, "want a host and a database"},
		"MySQL, no host":      {[]string{"-db", "mysql:///x"}, "want a host and a database"},
		"MySQL, port":         {[]string{"-db", "mysql://ada:secret@host:x/y"}, "invalid port"},
		"MySQL, a DSN":        {[]string{"-db", "mysql:ada:secret@tcp(host)/x"}, "want a host and a database"},
		"MySQL, no parameter": {[]string{"-db", "mysql://ada:secret@host/x?timeout=soon"}, "-db mysql: "},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := runWith(test.args...)
			require.Equal(t, 2, status)
			require.Empty(t, stdout)
			require.Contains(t, stderr, test.says)
			require.NotContains(t, stderr, "secret")
		})
	}
}

func TestNoSuchDirectory(t *testing.T) {
	status, stdout, stderr := runWith("-db", "sqlite:"+filepath.Join(t.TempDir(), "none", "x.db"))
	require.Equal(t, 1, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "membership: ")
}
