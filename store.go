package junction

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// Open returns a relation on its own that a store keeps: it is declared, opened and loaded in one
// call. Close its Graph in the end. The errors are those of Relate and Graph.Open. A nil store is an
// error too: for a relation in memory, use New.
func Open[A, B Key, T any](ctx context.Context, name string, store persist.Store, rules ...Rule) (*ManyToMany[A, B, T], error) {
	if isNil(store) {
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

// isNil reports whether there is no store, or one that is a nil pointer.
func isNil(store persist.Store) bool {
	v := reflect.ValueOf(store)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}

// load fills the relations from the store. The caller has the turn and appending.
func (g *Graph) load(ctx context.Context) error {
	relations, schema, err := g.shapes() // no relation can be added any more
	if err != nil {
		return err
	}
	l := &loading{loaders: make([]*loader, len(relations))}
	for i, r := range relations {
		l.loaders[i] = r.loader(i)
	}
	began := time.Now()
	revision, err := g.opts.Store.Load(ctx, schema, l)
	if err != nil {
		return notDone(ctx, "not opened", err)
	}
	for _, loader := range l.loaders {
		err = errors.Join(err, loader.finish())
	}
	if err != nil {
		g.shut()
		return fmt.Errorf("junction: not opened: %w", errors.Join(err, g.opts.Store.Close()))
	}
	if err := l.install(g, revision); err != nil {
		return err
	}
	g.stored = relations
	g.noteFresh(began, nil)
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

// install makes what was loaded the live state, unless the graph was closed meanwhile.
func (l *loading) install(g *Graph, revision uint64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.writeErr != ErrNotOpen {
		return g.writeErr
	}
	for _, loader := range l.loaders {
		loader.install()
	}
	g.revision, g.writeErr = revision, nil
	return nil
}

// loader builds a relation separately. Rows in order are built into the left side as they come, and
// the right side is then its mirror, so that no list of all edges is needed. Other rows are
// collected and loaded in bulk.
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

// aside returns an empty relation of the same kinds, which no one else uses.
func (v *view) aside() *view {
	left := v.left.Live().Builder().Side()
	if v.rel.undirected {
		return newView(v.rel, left, left)
	}
	return newView(v.rel, left, v.right.Live().Builder().Side())
}

// install makes the relation the live state. The caller keeps readers out.
func (l *loader) install() {
	l.v.left.Live().Become(l.built.left.Live())
	if !l.v.rel.undirected {
		l.v.right.Live().Become(l.built.right.Live())
	}
}
