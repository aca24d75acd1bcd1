// Package junction is the join table as a Go value: a typed many-to-many relation in memory, ordered and fast from
// both ends, with a typed through value on every edge, transactions, O(1) snapshots, a feed of changes, and stores that keep it.
//
//	members := junction.New[User, Project, Role]()
//	members.Add("ada", "engine", "owner")
//	for user, role := range members.Right("engine").All() { ... }
//	for project, role := range members.Left("ada").All() { ... }
//
// # Words
//
// A [ManyToMany] relates keys of a left side to keys of a right side. A pair that is related is an [Edge], of which there is
// at most one, with a through value: what an ORM calls the attributes of the join table. A key with its edges is a
// [Node]; it exists while it has one. Relations that belong together are declared in one [Graph], which has one history
// of commits.
//
// # What holds
//
// Every call is all or nothing: it checks first and changes then. What it changed, net, is in its [Counts]. Writing what is
// there already changes nothing, removing what is not there is no error, and nothing given means nothing done,
// except to Set, for which it means cleared.
//
// Order is the order of the keys, always. A loop shows the state of the moment at which it began. Its body may do anything,
// write the relation that it loops over included: no lock is held while code of the caller runs. The exceptions are
// the functions that a relation is declared with, [NewFunc]'s comparisons and [Equal], which must be pure.
//
// There is one writer at a time. A write outside a transaction is a commit of its own. [Graph.Update] makes one commit of
// many, over any relations of the graph, or none of them if its function fails; write in it through [ManyToMany.In].
// Readers never wait for a transaction, and see whole commits.
//
// A [Snapshot] is a graph at one revision, taken in O(1), to be read without a lock for as long as one likes. It costs its
// writers a copy of each node that they change first.
//
// Absent is a bool; an error is something to act on. Errors are wrapped: ask with [errors.Is].
//
// # Stores and watchers
//
// A graph is in memory, unless [Options] name a store, such as a directory of persist/filestore: then [Graph.Open] loads it, a write is durable
// before anybody sees it and before it returns, and writes that run at the same time share the wait. What the store refuses
// has not happened, and fails no other write. If a store cannot say whether a commit is durable, the graph can only be read from then on ([ErrStoreFailed]),
// and opening it anew shows the truth. Reads never do I/O.
//
// [Graph.Watch] gives a snapshot and then every commit after it, with or without a store. Where other programs write to what the store keeps, [Graph.Refresh]
// and [Graph.Follow] take that into the graph, as commits like others.
//
// # Cost
//
// Let d be the degree of a node. A lookup takes O(1) and a search among the d neighbours; adding or removing one edge does that on
// both sides and moves some entries of an array; a loop over a node reads arrays from end to end and allocates nothing.
// Len, Count and the numbers of nodes are kept, not counted. An edge of three int64 takes about 50 bytes. With a
// comparison function, and at a snapshot, finding a node takes O(log n).
//
// Both sides hold the through value. A large one belongs behind a pointer, and neither it nor what a key points to may be
// changed while the relation has it.
package junction
