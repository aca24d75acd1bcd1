package persisttest

import (
	"math"
	"sync/atomic"

	"github.com/seed-250bd433/junction/persist"
)

// change is a row to put into a relation, or to delete from it.
type change struct {
	relation string
	row      row
	deleted  bool

	was    bool  // the row was there before
	before []any // what it had behind its key; nil if the case does not know
}

// commit is one commit of a case.
type commit []change

func put(relation string, r row) change    { return change{relation: relation, row: r} }
func remove(relation string, r row) change { return change{relation: relation, row: r, deleted: true} }

// batch is a persist.Batch. It lives until Append returns.
type batch struct {
	relation int
	changes  []change
	dead     *atomic.Bool
	misuse   *atomic.Bool // whether it was used when it was dead
	read     func()       // called for each row that is asked for; may be nil
}

// delivery is what one Append is given.
type delivery struct {
	commits []*persist.Commit
	dead    atomic.Bool // whether Append has returned
}

// newDelivery returns the next commits. They share no memory with what the case keeps.
func (w *writer) newDelivery(commits []commit) *delivery {
	d := &delivery{}
	for i, changes := range commits {
		d.commits = append(d.commits, &persist.Commit{
			Revision: w.revision + w.found + uint64(i) + 1,
			Batches:  w.batches(d, w.knownRows().after(commits[:i]...), changes),
		})
	}
	return d
}

// batches returns the batches of a commit to rows as the graph knows them.
func (w *writer) batches(d *delivery, there rows, changes commit) (batches []persist.Batch) {
	of := map[string]*batch{}
	for _, ch := range changes {
		ch.was, ch.before = w.before(there, ch)
		b := of[ch.relation]
		if b == nil {
			b = &batch{relation: w.schema.Index(ch.relation), dead: &d.dead, misuse: &w.misuse}
			of[ch.relation] = b
			batches = append(batches, b)
		}
		ch.row.columns = copied(ch.row.columns)
		b.changes = append(b.changes, ch)
	}
	return batches
}

// before reports whether the row of a change is there, and returns the columns that it has behind
// its key.
func (w *writer) before(there rows, ch change) (was bool, before []any) {
	if w.form == persist.Columns && !ch.deleted {
		if w.columns == nil {
			w.columns = map[[2]string][]any{}
		}
		w.columns[[2]string{ch.relation, ch.row.value}] = copied(ch.row.columns[2:])
		before = copied(w.columns[[2]string{ch.relation, there[ch.relation][ch.row.key]}])
	}
	return there.has(ch), before
}

// takeBack overwrites all that was given. What it writes is to be found by whoever looks for the
// cause of a failure.
func (d *delivery) takeBack() {
	d.dead.Store(true)
	for _, c := range d.commits {
		for _, b := range c.Batches {
			for _, ch := range b.(*batch).changes {
				overwrite(ch.row.columns)
				overwrite(ch.before)
			}
		}
		clear(c.Batches)
		c.Revision, c.Batches = math.MaxUint64, nil
	}
	clear(d.commits)
}

const overwritten = "kept after Append "

func overwrite(columns []any) {
	for _, v := range columns {
		if b, ok := v.([]byte); ok {
			for i := range b {
				b[i] = overwritten[i%len(overwritten)]
			}
		}
	}
}

func (b *batch) Relation() int      { b.use(); return b.relation }
func (b *batch) Len() int           { b.use(); return len(b.changes) }
func (b *batch) Deleted(i int) bool { b.use(); return b.changes[i].deleted }

func (b *batch) AppendBinary(key, value []byte, i int) (k, v []byte) {
	b.useRow()
	key = append(key, b.changes[i].row.key...)
	if !b.changes[i].deleted {
		value = append(value, b.changes[i].row.value...)
	}
	return key, value
}

func (b *batch) AppendColumns(columns []any, i int) []any {
	b.useRow()
	if b.changes[i].deleted {
		return append(columns, b.changes[i].row.columns[:2]...)
	}
	return append(columns, b.changes[i].row.columns...)
}

func (b *batch) AppendBefore(columns []any, i int) (before []any, was bool) {
	b.useRow()
	return append(columns, b.changes[i].before...), b.changes[i].was
}

func (b *batch) use() {
	if b.dead.Load() {
		b.misuse.Store(true)
	}
}

func (b *batch) useRow() {
	if b.use(); b.read != nil {
		b.read()
	}
}
