package sqlstore

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// stateError is an error as drivers for PostgreSQL have them, codeError as modernc.org/sqlite has
// them.
type (
	stateError string
	codeError  int
)

func (e stateError) Error() string    { return "state " + string(e) }
func (e stateError) SQLState() string { return string(e) }
func (e codeError) Error() string     { return "code" }
func (e codeError) Code() int         { return int(e) }

// TestJudge holds what is tried again, what was refused, when the server has said that it ends,
// and what nobody knows the outcome of.
func TestJudge(t *testing.T) {
	text := errors.New
	tests := map[string]struct {
		engine engine
		errs   map[error]verdict
	}{
		"PostgreSQL": {postgres{}, map[error]verdict{
			stateError("40001"): again, stateError("40P01"): again,
			stateError("23505"): refused, stateError("25006"): refused, stateError("53100"): refused, stateError("57014"): refused,
			stateError("40003"): ended, stateError("08006"): ended, stateError("57P01"): ended, text("unexpected EOF"): lost, text("state 40001"): lost,
		}},
		"MySQL": {&mysql{}, map[error]verdict{
			text("Error 1213 (40001): Deadlock found"): again, text("Error 1205 (HY000): Lock wait timeout"): again, text("Error 1020 (HY000): Record has changed"): again,
			text("Error 1062 (23000): Duplicate entry 'Error 1213: '"): refused, text("Error 1452: a foreign key"): refused,
			text("Error 1053 (08S01): Server shutdown in progress"): ended, text("Error 2013 (HY000): Lost connection"): ended,
			text("invalid connection"): lost, text("1213"): lost,
		}},
		"SQLite": {sqlite{}, map[error]verdict{
			codeError(5): again, codeError(6): again, codeError(5 | 2<<8): again, codeError(6 | 1<<8): again,
			codeError(19): refused, codeError(19 | 6<<8): refused, codeError(8): refused, codeError(13): refused,
			codeError(10): doubtful, codeError(10 | 4<<8): doubtful, text("unexpected EOF"): lost,
			text("database is locked"): again, text("database table is locked: likes"): again, text("disk I/O error"): doubtful,
			text("UNIQUE constraint failed: likes.l"): refused, text("database or disk is full"): refused, text("attempt to write a readonly database"): refused,
		}},
	}
	for name, test := range tests {
		for err, want := range test.errs {
			require.Equal(t, want, test.engine.judge(err), "%s: %v", name, err)
			require.Equal(t, want, test.engine.judge(fmt.Errorf("junction: table x: %w", err)), "%s, wrapped: %v", name, err)
		}
	}
}

// TestPieces holds that any number of rows is cut into pieces of few sizes, that all of them add
// up, and that no statement has more arguments than MySQL takes.
func TestPieces(t *testing.T) {
	for _, columns := range []int{2, 3, 100, 200, 70_000} {
		m := &mapping{columns: make([]column, columns)}
		for _, rows := range []int{0, 1, 7, 8, 9, 71, 511, 512, 513, 2000} {
			sum := 0
			for n := range m.pieces(rows) {
				sum += n
				require.Contains(t, statementRows, n)
				require.True(t, n == 1 || n*columns <= mostArguments, "%d rows of %d columns", n, columns)
			}
			require.Equal(t, rows, sum)
		}
	}
	require.Equal(t, []int{512, 64, 8, 1, 1}, slices.Collect((&mapping{columns: make([]column, 3)}).pieces(586)))
}

// TestArguments checks that arguments are numbered where a database asks for it, and that a hostile
// name of a schema is no argument.
func TestArguments(t *testing.T) {
	require.Equal(t, "a = $1 AND b = $2", arguments(postgres{}, "a = ? AND b = ?"))
	require.Equal(t, "a = ? AND b = ?", arguments(&mysql{}, "a = ? AND b = ?"))
	m := &meta{engine: postgres{}, schema: `a?"b`}
	require.Equal(t, `SELECT 1 FROM "a?""b".junction_meta WHERE graph = $1`, m.statement("SELECT 1 FROM junction_meta WHERE graph = ?"))
	require.Equal(t, 6, strings.Count(m.advanceStatement(), "$"))
}

// TestAffinity holds the rules of https://sqlite.org/datatype3.html, section 3.1, in their order.
func TestAffinity(t *testing.T) {
	for declared, want := range map[string]string{
		"INT": "integer", "bigint unsigned": "integer", "FLOATING POINT": "integer", "CHARINT": "integer",
		"VARCHAR(255)": "text", "clob": "text", "BLOB": "blob", "": "blob", "DOUBLE PRECISION": "real", "float": "real",
		"NUMERIC": "numeric", "BOOLEAN": "numeric", "DATETIME": "numeric", "STRING": "numeric",
	} {
		require.Equal(t, want, affinity(declared), declared)
	}
}
