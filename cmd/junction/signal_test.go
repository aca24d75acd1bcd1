//go:build unix

package main

import (
	"bufio"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSecondSignal interrupts a dump that nobody reads: the first signal cannot end it.
func TestSecondSignal(t *testing.T) {
	dir := newOneRelation(t, 20_000)
	p := process(t, "dump", dir)
	out, err := p.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, p.Start())
	_, err = bufio.NewReaderSize(out, 16).ReadByte()
	require.NoError(t, err)
	require.NoError(t, p.Process.Signal(syscall.SIGINT))
	require.NoError(t, p.Process.Signal(syscall.SIGTERM))
	require.Error(t, p.Wait())
	require.Equal(t, 1, p.ProcessState.ExitCode())
}

// TestPipes gives a pipe the name of each kind of file: no command waits for a writer.
func TestPipes(t *testing.T) {
	for _, name := range []string{"LOCK", "RESERVE", "0000000000000001.log", "0000000000000001.snap", "0000000000000001.log.tmp"} {
		for _, command := range []string{"stat", "check", "dump", "compact", "salvage"} {
			dir := t.TempDir()
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, name), 0o600))
			args := []string{command, dir}
			if command == "salvage" {
				args = append(args, filepath.Join(t.TempDir(), "to"))
			}
			p := process(t, args...)
			said, err := p.CombinedOutput()
			require.Error(t, err)
			require.Contains(t, string(said), name+": not a regular file")
			entries, err := os.ReadDir(dir)
			require.NoError(t, err)
			require.Len(t, entries, 1)
		}
	}
	pipe := filepath.Join(t.TempDir(), "pipe")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	said, err := process(t, "check", pipe).CombinedOutput()
	require.Error(t, err)
	require.Contains(t, string(said), "not a directory")
}
