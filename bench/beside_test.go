package bench

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// contender is one of several ways to do the same work.
type contender struct {
	impl  string
	ready func(round int)     // makes the work ready, and is not timed; nil if nothing is to be done
	do    func() (end func()) // of which end is not timed; nil if nothing is to be done
}

// beside lets contenders work by turns, so that all of them meet the same machine and the same disk. It reports the median of each for one of so
// many edges, and how the first compares with the second, and returns the medians.
func beside(b *testing.B, edges int, contenders ...contender) (medians []time.Duration) {
	spent := make([][]time.Duration, len(contenders))
	for round := 0; b.Loop(); round++ {
		for i := range contenders {
			i = (i + round) % len(contenders) // each is the first one as often as others
			spent[i] = append(spent[i], contenders[i].time(b, round))
		}
	}
	for i, c := range contenders {
		medians = append(medians, median(spent[i]))
		b.ReportMetric(float64(medians[i].Nanoseconds())/float64(edges), c.impl+"-ns/edge")
	}
	b.ReportMetric(float64(medians[0])/float64(medians[1]), contenders[0].impl+"/"+contenders[1].impl)
	return medians
}

func (c *contender) time(b *testing.B, round int) time.Duration {
	b.StopTimer()
	if c.ready != nil {
		c.ready(round)
	}
	runtime.GC()
	b.StartTimer()
	start := time.Now()
	end := c.do()
	spent := time.Since(start)
	b.StopTimer()
	if end != nil {
		end()
	}
	b.StartTimer()
	return spent
}

func median(list []time.Duration) time.Duration {
	list = slices.Sorted(slices.Values(list))
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

func TestMedian(t *testing.T) {
	require.Equal(t, time.Duration(2), median([]time.Duration{3, 1, 2}))
	require.Equal(t, time.Duration(4), median([]time.Duration{9, 2, 6, 1}))
}
