package filestore

import (
	"errors"
	"io/fs"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// inFlight is a file that gets its name when it is whole.
type inFlight struct {
	vfs.File
	dir     vfs.Dir
	name    string // that it is to have
	discard string // the name that abandon removes
}

// createTemp begins a file. What an earlier attempt left behind is removed.
func createTemp(dir vfs.Dir, name string) (*inFlight, error) {
	temp := name + tempSuffix
	f, err := createAnew(dir, temp)
	if err != nil {
		return nil, err
	}
	return &inFlight{f, dir, name, temp}, nil
}

// createAnew creates a file. One that has its name is removed.
func createAnew(dir vfs.Dir, name string) (vfs.File, error) {
	f, err := dir.Create(name)
	if errors.Is(err, fs.ErrExist) {
		if err = dir.Remove(name); err == nil {
			f, err = dir.Create(name)
		}
	}
	return f, err
}

// install makes what was written durable, under a name that must be free. The file stays open.
func (f *inFlight) install() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.dir.Rename(f.discard, f.name); err != nil {
		return err
	}
	f.discard = f.name // which is not durable before the directory is synced
	return f.dir.Sync()
}

// installInPlace is install for a file that replaces the one which has its name and holds the same
// commits. It stays if the directory cannot be synced.
func (f *inFlight) installInPlace() error {
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.dir.Replace(f.discard, f.name); err != nil {
		return err
	}
	f.discard = ""
	return f.dir.Sync()
}

// abandon closes the file and removes it, as far as that is possible.
func (f *inFlight) abandon() {
	_ = f.Close()
	if f.discard != "" {
		_ = f.dir.Remove(f.discard)
	}
}
