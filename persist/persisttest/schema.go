package persisttest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-250bd433/junction/persist"
)

// library is the schema of most cases: a directed relation, an undirected one without a value,
// and one with a value in several columns and with names that SQL has other uses for.
func library() *persist.Schema {
	return &persist.Schema{Relations: []persist.Relation{
		simple("likes", persist.String, persist.Int64, persist.String),
		{
			Name: "friends", Undirected: true, Left: persist.Int64, Right: persist.Int64, Through: persist.Empty,
			Columns: []persist.Column{{Name: "left", Kind: persist.Int64}, {Name: "right", Kind: persist.Int64}},
		},
		{
			Name: "order", Left: persist.Bytes, Right: persist.Int64, Through: persist.CBOR,
			Columns: []persist.Column{
				{Name: "group", Kind: persist.Bytes},
				{Name: "select", Kind: persist.Int64},
				{Name: "note", Kind: persist.String, Nullable: true},
				{Name: "score", Kind: persist.Float64},
				{Name: "done", Kind: persist.Bool},
				{Name: "at", Kind: persist.Time, Nullable: true},
				{Name: "photo", Kind: persist.Bytes, Nullable: true},
			},
		},
	}}
}

// simple returns a directed relation with a value in one column.
func simple(name string, left, right, through persist.Kind) persist.Relation {
	return persist.Relation{
		Name: name, Left: left, Right: right, Through: through,
		Columns: []persist.Column{{Name: "left", Kind: left}, {Name: "right", Kind: right}, {Name: "value", Kind: through}},
	}
}

// schemaOf returns a schema of relations.
func schemaOf(relations ...persist.Relation) *persist.Schema {
	return &persist.Schema{Relations: relations}
}

// reordered returns a schema with its relations in another order: those numbered, and no others.
func reordered(schema *persist.Schema, order ...int) *persist.Schema {
	other := &persist.Schema{}
	for _, i := range order {
		other.Relations = append(other.Relations, schema.Relations[i])
	}
	return other
}

func cloned(schema *persist.Schema) *persist.Schema {
	clone := &persist.Schema{Relations: slices.Clone(schema.Relations)}
	for i := range clone.Relations {
		clone.Relations[i].Columns = slices.Clone(clone.Relations[i].Columns)
	}
	return clone
}

// shapes tells a schema, without its columns.
func shapes(schema *persist.Schema) string {
	var shapes []string
	for _, r := range schema.Relations {
		direction := ""
		if r.Undirected {
			direction = "undirected "
		}
		shapes = append(shapes, fmt.Sprintf("%s%q (%s, %s, through %s)", direction, r.Name, r.Left, r.Right, r.Through))
	}
	return "[" + strings.Join(shapes, ", ") + "]"
}
