package junction

import (
	"cmp"
	"time"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// Options of a graph. The zero value is right for a graph in memory.
type Options struct {
	// BusyTimeout is how long a write outside a transaction waits for the transaction that is open before it
	// returns ErrBusy. Zero means 10 seconds; below zero, it does not wait at all.
	// Begin and Update wait as long as their context allows instead.
	BusyTimeout time.Duration

	limits ordered.Limits // of arrays and trees; tests make them tiny
}

func (o *Options) withDefaults() Options {
	var set Options
	if o != nil {
		set = *o
	}
	set.BusyTimeout = cmp.Or(set.BusyTimeout, 10*time.Second)
	set.limits = cmp.Or(set.limits, ordered.DefaultLimits)
	return set
}
