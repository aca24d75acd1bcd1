package junction

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/seed-250bd433/junction/internal/codec"
	"github.com/seed-250bd433/junction/persist"
)

// edgeCodec is how the edges of a relation are stored.
type edgeCodec[A, B, T any] struct {
	left    *codec.Codec[A]
	right   *codec.Codec[B]
	through *codec.Codec[T]
}

// newEdgeCodec finds the codecs of three types: of the given ones that which is for the type, or else the type's own.
func newEdgeCodec[A, B, T any](form persist.Form, given []any) (*edgeCodec[A, B, T], error) {
	left, errLeft := keyCodecOf[A](form, given)
	right, errRight := keyCodecOf[B](form, given)
	through, errThrough := codecOf[T](form, given)
	return &edgeCodec[A, B, T]{left, right, through},
		errors.Join(within("left key", errLeft), within("right key", errRight), within("through value", errThrough))
}

func codecOf[V any](form persist.Form, given []any) (*codec.Codec[V], error) {
	for _, c := range given {
		if c, ok := c.(*codec.Codec[V]); ok {
			return c, nil
		}
	}
	c, err := codec.Of[V]()
	if err != nil {
		return nil, err
	}
	return c, c.Err(form)
}

func keyCodecOf[V any](form persist.Form, given []any) (*codec.Codec[V], error) {
	c, err := codecOf[V](form, given)
	if err == nil && form == persist.Columns && len(c.Columns("")) != 1 {
		err = fmt.Errorf("keys of type %v take %d columns, and a key has one: give a Codec", reflect.TypeFor[V](), len(c.Columns("")))
	}
	return c, err
}

// shape is what a store records of the relation.
func (c *edgeCodec[A, B, T]) shape(name string, undirected bool) persist.Relation {
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

// appendRow adds the row of a change.
func (c *edgeCodec[A, B, T]) appendRow(r *rows, change *Change[A, B, T]) (err error) {
	if r.form == persist.Columns {
		return c.appendColumns(r, change)
	}
	if r.data, err = codec.AppendKey(r.data, c.left, change.Left, c.right, change.Right); err != nil {
		return err
	}
	r.ends = append(r.ends, len(r.data))
	if change.Kind != Removed {
		if r.data, err = c.through.Append(r.data, change.After); err != nil {
			return err
		}
	}
	r.ends = append(r.ends, len(r.data))
	return nil
}

func (c *edgeCodec[A, B, T]) appendColumns(r *rows, change *Change[A, B, T]) (err error) {
	if r.values, err = c.left.AppendColumns(r.values, change.Left); err != nil {
		return err
	}
	if r.values, err = c.right.AppendColumns(r.values, change.Right); err != nil {
		return err
	}
	if change.Kind != Removed {
		if r.values, err = c.through.AppendColumns(r.values, change.After); err != nil {
			return err
		}
	}
	r.ends = append(r.ends, len(r.values))
	return nil
}

// rows are encoded rows, in one form.
type rows struct {
	form   persist.Form
	data   []byte // of the form Binary: keys and values, one after the other
	values []any  // of the form Columns
	ends   []int  // where each stands in data (key, value, key ...), or each row in values

	deleted []bool
}

func (r *rows) reset(form persist.Form) {
	clear(r.values)
	*r = rows{form: form, data: r.data[:0], values: r.values[:0], ends: r.ends[:0], deleted: r.deleted[:0]}
}

func (r *rows) appendBinary(key, value []byte, i int) (k, v []byte) {
	middle, end := r.ends[2*i], r.ends[2*i+1]
	return append(key, r.data[r.start(2*i):middle]...), append(value, r.data[middle:end]...)
}

func (r *rows) appendColumns(columns []any, i int) []any {
	return append(columns, r.values[r.start(i):r.ends[i]]...)
}

// start is where piece i begins.
func (r *rows) start(i int) int {
	if i == 0 {
		return 0
	}
	return r.ends[i-1]
}

// encode makes the rows that the store reads, or says which value cannot be stored.
func (g *Graph) encode(batches []persist.Batch) error {
	if g.opts.Store == nil {
		return nil
	}
	form := g.opts.Store.Form()
	for _, b := range batches {
		set := b.(*changes)
		set.rows.reset(form)
		if err := set.journal.methods.encode(set.list, &set.rows); err != nil {
			return err
		}
	}
	return nil
}

// rowDecoder turns rows back into edges. It is for one load.
type rowDecoder[A, B, T any] struct {
	codec  *edgeCodec[A, B, T]
	leftOf []byte // the bytes of the left key that came last, and the key
	left   A
	rights map[string]B // those that were decoded, where one has memory of its own; else nil
}

func newRowDecoder[A, B, T any](c *edgeCodec[A, B, T]) *rowDecoder[A, B, T] {
	d := &rowDecoder[A, B, T]{codec: c}
	switch c.right.Kind {
	case persist.String, persist.Bytes, persist.MarshalBinary, persist.CBOR:
		d.rights = make(map[string]B)
	}
	return d
}

// binary decodes a row of the form Binary. Keys that are equal share their memory.
func (d *rowDecoder[A, B, T]) binary(key, value []byte) (e Edge[A, B, T], err error) {
	left, right, err := codec.SplitKey(d.codec.left.Kind, key)
	if err != nil {
		return e, err
	}
	if string(left) != string(d.leftOf) || d.leftOf == nil {
		if d.left, err = d.codec.left.DecodeKey(left); err != nil {
			return e, fmt.Errorf("left key: %w", err)
		}
		d.leftOf = append(make([]byte, 0, max(len(left), 1)), left...)
	}
	e.Left = d.left
	if e.Right, err = d.right(right); err != nil {
		return e, fmt.Errorf("right key: %w", err)
	}
	if e.Through, err = d.codec.through.Decode(value); err != nil {
		return e, fmt.Errorf("through value of %v and %v: %w", e.Left, e.Right, err)
	}
	return e, nil
}

func (d *rowDecoder[A, B, T]) right(data []byte) (B, error) {
	if d.rights == nil {
		return d.codec.right.DecodeKey(data)
	}
	if b, ok := d.rights[string(data)]; ok {
		return b, nil
	}
	b, err := d.codec.right.DecodeKey(data)
	if err == nil {
		d.rights[string(data)] = b
	}
	return b, err
}

// columns decodes a row of the form Columns.
func (d *rowDecoder[A, B, T]) columns(values []any) (e Edge[A, B, T], err error) {
	c := d.codec
	if len(values) < 2 {
		return e, fmt.Errorf("%d columns, and not the two of the key", len(values))
	}
	if e.Left, err = c.left.FromColumns(values[:1]); err != nil {
		return e, fmt.Errorf("left key: %w", err)
	}
	if e.Right, err = c.right.FromColumns(values[1:2]); err != nil {
		return e, fmt.Errorf("right key: %w", err)
	}
	if e.Through, err = c.through.FromColumns(values[2:]); err != nil {
		return e, fmt.Errorf("through value of %v and %v: %w", e.Left, e.Right, err)
	}
	return e, nil
}
