package main

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestCompareVersions(t *testing.T) {
	ascending := []string{
		"",
		"v0.0.0-20180826012351-8a410e7b638d",
		"v0.0.0-20201021035429-f5854403a974",
		"v0.9.0",
		"v0.10.0",
		"v1.0.0-1",
		"v1.0.0-2",
		"v1.0.0-10",
		"v1.0.0-alpha",
		"v1.0.0-alpha.1",
		"v1.0.0-alpha.beta",
		"v1.0.0-beta",
		"v1.0.0",
		"v1.0.0+incompatible",
		"v1.0.1-0.20260101000000-0123456789ab",
		"v1.0.1",
		"1.21",
		"1.26rc1",
		"1.26",
		"go1.26.0",
		"go1.26.3",
		"v99999999999999999999999.0.0",
		"v100000000000000000000000.0.0",
	}
	for i, x := range ascending {
		for j, y := range ascending {
			if got, want := compareVersions(x, y), compareInts(i, j); got != want {
				t.Errorf("compareVersions(%q, %q) = %d, want %d", x, y, got, want)
			}
		}
	}
}

func compareInts(i, j int) int { return min(1, max(-1, i-j)) }

// The order serves as the order of keys: it must be one, and call nothing equal that is not.
func TestCompareVersionsIsAnOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{"v", "go", "0", "1", "01", "2", ".", "-", "+", "rc", "a", "é"}
	version := func() (v string) {
		for range r.IntN(6) {
			v += parts[r.IntN(len(parts))]
		}
		return v
	}
	for range 100_000 {
		x, y, z := version(), version(), version()
		xy, yz, xz := compareVersions(x, y), compareVersions(y, z), compareVersions(x, z)
		if (xy == 0) != (x == y) || xy != -compareVersions(y, x) || xy <= 0 && yz <= 0 && xz > 0 {
			t.Fatalf("%q, %q, %q: %d %d %d", x, y, z, xy, yz, xz)
		}
	}
}

func TestVersionList(t *testing.T) {
	var list versionList
	for _, v := range []string{"v1.10.0", "v1.2.0", "v1.10.0", "v1.9.0"} {
		before := slices.Clone(list)
		longer := list.with(v)
		if !slices.Equal(list, before) {
			t.Fatalf("with(%s) changed %v to %v", v, before, list)
		}
		list = longer
	}
	if got := list.String(); got != "v1.2.0, v1.9.0, v1.10.0" {
		t.Error(got)
	}
	if got := list.with("v2.0.0").String(); got != "v1.2.0 … v2.0.0 (4 versions)" {
		t.Error(got)
	}
}
