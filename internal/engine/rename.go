package engine

import (
	"fmt"
	"reflect"
)

func (tx *Tx) SidesOf(key reflect.Type) (sides []*Relation) {
	tx.g.mu.RLock()
	relations := tx.g.relations
	tx.g.mu.RUnlock()
	for _, r := range relations {
		if r.live.faults != nil { // it is empty
			continue
		}
		v := r.live.In(tx)
		if v.lefts().Type.Of == key {
			sides = append(sides, v)
		}
		if v.rights().Type.Of == key && !v.Undirected {
			sides = append(sides, v.other)
		}
	}
	return sides
}

// Rename moves the edges of a node to that of another key. The keys may be kept.
func (v *Relation) Rename(a, to pointer) (c Counts, err error) {
	v.MustExist()
	if v.way(always) == ownTx {
		return v.autoUpdate(func(v *Relation) (Counts, error) { return v.Rename(a, to) })
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	if err := v.MayRename(a, to); err != nil || v.isSameNode(a, to) {
		return c, err
	}
	kind := v.Kind()
	kind.All(v.frozen(a), func(e pointer) bool {
		k := kind.KeyOf(e)
		v.delete(a, k, &c)
		if v.isLoop(a, k) {
			k = to
		}
		v.put(to, k, e, nil, &c)
		return true
	})
	return c, nil
}

// MayRename returns what speaks against a rename, in a transaction.
func (v *Relation) MayRename(a, to pointer) error {
	if err := v.admitKey(v.lefts(), to); err != nil {
		return err
	}
	if !v.isSameNode(a, to) && v.Left.Find(a).Degree() > 0 && v.Left.Find(to).Degree() > 0 {
		return fmt.Errorf("%w: node %v in relation %q, to which %v was to be renamed", ErrExists,
			v.lefts().Type.Any(to), v.Name, v.lefts().Type.Any(a))
	}
	return nil
}

func (v *Relation) isSameNode(a, b pointer) bool { return v.lefts().Compare(a, b) == 0 }
