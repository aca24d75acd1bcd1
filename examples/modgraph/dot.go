package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// writeDOT writes the picture in the language of Graphviz.
func (p picture) writeDOT(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "digraph modules {")
	fmt.Fprintln(b, "\trankdir=LR")
	fmt.Fprintln(b, "\tnode [shape=box, fontname=\"sans-serif\"]")
	fmt.Fprintln(b, "\tedge [fontname=\"sans-serif\", fontsize=10]")
	fmt.Fprintf(b, "\t%s [style=bold]\n", quoteDOT(p.subject))
	for e := range p.edges.Edges() {
		fmt.Fprintf(b, "\t%s -> %s [label=%s]\n", quoteDOT(e.Left), quoteDOT(e.Right), quoteDOT(e.Through.String()))
	}
	fmt.Fprintln(b, "}")
	return b.Flush()
}

// In a quoted string \" is a quote. What a backslash and an ampersand begin is read when the
// string is drawn.
var escapeDOT = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`)

func quoteDOT(s string) string { return `"` + escapeDOT.Replace(s) + `"` }
