// Package filestore keeps a graph in a directory: a log of commits, and now and then a snapshot of all rows.
//
//	store := filestore.New("/var/lib/app/graph", nil)
//
// A [Store] is given to a graph, which loads it and appends to it. [Inspect] and [Salvage] are for a store that is not open.
//
// # The directory
//
// It must be on a local file system: locks and syncs cannot be relied on over a network. Its parent
// must exist. It must hold nothing else: a directory with other files, or with a pipe, link or device
// that is named like a file of a store, is refused, and nothing in it is touched.
//
// Load opens the directory, and a relative path is resolved then. The store keeps to that directory
// until it is closed, even if the directory is renamed, a link on its path is switched or the working
// directory changes. If the directory itself is removed, or its LOCK or the log that is being written
// is removed or replaced, the next call that writes fails with [ErrRemoved].
//
// # What survives
//
// [SyncPolicy] says when a commit is durable. After a crash, what a store holds is a prefix of its commits, each whole.
// The last log may end in what was being written then, a torn tail: it is cut off at the next Load, and [Stats] and the
// logger say so. Whatever else is not as it was written is damage: Load fails with persist.ErrDamaged, which names the
// file and the offset, and touches nothing. Salvage copies what is good of such a store into a new one.
//
// The two can be told apart because each record says how far its log was known to be on the disk when it was written:
// what is bad below that was whole once. Only of the very last records, about which no later one says anything, it
// cannot be known: if they are damaged after they were acknowledged, that looks like a torn tail, and they are cut off
// as one. A log that ends exactly between two records could likewise have had more. That is made rare: a second after
// the last commit a mark is written, which vouches for all before it, and Close ends the log with a seal.
//
// # Full disks
//
// An Append for which there is no room fails with [ErrFull]: nothing was written, and the graph goes
// on. A store keeps as much room in the file RESERVE as its log takes. When the disk is full, that is
// room for commits that only remove rows, to seal the log or copy it when the store is loaded, and to
// compact. So remove rows, with calls that add none, and then call Compact: it needs room for a
// snapshot of the rows that are left, and gives back that of all others. Put commits are accepted
// again when there is room for them and for RESERVE.
//
// This cannot help if another program takes the room that is given back, if RESERVE is used up, or if
// the rows that are left do not fit beside the old files. The store can then still be opened with
// Options.ReadOnly. With SyncEvery and SyncNever, commits that were acknowledged may turn out not to
// fit when they are written; RESERVE is there for them, too. On file systems that only find out in a
// sync that they are full, a sync that fails ends the store, as every error of a sync does.
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
// The numbers are hexadecimal and consecutive. A store without a snapshot begins with log 1. A file is written under
// the name ending in .tmp, synced and renamed, and then the directory is synced; of a log, that is the header, so that
// a log without a whole one is damaged. A log is begun at the first Append that needs one, and nothing is ever appended
// to one that was there before: a log that was not sealed is copied as far as it is good, and sealed, when the store is
// loaded, because after a failed sync the operating system may show what the disk does not have.
// A small log is resumed by the next program: a copy without its seal takes its place, and is
// appended to. So the number of logs depends on how much they hold, and not on how many programs
// wrote them.
//
// The store compacts by itself when its logs are larger than the last snapshot and than 1 MiB (or
// Options.SegmentSize): in the background when a log is full or begun, and in Load when they are twice
// as large. What is on the disk is then at most about three times the live rows, or 3 MiB; while a
// snapshot is written, it comes on top.
//
// A snapshot replaces what is older when it and its name are on the disk. If it turns out to be damaged while the
// snapshot before it, and all logs from there on, are still there, these are used, with a warning.
//
// # Format
//
// This is format version 1. Integers are little-endian; a uvarint is that of encoding/binary. Every file begins with a
// header:
//
//	 0   8  magic: 89 'j' 'n' 'c' 't' 0d 0a 1a   seen to be binary, and to have been copied as such
//	 8   4  format version                       another one is refused, because nothing else can be known
//	12   4  features that a reader must know     bits; one that is not known is refused. None is defined
//	16   4  kind: 1 log, 2 snapshot
//	20   4  length of the schema
//	24  16  UUID of the store                    files of two stores do not mix
//	40   8  number of the file                   as in its name: files do not change places
//	48   8  revision before the first record     of a snapshot: the one that it shows
//	56   n  schema, persist.Schema as JSON       relations are known by their place in it
//	 +   4  CRC-32C of all of the above
//
// Frames follow, to the end of the file:
//
//	 0   4  CRC-32C of the rest of the frame     begun with that of the UUID and the file's number, so that bytes
//	                                             which another file has left on the disk are never right
//	 4   4  length of the payload                covered by the checksum, and held against the file's size before use
//	 8   8  synced: how much of the file was known to be on the disk when this was written. Of a snapshot: 0
//	16   8  revision                             of the first commit; of other frames see below
//	24   n  payload, of which the first byte says what it is
//
// In a log, revisions are consecutive across frames and files, so that nothing can be missing between them.
//
//	1 commits: uvarint number of commits; of each: uvarint number of batches, and these. All commits of one Append are
//	  one frame, so that they are there together or not at all
//	2 mark: nothing; its revision is the next one. Written when nothing was appended for a second
//	3 seal: the same; ends a log. A log that another one follows may lack its seal if all its commits are there: a seal
//	  is only news until the next log is there
//
// In a snapshot, all frames have the snapshot's revision.
//
//	4 block: one batch without deleted rows, of about 64 KiB. Blocks are in the order of relations and, of each, of keys
//	5 footer: uvarint number of relations; of each uvarint number of rows; uvarint number of blocks. Ends a snapshot
//
// A batch has the rows of one relation. Keys share what they begin with, as neighbours in order do:
//
//	uvarint  place of the relation in the schema of the file
//	byte     flags: 1 if the keys are strictly ascending
//	uint32   number of rows
//	uint32   length of the rows
//	rows     uvarint  bytes that the key has in common with the key before; 0 in the first row
//	         uvarint  twice the length of the rest of the key, plus 1 if the row is deleted
//	         bytes    the rest of the key
//	         uvarint  length of the value   } of a row that is put
//	         bytes    the value             }
//
// Rows are known by the bytes of their keys, and a newer row replaces an older one. Sorted batches of more than 256 KiB, and
// blocks, are merged as they stand in their files; other rows are collected in memory first.
package filestore
