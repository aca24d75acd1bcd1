package filestore

import (
	"cmp"
	"context"
	"slices"
)

const (
	// firstStep is how far a search looks before it checks what it found. Each step is longer than
	// the one before by stepFactor: the next good frame is often near, and no end of a file is more
	// than a few steps away.
	firstStep  = 4 << 10
	stepFactor = 4
	// overlap is how far a frame may begin before the end of the good one before it. Where a few
	// bytes are missing, the next ones may be the same by chance.
	overlap = 8
	// fewClaims fit in the cache. A search collects no more before it checks them, unless the file
	// is so large that it would read it too often.
	fewClaims = 64 << 10
)

// searcher finds good frames at any offset of a file, in time linear in the bytes that it passes,
// whatever they are: values may be made of bytes that look like headers of frames.
//
// It first collects claims, which are offsets where a header could be. From two prefix checksums
// of the file and the checksum in a claim follows the seed with which the claim is a good frame.
type searcher struct {
	file   *file
	seeds  map[uint32]bool // of the files whose frames are wanted
	starts prefixes
	ends   prefixes
	claims []claim
}

// claim is a header that could be that of a frame.
type claim struct {
	end    int64
	length uint32 // of the payload
	sum    uint32
	before uint32 // register of the bytes before what the checksum covers
}

func (c *claim) at() int64 { return c.end - int64(c.length) - frameHeader }

func compareEnds(a, b claim) int { return cmp.Compare(a.end, b.end) }

// newSearcher returns a searcher for the frames of the files that have the seeds.
func newSearcher(f *file, seeds ...uint32) *searcher {
	s := &searcher{file: f, seeds: map[uint32]bool{}}
	for _, seed := range seeds {
		s.seeds[seed] = true
	}
	every := new([]uint32)
	s.starts = prefixes{window: f.another(8 * prefixStride), every: every}
	s.ends = prefixes{window: f.another(8 * prefixStride), every: every}
	return s
}

// found is a good frame, and the seed of the file to which it belongs.
type found struct {
	frame
	seed uint32
}

// next returns the first good frame after what is good up to an offset, if it is accepted. Frames
// inside one that is good but not accepted are not looked at.
func (s *searcher) next(ctx context.Context, from int64, accept func(*found) bool) (*found, error) {
	from = max(0, from-overlap)
	after := from
	for step := int64(firstStep); from < s.file.size-frameHeader; step = min(step*stepFactor, s.file.size) {
		to, err := s.collect(ctx, from, from+step)
		if err != nil {
			return nil, err
		}
		good, err := s.verify(ctx)
		if err != nil {
			return nil, err
		}
		for i := range good {
			if f := &good[i]; f.at >= after {
				if accept(f) {
					return f, nil
				}
				after = f.end()
			}
		}
		from = max(to, after)
	}
	return nil, nil
}

// collect looks for claims from one offset to another, and returns how far it came.
func (s *searcher) collect(ctx context.Context, from, to int64) (int64, error) {
	s.claims = s.claims[:0]
	most := int(max(fewClaims, s.file.size/512))
	to = min(to, s.file.size-frameHeader)
	for at := from; at < to; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n := min(int64(s.file.chunk), to-at)
		b, err := s.file.bytes(at, int(min(n+frameHeader+maxPayloadHeader, s.file.size-at)))
		if err != nil {
			return 0, err
		}
		for i := range int(n) {
			if h := b[i : i+frameHeader+1]; h[frameHeader]-1 >= frameKinds-1 || h[14]|h[15]|h[22]|h[23] != 0 {
				continue // most offsets: this is what check would find
			}
			if len(s.claims) == most {
				return at + int64(i), nil
			}
			if err := s.claim(ctx, b[i:], at+int64(i)); err != nil {
				return 0, err
			}
		}
		at += n
	}
	return to, nil
}

// claim adds a claim if one is possible.
func (s *searcher) claim(ctx context.Context, b []byte, at int64) error {
	fr := parseFrame(b, at)
	if fr.check(s.file.size) != nil || !fr.mayBegin(b[frameHeader:]) {
		return nil
	}
	before, err := s.starts.upTo(ctx, at+4)
	s.claims = append(s.claims, claim{fr.end(), uint32(fr.length), fr.sum, before})
	return err
}

// verify returns the claims that are good frames, in the order of their offsets.
func (s *searcher) verify(ctx context.Context) (good []found, err error) {
	if !slices.IsSortedFunc(s.claims, compareEnds) {
		slices.SortFunc(s.claims, compareEnds)
	}
	for i := range s.claims {
		if i%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		c := &s.claims[i]
		after, err := s.ends.upTo(ctx, c.end)
		if err != nil {
			return nil, err
		}
		seed := ^(c.before ^ retreat(^c.sum^after, c.end-c.at()-4))
		if !s.seeds[seed] {
			continue
		}
		b, err := s.file.bytes(c.at(), frameHeader+1)
		if err != nil {
			return nil, err
		}
		good = append(good, found{parseFrame(b, c.at()), seed})
	}
	slices.SortFunc(good, func(a, b found) int { return cmp.Compare(a.at, b.at) })
	return good, nil
}

// prefixStride is how far apart the prefixes are whose registers are kept.
const prefixStride = 4 << 10

// prefixes computes the registers of prefixes of a file. It is quick for prefixes that grow.
type prefixes struct {
	window
	every    *[]uint32 // registers of the prefixes whose length is a multiple of prefixStride
	at       int64     // the last one that was asked for
	register uint32
}

// upTo returns the register of the first n bytes.
func (p *prefixes) upTo(ctx context.Context, n int64) (uint32, error) {
	if n < p.at || n/prefixStride != p.at/prefixStride {
		if err := p.jump(ctx, n/prefixStride); err != nil {
			return 0, err
		}
	}
	b, err := p.bytes(p.at, int(n-p.at))
	if err != nil {
		return 0, err
	}
	p.register, p.at = advance(p.register, b), n
	return p.register, nil
}

// jump goes to a multiple of prefixStride.
func (p *prefixes) jump(ctx context.Context, stride int64) error {
	if len(*p.every) == 0 {
		*p.every = append(*p.every, 0)
	}
	for n := int64(len(*p.every)); n <= stride; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		b, err := p.bytes((n-1)*prefixStride, prefixStride)
		if err != nil {
			return err
		}
		*p.every = append(*p.every, advance((*p.every)[n-1], b))
	}
	p.at, p.register = stride*prefixStride, (*p.every)[stride]
	return nil
}
