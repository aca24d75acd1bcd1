// Package bench compares a relation that a store keeps, in a directory or in a table of a
// database, and the change feed, with what one would use otherwise, and with what the disk, the
// driver and the memory take by themselves. It is a module of its own, so that the peers are no
// dependencies of junction.
//
// Only ratios within one run say something. From the root of the repository, on a machine that
// does nothing else, with TMPDIR on a real disk:
//
//	export GOWORK=off
//	go -C bench test -run '^$' -bench BulkLoad -count 6 . | go tool -modfile=tools/go.mod benchstat -col /impl -
//
// Benchstat sets each column against the first: +900% is ten times. The policies are in the
// names: always is filestore.SyncAlways, never is filestore.SyncNever, full is SQLite
// (modernc.org/sqlite) in WAL mode with synchronous=FULL, and bbolt syncs every transaction.
// There are 1,000,000 edges (int64, int64, int64) of mean degree 10, and 20,000 with -short.
//
// # Loading in bulk
//
//	-bench BulkLoad      benchstat -col /impl -
//
// An empty directory is opened, filled and closed. The aim is a tenth of the time of sqlite-full,
// which inserts into a table with both indexes in one transaction, and a third of that of bbolt,
// which has both directions as sorted keys. Sqlite-full-tuned, with a cache for all pages and the
// index made last, is there to see what is left of it. All get the edges in the same order.
//
// # Opening
//
//	-bench 'Open$'       benchstat -col '/impl@(addall-random addall-sorted junction-log junction-snapshot)' -
//	-bench 'Open$'       benchstat -col '/impl@(junction-log junction-snapshot sqlite-maps)' -
//	-bench OpenMemory    benchstat -
//
// The aim is at most twice the time of AddAll in memory, and a fifth of that of reading a table
// into two nested maps. The log is one that a single AddAll has left. Junction-snapshot also says
// how many bytes an edge takes on disk after compaction, of which 20 are allowed. OpenMemory
// reports how much was reachable at most, divided by what is in the end (peak/graph, below 1.3).
//
// # Single edges
//
//	-bench 'Commit$'     benchstat -col /writers -filter '.unit:commits/s' -
//	-bench 'Commit$'     benchstat -col '/impl@(bare junction-always sqlite-full bbolt)' -
//	-bench CommitBeside  benchstat -
//	-bench CommitNever   benchstat -col /impl -
//
// The aim is 20 times as many commits/s with 64 writers as with one, and one writer within 1.2 of
// writing and syncing as many bytes (bare). As a disk changes its pace, CommitBeside does both by
// turns: junction/bare is the ratio. In CommitNever half of the commits add an edge and half
// change one; the aim is three times the time without a store (memory).
//
// # The feed
//
//	-bench 'Feed$'       benchstat -col '/watchers@(1 1000)' -filter '.unit:ns/commit' -
//	-bench FeedRead      benchstat -
//
// A commit changes 100 edges. With 1,000 idle watchers it is to cost the writer at most 1.5 times
// one with a single watcher, also if they wait in their loops and are woken by it. One watcher is
// to read 1,000,000 changes/s on one core; the backlog shows the watcher alone, the other line
// the writer and the watcher on one core together.
//
// # Building
//
//	-bench Build         -benchtime 2x
//
// What one relation more costs a program: processor time of the compiler and the linker, and
// bytes.
//
// # Tables of a database
//
//	export JUNCTION_TEST_POSTGRES='postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable'
//	export JUNCTION_TEST_MYSQL='root@tcp(127.0.0.1:3306)/'
//	-bench SQLLoad          -benchtime 5x
//	-bench 'SQLRefresh$'    -benchtime 5x
//	-bench SQLRefreshMemory -benchtime 1x
//	-bench SQLFill          -benchtime 3x
//	-bench SQLCommit10k     -benchtime 30x
//	-bench BeforeAppend     -benchtime 100x
//	-bench SQLWriters       -benchtime 2s
//
// They run in SQLite, always, and in PostgreSQL and in MariaDB (or MySQL) where the variables
// have the addresses of servers, a URL and a DSN of go-sql-driver/mysql: in a schema or database
// of their own, which is dropped in the end. One without an address is skipped, which -v shows.
// Each logs the version of the server and how it waits for the disk; the drivers are those of
// go.mod. SQLWriters runs in SQLite twice: with the write-ahead log, as all others do, and with
// the rollback journal, which SQLite has unless it is told. The table has the columns a, b and
// through, of 64 bits each, the primary key (a, b) and an index (b, a).
//
// What is compared works by turns, each as often first as the others, and before each turn the
// database writes back what it has kept for later, if it can be told to. So the ratio stands in
// the line itself, as the median of those of each round: junction/scan, or junction/by-hand, and
// append/by-hand, which leaves out what the graph does by itself. BeforeAppend measures that
// alone, with a store that does nothing.
//
// Scan is a bare loop of Rows.Scan into variables, over a prepared SELECT with ORDER BY a, b;
// scan-unordered is the same without an order. By-hand is the fastest form that was found for
// each database, without a graph, and gets its rows sorted. SQLite: a prepared statement for each
// row. PostgreSQL: COPY to fill, else unnest of arrays in the driver's binary form. MariaDB: 500
// rows a statement, and a join with JSON_TABLE to remove.
//
// The aims: opening a table of 1,000,000 edges within 1.5 times the scan, and so a refresh that
// finds nothing, with a peak of memory beside the graph (peak-B) that does not grow with the
// table. The first fill of 1,000,000 edges in one commit within 1.3 times COPY. In a table of
// 100,000 edges, a commit that puts 10,000, half of them new and half with another value
// (what=put), or removes 10,000 by RemoveAll (what=remove), within 1.2 times by-hand. And 64
// writers of single edges make 10 times as many commits/s as one; by hand, one writer of
// transactions of 64 edges and of 1 (by-hand=64, by-hand=1) shows what the database allows. What
// was measured is in docs/BENCHMARKS.md, under the same heading. A server takes a processor of
// its own: where the loop of Rows.Scan waits for it, the ratio of the load is better than where
// both are quick.
package bench
