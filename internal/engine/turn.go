package engine

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// leave gives the turn back.
func (g *Graph) leave() { <-g.turn }

// takeTurn takes the turn if it is free.
func (g *Graph) takeTurn() bool {
	select {
	case g.turn <- struct{}{}:
		return true
	default:
		return false
	}
}

// awaitTurn takes the turn for a write without a context. It waits for Options.BusyTimeout.
func (g *Graph) awaitTurn() error {
	if g.takeTurn() {
		return nil
	}
	w := g.beginWait(g.opts.BusyTimeout)
	defer w.stop()
	select {
	case g.turn <- struct{}{}:
		return nil
	case <-g.life.Done():
		return ErrClosed
	case <-w.C:
		return w.busy()
	}
}

// waitForTurn takes the turn, or returns an error that says what did not happen. It waits as long
// as ctx allows, but not for ever: a caller that cannot be woken, and one that waits for itself,
// get an error.
func (g *Graph) waitForTurn(ctx context.Context, otherwise string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("junction: %s: %w", otherwise, err)
	}
	if g.takeTurn() {
		return nil
	}
	if g.isWithinTx(ctx) {
		return fmt.Errorf("%w: the context is that of an open transaction: use the transaction", ErrNested)
	}
	w := g.beginWait(max(g.opts.BusyTimeout, defaultBusyTimeout))
	defer w.stop()
	for {
		select {
		case g.turn <- struct{}{}:
			return nil
		case <-g.life.Done():
			return ErrClosed
		case <-ctx.Done():
			return w.ended(otherwise, ctx.Err())
		case <-w.C:
			if _, ends := ctx.Deadline(); ctx.Done() == nil || !ends && w.isNested() {
				return w.busy()
			}
			g.logger().Warn("junction: " + otherwise + " yet: " + w.busy().Error())
		}
	}
}

// txKey is the key of a transaction in its context.
type txKey struct{}

// isWithinTx reports whether a context is that of an open transaction of the graph.
func (g *Graph) isWithinTx(ctx context.Context) bool {
	mark, ok := ctx.Value(txKey{}).(txMark)
	if !ok || mark.g != g {
		return false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.busy && g.holder.count == mark.count
}

// txMark is what the context of a transaction holds.
type txMark struct {
	g     *Graph
	count uint64
}

// holder describes the transaction or the Refresh that has the turn. While the store is at work on
// single writes, nobody is named. Graph.mu guards it.
type holder struct {
	by    origin
	count uint64 // of transactions and Refreshes so far
}

func (h *holder) take(by origin) { h.by, h.count = by, h.count+1 }

// origin is the call that began a transaction: one of the constants, or the address in the program
// of the code that called Begin.
type origin uintptr

const (
	byUpdate origin = iota + 1
	byWrite
	byRefresh
	byBegin // and above: an address
)

// callerOfBegin returns the origin of a transaction of the function that called Begin.
func callerOfBegin() origin {
	var pc [1]uintptr
	if runtime.Callers(4, pc[:]) == 0 {
		return byBegin
	}
	return max(byBegin, origin(pc[0]))
}

func (o origin) String() string {
	switch o {
	case 0:
		return "the store is at work: it is slow, or it hangs"
	case byUpdate:
		return "the function of another Update still runs"
	case byWrite:
		return "another Modify or bulk write still runs"
	case byRefresh:
		return "a Refresh still reads the store"
	}
	frame, _ := runtime.CallersFrames([]uintptr{uintptr(o)}).Next()
	return fmt.Sprintf("the transaction from Begin in %s (%s:%d) is still open: end it by Commit or Rollback",
		frame.Function, filepath.Base(frame.File), frame.Line)
}

// turnWait is a wait for the turn that has just begun.
type turnWait struct {
	*time.Timer // fires when the wait has taken too long
	g           *Graph
	limit       time.Duration
	count       uint64 // of holder, when the wait began
}

func (g *Graph) beginWait(limit time.Duration) *turnWait {
	limit = max(limit, 0)
	return &turnWait{Timer: time.NewTimer(limit), g: g, limit: limit, count: g.turnHolder().count}
}

func (w *turnWait) stop() { w.Timer.Stop() }

func (g *Graph) turnHolder() holder {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.holder
}

// busy returns the error of a wait that has taken too long.
func (w *turnWait) busy() error {
	hint, kind := w.cause()
	return fmt.Errorf("%w: waited %v; %s", kind, w.limit.Round(time.Millisecond), hint)
}

// ended returns the error of a wait whose context has ended.
func (w *turnWait) ended(otherwise string, why error) error {
	hint, kind := w.cause()
	if kind == ErrNested {
		return fmt.Errorf("junction: %s: %w: %w; %s", otherwise, why, kind, hint)
	}
	return fmt.Errorf("junction: %s: %w; %s", otherwise, why, hint)
}

// isNested reports whether the wait is for a transaction that cannot end before the wait does.
func (w *turnWait) isNested() bool {
	_, kind := w.cause()
	return kind == ErrNested
}

// cause returns what the wait was for or what to do, and ErrNested or ErrBusy.
func (w *turnWait) cause() (hint string, kind error) {
	now := w.g.turnHolder()
	if now.count == w.count {
		if hint := now.nestedIn(outerCalls()); hint != "" {
			return hint, ErrNested
		}
	} else if now.by != 0 {
		return fmt.Sprintf("%d others went first, and %v", now.count-w.count, now.by), ErrBusy
	}
	return now.by.String(), ErrBusy
}

// nestedIn returns what to do if a goroutine under certain calls waits for the holder, "" if the
// holder is none of them. It errs only if the calls are of another graph and a holder of the same
// kind, in another goroutine, takes as long.
func (h holder) nestedIn(calls outer) string {
	switch {
	case calls&inStore != 0 && h.by < byBegin:
		return "a function that a rule or a store runs during a write must not write"
	case calls&inModify != 0 && h.by == byWrite:
		return "inside Modify, return the value to write; to write more, use Update and In(tx)"
	case calls&inUpdate != 0 && h.by == byUpdate:
		return "inside Update, write through In(tx), and begin no other transaction"
	}
	return ""
}

// outer is a set of calls of this package that run functions of the caller while they hold a turn.
type outer uint8

const (
	inUpdate outer = 1 << iota
	inModify
	inStore
)

// outerByName has the functions that run functions of the caller, without the path of the package.
var outerByName = map[string]outer{
	"(*Graph).Update":        inUpdate,
	"(*Relation).Modify":     inModify,
	"(*Graph).encode":        inStore,
	"(*Graph).append":        inStore,
	"(*Graph).refreshWithin": inStore,
	"(*Graph).load":          inStore,
}

// outerCalls returns the calls that hold a turn and under which the calling goroutine runs. It
// walks the stack, which takes some microseconds: it is for a call that has waited long.
func outerCalls() (calls outer) {
	const deepest = 1024
	pcs := make([]uintptr, deepest)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	path, foreign := "", false // of this package; whether a function of the caller was passed
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if path == "" {
			path = strings.TrimSuffix(frame.Function, "outerCalls")
		}
		name, own := strings.CutPrefix(frame.Function, path)
		if foreign = foreign || !own; own && foreign {
			calls |= outerByName[name]
		}
	}
	return calls
}
