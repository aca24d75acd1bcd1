package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-250bd433/junction/persist"
)

// changesTable is the change log that triggers fill: the keys of rows that changed, by the revision of the graph.
const changesTable = "junction_changes"

// CreateTriggers makes changes that any program writes known, in PostgreSQL: triggers raise the graph's revision in the transaction that
// changes a table, log the keys of the changed rows, and send a notification on the channel junction. Then Refresh reads what has
// changed and no more, and a writer that has not seen it gets persist.ErrConflict. The graph's name is that of Store.Graph. Triggers that are there are replaced; a graph that
// is open knows of them when it is opened anew.
//
// What it costs: whoever writes to one of the tables waits for the end of each transaction that has written to one of them before, since the
// revision says in which order they were committed; and the log grows by a row for each changed row until PruneChanges is called. A statement that
// changes more than ten thousand rows is logged as one, after which the table is compared as a whole. The tables must exist. TRUNCATE is seen, too.
//
// To be woken at once, give Store.Notified a function that waits for a notification of the driver. With pgx:
//
//	conn, err := db.Conn(ctx)
//	_, err = conn.ExecContext(ctx, "LISTEN junction")
//	store.Notified = func(ctx context.Context) error {
//		return conn.Raw(func(c any) error {
//			_, err := c.(*stdlib.Conn).Conn().WaitForNotification(ctx)
//			return err
//		})
//	}
func CreateTriggers(ctx context.Context, db *sql.DB, graph string, schema *persist.Schema, tables ...Table) error {
	statements, err := triggerStatements(graph, schema, tables)
	if err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // after Commit, or of no use
	for _, statement := range statements {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("junction: triggers could not be made: %w", err)
		}
	}
	return tx.Commit()
}

// TriggerDDL returns the statements that CreateTriggers runs, for a migration tool: each ends with a semicolon and a newline.
func TriggerDDL(graph string, schema *persist.Schema, tables ...Table) (string, error) {
	statements, err := triggerStatements(graph, schema, tables)
	return strings.Join(statements, ";\n") + ";\n", err
}

// PruneChanges forgets logged changes that are older than so long, and returns how many. A graph that has not seen them yet compares its tables
// as a whole at the next Refresh.
func PruneChanges(ctx context.Context, db *sql.DB, older time.Duration) (n int64, err error) {
	err = db.QueryRowContext(ctx, `WITH gone AS (DELETE FROM `+changesTable+` WHERE tab <> '' AND at < now() - $1::float8 * interval '1 second' RETURNING graph, revision),
		mark AS (INSERT INTO `+changesTable+` (graph, revision, tab) SELECT graph, max(revision), '' FROM gone GROUP BY graph)
		SELECT count(*) FROM gone`, older.Seconds()).Scan(&n)
	return n, err
}

// mostLogged is how many rows of a statement are logged one by one.
const mostLogged = 10_000

func triggerStatements(graph string, schema *persist.Schema, tables []Table) ([]string, error) {
	mappings, err := mappings(schema, tables)
	if err != nil {
		return nil, err
	}
	e := postgres{}
	statements := []string{metaOf(e, graph).statement(), changesStatement, "CREATE INDEX IF NOT EXISTS junction_changes_since ON " + changesTable + " (graph, tab, revision)",
		noteFunction, noteTrigger, bumpFunction, logFunction}
	for _, m := range mappings {
		err = errors.Join(err, m.checkLengths(e))
		statements = append(statements, m.triggers(e, cmp.Or(graph, "main"))...)
	}
	return statements, err
}

const changesStatement = `CREATE TABLE IF NOT EXISTS ` + changesTable + ` (
  graph text NOT NULL,
  revision bigint NOT NULL,
  tab text NOT NULL, -- empty: all changes up to this revision are forgotten
  l text, -- NULL: any row may have changed
  r text,
  at timestamptz NOT NULL DEFAULT now()
)`

// A transaction knows the revision that it has raised the graph to by a setting that lasts as long as it does. The meta table's own trigger
// sets it, so that a commit of a graph needs no statement more.
const (
	noteFunction = `CREATE OR REPLACE FUNCTION junction_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('junction.g_' || md5(NEW.graph), NEW.revision::text, true);
  PERFORM pg_notify('junction', NEW.graph);
  RETURN NULL;
END $$`

	noteTrigger = `CREATE OR REPLACE TRIGGER junction_note AFTER UPDATE OF revision ON ` + metaTable + ` FOR EACH ROW EXECUTE FUNCTION junction_note()`

	// Before the first row is locked, so that a graph's commit, which begins with the revision, and another program's never wait for each other both.
	bumpFunction = `CREATE OR REPLACE FUNCTION junction_bump() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF COALESCE(current_setting('junction.g_' || md5(TG_ARGV[0]), true), '') = '' THEN
    UPDATE ` + metaTable + ` SET revision = revision + 1, commit_id = md5(random()::text || clock_timestamp()::text) WHERE graph = TG_ARGV[0];
  END IF;
  RETURN NULL;
END $$`
)

var logFunction = fmt.Sprintf(`CREATE OR REPLACE FUNCTION junction_log() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET datestyle = 'ISO' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
  revision bigint := NULLIF(current_setting('junction.g_' || md5(TG_ARGV[0]), true), '')::bigint;
  n bigint;
BEGIN
  IF revision IS NULL THEN -- the graph was never opened
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    n := %[1]d + 1;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT count(*) INTO n FROM was;
  ELSE
    SELECT count(*) INTO n FROM became;
  END IF;
  IF n > %[1]d THEN
    INSERT INTO %[2]s (graph, revision, tab) VALUES (TG_ARGV[0], revision, TG_ARGV[1]);
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    EXECUTE format('INSERT INTO %[2]s (graph, revision, tab, l, r) SELECT $1, $2, $3, %%I::text, %%I::text FROM was', TG_ARGV[2], TG_ARGV[3])
      USING TG_ARGV[0], revision, TG_ARGV[1];
  END IF;
  IF TG_OP <> 'DELETE' THEN
    EXECUTE format('INSERT INTO %[2]s (graph, revision, tab, l, r) SELECT $1, $2, $3, %%I::text, %%I::text FROM became', TG_ARGV[2], TG_ARGV[3])
      USING TG_ARGV[0], revision, TG_ARGV[1];
  END IF;
  RETURN NULL;
END $$`, mostLogged, changesTable)

// triggers returns the statements that make the triggers of a table.
func (m *mapping) triggers(e engine, graph string) []string {
	args := m.triggerArguments(graph)
	for i := range args {
		args[i] = literal(args[i])
	}
	trigger := func(name, when, what string) string {
		return "CREATE OR REPLACE TRIGGER " + name + " " + when + " ON " + m.quoted(e) + " " + what + "(" + strings.Join(args, ", ") + ")"
	}
	const bump, log = "FOR EACH STATEMENT EXECUTE FUNCTION junction_bump", "FOR EACH STATEMENT EXECUTE FUNCTION junction_log"
	return []string{
		trigger("junction_bump", "BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE", bump),
		trigger("junction_inserted", "AFTER INSERT", "REFERENCING NEW TABLE AS became "+log),
		trigger("junction_updated", "AFTER UPDATE", "REFERENCING OLD TABLE AS was NEW TABLE AS became "+log),
		trigger("junction_deleted", "AFTER DELETE", "REFERENCING OLD TABLE AS was "+log),
		trigger("junction_truncated", "AFTER TRUNCATE", log),
	}
}

// triggerArguments are what the functions of the triggers are told.
func (m *mapping) triggerArguments(graph string) []string {
	return []string{graph, m.Relation, m.columns[0].Name, m.columns[1].Name}
}

// literal returns a text as PostgreSQL writes it in a statement.
func literal(text string) string {
	if strings.Contains(text, `\`) {
		return " E" + quoted(strings.ReplaceAll(text, `\`, `\\`), "'")
	}
	return quoted(text, "'")
}

// isLogged reports whether all tables have all their triggers, switched on and made for this graph.
func (s *Store) isLogged(ctx context.Context, db querier) (bool, error) {
	if _, is := s.engine.(postgres); !is {
		return false, nil
	}
	var readable bool
	err := db.QueryRowContext(ctx, "SELECT COALESCE(has_table_privilege(to_regclass($1)::oid, 'SELECT') AND has_table_privilege(to_regclass($2)::oid, 'SELECT'), false)",
		changesTable, metaTable).Scan(&readable)
	if err != nil || !readable {
		return false, err
	}
	for _, m := range s.mappings {
		args := strings.Join(append(m.triggerArguments(s.meta.graph), ""), "\x00")
		var n int
		err := db.QueryRowContext(ctx, `SELECT count(*) FROM pg_trigger WHERE tgrelid = to_regclass($1) AND tgenabled IN ('O', 'A') AND tgargs = decode($2, 'hex')
			AND tgname IN ('junction_bump', 'junction_inserted', 'junction_updated', 'junction_deleted', 'junction_truncated')`,
			m.quoted(s.engine), hex.EncodeToString([]byte(args))).Scan(&n)
		if err != nil || n != 5 {
			return false, err
		}
	}
	return true, nil
}

// refreshLogged gives the rows that the change log names. It reports false if the log does not go back far enough.
func (s *Store) refreshLogged(ctx context.Context, tx *sql.Tx, now fence, into persist.Differ) (known bool, err error) {
	if now.commit == s.fence.commit {
		return true, nil
	}
	var forgotten bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+changesTable+" WHERE graph = $1 AND tab = '' AND revision > $2)", s.meta.graph, int64(s.fence.revision)).Scan(&forgotten)
	if err != nil || forgotten {
		return false, err
	}
	for _, m := range s.mappings {
		if err := s.refreshTable(ctx, tx, m, into); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *Store) refreshTable(ctx context.Context, tx *sql.Tx, m *mapping, into persist.Differ) error {
	var some, all bool
	err := tx.QueryRowContext(ctx, "SELECT count(*) > 0, count(*) > count(l) FROM "+changesTable+" WHERE graph = $1 AND tab = $2 AND revision > $3",
		s.meta.graph, m.Relation, int64(s.fence.revision)).Scan(&some, &all)
	switch {
	case err != nil || !some:
		return err
	case all:
		return s.streamWhole(ctx, tx, m, into)
	}
	rows, err := tx.QueryContext(ctx, m.changedRows(), s.meta.graph, m.Relation, int64(s.fence.revision))
	if err != nil {
		return m.unreadable(err)
	}
	defer rows.Close()
	width := len(m.columns)
	for values, err := range scan(rows, width+1) {
		if err != nil {
			return m.unreadable(err)
		}
		if values[width] == true { // the row is there
			err = m.load(values[:width], into)
		} else {
			err = m.unload(values[:2], into)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// unload tells a differ that the row of a key is gone.
func (m *mapping) unload(key []any, into persist.Differ) error {
	if err := m.accept(key); err != nil {
		return err
	}
	if err := into.GoneColumns(m.relation, key); err != nil {
		return m.reject(key, err)
	}
	return nil
}

// changedRows returns the statement that reads the rows which the log names: of one that is gone, the key.
func (m *mapping) changedRows() string {
	e := postgres{}
	names := quotedColumns(e, m.columns)
	read := append([]string{"c.l", "c.r"}, names[2:]...)
	for i := range read[2:] {
		read[2+i] = "t." + read[2+i]
	}
	return "SELECT " + strings.Join(read, ", ") + ", t." + names[0] + " IS NOT NULL FROM (SELECT DISTINCT l::" + m.columns[0].live.cast + " AS l, r::" + m.columns[1].live.cast +
		" AS r FROM " + changesTable + " WHERE graph = $1 AND tab = $2 AND revision > $3) AS c LEFT JOIN " + m.quoted(e) + " AS t ON t." + names[0] + " = c.l AND t." + names[1] + " = c.r"
}
