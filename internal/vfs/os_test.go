package vfs_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// lockVariable names the file that a child process locks, until its standard input ends.
const lockVariable = "JUNCTION_TEST_LOCK"

func TestMain(m *testing.M) {
	if name := os.Getenv(lockVariable); name != "" {
		_, err := lock(name)
		fmt.Println(err)
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// lock locks a file by its path.
func lock(path string) (vfs.Lock, error) {
	dir, err := vfs.OS.OpenDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	return dir.Lock(filepath.Base(path))
}

// lockInChild starts a process that takes a lock and returns what it said, and a function that ends
// it.
func lockInChild(t *testing.T, name string) (said string, end func()) {
	self, err := os.Executable()
	require.NoError(t, err)
	child := exec.Command(self)
	child.Env = append(os.Environ(), lockVariable+"="+name)
	in, err := child.StdinPipe()
	require.NoError(t, err)
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())
	said, err = bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	return said, func() {
		_ = in.Close()
		require.NoError(t, child.Wait())
	}
}

func TestLockBetweenProcesses(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	l, err := lock(name)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip(err)
	}
	require.NoError(t, err)
	said, end := lockInChild(t, name)
	end()
	require.Contains(t, said, vfs.ErrLocked.Error())
	require.NoError(t, l.Close())

	said, end = lockInChild(t, name)
	require.Equal(t, "<nil>\n", said)
	_, err = lock(name)
	require.ErrorIs(t, err, vfs.ErrLocked)
	require.ErrorContains(t, err, name)
	end()
	l, err = lock(name)
	require.NoError(t, err, "a process that dies leaves no lock behind")
	require.NoError(t, l.Close())
}
