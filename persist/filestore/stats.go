package filestore

// Stats describes what a store holds and what it has done since it was loaded.
type Stats struct {
	Revision            uint64 // of the last commit that was appended or loaded
	Logs                int
	LogBytes            int64 // of all logs since the last snapshot
	SnapshotBytes       int64 // of the last snapshot, 0 if there is none
	Syncs               int   // of the log, for commits
	Compactions         int
	LastCompactionError error     // nil if the last one succeeded
	Torn                *TornTail // what Load cut off, or would have if it might write; nil if nothing
}

// Stats returns statistics, in O(1).
func (s *Store) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	stats := s.stats
	stats.Revision = s.rev
	stats.LogBytes = s.sealed
	stats.SnapshotBytes = s.snapped
	if s.state != stateNew {
		stats.Logs = int(s.next - s.base)
	}
	if s.log != nil {
		stats.LogBytes += s.log.size
	}
	return stats
}
