// Package junction is the join table as a Go value: a typed many-to-many relation in memory,
// ordered and fast from both ends, with a typed through value on every edge, transactions, O(1)
// snapshots, a change feed, and stores that keep it.
//
//	members := junction.New[User, Project, Role]()
//	members.Add("ada", "engine", "owner")
//	for user, role := range members.Right("engine").All() { ... }
//	for project, role := range members.Left("ada").All() { ... }
//
// # Words
//
// A [ManyToMany] relates keys of a left side to keys of a right side. A related pair is an [Edge];
// a pair has at most one. An edge has a through value, which an ORM calls the attributes of the
// join table. A key with its edges is a [Node]; it exists while it has an edge. Relations that
// belong together are declared in one [Graph], which has one history of commits.
//
// # Rules
//
//  1. A call does all of its work or none of it: it validates first and changes then.
//  2. Writing what is there already changes nothing. Values are compared with ==, and times in
//     them by their instant, unless the rule [Equal] says otherwise.
//  3. Set changes only what differs: it adds what is new, updates what changed, removes the rest.
//  4. A call without keys does nothing. Set without edges clears the node.
//  5. A key that comes twice in one call counts once; the last value wins.
//  6. HasAll of no keys is true.
//  7. Zero keys are keys like others. A key that does not equal itself, such as NaN, is an
//     [ErrKey].
//  8. Results come in the order of the keys, always.
//  9. A loop shows the state at its beginning. Its body may do anything, including writing the
//     relation that it loops over.
//  10. A transaction whose function fails, panics or ends its goroutine leaves nothing behind.
//  11. A failing call inside a transaction changes nothing, and the transaction goes on.
//  12. A sequence is read to its end before anything is locked or changed.
//  13. There is one writer at a time. Readers never wait for a transaction or a store.
//  14. Commits have one order, and every reader sees whole commits.
//
// The tests of these rules bear their numbers: TestRule01 to TestRule14.
//
// No lock is held while code of the caller runs. The exceptions are the functions that a relation
// is declared with, [NewFunc]'s comparisons and [Equal]: they must be pure.
//
// What a call changed, net, is in its [Counts]. Removing what is absent is not an error. A missing
// edge is reported by a bool; an error is something to act on. Errors are wrapped: test them with
// [errors.Is].
//
// # Transactions and snapshots
//
// A write outside a transaction is a commit of its own. [Graph.Update] makes one commit of many
// writes, over any relations of the graph; write inside it through [ManyToMany.In].
//
// A [Snapshot] is a graph at one revision. Taking one costs O(1); it needs no lock and no Close.
// After a snapshot, the first write to a node copies it.
//
// # Stores and watchers
//
// A graph is in memory unless [Options] name a store, such as a directory of persist/filestore or
// the tables of persist/sqlstore. [Graph.Open] loads it. A write is durable before anybody sees it
// and before it returns; concurrent writes share the wait. A commit that the store refuses has not
// happened, and fails no other. If a store cannot say whether a commit is durable, the graph is
// read-only from then on ([ErrStoreFailed]); opening it anew shows the truth. Reads never do I/O.
//
// [Graph.Watch] returns a snapshot and then every commit after it, with or without a store. Where
// other programs write to the rows of the store, [Graph.Refresh] and [Graph.Follow] take their
// changes into the graph, as commits like others.
//
// # Cost
//
// Let d be the degree of a node. A lookup costs O(1) and a binary search among d neighbours.
// Adding or removing an edge does that on both sides and moves a bounded number of entries. A loop
// over a node reads arrays from end to end and allocates nothing. Len, Count and the numbers of
// nodes are kept, not counted. An edge of three int64 takes about 50 bytes. With a comparison
// function, and at a snapshot, finding a node costs O(log n).
//
// Both sides hold the through value. Keep a large one behind a pointer. Neither it nor what a key
// points to may change while the relation holds it.
//
// A string key is kept as it was given, with each of its edges. If it is a part of a large string,
// such as a line of a file that was read whole, it keeps all of that in memory: give
// [strings.Clone] of it. What a store loads is cloned.
package junction
