package junction

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// Open returns a relation by itself, kept by a store: declared, opened and loaded in one call. Its Graph is to be closed in the end.
// The errors are those of Relate and Graph.Open.
func Open[A, B Key, T any](ctx context.Context, name string, store persist.Store, rules ...Rule) (*ManyToMany[A, B, T], error) {
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
	l := &loading{loaders: make([]*loader, len(relations))}
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
	loaders []*loader
}

func (l *loading) LoadBinary(relation int, key, value []byte) error {
	return l.loaders[relation].binary(key, value)
}

func (l *loading) LoadColumns(relation int, columns []any) error {
	return l.loaders[relation].columns(columns)
}

// loader builds a relation aside. Rows in order are built into the left side as they come, of which the right one is then the mirror:
// so no list of all edges is needed. Others are collected and loaded in bulk.
type loader struct {
	v       *view
	decoder *rowDecoder
	rows    *intake
	built   *view
}

func (r *relation) loader(place int) *loader {
	r.v.rel.journal.place = place
	return &loader{v: r.v, decoder: r.newRowDecoder(true), rows: newIntake(r.v)}
}

func (l *loader) binary(key, value []byte) error { return l.add(l.decoder.binary(key, value)) }

func (l *loader) columns(values []any) error { return l.add(l.decoder.columns(values)) }

func (l *loader) add(err error) error {
	if err == nil {
		d := l.decoder
		l.rows.add(d.left, d.right, d.through)
	}
	return err
}

// finish builds what install needs.
func (l *loader) finish() error {
	l.built = l.v.aside()
	var c Counts
	l.rows.end()
	l.rows.pair().mergeInto(l.built, &c)
	if twice := l.rows.len - c.Added; twice > 0 {
		return fmt.Errorf("%w: %d edges of relation %q came more than once", l.v.misread(), twice, l.v.rel.name)
	}
	return nil
}

// aside returns an empty relation of the same kinds, which nobody else has.
func (v *view) aside() *view {
	left := v.left.Live().Builder().Side()
	if v.rel.undirected {
		return newView(v.rel, left, left)
	}
	return newView(v.rel, left, v.right.Live().Builder().Side())
}

// install makes it the live state; the caller keeps readers out.
func (l *loader) install() {
	l.v.left.Live().Become(l.built.left.Live())
	if !l.v.rel.undirected {
		l.v.right.Live().Become(l.built.right.Live())
	}
}
