package filestore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/seed-250bd433/junction/internal/vfs"
	"github.com/seed-250bd433/junction/persist"
)

// Store keeps a graph in a directory. It is a persist.Store. Compact, Backup and Stats may be
// called by any goroutine, also concurrently with Append.
type Store struct {
	path string
	opts Options
	home *home // of a store that is loaded

	reserve reserve

	enc encoder // used by Append only

	// io is held to write, sync, begin, seal or close the log. Lock order: turn, io, mu. Who has io
	// may try for the turn, but does not wait for it.
	io sync.Mutex

	// turn is held to compact: to take it, send; to give it back, receive.
	turn chan struct{}

	// mu guards the fields below. It is never held while a file is read, written or synced.
	mu       sync.Mutex
	state    state
	header   header // of the next log, without number and revision; does not change
	err      error  // why every Append fails from now on
	log      *segment
	buf      []byte // records to be written to the log
	spare    []byte // the other buffer; guarded by io
	timer    *time.Timer
	armed    arming
	appended time.Time // when the last commit was appended, or the first one in buf
	next     uint64    // number of the next log to begin
	whole    uint64    // all logs before this one are sealed
	last     lastLog
	rev      uint64
	base     uint64 // the first log that the last snapshot lacks, or 1
	damaged  uint64 // the snapshot that Load passed over, 0 if there is none
	snapped  int64  // bytes of the last snapshot
	sealed   int64  // bytes of the sealed logs from base on
	stats    Stats
	stop     context.CancelFunc // ends compaction
	ctx      context.Context    // of compaction; does not change
}

type state uint8

const (
	stateNew state = iota
	stateLoading
	stateOpen
	stateClosed
)

var (
	errNoPath = errors.New("junction: the path of the store is empty")

	// ErrNotLoaded says that a call needs a store that was loaded.
	ErrNotLoaded = errors.New("junction: the store is not loaded")
	// ErrClosed says that the store was closed. A compaction that Close ended fails with it, too.
	ErrClosed = errors.New("junction: the store is closed")
	// ErrReadOnly says that the store was opened with Options.ReadOnly. It is a refusal.
	ErrReadOnly = fmt.Errorf("%w: it was opened with Options.ReadOnly", persist.ErrRefused)

	// ErrRemoved says that somebody has removed or replaced files of a store that is open: its
	// LOCK, or the log that is being written. Commits that were acknowledged before may be lost
	// with them.
	ErrRemoved = errors.New("junction: files of the open store were removed or replaced")
)

var _ persist.Store = (*Store)(nil)

// New returns a store in a directory, whose parent must exist. It does nothing before Load, which
// resolves a relative path. Nil and zero Options are right for most.
func New(dir string, opts *Options) *Store {
	return &Store{path: dir, opts: opts.withDefaults(), turn: make(chan struct{}, 1)}
}

// Form returns persist.Binary.
func (s *Store) Form() persist.Form { return persist.Binary }

// Load locks the directory, which it creates if it is missing, verifies every file, and gives all
// rows, relation by relation in ascending order of their keys. It cuts off a torn tail, which it
// reports to the logger and in Stats. If the logs are much larger than the last snapshot, it also
// compacts them.
func (s *Store) Load(ctx context.Context, schema *persist.Schema, into persist.Loader) (uint64, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	open := s.open
	if s.opts.ReadOnly {
		open = s.openReadOnly
	}
	err := open(ctx, schema, into)
	switch {
	case vfs.IsFull(err):
		err = fmt.Errorf("%w (make room, or open the store with Options.ReadOnly)", err)
	case vfs.IsReadOnly(err):
		err = fmt.Errorf("%w (open the store with Options.ReadOnly to read it)", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.state = stateNew
		return 0, err
	}
	s.state = stateOpen
	if s.opts.ReadOnly {
		return s.rev, nil
	}
	if s.isDue(2) { // a short program never completes a compaction in the background
		s.turn <- struct{}{}
		s.mu.Unlock()
		_ = s.compactNow(ctx) // its error is in Stats and logged
		s.mu.Lock()
		<-s.turn
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.timer = time.AfterFunc(time.Hour, s.tick)
	s.timer.Stop()
	return s.rev, nil
}

// enter makes a new store a loading one.
func (s *Store) enter() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch s.state {
	case stateNew:
		s.state = stateLoading
		return nil
	case stateClosed:
		return ErrClosed
	}
	return errors.New("junction: the store is loaded already")
}

// open locks the directory and loads it.
func (s *Store) open(ctx context.Context, schema *persist.Schema, into persist.Loader) (err error) {
	if s.home, err = openHome(s.opts.fs, s.path); err != nil {
		return err
	}
	v := &view{dir: s.home}
	defer v.close()
	l, err := s.load(ctx, v, schema, into)
	if err == nil {
		err = s.adopt(v, l, schema)
	}
	if err != nil {
		return errors.Join(err, s.home.Close())
	}
	return nil
}

// openReadOnly loads the directory and closes it.
func (s *Store) openReadOnly(ctx context.Context, schema *persist.Schema, into persist.Loader) error {
	dir, release, err := openShared(s.opts.fs, s.path)
	if err != nil {
		return err
	}
	defer release()
	v := &view{dir: dir}
	defer v.close()
	l, err := s.load(ctx, v, schema, into)
	if err == nil {
		s.begins(v, l, schema, v.torn())
	}
	return err
}

// load reads the directory of a view and gives all rows to a loader.
func (s *Store) load(ctx context.Context, v *view, schema *persist.Schema, into persist.Loader) (listing, error) {
	l, err := list(v.dir)
	if err != nil {
		return l, err
	}
	if err := v.read(ctx, l); err != nil {
		return l, err
	}
	places, err := v.fit(ctx, schema)
	if err != nil {
		return l, fmt.Errorf("junction: %s: %w", s.path, err)
	}
	return l, v.load(ctx, places, into, s.opts.meter("load", v.rows()))
}

// fit checks that declared relations fit the recorded ones. It returns the index of each recorded
// relation among the declared ones.
func (v *view) fit(ctx context.Context, declared *persist.Schema) (places []int, err error) {
	for _, r := range v.schema.Relations {
		places = append(places, declared.Index(r.Name))
	}
	fault := declared.Fit(&v.schema, func(relation int) int {
		one := persist.Schema{Relations: v.schema.Relations[relation : relation+1]}
		if declared.Fit(&one, func(int) int { return 1 }) == nil {
			return 0 // it fits, however many there are
		}
		n, failed := v.count(ctx, relation)
		err = errors.Join(err, failed)
		return n
	})
	return places, errors.Join(err, fault)
}

// load gives all rows to a loader.
func (v *view) load(ctx context.Context, places []int, into persist.Loader, m *meter) error {
	for i, runs := range v.runs {
		err := merge(ctx, runs, m, func(key, value []byte) error { return into.LoadBinary(places[i], key, value) })
		if err != nil {
			return fmt.Errorf("junction: %s: relation %q: %w", v.dir.Path(), v.schema.Relations[i].Name, err)
		}
	}
	m.say()
	return nil
}

// adopt repairs and tidies the directory of a view, and makes the store continue where it ends.
func (s *Store) adopt(v *view, l listing, schema *persist.Schema) error {
	if v.skipped != nil {
		s.opts.Logger.Warn("filestore: a damaged snapshot was passed over; an older one and its logs have all that it had", "store", s.path, "error", v.skipped)
	}
	// If the program that wrote the directory was killed, it may not be on the disk yet. It must be
	// before anything older is removed.
	if err := s.home.Sync(); err != nil {
		return fmt.Errorf("junction: %w", err)
	}
	if err := s.reserve.adopt(s.home); err != nil {
		return err
	}
	s.tidy(l.useless(v)) // first, since the disk may be full
	if err := s.makingRoom(func() error { return s.mend(v) }); err != nil {
		return fmt.Errorf("junction: cannot write the end of the last log anew: %w", err)
	}
	torn := v.torn()
	if torn != nil {
		s.opts.Logger.Warn("filestore: the last log had a torn tail, which was cut off", "store", s.path, "tail", *torn)
	}
	s.begins(v, l, schema, torn)
	return nil
}

// begins sets the state after a load.
func (s *Store) begins(v *view, l listing, schema *persist.Schema, torn *TornTail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Torn = torn
	s.rev, s.base = v.revision, 1
	if v.snapshot != nil {
		s.base, s.snapped = v.snapshot.header.number, v.snapshot.size
	}
	for _, f := range v.logs {
		s.sealed += f.size
	}
	if t := &v.tail; t.file != nil {
		s.sealed += t.sealedSize() - t.file.size
	}
	if v.skipped != nil {
		s.damaged = l.lastSnapshot()
	}
	s.next = max(l.lastLog()+1, l.lastSnapshot(), 1)
	s.whole = s.next
	s.header = header{kind: logFile, store: v.store, schema: *schema}
	if v.store == [16]byte{} {
		s.header.store = newStoreID()
	}
	s.last = v.lastLog(&s.header)
	s.enc.relations, s.enc.limit = len(schema.Relations), maxPayload
}

// tidy removes files that are no longer needed. It need not succeed.
func (s *Store) tidy(names []string) {
	if err := s.home.removeAll(names); err != nil {
		s.opts.Logger.Warn("filestore: files of no use could not be removed", "store", s.path, "error", err)
	}
}

// Close writes and syncs what is still buffered, seals the log, ends a running compaction and
// unlocks the directory. An error means, as one of Append does, that the last commits may not be
// durable.
func (s *Store) Close() error {
	s.mu.Lock()
	was := s.state
	s.state = stateClosed
	s.mu.Unlock()
	if was != stateOpen || s.opts.ReadOnly {
		return nil
	}
	s.stop()
	s.turn <- struct{}{} // and keep it: a closed store is not compacted
	s.io.Lock()
	defer s.io.Unlock()
	s.timer.Stop()
	err := s.finish()
	return errors.Join(err, s.reserve.close(), s.home.Close())
}
