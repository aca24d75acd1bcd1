// Package sqlstore keeps relations in the join tables of a SQL database: those that are there
// already, with their own names and column types.
//
// A service that has a join table gets it into memory, from both ends and at the speed of memory,
// and its writes reach the database before anybody sees them:
//
//	type Membership struct {
//		Role  string    `db:"role"`
//		Since time.Time `db:"joined_at"`
//	}
//
//	store := sqlstore.New(db, sqlstore.Detect, sqlstore.Table{
//		Relation: "members", Name: "project_users", Left: "user_id", Right: "project_id",
//	})
//	members, err := junction.Open[int64, int64, Membership](ctx, "members", store)
//
// The package imports no driver: the database is opened by the caller, by any driver of
// database/sql.
//
// # Tables
//
// A relation is a table with a column for the left key, one for the right key, and as many as its
// through values need: a struct has one for each field, named by the tag db or in snake case, and
// so have the structs that it embeds; a scalar has one; struct{} has none. A type that implements
// driver.Valuer and sql.Scanner is converted by them, a pointer and sql.Null may be NULL, and
// what is neither basic nor time.Time is JSON. Other columns of the table are left alone. If rows
// are to be added, they need a default, or a value in Table.OnInsert.
//
// To be written, the table must have a primary key or a unique index over its two keys. Keys can
// be declared to be NULL; a row that has NULL for one is refused by name when it is read. Opening
// compares the mapping with the live table before it reads a row or writes anything, and names
// all that does not fit: table, column, what it must be, what it is. A column must hold every
// value as it is, so that what is read again is what was written:
//
//   - Text keys are compared by their bytes. In SQLite and PostgreSQL a collation that takes
//     different texts for the same (NOCASE, RTRIM; citext, a nondeterministic collation) is
//     refused for writing. In MySQL and MariaDB such are the stock collations, to which 'a'
//     equals 'A', 'á' or 'a '. There the bytes are compared, too, and where the table has the row
//     of a pair in another spelling, the write is refused with both. Best are utf8mb4_0900_bin,
//     utf8mb4_nopad_bin and VARBINARY.
//   - A string can also be a DECIMAL or NUMERIC, an enumeration, a UUID, and in PostgreSQL an
//     inet, cidr, macaddr, interval or time, in MySQL a SET or INET6. It must be spelled as the
//     database would give it back. A float64 can be a DECIMAL or NUMERIC, whose numbers it must
//     hold exactly. An array of PostgreSQL takes a type with a Valuer, an integer a YEAR.
//   - A time has the unit of its column: microseconds in PostgreSQL and DATETIME(6). A finer one
//     is refused, as time.Now often is: use Truncate. In columns without a zone, times are in
//     UTC. SQLite has no type of times: they are written in the form that the column's rows have,
//     or that Table.Times says. A DATE takes no time of day: it is midnight in UTC.
//   - UUIDs that are keys and texts are written as those in the table are spelled: in either
//     case, with hyphens or without.
//   - A value that its column does not hold, such as 40,000 in a smallint or more characters than
//     its length, is refused before the database is asked, by row and column. A value that the Go
//     type cannot hold, such as NULL, is a persist.ErrRow when it is read; so is, in SQLite, a
//     key that is spelled in another way than the one by which its row would be found.
//   - A column that the database computes cannot be one of the relation's, unless that is only
//     read.
//
// Create makes tables, and DDL returns the statements for a migration tool. A table that exists
// is never altered.
//
// For a table that exists, the command cmd/junction-sql prints the Go types and the Table to
// begin with, and says whether it can be opened. A program asks the same of the store: Describe
// says what a table is like, and Store.Check whether it would be opened, without writing
// anything.
//
// The page docs/sql.md of the module shows the tables that frameworks and applications make, such
// as Rails, Django, Hibernate and WordPress, with the declarations that open them.
//
// # Rows of one pair
//
// An edge is one row. Where the rows of several tenants, or of several types, are in one table,
// their edges must not become those of one relation. A table that can hold several rows of one
// pair is therefore refused, with Store.ReadOnly, too: one whose unique index has more columns
// than the two keys, and one without such an index that has a column the relation does not know.
// Say in Table.Where which rows are the relation's, or give a view of the rows that belong
// together, and open it with Store.ReadOnly. A view is read as it is; so is a table without a
// unique index that has nothing to tell two rows of a pair apart. If two such rows are found, the
// error is a persist.ErrRow that shows both.
//
// # Columns that the relation does not have
//
// Four fields of a [Table] say what becomes of them, by [Values]: constants, expressions in SQL,
// and Go functions.
//
//   - Where limits the relation to rows that have some constants, of which nil is NULL: those of
//     one tenant, of one type, or those that are not deleted. Other rows are neither read nor
//     written. The unique index may have columns of Where beside the pair, and it may be a
//     partial one whose condition is part of Where. Where the index does not keep them apart, and
//     another row of a pair is in the place of one that the graph adds, the Append fails with
//     ErrOverruled. Graphs of two parts of one table are two writers of it. One graph has one
//     part of a table.
//   - OnInsert fills columns of rows that the graph adds, such as created_at, or an id that the
//     program makes.
//   - OnUpdate sets columns of rows that the graph adds or changes, such as updated_at. A row of
//     which nothing changes is not touched.
//   - OnDelete is a soft delete: an edge that is removed keeps its row, which gets these values,
//     and so falls out of Where. When the edge is added again, the row in its place comes back
//     with the new through value, its id and its created_at; where the index leaves deleted rows
//     out, a new row is inserted.
//
// Functions are called before the transaction begins, once for each row that is written, and
// again for one that an update did not meet. They must not use the graph. If they return a time,
// it is cut to what the column keeps, and in SQLite to as many digits as the column's rows have.
//
// # Writing
//
// The database and its other programs keep what the graph did not change. A row that the graph
// adds is inserted. Of a row that it changes, the columns whose values changed are updated, and
// no others: a column that another program has set since keeps its value, and no number of a
// sequence is used up. A row that should be updated and is gone is inserted; one that should be
// inserted and is there gets the values of the relation's columns. Writing what the graph has
// already changes nothing, so that it is no commit and does not bring back a row that the table
// has lost: only Graph.Refresh sees that.
//
// What the database says it has written is compared with what it was told. A trigger or a rule
// that skips a row, or undoes what was done to it, fails the Append with ErrOverruled, which
// names the row. A trigger that changes other values of a row, such as one that sets updated_at,
// does not: the next Graph.Refresh takes in what it made of them.
//
// An Append is one transaction: commits of several callers that wait at the same time share one.
// It locks rows in the order of keys, and tries again after a deadlock or a serialization
// failure. Where another transaction holds a lock for longer than Store.LockTimeout, the error is
// ErrLocked. It promises what the database promises for a commit with the settings of its
// connections: SQLite's synchronous (FULL is safe from power cuts; with NORMAL the last commits
// may be lost), PostgreSQL's synchronous_commit, InnoDB's innodb_flush_log_at_trx_commit. For
// SQLite open the database with journal_mode=WAL, synchronous=FULL, a busy_timeout and
// foreign_keys=1.
//
// The package uses these statements; a database that has them will do:
//
//   - PostgreSQL: INSERT ... SELECT * FROM unnest($1::bigint[], ...) ON CONFLICT (left, right) DO
//     UPDATE SET, or COPY into an empty table; UPDATE ... FROM unnest((SELECT $1::bigint[]),
//     ...); DELETE ... USING unnest(...); arrays travel as text. SELECT ... FOR UPDATE; BEGIN
//     ISOLATION LEVEL REPEATABLE READ, READ ONLY to read; pg_attribute, pg_type, pg_collation,
//     pg_index, pg_trigger and pg_rewrite to describe tables
//   - MySQL and MariaDB: INSERT of up to 512 rows ... ON DUPLICATE KEY UPDATE c = VALUES(c);
//     UPDATE and DELETE by a join with JSON_TABLE where there is such a function and keys are
//     integers or text, and one by one otherwise; SELECT ... FOR UPDATE; START TRANSACTION READ
//     ONLY at REPEATABLE READ; information_schema
//   - SQLite: prepared statements for each row: INSERT ... ON CONFLICT (left, right) DO UPDATE
//     SET, UPDATE and DELETE; the first statement of a transaction writes, so that it never needs
//     a lock that it cannot get; sqlite_master, pragma_table_xinfo, pragma_index_list and
//     pragma_index_xinfo
//
// # Several writers
//
// The table junction_meta has a row for each table of a relation: its revision, the id of the
// last commit that wrote it, its epoch, and a record of the relations that programs keep in it.
// It is in the schema of that table, or where Table.MetaSchema says. A commit begins by moving
// the rows of the tables that it writes on from where this writer has seen them, and by looking
// at those of the graph's other tables. If another writer was faster, the error is
// persist.ErrConflict, and nothing was written; after Graph.Refresh the write can be tried again.
// Programs of disjoint tables never get in each other's way, and those that share a table need
// not declare each other's relations. With Store.Exclusive, the graph that was opened last is the
// only writer of its tables, and others get ErrFenced.
//
// The same rows tell what became of a commit whose answer was lost with the connection. Only if
// the database cannot be asked is the error persist.ErrUnknown, after which the graph must be
// opened anew.
//
// A graph that is opened with Store.ReadOnly needs neither this table nor any right to write.
//
// Relations can come, go and be renamed from one version of a program to the next: the rows of a
// relation that is not declared are left alone. Only a relation that has rows in one table and is
// declared with another one is refused. Where programs that know nothing of each other use the
// same names for relations in one schema, give each graph a name by Store.Graph.
//
// # Other programs
//
// What others write to the tables by SQL is seen by Graph.Refresh, or by Graph.Follow again and
// again: it compares the tables with the graph and makes one commit of the difference, which
// watchers get. What the outside wrote wins: the table is the truth. Until then the graph does
// not know of it, and a write to the same column of the same row overwrites it. Refresh reads the
// tables as a whole and in the order of keys, with memory for the difference only (more, if keys
// are not sorted as Go sorts them, as those of a type with a Valuer may be). With CreateTriggers,
// PostgreSQL logs the keys of changed rows: Refresh then takes time for what has changed, by this
// writer, too; a program that writes by SQL counts as another writer, and Follow can be woken at
// once. What escapes the triggers is found when tables are compared as a whole: see
// Store.CompareEvery.
package sqlstore
