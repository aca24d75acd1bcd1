package junction

import (
	"context"
	"errors"

	"github.com/seed-250bd433/junction/internal/engine"
	"github.com/seed-250bd433/junction/persist"
)

// Open returns a relation on its own that a store keeps: it is declared, opened and loaded in one
// call. Close its Graph in the end. The errors are those of Relate and Graph.Open. A nil store is
// an error too: for a relation in memory, use New.
func Open[A, B Key, T any](ctx context.Context, name string, store persist.Store, rules ...Rule) (*ManyToMany[A, B, T], error) {
	if engine.IsNil(store) {
		return nil, errNilStore
	}
	g := NewGraph(&Options{Store: store})
	m := Relate[A, B, T](g, name, rules...)
	if err := g.Open(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

var errNilStore = errors.New("junction: nil store: for a relation in memory, use New")
