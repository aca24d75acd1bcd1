package engine

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/persist"
)

// Options are those of junction.Options, and the limits of arrays and trees.
type Options struct {
	BusyTimeout  time.Duration
	Store        persist.Store
	WatchBuffer  int
	OnFollow     func(FollowEvent)
	StallTimeout time.Duration
	Logger       *slog.Logger
	Limits       ordered.Limits
}

const (
	defaultBusyTimeout  = 10 * time.Second
	defaultStallTimeout = time.Minute
	defaultWatchBuffer  = 1 << 16
)

// DefaultLimits are the limits of a graph whose Options have none. Tests of other packages make
// them tiny before they make a graph.
var DefaultLimits = ordered.DefaultLimits

func (o *Options) withDefaults() Options {
	var set Options
	if o != nil {
		set = *o
	}
	set.BusyTimeout = cmp.Or(set.BusyTimeout, defaultBusyTimeout)
	set.StallTimeout = cmp.Or(set.StallTimeout, defaultStallTimeout)
	set.WatchBuffer = cmp.Or(set.WatchBuffer, defaultWatchBuffer)
	set.Limits = cmp.Or(set.Limits, DefaultLimits)
	return set
}

// logger returns where the graph reports what no caller is told.
func (g *Graph) logger() *slog.Logger {
	if g.opts.Logger != nil {
		return g.opts.Logger
	}
	return slog.Default()
}
