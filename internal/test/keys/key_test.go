package keys_test

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
	"github.com/seed-250bd433/junction/persist"
	"github.com/seed-250bd433/junction/persist/filestore"
	"github.com/seed-250bd433/junction/persist/persisttest"
)

// bytesOf returns the memory of an array of bytes.
func bytesOf[K junction.Key](k *K) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(k)), unsafe.Sizeof(*k))
}

func compareBytes[K junction.Key](x, y K) int { return bytes.Compare(bytesOf(&x), bytesOf(&y)) }

// arrayKeys returns distinct arrays of bytes: some that differ in the first byte or the last only,
// and others at random.
func arrayKeys[K junction.Key]() (keys []K) {
	r := rand.New(rand.NewPCG(1, 2))
	n := int(unsafe.Sizeof(*new(K)))
	add := func(change func(b []byte)) {
		var k K
		change(bytesOf(&k))
		keys = append(keys, k)
	}
	for i := range 256 {
		add(func(b []byte) { b[0] = byte(i) })
		add(func(b []byte) { b[n-1], b[0] = byte(i), 128 })
		add(func(b []byte) {
			for j := range b {
				b[j] = byte(r.Uint32())
			}
		})
	}
	slices.SortFunc(keys, compareBytes)
	keys = slices.Compact(keys)
	r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	return keys
}

// ofArrays runs a test with several types of keys.
func ofArrays(t *testing.T, tests map[string]func(t *testing.T)) {
	for name, test := range tests {
		t.Run(name, test)
	}
}

type documentID [16]byte

func (d documentID) String() string { return fmt.Sprintf("document %x", d[:2]) }

func TestArrayKeys(t *testing.T) {
	ofArrays(t, map[string]func(t *testing.T){
		"4": testArrayKeys[[4]byte], "6": testArrayKeys[[6]byte], "8": testArrayKeys[[8]byte],
		"12": testArrayKeys[[12]byte], "16": testArrayKeys[[16]byte], "20": testArrayKeys[[20]byte],
		"24": testArrayKeys[[24]byte], "28": testArrayKeys[[28]byte], "32": testArrayKeys[[32]byte],
		"48": testArrayKeys[[48]byte], "64": testArrayKeys[[64]byte], "defined": testArrayKeys[documentID],
	})
}

// testArrayKeys writes every pair of some keys, one by one and in bulk, and expects to find them in
// the order of their bytes.
func testArrayKeys[K junction.Key](t *testing.T) {
	keys := arrayKeys[K]()
	want := slices.SortedFunc(slices.Values(keys), compareBytes)
	all := func(yield func(junction.Edge[K, K, int]) bool) {
		for range 2 { // each edge twice, so that AddAll has to find that out
			for i, k := range keys {
				for j := range 4 {
					if !yield(junction.Edge[K, K, int]{Left: k, Right: keys[(i+j*j)%len(keys)], Through: i}) {
						return
					}
				}
			}
		}
	}
	oneByOne, inBulk := junction.New[K, K, int](), junction.New[K, K, int]()
	var spare K // a variable that changes: keys are copied
	for e := range all {
		spare = e.Left
		_, err := oneByOne.Add(spare, e.Right, e.Through)
		require.NoError(t, err)
	}
	_, err := inBulk.AddAll(all)
	require.NoError(t, err)
	for _, m := range []*junction.ManyToMany[K, K, int]{oneByOne, inBulk} {
		require.NoError(t, m.Graph().Check())
		var lefts, rights []K
		for k := range m.Lefts() {
			lefts = append(lefts, k)
		}
		for k := range m.Rights() {
			rights = append(rights, k)
		}
		require.Equal(t, want, lefts)
		require.Equal(t, want, rights)
		for i, k := range keys {
			require.True(t, m.Has(k, keys[(i+4)%len(keys)]))
			require.False(t, m.Has(k, keys[(i+5)%len(keys)]))
		}
		for _, k := range keys {
			c, err := m.RemoveLeft(k)
			require.NoError(t, err)
			require.Equal(t, 4, c.Removed)
		}
		require.Zero(t, m.NumRights())
		require.NoError(t, m.Graph().Check())
	}
}

// TestArrayKeysCombine holds that sets of arrays of bytes are merged in the order of their bytes.
func TestArrayKeysCombine(t *testing.T) {
	keys := arrayKeys[documentID]()
	m := junction.New[int, documentID, struct{}]()
	_, err := m.Left(0).Link(keys[:600]...)
	require.NoError(t, err)
	_, err = m.Left(1).Link(keys[300:]...)
	require.NoError(t, err)
	both := slices.SortedFunc(slices.Values(keys[300:600]), compareBytes)
	require.Equal(t, both, slices.Collect(junction.And(m.Left(0), m.Left(1)).Keys()))
	first := slices.SortedFunc(slices.Values(keys[:300]), compareBytes)
	require.Equal(t, first, slices.Collect(junction.Minus(m.Left(0), m.Left(1)).Keys()))
}

// TestArrayKeysAreStored holds that stores keep arrays of bytes, and that a store which sorts bytes
// has them in the order of the keys.
func TestArrayKeysAreStored(t *testing.T) {
	ofArrays(t, map[string]func(t *testing.T){
		"4": testStoredArrays[[4]byte], "16": testStoredArrays[documentID], "32": testStoredArrays[[32]byte],
	})
}

func testStoredArrays[K junction.Key](t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	memory, columns := persisttest.NewMemory(persist.Binary), persisttest.NewMemory(persist.Columns)
	for name, store := range map[string]func() persist.Store{
		"filestore": func() persist.Store {
			return filestore.New(dir, &filestore.Options{Sync: filestore.SyncNever()})
		},
		"bytes":   func() persist.Store { return memory.Open() },
		"columns": func() persist.Store { return columns.Open() },
	} {
		open := func() *junction.ManyToMany[K, K, int] {
			m, err := junction.Open[K, K, int](context.Background(), "m", store())
			require.NoError(t, err, name)
			return m
		}
		keys := arrayKeys[K]()
		m := open()
		sorted := slices.SortedFunc(slices.Values(keys), compareBytes)
		for i, k := range keys {
			rank, _ := slices.BinarySearchFunc(sorted, k, compareBytes)
			_, err := m.Add(k, keys[len(keys)-1-i], rank)
			require.NoError(t, err)
		}
		before := fixture.EdgesOf(m)
		require.NoError(t, m.Graph().Close())
		m = open()
		require.Equal(t, before, fixture.EdgesOf(m), name)
		require.NoError(t, m.Graph().Check())
		require.NoError(t, m.Graph().Close())
	}
	rows, last := memory.Rows("m"), ""
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		require.Less(t, last, rows[key], "the bytes of numbers are in their order, too")
		last = rows[key]
	}
}

// TestBadInputNamesArrayKeys holds that errors show a key as its type prints it.
func TestBadInputNamesArrayKeys(t *testing.T) {
	m := junction.Relate[documentID, int, string](junction.NewGraph(nil), "documents")
	require.NoError(t, m.Insert(documentID{1, 2}, 7, ""))
	err := m.Insert(documentID{1, 2}, 7, "")
	require.ErrorIs(t, err, junction.ErrExists)
	require.ErrorContains(t, err, "document 0102")
	zero := documentID{}
	_, err = m.Add(zero, 1, "") // as good a key as any
	require.NoError(t, err)
	require.True(t, m.Has(zero, 1))
}

// TestFloatKeys holds that both zeros are one key, and that floats are found by their hash.
func TestFloatKeys(t *testing.T) {
	testFloatKeys[float32](t)
	testFloatKeys[float64](t)
}

func testFloatKeys[F float32 | float64](t *testing.T) {
	m := junction.New[F, F, int]()
	values := []F{-1e30, -2.5, -1, -1e-30, 0, 1e-30, 0.5, 3, 1e30}
	for i, f := range values {
		_, err := m.Add(f, -f, i)
		require.NoError(t, err)
	}
	minusZero := F(math.Copysign(0, -1))
	require.True(t, m.Has(minusZero, minusZero))
	require.Equal(t, len(values), m.NumLefts())
	require.NoError(t, m.Graph().Check())
}

func requireSortedDistinct[K cmp.Ordered](t *testing.T, want []K, m *junction.ManyToMany[K, K, int]) {
	t.Helper()
	var got []K
	for k := range m.Lefts() {
		got = append(got, k)
	}
	require.Equal(t, want, got)
}

// TestBulkRanksTexts gives AddAll, in random order and with repetitions, strings that share
// beginnings of many lengths, end where others go on with zeros, or are empty.
func TestBulkRanksTexts(t *testing.T) {
	prefix := func(n int) string { return string(bytes.Repeat([]byte("prefix/"), n)[:n]) }
	var texts []string
	for _, n := range []int{0, 1, 7, 8, 9, 16, 40, 1000} {
		for i := range 30 {
			texts = append(texts, prefix(n)+fmt.Sprintf("%02d", i), prefix(n)+string(make([]byte, i)))
		}
	}
	slices.Sort(texts)
	texts = slices.Compact(texts)
	r := rand.New(rand.NewPCG(3, 4))
	var edges []junction.Edge[string, string, int]
	for range 3 {
		for i := range texts {
			edges = append(edges, junction.Edge[string, string, int]{Left: texts[i], Right: texts[len(texts)-1-i], Through: i})
		}
	}
	r.Shuffle(len(edges), reflect.Swapper(edges))
	m := junction.New[string, string, int]()
	c, err := m.AddAll(slices.Values(edges))
	require.NoError(t, err)
	require.Equal(t, len(texts), c.Added)
	require.NoError(t, m.Graph().Check())
	requireSortedDistinct(t, texts, m)
	requireSortedDistinct(t, texts, m.Inverse())
}
