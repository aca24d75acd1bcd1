package bench

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
)

// perCommit is how many edges a commit changes.
const perCommit = 100

// producer changes edges of a relation in memory, some at a time.
type producer struct {
	*relation
	edges []edge
	next  int
}

func newProducer(tb testing.TB) *producer {
	p := &producer{relation: junction.New[int64, int64, int64](), edges: slices.Clone(small())}
	_, err := p.AddAll(slices.Values(p.edges))
	require.NoError(tb, err)
	return p
}

// commit gives the next edges new values, in one transaction. AddAll is the cheapest way, so that
// it hides least.
func (p *producer) commit(tb testing.TB) {
	edges := p.edges[p.next : p.next+perCommit]
	p.next = (p.next + perCommit) % len(p.edges)
	for i := range edges {
		edges[i].Through++
	}
	if c, err := p.AddAll(slices.Values(edges)); err != nil || c.Updated != perCommit {
		tb.Fatal(c, err)
	}
}

// BenchmarkFeed makes commits of 100 edges while others watch: who is only registered, and who
// waits in a loop, which a commit wakes. ns/commit is what the writer takes; the time of an
// iteration has also that until all wait again.
func BenchmarkFeed(b *testing.B) {
	for _, state := range []struct {
		name  string
		watch func(g *junction.Graph, ctx context.Context, watchers int) (idle func(commits int), end func())
	}{{"registered", register}, {"waiting", wait}} {
		for _, watchers := range []int{0, 1, 1000} {
			b.Run(fmt.Sprintf("state=%s/watchers=%d", state.name, watchers), func(b *testing.B) {
				p := newProducer(b)
				ctx, cancel := context.WithCancel(context.Background())
				idle, end := state.watch(p.Graph(), ctx, watchers)
				var spent time.Duration
				commits := 0
				for b.Loop() {
					start := time.Now()
					p.commit(b)
					spent += time.Since(start)
					commits++
					idle(commits)
				}
				cancel()
				end()
				b.ReportMetric(float64(spent.Nanoseconds())/float64(commits), "ns/commit")
			})
		}
	}
}

func register(g *junction.Graph, ctx context.Context, watchers int) (idle func(commits int), end func()) {
	for range watchers {
		g.Watch(ctx)
	}
	return func(int) {}, func() {}
}

func wait(g *junction.Graph, ctx context.Context, watchers int) (idle func(commits int), end func()) {
	var seen atomic.Int64
	var wg sync.WaitGroup
	for range watchers {
		_, commits := g.Watch(ctx)
		wg.Go(func() {
			for _, err := range commits {
				if err != nil {
					return
				}
				seen.Add(1)
			}
		})
	}
	idle = func(commits int) {
		for seen.Load() < int64(watchers*commits) {
			runtime.Gosched()
		}
	}
	return idle, wg.Wait
}

// BenchmarkFeedRead is one watcher on one core that reads every change. What it reads is there
// already (from=backlog), and then the time of an iteration, but not changes/s, has also what the
// writer takes; or it is made meanwhile, on the same core (from=producer).
func BenchmarkFeedRead(b *testing.B) {
	for _, c := range []struct {
		from string
		run  func(b *testing.B, p *producer) (changes int, spent time.Duration)
	}{{"backlog", readBacklog}, {"producer", readProducer}} {
		b.Run("from="+c.from, func(b *testing.B) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			changes, spent := c.run(b, newProducer(b))
			b.ReportMetric(float64(changes)/spent.Seconds(), "changes/s")
		})
	}
}

// backlog is how many commits a watcher is behind at most: fewer than the feed keeps.
const backlog = 200

var sum int64 // of what was read, so that it is

// read looks at all changes of a commit.
func (p *producer) read(c *junction.Commit) (changes int) {
	for change := range p.ChangesIn(c) {
		sum += change.After - change.Before
		changes++
	}
	return changes
}

func readBacklog(b *testing.B, p *producer) (changes int, spent time.Duration) {
	for b.Loop() {
		_, commits := p.Graph().Watch(context.Background())
		for range backlog {
			p.commit(b)
		}
		left := backlog
		start := time.Now()
		for c, err := range commits {
			if err != nil {
				b.Fatal(err)
			}
			changes += p.read(c)
			if left--; left == 0 {
				break
			}
		}
		spent += time.Since(start)
	}
	return changes, spent
}

func readProducer(b *testing.B, p *producer) (changes int, spent time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	_, commits := p.Graph().Watch(ctx)
	var seen atomic.Int64
	var wg sync.WaitGroup
	wg.Go(func() {
		for made := int64(0); ctx.Err() == nil; made++ {
			for made-seen.Load() >= backlog && ctx.Err() == nil {
				runtime.Gosched()
			}
			p.commit(b)
		}
	})
	next, stop := iter.Pull2(commits)
	for b.Loop() {
		c, err, _ := next()
		if err != nil {
			b.Fatal(err)
		}
		changes += p.read(c)
		seen.Add(1)
	}
	spent = b.Elapsed()
	cancel()
	stop()
	wg.Wait()
	return changes, spent
}
