package junction

import (
	"reflect"

	"github.com/seed-250bd433/junction/internal/engine"
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
		cleared, err := v.ClearNode(key)
		if err != nil {
			return Counts{}, err
		}
		c.add(Counts(cleared))
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
		if err := v.MayRename(from, to); err != nil {
			return err
		}
	}
	for _, v := range sides {
		if _, err := v.Rename(from, to); err != nil {
			return err
		}
	}
	return err
}

// sidesOf returns the relations of a graph as seen from each side whose keys are of type K.
func sidesOf[K any](tx *Tx) (sides []*engine.Relation, err error) {
	if tx == nil {
		panic("junction: RemoveEverywhere or RenameEverywhere without a transaction: call it in Graph.Update")
	}
	if tx.engine().IsDone() {
		return nil, ErrTxDone
	}
	return tx.engine().SidesOf(reflect.TypeFor[K]()), nil
}
