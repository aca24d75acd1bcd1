package filestore

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

func TestConformance(t *testing.T) {
	persisttest.TestStore(t, func(t *testing.T) persisttest.Place {
		dir := t.TempDir() + "/store"
		return persisttest.Place{
			Open:    func() persist.Store { return New(dir, quiet(Options{SegmentSize: 20_000})) },
			Abandon: func(s persist.Store) { s.(*Store).abandon() },
		}
	})
}

// TestConformanceAfterPowerCut is the same where every crash is a power cut.
func TestConformanceAfterPowerCut(t *testing.T) {
	persisttest.TestStore(t, func(t *testing.T) persisttest.Place {
		disk, seed := crashfs.New(), uint64(0)
		return persisttest.Place{
			Open: func() persist.Store { return New("/store", quiet(Options{fs: disk, SegmentSize: 20_000})) },
			Abandon: func(s persist.Store) {
				disk.Crash()
				s.(*Store).abandon()
				seed++
				disk = disk.Restart(seed)
			},
		}
	})
}

func TestConformanceOfFaults(t *testing.T) {
	persisttest.TestFaults(t, func(t *testing.T) persisttest.Place {
		disk := crashfs.New()
		return persisttest.Place{
			Open:    func() persist.Store { return New("/store", quiet(Options{fs: disk})) },
			Abandon: func(s persist.Store) { s.(*Store).abandon() },
			Fail: func(s persist.Store, fault persisttest.Fault) {
				kind := crashfs.Sync
				if fault == persisttest.Refuse {
					kind = crashfs.Create
					require.NoError(t, s.(*Store).sealNow()) // so that a log has to be begun
				}
				failed := false
				disk.Fail(func(op crashfs.Op) error {
					if op.Kind != kind || failed {
						return nil
					}
					failed = true
					return syscall.EIO
				})
			},
			Damage: func() {
				for name, b := range filesOn(t, disk) {
					require.NoError(t, disk.Flip("/store/"+name, int64(len(b)-frameHeader-3), 0), fmt.Sprint(name))
				}
			},
		}
	})
}
