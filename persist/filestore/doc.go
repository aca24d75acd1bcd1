// Package filestore keeps a graph in a directory: a log of commits, and now and then a snapshot
// of all rows.
//
//	store := filestore.New("/var/lib/app/graph", nil)
//
// A [Store] is given to a graph, which loads it and appends to it. [Inspect], [Salvage],
// [Backup], [RenameRelation] and [DropRelation] are for a store that is not open. The command
// cmd/junction offers them all.
//
// # The directory
//
// It must be on a local file system: locks and syncs cannot be relied on over a network. Its
// parent must exist. It must hold nothing else: a directory with other files, or with a pipe,
// link or device that is named like a file of a store, is refused, and nothing in it is touched.
//
// Load opens the directory, and a relative path is resolved then. The store keeps to that
// directory until it is closed, even if the directory is renamed, a link on its path is switched
// or the working directory changes. If the directory itself is removed, or its LOCK or the log
// that is being written is removed or replaced, the next call that writes fails with
// [ErrRemoved].
//
// # What survives
//
// [SyncPolicy] says when a commit is durable. After a crash a store holds a prefix of its
// commits, each whole. The last log may end in what was being written then, its torn tail. Load
// cuts it off and reports it to the logger and in [Stats]. Anything else that is not as it was
// written is damage: Load fails with persist.ErrDamaged and the file and offset, and changes
// nothing. Salvage copies what is good of such a store into a new one.
//
// Load tells the two apart by the records after the bad place. Each has a checksum that only a
// record of this log can have, and says how much of the log was on the disk when it was written.
// So bytes that were removed, inserted, moved or exchanged are damage, and not a torn tail.
//
// Damage is not noticed where no later record says anything about it: in the last records, if
// they are damaged after they were acknowledged; if the last log ends exactly between two
// records; and if the last log is deleted as a whole. The first two are made rare: a second after
// the last commit the store writes a mark, which vouches for all before it, and Close ends the
// log with a seal. A program that must notice them all keeps the revision that it has seen
// elsewhere.
//
// # Full disks
//
// An Append for which there is no room fails with [ErrFull]: nothing was written, and the graph
// goes on. A store keeps as much room in the file RESERVE as its log takes. When the disk is
// full, that is room for commits that only remove rows, to seal the log or copy it when the store
// is loaded, and to compact. So remove rows, with calls that add none, and then call Compact: it
// needs room for a snapshot of the rows that are left, and gives back that of all others. Put
// commits are accepted again when there is room for them and for RESERVE.
//
// This cannot help if another program takes the room that is given back, if RESERVE is used up,
// or if the rows that are left do not fit beside the old files. The store can then still be
// opened with Options.ReadOnly. With SyncEvery and SyncNever, commits that were acknowledged may
// turn out not to fit when they are written; RESERVE is there for them, too. On file systems that
// only find out in a sync that they are full, a sync that fails ends the store, as every error of
// a sync does.
//
// # Compaction
//
// The store compacts by itself when its logs are larger than the last snapshot and than 1 MiB (or
// Options.SegmentSize): in the background when a log is full or begun, and in Load when they are
// twice as large. So the files take about three times the live rows at most, or 3 MiB; RESERVE
// takes what a log does, and while a snapshot is written, it comes on top. Compact does it at
// once.
//
// # Changing relations
//
// A relation is known by its name. A declared relation that the store does not know is empty. One
// that the store knows must be declared, with the same types, as long as it has rows.
//
//   - To rename a relation, stop the program and run "junction rename DIR OLD NEW"
//     ([RenameRelation]).
//   - To drop one, clear it and stop declaring it, or run "junction drop DIR NAME"
//     ([DropRelation]).
//   - To change the type of its keys or through values, declare a second relation with the new
//     type and another name beside the first; in one Graph.Update, add the converted edges to the
//     second and clear the first. From then on declare only the second, which can then be
//     renamed.
//
// Structs that are encoded as CBOR need none of that: fields can come and go.
//
// # Backups
//
// [Store.Backup] copies a store that is open into a new one, while commits go on. [Backup] and
// "junction backup" copy one that is not. A copy that a file system makes of the whole directory
// at one moment (a snapshot of LVM, ZFS or btrfs) is as good as what a crash leaves. One that is
// made file by file while the store is open is not a backup: the files are not of one moment. To
// restore, stop the program and put the copy in the place of the directory.
//
// # Erasing
//
// A removed row stays in the logs and in the last snapshot until they are replaced: after
// Compact, no file of the store has it. Whether the disk still has it in blocks that are free,
// and which snapshots, backups and copies do, only their owners can know.
//
// # Reading only
//
// Options.ReadOnly loads a store without changing anything: from a read-only file system, a full
// disk, or next to other readers.
//
// # Files
//
//	LOCK                    locked while the store is open; empty
//	RESERVE                 room for a full disk; its contents mean nothing
//	0000000000000003.snap   snapshot 3: all rows at the end of log 2
//	0000000000000003.log    log 3: the commits after that, and so on
//	0000000000000004.log
//	*.log.tmp, *.snap.tmp   a file that is not whole yet; removed when the store is loaded
//
// The numbers are hexadecimal. Those of the logs from the last snapshot on are consecutive. A
// store without a snapshot begins with log 1. A file is written under the name ending in .tmp,
// synced and renamed, and then the directory is synced; for a log, that is the header, so that a
// log without a whole one is damaged.
//
// A log is begun at the first Append that needs one, and nothing is ever appended to one that was
// there before: after a failed sync the operating system may show what the disk does not have.
// When the store is loaded, a last log that was not sealed is copied as far as it is good, and
// sealed; the copy takes its place. A small log is resumed by the next program: a copy without
// its seal takes its place and is appended to. So the number of logs depends on how much they
// hold, and not on how many programs wrote them.
//
// A snapshot replaces what is older when it and its name are on the disk. If it turns out to be
// damaged while the snapshot before it, and all logs from there on, are still there, these are
// used, with a warning.
//
// # Format
//
// The files are described in docs/FORMAT.md of the module, byte by byte, with the encodings of
// keys and values. Files of format version 1 will be read by all later versions.
//
// Rows are known by the bytes of their keys. Relations of files are the same if they have the
// same name, whatever their place in the schema of each file.
//
// Sorted batches of more than 256 KiB, and the blocks of snapshots, are merged as they are in
// their files when a store is loaded. Other rows are collected in memory first.
package filestore
