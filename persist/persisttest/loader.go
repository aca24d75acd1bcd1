package persisttest

import (
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// loader is a persist.Loader that keeps copies of the rows it is given.
type loader struct {
	form   persist.Form
	schema *persist.Schema
	rows   rows
	broken *violation // the first: it ends Load, and is thrown when that returns
	fail   error      // what the loader itself fails with, when it has been given as many rows as it takes
	takes  int
	ended  bool // it has failed, or Load has returned

	afterEnd, twice rule // that is broken by a row then, and by one that comes again
}

func (l *loader) LoadBinary(relation int, key, value []byte) error {
	return l.load(persist.Binary, relation, func(*persist.Relation) (k, v string) { return string(key), string(value) })
}

func (l *loader) LoadColumns(relation int, columns []any) error {
	return l.load(persist.Columns, relation, func(r *persist.Relation) (k, v string) {
		if len(columns) != len(r.Columns) {
			l.breakf(oneForm, "relation %q has %d columns, and Load gave %d: %s", r.Name, len(r.Columns), len(columns), format(columns))
			return "", ""
		}
		columns = normal(r, columns)
		return format(columns[:2]), format(columns[2:])
	})
}

// load takes a row, which text tells.
func (l *loader) load(form persist.Form, relation int, text func(r *persist.Relation) (key, value string)) error {
	switch {
	case l.ended:
		l.breakf(l.afterEnd, "A row was given after the first error, or after the call had returned.")
	case form != l.form:
		l.breakf(oneForm, "The store is of form %v, and its Load gave a row as %v.", l.form, form)
	case relation < 0 || relation >= len(l.schema.Relations):
		l.breakf(state, "Load gave a row of relation %d, and %d are declared.", relation, len(l.schema.Relations))
	case l.fail != nil && l.takes == 0:
		l.ended = true
		return l.fail
	default:
		r := &l.schema.Relations[relation]
		key, value := text(r)
		l.add(r.Name, key, value)
	}
	return l.verdict()
}

// verdict returns what ends Load where a rule was broken.
func (l *loader) verdict() error {
	if l.broken != nil {
		l.ended = true
		return errors.New("persisttest: a rule is broken")
	}
	return nil
}

func (l *loader) add(relation, key, value string) {
	if _, ok := l.rows[relation][key]; ok {
		l.breakf(l.twice, "A row of relation %q was given twice: %s", relation, brief(key))
	}
	l.rows.put(relation, key, value)
	l.takes--
}

func (l *loader) breakf(r rule, detail string, args ...any) {
	if l.broken == nil {
		l.broken = &violation{r, fmt.Sprintf(detail, args...)}
	}
}
