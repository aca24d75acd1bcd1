// Package bench compares a relation that a store keeps, and the change feed, with what one would use otherwise, and with what the
// disk and the memory take by themselves. It is a module of its own, so that the peers are no dependencies of junction.
//
// Only ratios within one run say something. From the root of the repository, on a machine that does nothing else, with TMPDIR on
// a real disk:
//
//	export GOWORK=off
//	go -C bench test -run '^$' -bench BulkLoad -count 6 . | go tool -modfile=tools/go.mod benchstat -col /impl -
//
// Benchstat sets each column against the first: +900% is ten times. The policies are in the names: always is filestore.SyncAlways,
// never is filestore.SyncNever, full is SQLite (modernc.org/sqlite) in WAL mode with synchronous=FULL, and bbolt syncs every
// transaction. There are 1,000,000 edges (int64, int64, int64) of mean degree 10, and 20,000 with -short.
//
// # Loading in bulk
//
//	-bench BulkLoad      benchstat -col /impl -
//
// An empty directory is opened, filled and closed. The aim is a tenth of the time of sqlite-full, which inserts into a table with
// both indexes in one transaction, and a third of that of bbolt, which has both directions as sorted keys. Sqlite-full-tuned, with
// a cache for all pages and the index made last, is there to see what is left of it. All get the edges in the same order.
//
// # Opening
//
//	-bench 'Open$'       benchstat -col '/impl@(addall-random addall-sorted junction-log junction-snapshot)' -
//	-bench 'Open$'       benchstat -col '/impl@(junction-log junction-snapshot sqlite-maps)' -
//	-bench OpenMemory    benchstat -
//
// The aim is at most twice the time of AddAll in memory, and a fifth of that of reading a table into two nested maps. The log
// is one that a single AddAll has left. Junction-snapshot also says how many bytes an edge takes on disk after compaction, of which
// 20 are allowed. OpenMemory reports how much was reachable at most, divided by what is in the end (peak/graph, below 1.3).
//
// # Single edges
//
//	-bench 'Commit$'     benchstat -col /writers -filter '.unit:commits/s' -
//	-bench 'Commit$'     benchstat -col '/impl@(bare junction-always sqlite-full bbolt)' -
//	-bench CommitBeside  benchstat -
//	-bench CommitNever   benchstat -col /impl -
//
// The aim is 20 times as many commits/s with 64 writers as with one, and one writer within 1.2 of writing and syncing as
// many bytes (bare). As a disk changes its pace, CommitBeside does both by turns: junction/bare is the ratio. In CommitNever half of the commits add
// an edge and half change one; the aim is three times the time without a store (memory).
//
// # The feed
//
//	-bench 'Feed$'       benchstat -col '/watchers@(1 1000)' -filter '.unit:ns/commit' -
//	-bench FeedRead      benchstat -
//
// A commit changes 100 edges. With 1,000 idle watchers it is to cost the writer at most 1.5 times one with a single watcher, also if
// they wait in their loops and are woken by it. One watcher is to read 1,000,000 changes/s on one core; the backlog
// shows the watcher alone, the other line the writer and the watcher on one core together.
package bench
