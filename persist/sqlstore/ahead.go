package sqlstore

import (
	"database/sql"
	"iter"
)

// blockRows is how many rows are read before they are handed on.
const blockRows = 256

// block is where rows are read into, one after the other.
type block struct {
	width    int
	values   []any
	pointers []any // to values
	rows     int
	err      error // why there are no more
}

func newBlock(width int) *block {
	b := &block{width: width, values: make([]any, blockRows*width)}
	for i := range b.values {
		b.pointers = append(b.pointers, &b.values[i])
	}
	return b
}

// fill reads the next rows, and reports whether there may be more.
func (b *block) fill(rows *sql.Rows) (more bool) {
	for b.rows, b.err = 0, nil; b.rows < blockRows; b.rows++ {
		if !rows.Next() {
			b.err = rows.Err()
			return false
		}
		if b.err = rows.Scan(b.pointers[b.rows*b.width:][:b.width]...); b.err != nil {
			return false
		}
	}
	return true
}

// readAhead gives rows of so many columns while a goroutine reads the next ones, so that the driver and the graph each have a processor. The
// values are valid until the next row. When the loop ends, so has the goroutine. A load from SQLite takes a fifth less time than with one goroutine:
// BenchmarkSQLLoad, in the module bench.
func readAhead(rows *sql.Rows, width int) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		full, empty, stop := make(chan *block), make(chan *block, 2), make(chan struct{})
		empty <- newBlock(width)
		empty <- newBlock(width)
		go fillBlocks(rows, full, empty, stop)
		defer func() {
			close(stop)
			for range full { // until it is closed
			}
		}()
		for b := range full {
			for i := range b.rows {
				if !yield(b.values[i*width:][:width], nil) {
					return
				}
			}
			if b.err != nil {
				yield(nil, b.err)
				return
			}
			empty <- b
		}
	}
}

// fillBlocks fills blocks until there are no more rows, or it is to stop.
func fillBlocks(rows *sql.Rows, full chan<- *block, empty <-chan *block, stop <-chan struct{}) {
	defer close(full)
	for more := true; more; {
		select {
		case b := <-empty:
			more = b.fill(rows)
			select {
			case full <- b:
			case <-stop:
				return
			}
		case <-stop:
			return
		}
	}
}
