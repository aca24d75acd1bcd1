package engine

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

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
	return l.loaders[relation].Binary(key, value)
}

func (l *loading) LoadColumns(relation int, columns []any) error {
	return l.loaders[relation].Columns(columns)
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
	v       *Relation
	decoder *RowDecoder
	rows    *Intake
	built   *Relation
}

func (r *Decl) loader(place int) *loader {
	r.live.recorder.place = place
	return &loader{v: r.live, decoder: r.NewRowDecoder(true), rows: NewIntake(r.live)}
}

func (l *loader) Binary(key, value []byte) error { return l.Add(l.decoder.Binary(key, value)) }

func (l *loader) Columns(values []any) error { return l.Add(l.decoder.Columns(values)) }

func (l *loader) Add(err error) error {
	if err == nil {
		d := l.decoder
		l.rows.Add(d.left, d.right, d.through)
	}
	return err
}

// finish builds what install needs.
func (l *loader) finish() error {
	l.built = l.v.aside()
	var c Counts
	l.rows.End()
	l.rows.pair().mergeInto(l.built, &c)
	if twice := l.rows.len - c.Added; twice > 0 {
		return fmt.Errorf("%w: %d edges of relation %q came more than once", l.v.misread(), twice, l.v.Name)
	}
	return nil
}

// aside returns an empty relation of the same kinds, which no one else uses.
func (v *Relation) aside() *Relation {
	left := v.Left.Base().Builder().Side()
	if v.Undirected {
		return newRelation(v.Decl, scope{}, left, left)
	}
	return newRelation(v.Decl, scope{}, left, v.Right.Base().Builder().Side())
}

// install makes the relation the live state. The caller keeps readers out.
func (l *loader) install() {
	l.v.Left.Base().Become(l.built.Left.Base())
	if !l.v.Undirected {
		l.v.Right.Base().Become(l.built.Right.Base())
	}
}

// IsNil reports whether there is no store, or one that is a nil pointer.
func IsNil(store persist.Store) bool {
	v := reflect.ValueOf(store)
	return !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil()
}
