package persisttest

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// row is a row in both forms. What it is in columns is also told in text, and the text serves as
// its binary form, so that most cases need not know which form they test.
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
	case persist.UUID:
		return fmt.Appendf(nil, "%016d", n)
	case persist.JSON:
		return fmt.Sprintf(`{"n": %d}`, n)
	}
	return fmt.Sprintf("é%d", n)
}

// instant returns instant n, no finer than the place can keep.
func (c *check) instant(n int) time.Time {
	t := time.Date(2026, 2, 28, 23, 59, 59, 123456789, time.UTC).Add(time.Duration(n) * time.Hour)
	return t.Truncate(c.place.TimeUnit)
}

// format writes columns as text: strings in quotes, and []byte as if they were strings. Equal
// columns have equal text, and no others have, if they are of the same kinds.
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

// compareColumns compares columns of one type in its order, and others by what format makes of
// them.
func compareColumns(x, y any) int {
	switch x := x.(type) {
	case int64:
		if y, ok := y.(int64); ok {
			return cmp.Compare(x, y)
		}
	case float64:
		if y, ok := y.(float64); ok {
			return cmp.Compare(x, y)
		}
	case string:
		if y, ok := y.(string); ok {
			return strings.Compare(x, y)
		}
	case []byte:
		if y, ok := y.([]byte); ok {
			return bytes.Compare(x, y)
		}
	case time.Time:
		if y, ok := y.(time.Time); ok {
			return x.Compare(y)
		}
	}
	return strings.Compare(format([]any{x}), format([]any{y}))
}

// normal returns columns that a store gave as they were put: a bool may come as a number, and a
// UUID as text.
func normal(r *persist.Relation, columns []any) []any {
	columns = slices.Clone(columns)
	for i, v := range columns {
		switch r.Columns[i].Kind {
		case persist.Bool:
			if n, ok := v.(int64); ok && n>>1 == 0 {
				columns[i] = n == 1
			}
		case persist.UUID:
			columns[i] = normalUUID(v)
		}
	}
	return columns
}

// normalUUID returns the bytes of a UUID that came as text, and all else as it is.
func normalUUID(v any) any {
	text, ok := v.(string)
	if b, isBytes := v.([]byte); isBytes {
		text, ok = string(b), true
	}
	if digits := strings.ReplaceAll(text, "-", ""); ok && len(digits) == 32 && (len(text) == 36 || len(text) == 32) {
		if b, err := hex.DecodeString(digits); err == nil {
			return b
		}
	}
	return v
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
