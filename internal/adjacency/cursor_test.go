package adjacency

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCursor(t *testing.T) {
	for name, declare := range sides {
		t.Run(name, func(t *testing.T) {
			require.False(t, declare().Cursor().Valid())
			s := declare()
			var want, got [][2]int
			for k := range 9 {
				for n := range 1 + k*k%11 { // arrays and trees, of nodes and of neighbours
					relate(s.Live, k, n)
					want = append(want, [2]int{k, n})
				}
			}
			for c := s.Cursor(); c.Valid(); c.Next() {
				k, n, _ := c.Edge()
				got = append(got, [2]int{*(*int)(k), *(*int)(n)})
			}
			require.Equal(t, want, got)
		})
	}
}
