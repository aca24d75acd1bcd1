package filestore

import (
	"context"
	"fmt"
)

// tail is how the last log that was read ends.
type tail struct {
	file   *file  // nil if there is no log
	sealed bool   // by its last good record
	end    int64  // of its last good record
	torn   string // why the next one is not good; empty if nothing follows
}

// damage says that a log does not end as it should.
func (t *tail) damage() error {
	if t.torn == "" {
		return t.file.damage(t.end, "the file ends here, without its seal")
	}
	return t.file.damage(t.end, t.torn)
}

// judge tells a torn tail, which a crash leaves, from damage. What is good ends before the record
// of a revision. It is damage if any good record follows that shows that a crash cannot be the
// reason.
func (t *tail) judge(ctx context.Context, revision uint64) error {
	if t.torn == "" {
		return nil
	}
	begun, err := t.begun(revision)
	if err != nil {
		return err
	}
	var why string
	later, err := newSearcher(t.file, t.file.seed).next(ctx, t.end, func(f *found) bool {
		why = t.evidence(&f.frame, revision, begun)
		return why != ""
	})
	if later == nil || err != nil {
		return err
	}
	return t.file.damage(t.end, fmt.Sprintf("%s, and the record at %d %s", t.torn, later.at, why))
}

// evidence returns what a good record after the end shows if it shows damage: that what is bad was
// whole once, or that the record was written elsewhere. Otherwise it is empty: of what was not yet
// synced, a crash may leave some sectors and lose others before them. It may also leave what
// earlier files of the same number had on the disk, which are records before the end and seals.
func (t *tail) evidence(f *frame, revision uint64, begun int64) string {
	switch {
	case f.fileKind() != logFile || f.revision < revision:
		return ""
	case f.synced > t.end:
		return "says that it was on the disk"
	case f.kind == commitsFrame && f.revision == revision:
		return "is the next one"
	case f.kind == sealFrame && f.revision == revision:
		return ""
	case f.at < begun:
		return "is inside of what is bad"
	case f.at/sectorSize == t.end/sectorSize:
		return "was written to the same sector later"
	}
	return ""
}

// sectorSize is how many bytes every disk writes as a whole.
const sectorSize = 512

// begun returns where the bad record ends if its header is as it was written, and otherwise 0. The
// header is in one sector and has the revision that it must have.
func (t *tail) begun(revision uint64) (int64, error) {
	const n = frameHeader + 1
	if t.end%sectorSize+n > sectorSize || t.end+n > t.file.size {
		return 0, nil
	}
	b, err := t.file.bytes(t.end, n)
	if err != nil {
		return 0, err
	}
	f := parseFrame(b, t.end)
	if f.revision != revision || f.kind != commitsFrame || uint64(f.synced) > uint64(f.at) {
		return 0, nil
	}
	return f.end(), nil
}
