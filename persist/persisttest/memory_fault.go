package persisttest

import (
	"context"
	"errors"
	"sync"

	"github.com/seed-250bd433/junction/persist"
)

// failure is how an Append fails.
type failure struct {
	err     error // nil if it does not
	written bool
}

// FailNext has the next Append fail with an error, or the one after those that were told to fail
// before. Written says whether it is written nevertheless, which may be said of a failure that is
// not refused only. After such a failure the store takes no more: what is true is what the next
// store loads. An error of no kind becomes an ErrUnknown; one that is nil lets an Append pass.
func (m *Memory) FailNext(err error, written bool) {
	if written && (err == nil || errors.Is(err, persist.ErrRefused)) {
		panic("persisttest: a refused Append is not written")
	}
	defer m.lock()()
	m.failures = append(m.failures, failure{err, written})
}

// FailLoad has the next Load or Refresh fail with an error when it has given all rows, or the one
// after those that were told to fail before.
func (m *Memory) FailLoad(err error) {
	defer m.lock()()
	m.loadErrs = append(m.loadErrs, err)
}

func (m *Memory) nextFailure() (f failure) {
	if len(m.failures) > 0 {
		f, m.failures = m.failures[0], m.failures[1:]
	}
	return f
}

func (m *Memory) nextLoadErr() (err error) {
	if len(m.loadErrs) > 0 {
		err, m.loadErrs = m.loadErrs[0], m.loadErrs[1:]
	}
	return err
}

// gate is what Appends and Refreshes wait for.
type gate struct {
	arrived, open chan struct{}
	arrive        func() // closes arrived
}

// Hold has Appends and Refreshes wait until release is called, before they begin. Arrived is
// closed when the first of them waits; one whose context ends stops waiting, and an Append is
// then refused. Release may be called more than once.
func (m *Memory) Hold() (arrived <-chan struct{}, release func()) {
	g := &gate{arrived: make(chan struct{}), open: make(chan struct{})}
	g.arrive = sync.OnceFunc(func() { close(g.arrived) })
	defer m.lock()()
	if m.gate != nil {
		panic("persisttest: Appends are held already")
	}
	m.gate = g
	return g.arrived, sync.OnceFunc(func() {
		defer m.lock()()
		m.gate = nil
		close(g.open)
	})
}

// wait waits for the gate, if there is one, and returns the error of a context that has ended.
func (m *Memory) wait(ctx context.Context) error {
	m.mu.Lock()
	g := m.gate
	m.mu.Unlock()
	if g != nil {
		g.arrive()
		select {
		case <-g.open:
		case <-ctx.Done():
		}
	}
	return ctx.Err()
}
