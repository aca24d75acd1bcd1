package persisttest

import (
	"context"
	"maps"

	"github.com/seed-250bd433/junction/persist"
)

// strictRefresher is a strictStore of a Refresher.
type strictRefresher struct {
	*strictStore
	refresher persist.Refresher
}

func (s *strictRefresher) Refresh(ctx context.Context, into persist.Differ) error {
	defer s.enter()()
	s.must(1, s.loaded && !s.closed, "Refresh before Load or after Close")
	s.must(2, !s.doubt, "Refresh after an Append that nobody knows the outcome of")
	d := &strictDiffer{into, strictLoader{into, s.schema, nil}}
	for _, there := range s.there {
		d.there = append(d.there, maps.Clone(there))
	}
	err := s.refresher.Refresh(ctx, d)
	if err == nil {
		s.there = d.there
		s.refreshes++
	}
	return err
}

// strictWaiter is a strictStore of a Waiter.
type strictWaiter struct {
	strictRefresher
	waiter persist.Waiter
}

func (s *strictWaiter) Wait(ctx context.Context) error {
	s.waits.Add(1)
	defer s.waits.Add(-1)
	s.must(1, s.ready.Load(), "Wait before Load or after Close")
	return s.waiter.Wait(ctx)
}

// strictDiffer notes what it passes on.
type strictDiffer struct {
	persist.Differ
	strictLoader
}

func (d *strictDiffer) LoadBinary(relation int, key, value []byte) error {
	return d.strictLoader.LoadBinary(relation, key, value)
}

func (d *strictDiffer) LoadColumns(relation int, columns []any) error {
	return d.strictLoader.LoadColumns(relation, columns)
}

func (d *strictDiffer) Whole(relation int) error {
	d.there[relation] = map[string]bool{}
	return d.Differ.Whole(relation)
}

func (d *strictDiffer) GoneBinary(relation int, key []byte) error {
	delete(d.there[relation], string(key))
	return d.Differ.GoneBinary(relation, key)
}

func (d *strictDiffer) GoneColumns(relation int, key []any) error {
	delete(d.there[relation], d.keyOf(relation, key))
	return d.Differ.GoneColumns(relation, key)
}
