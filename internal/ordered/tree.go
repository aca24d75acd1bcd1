package ordered

import (
	"unsafe"

	"github.com/google/btree"
)

// tree is a map too large for one array: a B-tree whose items are arrays. It is about as fast to read as one array,
// and a change moves at most Kind.maxRun entries. Snapshots are the B-tree's own copy on write.
//
// What holds at all times:
//   - the parts, in the order of the directory, are one ascending sequence of len entries; none is empty
//   - a part's first is above every key of the parts before it, and not above its own
//   - a part whose owner is not the tree's may be shared, and is copied before it changes
type tree[K, V any] struct {
	dir   *btree.BTreeG[span[K]]
	len   int
	owner uint64
}

// span is an item of the directory: a part, and beside it a copy of the key from which on it is responsible. It does not say of what
// type the part's values are, so that the B-tree's code is compiled once for each type of key.
type span[K any] struct {
	first K
	part  unsafe.Pointer // to a part[K, V]
}

type part[K, V any] struct {
	first K
	owner uint64
	run   []Entry[K, V]
}

func (p *part[K, V]) span() span[K] { return span[K]{p.first, unsafe.Pointer(p)} }

// part returns the part of a span of the tree's directory.
func (t *tree[K, V]) part(s span[K]) *part[K, V] { return (*part[K, V])(s.part) }

func (kd *Kind[K, V]) newTree() *tree[K, V] {
	less := func(x, y span[K]) bool { return kd.compare(x.first, y.first) < 0 }
	return &tree[K, V]{dir: btree.NewWithFreeListG(kd.degree, less, kd.free), owner: NewOwner()}
}

// add makes an array, which follows all that are there, the last part.
func (t *tree[K, V]) add(run []Entry[K, V]) {
	p := &part[K, V]{run[0].Key, t.owner, run}
	t.dir.ReplaceOrInsert(p.span())
	t.len += len(run)
}

// seek returns the part that is responsible for k.
func (kd *Kind[K, V]) seek(t *tree[K, V], k K) (at *part[K, V]) {
	t.dir.DescendLessOrEqual(span[K]{first: k}, func(s span[K]) bool { at = t.part(s); return false })
	if at == nil {
		s, _ := t.dir.Min()
		at = t.part(s)
	}
	return at
}

// after returns the part behind p, nil if p is the last.
func (t *tree[K, V]) after(p *part[K, V]) (next *part[K, V]) {
	t.dir.AscendGreaterOrEqual(p.span(), func(s span[K]) bool {
		if t.part(s) == p {
			return true
		}
		next = t.part(s)
		return false
	})
	return next
}

// before returns the part in front of p, nil if p is the first.
func (t *tree[K, V]) before(p *part[K, V]) (prev *part[K, V]) {
	t.dir.DescendLessOrEqual(p.span(), func(s span[K]) bool {
		if t.part(s) == p {
			return true
		}
		prev = t.part(s)
		return false
	})
	return prev
}

// thaw returns the map's tree, made its own if it was shared.
func (m *Map[K, V]) thaw() *tree[K, V] {
	t := m.tree()
	if m.isFrozen() {
		t = &tree[K, V]{dir: t.dir.Clone(), len: t.len, owner: NewOwner()}
		m.setTree(t)
	}
	return t
}

// own returns p, or a copy in its place if the tree may not change it.
func (t *tree[K, V]) own(p *part[K, V]) *part[K, V] {
	if p.owner != t.owner {
		p = &part[K, V]{first: p.first, owner: t.owner, run: append(grow[K, V](len(p.run)), p.run...)}
		t.dir.ReplaceOrInsert(p.span())
	}
	return p
}

func (kd *Kind[K, V]) insertTree(m *Map[K, V], at Place[K, V], k K, value V) {
	t := m.thaw()
	p := t.own(at.part)
	if at.i == 0 && kd.compare(k, p.first) < 0 {
		t.dir.Delete(p.span())
		p.first = k
		t.dir.ReplaceOrInsert(p.span())
	}
	p.run = insertAt(p.run, at.i, Entry[K, V]{value, k}, true)
	t.len++
	if len(p.run) > kd.maxRun {
		t.split(p, at.i)
	}
}

// split moves the upper half of a part to a new one. If the entry that made it too large stands at its end, just that
// entry moves, so that ascending insertion leaves full parts behind.
func (t *tree[K, V]) split(p *part[K, V], inserted int) {
	run := p.run
	cut := len(run) / 2
	if inserted == len(run)-1 {
		cut = inserted
	}
	upper := &part[K, V]{first: run[cut].Key, owner: t.owner, run: append(grow[K, V](len(run)-cut), run[cut:]...)}
	clear(run[cut:])
	p.run = run[:cut]
	t.dir.ReplaceOrInsert(upper.span())
}

func (kd *Kind[K, V]) removeTree(m *Map[K, V], at Place[K, V]) {
	t := m.thaw()
	p := t.own(at.part)
	p.run = deleteAt(p.run, at.i, true)
	t.len--
	switch n := len(p.run); {
	case t.len <= kd.minTree:
		m.setRun(t.flatten())
	case n == 0:
		t.dir.Delete(p.span())
	case n == kd.maxRun/4 || n == kd.maxRun/8: // a try at every removal below would cost more than the removal
		kd.mergeAround(t, p)
	}
}

// mergeAround joins a part that has become small with one beside it, if the two leave room in one array.
func (kd *Kind[K, V]) mergeAround(t *tree[K, V], p *part[K, V]) {
	for _, pair := range [2][2]*part[K, V]{{p, t.after(p)}, {t.before(p), p}} {
		lower, upper := pair[0], pair[1]
		if lower == nil || upper == nil || len(lower.run)+len(upper.run) > kd.maxRun*3/4 {
			continue
		}
		lower = t.own(lower)
		lower.run = append(lower.run, upper.run...)
		t.dir.Delete(upper.span())
		return
	}
}

func (t *tree[K, V]) flatten() []Entry[K, V] {
	return t.appendTo(make([]Entry[K, V], 0, t.len))
}

func (t *tree[K, V]) appendTo(run []Entry[K, V]) []Entry[K, V] {
	t.dir.Ascend(func(s span[K]) bool { run = append(run, t.part(s).run...); return true })
	return run
}
