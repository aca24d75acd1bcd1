package filestore

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// Options are the choices of a store. Nil and zero are right for most.
type Options struct {
	// Sync decides when commits are made durable. The zero value is SyncAlways.
	Sync SyncPolicy
	// SegmentSize is the size at which a log file is sealed and the next one begun, unless a
	// sixteenth of the snapshot is more. It is also how many bytes of logs there must be before the
	// store compacts by itself, which it does when the logs are larger than the snapshot. 0 is
	// right for most: logs of 16 MiB at most, and the store compacts from 1 MiB on.
	SegmentSize int64
	// ReadOnly opens the store for reading. Load changes nothing: it creates no files and cuts off
	// no torn tail, and works on a read-only file system and on a full disk. It shares the lock of
	// the directory with other readers, and releases it at the end. From then on the graph is what
	// it was then, whatever others write. Append and Compact fail with ErrReadOnly. Where there is
	// no LOCK, or it may not be read, Load reads without a lock; nobody may open the store
	// meanwhile.
	ReadOnly bool
	// Logger gets what Load found and repaired, and what failed in the background. Nil is
	// slog.Default.
	Logger *slog.Logger
	// Progress is called while rows are read, at most once every 65,536 rows and at the end. It
	// runs on the goroutine of the call, or on that of a compaction in the background, which waits
	// for it.
	Progress func(Progress)

	// For tests.
	fs       vfs.FS // in place of the operating system
	separate bool   // no log is resumed
}

// Progress is how far a call has come.
type Progress struct {
	Stage string // "load", "compact", "inspect", "salvage", "backup" or "rewrite"
	Done  int    // rows read so far, including those that newer ones replace
	Total int    // rows to read
}

// What a SegmentSize of 0 stands for.
const (
	defaultSegmentSize = 16 << 20
	defaultLogs        = 1 << 20 // bytes of logs that make a compaction due
)

// withDefaults returns the options with every choice made.
func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	opts.SegmentSize = max(opts.SegmentSize, 0)
	if opts.Logger == nil {
		opts.Logger = slog.Default()
	}
	if opts.fs == nil {
		opts.fs = vfs.OS
	}
	return opts
}

// SyncPolicy decides when an appended commit is made durable. With every policy, a crash of the
// program alone loses only what was still buffered, and Close writes and syncs everything.
type SyncPolicy struct {
	mode  syncMode
	every time.Duration
}

type syncMode uint8

const (
	always syncMode = iota
	every
	never
)

// SyncAlways makes Append return when its commits are on the disk. What was acknowledged survives a
// crash of the program or the operating system and a power cut, if the disk keeps what it
// acknowledged.
func SyncAlways() SyncPolicy { return SyncPolicy{} }

// SyncEvery makes Append return at once. A commit is on the disk after d, plus the time of one
// write and sync. A crash of any kind loses at most the commits of that time; a prefix of the
// commits is left. If d is 0 or less, the policy is SyncAlways.
func SyncEvery(d time.Duration) SyncPolicy {
	if d <= 0 {
		return SyncAlways()
	}
	return SyncPolicy{mode: every, every: d}
}

// SyncNever makes Append return at once and leaves it to the operating system when to write to the
// disk. A commit is given to the operating system within 100 ms, so that a program that is killed
// loses no more than that. A power cut loses what the operating system has not written. If the disk
// kept the order of writes, a prefix of the commits is left. Otherwise the store ends at the first
// commit that is not whole, or is found to be damaged. Files are synced when they are sealed: at
// their full size and by Close.
func SyncNever() SyncPolicy { return SyncPolicy{mode: never, every: 100 * time.Millisecond} }

// String returns the policy as it is written in a program.
func (p SyncPolicy) String() string {
	switch p.mode {
	case every:
		return fmt.Sprintf("SyncEvery(%v)", p.every)
	case never:
		return "SyncNever()"
	}
	return "SyncAlways()"
}

// meter counts rows for Options.Progress.
type meter struct {
	report      func(Progress)
	stage       string
	done, total int
}

func (o *Options) meter(stage string, total int) *meter {
	return &meter{report: o.Progress, stage: stage, total: total}
}

// add counts one row.
func (m *meter) add() {
	m.done++
	if m.done&0xffff == 0 && m.done < m.total {
		m.say()
	}
}

// say calls Options.Progress.
func (m *meter) say() {
	if m.report != nil {
		m.report(Progress{m.stage, m.done, m.total})
	}
}
