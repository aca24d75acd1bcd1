package sqlstore

import (
	"database/sql"
	"iter"
)

// scan yields rows of a number of columns, each valid until the next. It reads in the goroutine
// of its caller. With a goroutine that read ahead, a load took a fifth longer: driver, database
// and graph keep more than two processors busy as it is, and each block that was handed over cost
// a switch.
func scan(rows *sql.Rows, width int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		values, pointers := make([]any, width), make([]any, width)
		for i := range values {
			pointers[i] = &values[i]
		}
		for rows.Next() {
			if err := rows.Scan(pointers...); err != nil {
				yield(nil, err)
				return
			}
			if !yield(values, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, err)
		}
	}
}
