package engine

import (
	"fmt"
	"math"

	"github.com/seed-250bd433/junction/internal/ordered"
)

// way is how a write runs. The method way chooses between these three:
//
//	way        when                                   what runs
//	direct     in a transaction, or in memory up to   locate on both sides and put, under mu or in the
//	           few edges                              drafts of the transaction
//	stored     a store, up to few edges               alone (single.go) if nobody else writes: note the
//	                                                  change, append it, put it in place; otherwise shared
//	                                                  (group.go): whoever has the turn runs all calls that
//	                                                  wait, and appends them together
//	ownTx      more edges, or a function of the       drafts (tx.go); readers wait for the installation
//	           caller to ask                          only. A bulk write to a store may be deferred
//	                                                  (bulk.go): both sides change while it is appended
//
// A stored write of one edge that finds nobody writing goes alone, which enterAlone decides;
// whether a bulk write is deferred, canWait decides. Rows of the store take none of these ways:
// load.go builds them separately, refresh.go compares them, and both install them without an
// Append.
type way uint8

const (
	direct way = iota
	stored
	ownTx
)

// few is the number of edges up to which a write runs as one step: under the lock, or in the commit
// of a group. Readers never wait for a larger one.
const few = 64

// always is the number of edges of a write that takes a transaction of its own whatever its size:
// it asks a function of the caller, or looks at the relation before it changes it.
const always = math.MaxInt

// way returns the way of a write of n edges. A write in a transaction goes direct, and so does one
// that lock will refuse, at a snapshot or of a faulty relation.
func (v *Relation) way(n int) way {
	switch {
	case !v.isLive() || v.faults != nil:
		return direct
	case n > few:
		return ownTx
	case v.G.opts.Store != nil:
		return stored
	}
	return direct
}

// admit refuses an edge whose keys cannot be keys. Every write that may add an edge calls it
// before anything changes, unless allValid says that it refuses none; a removal need not, since
// such an edge is never there. A rule that refuses edges belongs here, and makes allValid false.
func (v *Relation) admit(a, b pointer) error {
	if v.allValid {
		return nil
	}
	if err := v.admitKey(v.lefts(), a); err != nil {
		return err
	}
	return v.admitKey(v.rights(), b)
}

func (v *Relation) admitKey(side *ordered.Keys, k pointer) error {
	if side.Valid(k) {
		return nil
	}
	return fmt.Errorf("%w: %v in relation %q", ErrKey, side.Type.Any(k), v.Name)
}

// write runs a change of about so many edges as one commit, or as part of the transaction to
// which the relation is bound. The change cannot fail. It has no hidden pointers: it may be kept,
// and another goroutine may run it.
func (v *Relation) write(edges int, change func(v *Relation, c *Counts)) (c Counts, err error) {
	switch v.way(edges) {
	case ownTx:
		return v.autoUpdate(func(v *Relation) (c Counts, err error) {
			change(v, &c)
			return c, nil
		})
	case stored:
		return v.share(change)
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	change(v, &c)
	return c, nil
}

// autoUpdate runs a write of a live relation in a transaction of its own.
func (v *Relation) autoUpdate(write func(v *Relation) (Counts, error)) (c Counts, err error) {
	err = v.G.autoUpdate(func(tx *Tx) error {
		c, err = write(v.In(tx))
		return err
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}

// share runs a write of a live relation in a commit that is appended together with those of others.
func (v *Relation) share(change func(v *Relation, c *Counts)) (c Counts, err error) {
	err = v.G.share(func(tx *Tx) error {
		c = Counts{}
		change(v.In(tx), &c)
		return nil
	})
	if err != nil {
		return Counts{}, err
	}
	return c, nil
}
