package engine

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
	"github.com/seed-250bd433/junction/internal/raw"
)

func (v *Relation) Count(a pointer) int {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.Left.Find(raw.Hide(a)).Degree()
}

// Freeze returns the neighbours as they are now, for a loop without a lock.
func (v *Relation) Freeze(a pointer) ordered.View {
	v.MustExist()
	v.rlock()
	defer v.runlock()
	return v.frozen(raw.Hide(a))
}

// frozen is freeze for whoever has the lock.
func (v *Relation) frozen(a pointer) ordered.View {
	slot := v.Left.Find(a)
	if slot == nil {
		return ordered.View{}
	}
	return slot.Freeze()
}

// liveCount is the degree of a live node; bound to a transaction or snapshot, nobody needs it.
func (v *Relation) liveCount(a pointer) int {
	if !v.isLive() {
		return 0
	}
	return v.Count(a)
}

// Given returns entries of some keys, which all have one value: nil for the zero value.
func (v *Relation) Given(ks0 pointer, n int, through0 pointer) (r ordered.Run) {
	v.MustExist()
	ks, through := raw.Hide(ks0), raw.Hide(through0)
	kind := v.Kind()
	if through == nil {
		through = kind.Value().New()
	}
	size := v.rights().Type.Size
	for i := range n {
		r = kind.Append(r, raw.At(ks, i, size), through)
	}
	return r
}

// sort checks the keys of entries, sorts them, and keeps of each key the last.
func (v *Relation) sort(a pointer, entries ordered.Run) (ordered.Run, error) {
	kind := v.Kind()
	for i := range entries.Len {
		if v.allValid {
			break
		}
		if err := v.admit(a, kind.KeyAt(entries, i)); err != nil {
			return entries, err
		}
	}
	return kind.Sort(entries), nil
}

// PutNode relates a node to all entries, of which the last of a key wins; same says which
// existing edge needs no update.
func (v *Relation) PutNode(a0 pointer, entries ordered.Run, same ordered.Same) (Counts, error) {
	v.MustExist()
	a := raw.Hide(a0)
	sorted, err := v.sort(a, entries)
	if err != nil {
		return Counts{}, err
	}
	key := v.lefts().Type.Box(a)
	return v.write(sorted.Len, func(v *Relation, c *Counts) {
		kind := v.Kind()
		for i := range sorted.Len {
			v.put(key, kind.KeyAt(sorted, i), kind.At(sorted, i), same, c)
		}
	})
}

// SetNode is putNode, and removes all other edges.
func (v *Relation) SetNode(a0 pointer, entries ordered.Run, same ordered.Same) (Counts, error) {
	v.MustExist()
	a := raw.Hide(a0)
	sorted, err := v.sort(a, entries)
	if err != nil {
		return Counts{}, err
	}
	key := v.lefts().Type.Box(a)
	return v.write(max(sorted.Len, v.liveCount(key)), func(v *Relation, c *Counts) {
		kind := v.Kind()
		kind.Diff(v.frozen(key), ordered.ViewOf(sorted), same, func(before, after pointer) bool {
			if after == nil {
				v.delete(key, kind.KeyOf(before), c)
			} else {
				v.put(key, kind.KeyOf(after), after, nil, c)
			}
			return true
		})
	})
}

// Modify asks decide for each key, with the old value or nil and where to write the new one, and
// does what it says. Neither the node's key nor the others are hidden, and they may be sorted in
// place.
func (v *Relation) Modify(a, ks pointer, n int, decide func(k, old, now pointer) bool) (c Counts, err error) {
	v.MustExist()
	keys := v.rights()
	size := keys.Type.Size
	for i := range n {
		if err := v.admit(a, raw.At(ks, i, size)); err != nil {
			return c, err
		}
	}
	if v.way(always) == ownTx {
		return v.autoUpdate(func(v *Relation) (Counts, error) { return v.Modify(a, ks, n, decide) })
	}
	if err := v.lock(); err != nil {
		return c, err
	}
	n = keys.SortKeys(ks, n)
	through := v.Kind().Value()
	values := raw.List{Of: through}
	values.Room(n)
	related := make([]bool, n)
	for i := range n {
		k := raw.At(ks, i, size)
		old := v.Lookup(a, k)
		v.End()
		if old != nil {
			old = through.Box(old)
		}
		related[i] = decide(k, old, values.At(i))
		if v.Tx.done { // by decide
			return c, ErrTxDone
		}
	}
	for i := range n {
		if k := raw.At(ks, i, size); related[i] {
			v.put(a, k, values.At(i), v.Same, &c)
		} else {
			v.delete(a, k, &c)
		}
	}
	return c, nil
}

func (v *Relation) RemoveKeys(a0, ks0 pointer, n int) (Counts, error) {
	v.MustExist()
	a, ks := raw.Hide(a0), raw.Hide(ks0)
	if v.way(n) == direct { // nothing has to be kept
		return v.removeNow(a, ks, n)
	}
	key, others := v.lefts().Type.Box(a), v.rights().Type.BoxAll(ks, n)
	return v.write(n, func(v *Relation, c *Counts) { v.deleteAll(key, others, n, c) })
}

func (v *Relation) removeNow(a, ks pointer, n int) (c Counts, err error) {
	if err := v.lock(); err != nil {
		return c, err
	}
	defer v.unlock(&c)
	v.deleteAll(a, ks, n, &c)
	return c, nil
}

func (v *Relation) deleteAll(a, ks pointer, n int, c *Counts) {
	size := v.rights().Type.Size
	for i := range n {
		v.delete(a, raw.At(ks, i, size), c)
	}
}

func (v *Relation) ClearNode(key pointer) (Counts, error) {
	v.MustExist()
	a := v.lefts().Type.Box(raw.Hide(key))
	return v.write(v.liveCount(a), func(v *Relation, c *Counts) {
		now := v.frozen(a)
		if now.Len() == 0 {
			return
		}
		c.Removed += now.Len()
		kind := v.Kind()
		kind.All(now, func(e pointer) bool {
			k := kind.KeyOf(e)
			if v.recording() {
				v.noteDelete(a, k, adjacency.Locate(v.Left, a, k))
			}
			if v.isLoop(a, k) {
				v.Left.AddLoops(-1)
			} else {
				v.Right.Delete(k, adjacency.Locate(v.Right, k, a))
			}
			return true
		})
		v.Left.Drop(a, v.Left.Find(a))
	})
}

// Clear removes all edges.
func (v *Relation) Clear() (Counts, error) {
	v.MustExist()
	return v.write(always, func(v *Relation, c *Counts) {
		if c.Removed = v.len(); c.Removed > 0 {
			v.Left.Clear()
			v.Right.Clear()
		}
	})
}
