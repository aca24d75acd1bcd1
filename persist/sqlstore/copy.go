package sqlstore

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// fillRows is the number of rows from which on it is worth asking whether a table is empty, so
// that it can be filled by COPY: that takes two thirds of the time of INSERT for 1,000,000 rows
// and two indexes. BenchmarkSQLFill, in the module bench, shows it.
const fillRows = 1000

// fill inserts rows into a table if it is empty and the driver can copy. It reports whether it
// did, and how many rows the database says that it has inserted.
func (e postgres) fill(ctx context.Context, tx *writeTx, d *diff, rows []int) (n int, filled bool, err error) {
	if can, err := e.canFill(ctx, tx, d.quoted(e)); err != nil || !can {
		return 0, false, err
	}
	statement := "COPY " + d.quoted(e) + " (" + strings.Join(quotedColumns(e, d.columns), ", ") + ") FROM STDIN"
	err = tx.conn.Raw(func(c any) error {
		copyFrom := copier(c)
		if filled = copyFrom != nil; !filled {
			return nil
		}
		n, err = copyFrom(ctx, &copyReader{diff: d, rest: rows}, statement)
		return err
	})
	return n, filled, err
}

// canFill reports whether a table is empty, and COPY does there what INSERT does. COPY is not
// allowed under row-level security, and for a view or a foreign table not always; and it ignores
// rules.
func (postgres) canFill(ctx context.Context, db querier, quoted string) (can bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT relkind IN ('r', 'p') AND NOT relhasrules AND NOT row_security_active(oid)
		FROM pg_class WHERE oid = to_regclass($1)`, quoted).Scan(&can)
	if err != nil || !can {
		return false, err
	}
	some, err := hasRows(ctx, db, quoted)
	return !some, err
}

// copyFunc copies rows, and returns how many were inserted.
type copyFunc func(ctx context.Context, rows io.Reader, statement string) (n int, err error)

// copier returns the function that copies of a connection of github.com/jackc/pgx/v5/stdlib, and
// nil for one of another driver. There is no COPY in database/sql, and the package imports no
// driver.
func copier(conn any) copyFunc {
	v := result(reflect.ValueOf(conn).MethodByName("Conn"))
	if v.IsValid() {
		v = result(v.MethodByName("PgConn"))
	}
	if !v.IsValid() {
		return nil
	}
	method := v.MethodByName("CopyFrom")
	if !method.IsValid() || method.Type().NumIn() != 3 || method.Type().NumOut() != 2 || method.Type().In(1) != reflect.TypeFor[io.Reader]() {
		return nil
	}
	return func(ctx context.Context, rows io.Reader, statement string) (n int, err error) {
		results := method.Call([]reflect.Value{reflect.ValueOf(ctx), reflect.ValueOf(rows), reflect.ValueOf(statement)})
		if tag, ok := results[0].Interface().(interface{ RowsAffected() int64 }); ok {
			n = int(tag.RowsAffected())
		}
		err, _ = results[1].Interface().(error)
		return n, err
	}
}

// result returns the one result of a method without arguments, and the zero Value for any other
// method.
func result(method reflect.Value) reflect.Value {
	if !method.IsValid() || method.Type().NumIn() != 0 || method.Type().NumOut() != 1 {
		return reflect.Value{}
	}
	return method.Call(nil)[0]
}

// copyReader gives rows in the text format of COPY.
// See https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2.
type copyReader struct {
	*diff
	rest []int  // rows that are not in text yet
	text []byte // what was not read yet
	all  []byte // what text is part of
}

// copyBytes is how much text is made at once.
const copyBytes = 64 << 10

func (r *copyReader) Read(p []byte) (int, error) {
	if len(r.text) == 0 {
		r.all = r.all[:0]
		for len(r.rest) > 0 && len(r.all) < copyBytes {
			r.all = r.appendRow(r.all, r.row(r.rest[0]))
			r.rest = r.rest[1:]
		}
		r.text = r.all
	}
	if len(r.text) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

func (r *copyReader) appendRow(text []byte, values []any) []byte {
	for i, v := range values {
		if i > 0 {
			text = append(text, '\t')
		}
		text = appendCopied(text, v, r.columns[i].live.typ == "bytea")
	}
	return append(text, '\n')
}

func appendCopied(text []byte, v any, binary bool) []byte {
	switch v := v.(type) {
	case nil:
		return append(text, `\N`...)
	case int64:
		return strconv.AppendInt(text, v, 10)
	case float64:
		return appendFloat(text, v)
	case bool:
		return strconv.AppendBool(text, v)
	case string:
		return appendEscaped(text, v)
	case []byte:
		if binary {
			return hex.AppendEncode(append(text, `\\x`...), v)
		}
		return appendEscaped(text, string(v))
	case time.Time:
		return v.UTC().AppendFormat(text, time.RFC3339Nano)
	}
	return appendEscaped(text, fmt.Sprint(v))
}

// appendEscaped appends text with a backslash before what means something to COPY.
func appendEscaped(text []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '\\':
			text = append(text, `\\`...)
		case '\n':
			text = append(text, `\n`...)
		case '\r':
			text = append(text, `\r`...)
		case '\t':
			text = append(text, `\t`...)
		default:
			text = append(text, s[i])
		}
	}
	return text
}
