package filestore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/crashfs"
	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist/filestore"
)

// These tests crash whole graphs: what a user of the library has after a power cut.

type (
	graph struct {
		*junction.Graph
		grants  *junction.ManyToMany[int, string, int]
		friends *junction.ManyToMany[string, string, []string]
		store   *filestore.Store
	}
	grant      = junction.Edge[int, string, int]
	friendship = junction.Edge[string, string, []string]
	// state is what a graph holds at one revision.
	state struct {
		grants  []grant
		friends []friendship
	}
)

// declareGraph declares a graph of two relations, kept by a directory of a file system, or in
// memory.
func declareGraph(fs vfs.FS, o filestore.Options) *graph {
	o.Logger = slog.New(slog.DiscardHandler)
	var opts junction.Options
	g := &graph{}
	if fs != nil {
		g.store = filestore.New("/store", filestore.WithFS(o, fs))
		opts.Store = g.store
	}
	g.Graph = junction.NewGraph(&opts)
	g.grants = junction.Relate[int, string, int](g.Graph, "grants")
	g.friends = junction.RelateUndirected[string, []string](g.Graph, "friends", junction.Equal(slices.Equal[[]string]))
	return g
}

func (g *graph) state() state {
	return state{slices.Collect(g.grants.Edges()), slices.Collect(g.friends.Edges())}
}

// step makes one random write. The same random numbers make the same write to the same state.
func (g *graph) step(rnd *rand.Rand) error {
	a, b, v := rnd.IntN(6), string(rune('a'+rnd.IntN(6))), rnd.IntN(1000)
	kind, n := rnd.IntN(9), rnd.IntN(120)
	friend := string(rune('a' + rnd.IntN(6)))
	var err error
	switch kind {
	default:
		_, err = g.grants.Add(a, b, v)
	case 0:
		_, err = g.grants.Remove(a, b)
	case 1:
		_, err = g.grants.Right(b).AddEach([]int{a, a + 1, a + 2}, v)
	case 2:
		_, err = g.grants.RemoveLeft(a)
	case 3:
		_, err = g.friends.Add(b, friend, []string{b, strconv.Itoa(v)})
	case 4:
		err = g.Update(context.Background(), func(tx *junction.Tx) error {
			if _, err := g.grants.In(tx).Add(a, b, v); err != nil {
				return err
			}
			_, err := g.friends.In(tx).Left(b).Remove(friend, "a")
			return err
		})
	case 5:
		_, err = g.grants.AddAll(func(yield func(grant) bool) {
			for i := range n {
				if !yield(grant{Left: i % 12, Right: strings.Repeat(b, i%7), Through: v}) {
					return
				}
			}
		})
	}
	return err
}

// history is what a program does without a disk: the state at each revision, and the revision
// after each step.
type history struct {
	states    []state
	revisions []uint64
}

const stepsOfProgram = 40

func historyOf(seed uint64) (h history) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	g := declareGraph(nil, filestore.Options{})
	h.states = append(h.states, g.state())
	for range stepsOfProgram {
		if err := g.step(rnd); err != nil {
			panic(err)
		}
		if g.Revision() == uint64(len(h.states)) {
			h.states = append(h.states, g.state())
		}
		h.revisions = append(h.revisions, g.Revision())
	}
	return h
}

// runProgram runs the program on a disk until it is done or the disk crashes. It closes and opens
// the graph in between and compacts now and then. It returns the last revision that was
// acknowledged.
func runProgram(disk *crashfs.FS, seed uint64, o filestore.Options) (acked uint64, err error) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	g := declareGraph(disk, o)
	defer func() { filestore.Abandon(g.store) }()
	if err := g.Open(context.Background()); err != nil {
		return 0, err
	}
	for i := range stepsOfProgram {
		if err := g.step(rnd); err != nil {
			return acked, err
		}
		acked = g.Revision()
		switch {
		case i%13 == 12:
			if err := g.Close(); err != nil {
				return acked, err
			}
			g = declareGraph(disk, o)
			if err := g.Open(context.Background()); err != nil {
				return acked, err
			}
		case i%9 == 8:
			if err := g.store.Compact(context.Background()); err != nil {
				return acked, err
			}
		}
	}
	return acked, g.Close()
}

// TestPowerCutOfGraph cuts the power at every write boundary of random programs, with rotation
// and compaction inside. What comes back is the state after a commit, and none that was
// acknowledged is missing; then the graph goes on working.
func TestPowerCutOfGraph(t *testing.T) {
	programs, tries := 4, uint64(3)
	if testing.Short() {
		programs, tries = 1, 1
	}
	for seed := range uint64(programs) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			h := historyOf(seed)
			o := filestore.Options{SegmentSize: 1 << 10}
			whole := crashfs.New()
			_, err := runProgram(whole, seed, o)
			require.NoError(t, err)
			cuts := 0
			for n := 1; n <= whole.Boundaries(); n++ {
				disk := crashfs.New()
				disk.CrashAt(n, seed^uint64(n))
				acked, err := runProgram(disk, seed, o)
				if err == nil {
					continue // compaction in the background took fewer steps this time
				}
				cuts++
				for try := range tries {
					requireRecovery(t, h, disk.Restart(uint64(n)*10+try), acked, fmt.Sprintf("cut at boundary %d, restart %d", n, try))
				}
				requireRecovery(t, h, disk.RestartLossless(), acked, fmt.Sprintf("killed at boundary %d", n))
			}
			require.Greater(t, cuts, 100)
		})
	}
}

// requireRecovery opens what a crash has left: the state of a revision that is not below what was
// acknowledged. Half of the time the power fails again while it is opened.
func requireRecovery(t *testing.T, h history, disk *crashfs.FS, acked uint64, what string) {
	t.Helper()
	if acked%2 == 0 {
		again := disk
		again.CrashAt(1+int(acked)%5, acked)
		g := declareGraph(again, filestore.Options{})
		g.Open(context.Background())
		filestore.Abandon(g.store)
		again.Crash()
		disk = again.Restart(acked)
	}
	g := declareGraph(disk, filestore.Options{SegmentSize: 1 << 10})
	require.NoError(t, g.Open(context.Background()), what)
	revision := g.Revision()
	require.GreaterOrEqual(t, revision, acked, what)
	require.LessOrEqual(t, revision, acked+1, what)
	require.Equal(t, h.states[revision], g.state(), what)
	require.NoError(t, g.Check(), what)

	_, err := g.grants.Add(99, "goes on", 1)
	require.NoError(t, err, what)
	want := g.state()
	require.NoError(t, g.Close(), what)
	g = declareGraph(disk, filestore.Options{})
	require.NoError(t, g.Open(context.Background()), what)
	require.Equal(t, want, g.state(), what)
	require.NoError(t, g.Close(), what)
}

// TestPowerCutOfGroupCommit cuts the power under concurrent writers: of each, what was
// acknowledged is there, without a gap.
func TestPowerCutOfGroupCommit(t *testing.T) {
	for seed := range uint64(60) {
		disk := crashfs.New()
		disk.CrashAt(5+int(seed), seed)
		g := declareGraph(disk, filestore.Options{SegmentSize: 1 << 10})
		require.NoError(t, g.Open(context.Background()))
		const writers = 8
		var acked [writers]int
		var wait sync.WaitGroup
		for w := range writers {
			wait.Go(func() {
				for i := 1; ; i++ {
					if _, err := g.grants.Add(w, strconv.Itoa(i), i); err != nil {
						require.ErrorIs(t, err, crashfs.ErrCrashed)
						return
					}
					acked[w] = i
				}
			})
		}
		wait.Wait()
		filestore.Abandon(g.store)
		g = declareGraph(disk.Restart(seed), filestore.Options{})
		require.NoError(t, g.Open(context.Background()))
		for w := range writers {
			n := g.grants.Left(w).Count()
			require.GreaterOrEqual(t, n, acked[w])
			require.LessOrEqual(t, n, acked[w]+1)
			for i := 1; i <= n; i++ {
				require.True(t, g.grants.Has(w, strconv.Itoa(i)))
			}
		}
		require.NoError(t, g.Check())
		require.NoError(t, g.Close())
	}
}

// TestFullDiskOfGraph fills the disk: what was acknowledged stays, what was refused never
// appears, and with room again it goes on.
func TestFullDiskOfGraph(t *testing.T) {
	for capacity := int64(500); capacity < 20_000; capacity += 101 {
		disk := crashfs.New()
		disk.SetCapacity(capacity)
		g := declareGraph(disk, filestore.Options{SegmentSize: 1 << 10})
		if err := g.Open(context.Background()); err != nil {
			continue
		}
		var acked []int
		unknown := -1
		for i := range 200 {
			_, err := g.grants.Add(i, "x", i)
			if err == nil {
				acked = append(acked, i)
				continue
			}
			if errors.Is(err, junction.ErrStoreFailed) {
				unknown = i
				break
			}
		}
		g.Close()
		disk.SetCapacity(1 << 30)
		g = declareGraph(disk, filestore.Options{})
		require.NoError(t, g.Open(context.Background()))
		for _, i := range acked {
			require.True(t, g.grants.Has(i, "x"), "capacity %d: edge %d", capacity, i)
		}
		extra := 0
		if g.grants.Has(unknown, "x") {
			extra = 1
		}
		require.Equal(t, len(acked)+extra, g.grants.Len())
		_, err := g.grants.Add(1000, "goes on", 1)
		require.NoError(t, err)
		require.NoError(t, g.Close())
	}
}

const killedDir = "JUNCTION_TEST_KILLED_DIR"

// TestMain is also the program that TestKill kills.
func TestMain(m *testing.M) {
	if dir := os.Getenv(killedDir); dir != "" {
		writeUntilKilled(dir)
	}
	os.Exit(m.Run())
}

// writeUntilKilled adds edges from several goroutines, and prints each when it is acknowledged.
func writeUntilKilled(dir string) {
	m, err := junction.Open[int, int, int](context.Background(), "m", filestore.New(dir, &filestore.Options{SegmentSize: 4 << 10}))
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	var print sync.Mutex
	for w := range 4 {
		go func() {
			for i := m.Left(w).Count(); ; i++ {
				if _, err := m.Add(w, i, i); err != nil {
					fmt.Println("error:", err)
					os.Exit(1)
				}
				print.Lock()
				fmt.Println(w, i)
				print.Unlock()
			}
		}()
	}
	select {}
}

// TestKill kills a process that writes, over and over: nothing that it had acknowledged is
// missing afterwards.
func TestKill(t *testing.T) {
	rounds := 12
	if testing.Short() {
		rounds = 3
	}
	dir := filepath.Join(t.TempDir(), "graph")
	total := 0
	for round := range rounds {
		acked := runAndKill(t, dir, 50+round*20)
		total += len(acked)
		m, err := junction.Open[int, int, int](t.Context(), "m", filestore.New(dir, &filestore.Options{Logger: slog.New(slog.DiscardHandler)}))
		require.NoError(t, err)
		for _, edge := range acked {
			require.True(t, m.Has(edge[0], edge[1]), "round %d: edge %v was acknowledged", round, edge)
		}
		require.LessOrEqual(t, m.Len(), total+4*(round+1))
		for w := range 4 {
			n := m.Left(w).Count()
			require.True(t, n == 0 || m.Has(w, n-1), "writer %d has a gap", w)
		}
		require.NoError(t, m.Graph().Check())
		require.NoError(t, m.Graph().Close())
	}
}

// runAndKill starts the program and kills it when it has acknowledged so many edges.
func runAndKill(t *testing.T, dir string, edges int) (acked [][2]int) {
	program := exec.Command(os.Args[0])
	program.Env = append(os.Environ(), killedDir+"="+dir)
	out, err := program.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, program.Start())
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var w, i int
		if _, err := fmt.Sscan(lines.Text(), &w, &i); err != nil {
			t.Fatalf("the program says %q", lines.Text())
		}
		if acked = append(acked, [2]int{w, i}); len(acked) == edges {
			require.NoError(t, program.Process.Kill())
		}
	}
	io.Copy(io.Discard, out)
	program.Wait()
	return acked
}
