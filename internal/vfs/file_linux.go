package vfs

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// datasync writes the contents of a file to the disk, with its length, but without its times.
func datasync(f *os.File) error {
	if err := control(f, syscall.Fdatasync); err != nil {
		return &fs.PathError{Op: "fdatasync", Path: f.Name(), Err: err}
	}
	return nil
}

// allocate makes a file at least so many bytes long, and takes the room that it needs.
func allocate(f *os.File, size int64) error {
	err := control(f, func(fd int) error { return syscall.Fallocate(fd, 0, 0, size) })
	if err != nil {
		return &fs.PathError{Op: "fallocate", Path: f.Name(), Err: err}
	}
	return nil
}

// renameat2 is the number of the system call, which package syscall lacks.
var renameat2 = map[string]uintptr{
	"386": 353, "amd64": 316, "arm": 382, "arm64": 276, "loong64": 276, "riscv64": 276,
	"ppc64": 357, "ppc64le": 357, "s390x": 347,
	"mips": 4351, "mipsle": 4351, "mips64": 5311, "mips64le": 5311,
}

// renameNoReplace renames a file of a directory, if the new name is free. The error is
// errors.ErrUnsupported if the system or the file system cannot do that.
func renameNoReplace(root *os.Root, from, to string) error {
	number, ok := renameat2[runtime.GOARCH]
	if !ok {
		return errors.ErrUnsupported
	}
	dir, err := root.Open(".")
	if err != nil {
		return err
	}
	defer dir.Close()
	err = control(dir, func(fd int) error { return callRenameat2(number, fd, from, to) })
	if err == syscall.EINVAL || err == syscall.ENOSYS {
		return errors.ErrUnsupported
	}
	return err
}

func callRenameat2(number uintptr, dir int, from, to string) error {
	const noReplace = 1
	old, err := syscall.BytePtrFromString(from)
	if err != nil {
		return err
	}
	name, err := syscall.BytePtrFromString(to)
	if err != nil {
		return err
	}
	_, _, errno := syscall.Syscall6(number, uintptr(dir), uintptr(unsafe.Pointer(old)),
		uintptr(dir), uintptr(unsafe.Pointer(name)), noReplace, 0)
	if errno != 0 {
		return errno
	}
	return nil
}
