package bench

import (
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"
)

// Each direction is a bucket, whose keys are the near and the far end. Ends are not negative here.
var leftToRight, rightToLeft = []byte("left to right"), []byte("right to left")

// boltIn opens a database that syncs every transaction, as bbolt does by itself.
func boltIn(tb testing.TB, dir string) *bbolt.DB {
	db, err := bbolt.Open(filepath.Join(dir, "edges.db"), 0o600, nil)
	require.NoError(tb, err)
	require.NoError(tb, db.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(leftToRight)
		require.NoError(tb, err)
		_, err = tx.CreateBucketIfNotExists(rightToLeft)
		return err
	}))
	return db
}

// loadBolt puts each direction in the order of its keys, in which pages fill up, in transactions
// of a size with which bbolt is faster than with a single one.
func loadBolt(tb testing.TB, dir string, edges []edge) {
	db := boltIn(tb, dir)
	list := slices.Clone(edges)
	slices.SortFunc(list, byLeft)
	putSorted(tb, db, leftToRight, list, func(e *edge) (near, far int64) { return e.Left, e.Right })
	slices.SortFunc(list, byRight)
	putSorted(tb, db, rightToLeft, list, func(e *edge) (near, far int64) { return e.Right, e.Left })
	require.NoError(tb, db.Close())
}

func putSorted(tb testing.TB, db *bbolt.DB, bucket []byte, edges []edge, ends func(*edge) (near, far int64)) {
	const perTransaction = 100_000
	for chunk := range slices.Chunk(edges, perTransaction) {
		require.NoError(tb, db.Update(func(tx *bbolt.Tx) error {
			bucket := tx.Bucket(bucket)
			bucket.FillPercent = 1
			rows := make([]byte, 0, 24*len(chunk)) // which must stay until the transaction ends
			for i := range chunk {
				near, far := ends(&chunk[i])
				rows = appendRow(rows, near, far, chunk[i].Through)
				row := rows[24*i:]
				if err := bucket.Put(row[:16:16], row[16:24:24]); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func appendRow(b []byte, near, far, through int64) []byte {
	b = binary.BigEndian.AppendUint64(b, uint64(near))
	b = binary.BigEndian.AppendUint64(b, uint64(far))
	return binary.BigEndian.AppendUint64(b, uint64(through))
}

// openBolt gives writers, if there are several, the transactions that they share: bbolt's group
// commit.
func openBolt(tb testing.TB, dir string, writers int) (commit func(edge) error, end func() error) {
	db := boltIn(tb, dir)
	update := db.Update
	if writers > 1 {
		db.MaxBatchSize = writers
		update = db.Batch
	}
	commit = func(e edge) error {
		there := appendRow(nil, e.Left, e.Right, e.Through)
		back := appendRow(nil, e.Right, e.Left, e.Through)
		return update(func(tx *bbolt.Tx) error {
			if err := tx.Bucket(leftToRight).Put(there[:16], there[16:]); err != nil {
				return err
			}
			return tx.Bucket(rightToLeft).Put(back[:16], back[16:])
		})
	}
	return commit, db.Close
}

func readBolt(tb testing.TB, dir string) maps {
	db := boltIn(tb, dir)
	m := newMaps()
	require.NoError(tb, db.View(func(tx *bbolt.Tx) error {
		for bucket, outer := range map[*bbolt.Bucket]map[int64]map[int64]int64{
			tx.Bucket(leftToRight): m.left,
			tx.Bucket(rightToLeft): m.right,
		} {
			err := bucket.ForEach(func(k, v []byte) error {
				near, far := binary.BigEndian.Uint64(k), binary.BigEndian.Uint64(k[8:])
				putInner(outer, int64(near), int64(far), int64(binary.BigEndian.Uint64(v)))
				return nil
			})
			require.NoError(tb, err)
		}
		return nil
	}))
	require.NoError(tb, db.Close())
	return m
}
