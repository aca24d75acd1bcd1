// Package persist is the contract between a graph and whatever keeps it: a file, a database,
// another program.
//
// A [Store] is small enough to be written in an afternoon: three operations and a choice. The
// graph holds the data and answers every read; the store is told each commit before anyone sees
// it, and gives everything back once, when the graph is opened. One whose rows other programs
// change too can be a [Refresher], and a [Waiter]. Package persisttest proves a store: run its
// TestStore.
//
// # The rules
//
// What a store must keep:
//
//  1. An Append that returns nil is durable to the promise that the store names, whole, and after
//     all earlier ones. All the commits of one Append become durable, or none does.
//  2. An Append that fails says which way. If its error is [ErrRefused], nothing was written, now
//     or later, and the graph goes on. Any other error, and an ErrRefused that is an ErrUnknown,
//     too, means that nobody can say what was written ([ErrUnknown] says so in words): the store
//     must refuse all later Appends, never tries the same sync again, and the truth is what the
//     next Load finds, which is the state before or after those commits. [Refused] and [Unknown]
//     make such errors.
//  3. Load gives back the state of the last durable commit and its revision: each row once, in
//     any order. It streams, and keeps no copy of the rows. Rows in ascending order of their keys
//     load fastest.
//  4. The schema is recorded with the data. A declaration that does not fit it, or that lacks a
//     relation of which there are rows, is an [ErrSchema] that names both ([Schema.Fit] finds
//     it), and nothing is touched. A store that keeps each relation in a table of its own leaves
//     the rows of one that is not declared alone.
//  5. Two writers never interleave unnoticed. A store that can keep a second one out does so when
//     it is loaded ([ErrInUse]); one that cannot refuses the Append of whoever comes second
//     ([ErrConflict]). A Refresher may take it after a Refresh.
//  6. Close makes everything durable that was not yet and gives every resource back. A store that
//     was not closed recovers by itself at the next Load.
//  7. What was damaged is never given back as if it were good: Load fails with [ErrDamaged] and
//     says where. A value that the store's medium cannot hold as it is, it refuses; it rounds and
//     cuts nothing unless it says so.
//  8. After a Refresh, all that was loaded, appended and refreshed so far are the rows of one
//     moment. Others may change any of them at any time, and Append puts and deletes what a
//     commit says whatever they made of it.
//  9. Load, Refresh and Wait return soon after their context ends, even if what the store talks
//     to hangs. A call that failed can be made again: the store makes a new connection if it
//     needs one.
//
// What a store may rely on:
//
//  1. Load comes first. Appends follow, one at a time, and Close is last, once; no two calls run
//     at the same time. Load may be called again after it failed; then nothing else is called but
//     Close. What holds for Append holds for a Refresh, too. A Wait may run while Append or
//     Refresh does, and several may; each has returned before Close is called, and none is called
//     after it.
//  2. Revisions are consecutive: the first commit of an Append follows the last one that was
//     appended, or that Load returned. A Refresh in which the graph found changes counts as one
//     revision in between, of which the store is not told. A refused revision comes again, with
//     other changes. After an Append whose error is no refusal nothing follows but Close.
//  3. A batch holds a row at most once and a commit one batch a relation at most. A deleted row
//     is there, or was when the store was last loaded or refreshed. What AppendBefore reports of
//     a row is what it was after the commits before, or when the store was last loaded or
//     refreshed. Appends, commits and batches are not empty. Keys and values may be.
//  4. Commits, batches and all slices they give are valid until Append returns.
//  5. The graph has made every row in the form that the store reads before it calls Append, so
//     that a value which cannot be stored fails its own caller and not the commits beside it.
//  6. A store need not say which commit it refuses. Where an Append of several is refused, and
//     not by an ErrConflict, they come again by halves, and so on, until those that are refused
//     are alone: a store that takes none of n is asked 2n-1 times.
package persist
