package adjacency

import (
	"cmp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-250bd433/junction/internal/ordered"
)

type textSide = typedSide[int, int, string]

var tiny = ordered.Limits{MaxRun: 4, Degree: 2}

// sides are a side with a hash and one without.
var sides = map[string]func() *textSide{
	"natural": func() *textSide { return naturalSide[int, int, string](tiny) },
	"func":    func() *textSide { return funcSide[int, int, string](cmp.Compare[int], cmp.Compare[int], tiny) },
}

// relate puts an edge without a text into a state.
func relate(s Side, k, n int) { put(s, k, n, "", nil) }

func draftOf(s *textSide) *Draft {
	return NewDraft(s.Live, sameOf(func(x, y string) bool { return x == y }), true, nil)
}

// healthy fills a side: three nodes, of which one has more neighbours than fit an array.
func healthy(s *textSide) *textSide {
	for n := range 9 {
		relate(s.Live, 1, n)
	}
	relate(s.Live, 2, 5)
	relate(s.Live, 3, 5)
	relate(s.Live, 3, 7)
	return s
}

// violations counts the leaves of a joined error, which have a line each.
func violations(err error) int { return strings.Count(err.Error(), "\n") + 1 }

func TestCheckOfAHealthySide(t *testing.T) {
	for name, declare := range sides {
		t.Run(name, func(t *testing.T) {
			require.NoError(t, declare().Check())
			s := healthy(declare())
			require.NoError(t, s.Check())
			require.Equal(t, [2]int{3, 12}, [2]int{s.Nodes(), s.Entries()})

			frozen := s.Frozen()
			relate(s.Live, 2, 6)
			require.NoError(t, s.Check(), "with slots of an older owner")
			require.Equal(t, 12, frozen.Entries())

			d := draftOf(s)
			relate(d, 4, 4)
			drop(d, 1)
			require.NoError(t, s.Check(), "before a draft is installed")
			d.Install()
			require.NoError(t, s.Check())
			require.Equal(t, [2]int{3, 5}, [2]int{s.Nodes(), s.Entries()})

			d = draftOf(s)
			d.Clear()
			relate(d, 9, 9)
			d.Install()
			require.NoError(t, s.Check())
			require.Equal(t, [2]int{1, 1}, [2]int{s.Nodes(), s.Entries()})
			s.Clear()
			require.NoError(t, s.Check())
		})
	}
}

func TestCheckFindsPlantedDamage(t *testing.T) {
	type damage struct {
		name  string
		plant func(s *textSide)
		want  []string // what the error says, one for each violation
	}
	tests := []damage{
		{"too many edges counted", func(s *textSide) { s.entries++ }, []string{"counts 13 edges and has 12"}},
		{"too few edges counted", func(s *textSide) { s.entries = 0 }, []string{"counts 0 edges and has 12"}},
		{"an edge more in a slot", func(s *textSide) {
			s.neighbours.Put(&s.Find(2).Map, Pointer(new(6)), Pointer(new("")), nil)
		}, []string{"counts 12 edges and has 13"}},
		{"empty slot", func(s *textSide) {
			s.neighbours.Delete(&s.Find(2).Map, Pointer(new(5)))
		}, []string{"node 2 has no edges", "counts 12 edges and has 11"}},
		{"new empty slot", func(s *textSide) { s.set(Pointer(new(8)), &Slot{}) }, []string{"node 8 has no edges"}},
		{"nodes out of order", func(s *textSide) {
			run := entriesOf[int, *Slot](s.order.View().Run())
			run[0], run[1] = run[1], run[0]
		}, []string{"key 1 stands behind 2"}},
		{"neighbours out of order", func(s *textSide) {
			run := s.neighboursOf(3)
			run[0], run[1] = run[1], run[0]
		}, []string{"node 3: key 5 stands behind 7"}},
		{"the same neighbour twice", func(s *textSide) {
			run := s.neighboursOf(3)
			run[1] = run[0]
		}, []string{"node 3: key 5 stands behind 5"}},
		{"several at once", func(s *textSide) {
			s.entries--
			s.set(Pointer(new(8)), &Slot{})
		}, []string{"counts 11 edges and has 12", "node 8 has no edges"}},
	}
	hashed := []damage{
		{"another slot in the index", func(s *textSide) {
			s.index.put(Pointer(new(2)), s.Find(3))
		}, []string{"node 2 has another slot in the index than in the order"}},
		{"a copy in the index", func(s *textSide) {
			s.index.put(Pointer(new(2)), s.Find(2).share(0))
		}, []string{"node 2 has another slot in the index than in the order"}},
		{"a node missing in the index", func(s *textSide) {
			s.index.delete(Pointer(new(2)))
		}, []string{"node 2 has another slot in the index than in the order", "index holds 2 nodes and the order 3"}},
		{"a node missing in the order", func(s *textSide) {
			s.nodes.Delete(&s.order, Pointer(new(2)))
		}, []string{"index holds 3 nodes and the order 2", "counts 12 edges and has 11"}},
		{"a node more in the index", func(s *textSide) {
			s.index.put(Pointer(new(8)), s.Find(3))
		}, []string{"index holds 4 nodes and the order 3"}},
	}
	plant := func(t *testing.T, declare func() *textSide, tests []damage) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				s := healthy(declare())
				test.plant(s)
				err := s.Check()
				require.Error(t, err)
				for _, want := range test.want {
					require.ErrorContains(t, err, want)
				}
				require.Equal(t, len(test.want), violations(err), "each violation, and nothing that is not one: %v", err)
			})
		}
	}
	for name, declare := range sides {
		t.Run(name, func(t *testing.T) { plant(t, declare, tests) })
	}
	t.Run("index", func(t *testing.T) { plant(t, sides["natural"], hashed) })
}
