package junction

import (
	"cmp"
	"time"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/persist"
)

// Options of a graph. The zero value is right for a graph in memory.
type Options struct {
	// BusyTimeout is how long a write outside a transaction waits for the transaction that is open before it
	// returns ErrBusy; with a store, also for the appends before its own. Zero means 10 seconds; below zero, it does not wait at all.
	// Begin and Update wait as long as their context allows instead.
	BusyTimeout time.Duration

	// Store keeps the graph: see persist/filestore for one in a directory. Nil means that it is in memory only. The graph takes the store
	// over: Open loads it, and Close closes it. One store is for one graph.
	Store persist.Store

	// WatchBuffer is how many changed edges a watcher may be behind before it gets ErrLagged: the feed keeps so many, and at
	// least the last commit, while somebody watches. Zero means 65,536.
	WatchBuffer int

	limits ordered.Limits // of arrays and trees; tests make them tiny
}

func (o *Options) withDefaults() Options {
	var set Options
	if o != nil {
		set = *o
	}
	set.BusyTimeout = cmp.Or(set.BusyTimeout, 10*time.Second)
	set.WatchBuffer = cmp.Or(set.WatchBuffer, 1<<16)
	set.limits = cmp.Or(set.limits, ordered.DefaultLimits)
	return set
}
