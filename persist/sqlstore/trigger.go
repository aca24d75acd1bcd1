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

// changesTable is the change log that triggers write: the keys of changed rows, by the revision of
// their table. It is in the schema of the meta table.
const changesTable = "junction_changes"

// CreateTriggers lets graphs know, in PostgreSQL, what any program writes: triggers raise the
// revision of a table in the transaction that changes it, log the keys of the changed rows, and
// send a notification on the channel junction, whose payload is graph. Then Refresh reads only
// what has changed, and a writer that has not seen it gets persist.ErrConflict. A graph that is
// open takes part when it is opened anew. Triggers of the same names are replaced.
//
// The triggers fire whatever session_replication_role says (ENABLE ALWAYS). A partitioned table
// gets them on all its partitions; where a partition is added, or a trigger is disabled or
// missing, Refresh compares the table as a whole. So it does now and then in any case: see
// Store.CompareEvery.
//
// What it costs: a program that writes to one of the tables waits for the end of each transaction
// that wrote to the same one before, since the revision says in which order they were committed.
// The log grows by a row for each changed row until PruneChanges is called. A statement that
// changes more than ten thousand rows is logged as one, after which the table is compared as a
// whole. The tables must exist. TRUNCATE is logged, too.
//
// To wake Graph.Follow at once, give Store.Listen a function that receives a notification by the
// driver. The store makes the connection, checks it each minute, and makes a new one when it is
// lost. With pgx:
//
//	store.Listen = func(ctx context.Context, conn any) error {
//		_, err := conn.(*stdlib.Conn).Conn().WaitForNotification(ctx)
//		return err
//	}
func CreateTriggers(ctx context.Context, db *sql.DB, graph string, schema *persist.Schema, tables ...Table) error {
	mappings, err := mappings(schema, tables)
	if err != nil {
		return err
	}
	partitions := map[*mapping][]string{}
	for _, m := range mappings {
		if err := m.locate(ctx, db, postgres{}); err != nil {
			return err
		}
		if partitions[m], err = m.partitions(ctx, db); err != nil {
			return err
		}
	}
	statements, err := triggerStatements(graph, mappings, partitions)
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

// TriggerDDL returns the statements that CreateTriggers runs, for a migration tool: each ends
// with a semicolon and a newline. It does not know partitions: for a partitioned table, use
// CreateTriggers.
func TriggerDDL(graph string, schema *persist.Schema, tables ...Table) (string, error) {
	mappings, err := mappings(schema, tables)
	if err != nil {
		return "", err
	}
	statements, err := triggerStatements(graph, mappings, nil)
	return strings.Join(statements, ";\n") + ";\n", err
}

// PruneChanges deletes logged changes that are older than a time, from the change logs of some
// schemas; without one, from the log that the connection finds first. It returns how many it
// deleted. A graph that has not seen them yet compares the tables as a whole at its next Refresh.
func PruneChanges(ctx context.Context, db *sql.DB, older time.Duration, schemas ...string) (n int64, err error) {
	if len(schemas) == 0 {
		schemas = []string{""}
	}
	for _, schema := range schemas {
		var pruned int64
		log := quoteTable(postgres{}, schema, changesTable)
		err := db.QueryRowContext(ctx, `WITH gone AS (DELETE FROM `+log+` WHERE tab <> '' AND at < now() - $1::float8 * interval '1 second' RETURNING graph, revision),
			mark AS (INSERT INTO `+log+` (graph, revision, tab) SELECT graph, max(revision), '' FROM gone GROUP BY graph)
			SELECT count(*) FROM gone`, older.Seconds()).Scan(&pruned)
		n += pruned
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// locate finds the table of a mapping.
func (m *mapping) locate(ctx context.Context, db querier, e engine) error {
	found, err := e.describe(ctx, db, m.Schema, m.Name)
	switch {
	case err != nil:
		return err
	case found == nil:
		return m.noTable()
	}
	m.schema, m.name = found.schema, found.name
	return nil
}

// partitions returns the partitions of a table at all levels, as statements name them.
func (m *mapping) partitions(ctx context.Context, db querier) (all []string, err error) {
	err = collect(ctx, db, func(scan func(...any) error) error {
		var schema, name string
		err := scan(&schema, &name)
		all = append(all, quoteTable(postgres{}, schema, name))
		return err
	}, `SELECT n.nspname, c.relname FROM pg_partition_tree(to_regclass($1)) AS t
		JOIN pg_class c ON c.oid = t.relid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE t.relid <> to_regclass($1)`, m.quoted(postgres{}))
	return all, err
}

// mostLogged is how many rows of a statement are logged one by one.
const mostLogged = 10_000

// triggerStatements returns the statements that make the triggers of some tables and their
// partitions.
func triggerStatements(graph string, mappings []*mapping, partitions map[*mapping][]string) (statements []string, err error) {
	for _, meta := range metasOf(postgres{}, mappings) {
		statements = append(statements, meta.logStatements()...)
		for _, m := range meta.mappings {
			err = errors.Join(err, m.checkLengths(postgres{}))
			for _, table := range append([]string{m.quoted(postgres{})}, partitions[m]...) {
				statements = append(statements, m.triggers(meta, table, cmp.Or(graph, defaultGraph))...)
			}
		}
	}
	return statements, err
}

// logStatements returns the statements that make a change log and its functions, beside a meta
// table.
//
// A transaction knows the revision to which it has raised a table by a setting that lasts as long
// as the transaction. The meta table's own trigger makes it, so that a graph's commit needs no
// further statement. The name of the setting is a hash of the meta table's schema and the table's
// key.
//
// junction_bump runs before the first row is locked, so that a graph's commit, which begins with
// the revision, and another program's transaction never wait for each other.
func (m *meta) logStatements() []string {
	log := quoteTable(m.engine, m.schema, changesTable)
	path := "FROM CURRENT"
	if m.schema != "" {
		path = "= " + m.engine.quote(m.schema) + ", pg_temp"
	}
	return []string{
		m.creation(),
		`CREATE TABLE IF NOT EXISTS ` + log + ` (
  graph text NOT NULL, -- the key of a table in junction_meta
  revision bigint NOT NULL,
  tab text NOT NULL, -- empty: all changes up to this revision are forgotten
  l text, -- NULL: any row may have changed
  r text,
  at timestamptz NOT NULL DEFAULT now()
)`,
		`CREATE INDEX IF NOT EXISTS junction_changes_by_revision ON ` + log + ` (graph, revision)`,
		`CREATE OR REPLACE FUNCTION ` + m.function("note") + ` RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('junction.g_' || md5(TG_TABLE_SCHEMA || '.' || NEW.graph), NEW.revision::text, true);
  RETURN NULL;
END $$`,
		`CREATE OR REPLACE TRIGGER junction_note AFTER UPDATE OF revision ON ` + m.quoted() + ` FOR EACH ROW EXECUTE FUNCTION ` + m.function("note"),
		`ALTER TABLE ` + m.quoted() + ` ENABLE ALWAYS TRIGGER junction_note`,
		`CREATE OR REPLACE FUNCTION ` + m.function("bump") + ` RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path ` + path + ` AS $$
BEGIN
  IF COALESCE(current_setting('junction.g_' || md5(current_schema() || '.' || TG_ARGV[0]), true), '') = '' THEN
    UPDATE ` + metaTable + ` SET revision = revision + 1, commit_id = md5(random()::text || clock_timestamp()::text) WHERE graph = TG_ARGV[0];
  END IF;
  PERFORM pg_notify('junction', TG_ARGV[3]);
  RETURN NULL;
END $$`,
		fmt.Sprintf(logFunction, m.function("log"), path, mostLogged, changesTable),
	}
}

// function returns the name of one of the functions beside a meta table.
func (m *meta) function(name string) string {
	if m.schema == "" {
		return "junction_" + name + "()"
	}
	return m.engine.quote(m.schema) + ".junction_" + name + "()"
}

// logFunction is what makes the function that logs a statement's rows.
const logFunction = `CREATE OR REPLACE FUNCTION %[1]s RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path %[2]s SET datestyle = 'ISO' SET bytea_output = 'hex' SET extra_float_digits = 1 AS $$
DECLARE
  revision bigint := NULLIF(current_setting('junction.g_' || md5(current_schema() || '.' || TG_ARGV[0]), true), '')::bigint;
  n bigint;
BEGIN
  IF revision IS NULL THEN -- no graph was ever opened to write the table
    RETURN NULL;
  END IF;
  IF TG_OP = 'TRUNCATE' THEN
    n := %[3]d + 1;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT count(*) INTO n FROM was;
  ELSE
    SELECT count(*) INTO n FROM became;
  END IF;
  IF n > %[3]d THEN
    INSERT INTO %[4]s (graph, revision, tab) VALUES (TG_ARGV[0], revision, TG_TABLE_NAME);
    RETURN NULL;
  END IF;
  IF TG_OP <> 'INSERT' THEN
    EXECUTE format('INSERT INTO %[4]s (graph, revision, tab, l, r) SELECT $1, $2, $3, %%I::text, %%I::text FROM was', TG_ARGV[1], TG_ARGV[2])
      USING TG_ARGV[0], revision, TG_TABLE_NAME;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    EXECUTE format('INSERT INTO %[4]s (graph, revision, tab, l, r) SELECT $1, $2, $3, %%I::text, %%I::text FROM became', TG_ARGV[1], TG_ARGV[2])
      USING TG_ARGV[0], revision, TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$`

// triggerNames are the triggers of a table.
var triggerNames = []string{"junction_bump", "junction_inserted", "junction_updated", "junction_deleted", "junction_truncated"}

// triggers returns the statements that make the triggers of a table or one of its partitions.
func (m *mapping) triggers(meta *meta, table, graph string) (statements []string) {
	args := append(m.triggerArguments(), graph)
	for i := range args {
		args[i] = literal(args[i])
	}
	call := func(name string) string {
		return strings.TrimSuffix(meta.function(name), "()") + "(" + strings.Join(args, ", ") + ")"
	}
	bump, log := "FOR EACH STATEMENT EXECUTE FUNCTION "+call("bump"), "FOR EACH STATEMENT EXECUTE FUNCTION "+call("log")
	for i, what := range []string{
		"BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON " + table + " " + bump,
		"AFTER INSERT ON " + table + " REFERENCING NEW TABLE AS became " + log,
		"AFTER UPDATE ON " + table + " REFERENCING OLD TABLE AS was NEW TABLE AS became " + log,
		"AFTER DELETE ON " + table + " REFERENCING OLD TABLE AS was " + log,
		"AFTER TRUNCATE ON " + table + " " + log,
	} {
		statements = append(statements, "CREATE OR REPLACE TRIGGER "+triggerNames[i]+" "+what,
			"ALTER TABLE "+table+" ENABLE ALWAYS TRIGGER "+triggerNames[i])
	}
	return statements
}

// triggerArguments are the arguments that the triggers of a table have for this mapping.
func (m *mapping) triggerArguments() []string {
	return []string{m.fenceKey(), m.columns[0].Name, m.columns[1].Name}
}

// literal returns a text as PostgreSQL writes it in a statement.
func literal(text string) string {
	if strings.Contains(text, `\`) {
		return " E" + quoted(strings.ReplaceAll(text, `\`, `\\`), "'")
	}
	return quoted(text, "'")
}

// logsOf returns for each table what identifies its log: the triggers of the table and of all its
// partitions, and the transactions that have last changed them. It is "" for a table whose
// changes are not all logged. While it stays the same, no trigger was disabled and no partition
// came or went.
func (s *Store) logsOf(ctx context.Context, db querier, now fences) ([]string, error) {
	logs := make([]string, len(s.mappings))
	if _, is := s.engine.(postgres); !is {
		return logs, nil
	}
	for _, meta := range s.metas {
		readable, err := meta.hasLog(ctx, db)
		if err != nil {
			return nil, err
		}
		for _, m := range meta.mappings {
			if !readable || now[m.relation].commit == "" { // nothing is logged before a graph was opened to write
				continue
			}
			if logs[m.relation], err = m.logOf(ctx, db); err != nil {
				return nil, err
			}
		}
	}
	return logs, nil
}

// hasLog reports whether there is a change log that this user may read, and the trigger it relies
// on.
func (m *meta) hasLog(ctx context.Context, db querier) (has bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT COALESCE(has_table_privilege(to_regclass($1)::oid, 'SELECT'), false) AND
		EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass($2) AND tgname = 'junction_note' AND tgenabled = 'A')`,
		quoteTable(m.engine, m.schema, changesTable), m.quoted()).Scan(&has)
	return has, err
}

func (m *mapping) logOf(ctx context.Context, db querier) (log string, err error) {
	args := strings.Join(append(m.triggerArguments(), ""), "\x00")
	err = db.QueryRowContext(ctx, `WITH tables AS (SELECT to_regclass($1)::oid AS relid UNION SELECT relid::oid FROM pg_partition_tree(to_regclass($1)))
		SELECT CASE WHEN count(*) = $3 * (SELECT count(*) FROM tables)
			THEN string_agg(concat_ws('.', tgrelid, tgname, pg_trigger.xmin), ' ' ORDER BY tgrelid, tgname) ELSE '' END
		FROM pg_trigger JOIN tables ON tgrelid = relid
		WHERE tgenabled = 'A' AND position(decode($2, 'hex') IN tgargs) = 1 AND tgname IN ('`+strings.Join(triggerNames, "', '")+`')`,
		m.quoted(postgres{}), hex.EncodeToString([]byte(args)), len(triggerNames)).Scan(&log)
	return log, err
}

// logged gives the rows of a table that the change log names, those that this store has written
// among them: triggers of others may have made something else of them. It reports false if the
// log does not go back far enough, or does not name them one by one.
func (r *refresh) logged(ctx context.Context, tx *sql.Tx, m *mapping, now fence) (known bool, err error) {
	seen := r.seen[m.relation]
	if now.commit == seen.commit {
		return true, nil
	}
	log := quoteTable(r.engine, m.metaSchema(), changesTable)
	var unnamed bool
	err = tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM "+log+" WHERE graph = $1 AND revision > $2 AND l IS NULL)",
		m.fenceKey(), int64(seen.revision)).Scan(&unnamed)
	if err != nil || unnamed {
		return false, err
	}
	rows, err := tx.QueryContext(ctx, m.changedRows(log), m.fenceKey(), int64(seen.revision))
	if err != nil {
		return false, m.unreadable(err)
	}
	defer rows.Close()
	width := len(m.columns)
	for values, err := range scan(rows, width+1) {
		if err != nil {
			return false, m.unreadable(err)
		}
		if values[width] == true { // the row is there
			err = m.load(values[:width], r.into)
		} else {
			err = m.unload(values[:2], r.into)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
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

// changedRows returns the statement that reads the rows which the log names: of a row that is gone,
// the key.
func (m *mapping) changedRows(log string) string {
	names := quotedColumns(postgres{}, m.columns)
	read := append([]string{"c.l", "c.r"}, names[2:]...)
	for i := range read[2:] {
		read[2+i] = "t." + read[2+i]
	}
	return "SELECT " + strings.Join(read, ", ") + ", t." + names[0] + " IS NOT NULL" +
		" FROM (SELECT DISTINCT l::" + m.columns[0].live.cast + " AS l, r::" + m.columns[1].live.cast + " AS r" +
		" FROM " + log + " WHERE graph = $1 AND revision > $2) AS c" +
		" LEFT JOIN " + m.quoted(postgres{}) + " AS t ON t." + names[0] + " = c.l AND t." + names[1] + " = c.r" + m.inScope(postgres{}, "t.")
}
