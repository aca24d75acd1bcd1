package engine

import (
	"database/sql"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/raw"
)

// TestSameByType is the part of rule 2 that depends on a type alone; relations that use it are in
// the tests of the rule.
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

// TestSameInstant: two times are the same if they are the same instant, wherever they stand in a
// value, except behind a pointer.
func TestSameInstant(t *testing.T) {
	type Stamp time.Time
	type visit struct {
		_    int8
		name string
		//lint:ignore U1000 it is only compared
		small int16
		at    time.Time
		more  [2]struct {
			Stamp
			ok bool
		}
		until sql.NullTime
	}
	now := time.Now()
	here, there := now, now.Round(0).In(time.FixedZone("there", 3600))
	later := there.Add(time.Nanosecond)
	of := func(at, stamp, until time.Time) (v visit) {
		v.name, v.small, v.at, v.until.Time = "x", 1, at, until
		v.more[1].Stamp = Stamp(stamp)
		return v
	}
	requireSame(t, true, true, here, there)
	requireSame(t, true, false, here, later)
	requireSame(t, true, true, time.Time{}, time.Time{}.In(there.Location()))
	requireSame(t, true, false, time.Unix(1<<62, 0), time.Unix(-1<<62, 0))
	requireSame(t, true, true, Stamp(here), Stamp(there))
	requireSame(t, true, true, [2]time.Time{here, there}, [2]time.Time{there, here})
	requireSame(t, true, false, [2]time.Time{here, there}, [2]time.Time{there, later})
	requireSame(t, true, true, of(here, here, there), of(there, there, here))
	requireSame(t, true, false, of(here, here, here), of(later, here, here))
	requireSame(t, true, false, of(here, here, here), of(here, later, here))
	requireSame(t, true, false, of(here, here, here), of(here, here, later))
	other := of(here, here, here)
	other.name = "y"
	requireSame(t, true, false, other, of(here, here, here))
	other.name, other.more[0].ok = "x", true
	requireSame(t, true, false, other, of(here, here, here))
	requireSame(t, true, false, &here, &there)
	requireSame[any](t, false, true, here, there)
	requireSame[any](t, false, false, here, later)
	requireSame[any](t, false, false, here, Stamp(here))
	requireSame[any](t, false, true, [1]any{here}, [1]any{there})
	requireSame(t, false, false, struct {
		time.Time
		list []int
	}{Time: here}, struct {
		time.Time
		list []int
	}{Time: here})
	requireSame(t, false, true, struct {
		time.Time
		x float64
	}{here, 0}, struct {
		time.Time
		x float64
	}{there, math.Copysign(0, -1)})
}

// TestSameOfEveryKind compares fields of every kind beside a time, as == does.
func TestSameOfEveryKind(t *testing.T) {
	type all struct {
		at   time.Time
		b    bool
		i8   int8
		u16  uint16
		r    rune
		i    int
		u    uint64
		f32  float32
		f64  float64
		c64  complex64
		c128 complex128
		s    string
		p    *int
		ch   chan int
		e    error
		//lint:ignore U1000 it is only compared
		z struct{}
		//lint:ignore U1000 it is only compared
		none [0]string
	}
	change := []func(*all){
		func(v *all) { v.at = v.at.Add(1) }, func(v *all) { v.b = true }, func(v *all) { v.i8 = -1 },
		func(v *all) { v.u16 = 1 << 15 }, func(v *all) { v.r = 'x' }, func(v *all) { v.i = math.MinInt },
		func(v *all) { v.u = 1 << 63 }, func(v *all) { v.f32 = 1 }, func(v *all) { v.f64 = math.NaN() },
		func(v *all) { v.c64 = 1i }, func(v *all) { v.c128 = 1i }, func(v *all) { v.s = "s" },
		func(v *all) { v.p = new(int) }, func(v *all) { v.ch = make(chan int) }, func(v *all) { v.e = errors.ErrUnsupported },
	}
	requireSame(t, false, true, all{}, all{at: time.Time{}.Local(), z: struct{}{}, none: [0]string{}})
	for i, f := range change {
		var v all
		f(&v)
		requireSame(t, false, false, v, all{})
		requireSame(t, false, i != 8, v, v)
	}
}

// requireSame compares two values as a relation without the rule Equal does.
func requireSame[T any](t *testing.T, reflexive, same bool, x, y T) {
	t.Helper()
	compare, all := SameByType(raw.TypeOf[T](), EqualOf[T]())
	require.Equal(t, reflexive, all, "whether all %T are the same as themselves", x)
	require.Equal(t, same, compare(pointer(&x), pointer(&y)), "%v and %v", x, y)
}
