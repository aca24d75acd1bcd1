package ordered

import (
	"unsafe"

	"github.com/seed-250bd433/junction/internal/raw"
)

// Assembly is a map in the making whose length is known and whose entries come in ascending order:
// each is written once, to the place where it stays. It is half a cache line, because a bulk load
// goes through all of its assemblies at random.
type Assembly struct {
	p    Pointer // array being filled
	n, m uint32  // how many entries it has, and is to have
	runs *runs   // nil where one array is enough
}

// runs are the arrays of a tree in the making.
type runs struct {
	all  []Run
	next int // which is to be filled next
}

// Assemble begins a map of n entries, with arrays as Build makes them.
func (kd *Order) Assemble(n int) Assembly {
	if n <= kd.maxRun {
		p, _ := kd.entries.Grow(n)
		return Assembly{p: p, m: uint32(n)}
	}
	full := kd.maxRun - kd.maxRun/8 // which leaves room for what comes later
	all := make([]Run, (n+full-1)/full)
	for i := range all {
		rest := len(all) - i
		size := (n + rest - 1) / rest
		all[i].Len = size
		all[i].P, all[i].Cap = kd.entries.Grow(max(size, full))
		n -= size
	}
	return Assembly{runs: &runs{all: all}}
}

// From returns an assembly of the same map that adds entries from the i-th on. Several goroutines
// may each add some, if none of them does by the first assembly.
func (a *Assembly) From(i int) Assembly {
	if a.runs == nil {
		return Assembly{p: a.p, n: uint32(i), m: a.m}
	}
	own := &runs{all: a.runs.all}
	for i > own.all[own.next].Len {
		i -= own.all[own.next].Len
		own.next++
	}
	b := Assembly{runs: own}
	b.begin()
	b.n = uint32(i)
	return b
}

// begin goes to the next array, to be filled.
func (a *Assembly) begin() {
	run := a.runs.all[a.runs.next]
	a.runs.next++
	a.p, a.n, a.m = run.P, 0, uint32(run.Len)
}

// Next returns the place of the next entry.
func (kd *Order) Next(a *Assembly) Pointer {
	if a.n == a.m {
		a.begin()
	}
	p := unsafe.Add(a.p, uintptr(a.n)*kd.size)
	a.n++
	return p
}

// Append adds the next entry.
func (kd *Order) AppendTo1(a *Assembly, k, value Pointer) {
	kd.write(kd.Next(a), k, value)
}

// Scatter adds an entry with a key to each of some assemblies: the values are those of a run of
// another kind.
func (kd *Order) Scatter(to []Assembly, at []uint32, k Pointer, from *Order, run Run) {
	if kd.layout == words {
		key := *(*uint64)(k)
		value, step := run.P, from.size
		for i, n := range at {
			a := &to[n]
			if a.n == a.m {
				a.begin()
			}
			*(*[2]uint64)(unsafe.Add(a.p, uintptr(a.n)*16)) = [2]uint64{*(*uint64)(unsafe.Add(value, uintptr(i)*step)), key}
			a.n++
		}
		return
	}
	for i, n := range at {
		kd.write(kd.Next(&to[n]), k, from.At(run, i))
	}
}

// Assembled returns the map when all n entries are there.
func (kd *Order) Assembled(a *Assembly, n int) (m Map) {
	if a.runs == nil {
		m.setRun(Run{a.p, n, n})
		return m
	}
	t := kd.newTree()
	for _, run := range a.runs.all {
		kd.add(t, run)
	}
	m.setTree(t)
	return m
}

// Build returns the map of ascending entries, in O(n). It copies them: an array gets just its size,
// and the parts of a tree are filled evenly to seven eighths, which leaves room for what comes
// later.
func (kd *Order) Build(sorted Run) View {
	if sorted.Len <= kd.maxRun {
		return View{run: kd.clone(sorted)}
	}
	a := kd.Assemble(sorted.Len)
	rest := sorted
	for _, run := range a.runs.all {
		kd.entries.Move(run.P, rest.P, run.Len)
		rest = kd.From(rest, run.Len)
	}
	m := kd.Assembled(&a, sorted.Len)
	return m.View()
}

// Merge puts a batch of entries, ascending and each key once, into the map and says how many were
// added and updated. It takes O(n + batch), or O(batch log n) where the batch is the much smaller
// one. The scratch run is used and returned for the next call.
func (kd *Order) Merge(m *Map, batch Run, same Same, scratch Run) (added, updated int, _ Run) {
	if m.Len() == 0 {
		m.set(kd.Build(batch))
		return batch.Len, 0, scratch
	}
	if kd.oneByOne(m, batch.Len) {
		for i := range batch.Len {
			switch kd.Put(m, kd.KeyAt(batch, i), kd.At(batch, i), same) {
			case Added:
				added++
			case Updated:
				updated++
			}
		}
		return added, updated, scratch
	}
	scratch.Len = 0
	scratch, updated = kd.union(scratch, m.View(), batch, same)
	added = scratch.Len - m.Len()
	if added+updated > 0 {
		m.set(kd.Build(scratch))
	}
	return added, updated, scratch
}

// oneByOne reports whether a batch is so small that each of its keys is better put or deleted by
// itself. An array that has to be copied anyway is copied to its new size.
func (kd *Order) oneByOne(m *Map, batch int) bool {
	if m.len == inTree {
		return batch*16 < m.Len()
	}
	return batch == 1 && !m.isFrozen()
}

// union appends to dst the entries of a view and of a batch, in order. Where both have a key, the
// batch's value stands.
func (kd *Order) union(dst Run, v View, batch Run, same Same) (_ Run, updated int) {
	dst, rest := kd.splice(dst, v, batch, func(dst Run, old, e Pointer) Run {
		switch {
		case old == nil:
			return kd.Append(dst, kd.KeyOf(e), e)
		case same != nil && same(old, e):
			return kd.Append(dst, kd.KeyOf(old), old)
		}
		updated++
		return kd.Append(dst, kd.KeyOf(old), e)
	})
	return kd.append(dst, rest), updated
}

// Subtract takes the keys of a batch, ascending and each once, out of the map and says how many
// were there. It takes what Merge does, and uses a scratch run as that does.
func (kd *Order) Subtract(m *Map, batch Run, scratch Run) (removed int, _ Run) {
	if kd.oneByOne(m, batch.Len) {
		for i := range batch.Len {
			if kd.Delete(m, kd.KeyAt(batch, i)) {
				removed++
			}
		}
		return removed, scratch
	}
	scratch.Len = 0
	scratch, _ = kd.splice(scratch, m.View(), batch, func(dst Run, _, _ Pointer) Run { return dst })
	removed = m.Len() - scratch.Len
	if removed > 0 {
		m.set(kd.Build(scratch))
	}
	return removed, scratch
}

// splice appends to dst the entries of a view, in order, and for each of a batch what put appends:
// at its place and, if it is there, instead of the old entry. It returns what of the batch is above
// the view. It searches for each of the batch and copies what is between them, since most batches
// are much shorter than the view.
func (kd *Order) splice(dst Run, v View, batch Run, put func(dst Run, old, e Pointer) Run) (_, rest Run) {
	for run := range v.Runs {
		for batch.Len > 0 {
			i, found := kd.find(run, kd.KeyAt(batch, 0))
			if i == run.Len {
				break
			}
			dst = kd.append(dst, run.To(i))
			var old Pointer
			if run = kd.From(run, i); found {
				old, run = run.P, kd.From(run, 1)
			}
			dst = put(dst, old, batch.P)
			batch = kd.From(batch, 1)
		}
		dst = kd.append(dst, run)
	}
	return dst, batch
}

// Sort sorts entries by key, keeps of each key the last one given, and returns what is left. It may
// work in place.
func (kd *Order) Sort(entries Run) Run {
	sorted := true
	for i := 1; i < entries.Len && sorted; i++ {
		sorted = kd.Compare(kd.KeyAt(entries, i-1), kd.KeyAt(entries, i)) < 0
	}
	if sorted {
		return entries
	}
	order := stableOrder(entries.Len, func(x, y int) int { return kd.Compare(kd.KeyAt(entries, x), kd.KeyAt(entries, y)) })
	out := kd.exactly(entries.Len)
	for n, i := range order {
		if n > 0 && kd.Compare(kd.KeyAt(out, out.Len-1), kd.KeyAt(entries, i)) == 0 {
			kd.value.Set(kd.At(out, out.Len-1), kd.At(entries, i))
			continue
		}
		kd.entries.Move(kd.At(out, out.Len), kd.At(entries, i), 1)
		out.Len++
	}
	return out
}

// SortKeys sorts an array of keys, keeps of equal ones the first, and returns how many are left. It
// works in place.
func (k *Keys) SortKeys(keys Pointer, n int) int {
	at := func(i int) Pointer { return raw.At(keys, i, k.Type.Size) }
	order := stableOrder(n, func(x, y int) int { return k.compare(at(x), at(y)) })
	out, _ := k.Type.Grow(n)
	left := 0
	for _, i := range order {
		if left > 0 && k.compare(raw.At(out, left-1, k.Type.Size), at(i)) == 0 {
			continue
		}
		k.Type.Set(raw.At(out, left, k.Type.Size), at(i))
		left++
	}
	k.Type.Move(keys, out, left)
	return left
}
