package engine

import (
	"github.com/seed-250bd433/junction/internal/adjacency"
	"github.com/seed-250bd433/junction/internal/ordered"
)

// Both sides of a relation change here, edge by edge. Left and right of an undirected relation
// are one side: an edge is written to both of its nodes, and a loop, whose nodes are one, once.
// What changes a node or a relation as a whole counts loops, too: ClearNode (node.go) and pair
// (bulk.go).

// put relates a to b on both sides. The caller has the lock.
func (v *Relation) put(a, b, through pointer, same ordered.Same, c *Counts) {
	left, right := adjacency.LocateBoth(v.Left, v.Right, a, b)
	if v.recording() {
		v.notePut(a, b, left, through, same)
	}
	v.putAt(a, b, left, right, through, same, c)
}

// putAt is put at the places where the edge is, or would be.
func (v *Relation) putAt(a, b pointer, left, right adjacency.Place, through pointer, same ordered.Same, c *Counts) {
	switch v.Left.Put(a, left, b, through, same) {
	case ordered.Unchanged:
		return
	case ordered.Added:
		c.Added++
	case ordered.Updated:
		c.Updated++
	}
	if !v.Undirected || !v.isLoop(a, b) {
		v.Right.Put(b, right, a, through, nil)
	} else if !left.Found {
		v.Left.AddLoops(1)
	}
}

// delete takes the edge between a and b away on both sides. The caller has the lock.
func (v *Relation) delete(a, b pointer, c *Counts) {
	left, right := adjacency.LocateBoth(v.Left, v.Right, a, b)
	if v.recording() {
		v.noteDelete(a, b, left)
	}
	v.deleteAt(a, b, left, right, c)
}

// deleteAt is delete at the places where the edge is, or would be.
func (v *Relation) deleteAt(a, b pointer, left, right adjacency.Place, c *Counts) {
	if !left.Found {
		return
	}
	c.Removed++
	v.Left.Delete(a, left)
	if v.Undirected && v.isLoop(a, b) {
		v.Left.AddLoops(-1)
	} else {
		v.Right.Delete(b, right)
	}
}

// isLoop reports whether an edge of an undirected relation joins a node to itself, so that it is
// stored once.
func (v *Relation) isLoop(a, b pointer) bool {
	return v.Undirected && v.Kind().Compare(a, b) == 0
}

// below reports whether b is below a in an undirected relation, where both are of one type.
func (v *Relation) below(b, a pointer) bool { return v.Kind().Compare(b, a) < 0 }
