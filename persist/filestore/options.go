package filestore

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/seed-250bd433/junction/internal/vfs"
)

// Options are the choices of a store. Nil and zero are right for most.
type Options struct {
	// Sync says when commits are made durable. The zero value is SyncAlways.
	Sync SyncPolicy
	// SegmentSize is the size at which a log file is sealed and the next one begun, unless a sixteenth
	// of the snapshot is more. It is also how many bytes of logs there must be before the store compacts
	// by itself, which it does when the logs are larger than the snapshot. 0 is right for most: logs of
	// 16 MiB at most, and the store compacts from 1 MiB on.
	SegmentSize int64
	// ReadOnly opens the store for reading. Load changes nothing: it creates no files and cuts off no
	// torn tail, and works on a read-only file system and on a full disk. It shares the lock of the
	// directory with other readers, and releases it at the end. From then on the graph is what it was
	// then, whatever others write. Append and Compact fail with ErrReadOnly. Where there is no LOCK, or
	// it may not be read, Load reads without a lock; nobody may open the store meanwhile.
	ReadOnly bool
	// Logger is told what was found and mended, and what failed in the background. Nil is slog.Default.
	Logger *slog.Logger
	// Progress is called while a store is loaded or compacted, at most once every 65,536 rows and at the end. It runs on the
	// goroutine of the call, or on that of a compaction in the background, which waits for it.
	Progress func(Progress)

	// For tests.
	fs       vfs.FS // in place of the operating system
	separate bool   // no log is resumed
}

// Progress says how far something is.
type Progress struct {
	Stage string // "load", "compact", "inspect", "salvage", "backup" or "rewrite"
	Done  int    // rows read so far, those included that newer ones replace
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

// SyncPolicy says when an appended commit is made durable. Whatever the policy, what is found after a crash of the program
// alone is all that was written to the files, and Close writes and syncs the rest.
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

// SyncAlways makes Append return after its commits are on the disk: what was acknowledged survives a crash of the
// program, of the operating system, and a power cut, as far as the disk keeps what it says it has.
func SyncAlways() SyncPolicy { return SyncPolicy{} }

// SyncEvery makes Append return at once; a commit is on the disk no later than d, and the time of one write and sync,
// after it. A crash of any kind loses at most the commits of that time, and what is there afterwards is a prefix of the
// commits. A d of 0 or less is SyncAlways.
func SyncEvery(d time.Duration) SyncPolicy {
	if d <= 0 {
		return SyncAlways()
	}
	return SyncPolicy{mode: every, every: d}
}

// SyncNever makes Append return at once and leaves the disk to the operating system. A commit is given to the operating
// system within 100 ms, so that a program that is killed loses no more than that. A power cut loses whatever the
// operating system has not written; what is there afterwards is a prefix of whole commits where the disk kept the order
// of writes, and otherwise ends at the first that is not whole, or is found damaged. Files are synced when they are
// sealed: at their full size and by Close.
func SyncNever() SyncPolicy { return SyncPolicy{mode: never, every: 100 * time.Millisecond} }

// String names the policy as it is written in a program.
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

// say reports how far it is.
func (m *meter) say() {
	if m.report != nil {
		m.report(Progress{m.stage, m.done, m.total})
	}
}
