package memory_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction"
	"github.com/seed-250bd433/junction/internal/test/fixture"
)

// Reads of single edges and nodes, and loops over a node, allocate nothing: not at a node whose
// neighbours are one array, and not at one whose neighbours are a tree. The loops stand in the
// tests as a caller writes them, because whether their bodies escape is decided where they stand.

const hub, small, nobody = 1, 2, 3 // nodes of different degrees

// readOnly is one relation bound in two ways that both are read without a transaction.
func readOnly[A, B any](t *testing.T, m *junction.ManyToMany[A, B, int]) map[string]*junction.ManyToMany[A, B, int] {
	fixture.CheckAtEnd(t, m.Graph())
	return map[string]*junction.ManyToMany[A, B, int]{"live": m, "snapshot": m.At(m.Graph().Snapshot())}
}

// requireNoAllocs runs each read several times and counts.
func requireNoAllocs(t *testing.T, reads map[string]func()) {
	t.Helper()
	for name, read := range reads {
		require.Zero(t, testing.AllocsPerRun(20, read), name)
	}
}

func TestReadsAllocateNothingIntegers(t *testing.T) {
	m := junction.New[int, int, int]()
	for k := range 2000 {
		fixture.Fill(m, junction.Edge[int, int, int]{Left: hub, Right: k, Through: k})
		if k < 5 {
			fixture.Fill(m, junction.Edge[int, int, int]{Left: small, Right: k, Through: k})
		}
	}
	for name, m := range readOnly(t, m) {
		for _, node := range []int{hub, small, nobody} {
			t.Run(fmt.Sprint(name, " node ", node), func(t *testing.T) {
				sum := 0
				requireNoAllocs(t, map[string]func(){
					"Len":     func() { sum += m.Len() + m.NumLefts() + m.NumRights() },
					"Has":     func() { m.Has(node, 3) },
					"Has not": func() { m.Has(node, -3) },
					"Get": func() {
						through, _ := m.Get(node, 4)
						sum += through
					},
					"Node.Count":  func() { sum += m.Left(node).Count() + m.Right(node).Count() },
					"Node.Has":    func() { m.Left(node).Has(3) },
					"Node.HasAll": func() { m.Left(node).HasAll(1, 2, 3) },
					"Node.Get":    func() { m.Right(3).Get(node) },
					"Node.Key":    func() { sum += m.Left(node).Key() },
					"Node.All": func() {
						for k, through := range m.Left(node).All() {
							sum += k + through
						}
					},
					"Node.All from the right": func() {
						for k, through := range m.Right(3).All() {
							sum += k + through
						}
					},
					"Node.All left early": func() {
						for k := range m.Left(node).All() {
							if sum += k; k > 2 {
								break
							}
						}
					},
					"Node.Keys": func() {
						for k := range m.Left(node).Keys() {
							sum += k
						}
					},
					"Node.Backward": func() {
						for k, through := range m.Left(node).Backward() {
							sum += k + through
						}
					},
					"Node.Range": func() {
						for k, through := range m.Left(node).Range(junction.From(2).Below(1500)) {
							sum += k + through
						}
					},
					"Node.Range of nothing": func() {
						for k := range m.Left(node).Range(junction.Above(5000)) {
							sum += k
						}
					},
				})
			})
		}
	}
}

func TestReadsAllocateNothingStrings(t *testing.T) {
	names := make([]string, 2000)
	m := junction.New[string, string, int]()
	for i := range names {
		names[i] = fmt.Sprintf("name %04d", i)
		fixture.Fill(m, junction.Edge[string, string, int]{Left: "hub", Right: names[i], Through: i})
		if i < 5 {
			fixture.Fill(m, junction.Edge[string, string, int]{Left: "small", Right: names[i], Through: i})
		}
	}
	for name, m := range readOnly(t, m) {
		for _, node := range []string{"hub", "small", "nobody"} {
			t.Run(name+" node "+node, func(t *testing.T) {
				sum := 0
				requireNoAllocs(t, map[string]func(){
					"Has": func() { m.Has(node, names[3]) },
					"Get": func() {
						through, _ := m.Get(node, names[4])
						sum += through
					},
					"Node.Count":  func() { sum += m.Left(node).Count() + m.Right(node).Count() },
					"Node.HasAll": func() { m.Left(node).HasAll(names[1], names[2], names[3]) },
					"Node.Get":    func() { m.Right(names[3]).Get(node) },
					"Node.All": func() {
						for k, through := range m.Left(node).All() {
							sum += len(k) + through
						}
					},
					"Node.Keys": func() {
						for k := range m.Right(names[3]).Keys() {
							sum += len(k)
						}
					},
					"Node.Backward": func() {
						for k, through := range m.Left(node).Backward() {
							sum += len(k) + through
						}
					},
					"Node.Range": func() {
						for k, through := range m.Left(node).Range(junction.From(names[2]).Below(names[1500])) {
							sum += len(k) + through
						}
					},
				})
			})
		}
	}
}

func TestReadsAllocateNothingFunc(t *testing.T) {
	type point struct{ x, y int }
	byY := func(p, q point) int {
		if p.y != q.y {
			return p.y - q.y
		}
		return p.x - q.x
	}
	m := junction.NewFunc[point, point, int](byY, byY)
	for i := range 600 {
		fixture.Fill(m, junction.Edge[point, point, int]{Left: point{1, 1}, Right: point{i, -i}, Through: i})
	}
	for name, m := range readOnly(t, m) {
		t.Run(name, func(t *testing.T) {
			sum := 0
			requireNoAllocs(t, map[string]func(){
				"Has": func() { m.Has(point{1, 1}, point{3, -3}) },
				"Get": func() {
					through, _ := m.Get(point{1, 1}, point{4, -4})
					sum += through
				},
				"Node.All": func() {
					for k, through := range m.Left(point{1, 1}).All() {
						sum += k.x + through
					}
				},
				"Node.Range": func() {
					for k := range m.Left(point{1, 1}).Range(junction.From(point{9, -9})) {
						sum += k.x
					}
				},
			})
		})
	}
}
