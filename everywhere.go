package junction

import (
	"fmt"
	"reflect"
)

// RemoveEverywhere removes a key from every relation of the transaction's graph: the node of k on
// each side whose keys are of type K, with all its edges. That is meant for graphs in which each
// kind of key has a type of its own, as in type UserID int64: where one type is used for two kinds
// of keys, it removes both. It returns what it changed in all relations together, or an error and
// nothing is changed. The cost is that of clearing each node.
func RemoveEverywhere[K any](tx *Tx, k K) (c Counts, err error) {
	key := pointer(&k)
	sides, err := sidesOf[K](tx)
	for _, v := range sides {
		cleared, err := v.clearNode(key)
		if err != nil {
			return Counts{}, err
		}
		c.add(cleared)
	}
	return c, err
}

// RenameEverywhere renames a key in every relation of the transaction's graph, as Node.Rename does:
// on each side whose keys are of type K. If there is a node of the new key on any of them, where
// there is one of the old, it returns ErrExists and nothing is changed. What it changed in a
// relation is in Changes.
func RenameEverywhere[K any](tx *Tx, k, other K) error {
	from, to := pointer(&k), pointer(&other)
	sides, err := sidesOf[K](tx)
	for _, v := range sides {
		if err := v.mayRename(from, to); err != nil {
			return err
		}
	}
	for _, v := range sides {
		if _, err := v.rename(from, to); err != nil {
			return err
		}
	}
	return err
}

// sidesOf returns the relations of a graph as seen from each side whose keys are of type K.
func sidesOf[K any](tx *Tx) (sides []*view, err error) {
	if tx == nil {
		panic("junction: RemoveEverywhere or RenameEverywhere without a transaction: call it in Graph.Update")
	}
	if tx.done {
		return nil, ErrTxDone
	}
	return tx.sidesOf(reflect.TypeFor[K]()), nil
}

func (tx *Tx) sidesOf(key reflect.Type) (sides []*view) {
	tx.g.mu.RLock()
	relations := tx.g.relations
	tx.g.mu.RUnlock()
	for _, r := range relations {
		if r.v.rel.faults != nil { // it is empty
			continue
		}
		v := r.v.in(tx)
		if v.lefts().Type.Of == key {
			sides = append(sides, v)
		}
		if v.rights().Type.Of == key && !v.rel.undirected {
			sides = append(sides, v.other)
		}
	}
	return sides
}

// rename moves the edges of a node to that of another key. The keys may be kept.
func (v *view) rename(a, to pointer) (c Counts, err error) {
	v.mustExist()
	if v.rel.isLive() && v.rel.faults == nil {
		return v.autoUpdate(func(v *view) (Counts, error) { return v.rename(a, to) })
	}
	if err := v.rel.lock(); err != nil {
		return c, err
	}
	if err := v.mayRename(a, to); err != nil || v.isSameNode(a, to) {
		return c, err
	}
	kind := v.kind()
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

// mayRename returns what speaks against a rename, in a transaction.
func (v *view) mayRename(a, to pointer) error {
	if err := v.checkKey(v.lefts(), to); err != nil {
		return err
	}
	if !v.isSameNode(a, to) && v.left.Find(a).Degree() > 0 && v.left.Find(to).Degree() > 0 {
		return fmt.Errorf("%w: node %v in relation %q, to which %v was to be renamed", ErrExists,
			v.lefts().Type.Any(to), v.rel.name, v.lefts().Type.Any(a))
	}
	return nil
}

func (v *view) isSameNode(a, b pointer) bool { return v.lefts().Compare(a, b) == 0 }
