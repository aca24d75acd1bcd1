package junction

import (
	"log/slog"
	"time"

	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/persist"
)

// Options of a graph. The zero value is right for a graph in memory.
type Options struct {
	// BusyTimeout is how long a write outside a transaction waits for an open transaction, and
	// with a store also for the commits before its own, until it returns ErrBusy. Zero means 10
	// seconds; below zero, it does not wait. Begin and Update wait as long as their context
	// allows instead.
	BusyTimeout time.Duration

	// Store keeps the graph: see persist/filestore for one in a directory. Nil means that the
	// graph is in memory only. The graph takes the store over: Open loads it, and Close closes
	// it. One store is for one graph.
	Store persist.Store

	// WatchBuffer is how many changed edges a watcher may be behind before it gets ErrLagged.
	// While there is a watcher, the graph keeps as many changes in memory, and at least the last
	// commit. Zero means 65,536.
	WatchBuffer int

	// OnFollow, if not nil, is called by Follow after each Refresh and after each failed wait.
	// Follow goes on when it returns. It may call the graph.
	OnFollow func(FollowEvent)

	// StallTimeout is the longest time for which Follow lets a Refresh go on without a row from
	// the store; then it gives up and tries again. See Follow. Zero means 1 minute; below zero,
	// there is no limit.
	StallTimeout time.Duration

	// Logger gets a warning when Follow fails and when Begin or Update waits long, and an
	// information when Follow has recovered. Nil means slog.Default; slog.DiscardHandler drops
	// them.
	Logger *slog.Logger
}

// engine returns the options as the engine has them.
func (o *Options) engine() *engine.Options {
	if o == nil {
		return nil
	}
	e := &engine.Options{
		BusyTimeout:  o.BusyTimeout,
		Store:        o.Store,
		WatchBuffer:  o.WatchBuffer,
		StallTimeout: o.StallTimeout,
		Logger:       o.Logger,
	}
	if o.OnFollow != nil {
		e.OnFollow = func(event engine.FollowEvent) {
			o.OnFollow(FollowEvent{Counts(event.Counts), event.Err, event.Failures, event.Pause})
		}
	}
	return e
}

// FollowEvent tells Options.OnFollow what Follow did.
type FollowEvent struct {
	Counts   Counts        // what a Refresh has changed
	Err      error         // why a Refresh or a wait for the store has failed; nil if it has not
	Failures int           // failures in a row
	Pause    time.Duration // until the next Refresh, after a failure
}
