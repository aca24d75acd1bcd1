package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// maxEdges is how many edges Mermaid draws unless whoever runs it allows more.
const maxEdges = 500

// writeMermaid writes the picture in the language of Mermaid. Names there have letters and digits
// only, so that each module gets a short one and its path for a label.
func (p picture) writeMermaid(w io.Writer) error {
	b := bufio.NewWriter(w)
	if n := p.edges.Len(); n > maxEdges {
		fmt.Fprintf(b, "%%%% Mermaid draws these %d edges only where its maxEdges is set to more than %d.\n", n, maxEdges)
	}
	fmt.Fprintln(b, "flowchart LR")
	id := make(map[string]string)
	for i, path := range p.names() {
		id[path] = fmt.Sprintf("m%d", i)
		fmt.Fprintf(b, "    %s[%s]\n", id[path], quoteMermaid(path))
	}
	for e := range p.edges.Edges() {
		fmt.Fprintf(b, "    %s -->|%s| %s\n", id[e.Left], quoteMermaid(e.Through.String()), id[e.Right])
	}
	fmt.Fprintf(b, "    style %s stroke-width:3px\n", id[p.subject])
	return b.Flush()
}

// quoteMermaid writes every character that could mean something as its number.
func quoteMermaid(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" ./-_~+,()…", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
