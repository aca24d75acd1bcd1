package engine

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/internal/raw"
	"github.com/seed-250bd433/junction/persist"
)

// edgeCodec is how the edges of a relation are stored.
type edgeCodec struct {
	left    *codec.Codec
	right   *codec.Codec
	through *codec.Codec
}

// newEdgeCodec finds the codecs of a relation's types: of the given ones that which is for the
// type, or else the type's own.
func newEdgeCodec(b *Decl, form persist.Form) (*edgeCodec, error) {
	types := b.ReflectTypes()
	left, errLeft := keyCodecOf(types[0], form, b.Codecs)
	right, errRight := keyCodecOf(types[1], form, b.Codecs)
	through, errThrough := codecOf(types[2], form, b.Codecs)
	return &edgeCodec{left, right, through},
		errors.Join(within("left key", errLeft), within("right key", errRight), within("through value", errThrough))
}

func codecOf(t reflect.Type, form persist.Form, given []*codec.Codec) (*codec.Codec, error) {
	for _, c := range given {
		if c.Of == t {
			return c, nil
		}
	}
	c, err := codec.Of(t)
	if err != nil {
		return nil, err
	}
	return c, c.Err(form)
}

func keyCodecOf(t reflect.Type, form persist.Form, given []*codec.Codec) (*codec.Codec, error) {
	c, err := codecOf(t, form, given)
	if err == nil && form == persist.Columns && len(c.Columns("")) != 1 {
		err = fmt.Errorf("keys of type %v take %d columns, and a key has one: give a Codec", t, len(c.Columns("")))
	}
	return c, err
}

// shape is what a store records of the relation.
func (c *edgeCodec) shape(name string, undirected bool) persist.Relation {
	columns := append(c.left.Columns("left"), c.right.Columns("right")...)
	return persist.Relation{
		Name:       name,
		Undirected: undirected,
		Left:       c.left.Kind,
		Right:      c.right.Kind,
		Through:    c.through.Kind,
		Columns:    append(columns, c.through.Columns("through")...),
	}
}

// grow makes room for the rows of so many changes, as far as their size is known: not in the form
// Binary.
func (c *edgeCodec) grow(r *Rows, n int) {
	if r.Form == persist.Columns {
		r.values = slices.Grow(r.values, n*(c.left.Width()+c.right.Width()+2*c.through.Width()))
	}
	r.ends = slices.Grow(r.ends, 2*n)
	r.deleted = slices.Grow(r.deleted, n)
}

// AppendRow adds the row of a change. Before is the value that an edge had, nil for one that was
// not there; after is nil for one that will not be.
func (c *edgeCodec) AppendRow(r *Rows, left, right, before, after pointer) (err error) {
	if r.Form == persist.Columns {
		return c.AppendColumns(r, left, right, before, after)
	}
	if r.data, err = codec.AppendKey(r.data, c.left, left, c.right, right); err != nil {
		return err
	}
	r.ends = append(r.ends, len(r.data))
	if after != nil {
		if r.data, err = c.through.Append(r.data, after); err != nil {
			return err
		}
	}
	r.ends = append(r.ends, len(r.data))
	return nil
}

func (c *edgeCodec) AppendColumns(r *Rows, left, right, before, after pointer) (err error) {
	if r.values, err = c.left.AppendColumns(r.values, left); err != nil {
		return err
	}
	if r.values, err = c.right.AppendColumns(r.values, right); err != nil {
		return err
	}
	if after != nil {
		if r.values, err = c.through.AppendColumns(r.values, after); err != nil {
			return err
		}
	}
	r.ends = append(r.ends, len(r.values))
	if before != nil && after != nil {
		r.values, _ = c.through.AppendColumns(r.values, before) // without it, all columns are written
	}
	r.ends = append(r.ends, len(r.values))
	return nil
}

// storedAlike reports whether two through values are the same to a store. It overwrites r.
func (c *edgeCodec) storedAlike(r *Rows, x, y pointer) bool {
	var first int
	var errX, errY error
	if r.Form == persist.Columns {
		r.values, errX = c.through.AppendColumns(r.values[:0], x)
		first = len(r.values)
		r.values, errY = c.through.AppendColumns(r.values, y)
		return errX == nil && errY == nil && slices.EqualFunc(r.values[:first], r.values[first:], sameColumn)
	}
	r.data, errX = c.through.Append(r.data[:0], x)
	first = len(r.data)
	r.data, errY = c.through.Append(r.data, y)
	return errX == nil && errY == nil && bytes.Equal(r.data[:first], r.data[first:])
}

// sameColumn reports whether two columns have the same value, as one driver gives it.
func sameColumn(x, y any) bool {
	switch x := x.(type) {
	case []byte:
		y, ok := y.([]byte)
		return ok && bytes.Equal(x, y)
	case time.Time:
		y, ok := y.(time.Time)
		return ok && x.Equal(y)
	}
	return x == y
}

// Rows are encoded rows, in one form.
type Rows struct {
	Form   persist.Form
	data   []byte // of the form Binary: keys and values, one after the other
	values []any  // of the form Columns: rows, each followed by the old value's columns
	ends   []int  // where each key and value ends in data, or each row and old value in values

	deleted []bool
}

// Clear lets go of all rows, and of the room for more than are kept.
func (r *Rows) Clear() {
	if len(r.deleted) > maxKept || cap(r.data) > maxKeptBytes {
		*r = Rows{Form: r.Form}
		return
	}
	clear(r.values)
	r.data, r.values, r.ends, r.deleted = r.data[:0], r.values[:0], r.ends[:0], r.deleted[:0]
}

func (r *Rows) AppendBinary(key, value []byte, i int) (k, v []byte) {
	middle, end := r.ends[2*i], r.ends[2*i+1]
	return append(key, r.data[r.start(2*i):middle]...), append(value, r.data[middle:end]...)
}

func (r *Rows) AppendColumns(columns []any, i int) []any {
	return append(columns, r.values[r.start(2*i):r.ends[2*i]]...)
}

func (r *Rows) appendBefore(columns []any, i int) []any {
	if r.Form != persist.Columns {
		return columns
	}
	return append(columns, r.values[r.ends[2*i]:r.ends[2*i+1]]...)
}

// start is where piece i begins.
func (r *Rows) start(i int) int {
	if i == 0 {
		return 0
	}
	return r.ends[i-1]
}

// text returns all that was encoded, as text that nothing else has.
func (r *Rows) text() string {
	text := string(r.data)
	for _, v := range r.values {
		if at, ok := v.(time.Time); ok {
			v = at.Format(time.RFC3339Nano) // without a reading of the monotonic clock
		}
		s := fmt.Sprint(v)
		text += fmt.Sprint(len(s), ":", s)
	}
	return text
}

// encode makes the rows that the store reads, or says which value cannot be stored.
func (g *Graph) encode(batches []persist.Batch) error {
	if g.opts.Store == nil {
		return nil
	}
	form := g.opts.Store.Form()
	for _, b := range batches {
		set := b.(*changes)
		set.rows.Clear()
		set.rows.Form = form
		if err := set.recorder.of.encode(&set.list, &set.rows); err != nil {
			return err
		}
	}
	return nil
}

// RowDecoder turns the rows of a relation back into edges. For a row that is none, the error is
// persist.ErrDamaged, and persist.ErrRow in the form Columns. A decoder is for one load.
type RowDecoder struct {
	v                    *Relation
	codec                *edgeCodec
	left, right, through pointer            // of the row that came last
	own                  pointer            // where right is, unless it is shared
	leftBytes            []byte             // what its left key was decoded from, in the form Binary
	leftColumn           any                // and in the form Columns
	rights               map[string]pointer // the keys that were decoded from bytes or text, to share their memory; nil if they do not
}

// NewRowDecoder returns a decoder. Sharing says that the edges will be kept, so that right keys
// which are equal are to share their memory. Left keys do so where they come one after the other.
func (r *Decl) NewRowDecoder(sharing bool) *RowDecoder {
	t := r.live.Types
	d := &RowDecoder{v: r.live, codec: r.Codec, left: t[0].New(), own: t[1].New(), through: t[2].New()}
	if sharing && raw.HasPointers(t[1].Of) && r.Codec.right.Kind != persist.Time {
		d.rights = make(map[string]pointer)
	}
	d.right = d.own
	return d
}

// Binary decodes a row of the form Binary.
func (d *RowDecoder) Binary(key, value []byte) error {
	err := d.binaryKey(key)
	if err != nil {
		return err
	}
	if err = d.codec.through.Decode(value, d.through); err != nil {
		return d.damaged("through value of %v and %v: %w", d.leftKey(), d.rightKey(), err)
	}
	return nil
}

func (d *RowDecoder) leftKey() any  { return d.v.Types[0].Any(d.left) }
func (d *RowDecoder) rightKey() any { return d.v.Types[1].Any(d.right) }

// binaryKey decodes the key of a row.
func (d *RowDecoder) binaryKey(key []byte) error {
	left, right, err := codec.SplitKey(d.codec.left.Kind, key)
	if err != nil {
		return d.damaged("%w", err)
	}
	if string(left) != string(d.leftBytes) || d.leftBytes == nil {
		if err = d.codec.left.DecodeKey(left, d.left); err != nil {
			return d.damaged("left key: %w", err)
		}
		d.leftBytes = append(d.leftBytes[:0], left...) // nil if there are none: then they are decoded again
	}
	if err = d.decodeRight(right); err != nil {
		return d.damaged("right key: %w", err)
	}
	return d.check()
}

func (d *RowDecoder) decodeRight(data []byte) error {
	if b, ok := d.rights[string(data)]; ok {
		d.right = b
		return nil
	}
	d.right = d.own
	err := d.codec.right.DecodeKey(data, d.right)
	if err == nil && d.rights != nil {
		d.rights[string(data)] = d.v.Types[1].Box(d.right)
	}
	return err
}

// Columns decodes a row of the form Columns.
func (d *RowDecoder) Columns(values []any) error {
	if err := d.columnsKey(values); err != nil {
		return err
	}
	if err := d.codec.through.FromColumns(values[2:], d.through); err != nil {
		return d.damaged("through value of %v and %v: %w", d.leftKey(), d.rightKey(), inColumn(2, err))
	}
	return nil
}

// inColumn says that the columns of an error are counted from a column on.
func inColumn(first int, err error) error {
	var c *persist.ColumnError
	if errors.As(err, &c) {
		c.Column += first
	}
	return err
}

// columnsKey decodes the key of a row.
func (d *RowDecoder) columnsKey(values []any) error {
	if len(values) < 2 {
		return d.damaged("%d columns, and not the two of the key", len(values))
	}
	if d.leftColumn == nil || !sameColumn(values[0], d.leftColumn) {
		if err := d.codec.left.FromColumns(values[:1], d.left); err != nil {
			return d.damaged("left key: %w", err)
		}
		d.leftColumn = keptColumn(values[0])
	}
	if err := d.rightColumn(values[1:2]); err != nil {
		return d.damaged("right key: %w", inColumn(1, err))
	}
	return d.check()
}

// keptColumn returns a column that can be kept when whoever gave it goes on.
func keptColumn(x any) any {
	if b, ok := x.([]byte); ok {
		return bytes.Clone(b)
	}
	return x
}

// rightColumn decodes the right key from its column.
func (d *RowDecoder) rightColumn(column []any) error {
	known := false
	switch x := column[0].(type) {
	case string:
		d.right, known = d.rights[x]
	case []byte:
		d.right, known = d.rights[string(x)]
	}
	if known {
		return nil
	}
	d.right = d.own
	err := d.codec.right.FromColumns(column, d.right)
	if err != nil || d.rights == nil {
		return err
	}
	switch x := column[0].(type) {
	case string:
		d.rights[x] = d.v.Types[1].Box(d.right)
	case []byte:
		d.rights[string(x)] = d.v.Types[1].Box(d.right)
	}
	return nil
}

// check returns what is wrong with the key of a row. The lower key of an undirected edge belongs
// on the left, or else there could be two rows of the edge, and the store would not find this one
// to delete it.
func (d *RowDecoder) check() error {
	if err := d.v.admit(d.left, d.right); err != nil {
		return d.damaged("%w", err)
	}
	if d.v.Undirected && d.v.below(d.right, d.left) {
		return d.damaged("%v stands left of %v, and the lower key of an undirected edge belongs on the left", d.leftKey(), d.rightKey())
	}
	return nil
}

func (d *RowDecoder) damaged(format string, args ...any) error {
	return fmt.Errorf("%w: a row of relation %q cannot be read: %w", d.v.misread(), d.v.Name, fmt.Errorf(format, args...))
}

// misread returns what a row is that is no edge: damage in a store that is the graph's alone, and a
// row of another program in a table.
func (v *Relation) misread() error {
	if v.G.opts.Store.Form() == persist.Columns {
		return persist.ErrRow
	}
	return persist.ErrDamaged
}
