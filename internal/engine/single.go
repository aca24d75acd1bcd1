package engine

import (
	"context"
	"fmt"

	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

// Writes of one edge.

func (v *Relation) Add(a0, b0, through0 pointer) (c Counts, err error) {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	through := raw.Hide(through0)
	if !v.allValid {
		if err := v.admit(a, b); err != nil {
			return c, err
		}
	}
	if v.way(1) == stored {
		return v.writeEdge(a, b, through, v.Same, false)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.put(a, b, through, v.Same, &c)
	return c, nil
}

func (v *Relation) Insert(a0, b0, through0 pointer) error {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	through := raw.Hide(through0)
	if err := v.admit(a, b); err != nil {
		return err
	}
	c, err := v.insertNew(a, b, through)
	if err == nil && c.Added == 0 {
		err = fmt.Errorf("%w: %v and %v in relation %q", ErrExists, v.lefts().Type.Any(a), v.rights().Type.Any(b), v.Name)
	}
	return err
}

func (v *Relation) insertNew(a, b, through pointer) (c Counts, err error) {
	if v.way(1) == stored {
		return v.writeEdge(a, b, through, Keep, false)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.put(a, b, through, Keep, &c)
	return c, nil
}

// Keep makes put leave an edge that exists as it is.
func Keep(_, _ pointer) bool { return true }

func (v *Relation) Remove(a0, b0 pointer) (c Counts, err error) {
	v.MustExist()
	a := raw.Hide(a0)
	b := raw.Hide(b0)
	if v.way(1) == stored {
		return v.writeEdge(a, b, nil, nil, true)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.delete(a, b, &c)
	return c, nil
}

// writeEdge commits a write of one edge: by itself if nobody else writes, and together with the
// others if somebody does. By itself it needs no draft and allocates nothing: it notes on the
// live state what it will do, and does it when that is durable.
func (v *Relation) writeEdge(a, b, through pointer, same ordered.Same, remove bool) (c Counts, err error) {
	g := v.G
	if !g.enterAlone() {
		return v.shareEdge(a, b, through, same, remove)
	}
	defer g.leave()
	left, right := adjacency.LocateBoth(v.Left, v.Right, a, b)
	if remove {
		v.noteDelete(a, b, left)
	} else {
		v.notePut(a, b, left, through, same)
	}
	commit := g.takeAlone()
	if commit == nil {
		return c, g.refused()
	}
	defer g.giveBack(commit)
	if err := g.encode(commit.persist.Batches); err != nil {
		return c, err
	}
	if err := g.beginInstall(context.Background(), commit.alone[:], nil); err != nil {
		return c, err
	}
	defer g.endInstall(commit.alone[:])
	if remove {
		v.deleteAt(a, b, left, right, &c)
	} else {
		v.putAt(a, b, left, right, through, nil, &c)
	}
	return c, nil
}

// shareEdge is writeEdge together with others: another goroutine may run it.
func (v *Relation) shareEdge(a, b, through pointer, same ordered.Same, remove bool) (Counts, error) {
	left, right, value := v.lefts().Type.Box(a), v.rights().Type.Box(b), pointer(nil)
	if !remove {
		value = v.Kind().Value().Box(through)
	}
	return v.share(func(v *Relation, c *Counts) {
		if remove {
			v.delete(left, right, c)
		} else {
			v.put(left, right, value, same, c)
		}
	})
}
