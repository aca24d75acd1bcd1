package filestore

import (
	"context"
	"fmt"
)

// piece is a good record of a log of the store that is salvaged, or what the header of a file says.
type piece struct {
	frame
	rank     rank
	file     *file // where it stands, with the header of its owner
	owner    *owner
	commits  uint64    // that it has
	snapshot *snapCopy // of a snapshot: what is found of it
}

// rank orders pieces of the same revision by what is known to come first.
type rank uint8

const (
	ofMark     rank = iota // or seal: all commits before its revision were written
	ofSnapshot             // it has all commits before its revision
	ofHeader               // of a log: all commits before its revision are in files before it
	ofCommits
)

// stop returns where what follows the piece begins.
func (p *piece) stop() int64 {
	if p.rank == ofHeader {
		return p.owner.end
	}
	return p.frame.end()
}

// isInPlace reports whether the piece is in the file to which it was written.
func (p *piece) isInPlace() bool { return p.file == p.owner.source.file }

// survey finds the pieces in a file.
func (s *salvager) survey(ctx context.Context, source *source) error {
	if source.fault == nil && source.owner == nil {
		return nil // of another store
	}
	if source.size == 0 {
		source.lost(0, 0, source.fault.why)
	}
	var seeds []uint32
	for k := range s.owners {
		seeds = append(seeds, k.seed)
	}
	search := newSearcher(source.file, seeds...)
	for at := source.body; at < source.size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		next, why, err := source.next(ctx, search, at)
		if err != nil {
			return err
		}
		if next == nil {
			source.lost(at, source.size, why)
			return nil
		}
		if at < next.at || at == 0 { // a header, which is damaged here, may be missing
			source.lost(at, next.at, why)
		}
		if err := s.take(source, next); err != nil {
			return err
		}
		at = next.end()
	}
	return nil
}

// addHeader adds what the header of a file says, unless it is a guess.
func (s *salvager) addHeader(o *owner) {
	switch {
	case o.guessed:
	case o.kind == snapshotFile:
		s.copyOf(o)
	default:
		s.pieces = append(s.pieces, piece{frame: frame{revision: o.before + 1}, rank: ofHeader, file: o.in(o.source.file), owner: o})
	}
}

// next returns the good frame at an offset or, if there is none, the next one in the file, and why
// there is none. It is nil if none follows.
func (s *source) next(ctx context.Context, search *searcher, at int64) (*found, string, error) {
	why := ""
	if s.owner != nil {
		fr, err := s.readFrame(at)
		if err == nil {
			return &found{fr, s.seed}, "", nil
		}
		if !isBad(err) {
			return nil, "", err
		}
		why = err.Error()
	}
	if s.fault != nil && at == 0 {
		why = s.fault.why
	}
	next, err := search.next(ctx, at, func(*found) bool { return true })
	return next, why, err
}

// lost notes a part of the file in which nothing good was found.
func (s *source) lost(from, to int64, why string) {
	s.losses = append(s.losses, Loss{s.name(), from, to - from, why})
}

// take adds a good frame that was found in a file. One whose contents are impossible is a loss.
func (s *salvager) take(source *source, fr *found) error {
	o := s.owners[ownerKey{fr.seed, fr.fileKind()}]
	if o == nil {
		other := s.owners[ownerKey{fr.seed, logFile + snapshotFile - fr.fileKind()}]
		source.lost(fr.at, fr.end(), fmt.Sprintf("it belongs to %s, which is missing", fr.fileKind().name(other.number)))
		return nil
	}
	o.learn(&fr.frame)
	f := o.in(source.file)
	var err error
	if o.kind == logFile {
		err = s.takeRecord(o, f, &fr.frame)
	} else {
		err = s.copyOf(o).take(f, &fr.frame)
	}
	if d, ok := asDamage(err); ok {
		source.lost(fr.at, fr.end(), d.why)
		return nil
	}
	return err
}

// takeRecord adds a record of a log after checking everything in it.
func (s *salvager) takeRecord(o *owner, f *file, fr *frame) (err error) {
	p := piece{frame: *fr, rank: ofMark, file: f, owner: o}
	if fr.kind == commitsFrame {
		p.rank = ofCommits
		p.commits, err = f.commits(fr, func(b batch, at int64) error {
			return f.eachRow(b, at, func(*row) {})
		})
	} else {
		err = f.checkEmpty(fr)
	}
	if err == nil {
		s.pieces = append(s.pieces, p)
	}
	return err
}

// eachRow reads the rows of a batch.
func (f *file) eachRow(b batch, at int64, do func(r *row)) error {
	c := batchCursor{window: &f.window}
	c.begin(b, at)
	for {
		if ok, err := c.next(); !ok || err != nil {
			return err
		}
		do(&c.row)
	}
}
