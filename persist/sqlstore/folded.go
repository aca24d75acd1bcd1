package sqlstore

import (
	"context"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
)

// isFolded reports whether the collation of a key takes different texts for the same. Then a row is
// the one of a key only if the bytes of both are the same, too.
func (m *mapping) isFolded() bool { return !m.columns[0].isExact() || !m.columns[1].isExact() }

// keyPlaces returns the places of the values that byKey compares: those of a folded key come twice.
func (m *mapping) keyPlaces() []int {
	places := []int{0, 1}
	for i := range 2 {
		if !m.columns[i].isExact() {
			places = append(places, i)
		}
	}
	return places
}

// sameBytes returns the condition, begun by AND, that folded keys have the same bytes in two
// places, which a function returns for each of them; "" if no key is folded.
func (m *mapping) sameBytes(e engine, places func(i int) (x, y string)) (text string) {
	for _, i := range m.keyPlaces()[2:] {
		x, y := places(i)
		text += " AND " + e.bytesOf(x) + " = " + e.bytesOf(y)
	}
	return text
}

// misspelled says which row of other bytes the database takes for one that was to be inserted. It
// returns nil if there is none.
func (w *tableWrite) misspelled(ctx context.Context, key []any) error {
	if !w.isFolded() {
		return nil
	}
	names := quotedColumns(w.engine, w.columns[:2])
	there := make([]any, 2)
	err := collect(ctx, w.tx, func(scan func(...any) error) error { return scan(&there[0], &there[1]) },
		"SELECT "+names[0]+", "+names[1]+" FROM "+w.quoted(w.engine)+
			" WHERE "+names[0]+" = "+w.engine.placeholder(1)+" AND "+names[1]+" = "+w.engine.placeholder(2), key...)
	if err != nil || there[0] == nil {
		return err
	}
	return fmt.Errorf("%w: the table has row (%v, %v), and its collation takes that and (%v, %v) for the same: "+
		"use the spelling of the table, or give the column a collation that compares bytes",
		persist.ErrRefused, show(there[0]), show(there[1]), show(key[0]), show(key[1]))
}
