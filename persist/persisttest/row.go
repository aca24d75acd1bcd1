package persisttest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// row is a row in both forms. What it is in columns is also told in text, and the text serves as its binary form, so that
// most cases need not know which form they test.
type row struct {
	key, value string
	columns    []any
}

// rowOf returns the row of columns.
func rowOf(columns ...any) row {
	return row{key: format(columns[:2]), value: format(columns[2:]), columns: columns}
}

// rowIn returns row (i, j) of a relation, with a value that v tells apart.
func (c *check) rowIn(r *persist.Relation, i, j, v int) row {
	if r.Undirected && i > j {
		i, j = j, i
	}
	columns := []any{c.valueOf(r.Columns[0].Kind, i), c.valueOf(r.Columns[1].Kind, j)}
	for n, column := range r.Columns[2:] {
		if column.Nullable && v%3 == 0 {
			columns = append(columns, nil)
		} else {
			columns = append(columns, c.valueOf(column.Kind, v+n))
		}
	}
	return rowOf(columns...)
}

// valueOf returns value n of a kind. All differ but those of a bool.
func (c *check) valueOf(kind persist.Kind, n int) any {
	switch kind {
	case persist.Int64:
		return int64(n)
	case persist.Float64:
		return float64(n) / 4
	case persist.Bool:
		return n%2 == 1
	case persist.Bytes:
		return []byte{0x00, byte(n >> 16), byte(n >> 8), byte(n), 0xff}
	case persist.Time:
		return c.instant(n)
	}
	return fmt.Sprintf("é%d", n)
}

// instant returns instant n, no finer than the place can keep.
func (c *check) instant(n int) time.Time {
	t := time.Date(2026, 2, 28, 23, 59, 59, 123456789, time.UTC).Add(time.Duration(n) * time.Hour)
	return t.Truncate(c.place.TimeUnit)
}

// format writes columns as text: strings in quotes, and []byte as if they were strings. Equal columns have equal text, and no
// others have, if they are of the same kinds.
func format(columns []any) string {
	var text strings.Builder
	for i, v := range columns {
		if i > 0 {
			text.WriteString(", ")
		}
		switch v := v.(type) {
		case nil:
			text.WriteString("nil")
		case string, []byte:
			fmt.Fprintf(&text, "%q", v)
		case time.Time:
			text.WriteString(v.UTC().Format(time.RFC3339Nano))
		case int64, float64, bool:
			fmt.Fprint(&text, v)
		default:
			fmt.Fprintf(&text, "%T(%v), which is no driver.Value", v, v)
		}
	}
	return text.String()
}

// normal returns columns that a store gave as they were put: a bool may come as a number.
func normal(r *persist.Relation, columns []any) []any {
	columns = slices.Clone(columns)
	for i, v := range columns {
		if n, ok := v.(int64); ok && r.Columns[i].Kind == persist.Bool && n>>1 == 0 {
			columns[i] = n == 1
		}
	}
	return columns
}

// copied returns columns that share no memory with those given.
func copied(columns []any) []any {
	columns = slices.Clone(columns)
	for i, v := range columns {
		if b, ok := v.([]byte); ok {
			columns[i] = slices.Clone(b)
		}
	}
	return columns
}
