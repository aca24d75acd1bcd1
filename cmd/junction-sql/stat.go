package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

func (p *program) stat(args []string) error {
	flags, c := newFlags()
	asJSON := flags.Bool("json", false, "")
	if err := c.parse(flags, args); err != nil {
		return err
	}
	d, err := open(p.ctx, c.address)
	if err != nil {
		return err
	}
	defer d.Close()
	t, err := p.one(d, c)
	if err != nil {
		return err
	}
	s := &stat{Table: t.Name, Rows: t.rows, Opens: t.opens(), Left: side{Column: t.left}, Right: side{Column: t.right}}
	lefts, rights := map[any]int64{}, map[any]int64{}
	err = p.read(d, t, func(values []any) error {
		s.Edges++
		lefts[values[0]]++
		rights[values[1]]++
		return nil
	})
	if err != nil {
		return err
	}
	s.Left.count(lefts)
	s.Right.count(rights)
	if *asJSON {
		e := json.NewEncoder(p.stdout)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	return s.print(p.stdout)
}

// stat is what a table holds, in the form that -json prints.
type stat struct {
	Table string `json:"table"`
	Opens string `json:"opens_for"`
	Rows  int64  `json:"rows"`
	Edges int64  `json:"edges"`
	Left  side   `json:"left"`
	Right side   `json:"right"`
}

// side is one of the sides of a relation.
type side struct {
	Column string `json:"column"`
	Nodes  int    `json:"nodes"`
	Least  int64  `json:"least_edges"` // of one node
	Most   int64  `json:"most_edges"`
}

func (s *side) count(degrees map[any]int64) {
	s.Nodes = len(degrees)
	for _, n := range degrees {
		if s.Least == 0 || n < s.Least {
			s.Least = n
		}
		s.Most = max(s.Most, n)
	}
}

// print writes tables.
func (s *stat) print(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "table\t%s\n", visible(s.Table))
	fmt.Fprintf(t, "opens for\t%s\n", s.Opens)
	fmt.Fprintf(t, "rows\t%s\n", grouped(s.Rows))
	fmt.Fprintf(t, "edges\t%s\n", grouped(s.Edges))
	fmt.Fprint(t, "\nSIDE\tCOLUMN\tNODES\tEDGES OF ONE: LEAST\tMEAN\tMOST\n")
	for _, row := range []struct {
		name string
		side side
	}{{"left", s.Left}, {"right", s.Right}} {
		mean := float64(s.Edges) / float64(max(row.side.Nodes, 1))
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%.1f\t%s\n", row.name, visible(row.side.Column), grouped(int64(row.side.Nodes)),
			grouped(row.side.Least), mean, grouped(row.side.Most))
	}
	return t.Flush()
}
