package junction

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/raw"
)

// TestSameByType is the part of rule 2 that depends on a type alone; relations that use it are in the tests of the rule.
func TestSameByType(t *testing.T) {
	type box struct{ content any }
	type boxes struct{ list [1]box }
	of := func(content any) boxes { return boxes{[1]box{{content}}} }
	t.Run("within", func(t *testing.T) {
		requireSame(t, false, true, [2]any{1, "x"}, [2]any{1, "x"})
		requireSame(t, false, false, [2]any{1, []int{1}}, [2]any{1, []int{1}})
		requireSame(t, false, true, of(1), of(1))
		requireSame(t, false, false, of([]int{1}), of([]int{1}))
		requireSame(t, false, true, error(nil), error(nil))
	})
	t.Run("plain", func(t *testing.T) {
		one, other := 1, 1
		requireSame(t, true, true, &one, &one)
		requireSame(t, true, false, &one, &other)
		requireSame(t, true, true, struct{}{}, struct{}{})
		requireSame(t, false, true, 0.0, math.Copysign(0, -1))
		requireSame(t, false, false, math.NaN(), math.NaN())
		requireSame(t, false, false, [1]struct{ c complex64 }{{complex(float32(math.NaN()), 0)}}, [1]struct{ c complex64 }{{0}})
		requireSame(t, false, false, map[int]int(nil), map[int]int(nil))
	})
}

// requireSame compares two values as a relation without the rule Equal does.
func requireSame[T any](t *testing.T, reflexive, same bool, x, y T) {
	t.Helper()
	compare, all := sameByType(raw.TypeOf[T](), equalOf[T]())
	require.Equal(t, reflexive, all, "whether all %T are the same as themselves", x)
	require.Equal(t, same, compare(pointer(&x), pointer(&y)), "%v and %v", x, y)
}
