package filestore

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/persist"
)

// unsealed returns the only log of a history whose records nothing vouches for, and its frames.
func unsealed(t *testing.T, pad int) (*history, string, []frame) {
	h := recordPadded(t, Options{Sync: SyncNever()}, false, 6, pad, nil)
	log := h.files[logFile.name(1)]
	frames := parseAll(t, logFile.name(1), log)
	records := frames[:len(frames)-1]
	return h, log[:records[len(records)-1].end()], records
}

// TestRecordsThatNothingVouchesFor removes and inserts a byte in each record but the last. The
// records after it show that no crash has done that, although none of them was synced.
func TestRecordsThatNothingVouchesFor(t *testing.T) {
	for _, pad := range []int{0, 300} {
		h, log, records := unsealed(t, pad)
		for _, fr := range records[:len(records)-1] {
			inOneSector := fr.at%sectorSize+frameHeader < sectorSize
			for at := fr.at + frameHeader + 1; at < fr.end(); at += 7 {
				for _, b := range []string{log[:at] + log[at+1:], log[:at] + "x" + log[at:]} {
					h.files[logFile.name(1)] = b
					_, _, err := h.loadAny(t, h.disk(t))
					if inOneSector && (len(b) < len(log) || pad == 0) {
						require.ErrorIs(t, err, persist.ErrDamaged, "%d: byte %d", pad, at)
					}
				}
			}
		}
	}
}

// TestRecordsOfEarlierCopies has a torn tail in which a crash left what earlier copies of the log
// had on the disk: records that are in the log, and a seal where it ended then.
func TestRecordsOfEarlierCopies(t *testing.T) {
	h, log, records := unsealed(t, 0)
	last := records[len(records)-1]
	f := header{kind: logFile, number: 1}
	copy(f.store[:], log[24:])
	seal := beginFrame(nil, sealFrame)
	finishFrame(seal, f.seed(), last.at, last.revision)
	for name, stale := range map[string]string{
		"seal":    string(seal),
		"records": log[records[0].at:last.at],
	} {
		h.files[logFile.name(1)] = log[:last.at] + strings.Repeat("\xff", 40) + stale
		rev, torn, err := h.loadAny(t, h.disk(t))
		require.NoError(t, err, name)
		require.Equal(t, last.revision-1, rev)
		require.NotNil(t, torn)
	}
}

// TestMarkThatIsMissing removes a mark as a whole. No commit is missing, but the record after it
// shows that bytes are.
func TestMarkThatIsMissing(t *testing.T) {
	h := &history{}
	synctest.Test(t, func(t *testing.T) {
		h = record(t, Options{}, true, 2, func(*Store, uint64) { time.Sleep(3 * time.Second) })
	})
	name := logFile.name(1)
	b := h.files[name]
	frames := parseAll(t, name, b)
	require.Equal(t, markFrame, frames[1].kind)
	h.files[name] = b[:frames[1].at] + b[frames[1].end():]
	_, _, err := h.loadAny(t, h.disk(t))
	require.ErrorContains(t, err, "bytes before it are missing")
}
