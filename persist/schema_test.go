package persist

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func relations() *Schema {
	return &Schema{Relations: []Relation{
		{Name: "likes", Left: String, Right: Int64, Through: Float64, Columns: []Column{{Name: "user", Kind: String}}},
		{Name: "friends", Undirected: true, Left: Int64, Right: Int64, Through: Empty},
	}}
}

// rows has three rows of the first relation and none of the second.
func rows(relation int) int { return 3 * (1 - relation) }

func TestFit(t *testing.T) {
	likes := func(alter func(r *Relation)) func(s *Schema) {
		return func(s *Schema) { alter(&s.Relations[0]) }
	}
	tests := []struct {
		name    string
		declare func(s *Schema)
		says    []string // nothing if it fits
	}{
		{"the same", func(s *Schema) {}, nil},
		{"another order", func(s *Schema) { s.Relations[0], s.Relations[1] = s.Relations[1], s.Relations[0] }, nil},
		{"a new relation", func(s *Schema) { s.Relations = append(s.Relations, Relation{Name: "new"}) }, nil},
		{"without one that is empty", func(s *Schema) { s.Relations = s.Relations[:1] }, nil},
		{"another that is empty", func(s *Schema) { s.Relations[1].Left = String }, nil},
		{"other columns", likes(func(r *Relation) { r.Columns[0] = Column{Name: "who", Kind: Bytes} }), nil},
		{"left", likes(func(r *Relation) { r.Left = Bytes }), []string{`"likes"`, "3 rows", "(bytes, int64, through float64)", "(string, int64, through float64)"}},
		{"right", likes(func(r *Relation) { r.Right = Int32 }), []string{"(string, int32, through float64)"}},
		{"through", likes(func(r *Relation) { r.Through = Custom("gob") }), []string{"through codec:gob"}},
		{"undirected", likes(func(r *Relation) { r.Undirected = true }), []string{"declared as undirected", "rows of directed"}},
		{"missing", func(s *Schema) { s.Relations = s.Relations[1:] }, []string{`"likes", which is not declared`, `["friends"]`}},
		{"renamed", likes(func(r *Relation) { r.Name = "loves" }), []string{`"likes"`, `["loves" "friends"]`}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			declared := relations()
			test.declare(declared)
			err := declared.Fit(relations(), rows)
			if test.says == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrSchema)
			for _, part := range test.says {
				require.ErrorContains(t, err, part)
			}
		})
	}
}

func TestFitNamesAll(t *testing.T) {
	declared := &Schema{Relations: []Relation{{Name: "friends"}}}
	err := declared.Fit(relations(), func(int) int { return 1 })
	require.ErrorContains(t, err, `"likes"`)
	require.ErrorContains(t, err, `"friends"`)
	require.NoError(t, declared.Fit(&Schema{}, nil), "nothing is recorded")
}

func TestSchemaIsRecordedAsJSON(t *testing.T) {
	text, err := json.Marshal(relations())
	require.NoError(t, err)
	var back Schema
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, relations(), &back)
}
