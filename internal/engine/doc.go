// Package engine is what a graph does: transactions, commits, the group commit, the feed,
// loading, refreshing and bulk writes. It has no type parameters, so that it is compiled once:
// keys and values come as pointers, and a table of functions, which Declare gets, knows their
// types.
//
// Begin with write.go, the ways of a write, then single.go, group.go and tx.go, and commit.go,
// where all of them end. Decl and Relation are a relation; place.go changes both of its sides;
// recorder.go and changes.go describe what a commit changes, and rows.go makes rows of it.
// feed.go follows commits; load.go, refresh.go and differ.go take rows of the store in; intake.go
// and bulk.go take many edges; leaf.go and source.go are the set algebra.
package engine
