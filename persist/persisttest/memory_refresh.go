package persisttest

import (
	"context"

	"github.com/seed-250bd433/junction/persist"
)

// Refresh gives all rows, whether or not they have changed.
func (s *memoryStore) Refresh(ctx context.Context, into persist.Differ) error {
	m := s.place
	if err := m.wait(ctx); err != nil {
		return err
	}
	defer m.lock()()
	switch {
	case s.failed != nil:
		return s.failed
	case s.schema == nil:
		return errNotLoaded
	}
	for i := range s.schema.Relations {
		if err := into.Whole(i); err != nil {
			return err
		}
		if err := m.give(ctx, s.schema, i, into); err != nil {
			return err
		}
	}
	if err := m.nextLoadErr(); err != nil {
		return err
	}
	s.revision = m.revision
	return nil
}

// Outside returns a store by which a test changes rows as another program would, behind the back
// of all others, which learn of it when they are refreshed. Load gives it the rows, at revision
// 0. What it appends is no commit of the place: it conflicts with nobody, is not counted, held or
// made to fail, and Exclude does not keep it out.
//
//	others, err := junction.Open[int, int, string](ctx, "m", memory.Outside())
//	others.Add(1, 2, "by another program")
func (m *Memory) Outside() persist.Store { return &outsideStore{memoryStore{place: m}} }

type outsideStore struct{ memoryStore }

func (s *outsideStore) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	defer s.place.lock()()
	for i := range schema.Relations {
		if err := s.place.give(ctx, schema, i, into); err != nil {
			return 0, err
		}
	}
	s.schema = schema
	return 0, nil
}

func (s *outsideStore) Append(_ context.Context, commits []*persist.Commit) error {
	defer s.place.lock()()
	s.place.write(s.schema, commits)
	return nil
}
