package filestore

import (
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// reserve is the file RESERVE, which keeps room on the disk for the time when it is full. It is at
// least as large as the log. It is removed, and its room used, for what helps a store out of a full
// disk: to write commits that were acknowledged or that only remove rows, to seal the log or copy
// it when the store is loaded, and to compact. Other commits are refused until there is room for it
// again.
type reserve struct {
	size atomic.Int64 // 0 if there is none
	mu   sync.Mutex   // guards file, and is held while size changes
	file vfs.File     // nil if this program has not made it
}

// minReserve is the least size of the file.
const minReserve = 4 << 10

// sealRoom is room for a mark and a seal.
const sealRoom = 2 * sealSize

// adopt takes over the file that an earlier program has left.
func (r *reserve) adopt(dir vfs.Dir) error {
	size, err := sizeOf(dir, reserveName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r.size.Store(size)
	return err
}

// keep makes the file as large as what is needed, with some to spare. If it cannot, the file is as
// large as before.
func (r *reserve) keep(dir vfs.Dir, need int64) (err error) {
	if need <= r.size.Load() {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	old := r.size.Load()
	if r.file == nil {
		r.size.Store(0)
		if r.file, err = createAnew(dir, reserveName); err != nil {
			return err
		}
		if err = r.file.Reserve(old); err != nil {
			return err
		}
	}
	size := need + min(need/4, 1<<20) + minReserve
	if err = r.file.Reserve(size); err != nil {
		size, err = old, errors.Join(err, r.file.Truncate(old))
	}
	r.size.Store(size)
	return err
}

// needed returns how much room RESERVE must have for the log and a record that follows: for a copy
// of the log, besides what is buffered. The caller has mu.
func (s *Store) needed(record int) (bytes int64) {
	if s.log != nil {
		bytes = s.log.size
	}
	return bytes + int64(len(s.buf)+2*record) + sealRoom
}

// spend removes the file. It reports whether that has made room.
func (r *reserve) spend(dir vfs.Dir) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := r.size.Swap(0)
	_ = r.close() // its contents are of no use
	return size > 0 && dir.Remove(reserveName) == nil && dir.Sync() == nil
}

// close lets go of the file. The caller has mu, or is alone.
func (r *reserve) close() (err error) {
	if r.file != nil {
		err = r.file.Close()
		r.file = nil
	}
	return err
}

// makingRoom does something that helps a store out of a full disk, with the room of RESERVE if it
// must.
func (s *Store) makingRoom(do func() error) error {
	err := do()
	if isFull(err) && s.reserve.spend(s.home) {
		err = do()
	}
	return err
}

// ErrFull says that the disk, or a quota, has no room for a commit. Nothing was written: it is a
// refusal, and the graph goes on. Commits that only remove rows are still taken, as long as the
// file RESERVE lasts; Compact then makes room if the rows that are left fit.
var ErrFull = fmt.Errorf("%w: there is no room on the disk for more than removals", persist.ErrRefused)

// refuse returns the error of a commit that cannot be written.
func refuse(err error) error {
	if vfs.IsFull(err) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return persist.Refused(err)
}

// onlyRemoves reports whether commits put no rows.
func onlyRemoves(commits []*persist.Commit) bool {
	for _, c := range commits {
		for _, b := range c.Batches {
			for i := range b.Len() {
				if !b.Deleted(i) {
					return false
				}
			}
		}
	}
	return true
}
