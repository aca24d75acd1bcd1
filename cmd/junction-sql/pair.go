package main

import (
	"regexp"
	"slices"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/sqlstore"
)

// pair is the two columns of the keys, and the unique index that says so, if there is one.
type pair struct {
	left, right string
	index       sqlstore.IndexInfo
}

// pairOf returns the keys of a table that looks like a join table. It has one of these:
//
//   - a unique index over two columns that can be keys,
//   - a larger one with two foreign keys, or with two columns that are called like keys,
//   - two foreign keys, and no more,
//   - two columns that are called like keys, and nothing that says more about an edge.
//
// Of several indexes, pairOf takes the one that has more foreign keys, and then one of two columns.
func pairOf(t *sqlstore.TableInfo, foreign []string) (p pair, found bool) {
	isForeign := func(name string) bool { return slices.Contains(foreign, name) }
	best := 0
	for _, index := range t.Unique {
		keys := keysOf(t, index.Columns)
		switch {
		case len(index.Columns) == 2 && len(keys) == 2:
		case len(index.Columns) > 2 && len(keep(keys, isForeign)) >= 2:
			keys = keep(keys, isForeign)
		case len(index.Columns) > 2 && len(keep(keys, isKeyName)) >= 2:
			keys = keep(keys, isKeyName)
		default:
			continue
		}
		rank := 10 * len(keep(keys[:2], isForeign))
		if len(index.Columns) == 2 {
			rank += 5
		}
		if rank++; rank > best {
			best, p = rank, pair{keys[0], keys[1], index}
		}
	}
	if best > 0 {
		return p, true
	}
	return pairWithoutIndex(t, foreign)
}

// pairWithoutIndex is pairOf for a table in which no unique index has a pair.
func pairWithoutIndex(t *sqlstore.TableInfo, foreign []string) (p pair, found bool) {
	var all []string
	for _, c := range t.Columns {
		all = append(all, c.Name)
	}
	keys := keep(keysOf(t, all), func(name string) bool { return slices.Contains(foreign, name) })
	if len(keys) == 0 {
		keys = keep(keysOf(t, all), isKeyName)
		if slices.ContainsFunc(t.Columns, func(c sqlstore.ColumnInfo) bool {
			return !isKeyName(c.Name) && !isOwn(t, c.Name) && roleOf(c) == through
		}) {
			return p, false
		}
	}
	if len(keys) != 2 {
		return p, false
	}
	return pair{left: keys[0], right: keys[1]}, true
}

// keysOf returns the columns that can be keys, of those that are named.
func keysOf(t *sqlstore.TableInfo, names []string) []string {
	return keep(names, func(name string) bool {
		i := columnIndex(t, name)
		if i < 0 {
			return false // an expression
		}
		switch t.Columns[i].Kind {
		case persist.Int64, persist.String, persist.UUID, persist.Bytes:
			return len(names) == 2 || roleOf(t.Columns[i]) == through && !isOwn(t, name)
		}
		return false
	})
}

func columnIndex(t *sqlstore.TableInfo, name string) int {
	return slices.IndexFunc(t.Columns, func(c sqlstore.ColumnInfo) bool { return c.Name == name })
}

// isOwn reports whether a column is the primary key of the table by itself.
func isOwn(t *sqlstore.TableInfo, name string) bool {
	return slices.ContainsFunc(t.Unique, func(index sqlstore.IndexInfo) bool {
		return index.Primary && len(index.Columns) == 1 && index.Columns[0] == name
	})
}

func keep(names []string, is func(name string) bool) (kept []string) {
	for _, name := range names {
		if is(name) {
			kept = append(kept, name)
		}
	}
	return kept
}

var keyName = regexp.MustCompile(`_(?i:id|uuid|guid)$|[a-z](Id|ID|Uuid|UUID|Guid)$`)

// isKeyName reports whether a column is called as those that refer to other tables: user_id,
// userId.
func isKeyName(name string) bool { return keyName.MatchString(name) }
