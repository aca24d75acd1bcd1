package persisttest

import (
	"maps"

	"github.com/seed-250bd433/junction/persist"
)

// differ is a persist.Differ that keeps what it is given: the rows that come, and what it is told
// of others.
type differ struct {
	loader
	whole map[string]bool // relations of which all rows come
	gone  rows            // keys of rows that are gone
}

func (d *differ) Whole(relation int) error {
	d.known(relation, func(name string) {
		if d.whole[name] || len(d.rows[name])+len(d.gone[name]) > 0 {
			d.breakf(differing, "Whole was said of relation %q twice, or after a row of it.", name)
		}
		d.whole[name] = true
	})
	return d.verdict()
}

func (d *differ) GoneBinary(relation int, key []byte) error {
	d.lose(persist.Binary, relation, string(key))
	return d.verdict()
}

func (d *differ) GoneColumns(relation int, key []any) error {
	if len(key) != 2 {
		d.breakf(oneForm, "a key is the first two columns, and not %s", format(key))
	}
	d.lose(persist.Columns, relation, format(key))
	return d.verdict()
}

func (d *differ) lose(form persist.Form, relation int, key string) {
	d.known(relation, func(name string) {
		_, came := d.rows[name][key]
		_, went := d.gone[name][key]
		switch {
		case form != d.form:
			d.breakf(oneForm, "The store is of form %v, and gave a key as %v.", d.form, form)
		case d.whole[name] || came || went:
			d.breakf(differing, "Row [%s] of relation %q is gone though Whole was said or the row came before.", brief(key), name)
		}
		d.gone.put(name, key, "")
	})
}

// known runs f with the name of a relation, if there is such a relation.
func (d *differ) known(relation int, f func(name string)) {
	switch {
	case d.ended:
		d.breakf(refreshing, "The Differ was told something after the first error, or after Refresh had returned.")
	case relation < 0 || relation >= len(d.schema.Relations):
		d.breakf(moment, "Refresh told of relation %d, and %d are declared.", relation, len(d.schema.Relations))
	default:
		f(d.schema.Relations[relation].Name)
	}
}

// over returns what rows become by what was given.
func (d *differ) over(before rows) rows {
	after := before.after()
	for name := range d.whole {
		after[name] = nil
	}
	for name, gone := range d.gone {
		maps.DeleteFunc(after[name], func(key, _ string) bool { _, ok := gone[key]; return ok })
	}
	for name, of := range d.rows {
		for key, value := range of {
			after.put(name, key, value)
		}
	}
	return after
}
