package sqlstore

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestConjuncts holds that the conditions of indexes are understood as PostgreSQL and SQLite
// show them.
func TestConjuncts(t *testing.T) {
	for where, want := range map[string][]string{
		"":                      nil,
		"(deleted_at IS NULL)":  {"deleted_at is null"},
		"deleted_at is null":    {"deleted_at is null"},
		`"Deleted At" IS NULL`:  {`"Deleted At" IS NULL`},
		"[deleted_at] IS  NULL": {"deleted_at is null"},
		"((deleted_at IS NULL) AND (tenant_id = 5))":                               {"deleted_at is null", "tenant_id = 5"},
		"(((taggable_type)::text = 'Post'::text) AND (tenant_id = '-1'::integer))": {"taggable_type = 'Post'", "tenant_id = -1"},
		"((kind)::character varying(10) = 'it''s'::character varying)":             {"kind = 'it''s'"},
		"(NOT deleted)":            {"deleted = 0"},
		"active":                   {"active = 1"},
		"(active = true)":          {"active = 1"},
		"deleted == 0":             {"deleted = 0"},
		"(tenant_id > 5)":          {"tenant_id > 5"},
		"(lower(name) IS NULL)":    {"lower(name) IS NULL"},
		"((a IS NULL) OR (b = 1))": {"(a IS NULL) OR (b = 1)"},
	} {
		require.Equal(t, want, conjuncts(where), where)
	}
}

// TestIndexCondition holds that the condition of a partial index is found in the statement that
// made it.
func TestIndexCondition(t *testing.T) {
	for statement, want := range map[string]string{
		"": "",
		"CREATE UNIQUE INDEX i ON t (a, b) WHERE deleted_at IS NULL":     "deleted_at IS NULL",
		"CREATE UNIQUE INDEX i ON t(a, lower(b))\nWHERE (x = 1)":         "(x = 1)",
		"CREATE UNIQUE INDEX i ON t (a COLLATE NOCASE) where x is null ": "x is null",
	} {
		require.Equal(t, want, indexCondition(statement), statement)
	}
}

// TestLiterals holds that constants stand in statements so that nothing of them is read as SQL.
func TestLiterals(t *testing.T) {
	for _, test := range []struct {
		v                       any
		sqlite, postgres, mysql string
	}{
		{nil, "NULL", "NULL", "NULL"},
		{int64(-5), "-5", "-5", "-5"},
		{true, "TRUE", "TRUE", "TRUE"},
		{1.5, "1.5", "1.5", "1.5"},
		{"it's", "'it''s'", "'it''s'", "'it''s'"},
		{`a\'`, `'a\'''`, `E'a\\'''`, "CONVERT(x'615c27' USING utf8mb4)"},
		{[]byte{0, 255}, "x'00ff'", `'\x00ff'`, "x'00ff'"},
	} {
		for e, want := range map[engine]string{sqlite{}: test.sqlite, postgres{}: test.postgres, &mysql{}: test.mysql} {
			have, err := e.literal(test.v)
			require.NoError(t, err)
			require.Equal(t, want, have, "%T", e)
		}
	}
	_, err := sqlite{}.literal("a\x00")
	require.ErrorContains(t, err, "is no text")
}
