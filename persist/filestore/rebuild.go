package filestore

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
)

// rebuild adds what was found to the view, in the order of revisions.
func (s *salvager) rebuild() error {
	s.chooseBase()
	s.reportSources()
	s.reportAbsentLogs()
	slices.SortStableFunc(s.pieces, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.revision, b.revision), cmp.Compare(a.rank, b.rank), compareBools(b.isInPlace(), a.isInPlace()))
	})
	for i := range s.pieces {
		if err := s.add(&s.pieces[i]); err != nil {
			return err
		}
	}
	s.flushMemtables()
	return nil
}

func compareBools(a, b bool) int { return cmp.Compare(flagOf(a), flagOf(b)) }

// chooseBase begins with the newest snapshot that is whole, and makes pieces of the newer ones.
func (s *salvager) chooseBase() {
	slices.SortFunc(s.copies, func(a, b *snapCopy) int { return cmp.Compare(b.owner.number, a.owner.number) })
	for _, c := range s.copies {
		c.finish()
		if c.fault == nil {
			s.base = c.owner
			s.addSnapshot(c)
			return
		}
		s.pieces = append(s.pieces, piece{
			frame: frame{revision: c.owner.before + 1}, rank: ofSnapshot, file: c.owner.source.file, owner: c.owner, snapshot: c,
		})
	}
}

// isSuperseded reports whether the base has all that a file had.
func (s *salvager) isSuperseded(o *owner) bool {
	return s.base != nil && o != nil && o.number < s.base.number
}

// reportSources reports what was lost of the files that are of use.
func (s *salvager) reportSources() {
	for _, source := range s.sources {
		if s.isSuperseded(source.owner) {
			continue
		}
		s.report.Lost = append(s.report.Lost, source.losses...)
		if source.fault != nil && (source.owner == nil || source.owner.guessed) {
			s.report.Exact = false
		}
	}
	for _, c := range s.copies {
		if d, ok := asDamage(c.fault); ok {
			s.lost(filepath.Base(d.path), d.offset, d.bytes, d.why)
		}
	}
}

// reportAbsentLogs reports the logs that are missing between others.
func (s *salvager) reportAbsentLogs() {
	there := map[uint64]bool{}
	var last uint64
	for _, o := range s.owners {
		if o.kind == logFile {
			there[o.number] = true
			last = max(last, o.number)
		}
	}
	for from := s.firstLog(there); from < last; from++ {
		to := from
		for !there[to] {
			to++
		}
		if from < to {
			s.absent(from, to)
		}
		from = to
	}
}

// firstLog returns the number of the first log that is of use.
func (s *salvager) firstLog(there map[uint64]bool) uint64 {
	switch {
	case s.base != nil:
		return s.base.number
	case there[1] || len(s.copies) == 0:
		return 1
	}
	return s.copies[0].owner.number
}

// absent reports that the logs from one number up to another, which is left out, are missing.
func (s *salvager) absent(from, to uint64) {
	why := "the file is missing"
	if to-from > 1 {
		why = fmt.Sprintf("the files up to %s are missing", logFile.name(to-1))
	}
	s.lost(logFile.name(from), 0, 0, why)
}

// add adds a piece to the view. Pieces come in the order of their revisions.
func (s *salvager) add(p *piece) error {
	if p.rank == ofSnapshot {
		s.overlay(p.snapshot)
		return nil
	}
	if s.revision+1 < p.revision {
		s.missing(p)
		s.revision = p.revision - 1
	}
	s.last = p
	if p.rank != ofCommits {
		return nil
	}
	if p.revision <= s.revision {
		s.again(p)
		return nil
	}
	s.revision += p.commits
	s.newest = p
	_, err := p.file.commits(&p.frame, func(b batch, at int64) error {
		if place := p.owner.places[b.relation]; place >= 0 {
			return s.addBatch(p.file, place, b, at)
		}
		return nil
	})
	return err
}

// again is called with commits whose revisions were added before. It reports them unless they are
// the same, or in the base.
func (s *salvager) again(p *piece) {
	isSame := s.newest != nil && s.newest.revision == p.revision && s.newest.sum == p.sum && s.newest.length == p.length
	if !isSame && s.newest != nil {
		s.lost(filepath.Base(p.file.path), p.at, p.end()-p.at, fmt.Sprintf("another record has its revision %d", p.revision))
	}
}

// overlay adds what is left of a snapshot if anything before it is missing.
func (s *salvager) overlay(c *snapCopy) {
	if s.report.Exact && s.revision >= c.owner.before {
		return
	}
	s.report.Exact = false
	s.addSnapshot(c)
}

func (s *salvager) addSnapshot(c *snapCopy) {
	for _, span := range c.spans() {
		if place := c.owner.places[span.relation]; place >= 0 {
			s.addRun(place, span.run())
		}
	}
	s.revision = max(s.revision, c.owner.before)
}

// missing reports the commits that are missing before a piece: with the loss that explains it, or
// where they should be.
func (s *salvager) missing(next *piece) {
	s.report.Exact = false
	why := fmt.Sprintf("commits %d to %d are missing", s.revision+1, next.revision-1)
	if next.revision-1 == s.revision+1 {
		why = fmt.Sprintf("commit %d is missing", s.revision+1)
	}
	file, at, absent := s.whereMissing(next)
	for i := range s.report.Lost {
		if l := &s.report.Lost[i]; l.File == file && l.Offset == at || l.File == absent && l.Bytes == 0 {
			l.Why += "; " + why
			return
		}
	}
	if s.last != nil && at == s.last.file.size {
		why = "the file ends here; " + why
	}
	s.lost(file, at, 0, why)
}

// whereMissing returns where the last piece ends, or where the next one begins if there is none,
// and the name of the log that would follow.
func (s *salvager) whereMissing(next *piece) (file string, at int64, following string) {
	if s.last != nil {
		return filepath.Base(s.last.file.path), s.last.stop(), logFile.name(s.last.owner.number + 1)
	}
	first := uint64(1)
	if s.base != nil {
		first = s.base.number
	}
	return filepath.Base(next.file.path), next.owner.end, logFile.name(first)
}
