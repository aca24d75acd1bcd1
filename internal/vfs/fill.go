package vfs

import "math/rand/v2"

// fill makes a file at least so many bytes long by writing to it. The bytes are random, because
// some file systems take no room for zeros.
func (f osFile) fill(size int64) error {
	at, err := f.Size()
	if err != nil {
		return err
	}
	var seed [32]byte
	random := rand.NewChaCha8(seed)
	b := make([]byte, 64<<10)
	for at < size {
		_, _ = random.Read(b) // never fails
		n, err := f.WriteAt(b[:min(int64(len(b)), size-at)], at)
		if err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}
