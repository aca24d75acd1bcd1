package filestore

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

func randomEdges(n int) *edges {
	r := rand.New(rand.NewPCG(1, 2))
	e := &edges{}
	for range n {
		e.pairs = append(e.pairs, [2]uint64{r.Uint64N(100_000), r.Uint64N(100_000)})
	}
	slices.SortFunc(e.pairs, func(a, b [2]uint64) int { return slices.Compare(a[:], b[:]) })
	e.pairs = slices.Compact(e.pairs)
	return e
}

func BenchmarkAppend(b *testing.B) {
	for _, policy := range []SyncPolicy{SyncAlways(), SyncEvery(100 * time.Millisecond), SyncNever()} {
		b.Run(policy.String(), func(b *testing.B) {
			s, _, _ := load(b, b.TempDir()+"/store", Options{Sync: policy, SegmentSize: 1 << 30}, oneRelation)
			e := &edges{pairs: [][2]uint64{{1, 2}}}
			c := commit(0, e)
			cs := []*persist.Commit{c}
			b.ReportAllocs()
			for b.Loop() {
				c.Revision++
				e.pairs[0][1] = c.Revision
				if err := s.Append(context.Background(), cs); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

type discard struct{ rows int }

func (d *discard) LoadBinary(int, []byte, []byte) error { d.rows++; return nil }
func (d *discard) LoadColumns(int, []any) error         { return nil }

func BenchmarkLoad(b *testing.B) {
	e := randomEdges(1_000_000)
	for _, from := range []string{"record", "snapshot", "snapshot and log", "small records"} {
		b.Run(from, func(b *testing.B) {
			dir := b.TempDir() + "/store"
			s, _, _ := load(b, dir, Options{Sync: SyncNever(), SegmentSize: 1 << 30}, oneRelation)
			if from == "small records" {
				for i := range e.pairs {
					mustAppend(b, s, commit(uint64(i+1), &edges{e.pairs[i : i+1]}))
				}
			} else {
				mustAppend(b, s, commit(1, e))
			}
			if from[0:2] == "sn" {
				require.NoError(b, s.Compact(context.Background()))
			}
			if from == "snapshot and log" {
				for i := range 10000 {
					mustAppend(b, s, commit(uint64(i+2), &edges{e.pairs[i*7 : i*7+1]}))
				}
			}
			require.NoError(b, s.Close())
			var size int
			for _, f := range filesIn(b, dir) {
				size += len(f)
			}
			b.ReportAllocs()
			for b.Loop() {
				var d discard
				s := New(dir, nil)
				_, err := s.Load(context.Background(), oneRelation, &d)
				require.NoError(b, err)
				require.Equal(b, len(e.pairs), d.rows)
				require.NoError(b, s.Close())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(e.pairs)), "ns/row")
			b.ReportMetric(float64(size)/float64(len(e.pairs)), "B/row")
		})
	}
}
