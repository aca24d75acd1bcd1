package filestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/seed-250bd433/junction/persist"
)

// source is a file of the directory that is salvaged. It may hold pieces of other files.
type source struct {
	*file
	fault  *damage // of its header
	losses []Loss
	moved  []movedHeader
	owner  *owner // by its header, or by its name if that is damaged; nil if it cannot be known
}

func (s *source) name() string { return filepath.Base(s.path) }

// owner is a file to which pieces belong, wherever they are now.
type owner struct {
	header
	source  *source
	end     int64           // of its header
	guessed bool            // its header is damaged: its name and the other files say what it was
	places  []int           // of its relations in the view, -1 for one that was declared anew since
	parts   map[*file]*file // other files that have pieces of it, with its header
}

// ownerKey is what a frame shows of its owner. A log and a snapshot of the same number have the
// same seed, but frames of different kinds.
type ownerKey struct {
	seed uint32
	kind fileKind
}

// learn takes the revision of a snapshot whose header is damaged from one of its frames.
func (o *owner) learn(fr *frame) {
	if o.guessed && o.kind == snapshotFile && o.before == 0 {
		o.before = fr.revision
		o.source.header.before = fr.revision
	}
}

// in returns a file with the header of the owner, to read the owner's pieces in it.
func (o *owner) in(f *file) *file {
	if f == o.source.file && o.source.owner == o {
		return f
	}
	if o.parts[f] == nil {
		part := *f
		part.window = f.another(f.chunk)
		part.header, part.seed = o.header, o.seed()
		o.parts[f] = &part
	}
	return o.parts[f]
}

// openAll opens the files of a listing.
func (s *salvager) openAll(ctx context.Context, l listing) error {
	for _, n := range l.snapshots {
		if err := s.openSource(ctx, snapshotFile, n); err != nil {
			return err
		}
	}
	for _, n := range l.logs {
		if err := s.openSource(ctx, logFile, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *salvager) openSource(ctx context.Context, kind fileKind, number uint64) error {
	opened, err := s.dir.Open(kind.name(number))
	if err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	f := &file{window: window{file: opened, path: filepath.Join(s.dir.Path(), kind.name(number)), chunk: 128 << 10}}
	s.opened = append(s.opened, f)
	if f.size, err = opened.Size(); err != nil {
		return fmt.Errorf("filestore: %w", err)
	}
	source := &source{file: f}
	f.body, err = f.decodeHeader()
	if err != nil {
		if h, end, ok := f.correctHeader(); ok {
			f.header, f.body, err = h, end, nil
			s.lost(source.name(), 0, 0, "one bit of its header is wrong, which its checksum tells: it was corrected")
		}
	}
	f.seed = f.header.seed()
	if errors.As(err, &source.fault) {
		f.header, err = header{kind: kind, number: number}, nil
	}
	if err == nil {
		source.moved, err = f.movedHeaders(ctx)
	}
	s.sources = append(s.sources, source)
	return err
}

// choose takes the store that has the most bytes, and reports the files of others.
func (s *salvager) choose() {
	bytes := map[[16]byte]int64{}
	for _, source := range s.sources {
		if h := source.anyHeader(); h != nil {
			bytes[h.store] += source.size
			if bytes[h.store] > bytes[s.store] {
				s.store = h.store
			}
		}
	}
	for _, source := range s.sources {
		switch {
		case source.fault != nil:
		case source.header.store == s.store:
			source.owner = s.own(source.header, source, source.body)
		default:
			s.lost(source.name(), 0, source.size, fmt.Sprintf("it belongs to store %x; copied is store %x, which has more bytes. To salvage the other one, move its files to a directory of their own", source.header.store, s.store))
		}
	}
	s.ownMoved()
	s.guess()
	s.admitOwners()
}

// anyHeader returns the header of a file, or one that is elsewhere in it, or nil.
func (s *source) anyHeader() *header {
	switch {
	case s.fault == nil:
		return &s.header
	case len(s.moved) > 0:
		return &s.moved[0].header
	}
	return nil
}

// own returns the owner of the pieces that have the seed of a header.
func (s *salvager) own(h header, source *source, end int64) *owner {
	k := ownerKey{h.seed(), h.kind}
	if s.owners[k] == nil {
		s.owners[k] = &owner{header: h, source: source, end: end, parts: map[*file]*file{}}
	}
	return s.owners[k]
}

// ownMoved makes owners of headers that are not at the beginning of a file.
func (s *salvager) ownMoved() {
	for _, source := range s.sources {
		for _, m := range source.moved {
			if m.store != s.store {
				continue
			}
			o := s.own(m.header, source, m.end)
			if source.fault != nil && m.kind == source.header.kind && m.number == source.header.number {
				source.header, source.seed, source.owner = m.header, m.header.seed(), o
			}
		}
	}
}

// guess gives headers to the files whose own is damaged, if all others have the same relations.
func (s *salvager) guess() {
	var schema *persist.Schema
	for _, o := range s.owners {
		if schema != nil && !reflect.DeepEqual(schema, &o.schema) {
			return
		}
		schema = &o.schema
	}
	for _, source := range s.sources {
		if source.fault != nil && source.owner == nil && schema != nil {
			source.header.store, source.header.schema = s.store, *schema
			source.seed = source.header.seed()
			source.owner = s.own(source.header, source, 0)
			source.owner.guessed = source.owner.source == source
		}
	}
}

// admitOwners gives the relations of the owners their places in the view. A relation whose kinds
// changed had no rows then, so that what is found of its older rows was deleted.
func (s *salvager) admitOwners() {
	owners := slices.SortedFunc(maps.Values(s.owners), func(a, b *owner) int {
		return cmp.Or(cmp.Compare(a.number, b.number), -cmp.Compare(a.kind, b.kind))
	})
	for _, o := range owners {
		o.places = s.admit(&o.header)
		s.addHeader(o)
	}
	for _, o := range owners {
		for i, place := range o.places {
			if !sameShape(&o.schema.Relations[i], &s.schema.Relations[place]) {
				o.places[i] = -1
			}
		}
	}
}

// sameShape reports whether two relations have keys and values of the same kinds.
func sameShape(a, b *persist.Relation) bool {
	return a.Undirected == b.Undirected && a.Left == b.Left && a.Right == b.Right && a.Through == b.Through
}
