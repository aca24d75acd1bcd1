package persisttest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// likes is a batch of rows to put, as a graph makes it: a key and a value each.
type likes [][2]string

func (b likes) Relation() int    { return 0 }
func (b likes) Len() int         { return len(b) }
func (b likes) Deleted(int) bool { return false }

func (b likes) AppendBinary(key, value []byte, i int) (k, v []byte) {
	return append(key, b[i][0]...), append(value, b[i][1]...)
}

func (b likes) AppendColumns(columns []any, i int) []any { panic("the store reads the binary form") }

func (b likes) AppendBefore(columns []any, i int) ([]any, bool) { return columns, false }

// printer is a Loader that prints what it is given.
type printer struct{}

func (printer) LoadBinary(relation int, key, value []byte) error {
	fmt.Printf("relation %d: %s = %s\n", relation, key, value)
	return nil
}

func (printer) LoadColumns(int, []any) error { panic("the store gives the binary form") }

// A graph that commits to a store in memory, the second time while its disk is full; and another
// one that loads it.
func ExampleMemory() {
	ctx := context.Background()
	schema := &persist.Schema{Relations: []persist.Relation{
		{Name: "likes", Left: persist.String, Right: persist.String, Through: persist.String},
	}}
	memory := persisttest.NewMemory(persist.Binary)

	store := memory.Open()
	if _, err := store.Load(ctx, schema, printer{}); err != nil {
		panic(err)
	}
	first := &persist.Commit{Revision: 1, Batches: []persist.Batch{likes{{"ann go", "much"}, {"bob go", "a little"}}}}
	fmt.Println(store.Append(ctx, []*persist.Commit{first}))

	memory.FailNext(persist.Refused(errors.New("disk full")), false)
	second := &persist.Commit{Revision: 2, Batches: []persist.Batch{likes{{"ann c", "no more"}}}}
	fmt.Println(store.Append(ctx, []*persist.Commit{second}))
	fmt.Println(store.Close(), memory.Rows("likes"))

	revision, err := memory.Open().Load(ctx, schema, printer{})
	fmt.Println(revision, err)
	// Output:
	// <nil>
	// junction: store refused: disk full
	// <nil> map[ann go:much bob go:a little]
	// relation 0: ann go = much
	// relation 0: bob go = a little
	// 1 <nil>
}
