package bench

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/stretchr/testify/require"
)

func inTransaction(db *sql.DB, do func(tx *sql.Tx) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// each runs a prepared statement for each edge, by so many of left and right key and value.
func each(db *sql.DB, statement string, arguments int, edges []edge) error {
	return inTransaction(db, func(tx *sql.Tx) error {
		prepared, err := tx.Prepare(statement)
		if err != nil {
			return err
		}
		for i := range edges {
			all := [...]any{edges[i].Left, edges[i].Right, edges[i].Through}
			if _, err := prepared.Exec(all[:arguments]...); err != nil {
				return err
			}
		}
		return nil
	})
}

func fillSQLite(db *sql.DB, table string, edges []edge) error {
	return each(db, "INSERT INTO "+table+" VALUES (?, ?, ?)", 3, edges)
}

func putSQLite(db *sql.DB, table string, edges []edge) error {
	return each(db, "INSERT INTO "+table+" VALUES (?, ?, ?) ON CONFLICT (a, b) DO UPDATE SET through = excluded.through", 3, edges)
}

func removeSQLite(db *sql.DB, table string, edges []edge) error {
	return each(db, "DELETE FROM "+table+" WHERE a = ? AND b = ?", 2, edges)
}

// fillPostgres copies, in the binary form of COPY.
func fillPostgres(db *sql.DB, table string, edges []edge) error {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Raw(func(driver any) error {
		row := make([]any, 3)
		rows := pgx.CopyFromSlice(len(edges), func(i int) ([]any, error) {
			row[0], row[1], row[2] = edges[i].Left, edges[i].Right, edges[i].Through
			return row, nil
		})
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{table}, []string{"a", "b", "through"}, rows)
		return err
	})
}

func putPostgres(db *sql.DB, table string, edges []edge) error {
	lefts, rights, values := columns(edges)
	return inTransaction(db, func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO "+table+" SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) ON CONFLICT (a, b) DO UPDATE SET through = excluded.through", lefts, rights, values)
		return err
	})
}

func removePostgres(db *sql.DB, table string, edges []edge) error {
	lefts, rights, _ := columns(edges)
	return inTransaction(db, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE FROM "+table+" t USING unnest($1::bigint[], $2::bigint[]) AS gone (a, b) WHERE t.a = gone.a AND t.b = gone.b", lefts, rights)
		return err
	})
}

func columns(edges []edge) (lefts, rights, values []int64) {
	for i := range edges {
		lefts, rights, values = append(lefts, edges[i].Left), append(rights, edges[i].Right), append(values, edges[i].Through)
	}
	return lefts, rights, values
}

func fillMariaDB(db *sql.DB, table string, edges []edge) error {
	return byMany(db, "INSERT INTO "+table+" VALUES ", "", edges)
}

func putMariaDB(db *sql.DB, table string, edges []edge) error {
	return byMany(db, "INSERT INTO "+table+" VALUES ", " ON DUPLICATE KEY UPDATE through = VALUES(through)", edges)
}

// byMany puts 500 rows by a statement, as many as there are.
func byMany(db *sql.DB, begin, end string, edges []edge) error {
	const most = 500
	return inTransaction(db, func(tx *sql.Tx) error {
		var prepared *sql.Stmt
		args := make([]any, 0, 3*most)
		for chunk := range slices.Chunk(edges, most) {
			if prepared == nil || len(chunk) < most {
				var err error
				if prepared, err = tx.Prepare(begin + strings.Repeat("(?, ?, ?), ", len(chunk)-1) + "(?, ?, ?)" + end); err != nil {
					return err
				}
			}
			args = args[:0]
			for i := range chunk {
				args = append(args, chunk[i].Left, chunk[i].Right, chunk[i].Through)
			}
			if _, err := prepared.Exec(args...); err != nil {
				return err
			}
		}
		return nil
	})
}

func removeMariaDB(db *sql.DB, table string, edges []edge) error {
	keys := make([][2]int64, len(edges))
	for i := range edges {
		keys[i] = [2]int64{edges[i].Left, edges[i].Right}
	}
	text, err := json.Marshal(keys)
	if err != nil {
		return err
	}
	return inTransaction(db, func(tx *sql.Tx) error {
		_, err := tx.Exec("DELETE t FROM JSON_TABLE(?, '$[*]' COLUMNS (a BIGINT PATH '$[0]', b BIGINT PATH '$[1]')) AS gone STRAIGHT_JOIN "+table+" t ON t.a = gone.a AND t.b = gone.b", string(text))
		return err
	})
}

// TestByHand holds that what is written by hand does the same as the store.
func TestByHand(t *testing.T) {
	onDatabases(t, func(t *testing.T, d *database, db *sql.DB) {
		w := newWork(2000, 1001)
		makeTable(t, db, ourTable)
		makeTable(t, db, otherTable)
		m, _ := relationIn(t, db)
		ours, others := throughGraph(t, m), d.byHand(t, db, otherTable)
		alike := func(n int) {
			require.Equal(t, n, m.Len())
			require.Equal(t, rowsOf(t, db, ourTable), rowsOf(t, db, otherTable))
			require.Len(t, rowsOf(t, db, otherTable), n)
		}

		require.NoError(t, d.fill(db, otherTable, w.there))
		ours.put(w.there)
		alike(2000)
		ours.put(w.changes(1))
		others.put(w.changes(1))
		alike(2000 + 500)
		ours.put(w.others)
		others.put(w.others)
		alike(2000 + 1001)
		ours.remove(w.others)
		others.remove(w.others)
		alike(2000)
		require.NoError(t, m.Graph().Close())
	})
}

func rowsOf(tb testing.TB, db *sql.DB, table string) (edges []edge) {
	rows, err := db.Query("SELECT a, b, through FROM " + table + " ORDER BY a, b")
	require.NoError(tb, err)
	defer rows.Close()
	for rows.Next() {
		var e edge
		require.NoError(tb, rows.Scan(&e.Left, &e.Right, &e.Through))
		edges = append(edges, e)
	}
	require.NoError(tb, rows.Err())
	return edges
}
