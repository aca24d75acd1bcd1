package junction

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/persist"
)

// Open returns a relation by itself, kept by a store: declared, opened and loaded in one call. Its Graph is to be closed in the end.
// The errors are those of Relate and Graph.Open.
func Open[A, B cmp.Ordered, T any](ctx context.Context, name string, store persist.Store, rules ...Rule) (*ManyToMany[A, B, T], error) {
	g := NewGraph(&Options{Store: store})
	m := Relate[A, B, T](g, name, rules...)
	if err := g.Open(ctx); err != nil {
		return nil, err
	}
	return m, nil
}

// load fills the relations from the store. The caller has the turn and appending.
func (g *Graph) load(ctx context.Context) error {
	relations, schema, err := g.shapes() // which become no more
	if err != nil {
		return err
	}
	l := &loading{loaders: make([]relationLoader, len(relations))}
	for i, r := range relations {
		l.loaders[i] = r.loader(i)
	}
	revision, err := g.opts.Store.Load(ctx, schema, l)
	if err != nil {
		return fmt.Errorf("junction: not opened: %w", err)
	}
	for _, loader := range l.loaders {
		err = errors.Join(err, loader.finish())
	}
	if err != nil {
		g.shut()
		return fmt.Errorf("junction: not opened: %w", errors.Join(err, g.opts.Store.Close()))
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refusal != ErrNotOpen {
		return g.refusal
	}
	for _, loader := range l.loaders {
		loader.install()
	}
	g.stored, g.revision, g.refusal = relations, revision, nil
	return nil
}

// loading is the persist.Loader of a graph.
type loading struct {
	loaders []relationLoader
}

func (l *loading) LoadBinary(relation int, key, value []byte) error {
	return l.loaders[relation].binary(key, value)
}

func (l *loading) LoadColumns(relation int, columns []any) error {
	return l.loaders[relation].columns(columns)
}

// relationLoader is a loader, whatever its types.
type relationLoader interface {
	binary(key, value []byte) error
	columns(values []any) error
	finish() error // builds what install needs
	install()      // makes it the live state; the caller keeps readers out
}

// loader builds a relation aside. Rows in order are built into the left side as they come, of which the right one is then the mirror:
// so no list of all edges is needed. Others are collected and loaded in bulk.
type loader[A, B, T any] struct {
	m       *ManyToMany[A, B, T]
	decoder *rowDecoder[A, B, T]
	rows    *intake[A, B, T]
	built   *ManyToMany[A, B, T]
}

func (r *relation[A, B, T]) loader(place int) relationLoader {
	r.m.rel.journal.place = place
	return &loader[A, B, T]{m: r.m, decoder: r.newRowDecoder(true), rows: newIntake(r.m)}
}

func (l *loader[A, B, T]) binary(key, value []byte) error {
	e, err := l.decoder.binary(key, value)
	return l.add(e, err)
}

func (l *loader[A, B, T]) columns(values []any) error {
	e, err := l.decoder.columns(values)
	return l.add(e, err)
}

func (l *loader[A, B, T]) add(e Edge[A, B, T], err error) error {
	if err == nil {
		l.rows.add(e)
	}
	return err
}

func (l *loader[A, B, T]) finish() error {
	l.built = l.m.aside()
	var c Counts
	l.rows.end()
	l.rows.pair().mergeInto(l.built, &c)
	if twice := l.rows.len - c.Added; twice > 0 {
		return fmt.Errorf("%w: %d edges of relation %q came more than once", persist.ErrDamaged, twice, l.m.rel.name)
	}
	return nil
}

// aside returns an empty relation of the same kinds, which nobody else has.
func (m *ManyToMany[A, B, T]) aside() *ManyToMany[A, B, T] {
	left := m.left.Live().Builder(0).Side()
	if m.rel.undirected {
		return &ManyToMany[A, B, T]{m.rel, left, any(left).(*adjacency.Side[B, A, T])}
	}
	return &ManyToMany[A, B, T]{m.rel, left, m.right.Live().Builder(0).Side()}
}

func (l *loader[A, B, T]) install() {
	l.m.left.Live().Become(l.built.left.Live())
	if !l.m.rel.undirected {
		l.m.right.Live().Become(l.built.right.Live())
	}
}
