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

// beside lets contenders work by turns, so that all of them meet the same machine and the same
// disk. It reports the median of each for one of so many edges, and how the first compares with
// the second, and returns the times of each, round by round.
func beside(b *testing.B, edges int, contenders ...contender) (spent [][]time.Duration) {
	spent = make([][]time.Duration, len(contenders))
	for round := 0; b.Loop(); round++ {
		for i := range contenders {
			i = (i + round) % len(contenders) // each is the first one as often as others
			spent[i] = append(spent[i], contenders[i].time(b, round))
		}
	}
	for i, c := range contenders {
		b.ReportMetric(float64(median(spent[i]).Nanoseconds())/float64(edges), c.impl+"-ns/edge")
	}
	b.ReportMetric(ratio(spent[0], spent[1]), contenders[0].impl+"/"+contenders[1].impl)
	return spent
}

// ratio returns the median of the ratios of each round. The two of a round meet a machine and a
// database that are much the same, while those of all rounds may be quick and slow by turns: then
// the ratio of two medians is one of chance.
func ratio(x, y []time.Duration) float64 {
	ratios := make([]float64, len(x))
	for i := range x {
		ratios[i] = float64(x[i]) / float64(y[i])
	}
	return median(ratios)
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

func median[N int | float64 | time.Duration](list []N) N {
	list = slices.Sorted(slices.Values(list))
	return (list[(len(list)-1)/2] + list[len(list)/2]) / 2
}

func TestMedian(t *testing.T) {
	require.Equal(t, 2, median([]int{3, 1, 2}))
	require.Equal(t, 4, median([]int{9, 2, 6, 1}))
}

func TestRatio(t *testing.T) {
	quickAndSlow := []time.Duration{10, 10, 100, 100}
	require.Equal(t, 1.2, ratio([]time.Duration{12, 12, 120, 120}, quickAndSlow))
	require.Equal(t, 1.0, ratio([]time.Duration{10, 1, 100, 110}, quickAndSlow), "outliers do not count")
	require.Equal(t, 1.0, ratio([]time.Duration{10, 10, 10, 100, 100}, []time.Duration{10, 10, 100, 100, 100}), "that of the medians is a tenth")
}
